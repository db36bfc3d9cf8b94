/* SPDX-License-Identifier: Apache-2.0
 *
 * Rebalances of groups whose broker assigns: what raised the epoch, who got what, and what is no rebalance.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epoch_peer.h"

#define ALL ((struct range){ 0, 5 })
#define LOW ((struct range){ 0, 2 })
#define HIGH ((struct range){ 3, 5 })

struct two {
	struct peer *peer;
	struct client a, b, c, admin;
	int64_t now; /* ms; to where the time goes on before a rebalance is looked for */
};

static void name(struct client *c, const char *id)
{
	snprintf(c->member, sizeof(c->member), "%s", id);
}

static int setup(void **state)
{
	struct two *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->peer = peer_new();
	client_init(&s->a, s->peer, "client-a", 1);
	client_init(&s->b, s->peer, "client-b", 2);
	client_init(&s->c, s->peer, "client-c", 3);
	client_init(&s->admin, s->peer, "admin", 9);
	name(&s->a, "id-a");
	name(&s->b, "id-b");
	name(&s->c, "id-c");
	s->now = 20000;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct two *s = *state;

	peer_free(s->peer);
	free(s);
	return 0;
}

static const struct said *rebalance(struct two *s, int32_t epoch)
{
	groups_advance(s->peer->groups, s->now * 1000000 + PEER_START);
	for (size_t i = 0; i < peer_count(s->peer, GROUP_EVENT_REBALANCE); i++)
		if (peer_said(s->peer, GROUP_EVENT_REBALANCE, i)->generation == epoch)
			return peer_said(s->peer, GROUP_EVENT_REBALANCE, i);
	fail_msg("epoch %d was not told", epoch);
	return NULL;
}

/* a at 100 ms with everything at epoch 2, b from 5000 on with half of it at epoch 3 since 6002. */
static void form(struct two *s)
{
	metadata(&s->admin, 0, 7, 0);
	enters(&s->a, 100, 2, ALL);
	gives_up(&s->a, 200, 2, ALL, 2);
	goes_on(&s->a, 1100, 2, 2, UNTOLD);
	enters(&s->b, 5000, 3, NOTHING);
	goes_on(&s->a, 5300, 2, 2, LOW);
	gives_up(&s->a, 5700, 2, LOW, 3);
	goes_on(&s->b, 6000, 3, 3, HIGH);
	gives_up(&s->b, 6100, 3, HIGH, 3);
	goes_on(&s->a, 7000, 3, 3, UNTOLD);
	goes_on(&s->b, 7100, 3, 3, UNTOLD);
}

static void a_group_forms_and_a_member_joins(void **state)
{
	struct two *s = *state;
	const struct said *r;

	form(s);
	r = rebalance(s, 2);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 2);
	assert_int_equal(r->cause, 1);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->mode, GROUP_BROKER);
	assert_int_equal(r->outcome, GROUP_STABLE);
	assert_int_equal(r->started, 100);
	assert_int_equal(r->n_granted, 6);
	r = rebalance(s, 3);
	assert_int_equal(r->previous, 2);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->started, 5000);
	assert_int_equal(r->ended, 6002); /* when b was given what a had let go of, not when it said that it has it */
	assert_int_equal(r->n_moved, 3);
	assert_int_equal(r->n_granted, 0);
	assert_int_equal(r->n_members, 2);
	assert_true(r->complete);
}

/* Several joins within the coordinator's batch delay: each has its epoch, members are told the last. */
static void joins_in_one_batch_are_counted(void **state)
{
	struct two *s = *state;
	const struct said *r;

	enters(&s->a, 100, 2, ALL);
	enters(&s->b, 400, 2, NOTHING);
	enters(&s->c, 500, 2, NOTHING);
	goes_on(&s->b, 1500, 2, 4, UNTOLD);
	goes_on(&s->a, 1600, 2, 2, (struct range){ 0, 1 });
	gives_up(&s->a, 1700, 2, (struct range){ 0, 1 }, 4);
	goes_on(&s->c, 1800, 2, 4, (struct range){ 2, 3 });
	goes_on(&s->b, 2500, 4, 4, (struct range){ 4, 5 });
	goes_on(&s->a, 2700, 4, 4, UNTOLD);
	goes_on(&s->a, 3700, 4, 4, UNTOLD);
	r = rebalance(s, 3);
	assert_int_equal(r->outcome, GROUP_ABORTED);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->started, 400);
	r = rebalance(s, 4);
	assert_int_equal(r->outcome, GROUP_STABLE);
	assert_int_equal(r->previous, 2);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->started, 500);
	assert_int_equal(r->n_moved, 4);
	assert_int_equal(r->ended, 2502);
	assert_string_equal(peer_member(s->peer, GROUP_JOINED)->member, "id-a");
}

/* Java's consumer: an empty subscription on close, none when its poll timer ran out. */
static void a_close_is_told_from_a_poll_timeout(void **state)
{
	struct two *s = *state;

	form(s);
	leaves(&s->b, 8000, -1, "", NOTHING);
	s->peer->sink.connection(s->peer->sink.ctx, &s->b.conn, KAFKA_CONN_FIN, KF_REQUEST, PEER_START, 0);
	goes_on(&s->a, 8500, 3, 4, ALL);
	goes_on(&s->a, 9500, 4, 4, UNTOLD);
	enters(&s->c, 10000, 5, NOTHING);
	goes_on(&s->a, 10500, 4, 4, LOW);
	gives_up(&s->a, 10600, 4, LOW, 5);
	goes_on(&s->c, 11000, 5, 5, HIGH);
	goes_on(&s->c, 12000, 5, 5, UNTOLD);
	leaves(&s->c, 13000, -1, NULL, NOTHING);
	goes_on(&s->a, 13500, 5, 6, ALL);
	goes_on(&s->a, 14500, 6, 6, UNTOLD);
	leaves(&s->a, 15000, -1, NULL, UNTOLD);
	enters(&s->b, 20000, 8, ALL);
	goes_on(&s->b, 21000, 8, 8, UNTOLD);
	s->now = 22000;
	assert_int_equal(rebalance(s, 4)->cause, 7);
	assert_int_equal(rebalance(s, 4)->confidence, 3);
	assert_int_equal(rebalance(s, 4)->n_moved, 3);
	assert_int_equal(rebalance(s, 6)->cause, 9);
	assert_int_equal(rebalance(s, 6)->confidence, 2); /* its software was not seen */
	assert_int_equal(rebalance(s, 7)->outcome, GROUP_EMPTY);
	assert_int_equal(rebalance(s, 7)->cause, 7);
	assert_int_equal(rebalance(s, 7)->confidence, 1); /* this client says nothing either way */
	assert_int_equal(rebalance(s, 8)->cause, 1); /* the group had been empty */
}

/* Its partitions are handed on though it did not let go of them: the coordinator took it out. */
static void a_session_that_ends_is_seen_from_what_others_get(void **state)
{
	struct two *s = *state;
	const struct said *r;

	form(s);
	for (int64_t ms = 8000; ms < 18000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	goes_on(&s->a, 18000, 3, 4, ALL);
	goes_on(&s->a, 19000, 4, 4, UNTOLD);
	r = rebalance(s, 4);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->n_moved, 3);
	assert_int_equal(r->started, 18002);
	assert_int_equal(peer_members(s->peer, GROUP_EXPIRED), 1);
}

/* The same with packets missing: it may have left, or let go. */
static void a_gap_takes_the_certainty(void **state)
{
	struct two *s = *state;

	form(s);
	for (int64_t ms = 8000; ms < 18000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	peer_gap(s->peer, &s->b, 17100, 17200);
	goes_on(&s->a, 18000, 3, 4, ALL);
	goes_on(&s->a, 19000, 4, 4, UNTOLD);
	assert_int_equal(rebalance(s, 4)->cause, 10);
	assert_int_equal(rebalance(s, 4)->confidence, 2);
	assert_false(rebalance(s, 4)->complete);
}

/* It sends heartbeats, and does not let go within its rebalance timeout. */
static void who_does_not_let_go_is_expelled(void **state)
{
	struct two *s = *state;
	const struct said *r;

	s->a.rebalance_ms = 8000;
	enters(&s->a, 100, 2, ALL);
	goes_on(&s->a, 1100, 2, 2, UNTOLD);
	enters(&s->b, 2000, 3, NOTHING);
	goes_on(&s->a, 2100, 2, 2, LOW);
	for (int64_t ms = 3000; ms < 10000; ms += 1000) {
		goes_on(&s->b, ms, 3, 3, UNTOLD);
		goes_on(&s->a, ms + 100, 2, 2, UNTOLD);
	}
	ask_beat(&s->a, 10200, 2, NULL, UNTOLD);
	beat_refused(&s->a, 10202, 25);
	goes_on(&s->b, 11000, 3, 4, ALL);
	goes_on(&s->b, 12000, 4, 4, UNTOLD);
	assert_int_equal(rebalance(s, 3)->outcome, GROUP_ABORTED);
	r = rebalance(s, 4);
	assert_int_equal(r->cause, 11);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->started, 10102);
	assert_int_equal(peer_members(s->peer, GROUP_KICKED), 1);
}

static void a_static_bounce_is_no_rebalance(void **state)
{
	struct two *s = *state;
	const struct said *m;

	s->b.instance = s->c.instance = "host-2";
	form(s);
	leaves(&s->b, 8000, -2, "", NOTHING);
	goes_on(&s->a, 8500, 3, 3, UNTOLD);
	enters(&s->c, 9000, 3, HIGH);
	gives_up(&s->c, 9100, 3, HIGH, 3);
	goes_on(&s->a, 9500, 3, 3, UNTOLD);
	goes_on(&s->c, 10500, 3, 3, UNTOLD);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 2);
	m = peer_member(s->peer, GROUP_REPLACED);
	assert_non_null(m);
	assert_string_equal(m->member, "id-c");
	assert_false(m->moves_group);
	/* And away for longer than its session. */
	leaves(&s->c, 11000, -2, "", NOTHING);
	for (int64_t ms = 11500; ms < 17000; ms += 1000)
		goes_on(&s->a, ms, 3, 3, UNTOLD);
	goes_on(&s->a, 17500, 3, 4, ALL);
	goes_on(&s->a, 18500, 4, 4, UNTOLD);
	assert_int_equal(rebalance(s, 4)->cause, 10);
	assert_non_null(strstr(rebalance(s, 4)->text, "epoch -2"));
}

/* FENCED_MEMBER_EPOCH: it joins again and has what it had, nothing moves. */
static void a_fenced_epoch_is_no_rebalance(void **state)
{
	struct two *s = *state;

	form(s);
	ask_beat(&s->a, 8000, 77, NULL, LOW);
	beat_refused(&s->a, 8002, 110);
	enters(&s->a, 8300, 3, LOW);
	gives_up(&s->a, 8400, 3, LOW, 3);
	goes_on(&s->b, 8500, 3, 3, UNTOLD);
	goes_on(&s->a, 9500, 3, 3, UNTOLD);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 2);
	assert_int_equal(peer_members(s->peer, GROUP_FENCED), 1);
	/* UNRELEASED_INSTANCE_ID: the incumbent stays, the newcomer never was a member. */
	ask_beat(&s->c, 10000, 0, "orders", NOTHING);
	beat_refused(&s->c, 10002, 111);
	assert_int_equal(peer_members(s->peer, GROUP_FENCED), 2);
	assert_int_equal(peer_members(s->peer, GROUP_JOINED), 2);
}

/* The next target is computed before everybody has come to the one before. */
static void an_epoch_can_be_superseded(void **state)
{
	struct two *s = *state;
	const struct said *r;

	form(s);
	enters(&s->c, 10000, 4, NOTHING);
	goes_on(&s->a, 10500, 3, 3, (struct range){ 0, 1 });
	goes_on(&s->b, 10600, 3, 3, (struct range){ 3, 4 });
	gives_up(&s->b, 10700, 3, (struct range){ 3, 4 }, 4);
	leaves(&s->b, 12000, -1, "", NOTHING);
	goes_on(&s->c, 12500, 4, 5, (struct range){ 5, 5 });
	gives_up(&s->a, 13500, 3, (struct range){ 0, 1 }, 5);
	goes_on(&s->c, 13600, 5, 5, (struct range){ 2, 5 });
	goes_on(&s->a, 14500, 5, 5, UNTOLD);
	goes_on(&s->c, 14600, 5, 5, UNTOLD);
	r = rebalance(s, 4);
	assert_int_equal(r->outcome, GROUP_ABORTED);
	assert_int_equal(r->cause, 2);
	r = rebalance(s, 5);
	assert_int_equal(r->outcome, GROUP_STABLE);
	assert_int_equal(r->cause, 7);
	assert_int_equal(r->started, 12000);
	assert_int_equal(r->ended, 13602);
	assert_int_equal(r->n_moved, 4); /* against what was assigned when the group was stable last */
}

/* The capture begins late: the epoch before is in the first heartbeat, what everybody had is not known. */
static void in_mid_stream_the_heartbeats_say_the_epoch(void **state)
{
	struct two *s = *state;
	const struct said *r;

	goes_on(&s->a, 100, 7, 7, UNTOLD);
	goes_on(&s->b, 200, 7, 7, UNTOLD);
	enters(&s->c, 12000, 8, NOTHING);
	goes_on(&s->a, 12500, 7, 7, LOW);
	gives_up(&s->a, 12600, 7, LOW, 8);
	goes_on(&s->b, 12700, 7, 8, UNTOLD);
	goes_on(&s->c, 13000, 8, 8, HIGH);
	goes_on(&s->a, 13600, 8, 8, UNTOLD);
	goes_on(&s->b, 13700, 8, 8, UNTOLD);
	goes_on(&s->a, 14600, 8, 8, UNTOLD);
	r = rebalance(s, 8);
	assert_int_equal(r->previous, 7);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->n_moved, 0);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1);
}

static void a_join_first_seen_may_have_found_the_group_empty(void **state)
{
	struct two *s = *state;
	const struct said *r;

	enters(&s->a, 100, 9, ALL);
	goes_on(&s->a, 1100, 9, 9, UNTOLD);
	r = rebalance(s, 9);
	assert_int_equal(r->previous, -1);
	assert_int_equal(r->cause, 2);
	assert_int_equal(r->confidence, 1);
	assert_false(r->complete);
}

/* Nobody asked for the new target. */
static void new_partitions_raise_the_epoch_by_themselves(void **state)
{
	struct two *s = *state;

	form(s);
	goes_on(&s->a, 8000, 3, 4, LOW);
	goes_on(&s->b, 8100, 3, 4, (struct range){ 3, 7 });
	goes_on(&s->a, 9000, 4, 4, UNTOLD);
	goes_on(&s->b, 9100, 4, 4, UNTOLD);
	more_partitions(&s->admin, 9900);
	goes_on(&s->a, 10000, 4, 5, LOW);
	goes_on(&s->b, 10100, 4, 5, (struct range){ 3, 8 });
	goes_on(&s->a, 11000, 5, 5, UNTOLD);
	goes_on(&s->b, 11100, 5, 5, UNTOLD);
	assert_int_equal(rebalance(s, 4)->cause, 5);
	assert_int_equal(rebalance(s, 4)->confidence, 2);
	assert_int_equal(rebalance(s, 4)->n_granted, 2);
	assert_int_equal(rebalance(s, 5)->cause, 5);
	assert_int_equal(rebalance(s, 5)->confidence, 3); /* an administrator was seen to add them */
}

static void an_epoch_that_nothing_explains_is_not_guessed(void **state)
{
	struct two *s = *state;

	form(s);
	goes_on(&s->a, 8000, 3, 4, UNTOLD);
	goes_on(&s->b, 8100, 3, 4, UNTOLD);
	goes_on(&s->a, 9000, 4, 4, UNTOLD);
	goes_on(&s->b, 9100, 4, 4, UNTOLD);
	assert_int_equal(rebalance(s, 4)->cause, 0);
	assert_int_equal(rebalance(s, 4)->confidence, 0);
}

/* What the capture shows at its end. */
static void what_is_under_way_at_the_end_is_unfinished(void **state)
{
	struct two *s = *state;

	form(s);
	enters(&s->c, 8000, 4, NOTHING);
	goes_on(&s->a, 8100, 3, 3, (struct range){ 0, 1 });
	peer_finish(s->peer, 8200);
	assert_int_equal(rebalance(s, 4)->outcome, GROUP_UNFINISHED);
	assert_int_equal(rebalance(s, 4)->ended, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_group_forms_and_a_member_joins, setup, teardown),
		cmocka_unit_test_setup_teardown(joins_in_one_batch_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_close_is_told_from_a_poll_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_that_ends_is_seen_from_what_others_get, setup, teardown),
		cmocka_unit_test_setup_teardown(a_gap_takes_the_certainty, setup, teardown),
		cmocka_unit_test_setup_teardown(who_does_not_let_go_is_expelled, setup, teardown),
		cmocka_unit_test_setup_teardown(a_static_bounce_is_no_rebalance, setup, teardown),
		cmocka_unit_test_setup_teardown(a_fenced_epoch_is_no_rebalance, setup, teardown),
		cmocka_unit_test_setup_teardown(an_epoch_can_be_superseded, setup, teardown),
		cmocka_unit_test_setup_teardown(in_mid_stream_the_heartbeats_say_the_epoch, setup, teardown),
		cmocka_unit_test_setup_teardown(a_join_first_seen_may_have_found_the_group_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(new_partitions_raise_the_epoch_by_themselves, setup, teardown),
		cmocka_unit_test_setup_teardown(an_epoch_that_nothing_explains_is_not_guessed, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_under_way_at_the_end_is_unfinished, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
