/* SPDX-License-Identifier: Apache-2.0 */
#include "spare.h"

#include <string.h>

#include <regroup/pool.h>

#include "assignment.h"

#define PER_SLAB 32

/* Room for more partitions than this is not kept. */
#define TABLE_MOST 65536

bool spares_init(struct spares *s)
{
	s->joins = pool_new(sizeof(struct join), PER_SLAB);
	s->leaves = pool_new(sizeof(struct leave), PER_SLAB);
	s->rounds = pool_new(sizeof(struct round), PER_SLAB);
	return s->joins && s->leaves && s->rounds;
}

void spares_free(struct spares *s)
{
	while (s->n_tables)
		assignment_clear(&s->table[--s->n_tables]);
	pool_free(s->joins);
	pool_free(s->leaves);
	pool_free(s->rounds);
}

struct join *spare_join(struct spares *s)
{
	struct join *j = pool_get(s->joins);

	if (j)
		*j = (struct join){ .from = s->joins };
	return j;
}

struct leave *spare_leave(struct spares *s)
{
	struct leave *l = pool_get(s->leaves);

	if (l)
		*l = (struct leave){ .from = s->leaves };
	return l;
}

struct round *spare_round(struct spares *s)
{
	struct round *r = pool_get(s->rounds);

	if (r)
		*r = (struct round){ .from = s };
	return r;
}

void spare_table(struct spares *s, struct assignment *a)
{
	if (s->n_tables)
		*a = s->table[--s->n_tables];
	else
		assignment_init(a);
}

void spare_table_return(struct spares *s, struct assignment *a)
{
	if (s->n_tables == SPARE_TABLES || a->cap > TABLE_MOST || a->cap_owners > TABLE_MOST) {
		assignment_clear(a);
		return;
	}
	assignment_empty(a);
	s->table[s->n_tables++] = *a;
	assignment_init(a);
}
