/* SPDX-License-Identifier: Apache-2.0
 *
 * Text for people: what came from the wire made safe for a terminal, widths, durations, sizes, times.
 * Every writer takes a buffer and its size, always ends it with a NUL and returns the length of the text.
 */
#ifndef REGROUP_TEXT_H
#define REGROUP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Room that fits every fixed-size text below. */
#define TEXT_SHORT 40

/* What text_utf8_next says of bytes that are not UTF-8. */
#define TEXT_ILL_FORMED UINT32_MAX

/* Reads one character of `len` > 0 bytes into *cp; returns how many bytes it took. Ill-formed bytes are taken as
 * Java's decoder takes them (it makes one U+FFFD of each run): the maximal subpart, and an encoded surrogate whole. */
size_t text_utf8_next(const uint8_t *bytes, size_t len, uint32_t *cp);

/* Bytes of the wire as text that no terminal obeys: control characters, bidirectional and invisible format
 * characters become escapes (\n, \x1b, \u202e), ill-formed bytes \xff, a backslash \\. The result is valid UTF-8.
 * Cut to `width` columns with "…" when it is wider; 0 for no cut but the buffer's. */
size_t text_safe(char *out, size_t size, const void *bytes, size_t len, size_t width);

/* Are these bytes shown as they are, and one column each? Most names are. */
bool text_is_plain(const void *bytes, size_t len);

/* Columns of a safe text on a terminal: 0 for combining marks, 2 for wide East Asian characters and emoji. */
size_t text_width(const char *text, size_t len);
unsigned text_char_width(uint32_t cp);

/* "850 ns", "12.5 us", "3.21 ms", "300 ms", "1.7 s", "5 min 3 s", "2 h 4 min", "3 d 2 h"; "?" when negative. */
size_t text_duration(char *out, size_t size, int64_t ns);

/* "999 B", "1.5 KiB", "12.3 MiB". */
size_t text_bytes(char *out, size_t size, uint64_t bytes);

/* "1,234,567". */
size_t text_count(char *out, size_t size, uint64_t n);

/* Time of day and date in UTC: "10:56:07.036", "2026-11-21". */
size_t text_clock(char *out, size_t size, int64_t ns);
size_t text_date(char *out, size_t size, int64_t ns);

/* A number in decimal, at `p`, without a NUL: at most 20 bytes. Where it ends. */
char *text_digits(char *p, uint64_t n);

/* Year, month (1-12) and day (1-31) of a day counted from 1970-01-01. */
void text_civil(int64_t day, int *year, unsigned *month, unsigned *mday);

/* ---- NUL-terminated texts, NULL for none ------------------------------------------------------------------ */

/* Both are none, or both say the same. */
static inline bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Both are there and say the same. */
static inline bool text_both(const char *a, const char *b)
{
	return a && b && (a == b || strcmp(a, b) == 0);
}

/* A copy of the caller's own; NULL for NULL, and when memory is out. */
char *text_dup(const char *text);

/* Frees what the slot has and puts a copy there. */
void text_replace(char **slot, const char *text);

#endif
