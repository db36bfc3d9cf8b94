/* SPDX-License-Identifier: Apache-2.0
 *
 * A screen as memory: cells with a character and a style, cut by columns. Views draw here, the terminal copies
 * it; so what people see can be compared as text. Nothing but printable characters ever gets into a cell.
 */
#ifndef REGROUP_TUI_SCREEN_H
#define REGROUP_TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Marks that stand on the same place as their letter. */
#define CELL_MARKS 2

/* What a text is, in the low bits of a style; the terminal decides how that looks. */
enum style {
	STYLE_PLAIN,
	STYLE_FAINT,
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	STYLE_ACCENT,
	STYLE_BLUE,
	STYLE_MAGENTA,
	STYLE_BAR,    /* first line */
	STYLE_TAB,    /* the view that is shown, among the others */
	STYLE_HEADER, /* of columns */
	STYLE_KEY,    /* function keys in the last line */
	STYLE_HINT,   /* what they do */
	STYLES,
};

/* Added to those. */
enum {
	STYLE_BOLD = 1 << 5,
	STYLE_SELECTED = 1 << 6,
	STYLE_UNDERLINE = 1 << 7,
};
#define STYLE_ROLE 31

struct cell {
	uint32_t ch;
	uint32_t mark[CELL_MARKS]; /* 0: none */
	uint8_t style;
	uint8_t columns; /* 1, or 2; 0 behind a wide one */
};

struct screen {
	unsigned width, height;
	struct cell *cell; /* row by row */
	size_t room;       /* cells allocated */
	bool ascii;        /* the terminal has nothing else */
};

void screen_free(struct screen *s);

/* Empties it. False when memory is out: it is then 0 by 0, and all drawing goes nowhere. */
bool screen_resize(struct screen *s, unsigned width, unsigned height);

const struct cell *screen_at(const struct screen *s, unsigned x, unsigned y);

/* One character; control characters and what lies outside are left out. Returns its columns. */
unsigned screen_char(struct screen *s, unsigned x, unsigned y, unsigned limit, uint32_t ch, unsigned style);

/* Adds style bits to `columns` cells. */
void screen_mark(struct screen *s, unsigned x, unsigned y, unsigned columns, unsigned bits);

/* The rows as UTF-8, without blanks at their ends. */
void screen_print(const struct screen *s, FILE *out);

/* ---- pens: where the next text goes ------------------------------------------------------------------------- */

/* Writes one row from left to right, up to the column `limit`. */
struct pen {
	struct screen *screen;
	unsigned x, y, limit, style;
};

struct pen pen_at(struct screen *s, unsigned x, unsigned y, unsigned limit, unsigned style);

/* UTF-8 that is safe already, or our own. */
void pen_text(struct pen *p, const char *text);
void pen_format(struct pen *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pen_styled(struct pen *p, unsigned style, const char *text);

/* Text of the wire, made safe, in at most `width` columns (0: as far as there is room), "…" where it is cut. NULL is
 * "?". */
void pen_wire(struct pen *p, const char *text, unsigned width);
/* The same, cut in the middle: what tells apart may be at the end. */
void pen_middle(struct pen *p, const char *text, unsigned width);
void pen_bytes(struct pen *p, const void *bytes, size_t len, unsigned width);

/* Blanks up to a column; `n` times a character. */
void pen_to(struct pen *p, unsigned x);
void pen_repeat(struct pen *p, uint32_t ch, unsigned n);
void pen_char(struct pen *p, uint32_t ch);

/* Ends at column `x`: right-aligned. */
void pen_right(struct pen *p, unsigned x, const char *text);

void pen_duration(struct pen *p, int64_t ns);
void pen_clock(struct pen *p, int64_t ns);
void pen_count(struct pen *p, uint64_t n);
void pen_size(struct pen *p, uint64_t bytes);

#endif
