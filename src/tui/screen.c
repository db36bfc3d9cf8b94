/* SPDX-License-Identifier: Apache-2.0 */
#include "screen.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

/* No terminal is larger; a size that is says nothing. */
#define SIZE_MOST 2000

/* What is drawn with more than ASCII, and what stands for it where there is nothing else. */
static const struct {
	uint32_t ch;
	char ascii;
} fallback[] = {
	{ 0x2026, '~' }, { 0x2190, '<' }, { 0x2192, '>' }, { 0x25b2, '^' }, { 0x25bc, 'v' }, { 0x25b6, '>' },
	{ 0x25c0, '<' }, { 0x2500, '-' }, { 0x2501, '=' }, { 0x2502, '|' }, { 0x250a, ':' }, { 0x2581, '.' },
	{ 0x2582, '.' }, { 0x2583, ':' }, { 0x2584, ':' }, { 0x2585, '+' }, { 0x2586, '+' }, { 0x2587, '#' },
	{ 0x2588, '#' }, { 0x2591, '!' }, { 0x2592, 'w' }, { 0x2593, 's' }, { 0x25cf, '*' }, { 0x00b7, '.' },
	{ 0x2264, '<' }, { 0x2265, '>' }, { 0x00b1, '+' }, { 0x2571, '/' }, { 0x2573, 'X' },
};

void screen_free(struct screen *s)
{
	free(s->cell);
	*s = (struct screen){ .ascii = s->ascii };
}

static const struct cell blank = { .ch = ' ', .columns = 1 };

bool screen_resize(struct screen *s, unsigned width, unsigned height)
{
	width = width < SIZE_MOST ? width : SIZE_MOST;
	height = height < SIZE_MOST ? height : SIZE_MOST;
	size_t n = (size_t)width * height;

	if (n > s->room) {
		struct cell *cell = realloc(s->cell, n * sizeof(*cell));
		if (!cell) {
			s->width = s->height = 0;
			return false;
		}
		s->cell = cell;
		s->room = n;
	}
	s->width = width;
	s->height = height;
	for (size_t i = 0; i < n; i++)
		s->cell[i] = blank;
	return true;
}

static struct cell *cell_of(struct screen *s, unsigned x, unsigned y)
{
	return &s->cell[(size_t)y * s->width + x];
}

const struct cell *screen_at(const struct screen *s, unsigned x, unsigned y)
{
	return x < s->width && y < s->height ? &s->cell[(size_t)y * s->width + x] : &blank;
}

static uint32_t to_ascii(uint32_t ch)
{
	for (size_t i = 0; i < sizeof(fallback) / sizeof(fallback[0]); i++)
		if (fallback[i].ch == ch)
			return (unsigned char)fallback[i].ascii;
	return '?';
}

static void add_mark(struct screen *s, unsigned x, unsigned y, uint32_t ch)
{
	struct cell *c;

	if (x == 0)
		return;
	c = cell_of(s, x - 1, y);
	if (!c->columns && x > 1)
		c--;
	for (int i = 0; i < CELL_MARKS; i++) {
		if (!c->mark[i]) {
			c->mark[i] = ch;
			return;
		}
	}
}

/* A wide character that is overwritten in part is gone as a whole. */
static void clear_halves(struct screen *s, unsigned x, unsigned y)
{
	struct cell *c = cell_of(s, x, y);

	if (!c->columns && x > 0)
		c[-1] = (struct cell){ .ch = ' ', .columns = 1, .style = c[-1].style };
	if (c->columns == 2 && x + 1 < s->width)
		c[1] = (struct cell){ .ch = ' ', .columns = 1, .style = c[1].style };
}

unsigned screen_char(struct screen *s, unsigned x, unsigned y, unsigned limit, uint32_t ch, unsigned style)
{
	unsigned columns;

	if (limit > s->width)
		limit = s->width;
	if (y >= s->height || ch < 0x20 || (ch >= 0x7f && ch < 0xa0))
		return 0;
	if (s->ascii && ch >= 0x80)
		ch = text_char_width(ch) ? to_ascii(ch) : 0;
	if (!ch)
		return 0;
	columns = text_char_width(ch);
	if (!columns) {
		if (x <= limit)
			add_mark(s, x, y, ch);
		return 0;
	}
	if (x + columns > limit)
		return 0;
	clear_halves(s, x, y);
	if (columns == 2)
		clear_halves(s, x + 1, y);
	*cell_of(s, x, y) = (struct cell){ .ch = ch, .style = (uint8_t)style, .columns = (uint8_t)columns };
	if (columns == 2)
		*cell_of(s, x + 1, y) = (struct cell){ .style = (uint8_t)style };
	return columns;
}

void screen_mark(struct screen *s, unsigned x, unsigned y, unsigned columns, unsigned bits)
{
	for (; y < s->height && columns && x < s->width; x++, columns--)
		cell_of(s, x, y)->style |= (uint8_t)bits;
}

static void print_char(uint32_t ch, FILE *out)
{
	if (ch < 0x80) {
		fputc((int)ch, out);
	} else if (ch < 0x800) {
		fputc((int)(0xc0 | ch >> 6), out);
		fputc((int)(0x80 | (ch & 0x3f)), out);
	} else {
		fputc((int)(ch < 0x10000 ? 0xe0 | ch >> 12 : 0xf0 | ch >> 18), out);
		if (ch >= 0x10000)
			fputc((int)(0x80 | (ch >> 12 & 0x3f)), out);
		fputc((int)(0x80 | (ch >> 6 & 0x3f)), out);
		fputc((int)(0x80 | (ch & 0x3f)), out);
	}
}

void screen_print(const struct screen *s, FILE *out)
{
	for (unsigned y = 0; y < s->height; y++) {
		unsigned end = s->width;

		while (end && screen_at(s, end - 1, y)->ch == ' ')
			end--;
		for (unsigned x = 0; x < end; x++) {
			const struct cell *c = screen_at(s, x, y);
			if (c->columns)
				print_char(c->ch, out);
			for (int i = 0; i < CELL_MARKS && c->mark[i]; i++)
				print_char(c->mark[i], out);
		}
		fputc('\n', out);
	}
}
