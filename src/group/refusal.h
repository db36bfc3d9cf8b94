/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that a coordinator turns away: no assignor in common with the group, a group that is full, a session timeout
 * out of bounds, no permission. Told at the first answer, and once more when they have stopped asking, with how often they
 * did. Internal to src/group.
 */
#ifndef REGROUP_GROUP_REFUSAL_H
#define REGROUP_GROUP_REFUSAL_H

#include "correlator.h"

/* An answer with this error to a request of the group; errors of other kinds are passed over. */
void refusal_told(struct group *g, const struct request *r, int16_t error, const struct kafka_message *m);

/* The client was let in after all, or time has passed, or the capture ended. */
void refusal_admitted(struct group *g, const struct kafka_message *m);
void refusals_timer(struct group *g);
void refusals_finish(struct group *g);
void refusals_free(struct group *g);

#endif
