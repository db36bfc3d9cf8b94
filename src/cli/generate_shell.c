/* SPDX-License-Identifier: Apache-2.0
 *
 * Completions for bash, zsh and fish.
 */
#include "generate.h"

static bool is_capture(int command)
{
	return command == OPTIONS_LOG || command == OPTIONS_DECODE;
}

/* Inside single quotes; `also` is a character that needs a backslash besides. */
static void put_quoted(FILE *out, const char *text, const char *also)
{
	for (; *text; text++) {
		if (*text == '\'') {
			fputs("'\\''", out);
			continue;
		}
		for (const char *a = also; *a; a++)
			if (*text == *a)
				fputc('\\', out);
		fputc(*text, out);
	}
}

/* ---- bash --------------------------------------------------------------------------------------------- */

static void bash_commands(FILE *out)
{
	fputs("\tcommands='", out);
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++)
		fprintf(out, "%s%s", c > OPTIONS_NO_COMMAND + 1 ? " " : "", table_commands[c].name);
	fputs("'\n", out);
}

static void bash_options(FILE *out)
{
	for (int c = OPTIONS_NO_COMMAND; c < OPTIONS_COMMANDS; c++) {
		fprintf(out, "\t%s) options='", c ? table_commands[c].name : "''");
		for (size_t i = 0; i < table_n_options; i++) {
			const struct table_option *t = &table_options[i];
			if (!table_applies(t, (enum options_command)c))
				continue;
			if (t->letter)
				fprintf(out, "-%c ", t->letter);
			fprintf(out, "--%s ", t->name);
		}
		fputs("' ;;\n", out);
	}
}

static void bash_action(FILE *out, const struct table_option *t)
{
	if (generate_has_words(t)) {
		fputs("_regroup_words '", out);
		generate_words(out, t, " ");
		fputs("'", out);
	} else if (t->complete == COMPLETE_FILE) {
		fputs("_regroup_files", out);
	} else if (t->complete == COMPLETE_INTERFACE) {
		fputs("_regroup_words \"any $(ls /sys/class/net 2>/dev/null)\"", out);
	} else if (t->complete == COMPLETE_USER) {
		fputs("COMPREPLY=($(compgen -u -- \"$cur\"))", out);
	} else {
		fputs("COMPREPLY=()", out);
	}
}

static void bash_arguments(FILE *out)
{
	for (size_t i = 0; i < table_n_options; i++) {
		const struct table_option *t = &table_options[i];
		for (int c = OPTIONS_NO_COMMAND; t->arg && !t->bare && c < OPTIONS_COMMANDS; c++) {
			if (!table_applies(t, (enum options_command)c))
				continue;
			fprintf(out, "\t%s:--%s", table_commands[c].name, t->name);
			if (t->letter)
				fprintf(out, " | %s:-%c", table_commands[c].name, t->letter);
			fputs(") ", out);
			bash_action(out, t);
			fputs("; return ;;\n", out);
		}
	}
}

const struct generate_part generate_bash[] = {
	{ "@COMMANDS@", bash_commands },
	{ "@OPTIONS@", bash_options },
	{ "@ARGUMENTS@", bash_arguments },
	{ NULL, NULL },
};

/* ---- zsh ---------------------------------------------------------------------------------------------- */

static void zsh_commands(FILE *out)
{
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		fprintf(out, "\t'%s:", table_commands[c].name);
		put_quoted(out, table_commands[c].summary, ":");
		fputs("'\n", out);
	}
}

static void zsh_action(FILE *out, const struct table_option *t)
{
	if (generate_has_words(t) && generate_is_list(t)) {
		fputs("_values -s , word ", out);
		generate_words(out, t, " ");
	} else if (generate_has_words(t)) {
		fputs("(", out);
		generate_words(out, t, " ");
		fputs(")", out);
	} else if (t->complete == COMPLETE_FILE) {
		fputs("_files", out);
	} else if (t->complete == COMPLETE_INTERFACE) {
		fputs("_net_interfaces", out);
	} else if (t->complete == COMPLETE_USER) {
		fputs("_users", out);
	}
}

static void zsh_option(FILE *out, const struct table_option *t)
{
	bool again = t->kind == KIND_FILES || t->kind == KIND_REPEAT;

	fputs("\t\t", out);
	if (t->letter && again)
		fprintf(out, "'*'{-%c,--%s}", t->letter, t->name);
	else if (t->letter)
		fprintf(out, "'(-%c --%s)'{-%c,--%s}", t->letter, t->name, t->letter, t->name);
	else
		fprintf(out, "--%s%s", t->name, t->bare ? "=-" : "");
	fputs("'[", out);
	put_quoted(out, t->help, "[]:\\");
	fputs("]", out);
	if (t->arg) {
		fputs(t->bare ? "::" : ":", out);
		put_quoted(out, t->arg, ":[]");
		fputs(":", out);
		zsh_action(out, t);
	}
	fputs("' \\\n", out);
}

static void zsh_options(FILE *out)
{
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		fprintf(out, "\t%s)\n\t\t_arguments -s -S \\\n", table_commands[c].name);
		for (size_t i = 0; i < table_n_options; i++)
			if (table_applies(&table_options[i], (enum options_command)c))
				zsh_option(out, &table_options[i]);
		if (c == OPTIONS_HELP)
			fputs("\t\t'1:command:_regroup_commands'\n", out);
		else
			fprintf(out, "\t\t'*:%s:'\n", is_capture(c) ? "capture filter" : "no argument");
		fputs("\t\t;;\n", out);
	}
}

const struct generate_part generate_zsh[] = {
	{ "@COMMANDS@", zsh_commands },
	{ "@OPTIONS@", zsh_options },
	{ NULL, NULL },
};

/* ---- fish --------------------------------------------------------------------------------------------- */

static void fish_commands(FILE *out)
{
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		fprintf(out, "complete -c regroup -n __fish_use_subcommand -f -a %s -d '", table_commands[c].name);
		put_quoted(out, table_commands[c].summary, "");
		fputs("'\n", out);
	}
}

static void fish_argument(FILE *out, const struct table_option *t)
{
	if (!t->arg || t->bare)
		return;
	if (generate_has_words(t)) {
		fputs(generate_is_list(t) ? " -x -a '(__fish_append , " : " -x -a '", out);
		generate_words(out, t, " ");
		fputs(generate_is_list(t) ? ")'" : "'", out);
	} else if (t->complete == COMPLETE_FILE) {
		fputs(" -r -F", out);
	} else if (t->complete == COMPLETE_INTERFACE) {
		fputs(" -x -a '(__fish_print_interfaces)'", out);
	} else if (t->complete == COMPLETE_USER) {
		fputs(" -x -a '(__fish_complete_users)'", out);
	} else {
		fputs(" -x", out);
	}
}

static void fish_options(FILE *out)
{
	for (int c = OPTIONS_NO_COMMAND; c < OPTIONS_COMMANDS; c++) {
		for (size_t i = 0; i < table_n_options; i++) {
			const struct table_option *t = &table_options[i];
			if (!table_applies(t, (enum options_command)c))
				continue;
			if (c)
				fprintf(out, "complete -c regroup -n '__fish_seen_subcommand_from %s'",
					table_commands[c].name);
			else
				fputs("complete -c regroup -n __fish_use_subcommand", out);
			if (t->letter)
				fprintf(out, " -s %c", t->letter);
			fprintf(out, " -l %s", t->name);
			fish_argument(out, t);
			fputs(" -d '", out);
			put_quoted(out, t->help, "");
			fputs("'\n", out);
		}
	}
}

const struct generate_part generate_fish[] = {
	{ "@COMMANDS@", fish_commands },
	{ "@OPTIONS@", fish_options },
	{ NULL, NULL },
};
