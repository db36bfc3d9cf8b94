/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/pool.h>

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include <regroup/pages.h>

#define CACHE_LINE 64

/* The bytes of a free object that hold the list. */
struct free_object {
	struct free_object *next;
};

struct slab {
	alignas(CACHE_LINE) struct slab *next;
};

struct pool {
	struct free_object *free;
	struct slab *slabs;
	char *fresh; /* objects of the newest slab that were never handed out */
	size_t fresh_left;
	size_t size, per_slab;
	size_t used, memory;
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

struct pool *pool_new(size_t size, size_t per_slab)
{
	size_t align = size >= alignof(max_align_t) ? alignof(max_align_t) : alignof(void *);

	if (size < sizeof(struct free_object))
		size = sizeof(struct free_object);
	if (size > SIZE_MAX / 4)
		return NULL;
	size = round_up(size, align);
	if (per_slab == 0 || per_slab > (SIZE_MAX / 2 - sizeof(struct slab)) / size)
		return NULL;
	struct pool *p = malloc(sizeof(*p));
	if (p)
		*p = (struct pool){ .size = size, .per_slab = per_slab, .memory = sizeof(*p) };
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	for (struct slab *s = p->slabs, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	free(p);
}

/* The first of large slabs is not resident before it is used: most pools stay small. */
static struct slab *slab_get(const struct pool *p, size_t bytes)
{
	if (p->slabs && bytes > PAGES_LARGE / 4 * 3)
		return pages_get(bytes);
	return aligned_alloc(CACHE_LINE, round_up(bytes, CACHE_LINE));
}

static void *from_slab(struct pool *p)
{
	if (p->fresh_left == 0) {
		size_t bytes = sizeof(struct slab) + p->size * p->per_slab;
		struct slab *s = slab_get(p, bytes);
		if (!s)
			return NULL;
		s->next = p->slabs;
		p->slabs = s;
		p->fresh = (char *)(s + 1);
		p->fresh_left = p->per_slab;
		p->memory += bytes;
	}
	void *object = p->fresh;
	p->fresh += p->size;
	p->fresh_left--;
	return object;
}

void *pool_get(struct pool *p)
{
	void *object = p->free;

	if (object)
		p->free = p->free->next;
	else
		object = from_slab(p);
	if (object)
		p->used++;
	return object;
}

void pool_put(struct pool *p, void *object)
{
	struct free_object *f = object;

	if (!f)
		return;
	f->next = p->free;
	p->free = f;
	p->used--;
}

size_t pool_used(const struct pool *p)
{
	return p->used;
}

size_t pool_memory(const struct pool *p)
{
	return p->memory;
}
