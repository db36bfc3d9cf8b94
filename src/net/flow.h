/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow table: every connection by its addresses, and in order of how long it is idle.
 */
#ifndef REGROUP_NET_FLOW_H
#define REGROUP_NET_FLOW_H

#include <regroup/net.h>

#include <stddef.h>

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
};

/* Two cache lines: the first is all that an in-order segment reads to be recognised. */
struct net_conn {
	struct net_endpoint endpoint[2];
	uint32_t next[2]; /* sequence number of the next payload byte to deliver */
	struct waiting *wait; /* NULL while nothing waits */
	uint32_t index;
	uint8_t state[2];     /* enum dir_state */
	uint8_t list;         /* enum flow_list */
	bool from_start;
	/* -- */
	int64_t last; /* when it was last moved in its list (closed: when it closed) */
	uint64_t packets;
	uint64_t bytes[2];
	void *user;
	uint64_t id; /* 0: not in use */
	int64_t since;
	uint32_t lru_prev, lru_next; /* index + 1 */
};

struct flow_slot {
	uint32_t hash;
	uint32_t ref; /* index + 1, 0 for an empty slot */
};

struct flow_table {
	struct flow_slot *slots;
	struct net_conn **chunks;
	uint32_t mask;
	uint32_t count;    /* in use, closed ones too */
	uint32_t capacity; /* places made */
	uint32_t used;     /* of them, taken since the table was empty */
	uint32_t touched;  /* of them, ever taken */
	uint32_t max;
	uint32_t free_ref; /* chained by lru_next */
	uint32_t oldest[FLOW_LISTS], newest[FLOW_LISTS];
	uint32_t per_list[FLOW_LISTS];
	uint64_t last_id;
};

bool flow_init(struct flow_table *t, uint32_t max);
void flow_fini(struct flow_table *t);

/* The same for both directions. */
uint32_t flow_hash(const struct net_endpoint *a, const struct net_endpoint *b);

/* *dir: 0 when src is endpoint 0. NULL when there is none. */
struct net_conn *flow_find(const struct flow_table *t, uint32_t hash, const struct net_endpoint *src,
                           const struct net_endpoint *dst, unsigned *dir);

/* For a look ahead: where the search for `hash` begins, and the first connection there that may be it (index + 1, 0
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

/* Adds one that flow_find did not find, to LIST_HALF. NULL when the table is full (flow_full) or memory is out. */
struct net_conn *flow_add(struct flow_table *t, uint32_t hash, const struct net_endpoint *first,
                          const struct net_endpoint *second, int64_t now);
void flow_remove(struct flow_table *t, struct net_conn *c);
void flow_clear(struct flow_table *t); /* all of them */
bool flow_full(const struct flow_table *t);

/* To the young end of a list. */
void flow_touch(struct flow_table *t, struct net_conn *c, enum flow_list list, int64_t now);

/* The longest idle of a list, NULL when it is empty. */
struct net_conn *flow_oldest(const struct flow_table *t, enum flow_list list);

#define FLOW_CHUNK_BITS 14

/* The i-th place, 0 <= i < used; its id is 0 when it is not in use. */
static inline struct net_conn *flow_at(const struct flow_table *t, uint32_t i)
{
	return &t->chunks[i >> FLOW_CHUNK_BITS][i & ((1u << FLOW_CHUNK_BITS) - 1)];
}

size_t flow_memory(const struct flow_table *t);

#endif
