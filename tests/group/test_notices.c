/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that are turned away, assignments that cannot be stored, brokers that hit several groups, sessions that ran out
 * beyond doubt.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

static const struct said *rebalance(const struct scene *s, size_t n)
{
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, n);
}

/* The client closes its connection, and the broker after that. */
static void hang_up(struct client *c, int64_t ms)
{
	const struct kafka_sink *k = &c->peer->sink;

	k->connection(k->ctx, &c->conn, KAFKA_CONN_FIN, KF_REQUEST, PEER_START + ms * 1000000, ++c->peer->frame);
	k->connection(k->ctx, &c->conn, KAFKA_CONN_FIN, KF_RESPONSE, PEER_START + ms * 1000000 + 1000, ++c->peer->frame);
}

static void cut_off(struct client *c, int64_t ms)
{
	const struct kafka_sink *k = &c->peer->sink;

	k->connection(k->ctx, &c->conn, KAFKA_CONN_RST, KF_RESPONSE, PEER_START + ms * 1000000, ++c->peer->frame);
}

/* ---- turned away --------------------------------------------------------------------------------------- */

static void refused_in_a_loop(struct scene *s, int16_t error, uint8_t cause)
{
	const struct said *r;
	struct client c;

	form(s);
	client_init(&c, s->peer, "c-c", 3);
	for (int i = 0; i < 4; i++) {
		ask_join(&c, 9000 + 200 * i, "");
		join_refused(&c, 9001 + 200 * i, error);
	}
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REFUSED), 1);
	r = peer_said(s->peer, GROUP_EVENT_REFUSED, 0);
	assert_int_equal(r->error, error);
	assert_int_equal(r->cause, cause);
	assert_string_equal(r->member, "c-c");
	assert_false(r->over);
	peer_finish(s->peer, 12000);
	r = peer_said(s->peer, GROUP_EVENT_REFUSED, 1);
	assert_int_equal(r->times, 4);
	assert_true(r->over);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1);
}

static void no_assignor_in_common(void **state)
{
	refused_in_a_loop(*state, 23, 17);
}

static void a_full_group(void **state)
{
	refused_in_a_loop(*state, 81, 18);
}

static void a_session_timeout_out_of_bounds(void **state)
{
	refused_in_a_loop(*state, 26, 0);
}

/* Told once: there is no more to say. */
static void refused_once(void **state)
{
	struct scene *s = *state;
	struct client c;

	form(s);
	client_init(&c, s->peer, "c-c", 3);
	ask_join(&c, 9000, "");
	join_refused(&c, 9001, 81);
	peer_finish(s->peer, 80000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REFUSED), 1);
}

/* A coordinator with a lower limit loads the group: it has all of them join again, and turns some away. */
static void a_group_that_is_loaded_too_large(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	beat(&s->a, 8000, 14);
	beat(&s->a, 9000, 27);
	beat(&s->b, 9100, 27);
	ask_join(&s->b, 9105, "group is already rebalancing");
	join_refused(&s->b, 9106, 81);
	ask_join(&s->a, 9110, "group is already rebalancing");
	joined(&s->a, 9111, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 9120, s->one, whole, 1);
	synced(&s->a, 9130, 0, 5);
	r = rebalance(s, 1);
	assert_int_equal(r->cause, 18);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(peer_members(s->peer, GROUP_KICKED), 1);
}

/* ---- not stored ---------------------------------------------------------------------------------------- */

static void begin_again(struct scene *s, int16_t error_of_b)
{
	leave(&s->admin, 8000, NULL, 25);
	ask_join(&s->a, 9000, "rebalance enforced by user");
	beat(&s->b, 9100, 27);
	ask_join(&s->b, 9105, "group is already rebalancing");
	joined(&s->a, 9106, 2, "m-a", s->both, 2);
	joined(&s->b, 9106, 2, "m-a", s->both, 2);
	ask_sync(&s->b, 9107, NULL, NULL, 0);
	ask_sync(&s->a, 9108, s->both, halves, 2);
	sync_refused(&s->a, 9200, -1);
	sync_refused(&s->b, 9200, error_of_b);
	ask_join(&s->a, 9300, "rebalance failed due to UnknownServerException");
	ask_join(&s->b, 9305, "rebalance failed due to UnknownServerException");
	joined(&s->a, 9306, 3, "m-a", s->both, 2);
	joined(&s->b, 9306, 3, "m-a", s->both, 2);
	ask_sync(&s->b, 9307, NULL, NULL, 0);
	ask_sync(&s->a, 9308, s->both, halves, 2);
	synced(&s->a, 9310, 0, 2);
	synced(&s->b, 9311, 3, 5);
}

static void an_assignment_that_is_not_stored(void **state)
{
	struct scene *s = *state;

	form(s);
	begin_again(s, -1);
	assert_int_equal(rebalance(s, 1)->outcome, GROUP_ABORTED);
	assert_int_equal(rebalance(s, 2)->generation, 3);
	assert_int_equal(rebalance(s, 2)->cause, 19);
	assert_int_equal(rebalance(s, 2)->confidence, 3);
}

/* Only one was answered so: the other was told that it goes on. */
static void not_all_heard_that_it_is_not_stored(void **state)
{
	struct scene *s = *state;

	form(s);
	begin_again(s, 27);
	assert_int_equal(rebalance(s, 2)->cause, 19);
	assert_true(rebalance(s, 2)->confidence < 3);
}

/* ---- brokers ------------------------------------------------------------------------------------------- */

static void form_other(struct scene *s, struct client *c, const char *group, uint8_t host)
{
	struct client *one[] = { c };

	client_init(c, s->peer, "c-x", host);
	c->group = group;
	enter(c, 10, "m-x");
	joined(c, 3000, 1, "m-x", one, 1);
	ask_sync(c, 3010, one, whole, 1);
	synced(c, 3020, 0, 5);
}

static void a_broker_hits_several_groups(void **state)
{
	struct scene *s = *state;
	const struct said *r;
	struct client c;

	form(s);
	form_other(s, &c, "shipping", 7);
	beat(&s->a, 9000, 16);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_BROKER), 0);
	beat(&c, 9100, 16);
	r = peer_said(s->peer, GROUP_EVENT_BROKER, 0);
	assert_int_equal(r->times, 2);
	assert_false(r->over);
	c.ends[1].addr[3] = 10; /* the next broker has it */
	beat(&c, 9500, 0);
	beat(&s->a, 80000, 0);
	r = peer_said(s->peer, GROUP_EVENT_BROKER, 1);
	assert_true(r->over);
	assert_int_equal(r->n_moved, 1);
	assert_int_equal(r->rebalanced, 0);
}

/* b asks for what the group cannot accept, keeps its place, and leaves: the leave says what was before. */
static void a_member_that_was_refused_leaves(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	ask_join(&s->b, 8000, "");
	join_refused(&s->b, 8001, 23);
	r = b_leaves(s);
	assert_int_equal(r->cause, 7);
	assert_non_null(strstr(r->text, "its JoinGroup had been refused before: INCONSISTENT_GROUP_PROTOCOL"));
}

static void one_group_is_no_broker_event(void **state)
{
	struct scene *s = *state;

	form(s);
	beat(&s->a, 9000, 16);
	beat(&s->b, 9100, 16);
	peer_finish(s->peer, 90000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_BROKER), 0);
}

static void a_broker_that_closes_connections(void **state)
{
	struct scene *s = *state;
	struct client c, d;

	form(s);
	form_other(s, &c, "shipping", 7);
	form_other(s, &d, "returns", 8);
	hang_up(&s->a, 9000); /* its own doing */
	cut_off(&c, 9010);
	cut_off(&d, 9020);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_BROKER), 0);
	cut_off(&s->b, 9030);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_BROKER), 1);
}

/* A cluster that has just begun refuses until its offsets topic is there. */
static void a_new_cluster_is_no_broker_event(void **state)
{
	struct scene *s = *state;
	struct client c;

	client_init(&c, s->peer, "c-c", 3);
	c.group = "shipping";
	ask_join(&s->a, 0, "");
	join_refused(&s->a, 1, 16);
	ask_join(&c, 10, "");
	join_refused(&c, 11, 16);
	peer_finish(s->peer, 90000);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_BROKER), 0);
}

/* ---- session timeouts ---------------------------------------------------------------------------------- */

/* b's latest heartbeat is at 5 s, its session ends at 15 s; a is told at 15.5 s. */
static const struct said *b_expires(struct scene *s, int64_t calm_ms)
{
	beat(&s->a, 5000, 0);
	beat(&s->a, calm_ms, 0);
	beat(&s->a, 15500, 27);
	ask_join(&s->a, 15510, "group is already rebalancing");
	joined(&s->a, 15511, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 15520, s->one, whole, 1);
	synced(&s->a, 15530, 0, 5);
	return rebalance(s, 1);
}

static void a_process_that_died(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	beat(&s->b, 5000, 0);
	hang_up(&s->b, 5500);
	r = b_expires(s, 14000);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 3);
}

/* Its connection did not end: it may have left on another. */
static void a_process_that_is_only_silent(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	beat(&s->b, 5000, 0);
	r = b_expires(s, 14000);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 2);
}

/* It closed its connection after the group had been seen stable for the last time: that may have been a leave. */
static void a_process_that_closed_late(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	beat(&s->b, 5000, 0);
	beat(&s->a, 14000, 0);
	hang_up(&s->b, 14500);
	r = b_expires(s, 14100);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 2);
}

static void a_static_member_that_expires(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	s->b.instance = "i-b";
	form(s);
	beat(&s->b, 5000, 0);
	hang_up(&s->b, 5500);
	r = b_expires(s, 14000);
	assert_int_equal(r->cause, 10);
	assert_int_equal(r->confidence, 2);
	assert_non_null(strstr(r->text, "a static member that is stopped looks the same"));
}

/* ---- static members ------------------------------------------------------------------------------------ */

/* b comes back as another process under the same instance. */
static void bounce(struct scene *s, struct client *c, const char *topic)
{
	s->b.instance = "i-b";
	form(s);
	client_init(c, s->peer, "c-b", 2);
	c->instance = "i-b";
	c->topics[1] = topic;
	ask_join(c, 9000, "");
	strcpy(c->member, "m-b2");
	joined(c, 9001, 1, "m-a", NULL, 0);
}

static void a_bounce_with_another_subscription_is_ignored(void **state)
{
	struct scene *s = *state;
	struct client c;

	bounce(s, &c, "returns");
	assert_false(peer_member(s->peer, GROUP_REPLACED)->moves_group);
	assert_non_null(strstr(peer_member(s->peer, GROUP_REPLACED)->text, "at its next rebalance only"));
	beat(&s->b, 9500, 82);
	assert_non_null(strstr(peer_member(s->peer, GROUP_FENCED)->text, "c-b (10.0.0.2) has this group.instance.id now"));
}

static void a_bounce_as_before_says_nothing_more(void **state)
{
	struct scene *s = *state;
	struct client c;

	bounce(s, &c, NULL);
	assert_string_equal(peer_member(s->peer, GROUP_REPLACED)->text, "");
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(no_assignor_in_common),
		SCENE(a_full_group),
		SCENE(a_session_timeout_out_of_bounds),
		SCENE(refused_once),
		SCENE(a_group_that_is_loaded_too_large),
		SCENE(an_assignment_that_is_not_stored),
		SCENE(not_all_heard_that_it_is_not_stored),
		SCENE(a_broker_hits_several_groups),
		SCENE(a_member_that_was_refused_leaves),
		SCENE(one_group_is_no_broker_event),
		SCENE(a_broker_that_closes_connections),
		SCENE(a_new_cluster_is_no_broker_event),
		SCENE(a_process_that_died),
		SCENE(a_static_member_that_expires),
		SCENE(a_process_that_is_only_silent),
		SCENE(a_process_that_closed_late),
		SCENE(a_bounce_with_another_subscription_is_ignored),
		SCENE(a_bounce_as_before_says_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
