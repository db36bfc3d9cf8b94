/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts a direction that is in sync into frames. A frame that lies in one piece is handed out where it is; of
 * one that spans pieces the wanted bytes are collected.
 */
#include <string.h>

#include "conn.h"

#define HEAD_MOST (66u << 10) /* a client id of 32 KiB and as much of tagged fields */
#define HEAD_STEP 256u

static uint32_t at_most(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

/* Bytes of a client that are no request. */
static enum took no_request(struct kafka *k, struct conn *c, unsigned d, const struct run *r)
{
	struct work *w = c->stream[d].work;

	if (w && w->paired) {
		head_give_up(k, c, &w->request);
		w->paired = false;
	}
	if (w)
		work_drop_frame(k, w);
	if (d == c->client && sasl_explains(c))
		conn_decide(k, c, KAFKA_SASL_ENCRYPTED, c->client, r);
	else
		stream_lost(k, c, d, r, 0);
	return TOOK_LOST;
}

static const struct head *unasked(struct head *h, int32_t correlation_id)
{
	memset(h, 0, sizeof(*h));
	h->correlation_id = correlation_id;
	h->status = KAFKA_NO_REQUEST;
	h->api_key = h->asked = h->version = -1;
	return h;
}

/* ---- a whole frame in one piece ---- */

static struct parcel whole_parcel(const struct run *r, uint32_t size, const struct head *h)
{
	return (struct parcel){
		.head = h,
		.body = { .ptr = r->ptr + 4 + h->body_at, .len = size - h->body_at },
		.size = size,
		.ts_first = r->ts,
		.ts_last = r->ts,
		.frame_first = r->frame,
		.frame_last = r->frame,
	};
}

static enum took whole_request(struct kafka *k, struct conn *c, unsigned d, struct run *r, uint32_t size)
{
	const uint8_t *frame = r->ptr + 4;
	struct parcel p;
	uint64_t serial;
	struct head h;

	if (head_request(frame, size, size, &h) != HEAD_OK)
		return no_request(k, c, d, r);
	head_register(k, c, &h, NULL, &serial);
	p = whole_parcel(r, size, &h);
	p.client_id = h.client_id;
	p.entry = pair_serial(c->ring, serial);
	p.whole = k->sink.again ? frame : NULL;
	run_skip(r, 4 + (uint64_t)size);
	message_request(k, c, &p);
	return TOOK_ALL;
}

static enum took whole_response(struct kafka *k, struct conn *c, struct run *r, uint32_t size)
{
	int32_t id = (int32_t)be32(r->ptr + 4);
	struct pending request;
	struct parcel p;
	struct head h;

	switch (head_pair(k, c, r, id, &request)) {
	case PAIRED_WAIT:
		return TOOK_WAIT;
	case PAIRED_NOT:
		unasked(&h, id);
		p = whole_parcel(r, size, &h);
		break;
	default:
		head_response(r->ptr + 4, size, size, request.api_key, request.version, &h);
		if (!h.body_at) /* tagged fields that make no sense: the decoder will say so */
			h.body_at = RESPONSE_SMALLEST;
		p = whole_parcel(r, size, &h);
		p.request = &request;
		p.client_id = request.names->client_id;
	}
	run_skip(r, 4 + (uint64_t)size);
	message_response(k, c, &p);
	if (p.request)
		pending_release(k, &request);
	return TOOK_ALL;
}

/* ---- a frame in progress ---- */

static struct kf_body collected(struct work *w)
{
	static const uint8_t nothing[1];

	return (struct kf_body){
		.ptr = w->bytes.ptr ? w->bytes.ptr : nothing,
		.len = w->bytes.len,
		.n_skips = w->skips.len / (uint32_t)sizeof(struct kf_skip),
		.skips = w->skips.len ? (const struct kf_skip *)(void *)w->skips.ptr : NULL,
	};
}

static void hand_out(struct kafka *k, struct conn *c, unsigned d, struct work *w, struct parcel *p)
{
	if (w->token) {
		p->head = NULL;
		message_token(k, c, d, p);
		if (sasl_token_seen(c, d))
			conn_decide(k, c, KAFKA_SASL_ENCRYPTED, c->client,
				    &(struct run){ .ts = p->ts_last, .frame = p->frame_last });
	} else if (d == c->client) {
		p->entry = pair_serial(c->ring, w->serial);
		p->client_id = w->names->client_id;
		message_request(k, c, p);
	} else {
		p->request = w->paired ? &w->request : NULL;
		if (w->paired)
			p->client_id = w->request.names->client_id;
		message_response(k, c, p);
	}
}

/* The frame ends at `r`, or is given up there. */
static void finish(struct kafka *k, struct conn *c, unsigned d, struct work *w, int64_t ts, uint64_t frame)
{
	struct parcel p = {
		.head = &w->head,
		.body = collected(w),
		.size = w->size,
		.ts_first = w->ts_first,
		.ts_last = ts,
		.frame_first = w->frame_first,
		.frame_last = frame,
		.cut = w->cut,
	};

	if (w->known || w->token)
		hand_out(k, c, d, w, &p);
	work_drop_frame(k, w);
	work_put(k, c, d);
}

static void body_starts(struct kafka *k, struct conn *c, unsigned d, struct work *w)
{
	w->stage = STAGE_BODY;
	w->known = !w->token;
	if (w->known)
		body_begin(k, w, direction_of(c, d));
	else
		w->keep = KEEP_NOT;
}

enum verdict { HEAD_DONE, HEAD_SHORT, HEAD_STALLED, HEAD_WRONG };

static enum verdict request_head(struct kafka *k, struct conn *c, struct work *w, const uint8_t *p,
				 uint32_t have)
{
	enum head_status st = head_request(p, have, w->size, &w->head);

	if (st != HEAD_OK)
		return st == HEAD_MORE ? HEAD_SHORT : HEAD_WRONG;
	head_register(k, c, &w->head, &w->names, &w->serial);
	return HEAD_DONE;
}

static enum verdict response_head(struct kafka *k, struct conn *c, struct work *w, const uint8_t *p,
				  uint32_t have, const struct run *r)
{
	if (have < 4)
		return HEAD_SHORT;
	if (!w->paired) {
		switch (head_pair(k, c, r, (int32_t)be32(p), &w->request)) {
		case PAIRED_WAIT:
			return HEAD_STALLED;
		case PAIRED_NOT:
			unasked(&w->head, (int32_t)be32(p));
			w->head.body_at = RESPONSE_SMALLEST;
			return HEAD_DONE;
		default:
			pending_own(&w->request);
			w->paired = true;
		}
	}
	switch (head_response(p, have, w->size, w->request.api_key, w->request.version, &w->head)) {
	case HEAD_MORE:
		return HEAD_SHORT;
	case HEAD_BAD:
		w->head.body_at = RESPONSE_SMALLEST;
		return HEAD_DONE;
	default:
		return HEAD_DONE;
	}
}

static enum verdict try_head(struct kafka *k, struct conn *c, unsigned d, struct work *w, const uint8_t *p,
			     uint32_t have, const struct run *r)
{
	if (c->side[d].raw) {
		switch (sasl_classify(k, c, d, p, have, w->size, r)) {
		case TOKEN_MORE:
			return HEAD_SHORT;
		case TOKEN_WAIT:
			return HEAD_STALLED;
		case TOKEN_YES:
			w->token = true;
			w->head.body_at = have;
			return HEAD_DONE;
		case TOKEN_NO:
			c->side[d].raw = 0;
		}
	}
	return d == c->client ? request_head(k, c, w, p, have) : response_head(k, c, w, p, have, r);
}

static enum took head_bytes(struct kafka *k, struct conn *c, unsigned d, struct work *w, struct run *r)
{
	uint32_t old = w->bytes.len, add = at_most(r->len, w->size - old), have;
	const uint8_t *p = r->ptr;
	enum verdict v;

	if (old) {
		add = at_most(add, HEAD_STEP);
		if (!buffer_add(&k->pool, &w->bytes, r->ptr, add))
			return no_request(k, c, d, r);
		p = w->bytes.ptr;
	}
	have = old + add;
	v = try_head(k, c, d, w, p, have, r);
	if (v == HEAD_STALLED) {
		w->bytes.len = old;
		return TOOK_WAIT;
	}
	if (v == HEAD_WRONG || (v == HEAD_SHORT && have >= HEAD_MOST))
		return no_request(k, c, d, r);
	if (v == HEAD_SHORT) {
		if (!old && !buffer_add(&k->pool, &w->bytes, r->ptr, add))
			return no_request(k, c, d, r);
		run_skip(r, add);
		return TOOK_ALL;
	}
	if (!old) { /* the rest goes on from where it lies */
		w->got = w->head.body_at;
		run_skip(r, w->got);
		body_starts(k, c, d, w);
	} else {
		struct buffer head = w->bytes;

		memset(&w->bytes, 0, sizeof(w->bytes));
		w->got = w->head.body_at;
		body_starts(k, c, d, w);
		body_data(k, w, head.ptr + w->got, have - w->got);
		buffer_done(&k->pool, &head);
		run_skip(r, add);
	}
	return TOOK_ALL;
}

/* A hole where the head is, or in it: what was seen of it may still tell what the message is. */
static enum took head_hole(struct kafka *k, struct conn *c, unsigned d, struct work *w, const struct run *r)
{
	uint32_t have = w->bytes.len;
	const uint8_t *p = w->bytes.ptr;

	w->token = c->side[d].raw && sasl_cut_token(c, d, p, have, w->size);
	if (!w->token)
		c->side[d].raw = 0;
	if (w->token) {
		w->cut = true;
	} else if (d == c->client && have >= REQUEST_SMALLEST) {
		const struct kf_bytes *id = &c->pub.names->client_id;

		head_request_cut(p, have, &w->head);
		if (!w->head.client_id.ptr && have >= 10 && id->ptr && be16(p + 8) == id->len &&
		    have - 10 < id->len && !memcmp(p + 10, id->ptr, have - 10))
			w->head.client_id = *id; /* the one always sent, as far as it can be seen */
		head_register(k, c, &w->head, &w->names, &w->serial);
	} else if (d != c->client && have >= RESPONSE_SMALLEST) {
		enum paired paired = w->paired ? PAIRED : head_pair(k, c, r, (int32_t)be32(p), &w->request);

		if (paired == PAIRED_WAIT)
			return TOOK_WAIT;
		w->paired = paired == PAIRED;
		if (w->paired)
			pending_own(&w->request);
		if (w->paired)
			head_response_cut(p, w->request.api_key, w->request.version, &w->head);
		else
			unasked(&w->head, (int32_t)be32(p));
	} else {
		w->stage = STAGE_BODY; /* nothing is known but its length */
		w->keep = KEEP_NOT;
		w->got = have;
		return TOOK_ALL;
	}
	w->cut = true;
	w->got = have;
	w->bytes.len = 0;
	body_starts(k, c, d, w);
	w->keep = KEEP_NOT;
	return TOOK_ALL;
}

static enum took prefix_bytes(struct kafka *k, struct conn *c, unsigned d, struct work *w, struct run *r)
{
	while (r->len && w->n_prefix < 4) {
		w->prefix[w->n_prefix++] = *r->ptr;
		run_skip(r, 1);
	}
	if (w->n_prefix < 4)
		return TOOK_ALL;
	w->size = be32(w->prefix);
	if (c->side[d].raw ? w->size > RESPONSE_LARGEST : !size_sane(direction_of(c, d), w->size))
		return no_request(k, c, d, r);
	w->stage = STAGE_HEAD;
	if (!w->size) { /* only a token can be empty */
		w->token = true;
		body_starts(k, c, d, w);
		finish(k, c, d, w, r->ts, r->frame);
	}
	return TOOK_ALL;
}

static void report_hole(struct kafka *k, struct conn *c, unsigned d, const struct work *w,
			const struct run *r, uint32_t bytes)
{
	struct kafka_gap g = {
		.bytes = bytes,
		.from = w->ts_first,
		.to = r->ts,
		.frame = r->frame,
		.bulk_only = w->known || w->token,
		.api_key = w->known ? w->head.api_key : -1,
	};

	message_gap(k, c, d, &g);
}

static enum took hole(struct kafka *k, struct conn *c, unsigned d, struct work *w, struct run *r)
{
	uint32_t n;

	if (w->stage == STAGE_LENGTH) {
		work_drop_frame(k, w);
		stream_lost(k, c, d, r, r->len);
		run_skip(r, r->len);
		return TOOK_LOST;
	}
	if (w->stage == STAGE_HEAD && head_hole(k, c, d, w, r) == TOOK_WAIT)
		return TOOK_WAIT;
	n = at_most(r->len, w->size - w->got);
	body_hole(k, w, n);
	report_hole(k, c, d, w, r, n);
	run_skip(r, n);
	return TOOK_ALL;
}

static enum took go_on(struct kafka *k, struct conn *c, unsigned d, struct work *w, struct run *r)
{
	enum took t = TOOK_ALL;

	if (!r->ptr) {
		t = hole(k, c, d, w, r);
	} else if (w->stage == STAGE_LENGTH) {
		return prefix_bytes(k, c, d, w, r);
	} else if (w->stage == STAGE_HEAD) {
		t = head_bytes(k, c, d, w, r);
	} else {
		uint32_t n = at_most(r->len, w->size - w->got);

		body_data(k, w, r->ptr, n);
		run_skip(r, n);
	}
	if (t == TOOK_ALL && w->stage == STAGE_BODY && w->got == w->size)
		finish(k, c, d, w, r->ts, r->frame);
	return t;
}

static enum took begin(struct kafka *k, struct conn *c, unsigned d, struct run *r)
{
	struct work *w;

	if (!r->ptr) {
		stream_lost(k, c, d, r, r->len);
		run_skip(r, r->len);
		return TOOK_LOST;
	}
	if (r->len >= 4 && !c->side[d].raw) {
		uint32_t size = be32(r->ptr);

		if (!size_sane(direction_of(c, d), size))
			return no_request(k, c, d, r);
		if (r->len - 4 >= size)
			return d == c->client ? whole_request(k, c, d, r, size)
					      : whole_response(k, c, r, size);
	}
	w = work_get(k, c, d);
	if (!w) {
		k->stats.evicted++;
		stream_lost(k, c, d, r, 0);
		return TOOK_LOST;
	}
	w->stage = STAGE_LENGTH;
	w->ts_first = r->ts;
	w->frame_first = r->frame;
	return TOOK_ALL;
}

enum took frame_take(struct kafka *k, struct conn *c, unsigned d, struct run *r)
{
	while (r->len) {
		struct work *w = c->stream[d].work;
		enum took t = w && w->stage != STAGE_NONE ? go_on(k, c, d, w, r) : begin(k, c, d, r);

		if (t != TOOK_ALL)
			return t;
		if (c->side[d].mode != MODE_SYNC)
			return TOOK_LOST;
	}
	return TOOK_ALL;
}

void frame_abandon(struct kafka *k, struct conn *c, unsigned d)
{
	struct work *w = c->stream[d].work;
	struct run end = { .len = UINT64_MAX, .ts = c->stream[d].last, .frame = 0 };

	if (!w || w->stage == STAGE_NONE)
		return;
	if (w->stage == STAGE_HEAD)
		head_hole(k, c, d, w, &end);
	w->cut = true;
	finish(k, c, d, w, end.ts, w->frame_first);
}
