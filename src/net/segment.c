/* SPDX-License-Identifier: Apache-2.0 */
#include "segment.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES (64 * 1024)

struct pool_page {
	struct pool_page *next;
	max_align_t items[];
};

void pool_init(struct pool *p, size_t budget)
{
	memset(p, 0, sizeof(*p));
	p->budget = budget;
}

void pool_fini(struct pool *p)
{
	while (p->pages) {
		struct pool_page *next = p->pages->next;

		free(p->pages);
		p->pages = next;
	}
}

static uint8_t *new_page(struct pool *p)
{
	struct pool_page *page = malloc(PAGE_BYTES);

	if (!page)
		return NULL;
	page->next = p->pages;
	p->pages = page;
	p->allocated += PAGE_BYTES;
	return (uint8_t *)page->items;
}

#define PAGE_ROOM (PAGE_BYTES - offsetof(struct pool_page, items))

static void more_blocks(struct pool *p)
{
	uint8_t *at = new_page(p);

	for (size_t i = 0; at && i < PAGE_ROOM / BLOCK_SIZE; i++) {
		struct block *b = (struct block *)(void *)(at + i * BLOCK_SIZE);

		b->next = p->free_blocks;
		p->free_blocks = b;
	}
}

static void more_waiting(struct pool *p)
{
	uint8_t *at = new_page(p);

	for (size_t i = 0; at && i < PAGE_ROOM / sizeof(struct waiting); i++) {
		struct waiting *w = (struct waiting *)(void *)(at + i * sizeof(*w));

		w->next = p->free_waiting;
		p->free_waiting = w;
	}
}

struct block *pool_block(struct pool *p)
{
	struct block *b;

	if (p->used + BLOCK_SIZE > p->budget)
		return NULL;
	if (!p->free_blocks)
		more_blocks(p);
	b = p->free_blocks;
	if (b) {
		p->free_blocks = b->next;
		p->used += BLOCK_SIZE;
	}
	return b;
}

struct waiting *pool_waiting(struct pool *p)
{
	struct waiting *w;

	if (p->used + sizeof(*w) > p->budget)
		return NULL;
	if (!p->free_waiting)
		more_waiting(p);
	w = p->free_waiting;
	if (w) {
		p->free_waiting = w->next;
		p->used += sizeof(*w);
		memset(w, 0, sizeof(*w));
	}
	return w;
}

void pool_put_block(struct pool *p, struct block *b)
{
	b->next = p->free_blocks;
	p->free_blocks = b;
	p->used -= BLOCK_SIZE;
}

void pool_put_waiting(struct pool *p, struct waiting *w)
{
	w->next = p->free_waiting;
	p->free_waiting = w;
	p->used -= sizeof(*w);
}
