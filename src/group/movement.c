/* SPDX-License-Identifier: Apache-2.0 */
#include "movement.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "member.h"
#include "release.h"

#define NOBODY UINT32_MAX

/* Sorted into three lists, counted first so that each is one piece of scratch memory. */
struct sorter {
	struct groups *gs;
	const struct group *group;
	const struct round *round;
	const struct assignment *before, *after;
	struct group_move *moved, *unassigned, *granted;
	size_t n_moved, n_unassigned, n_granted;
};

static const struct join *join_of(const struct round *r, const struct member *m)
{
	const struct join *j;

	DL_FOREACH(r->joins, j)
		if (j->member == m)
			return j;
	return NULL;
}

static const struct member *find_by_id(const struct group *g, const char *id)
{
	struct member *m = NULL;

	HASH_FIND_STR(g->members, id, m);
	return m;
}

/* A client that came back while the group was without its coordinator lost its member id, not its partitions. */
static bool came_back(const struct sorter *k, const struct shift *s)
{
	const struct member *from = find_by_id(k->group, k->before->owner[s->from].id);
	const struct member *to = find_by_id(k->group, k->after->owner[s->to].id);
	const struct join *j = to ? join_of(k->round, to) : NULL;

	return from && j && j->fresh && from->presence == MEMBER_GONE && from->generation == k->round->previous &&
	       k->group->last_refusal != GROUP_UNKNOWN_TIME && k->group->last_refusal >= from->last_seen &&
	       text_same(from->client_id, to->client_id) && text_same(from->host, to->host);
}

static void sort_one(void *ctx, const struct shift *s)
{
	struct sorter *k = ctx;
	struct group_move **list = s->to == NOBODY ? &k->unassigned : s->from == NOBODY ? &k->granted : &k->moved;
	size_t *n = s->to == NOBODY ? &k->n_unassigned : s->from == NOBODY ? &k->n_granted : &k->n_moved;

	if (s->to != NOBODY && s->from != NOBODY && came_back(k, s))
		return;
	if (*list)
		(*list)[*n] = (struct group_move){
			.topic = s->topic < k->gs->n_topics ? k->gs->topic_by_id[s->topic]->name : NULL,
			.partition = s->partition,
			.from = s->from == NOBODY ? NULL : k->before->owner[s->from].id,
			.to = s->to == NOBODY ? NULL : k->after->owner[s->to].id,
		};
	++*n;
}

static void compare(struct sorter *k)
{
	assignment_shifts(k->before, k->after, sort_one, k);
	k->moved = scratch_alloc(&k->gs->scratch, (k->n_moved + 1) * sizeof(*k->moved));
	k->unassigned = scratch_alloc(&k->gs->scratch, (k->n_unassigned + 1) * sizeof(*k->moved));
	k->granted = scratch_alloc(&k->gs->scratch, (k->n_granted + 1) * sizeof(*k->moved));
	k->n_moved = k->n_unassigned = k->n_granted = 0;
	assignment_shifts(k->before, k->after, sort_one, k);
}

/* The names in the event must live until it is told: the table before is kept as `base` or freed after. */
static void keep(struct group *g, struct round *r, const struct group_rebalance *out)
{
	if (out->outcome == GROUP_EMPTY) {
		assignment_clear(&g->current);
		assignment_clear(&g->base);
	} else if (out->followup_of < 0) {
		assignment_take(&g->base, &g->current);
		assignment_take(&g->current, &r->assignment);
	} else {
		struct assignment older = g->current;

		g->current = r->assignment;
		r->assignment = older; /* freed with the round, after the event */
	}
}

void movement_fill(struct group *g, struct round *r, struct group_rebalance *out)
{
	struct sorter k = { .gs = g->owner, .group = g, .round = r, .before = &g->current, .after = &r->assignment };
	struct sorter whole = k;

	whole.before = &g->base;
	if (out->outcome != GROUP_STABLE && out->outcome != GROUP_EMPTY)
		return;
	assignment_sort(&r->assignment);
	out->moves_known = r->assignment.generation >= 0 && (g->current.generation >= 0 || r->from_empty || r->generation == 1);
	if (out->moves_known && out->outcome == GROUP_STABLE) {
		compare(&k);
		out->moved = k.moved;
		out->n_moved = k.n_moved;
		out->unassigned = k.unassigned;
		out->n_unassigned = k.n_unassigned;
		out->granted = k.granted;
		out->n_granted = k.n_granted;
	}
	if (out->moves_known && out->followup_of >= 0) {
		compare(&whole);
		out->moved_since_parent = whole.moved;
		out->n_moved_since_parent = whole.n_moved;
	}
	keep(g, r, out);
}

static int by_name(const void *a, const void *b)
{
	const struct group_rebalance_member *x = a, *y = b;
	int order = strcmp(x->client_id ? x->client_id : x->member, y->client_id ? y->client_id : y->member);

	return order ? order : strcmp(x->member, y->member);
}

static enum group_change change_of(const struct member *m, const struct join *j)
{
	if (m->presence == MEMBER_GONE)
		return m->gone_how;
	if (!j || !j->fresh)
		return GROUP_STAYED;
	return member_is_return(m) ? GROUP_RETURNED : GROUP_JOINED;
}

static uint32_t owner_of(const struct assignment *a, const struct member *m)
{
	for (size_t i = 0; i < a->n_owners; i++)
		if (strcmp(a->owner[i].id, member_identity(m)) == 0)
			return (uint32_t)i;
	return NOBODY;
}

/* The partitions of one owner, by topic: the table is sorted. */
static void fill_topics(struct groups *gs, const struct assignment *a, uint32_t owner,
                        struct group_rebalance_member *out)
{
	struct group_partitions *topics;
	int32_t *partition;
	size_t n = 0, k = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->entry[i].owner == owner;
	topics = scratch_alloc(&gs->scratch, (n + 1) * sizeof(*topics));
	partition = scratch_alloc(&gs->scratch, (n + 1) * sizeof(*partition));
	if (!topics || !partition)
		return;
	for (size_t i = 0, last = NOBODY; i < a->n; i++) {
		if (a->entry[i].owner != owner || a->entry[i].topic >= gs->n_topics)
			continue;
		if (a->entry[i].topic != last) {
			last = a->entry[i].topic;
			topics[out->n_topics++] = (struct group_partitions){
				.topic = gs->topic_by_id[last]->name, .partitions = partition + k
			};
		}
		partition[k++] = a->entry[i].partition;
		topics[out->n_topics - 1].n_partitions++;
	}
	out->topics = topics;
}

static void fill_member(struct group *g, const struct round *r, const struct member *m, bool assigned,
                        int64_t started, struct group_rebalance_member *out)
{
	const struct join *j = join_of(r, m);

	*out = (struct group_rebalance_member){
		.member = m->id,
		.instance = m->instance,
		.client_id = m->client_id,
		.host = m->host,
		.software = m->software,
		.leader = m->presence == MEMBER_IN && g->leader && strcmp(g->leader, m->id) == 0,
		.change = change_of(m, j),
		.rejoin_lag = -1,
		.wait = -1,
		.downtime = -1,
	};
	if (j && j->told != GROUP_UNKNOWN_TIME && j->at >= j->told && !r->after_cut)
		out->rejoin_lag = j->at - j->told;
	if (j)
		out->wait = release_wait(r, j, started);
	out->assignment_known = assigned && m->presence == MEMBER_IN;
	if (out->assignment_known)
		fill_topics(g->owner, &g->current, owner_of(&g->current, m), out);
}

/* In the generation, or gone with it: left in this round, or out of it since the one before. */
static bool belongs(const struct group *g, const struct round *r, const struct member *m)
{
	const struct leave *l;

	if (m->presence == MEMBER_IN)
		return r->generation < 0 || m->generation == r->generation;
	if (m->presence != MEMBER_GONE)
		return false;
	DL_FOREACH(r->leaves, l)
		if (l->member == m)
			return true;
	return m->gone_how != GROUP_REPLACED && m->gone_at > g->stable_at && g->stable_at != GROUP_UNKNOWN_TIME;
}

void members_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	bool assigned = out->outcome == GROUP_STABLE && g->current.generation == r->generation;
	struct group_rebalance_member *list;

	list = scratch_alloc(&g->owner->scratch, (HASH_COUNT(g->members) + 1) * sizeof(*list));
	if (!list)
		return;
	for (const struct member *m = g->members; m; m = m->hh.next)
		if (belongs(g, r, m))
			fill_member(g, r, m, assigned, out->started, &list[out->n_members++]);
	if (out->n_members > 1)
		qsort(list, out->n_members, sizeof(*list), by_name);
	out->members = list;
}
