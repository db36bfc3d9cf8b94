/* SPDX-License-Identifier: Apache-2.0
 *
 * Heartbeats that are the same as the one before: their group and member are known, nothing in them is new. What the long
 * way in heartbeat.c does with such a one, and no more. Internal to src/group.
 */
#ifndef REGROUP_GROUP_AGAIN_H
#define REGROUP_GROUP_AGAIN_H

#include <regroup/kafka.h>

#include "state.h"

/* A Heartbeat request of the member, which named it by this id, was read: may it be marked as one to know again? */
void again_mark(struct member *m, int32_t generation, struct kf_bytes id, const struct kafka_message *msg);

/* What the member says next is something else: its heartbeats go the long way, and all that needs is fetched ahead. */
static inline void again_over(struct member *m)
{
	m->speaker.size = 0;
}

/* The coordinator answered one: need the next answer be looked at for whose it is? */
void again_home(struct member *m, const struct kafka_message *msg);

/* The `again` and `answered` of the kafka sink. */
bool again_request(void *ctx, struct kafka_again *a);
bool again_answer(void *ctx, const struct kafka_again *a);

#endif
