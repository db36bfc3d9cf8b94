/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams on the classic protocol: what goes wrong in its own data, rolling upgrades, and members that are closed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "special.h"

static bool has(const char *text, const char *what)
{
	return text && strstr(text, what);
}

static struct special *application(int version_a, int version_b)
{
	struct special *s = special_new("consumer", "stream");

	streams_says_as(&s->metadata[0], 1, version_a, 0);
	streams_says_as(&s->metadata[1], 2, version_b, 0);
	special_enter(s, 0, 0, "a-1");
	special_enter(s, 1, 10, "b-1");
	special_joined(s, 3000, 1, "ab");
	return s;
}

static void errors_of_assignments(void **state)
{
	static const char *const names[] = { [1] = "INCOMPLETE_SOURCE_TOPIC_METADATA", "VERSION_PROBING", "ASSIGNMENT_ERROR",
		                             "SHUTDOWN_REQUESTED", "unknown" };

	(void)state;
	for (int error = 1; error <= 5; error++) {
		struct special *s = application(11, 11);
		const struct group_rebalance *r;

		streams_gives_error(&s->given[0], error);
		streams_gives_error(&s->given[1], error);
		special_synced(s, 3010, "ab");
		r = special_said(s, 0);
		assert_int_equal(r->streams->error, error);
		assert_string_equal(r->streams->error_name, names[error]);
		assert_int_equal(r->streams->active, 0);
		assert_int_equal(r->streams->version_probing, error == 2);
		special_free(s);
	}
}

/* The new instance speaks 11, the leader 10: the new one is told so and joins again, at once. */
static void a_rolling_upgrade(void **state)
{
	struct special *s = application(10, 11);
	const struct group_rebalance *r;

	(void)state;
	streams_gives(&s->given[0], "0_0,0_1", "", INT64_MAX);
	streams_gives(&s->given[1], "", "", 0);
	special_synced(s, 3010, "ab");
	r = special_said(s, 0);
	assert_true(r->streams->version_probing);
	assert_int_equal(r->streams->processes, 2);
	streams_says_as(&s->metadata[1], 2, 10, 0);
	special_ask(s, 1, 3100, "triggered followup rebalance scheduled for 0");
	beat(&s->member[0], 3500, 27);
	special_ask(s, 0, 3502, NULL);
	special_joined(s, 3505, 2, "ab");
	streams_gives(&s->given[0], "0_0", "", INT64_MAX);
	streams_gives(&s->given[1], "0_1", "", INT64_MAX);
	special_synced(s, 3510, "ab");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 20);
	assert_int_equal(r->followup_of, 1);
	assert_true(has(r->cause.text, "version probing"));
	assert_false(r->streams->version_probing);
	assert_int_equal(r->streams->active, 2);
	special_free(s);
}

/* Without mixed versions the same words say that tasks change hands. */
static void tasks_change_hands(void **state)
{
	struct special *s = application(11, 11);
	const struct group_rebalance *r;

	(void)state;
	streams_gives(&s->given[0], "0_0,0_1", "", INT64_MAX);
	streams_gives(&s->given[1], "", "", 0);
	special_synced(s, 3010, "ab");
	special_ask(s, 1, 3100, "triggered followup rebalance scheduled for 0");
	beat(&s->member[0], 3500, 27);
	special_ask(s, 0, 3502, NULL);
	special_joined(s, 3505, 2, "ab");
	special_synced(s, 3510, "ab");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 20);
	assert_true(has(r->cause.text, "tasks change hands"));
	special_free(s);
}

/* A shutdown that was asked for is passed on by a rejoin of each member. */
static void the_application_is_shut_down(void **state)
{
	struct special *s = application(11, 11);
	const struct group_rebalance *r;

	(void)state;
	streams_gives(&s->given[0], "0_0", "", INT64_MAX);
	streams_gives(&s->given[1], "0_1", "", INT64_MAX);
	special_synced(s, 3010, "ab");
	streams_says_as(&s->metadata[1], 2, 11, 4);
	special_ask(s, 1, 9000, "Shutdown requested");
	beat(&s->member[0], 9500, 27);
	special_ask(s, 0, 9502, NULL);
	special_joined(s, 9505, 2, "ab");
	streams_gives_error(&s->given[0], 4);
	streams_gives_error(&s->given[1], 4);
	special_synced(s, 9510, "ab");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 6);
	assert_true(has(r->cause.text, "shut down"));
	assert_string_equal(r->streams->error_name, "SHUTDOWN_REQUESTED");
	special_free(s);
}

/* CloseOptions.leaveGroup of a static member: it has itself removed, from another connection and by its instance id. */
static void a_static_member_is_closed_for_good(void **state)
{
	struct special *s = special_new("consumer", "stream");
	struct client remover;
	const struct group_rebalance *r;

	(void)state;
	s->member[0].instance = "app-1";
	s->member[1].instance = "app-2";
	streams_says(&s->metadata[0], 1);
	streams_says(&s->metadata[1], 2);
	special_enter(s, 0, 0, "a-1");
	special_enter(s, 1, 10, "b-1");
	special_joined(s, 3000, 1, "ab");
	streams_gives(&s->given[0], "0_0", "", INT64_MAX);
	streams_gives(&s->given[1], "0_1", "", INT64_MAX);
	special_synced(s, 3010, "ab");
	client_init(&remover, &s->peer, "app-admin", 9);
	remover.instance = "app-2";
	leave(&remover, 20000, "member was removed by an admin", 0);
	beat(&s->member[0], 20500, 27);
	special_ask(s, 0, 20502, "group is already rebalancing");
	special_joined(s, 20505, 2, "a");
	streams_gives(&s->given[0], "0_0,0_1", "", INT64_MAX);
	special_synced(s, 20510, "a");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 14);
	assert_true(has(r->cause.text, "Streams does so itself"));
	assert_int_equal(r->streams->active, 2);
	special_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_of_assignments),
		cmocka_unit_test(a_rolling_upgrade),
		cmocka_unit_test(tasks_change_hands),
		cmocka_unit_test(the_application_is_shut_down),
		cmocka_unit_test(a_static_member_is_closed_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
