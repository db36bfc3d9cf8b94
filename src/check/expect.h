/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rule file expects of a scenario, and what came of it. Internal to src/check.
 */
#ifndef REGROUP_CHECK_EXPECT_H
#define REGROUP_CHECK_EXPECT_H

#include "settings.h"
#include "state.h"

struct expect_result {
	struct expect_result *next;
	char name[64];              /* "causes.forbid R9" */
	enum check_verdict verdict; /* not exercised: it could not be shown */
	struct group *group;        /* NULL where none is meant */
	struct client *client;      /* of APIs */
	const struct scope *scope;
	char *expected, *seen;
	uint64_t frames[FRAMES];
	int64_t ts;      /* 0 unknown */
	uint32_t count;  /* of APIs: how often */
	bool accepted;   /* in the baseline */
};

#define DOWNTIMES 4096
#define SEEN      64

/* What the correlator told of a group. */
struct group_seen {
	uint32_t rebalances, generations; /* follow-ups are not rebalances of their own */
	struct {
		uint8_t confidence;
		int64_t ts;
		uint64_t frames[FRAMES];
		uint32_t count;
	} cause[22];
	uint32_t possible; /* bit per cause that a rebalance may have had besides, for all that is known */
	bool unexplained;  /* one of them may have had any */
	struct mark rebalance[SEEN], generation[SEEN]; /* the first ones; frame 0 where none is known */
	struct mark longest; /* the rebalance with the longest downtime */
	int64_t longest_downtime;
	int64_t downtime[DOWNTIMES]; /* of members; the latest */
	uint32_t n_downtimes;
	bool at_least; /* one of them is a lower bound */
	char assignor[64], other_assignor[64]; /* the latest, and one that differs from the first */
	struct mark assignor_at;
	int32_t assignor_generation;
	uint64_t commits, commits_failed;
	int64_t failed_ts;
	uint64_t failed_frame;
	int64_t latest;
};

#endif
