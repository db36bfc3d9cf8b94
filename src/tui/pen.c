/* SPDX-License-Identifier: Apache-2.0 */
#include "screen.h"

#include <stdarg.h>
#include <string.h>

#include <regroup/text.h>

/* Room for what can stand in one row. */
#define ROW_BYTES 4096

struct pen pen_at(struct screen *s, unsigned x, unsigned y, unsigned limit, unsigned style)
{
	return (struct pen){ .screen = s, .x = x, .y = y, .limit = limit < s->width ? limit : s->width, .style = style };
}

void pen_char(struct pen *p, uint32_t ch)
{
	p->x += screen_char(p->screen, p->x, p->y, p->limit, ch, p->style);
}

static void put(struct pen *p, const char *text, size_t len)
{
	const uint8_t *in = (const uint8_t *)text;

	for (size_t i = 0; i < len && p->x < p->limit;) {
		uint32_t ch;

		i += text_utf8_next(in + i, len - i, &ch);
		if (ch == TEXT_ILL_FORMED)
			ch = '?';
		if (p->x + text_char_width(ch) > p->limit)
			return;
		pen_char(p, ch);
	}
}

void pen_text(struct pen *p, const char *text)
{
	put(p, text, strlen(text));
}

void pen_styled(struct pen *p, unsigned style, const char *text)
{
	unsigned before = p->style;

	p->style = style;
	pen_text(p, text);
	p->style = before;
}

void pen_format(struct pen *p, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	pen_text(p, text);
}

void pen_bytes(struct pen *p, const void *bytes, size_t len, unsigned width)
{
	unsigned left = p->limit > p->x ? p->limit - p->x : 0;
	char text[ROW_BYTES];
	size_t n;

	if (!width || width > left)
		width = left;
	if (!width)
		return;
	n = text_safe(text, sizeof(text), bytes, len, width);
	put(p, text, n);
}

void pen_wire(struct pen *p, const char *text, unsigned width)
{
	if (text)
		pen_bytes(p, text, strlen(text), width);
	else
		pen_text(p, "?");
}

void pen_middle(struct pen *p, const char *text, unsigned width)
{
	size_t len = text ? strlen(text) : 0, tail = (width - 1) / 2;
	bool plain = width >= 6 && len > width;

	for (size_t i = 0; i < len && plain; i++)
		plain = text[i] >= ' ' && text[i] < 0x7f;
	if (!plain) {
		pen_wire(p, text, width);
		return;
	}
	put(p, text, width - 1 - tail);
	pen_char(p, 0x2026);
	put(p, text + len - tail, tail);
}

void pen_to(struct pen *p, unsigned x)
{
	x = x < p->limit ? x : p->limit;
	while (p->x < x) {
		screen_char(p->screen, p->x, p->y, p->limit, ' ', p->style);
		p->x++; /* also in a row that is not there */
	}
}

void pen_repeat(struct pen *p, uint32_t ch, unsigned n)
{
	while (n-- && p->x < p->limit)
		pen_char(p, ch);
}

void pen_right(struct pen *p, unsigned x, const char *text)
{
	unsigned columns = (unsigned)text_width(text, strlen(text));

	pen_to(p, x > columns ? x - columns : 0);
	pen_text(p, text);
}

void pen_duration(struct pen *p, int64_t ns)
{
	char text[TEXT_SHORT];

	text_duration(text, sizeof(text), ns);
	pen_text(p, text);
}

void pen_clock(struct pen *p, int64_t ns)
{
	char text[TEXT_SHORT];

	text_clock(text, sizeof(text), ns);
	pen_text(p, text);
}

void pen_count(struct pen *p, uint64_t n)
{
	char text[TEXT_SHORT];

	text_count(text, sizeof(text), n);
	pen_text(p, text);
}

void pen_size(struct pen *p, uint64_t bytes)
{
	char text[TEXT_SHORT];

	text_bytes(text, sizeof(text), bytes);
	pen_text(p, text);
}
