/* SPDX-License-Identifier: Apache-2.0
 *
 * Several groups hit at once: a broker restarts, dies, or gives its groups away, and each of them shows it. Told once, as
 * what happened to the broker. Internal to src/group.
 */
#ifndef REGROUP_GROUP_OUTAGE_H
#define REGROUP_GROUP_OUTAGE_H

#include "correlator.h"

/* Signs: a coordinator error (14, 15, 16), a coordinator that is another one now (before g->coordinator changes), a
 * connection that the broker closed. */
void outage_refused(struct group *g, int16_t error, const struct kafka_message *m);
void outage_moved(struct group *g, const struct kafka_message *m);
void outage_closed(struct groups *gs, const struct kafka_conn *c, int64_t ts, uint64_t frame);

/* The group reached a generation; the rebalance began at `started`. */
void outage_rebalanced(struct group *g, int64_t started);

/* Is the group in one that is going on, or was it until shortly before? */
/* Names the outage that hit the group before this rebalance began, if it hit several. */
void outage_fill(const struct group *g, struct group_rebalance *out);

bool outage_hits(const struct group *g);

void outages_advance(struct groups *gs);
void outages_finish(struct groups *gs);
void outages_free(struct groups *gs);

#endif
