/* SPDX-License-Identifier: Apache-2.0 */
#include "axis.h"

#include <regroup/text.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define LABEL 15 /* columns between two labels, at least */
#define SHORTEST MS
#define LONGEST (720 * HOUR)

int64_t axis_time(const struct axis *a, unsigned column)
{
	return a->from + (int64_t)((double)(a->to - a->from) * column / (a->width ? a->width : 1));
}

int axis_column(const struct axis *a, int64_t ts)
{
	if (ts < a->from || a->to <= a->from)
		return INT32_MIN;
	if (ts >= a->to)
		return INT32_MAX;
	return (int)((double)(ts - a->from) / (double)(a->to - a->from) * a->width);
}

static int64_t step_of(const struct axis *a)
{
	static const int64_t steps[] = {
		MS, 2 * MS, 5 * MS, 10 * MS, 20 * MS, 50 * MS, 100 * MS, 200 * MS, 500 * MS, SECOND, 2 * SECOND,
		5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
		15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR,
	};
	double least = (double)(a->to - a->from) / (a->width ? a->width : 1) * LABEL;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if ((double)steps[i] >= least)
			return steps[i];
	return 168 * HOUR;
}

void axis_draw(const struct axis *a, struct screen *s, unsigned y)
{
	int64_t step = step_of(a), first = (a->from + step - 1) / step * step;

	for (int64_t t = first; t < a->to; t += step) {
		int column = axis_column(a, t);
		char text[TEXT_SHORT];
		struct pen p;

		if (column < 0 || column >= (int)a->width)
			break;
		p = pen_at(s, a->x + (unsigned)column, y, a->x + a->width, STYLE_FAINT);
		text_clock(text, sizeof(text), t);
		if (step >= SECOND)
			text[8] = '\0';
		if (p.limit - p.x < (step >= SECOND ? 9 : 13))
			break;
		pen_char(&p, 0x2502);
		pen_text(&p, text);
	}
}

void axis_zoom(struct axis *a, bool in, int64_t middle)
{
	int64_t span = a->to - a->from, wanted = in ? span / 2 : span * 2;
	double part = span > 0 ? (double)(middle - a->from) / (double)span : 0.5;

	if (wanted < SHORTEST || wanted > LONGEST)
		return;
	if (part < 0 || part > 1)
		part = 0.5;
	a->from = middle - (int64_t)(part * (double)wanted);
	a->to = a->from + wanted;
}

void axis_pan(struct axis *a, int64_t by)
{
	a->from += by;
	a->to += by;
}

int64_t axis_end_of(const struct group_rebalance *r)
{
	if (r->ended != GROUP_UNKNOWN_TIME)
		return r->ended;
	return r->joined != GROUP_UNKNOWN_TIME ? r->joined : r->started;
}
