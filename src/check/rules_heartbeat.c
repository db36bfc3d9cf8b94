/* SPDX-License-Identifier: Apache-2.0
 *
 * W11 to W13: heartbeats, their pace, their end, and what follows from REBALANCE_IN_PROGRESS.
 */
#include "engine.h"

/* What a timer may be late by. */
#define LATE (100 * NS_PER_MS)

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

/* ---- W11: pace -------------------------------------------------------------------------------------------------- */

static void w11_fail(const struct talk *t, const struct member *m, struct mark last, struct mark now, bool proven)
{
	rule_fail(t, &(struct blame){ .rule = 11, .since = last.ts, .frames = { last.frame, now.frame },
	                              .confirm = proven ? 0 : NEVER,
	                              .expected = "no pause of heartbeats above 2/3 of session.timeout.ms" },
	          "%.2f s between two heartbeats; the session timeout is %.1f s", seconds(now.ts - last.ts),
	          seconds(m->session_ms * NS_PER_MS));
}

/* A pause that is too long. When the next one comes on another connection there may have been more of them, unless its
 * answer says that the session is over. */
static void w11_pause(const struct talk *t, struct member *m)
{
	if (m->beat_conn == t->conn->id) {
		w11_fail(t, m, m->beat, mark_of(t), true);
		return;
	}
	m->pause = m->beat;
	m->pause_end = mark_of(t);
}

static void w11_asked(const struct talk *t)
{
	struct member *m = t->member;
	int64_t gap, session;

	if (!m)
		return;
	session = m->session_ms * NS_PER_MS;
	if (m->beat.ts && session > 0 && !(m->beat_server && m->beat_server->closed >= m->beat.ts)) {
		gap = t->m->ts - m->beat.ts;
		if (!m->beats)
			m->beats_first = m->beat.frame;
		m->beats++;
		m->beats_sum += gap;
		m->beats_last = t->m->frame;
		if (gap > session / 3 * 2 + LATE)
			w11_pause(t, m);
	}
	m->beat = mark_of(t);
	m->beat_server = t->conn->server;
	m->beat_conn = t->conn->id;
}

/* The coordinator is away: that is no pause of the client's. */
static void w11_answered(const struct talk *t)
{
	struct member *m = t->member;

	if (!m)
		return;
	if (m->pause.ts && m->pause_end.frame == t->q->frame) {
		w11_fail(t, m, m->pause, m->pause_end, t->error == ERR_UNKNOWN_MEMBER);
		m->pause.ts = 0;
	}
	if (t->error == ERR_NOT_COORDINATOR || t->error == ERR_NOT_AVAILABLE || t->error == ERR_LOADING)
		m->beat.ts = 0;
}

/* The mean, once everything was seen. */
static void w11_finish(struct check *c, struct member *m)
{
	int64_t session = m->session_ms * NS_PER_MS, mean;

	if (m->beats < 3 || session <= 0)
		return;
	mean = m->beats_sum / m->beats;
	if (mean <= session / 3 + session / 30 + LATE) {
		rule_pass_for(c, 11, m->client, m->group);
		return;
	}
	rule_fail_for(c, &(struct blame){ .rule = 11, .since = m->joined_first.ts, .frames = { m->beats_first, m->beats_last },
	                                  .expected = "a mean interval of at most 1/3 of session.timeout.ms" },
	              m->client, m->group, m->beat.ts ? m->beat.ts : m->seen,
	              "a heartbeat every %.2f s (%u of them); the session timeout is %.1f s", seconds(mean), m->beats + 1,
	              seconds(session));
}

/* ---- W12: after LeaveGroup, and after JoinGroup --------------------------------------------------------------------- */

static void w12_asked(const struct talk *t)
{
	struct member *m = t->member;
	bool ordered = m && m->conn == t->conn->id;

	if (!m)
		return;
	if (m->left.ts && !m->admin_removed && (ordered || t->m->ts - m->left.ts > CROSSING)) {
		if (!m->beat_after_leave)
			rule_fail(t, &(struct blame){ .rule = 12, .since = m->left.ts, .frames = { m->left.frame, t->m->frame },
			                              .expected = "no heartbeat after LeaveGroup" },
			          "a heartbeat %.3f s after LeaveGroup", seconds(t->m->ts - m->left.ts));
		m->beat_after_leave = true;
		return;
	}
	if (!m->new_generation_due || m->joined.generation < 0)
		return;
	if (t->q->generation == m->joined.generation)
		rule_pass(t, 12);
	else if (t->q->generation > m->joined.generation || t->m->ts - m->joined.at.ts <= CROSSING)
		return;
	else
		rule_fail(t, &(struct blame){ .rule = 12, .since = m->joined.at.ts,
		                              .frames = { m->joined.at.frame, t->m->frame },
		                              .expected = "heartbeats with the generation that JoinGroup was answered with" },
		          "a heartbeat with generation %d, %.3f s after generation %d was joined", t->q->generation,
		          seconds(t->m->ts - m->joined.at.ts), m->joined.generation);
	m->new_generation_due = false;
}

static void w12_finish(struct check *c, struct member *m)
{
	if (m->left.ts && !m->admin_removed && m->was_in && !m->beat_after_leave)
		rule_pass_for(c, 12, m->client, m->group);
}

/* ---- W13: rejoining --------------------------------------------------------------------------------------------------- */

static void w13_rejoined(const struct talk *t)
{
	struct member *m = t->member;
	int64_t lag, most;

	if (!m || !m->told.ts || m->rebalance_ms <= 0)
		return;
	lag = t->m->ts - m->told.ts;
	most = param_of(t->check, 13, 0, t->client, t->group);
	if (!most)
		most = m->rebalance_ms * NS_PER_MS;
	if (lag <= most)
		rule_pass(t, 13);
	else
		rule_fail(t, &(struct blame){ .rule = 13, .since = m->told.ts, .frames = { m->told.frame, t->m->frame },
		                              .confirm = t->conn->id == m->told_conn ? 0 : NEVER, /* perhaps not the first */
		                              .expected = "JoinGroup within the rebalance timeout" },
		          "%s %.2f s after REBALANCE_IN_PROGRESS; allowed are %.1f s", kf_api_name(t->m->api_key),
		          seconds(lag), seconds(most));
	m->told.ts = 0;
}

/* It goes on as if nothing were. */
static void w13_beat(const struct talk *t)
{
	struct member *m = t->member;
	int64_t most;

	if (!m || !m->told.ts || m->rebalance_ms <= 0)
		return;
	most = param_of(t->check, 13, 0, t->client, t->group);
	if (!most)
		most = m->rebalance_ms * NS_PER_MS;
	if (t->m->ts - m->told.ts <= most + NS_PER_S)
		return;
	rule_fail(t, &(struct blame){ .rule = 13, .since = m->told.ts, .frames = { m->told.frame, t->m->frame },
	                              .expected = "JoinGroup within the rebalance timeout" },
	          "only heartbeats for %.2f s since REBALANCE_IN_PROGRESS; allowed are %.1f s",
	          seconds(t->m->ts - m->told.ts), seconds(most));
	m->told.ts = 0;
}

static void w13_refused(const struct talk *t)
{
	struct member *m = t->member;
	int64_t most;

	if (t->error != ERR_UNKNOWN_MEMBER || !m || !m->told.ts || m->rebalance_ms <= 0)
		return;
	most = m->rebalance_ms * NS_PER_MS;
	if (t->m->ts - m->told.ts < most / 3 * 2) /* it may have been told one heartbeat interval late */
		return;
	rule_fail(t, &(struct blame){ .rule = 13, .since = m->told.ts, .frames = { m->told.frame, t->m->frame },
	                              .expected = "JoinGroup within the rebalance timeout" },
	          "no JoinGroup in the %.2f s since REBALANCE_IN_PROGRESS, until UNKNOWN_MEMBER_ID",
	          seconds(t->m->ts - m->told.ts));
	m->told.ts = 0;
}

/* ---- the end ---------------------------------------------------------------------------------------------------------------- */

void ck_member_finish(struct check *c, struct member *m)
{
	if (!m->client)
		return;
	w11_finish(c, m);
	w12_finish(c, m);
	leave_finish(c, m);
	offsets_finish(c, m);
}

const struct hook hooks_heartbeat[] = {
	{ .rule = 12, .api = API_HEARTBEAT, .asked = w12_asked },
	{ .rule = 11, .api = API_HEARTBEAT, .asked = w11_asked, .answered = w11_answered },
	{ .rule = 13, .api = API_HEARTBEAT, .asked = w13_beat, .answered = w13_refused },
	{ .rule = 13, .api = API_JOIN, .asked = w13_rejoined },
	{ .rule = 13, .api = API_LEAVE, .asked = w13_rejoined },
	{ .rule = 0 },
};
