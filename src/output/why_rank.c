/* SPDX-License-Identifier: Apache-2.0
 *
 * What weighs most in a group's story.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#define RANKS 32
#define WORTH_A_WORD (250 * INT64_C(1000000)) /* ns */

/* Of two that happened as often the one nearer to the root comes first: a member that was lost before its return. */
static const uint8_t weight[] = {
	[9] = 20, [10] = 19, [11] = 18, [12] = 17, [15] = 16, [19] = 15, [7] = 14, [8] = 13, [14] = 12, [6] = 11,
	[5] = 10, [4] = 9, [3] = 8, [13] = 7, [18] = 6, [17] = 5, [16] = 4, [21] = 3, [2] = 2, [0] = 1,
};

static uint8_t weight_of(uint8_t id)
{
	return id < sizeof weight ? weight[id] : 0;
}

static int by_weight(const void *a, const void *b)
{
	const struct why_rank *x = a, *y = b;
	bool last_x = x->id == 1 || x->id == 20, last_y = y->id == 1 || y->id == 20;
	/* Returns are what follows from a loss. */
	uint32_t nx = x->first > x->returns ? x->first - x->returns : 0;
	uint32_t ny = y->first > y->returns ? y->first - y->returns : 0;

	if (last_x != last_y)
		return last_x ? 1 : -1;
	if (nx != ny)
		return nx < ny ? 1 : -1;
	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	if (weight_of(x->id) != weight_of(y->id))
		return weight_of(x->id) < weight_of(y->id) ? 1 : -1;
	return x->id < y->id ? -1 : 1;
}

static void merge(struct why_rank *r, const struct why_cause *c)
{
	if (r->n == 0)
		*r = (struct why_rank){ .id = c->id, .least = c->least, .most = c->most };
	r->n += c->n;
	r->first += c->first;
	r->returns += c->returns;
	r->people++;
	r->cost += c->cost;
	r->least = c->least < r->least ? c->least : r->least;
	r->most = c->most > r->most ? c->most : r->most;
}

size_t why_rank(const struct why_group *g, struct why_rank ranks[32])
{
	size_t n = 0;

	memset(ranks, 0, RANKS * sizeof *ranks);
	for (size_t i = 0; i < g->n_causes; i++) {
		size_t k = 0;

		while (k < n && ranks[k].id != g->cause[i].id)
			k++;
		if (k == RANKS)
			continue;
		n += k == n;
		merge(&ranks[k], &g->cause[i]);
	}
	if (n > 1)
		qsort(ranks, n, sizeof *ranks, by_weight);
	return n;
}

const struct why_cause *why_behind(const struct why_group *g, uint8_t id, size_t n)
{
	for (size_t i = 0; i < g->n_causes; i++) {
		const struct why_cause *c = &g->cause[i];
		size_t before = 0;

		if (c->id != id)
			continue;
		for (size_t k = 0; k < g->n_causes; k++)
			before += g->cause[k].id == id && (g->cause[k].n > c->n || (g->cause[k].n == c->n && k < i));
		if (before == n)
			return c;
	}
	return NULL;
}

static bool is_slower(const struct why_person *a, const struct why_person *b)
{
	return a->wait != b->wait ? a->wait > b->wait : a < b;
}

const struct why_person *why_slowest(const struct why_group *g, size_t n)
{
	for (size_t i = 0; i < g->n_people; i++) {
		const struct why_person *p = &g->person[i];
		size_t before = 0;

		if (p->last == 0 || p->wait < WORTH_A_WORD)
			continue;
		for (size_t k = 0; k < g->n_people; k++)
			before += g->person[k].last > 0 && k != i && is_slower(&g->person[k], p);
		if (before == n)
			return p;
	}
	return NULL;
}

const struct why_person *why_downest(const struct why_group *g)
{
	const struct why_person *best = NULL;

	for (size_t i = 0; i < g->n_people; i++)
		if (g->person[i].downs > 0 && (best == NULL || g->person[i].longest_down > best->longest_down))
			best = &g->person[i];
	return best;
}
