/* SPDX-License-Identifier: Apache-2.0
 *
 * Into the cache, ahead of time.
 */
#ifndef REGROUP_FETCH_H
#define REGROUP_FETCH_H

#include <stddef.h>
#include <stdint.h>

/* The lines of `size` bytes, 1 or more, that will be written. A hint: nothing is read of what is not there; NULL for none. */
static inline void fetch(const void *p, size_t size)
{
	uintptr_t first = (uintptr_t)p;

	if (!p)
		return;
	for (size_t at = 0; at < size; at += 64)
		__builtin_prefetch((const void *)(first + at), 1);
	__builtin_prefetch((const void *)(first + size - 1), 1); /* it may begin within a line */
}

#endif
