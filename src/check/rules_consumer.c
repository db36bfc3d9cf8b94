/* SPDX-License-Identifier: Apache-2.0
 *
 * W39 and W40: the consumer group protocol (KIP-848).
 */
#include "engine.h"

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

/* ---- W39: heartbeats, acknowledgements, full requests --------------------------------------------------------------- */

static void w39_interval(const struct talk *t, struct member *m)
{
	int64_t interval = m->interval_ms * NS_PER_MS, gap = t->m->ts - m->epoch_beat.ts;

	if (!m->epoch_beat.ts || interval <= 0 || t->q->generation == 0)
		return;
	if (gap <= interval + interval / 2 + NS_PER_S)
		rule_pass(t, 39);
	else
		rule_fail(t, &(struct blame){ .rule = 39, .wide = m->beat_conn != t->conn->id, .since = m->epoch_beat.ts,
		                              .frames = { m->epoch_beat.frame, t->m->frame },
		                              .expected = "a heartbeat every HeartbeatIntervalMs" },
		          "%.2f s between two heartbeats; the broker asked for one every %.1f s", seconds(gap),
		          seconds(interval));
}

static void w39_full(const struct talk *t, const struct consumer_group_heartbeat_request *b)
{
	bool topics = b->subscribed_topic_names.count >= 0 || b->subscribed_topic_regex.ptr;

	if (b->member_epoch != 0)
		return;
	if (topics && b->rebalance_timeout_ms > 0)
		rule_pass(t, 39);
	else
		rule_fail(t, &(struct blame){ .rule = 39, .frames = { t->m->frame },
		                              .expected = "a full request to join: rebalance timeout, topics" },
		          "epoch 0 %s", topics ? "without a rebalance timeout" : "without topics");
}

static void w39_ack(const struct talk *t, struct member *m, const struct consumer_group_heartbeat_request *b)
{
	int64_t most = param_of(t->check, 39, 0, t->client, t->group), took = t->m->ts - m->to_ack.ts;

	if (!m->to_ack.ts || b->member_epoch < 0 || b->topic_partitions.count < 0)
		return;
	if (!most)
		most = m->rebalance_ms > 0 ? m->rebalance_ms * NS_PER_MS : INT64_MAX;
	if (b->member_epoch > 0 && took <= most)
		rule_pass(t, 39);
	else if (b->member_epoch > 0)
		rule_fail(t, &(struct blame){ .rule = 39, .since = m->to_ack.ts, .frames = { m->to_ack.frame, t->m->frame },
		                              .expected = "the new assignment acknowledged in time" },
		          "acknowledged after %.2f s; allowed are %.2f s", seconds(took), seconds(most));
	m->to_ack.ts = 0;
}

static void w39_asked(const struct talk *t)
{
	const struct consumer_group_heartbeat_request *b = t->body;
	struct member *m = t->member;

	w39_full(t, b);
	if (!m)
		return;
	w39_interval(t, m);
	w39_ack(t, m, b);
	m->consumer = true;
	m->cooperative = true;
	if (b->rebalance_timeout_ms > 0)
		m->rebalance_ms = b->rebalance_timeout_ms;
	m->epoch_beat = mark_of(t);
	m->beat_conn = t->conn->id;
	if (b->member_epoch < 0)
		m->epoch_beat.ts = m->to_ack.ts = 0;
}

static void w39_answered(const struct talk *t)
{
	const struct consumer_group_heartbeat_response *a = t->body;
	struct consumer_group_heartbeat_response_assignment given;
	struct kf_array assignment = a->assignment;

	if (!t->member || t->error != ERR_NONE || t->q->epoch_ends || !kf_next(&assignment, &given))
		return;
	if (given.topic_partitions.count > 0 || t->member->assigned.n > 0)
		t->member->to_ack = mark_of(t);
}

/* ---- W40: fenced ------------------------------------------------------------------------------------------------------- */

static void w40_answered(const struct talk *t)
{
	struct member *m = t->member;

	if ((t->error != ERR_UNKNOWN_MEMBER && t->error != ERR_FENCED_EPOCH) || !m || t->q->generation <= 0)
		return;
	m->epoch_refused = mark_of(t);
	m->epoch_code = t->error;
	m->to_ack.ts = m->epoch_beat.ts = 0;
}

static struct member *refused_before(const struct talk *t)
{
	struct member *m = t->member;

	if (m && m->epoch_refused.ts)
		return m;
	m = t->client->member;
	return m && m->epoch_refused.ts && m->group == t->group && !t->client->shared ? m : NULL;
}

static void w40_asked(const struct talk *t)
{
	const struct consumer_group_heartbeat_request *b = t->body;
	struct member *m = refused_before(t);
	struct blame blame;

	if (!m)
		return;
	blame = (struct blame){ .rule = 40, .since = m->epoch_refused.ts, .frames = { m->epoch_refused.frame, t->m->frame },
		                .expected = "epoch 0 with the same member id, and no partitions" };
	if (b->member_epoch < 0) {
		m->epoch_refused.ts = 0;
		return;
	}
	if (b->member_epoch == 0 && m != t->member)
		rule_fail(t, &blame, "epoch 0 with another member id after %s", kf_error_name(m->epoch_code));
	else if (b->member_epoch == 0 && b->topic_partitions.count > 0)
		rule_fail(t, &blame, "epoch 0 with %d topics still owned", b->topic_partitions.count);
	else if (b->member_epoch == 0)
		rule_pass(t, 40);
	else if (t->m->ts - m->epoch_refused.ts <= CROSSING)
		return;
	else
		rule_fail(t, &blame, "epoch %d again %.2f s after %s", b->member_epoch,
		          seconds(t->m->ts - m->epoch_refused.ts), kf_error_name(m->epoch_code));
	m->epoch_refused.ts = 0;
}

const struct hook hooks_consumer[] = {
	{ .rule = 40, .api = API_GROUP_HEARTBEAT, .asked = w40_asked, .answered = w40_answered },
	{ .rule = 39, .api = API_GROUP_HEARTBEAT, .asked = w39_asked, .answered = w39_answered },
	{ .rule = 0 },
};
