/* SPDX-License-Identifier: Apache-2.0
 *
 * What the correlator costs: bytes for each member and each partition that it has, and steps that allocate nothing.
 * Every group forms, its members fetch and commit what they have; the heap is weighed then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "peer_data.h"

#define MEMBERS 10     /* of a group */
#define GROUPS 10000  /* 100,000 members */
#define PER_MEMBER 2048
#define PER_PARTITION 200

struct team {
	char name[32];
	char id[MEMBERS][32];
	struct client member[MEMBERS], reader[MEMBERS];
	struct client *all[MEMBERS];
	int range[MEMBERS][2];
};

struct world {
	struct peer peer;
	struct team *team;
	size_t n;
	int partitions; /* of a member */
	int64_t now;
	uint64_t rebalances;
};

static void count_rebalances(void *ctx, const struct group_event *e)
{
	struct world *w = ctx;

	w->rebalances += e->type == GROUP_EVENT_REBALANCE && e->rebalance.outcome == GROUP_STABLE;
}

static void team_init(struct world *w, struct team *t, size_t n)
{
	snprintf(t->name, sizeof(t->name), "payments-%05zu", n);
	for (size_t i = 0; i < MEMBERS; i++) {
		struct client *c = &t->member[i];

		snprintf(t->id[i], sizeof(t->id[i]), "payments-%05zu-consumer-%zu", n, i);
		client_init(c, &w->peer, t->id[i], 1);
		c->group = t->name;
		c->conn.id = 1 + 2 * (n * MEMBERS + i);
		c->ends[0].addr[1] = (uint8_t)(n >> 8);
		c->ends[0].addr[2] = (uint8_t)n;
		c->ends[0].port = (uint16_t)(20000 + i);
		fetcher_init(&t->reader[i], c);
		t->all[i] = c;
		t->range[i][0] = (int)i * w->partitions;
		t->range[i][1] = t->range[i][0] + w->partitions - 1;
	}
}

static struct range range_of(const struct team *t, size_t i)
{
	return (struct range){ t->range[i][0], t->range[i][1] };
}

static void joins(struct team *t, int64_t ms, int32_t generation)
{
	for (size_t i = 0; i < MEMBERS; i++)
		joined(&t->member[i], ms, generation, t->member[0].member, t->all, MEMBERS);
	ask_sync(&t->member[0], ms + 5, t->all, (const int (*)[2])t->range, MEMBERS);
	for (size_t i = 1; i < MEMBERS; i++)
		ask_sync(&t->member[i], ms + 5, NULL, NULL, 0);
	for (size_t i = 0; i < MEMBERS; i++)
		synced(&t->member[i], ms + 10, t->range[i][0], t->range[i][1]);
}

static void form(struct team *t, int64_t ms)
{
	char id[80];

	for (size_t i = 0; i < MEMBERS; i++) {
		snprintf(id, sizeof(id), "%s-12345678-1234-1234-1234-123456789012", t->id[i]);
		ask_join(&t->member[i], ms, "");
		told_id(&t->member[i], ms, id);
		ask_join(&t->member[i], ms + 1, "need to re-join with the given member-id");
	}
	joins(t, ms + 3000, 1);
}

/* A heartbeat, a fetch and a commit of every member. */
static void work(struct team *t, int64_t ms, int32_t epoch)
{
	const struct range none = { 0, -1 };

	for (size_t i = 0; i < MEMBERS; i++) {
		beat(&t->member[i], ms, 0);
		fetch(&t->reader[i], ms + 2, epoch, epoch ? none : range_of(t, i), none);
		fetch_answer(&t->reader[i], ms + 3, range_of(t, i), 1000 + ms);
		commit(&t->member[i], ms + 4, range_of(t, i), 900 + ms, 0);
	}
}

/* Everybody is told to rejoin, and does. */
static void again(struct team *t, int64_t ms, int32_t generation)
{
	for (size_t i = 0; i < MEMBERS; i++)
		ask_join(&t->member[i], ms, i == 0 ? "cached metadata has changed" : "group is already rebalancing");
	joins(t, ms + 1, generation);
}

static void all_do(struct world *w, void (*what)(struct team *, int64_t, int32_t), int32_t n)
{
	for (size_t i = 0; i < w->n; i++)
		what(&w->team[i], w->now, n);
	w->now += 4000;
}

static struct world *world_new(size_t groups, int partitions)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->n = groups;
	w->partitions = partitions;
	w->team = calloc(groups, sizeof(*w->team));
	assert_non_null(w->team);
	w->peer.groups = groups_new(&(struct group_options){ .ctx = w, .event = count_rebalances });
	w->peer.sink = groups_kafka_sink(w->peer.groups);
	for (size_t i = 0; i < groups; i++)
		team_init(w, &w->team[i], i);
	return w;
}

static void world_form(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		form(&w->team[i], w->now);
	w->now += 4000;
	all_do(w, work, 0);
	all_do(w, work, 1);
	assert_int_equal(w->rebalances, w->n);
}

static void world_free(struct world *w)
{
	groups_free(w->peer.groups);
	free(w->team);
	free(w);
}

/* Bytes that so many groups take once they are at work. */
static double weigh(size_t groups, int partitions)
{
	struct world *w = world_new(groups, partitions);
	int64_t before = heap_now().bytes, after;

	world_form(w);
	after = heap_now().bytes;
	world_free(w);
	return (double)(after - before) / (double)(groups * MEMBERS);
}

static void memory_per_member_and_partition(void **state)
{
	double one = weigh(GROUPS, 1), many = weigh(GROUPS / 10, 21);
	double partition = (many - one) / 20;

	(void)state;
	print_message("%.0f bytes a member, %.0f a partition\n", one - partition, partition);
	assert_true(one - partition <= PER_MEMBER);
	assert_true(partition <= PER_PARTITION);
}

/* When what was before is remembered, and the history that storms are told from is full. */
static void memory_after_rebalances(void **state)
{
	struct world *w = world_new(100, 11);
	int64_t before = heap_now().bytes;
	double each;

	(void)state;
	world_form(w);
	for (int32_t generation = 2; generation < 80; generation++) {
		all_do(w, again, generation);
		all_do(w, work, 1);
	}
	each = (double)(heap_now().bytes - before) / (double)(w->n * MEMBERS);
	print_message("%.0f bytes a member with 11 partitions after 79 generations\n", each);
	assert_true(each <= PER_MEMBER + 11 * PER_PARTITION);
	world_free(w);
}

static void steady_work_allocates_nothing(void **state)
{
	struct world *w = world_new(100, 4);
	uint64_t before;

	(void)state;
	world_form(w);
	before = heap_now().calls;
	for (int i = 0; i < 20; i++)
		all_do(w, work, i + 1);
	assert_int_equal(heap_now().calls - before, 0);
	world_free(w);
}

static void rebalances_of_known_groups_allocate_nothing(void **state)
{
	struct world *w = world_new(20, 4);
	uint64_t before = 0;

	(void)state;
	world_form(w);
	for (int32_t generation = 2; generation < 100; generation++) {
		if (generation == 80)
			before = heap_now().calls;
		all_do(w, again, generation);
		all_do(w, work, 1);
	}
	assert_int_equal(heap_now().calls - before, 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_per_member_and_partition),
		cmocka_unit_test(memory_after_rebalances),
		cmocka_unit_test(steady_work_allocates_nothing),
		cmocka_unit_test(rebalances_of_known_groups_allocate_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
