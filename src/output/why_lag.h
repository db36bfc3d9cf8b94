/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a group was behind when the capture ended, and how its commits were answered. Internal to src/output.
 */
#ifndef REGROUP_OUTPUT_WHY_LAG_H
#define REGROUP_OUTPUT_WHY_LAG_H

#include "line.h"

#include <regroup/group.h>
#include <regroup/json.h>

#define WHY_BEHIND 8

struct why_behind_partition {
	char *topic, *client_id, *host;
	int32_t partition;
	int64_t committed, high_watermark, lag;
};

struct why_lag {
	int64_t lag;             /* of all partitions where it is known; with partitions_known 0 it means nothing */
	uint32_t partitions_known, partitions;
	uint64_t commits, refused;
	int64_t latency, latency_most; /* ns, -1 without commits */
	struct why_behind_partition worst[WHY_BEHIND]; /* most behind first */
	size_t n_worst;
};

void why_lag_take(struct why_lag *lag, const struct group_view *v); /* replaces what was taken before */
void why_lag_free(struct why_lag *lag);

/* What follows "lag" and "commits" for a person; nothing where nothing is known. */
void why_lag_text(struct line *l, const struct why_lag *lag);
void why_commits_text(struct line *l, const struct why_lag *lag);

/* Members of the object that is open. */
void why_lag_json(struct json *j, const struct why_lag *lag);

#endif
