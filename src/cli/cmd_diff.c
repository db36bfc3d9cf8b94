/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"
#include "cli.h"
#include "pipeline.h"
#include "tee.h"

#include <regroup/check.h>
#include <regroup/group.h>
#include <string.h>

#define PATTERN_BYTES 256

struct side {
	struct options options; /* a copy that reads one file */
	char client[PATTERN_BYTES]; /* whom to look at; empty for all */
	struct check *check;
	struct profile *profile;
	struct groups *groups;
	struct tee judged, profiled;
};

static void on_event(void *ctx, const struct group_event *e)
{
	struct side *s = ctx;

	check_event(s->check, e);
	profile_event(s->profile, e);
}

static void on_tick(void *ctx, int64_t now)
{
	groups_advance(((struct side *)ctx)->groups, now);
}

static void on_capture_gap(void *ctx, uint64_t packets, int64_t from, int64_t to)
{
	struct side *s = ctx;

	groups_capture_gap(s->groups, packets, from, to);
	check_capture_gap(s->check, from, to);
}

static void choose_client(struct side *s, const char *patterns, size_t which)
{
	const char *comma = patterns ? strchr(patterns, ',') : NULL;

	if (!patterns)
		return;
	if (!comma)
		snprintf(s->client, sizeof(s->client), "%s", patterns);
	else if (which > 0)
		snprintf(s->client, sizeof(s->client), "%s", comma + 1);
	else
		snprintf(s->client, sizeof(s->client), "%.*s", (int)(comma - patterns), patterns);
}

static int read_side(struct side *s, const struct options *o, size_t which, const struct check_settings *settings)
{
	struct pipeline p = {
		.options = &s->options, .out = stdout, .ctx = s, .tick = on_tick, .capture_gap = on_capture_gap
	};
	struct group_options g = { .event = on_event, .ctx = s, .names = again_names, .names_ctx = &s->options };
	struct pipeline_totals totals;
	int code;

	s->options = *o;
	s->options.files = o->files + which;
	s->options.n_files = 1;
	s->check = check_new(settings);
	s->profile = profile_new();
	s->groups = groups_new(&g);
	if (!s->check || !s->profile || !s->groups) {
		fprintf(stderr, "regroup: out of memory\n");
		return EXIT_UNUSABLE;
	}
	choose_client(s, o->diff_client, which);
	profile_only(s->profile, s->client[0] ? s->client : NULL, o->group);
	s->judged.first = groups_kafka_sink(s->groups);
	s->judged.second = check_kafka_sink(s->check);
	s->profiled.first = tee_sink(&s->judged);
	s->profiled.second = profile_kafka_sink(s->profile);
	p.sink = tee_sink(&s->profiled);
	code = pipeline_run(&p, &totals);
	if (code == EXIT_DONE) {
		groups_finish(s->groups, totals.last == PIPELINE_NO_TIME ? 0 : totals.last);
		check_finish(s->check, totals.last == PIPELINE_NO_TIME ? 0 : totals.last);
	}
	return code;
}

static void close_side(struct side *s)
{
	groups_free(s->groups);
	check_free(s->check);
	profile_free(s->profile);
}

int cmd_diff(const struct options *o)
{
	struct check_settings *settings = check_settings_new();
	struct side a = { 0 }, b = { 0 };
	struct pipeline out = { .options = o, .out = stdout };
	int code = settings ? read_side(&a, o, 0, settings) : EXIT_UNUSABLE;

	if (code == EXIT_DONE)
		code = read_side(&b, o, 1, settings);
	if (code == EXIT_DONE) {
		const struct check_side left = { o->files[0], a.profile, a.check }, right = { o->files[1], b.profile, b.check };

		if (check_diff(&left, &right, o->format == OPTIONS_JSON, options_use_color(o), o->verbose > 0, stdout))
			code = EXIT_CHECK_FAILED;
	}
	code = pipeline_close(&out, code);
	close_side(&a);
	close_side(&b);
	check_settings_free(settings);
	return code;
}
