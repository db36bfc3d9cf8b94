/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics that change: a client that gives no reason rejoins after the Metadata answer that shows it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "scene.h"

/* The leader joins again at 9.01 s by itself, the other when it is told; generation 2. */
static const struct said *rejoin(struct scene *s)
{
	static const int more[2][2] = { { 0, 3 }, { 4, 7 } };

	ask_join(&s->a, 9010, "");
	beat(&s->b, 10000, 27);
	ask_join(&s->b, 10010, "");
	joined(&s->a, 10011, 2, "m-a", s->both, 2);
	joined(&s->b, 10011, 2, "m-a", s->both, 2);
	ask_sync(&s->b, 10013, NULL, NULL, 0);
	ask_sync(&s->a, 10014, s->both, more, 2);
	synced(&s->a, 10020, 0, 3);
	synced(&s->b, 10021, 4, 7);
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
}

static void told(struct client *c, int64_t ms, bool all, const char *name, int partitions, const char *second)
{
	const struct topic_told topics[] = { { name, partitions }, { second, 3 }, { NULL, 0 } };

	metadata_told(c, ms, all, topics);
}

static void more_partitions(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	told(&s->fa, 0, false, "orders", 6, NULL);
	form(s);
	told(&s->fa, 9000, false, "orders", 8, NULL);
	r = rejoin(s);
	assert_int_equal(r->cause, 5);
	assert_int_equal(r->confidence, 2);
	assert_non_null(strstr(r->text, "orders has 8 partitions, not 6"));
}

/* A capture that begins later: what is assigned tells how many there were. */
static void more_partitions_than_assigned(void **state)
{
	struct scene *s = *state;

	form(s);
	told(&s->fa, 9000, false, "orders", 8, NULL);
	assert_int_equal(rejoin(s)->cause, 5);
}

static void a_topic_that_is_gone(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	told(&s->fa, 0, false, "orders", 6, NULL);
	form(s);
	told(&s->fa, 9000, false, "orders", 0, NULL);
	r = rejoin(s);
	assert_int_equal(r->cause, 5);
	assert_non_null(strstr(r->text, "orders is gone"));
}

static void nothing_new_is_no_cause(void **state)
{
	struct scene *s = *state;

	told(&s->fa, 0, false, "orders", 6, NULL);
	form(s);
	told(&s->fa, 9000, false, "orders", 6, NULL);
	assert_int_equal(rejoin(s)->cause, 3);
}

static void what_another_was_told_is_no_cause(void **state)
{
	struct scene *s = *state;

	told(&s->fa, 0, false, "orders", 6, NULL);
	form(s);
	told(&s->fb, 9000, false, "orders", 8, NULL);
	assert_int_equal(rejoin(s)->cause, 3);
}

/* Partitions that the assignor had left out were there before. */
static void unassigned_partitions_are_not_new(void **state)
{
	struct scene *s = *state;

	told(&s->fa, 0, false, "orders", 8, NULL);
	form(s);
	told(&s->fa, 9000, false, "orders", 8, NULL);
	assert_int_equal(rejoin(s)->cause, 3);
}

static void old_news_is_a_weak_sign(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	told(&s->fa, 0, false, "orders", 6, NULL);
	form(s);
	told(&s->fa, 3100, false, "orders", 8, NULL);
	beat(&s->a, 6000, 0);
	beat(&s->b, 6000, 0);
	beat(&s->a, 12000, 0);
	beat(&s->b, 12000, 0);
	ask_join(&s->a, 15000, "");
	beat(&s->b, 15100, 27);
	ask_join(&s->b, 15110, "");
	joined(&s->a, 15111, 2, "m-a", s->both, 2);
	joined(&s->b, 15111, 2, "m-a", s->both, 2);
	ask_sync(&s->b, 15113, NULL, NULL, 0);
	ask_sync(&s->a, 15114, s->both, halves, 2);
	synced(&s->a, 15120, 0, 2);
	synced(&s->b, 15121, 3, 5);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
	assert_int_equal(r->cause, 5);
	assert_int_equal(r->confidence, 1);
}

static void a_new_topic_matches_a_pattern(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	told(&s->fa, 0, true, "orders", 6, NULL);
	form(s);
	told(&s->fa, 9000, true, "orders", 6, "orders-2");
	s->a.topics[1] = "orders-2";
	r = rejoin(s);
	assert_int_equal(r->cause, 5);
	assert_int_equal(r->confidence, 2);
	assert_non_null(strstr(r->text, "orders-2 is new"));
}

static void a_topic_less_matches_a_pattern(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	told(&s->fa, 0, true, "orders", 6, "orders-2");
	s->a.topics[1] = "orders-2";
	form(s);
	told(&s->fa, 9000, true, "orders", 6, NULL);
	s->a.topics[1] = NULL;
	r = rejoin(s);
	assert_int_equal(r->cause, 5);
	assert_non_null(strstr(r->text, "orders-2 is gone"));
}

static const struct topic_told orders_alone[] = { { "orders", 6 }, { NULL, 0 } };

static void several_topics_match_a_pattern(void **state)
{
	static const struct topic_told more[] = {
		{ "orders", 6 }, { "orders-2", 3 }, { "other", 3 }, { "orders-10", 3 }, { NULL, 0 }
	};
	struct scene *s = *state;
	const struct said *r;

	metadata_told(&s->fa, 0, true, orders_alone);
	form(s);
	metadata_told(&s->fa, 9000, true, more);
	s->a.topics[1] = "orders-2";
	s->a.topics[2] = "orders-10";
	r = rejoin(s);
	assert_int_equal(r->cause, 5);
	assert_int_equal(r->confidence, 2);
	assert_non_null(strstr(r->text, "topic orders-2 and 1 more are new and match its pattern"));
}

static void one_comes_and_one_goes(void **state)
{
	static const struct topic_told before[] = { { "orders", 6 }, { "orders-2", 3 }, { NULL, 0 } };
	static const struct topic_told after[] = { { "orders", 6 }, { "orders-10", 3 }, { NULL, 0 } };
	struct scene *s = *state;
	const struct said *r;

	metadata_told(&s->fa, 0, true, before);
	s->a.topics[1] = "orders-2";
	form(s);
	metadata_told(&s->fa, 9000, true, after);
	s->a.topics[1] = "orders-10";
	r = rejoin(s);
	assert_int_equal(r->cause, 5);
	assert_non_null(strstr(r->text, "1 topic is new and matches its pattern (orders-10), and 1 is gone"));
}

/* It says the same for each of its assignors. */
static void a_pattern_of_a_client_with_two_assignors(void **state)
{
	struct scene *s = *state;

	s->a.fallback = s->b.fallback = "cooperative-sticky";
	told(&s->fa, 0, true, "orders", 6, NULL);
	form(s);
	told(&s->fa, 9000, true, "orders", 6, "orders-2");
	s->a.topics[1] = "orders-2";
	assert_int_equal(rejoin(s)->cause, 5);
}

static void other_assignors_are_a_change_of_its_own(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	s->a.fallback = "cooperative-sticky";
	r = rejoin(s);
	assert_int_equal(r->cause, 4);
	assert_int_equal(r->confidence, 3);
	assert_non_null(strstr(r->text, "lists other assignors than before"));
}

/* One of the two topics that it takes up had been there all the time: that is its own wish. */
static void what_was_there_before_is_not_new(void **state)
{
	static const struct topic_told before[] = { { "orders", 6 }, { "audit", 3 }, { NULL, 0 } };
	static const struct topic_told after[] = { { "orders", 6 }, { "audit", 3 }, { "orders-2", 3 }, { NULL, 0 } };
	struct scene *s = *state;

	metadata_told(&s->fa, 0, true, before);
	form(s);
	metadata_told(&s->fa, 9000, true, after);
	s->a.topics[1] = "orders-2";
	s->a.topics[2] = "audit";
	assert_int_equal(rejoin(s)->cause, 4);
}

/* Somebody else had been told of the topic by its name before the listing. */
static void a_new_topic_that_was_asked_for_by_name(void **state)
{
	struct scene *s = *state;

	told(&s->fa, 0, true, "orders", 6, NULL);
	form(s);
	told(&s->fb, 8000, false, "orders-2", 3, NULL);
	told(&s->fa, 9000, true, "orders", 6, "orders-2");
	s->a.topics[1] = "orders-2";
	assert_int_equal(rejoin(s)->cause, 5);
}

/* It asks for what it names itself: another topic is its own wish. */
static void another_topic_by_name_is_a_changed_subscription(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	told(&s->fa, 0, false, "orders", 6, NULL);
	form(s);
	told(&s->fa, 9000, false, "orders-2", 3, NULL);
	s->a.topics[1] = "orders-2";
	r = rejoin(s);
	assert_int_equal(r->cause, 4);
	assert_int_equal(r->confidence, 3);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(more_partitions),
		SCENE(more_partitions_than_assigned),
		SCENE(a_topic_that_is_gone),
		SCENE(nothing_new_is_no_cause),
		SCENE(what_another_was_told_is_no_cause),
		SCENE(unassigned_partitions_are_not_new),
		SCENE(old_news_is_a_weak_sign),
		SCENE(a_new_topic_matches_a_pattern),
		SCENE(a_topic_less_matches_a_pattern),
		SCENE(several_topics_match_a_pattern),
		SCENE(one_comes_and_one_goes),
		SCENE(a_pattern_of_a_client_with_two_assignors),
		SCENE(other_assignors_are_a_change_of_its_own),
		SCENE(what_was_there_before_is_not_new),
		SCENE(a_new_topic_that_was_asked_for_by_name),
		SCENE(another_topic_by_name_is_a_changed_subscription),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
