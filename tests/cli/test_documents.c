/* SPDX-License-Identifier: Apache-2.0
 *
 * Help, manual page and completions know every command and every option, and the tables are sound.
 */
#include "cli.h"
#include "table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <regroup/text.h>

static char *text;
static size_t text_len;

static void begin(FILE **out)
{
	free(text);
	*out = open_memstream(&text, &text_len);
	assert_non_null(*out);
}

static void make(const char *kind, const char *template_file)
{
	FILE *out;

	begin(&out);
	assert_int_equal(generate(kind, template_file, out), EXIT_DONE);
	fclose(out);
	assert_null(strstr(text, "@COMMANDS@"));
	assert_null(strstr(text, "@OPTIONS@"));
}

static void need(const char *words)
{
	if (!strstr(text, words))
		fail_msg("missing: %s", words);
}

static void test_help(void **state)
{
	char line[64];
	FILE *out;

	(void)state;
	for (int c = OPTIONS_NO_COMMAND; c < OPTIONS_COMMANDS; c++) {
		begin(&out);
		help_print(out, (enum options_command)c);
		fclose(out);
		need(table_commands[c].usage);
		for (size_t i = 0; i < table_n_options; i++) {
			const struct table_option *t = &table_options[i];
			const char *before = !t->arg ? "" : t->bare ? "[=" : " ";

			snprintf(line, sizeof(line), " --%s%s%s", t->name, before, t->arg ? t->arg : "");
			if (c != OPTIONS_NO_COMMAND && c != OPTIONS_HELP && c != OPTIONS_VERSION && table_applies(t, (enum options_command)c))
				need(line);
		}
	}
}

static void test_help_fits(void **state)
{
	FILE *out;

	(void)state;
	for (int c = OPTIONS_NO_COMMAND; c < OPTIONS_COMMANDS; c++) {
		begin(&out);
		help_print(out, (enum options_command)c);
		fclose(out);
		int lines = 0;
		for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
			size_t width = text_width(line, strcspn(line, "\n"));
			if (width > 80)
				fail_msg("%zu columns: %.*s", width, (int)strcspn(line, "\n"), line);
			lines++;
		}
		assert_true(c != OPTIONS_NO_COMMAND || lines <= 24);
	}
}

static void roff(char *out, size_t size, const char *name)
{
	size_t n = (size_t)snprintf(out, size, "\\fB\\-\\-");

	for (; *name && n + 3 < size; name++) {
		if (*name == '-')
			out[n++] = '\\';
		out[n++] = *name;
	}
	out[n] = '\0';
	strcat(out, "\\fR");
}

static void test_man(void **state)
{
	char line[96];

	(void)state;
	make("man", SOURCE_DIR "/man/regroup.1.in");
	need(".TH REGROUP 1 \"\" \"regroup " REGROUP_VERSION "\"");
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		snprintf(line, sizeof(line), "\n.B %s\n", table_commands[c].name);
		need(line);
	}
	for (size_t i = 0; i < table_n_options; i++) {
		roff(line, sizeof(line) - 4, table_options[i].name);
		need(line);
	}
}

static void test_bash(void **state)
{
	char line[64];

	(void)state;
	make("bash", SOURCE_DIR "/completions/regroup.bash.in");
	for (size_t i = 0; i < table_n_options; i++) {
		const struct table_option *t = &table_options[i];
		snprintf(line, sizeof(line), "--%s ", t->name);
		need(line);
		snprintf(line, sizeof(line), ":--%s", t->name);
		if (t->arg && !t->bare)
			need(line);
	}
	need("commands='log decode ");
	need("'text json'");
	need(" JoinGroup ");
}

static void test_zsh(void **state)
{
	char line[64];

	(void)state;
	make("zsh", SOURCE_DIR "/completions/_regroup.in");
	assert_memory_equal(text, "#compdef regroup\n", 17);
	for (size_t i = 0; i < table_n_options; i++) {
		const struct table_option *t = &table_options[i];
		if (t->letter)
			snprintf(line, sizeof(line), "{-%c,--%s}'[", t->letter, t->name);
		else
			snprintf(line, sizeof(line), "--%s%s'[", t->name, t->bare ? "=-" : "");
		need(line);
	}
}

static void test_fish(void **state)
{
	char line[64];

	(void)state;
	make("fish", SOURCE_DIR "/completions/regroup.fish.in");
	for (size_t i = 0; i < table_n_options; i++) {
		const struct table_option *t = &table_options[i];
		if (t->letter)
			snprintf(line, sizeof(line), " -s %c -l %s ", t->letter, t->name);
		else
			snprintf(line, sizeof(line), " -l %s ", t->name);
		need(line);
	}
}

static void test_bad_requests(void **state)
{
	(void)state;
	assert_int_equal(generate("tcsh", SOURCE_DIR "/man/regroup.1.in", stdout), EXIT_UNUSABLE);
	assert_int_equal(generate("man", SOURCE_DIR "/man/missing", stdout), EXIT_UNUSABLE);
}

/* What a table line of each kind may store into. */
static size_t size_of_kind(const struct table_option *t)
{
	switch (t->kind) {
	case KIND_FLAG:
		return sizeof(bool);
	case KIND_REPEAT:
	case KIND_CHOICE:
		return sizeof(uint32_t);
	case KIND_TEXT:
		return sizeof(char *);
	case KIND_TIME:
		return sizeof(struct options_time);
	case KIND_NUMBER:
	case KIND_SIZE:
		return t->size == sizeof(uint64_t) ? sizeof(uint64_t) : sizeof(uint32_t);
	default:
		return 0;
	}
}

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < table_n_options; i++) {
		const struct table_option *t = &table_options[i];
		assert_int_equal(t->size, size_of_kind(t));
		assert_true(t->section < SECTIONS);
		assert_true(t->commands != 0);
		assert_true((t->kind == KIND_FLAG || t->kind == KIND_REPEAT || t->kind == KIND_NOTHING) == !t->arg);
		assert_true((t->kind == KIND_CHOICE) == (t->choices != NULL));
		assert_true((t->kind == KIND_NUMBER || t->kind == KIND_SIZE) == (t->max > 0));
		assert_true(t->size == 8 || t->max <= UINT32_MAX);
		assert_true(t->kind != KIND_SIZE || t->unit > 0);
		assert_true(t->help[strlen(t->help) - 1] != '.');
		for (size_t k = 0; k < i; k++) {
			const struct table_option *u = &table_options[k];
			if (!(t->commands & u->commands))
				continue;
			assert_string_not_equal(t->name, u->name);
			assert_true(!t->letter || t->letter != u->letter);
		}
	}
}

static int teardown(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help), cmocka_unit_test(test_help_fits),    cmocka_unit_test(test_man),
		cmocka_unit_test(test_bash), cmocka_unit_test(test_zsh),          cmocka_unit_test(test_fish),
		cmocka_unit_test(test_bad_requests), cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
