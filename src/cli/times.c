/* SPDX-License-Identifier: Apache-2.0 */
#include "times.h"

#include <string.h>

#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)
#define LONGEST 1000000000 /* seconds from the first packet */

/* Exactly `digits` decimal digits, at most `most`. */
static bool number(const char **p, int digits, int64_t most, int64_t *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, ++*p) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return *out <= most;
}

static bool skip(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

/* ".036": up to nine digits, more are read and do not count. */
static bool fraction(const char **p, int64_t *ns)
{
	int64_t unit = SECOND / 10;

	*ns = 0;
	if (!skip(p, '.'))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; ++*p, unit /= 10)
		*ns += (**p - '0') * unit;
	return true;
}

/* "10:56", "10:56:07", "10:56:07.036" */
static bool clock_of(const char **p, int64_t *ns)
{
	int64_t h, m, s = 0, part = 0;

	if (!number(p, 2, 23, &h) || !skip(p, ':') || !number(p, 2, 59, &m))
		return false;
	if (skip(p, ':') && (!number(p, 2, 60, &s) || !fraction(p, &part)))
		return false;
	*ns = (h * 3600 + m * 60 + s) * SECOND + part;
	return true;
}

/* Days since the epoch in the Gregorian calendar, whose years are taken to begin in March. */
static int64_t day_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t since_march = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + since_march - 719468;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool date_of(const char **p, int64_t *day)
{
	int64_t year, month, mday;

	if (!number(p, 4, 2261, &year) || !skip(p, '-') || !number(p, 2, 12, &month) || !skip(p, '-') ||
	    !number(p, 2, 31, &mday))
		return false;
	if (year < 1970 || month < 1 || mday < 1 || mday > days_in(year, month))
		return false;
	*day = day_of(year, month, mday);
	return true;
}

/* "Z", "+02:00" or nothing, which is UTC. */
static bool offset_of(const char **p, int64_t *ns)
{
	bool east = **p == '+';
	int64_t h, m;

	*ns = 0;
	if (skip(p, 'Z') || skip(p, 'z') || **p == '\0')
		return true;
	if (!skip(p, east ? '+' : '-') || !number(p, 2, 23, &h) || !skip(p, ':') || !number(p, 2, 59, &m))
		return false;
	*ns = (h * 3600 + m * 60) * (east ? SECOND : -SECOND);
	return true;
}

static bool moment(const char *p, int64_t *ns)
{
	int64_t day, clock = 0, offset = 0;

	if (!date_of(&p, &day))
		return false;
	if (*p && ((!skip(&p, 'T') && !skip(&p, 't') && !skip(&p, ' ')) || !clock_of(&p, &clock) ||
	           !offset_of(&p, &offset)))
		return false;
	*ns = day * DAY + clock - offset;
	return *p == '\0' && *ns > 0;
}

static bool passed(const char *p, int64_t *ns)
{
	static const char units[] = "smh";
	static const int64_t length[] = { 1, 60, 3600 };
	int64_t whole = 0, part;
	size_t unit = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		whole = whole * 10 + (*p - '0');
		if (whole > LONGEST)
			return false;
	}
	if (!fraction(&p, &part))
		return false;
	if (*p) {
		const char *found = strchr(units, *p++);

		if (!found)
			return false;
		unit = (size_t)(found - units);
	}
	if (*p || whole * length[unit] > LONGEST)
		return false;
	*ns = whole * length[unit] * SECOND + part * length[unit];
	return true;
}

bool times_read(const char *text, struct options_time *out)
{
	const char *p = text;

	out->kind = OPTIONS_TIME_AFTER;
	if (*text == '+')
		return passed(text + 1, &out->ns);
	out->kind = OPTIONS_TIME_OF_DAY;
	if (clock_of(&p, &out->ns) && *p == '\0')
		return true;
	out->kind = OPTIONS_TIME_ABSOLUTE;
	return moment(text, &out->ns);
}

static int64_t resolve(const struct options_time *t, int64_t first)
{
	switch (t->kind) {
	case OPTIONS_TIME_ABSOLUTE:
		return t->ns;
	case OPTIONS_TIME_AFTER:
		return first + t->ns;
	case OPTIONS_TIME_OF_DAY:
		return first / DAY * DAY + t->ns;
	default:
		return 0;
	}
}

int64_t times_since(const struct options_time *t, int64_t first)
{
	int64_t at = resolve(t, first);

	return t->kind == OPTIONS_TIME_OF_DAY && first - at > DAY / 2 ? at + DAY : at;
}

int64_t times_until(const struct options_time *t, int64_t first, int64_t since)
{
	int64_t at = times_since(t, first);

	return t->kind == OPTIONS_TIME_OF_DAY && since && at < since ? at + DAY : at;
}
