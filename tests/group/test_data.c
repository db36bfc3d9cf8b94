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

#include "peer_data.h"

static const int halves[2][2] = { { 0, 2 }, { 3, 5 } };
static const int whole[1][2] = { { 0, 5 } };
static const struct range none = { 0, -1 };

struct scene {
	struct peer *peer;
	struct client a, b;   /* with the coordinator */
	struct client fa, fb; /* fetching */
	struct client admin;
	struct client *both[2];
	struct client *one[1];
};

static int setup(void **state)
{
	static struct scene s;

	s.peer = peer_new();
	client_init(&s.a, s.peer, "c-a", 1);
	client_init(&s.b, s.peer, "c-b", 2);
	client_init(&s.admin, s.peer, "admin", 3);
	fetcher_init(&s.fa, &s.a);
	fetcher_init(&s.fb, &s.b);
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

/* Generation 1 at 3 s, stable at 3.02 s: a has 0-2, b 3-5. */
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

/* b leaves at 9 s, a is told at 10 s, joins at 10.005 s and has everything at 10.02 s. */
static const struct said *b_leaves(struct scene *s)
{
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
}

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

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
		SCENE(a_client_of_two_groups_is_not_guessed_for),
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
		SCENE(the_coordinator_has_a_node_and_a_partition),
		SCENE(metadata_tells_them_better),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
