/* SPDX-License-Identifier: Apache-2.0
 *
 * W27 and W31: commits, and groups that ought to be calm.
 */
#include "engine.h"

#include <regroup/hash.h>

#define RATE_WINDOW (10 * NS_PER_S)

/* ---- W27: the generation of commits ---------------------------------------------------------------------------- */

static int64_t generation_since(const struct member *m)
{
	return m->joined.at.ts > m->epoch_since ? m->joined.at.ts : m->epoch_since;
}

static void w27_asked(const struct talk *t)
{
	struct member *m = t->member;
	int64_t since;

	if (!m || t->q->generation < 0)
		return;
	t->q->digest = hash_bytes(t->m->size, t->m->body.ptr, t->m->body.len);
	if (m->commit_refused.ts && t->q->digest == m->commit_digest && t->m->ts > m->commit_refused.ts) {
		rule_fail(t, &(struct blame){ .rule = 27, .since = m->commit_refused.ts,
		                              .frames = { m->commit_refused.frame, t->m->frame },
		                              .expected = "a refused commit not sent again as it was" },
		          "the same OffsetCommit again %.3f s after %s", (double)(t->m->ts - m->commit_refused.ts) / 1e9,
		          kf_error_name(m->commit_code));
		return;
	}
	since = generation_since(m);
	if (!since || !m->in_group || m->generation < 0)
		return;
	if (t->q->generation == m->generation)
		rule_pass(t, 27);
	else if (t->q->generation < m->generation && t->m->ts - since > CROSSING)
		rule_fail(t, &(struct blame){ .rule = 27, .since = since, .frames = { m->joined.at.frame, t->m->frame },
		                              .expected = "OffsetCommit with the current generation or member epoch" },
		          "OffsetCommit for %d, %.3f s after the member was told %d", t->q->generation,
		          (double)(t->m->ts - since) / 1e9, m->generation);
}

static void w27_answered(const struct talk *t)
{
	struct member *m = t->member;

	if (!m || t->q->generation < 0)
		return;
	if (t->error != ERR_ILLEGAL_GENERATION && t->error != ERR_UNKNOWN_MEMBER)
		return;
	m->commit_refused = mark_of(t);
	m->commit_digest = t->q->digest;
	m->commit_code = t->error;
}

/* ---- W31: calm ------------------------------------------------------------------------------------------------------ */

static void w31_commit(const struct talk *t)
{
	struct member *m = t->member;
	int64_t most;

	if (!m)
		return;
	m->commits++;
	m->committed = mark_of(t);
	m->commit_conn = t->conn->id;
	if (!m->commit_window || t->m->ts - m->commit_window >= RATE_WINDOW) {
		if (m->commit_window)
			rule_pass(t, 31);
		m->commit_window = t->m->ts;
		m->commit_count = 0;
	}
	most = param_of(t->check, 31, 1, t->client, t->group) * (RATE_WINDOW / NS_PER_S);
	if (++m->commit_count == most + 1)
		rule_fail(t, &(struct blame){ .rule = 31, .frames = { t->m->frame },
		                              .expected = "commits at the rate of auto.commit.interval.ms, not of records" },
		          "%u commits of one member within %.2f s", m->commit_count,
		          (double)(t->m->ts - m->commit_window) / 1e9);
}

static void seen(const struct talk *t, struct group *g)
{
	if (!g->first.ts)
		g->first = g->join = mark_of(t);
	g->latest = mark_of(t);
}

static void w31_join(const struct talk *t)
{
	struct group *g = t->group;

	if (!g)
		return;
	seen(t, g);
	if (t->m->ts - g->join.ts > g->longest_calm)
		g->longest_calm = t->m->ts - g->join.ts;
	g->join = mark_of(t);
}

/* A leader that has just given out its assignment wants another one, although nobody told it to and it asks for the
 * same topics. */
static void w31_rejoin(const struct talk *t)
{
	const struct member *m = t->member;

	if (!m || !m->in_group || !m->joined.leader || m->joined.skip || m->cooperative || !m->consumer || m->streams ||
	    !m->synced.ts || m->synced.ts < m->joined.at.ts || m->told.ts || m->asked_topics != t->q->ask.topics ||
	    t->q->ask.reason || t->m->ts - m->synced.ts > NS_PER_S)
		return;
	rule_fail(t, &(struct blame){ .rule = 31, .since = m->joined.at.ts, .frames = { m->synced.frame, t->m->frame },
	                              .expected = "no JoinGroup after an assignment, while nothing has changed" },
	          "the leader joined again %.1f ms after its assignment, with the same topics and without a reason",
	          (double)(t->m->ts - m->synced.ts) / 1e6);
}

static void w31_beat(const struct talk *t)
{
	if (t->group)
		seen(t, t->group);
}

static void w31_finish(struct check *c, struct group *g)
{
	int64_t calm = param_of(c, 31, 0, NULL, g), longest = g->longest_calm;

	if (!g->first.ts || g->latest.ts - g->first.ts < calm)
		return;
	if (g->latest.ts - g->join.ts > longest)
		longest = g->latest.ts - g->join.ts;
	if (longest >= calm)
		rule_pass_for(c, 31, NULL, g);
	else
		rule_fail_for(c, &(struct blame){ .rule = 31, .since = g->first.ts,
		                                  .frames = { g->first.frame, g->join.frame, g->latest.frame },
		                                  .expected = "a steady state: some time without a JoinGroup" },
		              NULL, g, g->latest.ts, "never %.0f s without a JoinGroup, in %.0f s; the longest were %.0f s",
		              (double)calm / 1e9, (double)(g->latest.ts - g->first.ts) / 1e9, (double)longest / 1e9);
}

/* ---- W29: follow-ups --------------------------------------------------------------------------------------------------- */

static void w29_close(struct check *c, struct group *g)
{
	if (g->followups && g->followups <= param_of(c, 29, 0, NULL, g))
		rule_pass_for(c, 29, NULL, g);
	g->followups = 0;
}

static void w29_rebalance(struct check *c, struct group *g, const struct group_event *e)
{
	const struct group_rebalance *r = &e->rebalance;
	struct blame b = { .rule = 29, .since = r->started, .expected = "one follow-up at most for each membership change" };
	size_t n = r->cause.n_evidence;

	if (r->followup_of < 0 || r->n_also > 0) {
		w29_close(c, g);
		return;
	}
	if (++g->followups <= param_of(c, 29, 0, NULL, g))
		return;
	for (size_t i = 0; i < n && i < FRAMES; i++)
		b.frames[i] = r->cause.evidence[i];
	rule_fail_for(c, &b, NULL, g, e->ts, "generation %d is follow-up number %u in a row", r->generation, g->followups);
}

void steady_event(struct check *c, const struct group_event *e)
{
	struct group *g;

	if (e->type != GROUP_EVENT_REBALANCE || !e->group)
		return;
	g = ck_group_get(c, (struct kf_bytes){ .ptr = (const uint8_t *)e->group, .len = (uint32_t)strlen(e->group) });
	if (g)
		w29_rebalance(c, g, e);
}

void ck_group_finish(struct check *c, struct group *g)
{
	w29_close(c, g);
	w31_finish(c, g);
}

const struct hook hooks_commit[] = {
	{ .rule = 27, .api = API_COMMIT, .asked = w27_asked, .answered = w27_answered },
	{ .rule = 31, .api = API_COMMIT, .asked = w31_commit },
	{ .rule = 31, .api = API_JOIN, .asked = w31_rejoin },
	{ .rule = 31, .api = API_JOIN, .asked = w31_join },
	{ .rule = 31, .api = API_HEARTBEAT, .asked = w31_beat },
	{ .rule = 0 },
};
