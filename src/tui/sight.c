/* SPDX-License-Identifier: Apache-2.0 */
#include "sight.h"

#include <stdlib.h>

void sight_free(struct sight *s)
{
	free(s->lane);
	*s = (struct sight){ .n = 0 };
}

static bool is_shown(const struct lane *l, const struct axis *a)
{
	return !l->out || l->open != GROUP_UNKNOWN_TIME || l->live.n || lane_kind(l, a->from, a->to) >= 0;
}

size_t sight_row(const struct sight *s, size_t lane)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->lane[i] == lane)
			return i;
	return SIZE_MAX;
}

void sight_find(struct sight *s, const struct lanes *l, const struct axis *a, size_t always, struct list *list)
{
	size_t keep = list->at < s->n ? s->lane[list->at] : SIZE_MAX, row;

	if (l->n > s->cap) {
		size_t *more = realloc(s->lane, l->cap * sizeof(*more));

		if (!more)
			return;
		s->lane = more;
		s->cap = l->cap;
	}
	s->n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (i == always || is_shown(&l->lane[i], a))
			s->lane[s->n++] = i;
	row = sight_row(s, keep);
	if (row != SIZE_MAX)
		list->at = row;
}
