/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages on their way out.
 */
#include <string.h>

#include "conn.h"

#define API_PRODUCE        0
#define API_FETCH          1
#define API_FETCH_SNAPSHOT 59
#define API_SHARE_FETCH    78
#define API_SASL_HANDSHAKE 17
#define API_API_VERSIONS   18

static void fill(const struct kafka *k, struct conn *c, const struct parcel *p, struct kafka_message *m)
{
	m->conn = &c->pub;
	m->size = p->size;
	m->frame = p->frame_first;
	m->frame_end = p->frame_last;
	m->ts_first = p->ts_first;
	m->ts_last = p->ts_last;
	m->latency = -1;
	m->client_id = p->client_id;
	if (!p->head) {
		m->api_key = m->version = m->asked_version = -1;
		return;
	}
	m->schema = p->head->schema;
	m->status = (enum kafka_status)p->head->status;
	m->api_key = p->head->api_key;
	m->version = p->head->version;
	m->asked_version = p->head->asked;
	m->correlation_id = p->head->correlation_id;
	m->body_wanted = m->api_key >= 0 && m->api_key < API_KEYS && k->api[m->api_key][m->direction].wanted;
	if (p->cut && m->status == KAFKA_OK)
		m->status = KAFKA_TRUNCATED;
	if (m->body_wanted && (m->status == KAFKA_OK || m->status == KAFKA_TRUNCATED))
		m->body = p->body;
	m->body.cut = m->status == KAFKA_TRUNCATED || (m->body.ptr && k->api[m->api_key][m->direction].start);
}

static void count(struct kafka *k, struct conn *c, const struct kafka_message *m)
{
	k->stats.messages++;
	c->pub.messages++;
	if (m->direction == KF_REQUEST)
		k->stats.requests++;
	else
		k->stats.responses++;
	if (m->status == KAFKA_UNKNOWN_API || m->status == KAFKA_UNKNOWN_VERSION)
		k->stats.unknown++;
	else if (m->status == KAFKA_TRUNCATED)
		k->stats.truncated++;
	else if (m->status == KAFKA_NO_REQUEST)
		k->stats.no_request++;
}

static void hand_out(struct kafka *k, struct conn *c, const struct kafka_message *m)
{
	count(k, c, m);
	if (k->sink.message)
		k->sink.message(k->sink.ctx, m);
}

/* A compact string at *at, or nothing when it is not whole. */
static bool compact_string(const struct kf_body *b, uint32_t *at, struct kf_bytes *out)
{
	uint32_t n = 0;

	for (unsigned shift = 0; shift <= 14; shift += 7) {
		uint8_t byte;

		if (*at >= b->len)
			return false;
		byte = b->ptr[(*at)++];
		n |= (uint32_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (!n || n - 1 > b->len - *at)
			return false;
		out->ptr = b->ptr + *at;
		out->len = n - 1;
		*at += n - 1;
		return true;
	}
	return false;
}

/* What a client tells of itself: KIP-511, and its SASL mechanism. */
static void learn(struct kafka *k, struct conn *c, const struct parcel *p)
{
	const struct kf_body *b = &p->body;
	struct kf_bytes name, version;
	uint32_t at = 0;

	if (p->head->status != KAFKA_OK || !b->ptr)
		return;
	if (p->head->api_key == API_API_VERSIONS && p->head->version >= 3) {
		if (compact_string(b, &at, &name) && compact_string(b, &at, &version))
			conn_tell(k, c, NULL, &name, &version, NULL);
	} else if (p->head->api_key == API_SASL_HANDSHAKE && b->len >= 2 && be16(b->ptr) <= b->len - 2) {
		name.ptr = b->ptr + 2;
		name.len = be16(b->ptr);
		conn_tell(k, c, NULL, NULL, NULL, &name);
	}
}

void message_request(struct kafka *k, struct conn *c, struct parcel *p)
{
	struct kafka_message m = { .direction = KF_REQUEST };

	learn(k, c, p);
	fill(k, c, p, &m);
	m.ts = p->ts_last;
	m.whole = p->whole;
	if (p->entry) {
		p->entry->done = true;
		p->entry->ts = p->ts_last;
		p->entry->frame = p->frame_first;
		m.note = &p->entry->note;
	}
	hand_out(k, c, &m);
	if (p->head->api_key == API_SASL_HANDSHAKE)
		sasl_after(c, p->head, KF_REQUEST);
}

void message_response(struct kafka *k, struct conn *c, struct parcel *p)
{
	struct kafka_message m = { .direction = KF_RESPONSE };

	fill(k, c, p, &m);
	m.ts = p->ts_first;
	if (!p->request) {
		m.status = KAFKA_NO_REQUEST;
		m.api_key = m.version = m.asked_version = -1;
		m.schema = NULL;
		memset(&m.body, 0, sizeof(m.body));
	} else if (p->request->done) {
		m.request_frame = p->request->frame;
		m.note = &p->request->note;
		if (p->ts_first >= p->request->ts)
			m.latency = p->ts_first - p->request->ts;
	}
	hand_out(k, c, &m);
	if (p->request && p->head->api_key == API_SASL_HANDSHAKE)
		sasl_after(c, p->head, KF_RESPONSE);
}

void message_token(struct kafka *k, struct conn *c, unsigned d, struct parcel *p)
{
	struct kafka_message m = { .direction = direction_of(c, d) };

	fill(k, c, p, &m);
	m.status = KAFKA_RAW_SASL;
	m.ts = m.direction == KF_REQUEST ? p->ts_last : p->ts_first;
	hand_out(k, c, &m);
}

/* Bodies that are mostly records. */
static bool is_bulk(int16_t api_key, enum kf_direction direction)
{
	return direction == KF_REQUEST ? api_key == API_PRODUCE :
	       api_key == API_FETCH || api_key == API_FETCH_SNAPSHOT || api_key == API_SHARE_FETCH;
}

void message_gap(struct kafka *k, struct conn *c, unsigned d, const struct kafka_gap *g)
{
	struct kafka_gap out = *g;

	out.conn = &c->pub;
	out.direction = direction_of(c, d);
	k->stats.gap_bytes += g->bytes;
	if (g->bulk_only && is_bulk(g->api_key, out.direction))
		k->stats.bulk_gap_bytes += g->bytes;
	if (k->sink.gap)
		k->sink.gap(k->sink.ctx, &out);
}
