/* SPDX-License-Identifier: Apache-2.0
 *
 * From a complete head to the requests in flight and back.
 */
#include <string.h>

#include "conn.h"
#include "hold.h"

/* How long a response may wait for a request that the capture has in the wrong order. */
#define WAIT_REQUEST_PACKETS 32u
#define WAIT_PACKETS         256u
#define WAIT_NS              5000000000
#define LOOK_AHEAD           16

#define API_SASL_AUTHENTICATE 36

void head_give_up(struct kafka *k, struct conn *c, struct pending *e)
{
	if (e->done && !e->maybe) {
		c->pub.unanswered++;
		k->stats.unanswered++;
	}
	if (e->done && k->sink.dropped)
		k->sink.dropped(k->sink.ctx, &c->pub, e->api_key, e->note);
	pending_release(k, e);
}

void pending_own(struct pending *e)
{
	if (e->borrowed)
		names_hold(e->names);
	e->borrowed = false;
}

void pending_release(struct kafka *k, const struct pending *e)
{
	if (!e->borrowed)
		names_release(&k->names, e->names);
}

void head_drop(struct kafka *k, struct conn *c, uint32_t n)
{
	struct pending e;

	while (n-- && pair_take(&k->pool, &c->ring, &e))
		head_give_up(k, c, &e);
}

static bool text_ends(const struct kf_bytes *b, const char *end)
{
	size_t n = strlen(end);

	return b->ptr && b->len >= n && !memcmp(b->ptr + b->len - n, end, n);
}

static bool text_begins(const struct kf_bytes *b, const char *begin)
{
	size_t n = strlen(begin);

	return b->ptr && b->len >= n && !memcmp(b->ptr, begin, n);
}

static bool text_holds(const struct kf_bytes *b, const char *part)
{
	return b->ptr && b->len && memmem(b->ptr, b->len, part, strlen(part));
}

/* "broker-1-fetcher-0", "broker-1-txn-marker-sender", "raft-client-1". */
static bool broker_client_id(const struct kf_bytes *id)
{
	return (text_begins(id, "broker-") && text_holds(id, "-fetcher-")) ||
	       text_ends(id, "-txn-marker-sender") || text_begins(id, "raft-client-");
}

static void note_client(struct kafka *k, struct conn *c, const struct head *h)
{
	bool same = names_equal(&c->pub.names->client_id, &h->client_id); /* as it nearly always is */

	if (!same && (h->status != KAFKA_TRUNCATED || h->client_id.ptr))
		conn_tell(k, c, &h->client_id, NULL, NULL, NULL);
	if (!c->pub.inter_broker && (head_inter_broker(h) || (!same && broker_client_id(&h->client_id))))
		c->pub.inter_broker = true;
}

void head_register(struct kafka *k, struct conn *c, const struct head *h, const struct kafka_names **names,
		   uint64_t *serial)
{
	uint32_t most = c->pub.responses_seen ? PAIR_MOST : PAIR_MOST_UNHEARD;
	struct pending e = {
		.correlation_id = h->correlation_id,
		.api_key = h->api_key,
		.version = h->asked,
		.maybe = h->answer == ANSWER_MAYBE,
		.borrowed = true,
	};

	note_client(k, c, h);
	*serial = 0;
	e.names = h->status == KAFKA_TRUNCATED && !h->client_id.ptr ? &names_none : c->pub.names;
	if (names) {
		names_hold(e.names);
		*names = e.names;
	}
	c->auth = h->api_key == API_SASL_AUTHENTICATE;
	if (h->answer == ANSWER_NO)
		return;
	while (c->ring && c->ring->n >= most)
		head_drop(k, c, 1);
	if (!pair_add(&k->pool, &c->ring, &e, serial))
		k->stats.evicted++;
}

/* Where in the window the frame behind the waiting one begins; false when its length is not known yet. */
static bool next_frame_at(const struct work *w, const struct window *v, uint64_t *at)
{
	uint8_t b[4];
	bool hole;
	uint32_t n = w->n_prefix, size;

	memcpy(b, w->prefix, n);
	if (window_read(v, 0, b + n, 4 - n, &hole) != 4 - n)
		return false;
	size = be32(b);
	*at = 4 - n + (uint64_t)size - w->bytes.len;
	return size_sane(KF_RESPONSE, size) && size >= w->bytes.len;
}

/* True when a response behind the waiting one has its request: answers come in the order of the requests, so
 * that of the waiting one will not come any more. */
static bool overtaken(const struct conn *c, const struct work *w)
{
	struct window v;
	uint64_t at;

	if (!c->ring)
		return false;
	window_open(&v, w);
	if (!next_frame_at(w, &v, &at))
		return false;
	for (int i = 0; i < LOOK_AHEAD; i++) {
		uint8_t b[8];
		bool hole;
		uint32_t size;

		if (window_read(&v, at, b, 8, &hole) != 8)
			return false;
		size = be32(b);
		if (!size_sane(KF_RESPONSE, size))
			return false;
		if (pair_find(c->ring, (int32_t)be32(b + 4)) >= 0)
			return true;
		at += 4 + (uint64_t)size;
	}
	return false;
}

bool head_may_wait(const struct conn *c, const struct run *r)
{
	const struct work *w = c->stream[!c->client].work;

	if (c->closing || c->sick || c->side[c->client].fin || c->side[c->client].mode == MODE_DEAF)
		return false;
	if (!w || !w->first)
		return true;
	return w->n_held < HOLD_PIECES && w->held_bytes < HOLD_BYTES &&
	       w->other_frame < r->frame + WAIT_REQUEST_PACKETS && w->own_frame < r->frame + WAIT_PACKETS &&
	       w->own_ts - r->ts < WAIT_NS && !overtaken(c, w);
}

enum paired head_pair(struct kafka *k, struct conn *c, const struct run *r, int32_t correlation_id,
		      struct pending *out)
{
	int i = pair_find(c->ring, correlation_id);
	const struct pending *e = i >= 0 ? pair_at(c->ring, (uint32_t)i) : NULL;

	if ((!e || !e->done) && head_may_wait(c, r))
		return PAIRED_WAIT;
	if (!e)
		return PAIRED_NOT;
	head_drop(k, c, (uint32_t)i);
	pair_take(&k->pool, &c->ring, out);
	return PAIRED;
}
