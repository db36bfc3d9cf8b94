/* SPDX-License-Identifier: Apache-2.0 */
#include "message_json.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/output.h>

/* The other way round of net_endpoint_text. */
static struct net_endpoint endpoint(const char *text)
{
	struct net_endpoint e = { .family = 4 };
	const char *colon = text ? strrchr(text, ':') : NULL;
	char host[NET_ENDPOINT_TEXT];
	size_t len;

	if (!colon)
		return e;
	e.family = *text == '[' ? 6 : 4;
	text += *text == '[';
	len = (size_t)(colon - text) - (e.family == 6);
	if (len >= sizeof(host))
		return e;
	memcpy(host, text, len);
	host[len] = '\0';
	inet_pton(e.family == 6 ? AF_INET6 : AF_INET, host, e.addr);
	e.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return e;
}

static struct kf_bytes text(const struct messages *ms, uint32_t id)
{
	const char *t = messages_text(ms, id);

	return (struct kf_bytes){ .ptr = (const uint8_t *)t, .len = t ? (uint32_t)strlen(t) : 0 };
}

bool message_json(const struct messages *ms, const struct message *x, FILE *out)
{
	const struct decode_options o = { .out = out, .json = true };
	const struct net_endpoint client = endpoint(messages_text(ms, x->client)), server = endpoint(messages_text(ms, x->server));
	const struct kafka_names names = { .client_id = text(ms, x->client_id) };
	struct kafka_conn conn = { .id = x->conn, .client = &client, .server = &server, .kind = KAFKA_PLAIN, .names = &names };
	struct kafka_message m = {
		.conn = &conn, .schema = kf_message(x->api, (enum kf_direction)x->direction),
		.direction = (enum kf_direction)x->direction, .status = (enum kafka_status)x->status, .api_key = x->api,
		.version = x->version, .asked_version = x->version, .correlation_id = x->correlation, .size = x->size,
		.frame = x->frame, .frame_end = x->frame_end, .ts = x->ts, .ts_first = x->ts, .ts_last = x->ts,
		.latency = x->latency, .client_id = text(ms, x->client_id), .body_wanted = true,
	};
	struct decode *d = decode_new(&o);
	struct kafka_sink sink;

	if (!d)
		return false;
	m.body = (struct kf_body){ .ptr = messages_body(ms, x), .len = x->body_len, .cut = x->cut };
	if (!m.body.ptr)
		m.body.len = 0;
	sink = decode_kafka_sink(d);
	sink.message(sink.ctx, &m);
	if (sink.connection)
		sink.connection(sink.ctx, &conn, KAFKA_CONN_ENDED, m.direction, x->ts, x->frame);
	decode_flush(d);
	decode_free(d);
	return true;
}
