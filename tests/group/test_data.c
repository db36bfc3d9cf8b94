/* SPDX-License-Identifier: Apache-2.0
 *
 * What fetches, commits and other people's questions tell of a group.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "scene.h"

static void clients_without_members_cost_nothing(void **state)
{
	struct scene *s = *state;

	fetch(&s->fa, 100, 0, (struct range){ 0, 2 }, none);
	assert_null(s->fa.conn.user);
	form(s);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	assert_non_null(s->fa.conn.user);
	conn_ended(&s->fa, 3200);
	assert_null(s->fa.conn.user);
}

struct looked {
	int64_t lag, lag_of_a, committed, high;
	uint32_t lag_known, partitions, groups;
	uint64_t commits, refused;
	int64_t latency;
	char state[24];
	bool known;
};

static void look(void *ctx, const struct group_view *v)
{
	struct looked *l = ctx;

	l->groups++;
	l->lag = v->lag;
	l->lag_known = v->lag_known;
	l->partitions = v->partitions;
	l->commits = v->commits;
	l->refused = v->commits_refused;
	l->latency = v->commit_latency;
	strncpy(l->state, v->state ? v->state : "", sizeof(l->state) - 1);
	l->lag_of_a = v->n_members ? v->members[0].lag : -1;
	l->known = v->n_members && v->members[0].assignment_known;
	if (v->n_members && v->members[0].n_partitions) {
		l->committed = v->members[0].partitions[0].committed;
		l->high = v->members[0].partitions[0].high_watermark;
	}
}

static struct looked now(const struct scene *s)
{
	struct looked l = { .lag = -2 };

	groups_each(s->peer->groups, &l, look);
	return l;
}

static void lag_needs_both_sides(void **state)
{
	struct scene *s = *state;
	struct looked l;

	form(s);
	l = now(s);
	assert_int_equal(l.groups, 1);
	assert_string_equal(l.state, "Stable");
	assert_int_equal(l.partitions, 6);
	assert_int_equal(l.lag, -1);
	assert_int_equal(l.latency, -1);
	assert_true(l.known);
	fetch(&s->fa, 3100, 0, (struct range){ 0, 2 }, none);
	fetch_answer(&s->fa, 3200, (struct range){ 0, 2 }, 1000);
	assert_int_equal(now(s).lag, -1);
	offset_fetch(&s->a, 3300, (struct range){ 0, 5 }, 700);
	l = now(s);
	assert_int_equal(l.lag, 900);
	assert_int_equal(l.lag_known, 3);
	commit(&s->a, 3400, (struct range){ 0, 1 }, 990, 0);
	l = now(s);
	assert_int_equal(l.lag, 10 + 10 + 300);
	assert_int_equal(l.lag_of_a, 320);
	assert_int_equal(l.committed, 990);
	assert_int_equal(l.high, 1000);
	assert_int_equal(l.commits, 1);
	assert_int_equal(l.latency, 1000000);
	commit(&s->a, 3500, (struct range){ 0, 0 }, 1001, 0); /* newer than the latest answer */
	assert_int_equal(now(s).lag, 10 + 300);
}

static void a_refused_commit_names_its_partitions(void **state)
{
	struct scene *s = *state;
	const struct said *c;

	form(s);
	commit(&s->a, 3400, (struct range){ 0, 2 }, 500, 0);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_COMMIT_FAILED), 0);
	commit(&s->b, 4000, (struct range){ 3, 5 }, 800, 25);
	c = peer_said(s->peer, GROUP_EVENT_COMMIT_FAILED, 0);
	assert_int_equal(c->error, 25);
	assert_string_equal(c->member, "m-b");
	assert_string_equal(c->refused, "orders 3 4 5");
	assert_string_equal(c->what, "after the member was taken out of the group");
	assert_int_equal(now(s).refused, 1);
	assert_int_equal(now(s).commits, 2);
}

static void a_commit_between_join_and_sync_is_said_to_be_that(void **state)
{
	struct scene *s = *state;
	const struct said *c;

	enter(&s->a, 0, "m-a");
	joined(&s->a, 3000, 1, "m-a", s->one, 1);
	commit(&s->a, 3001, (struct range){ 0, 0 }, 5, 27);
	c = peer_said(s->peer, GROUP_EVENT_COMMIT_FAILED, 0);
	assert_string_equal(c->what, "between the join and sync phases of a rebalance");
}

/* The capture begins in generation 7; then b leaves and a takes over. */
static void mid_stream(struct scene *s)
{
	strcpy(s->a.member, "m-a");
	strcpy(s->b.member, "m-b");
	s->a.generation = s->b.generation = 7;
	beat(&s->a, 0, 0);
	beat(&s->b, 10, 0);
}

static const struct said *b_leaves_in_mid_stream(struct scene *s)
{
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 8, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, 0);
}

static void unknown_owners_are_not_guessed(void **state)
{
	const struct said *r;

	mid_stream(*state);
	r = b_leaves_in_mid_stream(*state);
	assert_int_equal(r->n_moved, 0);
	assert_int_equal(r->n_granted, 0);
}

static void commits_tell_whose_partitions_are(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	mid_stream(s);
	commit(&s->a, 1000, (struct range){ 0, 1 }, 5, 0);
	commit(&s->b, 1000, (struct range){ 3, 4 }, 5, 0);
	commit(&s->b, 1100, (struct range){ 5, 5 }, 5, 22); /* refused: says nothing */
	r = b_leaves_in_mid_stream(s);
	assert_int_equal(r->n_moved, 2);
	assert_int_equal(r->n_granted, 0);
}

static void and_so_do_fetches(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	mid_stream(s);
	metadata(&s->a, 100, 42, 0);
	fetch(&s->fa, 8000, 5, (struct range){ 0, 0 }, none);
	fetch_by_id(&s->fb, 8000, 5, 42, (struct range){ 3, 5 }, none);
	r = b_leaves_in_mid_stream(s);
	assert_int_equal(r->n_moved, 3);
	assert_int_equal(r->moved_down[0], 10020 - 8000);
}

static void describe_tells_all(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	mid_stream(s);
	describe(&s->admin, 500, "Stable", s->both, halves, 2);
	assert_true(now(s).known);
	assert_int_equal(now(s).partitions, 6);
	r = b_leaves_in_mid_stream(s);
	assert_int_equal(r->n_moved, 3);
	assert_int_equal(r->previous, 7);
}

/* In the midst of a rebalance, and with members that went since, it is no assignment to go by. */
static void describe_of_another_state_is_not_taken(void **state)
{
	struct scene *s = *state;

	mid_stream(s);
	describe(&s->admin, 500, "PreparingRebalance", s->both, halves, 2);
	assert_false(now(s).known);
	leave(&s->b, 600, "the consumer is being closed", 0);
	describe(&s->admin, 700, "Stable", s->both, halves, 2);
	assert_false(now(s).known);
}

static void an_empty_group_begins_anew(void **state)
{
	struct scene *s = *state;

	find_coordinator(&s->a, 0, 3);
	enter(&s->a, 10, "m-a");
	list_groups(&s->admin, 12, "Empty"); /* asked before a came */
	joined(&s->a, 3000, 9, "m-a", s->one, 1);
	ask_sync(&s->a, 3010, s->one, whole, 1);
	synced(&s->a, 3020, 0, 5);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_REBALANCE), 1);
	assert_string_equal(now(s).state, "Stable");
}

static void a_deleted_group_is_another_one(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	leave(&s->b, 5000, "the consumer is being closed", 0);
	leave(&s->a, 5001, "the consumer is being closed", 0);
	delete_group(&s->admin, 6000, 0);
	strcpy(s->a.member, "");
	enter(&s->a, 7000, "m-c");
	joined(&s->a, 10000, 1, "m-c", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, peer_count(s->peer, GROUP_EVENT_REBALANCE) - 1);
	assert_int_equal(r->generation, 1);
	assert_int_equal(r->previous, -1);
	assert_int_equal(r->cause, 1);
	assert_int_equal(r->confidence, 3);
	assert_int_equal(r->n_moved, 0);
	assert_int_equal(r->n_granted, 6);
}

static void a_group_that_is_in_use_is_not_deleted(void **state)
{
	struct scene *s = *state;

	form(s);
	delete_group(&s->admin, 6000, 68);
	delete_group(&s->admin, 6001, 0);
	assert_int_equal(now(s).partitions, 6);
	assert_int_equal(b_leaves(s)->n_moved, 3);
}

/* Tools ask every few seconds: what they are told is told once, until it changes. */
static void what_tools_are_told_is_told_when_it_changes(void **state)
{
	static const char *const words[] = { "listed Stable", "described Stable", "described Stable", "not-deleted -",
		                             "listed Empty", "deleted -" };
	struct scene *s = *state;
	const struct said *r;

	list_groups(&s->admin, 1, "Stable"); /* of a group that nobody else speaks of */
	delete_group(&s->admin, 2, 69);
	form(s);
	for (int i = 0; i < 3; i++) {
		list_groups(&s->admin, 4000 + i * 10, "Stable");
		describe(&s->admin, 4001 + i * 10, "Stable", s->both, halves, 2);
	}
	describe(&s->admin, 4100, "Stable", s->one, whole, 1);
	delete_group(&s->admin, 4200, 68);
	leave(&s->b, 5000, "the consumer is being closed", 0);
	leave(&s->a, 5001, "the consumer is being closed", 0);
	list_groups(&s->admin, 5500, "Empty");
	delete_group(&s->admin, 6000, 0);
	assert_int_equal(peer_count(s->peer, GROUP_EVENT_ADMIN), 7);
	r = peer_said(s->peer, GROUP_EVENT_ADMIN, 0);
	assert_string_equal(r->what, "not-deleted -");
	assert_int_equal(r->error, 69);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, i + 1)->what, words[i]);
	assert_int_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, 2)->n_members, 2);
	assert_int_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, 3)->n_members, 1);
	assert_string_equal(peer_said(s->peer, GROUP_EVENT_ADMIN, 3)->member, "admin");
}

static void the_coordinator_has_a_node_and_a_partition(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	form(s);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, 0);
	assert_int_equal(r->node, -1);
	assert_int_equal(r->offsets_partition, 9);
	find_coordinator(&s->a, 4000, 3);
	r = b_leaves(s);
	assert_int_equal(r->node, 3);
}

static void metadata_tells_them_better(void **state)
{
	struct scene *s = *state;
	const struct said *r;

	metadata(&s->a, 0, 42, 6);
	form(s);
	r = peer_said(s->peer, GROUP_EVENT_REBALANCE, 0);
	assert_int_equal(r->node, 7);
	assert_int_equal(r->offsets_partition, 1);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(clients_without_members_cost_nothing),
		SCENE(lag_needs_both_sides),
		SCENE(a_refused_commit_names_its_partitions),
		SCENE(a_commit_between_join_and_sync_is_said_to_be_that),
		SCENE(unknown_owners_are_not_guessed),
		SCENE(commits_tell_whose_partitions_are),
		SCENE(and_so_do_fetches),
		SCENE(describe_tells_all),
		SCENE(describe_of_another_state_is_not_taken),
		SCENE(an_empty_group_begins_anew),
		SCENE(a_deleted_group_is_another_one),
		SCENE(a_group_that_is_in_use_is_not_deleted),
		SCENE(what_tools_are_told_is_told_when_it_changes),
		SCENE(the_coordinator_has_a_node_and_a_partition),
		SCENE(metadata_tells_them_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
