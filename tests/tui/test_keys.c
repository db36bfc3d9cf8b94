/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of one's own: what the file may say, and what is said of its mistakes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys.h"

/* What is said of a file with this text, without its name; "" when it is fine. */
static const char *read_text(struct keymap *k, const char *text)
{
	static char err[1024];
	char name[] = "/tmp/regroup-keys-XXXXXX";
	int fd = mkstemp(name);
	bool ok;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	ok = keymap_read(k, name, err, sizeof(err));
	unlink(name);
	if (ok)
		return "";
	assert_memory_equal(err, name, strlen(name));
	return err + strlen(name);
}

static const char *said(const char *text)
{
	struct keymap *k = keymap_new();
	const char *err = read_text(k, text);

	keymap_free(k);
	return err;
}

static void mistakes_are_told(void **state)
{
	char line[1200];

	(void)state;
	assert_string_equal(said("search\n"), ", line 1: 'search': no = behind it");
	assert_string_equal(said("\n# keys\nsearch = F99\n"), ", line 3: no key is called 'F99'");
	assert_string_equal(said("searhc = x\n"), ", line 1: no action is called 'searhc'");
	assert_string_equal(said("open: o\n"), ", line 1: 'open:': no = behind it");
	assert_string_equal(said("quit =\n"), ": no key is left for quit");
	assert_string_equal(said("open = Q F10 Ctrl-C\n"), ": no key is left for quit");
	memset(line, 'x', sizeof(line));
	snprintf(line + 1000, 20, " = x\n");
	assert_string_equal(said(line), ", line 1: it is too long");
	assert_string_equal(said("open = o"), "");
	assert_string_equal(said("\xef\xbb\xbfopen = o\r\n; nothing\n[more]\nOPEN = ENTER  # as it was\n"), "");
}

static void keys_are_given_and_taken(void **state)
{
	struct keymap *k = keymap_new();
	char keys[64], name[16];

	(void)state;
	assert_string_equal(read_text(k, "fold = o F12\nsearch = # /\nopen = o\nmark = #\n"), "");
	assert_int_equal(keymap_action(k, 'o'), ACT_OPEN);
	assert_int_equal(keymap_action(k, '#'), ACT_MARK);
	assert_int_equal(keymap_action(k, ' '), ACT_NONE);
	assert_string_equal(keymap_keys(k, ACT_FOLD, keys, sizeof(keys)), "F12");
	assert_string_equal(keymap_short(k, ACT_FOLD, name), "F12");
	assert_string_equal(keymap_short(k, ACT_BACK, name), "Esc");
	assert_string_equal(keymap_short(k, ACT_DIFF, name), "d");
	assert_string_equal(keymap_short(k, ACT_SEARCH, name), "no key");
	keymap_free(k);
}

/* A key is no two things, names and words are there for all of them. */
static void the_table_is_whole(void **state)
{
	struct keymap *k = keymap_new();

	(void)state;
	for (int a = ACT_NONE + 1; a < ACTIONS; a++) {
		char keys[64];

		assert_non_null(key_table[a].name);
		assert_non_null(key_table[a].help);
		assert_string_equal(keymap_keys(k, (enum action)a, keys, sizeof(keys)), key_table[a].keys);
	}
	keymap_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(keys_are_given_and_taken),
		cmocka_unit_test(the_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
