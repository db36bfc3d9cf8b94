/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the next frame in a direction where frames were lost, or where the capture began in the middle.
 *
 * A request is known by its header, the client id seen before, and a body that decodes to the end of its
 * frame; a response by the correlation id of a request in flight. What is seen of a frame may be less than
 * all of it.
 */
#include "hold.h"
#include "resync.h"

#define HEAD_LOOK        600u  /* bytes in which a head of sane size ends */
#define PREFIX_LOOK      1024u /* of a frame larger than the window: enough when they decode */
#define IN_FLIGHT_LOOK   64
#define CUT_HEAD         16u /* of a head that ends in a hole: with some bytes of the client id */
#define API_API_VERSIONS 18

#define SMALL_FRAME 16u /* too small for its content to say much */

/* One place in the window that may be the first byte of a frame. */
struct sight {
	const struct window *v;
	uint64_t at;
	bool last_chance;
	bool start;          /* at the first byte of a TCP segment */
	bool whole;          /* all of it is in the window */
	bool hole;           /* ... or the bytes in the window end in a hole */
	uint32_t size, have; /* frame length; bytes of it (without the prefix) that lie in the window */
	const uint8_t *frame;
	enum evidence evidence;
};

static enum sighting not_yet(const struct sight *s)
{
	return s->hole || s->last_chance ? SIGHT_NO : SIGHT_MORE;
}

static void look(struct sight *s, struct kafka *k, uint32_t n)
{
	const uint8_t *p = window_bytes(s->v, s->at, n, k->flat, &s->have, &s->hole);

	s->frame = p + 4;
	s->have = s->have < 4 ? 0 : s->have - 4;
}

/* Reads length and head. SIGHT_YES: a head; its frame may be cut. */
static enum sighting look_at_head(struct sight *s, struct kafka *k, enum kf_direction d)
{
	uint32_t i = window_part(s->v, s->at);
	uint8_t prefix[4];

	s->start = i < s->v->n && s->v->part[i].run->start && s->v->part[i].at == s->at;
	if (window_read(s->v, s->at, prefix, 4, &s->hole) < 4)
		return not_yet(s);
	s->size = be32(prefix);
	if (!size_sane(d, s->size))
		return SIGHT_NO;
	look(s, k, s->size < HEAD_LOOK ? s->size + 4 : HEAD_LOOK);
	return SIGHT_YES;
}

/* Weighs the body behind a complete head. */
static enum sighting look_at_body(struct sight *s, struct kafka *k, const struct head *h)
{
	uint32_t n = s->size + 4 <= WINDOW_BYTES ? s->size + 4 : WINDOW_BYTES;

	look(s, k, n);
	s->whole = s->have == s->size;
	if (!s->whole && not_yet(s) == SIGHT_MORE && (n == s->size + 4 || s->have < PREFIX_LOOK))
		return SIGHT_MORE;
	s->evidence = judge_body(k, h, s->frame + h->body_at, s->have - h->body_at, s->whole);
	return s->evidence == EVIDENCE_NONE ? SIGHT_NO : SIGHT_YES;
}

/* The frame ends where a piece does. */
static bool ends_with_piece(const struct sight *s)
{
	uint64_t end = s->at + 4 + s->size;
	uint32_t i = window_part(s->v, end);

	return i == s->v->n ? end == s->v->total : s->v->part[i].at == end;
}

/* ---- requests ---- */

/* A sane request header where the next frame has to begin. */
static enum sighting next_request(const struct sight *s)
{
	uint64_t at = s->at + 4 + s->size;
	uint8_t b[4 + 8 + 2 + 255 + 64];
	bool hole;
	uint32_t have = window_read(s->v, at, b, sizeof(b), &hole), size;
	struct head h;

	if (have >= 4 && !size_sane(KF_REQUEST, be32(b)))
		return SIGHT_NO;
	if (have < 12)
		return hole || s->last_chance ? SIGHT_NO : SIGHT_MORE;
	size = be32(b);
	have -= 4;
	switch (head_request(b + 4, have < size ? have : size, size, &h)) {
	case HEAD_OK:
		return judge_plausible(&h, true) ? SIGHT_YES : SIGHT_NO;
	case HEAD_MORE:
		head_request_cut(b + 4, have, &h);
		return judge_cut_head(&h, b + 4, have, true) ? SIGHT_YES : SIGHT_NO;
	default:
		return SIGHT_NO;
	}
}

static enum sighting believe_request(const struct conn *c, const struct sight *s, const struct head *h)
{
	bool plain = c->pub.kind == KAFKA_PLAIN;
	bool named = h->client_id.ptr && h->client_id.len;
	bool known = plain && named && names_equal(&h->client_id, &c->pub.names->client_id);

	if (s->evidence == EVIDENCE_EXACT) {
		if (known || (s->start && (named || plain)) || (named && ends_with_piece(s)))
			return SIGHT_YES;
	} else if (known && s->start) {
		return SIGHT_YES;
	} else if (s->evidence == EVIDENCE_PREFIX && named && s->start && s->have >= PREFIX_LOOK) {
		return SIGHT_YES;
	}
	return next_request(s);
}

/* The first bytes of a connection are a frame or they are none: a whole one will do, or a named one. */
static enum sighting believe_first(const struct sight *s, const struct head *h)
{
	if (s->evidence == EVIDENCE_EXACT || h->client_id.len || h->api_key == API_API_VERSIONS ||
	    (s->hole && s->evidence == EVIDENCE_PREFIX && s->size <= WINDOW_BYTES))
		return SIGHT_YES;
	return next_request(s);
}

enum sighting sight_request(struct kafka *k, const struct conn *c, const struct window *v, uint64_t at,
			    bool first_of_all, bool last_chance)
{
	struct sight s = { .v = v, .at = at, .last_chance = last_chance };
	enum sighting seen = look_at_head(&s, k, KF_REQUEST);
	struct head h;

	if (seen != SIGHT_YES)
		return seen;
	switch (head_request(s.frame, s.have, s.size, &h)) {
	case HEAD_BAD:
		return SIGHT_NO;
	case HEAD_MORE:
		if (s.have < REQUEST_SMALLEST)
			return not_yet(&s);
		head_request_cut(s.frame, s.have, &h);
		if (!judge_cut_head(&h, s.frame, s.have, !first_of_all) || s.have >= HEAD_LOOK - 4)
			return SIGHT_NO;
		if (not_yet(&s) == SIGHT_MORE)
			return SIGHT_MORE;
		if (first_of_all && s.have >= CUT_HEAD && judge_cut_head(&h, s.frame, s.have, true))
			return SIGHT_YES;
		s.evidence = EVIDENCE_HEADER;
		break;
	case HEAD_OK:
		if (!judge_plausible(&h, !first_of_all))
			return SIGHT_NO;
		seen = look_at_body(&s, k, &h);
		if (seen != SIGHT_YES)
			return seen;
		if (h.client_id.ptr) /* the bytes may have moved */
			head_request(s.frame, s.have, s.size, &h);
	}
	return first_of_all ? believe_first(&s, &h) : believe_request(c, &s, &h);
}

/* ---- responses ---- */

static int in_flight(const struct conn *c, int32_t correlation_id)
{
	int i = pair_find(c->ring, correlation_id);

	return i < IN_FLIGHT_LOOK ? i : -1;
}

static enum sighting next_response(const struct conn *c, const struct sight *s)
{
	uint8_t b[8];
	bool hole;

	if (window_read(s->v, s->at + 4 + s->size, b, 8, &hole) < 8)
		return hole || s->last_chance ? SIGHT_NO : SIGHT_MORE;
	return size_sane(KF_RESPONSE, be32(b)) && in_flight(c, (int32_t)be32(b + 4)) >= 0 ? SIGHT_YES
											  : SIGHT_NO;
}

static enum sighting sight_response(struct kafka *k, const struct conn *c, const struct window *v,
				    uint64_t at, bool last_chance)
{
	struct sight s = { .v = v, .at = at, .last_chance = last_chance };
	enum sighting seen = look_at_head(&s, k, KF_RESPONSE);
	const struct pending *e;
	struct head h;
	int i;

	if (seen != SIGHT_YES)
		return seen;
	if (s.have < RESPONSE_SMALLEST)
		return not_yet(&s);
	i = in_flight(c, (int32_t)be32(s.frame));
	if (i < 0)
		return SIGHT_NO;
	e = pair_at(c->ring, (uint32_t)i);
	s.evidence = EVIDENCE_HEADER;
	switch (head_response(s.frame, s.have, s.size, e->api_key, e->version, &h)) {
	case HEAD_BAD:
		return SIGHT_NO;
	case HEAD_MORE:
		if (not_yet(&s) == SIGHT_MORE)
			return SIGHT_MORE;
		break;
	case HEAD_OK:
		seen = look_at_body(&s, k, &h);
		if (seen != SIGHT_YES)
			return seen;
	}
	if (s.start || (s.evidence == EVIDENCE_EXACT && (ends_with_piece(&s) || s.size >= SMALL_FRAME)))
		return SIGHT_YES;
	return next_response(c, &s);
}

/* ---- the search ---- */

/* False where no frame can begin: most places, without reading much. */
static bool worth_a_look(const struct conn *c, const struct run *r, uint64_t skip, enum kf_direction d)
{
	const uint8_t *p = r->ptr + skip;

	if (r->len - skip < 8)
		return r->len - skip < 4 || size_sane(d, be32(p));
	if (!size_sane(d, be32(p)))
		return false;
	return d == KF_REQUEST ? !p[4] && p[5] < API_KEYS && !p[6] : in_flight(c, (int32_t)be32(p + 4)) >= 0;
}

enum sighting sight_any(struct kafka *k, const struct conn *c, unsigned d, const struct window *v,
			bool starts_only, bool full, uint64_t *at)
{
	enum kf_direction dir = c->pub.kind == KAFKA_PLAIN ? direction_of(c, d) : KF_REQUEST;
	bool ended = c->closing || c->sick || c->side[d].fin, first = true;
	uint64_t more = UINT64_MAX;

	for (uint32_t i = 0; i < v->n; i++) {
		const struct run *r = v->part[i].run;

		for (*at = v->part[i].at; r->ptr && *at < v->part[i].at + r->len; ++*at) {
			enum sighting seen;

			if (starts_only && (!r->start || *at != v->part[i].at))
				break;
			if (!worth_a_look(c, r, *at - v->part[i].at, dir))
				continue;
			seen = dir == KF_REQUEST
				       ? sight_request(k, c, v, *at, false, ended || (full && first))
				       : sight_response(k, c, v, *at, ended || (full && first));
			if (seen == SIGHT_YES)
				return seen;
			if (seen == SIGHT_MORE && more == UINT64_MAX)
				more = *at;
			first = false;
		}
	}
	*at = more == UINT64_MAX ? v->total : more;
	return more == UINT64_MAX ? SIGHT_NO : SIGHT_MORE;
}

/* Bytes without a frame: messages may have been in them. */
static void discard(struct kafka *k, struct conn *c, unsigned d, struct work *w, const struct window *v,
		    uint64_t n)
{
	struct kafka_gap g = {
		.api_key = -1, .bytes = 0, .from = w->first->run.ts, .frame = w->first->run.frame
	};

	for (uint32_t i = 0; i < v->n && v->part[i].at < n; i++)
		if (!v->part[i].run->ptr)
			g.bytes += v->part[i].run->len;
	g.to = w->own_ts > g.from ? w->own_ts : g.from;
	hold_drop(k, w, n);
	message_gap(k, c, d, &g);
}

bool resync(struct kafka *k, struct conn *c, unsigned d)
{
	struct work *w = c->stream[d].work;
	bool full = w->n_held >= WINDOW_PIECES || w->held_bytes >= WINDOW_BYTES;
	enum sighting seen;
	struct window v;
	uint64_t at;

	window_open(&v, w);
	seen = sight_any(k, c, d, &v, false, full, &at);
	if (at)
		discard(k, c, d, w, &v, at);
	if (seen == SIGHT_YES)
		c->side[d].mode = MODE_SYNC;
	return seen == SIGHT_YES || (seen == SIGHT_NO && w->first);
}
