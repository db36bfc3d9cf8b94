/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of a group and their identities. Internal to src/group.
 */
#ifndef REGROUP_GROUP_MEMBER_H
#define REGROUP_GROUP_MEMBER_H

#include "state.h"
#include "texts.h"

/* The member of this id, NULL when unknown or the id is empty. Borrowed. */
struct member *member_find(struct group *g, struct kf_bytes id);

/* Finds or adds (as MEMBER_PENDING). NULL when the id is empty or memory is out. */
struct member *member_get(struct group *g, struct kf_bytes id);

/* The member that is in the group under this group.instance.id, NULL if none. */
struct member *member_by_instance(struct group *g, struct kf_bytes instance);

struct member *member_ref(struct member *m);
void member_unref(struct member *m); /* NULL is fine */

/* Notes who talks: client id, host, software. The message is one of the member's own requests or its answer. */
void member_seen_on(struct member *m, const struct kafka_message *msg);

void member_enter(struct member *m);
void member_leave_group(struct member *m, enum group_change how, int64_t at);

/* What is seldom known of a member, made when there is none; NULL when memory is out. */
struct seldom *member_seldom(struct member *m);

/* When it was first answered UNKNOWN_MEMBER_ID, GROUP_UNKNOWN_TIME if it was not. */
static inline int64_t member_refused(const struct member *m)
{
	return m->seldom ? m->seldom->refused : GROUP_UNKNOWN_TIME;
}

/* Restarts the session timer. */
void member_alive(struct member *m, int64_t at, uint64_t frame);

/* The identity that partitions belong to: the instance of a static member, else the member id. */
const char *member_identity(const struct member *m);

/* What people call it: its client id, else its instance, else the member id. Never NULL. */
const char *member_label(const struct member *m);

/* Does a former member of the group have its client id and host? The same client under a new id, then. */
bool member_is_return(const struct member *m);
bool member_has_former(const struct member *m, bool (*is)(const struct member *former)); /* and it is so */

/* Takes members out of the table that are gone since long and held by nobody else. */
void members_forget(struct group *g, int64_t before);

/* The same for ids that were given out and never used, when they have become many. */
void members_tidy(struct group *g);
void members_free(struct group *g);

#endif
