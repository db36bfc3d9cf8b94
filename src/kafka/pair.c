/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <string.h>

static struct pending *slot_of(struct ring *r, uint64_t serial)
{
	return &r->slot[serial & (r->cap - 1)];
}

struct pending *pair_at(struct ring *r, uint32_t i)
{
	return r && i < r->n ? slot_of(r, r->first + i) : NULL;
}

struct pending *pair_serial(struct ring *r, uint64_t serial)
{
	return r && serial - r->first < r->n ? slot_of(r, serial) : NULL;
}

int pair_find(struct ring *r, int32_t correlation_id)
{
	for (uint32_t i = 0; r && i < r->n; i++)
		if (slot_of(r, r->first + i)->correlation_id == correlation_id)
			return (int)i;
	return -1;
}

static size_t ring_size(uint32_t cap)
{
	return sizeof(struct ring) + cap * sizeof(struct pending);
}

/* A ring of twice the size; serial numbers stay. */
static struct ring *ring_grow(struct blocks *p, struct ring *old)
{
	uint32_t cap = old ? old->cap * 2 : 1;
	struct ring *r = blocks_get(p, ring_size(cap), NULL);

	if (!r)
		return NULL;
	r->cap = cap;
	r->n = old ? old->n : 0;
	r->first = old ? old->first : 1;
	for (uint32_t i = 0; i < r->n; i++)
		*slot_of(r, r->first + i) = *slot_of(old, r->first + i);
	if (old)
		blocks_put(p, old, ring_size(old->cap));
	return r;
}

bool pair_add(struct blocks *p, struct ring **at, const struct pending *e, uint64_t *serial)
{
	struct ring *r = *at;

	if (!r || r->n == r->cap) {
		r = ring_grow(p, r);
		if (!r)
			return false;
		*at = r;
	}
	*serial = r->first + r->n++;
	*slot_of(r, *serial) = *e;
	return true;
}

bool pair_take(struct blocks *p, struct ring **at, struct pending *out)
{
	struct ring *r = *at;

	if (!r || !r->n)
		return false;
	*out = *slot_of(r, r->first);
	r->first++;
	if (--r->n == 0) {
		blocks_put(p, r, ring_size(r->cap));
		*at = NULL;
	}
	return true;
}
