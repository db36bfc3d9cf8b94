/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for very many short texts: in steps of 8 bytes, with nothing between them, from slabs that last as long as the
 * crumbs do. Internal to src/group.
 */
#ifndef REGROUP_GROUP_CRUMBS_H
#define REGROUP_GROUP_CRUMBS_H

#include <stddef.h>

#define CRUMBS_STEP 8u
#define CRUMBS_MOST 128u /* bytes; whatever is larger is not for crumbs */

struct crumb;
struct crumb_slab;

/* All zero is empty. Must stay where it is while anything is in use. */
struct crumbs {
	struct crumb *free[CRUMBS_MOST / CRUMBS_STEP]; /* by size */
	struct crumb_slab *slab[CRUMBS_MOST / CRUMBS_STEP]; /* that the next ones are cut from */
	struct crumb_slab *books;
	void *fresh; /* slabs of the newest book that are not in use yet */
	size_t left;
};

/* 1 to CRUMBS_MOST bytes, aligned to CRUMBS_STEP; NULL when memory is out. */
void *crumbs_get(struct crumbs *c, size_t size);

/* Gives one back to where it is from. */
void crumbs_put(void *p);

/* Frees all, given back or not. */
void crumbs_free(struct crumbs *c);

#endif
