/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"
#include "cli.h"
#include "pipeline.h"
#include "summary.h"

#include <regroup/group.h>
#include <regroup/output.h>

struct why_run {
	struct groups *groups;
	struct why *why;
};

static void on_tick(void *ctx, int64_t now)
{
	struct why_run *run = ctx;

	groups_advance(run->groups, now);
}

static void on_capture_gap(void *ctx, uint64_t packets, int64_t from, int64_t to)
{
	struct why_run *run = ctx;

	groups_capture_gap(run->groups, packets, from, to);
}

static bool open_run(struct why_run *run, const struct options *o, FILE *out)
{
	const struct why_options w = {
		.out = out,
		.json = o->format == OPTIONS_JSON,
		.color = options_use_color(o),
		.group = o->group,
		.most = o->verbose ? UINT32_MAX : 0,
	};
	struct group_options g = { .event = why_event, .names = again_names, .names_ctx = o };

	run->why = why_new(&w);
	g.ctx = run->why;
	run->groups = run->why ? groups_new(&g) : NULL;
	return run->groups != NULL;
}

int cmd_why(const struct options *o)
{
	struct pipeline p = { .options = o, .out = pipeline_out(o), .tick = on_tick, .capture_gap = on_capture_gap };
	struct pipeline_totals totals;
	struct group_event summary;
	struct why_run run = { 0 };
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
		groups_each(run.groups, run.why, why_view);
		groups_each_producer(run.groups, run.why, why_producer);
		summary = summary_event(run.groups, &totals);
		why_event(run.why, &summary);
	}
	code = pipeline_close(&p, code);

cleanup:
	groups_free(run.groups);
	why_free(run.why);
	return code;
}
