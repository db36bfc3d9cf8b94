/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments as people write them, and which moment of a capture they mean.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "times.h"

#define SECOND INT64_C(1000000000)
#define T0 INT64_C(1795258567036000000) /* 2026-11-21T10:56:07.036Z */
#define MIDNIGHT (T0 - (10 * 3600 + 56 * 60 + 7) * SECOND - 36000000)

static void reads(const char *text, enum options_time_kind kind, int64_t ns)
{
	struct options_time t;

	if (!times_read(text, &t))
		fail_msg("'%s' is refused", text);
	assert_int_equal(t.kind, kind);
	assert_int_equal(t.ns, ns);
}

static void moments(void **state)
{
	(void)state;
	reads("2026-11-21T10:56:07.036Z", OPTIONS_TIME_ABSOLUTE, T0);
	reads("2026-11-21t10:56:07.036z", OPTIONS_TIME_ABSOLUTE, T0);
	reads("2026-11-21 10:56:07.036", OPTIONS_TIME_ABSOLUTE, T0);
	reads("2026-11-21T12:56:07.036+02:00", OPTIONS_TIME_ABSOLUTE, T0);
	reads("2026-11-21T05:26:07.036-05:30", OPTIONS_TIME_ABSOLUTE, T0);
	reads("2026-11-21", OPTIONS_TIME_ABSOLUTE, MIDNIGHT);
	reads("2026-11-21T00:00", OPTIONS_TIME_ABSOLUTE, MIDNIGHT);
	reads("2024-02-29T00:00:00Z", OPTIONS_TIME_ABSOLUTE, 1709164800 * SECOND);
	reads("1970-01-01T00:00:00.000000001Z", OPTIONS_TIME_ABSOLUTE, 1);
	reads("2026-11-21T10:56:07.0360000009Z", OPTIONS_TIME_ABSOLUTE, T0);
}

static void times_of_day(void **state)
{
	(void)state;
	reads("10:56", OPTIONS_TIME_OF_DAY, (10 * 3600 + 56 * 60) * SECOND);
	reads("10:56:07", OPTIONS_TIME_OF_DAY, (10 * 3600 + 56 * 60 + 7) * SECOND);
	reads("00:00:00.5", OPTIONS_TIME_OF_DAY, SECOND / 2);
	reads("23:59:59.999", OPTIONS_TIME_OF_DAY, 86400 * SECOND - 1000000);
}

static void from_the_start(void **state)
{
	(void)state;
	reads("+0", OPTIONS_TIME_AFTER, 0);
	reads("+90", OPTIONS_TIME_AFTER, 90 * SECOND);
	reads("+1.5s", OPTIONS_TIME_AFTER, 3 * SECOND / 2);
	reads("+5m", OPTIONS_TIME_AFTER, 300 * SECOND);
	reads("+0.5h", OPTIONS_TIME_AFTER, 1800 * SECOND);
}

static void refused(void **state)
{
	static const char *const wrong[] = {
		"", "+", "+s", "+-1", "-90", "90", "+90x", "+90ss", "+1.", "+99999999999999999999", "+99999999h", "10", "10:",
		"10:5", "24:00", "10:60", "10:56:", "10:56:61", "10:56:07.", "10:56:07Z", "10:56:07x", "2026-11", "2026-13-01",
		"2026-00-01", "2026-01-00", "2026-02-29", "2026-04-31", "2026-11-21T", "2026-11-21T10", "2026-11-21X10:56:07",
		"2026-11-21T10:56:07+", "2026-11-21T10:56:07+2", "2026-11-21T10:56:07+02:00x", "1969-12-31T23:59:59Z",
		"9999-01-01", "1970-01-01", "1970-01-01T00:00:00+01:00", " 10:56", "now",
	};
	struct options_time t;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (times_read(wrong[i], &t))
			fail_msg("'%s' is accepted", wrong[i]);
}

static int64_t since(const char *text, int64_t first)
{
	struct options_time t = { OPTIONS_NO_TIME, 0 };

	assert_true(!text || times_read(text, &t));
	return times_since(&t, first);
}

static int64_t until(const char *text, int64_t first, int64_t after)
{
	struct options_time t = { OPTIONS_NO_TIME, 0 };

	assert_true(!text || times_read(text, &t));
	return times_until(&t, first, after);
}

static void in_a_capture(void **state)
{
	int64_t late = MIDNIGHT + 23 * 3600 * SECOND;

	(void)state;
	assert_int_equal(since(NULL, T0), 0);
	assert_int_equal(until(NULL, T0, T0), 0);
	assert_int_equal(since("+10", T0), T0 + 10 * SECOND);
	assert_int_equal(since("10:56:17.036", T0), T0 + 10 * SECOND);
	assert_int_equal(since("10:00", T0), MIDNIGHT + 36000 * SECOND); /* before it began: all of it */
	assert_int_equal(since("01:00", late), MIDNIGHT + 25 * 3600 * SECOND);
	assert_int_equal(until("11:00", T0, 0), MIDNIGHT + 11 * 3600 * SECOND);
	assert_int_equal(until("01:00", late, late), MIDNIGHT + 25 * 3600 * SECOND);
	assert_int_equal(until("09:00", T0, T0), MIDNIGHT + 33 * 3600 * SECOND); /* after `since`: the next day's */
	assert_int_equal(until("2026-11-21", T0, T0), MIDNIGHT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(from_the_start),
		cmocka_unit_test(refused),
		cmocka_unit_test(in_a_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
