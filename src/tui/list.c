/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <string.h>

bool list_act(struct list *l, enum action a, size_t count)
{
	size_t page = l->rows > 1 ? l->rows - 1 : 1, last = count ? count - 1 : 0;

	switch (a) {
	case ACT_UP:
		l->at -= l->at > 0;
		return true;
	case ACT_DOWN:
		l->at += l->at < last;
		return true;
	case ACT_PAGE_UP:
		l->at -= l->at < page ? l->at : page;
		return true;
	case ACT_PAGE_DOWN:
		l->at = l->at + page < last ? l->at + page : last;
		return true;
	case ACT_FIRST:
		l->at = 0;
		return true;
	case ACT_LAST:
		l->at = last;
		return true;
	default:
		return false;
	}
}

void list_fit(struct list *l, size_t count, size_t rows)
{
	l->rows = rows;
	if (l->at >= count)
		l->at = count ? count - 1 : 0;
	if (l->at < l->top)
		l->top = l->at;
	if (rows && l->at >= l->top + rows)
		l->top = l->at - rows + 1;
	if (l->top + rows > count)
		l->top = count > rows ? count - rows : 0;
}

/* The first row of a list is below two lines of the screen's and its own header. */
bool list_click(struct list *l, size_t count, unsigned y)
{
	const unsigned first = 3;

	if (y < first || y - first >= l->rows || l->top + y - first >= count)
		return false;
	l->at = l->top + y - first;
	return true;
}

bool order_act(struct order *o, enum action a, unsigned columns)
{
	switch (a) {
	case ACT_SORT_RIGHT:
		o->column = (o->column + 1) % columns;
		return true;
	case ACT_SORT_LEFT:
		o->column = (o->column + columns - 1) % columns;
		return true;
	case ACT_REVERSE:
		o->reverse = !o->reverse;
		return true;
	default:
		return false;
	}
}

/* Titles are in the line below the first two. */
bool order_click(struct order *o, unsigned x, unsigned y)
{
	for (unsigned c = 0; c < ORDER_COLUMNS && y == 2; c++) {
		if (!o->end[c] || x > o->end[c])
			continue;
		o->reverse = c == o->column && !o->reverse;
		o->column = c;
		return true;
	}
	return false;
}

bool text_has(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

const char *name_of_member(const char *client_id, const char *member)
{
	return client_id && *client_id ? client_id : member ? member : client_id;
}
