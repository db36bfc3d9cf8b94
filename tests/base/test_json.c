/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/json.h>

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Compares what was written so far, then empties it. */
static void expect(struct json *j, const char *text)
{
	assert_false(j->failed);
	assert_int_equal(j->len, strlen(text));
	assert_memory_equal(j->buf, text, j->len);
	json_reset(j);
}

static void test_structure(void **state)
{
	struct json j;

	(void)state;
	json_init(&j);
	json_object_begin(&j);
	json_key(&j, "a");
	json_array_begin(&j);
	json_array_end(&j);
	json_key(&j, "b");
	json_array_begin(&j);
	json_int(&j, 1);
	json_object_begin(&j);
	json_object_end(&j);
	json_object_begin(&j);
	json_key(&j, "x");
	json_null(&j);
	json_key(&j, "y");
	json_bool(&j, true);
	json_object_end(&j);
	json_bool(&j, false);
	json_array_end(&j);
	json_key_bytes(&j, "c\"\xff", 3);
	json_text(&j, NULL);
	json_object_end(&j);
	json_newline(&j);
	json_int(&j, 2);
	json_newline(&j);
	expect(&j, "{\"a\":[],\"b\":[1,{},{\"x\":null,\"y\":true},false],\"c\\\"\xef\xbf\xbd\":null}\n2\n");
	json_free(&j);
}

static void check_string(struct json *j, const char *bytes, size_t len, const char *text)
{
	json_string(j, bytes, len);
	expect(j, text);
}

#define IN(literal) literal, sizeof(literal) - 1

static void test_strings(void **state)
{
	struct json j;

	(void)state;
	json_init(&j);
	check_string(&j, IN(""), "\"\"");
	check_string(&j, IN("orders"), "\"orders\"");
	check_string(&j, IN("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	check_string(&j, IN("\0\b\t\n\v\f\r\x1b\x1f"), "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001b\\u001f\"");
	check_string(&j, IN("\x7f\xe2\x80\xa8"), "\"\x7f\xe2\x80\xa8\"");
	check_string(&j, IN("caf\xc3\xa9 \xf0\x9f\x98\x80!"), "\"caf\xc3\xa9 \xf0\x9f\x98\x80!\"");
	json_string(&j, NULL, 0);
	expect(&j, "null");
	json_free(&j);
}

#define BAD "\xef\xbf\xbd"

/* The number of replacement characters is what Java's String(bytes, UTF_8) makes. */
static void test_ill_formed(void **state)
{
	struct json j;

	(void)state;
	json_init(&j);
	check_string(&j, IN("\x80"), "\"" BAD "\"");
	check_string(&j, IN("\xff\xfe"), "\"" BAD BAD "\"");
	check_string(&j, IN("\xc0\xaf"), "\"" BAD BAD "\"");
	check_string(&j, IN("\xe0\x80\x80"), "\"" BAD BAD BAD "\"");
	check_string(&j, IN("\xe2\x82"), "\"" BAD "\"");
	check_string(&j, IN("\xe2\x82x"), "\"" BAD "x\"");
	check_string(&j, IN("\xe2x"), "\"" BAD "x\"");
	check_string(&j, IN("\xed\xa0\x80"), "\"" BAD "\"");
	check_string(&j, IN("\xed\xa0\x80\xed\xb0\x80"), "\"" BAD BAD "\"");
	check_string(&j, IN("\xf0\x9f\x98"), "\"" BAD "\"");
	check_string(&j, IN("\xf0\x9f\x98\x41"), "\"" BAD "A\"");
	check_string(&j, IN("\xf0\x8f\x98\x80"), "\"" BAD BAD BAD BAD "\"");
	check_string(&j, IN("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\"");
	check_string(&j, IN("\xf5\x80"), "\"" BAD BAD "\"");
	json_free(&j);
}

static void expect_double(struct json *j, double value, const char *text)
{
	json_double_java(j, value);
	expect(j, text);
}

static void test_doubles(void **state)
{
	struct json j;

	(void)state;
	json_init(&j);
	expect_double(&j, 0.0, "0.0");
	expect_double(&j, -0.0, "-0.0");
	expect_double(&j, 1.0, "1.0");
	expect_double(&j, 10.0, "10.0");
	expect_double(&j, -102.25, "-102.25");
	expect_double(&j, 0.1, "0.1");
	expect_double(&j, 0.001, "0.001");
	expect_double(&j, 0.00123, "0.00123");
	expect_double(&j, 9.99e-4, "9.99E-4");
	expect_double(&j, 1e-5, "1.0E-5");
	expect_double(&j, 9999999.0, "9999999.0");
	expect_double(&j, 9999999.5, "9999999.5");
	expect_double(&j, 1e7, "1.0E7");
	expect_double(&j, 12345678.0, "1.2345678E7");
	expect_double(&j, 1048576.0, "1048576.0");
	expect_double(&j, 2e23, "2.0E23");
	expect_double(&j, 1.0 / 3, "0.3333333333333333");
	expect_double(&j, DBL_MAX, "1.7976931348623157E308");
	expect_double(&j, DBL_MIN, "2.2250738585072014E-308");
	expect_double(&j, 4.9e-324, "4.9E-324");
	expect_double(&j, 0x1p-44, "5.684341886080802E-14");
	expect_double(&j, (double)NAN, "\"NaN\"");
	expect_double(&j, (double)INFINITY, "\"Infinity\"");
	expect_double(&j, (double)-INFINITY, "\"-Infinity\"");
	json_free(&j);
}

static void test_integers(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 7, "7" }, { -7, "-7" }, { 10, "10" }, { 99, "99" }, { 100, "100" }, { -1000, "-1000" },
		{ 1234567, "1234567" }, { INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};
	struct json j;

	(void)state;
	json_init(&j);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_int(&j, cases[i].value);
		expect(&j, cases[i].text);
	}
	json_uint(&j, UINT64_MAX);
	expect(&j, "18446744073709551615");
	json_free(&j);
}

static void test_bytes(void **state)
{
	static const uint8_t uuid[16] = { 0xfb, 0xff, 0xbf, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	struct json j;

	(void)state;
	json_init(&j);
	json_base64(&j, "", 0);
	expect(&j, "\"\"");
	json_base64(&j, "f", 1);
	expect(&j, "\"Zg==\"");
	json_base64(&j, "fo", 2);
	expect(&j, "\"Zm8=\"");
	json_base64(&j, "foobar", 6);
	expect(&j, "\"Zm9vYmFy\"");
	json_base64(&j, "\xfb\xff\xbf", 3);
	expect(&j, "\"+/+/\"");
	json_base64(&j, NULL, 0);
	expect(&j, "null");
	json_uuid(&j, uuid);
	expect(&j, "\"-_-_AAECAwQFBgcICQoLDA\"");
	json_free(&j);
}

static void test_times(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "\"1970-01-01T00:00:00.000000000Z\"" },
		{ 1795254204687123456, "\"2026-11-21T09:43:24.687123456Z\"" },
		{ 1795254204000000001, "\"2026-11-21T09:43:24.000000001Z\"" },
		{ 1709251199999999999, "\"2024-02-29T23:59:59.999999999Z\"" },
		{ 1709251200000000000, "\"2024-03-01T00:00:00.000000000Z\"" },
		{ -1, "\"1969-12-31T23:59:59.999999999Z\"" },
		{ INT64_MAX, "\"2262-04-11T23:47:16.854775807Z\"" },
		{ INT64_MIN, "\"1677-09-21T00:12:43.145224192Z\"" },
	};
	struct json j;

	(void)state;
	json_init(&j);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_time(&j, cases[i].ns);
		expect(&j, cases[i].text);
	}
	json_free(&j);
}

static void test_durations(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ -1, "null" }, { 0, "0.0" }, { 1, "0.000001" }, { 3000000, "3.0" }, { 1722100000, "1722.1" },
		{ 1725000500, "1725.0005" }, { 10010000, "10.01" }, { INT64_MAX, "9223372036854.775807" },
	};
	struct json j;

	(void)state;
	json_init(&j);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_ms(&j, cases[i].ns);
		expect(&j, cases[i].text);
	}
	json_free(&j);
}

/* Every byte value at every place around a growth of the buffer. */
static void test_growth(void **state)
{
	struct json j;
	char bytes[600];

	(void)state;
	json_init(&j);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t len = 0; len < sizeof(bytes); len++) {
		json_free(&j);
		json_array_begin(&j);
		json_string(&j, bytes, len);
		json_base64(&j, bytes, len);
		json_array_end(&j);
		assert_false(j.failed);
		assert_int_equal(j.buf[j.len - 1], ']');
		assert_int_equal(j.buf[1], '"');
		assert_true(j.len <= j.cap);
	}
	json_free(&j);
}

/* Every byte value at every place of a longer run: escaped or not, nothing is lost or moved. */
static void test_places(void **state)
{
	char in[24], expected[64];
	struct json j;

	(void)state;
	json_init(&j);
	for (int value = 0; value < 0x80; value++) {
		for (size_t at = 0; at < sizeof(in); at++) {
			char one[8];
			memset(in, 'a', sizeof(in));
			in[at] = (char)value;
			if (value == '"' || value == '\\')
				snprintf(one, sizeof(one), "\\%c", value);
			else if (value >= 0x20)
				snprintf(one, sizeof(one), "%c", value);
			else
				snprintf(one, sizeof(one), "\\u%04x", (unsigned)value);
			if (value && strchr("\b\f\n\r\t", value))
				snprintf(one, sizeof(one), "\\%c", "btn.fr"[value - '\b']);
			snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"", (int)at, "aaaaaaaaaaaaaaaaaaaaaaaa", one,
				 (int)(sizeof(in) - 1 - at), "aaaaaaaaaaaaaaaaaaaaaaaa");
			check_string(&j, in, sizeof(in), expected);
		}
	}
	json_free(&j);
}

static void test_out_of_memory(void **state)
{
	struct json j;

	(void)state;
	json_init(&j);
	json_base64(&j, "x", SIZE_MAX / 2);
	assert_true(j.failed);
	json_reset(&j);
	json_int(&j, 5);
	expect(&j, "5");
	json_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),  cmocka_unit_test(test_strings),
		cmocka_unit_test(test_ill_formed), cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_integers),   cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_times),      cmocka_unit_test(test_durations),
		cmocka_unit_test(test_growth),     cmocka_unit_test(test_places),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
