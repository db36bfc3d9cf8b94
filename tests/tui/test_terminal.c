/* SPDX-License-Identifier: Apache-2.0
 *
 * The real program on a pseudo terminal: what it shows is what the screens' goldens say, in every size, and the terminal
 * is as before when it ends, however it ends.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

#define STORM SOURCE_DIR "/captures/storm.pcap.zst"
#define SCREENS SOURCE_DIR "/tests/tui/screens/"

static const char *const plain[] = { "LC_ALL=C.UTF-8", "XDG_CONFIG_HOME=/nonexistent", NULL };

static struct pty *start_with(const char *file, const char *const *environment, int columns, int rows)
{
	char *argv[] = { (char *)(size_t)REGROUP, (char *)(size_t)"tui", (char *)(size_t)"-r", (char *)(size_t)file, NULL };
	struct pty *p = pty_start(argv, environment, columns, rows);

	assert_non_null(p);
	return p;
}

static struct pty *start(int columns, int rows)
{
	struct pty *p = start_with(STORM, plain, columns, rows);

	assert_true(pty_wait_for(p, "end of capture"));
	pty_settle(p, 200);
	return p;
}

/* The screen of this name in a golden; to be freed. */
static char *golden(const char *file, const char *name)
{
	char path[512], line[2048], *text = calloc(1, 1 << 20);
	FILE *in;
	bool inside = false;

	snprintf(path, sizeof(path), SCREENS "%s.txt", file);
	in = fopen(path, "re");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, "=== ", 4) == 0) {
			line[strcspn(line, "\n")] = '\0';
			inside = strcmp(line + 4, name) == 0;
		} else if (inside) {
			strcat(text, line);
		}
	}
	fclose(in);
	return text;
}

static void assert_screen(struct pty *p, const char *file, const char *name)
{
	char *wanted = golden(file, name), *shown = pty_screen(p);

	assert_string_equal(shown, wanted);
	free(wanted);
	free(shown);
}

static void assert_end(struct pty *p, int signal)
{
	int status = pty_wait_end(p);

	if (signal)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signal);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(pty_is_restored(p));
	pty_free(p);
}

static void press(struct pty *p, const char *keys)
{
	pty_type(p, keys);
	pty_settle(p, 300);
}

static void test_screens(void **state)
{
	struct pty *p = start(80, 24);

	(void)state;
	assert_screen(p, "storm", "groups");
	press(p, "\r");
	assert_screen(p, "storm", "timeline");
	press(p, "\033[D");
	assert_screen(p, "storm", "timeline, the rebalance before");
	press(p, "\r");
	assert_screen(p, "storm", "rebalance");
	press(p, "\r");
	assert_screen(p, "storm", "ladder");
	press(p, "Q");
	assert_end(p, 0);
}

static void test_resize(void **state)
{
	struct pty *p = start(80, 24);

	(void)state;
	pty_resize(p, 140, 45);
	pty_settle(p, 400);
	assert_screen(p, "storm-wide", "groups");
	press(p, "\r");
	assert_screen(p, "storm-wide", "timeline");
	pty_resize(p, 30, 6);
	pty_settle(p, 300);
	pty_resize(p, 140, 45);
	pty_settle(p, 400);
	assert_screen(p, "storm-wide", "timeline");
	press(p, "\033Q");
	assert_end(p, 0);
}

static void test_function_keys(void **state)
{
	struct pty *p = start(80, 24);

	(void)state;
	press(p, "\033OP");
	assert_true(pty_wait_for(p, "From the list to the cause"));
	press(p, "\033");
	assert_screen(p, "storm", "groups");
	press(p, "\033[21~");
	assert_end(p, 0);
}

static void test_mouse(void **state)
{
	struct pty *p = start(80, 24);

	(void)state;
	press(p, "\033[<0;11;4M");
	press(p, "\033[<0;11;4m");
	press(p, "\033[<0;11;4M");
	assert_true(pty_wait_for(p, "waited for"));
	press(p, "\003"); /* Ctrl-C */
	assert_end(p, 0);
}

static void test_signals(void **state)
{
	static const struct {
		int signal;
		bool dies;
	} signals[] = { { SIGSEGV, true }, { SIGABRT, true }, { SIGBUS, true }, { SIGFPE, true }, { SIGTERM, false },
	                { SIGINT, false }, { SIGHUP, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct pty *p = start(80, 24);

		assert_false(pty_is_restored(p));
		if (SANITIZED && signals[i].dies) { /* they have a way of their own to end */
			pty_free(p);
			continue;
		}
		pty_signal(p, signals[i].signal);
		assert_end(p, signals[i].dies ? signals[i].signal : 0);
	}
}

static void test_suspend(void **state)
{
	struct pty *p = start(80, 24);
	int status;

	(void)state;
	pty_type(p, "\032");
	pty_settle(p, 300);
	assert_int_equal(waitpid(pty_pid(p), &status, WUNTRACED), pty_pid(p));
	assert_true(WIFSTOPPED(status));
	assert_true(pty_is_restored(p));
	pty_signal(p, SIGCONT);
	pty_settle(p, 400);
	assert_screen(p, "storm", "groups");
	press(p, "Q");
	assert_end(p, 0);
}

static void test_no_color(void **state)
{
	static const char *const environment[] = { "LC_ALL=C.UTF-8", "NO_COLOR=1", "XDG_CONFIG_HOME=/nonexistent", NULL };
	struct pty *p = start(80, 24);

	(void)state;
	assert_true(pty_has_color(p));
	pty_free(p);
	p = start_with(STORM, environment, 80, 24);
	assert_true(pty_wait_for(p, "end of capture"));
	press(p, "\r");
	assert_screen(p, "storm", "timeline");
	assert_false(pty_has_color(p));
	press(p, "Q");
	assert_end(p, 0);
}

static void test_ascii(void **state)
{
	static const char *const environment[] = { "LC_ALL=C", "XDG_CONFIG_HOME=/nonexistent", NULL };
	struct pty *p = start_with(STORM, environment, 80, 24);
	const char *written;
	size_t len;

	(void)state;
	assert_true(pty_wait_for(p, "end of capture"));
	press(p, "\r");
	assert_true(pty_wait_for(p, "!vod-3"));
	press(p, "\r\r");
	press(p, "Q");
	written = pty_written(p, &len);
	for (size_t i = 0; i < len; i++)
		assert_true((unsigned char)written[i] < 0x80);
	assert_end(p, 0);
}

/* With no key pressed and nothing new it takes no time. */
static long ticks_of(pid_t pid)
{
	char path[64], text[1024];
	unsigned long user = 0, system = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	assert_int_equal(sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system), 2);
	return (long)(user + system);
}

static void test_idle(void **state)
{
	struct pty *p = start(80, 24);
	long before = ticks_of(pty_pid(p));
	size_t written, after;

	(void)state;
	pty_written(p, &written);
	pty_settle(p, 1000);
	pty_written(p, &after);
	assert_int_equal(ticks_of(pty_pid(p)), before);
	assert_int_equal(written, after);
	press(p, "Q");
	assert_end(p, 0);
}

/* The budget of the command line is that of the screens. */
static void test_memory(void **state)
{
	char *argv[] = { (char *)(size_t)REGROUP, (char *)(size_t)"tui", (char *)(size_t)"-r", (char *)(size_t)STORM,
		         (char *)(size_t)"--memory=4M", NULL };
	struct pty *p = pty_start(argv, plain, 80, 24);

	(void)state;
	assert_non_null(p);
	assert_true(pty_wait_for(p, "end of capture"));
	press(p, "9");
	assert_true(pty_wait_for(p, "% of 2 MiB"));
	press(p, "Q");
	assert_end(p, 0);
}

static void test_own_keys(void **state)
{
	char folder[] = "/tmp/regroup-keys-XXXXXX", path[64], config[64];
	const char *environment[] = { "LC_ALL=C.UTF-8", config, NULL };
	struct pty *p;
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(config, sizeof(config), "XDG_CONFIG_HOME=%s", folder);
	snprintf(path, sizeof(path), "mkdir %s/regroup", folder);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/regroup/keys", folder);
	out = fopen(path, "we");
	assert_non_null(out);
	fputs("# mine\n[keys]\nopen = o F12\nquit = Ctrl-X\n", out);
	fclose(out);
	p = start_with(STORM, environment, 80, 24);
	assert_true(pty_wait_for(p, "end of capture"));
	press(p, "\rQ"); /* mean nothing now */
	assert_true(pty_wait_for(p, "o Open"));
	press(p, "o");
	assert_true(pty_wait_for(p, "waited for"));
	press(p, "\030");
	assert_end(p, 0);

	out = fopen(path, "we");
	fputs("open = Enter\nopne = x\n", out);
	fclose(out);
	p = start_with(STORM, environment, 140, 45);
	assert_true(pty_wait_for(p, "line 2: no action is called 'opne'"));
	assert_int_equal(WEXITSTATUS(pty_wait_end(p)), 2);
	pty_free(p);
	unlink(path);
	path[strlen(path) - strlen("/keys")] = '\0';
	rmdir(path);
	rmdir(folder);
}

/* The packets of one group in a file of their own say the same of it. */
static void test_save(void **state)
{
	char folder[] = "/tmp/regroup-save-XXXXXX", text[256];
	struct pty *p = start(80, 24);

	(void)state;
	assert_non_null(mkdtemp(folder));
	press(p, "\r");
	snprintf(text, sizeof(text), "s%s/x.pcapng\r", folder);
	press(p, text);
	assert_true(pty_wait_for(p, "saved "));
	press(p, text);
	assert_true(pty_wait_for(p, "is there already"));
	press(p, "Q");
	assert_end(p, 0);
	snprintf(text, sizeof(text), "test $(" REGROUP " log -r %s/x.pcapng --format json --type rebalance | grep -c generation) = 9", folder);
	assert_int_equal(system(text), 0);
	snprintf(text, sizeof(text), "%s/x.pcapng", folder);
	unlink(text);
	rmdir(folder);
}

static void test_no_terminal(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(system(REGROUP " tui -r " STORM " </dev/null >/dev/null 2>&1")), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_screens),  cmocka_unit_test(test_resize),   cmocka_unit_test(test_function_keys),
		cmocka_unit_test(test_mouse),    cmocka_unit_test(test_signals),  cmocka_unit_test(test_suspend),
		cmocka_unit_test(test_no_color), cmocka_unit_test(test_ascii),    cmocka_unit_test(test_idle),
		cmocka_unit_test(test_own_keys), cmocka_unit_test(test_save),     cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
