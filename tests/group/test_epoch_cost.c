/* SPDX-License-Identifier: Apache-2.0
 *
 * What groups whose broker assigns cost: bytes for each member, and heartbeats that allocate nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "count.h"
#include "epoch_peer.h"

#define GROUPS 2000
#define PER_MEMBER 2048 /* bytes, with its four partitions */

struct pair {
	char group[32];
	char id[2][32];
	struct client a, b;
};

static void quiet(void *ctx, const struct group_event *e)
{
	(void)ctx;
	(void)e;
}

static struct peer *peer_quiet(void)
{
	struct peer *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->groups = groups_new(&(struct group_options){ .event = quiet });
	assert_non_null(p->groups);
	p->sink = groups_kafka_sink(p->groups);
	return p;
}

static void pair_init(struct pair *t, struct peer *p, size_t n)
{
	snprintf(t->group, sizeof(t->group), "payments-%05zu", n);
	for (int i = 0; i < 2; i++) {
		struct client *c = i ? &t->b : &t->a;

		snprintf(t->id[i], sizeof(t->id[i]), "payments-%05zu-%d", n, i);
		client_init(c, p, t->id[i], 1);
		c->group = t->group;
		c->conn.id = 1 + 2 * n + (size_t)i;
		c->ends[0].addr[1] = (uint8_t)(n >> 8);
		c->ends[0].addr[2] = (uint8_t)n;
		snprintf(c->member, sizeof(c->member), "%05zu_AAAAAAAAAAAAAAA%d", n, i);
	}
}

static void form(struct pair *t)
{
	enters(&t->a, 100, 2, (struct range){ 0, 7 });
	gives_up(&t->a, 150, 2, (struct range){ 0, 7 }, 2);
}

static void grow(struct pair *t)
{
	enters(&t->b, 2000, 3, NOTHING);
	goes_on(&t->a, 2100, 2, 2, (struct range){ 0, 3 });
	gives_up(&t->a, 2200, 2, (struct range){ 0, 3 }, 3);
}

static void settle(struct pair *t)
{
	goes_on(&t->b, 3000, 3, 3, (struct range){ 4, 7 });
	gives_up(&t->b, 3100, 3, (struct range){ 4, 7 }, 3);
}

static void heartbeats_allocate_nothing_and_members_are_small(void **state)
{
	struct pair *teams = calloc(GROUPS, sizeof(*teams));
	struct peer *p = peer_quiet();
	int64_t bytes = heap_now().bytes;
	uint64_t calls;

	(void)state;
	assert_non_null(teams);
	for (size_t i = 0; i < GROUPS; i++)
		pair_init(&teams[i], p, i);
	for (size_t i = 0; i < GROUPS; i++)
		form(&teams[i]);
	for (size_t i = 0; i < GROUPS; i++)
		grow(&teams[i]);
	for (size_t i = 0; i < GROUPS; i++)
		settle(&teams[i]);
	for (int64_t ms = 5000; ms < 9000; ms += 1000)
		for (size_t i = 0; i < GROUPS; i++)
			goes_on(&teams[i].a, ms, 3, 3, UNTOLD);
	bytes = heap_now().bytes - bytes;
	print_message("%.0f bytes for each member\n", (double)bytes / (2 * GROUPS));
	assert_true(bytes < (int64_t)2 * GROUPS * PER_MEMBER);
	calls = heap_now().calls;
	for (int64_t ms = 10000; ms < 20000; ms += 1000)
		for (size_t i = 0; i < GROUPS; i++) {
			goes_on(&teams[i].a, ms, 3, 3, UNTOLD);
			goes_on(&teams[i].b, ms + 1, 3, 3, UNTOLD);
			gives_up(&teams[i].b, ms + 4, 3, (struct range){ 4, 7 }, 3); /* told again, as franz-go does */
		}
	assert_int_equal(heap_now().calls - calls, 0);
	peer_free(p);
	free(teams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heartbeats_allocate_nothing_and_members_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
