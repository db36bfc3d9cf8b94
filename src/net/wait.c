/* SPDX-License-Identifier: Apache-2.0
 *
 * A direction waits for two reasons. There is a gap before the first waiting block; or the other direction has one: a
 * segment that acknowledges bytes not delivered yet comes after those bytes, so that an answer is never told before
 * its question, also when the capture has them in the wrong order.
 *
 * A gap ends when its bytes arrive or when they are given up (HOLE). They are given up
 *  - when the receiver has acknowledged them, so that they will not come again, and the capture had its chance to
 *    bring them late: 16 more packets of the connection, or 20 ms and 64 packets, or 3 s and 8 packets of the capture;
 *  - when only one direction is captured and nobody acknowledges: after 1 s and 16 packets of the capture;
 *  - after 30 s in any case: the receiver still lacks them too, but a retransmission that late is hardly coming;
 *  - when what waits behind them exceeds its bounds.
 * An acknowledgement alone, with no segment behind the gap, is believed up to 1 MiB, and not while bytes still come in
 * order: the receiver of a false one ignores it, too.
 *
 * An RST waits, too, for the bytes sent before it.
 */
#include "stream.h"

#include <string.h>

#define MS INT64_C(1000000)
#define S (1000 * MS)
#define POLL 4 /* connections looked at per packet */
#define CLAIM_REACH (1 << 20) /* bytes believed to be missing by an acknowledgement alone */

/* ---- the list of connections that wait ------------------------------------------------------------- */

static struct waiting *link_waiting(struct net *n, struct net_conn *c, struct waiting *w)
{
	w->conn = c;
	w->prev = n->newest_wait;
	w->next = NULL;
	if (w->prev)
		w->prev->next = w;
	else
		n->oldest_wait = w;
	n->newest_wait = w;
	n->n_waiting++;
	w->user = c->user;
	c->wait = w;
	c->waits = true;
	return w;
}

static void unlink_waiting(struct net *n, struct waiting *w)
{
	if (n->cursor == w)
		n->cursor = w->next;
	if (w->prev)
		w->prev->next = w->next;
	else
		n->oldest_wait = w->next;
	if (w->next)
		w->next->prev = w->prev;
	else
		n->newest_wait = w->prev;
	n->n_waiting--;
	w->conn->waits = false;
	w->conn->user = w->user;
}

struct waiting *wait_get(struct net *n, struct net_conn *c)
{
	struct waiting *w;

	if (c->waits)
		return c->wait;
	while (!(w = pool_waiting(&n->pool)) && n->oldest_wait)
		wait_flush(n, n->oldest_wait->conn);
	return w ? link_waiting(n, c, w) : NULL;
}

static void drop_head(struct net *n, struct wait_dir *wd)
{
	struct block *b = wd->head;

	wd->head = b->next;
	if (!wd->head)
		wd->tail = NULL;
	wd->blocks--;
	wd->bytes -= b->len;
	pool_put_block(&n->pool, b);
}

static void drop_blocks(struct net *n, struct wait_dir *wd)
{
	while (wd->head)
		drop_head(n, wd);
}

void wait_release(struct net *n, struct net_conn *c)
{
	struct waiting *w = conn_wait(c);

	if (!w)
		return;
	drop_blocks(n, &w->dir[0]);
	drop_blocks(n, &w->dir[1]);
	unlink_waiting(n, w);
	pool_put_waiting(&n->pool, w);
}

/* ---- blocks ---------------------------------------------------------------------------------------- */

/* Bytes seen before: of those still held, are they the same? */
static void compare(struct net *n, const struct segment *s, uint32_t at, const struct block *b, uint32_t len)
{
	uint32_t off = at - s->seq;

	n->stats.retransmitted_bytes += len;
	if (b->hole || off >= s->cap)
		return;
	len = len < s->cap - off ? len : s->cap - off;
	for (uint32_t i = 0; i < len; i++)
		n->stats.differing_bytes += s->data[off + i] != b->data[at - b->seq + i];
}

static struct block *new_block(struct net *n, const struct net_conn *c, const struct segment *s, uint32_t at,
                               uint32_t end)
{
	struct block *b = pool_block(&n->pool);
	uint32_t off = at - s->seq;

	if (!b)
		return NULL;
	b->mark = stream_mark(n, c);
	b->seq = at;
	b->len = end - at;
	b->ack = s->ack;
	b->has_ack = s->flags & 0x10;
	b->segment_start = s->start && off == 0;
	b->hole = off >= s->cap;
	if (b->hole)
		return b;
	if (b->len > s->cap - off)
		b->len = s->cap - off;
	if (b->len > BLOCK_DATA)
		b->len = BLOCK_DATA;
	memcpy(b->data, s->data + off, b->len);
	return b;
}

/* Puts the segment's bytes into the list, but for those that are in it. What finds no block is lost, a hole later. */
static void enqueue(struct net *n, const struct net_conn *c, struct wait_dir *wd, const struct segment *s)
{
	struct block **link = &wd->head, *b;
	uint32_t at = s->seq, end = s->seq + s->len, stop;

	if (wd->tail && seq_ahead(at, wd->tail->seq + wd->tail->len) >= 0)
		link = &wd->tail->next;
	while (at != end) {
		while (*link && seq_ahead(at, (*link)->seq + (*link)->len) >= 0)
			link = &(*link)->next;
		b = *link;
		if (b && seq_ahead(b->seq, at) <= 0) {
			stop = seq_ahead(b->seq + b->len, end) < 0 ? b->seq + b->len : end;
			compare(n, s, at, b, stop - at);
			at = stop;
			continue;
		}
		stop = b && seq_ahead(b->seq, end) < 0 ? b->seq : end;
		b = new_block(n, c, s, at, stop);
		if (!b)
			return;
		b->next = *link;
		*link = b;
		link = &b->next;
		if (!b->next)
			wd->tail = b;
		wd->blocks++;
		wd->bytes += b->len;
		at += b->len;
	}
}

/* ---- gaps ------------------------------------------------------------------------------------------ */

struct gap {
	uint32_t end;
	struct mark mark; /* of what shows it */
	bool acked;       /* the receiver has these bytes, or will never have them */
};

static void later(struct mark *a, const struct mark *b)
{
	if ((int32_t)(b->packet - a->packet) > 0) {
		a->ts = b->ts;
		a->packet = b->packet;
		a->own = b->own;
	}
}

static void bound(struct gap *g, bool *found, uint32_t end, const struct mark *mark)
{
	if (*found && seq_ahead(end, g->end) >= 0)
		return;
	g->end = end;
	if (!*found)
		g->mark = *mark;
	*found = true;
}

/* Is something missing at `next` of direction d, as far as is known? */
static bool find_gap(const struct net_conn *c, unsigned d, struct gap *g)
{
	const struct waiting *w = c->wait;
	const struct wait_dir *wd = &w->dir[d];
	uint32_t next = c->next[d];
	bool found = false;

	if (wd->head && seq_ahead(wd->head->seq, next) <= 0)
		return false;
	if (wd->head)
		bound(g, &found, wd->head->seq, &wd->head->mark);
	if (wd->has_fin && seq_ahead(wd->fin, next) > 0)
		bound(g, &found, wd->fin, &wd->fin_mark);
	if (w->has_rst && w->rst_dir == d && acks_beyond(c, d, w->rst_seq))
		bound(g, &found, w->rst_seq, &w->rst_mark);
	g->acked = w->has_rst;
	if (wd->has_acked && acks_beyond(c, d, wd->acked) && (found || wd->acked - next <= CLAIM_REACH)) {
		bound(g, &found, wd->acked, &wd->acked_mark);
		g->acked = true;
		later(&g->mark, &wd->acked_mark);
	}
	return found;
}

static bool waited_enough(const struct net *n, const struct net_conn *c, unsigned d, const struct gap *g)
{
	int64_t age = n->now - g->mark.ts;
	uint32_t packets = (uint32_t)n->stats.packets - g->mark.packet;
	uint32_t own = (uint32_t)c->packets - g->mark.own;

	if (g->acked && (own >= 16 || (age >= 20 * MS && packets >= 64) || (age >= 3 * S && packets >= 8)))
		return true;
	if (!(c->state[!d] & DIR_SEEN) && age >= 1 * S && packets >= 16)
		return true;
	return age >= 30 * S && packets >= 16;
}

static void give_up(struct net *n, struct net_conn *c, unsigned d, const struct gap *g)
{
	struct wait_dir *wd = &c->wait->dir[d];

	if (wd->has_acked && wd->moved && !wd->head && wd->acked == g->end) {
		wd->has_acked = false; /* if it was true, the next one says it again */
		return;
	}
	stream_hole(n, c, d, g->end - c->next[d], g->mark.frame);
}

/* ---- delivery of what waited ----------------------------------------------------------------------- */

static bool drain_dir(struct net *n, struct net_conn *c, unsigned d)
{
	struct wait_dir *wd = &c->wait->dir[d];
	bool moved = false;

	while (wd->head) {
		struct block *b = wd->head;

		if (b->seq != c->next[d] || (b->has_ack && acks_beyond(c, !d, b->ack)))
			break;
		stream_data(n, c, d, b);
		drop_head(n, wd);
		wd->moved = true;
		moved = true;
	}
	return moved;
}

/* A FIN whose turn has come. What lies behind it in the list was never part of the stream. */
static void drain_fin(struct net *n, struct net_conn *c, unsigned d)
{
	struct wait_dir *wd = &c->wait->dir[d];

	if (!wd->has_fin || seq_ahead(wd->fin, c->next[d]) > 0)
		return;
	wd->has_fin = false;
	drop_blocks(n, wd);
	stream_fin(n, c, d, wd->fin_mark.ts, wd->fin_mark.frame);
}

/* True while the connection still waits for something. */
static bool drain(struct net *n, struct net_conn *c)
{
	bool moved = true;

	while (moved) {
		moved = drain_dir(n, c, 0);
		moved |= drain_dir(n, c, 1);
	}
	drain_fin(n, c, 0);
	if (c->waits)
		drain_fin(n, c, 1);
	return c->waits;
}

/* Two heads that each claim to come after the other, or a claim that leads nowhere. */
static bool unblock(struct waiting *w)
{
	bool any = false;

	for (unsigned d = 0; d < 2; d++) {
		struct block *b = w->dir[d].head;

		any |= b && b->has_ack;
		if (b)
			b->has_ack = false;
	}
	return any;
}

/* Nothing is missing any more. An RST still gives the other side's last bytes, which it does not acknowledge, the
 * chance to appear: a few packets, but no time that would put it behind other connections' events. */
static void finish(struct net *n, struct net_conn *c, bool now)
{
	struct waiting *w = conn_wait(c);

	if (w->has_rst) {
		now |= (uint32_t)n->stats.packets - w->rst_mark.packet >= 8 || n->now - w->rst_mark.ts >= 1 * S;
		if (now)
			stream_end(n, c, w->rst_dir, NET_RST, w->rst_mark.ts, w->rst_mark.frame);
	}
	else if (!w->dir[0].strays && !w->dir[1].strays)
		wait_release(n, c);
}

void wait_settle(struct net *n, struct net_conn *c)
{
	struct waiting *w = conn_wait(c);
	bool again = true;

	if (w && (w->dir[0].strays || w->dir[1].strays) && n->now - w->stray_ts > 1 * S)
		w->dir[0].strays = w->dir[1].strays = 0;
	while (again && c->waits && drain(n, c)) {
		bool gaps = false;
		struct gap g = { 0 };

		again = false;
		for (unsigned d = 0; d < 2 && !again; d++) {
			if (!find_gap(c, d, &g))
				continue;
			gaps = true;
			again = waited_enough(n, c, d, &g);
			if (again)
				give_up(n, c, d, &g);
		}
		if (gaps)
			continue;
		again = unblock(w);
		if (!again)
			finish(n, c, false);
	}
}

void wait_flush(struct net *n, struct net_conn *c)
{
	struct gap g;

	if (c->waits)
		c->wait->dir[0].strays = c->wait->dir[1].strays = 0;
	while (c->waits && drain(n, c)) {
		if (find_gap(c, 0, &g))
			give_up(n, c, 0, &g);
		else if (find_gap(c, 1, &g))
			give_up(n, c, 1, &g);
		else if (!unblock(c->wait))
			finish(n, c, true);
	}
}

void wait_poll(struct net *n)
{
	for (unsigned i = 0; i < POLL && i < n->n_waiting; i++) {
		struct waiting *w = n->cursor ? n->cursor : n->oldest_wait;

		n->cursor = w->next;
		wait_settle(n, w->conn);
	}
}

/* ---- what arrives ---------------------------------------------------------------------------------- */

void wait_ack(struct net *n, struct net_conn *c, unsigned d, uint32_t ack)
{
	struct waiting *w = wait_get(n, c);
	struct wait_dir *wd;

	if (!w)
		return;
	wd = &w->dir[d];
	if (!wd->has_acked || !acks_beyond(c, d, wd->acked)) {
		wd->acked_mark = stream_mark(n, c);
		wd->acked = ack;
		wd->has_acked = true;
		wd->moved = false;
	} else if (seq_ahead(ack, wd->acked) > 0) {
		wd->acked = ack;
	}
}

/* Lets go of the first thing in the way of direction d. False when nothing is. */
static bool force(struct net *n, struct net_conn *c, unsigned d)
{
	struct gap g;

	if (find_gap(c, d, &g))
		give_up(n, c, d, &g);
	else if (!c->wait->dir[d].head)
		return false;
	else if (find_gap(c, !d, &g))
		give_up(n, c, !d, &g);
	else
		unblock(c->wait);
	drain(n, c);
	return true;
}

/* Drops what was delivered meanwhile. False when nothing is left. */
static bool trim(struct net *n, const struct net_conn *c, unsigned d, struct segment *s)
{
	int32_t old = seq_ahead(c->next[d], s->seq);
	uint32_t skip, held;

	if (old <= 0)
		return true;
	skip = (uint32_t)old < s->len ? (uint32_t)old : s->len;
	held = skip < s->cap ? skip : s->cap;
	n->stats.retransmitted_bytes += skip;
	s->seq += skip;
	s->len -= skip;
	s->data += held;
	s->cap -= held;
	s->start = false;
	return s->len;
}

/* Room for the segment, within the direction's bounds and in the pool? */
static bool has_room(const struct net *n, const struct wait_dir *wd, uint32_t len)
{
	return wd->blocks + len / BLOCK_DATA < n->flow_segments && wd->bytes + len <= n->flow_bytes;
}

static bool pool_has_room(const struct net *n, uint32_t len)
{
	return n->pool.used + (len / BLOCK_DATA + 2) * (size_t)BLOCK_SIZE <= n->pool.budget;
}

/* No memory, or nothing that could be let go: the segment goes now, and what is missing before it is given up. */
static void deliver_now(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	if (s->seq != c->next[d])
		stream_hole(n, c, d, s->seq - c->next[d], n->frame);
	stream_segment(n, c, d, s);
}

void wait_data(struct net *n, struct net_conn *c, unsigned d, struct segment s)
{
	while (trim(n, c, d, &s)) {
		bool blocked = s.flags & 0x10 && acks_beyond(c, !d, s.ack);
		struct waiting *w;

		if (c->state[d] & DIR_FIN || c->list == LIST_CLOSED)
			return;
		if (s.seq == c->next[d] && !blocked && !(c->waits && c->wait->dir[d].head)) {
			stream_segment(n, c, d, &s);
			if (c->waits)
				c->wait->dir[d].moved = true;
			return;
		}
		w = wait_get(n, c);
		if (!w) {
			deliver_now(n, c, d, &s);
			return;
		}
		if (!has_room(n, &w->dir[d], s.len)) {
			if (force(n, c, d))
				continue;
			deliver_now(n, c, d, &s);
			return;
		}
		if (!pool_has_room(n, s.len) && n->oldest_wait->conn != c) {
			wait_flush(n, n->oldest_wait->conn);
			continue;
		}
		if (!pool_has_room(n, s.len) && w->dir[d].head) {
			force(n, c, d);
			continue;
		}
		n->stats.out_of_order++;
		enqueue(n, c, &w->dir[d], &s);
		return;
	}
}
