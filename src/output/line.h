/* SPDX-License-Identifier: Apache-2.0
 *
 * Text for people, put together in one growable buffer that knows its column. Whatever came from a wire goes
 * through line_safe or line_value.
 */
#ifndef REGROUP_OUTPUT_LINE_H
#define REGROUP_OUTPUT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum line_style { LINE_PLAIN, LINE_BOLD, LINE_DIM, LINE_RED, LINE_YELLOW };

struct line {
	char *buf;
	size_t len, cap;
	unsigned column; /* on the line being written, colours not counted */
	unsigned reach;  /* of all that was asked of it to keep together, the rightmost end; see log_wrap */
	unsigned wrap;   /* columns that the lines should keep to, 0 for what is usual */
	struct line *part, *lender; /* see line_part */
	bool color;
	bool failed;     /* memory was out: some text is missing */
};

void line_init(struct line *l, bool color);
void line_free(struct line *l);
void line_reset(struct line *l);

/* Our own text, `len` bytes of it or all. */
void line_put(struct line *l, const char *text, size_t len);
static inline void line_text(struct line *l, const char *text)
{
	line_put(l, text, strlen(text));
}

void line_number(struct line *l, int64_t n); /* in decimal */
void line_format(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
void line_append(struct line *l, const struct line *part); /* a part that has no line ends */

/* An empty line without colours, to put together what is looked at before it goes into `l`; there is one, that of `lender`
 * if it is set, else of `l` itself. NULL when memory is out. */
struct line *line_part(struct line *l);
void line_end(struct line *l);

/* Spaces up to `column`; at least `gap` of them. */
void line_to(struct line *l, unsigned column, unsigned gap);

void line_style(struct line *l, enum line_style style);

/* Wire bytes made safe and cut to `width` columns (0: 1000). */
void line_safe(struct line *l, const void *bytes, size_t len, unsigned width);
/* The same for a string of the events; NULL is "?". */
void line_name(struct line *l, const char *name, unsigned width);
/* A client and where it is, "payments-7 (10.0.0.1)", each cut to 40 columns; no host when that is NULL. */
void line_who(struct line *l, const char *client_id, const char *host);
/* As line_safe, in quotes where a reader of key=value pairs needs them. */
void line_value(struct line *l, const void *bytes, size_t len, unsigned width);

void line_duration(struct line *l, int64_t ns);
void line_clock(struct line *l, int64_t ns);
void line_date(struct line *l, int64_t ns);
void line_bytes(struct line *l, uint64_t bytes);
void line_count(struct line *l, uint64_t n, const char *one, const char *many); /* "1 member", "2 members" */

/* Writes the text to `out` and empties it. Errors stay with the stream (ferror). */
void line_write(struct line *l, FILE *out);

#endif
