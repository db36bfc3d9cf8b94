/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a connection: which reader its pieces go to, and what has to wait.
 */
#include "conn.h"
#include "hold.h"

void stream_lost(struct kafka *k, struct conn *c, unsigned d, const struct run *r, uint64_t bytes)
{
	int64_t last = c->stream[d].last;
	struct kafka_gap g = {
		.bytes = bytes,
		.from = last < r->ts ? last : r->ts,
		.to = r->ts,
		.frame = r->frame,
		.api_key = -1,
	};

	c->side[d].mode = MODE_RESYNC;
	c->side[d].fresh = 0;
	k->stats.resyncs++;
	message_gap(k, c, d, &g);
}

/* Frames out of what waits; false when it has to go on waiting. */
static bool take_held(struct kafka *k, struct conn *c, unsigned d, struct work *w)
{
	struct run r = w->first->run;
	uint64_t len = r.len;
	enum took t = frame_take(k, c, d, &r);

	hold_drop(k, w, len - r.len);
	return t != TOOK_WAIT;
}

static void drain(struct kafka *k, struct conn *c, unsigned d)
{
	bool more = true;

	while (more && c->stream[d].work) {
		struct work *w = c->stream[d].work;

		if (c->side[d].mode == MODE_DEAF) {
			hold_clear(k, w);
			work_drop_frame(k, w);
		}
		if (!w->first)
			break;
		if (c->side[d].mode == MODE_START)
			more = recognise(k, c, d);
		else if (c->side[d].mode == MODE_RESYNC)
			more = resync(k, c, d);
		else
			more = take_held(k, c, d, w);
	}
	work_put(k, c, d);
}

void stream_settle(struct kafka *k, struct conn *c)
{
	uint8_t kind;

	do {
		unsigned client = c->client;

		kind = c->pub.kind;
		drain(k, c, client);
		drain(k, c, !client);
	} while (kind != c->pub.kind);
}

/* Puts `r` behind what waits; without memory for that, what waits goes on as it is. */
static void queue(struct kafka *k, struct conn *c, unsigned d, struct run *r)
{
	if (hold_add(k, c, d, r))
		return;
	k->stats.evicted++;
	c->sick = 1;
	stream_settle(k, c);
	if (c->stream[d].work)
		hold_clear(k, c->stream[d].work);
	if (c->side[d].mode == MODE_SYNC)
		frame_take(k, c, d, r);
	else
		c->side[d].fresh = 0;
	work_put(k, c, d);
	c->sick = 0;
}

/* Notes how far both directions have come, for what waits in one of them. */
static void advance(struct conn *c, unsigned d, const struct run *r)
{
	struct work *mine = c->stream[d].work, *other = c->stream[!d].work;

	if (mine) {
		mine->own_frame = r->frame;
		mine->own_ts = r->ts;
	}
	if (other)
		other->other_frame = r->frame;
}

void stream_piece(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	struct run r = {
		.ptr = p->kind == NET_DATA ? p->data : NULL,
		.len = p->len,
		.ts = p->ts,
		.frame = p->frame,
		.start = p->kind == NET_DATA && p->segment_start,
	};
	const struct work *w = c->stream[d].work;

	if (!r.ptr)
		c->hole_bytes += r.len;
	else if (d == c->client)
		c->pub.requests_seen = true;
	else
		c->pub.responses_seen = true;
	if (c->side[d].mode == MODE_DEAF) {
		c->stream[d].last = r.ts;
		return;
	}
	advance(c, d, &r);
	if (c->side[d].mode != MODE_SYNC || (w && w->first) || frame_take(k, c, d, &r) != TOOK_ALL)
		if (r.len)
			queue(k, c, d, &r);
	c->stream[d].last = r.ts;
	if (c->stream[0].work || c->stream[1].work)
		stream_settle(k, c);
}

void stream_close(struct kafka *k, struct conn *c, unsigned d)
{
	if (c->side[d].mode == MODE_SYNC)
		frame_abandon(k, c, d);
	else if (c->stream[d].work)
		hold_clear(k, c->stream[d].work);
	work_put(k, c, d);
}
