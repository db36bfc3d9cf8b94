/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <string.h>

#include <regroup/capture.h>
#include <regroup/json.h>

struct doctor_run {
	const struct options *options;
	struct json json;
	bool blind; /* nothing can be captured live */
};

static void print_json(struct doctor_run *run, const struct cap_finding *f)
{
	struct json *j = &run->json;

	json_object_begin(j);
	json_key(j, "what");
	json_text(j, f->what);
	json_key(j, "ok");
	json_bool(j, f->ok);
	json_key(j, "detail");
	json_text(j, f->detail);
	json_object_end(j);
	json_newline(j);
}

static void on_finding(void *ctx, const struct cap_finding *f)
{
	struct doctor_run *run = ctx;

	run->blind |= f->needed && !f->ok;
	if (run->options->format == OPTIONS_JSON)
		print_json(run, f);
	else if (strcmp(f->what, "grant") == 0)
		printf("\nas root, once: %s\n", f->detail);
	else
		printf("%-4s %-20s %s\n", f->ok ? "ok" : "no", f->what, f->detail);
}

int cmd_doctor(const struct options *o)
{
	struct doctor_run run = { .options = o };

	json_init(&run.json);
	cap_doctor(&run, on_finding);
	if (o->format == OPTIONS_JSON)
		fwrite(run.json.buf, 1, run.json.len, stdout);
	json_free(&run.json);
	return run.blind ? EXIT_UNUSABLE : EXIT_DONE;
}
