/* SPDX-License-Identifier: Apache-2.0
 *
 * Which connection a segment belongs to, and what its flags and numbers say. Choices where the wire leaves one:
 *
 *  - A direction first seen in mid-stream begins with its first payload byte; before that, an acknowledgement of the
 *    other side or an empty segment tells where it will begin (DIR_SOFT).
 *  - A SYN with another initial number than the known one is a new connection on the same addresses, whether or not
 *    the end of the old one was seen. A SYN-ACK is, when it does not answer the SYN that is known.
 *  - Payload far outside (64 MiB ahead, 16 MiB behind, or behind a FIN) is dropped; three such segments that
 *    continue each other, with no ordinary one between them, are a new connection whose SYN was not captured.
 *  - An RST counts when its number is within 1 MiB of what is expected; it waits for the bytes sent before it.
 *  - A closed connection stays for a minute to swallow stragglers. New payload later than 1 s after the close begins
 *    a new connection in mid-stream.
 */
#include "tcp.h"

#include <string.h>

#include "stream.h"

#define SECOND INT64_C(1000000000)

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

#define BEHIND_REACH (16 << 20)
#define RST_REACH (1 << 20)
#define STRAY_REACH (1 << 20)
#define STRAYS 3
#define LATE_SYN_REACH (1 << 20)
#define LATE_SYN_PACKETS 16
#define STRAGGLERS (1 * SECOND)

static const int64_t patience[FLOW_LISTS] = {
	[LIST_CLOSED] = 60 * SECOND,
	[LIST_HALF] = 120 * SECOND,
	[LIST_OPEN] = 3600 * SECOND,
};

static bool within(uint32_t a, uint32_t b, int32_t reach)
{
	int32_t n = seq_ahead(a, b);

	return n >= -reach && n <= reach;
}

/* ---- connections ----------------------------------------------------------------------------------- */

void tcp_end(struct net *n, struct net_conn *c, enum net_end why)
{
	if (c->list == LIST_CLOSED)
		return;
	wait_flush(n, c);
	if (c->list != LIST_CLOSED)
		stream_end(n, c, 0, why, n->ts, n->frame);
}

static void remove_conn(struct net *n, struct net_conn *c, enum net_end why)
{
	tcp_end(n, c, why);
	flow_remove(&n->flows, c);
}

static void make_room(struct net *n)
{
	for (enum flow_list l = 0; l < FLOW_LISTS; l++) {
		struct net_conn *c = flow_oldest(&n->flows, l);

		if (!c)
			continue;
		if (l != LIST_CLOSED)
			n->stats.evicted++;
		remove_conn(n, c, NET_LOST);
		return;
	}
}

void tcp_expire(struct net *n)
{
	for (enum flow_list l = 0; l < FLOW_LISTS; l++) {
		struct net_conn *c = flow_oldest(&n->flows, l);
		int64_t idle = patience[l] + (l == LIST_OPEN ? flow_precision(&n->flows) : 0);

		for (unsigned i = 0; i < 8 && c && n->now - c->last > idle; i++) {
			remove_conn(n, c, NET_LOST);
			c = flow_oldest(&n->flows, l);
		}
	}
}

static struct net_conn *open_conn(struct net *n, const struct tcp_head *h, unsigned *dir)
{
	uint8_t flags = h->segment.flags;
	struct net_conn *c;

	if (flags & RST)
		return NULL;
	if (flow_full(&n->flows))
		make_room(n);
	*dir = (flags & (SYN | ACK)) == (SYN | ACK);
	c = flow_add(&n->flows, h, *dir, n->now);
	if (!c)
		return NULL;
	c->since = n->ts;
	c->from_start = flags & SYN;
	n->stats.connections++;
	n->stats.open_connections++;
	return c;
}

/* Number of the first payload byte; meaningful when the direction is known. */
static uint32_t start_of(const struct net_conn *c, unsigned d)
{
	return c->next[d] - (uint32_t)c->bytes[d];
}

/* Anchored by nothing better than a guess. */
static bool movable(const struct net_conn *c, unsigned d)
{
	return !(c->state[d] & DIR_KNOWN) || c->state[d] & DIR_SOFT;
}

/* A SYN that the capture has a little later than the first data. */
static bool late_syn(const struct net_conn *c, unsigned d, uint32_t first)
{
	int32_t lost = seq_ahead(start_of(c, d), first);

	return !c->from_start && c->packets < LATE_SYN_PACKETS && lost > 0 && lost <= LATE_SYN_REACH;
}

/* Does a SYN (s->seq: the byte after it) begin a new connection on known addresses? */
static bool is_new_syn(const struct net_conn *c, unsigned d, const struct segment *s)
{
	bool answered = s->flags & ACK;

	if (!(c->state[d] & DIR_KNOWN))
		return !answered && c->list == LIST_CLOSED;
	if (s->seq == start_of(c, d))
		return false;
	if (!answered)
		return !late_syn(c, d, s->seq);
	return !movable(c, d) && s->ack != start_of(c, !d) && !late_syn(c, d, s->seq);
}

/* Payload that a closed connection can not have sent. */
static bool is_revival(const struct net *n, const struct net_conn *c, unsigned d, const struct segment *s)
{
	return s->len && n->now - c->last > STRAGGLERS && seq_ahead(s->seq + s->len, c->next[d]) > 0;
}

/* ---- what a segment says --------------------------------------------------------------------------- */

/* The SYN is not the first packet in the capture: now it is known who began. */
static unsigned set_sides(struct net_conn *c, unsigned d, bool answered)
{
	uint32_t next = c->next[0];
	uint8_t state = c->state[0];

	if (d == answered || c->from_start || c->waits || c->bytes[0] || c->bytes[1])
		return d;
	flow_turn(c);
	c->next[0] = c->next[1];
	c->state[0] = c->state[1];
	c->next[1] = next;
	c->state[1] = state;
	return !d;
}

/* False when it answers some other SYN. */
static bool take_syn(struct net_conn *c, unsigned d, const struct segment *s)
{
	unsigned o = !d;

	if (movable(c, d)) {
		if (s->flags & ACK && !movable(c, o) && s->ack != start_of(c, o) && s->ack != c->next[o])
			return false;
		c->next[d] = s->seq;
		c->state[d] = (uint8_t)((c->state[d] | DIR_KNOWN) & ~DIR_SOFT);
	}
	if (s->seq == start_of(c, d))
		c->from_start = true;
	return true;
}

static void take_ack(struct net *n, struct net_conn *c, unsigned d, uint32_t ack)
{
	unsigned o = !d;

	bool keepalive = c->state[o] & DIR_SOFT && seq_ahead(ack, c->next[o]) == 1;

	if (!(c->state[o] & DIR_SEEN) || keepalive) {
		c->next[o] = ack;
		c->state[o] |= DIR_KNOWN | DIR_SOFT;
	} else if (acks_beyond(c, o, ack)) {
		wait_ack(n, c, o, ack);
	}
}

/* An empty segment tells where the direction is. */
static void take_position(struct net_conn *c, unsigned d, const struct segment *s)
{
	if (movable(c, d)) {
		c->next[d] = s->seq;
		c->state[d] |= DIR_KNOWN | DIR_SOFT;
	}
}

/* The first payload of a direction. A soft start may have come from a keepalive (one before), and an ordinary segment
 * may come a little late. */
static void anchor(struct net_conn *c, unsigned d, const struct segment *s)
{
	int32_t n = seq_ahead(s->seq, c->next[d]);
	bool keepalive = n == -1 && s->len == 1;

	if (!(c->state[d] & DIR_KNOWN) || n == 1 || (n < 0 && !keepalive) || n > SEQ_REACH)
		c->next[d] = s->seq;
	if (keepalive && c->state[d] & DIR_KNOWN)
		return;
	c->state[d] = (uint8_t)((c->state[d] | DIR_KNOWN) & ~DIR_SOFT);
}

/* Payload that does not belong. True when it was enough to believe in a new connection. */
static bool take_stray(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	struct waiting *w = wait_get(n, c);
	struct wait_dir *wd;
	int32_t off;

	n->stats.strays++;
	if (!w)
		return false;
	wd = &w->dir[d];
	off = seq_ahead(s->seq, wd->stray_next);
	wd->strays = wd->strays && off >= 0 && off <= STRAY_REACH ? (uint8_t)(wd->strays + 1) : 1;
	wd->stray_next = s->seq + s->len;
	w->stray_ts = n->now;
	return wd->strays >= STRAYS;
}

static bool is_stray(const struct net_conn *c, unsigned d, const struct segment *s)
{
	int32_t ahead = seq_ahead(s->seq, c->next[d]);

	return ahead > SEQ_REACH || ahead < -BEHIND_REACH || (c->state[d] & DIR_FIN && ahead >= 0 && s->len > 1);
}

static void take_fin(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	uint32_t fin = s->seq + s->len;
	int32_t ahead = seq_ahead(fin, c->next[d]);
	struct waiting *w;

	if (c->state[d] & DIR_FIN || ahead < 0 || ahead > SEQ_REACH)
		return;
	if (ahead == 0 && !(c->waits && c->wait->dir[d].head)) {
		stream_fin(n, c, d, n->ts, n->frame);
		return;
	}
	w = wait_get(n, c);
	if (!w || w->dir[d].has_fin)
		return;
	w->dir[d].has_fin = true;
	w->dir[d].fin = fin;
	w->dir[d].fin_mark = stream_mark(n, c);
}

static bool acceptable_rst(const struct net_conn *c, unsigned d, const struct segment *s)
{
	if (c->state[d] & DIR_KNOWN && within(s->seq, c->next[d], RST_REACH))
		return true;
	return movable(c, d) && (!(s->flags & ACK) || !(c->state[!d] & DIR_KNOWN) ||
	                         within(s->ack, c->next[!d], RST_REACH));
}

static void take_rst(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	struct waiting *w = wait_get(n, c);

	if (!w) {
		stream_end(n, c, d, NET_RST, n->ts, n->frame);
		return;
	}
	if (w->has_rst)
		return;
	w->has_rst = true;
	w->rst_dir = (uint8_t)d;
	w->rst_seq = s->seq;
	w->rst_mark = stream_mark(n, c);
}

/* ---- a segment of a known connection --------------------------------------------------------------- */

static void keep_order(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	if (c->list == LIST_HALF && (s->len || c->state[!d] & DIR_SEEN))
		flow_touch(&n->flows, c, LIST_OPEN, n->now);
	else if (n->now - c->last >= flow_precision(&n->flows))
		flow_touch(&n->flows, c, (enum flow_list)c->list, n->now);
}

/* The ordinary case: in its place in a settled connection, nothing waits, nothing is special. */
static inline bool is_ordinary(const struct net_conn *c, unsigned d, const struct segment *s)
{
	const unsigned settled = DIR_SEEN | DIR_KNOWN;

	return s->seq == c->next[d] && c->state[d] == settled && c->state[!d] == settled && c->list == LIST_OPEN && !c->waits &&
	       (s->flags & (FIN | SYN | RST | ACK)) == ACK && !acks_beyond(c, !d, s->ack);
}

static void take_special(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	if (s->flags & SYN)
		d = set_sides(c, d, s->flags & ACK);
	if ((s->flags & SYN && !take_syn(c, d, s)) || (s->flags & RST && !acceptable_rst(c, d, s))) {
		n->stats.strays++;
		return;
	}
	c->state[d] |= DIR_SEEN;
	if (s->flags & ACK)
		take_ack(n, c, d, s->ack);
	if (s->flags & RST)
		take_rst(n, c, d, s);
	else if (!s->len)
		take_position(c, d, s);
	else if (movable(c, d))
		anchor(c, d, s);
	if (s->len && !(s->flags & RST)) {
		if (c->waits)
			c->wait->dir[d].strays = 0;
		wait_data(n, c, d, *s);
	}
	if (s->flags & FIN && c->list != LIST_CLOSED)
		take_fin(n, c, d, s);
	wait_settle(n, c);
}

/* Returns false when the segment has shown that this is another connection. */
static bool take_segment(struct net *n, struct net_conn *c, unsigned d, const struct segment *s)
{
	c->packets++;
	net_note(n, c);
	keep_order(n, c, d, s);
	if (is_ordinary(c, d, s)) {
		if (s->len)
			stream_segment(n, c, d, s);
		return true;
	}
	if (!(s->flags & (SYN | RST)) && !movable(c, d) && is_stray(c, d, s)) {
		if (s->len && take_stray(n, c, d, s))
			return false;
		wait_settle(n, c);
		return true;
	}
	take_special(n, c, d, s);
	return true;
}

/* ---- a packet -------------------------------------------------------------------------------------- */

static bool port_wanted(const struct net *n, uint32_t port)
{
	return n->ports[port / 64] >> (port % 64) & 1;
}

/* What becomes of a known connection when this segment comes: NULL when it is over. *done: the segment is used up. */
static struct net_conn *check_old(struct net *n, struct net_conn *c, unsigned d, const struct segment *s,
                                  bool *done)
{
	bool over = s->flags & SYN ? is_new_syn(c, d, s) : c->list == LIST_CLOSED && is_revival(n, c, d, s);

	if (over) {
		remove_conn(n, c, NET_REUSE);
		return NULL;
	}
	*done = c->list == LIST_CLOSED;
	if (*done) {
		n->stats.retransmitted_bytes += s->len;
		net_note(n, c);
	}
	return c;
}

/* Anything but an ordinary segment of a connection that is known. */
static __attribute__((noinline)) void take_other(struct net *n, struct net_conn *c, unsigned d, const struct tcp_head *h)
{
	bool done = false;

	if (c && (h->segment.flags & SYN || c->list == LIST_CLOSED))
		c = check_old(n, c, d, &h->segment, &done);
	if (done)
		return;
	if (!c)
		c = open_conn(n, h, &d);
	if (!c || take_segment(n, c, d, &h->segment))
		return;
	remove_conn(n, c, NET_REUSE);
	c = open_conn(n, h, &d);
	if (c)
		take_segment(n, c, d, &h->segment);
}

void tcp_packet(struct net *n, const struct tcp_head *h)
{
	struct net_conn *c;
	unsigned d = 0;

	if (n->ports && !port_wanted(n, h->key.ports >> 16) && !port_wanted(n, h->key.ports & UINT16_MAX))
		return;
	n->stats.segments += h->segment.len != 0;
	c = flow_find(&n->flows, h, &d);
	if (c && is_ordinary(c, d, &h->segment) && n->now - c->last < flow_precision(&n->flows)) {
		c->packets++;
		net_note(n, c);
		if (h->segment.len)
			stream_segment(n, c, d, &h->segment);
	} else {
		take_other(n, c, d, h);
	}
}
