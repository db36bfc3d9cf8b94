/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rebalance needs while it runs, kept for the next one: in groups and members that are known nothing is allocated.
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_SPARE_H
#define REGROUP_GROUP_SPARE_H

#include "state.h"

struct pool;

#define SPARE_TABLES 8

struct spares {
	struct pool *joins, *leaves, *rounds;
	struct assignment table[SPARE_TABLES]; /* empty, with room */
	size_t n_tables;
};

bool spares_init(struct spares *s); /* false when memory is out */
void spares_free(struct spares *s); /* everything that was handed out, too */

/* All zero; NULL when memory is out. They go back to the pool that they came from. */
struct join *spare_join(struct spares *s);
struct leave *spare_leave(struct spares *s);
struct round *spare_round(struct spares *s);

/* An empty assignment, with room where one was returned; returning it clears it. */
void spare_table(struct spares *s, struct assignment *a);
void spare_table_return(struct spares *s, struct assignment *a);

#endif
