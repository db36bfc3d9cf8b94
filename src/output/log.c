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

/* '*' is any run, '?' any one byte. */
static bool matches(const char *pattern, const char *text)
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
	if (o->group != NULL && e->group != NULL && !matches(o->group, e->group))
		return false;
	/* For a person a rebalance is told when it is over; that it began matters only while watching. */
	return o->json || e->type != GROUP_EVENT_REBALANCE_STARTED || o->verbose > 0 || o->live;
}

void log_event(void *ctx, const struct group_event *e)
{
	struct log *l = ctx;

	if (!passes(&l->options, e))
		return;
	if (l->options.json)
		log_json_event(&l->json, e);
	else if (l->options.verbose > 0 || l->options.live || !log_collapse(l, e))
		log_text_event(&l->line, e, l->options.verbose > 0);
	if (l->json.len >= BLOCK_BYTES || l->line.len >= BLOCK_BYTES)
		write_out(l);
}
