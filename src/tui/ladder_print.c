/* SPDX-License-Identifier: Apache-2.0 */
#include "ladder.h"

#include <regroup/json.h>
#include <regroup/text.h>

#include <string.h>

#include "print.h"

static void put_safe(FILE *out, const char *text, int width)
{
	char safe[512];
	size_t n = text_safe(safe, sizeof(safe), text ? text : "?", text ? strlen(text) : 1, 0);
	int blanks = width - (int)text_width(safe, n);

	fprintf(out, "%s%*s", safe, blanks > 0 ? blanks : 0, "");
}

/* "generation 7 -> 8: R2 new member" */
static void print_begin(const struct group_rebalance *r, const char *arrow, FILE *out)
{
	fputs(r->mode == GROUP_BROKER ? "epoch " : "generation ", out);
	if (r->previous >= 0)
		fprintf(out, "%d %s ", r->previous, arrow);
	if (r->generation >= 0)
		fprintf(out, "%d", r->generation);
	else
		fputc('?', out);
	fprintf(out, ", R%u %s", r->cause.id, r->cause.name ? r->cause.name : "");
}

static void print_text(const struct rungs *r, const struct model *m, FILE *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct rung *g = &r->rung[i];
		const struct message *x = messages_get(m->messages, g->number);
		char clock[TEXT_SHORT], label[160];

		text_clock(clock, sizeof(clock), g->from);
		fprintf(out, "%s  ", clock);
		if (g->begins) {
			fputs("-- ", out);
			print_begin(&g->begins->event->rebalance, "->", out);
			fputc('\n', out);
		} else if (g->heartbeats || g->commits) {
			fprintf(out, "   %u heartbeats, %u commits and offset fetches\n", g->heartbeats, g->commits);
		} else if (x) {
			put_safe(out, r->pole[g->lane].name, 16);
			fprintf(out, " %s ", x->direction == KF_REQUEST ? "->" : "<-");
			put_safe(out, messages_text(m->messages, x->server), 21);
			ladder_label(x, label, sizeof(label));
			fprintf(out, "  %s  [frame %llu]\n", label, (unsigned long long)x->frame);
		}
	}
}

static void print_mermaid(const struct rungs *r, const struct model *m, FILE *out)
{
	char over[48] = "b0";

	if (r->n_poles)
		snprintf(over, sizeof(over), "m0,b%zu", r->n_brokers ? r->n_brokers - 1 : 0);
	fputs("sequenceDiagram\n", out);
	for (size_t i = 0; i < r->n_poles; i++) {
		fprintf(out, "    participant m%zu as ", i);
		print_mermaid_text(out, r->pole[i].name);
		fputc('\n', out);
	}
	for (size_t i = 0; i < r->n_brokers; i++) {
		fprintf(out, "    participant b%zu as ", i);
		print_mermaid_text(out, r->n_brokers == 1 ? "coordinator" : messages_text(m->messages, r->broker[i]));
		fputc('\n', out);
	}
	for (size_t i = 0; i < r->n; i++) {
		const struct rung *g = &r->rung[i];
		const struct message *x = messages_get(m->messages, g->number);
		char label[160];

		if (g->begins) {
			fprintf(out, "    Note over %s: ", over);
			print_begin(&g->begins->event->rebalance, "to", out);
			fputc('\n', out);
		} else if (g->heartbeats || g->commits) {
			fprintf(out, "    Note over %s: %u heartbeats, %u commits and offset fetches\n", over, g->heartbeats, g->commits);
		} else if (x) {
			ladder_label(x, label, sizeof(label));
			if (x->direction == KF_REQUEST)
				fprintf(out, "    m%u->>b%u: ", g->lane, g->broker);
			else
				fprintf(out, "    b%u-->>m%u: ", g->broker, g->lane);
			print_mermaid_text(out, label);
			fputc('\n', out);
		}
	}
}

static void json_message(struct json *j, const struct model *m, const struct message *x)
{
	char name[24];

	json_object_begin(j);
	json_key(j, "ts");
	json_time(j, x->ts);
	json_key(j, "frame");
	json_uint(j, x->frame);
	json_key(j, "connection");
	json_uint(j, x->conn);
	json_key(j, "client");
	json_text(j, messages_text(m->messages, x->client));
	json_key(j, "server");
	json_text(j, messages_text(m->messages, x->server));
	json_key(j, "direction");
	json_text(j, x->direction == KF_REQUEST ? "request" : "response");
	json_key(j, "api");
	json_text(j, rungs_api(x, name));
	json_key(j, "version");
	json_int(j, x->version);
	json_key(j, "client_id");
	json_text(j, messages_text(m->messages, x->client_id));
	json_key(j, "member");
	json_text(j, messages_text(m->messages, x->member));
	json_key(j, "generation");
	if (x->generation >= 0)
		json_int(j, x->generation);
	else
		json_null(j);
	json_key(j, "error");
	json_int(j, x->error);
	json_object_end(j);
}

static bool print_json(const struct rungs *r, const struct model *m, FILE *out)
{
	struct json j;
	bool ok = true;

	json_init(&j);
	for (size_t i = 0; ok && i < r->n; i++) {
		const struct message *x = messages_get(m->messages, r->rung[i].number);

		if (!x)
			continue;
		json_message(&j, m, x);
		ok = !j.failed && fwrite(j.buf, 1, j.len, out) == j.len && fputc('\n', out) != EOF;
		json_reset(&j);
	}
	json_free(&j);
	return ok;
}

bool ladder_print(const struct rungs *r, const struct model *m, enum save_as as, FILE *out)
{
	if (as == SAVE_JSON)
		return print_json(r, m, out);
	if (as == SAVE_TEXT)
		print_text(r, m, out);
	else
		print_mermaid(r, m, out);
	return true;
}
