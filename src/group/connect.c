/* SPDX-License-Identifier: Apache-2.0
 *
 * Kafka Connect: workers share connectors and tasks. With connect.protocol eager an assignment is all that a worker has;
 * with compatible (KIP-415) and sessioned (KIP-507) it is what is new and what goes, and each worker says what it runs
 * when it joins. What a lost worker had waits for it as long as the assignment's delay says.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "kind.h"
#include "member.h"

/* Workers begin the follow-up when the delay is over by their own clocks, counted from their SyncGroup answer. */
#define DUE_EARLY (250 * NS_PER_MS)
#define DUE_LATE (5 * NS_PER_S)

/* A task may be that of a connector that is not assigned to the same worker, or to none. */
static bool read_shares(struct groups *gs, struct kf_array list, struct shares *out)
{
	struct connect_assignment_connector c;
	int64_t task;

	while (kf_next(&list, &c)) {
		uint32_t name = topic_id(gs, c.connector);

		while (kf_next_int(&c.tasks, &task))
			if (name == NO_TOPIC || !shares_add(out, name, (int32_t)task))
				return false;
	}
	return true;
}

static void read_allocation(struct groups *gs, struct kind_member *m, struct kf_bytes allocation)
{
	struct connect_assignment runs;
	int16_t version;

	m->runs_told = true;
	if (!allocation.len)
		return; /* it runs nothing yet */
	m->runs_told = kf_decode_blob(KF_BLOB_CONNECT_ASSIGNMENT, allocation, &runs, &version, NULL) == KF_OK &&
	               read_shares(gs, runs.assignment, &m->runs);
	if (!m->runs_told)
		return;
	shares_sort(&m->runs);
	m->offset_given = runs.config_offset;
	m->delay_ms = runs.delay;
}

struct kind_member *connect_member(struct groups *gs, struct kf_bytes metadata)
{
	struct connect_subscription s;
	struct kind_member *m;
	int16_t version;

	if (kf_decode_blob(KF_BLOB_CONNECT_SUBSCRIPTION, metadata, &s, &version, NULL) != KF_OK ||
	    !(m = kind_member_new()))
		return NULL;
	m->url = text_copy(s.url);
	m->offset = s.config_offset;
	if (version >= 1)
		read_allocation(gs, m, s.allocation);
	return m;
}

/* ---- the assignment ------------------------------------------------------------------------------------ */

/* What the worker had before this assignment: as it said itself when it joined, else as the generation before says. */
static bool had(struct group *g, const struct member *m, int32_t generation, struct shares *out)
{
	const struct assignment *a = &g->current;
	bool known = true;

	if (m->kind && m->kind->runs_told && m->kind->joined == generation) {
		for (size_t i = 0; i < m->kind->runs.n && known; i++)
			known = shares_add(out, m->kind->runs.of[i].what, m->kind->runs.of[i].number);
		return known;
	}
	if (!a->complete || a->generation + 1 != generation)
		return false;
	for (size_t i = 0; i < a->n && known; i++)
		if (strcmp(a->owner[a->entry[i].owner].id, member_identity(m)) == 0)
			known = shares_add(out, a->entry[i].topic, a->entry[i].partition);
	return known;
}

static void subtract(struct shares *from, const struct shares *what)
{
	size_t kept = 0;

	for (size_t i = 0; i < from->n; i++)
		if (!shares_have(what, from->of[i]))
			from->of[kept++] = from->of[i];
	from->n = kept;
}

static void note_told(struct kind_told *t, const struct connect_assignment *c, int16_t version, size_t revoked)
{
	if (!t->leader_url)
		t->leader_url = text_copy(c->leader_url);
	t->error = c->error;
	t->incremental = version >= 1;
	t->offset = c->config_offset;
	t->revoked += (uint32_t)revoked;
	if (version >= 1 && c->delay > t->delay_ms)
		t->delay_ms = c->delay;
}

static int add_all(struct assignment *a, const struct member *m, const struct shares *s)
{
	uint32_t owner = assignment_owner(a, member_identity(m), m->client_id);

	for (size_t i = 0; i < s->n; i++)
		if (owner == UINT32_MAX || !assignment_add(a, s->of[i].what, s->of[i].number, owner))
			return -1;
	return (int)s->n;
}

int connect_add(struct group *g, struct kind_told **told, struct assignment *a, struct member *m, int32_t generation,
                struct kf_bytes blob)
{
	struct shares has = { NULL, 0, 0 }, revoked = { NULL, 0, 0 };
	struct connect_assignment c;
	struct kind_told *t;
	int16_t version;
	bool known;
	int n;

	if (!blob.len)
		return 0;
	t = kind_told_get(told, g->owner->now);
	if (!t)
		return -1;
	if (kf_decode_blob(KF_BLOB_CONNECT_ASSIGNMENT, blob, &c, &version, NULL) != KF_OK) {
		t->partial = true;
		return -1;
	}
	known = version == 0 || had(g, m, generation, &has);
	known = read_shares(g->owner, c.revoked, &revoked) && known;
	shares_sort(&revoked);
	subtract(&has, &revoked);
	known = read_shares(g->owner, c.assignment, &has) && known;
	shares_sort(&has);
	n = add_all(a, m, &has);
	t->partial = t->partial || !known || n < 0;
	note_told(t, &c, version, revoked.n);
	m->lost_some = revoked.n > 0;
	shares_clear(&has);
	shares_clear(&revoked);
	return known ? n : -1;
}

static bool joined_with_runs(const struct round *r, const struct member *m)
{
	return m->kind && m->kind->runs_told && m->kind->joined == r->generation;
}

/* Would one that was silent since the capture began be out by now? Then all who were in have been seen. */
static bool all_seen(const struct group *g, const struct round *r)
{
	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && (m->session_ms <= 0 || r->first_sign - g->since < m->session_ms * NS_PER_MS))
			return false;
	return true;
}

/* What is known of workers that did not join any more. */
static void keep_of_others(struct assignment *a, const struct assignment *former)
{
	size_t joined = a->n_owners;

	for (size_t i = 0; i < former->n; i++) {
		const struct owner *o = &former->owner[former->entry[i].owner];
		size_t k = 0;

		while (k < joined && strcmp(a->owner[k].id, o->id) != 0)
			k++;
		if (k == joined)
			assignment_add(a, former->entry[i].topic, former->entry[i].partition,
			               assignment_owner(a, o->id, o->client_id));
	}
}

void connect_before(struct group *g, const struct round *r)
{
	struct assignment a;
	bool whole = r->listed && r->told && !r->told->partial && !r->n_gone && !r->leaves && r->told->delay_ms <= 0 &&
	             all_seen(g, r);

	if (!r->told || !r->told->incremental)
		return;
	assignment_init(&a);
	for (const struct member *m = g->members; m; m = m->hh.next) {
		if (m->presence != MEMBER_IN || m->generation != r->generation)
			continue;
		whole = joined_with_runs(r, m) && add_all(&a, m, &m->kind->runs) >= 0 && whole;
	}
	keep_of_others(&a, &g->current);
	a.generation = r->previous;
	a.complete = whole;
	assignment_sort(&a);
	assignment_take(&g->current, &a);
}

/* ---- why a worker joins again ---------------------------------------------------------------------------- */

static const char *who(struct group *g, const struct join *j)
{
	const char *text = kind_who(&g->owner->scratch, j->member);

	return text ? text : j->member ? scratch_text(&g->owner->scratch, "worker %s", member_label(j->member)) : "a worker";
}

static bool because(struct candidate *c, uint8_t id, uint8_t confidence, const char *text)
{
	c->id = id;
	c->confidence = confidence;
	c->text = text;
	return true;
}

/* The delay of the generation before is over. */
static bool is_due(const struct kind_told *before, const struct join *j, const struct kind_member *now,
                   uint8_t *confidence)
{
	int64_t due;

	if (!before || before->delay_ms <= 0) {
		*confidence = 2; /* it says itself that it was waiting, not since when */
		return !before && now->delay_ms > 0;
	}
	due = before->told_at + before->delay_ms * NS_PER_MS;
	*confidence = j->at - due < DUE_LATE ? 3 : 2;
	return j->at >= due - DUE_EARLY;
}

bool connect_rejoin(struct group *g, const struct join *j, struct candidate *c)
{
	const struct kind_member *now = j->kind ? j->kind : j->member ? j->member->kind : NULL;
	const struct kind_told *told = kind_before(g);
	struct scratch *s = &g->owner->scratch;
	int32_t delay_ms;
	int64_t before;
	uint8_t sure;

	if (!now)
		return false;
	before = now->offset_given != NO_OFFSET ? now->offset_given : told ? told->offset : NO_OFFSET;
	delay_ms = told && told->delay_ms > 0 ? told->delay_ms : now->delay_ms;
	if (j->lost_some)
		return because(c, 20, 3, scratch_text(s, "%s stopped what it was told to give up and joined again, so that "
		                                      "others get it", who(g, j)));
	if (is_due(told, j, now, &sure) && (before == NO_OFFSET || now->offset <= before || sure == 3))
		return because(c, 20, sure, scratch_text(s, "the delay of %.1f s for a lost worker was over: %s joined again to "
		                                         "hand out what had waited", delay_ms / 1000.0, who(g, j)));
	if (before != NO_OFFSET && now->offset > before)
		return because(c, 4, 3, scratch_text(s, "%s read new configurations of connectors or tasks (config offset %lld "
		                                     "-> %lld)", who(g, j), (long long)before, (long long)now->offset));
	if (!told || !told->error)
		return false;
	return because(c, 4, 2, scratch_text(s, "the assignment before had failed since a worker had not read the newest "
	                                     "configurations: %s joined again", who(g, j)));
}

/* ---- the event ------------------------------------------------------------------------------------------ */

static const char *protocol_of(const struct group_rebalance *out)
{
	if (!out->assignor)
		return NULL;
	if (strcmp(out->assignor, "default") == 0)
		return "eager";
	return strcmp(out->assignor, "compatible") == 0 ? "compatible" :
	       strcmp(out->assignor, "sessioned") == 0 ? "sessioned" : NULL;
}

static void tally(int32_t task, int32_t *connectors, int32_t *tasks)
{
	if (task < 0)
		++*connectors;
	else
		++*tasks;
}

static uint32_t name_id(struct group *g, const char *name)
{
	return topic_id(g->owner, (struct kf_bytes){ (const uint8_t *)name, (uint32_t)strlen(name) });
}

/* What was lost or taken in this round or one before and is still nobody's. All is handed out when a round ends without
 * a delay and without taking anything. */
static void fill_waiting(struct group *g, const struct round *r, const struct group_rebalance *e,
                         struct group_connect *out)
{
	const struct kind_told *before = kind_before(g);
	struct kind_told *now = r->told;

	shares_clear(&now->waiting);
	if (now->delay_ms <= 0 && !now->revoked)
		return;
	for (size_t i = 0; before && i < before->waiting.n; i++)
		if (!assignment_find(&g->current, before->waiting.of[i].what, before->waiting.of[i].number))
			shares_add(&now->waiting, before->waiting.of[i].what, before->waiting.of[i].number);
	for (size_t i = 0; i < e->n_unassigned; i++)
		shares_add(&now->waiting, name_id(g, e->unassigned[i].topic), e->unassigned[i].partition);
	shares_sort(&now->waiting);
	if (!e->moves_known || !g->current.complete) {
		out->waiting_connectors = out->waiting_tasks = -1;
		return;
	}
	for (size_t i = 0; i < now->waiting.n; i++)
		tally(now->waiting.of[i].number, &out->waiting_connectors, &out->waiting_tasks);
}

/* "3 tasks", "1 connector and 2 tasks" */
static const char *amount(struct scratch *s, int32_t connectors, int32_t tasks)
{
	const char *c = scratch_text(s, "%d connector%s", connectors, connectors == 1 ? "" : "s");
	const char *t = scratch_text(s, "%d task%s", tasks, tasks == 1 ? "" : "s");

	return connectors && tasks ? scratch_text(s, "%s and %s", c, t) : connectors ? c : t;
}

/* What the worker that began it had: does it wait for it to come back? */
static void tell_wait(struct group *g, struct group_cause *c, const struct group_rebalance *e, int32_t delay_ms)
{
	struct scratch *s = &g->owner->scratch;
	int32_t connectors = 0, tasks = 0;

	if (!(c->id >= 7 && c->id <= 12) && c->id != 14)
		return;
	for (size_t i = 0; i < e->n_unassigned; i++)
		if (text_both(e->unassigned[i].from, c->member))
			tally(e->unassigned[i].partition, &connectors, &tasks);
	if (connectors + tasks)
		c->text = scratch_text(s, "%s; its %s wait%s up to %.1f s for it to come back", c->text,
		                       amount(s, connectors, tasks), connectors + tasks == 1 ? "s" : "", delay_ms / 1000.0);
}

static void tell_waits(struct group *g, struct group_rebalance *e, int32_t delay_ms)
{
	tell_wait(g, &e->cause, e, delay_ms);
	for (size_t i = 0; i < e->n_also; i++)
		tell_wait(g, (struct group_cause *)(uintptr_t)&e->also[i], e, delay_ms); /* in this event's own memory */
}

static int64_t offset_or_none(int64_t offset)
{
	return offset == NO_OFFSET ? -1 : offset;
}

static void fill_counts(const struct assignment *a, struct group_connect *out)
{
	for (size_t i = 0; i < a->n && a->complete; i++)
		tally(a->entry[i].partition, &out->connectors, &out->tasks);
	if (!a->complete)
		out->connectors = out->tasks = -1;
}

static void fill_due(const struct round *r, struct group_connect *out)
{
	struct kind_told *t = r->told;

	if (r->first_sync != GROUP_UNKNOWN_TIME)
		t->told_at = r->first_sync;
	out->delay_ms = t->delay_ms;
	out->due = t->delay_ms > 0 ? t->told_at + t->delay_ms * NS_PER_MS : GROUP_UNKNOWN_TIME;
}

void connect_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	const struct kind_told *before = kind_before(g);
	struct group_connect *c = r->told ? scratch_alloc(&g->owner->scratch, sizeof(*c)) : NULL;

	out->planned = out->cause.id == 4 || (out->cause.id == 20 && before && before->delay_ms > 0);
	if (!c || out->outcome != GROUP_STABLE)
		return;
	c->protocol = protocol_of(out);
	c->leader_url = r->told->leader_url;
	c->error = r->told->error;
	c->config_offset = offset_or_none(r->told->offset);
	c->config_before = before ? offset_or_none(before->offset) : -1;
	fill_due(r, c);
	fill_counts(&g->current, c);
	fill_waiting(g, r, out, c);
	if (c->delay_ms > 0)
		tell_waits(g, out, c->delay_ms);
	out->connect = c;
}
