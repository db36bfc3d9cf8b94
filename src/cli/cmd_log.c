/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"
#include "cli.h"
#include "pipeline.h"
#include "summary.h"
#include "times.h"

#include <unistd.h>

#include <regroup/group.h>
#include <regroup/output.h>

struct log_run {
	const struct options *options;
	struct groups *groups;
	struct log *log;
	bool prompt; /* somebody may be waiting for each line */
};

static void on_begin(void *ctx, int64_t first)
{
	struct log_run *run = ctx;
	int64_t since = times_since(&run->options->since, first);

	log_window(run->log, since, times_until(&run->options->until, first, since));
}

static void on_tick(void *ctx, int64_t now)
{
	struct log_run *run = ctx;

	groups_advance(run->groups, now);
	if (run->prompt)
		log_flush(run->log);
}

static void on_capture_gap(void *ctx, uint64_t packets, int64_t from, int64_t to)
{
	struct log_run *run = ctx;

	groups_capture_gap(run->groups, packets, from, to);
}

static bool open_run(struct log_run *run, const struct options *o, FILE *out)
{
	const struct log_options l = {
		.out = out,
		.json = o->format == OPTIONS_JSON,
		.color = options_use_color(o),
		.live = options_live(o),
		.verbose = (int)o->verbose,
		.group = o->group,
		.types = o->types,
		.uncollapsed = o->no_collapse || (!o->collapse && (options_live(o) || o->verbose)),
	};
	struct group_options g = { .event = log_event, .names = again_names, .names_ctx = o };

	run->prompt = options_prompt_output(o) || isatty(fileno(out));
	run->log = log_new(&l);
	g.ctx = run->log;
	run->groups = run->log ? groups_new(&g) : NULL;
	return run->groups != NULL;
}

int cmd_log(const struct options *o)
{
	struct pipeline p = {
		.options = o,
		.out = pipeline_out(o),
		.begin = on_begin,
		.tick = on_tick,
		.capture_gap = on_capture_gap,
	};
	struct pipeline_totals totals;
	struct group_event summary;
	struct log_run run = { .options = o };
	int code = EXIT_UNUSABLE;

	if (!open_run(&run, o, p.out)) {
		fprintf(stderr, "regroup: out of memory\n");
		goto cleanup;
	}
	p.ctx = &run;
	p.groups = run.groups;
	p.sink = groups_kafka_sink(run.groups);
	code = pipeline_run(&p, &totals);
	if (!totals.reader_gone && (code == EXIT_DONE || totals.capture.packets > 0)) {
		groups_finish(run.groups, totals.last);
		summary = summary_event(run.groups, &totals);
		log_event(run.log, &summary);
		log_flush(run.log);
	}
	code = pipeline_close(&p, code);

cleanup:
	groups_free(run.groups);
	log_free(run.log);
	return code;
}
