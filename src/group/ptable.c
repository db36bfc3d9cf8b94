/* SPDX-License-Identifier: Apache-2.0 */
#include "ptable.h"

#include <stdlib.h>
#include <string.h>

void ptable_init(struct ptable *t, size_t size)
{
	*t = (struct ptable){ .size = (uint32_t)size };
}

void ptable_free(struct ptable *t)
{
	free(t->entry);
	free(t->slot);
	ptable_init(t, t->size);
}

void *ptable_at(const struct ptable *t, uint32_t i)
{
	return (char *)t->entry + (size_t)i * t->size;
}

static uint32_t hash(uint32_t topic, int32_t partition)
{
	uint64_t h = (((uint64_t)topic << 32) | (uint32_t)partition) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h >> 32);
}

static void place(struct ptable *t, uint32_t i)
{
	const struct pkey *k = ptable_at(t, i);
	uint32_t at = hash(k->topic, k->partition) & (t->n_slots - 1);

	while (t->slot[at])
		at = (at + 1) & (t->n_slots - 1);
	t->slot[at] = i + 1;
}

void *ptable_find(const struct ptable *t, uint32_t topic, int32_t partition)
{
	uint32_t at = hash(topic, partition) & (t->n_slots - 1);

	if (!t->n)
		return NULL;
	for (; t->slot[at]; at = (at + 1) & (t->n_slots - 1)) {
		struct pkey *k = ptable_at(t, t->slot[at] - 1);

		if (k->topic == topic && k->partition == partition)
			return k;
	}
	return NULL;
}

static bool is_at(const struct ptable *t, uint32_t i, uint32_t topic, int32_t partition)
{
	const struct pkey *k = i < t->n ? ptable_at(t, i) : NULL;

	return k && k->topic == topic && k->partition == partition;
}

void *ptable_find_at(const struct ptable *t, uint32_t topic, int32_t partition, uint32_t *at)
{
	void *e = is_at(t, *at, topic, partition) ? ptable_at(t, *at) : ptable_find(t, topic, partition);

	if (e)
		*at = (uint32_t)(((char *)e - (char *)t->entry) / (ptrdiff_t)t->size) + 1;
	return e;
}

static void place_all(struct ptable *t)
{
	memset(t->slot, 0, t->n_slots * sizeof(*t->slot));
	for (uint32_t i = 0; i < t->n; i++)
		place(t, i);
}

/* At most three quarters of the slots are taken. */
static bool more_slots(struct ptable *t)
{
	uint32_t n = t->n_slots ? t->n_slots * 2 : 8;
	uint32_t *p;

	if (t->n_slots && (t->n + 1) * UINT64_C(4) <= t->n_slots * UINT64_C(3))
		return true;
	if (n > UINT32_C(1) << 30 || !(p = realloc(t->slot, n * sizeof(*p))))
		return false;
	t->slot = p;
	t->n_slots = n;
	place_all(t);
	return true;
}

static bool more_entries(struct ptable *t)
{
	uint32_t cap = t->cap < 4 ? t->cap + 2 : t->cap + t->cap / 2;
	void *p;

	if (t->n < t->cap)
		return true;
	p = realloc(t->entry, (size_t)cap * t->size);
	if (!p)
		return false;
	t->entry = p;
	t->cap = cap;
	return true;
}

void *ptable_get(struct ptable *t, uint32_t topic, int32_t partition, uint32_t most)
{
	struct pkey *k = ptable_find(t, topic, partition);

	if (k)
		return k;
	if (t->n >= most || !more_slots(t) || !more_entries(t))
		return NULL;
	k = memset(ptable_at(t, t->n), 0, t->size);
	k->topic = topic;
	k->partition = partition;
	place(t, t->n++);
	return k;
}

void ptable_sift(struct ptable *t, bool (*drop)(const void *entry, const void *ctx), const void *ctx)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		if (drop(ptable_at(t, i), ctx))
			continue;
		if (kept != i)
			memcpy(ptable_at(t, kept), ptable_at(t, i), t->size);
		kept++;
	}
	if (kept == t->n)
		return;
	t->n = kept;
	place_all(t);
}
