/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)32 * 1024)

struct scratch_block {
	struct scratch_block *older;
	size_t size, used;
	alignas(max_align_t) unsigned char byte[];
};

static struct scratch_block *block_new(size_t size)
{
	struct scratch_block *b = malloc(sizeof(*b) + size);

	if (b)
		*b = (struct scratch_block){ .size = size };
	return b;
}

void *scratch_room(struct scratch *s, size_t size)
{
	struct scratch_block *b = s->block;
	size_t need = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *p;

	if (need < size)
		return NULL;
	if (!b || b->size - b->used < need) {
		b = block_new(need > BLOCK_BYTES ? need : BLOCK_BYTES);
		if (!b)
			return NULL;
		b->older = s->block;
		s->block = b;
	}
	p = b->byte + b->used;
	b->used += need;
	return p;
}

void *scratch_alloc(struct scratch *s, size_t size)
{
	void *p = scratch_room(s, size);

	return p ? memset(p, 0, size) : NULL;
}

/* Text that is being put together, as long as it fits. */
struct part {
	char *at;
	size_t left; /* without the NUL */
	bool fits;
};

static void put(struct part *p, const char *text, size_t len)
{
	p->fits = p->fits && len <= p->left;
	if (!p->fits)
		return;
	memcpy(p->at, text, len);
	p->at += len;
	p->left -= len;
}

static void put_number(struct part *p, uint64_t n)
{
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(p, text + at, sizeof(text) - at);
}

/* One conversion of which `f` is behind the percent sign: %s, %u, %zu. Where it ends; NULL for any other. */
static const char *put_one(struct part *p, const char *f, va_list *args)
{
	const char *text;

	if (f[0] == 's') {
		text = va_arg(*args, const char *);
		put(p, text ? text : "(null)", text ? strlen(text) : 6);
		return f + 1;
	}
	if (f[0] == 'u') {
		put_number(p, va_arg(*args, unsigned));
		return f + 1;
	}
	if (f[0] == 'z' && f[1] == 'u') {
		put_number(p, va_arg(*args, size_t));
		return f + 2;
	}
	return NULL;
}

/* Nearly all texts ask for no more than that. The length, -1 when it does not fit or needs more of printf. */
static int put_simple(char *out, size_t size, const char *format, va_list *args)
{
	struct part p = { .at = out, .left = size - 1, .fits = true };

	while (format && p.fits) {
		size_t plain = strcspn(format, "%");

		put(&p, format, plain);
		format += plain;
		if (!*format)
			break;
		format = put_one(&p, format + 1, args);
	}
	if (!format || !p.fits)
		return -1;
	*p.at = '\0';
	return (int)(p.at - out);
}

const char *scratch_text(struct scratch *s, const char *format, ...)
{
	char most[256], *p;
	va_list args;
	int n;

	va_start(args, format);
	n = put_simple(most, sizeof(most), format, &args);
	va_end(args);
	if (n < 0) {
		va_start(args, format);
		n = vsnprintf(most, sizeof(most), format, args);
		va_end(args);
	}
	p = n < 0 ? NULL : scratch_alloc(s, (size_t)n + 1);
	if (!p)
		return "";
	if ((size_t)n < sizeof(most))
		return memcpy(p, most, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return p;
}

void scratch_reset(struct scratch *s)
{
	while (s->block && s->block->older) {
		struct scratch_block *older = s->block->older;

		free(s->block);
		s->block = older;
	}
	if (s->block)
		s->block->used = 0;
}

void scratch_free(struct scratch *s)
{
	scratch_reset(s);
	free(s->block);
	s->block = NULL;
}
