/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON that others wrote.
 */
#include <regroup/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool check(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1); /* its end is the end of the memory */
	bool ok;

	assert_non_null(copy);
	memcpy(copy, text, len);
	ok = json_check(copy, len);
	free(copy);
	return ok;
}

static void test_valid(void **arg)
{
	static const char *const valid[] = {
		"{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "2E3", "\"\"", " [ 1 , 2 ] ",
		"{\"a\":{\"b\":[1,\"\\u00e9\\n\\\"\\/\"]},\"c\":null}", "\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"", "12",
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		if (!check(valid[i], strlen(valid[i])))
			fail_msg("%s", valid[i]);
}

static void test_invalid(void **arg)
{
	static const char *const invalid[] = {
		"", " ", "{", "[", "\"", "{]", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "tru", "nul", "01",
		"1.", ".5", "-", "1e", "+1", "[1 2]", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"a\nb\"", "\"\xff\"",
		"\"\xc3\"", "\"\xed\xa0\x80\"", "{} {}", "[]]", "'a'", "NaN",
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		if (check(invalid[i], strlen(invalid[i])))
			fail_msg("%s", invalid[i]);
	assert_false(check("1\0", 2));
	assert_false(check("\"a\0b\"", 5));
	assert_false(check("\"\\\0\"", 4));
}

static void test_depth(void **arg)
{
	char text[400];

	(void)arg;
	memset(text, '[', 200);
	memset(text + 200, ']', 200);
	assert_true(check(text + 200 - 60, 120));
	assert_false(check(text, 400));
}

static void test_prefixes(void **arg)
{
	static const char text[] = "{\"version\":1,\"host\":\"sr\\u00e9\",\"list\":[true,{\"x\":-1.5e3}]}";

	(void)arg;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_false(check(text, len));
	assert_true(check(text, sizeof(text) - 1));
}

static void test_copy(void **arg)
{
	static const char text[] = " { \"a b\" : [ 1 ,\n\t2 ] , \"q\\\" \" : \"\\\\\" } ";
	struct json j;

	(void)arg;
	json_init(&j);
	json_array_begin(&j);
	json_int(&j, 7);
	json_copy(&j, text, sizeof(text) - 1);
	json_array_end(&j);
	assert_int_equal(j.len, strlen("[7,{\"a b\":[1,2],\"q\\\" \":\"\\\\\"}]"));
	assert_memory_equal(j.buf, "[7,{\"a b\":[1,2],\"q\\\" \":\"\\\\\"}]", j.len);
	json_free(&j);
}

static void test_member(void **arg)
{
	static const char text[] = "{ \"x\":{\"version\":9}, \"version\" : -12 , \"big\":1234567890123456789,\"f\":1.5}";
	size_t len = sizeof(text) - 1;
	int64_t n = 0;

	(void)arg;
	assert_true(json_member_int(text, len, "version", &n));
	assert_int_equal(n, -12);
	assert_false(json_member_int(text, len, "big", &n));
	assert_false(json_member_int(text, len, "f", &n));
	assert_false(json_member_int(text, len, "none", &n));
	assert_false(json_member_int("[1]", 3, "version", &n));
	assert_false(json_member_int("{}", 2, "version", &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),    cmocka_unit_test(test_invalid), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_prefixes), cmocka_unit_test(test_copy),    cmocka_unit_test(test_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
