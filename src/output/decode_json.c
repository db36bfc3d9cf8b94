/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <string.h>

static void print_bytes(struct json *j, const char *key, const struct kf_bytes *bytes)
{
	json_key(j, key);
	json_string(j, bytes->ptr, bytes->len);
}

/* What identifies the API; all null for a response that cannot be told what it answers. */
static void print_api(struct json *j, const struct kafka_message *m)
{
	bool known = m->status != KAFKA_NO_REQUEST && m->status != KAFKA_RAW_SASL;
	int16_t version = m->status == KAFKA_UNKNOWN_VERSION ? m->asked_version : m->version;

	json_key(j, "api_key");
	if (known)
		json_int(j, m->api_key);
	else
		json_null(j);
	json_key(j, "api");
	json_text(j, known ? kf_api_name(m->api_key) : NULL);
	json_key(j, "version");
	if (known)
		json_int(j, version);
	else
		json_null(j);
	json_key(j, "correlation_id");
	if (m->status != KAFKA_RAW_SASL)
		json_int(j, m->correlation_id);
	else
		json_null(j);
	print_bytes(j, "client_id", &m->client_id);
}

static void print_head(struct json *j, const struct decode_view *v)
{
	const struct kafka_message *m = v->m;

	json_key(j, "ts");
	json_time(j, m->ts);
	json_key(j, "frame");
	json_uint(j, m->frame);
	json_key(j, "connection");
	json_uint(j, m->conn->id);
	json_key(j, "client");
	json_string(j, v->conn->client, v->conn->client_len);
	json_key(j, "server");
	json_string(j, v->conn->server, v->conn->server_len);
	json_key(j, "direction");
	json_text(j, m->direction == KF_REQUEST ? "request" : "response");
	print_api(j, m);
	json_key(j, "size");
	json_uint(j, m->size);
	json_key(j, "latency_ms");
	json_ms(j, m->direction == KF_RESPONSE ? m->latency : -1);
	json_key(j, "status");
	json_text(j, v->status);
}

static void print_error(struct json *j, const struct kf_error *e)
{
	char name[72];

	json_key(j, "error");
	json_object_begin(j);
	json_key(j, "field");
	if (e->field != NULL)
		json_string(j, name, kf_json_name(e->field, name));
	else
		json_null(j);
	json_key(j, "offset");
	json_uint(j, e->offset);
	json_key(j, "what");
	json_text(j, e->what);
	json_object_end(j);
}

static void print_body(struct decode *d, const struct decode_view *v)
{
	struct json *j = &d->json;
	const struct json *batches = &d->json_body.batches, *blobs = &d->json_body.blobs;

	json_key(j, "body");
	if (!v->body) {
		json_null(j);
		json_key(j, "blobs");
		json_raw(j, "[]", 2);
		return;
	}
	json_body_print(&d->json_body, &d->body, v->plan, j);
	json_key(j, "blobs");
	json_array_begin(j);
	if (blobs->len > 0)
		json_raw(j, blobs->buf, blobs->len);
	json_array_end(j);
	if (batches->len == 0)
		return;
	json_key(j, "batches");
	json_array_begin(j);
	json_raw(j, batches->buf, batches->len);
	json_array_end(j);
}

/* With --errors: what the failing response answers. */
static void print_request(struct json *j, const struct decode_request *r)
{
	json_key(j, "asked");
	json_object_begin(j);
	json_key(j, "frame");
	json_uint(j, r->frame);
	json_key(j, "facts");
	json_string(j, r->facts, r->facts_len);
	json_object_end(j);
}

void decode_json_line(struct decode *d, const struct decode_view *v)
{
	struct json *j = &d->json;

	json_object_begin(j);
	print_head(j, v);
	print_body(d, v);
	if (strcmp(v->status, "malformed") == 0)
		print_error(j, &v->error);
	if (d->options.errors_only && v->request != NULL)
		print_request(j, v->request);
	if (v->m->status == KAFKA_RAW_SASL) {
		json_key(j, "what");
		json_text(j, "SASL token without a Kafka header");
	}
	json_object_end(j);
	json_newline(j);
}
