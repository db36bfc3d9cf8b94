/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a rebalance kept partitions from being read.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "scene.h"

static void downtime_begins_with_the_last_fetch(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fb, 8900, 1, none, none); /* unlisted is not unfetched */
	fetch(&s->fa, 9500, 1, none, none);
	r = b_leaves(s);
	assert_int_equal(r->down[0], 10020 - 9500);
	assert_false(r->down_at_least[0]);
	assert_int_equal(r->down[1], -1); /* b is gone */
	assert_int_equal(r->n_moved, 3);
	assert_int_equal(r->moved_down[0], 10020 - 8900);
	assert_false(r->moved_at_least[0]);
}

/* Lost packets may have held a later Fetch. */
static void a_gap_after_the_last_fetch_makes_it_a_bound(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fa, 8000, 1, none, none);
	peer_gap(s->peer, &s->fa, 8200, 8300);
	fetch(&s->fb, 8900, 1, none, none);
	r = b_leaves(s);
	assert_int_equal(r->down[0], 10020 - 10005);
	assert_true(r->down_at_least[0]);
	assert_int_equal(r->moved_down[0], 10020 - 8900);
	assert_false(r->moved_at_least[0]);
}

/* Only one broker's connections are captured: what is read elsewhere is not known. */
static void a_partition_that_was_never_seen_fetched_makes_it_a_bound(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 1 }, none);
	r = b_leaves(s);
	assert_int_equal(r->down[0], 10020 - 10005);
	assert_true(r->down_at_least[0]);
}

static void without_fetches_it_is_at_least_since_the_join(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	r = b_leaves(s);
	assert_int_equal(r->down[0], 10020 - 10005);
	assert_true(r->down_at_least[0]);
	assert_int_equal(r->moved_down[0], 10020 - 9000);
	assert_true(r->moved_at_least[0]);
}

static void or_since_the_commit_before_it(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	commit(&s->a, 10002, (struct range){ 0, 2 }, 500, 0);
	ask_join(&s->a, 10105, "group is already rebalancing");
	joined(&s->a, 10106, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10110, s->one, whole, 1);
	synced(&s->a, 10120, 0, 5);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
	assert_int_equal(r->down[0], 10120 - 10002);
	assert_true(r->down_at_least[0]);
}

/* b's answer comes late: what a fetches by then is not what it fetched before. */
static void fetches_after_it_do_not_shorten_it(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fa, 8000, 1, none, none);
	fetch(&s->fb, 8100, 1, none, none);
	ask_join(&s->a, 9000, "rebalance enforced by user");
	beat(&s->b, 9500, 27);
	ask_join(&s->b, 9505, "group is already rebalancing");
	joined(&s->a, 9506, 2, "m-a", s->both, 2);
	joined(&s->b, 9506, 2, "m-a", s->both, 2);
	ask_sync(&s->a, 9510, s->both, halves, 2);
	synced(&s->a, 9520, 0, 2);
	fetch(&s->fa, 9530, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fa, 9540, 1, none, none);
	ask_sync(&s->b, 9900, NULL, NULL, 0);
	synced(&s->b, 9901, 3, 5);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
	assert_int_equal(r->down[0], 9520 - 8000);
	assert_false(r->down_at_least[0]);
	assert_int_equal(r->down[1], 9901 - 8100);
}

/* a gave up partition 2 in its session long before it joined. */
static void forgotten_partitions_are_not_fetched(void **state)
{
	static const int shifted[2][2] = { { 0, 1 }, { 2, 5 } };
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fa, 4000, 1, none, none);
	fetch(&s->fa, 5000, 2, none, (struct range){ 2, 2 });
	fetch(&s->fa, 8000, 3, none, none);
	ask_join(&s->a, 9000, "rebalance enforced by user");
	beat(&s->b, 9500, 27);
	ask_join(&s->b, 9505, "group is already rebalancing");
	joined(&s->a, 9506, 2, "m-a", s->both, 2);
	joined(&s->b, 9506, 2, "m-a", s->both, 2);
	ask_sync(&s->a, 9510, s->both, shifted, 2);
	synced(&s->a, 9520, 0, 1);
	ask_sync(&s->b, 9521, NULL, NULL, 0);
	synced(&s->b, 9522, 2, 5);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
	assert_int_equal(r->n_moved, 1);
	assert_int_equal(r->moved_down[0], 9522 - 4000);
	assert_false(r->moved_at_least[0]);
	assert_int_equal(r->down[0], 9520 - 8000);
}

/* Without sessions every request lists all: what is not listed is not fetched any more. */
static void a_full_request_ends_what_it_does_not_list(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fb, 3100, -1, (struct range){ 3, 5 }, none);
	fetch(&s->fb, 7000, -1, (struct range){ 3, 5 }, none);
	fetch(&s->fb, 8000, -1, (struct range){ 4, 5 }, none);
	conn_ended(&s->fb, 8500);
	r = b_leaves(s);
	assert_int_equal(r->moved_down[0], 10020 - 7000);
	assert_int_equal(r->moved_down[1], 10020 - 8000);
}

static void topic_ids_get_their_names_later(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch_by_id(&s->fb, 3100, 0, 42, (struct range){ 3, 5 }, none);
	metadata(&s->a, 4000, 42, 0);
	fetch_by_id(&s->fb, 5000, 1, 42, (struct range){ 4, 4 }, none);
	fetch_by_id(&s->fb, 6000, 2, 42, none, (struct range){ 5, 5 });
	fetch_by_id(&s->fb, 7000, 3, 42, none, none);
	r = b_leaves(s);
	assert_int_equal(r->moved_down[0], 10020 - 7000);
	assert_int_equal(r->moved_down[1], 10020 - 7000);
	assert_int_equal(r->moved_down[2], 10020 - 5000);
}

/* Threads of one process share client id and address: the assignment says which of them a Fetch is for. */
static void threads_are_told_apart_by_what_they_have(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	s->b.id = s->fb.id = "c-a";
	s->b.conn.client = s->a.conn.client;
	s->fb.conn.client = s->fa.conn.client;
	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fa, 6000, 1, none, none);
	fetch(&s->fb, 8000, 1, none, none);
	r = b_leaves(s);
	assert_int_equal(r->moved_down[0], 10020 - 8000);
	assert_false(r->moved_at_least[0]);
}

/* A process that serves two groups may fetch for either: nothing is guessed. */
static void a_client_of_two_groups_is_not_guessed_for(void **state)
{
	struct scene *s = *state;
	struct client other = s->b;
	const struct said *r;

	form(s);
	other.group = "audit";
	other.conn.names = &other.names;
	other.generation = 3;
	strcpy(other.member, "m-other");
	beat(&other, 3050, 0);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fb, 8000, 1, none, none);
	r = b_leaves(s);
	assert_int_equal(r->moved_down[0], 10020 - 9000);
	assert_true(r->moved_at_least[0]);
}

static const struct said *read_again(const struct scene *s)
{
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_RESUMED), 1);
	return peer_said(s->peer, GROUP_EVENT_RESUMED, 0);
}

static void the_first_fetch_after_ends_it(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fb, 8900, 1, none, none);
	fetch(&s->fa, 9500, 1, none, none);
	b_leaves(s);
	fetch(&s->fa, 10200, 2, none, none); /* what it kept is still in its session */
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_RESUMED), 0);
	fetch(&s->fa, 10700, 3, (struct range){ 3, 5 }, none);
	r = read_again(s);
	assert_int_equal(r->generation, 2);
	assert_int_equal(r->longest, 10700 - 8900);
	assert_int_equal(r->unread, 0);
	assert_int_equal(r->moved_down[0], 10700 - 8900);
	assert_int_equal(r->moved_down[3], 10200 - 9500);
	assert_false(r->moved_at_least[0]);
}

static void what_is_not_read_again_is_told_after_a_while(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch(&s->fb, 3100, 0, (struct range){ 3, 5 }, none);
	fetch(&s->fa, 9500, 1, none, none);
	b_leaves(s);
	fetch(&s->fa, 10700, 2, (struct range){ 3, 4 }, none);
	for (int64_t ms = 13000; ms < 50000; ms += 3000)
		beat(&s->a, ms, 0);
	r = read_again(s);
	assert_int_equal(r->unread, 1);
	assert_int_equal(r->longest, 10700 - 3100);
}

static void nothing_is_awaited_of_who_was_never_seen_to_fetch(void **state)
{
	struct scene *s = *state;

	form(s);
	b_leaves(s);
	peer_finish(s->peer, 60000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_RESUMED), 0);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(downtime_begins_with_the_last_fetch),
		SCENE(a_gap_after_the_last_fetch_makes_it_a_bound),
		SCENE(a_partition_that_was_never_seen_fetched_makes_it_a_bound),
		SCENE(without_fetches_it_is_at_least_since_the_join),
		SCENE(or_since_the_commit_before_it),
		SCENE(fetches_after_it_do_not_shorten_it),
		SCENE(forgotten_partitions_are_not_fetched),
		SCENE(a_full_request_ends_what_it_does_not_list),
		SCENE(topic_ids_get_their_names_later),
		SCENE(threads_are_told_apart_by_what_they_have),
		SCENE(the_first_fetch_after_ends_it),
		SCENE(what_is_not_read_again_is_told_after_a_while),
		SCENE(nothing_is_awaited_of_who_was_never_seen_to_fetch),
		SCENE(a_client_of_two_groups_is_not_guessed_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
