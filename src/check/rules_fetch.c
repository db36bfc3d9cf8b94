/* SPDX-License-Identifier: Apache-2.0
 *
 * W24 (fetching goes on), W25, W28 and W42: what members fetch, and when. Fetch does not name a member: it is the
 * client's only one, or nothing is said.
 */
#include "engine.h"

/* Time enough for a member that goes on to fetch to be seen doing so. */
#define FETCHES_WITHIN (3 * NS_PER_S)

static struct member *fetcher(const struct talk *t)
{
	struct member *m = t->client->member;

	return m && !t->client->shared && m->consumer && !m->streams && m->in_group && !m->left.ts ? m : NULL;
}

/* Between its JoinGroup and the answer of SyncGroup. */
static bool is_joining(const struct member *m)
{
	return m->asked.ts && m->synced.ts && m->asked.ts > m->synced.ts;
}

/* ---- W24, W25: while joining ------------------------------------------------------------------------------------- */

static void w25_eager_fetch(const struct talk *t, struct member *m, const struct fetch_request *b)
{
	if (t->m->ts - m->asked.ts <= CROSSING || m->assigned.n == 0 || b->session_epoch == -1)
		return;
	if (KF_HAS(b, fetch_request, session_epoch) && b->session_epoch > 0 && b->topics.count == 0 &&
	    b->forgotten_topics_data.count > 0)
		return; /* it only takes partitions out of its session */
	m->fetched_while_joining++;
	rule_fail(t, &(struct blame){ .rule = 25, .since = m->asked.ts, .frames = { m->asked.frame, t->m->frame },
	                              .confirm = m->asked_conn, /* the answer may have come on another one */
	                              .expected = "no Fetch between an eager JoinGroup and the answer of SyncGroup" },
	          "Fetch %.2f s after JoinGroup, which gave up %u partitions", (double)(t->m->ts - m->asked.ts) / 1e9,
	          m->assigned.n);
}

static void w25_revoked(const struct talk *t, struct member *m, struct part p)
{
	char text[96];

	if (!is_joining(m) || t->m->ts - m->asked.ts <= CROSSING || !parts_has(&m->revoked, p))
		return;
	m->fetched_while_joining++;
	rule_fail(t, &(struct blame){ .rule = 25, .since = m->asked.ts, .frames = { m->synced.frame, m->asked.frame, t->m->frame },
	                              .confirm = m->asked_conn,
	                              .expected = "no Fetch of partitions that were given up" },
	          "Fetch of %s %.2f s after the JoinGroup that gave it up", part_text(t->check, p, text),
	          (double)(t->m->ts - m->asked.ts) / 1e9);
	parts_remove(&m->revoked, p);
}

static void w25_commit(const struct talk *t)
{
	struct member *m = t->member;

	if (!m || !m->in_group || m->cooperative || !m->consumer || m->streams || t->q->generation < 0 || !is_joining(m) ||
	    m->joined.at.ts > m->asked.ts || m->assigned.n == 0 || m->conn != t->conn->id)
		return;
	rule_fail(t, &(struct blame){ .rule = 25, .since = m->asked.ts, .frames = { m->asked.frame, t->m->frame },
	                              .expected = "no OffsetCommit after an eager JoinGroup" },
	          "OffsetCommit %.3f s after JoinGroup on the same connection", (double)(t->m->ts - m->asked.ts) / 1e9);
	m->fetched_while_joining++;
}

static void w25_synced(const struct talk *t)
{
	struct member *m = t->member;

	if (!m || t->error != ERR_NONE || t->client->shared || !m->consumer || m->streams || !is_joining(m) ||
	    !m->fetched_before || (m->cooperative ? m->revoked.n == 0 : m->assigned.n == 0))
		return;
	if (!m->fetched_while_joining)
		rule_pass(t, 25);
}

static void w24_synced(const struct talk *t)
{
	struct member *m = t->member;

	if (!m || t->error != ERR_NONE || t->client->shared || !m->cooperative || !m->consumer || m->streams ||
	    !is_joining(m) || !m->fetched_before || m->assigned.n == 0 || t->m->ts - m->asked.ts < FETCHES_WITHIN)
		return;
	if (t->client->last_fetch.ts > m->asked.ts)
		rule_pass(t, 24);
	else
		rule_fail(t, &(struct blame){ .rule = 24, .wide = true, .since = t->client->last_fetch.ts,
		                              .frames = { t->client->last_fetch.frame, m->asked.frame, t->m->frame },
		                              .expected = "a cooperative member goes on to fetch what it keeps" },
		          "no Fetch in the %.2f s of the rebalance, with %u partitions kept",
		          (double)(t->m->ts - m->asked.ts) / 1e9, m->assigned.n);
}

/* ---- W28: offsets before data ---------------------------------------------------------------------------------------- */

static void w28_offsets_of(const struct talk *t, struct member *m, struct kf_bytes name, const struct kf_uuid *id,
                           struct kf_array partitions)
{
	bool known = true;
	uint64_t key = ck_topic_key(t->check, name, id, &known);
	int64_t partition;

	if (!known)
		m->offsets_all = true; /* it may be any topic */
	while (kf_next_int(&partitions, &partition))
		parts_add(&m->offsets, (struct part){ .topic = key, .partition = (int32_t)partition });
}

static void w28_offsets(const struct talk *t)
{
	const struct offset_fetch_request *b = t->body;
	struct offset_fetch_request_group g;
	struct offset_fetch_request_group_topic gt;
	struct offset_fetch_request_topic o;
	struct kf_array groups = b->groups, topics = b->topics;
	struct member *m = t->client->member;

	if (!m || m->group != t->group)
		return;
	if (!KF_HAS(b, offset_fetch_request, groups)) {
		m->offsets_all = m->offsets_all || topics.count < 0;
		while (kf_next(&topics, &o))
			w28_offsets_of(t, m, o.name, NULL, o.partition_indexes);
		return;
	}
	while (kf_next(&groups, &g)) {
		m->offsets_all = m->offsets_all || g.topics.count < 0;
		while (kf_next(&g.topics, &gt))
			w28_offsets_of(t, m, gt.name, &gt.topic_id, gt.partition_indexes);
	}
}

/* OffsetFetch goes another way than Fetch, with the heartbeats: when these go on and it was not there, it was not
 * asked. */
static void w28_settle(struct check *c, struct member *m, int64_t now)
{
	char text[96];

	if (!m->started.ts || now - m->started.ts <= CROSSING)
		return;
	if (m->offsets_all || parts_has(&m->offsets, m->started_part))
		rule_pass_for(c, 28, m->client, m->group);
	else if (m->fresh_beats || c->complete)
		rule_fail_for(c, &(struct blame){ .rule = 28, .wide = true, .since = m->granted.ts,
		                                  .frames = { m->granted.frame, m->started.frame },
		                                  .expected = "OffsetFetch for a partition before its first Fetch" },
		              m->client, m->group, m->started.ts,
		              "%s was granted and fetched, its committed offset not asked for",
		              part_text(c, m->started_part, text));
	m->started.ts = 0;
}

static void w28_beat(const struct talk *t)
{
	if (!t->member || !t->member->started.ts || t->m->ts - t->member->started.ts <= CROSSING)
		return;
	t->member->fresh_beats = true;
	w28_settle(t->check, t->member, t->m->ts);
}

static void w28_before(const struct talk *t)
{
	if (t->member && t->error == ERR_NONE)
		w28_settle(t->check, t->member, t->m->ts);
}

static void w28_fetched(const struct talk *t, struct member *m, struct part p)
{
	if (!parts_has(&m->fresh, p))
		return;
	if (m->offsets_all || parts_has(&m->offsets, p)) {
		rule_pass(t, 28);
	} else if (!m->started.ts) {
		m->started = mark_of(t);
		m->started_part = p;
	}
	parts_remove(&m->fresh, p);
}

/* ---- W42: waiting, and sessions ---------------------------------------------------------------------------------------- */

static void w42_asked(const struct talk *t, const struct fetch_request *b)
{
	struct client *k = t->client;

	k->fetches++;
	t->q->digest = 0;
	if (b->max_wait_ms == 0) {
		k->busy_polls++;
		k->busy_frame = t->m->frame;
	}
	if (!KF_HAS(b, fetch_request, session_epoch))
		return;
	k->has_sessions = true;
	if (b->session_id != 0 || b->session_epoch > 0)
		return;
	k->full_fetches++;
	k->full_frame = t->m->frame;
	t->q->digest = b->session_epoch == 0; /* asks for a session */
}

static void w42_answered(const struct talk *t, const struct fetch_response *a)
{
	if (t->q->digest && a->session_id == 0)
		t->client->sessions_refused++;
}

void fetch_finish(struct check *c, struct client *k)
{
	int64_t busy = param_of(c, 42, 0, k, NULL), least = param_of(c, 42, 1, k, NULL);
	uint32_t full = k->full_fetches - k->sessions_refused;

	if (k->busy_polls > busy)
		rule_fail_for(c, &(struct blame){ .rule = 42, .since = k->first, .frames = { k->busy_frame },
		                                  .expected = "max_wait_ms above 0 (fetch.max.wait.ms)" },
		              k, NULL, k->last_fetch.ts, "%u of %u Fetch requests with max_wait_ms 0", k->busy_polls,
		              k->fetches);
	else if (k->has_sessions && k->fetches >= least && full > k->fetches / 2)
		rule_fail_for(c, &(struct blame){ .rule = 42, .since = k->first, .frames = { k->full_frame },
		                                  .expected = "incremental fetch sessions (KIP-227)" },
		              k, NULL, k->last_fetch.ts, "%u of %u Fetch requests list all partitions", full, k->fetches);
	else if (k->fetches >= least)
		rule_pass_for(c, 42, k, NULL);
}

/* ---- Fetch ------------------------------------------------------------------------------------------------------------------ */

static void each_partition(const struct talk *t, struct member *m, struct kf_array topics)
{
	struct fetch_request_partition p;
	struct fetch_request_topic topic;

	while (kf_next(&topics, &topic)) {
		bool known = true;
		uint64_t key = ck_topic_key(t->check, topic.topic, &topic.topic_id, &known);

		while (known && kf_next(&topic.partitions, &p)) {
			struct part part = { .topic = key, .partition = p.partition };

			w28_fetched(t, m, part);
			w25_revoked(t, m, part);
		}
	}
}

static void fetch_asked(const struct talk *t)
{
	const struct fetch_request *b = t->body;
	struct member *m = fetcher(t);

	w42_asked(t, b);
	if (!m)
		return;
	if (is_joining(m) && !m->cooperative)
		w25_eager_fetch(t, m, b);
	if (m->fresh.n || m->revoked.n)
		each_partition(t, m, b->topics);
}

/* Whether anything came that could be committed. */
static bool holds_data(const struct fetch_response *a)
{
	struct fetch_response_response topic;
	struct fetch_response_partition p;
	struct kf_array topics = a->responses;

	while (kf_next(&topics, &topic))
		while (kf_next(&topic.partitions, &p))
			if (p.records.size > 0)
				return true;
	return false;
}

static void fetch_answered(const struct talk *t)
{
	const struct fetch_response *a = t->body;
	struct member *m = fetcher(t);

	w42_answered(t, a);
	if (!m || is_joining(m) || !holds_data(a))
		return;
	m->data = mark_of(t);
	if (m->data_first.ts <= m->committed.ts || m->data_first.ts < m->synced.ts)
		m->data_first = m->data;
}

void offsets_finish(struct check *c, struct member *m)
{
	w28_settle(c, m, INT64_MAX);
}

const struct hook hooks_fetch[] = {
	{ .rule = 42, .api = API_FETCH, .asked = fetch_asked, .answered = fetch_answered },
	{ .rule = 0 },
};

const struct hook hooks_owned[] = {
	{ .rule = 28, .api = API_OFFSET_FETCH, .asked = w28_offsets },
	{ .rule = 28, .api = API_SYNC, .answered = w28_before },
	{ .rule = 28, .api = API_HEARTBEAT, .asked = w28_beat },
	{ .rule = 28, .api = API_COMMIT, .asked = w28_beat },
	{ .rule = 28, .api = API_GROUP_HEARTBEAT, .asked = w28_beat },
	{ .rule = 28, .api = API_GROUP_HEARTBEAT, .answered = w28_before },
	{ .rule = 25, .api = API_COMMIT, .asked = w25_commit },
	{ .rule = 25, .api = API_SYNC, .answered = w25_synced },
	{ .rule = 24, .api = API_SYNC, .answered = w24_synced },
	{ .rule = 0 },
};
