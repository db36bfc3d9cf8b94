/* SPDX-License-Identifier: Apache-2.0 */
#include "header.h"

#include <string.h>

#define API_PRODUCE                 0
#define API_FETCH                   1
#define API_API_VERSIONS            18
#define API_OFFSET_FOR_LEADER_EPOCH 23
#define API_ADD_PARTITIONS_TO_TXN   24

#define UNSUPPORTED_VERSION 35

/* A reader over the bytes at hand that knows how long the frame will be. */
struct reader {
	const uint8_t *p;
	uint32_t at, have, size;
	enum head_status status;
};

/* True when `n` bytes can be read at r->at; else says why not. */
static bool need(struct reader *r, uint32_t n)
{
	if (r->status != HEAD_OK)
		return false;
	if (n > r->size - r->at)
		r->status = HEAD_BAD;
	else if (n > r->have - r->at)
		r->status = HEAD_MORE;
	return r->status == HEAD_OK;
}

static uint32_t read_uvarint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 35 && need(r, 1); shift += 7) {
		uint8_t b = r->p[r->at++];

		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v <= UINT32_MAX ? (uint32_t)v : UINT32_MAX;
	}
	if (r->status == HEAD_OK)
		r->status = HEAD_BAD;
	return 0;
}

static void skip(struct reader *r, uint32_t n)
{
	if (need(r, n))
		r->at += n;
}

static void skip_tags(struct reader *r)
{
	uint32_t n;

	if (r->status == HEAD_OK && r->at < r->size && r->at < r->have && r->p[r->at] == 0) { /* as they nearly always are */
		r->at++;
		return;
	}
	n = read_uvarint(r);
	if (r->status == HEAD_OK && n > (r->size - r->at) / 2)
		r->status = HEAD_BAD;
	while (r->status == HEAD_OK && n--) {
		read_uvarint(r);
		skip(r, read_uvarint(r));
	}
}

static void read_client_id(struct reader *r, struct kf_bytes *out)
{
	uint32_t n;
	int16_t len;

	if (!need(r, 2))
		return;
	len = (int16_t)be16(r->p + r->at);
	r->at += 2;
	if (len < -1)
		r->status = HEAD_BAD;
	n = len < 0 ? 0 : (uint32_t)len;
	if (len < 0 || !need(r, n))
		return;
	out->ptr = r->p + r->at;
	out->len = n;
	r->at += n;
}

static void resolve(struct head *h, enum kf_direction d)
{
	h->schema = kf_message(h->api_key, d);
	h->status = KAFKA_OK;
	if (!h->schema)
		h->status = KAFKA_UNKNOWN_API;
	else if (h->version < h->schema->first || h->version > h->schema->last)
		h->status = KAFKA_UNKNOWN_VERSION;
}

/* The acks field of a Produce request; r->at is at its body. */
static void peek_acks(struct reader *r, struct head *h)
{
	h->answer = ANSWER_MAYBE;
	if (h->status != KAFKA_OK)
		return;
	if (h->version >= h->schema->flexible) {
		uint32_t n = read_uvarint(r);

		skip(r, n ? n - 1 : 0);
	} else if (h->version >= 3) {
		struct kf_bytes transactional_id;

		read_client_id(r, &transactional_id);
	}
	if (need(r, 2))
		h->answer = be16(r->p + r->at) ? ANSWER_YES : ANSWER_NO;
}

/* Followers fetch as consumers do, with their broker id as the replica. */
static void peek_replica(struct reader *r, struct head *h)
{
	if (need(r, 4))
		h->replica = (int32_t)be32(r->p + r->at);
}

/* Looks into the body as far as pairing needs; a body too short for it is the decoder's business. */
static enum head_status peek_request(struct reader *r, struct head *h)
{
	h->body_at = r->at;
	if (h->api_key == API_PRODUCE)
		peek_acks(r, h);
	else if (h->api_key == API_FETCH && h->asked <= 14)
		peek_replica(r, h);
	else if (h->api_key == API_OFFSET_FOR_LEADER_EPOCH && h->asked >= 3)
		peek_replica(r, h);
	return r->status == HEAD_MORE ? HEAD_MORE : HEAD_OK;
}

static void read_fixed(struct head *h, const uint8_t *p)
{
	memset(h, 0, sizeof(*h));
	h->api_key = (int16_t)be16(p);
	h->asked = h->version = (int16_t)be16(p + 2);
	h->correlation_id = (int32_t)be32(p + 4);
	h->replica = -1;
	resolve(h, KF_REQUEST);
}

enum head_status head_request(const uint8_t *p, uint32_t have, uint32_t size, struct head *h)
{
	struct reader r = { p, 8, have, size, HEAD_OK };
	int form;

	if (size < REQUEST_SMALLEST)
		return HEAD_BAD;
	if (have < 8)
		return HEAD_MORE;
	read_fixed(h, p);
	if (h->api_key < 0 || h->api_key >= API_KEYS || h->version < 0)
		return HEAD_BAD;
	form = h->schema ? kf_message_header(h->schema, h->version) : kf_header_version(h->api_key, KF_REQUEST, h->version);
	if (form >= 1)
		read_client_id(&r, &h->client_id);
	if (form >= 2 && h->schema)
		skip_tags(&r);
	return r.status == HEAD_OK ? peek_request(&r, h) : r.status;
}

void head_request_cut(const uint8_t *p, uint32_t have, struct head *h)
{
	struct reader r = { p, 8, have, have, HEAD_OK };

	read_fixed(h, p);
	if (kf_header_version(h->api_key, KF_REQUEST, h->version) >= 1)
		read_client_id(&r, &h->client_id);
	h->body_at = have;
	if (h->status == KAFKA_OK)
		h->status = KAFKA_TRUNCATED;
	if (h->api_key == API_PRODUCE)
		h->answer = ANSWER_MAYBE;
}

static void read_answered(struct head *h, const uint8_t *p, int16_t api_key, int16_t version)
{
	memset(h, 0, sizeof(*h));
	h->correlation_id = (int32_t)be32(p);
	h->api_key = api_key;
	h->asked = h->version = version;
	h->replica = -1;
	resolve(h, KF_RESPONSE);
}

/* A broker that does not know the version asked for answers ApiVersions in the form of version 0 (KIP-511).
 */
static void peek_fallback(struct reader *r, struct head *h)
{
	if (h->asked == 0 || !need(r, 2) || be16(r->p + r->at) != UNSUPPORTED_VERSION)
		return;
	h->version = 0;
	resolve(h, KF_RESPONSE);
}

enum head_status head_response(const uint8_t *p, uint32_t have, uint32_t size, int16_t api_key,
			       int16_t version, struct head *h)
{
	struct reader r = { p, 4, have, size, HEAD_OK };

	if (size < RESPONSE_SMALLEST)
		return HEAD_BAD;
	if (have < 4)
		return HEAD_MORE;
	read_answered(h, p, api_key, version);
	if (h->schema && kf_message_header(h->schema, version) >= 1)
		skip_tags(&r);
	if (r.status != HEAD_OK)
		return r.status;
	h->body_at = r.at;
	if (api_key == API_API_VERSIONS)
		peek_fallback(&r, h);
	return r.status == HEAD_MORE ? HEAD_MORE : HEAD_OK;
}

void head_response_cut(const uint8_t *p, int16_t api_key, int16_t version, struct head *h)
{
	read_answered(h, p, api_key, version);
	if (h->status == KAFKA_OK)
		h->status = KAFKA_TRUNCATED;
}

bool head_inter_broker(const struct head *h)
{
	int16_t k = h->api_key;

	if (h->replica >= 0)
		return true;
	if (k == API_ADD_PARTITIONS_TO_TXN)
		return h->asked >= 4; /* KIP-890: brokers verify with batches */
	return (k >= 4 && k <= 7) || k == 27 || (k >= 52 && k <= 54) || k == 56 || k == 58 || k == 59 ||
	       k == 62 || k == 63 || k == 67 || k == 70 || k == 73 || (k >= 82 && k <= 87);
}
