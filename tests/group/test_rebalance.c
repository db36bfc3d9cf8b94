/* SPDX-License-Identifier: Apache-2.0
 *
 * Classic rebalances, told message by message.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

static const int halves[2][2] = { { 0, 2 }, { 3, 5 } };
static const int whole[1][2] = { { 0, 5 } };

struct scene {
	struct peer *peer;
	struct client a, b;
	struct client *both[2];
	struct client *one[1];
};

static int setup(void **state)
{
	static struct scene s;

	s.peer = peer_new();
	client_init(&s.a, s.peer, "c-a", 1);
	client_init(&s.b, s.peer, "c-b", 2);
	s.both[0] = &s.a;
	s.both[1] = &s.b;
	s.one[0] = &s.a;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	peer_free(s->peer);
	return 0;
}

static void enter(struct client *c, int64_t ms, const char *member)
{
	ask_join(c, ms, "");
	told_id(c, ms + 1, member);
	ask_join(c, ms + 2, "need to re-join with the given member-id: x");
}

/* Both join at 0 and 100 ms, generation 1 at 3 s, stable at 3.02 s. */
static void form(struct scene *s)
{
	enter(&s->a, 0, "m-a");
	enter(&s->b, 100, "m-b");
	joined(&s->a, 3000, 1, "m-a", s->both, 2);
	joined(&s->b, 3001, 1, "m-a", s->both, 2);
	ask_sync(&s->b, 3005, NULL, NULL, 0);
	ask_sync(&s->a, 3010, s->both, halves, 2);
	synced(&s->a, 3019, 0, 2);
	synced(&s->b, 3020, 3, 5);
}

static const struct said *rebalance(const struct scene *s, size_t n)
{
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, n);
}

static void a_group_forms(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	r = rebalance(s, 0);
	assert_int_equal(r->generation, 1);
	assert_int_equal(r->outcome, GROUP_STABLE);
	assert_int_equal(r->cause, 1);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->started, 2);
	assert_int_equal(r->ended, 3020);
	assert_int_equal(r->n_members, 2);
	assert_int_equal(r->n_granted, 6);
	assert_int_equal(r->n_moved, 0);
	assert_true(r->complete);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE_STARTED), 1);
}

static void a_member_leaves(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	r = rebalance(s, 1);
	assert_int_equal(r->previous, 1);
	assert_int_equal(r->generation, 2);
	assert_int_equal(r->cause, 7);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->started, 9000);
	assert_int_equal(r->n_moved, 3);
	assert_int_equal(r->n_members, 2); /* one of them left */
	assert_string_equal(r->text, "c-b (10.0.0.2) left: the consumer is being closed");
	assert_string_equal(peer_member(s->peer, GROUP_LEFT)->member, "m-b");
	assert_int_equal(peer_members(s->peer, GROUP_JOINED), 2);
}

static void a_refused_leave_changes_nothing(void **state)
{
	struct scene *s = *state;

	form(s);
	leave(&s->b, 9000, "consumer poll timeout has expired.", 25);
	peer_finish(s->peer, 20000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1);
	assert_int_equal(peer_members(s->peer, GROUP_LEFT), 0);
}

static void the_last_leave_empties_the_group(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	leave(&s->a, 9100, "the consumer is being closed", 0);
	r = rebalance(s, 1);
	assert_int_equal(r->outcome, GROUP_EMPTY);
	assert_int_equal(r->generation, 2);
	assert_int_equal(r->cause, 7);
	assert_int_equal(r->started, 9000);
	assert_int_equal(r->n_also, 1);
	assert_int_equal(r->also[0], 7);
	enter(&s->a, 12000, "m-a2");
	joined(&s->a, 15000, 3, "m-a2", s->one, 1);
	ask_sync(&s->a, 15010, s->one, whole, 1);
	synced(&s->a, 15020, 0, 5);
	r = rebalance(s, 2);
	assert_int_equal(r->generation, 3);
	assert_int_equal(r->cause, 1);
	assert_int_equal(r->started, 12002);
}

static void a_session_runs_out(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	beat(&s->b, 5000, 0);
	for (int64_t t = 4000; t < 15000; t += 3000)
		beat(&s->a, t, 0);
	beat(&s->a, 16000, 27);
	ask_join(&s->a, 16005, "group is already rebalancing");
	joined(&s->a, 16006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 16010, s->one, whole, 1);
	synced(&s->a, 16020, 0, 5);
	r = rebalance(s, 1);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 2);
	assert_int_equal(r->started, 15000); /* the last heartbeat and session.timeout.ms */
	assert_int_equal(r->n_moved, 3);
	assert_string_equal(peer_member(s->peer, GROUP_EXPIRED)->member, "m-b");
	assert_int_equal(r->n_members, 2); /* the expired one is told, too */
}

static void a_gap_before_the_trigger_lowers_the_confidence(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	peer_gap(s->peer, &s->a, 8000, 8500);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	r = rebalance(s, 1);
	assert_int_equal(r->cause, 7);
	assert_int_equal(r->confidence, 2);
	assert_false(r->complete);
}

static void told_before_any_trigger_is_unexplained(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	beat(&s->a, 7000, 27);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	r = rebalance(s, 1);
	assert_int_equal(r->cause, 0);
	assert_int_equal(r->confidence, 0);
	assert_int_equal(r->started, 7001);
}

static void a_static_bounce_is_no_rebalance(void **state)
{
	struct scene *s = *state;
	const struct said *m;

	s->a.instance = "i-a";
	s->b.instance = "i-b";
	ask_join(&s->a, 0, "");
	ask_join(&s->b, 10, "");
	strcpy(s->a.member, "i-a-1");
	strcpy(s->b.member, "i-b-1");
	joined(&s->a, 3000, 1, "i-a-1", s->both, 2);
	joined(&s->b, 3001, 1, "i-a-1", s->both, 2);
	ask_sync(&s->b, 3005, NULL, NULL, 0);
	ask_sync(&s->a, 3010, s->both, halves, 2);
	synced(&s->a, 3019, 0, 2);
	synced(&s->b, 3020, 3, 5);
	s->b.member[0] = '\0';
	ask_join(&s->b, 8000, "");
	strcpy(s->b.member, "i-b-2");
	joined(&s->b, 8002, 1, "i-a-1", NULL, 0);
	ask_sync(&s->b, 8003, NULL, NULL, 0);
	synced(&s->b, 8004, 3, 5);
	beat(&s->b, 9000, 0);
	peer_finish(s->peer, 30000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1);
	m = peer_member(s->peer, GROUP_REPLACED);
	assert_false(m->moves_group);
	assert_string_equal(m->member, "i-b-2");
}

static void a_join_while_members_sync_aborts(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	enter(&s->a, 0, "m-a");
	joined(&s->a, 3000, 1, "m-a", s->one, 1);
	enter(&s->b, 3001, "m-b");
	ask_sync(&s->a, 3010, s->one, whole, 1);
	sync_refused(&s->a, 3011, 27);
	ask_join(&s->a, 3020, "group is already rebalancing");
	joined(&s->a, 3021, 2, "m-a", s->both, 2);
	joined(&s->b, 3021, 2, "m-a", s->both, 2);
	ask_sync(&s->b, 3025, NULL, NULL, 0);
	ask_sync(&s->a, 3030, s->both, halves, 2);
	synced(&s->a, 3040, 0, 2);
	synced(&s->b, 3041, 3, 5);
	r = rebalance(s, 0);
	assert_int_equal(r->generation, 1);
	assert_int_equal(r->outcome, GROUP_ABORTED);
	r = rebalance(s, 1);
	assert_int_equal(r->generation, 2);
	assert_int_equal(r->outcome, GROUP_STABLE);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->started, 3003);
}

static void a_cooperative_member_hands_over_in_a_follow_up(void **state)
{
	struct scene *s = *state;
	static const int shrunk[2][2] = { { 0, 2 }, { 0, -1 } };
	const struct said *r;

	s->a.cooperative = s->b.cooperative = true;
	enter(&s->a, 0, "m-a");
	joined(&s->a, 3000, 1, "m-a", s->one, 1);
	ask_sync(&s->a, 3010, s->one, whole, 1);
	synced(&s->a, 3020, 0, 5);
	enter(&s->b, 6000, "m-b");
	beat(&s->a, 7000, 27);
	s->a.owned = "orders";
	ask_join(&s->a, 7002, "group is already rebalancing");
	joined(&s->a, 7003, 2, "m-a", s->both, 2);
	joined(&s->b, 7003, 2, "m-a", s->both, 2);
	ask_sync(&s->b, 7005, NULL, NULL, 0);
	ask_sync(&s->a, 7010, s->both, shrunk, 2);
	synced(&s->a, 7011, 0, 2);
	synced(&s->b, 7012, 0, -1);
	ask_join(&s->a, 7020, "need to revoke partitions and re-join");
	beat(&s->b, 9000, 27);
	ask_join(&s->b, 9002, "group is already rebalancing");
	joined(&s->a, 9003, 3, "m-a", s->both, 2);
	joined(&s->b, 9003, 3, "m-a", s->both, 2);
	ask_sync(&s->b, 9005, NULL, NULL, 0);
	ask_sync(&s->a, 9010, s->both, halves, 2);
	synced(&s->a, 9011, 0, 2);
	synced(&s->b, 9012, 3, 5);
	r = rebalance(s, 1);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->mode, GROUP_COOPERATIVE);
	assert_int_equal(r->n_unassigned, 3);
	r = rebalance(s, 2);
	assert_int_equal(r->cause, 20);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->followup_of, 2);
	assert_int_equal(r->started, 7020);
	assert_int_equal(r->n_granted, 3);
}

/* A capture on both sides of a proxy holds every message twice. */
static void two_legs_are_one_timeline(void **state)
{
	struct scene *s = *state;
	struct client leg = s->a;

	ask_join(&s->a, 0, "");
	ask_join(&leg, 0, "");
	told_id(&leg, 1, "m-a");
	told_id(&s->a, 1, "m-a");
	ask_join(&s->a, 2, "need to re-join with the given member-id: m-a");
	ask_join(&leg, 2, "need to re-join with the given member-id: m-a");
	leg.ends[0].port++;
	leg.conn.client = &leg.ends[0];
	joined(&leg, 3000, 1, "m-a", s->one, 1);
	joined(&s->a, 3000, 1, "m-a", s->one, 1);
	ask_sync(&s->a, 3010, s->one, whole, 1);
	ask_sync(&leg, 3010, s->one, whole, 1);
	synced(&leg, 3020, 0, 5);
	synced(&s->a, 3020, 0, 5);
	leave(&s->a, 5000, "the consumer is being closed", 0);
	leave(&leg, 5000, "the consumer is being closed", 0);
	peer_finish(s->peer, 9000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 2);
	assert_int_equal(rebalance(s, 0)->generation, 1);
	assert_int_equal(rebalance(s, 0)->n_granted, 6);
	assert_int_equal(rebalance(s, 1)->outcome, GROUP_EMPTY);
	assert_int_equal(peer_members(s->peer, GROUP_JOINED), 1);
	assert_int_equal(peer_members(s->peer, GROUP_LEFT), 1);
}

static void mid_stream_learns_the_generation(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	strcpy(s->a.member, "m-a");
	strcpy(s->b.member, "m-b");
	s->a.generation = s->b.generation = 7;
	beat(&s->a, 0, 0);
	beat(&s->b, 10, 0);
	leave(&s->b, 1000, "the consumer is being closed", 0);
	beat(&s->a, 2000, 27);
	ask_join(&s->a, 2005, "group is already rebalancing");
	joined(&s->a, 2006, 8, "m-a", s->one, 1);
	ask_sync(&s->a, 2010, s->one, whole, 1);
	synced(&s->a, 2020, 0, 5);
	r = rebalance(s, 0);
	assert_int_equal(r->previous, 7);
	assert_int_equal(r->generation, 8);
	assert_int_equal(r->cause, 7);
	assert_int_equal(r->started, 1000);
}

static void a_partition_given_to_two_is_told(void **state)
{
	struct scene *s = *state;
	static const int overlapping[2][2] = { { 0, 3 }, { 2, 5 } };

	enter(&s->a, 0, "m-a");
	enter(&s->b, 100, "m-b");
	joined(&s->a, 3000, 1, "m-a", s->both, 2);
	joined(&s->b, 3001, 1, "m-a", s->both, 2);
	ask_sync(&s->b, 3005, NULL, NULL, 0);
	ask_sync(&s->a, 3010, s->both, overlapping, 2);
	synced(&s->a, 3019, 0, 3);
	synced(&s->b, 3020, 2, 5);
	assert_int_equal(rebalance(s, 0)->n_twice, 2);
}

/* Members are forgotten between messages only: here a round ends while an answer is being read. */
static void a_move_while_an_id_is_given_out(void **state)
{
	struct scene *s = *state;

	form(s);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	ask_join(&s->a, 10005, "group is already rebalancing");
	join_refused(&s->a, 10006, 16);
	s->b.ends[1].addr[3] = 77;
	s->b.member[0] = '\0';
	ask_join(&s->b, 20000000, "");
	told_id(&s->b, 20000001, "m-b2");
	peer_finish(s->peer, 20001000);
	assert_int_equal(rebalance(s, 1)->outcome, GROUP_UNFINISHED);
}

/* Ids that are given out and never used do not pile up. */
static void unused_ids_are_forgotten(void **state)
{
	struct scene *s = *state;
	struct group_stats stats;
	char id[32];

	form(s);
	for (int i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "ghost-%d", i);
		s->b.member[0] = '\0';
		ask_join(&s->b, 5000 + i * 100, "");
		told_id(&s->b, 5001 + i * 100, id);
	}
	groups_get_stats(s->peer->groups, &stats);
	assert_in_range(stats.members, 2, 6000);
}

static void the_end_of_the_capture_leaves_it_unfinished(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	leave(&s->b, 9000, "the consumer is being closed", 0);
	peer_finish(s->peer, 9500);
	r = rebalance(s, 1);
	assert_int_equal(r->outcome, GROUP_UNFINISHED);
	assert_int_equal(r->generation, -1);
	assert_int_equal(r->ended, -1);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_group_forms),
		SCENE(a_member_leaves),
		SCENE(a_refused_leave_changes_nothing),
		SCENE(the_last_leave_empties_the_group),
		SCENE(a_session_runs_out),
		SCENE(a_gap_before_the_trigger_lowers_the_confidence),
		SCENE(told_before_any_trigger_is_unexplained),
		SCENE(a_static_bounce_is_no_rebalance),
		SCENE(a_join_while_members_sync_aborts),
		SCENE(a_cooperative_member_hands_over_in_a_follow_up),
		SCENE(two_legs_are_one_timeline),
		SCENE(mid_stream_learns_the_generation),
		SCENE(a_partition_given_to_two_is_told),
		SCENE(a_move_while_an_id_is_given_out),
		SCENE(unused_ids_are_forgotten),
		SCENE(the_end_of_the_capture_leaves_it_unfinished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
