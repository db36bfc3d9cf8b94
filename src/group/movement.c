/* SPDX-License-Identifier: Apache-2.0 */
#include "movement.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "downtime.h"
#include "kind.h"
#include "member.h"
#include "ownership.h"
#include "release.h"

#define NOBODY UINT32_MAX

/* Sorted into three lists, gone through once to be kept and counted, so that each is one piece of scratch memory. */
struct sorter {
	struct groups *gs;
	const struct group *group;
	const struct round *round;
	const struct assignment *before, *after;
	const struct assignment *since; /* what had moved by then is told already; NULL to tell all */
	const struct assignment *parent; /* follow-ups: before the rebalance that they follow */
	bool before_whole, after_whole;
	struct loser *losers;          /* by owner before; of the parent, where there is one */
	const struct member **winners; /* by owner after */
	struct shift *shift; /* those that count */
	size_t n;
	struct group_move *moved, *unassigned, *granted;
	size_t n_moved, n_unassigned, n_granted;
	size_t n_unknown; /* partitions of which one side was not seen */
};

static const struct member *find_by_id(const struct group *g, const char *id)
{
	return roster_named(g, id);
}

/* A client that came back while the group was without its coordinator lost its member id, not its partitions. */
static bool came_back(const struct sorter *k, const struct shift *s)
{
	const struct member *from, *to;
	const struct join *j;

	if (k->group->last_refusal == GROUP_UNKNOWN_TIME)
		return false;
	from = find_by_id(k->group, k->before->owner[s->from].id);
	to = find_by_id(k->group, k->after->owner[s->to].id);
	j = to ? round_join_of(k->round, to) : NULL;
	return from && j && j->fresh && from->presence == MEMBER_GONE && from->generation == k->round->previous &&
	       k->group->last_refusal >= from->last_seen && text_both(from->client_id, to->client_id) &&
	       text_both(from->host, to->host);
}

/* Who had the partition before the rebalance that the follow-up follows; NOBODY in any other case. */
static uint32_t parent_owner(const struct sorter *k, const struct shift *s)
{
	const struct owned *o = k->parent ? assignment_find(k->parent, s->topic, s->partition) : NULL;

	return o ? o->owner : NOBODY;
}

static struct downtime interrupted(const struct sorter *k, const struct shift *s)
{
	uint32_t from = k->parent ? parent_owner(k, s) : s->from;

	if (!k->losers || !k->winners || s->to == NOBODY || from == NOBODY)
		return (struct downtime){ .length = -1 };
	return downtime_of_partition(k->gs, k->round, &k->losers[from], k->winners[s->to], s->topic, s->partition);
}

static struct group_move move_of(const struct sorter *k, const struct shift *s)
{
	struct downtime d = interrupted(k, s);

	return (struct group_move){
		.topic = topic_name(k->gs, s->topic),
		.partition = s->partition,
		.from = s->from == NOBODY ? NULL : k->before->owner[s->from].id,
		.to = s->to == NOBODY ? NULL : k->after->owner[s->to].id,
		.downtime = d.length,
		.downtime_at_least = d.at_least,
	};
}

static void keep_one(void *ctx, const struct shift *s)
{
	struct sorter *k = ctx;

	if ((s->from == NOBODY && !k->before_whole) || (s->to == NOBODY && !k->after_whole)) {
		k->n_unknown++;
		return;
	}
	if (s->to != NOBODY && s->from != NOBODY && came_back(k, s))
		return;
	if (s->to != NOBODY && k->since &&
	    text_both(assignment_owner_of(k->since, s->topic, s->partition), k->after->owner[s->to].id))
		return;
	k->shift[k->n++] = *s;
	*(s->to == NOBODY ? &k->n_unassigned : s->from == NOBODY ? &k->n_granted : &k->n_moved) += 1;
}

/* Those who lost and those who got, looked up once for each and not for every partition. */
static void name_sides(struct sorter *k)
{
	const struct assignment *before = k->parent ? k->parent : k->before;

	if (kind_of(k->group) == GROUP_KIND_CONNECT)
		return; /* tasks are no partitions: nobody fetches them */
	k->losers = scratch_alloc(&k->gs->scratch, (before->n_owners + 1) * sizeof(*k->losers));
	k->winners = scratch_alloc(&k->gs->scratch, (k->after->n_owners + 1) * sizeof(struct member *));
	for (size_t i = 0; k->losers && i < before->n_owners; i++)
		k->losers[i] = downtime_loser(k->group, k->round, before->owner[i].id);
	for (size_t i = 0; k->winners && i < k->after->n_owners; i++)
		k->winners[i] = member_of_identity(k->group, k->after->owner[i].id);
}

static void compare(struct sorter *k)
{
	struct scratch *mem = &k->gs->scratch;
	struct group_move *moved, *unassigned, *granted;

	k->shift = scratch_room(mem, (k->before->n + k->after->n + 1) * sizeof(*k->shift));
	if (!k->shift)
		return;
	assignment_shifts(k->before, k->after, keep_one, k);
	k->moved = moved = scratch_room(mem, (k->n_moved + 1) * sizeof(*moved));
	k->unassigned = unassigned = scratch_room(mem, (k->n_unassigned + 1) * sizeof(*moved));
	k->granted = granted = scratch_room(mem, (k->n_granted + 1) * sizeof(*moved));
	if (!moved || !unassigned || !granted) {
		k->n_moved = k->n_unassigned = k->n_granted = 0;
		return;
	}
	name_sides(k);
	for (size_t i = 0; i < k->n; i++) {
		const struct shift *s = &k->shift[i];

		*(s->to == NOBODY ? unassigned++ : s->from == NOBODY ? granted++ : moved++) = move_of(k, s);
	}
}

/* The names in the event must live until it is told: the table before is kept as `base` or freed after. */
static void keep(struct group *g, struct round *r, const struct group_rebalance *out)
{
	if (out->outcome == GROUP_EMPTY) {
		assignment_clear(&g->current);
		assignment_clear(&g->base);
	} else if (out->followup_of < 0) {
		assignment_swap(&g->base, &g->current);
		assignment_move(&g->current, &r->assignment);
	} else {
		struct assignment older;

		spare_table(r->from, &older);
		assignment_move(&older, &g->current);
		assignment_move(&g->current, &r->assignment);
		assignment_swap(&older, &r->assignment); /* returned with the round, after the event */
		spare_table_return(r->from, &older);
	}
}

/* Nobody had anything before: a new group, or one that was empty. */
static bool is_first(const struct round *r)
{
	return r->from_empty || r->generation == 1;
}

/* The table is sorted: whoever has a partition beside another stands beside it. */
static void fill_twice(struct groups *gs, const struct assignment *a, struct group_rebalance *out)
{
	struct group_move *list = NULL;

	for (size_t i = 1; i < a->n; i++) {
		const struct owned *x = &a->entry[i - 1], *y = &a->entry[i];

		if (x->topic != y->topic || x->partition != y->partition || x->owner == y->owner || x->topic >= gs->n_topics)
			continue;
		if (!list && !(list = scratch_alloc(&gs->scratch, a->n * sizeof(*list))))
			return;
		list[out->n_twice++] = (struct group_move){
			.topic = gs->topic_by_id[x->topic]->name,
			.partition = x->partition,
			.from = a->owner[x->owner].id,
			.to = a->owner[y->owner].id,
			.downtime = -1,
		};
	}
	out->twice = list;
}

/* What consumers had is pieced together of fetches and commits; of workers that are gone nothing tells what they ran. */
static bool counts_in_part(const struct group *g)
{
	return g->current.generation >= 0 && kind_of(g) != GROUP_KIND_CONNECT;
}

void movement_fill(struct group *g, struct round *r, struct group_rebalance *out)
{
	struct sorter k = { .gs = g->owner, .group = g, .round = r, .before = &g->current, .after = &r->assignment };
	struct sorter whole;

	if (out->outcome != GROUP_STABLE && out->outcome != GROUP_EMPTY)
		return;
	assignment_sort(&r->assignment);
	/* Every member was answered: together they have all. */
	if (r->assignment.generation >= 0 && r->listed && r->n_synced >= r->n_listed && !(r->told && r->told->partial))
		r->assignment.complete = true;
	ownership_complete(g, r);
	k.before_whole = is_first(r) || g->current.complete;
	k.after_whole = r->assignment.complete;
	whole = k;
	whole.before = &g->base;
	whole.since = &g->current;
	whole.before_whole = g->base.complete;
	if (out->followup_of >= 0 && g->base.generation >= 0)
		k.parent = &g->base;
	if (r->assignment.generation >= 0 && out->outcome == GROUP_STABLE) {
		compare(&k);
		out->moved = k.moved;
		out->n_moved = k.n_moved;
		out->unassigned = k.unassigned;
		out->n_unassigned = k.n_unassigned;
		out->granted = k.granted;
		out->n_granted = k.n_granted;
		out->moves_known = k.n_unknown == 0 && (k.before_whole || counts_in_part(g));
	}
	if (out->moves_known && out->followup_of >= 0) {
		compare(&whole);
		/* NULL: the assignment before the parent was not seen, or not all of it */
		out->moved_since_parent = whole.n_unknown && !whole.n_moved ? NULL : whole.moved;
		out->n_moved_since_parent = whole.n_moved;
	}
	fill_twice(g->owner, &r->assignment, out);
	keep(g, r, out);
}
