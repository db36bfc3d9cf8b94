/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of lists for programs, with the names that the machine output has for the same.
 */
#include "print.h"

#include <string.h>

#include <regroup/json.h>

#include "conns.h"

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text && text[0] ? text : NULL);
}

static void put_number(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_uint(j, n);
}

static void put_cause(struct json *j, const struct group_cause *c)
{
	char id[8];

	json_key(j, "cause");
	if (!c) {
		json_null(j);
		return;
	}
	snprintf(id, sizeof(id), "R%u", c->id);
	json_object_begin(j);
	put_text(j, "id", id);
	put_text(j, "name", c->name);
	put_number(j, "confidence", c->confidence);
	put_text(j, "client_id", c->client_id);
	put_text(j, "host", c->host);
	json_object_end(j);
}

static bool end_line(struct json *j, FILE *out)
{
	bool ok = !j->failed && fwrite(j->buf, 1, j->len, out) == j->len && fputc('\n', out) != EOF;

	json_free(j);
	return ok;
}

bool print_group_row(const struct model *m, const struct model_group *g, FILE *out)
{
	double percent = model_unstable_percent(m, g);
	struct json j;
	char text[24];

	json_init(&j);
	json_object_begin(&j);
	put_text(&j, "group", g->name);
	put_text(&j, "group_type", g->type);
	put_text(&j, "protocol_type", g->protocol_type);
	put_text(&j, "state", g->state);
	json_key(&j, "generation");
	if (g->generation >= 0)
		json_int(&j, g->generation);
	else
		json_null(&j);
	put_number(&j, "members", g->members);
	put_number(&j, "partitions", g->partitions);
	put_number(&j, "rebalances", g->rebalances);
	json_key(&j, "unstable_percent");
	if (percent >= 0)
		json_raw(&j, text, (size_t)snprintf(text, sizeof(text), "%.1f", percent));
	else
		json_null(&j);
	json_key(&j, "storm");
	json_bool(&j, g->in_storm);
	put_cause(&j, g->latest ? &g->latest->event->rebalance.cause : NULL);
	json_object_end(&j);
	return end_line(&j, out);
}

bool print_connection_row(const struct conn_row *r, FILE *out)
{
	struct json j;

	json_init(&j);
	json_object_begin(&j);
	put_number(&j, "connection", r->id);
	put_text(&j, "client", r->client);
	put_text(&j, "server", r->server);
	put_text(&j, "kind", kafka_kind_name((enum kafka_kind)r->kind));
	put_text(&j, "client_id", r->client_id);
	put_text(&j, "software", r->software);
	json_key(&j, "open");
	json_bool(&j, r->open);
	put_number(&j, "messages", r->messages);
	put_number(&j, "bytes_sent", r->traffic.bytes[0]);
	put_number(&j, "bytes_received", r->traffic.bytes[1]);
	put_number(&j, "hole_bytes", r->traffic.hole_bytes);
	json_object_end(&j);
	return end_line(&j, out);
}
