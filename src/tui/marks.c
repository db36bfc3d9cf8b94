/* SPDX-License-Identifier: Apache-2.0 */
#include "marks.h"

static unsigned label_width(const struct group_rebalance *r)
{
	unsigned cause = r->cause.id < 10 ? 2 : 3, digits = 1;

	for (int32_t n = r->generation; n > 9; n /= 10)
		digits++;
	return cause > digits ? cause : digits;
}

/* The chosen rebalance has its place; what would lie under it is not told. */
static bool overlaps(const struct group_rebalance *r, int column, int reserved)
{
	return reserved >= 0 && column - reserved < 4 && column + (int)label_width(r) > reserved;
}

unsigned marks_draw(const struct axis *a, const struct bands *b, const struct model_group *g, struct screen *s, unsigned y,
                    const struct kept *chosen)
{
	int reserved = chosen ? axis_column(a, chosen->event->rebalance.started) : -1;
	unsigned free_from = 0, hidden = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct kept *k = g->kept[g->first + i];
		const struct group_rebalance *r = &k->event->rebalance;
		unsigned style = k == chosen ? STYLE_SELECTED | STYLE_BOLD : STYLE_PLAIN;
		int column;
		struct pen p;

		if (k->event->type != GROUP_EVENT_REBALANCE || r->started == GROUP_UNKNOWN_TIME || bands_hide(b, k))
			continue;
		column = axis_column(a, r->started);
		if (column < 0 || column >= (int)a->width)
			continue;
		if (k != chosen && ((unsigned)column < free_from || overlaps(r, column, reserved))) {
			hidden++;
			continue;
		}
		p = pen_at(s, a->x + (unsigned)column, y, a->x + a->width, style);
		if (k == chosen)
			pen_char(&p, 0x25b6);
		if (r->generation >= 0)
			pen_format(&p, "%d", r->generation);
		else
			pen_text(&p, "?");
		free_from = p.x - a->x + 1;
		p = pen_at(s, a->x + (unsigned)column, y + 1, a->x + a->width,
		           (r->outcome == GROUP_ABORTED ? STYLE_BAD : STYLE_WARN) | (style & ~(unsigned)STYLE_ROLE));
		pen_format(&p, "R%u", r->cause.id);
		free_from = p.x - a->x + 1 > free_from ? p.x - a->x + 1 : free_from;
	}
	return hidden;
}

void marks_underline(const struct axis *a, struct screen *s, const struct kept *k, unsigned y, unsigned rows)
{
	const struct group_rebalance *r = k ? &k->event->rebalance : NULL;
	int from, to;

	if (!r || r->started == GROUP_UNKNOWN_TIME)
		return;
	from = axis_column(a, r->started);
	to = axis_column(a, axis_end_of(r));
	if (from == INT32_MAX || to == INT32_MIN)
		return;
	from = from < 0 ? 0 : from;
	to = to >= (int)a->width ? (int)a->width - 1 : to;
	for (unsigned i = 0; i < rows && to >= from; i++)
		screen_mark(s, a->x + (unsigned)from, y + i, (unsigned)(to - from) + 1, STYLE_BOLD | STYLE_UNDERLINE);
}
