/* SPDX-License-Identifier: Apache-2.0
 *
 * W21 and W22: how members close.
 */
#include "engine.h"

/* ---- W21: a dynamic member says that it leaves ----------------------------------------------------------------- */

static struct member *member_on(const struct conn *n)
{
	struct member *m = n->client ? n->client->member : NULL;

	if (n->member && n->member->conn == n->id && n->member->was_in)
		return n->member;
	return m && m->conn == n->id ? m : NULL;
}

static void w21_closed(struct check *c, struct member *m, int64_t ts, uint64_t frame)
{
	int64_t most = param_of(c, 21, 0, m->client, m->group);

	if (m->leave_judged || m->admin_removed || !m->left.ts || !m->was_in)
		return;
	m->leave_judged = true;
	if (ts - m->left.ts <= most)
		rule_pass_for(c, 21, m->client, m->group);
	else if (ts - m->left.ts < 2 * most)
		rule_fail_for(c, &(struct blame){ .rule = 21, .since = m->left.ts, .frames = { m->left.frame, frame },
		                                  .expected = "the connection closed within the close timeout" },
		              m->client, m->group, ts, "closed %.1f s after LeaveGroup", (double)(ts - m->left.ts) / 1e9);
}

/* The client has closed the connection on which the member spoke. */
void leave_conn_closed(struct check *c, struct conn *n, int64_t ts, uint64_t frame)
{
	struct member *m = member_on(n);

	if (!m)
		return;
	m->closed = (struct mark){ .ts = ts, .frame = frame };
	m->calm.ts = m->moved.ts = 0;
	if (!m->left.ts && m->in_group && m->group->n_closed < CLOSED)
		m->group->closed[m->group->n_closed++] = m;
	if (!m->is_static)
		w21_closed(c, m, ts, frame);
	else if (m->in_group && !m->left.ts && m->was_in && !m->gone)
		m->leave_judged = true; /* W22: passes unless it says more */
}

static bool session_over(const struct member *m, int64_t ts, int64_t late)
{
	int64_t session = m->session_ms * NS_PER_MS, silent = ts - m->seen;

	return silent >= session - NS_PER_S / 2 && silent <= session + late;
}

static bool others_waited(const struct member *m)
{
	int64_t interval = m->session_ms / 3 * NS_PER_MS; /* within which the others are told */

	if (interval > 5 * NS_PER_S)
		interval = 5 * NS_PER_S;
	return m->calm.ts && m->moved.ts && session_over(m, m->moved.ts, interval + NS_PER_S);
}

/* Of the others: what their broker says shows whether it thinks that the one which closed is still there. */
static void w21_others(const struct talk *t, void (*look)(const struct talk *t, struct member *m))
{
	struct group *g = t->group;
	unsigned kept = 0;

	for (unsigned i = 0; g && t->member && i < g->n_closed; i++) {
		struct member *m = g->closed[i];

		if (!m->closed.ts || m->seen > m->closed.ts || others_waited(m))
			continue;
		g->closed[kept++] = m;
		if (m != t->member)
			look(t, m);
	}
	if (g && t->member)
		g->n_closed = kept;
}

/* At first all is well, and when its session is over there is a rebalance. */
static void w21_look_beat(const struct talk *t, struct member *m)
{
	if (t->q->ts <= m->closed.ts)
		return;
	if (t->error == ERR_REBALANCING && !m->moved.ts)
		m->moved = mark_of(t);
	else if (t->error == ERR_NONE && t->q->generation == m->generation)
		m->calm = mark_of(t);
}

/* One that wants to join is not let in before its session is over. */
static void w21_look_join(const struct talk *t, struct member *m)
{
	if (t->m->ts - t->q->ts < NS_PER_S || t->q->ts <= m->closed.ts || !session_over(m, t->m->ts, NS_PER_S))
		return;
	m->calm = (struct mark){ .ts = t->q->ts, .frame = t->q->frame };
	m->moved = mark_of(t);
}

static void w21_beat_answered(const struct talk *t)
{
	if (t->error == ERR_NONE || t->error == ERR_REBALANCING)
		w21_others(t, w21_look_beat);
}

static void w21_join_answered(const struct talk *t)
{
	if (t->error == ERR_NONE)
		w21_others(t, w21_look_join);
}

/* It closed, said nothing more until its session was over, and had not left. */
static void w21_finish(struct check *c, struct member *m)
{
	int64_t session = m->session_ms > 0 ? m->session_ms * NS_PER_MS : 0;
	bool waited;

	if (m->is_static || m->streams || !m->consumer || !session || m->leave_judged || !m->closed.ts ||
	    m->seen > m->closed.ts || m->left.ts || !m->in_group || m->gone || m->generation < 0 ||
	    c->now - m->closed.ts < session)
		return;
	waited = others_waited(m);
	if (!waited && m->client->asked > m->closed.ts + NS_PER_S)
		return; /* it lives on, perhaps on a connection that was not seen */
	rule_fail_for(c, &(struct blame){ .rule = 21, .wide = !waited, .since = m->seen,
	                                  .frames = { m->closed.frame, waited ? m->calm.frame : 0, waited ? m->moved.frame : 0 },
	                                  .expected = "LeaveGroup before the connection is closed" },
	              m->client, m->group, m->closed.ts,
	              waited ? "closed without LeaveGroup: it crashed, or its close does not leave; the others waited for "
	                       "its session timeout (%.1f s)"
	                     : "closed without LeaveGroup: it crashed, or its close does not leave; the broker keeps its "
	                       "place for its session timeout (%.1f s)",
	              (double)session / 1e9);
}

/* ---- W22: a static one does not ------------------------------------------------------------------------------------ */

static void w22_leave(const struct talk *t)
{
	struct member *m = t->member;

	if (!m || !m->is_static || !m->was_in || m->conn != t->conn->id || m->gone)
		return;
	m->leave_judged = true;
	rule_fail(t, &(struct blame){ .rule = 22, .since = m->joined_first.ts, .frames = { m->joined.at.frame, t->m->frame },
	                              .expected = "no LeaveGroup from a static member, unless it was told to leave" },
	          "LeaveGroup from a member with group.instance.id");
}

static void w22_epoch(const struct talk *t)
{
	const struct consumer_group_heartbeat_request *b = t->body;

	if (!b->instance_id.len || b->member_epoch >= 0)
		return;
	if (b->member_epoch == -2)
		rule_pass(t, 22);
	else
		rule_fail(t, &(struct blame){ .rule = 22, .frames = { t->m->frame },
		                              .expected = "epoch -2 from a static member that closes" },
		          "a leave with epoch %d from a member with group.instance.id", b->member_epoch);
}

static void w21_epoch(const struct talk *t)
{
	const struct consumer_group_heartbeat_request *b = t->body;
	struct member *m = t->member;

	if (m && b->member_epoch == 0) {
		m->is_static = b->instance_id.len > 0;
		m->leave_judged = false;
	}
}

static void w22_finish(struct check *c, struct member *m)
{
	if (m->is_static && m->leave_judged && m->closed.ts && m->seen <= m->closed.ts && !m->left.ts)
		rule_pass_for(c, 22, m->client, m->group);
}

void leave_finish(struct check *c, struct member *m)
{
	w21_finish(c, m);
	w22_finish(c, m);
}

const struct hook hooks_leave[] = {
	{ .rule = 21, .api = API_HEARTBEAT, .answered = w21_beat_answered },
	{ .rule = 21, .api = API_JOIN, .answered = w21_join_answered },
	{ .rule = 22, .api = API_LEAVE, .asked = w22_leave },
	{ .rule = 22, .api = API_GROUP_HEARTBEAT, .asked = w22_epoch },
	{ .rule = 21, .api = API_GROUP_HEARTBEAT, .asked = w21_epoch },
	{ .rule = 0 },
};
