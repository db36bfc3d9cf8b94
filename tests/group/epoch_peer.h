/* SPDX-License-Identifier: Apache-2.0
 *
 * The heartbeats of groups whose broker assigns, as client and as coordinator: ConsumerGroupHeartbeat v1,
 * ShareGroupHeartbeat v1, StreamsGroupHeartbeat v0. Partitions are those of one topic,
 * whose id metadata(c, ms, 7, 0) calls "orders".
 */
#ifndef REGROUP_TESTS_EPOCH_PEER_H
#define REGROUP_TESTS_EPOCH_PEER_H

#include "peer_data.h"

#define UNTOLD ((struct range){ 0, -2 })
#define NOTHING ((struct range){ 0, -1 })

/* `topics`: NULL for "as before", "" for none. */
void ask_beat(struct client *c, int64_t ms, int32_t epoch, const char *topics, struct range owned);
void told_beat(struct client *c, int64_t ms, int32_t epoch, struct range given);
void beat_refused(struct client *c, int64_t ms, int16_t error);

/* Request and, 2 ms later, the answer. */
void enters(struct client *c, int64_t ms, int32_t epoch, struct range given);
void goes_on(struct client *c, int64_t ms, int32_t epoch, int32_t told, struct range given);
void gives_up(struct client *c, int64_t ms, int32_t epoch, struct range owned, int32_t told);
void leaves(struct client *c, int64_t ms, int32_t epoch, const char *topics, struct range owned);

void share_beat(struct client *c, int64_t ms, int32_t epoch, int32_t told, struct range given);
void streams_beat(struct client *c, int64_t ms, int32_t epoch, int32_t told, struct range active, struct range standby);

/* CreatePartitions of "orders" is asked for, or only whether it could be done; and was answered. */
void ask_more_partitions(struct client *admin, int64_t ms, bool validate_only);
void more_partitions(struct client *admin, int64_t ms);

#endif
