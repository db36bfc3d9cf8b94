/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <errno.h>
#include <regroup/check.h>
#include <string.h>

int cmd_rules(const struct options *o)
{
	if (o->rules_schema)
		check_schema_rules(stdout);
	else if (o->help_rules)
		check_help_rules(stdout);
	else
		check_rules_list(stdout, o->format == OPTIONS_JSON, options_use_color(o));
	return EXIT_DONE;
}

int rules_page(const char *template_file, FILE *out)
{
	FILE *in = fopen(template_file, "r");
	char line[400];

	if (!in) {
		fprintf(stderr, "regroup: --generate rules %s: %s\n", template_file, strerror(errno));
		return EXIT_UNUSABLE;
	}
	while (fgets(line, sizeof(line), in)) {
		if (strcmp(line, "@KEYS@\n") == 0)
			check_man_rules(out);
		else
			fputs(line, out);
	}
	fclose(in);
	return EXIT_DONE;
}
