/* SPDX-License-Identifier: Apache-2.0 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/pages.h>

#define CHUNK (1u << FLOW_CHUNK_BITS)
#define FIRST_SLOTS 1024u

_Static_assert(offsetof(struct net_conn, endpoint) == 64 && sizeof(struct net_conn) == 128, "two cache lines");
_Static_assert(FLOW_CHUNK_BYTES == PAGES_LARGE && sizeof(struct flow_chunk) == sizeof(struct net_conn), "a page");

/* A place of each is its own. */
static size_t chunks_for(uint32_t connections)
{
	return connections / (CHUNK - 1) + 1;
}

bool flow_init(struct flow_table *t, uint32_t max)
{
	memset(t, 0, sizeof(*t));
	t->max = max;
	t->mask = FIRST_SLOTS - 1;
	t->slots = calloc(FIRST_SLOTS, sizeof(*t->slots));
	t->chunks = calloc(chunks_for(max), sizeof(struct flow_chunk *));
	t->seed = flow_seed_get();
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
	       chunks_for(t->max) * sizeof(struct flow_chunk *);
}

/* ---- table: open addressing, linear probing, eight slots to a cache line -------------------------- */

/* Of IPv6 the key is a digest. */
static bool same_addresses(const struct net_conn *c, const struct tcp_head *h, unsigned dir)
{
	return memcmp(c->endpoint[dir].addr, h->src, 16) == 0 && memcmp(c->endpoint[!dir].addr, h->dst, 16) == 0;
}

static inline bool is_flow(const struct net_conn *c, const struct tcp_head *h, unsigned *dir)
{
	*dir = !flow_is_key(c, h->key);
	if ((*dir && !flow_is_key(c, flow_key_turned(h->key))) || c->v6 != (h->family == 6) || c->list == LIST_NONE)
		return false;
	if (h->family == 4)
		return true;
	if (!*dir && !same_addresses(c, h, 0))
		*dir = flow_is_key(c, flow_key_turned(h->key));
	return same_addresses(c, h, *dir);
}

struct net_conn *flow_search(const struct flow_table *t, const struct tcp_head *h, unsigned *dir)
{
	for (uint32_t i = h->hash & t->mask;; i = (i + 1) & t->mask) {
		const struct flow_slot *s = &t->slots[i];

		if (!s->ref)
			return NULL;
		if (s->hash == h->hash && is_flow(flow_at(t, s->ref), h, dir))
			return flow_at(t, s->ref);
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
		flow_at(t, c->lru_prev)->lru_next = c->lru_next;
	else
		t->oldest[c->list] = c->lru_next;
	if (c->lru_next)
		flow_at(t, c->lru_next)->lru_prev = c->lru_prev;
	else
		t->newest[c->list] = c->lru_prev;
	t->per_list[c->list]--;
}

static void link_conn(struct flow_table *t, struct net_conn *c, enum flow_list list, int64_t now)
{
	uint32_t ref = flow_number(c);

	c->list = (uint8_t)list;
	c->last = now;
	c->lru_next = 0;
	c->lru_prev = t->newest[list];
	if (c->lru_prev)
		flow_at(t, c->lru_prev)->lru_next = ref;
	else
		t->oldest[list] = ref;
	t->newest[list] = ref;
	t->per_list[list]++;
}

void flow_touch(struct flow_table *t, struct net_conn *c, enum flow_list list, int64_t now)
{
	if (c->list == list && t->newest[list] == flow_number(c)) {
		c->last = now;
		return;
	}
	unlink_conn(t, c);
	link_conn(t, c, list, now);
}

struct net_conn *flow_oldest(const struct flow_table *t, enum flow_list list)
{
	return t->oldest[list] ? flow_at(t, t->oldest[list]) : NULL;
}

/* ---- connections ----------------------------------------------------------------------------------- */

/* The first chunk is not touched before it is needed: most captures have few connections. */
static bool add_chunk(struct flow_table *t)
{
	struct flow_chunk *chunk = t->capacity ? pages_get(FLOW_CHUNK_BYTES) : aligned_alloc(PAGES_LARGE, FLOW_CHUNK_BYTES);

	if (!chunk)
		return false;
	memset(chunk, 0, sizeof(*chunk)); /* as a connection: not in use */
	chunk->number = t->capacity >> FLOW_CHUNK_BITS;
	t->chunks[chunk->number] = chunk;
	t->capacity += CHUNK;
	return true;
}

/* Places are taken again last in, first out: a table that does not grow stays in the cache. */
static struct net_conn *take(struct flow_table *t)
{
	struct net_conn *c;

	if (t->free_ref) {
		c = flow_at(t, t->free_ref);
		t->free_ref = c->lru_next;
		return c;
	}
	if (t->used == t->capacity && !add_chunk(t))
		return NULL;
	if (t->used % CHUNK == 0)
		t->used++;
	c = flow_at(t, t->used++);
	if (t->touched < t->used)
		t->touched = t->used;
	return c;
}

struct net_conn *flow_add(struct flow_table *t, const struct tcp_head *h, bool turned, int64_t now)
{
	struct flow_key key = turned ? flow_key_turned(h->key) : h->key;
	struct net_conn *c;

	if (flow_full(t) || !grow(t))
		return NULL;
	c = take(t);
	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->addrs = key.addrs;
	c->ports = key.ports;
	c->v6 = h->family == 6;
	head_endpoints(h, &c->endpoint[turned], &c->endpoint[!turned]);
	c->id = ++t->last_id;
	c->since = now;
	insert(t->slots, t->mask, (struct flow_slot){.hash = h->hash, .ref = flow_number(c)});
	link_conn(t, c, LIST_HALF, now);
	t->count++;
	return c;
}

void flow_turn(struct net_conn *c)
{
	struct flow_key key = flow_key_turned((struct flow_key){ .addrs = c->addrs, .ports = c->ports });
	struct net_endpoint e = c->endpoint[0];

	c->addrs = key.addrs;
	c->ports = key.ports;
	c->endpoint[0] = c->endpoint[1];
	c->endpoint[1] = e;
}

void flow_remove(struct flow_table *t, struct net_conn *c)
{
	struct flow_key key = { .addrs = c->addrs, .ports = c->ports };

	erase(t, flow_hash(&t->seed, key), flow_number(c));
	unlink_conn(t, c);
	c->id = 0;
	c->list = LIST_NONE;
	c->lru_next = t->free_ref;
	t->free_ref = flow_number(c);
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
