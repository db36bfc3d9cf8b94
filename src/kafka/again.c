/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include "conn.h"

/* More requests than these under way are nothing usual. */
#define IN_FLIGHT 16u

#define NO_TAGS 0 /* the byte that ends a flexible header */

enum kafka_coming again_coming(const struct conn *c, uint32_t len)
{
	const struct kafka_speaker *s = c->pub.speaker;

	for (unsigned i = 0; i < KAFKA_KNOWN; i++)
		if (s->known[i] && len == 4u + s->known[i])
			return (enum kafka_coming)(KAFKA_COMING_KNOWN + i);
	return c->ring && c->ring->n && pair_at(c->ring, 0)->again ? KAFKA_COMING_ANSWER : KAFKA_COMING_OTHER;
}

static void count(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	k->stats.messages++;
	c->pub.messages++;
	c->stream[d].last = p->ts;
}

/* A piece that is one request, as long as one that is known. */
static bool is_known(const struct conn *c, const struct net_piece *p)
{
	const struct kafka_speaker *s = c->pub.speaker;
	uint32_t size = be32(p->data);

	return p->len == 4 + (uint64_t)size && size >= REQUEST_SMALLEST && (size == s->known[0] || size == s->known[1]) &&
	       c->pub.responses_seen && (!c->ring || c->ring->n < IN_FLIGHT);
}

static bool request(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	struct kafka_again a = {
		.conn = &c->pub,
		.whole = p->data + 4,
		.size = (uint32_t)p->len - 4,
		.correlation_id = (int32_t)be32(p->data + 8),
		.api_key = (int16_t)be16(p->data + 4),
		.version = (int16_t)be16(p->data + 6),
		.ts = p->ts,
		.frame = p->frame,
	};
	struct pending e = {
		.names = c->pub.names,
		.ts = p->ts,
		.frame = p->frame,
		.correlation_id = a.correlation_id,
		.api_key = a.api_key,
		.version = a.version,
		.again = true,
		.borrowed = true,
		.done = true,
	};
	uint64_t serial;

	if (!k->sink.again(k->sink.ctx, &a))
		return false;
	c->auth = 0;
	k->stats.requests++;
	count(k, c, d, p);
	e.note = a.note;
	if (!pair_add(&k->pool, &c->ring, &e, &serial)) {
		k->stats.evicted++;
		if (k->sink.dropped)
			k->sink.dropped(k->sink.ctx, &c->pub, e.api_key, e.note);
	}
	return true;
}

/* Where the body of the answer to this request begins in its piece, 0 when the piece is not that answer. */
static uint32_t answer_body_at(const struct kafka *k, const struct pending *e, const struct net_piece *p)
{
	if (!e || !e->again || be32(p->data) != p->len - 4 || (int32_t)be32(p->data + 4) != e->correlation_id)
		return 0;
	if (e->version < k->api[e->api_key][KF_RESPONSE].flexible)
		return 8;
	return p->len > 8 && p->data[8] == NO_TAGS ? 9 : 0;
}

/* A piece that is the answer to the oldest request in flight. */
static bool answer(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	const struct pending *e = pair_at(c->ring, 0);
	uint32_t at = answer_body_at(k, e, p);
	struct kafka_again a = { .conn = &c->pub, .ts = p->ts, .frame = p->frame };
	struct pending over;

	if (!at)
		return false;
	a.note = e->note;
	a.api_key = e->api_key;
	a.version = e->version;
	a.correlation_id = e->correlation_id;
	a.latency = p->ts >= e->ts ? p->ts - e->ts : -1;
	a.body = (struct kf_body){ .ptr = p->data + at, .len = (uint32_t)p->len - at };
	if (!k->sink.answered(k->sink.ctx, &a))
		return false;
	pair_take(&k->pool, &c->ring, &over);
	k->stats.responses++;
	count(k, c, d, p);
	return true;
}

bool again_piece(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	if (p->kind != NET_DATA || p->len < 4 + RESPONSE_SMALLEST || c->side[d].mode != MODE_SYNC || c->side[d].raw ||
	    c->stream[0].work || c->stream[1].work)
		return false;
	if (d != c->client)
		return answer(k, c, d, p);
	return is_known(c, p) && request(k, c, d, p);
}
