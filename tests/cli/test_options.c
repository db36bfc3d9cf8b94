/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/options.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <regroup/group.h>

#define MAX_WORDS 32

static struct options parsed;
static char err[OPTIONS_ERROR];

/* Parses a command line given as words with single spaces; '_' stands for an empty word. */
static bool parse(const char *line)
{
	static char text[512];
	static char *argv[MAX_WORDS];
	int argc = 0;

	options_free(&parsed);
	strcpy(text, line);
	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		argv[argc++] = strcmp(w, "_") == 0 ? w + 1 : w;
	argv[argc] = NULL;
	return options_parse(&parsed, argc, argv, err);
}

static void accept_line(const char *line)
{
	if (!parse(line))
		fail_msg("%s: %s", line, err);
	assert_string_equal(err, "");
}

static void refuse_line(const char *line, const char *first_line)
{
	assert_false(parse(line));
	size_t len = strcspn(err, "\n");
	assert_non_null(strstr(err, "\nTry 'regroup "));
	err[len] = '\0';
	assert_string_equal(err, first_line);
}

static int teardown(void **state)
{
	(void)state;
	options_free(&parsed);
	return 0;
}

static void test_commands(void **state)
{
	(void)state;
	accept_line("regroup");
	assert_int_equal(parsed.command, OPTIONS_NO_COMMAND);
	accept_line("regroup --help");
	assert_true(parsed.help);
	accept_line("regroup -D");
	assert_true(parsed.list_interfaces);
	accept_line("regroup log -h");
	assert_true(parsed.command == OPTIONS_LOG && parsed.help);
	accept_line("regroup help decode");
	assert_string_equal(parsed.topic, "decode");
	accept_line("regroup version");
	assert_int_equal(parsed.command, OPTIONS_VERSION);
	refuse_line("regroup lgo", "unknown command 'lgo': did you mean log?");
	refuse_line("regroup _", "unknown command ''");
	refuse_line("regroup xyzzy", "unknown command 'xyzzy'");
	refuse_line("regroup /dev/null", "unknown command '/dev/null': did you mean regroup log -r /dev/null?");
	accept_line("regroup -r a");
	assert_int_equal(parsed.command, OPTIONS_TUI);
	accept_line("regroup -i eth0 port 9092");
	assert_int_equal(parsed.command, OPTIONS_TUI);
	assert_string_equal(parsed.filter, "port 9092");
	accept_line("regroup tui -r a");
	assert_int_equal(parsed.command, OPTIONS_TUI);
	refuse_line("regroup tui", "nothing to read: give -r FILE or -i INTERFACE (-D lists them)");
	refuse_line("regroup tui -r a --format json", "--format is an option of regroup log");
	refuse_line("regroup help a b", "'b' is one word too many");
	refuse_line("regroup version x", "'x' is one word too many");
}

static void test_spellings(void **state)
{
	static const char *const lines[] = {
		"regroup log -r a -r b -vv",         "regroup log -ra -rb -v -v",
		"regroup log --read a --read=b -vv", "regroup log -vr a -vrb",
		"regroup log -v --read a -r b --verbose",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		accept_line(lines[i]);
		assert_int_equal(parsed.n_files, 2);
		assert_string_equal(parsed.files[0], "a");
		assert_string_equal(parsed.files[1], "b");
		assert_int_equal(parsed.verbose, 2);
		assert_null(parsed.filter);
	}
	accept_line("regroup log -nr a");
	refuse_line("regroup log -r", "-r needs FILE");
	refuse_line("regroup log --read", "--read needs FILE");
	refuse_line("regroup log --quiet=1 -r a", "--quiet takes no argument");
	accept_line("regroup log -i lo");
	assert_int_equal(parsed.ebpf, OPTIONS_EBPF_AUTO);
	accept_line("regroup log -i lo --ebpf tcp port 9092");
	assert_int_equal(parsed.ebpf, OPTIONS_EBPF_FILTER);
	assert_string_equal(parsed.filter, "tcp port 9092");
	accept_line("regroup log --ebpf=ring -i lo");
	assert_int_equal(parsed.ebpf, OPTIONS_EBPF_RING);
	refuse_line("regroup log -i lo --ebpf=on", "--ebpf on: one of auto|filter|ring|off is expected");
	refuse_line("regroup log -r a --ebpf", "--ebpf needs -i INTERFACE");
}

static void test_filter(void **state)
{
	(void)state;
	accept_line("regroup log host 10.0.0.1 -r - and port 9092 -- -v");
	assert_string_equal(parsed.files[0], "-");
	assert_string_equal(parsed.filter, "host 10.0.0.1 and port 9092 -v");
	assert_int_equal(parsed.verbose, 0);
	accept_line("regroup log -r a tcp[0] - 1");
	assert_string_equal(parsed.filter, "tcp[0] - 1");
}

static void test_numbers(void **state)
{
	(void)state;
	accept_line("regroup decode -r a -c 5 -s 64k -B 2048 --memory 1G --connection 18446744073709551615");
	assert_int_equal(parsed.count, 5);
	assert_int_equal(parsed.snaplen, 65536);
	assert_int_equal(parsed.buffer_kib, 2048);
	assert_int_equal(parsed.memory, 1 << 30);
	assert_true(parsed.connection == UINT64_MAX);
	accept_line("regroup log -i lo -w f -C 100 -G 60 -W 5 -U");
	assert_int_equal(parsed.save_bytes, 100000000);
	assert_int_equal(parsed.save_seconds, 60);
	assert_int_equal(parsed.save_files, 5);
	assert_true(parsed.save_flush);
	accept_line("regroup log -i lo -w f -C 100M -s 0");
	assert_int_equal(parsed.save_bytes, 100 << 20);
	assert_int_equal(parsed.snaplen, 0);
	refuse_line("regroup log -r a -c 0", "-c 0: must be at least 1 and at most 18446744073709551615");
	refuse_line("regroup log -r a -c -1", "-c -1: a number is expected");
	refuse_line("regroup log -r a -c 18446744073709551616", "-c 18446744073709551616: a number is expected");
	refuse_line("regroup log -r a -c _", "-c : a number is expected");
	refuse_line("regroup log -r a -s 4G", "-s 4G: must be at least 0 and at most 2147483647");
	refuse_line("regroup log -r a -s k", "-s k: a size is expected, such as 512k, 64M or 2G");
	refuse_line("regroup log -r a --memory 99999999999G",
		    "--memory 99999999999G: a size is expected, such as 512k, 64M or 2G");
	refuse_line("regroup log -r a --memory 9", "--memory 9: must be at least 1048576 and at most 9223372036854775807");
}

static void test_lists(void **state)
{
	(void)state;
	accept_line("regroup log -r a --port 9092,9093 --port=1");
	assert_int_equal(parsed.n_ports, 3);
	assert_int_equal(parsed.ports[0], 9092);
	assert_int_equal(parsed.ports[2], 1);
	refuse_line("regroup log -r a --port 0", "--port 0: ports are numbers from 1 to 65535, with commas between");
	refuse_line("regroup log -r a --port 9092,65536",
		    "--port 9092,65536: ports are numbers from 1 to 65535, with commas between");
	refuse_line("regroup log -r a --port _", "--port '': a port is expected");

	accept_line("regroup decode -r a --api JoinGroup,syncgroup --api 0");
	assert_true(options_wants_api(&parsed, 11) && options_wants_api(&parsed, 14) && options_wants_api(&parsed, 0));
	assert_false(options_wants_api(&parsed, 12) || options_wants_api(&parsed, -1) ||
		     options_wants_api(&parsed, 200));
	accept_line("regroup decode -r a");
	assert_true(options_wants_api(&parsed, 12) && options_wants_api(&parsed, 200));
	refuse_line("regroup decode -r a --api JoinGrp", "--api: unknown API 'JoinGrp': did you mean JoinGroup?");
	refuse_line("regroup decode -r a --api 128", "--api: unknown API '128'");

	accept_line("regroup log -r a --type rebalance,gap");
	assert_int_equal(parsed.types, 1U << GROUP_EVENT_REBALANCE | 1U << GROUP_EVENT_GAP);
	refuse_line("regroup log -r a --type rebalnace",
		    "--type: unknown event type 'rebalnace': did you mean rebalance?");
}

static void test_choices(void **state)
{
	(void)state;
	accept_line("regroup log -r a --format json --color never");
	assert_int_equal(parsed.format, OPTIONS_JSON);
	assert_int_equal(parsed.color, OPTIONS_COLOR_NEVER);
	assert_false(options_use_color(&parsed));
	accept_line("regroup log -r a --color=always");
	assert_true(options_use_color(&parsed));
	refuse_line("regroup log -r a --format xml", "--format xml: one of text|json is expected");
	refuse_line("regroup log -r a --format tex", "--format tex: one of text|json is expected");
}

static void test_together(void **state)
{
	(void)state;
	refuse_line("regroup log", "nothing to read: give -r FILE or -i INTERFACE (-D lists them)");
	refuse_line("regroup log -r a -i lo", "-r and -i exclude each other");
	refuse_line("regroup log -r a -C 1", "-C, -G, -W, -U and --save need -w FILE");
	refuse_line("regroup log -r a -w b -W 3", "-W needs -C or -G");
	refuse_line("regroup log -r a -w - -C 3", "-w - is one stream: -C and -G need the name of a file");
	accept_line("regroup log -D");
	accept_line("regroup log -r a -i lo --help");
}

static void test_windows(void **state)
{
	(void)state;
	accept_line("regroup log -r f --since 10:56 --until=+90s");
	assert_int_equal(parsed.since.kind, OPTIONS_TIME_OF_DAY);
	assert_int_equal(parsed.until.kind, OPTIONS_TIME_AFTER);
	assert_int_equal(parsed.until.ns, 90000000000);
	assert_false(parsed.collapse || parsed.no_collapse);
	accept_line("regroup log -r f --collapse");
	assert_true(parsed.collapse);
	refuse_line("regroup log -r f --collapse --no-collapse", "--collapse and --no-collapse exclude each other");
	refuse_line("regroup log -r f --since yesterday",
	            "--since yesterday: a time is expected, such as 10:56:07, 2026-11-21T10:56:07Z or +90s");
	refuse_line("regroup decode -r f --since 10:56", "--since is an option of regroup log");
}

static void test_verdicts(void **state)
{
	(void)state;
	accept_line("regroup why -r f --group pay* --format json port 9092");
	assert_int_equal(parsed.command, OPTIONS_WHY);
	assert_string_equal(parsed.group, "pay*");
	assert_string_equal(parsed.filter, "port 9092");
	refuse_line("regroup why", "nothing to read: give -r FILE or -i INTERFACE (-D lists them)");
	accept_line("regroup explain");
	assert_null(parsed.filter);
	accept_line("regroup explain rolling restart --format json");
	assert_int_equal(parsed.command, OPTIONS_EXPLAIN);
	assert_string_equal(parsed.filter, "rolling restart");
	refuse_line("regroup explain -r f", "-r is an option of regroup log");
}

static void test_suggestions(void **state)
{
	(void)state;
	refuse_line("regroup log --fromat json", "unknown option --fromat: did you mean --format?");
	refuse_line("regroup log --snapshot 5", "unknown option --snapshot: did you mean --snapshot-length?");
	refuse_line("regroup log --colour never", "unknown option --colour: did you mean --color?");
	refuse_line("regroup log --wibble", "unknown option --wibble");
	refuse_line("regroup log --client-id x", "--client-id is an option of regroup decode");
	refuse_line("regroup log -x", "unknown option -x");
	refuse_line("regroup log -\033", "unknown option -?");
}

static void test_prompt(void **state)
{
	(void)state;
	accept_line("regroup log -i lo");
	assert_true(options_prompt_output(&parsed));
	accept_line("regroup log -r a -r -");
	assert_true(options_prompt_output(&parsed));
	accept_line("regroup log -r a");
	assert_false(options_prompt_output(&parsed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_commands, teardown),
		cmocka_unit_test_teardown(test_spellings, teardown),
		cmocka_unit_test_teardown(test_filter, teardown),
		cmocka_unit_test_teardown(test_numbers, teardown),
		cmocka_unit_test_teardown(test_lists, teardown),
		cmocka_unit_test_teardown(test_choices, teardown),
		cmocka_unit_test_teardown(test_together, teardown),
		cmocka_unit_test_teardown(test_windows, teardown),
		cmocka_unit_test_teardown(test_verdicts, teardown),
		cmocka_unit_test_teardown(test_suggestions, teardown),
		cmocka_unit_test_teardown(test_prompt, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
