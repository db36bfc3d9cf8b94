/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of lines that a person reads once: gaps, and connections that cannot be read, each become
 * one line with a count. Nothing is left out, and the order of everything else stays.
 */
#include "log.h"

#include <stdio.h>
#include <string.h>

static bool fits(const struct log_run *r, const struct group_event *e)
{
	if (r->n == 0 || r->type != e->type)
		return false;
	return e->type == GROUP_EVENT_CONNECTION || strcmp(r->what, e->gap.what) == 0;
}

static void begin(struct log_run *r, const struct group_event *e)
{
	bool gap = e->type == GROUP_EVENT_GAP;

	*r = (struct log_run){ .type = e->type, .from = gap ? e->gap.from : e->ts, .to = e->ts };
	snprintf(r->what, sizeof(r->what), "%s", gap ? e->gap.what : "");
}

static void count_kind(struct log_run *r, const char *kind)
{
	for (size_t i = 0; i < LOG_RUN_KINDS; i++) {
		if (r->kind[i].n && strcmp(r->kind[i].name, kind) != 0)
			continue;
		snprintf(r->kind[i].name, sizeof(r->kind[i].name), "%s", kind);
		r->kind[i].n++;
		return;
	}
}

static void take_in(struct log_run *r, const struct group_event *e)
{
	bool gap = e->type == GROUP_EVENT_GAP;
	int64_t from = gap ? e->gap.from : e->ts;

	r->n++;
	if (!gap)
		count_kind(r, e->connection.kind);
	r->bytes += gap ? e->gap.bytes : e->connection.bytes;
	r->packets += gap ? e->gap.packets : e->connection.packets;
	if (from < r->from)
		r->from = from;
	if (e->ts > r->to)
		r->to = e->ts;
}

static void print_gaps(struct line *l, const struct log_run *r)
{
	line_style(l, LINE_YELLOW);
	line_count(l, r->n, "gap", "gaps");
	line_style(l, LINE_PLAIN);
	line_format(l, ": %s", r->what);
	if (r->packets) {
		line_text(l, ", ");
		line_count(l, r->packets, "packet", "packets");
	}
	if (r->bytes) {
		line_text(l, ", ");
		line_bytes(l, r->bytes);
	}
	line_text(l, ", within ");
	line_duration(l, r->to - r->from);
}

static void print_connections(struct line *l, const struct log_run *r)
{
	line_count(l, r->n, "connection", "connections");
	line_text(l, " cannot be read: ");
	for (size_t i = 0; i < LOG_RUN_KINDS && r->kind[i].n; i++)
		line_format(l, "%llu %s, ", (unsigned long long)r->kind[i].n, r->kind[i].name);
	line_count(l, r->packets, "packet", "packets");
	line_text(l, ", ");
	line_bytes(l, r->bytes);
}

void log_collapse_end(struct log *log)
{
	struct log_run *r = &log->run;
	const struct group_event at = { .type = r->type, .ts = r->to };

	if (r->n > 1) {
		log_head(&log->line, &at);
		if (r->type == GROUP_EVENT_GAP)
			print_gaps(&log->line, r);
		else
			print_connections(&log->line, r);
		line_end(&log->line);
	} else if (r->n == 1) {
		line_append(&log->line, &log->first);
		line_end(&log->line);
	}
	r->n = 0;
}

bool log_collapse(struct log *log, const struct group_event *e)
{
	if ((e->type != GROUP_EVENT_GAP && e->type != GROUP_EVENT_CONNECTION) || e->group != NULL) {
		log_collapse_end(log);
		return false;
	}
	if (!fits(&log->run, e)) {
		log_collapse_end(log);
		begin(&log->run, e);
		line_reset(&log->first);
		log_text_event(&log->first, e, false);
		log->first.len--; /* its line end */
	}
	take_in(&log->run, e);
	return true;
}
