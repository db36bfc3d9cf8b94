/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for very many small things that are touched in no order.
 */
#ifndef REGROUP_PAGES_H
#define REGROUP_PAGES_H

#include <stddef.h>

#define PAGES_LARGE ((size_t)2 << 20)

/* `size` bytes, not cleared, in large pages where the system has them; free() gives them back. For sizes of about a
 * multiple of PAGES_LARGE: the memory is resident at once. NULL when memory is out. */
void *pages_get(size_t size);

#endif
