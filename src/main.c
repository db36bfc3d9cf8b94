/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <regroup/options.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	struct options o;
	char err[OPTIONS_ERROR];
	int code = EXIT_UNUSABLE;

	/* For the build: regroup --generate man regroup.1.in > regroup.1 */
	if (argc == 4 && strcmp(argv[1], "--generate") == 0)
		return strcmp(argv[2], "rules") == 0 ? rules_page(argv[3], stdout) : generate(argv[2], argv[3], stdout);
	if (options_parse(&o, argc, argv, err))
		code = cli_run(&o);
	else
		fprintf(stderr, "regroup: %s\n", err);
	options_free(&o);
	return code;
}
