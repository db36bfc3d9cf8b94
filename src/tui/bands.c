/* SPDX-License-Identifier: Apache-2.0 */
#include "bands.h"

#include <string.h>

#include <regroup/text.h>

#define LEAST 16u     /* rebalances that are worth a band by themselves */
#define ROOM 1.5      /* columns for each, below which they cannot be told apart */
#define NARROWEST 3.0 /* columns of a band */

static bool folds(const struct repeat *r, const struct axis *a, enum fold fold)
{
	double columns;

	if (fold == FOLD_NONE || r->from == GROUP_UNKNOWN_TIME || r->to <= r->from || a->to <= a->from)
		return false;
	columns = (double)(r->to - r->from) / (double)(a->to - a->from) * a->width;
	if (columns < NARROWEST)
		return false;
	return fold == FOLD_ALL || (r->n >= LEAST && columns / r->n < ROOM);
}

void bands_lay(struct bands *b, const struct repeats *r, const struct axis *a, enum fold fold)
{
	int width = a->width < BANDS_COLUMNS ? (int)a->width : (int)BANDS_COLUMNS;

	*b = (struct bands){ .n = 0 };
	for (size_t i = 0; i < r->n; i++) {
		const struct repeat *x = &r->list[i];
		int from, to;

		if (!folds(x, a, fold) || x->to < a->from || x->from >= a->to)
			continue;
		from = x->from < a->from ? 0 : axis_column(a, x->from);
		to = x->to >= a->to ? width - 1 : axis_column(a, x->to);
		for (int c = from; c <= to && c < width; c++)
			b->at[c] = x;
		b->n += from <= to && from < width;
	}
}

const struct repeat *bands_at(const struct bands *b, unsigned column)
{
	return column < BANDS_COLUMNS ? b->at[column] : NULL;
}

bool bands_hide(const struct bands *b, const struct kept *k)
{
	const struct repeat *last = NULL;

	for (unsigned c = 0; k && b->n && c < BANDS_COLUMNS; c++) {
		const struct repeat *r = b->at[c];

		if (r && r != last && k->number >= r->first->number && k->number <= r->last->number)
			return true;
		last = r;
	}
	return false;
}

static void draw_one(const struct repeat *r, struct screen *s, unsigned x, unsigned limit, unsigned y)
{
	int32_t from = r->first->event->rebalance.generation, to = r->last->event->rebalance.generation;
	struct pen p;

	if (x && (screen_at(s, x - 1, y)->ch != ' ' || screen_at(s, x - 1, y + 1)->ch != ' '))
		x++; /* right behind a rebalance that is drawn */
	p = pen_at(s, x, y, limit, STYLE_PLAIN);
	if (from >= 0 && to >= 0)
		pen_format(&p, "%d-%d", from, to);
	else
		pen_text(&p, "?");
	p = pen_at(s, x, y + 1, limit, STYLE_WARN | STYLE_BOLD);
	repeats_draw_one(&p, r);
}

void bands_draw(const struct bands *b, const struct axis *a, struct screen *s, unsigned y)
{
	unsigned width = a->width < BANDS_COLUMNS ? a->width : BANDS_COLUMNS, to;

	if (!b->n)
		return;
	for (unsigned c = 0; c < width; c = to) {
		for (to = c + 1; to < width && b->at[to] == b->at[c]; to++)
			;
		if (b->at[c])
			draw_one(b->at[c], s, a->x + c, a->x + to, y);
	}
}

uint32_t bands_hatch(const struct repeat *r, const struct lane *l, unsigned *style)
{
	for (uint32_t i = 0; i < r->period; i++) {
		const struct group_cause *c = &r->cycle[i]->event->rebalance.cause;

		if (!text_both(c->client_id, l->client_id) || (c->host && l->host && !text_both(c->host, l->host)))
			continue;
		*style = STYLE_BAD;
		return 0x2573;
	}
	*style = STYLE_WARN;
	return 0x2571;
}
