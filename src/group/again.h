/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that are known again: heartbeats, which are the same as the one before, and commits of the same partitions
 * (commit_again.h). Their group and member are known, nothing is new in them but offsets. What the long way in heartbeat.c
 * and commit.c does with such a one, and no more. Internal to src/group.
 */
#ifndef REGROUP_GROUP_AGAIN_H
#define REGROUP_GROUP_AGAIN_H

#include <regroup/kafka.h>

#include "state.h"

/* Places in kafka_speaker.known. */
enum { KNOWN_BEAT, KNOWN_COMMIT };

/* May this request, in which the member named itself by this id, be known again? */
bool may_come_again(const struct member *m, struct kf_bytes id, const struct kafka_message *msg);

/* A Heartbeat request of the member was read. */
void again_beat(struct member *m, int32_t generation, struct kf_bytes id, const struct kafka_message *msg);

/* What the member says next is something else: its heartbeats go the long way, and all that needs is fetched ahead. */
static inline void again_over(struct member *m)
{
	m->speaker.known[KNOWN_BEAT] = 0;
}

/* The coordinator answered one: need the next answer be looked at for whose it is? */
void again_home(struct member *m, const struct kafka_message *msg);

/* The `again` and `answered` of the kafka sink. */
bool again_request(void *ctx, struct kafka_again *a);
bool again_answer(void *ctx, const struct kafka_again *a);

#endif
