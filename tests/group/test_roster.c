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

static void goes(struct group *g, struct member *m, int64_t at)
{
	m->gone_at = at;
	roster_goes(g, m);
	m->presence = MEMBER_GONE;
}

static void returns(struct group *g, struct member *m)
{
	roster_returns(g, m);
	m->presence = MEMBER_IN;
}

/* `want` are the numbers of the members, ended by -1. */
static void is_list(const struct member *list, const struct member *all, const int *want)
{
	for (; list; list = list->hh.next)
		assert_int_equal(list - all, *want++);
	assert_int_equal(*want, -1);
}

static void who_is_gone_is_listed_by_time_and_comes_back_to_its_place(void **state)
{
	struct group g = { .members = NULL };
	struct member m[6];
	char id[6][32];
	int n = 0;

	(void)state;
	for (int i = 0; i < 6; i++)
		add(&g, &m[i], id[i], i);
	goes(&g, &m[5], 500);
	goes(&g, &m[0], 300);
	goes(&g, &m[3], 400);
	goes(&g, &m[2], 400);
	is_list(g.members, m, (const int[]){ 1, 4, -1 });
	is_list(g.roster.gone, m, (const int[]){ 0, 3, 2, 5, -1 });
	for (const struct member *p = roster_first(&g); p; p = roster_after(p))
		n++;
	assert_int_equal(n, 6);
	goes(&g, &m[5], 100); /* it went earlier than was thought */
	is_list(g.roster.gone, m, (const int[]){ 5, 0, 3, 2, -1 });
	returns(&g, &m[3]);
	returns(&g, &m[0]);
	returns(&g, &m[5]);
	is_list(g.members, m, (const int[]){ 0, 1, 3, 4, 5, -1 });
	is_list(g.roster.gone, m, (const int[]){ 2, -1 });
	assert_int_equal(g.roster.n_gone, 1);
	roster_remove(&g, &m[2]);
	assert_int_equal(g.roster.n_gone, 0);
	assert_ptr_equal(roster_named(&g, "member-3"), &m[3]);
	assert_null(roster_named(&g, "member-2"));
	roster_free(&g);
}

static void a_group_that_all_have_left_lists_them(void **state)
{
	struct group g = { .members = NULL };
	struct member m[2];
	char id[2][32];

	(void)state;
	assert_null(roster_first(&g));
	for (int i = 0; i < 2; i++)
		add(&g, &m[i], id[i], i);
	goes(&g, &m[1], 1);
	goes(&g, &m[0], 2);
	assert_null(g.members);
	assert_ptr_equal(roster_first(&g), &m[1]);
	assert_ptr_equal(roster_after(&m[1]), &m[0]);
	assert_null(roster_after(&m[0]));
	roster_sort_gone(&g);
	is_list(g.roster.gone, m, (const int[]){ 0, 1, -1 });
	roster_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_gone_is_listed_by_time_and_comes_back_to_its_place),
		cmocka_unit_test(a_group_that_all_have_left_lists_them),
		cmocka_unit_test(members_are_found_by_id_and_listed_in_order),
		cmocka_unit_test(what_is_removed_leaves_the_others_reachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
