/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdlib.h>

#define BLOCK_BYTES (64 * 1024)

struct log *log_new(const struct log_options *options)
{
	struct log *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->options = *options;
	json_init(&l->json);
	line_init(&l->line, options->color);
	l->line.wrap = options->columns;
	line_init(&l->first, options->color);
	return l;
}

void log_free(struct log *l)
{
	if (l == NULL)
		return;
	json_free(&l->json);
	line_free(&l->line);
	line_free(&l->first);
	log_loops_free(l->loops);
	log_commits_free(l->commits);
	free(l);
}

static void write_out(struct log *l)
{
	if (l->json.len > 0 && !l->json.failed)
		fwrite(l->json.buf, 1, l->json.len, l->options.out);
	json_reset(&l->json);
	line_write(&l->line, l->options.out);
}

void log_flush(struct log *l)
{
	log_collapse_end(l);
	write_out(l);
}

void log_window(struct log *l, int64_t since, int64_t until)
{
	l->since = since;
	l->until = until;
}

/* When it began: a rebalance or a storm is told at its end. */
static int64_t beginning(const struct group_event *e)
{
	int64_t ts = GROUP_UNKNOWN_TIME;

	if (e->type == GROUP_EVENT_REBALANCE)
		ts = e->rebalance.started;
	else if (e->type == GROUP_EVENT_STORM)
		ts = e->storm.since;
	else if (e->type == GROUP_EVENT_GAP)
		ts = e->gap.from;
	return ts == GROUP_UNKNOWN_TIME || ts > e->ts ? e->ts : ts;
}

static bool in_window(const struct log *l, const struct group_event *e)
{
	if (e->type == GROUP_EVENT_SUMMARY)
		return true;
	return (l->since == 0 || e->ts >= l->since) && (l->until == 0 || beginning(e) <= l->until);
}

bool log_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool passes(const struct log_options *o, const struct group_event *e)
{
	if (o->types != 0 && !(o->types >> e->type & 1))
		return false;
	if (o->group != NULL && e->group != NULL && !log_glob(o->group, e->group))
		return false;
	/* For a person a rebalance is told when it is over; that it began matters only while watching. */
	return o->json || e->type != GROUP_EVENT_REBALANCE_STARTED || o->verbose > 0 || o->live;
}

static void print_text(struct log *l, const struct group_event *e)
{
	bool verbose = l->options.verbose > 0;

	if (!l->options.uncollapsed && (log_loops(l, e) || log_commits(l, e) || log_collapse(l, e)))
		return;
	if (e->type == GROUP_EVENT_STORM)
		log_text_storm(&l->line, e, verbose || l->options.live || e->storm.ended);
	else
		log_text_event(&l->line, e, verbose);
}

void log_event(void *ctx, const struct group_event *e)
{
	struct log *l = ctx;

	if (e->type == GROUP_EVENT_SUMMARY) {
		log_loops_end(l);
		log_commits_end(l);
	}
	if (!passes(&l->options, e) || !in_window(l, e))
		return;
	if (l->options.json)
		log_json_event(&l->json, e);
	else
		print_text(l, e);
	if (l->json.len >= BLOCK_BYTES || l->line.len >= BLOCK_BYTES)
		write_out(l);
}
