/* SPDX-License-Identifier: Apache-2.0
 *
 * What why says of Connect, Streams and Schema Registry. Internal to src/output.
 */
#ifndef REGROUP_OUTPUT_WHY_KINDS_H
#define REGROUP_OUTPUT_WHY_KINDS_H

#include "line.h"

#include <regroup/group.h>
#include <regroup/json.h>

/* What is kept of a group of such a kind. */
struct why_kind {
	enum group_kind kind;
	uint32_t planned;         /* rebalances that it does by itself */
	uint32_t configs;         /* Connect: of these for new configurations */
	uint32_t losses;          /* rebalances after which something waited for a lost worker */
	uint32_t returns;         /* of these: a worker came before the delay was over */
	int64_t waited;           /* ns that it waited, as far as the end was seen */
	int64_t waiting_since, waiting_until; /* GROUP_UNKNOWN_TIME: nothing waits */
	int32_t delay_ms;         /* the longest */
	bool eager;
	uint32_t lost;            /* Streams and registry: members that were lost or left */
	int32_t connectors, tasks, processes, active, standby; /* as the latest assignment says, -1 not seen */
	uint32_t masters;         /* registry: times that another one was elected */
	uint32_t without;         /* rebalances that elected nobody */
	int64_t without_since, without_ns;
	char *url, *twin;         /* of the master at the end; that two instances had, NULL if none had */
};

void why_kind_init(struct why_kind *k);
void why_kind_free(struct why_kind *k);
void why_kind_add(struct why_kind *k, const struct group_rebalance *r);

/* The capture ended. */
void why_kind_end(struct why_kind *k, int64_t ts);

/* What a rebalance means for such a group, and what would change it; nothing is put where there is nothing to say. */
void why_kind_means(struct line *part, const struct why_kind *k);
void why_kind_advice(struct line *part, const struct why_kind *k);
void why_kind_json(struct json *j, const struct why_kind *k);

/* What the members did, in the words of the kind; NULL where they are those of all. */
const char *why_kind_deed(const struct why_kind *k, uint8_t cause);
const char *why_kind_members(const struct why_kind *k, bool many); /* "member", "workers" */

#endif
