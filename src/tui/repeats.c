/* SPDX-License-Identifier: Apache-2.0 */
#include "repeats.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "axis.h"

#define WORTH 3u /* times */
#define NAME 24u

static bool alike(const struct kept *x, const struct kept *y)
{
	const struct group_rebalance *a = &x->event->rebalance, *b = &y->event->rebalance;

	if (a->cause.id != b->cause.id || a->n_also != b->n_also || a->outcome != b->outcome ||
	    !text_equal(a->cause.client_id, b->cause.client_id) || !text_equal(a->cause.host, b->cause.host))
		return false;
	for (size_t i = 0; i < a->n_also; i++)
		if (a->also[i].id != b->also[i].id || !text_equal(a->also[i].client_id, b->also[i].client_id))
			return false;
	return true;
}

/* How many of the `n` rebalances, counted from the last, repeat the ones `period` before them. */
static uint32_t length_of(const struct kept **k, size_t n, uint32_t period)
{
	size_t i = n;

	while (i > period && alike(k[i - 1], k[i - 1 - period]))
		i--;
	return i == n ? 0 : (uint32_t)(n - i) + period;
}

/* The longest run that ends with the last of `n`. */
static struct repeat run_of(const struct kept **k, size_t n)
{
	struct repeat out = { .period = 0 };

	for (uint32_t period = 1; period <= REPEATS_PERIOD; period++) {
		uint32_t times = length_of(k, n, period) / period;

		if (times >= WORTH && times * period > out.n)
			out = (struct repeat){ .period = period, .times = times, .n = times * period };
	}
	return out;
}

static void describe(struct repeat *r, const struct kept **k)
{
	const struct group_rebalance *first = &k[0]->event->rebalance, *last = &k[r->n - 1]->event->rebalance;
	const struct group_rebalance *again = &k[r->n - r->period]->event->rebalance; /* begins the last cycle */

	r->first = k[0];
	r->last = k[r->n - 1];
	memcpy(r->cycle, k + r->n - r->period, r->period * sizeof(*r->cycle));
	r->from = first->started;
	r->to = axis_end_of(last);
	r->every = -1;
	if (first->started != GROUP_UNKNOWN_TIME && again->started != GROUP_UNKNOWN_TIME)
		r->every = (again->started - first->started) / (r->times - 1);
}

static bool add(struct repeats *r, const struct repeat *one)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 4;
		struct repeat *list = realloc(r->list, cap * sizeof(*list));

		if (!list)
			return false;
		r->list = list;
		r->cap = cap;
	}
	r->list[r->n++] = *one;
	return true;
}

void repeats_find(struct repeats *r, const struct model_group *g)
{
	const struct kept **k = g->n ? malloc(g->n * sizeof(struct kept *)) : NULL;
	size_t n = 0;

	r->n = 0;
	r->at_end = false;
	for (size_t i = 0; k && i < g->n; i++)
		if (model_at(g, i)->type == GROUP_EVENT_REBALANCE)
			k[n++] = g->kept[g->first + i];
	for (size_t left = n; left >= WORTH;) {
		struct repeat one = run_of(k, left);

		if (!one.period) {
			left--;
			continue;
		}
		describe(&one, k + left - one.n);
		if (!add(r, &one))
			break;
		r->at_end = r->at_end || left == n;
		left -= one.n;
	}
	free(k);
}

void repeats_free(struct repeats *r)
{
	free(r->list);
	*r = (struct repeats){ .n = 0 };
}

const struct repeat *repeats_of(const struct repeats *r, const struct kept *k)
{
	for (size_t i = 0; k && i < r->n; i++)
		if (k->number >= r->list[i].first->number && k->number <= r->list[i].last->number)
			return &r->list[i];
	return NULL;
}

static void draw_cycle(struct pen *p, const struct repeat *r)
{
	for (uint32_t i = 0; i < r->period; i++) {
		const struct group_cause *c = &r->cycle[i]->event->rebalance.cause;

		pen_format(p, "%sR%u ", i ? ", " : "", c->id);
		pen_wire(p, c->client_id ? c->client_id : c->name, NAME);
	}
}

void repeats_draw(struct pen *p, const struct repeats *r)
{
	if (!r->at_end)
		return;
	pen_count(p, r->list[0].times);
	pen_text(p, " times over: ");
	draw_cycle(p, &r->list[0]);
}

void repeats_draw_one(struct pen *p, const struct repeat *r)
{
	unsigned began = p->x;

	pen_count(p, r->times);
	pen_text(p, " x ");
	if (p->x - began + 12 > p->limit - began)
		return;
	draw_cycle(p, r);
	if (r->every < 0)
		return;
	pen_text(p, " every ");
	pen_duration(p, r->every);
}
