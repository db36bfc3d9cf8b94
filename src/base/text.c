/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Characters that are not seen but act: direction, joining, tags, line breaks beyond ASCII. */
static const struct range invisible[] = {
	{ 0x0080, 0x009f }, { 0x00ad, 0x00ad }, { 0x061c, 0x061c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },
	{ 0xd800, 0xdfff }, { 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
};

/* Combining marks of the common scripts. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05bf }, { 0x05c1, 0x05c5 },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 },
	{ 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xfe20, 0xfe2f },
};

static const struct range wide[] = {
	{ 0x1100, 0x115e }, { 0x231a, 0x231b }, { 0x23e9, 0x23ec }, { 0x25fd, 0x25fe }, { 0x2614, 0x2615 },
	{ 0x2648, 0x2653 }, { 0x26aa, 0x26ab }, { 0x26bd, 0x26be }, { 0x26f2, 0x26f5 }, { 0x2705, 0x2705 },
	{ 0x270a, 0x270b }, { 0x2728, 0x2728 }, { 0x274c, 0x274c }, { 0x2753, 0x2757 }, { 0x2795, 0x2797 },
	{ 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b50 }, { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97f }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf },
	{ 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f7e0, 0x1f7eb }, { 0x1f900, 0x1f9ff }, { 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

static bool among(const struct range *r, size_t n, uint32_t cp)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;
		if (cp > r[mid].last)
			low = mid + 1;
		else if (cp < r[mid].first)
			n = mid;
		else
			return true;
	}
	return false;
}

unsigned text_char_width(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (among(combining, sizeof(combining) / sizeof(combining[0]), cp))
		return 0;
	return among(wide, sizeof(wide) / sizeof(wide[0]), cp) ? 2 : 1;
}

/* A word of eight of them. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Bytes at the beginning that are ASCII: most texts are nothing else. */
static size_t ascii_run(const uint8_t *in, size_t len)
{
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, in + i, sizeof(word));
		if (word & EACH(0x80))
			break;
	}
	if (i + sizeof(word) > len && len >= sizeof(word)) { /* the last ones, some of them again */
		memcpy(&word, in + len - sizeof(word), sizeof(word));
		if (!(word & EACH(0x80)))
			return len;
	}
	while (i < len && in[i] < 0x80)
		i++;
	return i;
}

size_t text_width(const char *text, size_t len)
{
	const uint8_t *in = (const uint8_t *)text;
	size_t i = ascii_run(in, len), width = i;

	while (i < len) {
		uint32_t cp;
		i += text_utf8_next(in + i, len - i, &cp);
		width += cp == TEXT_ILL_FORMED ? 1 : text_char_width(cp);
	}
	return width;
}

static bool is_shown(uint32_t cp)
{
	return cp >= 0x20 && cp != 0x7f && cp != '\\' &&
	       !among(invisible, sizeof(invisible) / sizeof(invisible[0]), cp);
}

/* The visible form of one character or of one ill-formed byte. */
static size_t escape(char *out, size_t size, uint32_t cp, uint8_t byte)
{
	switch (cp) {
	case '\n':
		return (size_t)snprintf(out, size, "\\n");
	case '\r':
		return (size_t)snprintf(out, size, "\\r");
	case '\t':
		return (size_t)snprintf(out, size, "\\t");
	case '\\':
		return (size_t)snprintf(out, size, "\\\\");
	case TEXT_ILL_FORMED:
		return (size_t)snprintf(out, size, "\\x%02x", byte);
	default:
		if (cp < 0x80)
			return (size_t)snprintf(out, size, "\\x%02x", (unsigned)cp);
		return (size_t)snprintf(out, size, cp > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)cp);
	}
}

/* Text being made, and the last place where an ellipsis would still fit behind it. */
struct line {
	char *out;
	size_t size, len;
	size_t width, columns; /* columns: the limit */
	size_t fits;
};

static bool line_put(struct line *l, const char *text, size_t len, size_t width)
{
	if (l->size - l->len <= len || l->columns - l->width < width)
		return false;
	memcpy(l->out + l->len, text, len);
	l->len += len;
	l->width += width;
	if (l->width < l->columns && l->size - l->len > 3)
		l->fits = l->len;
	return true;
}

static void line_cut(struct line *l)
{
	l->len = l->fits;
	if (l->size - l->len > 3) {
		memcpy(l->out + l->len, "\xe2\x80\xa6", 3);
		l->len += 3;
	}
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '\\';
}

/* Of eight bytes: the top bit of one is set in the result when it is 0; bits of bytes above it may be set as well. */
static uint64_t zeros(uint64_t word)
{
	return (word - EACH(1)) & ~word;
}

/* The top bit of a byte is set when it is below 0x20 or above 0x7f; again perhaps those of bytes above. */
static bool is_plain_word(uint64_t word)
{
	uint64_t acting = (word - EACH(0x20)) | word;

	return !((acting | zeros(word ^ EACH(0x7f)) | zeros(word ^ EACH('\\'))) & EACH(0x80));
}

bool text_is_plain(const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, in + i, sizeof(word));
		if (!is_plain_word(word))
			return false;
	}
	if (i < len && len >= sizeof(word)) { /* the last ones, some of them again */
		memcpy(&word, in + len - sizeof(word), sizeof(word));
		return is_plain_word(word);
	}
	while (i < len && is_plain(in[i]))
		i++;
	return i == len;
}

/* Bytes at the beginning that are shown as they are and one column each. */
static size_t plain_run(const uint8_t *in, size_t len)
{
	size_t i = 0;

	while (i < len && is_plain(in[i]))
		i++;
	return i;
}

/* Takes `n` such bytes at once when an ellipsis would still fit behind them. */
static bool line_plain(struct line *l, const uint8_t *in, size_t n)
{
	if (l->size - l->len <= n + 3 || l->columns - l->width <= n)
		return false;
	memcpy(l->out + l->len, in, n);
	l->len += n;
	l->width += n;
	l->fits = l->len;
	return true;
}

size_t text_safe(char *out, size_t size, const void *bytes, size_t len, size_t width)
{
	const uint8_t *in = bytes;
	struct line l = { .out = out, .size = size, .columns = width ? width : SIZE_MAX };
	size_t plain = plain_run(in, len);

	if (size == 0)
		return 0;
	for (size_t i = plain && line_plain(&l, in, plain) ? plain : 0; i < len;) {
		uint32_t cp;
		char visible[12];
		size_t n = text_utf8_next(in + i, len - i, &cp);
		bool fits;
		if (cp != TEXT_ILL_FORMED && is_shown(cp)) {
			fits = line_put(&l, (const char *)in + i, n, text_char_width(cp));
		} else {
			if (cp == TEXT_ILL_FORMED)
				n = 1;
			size_t m = escape(visible, sizeof(visible), cp, in[i]);
			fits = line_put(&l, visible, m, m);
		}
		if (!fits) {
			line_cut(&l);
			break;
		}
		i += n;
	}
	out[l.len] = '\0';
	return l.len;
}

char *text_dup(const char *text)
{
	return text ? strdup(text) : NULL;
}

void text_replace(char **slot, const char *text)
{
	free(*slot);
	*slot = text_dup(text);
}
