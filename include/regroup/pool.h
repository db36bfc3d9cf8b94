/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of one size from slabs with a free list: no allocation in steady state, and every byte is counted.
 */
#ifndef REGROUP_POOL_H
#define REGROUP_POOL_H

#include <stddef.h>

struct pool;

/* Objects of `size` bytes, aligned for any type (to cache lines, where the size is a multiple of one), taken from slabs of
 * `per_slab` objects. Both are at least 1. Slabs that nearly fill PAGES_LARGE are large pages, from the second on.
 * NULL when memory is out. */
struct pool *pool_new(size_t size, size_t per_slab);

/* Frees all objects at once, returned or not. NULL is fine. */
void pool_free(struct pool *p);

/* An object with undefined content; NULL when memory is out. The one returned last is handed out first. */
void *pool_get(struct pool *p);

/* NULL is fine. */
void pool_put(struct pool *p, void *object);

/* Objects handed out, and bytes held (slabs and bookkeeping, free objects too). */
size_t pool_used(const struct pool *p);
size_t pool_memory(const struct pool *p);

#endif
