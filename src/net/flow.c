/* SPDX-License-Identifier: Apache-2.0 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/pages.h>

#define CHUNK (1u << FLOW_CHUNK_BITS)
#define FIRST_SLOTS 1024u

_Static_assert(sizeof(struct net_conn) <= 128, "two cache lines");

bool flow_init(struct flow_table *t, uint32_t max)
{
	memset(t, 0, sizeof(*t));
	t->max = max;
	t->mask = FIRST_SLOTS - 1;
	t->slots = calloc(FIRST_SLOTS, sizeof(*t->slots));
	t->chunks = calloc(((size_t)max + CHUNK - 1) / CHUNK, sizeof(*t->chunks));
	return t->slots && t->chunks;
}

void flow_fini(struct flow_table *t)
{
	for (uint32_t i = 0; t->chunks && i < t->capacity / CHUNK; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->slots);
}

bool flow_full(const struct flow_table *t)
{
	return t->count >= t->max;
}

size_t flow_memory(const struct flow_table *t)
{
	return ((size_t)t->mask + 1) * sizeof(*t->slots) + (size_t)t->touched * sizeof(struct net_conn) +
	       ((size_t)t->max + CHUNK - 1) / CHUNK * sizeof(*t->chunks);
}

/* ---- table: open addressing, linear probing, eight slots to a cache line -------------------------- */

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint64_t mix_endpoint(const struct net_endpoint *e)
{
	uint64_t a = word_at(e->addr), b = word_at(e->addr + 8);

	a ^= (uint64_t)e->port << 40;
	a = (a ^ a >> 31) * UINT64_C(0x9fb21c651e98df25);
	b = (b ^ a ^ a >> 29) * UINT64_C(0xd6e8feb86659fd93);
	return b ^ b >> 32;
}

uint32_t flow_hash(const struct net_endpoint *a, const struct net_endpoint *b)
{
	uint64_t h = mix_endpoint(a) + mix_endpoint(b);

	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(h >> 32);
}

static inline bool same_endpoint(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->port == b->port && a->family == b->family && word_at(a->addr) == word_at(b->addr) &&
	       word_at(a->addr + 8) == word_at(b->addr + 8);
}

struct net_conn *flow_find(const struct flow_table *t, uint32_t hash, const struct net_endpoint *src,
                           const struct net_endpoint *dst, unsigned *dir)
{
	for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
		const struct flow_slot *s = &t->slots[i];
		struct net_conn *c;

		if (!s->ref)
			return NULL;
		if (s->hash != hash)
			continue;
		c = flow_at(t, s->ref - 1);
		*dir = !same_endpoint(&c->endpoint[0], src);
		if (*dir ? same_endpoint(&c->endpoint[1], src) && same_endpoint(&c->endpoint[0], dst)
		         : same_endpoint(&c->endpoint[1], dst))
			return c;
	}
}

static void insert(struct flow_slot *slots, uint32_t mask, struct flow_slot s)
{
	uint32_t i = s.hash & mask;

	while (slots[i].ref)
		i = (i + 1) & mask;
	slots[i] = s;
}

static struct flow_slot *empty_slots(size_t n)
{
	struct flow_slot *slots;

	if (n * sizeof(*slots) < PAGES_LARGE)
		return calloc(n, sizeof(*slots));
	slots = pages_get(n * sizeof(*slots));
	if (slots)
		memset(slots, 0, n * sizeof(*slots));
	return slots;
}

/* Never fuller than three quarters. */
static bool grow(struct flow_table *t)
{
	uint32_t mask = t->mask * 2 + 1;
	struct flow_slot *slots;

	if (t->count < (t->mask + 1) / 4 * 3)
		return true;
	slots = mask > t->mask ? empty_slots((size_t)mask + 1) : NULL;
	if (!slots)
		return false;
	for (uint32_t i = 0; i <= t->mask; i++)
		if (t->slots[i].ref)
			insert(slots, mask, t->slots[i]);
	free(t->slots);
	t->slots = slots;
	t->mask = mask;
	return true;
}

/* Closes the empty place by moving back what was pushed past it, so that no mark of the removed one stays. */
static void erase(struct flow_table *t, uint32_t hash, uint32_t ref)
{
	uint32_t hole = hash & t->mask, i;

	while (t->slots[hole].ref != ref)
		hole = (hole + 1) & t->mask;
	for (i = (hole + 1) & t->mask; t->slots[i].ref; i = (i + 1) & t->mask) {
		uint32_t home = t->slots[i].hash & t->mask;

		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole].ref = 0;
}

/* ---- idle lists ------------------------------------------------------------------------------------ */

static void unlink_conn(struct flow_table *t, struct net_conn *c)
{
	if (c->lru_prev)
		flow_at(t, c->lru_prev - 1)->lru_next = c->lru_next;
	else
		t->oldest[c->list] = c->lru_next;
	if (c->lru_next)
		flow_at(t, c->lru_next - 1)->lru_prev = c->lru_prev;
	else
		t->newest[c->list] = c->lru_prev;
	t->per_list[c->list]--;
}

static void link_conn(struct flow_table *t, struct net_conn *c, enum flow_list list, int64_t now)
{
	uint32_t ref = c->index + 1;

	c->list = (uint8_t)list;
	c->last = now;
	c->lru_next = 0;
	c->lru_prev = t->newest[list];
	if (c->lru_prev)
		flow_at(t, c->lru_prev - 1)->lru_next = ref;
	else
		t->oldest[list] = ref;
	t->newest[list] = ref;
	t->per_list[list]++;
}

void flow_touch(struct flow_table *t, struct net_conn *c, enum flow_list list, int64_t now)
{
	if (c->list == list && t->newest[list] == c->index + 1) {
		c->last = now;
		return;
	}
	unlink_conn(t, c);
	link_conn(t, c, list, now);
}

struct net_conn *flow_oldest(const struct flow_table *t, enum flow_list list)
{
	return t->oldest[list] ? flow_at(t, t->oldest[list] - 1) : NULL;
}

/* ---- connections ----------------------------------------------------------------------------------- */

/* The first chunk is not touched before it is needed: most captures have few connections. */
static bool add_chunk(struct flow_table *t)
{
	const size_t size = CHUNK * sizeof(struct net_conn);
	struct net_conn *chunk = t->capacity ? pages_get(size) : aligned_alloc(64, size);

	t->chunks[t->capacity >> FLOW_CHUNK_BITS] = chunk;
	if (chunk)
		t->capacity += CHUNK;
	return chunk;
}

/* Places are taken again last in, first out: a table that does not grow stays in the cache. */
static struct net_conn *take(struct flow_table *t)
{
	struct net_conn *c;

	if (t->free_ref) {
		c = flow_at(t, t->free_ref - 1);
		t->free_ref = c->lru_next;
		return c;
	}
	if (t->used == t->capacity && !add_chunk(t))
		return NULL;
	c = flow_at(t, t->used);
	c->index = t->used++;
	if (t->touched < t->used)
		t->touched = t->used;
	return c;
}

struct net_conn *flow_add(struct flow_table *t, uint32_t hash, const struct net_endpoint *first,
                          const struct net_endpoint *second, int64_t now)
{
	struct net_conn *c;
	uint32_t index;

	if (flow_full(t) || !grow(t))
		return NULL;
	c = take(t);
	if (!c)
		return NULL;
	index = c->index;
	memset(c, 0, sizeof(*c));
	c->index = index;
	c->endpoint[0] = *first;
	c->endpoint[1] = *second;
	c->id = ++t->last_id;
	c->since = now;
	insert(t->slots, t->mask, (struct flow_slot){.hash = hash, .ref = index + 1});
	link_conn(t, c, LIST_HALF, now);
	t->count++;
	return c;
}

void flow_remove(struct flow_table *t, struct net_conn *c)
{
	erase(t, flow_hash(&c->endpoint[0], &c->endpoint[1]), c->index + 1);
	unlink_conn(t, c);
	c->id = 0;
	c->lru_next = t->free_ref;
	t->free_ref = c->index + 1;
	t->count--;
}

void flow_clear(struct flow_table *t)
{
	memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof(*t->slots));
	memset(t->oldest, 0, sizeof(t->oldest));
	memset(t->newest, 0, sizeof(t->newest));
	memset(t->per_list, 0, sizeof(t->per_list));
	t->count = t->used = t->free_ref = 0;
}
