/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of one event while it is built and told: handed out in order, given back all at once.
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_SCRATCH_H
#define REGROUP_GROUP_SCRATCH_H

#include <stddef.h>

struct scratch_block;

struct scratch {
	struct scratch_block *block; /* the latest, with the older ones behind it */
};

/* Memory until the next scratch_reset, zeroed or as it is; NULL when memory is out. */
void *scratch_alloc(struct scratch *s, size_t size);
void *scratch_room(struct scratch *s, size_t size);

/* Formatted text in it; "" when memory is out. */
__attribute__((format(printf, 2, 3))) const char *scratch_text(struct scratch *s, const char *format, ...);

void scratch_reset(struct scratch *s); /* keeps one block */
void scratch_free(struct scratch *s);

#endif
