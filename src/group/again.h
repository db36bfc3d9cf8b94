/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that are known again: heartbeats, which are the same as the one before but for their generation, and commits of
 * as many partitions (commit_again.h). Their group and member are known. What the long way in heartbeat.c and commit.c does
 * with such a one, and no more. Internal to src/group.
 */
#ifndef REGROUP_GROUP_AGAIN_H
#define REGROUP_GROUP_AGAIN_H

#include <regroup/kafka.h>

#include "state.h"

/* Places in kafka_speaker.known. */
enum { KNOWN_BEAT, KNOWN_COMMIT };

/* May this request, in which the member named itself by this id, be known again? */
bool may_come_again(const struct member *m, struct kf_bytes id, const struct kafka_message *msg);

/* Where in the frame of a Heartbeat or OffsetCommit request, which is `whole`, the generation is: behind its group. */
static inline uint16_t generation_at(const struct kafka_message *msg, struct kf_bytes group)
{
	return (uint16_t)(group.ptr + group.len - msg->whole);
}

/* A Heartbeat request of the member, which named itself by this id, was read. */
void again_beat(struct member *m, struct kf_bytes group, struct kf_bytes id, const struct kafka_message *msg);

/* Something is to be learned of the next one. */
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
