/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <string.h>

#include <regroup/suggest.h>
#include "table.h"

int cmd_help(const struct options *o)
{
	struct suggest near = { .word = o->topic };

	if (!o->topic) {
		help_print(stdout, OPTIONS_NO_COMMAND);
		return EXIT_DONE;
	}
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		if (strcmp(table_commands[c].name, o->topic) == 0) {
			help_print(stdout, (enum options_command)c);
			return EXIT_DONE;
		}
		suggest_try(&near, table_commands[c].name);
	}
	fprintf(stderr, "regroup: unknown command '%s'%s%s%s\n", o->topic, near.best ? ": did you mean " : "",
		near.best ? near.best : "", near.best ? "?" : "");
	return EXIT_UNUSABLE;
}
