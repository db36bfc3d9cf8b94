/* SPDX-License-Identifier: Apache-2.0
 *
 * SASL exchanges without Kafka headers: bare tokens after SaslHandshake v0, and GSSAPI before there was a
 * handshake. Tokens are counted and never kept.
 */
#include <string.h>

#include "conn.h"
#include "hold.h"

#define TOKENS_MOST 16    /* more than any mechanism takes: a security layer wraps the session */
#define LOOK_BYTES  1024u /* enough of a frame to tell a request from a token */

/* 1.2.840.113554.1.2.2, Kerberos 5, in the framing of RFC 2743, 3.1 */
static const uint8_t kerberos_oid[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };

/* The exchange is over when a frame of the client is a request. */
static enum token classify_client(struct kafka *k, const uint8_t *p, uint32_t have, uint32_t size)
{
	struct head h;
	enum head_status st = HEAD_BAD;
	enum evidence ev;

	if (size >= REQUEST_SMALLEST && size <= REQUEST_LARGEST)
		st = head_request(p, have, size, &h);
	if (st == HEAD_MORE)
		return have < LOOK_BYTES ? TOKEN_MORE : TOKEN_YES;
	if (st == HEAD_BAD || !judge_plausible(&h, true))
		return TOKEN_YES;
	if (have < size && have < LOOK_BYTES)
		return TOKEN_MORE;
	ev = judge_body(k, &h, p + h.body_at, have - h.body_at, have == size);
	return ev == EVIDENCE_NONE ? TOKEN_YES : TOKEN_NO;
}

/* Every token of the client has one of the server, at most; then answers to requests follow. */
static enum token classify_server(const struct conn *c, const uint8_t *p, uint32_t have, uint32_t size,
				  const struct run *r)
{
	unsigned client = c->client, server = !client;

	if (size < RESPONSE_SMALLEST)
		return TOKEN_YES;
	if (have < 4)
		return TOKEN_MORE;
	if (!c->side[client].raw && pair_find(c->ring, (int32_t)be32(p)) == 0)
		return TOKEN_NO;
	if (c->side[server].tokens < c->side[client].tokens)
		return TOKEN_YES;
	if (!c->side[client].raw)
		return TOKEN_NO;
	return head_may_wait(c, r) ? TOKEN_WAIT : TOKEN_YES;
}

enum token sasl_classify(struct kafka *k, struct conn *c, unsigned d, const uint8_t *p, uint32_t have,
			 uint32_t size, const struct run *r)
{
	return d == c->client ? classify_client(k, p, have, size) : classify_server(c, p, have, size, r);
}

bool sasl_cut_token(const struct conn *c, unsigned d, const uint8_t *p, uint32_t have, uint32_t size)
{
	unsigned client = c->client, server = !client;
	struct head h;

	if (d == server) {
		if (have >= 4 && !c->side[client].raw && pair_find(c->ring, (int32_t)be32(p)) == 0)
			return false;
		return c->side[client].raw || c->side[server].tokens < c->side[client].tokens;
	}
	if (have < REQUEST_SMALLEST || size > REQUEST_LARGEST)
		return true;
	head_request_cut(p, have, &h);
	return !judge_plausible(&h, true);
}

void sasl_after(struct conn *c, const struct head *h, enum kf_direction d)
{
	if (h->asked != 0)
		return;
	if (d == KF_REQUEST) {
		c->side[c->client].raw = 1;
		c->side[0].tokens = c->side[1].tokens = 0;
	} else {
		c->side[!c->client].raw = 1;
	}
}

bool sasl_token_seen(struct conn *c, unsigned d)
{
	if (c->side[d].tokens < UINT8_MAX)
		c->side[d].tokens++;
	return d == c->client && c->side[d].tokens > TOKENS_MOST;
}

static bool mechanism_is(const struct conn *c, const char *name)
{
	const struct kf_bytes *m = &c->pub.names->sasl_mechanism;

	return m->ptr && m->len == strlen(name) && !memcmp(m->ptr, name, m->len);
}

bool sasl_explains(const struct conn *c)
{
	return c->auth && (mechanism_is(c, "GSSAPI") || mechanism_is(c, "DIGEST-MD5"));
}

enum token sasl_gssapi_token(const uint8_t *p, uint32_t have, uint32_t size)
{
	uint32_t at = 2, len;

	if (size < 2 + sizeof(kerberos_oid) || size > TOKEN_LARGEST || (have && p[0] != 0x60))
		return TOKEN_NO;
	if (have < 6 + sizeof(kerberos_oid) && have < size)
		return TOKEN_MORE;
	len = p[1];
	if (len > 0x84 || len == 0x80)
		return TOKEN_NO;
	if (len > 0x80) { /* DER: that many bytes of length follow */
		uint32_t n = len & 0x7f;

		for (len = 0; n; n--)
			len = len << 8 | p[at++];
	}
	if (len != size - at || have - at < sizeof(kerberos_oid))
		return TOKEN_NO;
	return memcmp(p + at, kerberos_oid, sizeof(kerberos_oid)) ? TOKEN_NO : TOKEN_YES;
}
