/* SPDX-License-Identifier: Apache-2.0
 *
 * What would end a storm in a group whose broker assigns: other settings than in the classic protocol, many of them the
 * broker's, and only what moves stops meanwhile.
 */
#include "epoch.h"
#include "member.h"
#include "storm.h"

static const char *who(struct scratch *s, const struct group *g, uint64_t digest)
{
	const struct member *m = digest ? storm_member(g, digest) : NULL;

	if (!m)
		return "members";
	return m->host ? scratch_text(s, "%s (%s)", member_label(m), m->host) : member_label(m);
}

static bool is_static(const struct storm_view *v, uint64_t digest)
{
	const struct member *m = digest ? storm_member(v->group, digest) : NULL;

	return m && m->instance;
}

/* group.consumer.session.timeout.ms, group.streams.session.timeout.ms */
static const char *session_setting(const struct storm_view *v, struct scratch *s)
{
	return scratch_text(s, "group.%s.session.timeout.ms", epoch_type(v->group));
}

static bool is_share(const struct storm_view *v)
{
	return v->group->epochs->kind == EPOCH_SHARE;
}

static bool is_streams(const struct storm_view *v)
{
	return v->group->epochs->kind == EPOCH_STREAMS;
}

/* Neither share nor streams groups have static members. */
static const char *restarts(const struct storm_view *v, struct scratch *s)
{
	uint32_t left = storm_count(v, 7, 0) + storm_count(v, 8, 0), came = storm_count(v, 2, 0);

	if (is_share(v))
		return scratch_text(s, "%u left and %u came: %u rebalances; nobody stops for them, as members share the partitions. "
		                    "Let members finish and acknowledge what they have acquired before they are closed: what a killed "
		                    "one had is delivered again when its lock runs out (group.share.record.lock.duration.ms)", left,
		                    came, v->rebalances);
	if (is_streams(v))
		return scratch_text(s, "%u left and %u came: %u rebalances, each moves tasks; with a standby copy of each task "
		                    "(streams.num.standby.replicas of the group, by kafka-configs --entity-type groups) they go on "
		                    "elsewhere without restoring their state. Wait until a restarted instance has its tasks before "
		                    "the next", left, came, v->rebalances);
	return scratch_text(s, "%u left and %u came: %u rebalances; 0 with group.instance.id, if a restart takes less than the "
	                    "session timeout, which is the broker's (%s, 45 s by default)", left, came, v->rebalances,
	                    session_setting(v, s));
}

static const char *slow_processing(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	uint32_t n = storm_count(v, 9, culprit);

	return scratch_text(s, "%s stopped polling for longer than max.poll.interval.ms %u times: each costs a leave and a "
	                    "return, %u x 2 = %u rebalances; lower max.poll.records, raise max.poll.interval.ms, or move the "
	                    "work off the polling thread", who(s, v->group, culprit), n, n, n * 2);
}

static const char *slow_giving(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	int64_t longest = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->fact[i]->slow == culprit && v->fact[i]->lag > longest)
			longest = v->fact[i]->lag;
	return scratch_text(s, "who is to get partitions waits for %s, which took up to %.1f s to give them up: it is busy "
	                    "between two polls, or its rebalance listener is slow; lower max.poll.records, shorten "
	                    "onPartitionsRevoked", who(s, v->group, culprit), (double)longest / (double)NS_PER_S);
}

static const char *starvation(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	uint32_t n = storm_count(v, 10, culprit);

	return scratch_text(s, "%s sent no heartbeat for its session timeout %u times, and lived: with each return %u x 2 = %u "
	                    "rebalances; look for GC pauses, CPU limits or a frozen host; session timeout and heartbeat "
	                    "interval are the broker's: %s, or of the group alone by kafka-configs --entity-type groups",
	                    who(s, v->group, culprit), n, n, n * 2, session_setting(v, s));
}

static const char *churn(const struct storm_view *v, struct scratch *s)
{
	return scratch_text(s, "%u of %zu rebalances come from changed topics; the broker watches them itself: narrow the "
	                    "subscription pattern, create topics in batches", storm_count(v, 5, 0), v->n);
}

const char *storm_advice_of_broker(const struct storm_view *v, enum group_storm_class c, uint64_t culprit)
{
	struct scratch *s = &v->group->owner->scratch;

	switch (c) {
	case GROUP_STORM_ROLLING_RESTART:
		return restarts(v, s);
	case GROUP_STORM_SLOW_PROCESSING:
		return slow_processing(v, culprit, s);
	case GROUP_STORM_SLOW_JOINER:
		return slow_giving(v, culprit, s);
	case GROUP_STORM_STARVATION:
		return starvation(v, culprit, s);
	case GROUP_STORM_METADATA_CHURN:
		return churn(v, s);
	case GROUP_STORM_FLAPPING:
		if (is_share(v) || is_streams(v))
			return scratch_text(s, "most of %zu rebalances begin with %s: look at that process and its host (restarts, memory, "
			                    "network)%s", v->n, who(s, v->group, culprit), is_share(v) ?
			                    "; what it had acquired is delivered again each time it dies" :
			                    "; its tasks are restored elsewhere each time");
		return scratch_text(s, "most of %zu rebalances begin with %s: look at that process and its host (restarts, memory, "
		                    "network); %s than the broker's %s", v->n, who(s, v->group, culprit),
		                    is_static(v, culprit) ? "it has a group.instance.id: what shows here are absences longer"
		                                          : "group.instance.id hides restarts shorter", session_setting(v, s));
	case GROUP_STORM_DEPLOY_HERD:
		if (is_streams(v))
			return scratch_text(s, "%u members came one by one: %u rebalances; start them within "
			                    "group.streams.initial.rebalance.delay.ms of the first (it only acts on an empty group)",
			                    storm_count(v, 2, 0), v->rebalances);
		return scratch_text(s, "%u members came one by one: %u rebalances, each moving little; start them together to have "
		                    "fewer", storm_count(v, 2, 0), v->rebalances);
	default:
		return storm_advice_of_consumers(v, c, culprit);
	}
}
