/* SPDX-License-Identifier: Apache-2.0 */
#include "epoch_moves.h"

#include <string.h>

#include "assignment.h"
#include "downtime.h"
#include "member.h"

#define NOBODY UINT32_MAX

void epoch_assignment(struct group *g, struct assignment *out)
{
	bool whole = true;

	out->generation = g->epochs->highest;
	for (struct member *m = g->members; m; m = m->hh.next) {
		uint32_t owner;

		if (m->presence != MEMBER_IN)
			continue;
		if (!m->seat || !m->seat->given_known) {
			whole = false;
			continue;
		}
		holding_rename(g->owner, &m->seat->given);
		owner = assignment_owner(out, member_identity(m), m->client_id);
		for (uint32_t i = 0; owner != NOBODY && i < m->seat->given.n; i++)
			assignment_add(out, m->seat->given.of[i].topic, m->seat->given.of[i].partition, owner);
	}
	out->complete = whole;
	assignment_sort(out);
}

void epoch_learned(struct group *g)
{
	struct assignment a;

	if (g->epochs->turn.open || (g->current.complete && g->current.generation == g->epochs->highest))
		return;
	assignment_init(&a);
	epoch_assignment(g, &a);
	if (a.complete && g->n_in)
		assignment_take(&g->current, &a);
	assignment_clear(&a);
}

/* Topics may have got their names since. */
static void rename_topics(const struct groups *gs, struct assignment *a)
{
	bool renamed = false;

	for (size_t i = 0; i < a->n; i++) {
		uint32_t stands = gs->topic_by_id[a->entry[i].topic]->stands;

		renamed = renamed || stands != a->entry[i].topic;
		a->entry[i].topic = stands;
	}
	if (renamed)
		assignment_sort(a);
}

/* Sorted into three lists, counted first. */
struct sorter {
	struct group *group;
	const struct assignment *before, *after;
	struct group_move *list[3];
	size_t n[3];
};

enum { MOVED, UNASSIGNED, GRANTED };

/* Until its owner gave it up or went, to the answer that gives it to the next. */
static struct downtime interrupted(const struct sorter *k, const struct shift *s)
{
	const struct member *from = s->from == NOBODY ? NULL : member_of_identity(k->group, k->before->owner[s->from].id);
	const struct member *to = s->to == NOBODY ? NULL : member_of_identity(k->group, k->after->owner[s->to].id);
	int64_t stopped;

	if (!from || !to || !from->seat || !to->seat)
		return (struct downtime){ .length = -1 };
	stopped = from->presence == MEMBER_GONE ? from->gone_at : from->seat->gave_at;
	return downtime_handed(k->group->owner, from, s->topic, s->partition, stopped, to->seat->granted_at);
}

static bool is_copy(const char *topic)
{
	return topic && (strncmp(topic, "standby:", 8) == 0 || strncmp(topic, "warmup:", 7) == 0);
}

static void sort_one(void *ctx, const struct shift *s)
{
	struct sorter *k = ctx;
	int kind = s->to == NOBODY ? UNASSIGNED : s->from == NOBODY ? GRANTED : MOVED;
	const char *topic = topic_name(k->group->owner, s->topic);
	struct group_move *m = k->list[kind] ? &k->list[kind][k->n[kind]] : NULL;
	struct downtime d;

	if (is_copy(topic))
		return;
	k->n[kind]++;
	if (!m)
		return;
	d = interrupted(k, s);
	*m = (struct group_move){
		.topic = topic,
		.partition = s->partition,
		.from = s->from == NOBODY ? NULL : k->before->owner[s->from].id,
		.to = s->to == NOBODY ? NULL : k->after->owner[s->to].id,
		.downtime = d.length,
		.downtime_at_least = d.at_least,
	};
}

static bool compare(struct sorter *k)
{
	struct scratch *s = &k->group->owner->scratch;

	assignment_shifts(k->before, k->after, sort_one, k);
	for (int i = 0; i < 3; i++) {
		k->list[i] = scratch_alloc(s, (k->n[i] + 1) * sizeof(*k->list[i]));
		if (!k->list[i])
			return false;
		k->n[i] = 0;
	}
	assignment_shifts(k->before, k->after, sort_one, k);
	return true;
}

void epoch_moves(struct group *g, const struct assignment *after, struct group_rebalance *out)
{
	struct sorter k = { .group = g, .before = &g->current, .after = after };
	bool known = (g->epochs->turn.forms || g->current.complete) && after->complete;

	if (out->outcome != GROUP_STABLE)
		return;
	out->moves_known = known || g->epochs->kind == EPOCH_SHARE;
	rename_topics(g->owner, &g->current);
	if (!known || g->epochs->kind == EPOCH_SHARE || !compare(&k))
		return;
	out->moved = k.list[MOVED];
	out->n_moved = k.n[MOVED];
	out->unassigned = k.list[UNASSIGNED];
	out->n_unassigned = k.n[UNASSIGNED];
	out->granted = k.list[GRANTED];
	out->n_granted = k.n[GRANTED];
}
