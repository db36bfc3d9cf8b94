/* SPDX-License-Identifier: Apache-2.0
 *
 * Durations, sizes, counts and times for people.
 */
#include <regroup/text.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1000000000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static size_t __attribute__((format(printf, 3, 4))) put(char *out, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(out, size, format, args);
	va_end(args);
	if (n < 0 || size == 0)
		return 0;
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* Three significant digits at most, without zeros that say nothing: 1.7, 12.5, 300. */
static size_t put_scaled(char *out, size_t size, double value, const char *unit)
{
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	char text[32];
	size_t len = put(text, sizeof(text), "%.*f", decimals, value);

	while (decimals > 0 && (text[len - 1] == '0' || text[len - 1] == '.')) {
		bool was_point = text[len - 1] == '.';
		text[--len] = '\0';
		if (was_point)
			break;
	}
	return put(out, size, "%s %s", text, unit);
}

char *text_digits(char *p, uint64_t n)
{
	char *end = p;

	for (uint64_t rest = n; rest > 9; rest /= 10)
		end++;
	p = end;
	do
		*p-- = (char)('0' + n % 10);
	while (n /= 10);
	return end + 1;
}

/* How ns / unit, as the nearest double, compares with what it is exactly: it decides where a rounding is a tie. */
static int double_is_off(int64_t ns, int64_t unit)
{
	double nearest = (double)ns / (double)unit;
	unsigned __int128 product, exact = (unsigned __int128)ns;
	uint64_t bits;
	int below; /* binary places behind the point */

	memcpy(&bits, &nearest, sizeof(bits));
	below = 1075 - (int)(bits >> 52);
	product = ((bits & UINT64_MAX >> 12) | UINT64_C(1) << 52) * (unsigned __int128)unit;
	exact <<= below; /* 0.9 < ns / unit < 1000: below is 43 to 53, ns below 2^37 */
	return product > exact ? 1 : product < exact ? -1 : 0;
}

/* ns / step as printf rounds it: to the nearest, and a tie to where the double is, or else to even. */
static int64_t rounded(int64_t ns, int64_t step, int64_t unit)
{
	int64_t down = ns / step, rest = ns - down * step;
	int off;

	if (rest * 2 != step)
		return down + (rest * 2 > step);
	off = double_is_off(ns, unit);
	return off ? down + (off > 0) : down + (down & 1);
}

/* The same as put_scaled of ns / unit, which is 0.9 to 1000, without floating point. Inlined for each unit, so that it is
 * divided by constants. */
static inline __attribute__((always_inline)) size_t put_time(char *out, size_t size, int64_t ns, int64_t unit, const char *name)
{
	int decimals = ns * 1000 < 9995 * unit ? 2 : ns * 100 < 9995 * unit ? 1 : 0;
	uint64_t hundredths = (uint64_t)(decimals == 2 ? rounded(ns, unit / 100, unit) :
	                                 decimals == 1 ? rounded(ns, unit / 10, unit) * 10 : rounded(ns, unit, unit) * 100);
	unsigned behind = (unsigned)(hundredths % 100);
	char text[32], *p = text_digits(text, hundredths / 100);

	if (behind)
		*p++ = '.';
	if (behind)
		*p++ = (char)('0' + behind / 10);
	if (behind % 10)
		*p++ = (char)('0' + behind % 10);
	*p++ = ' ';
	while ((*p = *name++))
		p++;
	if ((size_t)(p - text) >= size)
		return put(out, size, "%s", text);
	memcpy(out, text, (size_t)(p - text) + 1);
	return (size_t)(p - text);
}

static size_t put_two(char *out, size_t size, int64_t ns, int64_t unit, const char *name, int64_t small,
		      const char *small_name)
{
	int64_t rest = ns % unit / small;

	if (rest == 0)
		return put(out, size, "%" PRId64 " %s", ns / unit, name);
	return put(out, size, "%" PRId64 " %s %" PRId64 " %s", ns / unit, name, rest, small_name);
}

size_t text_duration(char *out, size_t size, int64_t ns)
{
	if (ns < 0)
		return put(out, size, "?");
	if (ns < 1000)
		return put(out, size, "%" PRId64 " ns", ns);
	if (ns < 999500)
		return put_time(out, size, ns, 1000, "us");
	if (ns < 999500000)
		return put_time(out, size, ns, 1000000, "ms");
	if (ns < MINUTE - SECOND / 20)
		return put_time(out, size, ns, SECOND, "s");
	if (ns < HOUR - SECOND / 2)
		return put_two(out, size, ns + SECOND / 2, MINUTE, "min", SECOND, "s");
	if (ns < DAY - MINUTE / 2)
		return put_two(out, size, ns + MINUTE / 2, HOUR, "h", MINUTE, "min");
	return put_two(out, size, ns < INT64_MAX - HOUR ? ns + HOUR / 2 : ns, DAY, "d", HOUR, "h");
}

size_t text_bytes(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t i = 0;

	if (bytes < 1024)
		return put(out, size, "%" PRIu64 " B", bytes);
	for (value /= 1024; value >= 1023.5 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		value /= 1024;
	return put_scaled(out, size, value, units[i]);
}

size_t text_count(char *out, size_t size, uint64_t n)
{
	char text[TEXT_SHORT], *p = text + sizeof(text);
	unsigned digits = 0;
	size_t len;

	do {
		if (digits && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		digits++;
	} while (n /= 10);
	len = (size_t)(text + sizeof(text) - p);
	if (len >= size)
		return put(out, size, "%.*s", (int)len, p);
	memcpy(out, p, len);
	out[len] = '\0';
	return len;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void put_two_digits(char *p, int64_t n, char then)
{
	p[0] = (char)('0' + n / 10);
	p[1] = (char)('0' + n % 10);
	p[2] = then;
}

size_t text_clock(char *out, size_t size, int64_t ns)
{
	int64_t ms = floor_div(ns, 1000000);
	int64_t in_day = ms - floor_div(ms, 86400000) * 86400000;

	if (size < sizeof("00:00:00.000"))
		return put(out, size, "%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64, in_day / 3600000,
			   in_day / 60000 % 60, in_day / 1000 % 60, in_day % 1000);
	put_two_digits(out, in_day / 3600000, ':');
	put_two_digits(out + 3, in_day / 60000 % 60, ':');
	put_two_digits(out + 6, in_day / 1000 % 60, '.');
	put_two_digits(out + 9, in_day % 1000 / 10, (char)('0' + in_day % 10));
	out[12] = '\0';
	return 12;
}

size_t text_date(char *out, size_t size, int64_t ns)
{
	int year;
	unsigned month, mday;

	text_civil(floor_div(ns, DAY), &year, &month, &mday);
	return put(out, size, "%04d-%02u-%02u", year, month, mday);
}

/* Counts from March so that the leap day is a year's last, in eras of 400 years (146,097 days). */
void text_civil(int64_t day, int *year, unsigned *month, unsigned *mday)
{
	int64_t since = day + 719468; /* days since 0000-03-01 */
	int64_t era = floor_div(since, 146097);
	int64_t in_era = since - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153; /* 0 is March */

	*mday = (unsigned)(in_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}
