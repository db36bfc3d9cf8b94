/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <regroup/check.h>
#include <regroup/output.h>
#include <regroup/suggest.h>

static int unknown(const char *what)
{
	static const char *const ids[] = { "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9" };
	struct suggest near = { .word = what };

	for (size_t i = 0; i < explain_count(); i++) {
		const char *other;

		suggest_try(&near, explain_name(i));
		for (size_t k = 0; (other = explain_other_name(i, k)) != NULL; k++)
			suggest_try(&near, other);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		suggest_try(&near, ids[i]);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		suggest_try(&near, check_rule(i)->id);
	fprintf(stderr, "regroup: unknown cause, storm, event, error or rule '%.100s'", what);
	if (near.best)
		fprintf(stderr, ": did you mean '%s'?\n", near.best);
	else
		fprintf(stderr, "; regroup explain lists them\n");
	return EXIT_UNUSABLE;
}

int cmd_explain(const struct options *o)
{
	bool json = o->format == OPTIONS_JSON, color = options_use_color(o);
	unsigned rule;
	size_t i;

	if (!o->filter) {
		explain_list(stdout, json, color);
		if (!json)
			printf("regroup rules lists the rules of regroup check.\n");
		return EXIT_DONE;
	}
	if ((rule = check_rule_find(o->filter)) != 0) {
		check_rule_print(stdout, rule, json, color);
		return EXIT_DONE;
	}
	if (!explain_find(o->filter, &i))
		return unknown(o->filter);
	explain_print(stdout, i, json, color);
	return EXIT_DONE;
}
