/* SPDX-License-Identifier: Apache-2.0
 *
 * Share groups, streams groups, and groups that change from the classic to the consumer protocol and back.
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
#define HIGH ((struct range){ 3, 5 })

static const struct said *rebalance(struct scene *s, int32_t epoch)
{
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		if (peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->generation == epoch)
			return peer_said(s->peer, GROUP_EVENT_REBALANCE, i);
	fail_msg("epoch %d was not told", epoch);
	return NULL;
}

static void name(struct client *c, const char *id)
{
	snprintf(c->member, sizeof(c->member), "%s", id);
}

/* The first epochs come before the partitions that are shared are ready; nothing moves from one to another. */
static void a_share_group_forms_in_steps(void **state)
{
	struct scene *s = *state;

	name(&s->a, "share-a");
	name(&s->b, "share-b");
	share_beat(&s->a, 100, 0, 2, NOTHING);
	share_beat(&s->b, 200, 0, 2, NOTHING);
	share_beat(&s->a, 1100, 2, 3, UNTOLD);
	share_beat(&s->b, 1200, 2, 3, UNTOLD);
	share_beat(&s->a, 3100, 3, 4, LOW);
	share_beat(&s->b, 3200, 3, 4, HIGH);
	share_beat(&s->a, 4100, 4, 4, UNTOLD);
	share_beat(&s->b, 5000, -1, -1, UNTOLD);
	share_beat(&s->a, 5100, 4, 5, ALL);
	share_beat(&s->a, 6100, 5, 5, UNTOLD);
	assert_int_equal(rebalance(s, 2)->cause, 1);
	assert_int_equal(rebalance(s, 3)->cause, 2);
	assert_int_equal(rebalance(s, 4)->cause, 1); /* still forming */
	assert_int_equal(rebalance(s, 4)->confidence, 2);
	assert_int_equal(rebalance(s, 5)->cause, 7);
	for (int32_t epoch = 2; epoch <= 5; epoch++)
		assert_int_equal(rebalance(s, epoch)->n_moved + rebalance(s, epoch)->n_granted, 0);
}

/* Nobody stops for it, but who comes and goes is named; no advice speaks of static members, which there are none of. */
static void a_member_that_flaps_is_named(void **state)
{
	struct scene *s = *state;
	const struct said *storm;
	int32_t epoch = 4;

	name(&s->a, "share-a");
	share_beat(&s->a, 100, 0, 2, NOTHING);
	share_beat(&s->a, 3100, 2, 3, ALL);
	share_beat(&s->a, 4100, 3, 3, UNTOLD);
	for (int i = 0; i < 4; i++) {
		int64_t at = 6000 + i * 4000;

		snprintf(s->b.member, sizeof(s->b.member), "share-b%d", i);
		share_beat(&s->b, at, 0, epoch, ALL);
		share_beat(&s->a, at + 500, epoch - 1, epoch, UNTOLD);
		share_beat(&s->b, at + 1000, epoch, epoch, UNTOLD);
		share_beat(&s->b, at + 2000, -1, -1, UNTOLD);
		share_beat(&s->a, at + 2500, epoch, epoch + 1, UNTOLD);
		epoch += 2;
	}
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_STORM), 1);
	storm = peer_said(s->peer, GROUP_EVENT_STORM, 0);
	assert_int_equal(storm->times, 5); /* what forms it does not count */
	assert_string_equal(storm->what, "flapping member");
	assert_string_equal(storm->member, "c-b");
	assert_non_null(strstr(storm->text, "delivered again"));
	assert_null(strstr(storm->text, "group.instance.id"));
}

static void instances_of_streams_are_restarted(void **state)
{
	struct scene *s = *state;
	const struct said *storm;
	int32_t epoch = 4;

	name(&s->a, "streams-a0");
	name(&s->b, "streams-b0");
	streams_beat(&s->a, 100, 0, 1, UNTOLD, UNTOLD);
	streams_beat(&s->b, 200, 0, 1, UNTOLD, UNTOLD);
	streams_beat(&s->a, 3200, 1, 3, LOW, NOTHING);
	streams_beat(&s->b, 3300, 1, 3, HIGH, NOTHING);
	for (int i = 0; i < 4; i++) {
		struct client *stays = i % 2 ? &s->a : &s->b, *goes = i % 2 ? &s->b : &s->a;
		int64_t at = 8000 + i * 5000;

		streams_beat(goes, at, -1, -1, UNTOLD, UNTOLD);
		streams_beat(stays, at + 500, epoch - 1, epoch, ALL, NOTHING);
		streams_beat(stays, at + 1500, epoch, epoch, UNTOLD, UNTOLD);
		snprintf(goes->member, sizeof(goes->member), "streams-%c%d", i % 2 ? 'b' : 'a', i + 1);
		streams_beat(goes, at + 2000, 0, epoch + 1, NOTHING, ALL);
		streams_beat(stays, at + 2500, epoch, epoch + 1, UNTOLD, UNTOLD);
		streams_beat(goes, at + 3000, epoch + 1, epoch + 1, UNTOLD, UNTOLD);
		epoch += 2;
	}
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_STORM), 1);
	peer_finish(s->peer, 40000);
	storm = peer_said(s->peer, GROUP_EVENT_STORM, 1);
	assert_string_equal(storm->what, "rolling restart");
	assert_non_null(strstr(storm->text, "streams.num.standby.replicas"));
	assert_null(strstr(storm->text, "group.instance.id"));
}

/* Standby tasks are copies: they are given at once and do not count as moved. */
static void active_tasks_move_and_copies_do_not(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	name(&s->a, "streams-a");
	name(&s->b, "streams-b");
	streams_beat(&s->a, 100, 0, 1, UNTOLD, UNTOLD); /* the initial rebalance delay */
	streams_beat(&s->a, 3200, 1, 3, ALL, NOTHING);
	streams_beat(&s->a, 4200, 3, 3, UNTOLD, UNTOLD);
	streams_beat(&s->b, 5000, 0, 4, NOTHING, LOW);
	streams_beat(&s->a, 5300, 3, 3, LOW, HIGH);
	streams_beat(&s->a, 6300, 3, 3, UNTOLD, UNTOLD);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1); /* a has not let go of 3-5 */
	assert_int_equal(rebalance(s, 3)->cause, 1);
	assert_int_equal(rebalance(s, 3)->n_granted, 6);
	r = rebalance(s, 3);
	assert_int_equal(r->started, 100);
}

static void epochs_are_described(void **state)
{
	struct scene *s = *state;

	name(&s->a, "share-a");
	share_beat(&s->a, 100, 0, 2, NOTHING);
	describe_epoch(&s->admin, 500, 77, "Stable", 2);
	describe_epoch(&s->admin, 900, 77, "Stable", 2);
	share_beat(&s->a, 3100, 2, 3, LOW);
	describe_epoch(&s->admin, 3500, 77, "Stable", 3);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_ADMIN), 2);
	assert_int_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, 0)->generation, 2);
	assert_int_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, 1)->generation, 3);
	assert_string_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, 1)->what, "described Stable");
}

/* Classic members stay in the group, their generation goes on as its epoch. */
static void a_group_is_converted_and_back(void **state)
{
	struct scene *s = *state;
	struct client n;
	const struct said *r;

	client_init(&n, s->peer, "new", 5);
	name(&n, "id-of-new");
	metadata(&s->admin, 0, 7, 0);
	form(s); /* generation 1: a has 0-2, b 3-5 */
	enters(&n, 8000, 2, NOTHING);
	beat(&s->b, 9000, 0);
	beat(&s->a, 9100, 27);
	ask_join(&s->a, 9110, "group is already rebalancing");
	joined(&s->a, 9112, 1, "", NULL, 0);
	ask_sync(&s->a, 9113, NULL, NULL, 0);
	synced(&s->a, 9115, 0, 1);
	ask_join(&s->a, 9120, "need to revoke partitions and re-join");
	joined(&s->a, 9122, 2, "", NULL, 0);
	ask_sync(&s->a, 9123, NULL, NULL, 0);
	synced(&s->a, 9125, 0, 1);
	beat(&s->b, 9200, 27);
	ask_join(&s->b, 9210, "group is already rebalancing");
	joined(&s->b, 9212, 2, "", NULL, 0);
	ask_sync(&s->b, 9213, NULL, NULL, 0);
	synced(&s->b, 9215, 3, 5);
	goes_on(&n, 9300, 2, 2, (struct range){ 2, 2 });
	goes_on(&n, 10300, 2, 2, UNTOLD);
	r = rebalance(s, 2);
	assert_int_equal(r->cause, 21);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->previous, 1);
	assert_int_equal(r->mode, GROUP_BROKER);
	assert_int_equal(r->n_moved, 1);
	assert_int_equal(r->n_members, 3);
	assert_int_equal(r->ended, 9302);
	/* The last member of the consumer protocol goes. */
	leaves(&n, 12000, -1, "", NOTHING);
	beat(&s->a, 12500, 27);
	ask_join(&s->a, 12510, "group is already rebalancing");
	beat(&s->b, 12600, 27);
	ask_join(&s->b, 12610, "group is already rebalancing");
	joined(&s->a, 12615, 3, "m-a", s->both, 2);
	joined(&s->b, 12616, 3, "m-a", s->both, 2);
	ask_sync(&s->a, 12620, s->both, halves, 2);
	ask_sync(&s->b, 12621, NULL, NULL, 0);
	synced(&s->a, 12630, 0, 2);
	synced(&s->b, 12631, 3, 5);
	r = rebalance(s, 3);
	assert_int_equal(r->cause, 21);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->previous, 2);
	assert_int_equal(r->started, 12000);
	assert_int_equal(r->n_moved, 1); /* 2, from the one that left */
	assert_int_not_equal(r->mode, GROUP_BROKER);
}

/* An eager member owns nothing when it joins: its JoinGroup leads it to the epoch, and its SyncGroup tells less than it
 * had before. That asks nothing of it. */
static void an_eager_member_of_a_converted_group_gives_up_by_joining(void **state)
{
	struct scene *s = *state;
	struct client n;
	const struct said *r;

	client_init(&n, s->peer, "new", 5);
	name(&n, "id-of-new");
	metadata(&s->admin, 0, 7, 0);
	form(s); /* generation 1: a has 0-2, b 3-5 */
	enters(&n, 8000, 2, NOTHING);
	for (int i = 0; i < 2; i++) {
		struct client *c = i ? &s->b : &s->a;
		int64_t at = 8100 + i * 20;

		beat(c, at, 27);
		ask_join(c, at + 3, "group is already rebalancing");
		joined(c, at + 5, 2, "", NULL, 0);
		ask_sync(c, at + 7, NULL, NULL, 0);
		synced(c, at + 9, i ? 3 : 0, i ? 4 : 1);
	}
	goes_on(&n, 8200, 2, 2, (struct range){ 2, 2 });
	goes_on(&n, 8300, 2, 2, UNTOLD);
	beat(&s->a, 9100, 0);
	beat(&s->b, 9200, 0);
	groups_advance(s->peer->groups, 12000 * INT64_C(1000000) + PEER_START);
	r = rebalance(s, 2);
	assert_int_equal(r->cause, 21);
	assert_int_equal(r->outcome, GROUP_STABLE);
	assert_int_equal(r->n_moved, 1);
	assert_int_equal(r->n_unassigned, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_share_group_forms_in_steps, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_member_that_flaps_is_named, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(instances_of_streams_are_restarted, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(active_tasks_move_and_copies_do_not, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(an_eager_member_of_a_converted_group_gives_up_by_joining, scene_setup,
		                                scene_teardown),
		cmocka_unit_test_setup_teardown(epochs_are_described, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_group_is_converted_and_back, scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
