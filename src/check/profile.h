/* SPDX-License-Identifier: Apache-2.0
 *
 * What a capture tells of its clients as a whole: to be compared with another one. Internal to src/check.
 */
#ifndef REGROUP_CHECK_PROFILE_H
#define REGROUP_CHECK_PROFILE_H

#include "engine.h"

/* Durations by powers of 2^(1/4), from 1 us: a quantile is right within 19 %. */
#define BUCKETS 160

struct spread {
	uint32_t bucket[BUCKETS];
	uint64_t n;
};

void spread_add(struct spread *s, int64_t ns);
int64_t spread_quantile(const struct spread *s, unsigned percent); /* ns; -1 when it is empty */

enum timing {
	TIMING_HEARTBEAT, /* between two of a member */
	TIMING_REJOIN,    /* from REBALANCE_IN_PROGRESS to JoinGroup */
	TIMING_JOIN,      /* from JoinGroup to its answer */
	TIMING_SYNC,      /* from the JoinGroup answer to SyncGroup */
	TIMING_COMMIT,    /* between two of a member */
	TIMING_FETCH,     /* between two on a connection */
	TIMING_METADATA,  /* between two of a client's connection */
	TIMINGS,
};

struct api_use {
	uint64_t requests, errors;
	uint64_t versions; /* bits */
};

#define HANDSHAKE 3
#define WORDS_BYTES 200

/* A text and how often it was met. */
struct word {
	UT_hash_handle hh;
	uint32_t count;
	char text[WORDS_BYTES];
};

/* A group, as far as the correlator tells of it. */
struct seen_group {
	UT_hash_handle hh;
	uint32_t rebalances, followups;
	char assignor[64]; /* latest */
	char name[];
};

struct profile {
	const char *client, *group; /* patterns; NULL for all */
	struct seen_group *groups;
	struct api_use api[APIS];
	struct spread timing[TIMINGS];
	struct word *software, *handshakes, *assignors, *modes;
	uint32_t cause[22];
	uint32_t rebalances, followups, moved;
	uint64_t commits_failed;
	struct spread downtime, duration;
	uint64_t connections;
	struct seen_conn *conns;
	struct seen_member *members;
};

/* Whether a client is meant: by its client.id, its software, or both its software and version ("kgo v1.*"). */
bool profile_means(const char *pattern, const char *id, const char *software, const char *version);

extern const char *const timing_names[TIMINGS];

#endif
