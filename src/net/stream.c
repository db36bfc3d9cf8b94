/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

struct mark stream_mark(const struct net *n, const struct net_conn *c)
{
	return (struct mark){
		.ts = n->ts,
		.frame = n->frame,
		.packet = (uint32_t)n->stats.packets,
		.own = (uint32_t)c->packets,
	};
}

static void advance(struct net_conn *c, unsigned d, uint32_t len)
{
	c->next[d] += len;
	c->bytes[d] += len;
}

static void tell(struct net *n, struct net_conn *c, unsigned d, const struct net_piece *p)
{
	if (n->sink.piece)
		n->sink.piece(n->sink.ctx, c, d, p);
}

static void hole(struct net *n, struct net_conn *c, unsigned d, uint32_t len, int64_t ts, uint64_t frame)
{
	const struct net_piece piece = {.len = len, .ts = ts, .frame = frame, .kind = NET_HOLE};

	advance(c, d, len);
	n->stats.holes++;
	n->stats.hole_bytes += len;
	tell(n, c, d, &piece);
}

void stream_hole(struct net *n, struct net_conn *c, unsigned d, uint32_t len, uint64_t frame)
{
	hole(n, c, d, len, n->ts, frame);
}

void stream_segment(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	const struct net_piece piece = {
		.data = s->data,
		.len = s->cap,
		.ts = n->ts,
		.frame = n->frame,
		.kind = NET_DATA,
		.segment_start = s->start,
	};

	if (s->cap) {
		advance(c, d, s->cap);
		tell(n, c, d, &piece);
	}
	if (s->len > s->cap)
		hole(n, c, d, s->len - s->cap, n->ts, n->frame);
}

void stream_data(struct net *n, struct net_conn *c, unsigned d, const struct block *b)
{
	const struct net_piece piece = {
		.data = b->data,
		.len = b->len,
		.ts = b->mark.ts,
		.frame = b->mark.frame,
		.kind = NET_DATA,
		.segment_start = b->segment_start,
	};

	if (b->hole) {
		hole(n, c, d, b->len, b->mark.ts, b->mark.frame);
		return;
	}
	advance(c, d, b->len);
	tell(n, c, d, &piece);
}

static void close_conn(struct net *n, struct net_conn *c)
{
	wait_release(n, c);
	c->user = NULL;
	flow_touch(&n->flows, c, LIST_CLOSED, n->now);
	n->stats.open_connections--;
}

void stream_fin(struct net *n, struct net_conn *c, unsigned d, int64_t ts, uint64_t frame)
{
	c->state[d] |= DIR_FIN;
	if (n->sink.end)
		n->sink.end(n->sink.ctx, c, d, NET_FIN, ts, frame);
	if (c->state[!d] & DIR_FIN)
		close_conn(n, c);
}

void stream_end(struct net *n, struct net_conn *c, unsigned d, enum net_end why, int64_t ts, uint64_t frame)
{
	if (n->sink.end)
		n->sink.end(n->sink.ctx, c, d, why, ts, frame);
	close_conn(n, c);
}
