/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGROUP_KAFKA_RESYNC_H
#define REGROUP_KAFKA_RESYNC_H

#include "hold.h"

enum sighting { SIGHT_NO, SIGHT_MORE, SIGHT_YES };

/* Is there a request at `at`? SIGHT_MORE asks for more bytes, unless this is its last chance. The
 * `first_of_all` of a connection seen from its start is believed more easily. */
enum sighting sight_request(struct kafka *k, const struct conn *c, const struct window *v, uint64_t at,
			    bool first_of_all, bool last_chance);

/* Looks through the window for a frame of direction `d`; *at is where it is, or what comes before can be
 * forgotten. A place that asks for more does not hide a certain one behind it. `full`: the first place gets
 * no more bytes. `starts_only`: at starts of segments only. */
enum sighting sight_any(struct kafka *k, const struct conn *c, unsigned d, const struct window *v,
			bool starts_only, bool full, uint64_t *at);

#endif
