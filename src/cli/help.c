/* SPDX-License-Identifier: Apache-2.0
 *
 * --help, at most 80 columns wide.
 */
#include "cli.h"

#include <string.h>

#include "table.h"

#define HELP_COLUMN 33

static void print_option(FILE *out, const struct table_option *t)
{
	char left[80];
	const char *before = !t->arg ? "" : t->bare ? "[=" : " ";
	int n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s%s", t->letter ? '-' : ' ', t->letter ? t->letter : ' ',
			 t->letter ? "," : " ", t->name, before, t->arg ? t->arg : "", t->bare ? "]" : "");

	if (n >= HELP_COLUMN)
		fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", t->help);
	else
		fprintf(out, "%-*s%s\n", HELP_COLUMN, left, t->help);
}

static void print_sections(FILE *out, enum options_command command)
{
	for (int section = 0; section < SECTIONS; section++) {
		bool titled = false;
		for (size_t i = 0; i < table_n_options; i++) {
			const struct table_option *t = &table_options[i];
			if (t->section != section || !table_applies(t, command))
				continue;
			if (!titled)
				fprintf(out, "\n%s:\n", table_sections[section]);
			titled = true;
			print_option(out, t);
		}
	}
}

static void print_overview(FILE *out)
{
	fputs("\nCommands:\n", out);
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++)
		fprintf(out, "  %-10s %s\n", table_commands[c].name, table_commands[c].summary);
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < table_n_options; i++)
		if (table_options[i].letter && strchr("riD", table_options[i].letter))
			print_option(out, &table_options[i]);
	fputs("\nTry: regroup -i eth0; regroup log -r capture.pcap. More: regroup COMMAND --help\n",
	      out);
}

void help_print(FILE *out, enum options_command command)
{
	const struct table_command *c = &table_commands[command];

	fprintf(out, "regroup %s%s%s\n\nUsage: %s\n", c->name ? c->name : "", c->name ? ": " : "", c->summary,
		c->usage);
	if (command == OPTIONS_NO_COMMAND) {
		print_overview(out);
		return;
	}
	print_sections(out, command);
	if (command == OPTIONS_LOG || command == OPTIONS_DECODE || command == OPTIONS_WHY)
		fputs("\nA capture filter is what tcpdump takes: host 10.0.0.1 and port 9092.\n", out);
}
