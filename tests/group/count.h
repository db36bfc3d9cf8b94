/* SPDX-License-Identifier: Apache-2.0
 *
 * What the correlator takes from the heap: the program is linked with --wrap for the allocating functions (count.c).
 */
#ifndef REGROUP_TESTS_COUNT_H
#define REGROUP_TESTS_COUNT_H

#include <stddef.h>
#include <stdint.h>

struct heap {
	uint64_t calls; /* of malloc, calloc, realloc, strdup and strndup since the program began */
	int64_t bytes;  /* held now, with what the allocator adds to each piece */
};

/* Only what was called from code that is wrapped is counted: not the C library's own use. */
struct heap heap_now(void);

#endif
