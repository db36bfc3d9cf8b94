/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/pages.h>

#include <stdlib.h>
#include <sys/mman.h>

void *pages_get(size_t size)
{
	void *p = aligned_alloc(PAGES_LARGE, (size + PAGES_LARGE - 1) / PAGES_LARGE * PAGES_LARGE);

	if (p)
		(void)madvise(p, size, MADV_HUGEPAGE);
	return p;
}
