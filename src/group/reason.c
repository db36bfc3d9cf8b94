/* SPDX-License-Identifier: Apache-2.0 */
#include "reason.h"

#include <stddef.h>
#include <string.h>

static const struct reason_row join_reasons[] = {
	/* Java */
	{ "need to re-join with the given member-id", "", REASON_CONSEQUENCE },
	{ "group is already rebalancing", "", REASON_CONSEQUENCE },
	{ "rebalance failed due to ", "", REASON_CONSEQUENCE },
	{ "rebalance failed since ", "", REASON_CONSEQUENCE },
	{ "encountered ", "", REASON_CONSEQUENCE },
	{ "offset commit failed since group is already rebalancing", "", REASON_CONSEQUENCE },
	{ "consumer pro-actively leaving the group", "", REASON_CONSEQUENCE },
	{ "cached metadata has changed", "saw other topic metadata", 5 },
	{ "subscription has changed", "changed its subscription", 4 },
	{ "need to revoke partitions and re-join", "gave partitions up and rejoined", 20 },
	{ "rebalance enforced by user", "asked for a rebalance", 6 },
	/* sarama */
	{ "group is rebalancing", "", REASON_CONSEQUENCE },
	/* franz-go */
	{ "rejoining from normal rebalance", "", REASON_CONSEQUENCE },
	{ "rejoining after we previously errored", "", REASON_CONSEQUENCE },
	{ "after revoking what we lost from a rebalance", "gave partitions up and rejoined", 20 },
};

static const struct reason_row leave_reasons[] = {
	{ "the consumer is being closed", "left", 7 },
	{ "the consumer unsubscribed from all topics", "unsubscribed", 8 },
	{ "consumer poll timeout has expired", "stopped polling (max.poll.interval.ms exceeded)", 9 },
	{ "client leaving group per normal operation", "left", 7 },
	/* Connect */
	{ "worker poll timeout has expired", "stopped polling (rebalance.timeout.ms exceeded)", 9 },
	{ "taking too long to read the log", "left, since it could not read the configurations in time", 7 },
};

static const struct reason_row *find(const struct reason_row *rows, size_t n, const char *reason)
{
	if (!reason)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strncmp(reason, rows[i].begins, strlen(rows[i].begins)) == 0)
			return &rows[i];
	return NULL;
}

const struct reason_row *reason_of_join(const char *reason)
{
	return find(join_reasons, sizeof(join_reasons) / sizeof(join_reasons[0]), reason);
}

const struct reason_row *reason_of_leave(const char *reason)
{
	return find(leave_reasons, sizeof(leave_reasons) / sizeof(leave_reasons[0]), reason);
}
