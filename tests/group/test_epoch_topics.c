/* SPDX-License-Identifier: Apache-2.0
 *
 * Epochs that no member asked for, while a topic of the group was changed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>

#include "epoch_peer.h"
#include "scene.h"

#define ALL ((struct range){ 0, 5 })

static const struct said *rebalance(struct scene *s, int32_t epoch)
{
	groups_advance(s->peer->groups, 20000 * INT64_C(1000000) + PEER_START);
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		if (peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->generation == epoch)
			return peer_said(s->peer, GROUP_EVENT_REBALANCE, i);
	fail_msg("epoch %d was not told", epoch);
	return NULL;
}

/* a has everything at epoch 2; then the epoch rises, and a keeps what it has. */
static void epoch_rises(struct scene *s, bool asked, bool validate_only)
{
	snprintf(s->a.member, sizeof(s->a.member), "id-a");
	metadata(&s->admin, 0, 7, 0);
	enters(&s->a, 100, 2, ALL);
	gives_up(&s->a, 200, 2, ALL, 2);
	goes_on(&s->a, 1200, 2, 2, UNTOLD);
	if (asked) {
		ask_more_partitions(&s->admin, 5000, validate_only);
		more_partitions(&s->admin, 5010);
	}
	goes_on(&s->a, 5200, 2, 3, UNTOLD);
	goes_on(&s->a, 6200, 3, 3, UNTOLD);
}

static void partitions_that_are_not_given_yet_are_the_cause(void **state)
{
	epoch_rises(*state, true, false);
	assert_int_equal(rebalance(*state, 3)->cause, 5);
	assert_int_equal(rebalance(*state, 3)->confidence, 3);
}

static void what_could_be_done_was_not(void **state)
{
	epoch_rises(*state, true, true);
	assert_int_equal(rebalance(*state, 3)->cause, 0);
}

static void without_a_change_it_is_not_known(void **state)
{
	epoch_rises(*state, false, false);
	assert_int_equal(rebalance(*state, 3)->cause, 0);
}

/* Partitions go to a member whose connection was not captured: the topic grew a while before, and that was acted on. */
static void what_an_unseen_member_took_has_no_cause(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	snprintf(s->a.member, sizeof(s->a.member), "id-a");
	metadata(&s->admin, 0, 7, 0);
	enters(&s->a, 100, 2, ALL);
	gives_up(&s->a, 200, 2, ALL, 2);
	more_partitions(&s->admin, 300);
	goes_on(&s->a, 500, 2, 3, ((struct range){ 0, 8 }));
	gives_up(&s->a, 600, 3, ((struct range){ 0, 8 }), 3);
	for (int64_t ms = 1600; ms < 8000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	goes_on(&s->a, 8600, 3, 3, ((struct range){ 0, 4 }));
	gives_up(&s->a, 8700, 3, ((struct range){ 0, 4 }), 4);
	goes_on(&s->a, 9700, 4, 4, UNTOLD);
	/* and come back from it */
	goes_on(&s->a, 10700, 4, 5, ((struct range){ 0, 8 }));
	gives_up(&s->a, 10800, 5, ((struct range){ 0, 8 }), 5);
	goes_on(&s->a, 11800, 5, 5, UNTOLD);
	assert_int_equal(rebalance(s, 3)->cause, 5);
	assert_int_equal(rebalance(s, 3)->confidence, 3);
	assert_int_equal(rebalance(s, 4)->cause, 0);
	r = rebalance(s, 5);
	assert_true(r->cause == 0 || r->confidence < 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(partitions_that_are_not_given_yet_are_the_cause, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(what_could_be_done_was_not, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(what_an_unseen_member_took_has_no_cause, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(without_a_change_it_is_not_known, scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
