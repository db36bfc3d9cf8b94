/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of groups whose broker assigns that come back, or are not let in: static ones of either protocol, and groups
 * that are full.
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
#define LOW ((struct range){ 0, 2 })

static const struct said *rebalance(struct scene *s, int32_t epoch)
{
	groups_advance(s->peer->groups, 40000 * INT64_C(1000000) + PEER_START);
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		if (peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->generation == epoch)
			return peer_said(s->peer, GROUP_EVENT_REBALANCE, i);
	fail_msg("epoch %d was not told", epoch);
	return NULL;
}

/* a has everything at epoch 2 */
static void form_alone(struct scene *s)
{
	snprintf(s->a.member, sizeof(s->a.member), "id-a");
	metadata(&s->admin, 0, 7, 0);
	enters(&s->a, 100, 2, ALL);
	gives_up(&s->a, 200, 2, ALL, 2);
	goes_on(&s->a, 1200, 2, 2, UNTOLD);
}

static void a_static_classic_member_takes_its_place_again(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form_alone(s);
	s->b.instance = "one";
	ask_join(&s->b, 5000, NULL);
	snprintf(s->b.member, sizeof(s->b.member), "first");
	joined(&s->b, 5002, 3, "", NULL, 0);
	ask_sync(&s->b, 5010, NULL, NULL, 0);
	synced(&s->b, 5012, 0, -1);
	goes_on(&s->a, 5300, 2, 2, LOW);
	gives_up(&s->a, 5400, 2, LOW, 3);
	beat(&s->b, 5500, 27);
	ask_join(&s->b, 5510, "group is already rebalancing");
	joined(&s->b, 5512, 3, "", NULL, 0);
	ask_sync(&s->b, 5520, NULL, NULL, 0);
	synced(&s->b, 5522, 3, 5);
	beat(&s->b, 6500, 0);
	goes_on(&s->a, 6600, 3, 3, UNTOLD);
	assert_int_equal(peer_members(s->peer, GROUP_REPLACED), 0);
	/* its next process */
	*s->b.member = '\0';
	ask_join(&s->b, 8000, NULL);
	snprintf(s->b.member, sizeof(s->b.member), "second");
	joined(&s->b, 8002, 3, "", NULL, 0);
	ask_sync(&s->b, 8010, NULL, NULL, 0);
	synced(&s->b, 8012, 3, 5);
	for (int64_t ms = 8600; ms < 20000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	goes_on(&s->a, 20600, 3, 4, ALL);
	goes_on(&s->a, 21600, 4, 4, UNTOLD);
	assert_int_equal(peer_members(s->peer, GROUP_REPLACED), 1);
	assert_false(peer_member(s->peer, GROUP_REPLACED)->moves_group);
	r = rebalance(s, 4);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 2);
}

/* The epoch rose by two: its place had been given up, nobody was left, and it forms the group anew. */
static void a_static_member_that_is_back_too_late_is_a_new_one(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	s->a.instance = "one";
	form_alone(s);
	leaves(&s->a, 2000, -2, "", NOTHING);
	snprintf(s->a.member, sizeof(s->a.member), "id-b");
	enters(&s->a, 12000, 4, ALL);
	goes_on(&s->a, 13000, 4, 4, UNTOLD);
	r = rebalance(s, 3);
	assert_int_equal(r->outcome, GROUP_EMPTY);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 2);
	r = rebalance(s, 4);
	assert_int_equal(r->cause, 1);
	assert_int_equal(peer_members(s->peer, GROUP_REPLACED), 0);
}

static void the_only_member_is_killed_and_the_next_forms_the_group(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form_alone(s);
	snprintf(s->b.member, sizeof(s->b.member), "id-b");
	enters(&s->b, 20000, 4, ALL);
	goes_on(&s->b, 21000, 4, 4, UNTOLD);
	r = rebalance(s, 3);
	assert_int_equal(r->outcome, GROUP_EMPTY);
	assert_int_equal(r->cause, 10);
	r = rebalance(s, 4);
	assert_int_equal(r->cause, 1);
	assert_int_equal(r->n_moved, 0);
}

static void a_full_group_turns_a_member_away(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form_alone(s);
	snprintf(s->b.member, sizeof(s->b.member), "id-b");
	ask_beat(&s->b, 3000, 0, "orders", NOTHING);
	beat_refused(&s->b, 3002, 81);
	r = peer_said(s->peer, GROUP_EVENT_REFUSED, 0);
	assert_int_equal(r->cause, 18);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_static_classic_member_takes_its_place_again, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_static_member_that_is_back_too_late_is_a_new_one, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(the_only_member_is_killed_and_the_next_forms_the_group, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_full_group_turns_a_member_away, scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
