/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/text.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND 1000000000LL
#define IN(literal) literal, sizeof(literal) - 1

static void expect_safe(const char *in, size_t len, size_t width, const char *text)
{
	char out[256];

	assert_int_equal(text_safe(out, sizeof(out), in, len, width), strlen(text));
	assert_string_equal(out, text);
}

static void test_safe(void **state)
{
	(void)state;
	expect_safe(IN("orders-1"), 0, "orders-1");
	expect_safe(IN("caf\xc3\xa9"), 0, "caf\xc3\xa9");
	expect_safe(IN("a\nb\tc\rd"), 0, "a\\nb\\tc\\rd");
	expect_safe(IN("\x1b[31mred\x07\x7f"), 0, "\\x1b[31mred\\x07\\x7f");
	expect_safe(IN("\0"), 0, "\\x00");
	expect_safe(IN("back\\slash"), 0, "back\\\\slash");
	expect_safe(IN("\xc2\x9b" "0m"), 0, "\\u009b0m");
	expect_safe(IN("a\xe2\x80\xae" "b"), 0, "a\\u202eb");
	expect_safe(IN("a\xe2\x81\xa6" "b"), 0, "a\\u2066b");
	expect_safe(IN("\xef\xbb\xbf"), 0, "\\ufeff");
	expect_safe(IN("\xf3\xa0\x81\x81"), 0, "\\U000e0041");
	expect_safe(IN("\xff\xc3"), 0, "\\xff\\xc3");
	expect_safe(IN("\xed\xa0\x80"), 0, "\\xed\\xa0\\x80");
}

static void test_cut(void **state)
{
	char tiny[4];

	(void)state;
	expect_safe(IN("checkout"), 8, "checkout");
	expect_safe(IN("checkout"), 7, "checko\xe2\x80\xa6");
	expect_safe(IN("checkout"), 1, "\xe2\x80\xa6");
	expect_safe(IN("\xe6\x97\xa5\xe6\x9c\xac"), 4, "\xe6\x97\xa5\xe6\x9c\xac");
	expect_safe(IN("\xe6\x97\xa5\xe6\x9c\xac"), 3, "\xe6\x97\xa5\xe2\x80\xa6");
	expect_safe(IN("\xe6\x97\xa5\xe6\x9c\xac"), 2, "\xe2\x80\xa6");
	expect_safe(IN("a\x1b\x1b"), 8, "a\\x1b\xe2\x80\xa6");
	assert_int_equal(text_safe(tiny, sizeof(tiny), "abcdef", 6, 0), 3);
	assert_string_equal(tiny, "\xe2\x80\xa6");
	assert_int_equal(text_safe(tiny, 2, "abcdef", 6, 0), 0);
	assert_string_equal(tiny, "");
	assert_int_equal(text_safe(tiny, 0, "abcdef", 6, 0), 0);
}

/* Whatever the bytes: within the buffer and the width, valid UTF-8, nothing a terminal obeys. */
static void test_any_bytes(void **state)
{
	uint32_t seed = 1;
	char in[64], out[48];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)round % sizeof(in);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (char)(seed >> 24);
		}
		size_t width = (size_t)round % 40;
		size_t size = 1 + (size_t)round % sizeof(out);
		size_t n = text_safe(out, size, in, len, width);
		assert_true(n < size);
		assert_int_equal(strlen(out), n);
		assert_true(width == 0 || text_width(out, n) <= width);
		for (size_t i = 0; i < n;) {
			uint32_t cp;
			i += text_utf8_next((uint8_t *)out + i, n - i, &cp);
			assert_true(cp != TEXT_ILL_FORMED && cp >= 0x20 && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0));
		}
	}
}

/* The bytes end where the readable memory ends. */
static void test_guard_page(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	static const uint8_t sample[] = "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9\xed\xa0\x80\xf4\x8f\xbf\xbf";
	uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char out[256];

	(void)state;
	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	for (size_t len = 1; len < sizeof(sample); len++) {
		uint8_t *in = map + page - len;
		memcpy(in, sample, len);
		for (size_t i = 0; i < len;) {
			uint32_t cp;
			size_t n = text_utf8_next(in + i, len - i, &cp);
			assert_true(n >= 1 && n <= len - i);
			i += n;
		}
		assert_true(text_safe(out, sizeof(out), in, len, 0) > 0);
	}
	munmap(map, 2 * page);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width(IN("abc")), 3);
	assert_int_equal(text_width(IN("e\xcc\x81")), 1);
	assert_int_equal(text_width(IN("\xe6\x97\xa5")), 2);
	assert_int_equal(text_width(IN("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(text_width(IN("\xe2\x80\xa6")), 1);
}

static void expect_duration(int64_t ns, const char *text)
{
	char out[TEXT_SHORT];

	assert_int_equal(text_duration(out, sizeof(out), ns), strlen(text));
	assert_string_equal(out, text);
}

static void test_durations(void **state)
{
	(void)state;
	expect_duration(-1, "?");
	expect_duration(0, "0 ns");
	expect_duration(850, "850 ns");
	expect_duration(1000, "1 us");
	expect_duration(12500, "12.5 us");
	expect_duration(3210000, "3.21 ms");
	expect_duration(300000000, "300 ms");
	expect_duration(999600000, "1 s");
	expect_duration(1700000000, "1.7 s");
	expect_duration(2016000000, "2.02 s");
	expect_duration(45 * SECOND, "45 s");
	expect_duration(59990000000, "1 min");
	expect_duration(60 * SECOND, "1 min");
	expect_duration(303 * SECOND, "5 min 3 s");
	expect_duration(3600 * SECOND, "1 h");
	expect_duration(7440 * SECOND, "2 h 4 min");
	expect_duration(86400 * SECOND * 3 + 7200 * SECOND, "3 d 2 h");
	expect_duration(INT64_MAX, "106751 d 23 h");
}

/* Durations are written without printf: as it would write them. */
static void as_printf_says(int64_t ns, int64_t unit, const char *name)
{
	double value = (double)ns / (double)unit;
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	char want[64];
	int len = snprintf(want, sizeof(want), "%.*f", decimals, value);

	while (decimals > 0 && (want[len - 1] == '0' || want[len - 1] == '.'))
		if (want[--len] == '.')
			break;
	snprintf(want + len, sizeof(want) - (size_t)len, " %s", name);
	expect_duration(ns, want);
}

static void test_durations_are_rounded_as_printf_rounds(void **state)
{
	static const struct {
		int64_t unit, until;
		const char *name;
	} scales[] = { { 1000, 999500, "us" }, { 1000000, 999500000, "ms" }, { SECOND, 59950 * (SECOND / 1000), "s" } };

	(void)state;
	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
		int64_t step = scales[i].unit / 1000; /* every value with three decimals, ties among them, and its neighbours */

		for (int64_t ns = scales[i].unit; ns < scales[i].until; ns += step)
			for (int64_t d = ns > scales[i].unit && step > 1 ? -1 : 0; d <= (step > 1); d++)
				as_printf_says(ns + d, scales[i].unit, scales[i].name);
	}
}

static void expect_bytes(uint64_t bytes, const char *text)
{
	char out[TEXT_SHORT];

	assert_int_equal(text_bytes(out, sizeof(out), bytes), strlen(text));
	assert_string_equal(out, text);
}

static void test_bytes(void **state)
{
	char out[TEXT_SHORT];

	(void)state;
	expect_bytes(0, "0 B");
	expect_bytes(1023, "1023 B");
	expect_bytes(1536, "1.5 KiB");
	expect_bytes(12897485, "12.3 MiB");
	expect_bytes(1048575, "1 MiB");
	expect_bytes(UINT64_MAX, "16 EiB");
	text_count(out, sizeof(out), 1234567);
	assert_string_equal(out, "1,234,567");
	text_count(out, sizeof(out), 999);
	assert_string_equal(out, "999");
	text_count(out, sizeof(out), UINT64_MAX);
	assert_string_equal(out, "18,446,744,073,709,551,615");
}

static void test_clock(void **state)
{
	char out[TEXT_SHORT];

	(void)state;
	text_clock(out, sizeof(out), 1795254204687123456);
	assert_string_equal(out, "09:43:24.687");
	text_date(out, sizeof(out), 1795254204687123456);
	assert_string_equal(out, "2026-11-21");
	text_clock(out, sizeof(out), -1);
	assert_string_equal(out, "23:59:59.999");
	text_date(out, sizeof(out), -1);
	assert_string_equal(out, "1969-12-31");
	assert_int_equal(text_clock(out, 5, 0), 4);
	assert_string_equal(out, "00:0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_safe),       cmocka_unit_test(test_cut),   cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_guard_page), cmocka_unit_test(test_width), cmocka_unit_test(test_durations),
		cmocka_unit_test(test_durations_are_rounded_as_printf_rounds),
		cmocka_unit_test(test_bytes),      cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
