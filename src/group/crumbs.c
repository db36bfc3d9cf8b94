/* SPDX-License-Identifier: Apache-2.0 */
#include "crumbs.h"

#include <stdint.h>
#include <stdlib.h>

#define SLAB ((size_t)16 << 10) /* where one begins is seen by the address of what is in it */
#define BOOK ((size_t)64)       /* slabs that are allocated at once; only what is used of them is resident */

struct crumb {
	struct crumb *next;
};

struct crumb_slab {
	struct crumb_slab *next; /* of the first in a book: that of the book before */
	struct crumbs *of;
	uint32_t size, used; /* of a crumb, and bytes */
};

static struct crumb_slab *slab_new(struct crumbs *c, uint32_t size)
{
	struct crumb_slab *s;

	if (!c->left) {
		c->fresh = aligned_alloc(SLAB, BOOK * SLAB);
		if (!c->fresh)
			return NULL;
		*(struct crumb_slab *)c->fresh = (struct crumb_slab){ .next = c->books };
		c->books = c->fresh;
		c->left = BOOK;
	}
	s = c->fresh;
	c->fresh = (char *)c->fresh + SLAB;
	c->left--;
	s->of = c;
	s->size = size;
	s->used = sizeof(*s);
	return s;
}

void *crumbs_get(struct crumbs *c, size_t size)
{
	size_t class = (size - 1) / CRUMBS_STEP;
	struct crumb *p = c->free[class];
	struct crumb_slab *s = c->slab[class];

	if (p) {
		c->free[class] = p->next;
		return p;
	}
	if (!s || SLAB - s->used < s->size)
		s = c->slab[class] = slab_new(c, (uint32_t)(class + 1) * CRUMBS_STEP);
	if (!s)
		return NULL;
	p = (struct crumb *)(void *)((char *)s + s->used);
	s->used += s->size;
	return p;
}

void crumbs_put(void *p)
{
	struct crumb_slab *s = (struct crumb_slab *)((uintptr_t)p & ~(uintptr_t)(SLAB - 1));
	struct crumb *crumb = p, **list = &s->of->free[s->size / CRUMBS_STEP - 1];

	crumb->next = *list;
	*list = crumb;
}

void crumbs_free(struct crumbs *c)
{
	for (struct crumb_slab *s = c->books, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	*c = (struct crumbs){ .books = NULL };
}
