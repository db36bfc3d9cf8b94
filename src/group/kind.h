/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups of another kind than plain consumers: what Connect, Streams and Schema Registry tell each other in the bytes
 * of JoinGroup and SyncGroup. Internal to src/group.
 */
#ifndef REGROUP_GROUP_KIND_H
#define REGROUP_GROUP_KIND_H

#include <regroup/messages.h>

#include "cause.h"
#include "correlator.h"

#define NO_OFFSET INT64_MIN /* config offsets begin at -1 */

/* A connector (by its interned name) and task, or a sub-topology and partition. */
struct share {
	uint32_t what;
	int32_t number;
};

struct shares {
	struct share *of;
	size_t n, cap;
};

/* What a member says of itself when it joins, and what it was given. */
struct kind_member {
	int32_t joined;           /* generation of the JoinGroup that said all this; -1 not answered yet */
	const char *url;
	int64_t offset;           /* Connect: of the configurations that it has read */
	int64_t offset_given;     /* and of the assignment that it runs */
	int32_t delay_ms;         /* of that assignment */
	bool runs_told;
	struct shares runs;       /* Connect: what it runs */
	bool process_known;       /* Streams */
	struct kf_uuid process;
	int32_t version, error;   /* of its user data; of its application */
	int64_t next_ms;          /* Streams: when it was told to ask for the next rebalance; 0 at once, INT64_MAX not */
	int32_t given;            /* generation of the tasks below, -1 none */
	struct shares active, standby;
	bool eligible;            /* registry */
};

/* What the leader told all members of a generation. */
struct kind_told {
	int32_t generation;       /* once the round is over; -1 before */
	int16_t error;
	bool partial;             /* what a member has could not be said: not even all answers together tell it */
	bool incremental;         /* Connect: assignments say what is new and what goes */
	const char *leader_url;
	int64_t offset;
	int32_t delay_ms;
	int64_t told_at;
	uint32_t revoked;         /* connectors and tasks */
	struct shares waiting;    /* and those that are nobody's after it */
	int32_t version;          /* Streams */
	bool mixed;               /* its members spoke different versions */
	int64_t next_ms;          /* ms since the epoch; INT64_MAX never */
	const char *master, *master_url; /* registry */
};

enum group_kind kind_of(const struct group *g);

void kind_member_free(struct kind_member *m);
void kind_told_free(struct kind_told *t);

/* JoinGroup: what the protocols say of their member; NULL for plain consumers and what cannot be read. */
struct kind_member *kind_read_member(struct groups *gs, struct kf_bytes type, struct kf_array protocols);

/* The leader's answer has the chosen metadata of every member. */
void kind_read_listed(struct group *g, struct member *m, int32_t generation, struct kf_bytes metadata);

/* SyncGroup: adds what this assignment gives the member. Returns how many shares it has then, -1 when that cannot be
 * said. `told` is what the generation was told, made when needed. For all kinds but consumers. */
int kind_add(struct group *g, struct kind_told **told, struct assignment *a, struct member *m, int32_t generation,
             struct kf_bytes blob);

/* The same for the user data of a consumer's assignment. */
void kind_add_user_data(struct group *g, struct kind_told **told, struct member *m, int32_t generation,
                        struct kf_bytes data);

/* A member joined unasked: does its kind know why? Fills the rest of the candidate. */
bool kind_rejoin(struct group *g, const struct join *j, struct candidate *c);

/* "worker 10.0.0.3:8083 (connect-3)"; NULL for members that have no url. */
const char *kind_who(struct scratch *s, const struct member *m);

/* The parts of the event that only this kind has; after its members and moves. */
void kind_fill(struct group *g, const struct round *r, struct group_rebalance *out);

/* The round came to its end: what it was told is what the group was told last. */
void kind_conclude(struct group *g, struct round *r, const struct group_rebalance *out);

/* ---- what the kinds share */

struct kind_member *kind_member_new(void);

/* What the generation before the round under way was told; NULL when that was not seen. */
const struct kind_told *kind_before(const struct group *g);

bool shares_add(struct shares *s, uint32_t what, int32_t number);
void shares_sort(struct shares *s); /* and without doubles */
bool shares_have(const struct shares *s, struct share one); /* sorted */
void shares_clear(struct shares *s);
struct kind_told *kind_told_get(struct kind_told **told, int64_t ts);

/* ---- connect.c */
struct kind_member *connect_member(struct groups *gs, struct kf_bytes metadata);
int connect_add(struct group *g, struct kind_told **told, struct assignment *a, struct member *m, int32_t generation,
                struct kf_bytes blob);
/* The assignment before this round was not seen: what the workers said that they ran when they joined. */
void connect_before(struct group *g, const struct round *r);

bool connect_rejoin(struct group *g, const struct join *j, struct candidate *c);
void connect_fill(struct group *g, const struct round *r, struct group_rebalance *out);

/* ---- streams_classic.c */
struct kind_member *streams_member(struct kf_bytes user_data);
void streams_add(struct kind_told **told, struct member *m, int32_t generation, struct kf_bytes user_data, int64_t ts);
bool streams_rejoin(struct group *g, const struct join *j, struct candidate *c);
void streams_fill(struct group *g, const struct round *r, struct group_rebalance *out);

/* ---- registry.c */
struct kind_member *registry_member(struct kf_bytes metadata);
int registry_add(struct kind_told **told, struct kf_bytes blob, int64_t ts);
void registry_fill(struct group *g, const struct round *r, struct group_rebalance *out);

#endif
