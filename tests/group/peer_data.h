/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scripted group does besides its rebalances: it fetches, commits, and others ask about it. Partitions are of
 * "orders" where nothing else is said; ranges are inclusive and empty when last < first.
 */
#ifndef REGROUP_TESTS_PEER_DATA_H
#define REGROUP_TESTS_PEER_DATA_H

#include "peer.h"

struct range {
	int first, last;
};

/* Another connection of the same client, to fetch on. */
void fetcher_init(struct client *f, const struct client *c);
void conn_ended(struct client *c, int64_t ms);

/* Fetch v12, with topic names. Session epoch 0 lists everything, above it what is new; -1 is without a session. */
void fetch(struct client *f, int64_t ms, int32_t epoch, struct range add, struct range forget);
/* The same with v13 and the topic's id: 16 times `id`. */
void fetch_by_id(struct client *f, int64_t ms, int32_t epoch, uint8_t id, struct range add, struct range forget);
void fetch_answer(struct client *f, int64_t ms, struct range r, int64_t high_watermark);

/* Metadata v12: "orders" has this id, broker 7 listens where the coordinator does; `offsets` partitions of
 * __consumer_offsets, 0: not told. */
void metadata(struct client *c, int64_t ms, uint8_t id, int offsets);

/* Metadata v12, answered 1 ms later: of all topics, or of the first one. NULL-terminated by its name. */
struct topic_told {
	const char *name;
	int partitions; /* 0: UNKNOWN_TOPIC_OR_PARTITION */
};
void metadata_told(struct client *c, int64_t ms, bool all, const struct topic_told *topics);

/* OffsetCommit v8 and its answer 1 ms later, with this error for every partition. */
void commit(struct client *c, int64_t ms, struct range r, int64_t offset, int16_t error);
/* OffsetFetch v8 of the group and its answer 1 ms later. */
void offset_fetch(struct client *c, int64_t ms, struct range r, int64_t offset);

/* DescribeGroups v5: `state`, and what each of `all` has. */
void describe(struct client *asker, int64_t ms, const char *state, struct client *const *all, const int (*range)[2],
              size_t n);
/* ConsumerGroupDescribe (69) or ShareGroupDescribe (77) v0: this state and epoch, and no members. */
void describe_epoch(struct client *asker, int64_t ms, int16_t key, const char *state, int32_t epoch);
void list_groups(struct client *asker, int64_t ms, const char *state); /* v4 */
void delete_group(struct client *asker, int64_t ms, int16_t error);    /* v2 */
void find_coordinator(struct client *asker, int64_t ms, int32_t node); /* v4 */

#endif
