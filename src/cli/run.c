/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <regroup/capture.h>

typedef int command(const struct options *o);

static command *const commands[OPTIONS_COMMANDS] = {
	[OPTIONS_TUI] = cmd_tui,
	[OPTIONS_LOG] = cmd_log,
	[OPTIONS_DECODE] = cmd_decode,
	[OPTIONS_WHY] = cmd_why,
	[OPTIONS_EXPLAIN] = cmd_explain,
	[OPTIONS_APIS] = cmd_apis,
	[OPTIONS_DOCTOR] = cmd_doctor,
	[OPTIONS_CHECK] = cmd_check,
	[OPTIONS_RULES] = cmd_rules,
	[OPTIONS_DIFF] = cmd_diff,
	[OPTIONS_HELP] = cmd_help,
	[OPTIONS_VERSION] = cmd_version,
};

static void print_interface(void *out, const char *line)
{
	fprintf(out, "%s\n", line);
}

static int list_interfaces(void)
{
	char err[OPTIONS_ERROR];

	if (cap_list_interfaces(print_interface, stdout, err, sizeof(err)) == 0)
		return EXIT_DONE;
	fprintf(stderr, "regroup: %s\n", err);
	return EXIT_UNUSABLE;
}

int cli_run(const struct options *o)
{
	if (o->help) {
		help_print(stdout, o->command);
		return EXIT_DONE;
	}
	if (o->version)
		return cmd_version(o);
	if (o->list_interfaces)
		return list_interfaces();
	if (o->command == OPTIONS_NO_COMMAND) {
		help_print(stderr, OPTIONS_NO_COMMAND);
		return EXIT_UNUSABLE;
	}
	return commands[o->command](o);
}
