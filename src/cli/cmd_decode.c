/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "pipeline.h"

#include <unistd.h>

#include <regroup/output.h>

struct decode_run {
	struct decode *decode;
	bool prompt; /* somebody may be waiting for each line */
};

static void on_tick(void *ctx, int64_t now)
{
	struct decode_run *run = ctx;

	(void)now;
	if (run->prompt)
		decode_flush(run->decode);
}

static struct decode *open_decode(const struct options *o, FILE *out)
{
	const struct decode_options d = {
		.out = out,
		.err = o->quiet ? NULL : stderr,
		.json = o->format == OPTIONS_JSON,
		.color = options_use_color(o),
		.verbose = (int)o->verbose,
		.apis = { o->apis[0], o->apis[1] },
		.group = o->group,
		.client_id = o->client_id,
		.errors_only = o->errors,
		.connection = o->connection,
	};

	return decode_new(&d);
}

int cmd_decode(const struct options *o)
{
	struct pipeline p = { .options = o, .out = pipeline_out(o), .tick = on_tick };
	struct pipeline_totals totals;
	struct decode_run run;
	int code;

	run.prompt = options_prompt_output(o) || isatty(fileno(p.out));
	run.decode = open_decode(o, p.out);
	if (!run.decode) {
		fprintf(stderr, "regroup: out of memory\n");
		return EXIT_UNUSABLE;
	}
	p.ctx = &run;
	p.sink = decode_kafka_sink(run.decode);
	code = pipeline_run(&p, &totals);
	if (!totals.reader_gone && totals.capture.packets > 0)
		decode_finish(run.decode);
	decode_free(run.decode);
	return pipeline_close(&p, code);
}
