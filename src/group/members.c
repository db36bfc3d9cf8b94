/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a rebalance: who is in its generation and who went with it, each with what it had to do with it.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "downtime.h"
#include "kind.h"
#include "member.h"
#include "movement.h"

/* The partitions of a table by who has them: those of owner i are the entries part[first[i]] to part[first[i + 1] - 1],
 * in the order of the table. */
struct parts {
	uint32_t *first, *part;
};

/* What all members of one rebalance are filled from. */
struct filler {
	struct group *group;
	const struct round *round;
	const struct group_rebalance *out;
	const struct assignment *before; /* for its downtimes, NULL for none */
	const struct member *leader;
	struct parts parts;  /* of the current assignment, where it came to one */
	bool assigned;
	int64_t *joined;     /* when the joins were asked for, in order */
	size_t n_joined;
};

static int by_name(const void *a, const void *b)
{
	const struct member *x = *(const struct member *const *)a, *y = *(const struct member *const *)b;
	int order = strcmp(x->client_id ? x->client_id : x->id, y->client_id ? y->client_id : y->id);

	return order ? order : strcmp(x->id, y->id);
}

void members_sort(const struct member **list, size_t n)
{
	if (n > 1)
		qsort(list, n, sizeof(*list), by_name);
}

/* ---- who had to do with it ------------------------------------------------------------------------------ */

static bool is_in(const struct round *r, const struct member *m)
{
	return m->presence == MEMBER_IN && (r->generation < 0 || m->generation == r->generation);
}

/* Since the generation before. A static member that is back under another id did not go. */
static bool has_gone(const struct group *g, const struct member *m)
{
	return m->gone_how != GROUP_REPLACED && g->stable_at != GROUP_UNKNOWN_TIME && m->gone_at > g->stable_at;
}

/* It left in this round, before what has_gone looks at. The same member may have left twice. */
static bool has_left_earlier(const struct group *g, const struct round *r, const struct leave *l)
{
	const struct leave *first = r->leaves;

	while (first->member != l->member)
		first = first->next;
	return first == l && l->member->presence == MEMBER_GONE && !has_gone(g, l->member);
}

/* Of those that are gone, the first that went so late that has_gone may hold; NULL for none. */
static const struct member *first_to_look_at(const struct group *g)
{
	const struct member *all = g->roster.gone, *m = all ? all->hh.prev : NULL, *first = NULL;

	if (g->stable_at == GROUP_UNKNOWN_TIME)
		return NULL;
	for (; m && m->gone_at > g->stable_at; m = m == all ? NULL : m->hh.prev)
		first = m;
	return first;
}

static size_t count_most(const struct group *g, const struct round *r)
{
	const struct leave *l;
	size_t n;

	DL_COUNT(r->leaves, l, n);
	for (const struct member *m = first_to_look_at(g); m; m = m->hh.next)
		n++;
	return n + g->n_in;
}

/* In scratch memory, in no order; NULL when that is out. */
static const struct member **list_all(const struct group *g, const struct round *r, size_t *n)
{
	const struct member **list = scratch_room(&g->owner->scratch, (count_most(g, r) + 1) * sizeof(*list));
	const struct leave *l;

	*n = 0;
	if (!list)
		return NULL;
	for (const struct member *m = g->members; m; m = m->hh.next)
		if (is_in(r, m))
			list[(*n)++] = m;
	for (const struct member *m = first_to_look_at(g); m; m = m->hh.next)
		if (has_gone(g, m))
			list[(*n)++] = m;
	DL_FOREACH(r->leaves, l)
		if (has_left_earlier(g, r, l))
			list[(*n)++] = l->member;
	return list;
}

/* ---- what each of them did ------------------------------------------------------------------------------ */

static enum group_change change_of(const struct member *m, const struct join *j)
{
	if (m->presence == MEMBER_GONE)
		return m->gone_how;
	if (!j || !j->fresh)
		return GROUP_STAYED;
	return member_is_return(m) ? GROUP_RETURNED : GROUP_JOINED;
}

static void fill_times(const struct round *r, const struct member *m, const struct join *j,
                       struct group_rebalance_member *out)
{
	bool synced = r->generation >= 0 && m->synced == r->generation && m->synced_at > 0;

	out->join_asked = j ? j->at : GROUP_UNKNOWN_TIME;
	out->join_answered = j && j->answered > 0 ? j->answered : GROUP_UNKNOWN_TIME;
	out->sync_answered = synced ? m->synced_at : GROUP_UNKNOWN_TIME;
	out->gone = m->presence == MEMBER_GONE ? m->gone_at : GROUP_UNKNOWN_TIME;
}

static int ascending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void sort_joins(struct filler *f)
{
	const struct join *j;
	size_t n;

	DL_COUNT(f->round->joins, j, n);
	f->joined = scratch_room(&f->group->owner->scratch, n * sizeof(*f->joined));
	if (!f->joined)
		return;
	DL_FOREACH(f->round->joins, j)
		f->joined[f->n_joined++] = j->at;
	if (n > 1)
		qsort(f->joined, n, sizeof(*f->joined), ascending);
}

/* See release_wait: the same for each of many. */
static int64_t wait_for(const struct filler *f, int64_t at)
{
	size_t low = 0, high = f->n_joined; /* joins up to `at`: the last of them is the one itself */
	int64_t before = f->out->started;

	while (low < high) {
		size_t i = low + (high - low) / 2;

		if (f->joined[i] <= at)
			low = i + 1;
		else
			high = i;
	}
	if (low > 1 && f->joined[low - 2] > before)
		before = f->joined[low - 2];
	return at > before ? at - before : 0;
}

static void fill_lags(const struct filler *f, const struct member *m, const struct join *j,
                      struct group_rebalance_member *out)
{
	const struct round *r = f->round;

	if (j && j->told != GROUP_UNKNOWN_TIME && j->at >= j->told && !r->after_cut)
		out->rejoin_lag = j->at - j->told;
	if (j)
		out->wait = wait_for(f, j->at);
	if (r->first_sync != GROUP_UNKNOWN_TIME && m->synced == r->generation && m->synced_at >= r->first_sync)
		out->sync_lag = m->synced_at - r->first_sync;
}

/* ---- what it has ---------------------------------------------------------------------------------------- */

/* In one walk over the table, however many members there are. */
static void sort_parts(struct filler *f)
{
	const struct assignment *a = &f->group->current;
	struct scratch *s = &f->group->owner->scratch;
	struct parts *p = &f->parts;
	uint32_t *first = scratch_alloc(s, (a->n_owners + 2) * sizeof(*first));

	p->part = scratch_room(s, (a->n + 1) * sizeof(*p->part));
	if (!first || !p->part)
		return;
	for (size_t i = 0; i < a->n; i++)
		if (a->entry[i].owner < a->n_owners)
			first[a->entry[i].owner + 2]++;
	for (size_t i = 2; i < a->n_owners + 2; i++)
		first[i] += first[i - 1];
	for (uint32_t i = 0; i < a->n; i++)
		if (a->entry[i].owner < a->n_owners)
			p->part[first[a->entry[i].owner + 1]++] = i; /* then it is where the next owner's begin */
	p->first = first;
}

static void fill_topics(const struct filler *f, const struct member *m, struct group_rebalance_member *out)
{
	struct groups *gs = f->group->owner;
	const struct assignment *a = &f->group->current;
	uint32_t owner = assignment_find_owner(a, member_identity(m)), n, last = NO_TOPIC;
	struct group_partitions *topics;
	int32_t *partition;

	if (!f->parts.first)
		return;
	n = owner < a->n_owners ? f->parts.first[owner + 1] - f->parts.first[owner] : 0;
	topics = scratch_room(&gs->scratch, (n + 1) * sizeof(*topics));
	partition = scratch_room(&gs->scratch, (n + 1) * sizeof(*partition));
	if (!topics || !partition)
		return;
	for (uint32_t i = 0; i < n; i++) {
		const struct owned *o = &a->entry[f->parts.part[f->parts.first[owner] + i]];

		if (o->topic >= gs->n_topics)
			continue;
		if (o->topic != last)
			topics[out->n_topics++] = (struct group_partitions){
				.topic = topic_name(gs, o->topic), .partitions = partition
			};
		last = o->topic;
		*partition++ = o->partition;
		topics[out->n_topics - 1].n_partitions++;
	}
	out->topics = topics;
}

static void fill_downtime(const struct filler *f, const struct member *m, struct group_rebalance_member *out)
{
	struct downtime d = downtime_of_member(f->group->owner, f->round, m, round_join_of(f->round, m), f->before);

	out->downtime = d.length;
	out->downtime_at_least = d.length >= 0 && d.at_least;
}

struct group_rebalance_member member_named(const struct member *m)
{
	return (struct group_rebalance_member){
		.member = m->id,
		.instance = m->instance,
		.client_id = m->client_id,
		.host = m->host,
		.software = m->software,
		.local = m->local,
		.rejoin_lag = -1,
		.wait = -1,
		.sync_lag = -1,
		.downtime = -1,
	};
}

static void fill_one(const struct filler *f, const struct member *m, struct group_rebalance_member *to)
{
	const struct join *j = round_join_of(f->round, m);

	*to = member_named(m);
	to->leader = m->presence == MEMBER_IN && m == f->leader;
	to->change = change_of(m, j);
	fill_times(f->round, m, j, to);
	fill_lags(f, m, j, to);
	to->assignment_known = f->assigned && m->presence == MEMBER_IN;
	if (!to->assignment_known)
		return;
	fill_topics(f, m, to);
	if (f->before)
		fill_downtime(f, m, to);
}

void members_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	struct filler f = { .group = g, .round = r, .out = out };
	struct group_rebalance_member *list;
	const struct member **all;
	size_t n;

	all = list_all(g, r, &n);
	list = all ? scratch_room(&g->owner->scratch, (n + 1) * sizeof(*list)) : NULL;
	if (!list)
		return;
	f.assigned = out->outcome == GROUP_STABLE && g->current.generation == r->generation;
	if (f.assigned && !(r->told && r->told->incremental))
		f.before = out->followup_of < 0 ? &g->base : &r->assignment;
	f.leader = g->leader ? roster_named(g, g->leader) : NULL;
	sort_joins(&f);
	if (f.assigned)
		sort_parts(&f);
	members_sort(all, n);
	for (size_t i = 0; i < n; i++)
		fill_one(&f, all[i], &list[i]);
	out->members = list;
	out->n_members = n;
}
