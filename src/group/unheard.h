/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections of which the capture has the client's side alone (asymmetric routing, one direction of a mirror port).
 * What the coordinator answered is not seen, but a client that goes on shows it: who sends a SyncGroup request was
 * answered its JoinGroup with that generation, who heartbeats in a generation was answered its SyncGroup. What was
 * refused shows as well: the client asks again. Nothing here is as sure as an answer. Internal to src/group.
 */
#ifndef REGROUP_GROUP_UNHEARD_H
#define REGROUP_GROUP_UNHEARD_H

#include "correlator.h"

struct sync_group_request;

/* Does this request come from a connection whose answers are not captured? Never true of one that has merely not been
 * answered yet, as far as that can be told. */
bool unheard(const struct groups *gs, const struct kafka_message *m);

/* A JoinGroup request: the ones before it on its connection came to nothing, or were answered with this member id. */
void unheard_join(struct group *g, struct kf_bytes member_id, const struct kafka_message *m);

/* A SyncGroup request of this member, before it is read: its JoinGroup was answered. `leads`: it hands in assignments. */
void unheard_sync(struct group *g, struct member *member, int32_t generation, bool leads, const struct kafka_message *m);

/* The leader's assignments, before they are read: they name all members, and who waited to be let in was. */
void unheard_roster(struct group *g, const struct sync_group_request *q, const struct kafka_message *m);

/* A member goes on in a generation (Heartbeat, OffsetCommit). */
void unheard_goes_on(struct group *g, struct member *member, int32_t generation, const struct kafka_message *m);

/* Would this LeaveGroup request, of one that may be out already, be refused? */
bool unheard_leave_counts(const struct group *g, const struct leave *l);

#endif
