/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <regroup/check.h>

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
