/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a rebalance began: candidates from what was seen, the earliest that could have moved the broker wins.
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_CAUSE_H
#define REGROUP_GROUP_CAUSE_H

#include "correlator.h"

/* What could have begun a round. */
struct candidate {
	int64_t at;
	int64_t latency;  /* the broker acted on it within this, as far as is known; ns */
	uint8_t id, confidence;
	bool trigger;     /* it moves the broker by itself; false for what only shows that something did */
	const struct member *member;
	const struct join *newcomer; /* by this JoinGroup; its text is made when it is known to be told */
	const char *reason;
	const char *text;
	uint64_t evidence[4];
	size_t n_evidence;
	uint8_t rival[4];
	size_t n_rivals;
};

struct candidates {
	struct candidate *of;
	size_t n;
};

/* Members that were in the group and are not in this generation; needs the leader's list. The caller frees *out. */
size_t absences_find(struct group *g, const struct round *r, struct absence **out);

/* All candidates of the round, the cause first, then further triggers by time. In scratch memory. There is
 * always one: R0 when nothing that was seen explains it. */
struct candidates causes_find(struct group *g, const struct round *r);

/* Of a rebalance that has only begun and that nothing explains yet: the member whose session has run out by now, as a
 * guess (R10, C1). Leaves the candidate as it is where there is none. */
void cause_suspect(struct group *g, const struct round *r, struct candidate *c);

/* When the round began, and how uncertain that is (ns). */
void cause_start(const struct group *g, const struct round *r, const struct candidate *c,
                 int64_t *started, int64_t *uncertainty);

struct group_cause cause_tell(struct groups *gs, const struct candidate *c);

#endif
