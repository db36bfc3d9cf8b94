/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups whose broker assigns, of which the capture does not have all members: those that are not seen show in epochs
 * that nothing explains, and nothing that is said may depend on their not being there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "epoch_peer.h"
#include "scene.h"

#define ALL ((struct range){ 0, 5 })
#define LOW ((struct range){ 0, 2 })

static void name(struct client *c, const char *id)
{
	snprintf(c->member, sizeof(c->member), "%s", id);
}

static const struct said *rebalance(struct scene *s, int32_t epoch)
{
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		if (peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->generation == epoch)
			return peer_said(s->peer, GROUP_EVENT_REBALANCE, i);
	fail_msg("epoch %d was not told", epoch);
	return NULL;
}

static size_t count(struct scene *s, int32_t epoch)
{
	size_t n = 0;

	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		n += peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->generation == epoch;
	return n;
}

/* a forms the group with everything, at epoch 2. */
static void begin(struct scene *s)
{
	name(&s->a, "id-a");
	name(&s->b, "id-b");
	metadata(&s->admin, 0, 7, 0);
	enters(&s->a, 100, 2, ALL);
	gives_up(&s->a, 200, 2, ALL, 2);
	goes_on(&s->a, 1100, 2, 2, UNTOLD);
}

/* All that raised the epoch was seen: who comes after the last that left finds nobody. */
static void who_is_known_to_be_alone_leaves_nobody(void **state)
{
	struct scene *s = *state;

	begin(s);
	leaves(&s->a, 20000, -1, "", NOTHING);
	enters(&s->b, 30000, 4, ALL);
	goes_on(&s->b, 31000, 4, 4, UNTOLD);
	peer_finish(s->peer, 40000);
	assert_int_equal(rebalance(s, 3)->outcome, GROUP_EMPTY);
	assert_int_equal(rebalance(s, 4)->cause, 1);
	assert_int_equal(rebalance(s, 4)->confidence, 3);
}

/* Half of what a had goes to one whose connection was not captured. */
static void a_member_that_is_not_seen_keeps_the_group(void **state)
{
	struct scene *s = *state;

	begin(s);
	goes_on(&s->a, 5300, 2, 2, LOW);
	gives_up(&s->a, 5700, 2, LOW, 3);
	goes_on(&s->a, 6700, 3, 3, UNTOLD);
	leaves(&s->a, 20000, -1, "", NOTHING);
	enters(&s->b, 30000, 5, LOW);
	goes_on(&s->b, 31000, 5, 5, UNTOLD);
	peer_finish(s->peer, 40000);
	assert_int_equal(rebalance(s, 3)->cause, 0);
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		assert_int_not_equal(peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->outcome, GROUP_EMPTY);
	assert_int_equal(rebalance(s, 5)->cause, 2);
	assert_int_equal(rebalance(s, 5)->confidence, 1);
}

/* In mid-stream there is no epoch that would show who joined before. */
static void in_mid_stream_nobody_is_known_to_be_alone(void **state)
{
	struct scene *s = *state;

	name(&s->a, "id-a");
	name(&s->b, "id-b");
	for (int64_t ms = 100; ms < 20000; ms += 1000)
		goes_on(&s->a, ms, 9, 9, UNTOLD);
	leaves(&s->a, 20000, -1, "", NOTHING);
	enters(&s->b, 30000, 11, LOW);
	goes_on(&s->b, 31000, 11, 11, UNTOLD);
	peer_finish(s->peer, 40000);
	assert_in_range(rebalance(s, 11)->confidence, 1, 2);
}

/* The coordinator knows its id: it was there, whatever a silence seemed to say. */
static void a_classic_member_that_was_thought_lost_does_not_join(void **state)
{
	struct scene *s = *state;
	struct client n;

	client_init(&n, s->peer, "new", 5);
	name(&n, "id-of-new");
	metadata(&s->admin, 0, 7, 0);
	form(s); /* generation 1: a has 0-2, b 3-5 */
	goes_on(&n, 60000, 4, 4, LOW); /* of three changes: b's and a's sessions are thought to have ended */
	goes_on(&n, 61000, 4, 4, UNTOLD);
	ask_join(&s->a, 62000, "group is already rebalancing");
	joined(&s->a, 62002, 5, "", NULL, 0);
	ask_sync(&s->a, 62003, NULL, NULL, 0);
	synced(&s->a, 62005, 0, 2);
	goes_on(&n, 62100, 4, 5, UNTOLD);
	beat(&s->a, 62500, 0);
	goes_on(&n, 63100, 5, 5, UNTOLD);
	peer_finish(s->peer, 70000);
	assert_int_equal(rebalance(s, 5)->cause, 0);
	assert_int_equal(peer_members(s->peer, GROUP_RETURNED), 0);
}

/* What b had is a's after a time in which nobody was heard: b may have given it up then. */
static void a_pause_of_all_heartbeats_proves_nothing(void **state)
{
	struct scene *s = *state;

	begin(s);
	enters(&s->b, 5000, 3, NOTHING);
	goes_on(&s->a, 5300, 2, 2, LOW);
	gives_up(&s->a, 5700, 2, LOW, 3);
	goes_on(&s->b, 6000, 3, 3, (struct range){ 3, 5 });
	goes_on(&s->a, 6700, 3, 3, UNTOLD);
	goes_on(&s->a, 18700, 3, 4, ALL);
	goes_on(&s->a, 19700, 4, 4, UNTOLD);
	peer_finish(s->peer, 40000);
	assert_int_equal(rebalance(s, 4)->cause, 10);
	assert_int_equal(rebalance(s, 4)->confidence, 2);
}

/* A segment of b's is missing, and its leave waits behind that: four seconds of silence are no proof. */
static void what_is_held_back_is_waited_for(void **state)
{
	struct scene *s = *state;

	begin(s);
	enters(&s->b, 5000, 3, NOTHING);
	goes_on(&s->a, 5300, 2, 2, LOW);
	gives_up(&s->a, 5700, 2, LOW, 3);
	goes_on(&s->b, 6000, 3, 3, (struct range){ 3, 5 });
	for (int64_t ms = 6700; ms < 10000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	goes_on(&s->a, 10700, 3, 4, ALL);
	goes_on(&s->a, 11700, 4, 4, UNTOLD);
	peer_finish(s->peer, 40000);
	assert_int_equal(rebalance(s, 4)->cause, 10);
	assert_int_equal(rebalance(s, 4)->confidence, 2);
}

/* b is a member already when it is heard of first, in a group that was seen from its beginning: its join was not. */
static void who_shows_up_as_a_member_joined_unseen(void **state)
{
	struct scene *s = *state;

	begin(s);
	for (int64_t ms = 2100; ms < 9000; ms += 1000)
		goes_on(&s->a, ms, 2, 2, UNTOLD);
	goes_on(&s->b, 9200, 2, 3, LOW);
	goes_on(&s->a, 9300, 2, 2, (struct range){ 3, 5 });
	gives_up(&s->a, 9400, 2, (struct range){ 3, 5 }, 3);
	goes_on(&s->b, 10200, 3, 3, UNTOLD);
	peer_finish(s->peer, 20000);
	assert_int_equal(rebalance(s, 3)->cause, 0);
	assert_int_equal(peer_members(s->peer, GROUP_EXPIRED), 0);
}

/* The count of changes falls behind when one counts that changed nothing, or one was not seen. */
static void who_has_its_part_joined_for_it(void **state)
{
	struct scene *s = *state;
	struct client n;

	client_init(&n, s->peer, "new", 5);
	name(&n, "id-of-new");
	begin(s);
	enters(&s->b, 5000, 2, NOTHING);
	enters(&n, 5500, 2, NOTHING);
	goes_on(&s->a, 5600, 2, 2, (struct range){ 0, 1 });
	gives_up(&s->a, 5700, 2, (struct range){ 0, 1 }, 3);
	goes_on(&s->b, 6000, 2, 3, (struct range){ 2, 3 });
	goes_on(&n, 6100, 2, 3, (struct range){ 4, 5 });
	for (int64_t ms = 6700; ms < 9000; ms += 1000) {
		goes_on(&s->a, ms, 3, 3, UNTOLD);
		goes_on(&s->b, ms + 100, 3, 3, UNTOLD);
		goes_on(&n, ms + 200, 3, 3, UNTOLD);
	}
	peer_finish(s->peer, 20000);
	assert_int_equal(rebalance(s, 3)->confidence, 1);
}

/* As the connection does at its end with what was not answered. */
static void unanswered(struct client *c, int16_t api_key, uint64_t note)
{
	c->peer->sink.dropped(c->peer->sink.ctx, &c->conn, api_key, note);
}

/* Its SyncGroup says generation 3, which is the epoch that the others are led to. */
static void an_epoch_is_not_told_again_from_requests_alone(void **state)
{
	struct scene *s = *state;
	uint64_t join;

	begin(s);
	snprintf(s->b.member, sizeof(s->b.member), "%s", "m-b");
	s->b.conn.messages = 2; /* and none of them an answer */
	ask_join(&s->b, 5000, "rebalance");
	join = s->b.note;
	s->b.note = 0;
	s->b.generation = 3;
	ask_sync(&s->b, 5100, NULL, NULL, 0);
	unanswered(&s->b, 14, s->b.note);
	goes_on(&s->a, 5300, 2, 2, LOW);
	gives_up(&s->a, 5700, 2, LOW, 3);
	for (int64_t ms = 5800; ms < 15000; ms += 500) {
		ask_sync(&s->b, ms, NULL, NULL, 0);
		unanswered(&s->b, 14, s->b.note);
		goes_on(&s->a, ms + 100, 3, 3, UNTOLD);
	}
	peer_finish(s->peer, 40000);
	unanswered(&s->b, 11, join);
	assert_int_equal(count(s, 3), 1);
	assert_int_equal(rebalance(s, 3)->mode, GROUP_BROKER);
}

/* Who asked to come and to go is told, and once that nothing else can be. */
static void requests_alone_say_that_they_are_alone(void **state)
{
	struct scene *s = *state;

	s->a.conn.messages = s->b.conn.messages = 2; /* and none of them an answer */
	snprintf(s->a.member, sizeof(s->a.member), "%s", "m-a");
	snprintf(s->b.member, sizeof(s->b.member), "%s", "m-b");
	for (int i = 0; i < 3; i++) {
		ask_beat(&s->a, 100 + i, 0, "orders", NOTHING); /* it asks again */
		unanswered(&s->a, 68, s->a.note);
	}
	ask_beat(&s->b, 200, 0, "orders", NOTHING);
	unanswered(&s->b, 68, s->b.note);
	for (int i = 1; i < 5; i++) {
		ask_beat(&s->a, 1000 * i, 2, NULL, UNTOLD);
		unanswered(&s->a, 68, s->a.note);
	}
	ask_beat(&s->b, 6000, -1, "", NOTHING);
	unanswered(&s->b, 68, s->b.note);
	peer_finish(s->peer, 60000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_GAP), 1);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_MEMBER), 3);
	assert_int_equal(peer_members(s->peer, GROUP_JOINED), 2);
	assert_int_equal(peer_members(s->peer, GROUP_LEFT), 1);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 0);
}

/* Its join may be what the epoch rose for: nothing is sure of what others did meanwhile, and the group is not called empty. */
static void what_one_is_not_heard_to_be_told_makes_the_count_doubtful(void **state)
{
	struct scene *s = *state;
	struct client n;

	begin(s);
	enters(&s->b, 2000, 3, NOTHING);
	goes_on(&s->a, 2500, 2, 2, LOW);
	gives_up(&s->a, 2600, 2, LOW, 3);
	goes_on(&s->b, 3000, 3, 3, ((struct range){ 3, 5 }));
	goes_on(&s->b, 4000, 3, 3, UNTOLD);
	client_init(&n, s->peer, "new", 5);
	snprintf(n.member, sizeof(n.member), "id-of-new");
	n.conn.messages = 2; /* and none of them an answer */
	ask_beat(&n, 5000, 0, "orders", NOTHING);
	unanswered(&n, 68, n.note);
	ask_beat(&s->b, 5200, 3, "payments", UNTOLD);
	told_beat(&s->b, 5202, 3, UNTOLD);
	goes_on(&s->a, 5500, 3, 4, UNTOLD);
	goes_on(&s->b, 5700, 3, 4, UNTOLD);
	goes_on(&s->a, 6500, 4, 4, UNTOLD);
	goes_on(&s->b, 6700, 4, 4, UNTOLD);
	peer_finish(s->peer, 9000);
	assert_int_equal(rebalance(s, 4)->cause, 4);
	assert_true(rebalance(s, 4)->confidence < 3);
	assert_false(rebalance(s, 4)->complete);
}

/* Who is asked to give something up is not alone: another is to get it, whose join raised the epoch before. */
static void who_is_to_give_up_is_not_alone(void **state)
{
	struct scene *s = *state;

	name(&s->a, "id-a");
	s->a.rebalance_ms = 6000;
	enters(&s->a, 100, 3, NOTHING);
	goes_on(&s->a, 1600, 3, 3, ALL);
	gives_up(&s->a, 1700, 3, ALL, 3);
	for (int64_t ms = 3000; ms < 20000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	goes_on(&s->a, 20000, 3, 3, LOW);
	for (int64_t ms = 21000; ms <= 26000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	ask_beat(&s->a, 26500, 3, NULL, UNTOLD);
	beat_refused(&s->a, 26502, 25);
	enters(&s->a, 27000, 5, NOTHING);
	goes_on(&s->a, 28500, 5, 6, LOW);
	goes_on(&s->a, 30000, 6, 6, UNTOLD);
	peer_finish(s->peer, 31000);
	assert_true(peer_members(s->peer, GROUP_KICKED) == 1);
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++) {
		assert_int_not_equal(peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->outcome, GROUP_EMPTY);
		assert_true(peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->confidence < 3);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_known_to_be_alone_leaves_nobody),
		TEST(a_member_that_is_not_seen_keeps_the_group),
		TEST(in_mid_stream_nobody_is_known_to_be_alone),
		TEST(a_classic_member_that_was_thought_lost_does_not_join),
		TEST(a_pause_of_all_heartbeats_proves_nothing),
		TEST(what_is_held_back_is_waited_for),
		TEST(who_shows_up_as_a_member_joined_unseen),
		TEST(who_has_its_part_joined_for_it),
		TEST(an_epoch_is_not_told_again_from_requests_alone),
		TEST(requests_alone_say_that_they_are_alone),
		TEST(what_one_is_not_heard_to_be_told_makes_the_count_doubtful),
		TEST(who_is_to_give_up_is_not_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
