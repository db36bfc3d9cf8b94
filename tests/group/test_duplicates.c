/* SPDX-License-Identifier: Apache-2.0
 *
 * How many records are read twice after a commit was refused: where both sides are on the wire, and nowhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static const struct range of_b = { 3, 5 };

static size_t told(const struct scene *s)
{
	return peer_count(s->peer, GROUP_EVENT_DUPLICATES);
}

/* b falls silent at 9 s: a has everything from 20 s on. */
static void b_expires(struct scene *s)
{
	for (int64_t ms = 6000; ms <= 18000; ms += 3000)
		beat(&s->a, ms, ms < 18000 ? 0 : 27);
	ask_join(&s->a, 18005, "group is already rebalancing");
	joined(&s->a, 18006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 18010, s->one, whole, 1);
	synced(&s->a, 18020, 0, 5);
}

static void the_next_owner_begins_behind_what_was_refused(void **state)
{
	struct scene *s = *state;
	const struct said *d;

	form(s);
	commit(&s->b, 8000, of_b, 500, 27);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	offset_fetch(&s->a, 10030, of_b, 400);
	assert_int_equal(told(s), 1);
	d = peer_said(s->peer, GROUP_EVENT_DUPLICATES, 0);
	assert_int_equal(d->records, 300);
	assert_string_equal(d->refused, "orders 3 4 5");
	assert_string_equal(d->member, "c-b");
	assert_string_equal(d->what, "c-a");
	offset_fetch(&s->a, 10040, of_b, 400);
	assert_int_equal(told(s), 1);
}

static void who_was_thrown_out_commits_late(void **state)
{
	struct scene *s = *state;

	form(s);
	b_expires(s);
	offset_fetch(&s->a, 18030, of_b, 400);
	commit(&s->b, 25000, of_b, 450, 25);
	assert_int_equal(told(s), 1);
	assert_int_equal(peer_said(s->peer, GROUP_EVENT_DUPLICATES, 0)->records, 150);
	commit(&s->b, 25010, of_b, 450, 25); /* again: nothing new */
	assert_int_equal(told(s), 1);
}

static void a_fetch_shows_where_the_next_owner_begins(void **state)
{
	struct scene *s = *state;

	form(s);
	fetch(&s->fa, 4000, 0, (struct range){ 0, 2 }, none);
	commit(&s->b, 8000, of_b, 1500, 25);
	b_expires(s);
	fetch(&s->fa, 18030, 1, of_b, none); /* from 1000 */
	assert_int_equal(told(s), 1);
	assert_int_equal(peer_said(s->peer, GROUP_EVENT_DUPLICATES, 0)->records, 1500);
}

static void a_commit_that_is_repeated_in_time_costs_nothing(void **state)
{
	struct scene *s = *state;

	form(s);
	commit(&s->b, 8000, of_b, 500, 27);
	commit(&s->b, 8100, of_b, 500, 0);
	offset_fetch(&s->b, 8200, of_b, 400);
	assert_int_equal(told(s), 0);
}

static void others_who_ask_do_not_begin_there(void **state)
{
	struct scene *s = *state;

	form(s);
	commit(&s->b, 8000, of_b, 500, 27);
	offset_fetch(&s->admin, 8100, of_b, 400);
	assert_int_equal(told(s), 0);
}

static void what_is_not_known_is_not_counted(void **state)
{
	struct scene *s = *state;

	form(s);
	commit(&s->b, 8000, of_b, 500, 16); /* the coordinator moved: nobody else has it */
	offset_fetch(&s->a, 8100, of_b, 400);
	commit(&s->b, 8200, of_b, 500, 27);
	offset_fetch(&s->a, 8300, of_b, -1); /* nothing is committed: where it begins is a setting */
	assert_int_equal(told(s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_next_owner_begins_behind_what_was_refused, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(who_was_thrown_out_commits_late, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_fetch_shows_where_the_next_owner_begins, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_commit_that_is_repeated_in_time_costs_nothing, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(others_who_ask_do_not_begin_there, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_not_counted, scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
