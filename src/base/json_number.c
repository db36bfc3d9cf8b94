/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, times and bytes of the JSON writer.
 */
#include <regroup/json.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <regroup/text.h>

#include "json_room.h"

#define NS_PER_DAY 86400000000000LL

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";
static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Writes the decimal digits of `value` so that they end before `end`; returns the first. */
static char *digits_before(char *end, uint64_t value)
{
	while (value >= 100) {
		end -= 2;
		memcpy(end, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value < 10) {
		*--end = (char)('0' + value);
		return end;
	}
	end -= 2;
	memcpy(end, pairs + value * 2, 2);
	return end;
}

static char *two_digits(char *out, unsigned value)
{
	memcpy(out, pairs + value % 100 * 2, 2);
	return out + 2;
}

void json_uint(struct json *j, uint64_t value)
{
	char text[24];
	char *end = text + sizeof(text);
	char *first = digits_before(end, value);

	json_raw(j, first, (size_t)(end - first));
}

void json_int(struct json *j, int64_t value)
{
	char text[24];
	char *end = text + sizeof(text);
	char *first = digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);

	if (value < 0)
		*--first = '-';
	json_raw(j, first, (size_t)(end - first));
}

/* ---- doubles ------------------------------------------------------------------------------------------ */

#define MAX_DIGITS 17

/* 0.d1d2d3... times ten to the exponent + 1: value = d1.d2d3... * 10^exponent */
struct decimal {
	char digit[MAX_DIGITS + 1];
	int n;
	int exponent;
};

static double decimal_value(const struct decimal *d)
{
	char text[40];

	snprintf(text, sizeof(text), "%c.%se%d", d->digit[0], d->digit + 1, d->exponent);
	return strtod(text, NULL);
}

static void decimal_round(struct decimal *d, double value, int n)
{
	char text[40];

	snprintf(text, sizeof(text), "%.*e", n - 1, value);
	d->digit[0] = text[0];
	memcpy(d->digit + 1, text + 2, (size_t)n - 1);
	d->digit[n] = '\0';
	d->n = n;
	d->exponent = atoi(strchr(text, 'e') + 1);
}

/* The next larger decimal of as many digits. */
static void decimal_up(struct decimal *d)
{
	int i = d->n - 1;

	while (i >= 0 && d->digit[i] == '9')
		d->digit[i--] = '0';
	if (i >= 0) {
		d->digit[i]++;
		return;
	}
	d->digit[0] = '1';
	d->exponent++;
}

/* The shortest decimal of at least two digits that reads back as `value`. Below a power of two doubles lie closer,
 * so there the nearest decimal may fail where the next one above does not. */
static void decimal_shortest(struct decimal *d, double value)
{
	int binary;
	bool power = frexp(value, &binary) == 0.5;

	for (int n = 2; n <= MAX_DIGITS; n++) {
		decimal_round(d, value, n);
		if (decimal_value(d) == value)
			break;
		if (!power)
			continue;
		decimal_up(d);
		if (decimal_value(d) == value)
			break;
	}
	while (d->n > 1 && d->digit[d->n - 1] == '0')
		d->n--;
}

static size_t java_plain(const struct decimal *d, char *out)
{
	size_t len = 0;

	if (d->exponent < 0) {
		out[len++] = '0';
		out[len++] = '.';
		for (int i = d->exponent + 1; i < 0; i++)
			out[len++] = '0';
		for (int i = 0; i < d->n; i++)
			out[len++] = d->digit[i];
		return len;
	}
	for (int i = 0; i <= d->exponent || i < d->n; i++) {
		if (i == d->exponent + 1)
			out[len++] = '.';
		out[len++] = i < d->n ? d->digit[i] : '0';
	}
	if (d->n <= d->exponent + 1) {
		out[len++] = '.';
		out[len++] = '0';
	}
	return len;
}

static size_t java_scientific(const struct decimal *d, char *out, size_t size)
{
	size_t len = 0;

	out[len++] = d->digit[0];
	out[len++] = '.';
	for (int i = 1; i < d->n; i++)
		out[len++] = d->digit[i];
	if (d->n == 1)
		out[len++] = '0';
	return len + (size_t)snprintf(out + len, size - len, "E%d", d->exponent);
}

void json_double_java(struct json *j, double value)
{
	char text[64];
	size_t len = 0;
	struct decimal d;

	if (isnan(value)) {
		json_raw(j, "\"NaN\"", 5);
		return;
	}
	if (isinf(value)) {
		json_raw(j, value > 0 ? "\"Infinity\"" : "\"-Infinity\"", value > 0 ? 10 : 11);
		return;
	}
	if (signbit(value))
		text[len++] = '-';
	value = fabs(value);
	if (value == 0) {
		memcpy(text + len, "0.0", 3);
		json_raw(j, text, len + 3);
		return;
	}
	decimal_shortest(&d, value);
	if (d.exponent >= -3 && d.exponent < 7)
		len += java_plain(&d, text + len);
	else
		len += java_scientific(&d, text + len, sizeof(text) - len);
	json_raw(j, text, len);
}

/* ---- bytes -------------------------------------------------------------------------------------------- */

static size_t encode64(char *out, const uint8_t *in, size_t len, const char *alphabet)
{
	char *first = out;

	for (; len >= 3; len -= 3, in += 3) {
		uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = alphabet[v >> 6 & 63];
		*out++ = alphabet[v & 63];
	}
	if (len > 0) {
		uint32_t v = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		if (len == 2)
			*out++ = alphabet[v >> 6 & 63];
	}
	return (size_t)(out - first);
}

void json_base64(struct json *j, const void *bytes, size_t len)
{
	if (!bytes) {
		json_null(j);
		return;
	}
	if (len > SIZE_MAX / 8) {
		j->failed = true;
		return;
	}
	if (!json_value(j, (len + 2) / 3 * 4 + 2))
		return;
	j->buf[j->len++] = '"';
	j->len += encode64(j->buf + j->len, bytes, len, standard);
	for (size_t pad = (3 - len % 3) % 3; pad > 0; pad--)
		j->buf[j->len++] = '=';
	j->buf[j->len++] = '"';
}

void json_uuid(struct json *j, const uint8_t bytes[16])
{
	if (!json_value(j, 24))
		return;
	j->buf[j->len++] = '"';
	j->len += encode64(j->buf + j->len, bytes, 16, url_safe);
	j->buf[j->len++] = '"';
}

/* ---- time --------------------------------------------------------------------------------------------- */

static void remember_day(struct json *j, int64_t day)
{
	int year;
	unsigned month, mday;

	text_civil(day, &year, &month, &mday);
	char *out = two_digits(j->date, (unsigned)year / 100);
	out = two_digits(out, (unsigned)year % 100);
	*out++ = '-';
	out = two_digits(out, month);
	*out++ = '-';
	out = two_digits(out, mday);
	*out = 'T';
	j->day = day;
}

void json_time(struct json *j, int64_t ns)
{
	int64_t day = ns / NS_PER_DAY;
	int64_t in_day = ns % NS_PER_DAY;

	if (in_day < 0) {
		in_day += NS_PER_DAY;
		day--;
	}
	if (!json_value(j, 32))
		return;
	if (day != j->day)
		remember_day(j, day);
	unsigned second = (unsigned)(in_day / 1000000000);
	unsigned nano = (unsigned)(in_day % 1000000000);
	char *out = j->buf + j->len;
	*out++ = '"';
	memcpy(out, j->date, sizeof(j->date));
	out = two_digits(out + sizeof(j->date), second / 3600);
	*out++ = ':';
	out = two_digits(out, second / 60 % 60);
	*out++ = ':';
	out = two_digits(out, second % 60);
	*out++ = '.';
	*out++ = (char)('0' + nano / 100000000);
	out = two_digits(out, nano / 1000000);
	out = two_digits(out, nano / 10000);
	out = two_digits(out, nano / 100);
	out = two_digits(out, nano);
	*out++ = 'Z';
	*out = '"';
	j->len += 32;
}

void json_ms(struct json *j, int64_t ns)
{
	char text[40];
	char *end = text + 24;

	if (ns < 0) {
		json_null(j);
		return;
	}
	char *first = digits_before(end, (uint64_t)ns / 1000000);
	unsigned rest = (unsigned)((uint64_t)ns % 1000000);
	*end++ = '.';
	end = two_digits(two_digits(two_digits(end, rest / 10000), rest / 100), rest);
	while (end[-1] == '0' && end[-2] != '.')
		end--;
	json_raw(j, first, (size_t)(end - first));
}
