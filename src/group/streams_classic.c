/* SPDX-License-Identifier: Apache-2.0
 *
 * Kafka Streams on the classic protocol: members say in user data which process they live in, and are given tasks beside
 * partitions. A leader that put warm-up copies of tasks somewhere announces when it will look again (KIP-441).
 */
#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "member.h"

/* Clocks of members and of the capture agree to within this. */
#define CLOCKS_AGREE (2 * NS_PER_S)

#define LAST_MS INT64_C(253402300799999) /* of the year 9999: times beyond are none */

struct kind_member *streams_member(struct kf_bytes user_data)
{
	struct streams_subscription s;
	struct kind_member *m;
	int16_t version;

	if (kf_decode_blob(KF_BLOB_STREAMS_SUBSCRIPTION, user_data, &s, &version, NULL) != KF_OK || !(m = kind_member_new()))
		return NULL;
	m->process = s.process_id;
	m->process_known = true;
	m->version = version;
	m->error = s.error_code;
	if (s.user_end_point.len)
		m->url = text_copy(s.user_end_point);
	return m;
}

static void read_tasks(struct kind_member *k, const struct streams_assignment *a)
{
	struct streams_assignment_active_task active;
	struct streams_assignment_standby_task standby;
	struct kf_array list = a->active_tasks;

	shares_clear(&k->active);
	shares_clear(&k->standby);
	while (kf_next(&list, &active))
		shares_add(&k->active, (uint32_t)active.topic_group_id, active.partition);
	list = a->standby_tasks;
	while (kf_next(&list, &standby))
		shares_add(&k->standby, (uint32_t)standby.topic_group_id, standby.partition);
	shares_sort(&k->active); /* a task is listed once for each of its partitions */
	shares_sort(&k->standby);
}

void streams_add(struct kind_told **told, struct member *m, int32_t generation, struct kf_bytes user_data, int64_t ts)
{
	struct streams_assignment a;
	struct kind_told *t;
	int16_t version;

	if (kf_decode_blob(KF_BLOB_STREAMS_ASSIGNMENT, user_data, &a, &version, NULL) != KF_OK ||
	    !(t = kind_told_get(told, ts)))
		return;
	if (!m->kind && !(m->kind = kind_member_new()))
		return;
	read_tasks(m->kind, &a);
	m->kind->given = generation;
	m->kind->next_ms = KF_HAS(&a, streams_assignment, next_rebalance_ms) ? a.next_rebalance_ms : INT64_MAX;
	t->version = version;
	if (m->kind->next_ms < t->next_ms)
		t->next_ms = m->kind->next_ms;
	if (a.error_code)
		t->error = (int16_t)a.error_code;
}

/* ---- why a member joins again ---------------------------------------------------------------------------- */

static const char *who(struct group *g, const struct join *j)
{
	const char *name = j->member ? member_label(j->member) : "a member";

	return j->member && j->member->host ? scratch_text(&g->owner->scratch, "%s (%s)", name, j->member->host) : name;
}

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

/* At once: a task could not be given to its new owner before the former had let it go. Else it is the time that the
 * leader had announced, to see whether copies of tasks have caught up. */
static void followup(struct group *g, const struct join *j, bool at_once, struct candidate *c)
{
	const struct kind_told *before = kind_before(g);
	struct scratch *s = &g->owner->scratch;
	bool mixed = before && before->mixed;

	c->id = 20;
	c->confidence = 2;
	c->rival[c->n_rivals++] = 6;
	c->text = at_once && mixed ?
		scratch_text(s, "%s joined again with a version of its data that all members understand: version probing, as in a "
		             "rolling upgrade", who(g, j)) :
		at_once ?
		scratch_text(s, "%s asked for the follow-up that its assignment needs: tasks change hands", who(g, j)) :
		scratch_text(s, "%s began the probing rebalance that was announced: have copies of tasks caught up, so that "
		             "they can move?", who(g, j));
}

bool streams_rejoin(struct group *g, const struct join *j, struct candidate *c)
{
	static const char scheduled[] = "triggered followup rebalance scheduled for ";
	struct scratch *s = &g->owner->scratch;
	int64_t next = j->kind_next_ms;

	if (begins(j->reason, scheduled)) {
		followup(g, j, strtoll(j->reason + sizeof(scheduled) - 1, NULL, 10) == 0, c);
		return true;
	}
	if (!j->reason && (next == 0 || (next > 0 && next < LAST_MS && j->at >= next * NS_PER_MS - CLOCKS_AGREE &&
	                                 j->at <= next * NS_PER_MS + 5 * NS_PER_S))) {
		followup(g, j, next == 0, c); /* before 3.2 it did not say so itself */
		return true;
	}
	if (!begins(j->reason, "Active tasks corrupted") && !begins(j->reason, "Shutdown requested"))
		return false;
	c->id = 6;
	c->confidence = 2;
	c->text = begins(j->reason, "Active") ?
		scratch_text(s, "the state of active tasks of %s was corrupted: it drops the state and asks for a rebalance",
		             who(g, j)) :
		scratch_text(s, "%s passed on that the whole application is to shut down", who(g, j));
	return true;
}

/* ---- the event ------------------------------------------------------------------------------------------ */

static const char *error_name(int32_t code)
{
	static const char *const names[] = {
		[1] = "INCOMPLETE_SOURCE_TOPIC_METADATA",
		[2] = "VERSION_PROBING",
		[3] = "ASSIGNMENT_ERROR",
		[4] = "SHUTDOWN_REQUESTED",
	};

	return code > 0 && (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : code ? "unknown" : NULL;
}

static const struct group_task *tasks_of(struct groups *gs, const struct shares *list)
{
	struct group_task *t = scratch_alloc(&gs->scratch, (list->n + 1) * sizeof(*t));

	for (size_t i = 0; t && i < list->n; i++)
		t[i] = (struct group_task){ .subtopology = (int32_t)list->of[i].what, .partition = list->of[i].number };
	return t;
}

/* Base64 for URLs without padding. */
static const char *uuid_of(struct groups *gs, const struct kf_uuid *u)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *text = scratch_alloc(&gs->scratch, 23);
	size_t n = 0;

	for (unsigned i = 0; text && i < 16; i += 3) {
		uint32_t v = (uint32_t)u->byte[i] << 16 | (i + 1 < 16 ? (uint32_t)u->byte[i + 1] << 8 : 0) |
		             (i + 2 < 16 ? u->byte[i + 2] : 0u);

		for (unsigned d = 0; d < 4 && n < 22; d++)
			text[n++] = digit[v >> (18 - 6 * d) & 63];
	}
	return text;
}

static void fill_member(struct groups *gs, const struct member *m, int32_t generation,
                        struct group_rebalance_member *out)
{
	const struct kind_member *k = m->kind;

	if (!k)
		return;
	out->process = k->process_known ? uuid_of(gs, &k->process) : NULL;
	if (m->presence != MEMBER_IN || k->given != generation)
		return;
	out->active = tasks_of(gs, &k->active);
	out->standby = tasks_of(gs, &k->standby);
	out->n_active = out->active ? k->active.n : 0;
	out->n_standby = out->standby ? k->standby.n : 0;
}

/* All members of the generation: what they have together. */
struct totals {
	struct shares active, standby; /* sorted; standby with one entry per copy */
	struct shares processes;       /* digests: the first bytes of the uuids */
	bool all_said, all_given;
	int32_t least, most;           /* versions */
};

static void add_up(struct totals *t, const struct kind_member *k, int32_t generation)
{
	if (!k || !k->process_known) {
		t->all_said = false;
	} else {
		uint64_t a = 0;

		for (unsigned i = 0; i < 16; i++)
			a = (a ^ k->process.byte[i]) * UINT64_C(1099511628211);
		shares_add(&t->processes, (uint32_t)(a >> 32), (int32_t)(a & INT32_MAX));
		t->least = t->least < 0 || k->version < t->least ? k->version : t->least;
		t->most = k->version > t->most ? k->version : t->most;
	}
	if (!k || k->given != generation) {
		t->all_given = false;
		return;
	}
	for (size_t i = 0; i < k->active.n; i++)
		shares_add(&t->active, k->active.of[i].what, k->active.of[i].number);
	for (size_t i = 0; i < k->standby.n; i++)
		shares_add(&t->standby, k->standby.of[i].what, k->standby.of[i].number);
}

static uint32_t copies(const struct shares *standby, struct share task)
{
	uint32_t n = 0;

	for (size_t i = 0; i < standby->n; i++)
		n += standby->of[i].what == task.what && standby->of[i].number == task.number;
	return n;
}

/* The fewest copies that a task of this sub-topology has. */
static uint32_t fewest(const struct totals *t, uint32_t subtopology)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < t->active.n; i++) {
		uint32_t n = t->active.of[i].what == subtopology ? copies(&t->standby, t->active.of[i]) : UINT32_MAX;

		least = n < least ? n : least;
	}
	return least == UINT32_MAX ? 0 : least;
}

/* What a sub-topology has beyond the standby copies that all of its tasks have. */
static int32_t warmups(const struct totals *t)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->active.n; i++) {
		uint32_t what = t->active.of[i].what, base;

		if (i && t->active.of[i - 1].what == what)
			continue;
		base = fewest(t, what);
		for (size_t k = i; k < t->active.n && t->active.of[k].what == what; k++)
			n += copies(&t->standby, t->active.of[k]) - base;
	}
	return (int32_t)n;
}

#define TASKS_COUNTED 4096 /* more are not searched for warm-up copies */

static void sum(struct group *g, const struct round *r, struct group_streams *out, bool announced)
{
	struct totals t = { .all_said = true, .all_given = r->listed, .least = -1, .most = -1 };

	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && m->generation == r->generation)
			add_up(&t, m->kind, r->generation);
	shares_sort(&t.active);
	shares_sort(&t.processes);
	out->processes = r->listed && t.all_said && t.processes.n ? (int32_t)t.processes.n : -1;
	out->version_probing = (t.least >= 0 && t.least != t.most) || out->error == 2;
	r->told->mixed = out->version_probing;
	out->active = t.all_given ? (int32_t)t.active.n : -1;
	out->standby = t.all_given ? (int32_t)t.standby.n : -1;
	out->warmup = !t.all_given || t.active.n > TASKS_COUNTED || t.standby.n > TASKS_COUNTED ? -1 :
	              announced ? warmups(&t) : 0;
	shares_clear(&t.active);
	shares_clear(&t.standby);
	shares_clear(&t.processes);
}

static bool is_time(int64_t ms)
{
	return ms > 0 && ms <= LAST_MS;
}

/* A static member cannot leave by itself: an instance that is to be closed for good has it removed by an admin client. */
static void tell_removal(struct group *g, struct group_rebalance *out)
{
	static const char standard[] = "member was removed by an admin";

	if (out->cause.id == 14 && out->cause.reason && strncmp(out->cause.reason, standard, sizeof(standard) - 1) == 0)
		out->cause.text = scratch_text(&g->owner->scratch, "%s (Streams does so itself for a static member that it closes "
		                               "for good)", out->cause.text);
}

void streams_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	struct group_streams *s = r->told ? scratch_alloc(&g->owner->scratch, sizeof(*s)) : NULL;
	const struct kind_told *before = kind_before(g);
	bool probing = out->cause.id == 20 && before && is_time(before->next_ms) &&
	               out->started >= before->next_ms * NS_PER_MS - CLOCKS_AGREE;

	out->planned = probing;
	tell_removal(g, out);
	for (size_t i = 0; i < out->n_members; i++) {
		struct group_rebalance_member *m = (struct group_rebalance_member *)(uintptr_t)&out->members[i];
		struct member *known = roster_named(g, m->member);

		if (known)
			fill_member(g->owner, known, r->generation, m);
	}
	if (!s || out->outcome != GROUP_STABLE)
		return;
	s->version = r->told->version;
	s->error = r->told->error;
	s->error_name = error_name(s->error);
	s->next = is_time(r->told->next_ms) ? r->told->next_ms * NS_PER_MS : GROUP_UNKNOWN_TIME;
	s->probing = probing;
	sum(g, r, s, is_time(r->told->next_ms));
	out->streams = s;
}
