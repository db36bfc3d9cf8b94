/* SPDX-License-Identifier: Apache-2.0 */
#include "print.h"

#include <regroup/output.h>
#include <regroup/text.h>

#include <string.h>

#include "ui.h"

bool print_event(const struct group_event *e, bool json, bool color, unsigned columns, FILE *out)
{
	const struct log_options o = {
		.out = out, .json = json, .color = color, .verbose = 1, .uncollapsed = true, .columns = columns,
	};
	struct log *log = log_new(&o);

	if (!log)
		return false;
	log_event(log, e);
	log_flush(log);
	log_free(log);
	return true;
}

static bool print_log(const struct model_group *g, bool json, FILE *out)
{
	const struct log_options o = { .out = out, .json = json };
	struct log *log = log_new(&o);

	if (!log)
		return false;
	for (size_t i = 0; i < g->n; i++)
		log_event(log, model_at(g, i));
	log_flush(log);
	log_free(log);
	return true;
}

void print_mermaid_text(FILE *out, const char *text)
{
	char safe[256];

	text_safe(safe, sizeof(safe), text ? text : "?", text ? strlen(text) : 1, 60);
	for (const char *p = safe; *p; p++)
		fputc(strchr(":;#,\"<>{}[]()|%`", *p) ? '_' : *p, out);
}

/* Milliseconds since the epoch, as Mermaid's dateFormat x takes them. */
static long long ms(int64_t ns)
{
	return (long long)(ns / 1000000);
}

static void mermaid_member(FILE *out, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	int64_t told = m->rejoin_lag > 0 ? m->join_asked - m->rejoin_lag : m->join_asked;

	if (m->join_asked == GROUP_UNKNOWN_TIME)
		return;
	fputs("    ", out);
	print_mermaid_text(out, m->client_id ? m->client_id : m->member);
	if (told < m->join_asked) {
		fprintf(out, " rejoins late :crit, %lld, %lld\n    ", ms(told), ms(m->join_asked));
		print_mermaid_text(out, m->client_id ? m->client_id : m->member);
	}
	fprintf(out, " joins :active, %lld, %lld\n", ms(m->join_asked),
	        ms(m->join_answered != GROUP_UNKNOWN_TIME ? m->join_answered : r->ended));
}

static void mermaid_rebalance(FILE *out, const struct group_rebalance *r)
{
	if (r->started == GROUP_UNKNOWN_TIME)
		return;
	fprintf(out, "    section generation %d", r->generation);
	fprintf(out, "\n    R%u ", r->cause.id);
	print_mermaid_text(out, r->cause.name);
	fputc(' ', out);
	print_mermaid_text(out, r->cause.client_id ? r->cause.client_id : "");
	fprintf(out, " :milestone, %lld, 0ms\n", ms(r->started));
	for (size_t i = 0; i < r->n_members; i++)
		mermaid_member(out, r, &r->members[i]);
}

static bool print_gantt(const struct model_group *g, FILE *out)
{
	fputs("gantt\n    title ", out);
	print_mermaid_text(out, g->name);
	fputs("\n    dateFormat x\n    axisFormat %H:%M:%S\n", out);
	for (size_t i = 0; i < g->n; i++)
		if (model_at(g, i)->type == GROUP_EVENT_REBALANCE)
			mermaid_rebalance(out, &model_at(g, i)->rebalance);
	return true;
}

bool print_group(struct ui *ui, enum save_as as, FILE *out)
{
	const struct model_group *g = ui_group(ui);

	if (!g)
		return false;
	return as == SAVE_MERMAID ? print_gantt(g, out) : print_log(g, as == SAVE_JSON, out);
}

static void take_view(void *ctx, const struct group_view *v)
{
	why_view(ctx, v);
}

bool print_why(struct ui *ui, bool json, bool color, FILE *out)
{
	const struct model_group *g = ui_group(ui);
	const struct why_options o = { .out = out, .json = json, .color = color };
	const struct model *m = ui->model;
	struct group_event summary = { .type = GROUP_EVENT_SUMMARY, .ts = m->now };
	struct why *why = g ? why_new(&o) : NULL;

	if (!why)
		return false;
	for (size_t i = 0; i < g->n; i++)
		why_event(why, model_at(g, i));
	if (ui->groups)
		groups_view_one(ui->groups, g->name, why, take_view);
	summary.summary = (struct group_summary){
		.captured_from = m->since,
		.captured_to = m->now,
		.packets = m->counters.packets,
		.bytes = m->counters.bytes,
		.messages = m->counters.messages,
		.connections = m->counters.connections,
		.opaque_connections = m->counters.opaque,
		.lost_packets = m->counters.kernel_dropped,
		.gap_bytes = m->counters.hole_bytes,
		.unanswered = m->counters.unanswered,
		.groups = 1,
		.rebalances = g->rebalances,
	};
	why_event(why, &summary);
	why_free(why);
	return true;
}
