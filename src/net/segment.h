/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for what has to wait: blocks of payload, and the state of a connection that has a gap. Both come from pools
 * that share one budget; nothing is given back to the system before the end.
 */
#ifndef REGROUP_NET_SEGMENT_H
#define REGROUP_NET_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_conn;

#define BLOCK_SIZE 2048

/* When something was seen, by every clock that patience may be measured with. */
struct mark {
	int64_t ts;
	uint64_t frame;
	uint32_t packet; /* packets of the capture so far, low 32 bits */
	uint32_t own;    /* packets of the connection so far, low 32 bits */
};

/* A run of a direction's stream ahead of what was delivered; in a list ordered by seq, without overlap. */
struct block {
	struct block *next;
	struct mark mark;
	uint32_t seq;
	uint32_t len;
	uint32_t ack; /* of its packet, when has_ack */
	bool has_ack;
	bool segment_start;
	bool hole;    /* the wire had these bytes, the capture cut them off: no data, any length */
	uint8_t data[];
};

#define BLOCK_DATA (BLOCK_SIZE - (uint32_t)offsetof(struct block, data))

/* One direction of a connection that has a gap. */
struct wait_dir {
	struct block *head, *tail;
	uint32_t blocks, bytes;
	uint32_t acked;           /* the furthest the other side has acknowledged, when has_acked */
	uint32_t fin;             /* its sequence number, when has_fin */
	uint32_t stray_next;      /* where the next segment of an unrelated sequence is expected */
	struct mark acked_mark;   /* when an acknowledgement first went beyond what was delivered */
	struct mark fin_mark;
	uint8_t strays;
	bool has_acked, has_fin;
	bool moved; /* bytes were delivered since has_acked: the acknowledgement may be a lie */
};

struct waiting {
	struct waiting *prev, *next; /* of all connections with one, oldest first */
	struct net_conn *conn;
	void *user; /* of the connection */
	struct wait_dir dir[2];
	struct mark rst_mark;
	int64_t stray_ts;
	uint32_t rst_seq;
	uint8_t rst_dir;
	bool has_rst;
};

struct pool_page;

struct pool {
	struct pool_page *pages;
	struct block *free_blocks;
	struct waiting *free_waiting;
	size_t budget;    /* for blocks and waiting states in use */
	size_t used;
	size_t allocated; /* from the system */
};

void pool_init(struct pool *p, size_t budget);
void pool_fini(struct pool *p);

/* NULL when the budget or memory is used up. A waiting state comes zeroed, a block does not. */
struct block *pool_block(struct pool *p);
struct waiting *pool_waiting(struct pool *p);
void pool_put_block(struct pool *p, struct block *b);
void pool_put_waiting(struct pool *p, struct waiting *w);

#endif
