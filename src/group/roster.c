/* SPDX-License-Identifier: Apache-2.0 */
#include "roster.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include <regroup/hash.h>

#include "state.h"

#define FIRST_SLOTS 4u

static uint32_t hash_of(struct kf_bytes id)
{
	return (uint32_t)(hash_bytes(HASH_START, id.ptr, id.len) >> 32);
}

struct member *roster_find(const struct group *g, struct kf_bytes id)
{
	const struct roster *t = &g->roster;
	uint32_t hash = hash_of(id), mask = t->n_slots - 1;

	for (uint32_t i = hash & mask; t->n && t->slot[i]; i = (i + 1) & mask) {
		struct member *m = t->slot[i];

		if (m->hh.hash == hash && m->hh.keylen == id.len && memcmp(m->id, id.ptr, id.len) == 0)
			return m;
	}
	return NULL;
}

struct member *roster_named(const struct group *g, const char *id)
{
	return roster_find(g, (struct kf_bytes){ (const uint8_t *)id, (uint32_t)strlen(id) });
}

static void insert(struct roster *t, struct member *m)
{
	uint32_t i = m->hh.hash & (t->n_slots - 1);

	while (t->slot[i])
		i = (i + 1) & (t->n_slots - 1);
	t->slot[i] = m;
}

/* Never fuller than three quarters. */
static bool make_room(struct group *g)
{
	struct roster *t = &g->roster;
	struct roster more = *t;

	if (t->n < t->n_slots / 4 * 3)
		return true;
	more.n_slots = t->n_slots ? t->n_slots * 2 : FIRST_SLOTS;
	more.slot = more.n_slots ? calloc(more.n_slots, sizeof(struct member *)) : NULL;
	if (!more.slot)
		return false;
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slot[i])
			insert(&more, t->slot[i]);
	free(t->slot);
	*t = more;
	return true;
}

bool roster_add(struct group *g, struct member *m)
{
	const struct kf_bytes id = { (const uint8_t *)m->id, (uint32_t)strlen(m->id) };

	if (!make_room(g))
		return false;
	m->hh.hash = hash_of(id);
	m->hh.keylen = id.len;
	m->seen = ++g->roster.seen;
	insert(&g->roster, m);
	g->roster.n++;
	DL_APPEND2(g->members, m, hh.prev, hh.next);
	return true;
}

/* Closes the empty place by moving back what was pushed past it. */
static void erase(struct roster *t, const struct member *m)
{
	uint32_t mask = t->n_slots - 1, hole = m->hh.hash & mask;

	while (t->slot[hole] != m)
		hole = (hole + 1) & mask;
	for (uint32_t i = (hole + 1) & mask; t->slot[i]; i = (i + 1) & mask) {
		uint32_t home = t->slot[i]->hh.hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->slot[hole] = t->slot[i];
		hole = i;
	}
	t->slot[hole] = NULL;
}

static void leave_list(struct group *g, struct member *m)
{
	if (m->presence != MEMBER_GONE) {
		DL_DELETE2(g->members, m, hh.prev, hh.next);
		return;
	}
	DL_DELETE2(g->roster.gone, m, hh.prev, hh.next);
	g->roster.n_gone--;
}

void roster_remove(struct group *g, struct member *m)
{
	erase(&g->roster, m);
	g->roster.n--;
	leave_list(g, m);
}

/* Behind `after`, which is NULL for the first place. */
static void place(struct member **list, struct member *after, struct member *m)
{
	if (after)
		DL_APPEND_ELEM2(*list, after, m, hh.prev, hh.next);
	else
		DL_PREPEND2(*list, m, hh.prev, hh.next);
}

/* The one before in the list, NULL before the first. */
static struct member *one_before(const struct member *list, const struct member *m)
{
	return m == list ? NULL : m->hh.prev;
}

void roster_goes(struct group *g, struct member *m)
{
	struct member *after;

	leave_list(g, m);
	after = g->roster.gone ? g->roster.gone->hh.prev : NULL;
	while (after && after->gone_at > m->gone_at)
		after = one_before(g->roster.gone, after);
	place(&g->roster.gone, after, m);
	g->roster.n_gone++;
}

void roster_returns(struct group *g, struct member *m)
{
	struct member *after;

	leave_list(g, m);
	after = g->members ? g->members->hh.prev : NULL;
	while (after && after->seen > m->seen)
		after = one_before(g->members, after);
	place(&g->members, after, m);
}

struct member *roster_first(const struct group *g)
{
	return g->members ? g->members : g->roster.gone;
}

struct member *roster_after(const struct member *m)
{
	if (m->hh.next || m->presence == MEMBER_GONE)
		return m->hh.next;
	return m->group->roster.gone;
}

static int by_seen(const struct member *a, const struct member *b)
{
	return a->seen < b->seen ? -1 : a->seen > b->seen;
}

void roster_sort_gone(struct group *g)
{
	DL_SORT2(g->roster.gone, by_seen, hh.prev, hh.next);
}

void roster_free(struct group *g)
{
	free(g->roster.slot);
	g->roster.slot = NULL;
	g->roster.n_slots = g->roster.n = 0;
}
