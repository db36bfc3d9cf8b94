/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow table: every connection by its addresses, and in order of how long it is idle.
 */
#ifndef REGROUP_NET_FLOW_H
#define REGROUP_NET_FLOW_H

#include <regroup/net.h>

#include <stdalign.h>
#include <stddef.h>

#include "head.h"

struct waiting;

enum dir_state {
	DIR_SEEN = 1,  /* a packet from this side was captured */
	DIR_KNOWN = 2, /* next is valid */
	DIR_SOFT = 4,  /* ... but rests on an acknowledgement or an empty segment: the first data may correct it */
	DIR_FIN = 8,   /* its FIN was delivered: nothing follows */
};

/* Idle lists: each has its own patience, and memory is taken from the first that has something to give. */
enum flow_list {
	LIST_CLOSED,   /* ended for the layer above, kept for stragglers */
	LIST_HALF,     /* one side only and no payload: a scan, a flood, or the beginning */
	LIST_OPEN,
	FLOW_LISTS,
	LIST_NONE = FLOW_LISTS, /* a place that is not in use */
};

/* Two cache lines: the first is all that an ordinary segment reads and writes. */
struct net_conn {
	alignas(64) uint64_t addrs; /* flow_key, endpoint 0 as the source */
	uint32_t ports;
	uint8_t state[2];     /* enum dir_state */
	uint8_t list;         /* enum flow_list */
	bool v6 : 1;
	bool from_start : 1;
	bool waits : 1;       /* which of the two below is there */
	uint32_t next[2];     /* sequence number of the next payload byte to deliver */
	union {
		void *user;
		struct waiting *wait; /* while something waits, it keeps `user` */
	};
	int64_t last;         /* when it was last moved in its list (closed: when it closed) */
	uint64_t packets;
	uint64_t bytes[2];
	/* -- */
	struct net_endpoint endpoint[2];
	uint64_t id;          /* 0: not in use */
	int64_t since;
	uint32_t lru_prev, lru_next; /* flow_number, 0 for none */
};

struct flow_slot {
	uint32_t hash;
	uint32_t ref; /* flow_number, 0 for an empty slot */
};

/* Connections are kept in chunks of a large page, of which the first place says which chunk it is. */
struct flow_chunk {
	alignas(128) uint32_t number;
};

struct flow_table {
	struct flow_slot *slots;
	struct flow_chunk **chunks;
	struct flow_seed seed;
	uint32_t mask;
	uint32_t count;    /* in use, closed ones too */
	uint32_t capacity; /* places made */
	uint32_t used;     /* of them, taken since the table was empty; those after it never were */
	uint32_t touched;  /* of them, ever taken */
	uint32_t max;
	uint32_t free_ref; /* chained by lru_next */
	uint32_t oldest[FLOW_LISTS], newest[FLOW_LISTS];
	uint32_t per_list[FLOW_LISTS];
	uint64_t last_id;
};

bool flow_init(struct flow_table *t, uint32_t max);
void flow_fini(struct flow_table *t);

#define FLOW_CHUNK_BITS 14
#define FLOW_CHUNK_BYTES (sizeof(struct net_conn) << FLOW_CHUNK_BITS)

/* The place with this number, 0 < i < used; its id is 0 when it is not in use. */
static inline struct net_conn *flow_at(const struct flow_table *t, uint32_t i)
{
	return (struct net_conn *)(void *)t->chunks[i >> FLOW_CHUNK_BITS] + (i & ((1u << FLOW_CHUNK_BITS) - 1));
}

static inline uint32_t flow_number(const struct net_conn *c)
{
	uintptr_t at = (uintptr_t)c & (FLOW_CHUNK_BYTES - 1);
	const struct flow_chunk *chunk = (const void *)((const char *)c - at);

	return chunk->number << FLOW_CHUNK_BITS | (uint32_t)(at / sizeof(*c));
}

/* For a look ahead: where the search for `hash` begins, and the first connection there that may be it (flow_number, 0
 * for none). */
static inline const struct flow_slot *flow_slot(const struct flow_table *t, uint32_t hash)
{
	return &t->slots[hash & t->mask];
}

static inline uint32_t flow_ref(const struct flow_table *t, uint32_t hash)
{
	uint32_t i = hash & t->mask;

	while (t->slots[i].ref && t->slots[i].hash != hash)
		i = (i + 1) & t->mask;
	return t->slots[i].ref;
}

static inline bool flow_is_key(const struct net_conn *c, struct flow_key k)
{
	return c->addrs == k.addrs && c->ports == k.ports;
}

/* *dir: 0 when the source is endpoint 0. NULL when there is none. */
struct net_conn *flow_search(const struct flow_table *t, const struct tcp_head *h, unsigned *dir);

/* The same: short when it is of IPv4 and the hint is right, or the first place looked at. */
static inline struct net_conn *flow_find(const struct flow_table *t, const struct tcp_head *h, unsigned *dir)
{
	uint32_t ref = h->ref ? h->ref : flow_slot(t, h->hash)->ref;
	struct net_conn *c = ref ? flow_at(t, ref) : NULL;

	if (c && !c->v6 && h->family == 4 && c->list != LIST_NONE) {
		*dir = !flow_is_key(c, h->key);
		if (!*dir || flow_is_key(c, flow_key_turned(h->key)))
			return c;
	}
	return flow_search(t, h, dir);
}

/* Adds one that flow_find did not find, to LIST_HALF; `turned`: the source is endpoint 1. NULL when the table is full (flow_full) or memory is out. */
struct net_conn *flow_add(struct flow_table *t, const struct tcp_head *h, bool turned, int64_t now);
void flow_remove(struct flow_table *t, struct net_conn *c);
void flow_clear(struct flow_table *t); /* all of them */
bool flow_full(const struct flow_table *t);

/* To the young end of a list. */
void flow_touch(struct flow_table *t, struct net_conn *c, enum flow_list list, int64_t now);

/* How long a connection is left where it is in its list, though it is not idle (ns). A move costs a few cache misses, and
 * who is idle for longest matters little before the table is nearly full. */
static inline int64_t flow_precision(const struct flow_table *t)
{
	uint32_t room = t->max - t->count;

	return INT64_C(1000000000) * (room > t->max / 4 ? 60 : room > t->max / 8 ? 10 : 1);
}

/* The longest idle of a list, NULL when it is empty. */
struct net_conn *flow_oldest(const struct flow_table *t, enum flow_list list);

/* Endpoint 0 becomes endpoint 1. */
void flow_turn(struct net_conn *c);

size_t flow_memory(const struct flow_table *t);

#endif
