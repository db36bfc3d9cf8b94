/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <string.h>

#include <regroup/text.h>

#define API_COLUMNS 24
#define LATENCY_COLUMNS 8

/* Client and server below each other as wide as the widest so far, the arrow telling the direction. */
static void print_endpoints(struct decode *d, const struct decode_view *v)
{
	struct line *l = &d->line;
	unsigned from = l->column;

	if (v->conn->client_len > d->endpoint_width[0])
		d->endpoint_width[0] = v->conn->client_len;
	if (v->conn->server_len > d->endpoint_width[1])
		d->endpoint_width[1] = v->conn->server_len;
	line_text(l, v->conn->client);
	line_to(l, from + d->endpoint_width[0], 0);
	line_text(l, v->m->direction == KF_REQUEST ? " > " : " < ");
	from = l->column;
	line_text(l, v->conn->server);
	line_to(l, from + d->endpoint_width[1], 0);
}

static void print_api(struct line *l, const struct kafka_message *m)
{
	unsigned from = l->column;
	const char *name = kf_api_name(m->api_key);

	if (m->status == KAFKA_RAW_SASL)
		line_text(l, "SASL token");
	else if (m->status == KAFKA_NO_REQUEST)
		line_text(l, "response");
	else if (name != NULL)
		line_format(l, "%s v%d", name, m->status == KAFKA_OK ? m->version : m->asked_version);
	else
		line_format(l, "API %d v%d", m->api_key, m->asked_version);
	line_to(l, from + API_COLUMNS, 1);
}

static void print_latency(struct line *l, const struct kafka_message *m)
{
	char text[TEXT_SHORT] = "";
	size_t len = 0;

	if (m->direction == KF_RESPONSE && m->latency >= 0)
		len = text_duration(text, sizeof text, m->latency);
	line_to(l, l->column + (len < LATENCY_COLUMNS ? (unsigned)(LATENCY_COLUMNS - len) : 0), 0);
	line_text(l, text);
}

static void print_status(struct line *l, const struct decode_view *v)
{
	const struct kafka_message *m = v->m;

	if (m->status == KAFKA_RAW_SASL || strcmp(v->status, "ok") == 0)
		return;
	line_to(l, 0, 2);
	line_style(l, LINE_YELLOW);
	if (m->status == KAFKA_NO_REQUEST)
		line_format(l, "its request was not seen (correlation %d)", m->correlation_id);
	else if (strcmp(v->status, "malformed") == 0)
		line_format(l, "malformed at %s (byte %u): %s", v->error.field ? v->error.field : "its end",
		            v->error.offset, v->error.what);
	else
		line_text(l, v->status);
	line_style(l, LINE_PLAIN);
}

static void print_origin(struct line *l, const struct decode_view *v)
{
	const struct kafka_message *m = v->m;

	line_text(l, "    frame ");
	line_format(l, "%llu", (unsigned long long)m->frame);
	if (m->frame_end > m->frame)
		line_format(l, "-%llu", (unsigned long long)m->frame_end);
	if (m->direction == KF_RESPONSE && m->request_frame != 0)
		line_format(l, ", request in frame %llu", (unsigned long long)m->request_frame);
	line_format(l, ", %u bytes, correlation %d, client id ", m->size, m->correlation_id);
	if (m->client_id.ptr != NULL)
		line_value(l, m->client_id.ptr, m->client_id.len, 0);
	else
		line_text(l, "null");
	line_end(l);
}

/* What the failing response answers. */
static void print_request(struct line *l, const struct decode_request *r)
{
	if (r == NULL || r->facts_len == 0)
		return;
	line_style(l, LINE_DIM);
	line_text(l, "  asked: ");
	line_format(l, "%.*s", (int)r->facts_len, r->facts);
	line_style(l, LINE_PLAIN);
}

void decode_text_line(struct decode *d, const struct decode_view *v)
{
	struct line *l = &d->line;
	const struct kafka_message *m = v->m;

	if (d->options.verbose > 0) {
		line_date(l, m->ts);
		line_text(l, " ");
	}
	line_clock(l, m->ts);
	line_format(l, " %4llu ", (unsigned long long)m->conn->id);
	print_endpoints(d, v);
	line_to(l, 0, 2);
	print_api(l, m);
	print_latency(l, m);
	print_status(l, v);
	if (v->body) {
		d->body.depth = 0;
		decode_text_facts(l, &d->body, v->plan, m, strcmp(v->status, "ok") == 0);
	} else {
		line_format(l, "  %u bytes", m->size);
	}
	if (d->options.errors_only)
		print_request(l, v->request);
	line_end(l);
	if (d->options.verbose == 0)
		return;
	print_origin(l, v);
	if (v->body)
		decode_text_tree(l, &d->body, v->plan);
}
