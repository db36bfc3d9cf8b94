/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of one analysis, and what happens to a connection's bytes once TCP's headers are read: delivered, made to
 * wait, or given up.
 */
#ifndef REGROUP_NET_STREAM_H
#define REGROUP_NET_STREAM_H

#include <regroup/net.h>

#include "flow.h"
#include "head.h"
#include "segment.h"

struct fragments;

struct net {
	struct net_sink sink;
	struct net_stats stats;
	struct flow_table flows;
	struct pool pool;
	struct waiting *oldest_wait, *newest_wait;
	struct waiting *cursor; /* the next to be looked at by wait_poll; NULL: the oldest */
	uint32_t n_waiting;
	uint32_t flow_segments, flow_bytes;
	int64_t now; /* capture time; does not go back with a packet that is a little late */
	int64_t ts;  /* of the packet being taken */
	uint64_t frame;
	struct net_seen *seen; /* of the packet being taken; NULL when nobody asks */
	struct fragments *fragments;
	uint64_t *ports; /* a bit per port that is wanted, NULL for all */
};

/* Sequence numbers further ahead than this say nothing about a gap (RFC 7323 windows go to 1 GiB, but a capture
 * that lost this much in one piece has lost the connection). */
#define SEQ_REACH (64 << 20)

static inline struct waiting *conn_wait(const struct net_conn *c)
{
	return c->waits ? c->wait : NULL;
}

static inline int32_t seq_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* True when `ack` says that the receiver of direction `d` has bytes that were not delivered here yet. One byte more
 * is nothing: it may be a FIN that was not captured, or a keepalive's. */
static inline bool acks_beyond(const struct net_conn *c, unsigned d, uint32_t ack)
{
	int32_t n = seq_ahead(ack, c->next[d]);

	return n >= 2 && n <= SEQ_REACH && (c->state[d] & (DIR_SEEN | DIR_KNOWN | DIR_FIN)) == (DIR_SEEN | DIR_KNOWN);
}

static inline void net_note(struct net *n, const struct net_conn *c)
{
	if (n->seen)
		*n->seen = (struct net_seen){ .conn = c->id, .nth = c->packets };
}

/* ---- stream.c: delivery, in order ------------------------------------------------------------------ */

struct mark stream_mark(const struct net *n, const struct net_conn *c);

/* The segment's bytes, of which the first is next: what was captured as DATA, the rest as HOLE. */
void stream_segment(struct net *n, struct net_conn *c, unsigned d, const struct segment *s);
void stream_data(struct net *n, struct net_conn *c, unsigned d, const struct block *b);
void stream_hole(struct net *n, struct net_conn *c, unsigned d, uint32_t len, uint64_t frame);

/* The end of one direction; closes the connection when it is the second. */
void stream_fin(struct net *n, struct net_conn *c, unsigned d, int64_t ts, uint64_t frame);

/* Tells the layer above the end of all, and closes. */
void stream_end(struct net *n, struct net_conn *c, unsigned d, enum net_end why, int64_t ts, uint64_t frame);

/* ---- wait.c: what has to wait ---------------------------------------------------------------------- */

/* Takes a segment that begins at or after next: delivers it when nothing stands before it. */
void wait_data(struct net *n, struct net_conn *c, unsigned d, struct segment s);

/* The connection's waiting state, made when there is none; NULL when there is no memory at all. */
struct waiting *wait_get(struct net *n, struct net_conn *c);
void wait_release(struct net *n, struct net_conn *c);

/* Notes that the receiver of direction `d` has acknowledged `ack` (acks_beyond). */
void wait_ack(struct net *n, struct net_conn *c, unsigned d, uint32_t ack);

/* Delivers what can be delivered and gives up what was waited for long enough. */
void wait_settle(struct net *n, struct net_conn *c);

/* Gives up everything and delivers what is there. The connection may be closed by it (a FIN or RST that waited). */
void wait_flush(struct net *n, struct net_conn *c);

/* Looks after a few of the connections that wait, as time goes by. */
void wait_poll(struct net *n);

#endif
