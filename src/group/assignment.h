/* SPDX-License-Identifier: Apache-2.0
 *
 * Who had which partition in a generation, and what moved between two. Internal to src/group.
 */
#ifndef REGROUP_GROUP_ASSIGNMENT_H
#define REGROUP_GROUP_ASSIGNMENT_H

#include "state.h"

/* One partition that changed hands; an index is UINT32_MAX for nobody. */
struct shift {
	uint32_t topic;
	int32_t partition;
	uint32_t from, to; /* owners in the table before and after */
};

void assignment_init(struct assignment *a);
/* The owner `id`, if there is one, is called `name` from now on: shared, see texts.h. */
void assignment_rename(struct assignment *a, const char *id, const char *name);

/* The owner's index, UINT32_MAX when there is none. */
uint32_t assignment_find_owner(const struct assignment *a, const char *id);

/* Partitions that this owner has. */
size_t assignment_count(const struct assignment *a, const char *id);

void assignment_empty(struct assignment *a); /* keeps its room */
void assignment_clear(struct assignment *a); /* frees what it holds; it is usable again */

/* Moves *from into *to (whose content is freed); *from is empty then. */
void assignment_take(struct assignment *to, struct assignment *from);

/* The same; *to has as much room as it needs, and *from keeps its own. */
void assignment_move(struct assignment *to, struct assignment *from);

void assignment_swap(struct assignment *a, struct assignment *b);

/* The owner's index, added when new; UINT32_MAX when memory is out. Shares the texts (texts.h); `client_id` may be
 * NULL. */
uint32_t assignment_owner(struct assignment *a, const char *id, const char *client_id);

/* The same for a member that is not a static one, in a table that was made of the members there are: no two have one id,
 * whose text is shared, so that texts need not be compared. */
uint32_t assignment_owner_by_id(struct assignment *a, const struct member *m);

/* False when memory is out. */
bool assignment_add(struct assignment *a, uint32_t topic, int32_t partition, uint32_t owner);

/* The same into its place in a sorted table. */
bool assignment_insert(struct assignment *a, uint32_t topic, int32_t partition, uint32_t owner);

/* Sorts by topic and partition, what was told twice of one owner once: needed before shifts and lookups. */
void assignment_sort(struct assignment *a);

/* Who has this partition, NULL when nobody does. Sorted. */
struct owned *assignment_find(const struct assignment *a, uint32_t topic, int32_t partition);

/* Who has this partition (the id of the owner), NULL when nobody. Sorted. */
const char *assignment_owner_of(const struct assignment *a, uint32_t topic, int32_t partition);

/* Calls `each` for every partition whose owner differs, in order of topic and partition. Both sorted. */
void assignment_shifts(const struct assignment *before, const struct assignment *after,
                       void (*each)(void *ctx, const struct shift *s), void *ctx);

#endif
