/* SPDX-License-Identifier: Apache-2.0
 *
 * Who spoke last on a connection. A consumer talks to its coordinator on a connection of its own, so that nearly always
 * the next request is of the same member: no table has to be searched, and what it will touch can be fetched early.
 * A connection and a member point to each other, one to one; the answers are the same as without. Internal to src/group.
 */
#ifndef REGROUP_GROUP_SPEAKER_H
#define REGROUP_GROUP_SPEAKER_H

#include <stddef.h>

#include <regroup/kafka.h>

#include "state.h"

/* NULL while nobody has spoken. */
static inline struct member *speaker_of(const struct kafka_conn *c)
{
	_Static_assert(offsetof(struct member, speaker) == 0, "one address");
	return (struct member *)(void *)c->speaker;
}

/* As group_get, member_find and member_get, for the group and member that `m` names. */
struct group *speaker_group(struct groups *gs, const struct kafka_message *m, struct kf_bytes name);
struct member *speaker_find(struct group *g, const struct kafka_message *m, struct kf_bytes id);
struct member *speaker_get(struct group *g, const struct kafka_message *m, struct kf_bytes id);

/* The member is taken out of its group's table; the connection ends. */
void speaker_forget(struct member *m);
void speaker_hang_up(struct kafka_conn *c);

/* The `ahead` of the kafka sink. */
void speaker_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step);

#endif
