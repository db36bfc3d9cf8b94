/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON that others wrote: is it valid, what is a member of it, and how does it go into a line of ours. RFC 8259.
 */
#include "json_room.h"

#include <regroup/text.h>

enum { DEEPEST = 64 };

struct reader {
	const uint8_t *p, *end;
};

static bool value(struct reader *r, unsigned depth);

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void spaces(struct reader *r)
{
	while (r->p < r->end && is_space(*r->p))
		r->p++;
}

/* Takes the character `c`, after white space. */
static bool take(struct reader *r, char c)
{
	spaces(r);
	if (r->p == r->end || *r->p != (uint8_t)c)
		return false;
	r->p++;
	return true;
}

static bool word(struct reader *r, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n) != 0)
		return false;
	r->p += n;
	return true;
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* After the backslash. */
static bool escape(struct reader *r)
{
	if (r->p == r->end)
		return false;
	if (*r->p != 'u')
		return memchr("\"\\/bfnrt", *r->p, 8) && r->p++;
	if (r->end - r->p < 5)
		return false;
	for (int i = 1; i <= 4; i++)
		if (!is_hex(r->p[i]))
			return false;
	r->p += 5;
	return true;
}

/* After the opening quote. */
static bool string(struct reader *r)
{
	uint32_t cp;

	while (r->p < r->end) {
		uint8_t c = *r->p;

		if (c == '"' || c == '\\') {
			r->p++;
			if (c == '"')
				return true;
			if (!escape(r))
				return false;
		} else if (c < 0x20) {
			return false;
		} else {
			r->p += text_utf8_next(r->p, (size_t)(r->end - r->p), &cp);
			if (cp == TEXT_ILL_FORMED)
				return false;
		}
	}
	return false;
}

static bool digits(struct reader *r)
{
	const uint8_t *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > from;
}

static bool number(struct reader *r)
{
	word(r, "-");
	if (!word(r, "0") && !digits(r))
		return false;
	if (word(r, ".") && !digits(r))
		return false;
	if (!word(r, "e") && !word(r, "E"))
		return true;
	if (!word(r, "+"))
		word(r, "-");
	return digits(r);
}

static bool array(struct reader *r, unsigned depth)
{
	if (take(r, ']'))
		return true;
	do {
		if (!value(r, depth + 1))
			return false;
	} while (take(r, ','));
	return take(r, ']');
}

static bool object(struct reader *r, unsigned depth)
{
	if (take(r, '}'))
		return true;
	do {
		if (!take(r, '"') || !string(r) || !take(r, ':') || !value(r, depth + 1))
			return false;
	} while (take(r, ','));
	return take(r, '}');
}

static bool value(struct reader *r, unsigned depth)
{
	spaces(r);
	if (r->p == r->end || depth > DEEPEST)
		return false;
	switch (*r->p) {
	case '{':
		r->p++;
		return object(r, depth);
	case '[':
		r->p++;
		return array(r, depth);
	case '"':
		r->p++;
		return string(r);
	case 't':
		return word(r, "true");
	case 'f':
		return word(r, "false");
	case 'n':
		return word(r, "null");
	default:
		return number(r);
	}
}

bool json_check(const void *text, size_t len)
{
	struct reader r = { text, (const uint8_t *)text + len };

	if (!value(&r, 0))
		return false;
	spaces(&r);
	return r.p == r.end;
}

static bool read_int(const uint8_t *from, const uint8_t *to, int64_t *out)
{
	bool minus = from < to && *from == '-';
	int64_t n = 0;

	from += minus;
	if (to - from < 1 || to - from > 18)
		return false;
	for (; from < to; from++) {
		if (*from < '0' || *from > '9')
			return false;
		n = n * 10 + (*from - '0');
	}
	*out = minus ? -n : n;
	return true;
}

bool json_member(const void *text, size_t len, const char *name, const char **out, size_t *out_len)
{
	struct reader r = { text, (const uint8_t *)text + len };
	size_t n = strlen(name);

	if (!take(&r, '{'))
		return false;
	do {
		const uint8_t *key, *start;
		bool wanted;

		if (!take(&r, '"'))
			return false;
		key = r.p;
		if (!string(&r))
			return false;
		wanted = (size_t)(r.p - key) == n + 1 && memcmp(key, name, n) == 0;
		if (!take(&r, ':'))
			return false;
		spaces(&r);
		start = r.p;
		if (!value(&r, 1))
			return false;
		if (wanted) {
			*out = (const char *)start;
			*out_len = (size_t)(r.p - start);
			return true;
		}
	} while (take(&r, ','));
	return false;
}

bool json_member_int(const void *text, size_t len, const char *name, int64_t *out)
{
	const char *value;
	size_t n;

	return json_member(text, len, name, &value, &n) &&
	       read_int((const uint8_t *)value, (const uint8_t *)value + n, out);
}

void json_copy(struct json *j, const void *text, size_t len)
{
	const uint8_t *p = text, *end = p + len;
	bool quoted = false;

	if (!json_value(j, len))
		return;
	for (; p < end; p++) {
		if (!quoted && is_space(*p))
			continue;
		if (*p == '"')
			quoted = !quoted;
		j->buf[j->len++] = (char)*p;
		if (*p == '\\' && p + 1 < end)
			j->buf[j->len++] = (char)*++p;
	}
}
