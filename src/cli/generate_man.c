/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"

#include <ctype.h>

/* Text as roff takes it: dashes as they are typed, nothing taken for a request. */
static void put_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
	}
}

static void put_sentence(FILE *out, const char *text)
{
	fputc(toupper((unsigned char)*text), out);
	put_roff(out, text + 1);
	fputs(".\n", out);
}

static void title(FILE *out)
{
	fprintf(out, ".TH REGROUP 1 \"\" \"regroup %s\" \"User Commands\"\n", REGROUP_VERSION);
}

static void commands(FILE *out)
{
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		fprintf(out, ".TP\n.B %s\n", table_commands[c].name);
		put_sentence(out, table_commands[c].summary);
		put_roff(out, table_commands[c].more);
		fputc('\n', out);
	}
}

static void only_with(FILE *out, const struct table_option *t)
{
	int known = 0, last = 0;

	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		if (!table_applies(t, (enum options_command)c))
			continue;
		known++;
		last = c;
	}
	if (known == 1)
		fprintf(out, "Only with\n.BR %s .\n", table_commands[last].name);
}

static void option(FILE *out, const struct table_option *t)
{
	fputs(".TP\n", out);
	if (t->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", t->letter);
	fputs("\\fB\\-\\-", out);
	put_roff(out, t->name);
	fputs("\\fR", out);
	if (t->arg) {
		fputs(t->bare ? "[=\\fI" : " \\fI", out);
		put_roff(out, t->arg);
		fputs(t->bare ? "\\fR]" : "\\fR", out);
	}
	fputc('\n', out);
	put_sentence(out, t->help);
	if (t->more) {
		put_roff(out, t->more);
		fputc('\n', out);
	}
	if (t->kind == KIND_TYPES) {
		fputs("Types are ", out);
		generate_words(out, t, ", ");
		fputs(".\n", out);
	}
	only_with(out, t);
}

static void options(FILE *out)
{
	for (int section = 0; section < SECTIONS; section++) {
		fprintf(out, ".SS %s\n", table_sections[section]);
		for (size_t i = 0; i < table_n_options; i++)
			if (table_options[i].section == section)
				option(out, &table_options[i]);
	}
}

const struct generate_part generate_man[] = {
	{ "@TITLE@", title },
	{ "@COMMANDS@", commands },
	{ "@OPTIONS@", options },
	{ NULL, NULL },
};
