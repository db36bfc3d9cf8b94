/* SPDX-License-Identifier: Apache-2.0
 *
 * W14 to W17, W20, W23 (what JoinGroup says), W24, W30 and W41: joining and rejoining.
 */
#include "engine.h"

/* What was fetched within this time before may be in the client's buffer still. */
#define FRESH_DATA (NS_PER_S / 4)

/* ---- W14: MEMBER_ID_REQUIRED -------------------------------------------------------------------------------- */

static void w14_answered(const struct talk *t)
{
	const struct join_group_response *a = t->body;
	struct conn *n = t->conn;

	if (t->error != ERR_MEMBER_ID_REQUIRED)
		return;
	n->given = mark_of(t);
	n->given_id = digest_of(a->member_id);
	n->given_topics = t->q->ask.topics;
	n->given_group = t->group;
}

static void w14_asked(const struct talk *t)
{
	const struct ask *a = &t->q->ask;
	struct conn *n = t->conn;
	int64_t most = param_of(t->check, 14, 0, t->client, t->group), after = t->m->ts - n->given.ts;
	struct blame b = { .rule = 14, .since = n->given.ts, .frames = { n->given.frame, t->m->frame },
		           .expected = "JoinGroup with the id that the broker gave, at once, with the same topics" };

	if (!n->given.ts || n->given_group != t->group)
		return;
	if (a->id != n->given_id)
		rule_fail(t, &b, a->id ? "JoinGroup with another member id" : "JoinGroup without a member id again");
	else if (after > most)
		rule_fail(t, &b, "JoinGroup only %.2f s after MEMBER_ID_REQUIRED", (double)after / 1e9);
	else if (a->topics != n->given_topics)
		rule_fail(t, &b, "JoinGroup with other topics than before");
	else
		rule_pass(t, 14);
	n->given.ts = 0;
}

/* ---- W15: which errors cost the member id ---------------------------------------------------------------------- */

static void w15_answered(const struct talk *t)
{
	struct client *k = t->client;

	if ((t->error != ERR_ILLEGAL_GENERATION && t->error != ERR_REBALANCING && t->error != ERR_UNKNOWN_MEMBER) ||
	    !t->member || t->member->left.ts || t->m->api_key == API_LEAVE)
		return;
	/* The answer to what an older self had asked. */
	if (k->refused.ts && k->refused_code == ERR_UNKNOWN_MEMBER && k->refused_member == t->member->digest)
		return;
	/* It has asked to join again already. */
	if (t->member->asked.ts > t->q->ts)
		return;
	k->refused = mark_of(t);
	k->refused_code = t->error;
	k->refused_conn = t->conn->id;
	k->refused_member = t->member->digest;
	k->refused_group = t->group;
}

static void w15_asked(const struct talk *t)
{
	const struct ask *a = &t->q->ask;
	struct client *k = t->client;
	bool reset = k->refused_code == ERR_UNKNOWN_MEMBER, same_conn = k->refused_conn == t->conn->id;
	struct blame b = { .rule = 15, .since = k->refused.ts, .frames = { k->refused.frame, t->m->frame },
		           .expected = reset ? "JoinGroup without a member id after UNKNOWN_MEMBER_ID"
		                             : "JoinGroup with the same member id" };

	if (!k->refused.ts || k->refused_group != t->group || (!same_conn && a->id != k->refused_member))
		return;
	/* Possibly on its way when the answer came. */
	if (t->m->ts - k->refused.ts <= CROSSING && reset && a->id == k->refused_member && !same_conn)
		return;
	if (reset && a->id == k->refused_member)
		rule_fail(t, &b, "JoinGroup with the member id that UNKNOWN_MEMBER_ID was said of");
	else if (!reset && !a->id)
		rule_fail(t, &b, "JoinGroup without a member id after %s", kf_error_name(k->refused_code));
	else if (!reset && a->id != k->refused_member)
		; /* another member of the same connection */
	else
		rule_pass(t, 15);
	k->refused.ts = 0;
}

/* It leaves: what it asks next is another life. */
static void w15_left(const struct talk *t)
{
	if (t->client->refused_group == t->group)
		t->client->refused.ts = 0;
}

/* ---- W16: FENCED_INSTANCE_ID -------------------------------------------------------------------------------------- */

static void w16_answered(const struct talk *t, uint64_t instance)
{
	struct client *k = t->client;

	if (t->error != ERR_FENCED_INSTANCE || !instance || k->fenced.ts)
		return;
	k->fenced = mark_of(t);
	k->fenced_instance = instance;
}

static void w16_join_answered(const struct talk *t)
{
	w16_answered(t, t->q->ask.instance);
}

static void w16_other_answered(const struct talk *t)
{
	w16_answered(t, t->q->digest);
}

/* The instance that a request names, for its answer. */
static void w16_other_asked(const struct talk *t)
{
	if (t->m->api_key == API_HEARTBEAT)
		t->q->digest = digest_of(((const struct heartbeat_request *)t->body)->group_instance_id);
	else if (t->m->api_key == API_SYNC)
		t->q->digest = digest_of(((const struct sync_group_request *)t->body)->group_instance_id);
}

static void w16_join_asked(const struct talk *t)
{
	struct client *k = t->client;

	/* A connection that was opened later may be of another process, which was started in its place. */
	if (!k->fenced.ts || t->q->ask.instance != k->fenced_instance || t->conn->opened > k->fenced.ts ||
	    t->m->ts - k->fenced.ts <= CROSSING)
		return;
	if (!k->fenced_again)
		rule_fail(t, &(struct blame){ .rule = 16, .since = k->fenced.ts, .frames = { k->fenced.frame, t->m->frame },
		                              .expected = "no JoinGroup with a group.instance.id that is fenced" },
		          "JoinGroup with it %.2f s after FENCED_INSTANCE_ID", (double)(t->m->ts - k->fenced.ts) / 1e9);
	k->fenced_again = true;
}

/* ---- W17: refusals that a retry does not mend ------------------------------------------------------------------------ */

static bool is_final(int16_t error)
{
	return error == ERR_INCONSISTENT_PROTOCOL || error == ERR_GROUP_FULL || error == ERR_SESSION_TIMEOUT ||
	       error == ERR_UNAUTHORIZED;
}

static void w17_answered(const struct talk *t)
{
	struct client *k = t->client;
	int64_t most = param_of(t->check, 17, 0, k, t->group), window = param_of(t->check, 17, 1, k, t->group);

	if (!is_final(t->error))
		return;
	if (!k->rejected.ts || k->rejected_code != t->error || k->rejected_group != t->group ||
	    t->m->ts - k->rejected.ts > window) {
		k->rejected = mark_of(t);
		k->rejected_code = t->error;
		k->rejected_group = t->group;
		k->rejections = 0;
	}
	k->rejections++;
	if (k->rejections == most + 1)
		rule_fail(t, &(struct blame){ .rule = 17, .since = k->rejected.ts,
		                              .frames = { k->rejected.frame, t->m->frame },
		                              .expected = "an error for the application instead of a loop" },
		          "JoinGroup refused with %s %u times within %.2f s", kf_error_name(t->error), k->rejections,
		          (double)(t->m->ts - k->rejected.ts) / 1e9);
}

/* ---- W20: timeouts ------------------------------------------------------------------------------------------------------ */

static void w20_answered(const struct talk *t)
{
	const struct ask *a = &t->q->ask;
	int64_t least = param_of(t->check, 20, 0, t->client, t->group),
		most = param_of(t->check, 20, 1, t->client, t->group), session = a->session_ms * NS_PER_MS;
	struct blame b = { .rule = 20, .since = t->q->ts, .frames = { t->q->frame, t->m->frame },
		           .expected = "a session timeout that the broker allows, and a rebalance timeout not below it" };
	bool accepted = t->error == ERR_NONE || t->error == ERR_MEMBER_ID_REQUIRED;

	if (!accepted && t->error != ERR_SESSION_TIMEOUT)
		return;
	if (t->error == ERR_SESSION_TIMEOUT)
		rule_fail(t, &b, "session.timeout.ms %d, refused with INVALID_SESSION_TIMEOUT", a->session_ms);
	else if (session < least || session > most)
		rule_fail(t, &b, "session.timeout.ms %d; %lld to %lld are wanted", a->session_ms,
		          (long long)(least / NS_PER_MS), (long long)(most / NS_PER_MS));
	else if (a->rebalance_ms >= 0 && a->rebalance_ms < a->session_ms)
		rule_fail(t, &b, "a rebalance timeout (max.poll.interval.ms) of %d ms, below session.timeout.ms %d",
		          a->rebalance_ms, a->session_ms);
	else
		rule_pass(t, 20);
}

/* ---- W23, W24: what is owned -------------------------------------------------------------------------------------------- */

/* A member that was in the group and rejoins of its own accord, with an assignment that is still its own. */
static bool rejoins(const struct talk *t)
{
	const struct member *m = t->member;

	return m && m->in_group && m->synced.ts && m->synced.ts > m->joined.at.ts && t->q->ask.consumer &&
	       !t->q->ask.streams && m->assigned_known && m->assigned.n > 0;
}

static bool has_cooperative(const struct ask *a)
{
	return a->cooperative || a->first_cooperative;
}

static void w23_asked(const struct talk *t)
{
	const struct ask *a = &t->q->ask;
	const struct member *m = t->member;
	int64_t least = param_of(t->check, 23, 0, t->client, t->group);
	struct blame b = { .rule = 23, .frames = { m ? m->data_first.frame : 0, t->m->frame } };

	if (!rejoins(t) || a->cooperative || m->cooperative)
		return;
	if (a->owned_some && !has_cooperative(a)) {
		b.expected = "no owned partitions in an eager JoinGroup: they are given up before";
		rule_fail(t, &b, "JoinGroup with owned partitions, and only eager assignors");
		return;
	}
	if (m->commits < least || t->client->shared || !m->data.ts || m->data.ts < m->synced.ts)
		return;
	if (m->committed.ts >= m->data.ts || (m->told.ts && m->committed.ts >= m->told.ts)) {
		rule_pass(t, 23);
		return;
	}
	/* Records that came after the commit, and so late that nobody can have processed them yet. */
	if (t->m->ts - m->data_first.ts < FRESH_DATA || t->m->ts - m->committed.ts < FRESH_DATA)
		return;
	b.since = m->committed.ts ? m->committed.ts : m->synced.ts;
	b.wide = !ck_conn_open(t->check, m->commit_conn); /* it may have gone on with another one */
	b.expected = "OffsetCommit, answered, before JoinGroup: the partitions may go to somebody else";
	rule_fail(t, &b, "JoinGroup %.2f s after the latest commit, with records fetched %.2f s before it",
	          (double)(t->m->ts - b.since) / 1e9, (double)(t->m->ts - m->data_first.ts) / 1e9);
}

static void w24_asked(const struct talk *t)
{
	const struct ask *a = &t->q->ask;

	if (!rejoins(t) || !a->cooperative)
		return;
	if (a->owned_some)
		rule_pass(t, 24);
	else
		rule_fail(t, &(struct blame){ .rule = 24, .since = t->member->synced.ts,
		                              .frames = { t->member->synced.frame, t->m->frame },
		                              .expected = "the owned partitions in a cooperative JoinGroup" },
		          "no owned partitions, though %u were assigned", t->member->assigned.n);
}

/* ---- W30: the assignor -------------------------------------------------------------------------------------------------------- */

static void w30_answered(const struct talk *t)
{
	const struct join_group_response *a = t->body;
	const struct ask *ask = &t->q->ask;

	if (t->error != ERR_NONE || !ask->consumer || !ask->first_cooperative || !a->protocol_name.len)
		return;
	if (assignor_cooperative(a->protocol_name))
		rule_pass(t, 30);
	else
		rule_fail(t, &(struct blame){ .rule = 30, .since = t->q->ts, .frames = { t->q->frame, t->m->frame },
		                              .expected = "the assignor that the member lists first" },
		          "%.*s was chosen, %s is listed first", (int)a->protocol_name.len % 64,
		          (const char *)a->protocol_name.ptr, ask->first);
}

/* ---- W41: reasons ------------------------------------------------------------------------------------------------------------- */

static void w41_join(const struct talk *t)
{
	const struct ask *a = &t->q->ask;

	if (t->m->version < 8 || !a->consumer || !a->id)
		return;
	if (a->reason)
		rule_pass(t, 41);
	else
		rule_fail(t, &(struct blame){ .rule = 41, .frames = { t->m->frame },
		                              .expected = "a reason in a JoinGroup that is not the first (KIP-800)" },
		          "JoinGroup v%d with a member id and no reason", t->m->version);
}

static void w41_leave(const struct talk *t)
{
	const struct leave_group_request *b = t->body;
	struct leave_group_request_member m;
	struct kf_array members = b->members;

	if (t->m->version < 5 || !kf_next(&members, &m) || (t->member && t->member->was_in && !t->member->consumer))
		return;
	if (m.reason.len)
		rule_pass(t, 41);
	else
		rule_fail(t, &(struct blame){ .rule = 41, .frames = { t->m->frame },
		                              .expected = "a reason in LeaveGroup (KIP-800)" },
		          "LeaveGroup v%d without a reason", t->m->version);
}

/* ---- the end -------------------------------------------------------------------------------------------------------------------- */

void ck_client_finish(struct check *c, struct client *k)
{
	/* It had the time to join again, and did not. */
	if (k->fenced.ts && !k->fenced_again && c->now - k->fenced.ts > NS_PER_S)
		rule_pass_for(c, 16, k, NULL);
	if (k->rejected.ts && k->rejections && k->rejections <= param_of(c, 17, 0, k, k->rejected_group) &&
	    c->now - k->rejected.ts > NS_PER_S)
		rule_pass_for(c, 17, k, k->rejected_group);
}

const struct hook hooks_join[] = {
	{ .rule = 14, .api = API_JOIN, .asked = w14_asked, .answered = w14_answered },
	{ .rule = 15, .api = API_JOIN, .asked = w15_asked },
	{ .rule = 15, .api = API_HEARTBEAT, .answered = w15_answered },
	{ .rule = 15, .api = API_SYNC, .answered = w15_answered },
	{ .rule = 15, .api = API_COMMIT, .answered = w15_answered },
	{ .rule = 15, .api = API_LEAVE, .asked = w15_left },
	{ .rule = 16, .api = API_JOIN, .asked = w16_join_asked, .answered = w16_join_answered },
	{ .rule = 16, .api = API_HEARTBEAT, .asked = w16_other_asked, .answered = w16_other_answered },
	{ .rule = 16, .api = API_SYNC, .asked = w16_other_asked, .answered = w16_other_answered },
	{ .rule = 17, .api = API_JOIN, .answered = w17_answered },
	{ .rule = 20, .api = API_JOIN, .answered = w20_answered },
	{ .rule = 23, .api = API_JOIN, .asked = w23_asked },
	{ .rule = 24, .api = API_JOIN, .asked = w24_asked },
	{ .rule = 30, .api = API_JOIN, .answered = w30_answered },
	{ .rule = 41, .api = API_JOIN, .asked = w41_join },
	{ .rule = 41, .api = API_LEAVE, .asked = w41_leave },
	{ .rule = 0 },
};
