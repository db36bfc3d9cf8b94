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

bool text_has(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

const char *name_of_member(const char *client_id, const char *member)
{
	return client_id && *client_id ? client_id : member ? member : client_id;
}
