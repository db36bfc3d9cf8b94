/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connection speaks, from its bytes alone. From its start, the first bytes of the client decide; in
 * the middle, the first request that is beyond doubt, on either side.
 */
#include <string.h>

#include "hold.h"
#include "resync.h"

#define TLS_RECORD        18432u /* RFC 8446, 5.2, and what RFC 5246 allowed */
#define PROXY_V1_MOST     107u
#define SERVER_HELD_BYTES (8u << 10)
#define SEARCH_BYTES      (256u << 10) /* of a direction; after that only starts of segments are looked at */
#define SEARCH_PACKETS    20000u       /* of the connection; then it is something else */

static const uint8_t proxy_v2[12] = {
	0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
};

/* ---- what is not Kafka ---- */

static bool tls_record(const uint8_t *p)
{
	unsigned len = be16(p + 3);

	return p[0] >= 20 && p[0] <= 23 && p[1] == 3 && p[2] <= 4 && len && len <= TLS_RECORD;
}

/* A hello at the start of a connection, else two records in a row. */
static enum sighting sight_tls(const struct window *v, uint64_t at, bool fresh)
{
	uint8_t b[6], next[5];
	bool hole;
	uint32_t n = window_read(v, at, b, sizeof(b), &hole);

	if (n < 5 || !tls_record(b))
		return SIGHT_NO;
	if (fresh && n == sizeof(b) && b[0] == 22 && (b[5] == 1 || b[5] == 2))
		return SIGHT_YES;
	at += 5 + (uint64_t)be16(b + 3);
	if (window_read(v, at, next, 5, &hole) < 5)
		return hole ? SIGHT_NO : SIGHT_MORE;
	return tls_record(next) ? SIGHT_YES : SIGHT_NO;
}

static bool sight_http(const struct window *v, uint64_t at)
{
	static const char *const begins[] = { "GET /",  "PUT /",   "POST /", "HEAD /",     "DELETE /",
					      "HTTP/1", "PATCH /", "PRI * ", "OPTIONS * ", "CONNECT " };
	uint8_t b[10];
	bool hole;
	uint32_t n = window_read(v, at, b, sizeof(b), &hole);

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		size_t len = strlen(begins[i]);

		if (len <= n && !memcmp(b, begins[i], len))
			return true;
	}
	return false;
}

/* ---- what stands in front ---- */

/* Length of a PROXY protocol header at the start, 0 for none. SIGHT_MORE while it could become one. */
static enum sighting sight_proxy(const struct window *v, uint64_t *len)
{
	uint8_t b[PROXY_V1_MOST];
	bool hole;
	uint32_t n = window_read(v, 0, b, sizeof(b), &hole);
	const uint8_t *nl;

	*len = 0;
	if (!memcmp(b, "PROXY ", n < 6 ? n : 6)) {
		nl = memchr(b, '\n', n);
		if (nl)
			*len = (uint64_t)(nl - b) + 1;
		return nl && nl > b && nl[-1] == '\r'      ? SIGHT_YES
		       : n < PROXY_V1_MOST && !nl && !hole ? SIGHT_MORE
							   : SIGHT_NO;
	}
	if (memcmp(b, proxy_v2, n < 12 ? n : 12))
		return SIGHT_NO;
	if (n < 16)
		return hole ? SIGHT_NO : SIGHT_MORE;
	*len = 16 + (uint64_t)be16(b + 14);
	if ((b[12] & 0xf0) != 0x20)
		return SIGHT_NO;
	return v->total >= *len ? SIGHT_YES : SIGHT_MORE;
}

/* A client of 0.9 opens with a Kerberos token. */
static enum sighting sight_gssapi(const struct window *v)
{
	uint8_t b[32];
	bool hole;
	uint32_t n = window_read(v, 0, b, sizeof(b), &hole);

	if (n < 5)
		return hole ? SIGHT_NO : SIGHT_MORE;
	switch (sasl_gssapi_token(b + 4, n - 4 < be32(b) ? n - 4 : be32(b), be32(b))) {
	case TOKEN_YES:
		return SIGHT_YES;
	case TOKEN_MORE:
		return hole ? SIGHT_NO : SIGHT_MORE;
	default:
		return SIGHT_NO;
	}
}

/* ---- the decision ---- */

static bool is_ended(const struct conn *c, unsigned d)
{
	return c->closing || c->sick || c->side[d].fin;
}

/* By the bytes that wait in direction `d`. */
static bool decide(struct kafka *k, struct conn *c, unsigned d, enum kafka_kind kind, unsigned client)
{
	struct run at = c->stream[d].work->first->run;

	conn_decide(k, c, kind, client, &at);
	return true;
}

static bool decide_gssapi(struct kafka *k, struct conn *c, unsigned d)
{
	static const struct kf_bytes gssapi = { (const uint8_t *)"GSSAPI", 6 };

	conn_tell(k, c, NULL, NULL, NULL, &gssapi);
	c->side[0].raw = c->side[1].raw = 1;
	return decide(k, c, d, KAFKA_PLAIN, d);
}

/* The end came too soon, or memory did. */
static bool leave_open(struct kafka *k, struct conn *c, unsigned d)
{
	hold_clear(k, c->stream[d].work);
	c->side[d].fresh = 0;
	return false;
}

/* A hole so near that the first bytes say nothing. */
static bool cut_short(const struct window *v)
{
	uint8_t b[4 + REQUEST_SMALLEST];
	bool hole;

	return window_read(v, 0, b, sizeof(b), &hole) < sizeof(b) && hole;
}

/* The client's first bytes. */
static bool first_bytes(struct kafka *k, struct conn *c, unsigned d, const struct window *v)
{
	struct work *w = c->stream[d].work;
	bool full = w->n_held >= WINDOW_PIECES || w->held_bytes >= WINDOW_BYTES;
	enum sighting seen;
	uint64_t len;

	seen = sight_proxy(v, &len);
	if (seen == SIGHT_YES) {
		hold_drop(k, w, len);
		return true;
	}
	if (seen == SIGHT_NO) {
		seen = sight_gssapi(v);
		if (seen == SIGHT_YES)
			return decide_gssapi(k, c, d);
	}
	if (seen == SIGHT_NO)
		seen = sight_request(k, c, v, 0, true, false);
	if (seen == SIGHT_MORE && (full || is_ended(c, d))) {
		seen = sight_request(k, c, v, 0, true, true);
		if (seen != SIGHT_YES && !full)
			return leave_open(k, c, d);
	}
	if (seen == SIGHT_MORE)
		return false;
	if (seen == SIGHT_NO && cut_short(v)) {
		c->side[d].fresh = 0;
		return true;
	}
	return decide(k, c, d, seen == SIGHT_YES ? KAFKA_PLAIN : KAFKA_NOT, d);
}

/* The server's bytes before the client has been understood: a few may be kept. */
static bool answer_bytes(struct kafka *k, struct conn *c, unsigned d)
{
	const struct work *w = c->stream[d].work;

	if (is_ended(c, d) || w->held_bytes > SERVER_HELD_BYTES || w->n_held > WINDOW_PIECES)
		return leave_open(k, c, d);
	return false;
}

/* Somewhere in the middle: either side may be the client. */
static bool middle_bytes(struct kafka *k, struct conn *c, unsigned d, const struct window *v)
{
	struct work *w = c->stream[d].work;
	bool full = w->n_held >= WINDOW_PIECES || w->held_bytes >= WINDOW_BYTES;
	uint64_t at;
	enum sighting seen = sight_any(k, c, d, v, net_conn_bytes(c->net, d) > SEARCH_BYTES, full, &at);

	if (seen == SIGHT_YES) {
		hold_drop(k, w, at);
		decide(k, c, d, KAFKA_PLAIN, d);
		if (c->pub.from_start)
			message_gap(k, c, d,
				    &(struct kafka_gap){ .from = net_conn_since(c->net),
							 .to = w->first->run.ts,
							 .frame = w->first->run.frame,
							 .api_key = -1 });
		return true;
	}
	if (net_conn_packets(c->net) > SEARCH_PACKETS)
		return decide(k, c, d, KAFKA_NOT, c->client);
	hold_drop(k, w, at);
	return seen == SIGHT_NO && w->first;
}

static enum sighting sight_opaque(const struct window *v, bool fresh, enum kafka_kind *kind)
{
	enum sighting seen = SIGHT_NO;

	if (fresh || v->part[0].run->start) {
		*kind = KAFKA_TLS;
		seen = sight_tls(v, 0, fresh);
		if (seen == SIGHT_NO && sight_http(v, 0)) {
			*kind = KAFKA_NOT;
			seen = SIGHT_YES;
		}
	}
	return seen;
}

bool recognise(struct kafka *k, struct conn *c, unsigned d)
{
	struct work *w = c->stream[d].work;
	enum kafka_kind kind;
	enum sighting seen;
	struct window v;

	if (!w->first->run.ptr) { /* what comes after a hole is the middle */
		c->side[d].fresh = 0;
		hold_drop(k, w, w->first->run.len);
		return true;
	}
	window_open(&v, w);
	seen = sight_opaque(&v, c->side[d].fresh, &kind);
	if (seen == SIGHT_YES)
		return decide(k, c, d, kind, c->client);
	if (seen == SIGHT_MORE && w->n_held < WINDOW_PIECES && w->held_bytes < WINDOW_BYTES &&
	    !is_ended(c, d))
		return false;
	if (!c->side[d].fresh)
		return middle_bytes(k, c, d, &v);
	return d == 0 ? first_bytes(k, c, d, &v) : answer_bytes(k, c, d);
}
