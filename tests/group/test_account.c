/* SPDX-License-Identifier: Apache-2.0
 *
 * What is conclusive needs every member to be accounted for: what was not seen may have come first.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "scene.h"

static const struct said *rebalance(const struct scene *s, size_t n)
{
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, n);
}

/* c joins at 9 s; generation 2 at 10.1 s, as the leader a is told, who is the first of `all`. */
static void c_joins(struct scene *s, struct client *c, struct client *const *all, size_t n)
{
	static const int parts[4][2] = { { 0, 1 }, { 2, 3 }, { 4, 5 }, { 6, 6 } };

	client_init(c, s->peer, "c-c", 3);
	enter(c, 9000, "m-c");
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	if (n > 1 && all[1] == &s->b) {
		beat(&s->b, 10050, 27);
		ask_join(&s->b, 10060, "group is already rebalancing");
		joined(&s->b, 10100, 2, "m-a", all, n);
	}
	joined(&s->a, 10100, 2, "m-a", all, n);
	joined(c, 10101, 2, "m-a", all, n);
	ask_sync(&s->a, 10110, all, parts, n);
	synced(&s->a, 10120, 0, 1);
	peer_finish(s->peer, 20000);
}

static void all_seen_is_conclusive(void **state)
{
	struct scene *s = *state;
	struct client c;
	struct client *all[] = { &s->a, &s->b, &c };

	form(s);
	c_joins(s, &c, all, 3);
	assert_int_equal(rebalance(s, 1)->cause, 2);
	assert_int_equal(rebalance(s, 1)->confidence, 3);
	assert_true(rebalance(s, 1)->complete);
}

/* b is gone, and was not seen to go: it may have left before c came. */
static void a_member_that_vanished_may_have_left_first(void **state)
{
	struct scene *s = *state;
	struct client c;
	struct client *all[] = { &s->a, &c };

	form(s);
	beat(&s->b, 8000, 0);
	c_joins(s, &c, all, 2);
	assert_int_equal(rebalance(s, 1)->generation, 2);
	assert_true(rebalance(s, 1)->confidence < 3);
}

/* d is in the list, and nobody saw it join: it may have come before c. */
static void a_member_that_appeared_may_have_come_first(void **state)
{
	struct scene *s = *state;
	struct client c, d;
	struct client *all[] = { &s->a, &s->b, &c, &d };

	client_init(&d, s->peer, "c-d", 4);
	d.generation = 2;
	strcpy(d.member, "m-d");
	form(s);
	c_joins(s, &c, all, 4);
	assert_int_equal(rebalance(s, 1)->cause, 2);
	assert_true(rebalance(s, 1)->confidence < 3);
	assert_false(rebalance(s, 1)->complete);
}

/* The members of generation 1 were never listed: there may be more of them. */
static void an_unknown_roster_is_not_conclusive(void **state)
{
	struct scene *s = *state;
	struct client c;
	struct client *all[] = { &s->a, &c };

	s->a.generation = 1;
	strcpy(s->a.member, "m-a");
	beat(&s->a, 1000, 0);
	c_joins(s, &c, all, 2);
	assert_int_equal(rebalance(s, 0)->cause, 2);
	assert_true(rebalance(s, 0)->confidence < 3);
}

/* The only member is told to rejoin before it leaves: somebody else is in the group, which is not empty then. */
static void who_is_told_before_it_leaves_is_not_the_last(void **state)
{
	struct scene *s = *state;
	size_t before;

	form(s);
	b_leaves(s);
	before = peer_count(s->peer, GROUP_EVENT_REBALANCE);
	beat(&s->a, 15000, 27);
	leave(&s->a, 16000, "the consumer is being closed", 0);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), before);
}

/* A group that was deleted begins at 1 again: what was seen of its former life did not make it. */
static void generation_one_is_a_formation(void **state)
{
	struct scene *s = *state;
	struct client c, d;
	struct client *all[] = { &s->a, &s->b, &c }, *anew[] = { &d };

	form(s);
	c_joins(s, &c, all, 3);
	leave(&s->b, 21000, "the consumer is being closed", 0);
	client_init(&d, s->peer, "c-d", 4);
	enter(&d, 30000, "m-d");
	joined(&d, 33000, 1, "m-d", anew, 1);
	ask_sync(&d, 33010, anew, whole, 1);
	synced(&d, 33020, 0, 5);
	assert_int_equal(rebalance(s, 2)->generation, 1);
	assert_int_equal(rebalance(s, 2)->cause, 1);
	assert_int_equal(rebalance(s, 2)->n_also, 0);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(all_seen_is_conclusive),
		SCENE(a_member_that_vanished_may_have_left_first),
		SCENE(a_member_that_appeared_may_have_come_first),
		SCENE(an_unknown_roster_is_not_conclusive),
		SCENE(who_is_told_before_it_leaves_is_not_the_last),
		SCENE(generation_one_is_a_formation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
