/* SPDX-License-Identifier: Apache-2.0 */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST    64u
#define CACHE_MOST  (4u << 20)
#define CACHE_BLOCK (256u << 10) /* larger ones go back to the system at once */

struct pool_block {
	struct pool_block *next;
};

static unsigned class_of(size_t size)
{
	unsigned c = 0;

	while (c < POOL_CLASSES && ((size_t)SMALLEST << c) < size)
		c++;
	return c;
}

void *blocks_get(struct blocks *p, size_t size, size_t *got)
{
	unsigned c = class_of(size);
	size_t whole = (size_t)SMALLEST << c;
	struct pool_block *b;

	if (c == POOL_CLASSES || p->used + whole > p->limit)
		return NULL;
	b = p->free[c];
	if (b) {
		p->free[c] = b->next;
		p->cached -= whole;
	} else {
		b = malloc(whole);
		if (!b)
			return NULL;
	}
	p->used += whole;
	if (got)
		*got = whole;
	return b;
}

void blocks_put(struct blocks *p, void *block, size_t size)
{
	unsigned c = class_of(size);
	size_t whole = (size_t)SMALLEST << c;
	struct pool_block *b = block;

	if (!b)
		return;
	p->used -= whole;
	if (whole > CACHE_BLOCK || p->cached + whole > CACHE_MOST) {
		free(b);
		return;
	}
	b->next = p->free[c];
	p->free[c] = b;
	p->cached += whole;
}

void blocks_done(struct blocks *p)
{
	for (unsigned c = 0; c < POOL_CLASSES; c++) {
		while (p->free[c]) {
			struct pool_block *b = p->free[c];

			p->free[c] = b->next;
			free(b);
		}
	}
	p->cached = 0;
}

static bool buffer_grow(struct blocks *p, struct buffer *b, size_t need)
{
	size_t cap;
	uint8_t *ptr = p->used + need <= p->limit / 4 * 3 ? blocks_get(p, need, &cap) : NULL;

	if (!ptr)
		return false;
	if (b->len)
		memcpy(ptr, b->ptr, b->len);
	blocks_put(p, b->ptr, b->cap);
	b->ptr = ptr;
	b->cap = (uint32_t)cap;
	return true;
}

bool buffer_add(struct blocks *p, struct buffer *b, const void *bytes, size_t len)
{
	if (len > b->cap - b->len && !buffer_grow(p, b, b->len + len))
		return false;
	if (len)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += (uint32_t)len;
	return true;
}

void buffer_done(struct blocks *p, struct buffer *b)
{
	blocks_put(p, b->ptr, b->cap);
	memset(b, 0, sizeof(*b));
}
