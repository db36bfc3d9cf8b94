/* SPDX-License-Identifier: Apache-2.0
 *
 * A scripted group: speaks the group protocol's bytes to the correlator, as client and as coordinator, and keeps
 * what the correlator says. Times are milliseconds after an arbitrary start.
 */
#ifndef REGROUP_TESTS_PEER_H
#define REGROUP_TESTS_PEER_H

#include <regroup/group.h>

#include <stdbool.h>
#include <stdint.h>

#define PEER_EVENTS 64
#define PEER_START (INT64_C(1700000000) * 1000000000)

/* What is kept of an event. */
struct said {
	enum group_event_type type;
	int32_t previous, generation, followup_of;
	enum group_outcome outcome;
	enum group_mode mode;
	uint8_t cause, confidence;
	uint8_t also[4];
	size_t n_also, n_members, n_moved, n_unassigned, n_granted, n_missing, n_twice;
	int64_t started, ended; /* ms after PEER_START; -1 unknown */
	bool complete, moves_group;
	enum group_change change;
	char member[80];
	char text[200];
	int64_t down[4]; /* ms of each member, by name; -1 */
	bool down_at_least[4];
	int64_t moved_down[6]; /* of what moved, or of what was granted where nothing did */
	bool moved_at_least[6];
	int32_t node, offsets_partition; /* of the coordinator */
	int64_t longest; /* ms without a reader */
	size_t unread;   /* partitions that are not read yet */
	uint64_t records; /* read twice */
	int16_t error;   /* of a refused commit */
	char refused[40]; /* "orders 0 1" */
	char what[80];
	uint32_t times;  /* that a client was refused, or groups that a broker hit */
	uint32_t rebalanced; /* of these groups */
	bool over;       /* the last word on it */
};

struct peer {
	struct groups *groups;
	struct kafka_sink sink;
	struct said said[PEER_EVENTS];
	size_t n;
	uint64_t frame;
};

/* A client with its coordinator connection and the one request under way. */
struct client {
	struct peer *peer;
	struct kafka_conn conn;
	struct net_endpoint ends[2]; /* of conn */
	struct kafka_names names;
	const char *id, *instance, *group;
	const char *topics[4];  /* subscribed, NULL-terminated */
	const char *owned;      /* topic owned on rejoin, NULL for none */
	int32_t session_ms, rebalance_ms;
	bool cooperative;
	const char *fallback;   /* a second assignor that it lists, NULL for none */
	char member[80];
	int32_t generation;
	uint64_t note;
	int64_t asked;
};

struct peer *peer_new(void);
void peer_free(struct peer *p);
void peer_finish(struct peer *p, int64_t ms);
void peer_gap(struct peer *p, struct client *c, int64_t from_ms, int64_t to_ms);

void client_init(struct client *c, struct peer *p, const char *id, uint8_t host);

/* Requests and answers of one client; JoinGroup v9, SyncGroup v5, Heartbeat v4, LeaveGroup v5. */
void ask_join(struct client *c, int64_t ms, const char *reason);
void told_id(struct client *c, int64_t ms, const char *member_id); /* MEMBER_ID_REQUIRED */
void joined(struct client *c, int64_t ms, int32_t generation, const char *leader, struct client *const *all, size_t n);
void join_refused(struct client *c, int64_t ms, int16_t error);
void ask_sync(struct client *c, int64_t ms, struct client *const *all, const int (*range)[2], size_t n);
void synced(struct client *c, int64_t ms, int first, int last); /* partitions of "orders"; none when last < first */
void sync_refused(struct client *c, int64_t ms, int16_t error);
void beat(struct client *c, int64_t ms, int16_t error); /* request and, 1 ms later, the answer */
void leave(struct client *c, int64_t ms, const char *reason, int16_t member_error);

/* The n-th event of a type, counted from 0; fails the test when there is none. */
const struct said *peer_said(const struct peer *p, enum group_event_type type, size_t n);
size_t peer_count(const struct peer *p, enum group_event_type type);

/* The first member event of this kind, and how many there are. */
const struct said *peer_member(const struct peer *p, enum group_change change);
size_t peer_members(const struct peer *p, enum group_change change);

#endif
