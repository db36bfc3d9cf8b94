/* SPDX-License-Identifier: Apache-2.0
 *
 * What is a storm and what is none, when it is over, and members that ask in a loop.
 */
#include "storm_scene.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void a_few_are_none(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "a");

	forms(s, m);
	for (int i = 0; i < 4; i++)
		happens(s, 30 + 10 * i, 30.5 + 10 * i, 7, m);
	assert_int_equal(s->n, 0);
}

/* Many, but far between: an hour with six rebalances. */
static void slow_change_is_none(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "a");

	forms(s, m);
	for (int i = 0; i < 6; i++)
		happens(s, 600 * (i + 1), 600 * (i + 1) + 2, 7, m);
	assert_int_equal(s->n, 0);
}

static void it_is_over_after_calm(void **state)
{
	struct scene *s = *state;
	struct member *m[3] = { member(s, "a"), member(s, "b"), member(s, "c") };

	forms(s, m[0]);
	for (int i = 0; i < 3; i++) {
		leaves(s, 20 + 10 * i, m[i]);
		comes(s, 24 + 10 * i, m[i]->client_id);
	}
	assert_int_equal(s->n, 1);
	for (int64_t t = 45; t < 330; t += 5)
		groups_advance(s->groups, START + t * NS_PER_S);
	assert_int_equal(s->n, 1);
	for (int64_t t = 330; t < 360; t += 5)
		groups_advance(s->groups, START + t * NS_PER_S);
	assert_int_equal(s->n, 2);
	assert_true(last(s)->ended);
	assert_true(last(s)->over);
	assert_int_equal(last(s)->latest, 45);
	happens(s, 400, 401, 7, m[0]);
	finish(s, 410);
	assert_int_equal(s->n, 2);
}

/* The memory of a group is bounded; the count goes on. */
static void a_long_storm(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "x");

	forms(s, m);
	for (int i = 0; i < 10000; i++)
		happens(s, 20 + i * 4.0, 21 + i * 4.0, i % 2 ? 2 : 9, m);
	finish(s, 41000);
	assert_int_equal(s->n, 2);
	assert_int_equal(last(s)->rebalances, 10000);
	assert_true(last(s)->percent > 24.9 && last(s)->percent < 25.1);
	assert_int_equal(s->group->storm->cap, STORM_FACTS);
	assert_int_equal(last(s)->class, GROUP_STORM_SLOW_PROCESSING);
}

/* ---- members that ask in a loop ------------------------------------------------------------------------ */

static void refuse(struct scene *s, const struct member *m, int16_t error, double at)
{
	static const struct net_endpoint client = { .addr = { 10, 0, 0, 9 }, .port = 4000, .family = 4 };
	static struct kafka_conn conn = { .client = &client };
	struct kafka_message msg = { .conn = &conn, .ts = START + (int64_t)(at * 1e9) };

	msg.client_id = bytes(m && m->client_id ? m->client_id : "odd");
	groups_advance(s->groups, msg.ts);
	storm_refused(s->group, m, error, &msg);
}

static void a_duplicate_instance(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 3; i++) {
		struct member *m = member(s, i % 2 ? "left" : "right");

		m->instance = text_from("pod-0");
		assert_int_equal(s->n, 0);
		refuse(s, m, ERR_FENCED_INSTANCE_ID, 10 * i);
	}
	assert_int_equal(last(s)->class, GROUP_STORM_DUPLICATE_INSTANCE);
	finish(s, 60);
	assert_true(last(s)->ended);
	says(s, "fenced each other 3 times in 20.0 s");
}

/* Each static member that is replaced once is fenced once: that is how a new version takes over. */
static void replacing_all_is_none(void **state)
{
	struct scene *s = *state;
	char name[8];

	for (int i = 0; i < 10; i++) {
		struct member *m = member(s, "a");

		snprintf(name, sizeof name, "pod-%d", i);
		m->instance = text_from(name);
		refuse(s, m, ERR_FENCED_INSTANCE_ID, i);
	}
	assert_int_equal(s->n, 0);
}

static void a_zombie(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "z");

	for (int i = 0; i < 9; i++)
		refuse(s, m, ERR_UNKNOWN_MEMBER_ID, 3 * i);
	assert_int_equal(s->n, 0);
	refuse(s, m, ERR_ILLEGAL_GENERATION, 30);
	assert_int_equal(last(s)->class, GROUP_STORM_ZOMBIE_LOOP);
	assert_string_equal(last(s)->culprit, "z");
	says(s, "z (10.0.0.9) was told 10 times in 30.0 s");
	for (int64_t t = 30; t < 340; t += 5)
		groups_advance(s->groups, START + t * NS_PER_S);
	assert_true(last(s)->over);
}

static void no_common_assignor(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 6; i++)
		refuse(s, NULL, ERR_INCONSISTENT_GROUP_PROTOCOL, i);
	assert_int_equal(last(s)->class, GROUP_STORM_INCOMPATIBLE);
	assert_string_equal(last(s)->culprit, "odd");
	says(s, "odd (10.0.0.9) was refused 6 times");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORM(a_few_are_none),
		STORM(slow_change_is_none),
		STORM(it_is_over_after_calm),
		STORM(a_long_storm),
		STORM(a_duplicate_instance),
		STORM(replacing_all_is_none),
		STORM(a_zombie),
		STORM(no_common_assignor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
