/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

#define MANY 3000

static struct member *add(struct group *g, struct member *m, char id[32], int i)
{
	snprintf(id, 32, "member-%d", i);
	*m = (struct member){ .group = g, .id = id };
	assert_true(roster_add(g, m));
	return m;
}

static void members_are_found_by_id_and_listed_in_order(void **state)
{
	static struct member m[MANY];
	static char id[MANY][32];
	struct group g = { .members = NULL };
	int n = 0;

	(void)state;
	assert_null(roster_named(&g, "member-0"));
	for (int i = 0; i < MANY; i++)
		add(&g, &m[i], id[i], i);
	for (const struct member *p = g.members; p; p = p->hh.next)
		assert_ptr_equal(p, &m[n++]);
	assert_int_equal(n, MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(roster_named(&g, id[i]), &m[i]);
	assert_null(roster_named(&g, "member-"));
	assert_null(roster_named(&g, ""));
	roster_free(&g);
}

static void what_is_removed_leaves_the_others_reachable(void **state)
{
	static struct member m[MANY];
	static char id[MANY][32];
	struct group g = { .members = NULL };
	int n = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		add(&g, &m[i], id[i], i);
	for (int i = 0; i < MANY; i += 3)
		roster_remove(&g, &m[i]);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(roster_named(&g, id[i]), i % 3 ? &m[i] : NULL);
	for (int i = 0; i < MANY; i += 6)
		add(&g, &m[i], id[i], i);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(roster_named(&g, id[i]), i % 3 ? &m[i] : i % 6 ? NULL : &m[i]);
	for (const struct member *p = g.members; p; p = p->hh.next)
		n++;
	assert_int_equal(n, g.roster.n);
	while (g.members)
		roster_remove(&g, g.members);
	assert_int_equal(g.roster.n, 0);
	assert_null(roster_named(&g, "member-1"));
	roster_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_id_and_listed_in_order),
		cmocka_unit_test(what_is_removed_leaves_the_others_reachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
