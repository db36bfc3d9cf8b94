/* SPDX-License-Identifier: Apache-2.0
 *
 * How much speaks for bytes being a Kafka message.
 */
#include "conn.h"

#define API_API_VERSIONS 18
#define CLIENT_ID_MOST   255u
#define VERSIONS_TO_COME 2
#define UTF8_MOST        4u

/* Length of the UTF-8 sequence at `p`, 0 when it is none or a control character. */
static uint32_t utf8_len(const uint8_t *p, uint32_t left)
{
	uint32_t n = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;

	if (n > left || p[0] < 0x20 || p[0] == 0x7f)
		return 0;
	for (uint32_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool printable(const struct kf_bytes *b)
{
	uint32_t at = 0;

	if (b->len > CLIENT_ID_MOST)
		return false;
	while (at < b->len) {
		uint32_t n = utf8_len(b->ptr + at, b->len - at);

		if (!n)
			return false;
		at += n;
	}
	return true;
}

bool judge_plausible(const struct head *h, bool strict)
{
	if (!h->schema)
		return false;
	if (h->asked > h->schema->last + VERSIONS_TO_COME && (strict || h->api_key != API_API_VERSIONS))
		return false;
	return !strict || printable(&h->client_id);
}

bool judge_cut_head(const struct head *h, const uint8_t *p, uint32_t have, bool strict)
{
	struct kf_bytes seen = { p + 10, have - 10 };
	int16_t len;

	if (!judge_plausible(h, strict))
		return false;
	if (!strict || have < 10 || kf_header_version(h->api_key, KF_REQUEST, h->asked) < 1)
		return true;
	len = (int16_t)be16(p + 8);
	if (len < 0)
		return len == -1;
	if ((uint32_t)len < seen.len)
		seen.len = (uint32_t)len;
	else if (seen.len > UTF8_MOST)
		seen.len -= UTF8_MOST; /* the last character may be cut */
	else
		seen.len = 0;
	return (uint32_t)len <= CLIENT_ID_MOST && printable(&seen);
}

enum evidence judge_body(struct kafka *k, const struct head *h, const uint8_t *body, uint32_t have,
			 bool whole)
{
	struct kf_body b = { .ptr = body, .len = have, .cut = !whole };

	if (h->status != KAFKA_OK)
		return EVIDENCE_HEADER;
	switch (kf_decode(h->schema, h->version, &b, k->decoded, NULL)) {
	case KF_OK:
		return whole ? EVIDENCE_EXACT : EVIDENCE_NONE;
	case KF_TRUNCATED:
		return whole ? EVIDENCE_NONE : EVIDENCE_PREFIX;
	default:
		return EVIDENCE_NONE;
	}
}
