/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of partitions: sorted arrays, as most of them are small and are read more often than changed.
 */
#include "engine.h"

#include <stdlib.h>

/* More than a member could ever have. */
#define MOST (1U << 20)

static int compare(struct part a, struct part b)
{
	if (a.topic != b.topic)
		return a.topic < b.topic ? -1 : 1;
	return (a.partition > b.partition) - (a.partition < b.partition);
}

/* Where it is, or would be. */
static uint32_t position(const struct parts *s, struct part p)
{
	uint32_t low = 0, high = s->n;

	if (s->n && compare(s->part[s->n - 1], p) < 0)
		return s->n;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare(s->part[middle], p) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(struct parts *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : 8;
	struct part *more = cap > MOST ? NULL : realloc(s->part, cap * sizeof(*more));

	if (!more)
		return false;
	s->part = more;
	s->cap = cap;
	return true;
}

bool parts_add(struct parts *s, struct part p)
{
	uint32_t at = position(s, p);

	if ((at < s->n && compare(s->part[at], p) == 0) || (s->n == s->cap && !grow(s)))
		return false;
	memmove(s->part + at + 1, s->part + at, (s->n - at) * sizeof(p));
	s->part[at] = p;
	s->n++;
	return true;
}

bool parts_has(const struct parts *s, struct part p)
{
	uint32_t at = position(s, p);

	return at < s->n && compare(s->part[at], p) == 0;
}

void parts_remove(struct parts *s, struct part p)
{
	uint32_t at = position(s, p);

	if (at == s->n || compare(s->part[at], p) != 0)
		return;
	memmove(s->part + at, s->part + at + 1, (s->n - at - 1) * sizeof(p));
	s->n--;
}

void parts_clear(struct parts *s)
{
	s->n = 0;
}

void parts_free(struct parts *s)
{
	free(s->part);
	*s = (struct parts){ 0 };
}

void parts_move(struct parts *to, struct parts *from)
{
	parts_free(to);
	*to = *from;
	*from = (struct parts){ 0 };
}
