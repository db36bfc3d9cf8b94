/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#define SAFE_WIDTH 1000
#define SAFE_BYTES (8 * SAFE_WIDTH)
#define WHO_WIDTH 40

static const char *const styles[] = {
	[LINE_PLAIN] = "\033[0m",
	[LINE_BOLD] = "\033[1m",
	[LINE_DIM] = "\033[2m",
	[LINE_RED] = "\033[31m",
	[LINE_YELLOW] = "\033[33m",
};

void line_init(struct line *l, bool color)
{
	*l = (struct line){ .color = color };
}

void line_free(struct line *l)
{
	if (l->part)
		line_free(l->part);
	free(l->part);
	free(l->buf);
	l->part = NULL;
	l->buf = NULL;
	l->len = l->cap = 0;
}

void line_reset(struct line *l)
{
	l->len = 0;
	l->column = 0;
	l->failed = false;
}

struct line *line_part(struct line *l)
{
	if (l->lender != NULL)
		return line_part(l->lender);
	if (l->part == NULL && (l->part = malloc(sizeof *l->part)))
		line_init(l->part, false);
	if (l->part != NULL)
		line_reset(l->part);
	else
		l->failed = true;
	return l->part;
}

static bool grow(struct line *l, size_t n)
{
	size_t cap = l->cap ? l->cap : 1024;
	char *buf;

	while (cap - l->len < n)
		cap *= 2;
	buf = realloc(l->buf, cap);
	if (buf == NULL) {
		l->failed = true;
		return false;
	}
	l->buf = buf;
	l->cap = cap;
	return true;
}

static inline bool room(struct line *l, size_t n)
{
	return n <= l->cap - l->len || grow(l, n);
}

static inline void put(struct line *l, const char *text, size_t len, size_t columns)
{
	if (len == 0 || !room(l, len))
		return;
	memcpy(l->buf + l->len, text, len);
	l->len += len;
	l->column += (unsigned)columns;
}

/* Copies, and looks at what it copies: texts are short, and nearly all of them are ASCII. */
static bool copy_ascii(char *to, const char *text, size_t len)
{
	const uint64_t beyond = UINT64_C(0x8080808080808080);
	uint64_t word, any = 0;
	uint32_t half, last;

	if (len >= sizeof word) {
		for (size_t i = 0; i < len; i += sizeof word) {
			size_t at = i + sizeof word <= len ? i : len - sizeof word; /* the last ones, some of them again */

			memcpy(&word, text + at, sizeof word);
			memcpy(to + at, &word, sizeof word);
			any |= word;
		}
		return !(any & beyond);
	}
	if (len >= sizeof half) {
		memcpy(&half, text, sizeof half);
		memcpy(&last, text + len - sizeof last, sizeof last);
		memcpy(to, &half, sizeof half);
		memcpy(to + len - sizeof last, &last, sizeof last);
		return !((half | last) & (uint32_t)beyond);
	}
	for (size_t i = 0; i < len; i++) {
		to[i] = text[i];
		any |= (unsigned char)text[i];
	}
	return any < 0x80;
}

void line_put(struct line *l, const char *text, size_t len)
{
	if (!room(l, len))
		return;
	l->column += (unsigned)(copy_ascii(l->buf + l->len, text, len) ? len : text_width(text, len));
	l->len += len;
}

void line_format(struct line *l, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	line_text(l, text);
}

void line_number(struct line *l, int64_t n)
{
	char *p;

	if (!room(l, 21))
		return;
	p = l->buf + l->len;
	if (n < 0)
		*p++ = '-';
	p = text_digits(p, n < 0 ? -(uint64_t)n : (uint64_t)n);
	l->column += (unsigned)(p - (l->buf + l->len));
	l->len = (size_t)(p - l->buf);
}

void line_append(struct line *l, const struct line *part)
{
	put(l, part->buf, part->len, part->column);
}

void line_end(struct line *l)
{
	while (l->len > 0 && l->buf[l->len - 1] == ' ')
		l->len--;
	put(l, "\n", 1, 0);
	l->column = 0;
}

void line_to(struct line *l, unsigned column, unsigned gap)
{
	static const char blanks[] = "                                ";
	const size_t at_once = sizeof blanks - 1;
	size_t n;

	if (column < l->column + gap)
		column = l->column + gap;
	n = column > l->column ? column - l->column : 0;
	if (n == 0 || !room(l, n > at_once ? n : at_once))
		return;
	if (n <= at_once)
		memcpy(l->buf + l->len, blanks, at_once); /* a fixed number is the cheapest */
	else
		memset(l->buf + l->len, ' ', n);
	l->len += n;
	l->column = column;
}

void line_style(struct line *l, enum line_style style)
{
	if (l->color)
		put(l, styles[style], strlen(styles[style]), 0);
}

void line_safe(struct line *l, const void *bytes, size_t len, unsigned width)
{
	char text[SAFE_BYTES];
	size_t n;

	width = width ? width : SAFE_WIDTH;
	if (len <= width && text_is_plain(bytes, len)) {
		put(l, bytes, len, len);
		return;
	}
	n = text_safe(text, sizeof text, bytes, len, width);
	put(l, text, n, text_width(text, n));
}

void line_name(struct line *l, const char *name, unsigned width)
{
	if (name == NULL)
		line_text(l, "?");
	else
		line_safe(l, name, strlen(name), width);
}

void line_who(struct line *l, const char *client_id, const char *host)
{
	line_name(l, client_id, WHO_WIDTH);
	if (host == NULL)
		return;
	line_text(l, " (");
	line_name(l, host, WHO_WIDTH);
	line_text(l, ")");
}

void line_value(struct line *l, const void *bytes, size_t len, unsigned width)
{
	const char *p = bytes;
	bool quotes = len == 0;

	for (size_t i = 0; i < len && !quotes; i++)
		quotes = p[i] == ' ' || p[i] == '=' || p[i] == ',' || p[i] == '"';
	if (quotes)
		line_text(l, "\"");
	line_safe(l, bytes, len, width);
	if (quotes)
		line_text(l, "\"");
}

void line_duration(struct line *l, int64_t ns)
{
	char text[TEXT_SHORT];

	line_put(l, text, text_duration(text, sizeof text, ns));
}

void line_clock(struct line *l, int64_t ns)
{
	char text[TEXT_SHORT];

	line_put(l, text, text_clock(text, sizeof text, ns));
}

void line_date(struct line *l, int64_t ns)
{
	char text[TEXT_SHORT];

	line_put(l, text, text_date(text, sizeof text, ns));
}

void line_bytes(struct line *l, uint64_t bytes)
{
	char text[TEXT_SHORT];

	line_put(l, text, text_bytes(text, sizeof text, bytes));
}

void line_count(struct line *l, uint64_t n, const char *one, const char *many)
{
	char text[TEXT_SHORT];

	line_put(l, text, text_count(text, sizeof text, n));
	line_text(l, " ");
	line_text(l, n == 1 ? one : many);
}

void line_write(struct line *l, FILE *out)
{
	if (l->len > 0)
		fwrite(l->buf, 1, l->len, out);
	line_reset(l);
}
