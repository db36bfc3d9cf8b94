/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/json.h>

#include <stdlib.h>

#include <regroup/text.h>

#include "json_room.h"

static const char hex[] = "0123456789abcdef";

/* What stands behind the backslash; 1 for characters that have no short escape. */
static const char escapes[0x60] = {
	[0x00] = 1,   [0x01] = 1,   [0x02] = 1, [0x03] = 1,   [0x04] = 1,   [0x05] = 1, [0x06] = 1, [0x07] = 1,
	['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [0x0b] = 1, ['\f'] = 'f', ['\r'] = 'r', [0x0e] = 1, [0x0f] = 1,
	[0x10] = 1,   [0x11] = 1,   [0x12] = 1, [0x13] = 1,   [0x14] = 1,   [0x15] = 1, [0x16] = 1, [0x17] = 1,
	[0x18] = 1,   [0x19] = 1,   [0x1a] = 1, [0x1b] = 1,   [0x1c] = 1,   [0x1d] = 1, [0x1e] = 1, [0x1f] = 1,
	['"'] = '"',  ['\\'] = '\\',
};

void json_init(struct json *j)
{
	*j = (struct json){ .day = INT64_MIN };
}

void json_free(struct json *j)
{
	free(j->buf);
	json_init(j);
}

void json_reset(struct json *j)
{
	j->len = 0;
	j->comma = false;
	j->failed = false;
}

bool json_grow(struct json *j, size_t n)
{
	size_t cap = j->cap ? j->cap : 256;

	if (n > SIZE_MAX / 4 - j->len)
		goto failed;
	while (cap - j->len < n)
		cap *= 2;
	char *buf = realloc(j->buf, cap);
	if (!buf)
		goto failed;
	j->buf = buf;
	j->cap = cap;
	return true;

failed:
	j->failed = true;
	return false;
}

static void open_with(struct json *j, char bracket)
{
	if (!json_value(j, 1))
		return;
	j->buf[j->len++] = bracket;
	j->comma = false;
}

static void close_with(struct json *j, char bracket)
{
	json_put(j, &bracket, 1);
	j->comma = true;
}

void json_object_begin(struct json *j)
{
	open_with(j, '{');
}

void json_object_end(struct json *j)
{
	close_with(j, '}');
}

void json_array_begin(struct json *j)
{
	open_with(j, '[');
}

void json_array_end(struct json *j)
{
	close_with(j, ']');
}

void json_key_plain(struct json *j, const char *name, size_t len)
{
	if (!json_value(j, len + 3))
		return;
	char *out = j->buf + j->len;
	*out++ = '"';
	memcpy(out, name, len);
	out += len;
	*out++ = '"';
	*out = ':';
	j->len += len + 3;
	j->comma = false;
}

void json_key_bytes(struct json *j, const void *bytes, size_t len)
{
	json_string(j, bytes ? bytes : "", len);
	json_put(j, ":", 1);
	j->comma = false;
}

static bool is_plain(uint8_t c)
{
	return c < 0x80 && (c >= 0x60 || !escapes[c]);
}

/* Whether eight bytes hold nothing to escape. A borrow may say no where the answer is yes, never the other way. */
static bool eight_plain(const uint8_t *in)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t x;

	memcpy(&x, in, sizeof(x));
	uint64_t quote = (x ^ ones * '"') - ones;
	uint64_t backslash = (x ^ ones * '\\') - ones;
	uint64_t control = x - ones * 0x20;
	return !((x | quote | backslash | control) & ones * 0x80);
}

static void put_escape(struct json *j, uint8_t c)
{
	char text[6] = { '\\', escapes[c], '0', '0', hex[c >> 4], hex[c & 15] };

	if (escapes[c] != 1) {
		json_put(j, text, 2);
		return;
	}
	text[1] = 'u';
	json_put(j, text, sizeof(text));
}

/* Copies the run of characters beyond ASCII at `in`; returns where it ends. */
static size_t put_beyond_ascii(struct json *j, const uint8_t *in, size_t len)
{
	size_t i = 0;

	while (i < len && in[i] >= 0x80) {
		uint32_t cp;
		size_t n = text_utf8_next(in + i, len - i, &cp);
		if (cp == TEXT_ILL_FORMED)
			json_put(j, "\xef\xbf\xbd", 3);
		else
			json_put(j, (const char *)in + i, n);
		i += n;
	}
	return i;
}

void json_string(struct json *j, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	if (!in) {
		json_null(j);
		return;
	}
	if (!json_value(j, 2))
		return;
	j->buf[j->len++] = '"';
	for (size_t i = 0; i < len;) {
		size_t from = i;
		while (len - i >= 8 && eight_plain(in + i))
			i += 8;
		while (i < len && is_plain(in[i]))
			i++;
		json_put(j, (const char *)in + from, i - from);
		if (i < len && in[i] >= 0x80)
			i += put_beyond_ascii(j, in + i, len - i);
		else if (i < len)
			put_escape(j, in[i++]);
	}
	json_put(j, "\"", 1);
}

void json_text(struct json *j, const char *text)
{
	json_string(j, text, text ? strlen(text) : 0);
}

void json_raw(struct json *j, const char *text, size_t len)
{
	if (!json_value(j, len))
		return;
	memcpy(j->buf + j->len, text, len);
	j->len += len;
}

void json_bool(struct json *j, bool value)
{
	json_raw(j, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *j)
{
	json_raw(j, "null", 4);
}

void json_newline(struct json *j)
{
	json_put(j, "\n", 1);
	j->comma = false;
}

void json_put_number(struct json *j, const char *key, int64_t n)
{
	json_key(j, key);
	if (n < 0)
		json_null(j);
	else
		json_int(j, n);
}

void json_put_known(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	if (n == 0)
		json_null(j);
	else
		json_uint(j, n);
}

void json_put_time(struct json *j, const char *key, int64_t ns)
{
	json_key(j, key);
	if (ns == JSON_NO_TIME)
		json_null(j);
	else
		json_time(j, ns);
}
