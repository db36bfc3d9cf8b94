/* SPDX-License-Identifier: Apache-2.0
 *
 * Produce without the walker, where thousands go by: the first bytes of a request say whose it is (all of it need not be
 * there), and of an answer nothing matters as long as it has no error.
 */
#include <string.h>

#include "producer.h"

struct bytes {
	const uint8_t *at, *end;
	bool short_of; /* something was asked for that is not there */
};

static const uint8_t *take(struct bytes *b, size_t n)
{
	const uint8_t *p = b->at;

	if (b->short_of || (size_t)(b->end - b->at) < n) {
		b->short_of = true;
		return NULL;
	}
	b->at += n;
	return p;
}

static int64_t number(struct bytes *b, unsigned bytes)
{
	const uint8_t *p = take(b, bytes);
	uint64_t v = 0;

	for (unsigned i = 0; p && i < bytes; i++)
		v = v << 8 | p[i];
	return bytes == 2 ? (int16_t)(uint16_t)v : bytes == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
}

/* Less 1, as lengths and counts are; -1 is null. */
static int64_t compact(struct bytes *b)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		const uint8_t *p = take(b, 1);

		if (!p)
			return -1;
		v |= (uint64_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return (int64_t)v - 1;
	}
	b->short_of = true;
	return -1;
}

static struct kf_bytes text(struct bytes *b, bool flexible)
{
	int64_t n = flexible ? compact(b) : number(b, 2);
	const uint8_t *p;

	if (b->short_of || n < 0)
		return (struct kf_bytes){ .ptr = NULL };
	p = take(b, (size_t)n);
	return (struct kf_bytes){ .ptr = p, .len = p ? (uint32_t)n : 0 };
}

static int64_t length(struct bytes *b, bool flexible)
{
	return flexible ? compact(b) : number(b, 4);
}

/* Of magic 2, see KIP-98; before that a batch has no producer. */
static void batch(struct bytes *b, struct produce_head *out)
{
	const uint8_t *h = take(b, 17);

	if (!h)
		return;
	if (h[16] != 2) {
		out->batch = true;
		return;
	}
	take(b, 26);
	out->producer_id = number(b, 8);
	out->epoch = (int32_t)number(b, 2);
	out->sequence = (int32_t)number(b, 4);
	out->batch = !b->short_of;
	if (b->short_of)
		out->producer_id = out->epoch = out->sequence = -1;
}

static void first_batch(struct bytes *b, int16_t version, bool flexible, struct produce_head *out)
{
	if (length(b, flexible) <= 0)
		return;
	if (version >= 13)
		take(b, 16);
	else
		text(b, flexible);
	if (b->short_of || length(b, flexible) <= 0)
		return;
	number(b, 4);
	if (length(b, flexible) > 0 && !b->short_of)
		batch(b, out);
}

bool produce_head(const struct kafka_message *m, struct produce_head *out)
{
	bool flexible = m->version >= 9;
	struct bytes b = { .at = m->body.ptr, .end = m->body.ptr + m->body.len };

	*out = (struct produce_head){ .producer_id = -1, .epoch = -1, .sequence = -1 };
	if (!m->body.ptr)
		return false;
	if (m->body.n_skips)
		b.end = m->body.ptr + m->body.skips[0].at;
	if (m->version >= 3)
		out->transactional_id = text(&b, flexible);
	out->transactional_known = m->version >= 3;
	out->acks = (int16_t)number(&b, 2);
	number(&b, 4);
	if (b.short_of)
		return false;
	first_batch(&b, m->version, flexible, out);
	return true;
}

/* One partition's answer. What it has beyond the fixed fields is empty where nothing went wrong. */
static bool partition_taken(struct bytes *b, int16_t version)
{
	size_t fixed = version >= 5 ? 30 : version >= 2 ? 22 : 14;
	const uint8_t *p = take(b, fixed);

	if (!p || p[4] || p[5])
		return false;
	if (version < 8)
		return true;
	if (version == 8)
		return number(b, 4) <= 0 && number(b, 2) < 0 && !b->short_of;
	p = take(b, 3);
	return p && p[0] == 1 && p[1] == 0 && p[2] == 0;
}

static bool topic_taken(struct bytes *b, int16_t version, bool flexible)
{
	int64_t n;

	if (version >= 13)
		take(b, 16);
	else
		text(b, flexible);
	n = length(b, flexible);
	for (int64_t i = 0; i < n; i++)
		if (!partition_taken(b, version))
			return false;
	if (flexible) {
		const uint8_t *tags = take(b, 1);

		return tags && *tags == 0;
	}
	return !b->short_of;
}

bool produce_taken(const struct kafka_message *m)
{
	bool flexible = m->version >= 9;
	struct bytes b = { .at = m->body.ptr, .end = m->body.ptr + m->body.len };
	int64_t n;

	if (!m->body.ptr || m->status != KAFKA_OK)
		return false;
	n = length(&b, flexible);
	for (int64_t i = 0; i < n; i++)
		if (!topic_taken(&b, m->version, flexible))
			return false;
	return !b.short_of;
}
