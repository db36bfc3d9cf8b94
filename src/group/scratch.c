/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <stdalign.h>
#include <stdarg.h>
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

void *scratch_alloc(struct scratch *s, size_t size)
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
	return memset(p, 0, need);
}

const char *scratch_text(struct scratch *s, const char *format, ...)
{
	char most[256], *p;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(most, sizeof(most), format, args);
	va_end(args);
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
