/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <regroup/output.h>

#include "suggest.h"

static int unknown(const char *what)
{
	static const char *const ids[] = { "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9" };
	struct suggest near = { .word = what };

	for (size_t i = 0; i < explain_count(); i++)
		suggest_try(&near, explain_name(i));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		suggest_try(&near, ids[i]);
	fprintf(stderr, "regroup: unknown cause or storm '%.100s'", what);
	if (near.best)
		fprintf(stderr, ": did you mean '%s'?\n", near.best);
	else
		fprintf(stderr, "; regroup explain lists them\n");
	return EXIT_UNUSABLE;
}

int cmd_explain(const struct options *o)
{
	bool json = o->format == OPTIONS_JSON, color = options_use_color(o);
	size_t i;

	if (!o->filter) {
		explain_list(stdout, json, color);
		return EXIT_DONE;
	}
	if (!explain_find(o->filter, &i))
		return unknown(o->filter);
	explain_print(stdout, i, json, color);
	return EXIT_DONE;
}
