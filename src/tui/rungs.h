/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a ladder: messages of a group in their order, runs of heartbeats and commits folded, rebalances between
 * them.
 */
#ifndef REGROUP_TUI_RUNGS_H
#define REGROUP_TUI_RUNGS_H

#include "messages.h"
#include "model.h"

struct rung {
	uint64_t number;          /* of the message, or of the first of a run; 0: a rebalance begins here */
	const struct kept *begins;
	uint32_t heartbeats, commits; /* of a run, requests; both 0: a message */
	int64_t from, to;
	uint32_t lane, broker; /* indices of the pole and of the broker */
};

/* Who sends: a client id on a host. */
struct pole {
	uint32_t client_id;
	int32_t generation; /* of its latest message, -1 unknown */
	char name[48], host[NET_ENDPOINT_TEXT];
};

struct rungs {
	struct rung *rung;
	size_t n, cap;
	struct pole *pole;
	size_t n_poles, cap_poles;
	uint32_t *broker; /* messages_text of their endpoints, in the order met */
	size_t n_brokers, cap_brokers;
	uint64_t *number; /* room for collecting */
	size_t cap_numbers;
	bool cut; /* older ones are not there any more */
};

struct rungs_wanted {
	const struct model_group *group;
	int64_t from, to;  /* GROUP_UNKNOWN_TIME for no end */
	bool fold;
	const char *filter;
};

void rungs_collect(struct rungs *r, const struct model *m, const struct rungs_wanted *w);
void rungs_free(struct rungs *r);

/* "JoinGroup", also where the API is not known. */
const char *rungs_api(const struct message *x, char out[24]);

/* Whether the row speaks of it. */
bool rungs_has(const struct rungs *r, const struct model *m, size_t i, const char *text);

#endif
