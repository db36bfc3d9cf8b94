/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "pipeline.h"

#include <unistd.h>

#include <regroup/group.h>
#include <regroup/output.h>

struct log_run {
	struct groups *groups;
	struct log *log;
	bool prompt; /* somebody may be waiting for each line */
};

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
		.live = o->interface != NULL,
		.verbose = (int)o->verbose,
		.group = o->group,
		.types = o->types,
	};
	struct group_options g = { .event = log_event };

	run->prompt = options_prompt_output(o) || isatty(fileno(out));
	run->log = log_new(&l);
	g.ctx = run->log;
	run->groups = run->log ? groups_new(&g) : NULL;
	return run->groups != NULL;
}

static int64_t time_or_unknown(int64_t ts)
{
	return ts == PIPELINE_NO_TIME ? GROUP_UNKNOWN_TIME : ts;
}

/* The last line: what all layers have counted. */
static void tell_summary(const struct log_run *run, const struct pipeline_totals *t)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = time_or_unknown(t->last) };
	struct group_stats groups;

	groups_get_stats(run->groups, &groups);
	e.summary = (struct group_summary){
		.packets = t->capture.packets,
		.bytes = t->capture.bytes,
		.captured_from = time_or_unknown(t->first),
		.captured_to = time_or_unknown(t->last),
		.connections = t->kafka.connections,
		.opaque_connections = t->kafka.opaque_connections,
		.messages = t->kafka.messages,
		.unknown_messages = t->kafka.unknown,
		.groups = groups.groups,
		.rebalances = groups.rebalances,
		.lost_packets = t->capture.kernel_dropped + t->capture.interface_dropped,
		.gap_bytes = t->kafka.gap_bytes,
		.evicted = t->net.evicted + t->kafka.evicted,
		.unanswered = t->kafka.unanswered,
	};
	log_event(run->log, &e);
}

int cmd_log(const struct options *o)
{
	struct pipeline p = { .options = o, .out = pipeline_out(o), .tick = on_tick, .capture_gap = on_capture_gap };
	struct pipeline_totals totals;
	struct log_run run = { 0 };
	int code = EXIT_UNUSABLE;

	if (!open_run(&run, o, p.out)) {
		fprintf(stderr, "regroup: out of memory\n");
		goto cleanup;
	}
	p.ctx = &run;
	p.sink = groups_kafka_sink(run.groups);
	code = pipeline_run(&p, &totals);
	if (!totals.reader_gone && (code == EXIT_DONE || totals.capture.packets > 0)) {
		groups_finish(run.groups, totals.last);
		tell_summary(&run, &totals);
		log_flush(run.log);
	}
	code = pipeline_close(&p, code);

cleanup:
	groups_free(run.groups);
	log_free(run.log);
	return code;
}
