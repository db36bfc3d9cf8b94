/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"
#include "cli.h"
#include "pipeline.h"
#include "tee.h"
#include "wrap.h"

#include <errno.h>
#include <regroup/check.h>
#include <regroup/group.h>
#include <string.h>

struct check_run {
	const struct options *options;
	struct check_settings *settings;
	struct groups *groups;
	struct check *check;
	struct tee tee;
	struct wrap wrap;
	bool wrapped; /* the command was started */
};

/* ---- while capturing ------------------------------------------------------------------------------------------ */

static bool on_opened(void *ctx)
{
	struct check_run *run = ctx;

	if (!run->options->wrapped)
		return true;
	check_complete(run->check);
	run->wrap.argv = run->options->wrapped;
	run->wrapped = wrap_start(&run->wrap);
	return run->wrapped;
}

static bool on_more(void *ctx)
{
	struct check_run *run = ctx;

	return !run->wrapped || wrap_goes_on(&run->wrap);
}

static void on_tick(void *ctx, int64_t now)
{
	groups_advance(((struct check_run *)ctx)->groups, now);
}

static void on_capture_gap(void *ctx, uint64_t packets, int64_t from, int64_t to)
{
	struct check_run *run = ctx;

	groups_capture_gap(run->groups, packets, from, to);
	check_capture_gap(run->check, from, to);
}

static bool open_run(struct check_run *run)
{
	struct group_options g = { .event = check_event, .names = again_names, .names_ctx = run->options };

	run->settings = check_settings_new();
	if (!run->settings)
		goto no_memory;
	if (run->options->rules && !check_settings_read(run->settings, run->options->rules, stderr))
		return false;
	run->check = check_new(run->settings);
	if (run->check && run->options->complete)
		check_complete(run->check);
	g.ctx = run->check;
	run->groups = run->check ? groups_new(&g) : NULL;
	if (run->groups)
		return true;

no_memory:
	fprintf(stderr, "regroup: out of memory\n");
	return false;
}

/* ---- reports ------------------------------------------------------------------------------------------------------ */

static struct check_report report_of(const struct options *o, enum check_format format)
{
	return (struct check_report){
		.format = format,
		.color = format == CHECK_TEXT && options_use_color(o),
		.strict = o->strict,
		.verbose = o->verbose > 0,
		.capture = o->n_files ? o->files[0] : o->interface ? o->interface : "TLS plaintext",
	};
}

/* "junit:report.xml"; which formats there are was checked with the options. */
static bool write_output(const struct check *c, const struct options *o, const char *output)
{
	size_t len = strcspn(output, ":");
	struct check_report r;
	unsigned format = 0;
	FILE *out;

	while (format < CHECK_FORMATS && (strlen(check_format_name((enum check_format)format)) != len ||
	                                  strncmp(check_format_name((enum check_format)format), output, len) != 0))
		format++;
	r = report_of(o, (enum check_format)format);
	r.color = false;
	out = fopen(output + len + 1, "w");
	if (out)
		check_report(c, &r, out);
	if (out && fclose(out) == 0)
		return true;
	fprintf(stderr, "regroup: cannot write %s: %s\n", output + len + 1, strerror(errno));
	return false;
}

static bool write_reports(const struct check_run *run, FILE *out)
{
	const struct options *o = run->options;
	struct check_report r = report_of(o, (enum check_format)o->check_format);
	bool ok = true;

	check_report(run->check, &r, out);
	for (size_t i = 0; i < o->n_outputs; i++)
		ok = write_output(run->check, o, o->outputs[i]) && ok;
	return ok;
}

static int conclude(struct check_run *run, FILE *out, int64_t last)
{
	const struct options *o = run->options;

	groups_finish(run->groups, last);
	check_finish(run->check, last);
	if (o->update_baseline) {
		if (!check_baseline_write(run->check, o->baseline, stderr))
			return EXIT_UNUSABLE;
	}
	if (o->baseline && !check_baseline_read(run->check, o->baseline, stderr))
		return EXIT_UNUSABLE;
	if (!write_reports(run, out))
		return EXIT_UNUSABLE;
	return check_exit_code(run->check, o->strict);
}

int cmd_check(const struct options *o)
{
	struct pipeline p = {
		.options = o,
		.out = pipeline_out(o),
		.opened = on_opened,
		.more = on_more,
		.tick = on_tick,
		.capture_gap = on_capture_gap,
	};
	struct check_run run = { .options = o };
	struct pipeline_totals totals;
	int code = EXIT_UNUSABLE;
	bool ended_well = true;

	if (o->help_rules) {
		check_help_rules(stdout);
		return EXIT_DONE;
	}
	if (!open_run(&run))
		goto cleanup;
	run.tee.first = groups_kafka_sink(run.groups);
	run.tee.second = check_kafka_sink(run.check);
	p.ctx = &run;
	p.sink = tee_sink(&run.tee);
	code = pipeline_run(&p, &totals);
	if (run.wrapped)
		ended_well = wrap_finish(&run.wrap);
	if (code == EXIT_DONE && !totals.reader_gone && (run.wrapped || !o->wrapped))
		code = conclude(&run, p.out, totals.last == PIPELINE_NO_TIME ? 0 : totals.last);
	if (!ended_well && code != EXIT_UNUSABLE)
		code = EXIT_CHECK_FAILED;
	code = pipeline_close(&p, code);

cleanup:
	groups_free(run.groups);
	check_free(run.check);
	check_settings_free(run.settings);
	return code;
}
