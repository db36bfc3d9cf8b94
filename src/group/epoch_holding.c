/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of partitions that a member has or was given.
 */
#include "epoch.h"

#include <stdlib.h>
#include <string.h>

void holding_clear(struct holding *h)
{
	free(h->of);
	*h = (struct holding){ 0 };
}

struct holding *holding_fresh(struct groups *gs)
{
	gs->holding->n = 0;
	return gs->holding;
}

static bool room(struct holding *h, uint32_t n)
{
	uint32_t cap = h->cap ? h->cap : 8;
	struct pkey *p;

	while (cap < n)
		cap *= 2;
	if (cap == h->cap)
		return true;
	p = realloc(h->of, cap * sizeof(*p));
	if (!p)
		return false;
	h->of = p;
	h->cap = cap;
	return true;
}

bool holding_add(struct holding *h, uint32_t topic, int32_t partition)
{
	if (topic == NO_TOPIC)
		return true;
	if (!room(h, h->n + 1))
		return false;
	h->of[h->n++] = (struct pkey){ .topic = topic, .partition = partition };
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct pkey *x = a, *y = b;

	if (x->topic != y->topic)
		return x->topic < y->topic ? -1 : 1;
	return x->partition < y->partition ? -1 : x->partition > y->partition;
}

void holding_seal(struct holding *h)
{
	uint32_t kept = 0;

	if (h->n > 1)
		qsort(h->of, h->n, sizeof(*h->of), by_key);
	for (uint32_t i = 0; i < h->n; i++)
		if (kept == 0 || by_key(&h->of[kept - 1], &h->of[i]) != 0)
			h->of[kept++] = h->of[i];
	h->n = kept;
}

bool holding_has(const struct holding *h, uint32_t topic, int32_t partition)
{
	const struct pkey key = { .topic = topic, .partition = partition };

	return h->n && bsearch(&key, h->of, h->n, sizeof(key), by_key);
}

bool holding_within(const struct holding *part, const struct holding *whole)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < part->n; i++) {
		while (k < whole->n && by_key(&whole->of[k], &part->of[i]) < 0)
			k++;
		if (k == whole->n || by_key(&whole->of[k], &part->of[i]) != 0)
			return false;
	}
	return true;
}

bool holding_copy(struct holding *to, const struct holding *from)
{
	if (!room(to, from->n))
		return false;
	if (from->n)
		memcpy(to->of, from->of, from->n * sizeof(*from->of));
	to->n = from->n;
	return true;
}

void holding_rename(const struct groups *gs, struct holding *h)
{
	bool renamed = false;

	for (uint32_t i = 0; i < h->n; i++) {
		uint32_t stands = gs->topic_by_id[h->of[i].topic]->stands;

		renamed = renamed || stands != h->of[i].topic;
		h->of[i].topic = stands;
	}
	if (renamed)
		holding_seal(h);
}
