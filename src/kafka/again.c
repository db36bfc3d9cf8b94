/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <string.h>
#include <sys/random.h>

#include "conn.h"

/* More requests than these under way are nothing usual. */
#define IN_FLIGHT 16u

#define NO_TAGS 0 /* the byte that ends a flexible header */

#ifdef __SIZEOF_INT128__

bool again_init(struct again_keys *keys)
{
	return getrandom(keys, sizeof(*keys), 0) == (ssize_t)sizeof(*keys);
}

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static inline unsigned __int128 key(const struct again_keys *k, uint32_t i)
{
	return (unsigned __int128)k->high[i] << 64 | k->low[i];
}

uint64_t again_digest(const struct again_keys *keys, const uint8_t *frame, uint32_t size)
{
	unsigned __int128 sum = key(keys, 0) + key(keys, 1) * be32(frame);
	uint32_t i = 2, at = 8;

	for (; at + 8 <= size; at += 8)
		sum += key(keys, i++) * word_at(frame + at);
	if (at < size) /* overlaps: how much is known by the size */
		sum += key(keys, i) * word_at(frame + size - 8);
	return (uint64_t)(sum >> 64);
}

#else /* too slow without */

bool again_init(struct again_keys *keys)
{
	(void)keys;
	return false;
}

uint64_t again_digest(const struct again_keys *keys, const uint8_t *frame, uint32_t size)
{
	(void)keys, (void)frame, (void)size;
	return 0;
}

#endif

void again_remember(const struct kafka *k, const struct conn *c, const struct head *h, const uint8_t *frame, uint32_t size)
{
	const struct kf_message *answer = kf_message(h->api_key, KF_RESPONSE);
	struct kafka_speaker *s = c->pub.speaker;

	if (!s || !answer || size < AGAIN_LEAST || size > AGAIN_MOST)
		return;
	s->digest = again_digest(&k->again, frame, size);
	s->size = (uint16_t)size;
	s->answer_at = kf_message_header(answer, h->version) >= 1 ? 5 : 4;
}

bool again_likely(const struct conn *c, uint32_t len)
{
	const struct kafka_speaker *s = c->pub.speaker;

	return s && s->size && (len == 4u + s->size || len <= 4 + AGAIN_LEAST);
}

static void count(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	k->stats.messages++;
	c->pub.messages++;
	c->stream[d].last = p->ts;
}

static bool is_marked(const struct kafka *k, const struct conn *c, const struct kafka_speaker *s,
		      const struct net_piece *p)
{
	return s->size && p->len == 4 + (uint64_t)s->size && be32(p->data) == s->size && c->pub.responses_seen &&
	       (!c->ring || c->ring->n < IN_FLIGHT) && again_digest(&k->again, p->data + 4, s->size) == s->digest;
}

/* A piece that is one marked request. */
static bool request(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	const struct kafka_speaker *s = c->pub.speaker;
	struct kafka_again a = {
		.conn = &c->pub,
		.ts = p->ts,
		.frame = p->frame,
		.correlation_id = (int32_t)be32(p->data + 8),
		.api_key = (int16_t)be16(p->data + 4),
		.version = (int16_t)be16(p->data + 6),
	};
	struct pending e = {
		.names = c->pub.names,
		.ts = p->ts,
		.frame = p->frame,
		.correlation_id = a.correlation_id,
		.api_key = a.api_key,
		.version = a.version,
		.again = (uint8_t)s->answer_at,
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

static bool is_answer(const struct pending *e, const struct net_piece *p)
{
	return e && e->again && p->len >= 4u + e->again && p->len <= AGAIN_MOST && be32(p->data) == p->len - 4 &&
	       (int32_t)be32(p->data + 4) == e->correlation_id && (e->again == 4 || p->data[8] == NO_TAGS);
}

/* A piece that is the answer to the oldest request in flight. */
static bool answer(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p)
{
	const struct pending *e = pair_at(c->ring, 0);
	struct kafka_again a = { .conn = &c->pub, .ts = p->ts, .frame = p->frame };
	struct pending over;

	if (!is_answer(e, p))
		return false;
	a.note = e->note;
	a.api_key = e->api_key;
	a.version = e->version;
	a.correlation_id = e->correlation_id;
	a.body = (struct kf_body){ .ptr = p->data + 4 + e->again, .len = (uint32_t)p->len - 4 - e->again };
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
	return is_marked(k, c, c->pub.speaker, p) && request(k, c, d, p);
}
