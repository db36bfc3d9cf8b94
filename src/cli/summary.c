/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

static int64_t time_or_unknown(int64_t ts)
{
	return ts == PIPELINE_NO_TIME ? GROUP_UNKNOWN_TIME : ts;
}

struct group_event summary_event(const struct groups *g, const struct pipeline_totals *t)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = time_or_unknown(t->last) };
	struct group_stats groups;

	groups_get_stats(g, &groups);
	e.summary = (struct group_summary){
		.packets = t->capture.packets,
		.bytes = t->capture.bytes,
		.captured_from = time_or_unknown(t->first),
		.captured_to = time_or_unknown(t->last),
		.connections = t->kafka.connections,
		.opaque_connections = t->kafka.opaque_connections,
		.messages = t->kafka.messages,
		.unknown_messages = t->kafka.unknown,
		.groups = groups.groups,
		.rebalances = groups.rebalances,
		.lost_packets = t->capture.kernel_dropped + t->capture.interface_dropped,
		/* What the capture left out on purpose is not missed. */
		.gap_bytes = t->kafka.gap_bytes - (t->capture.bulk_cut ? t->kafka.bulk_gap_bytes : 0),
		.evicted = t->net.evicted + t->kafka.evicted,
		.unanswered = t->kafka.unanswered,
		.cut_packets = t->capture.bulk_cut ? 0 : t->net.cut_packets,
		.snaplen = t->capture.bulk_cut ? 0 : t->net.snaplen,
		.requests_only = t->kafka.requests_only,
		.one_sided = t->kafka.one_sided,
		.unnamed_topics = groups.unnamed_topics,
		.forgotten_producers = groups.producers_evicted,
		.forgotten_groups = groups.evicted,
		.wire_bytes = t->capture.wire_bytes,
		.copied_bytes = t->capture.copied_bytes,
	};
	return e;
}
