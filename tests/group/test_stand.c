/* SPDX-License-Identifier: Apache-2.0
 *
 * Who waits for whom while a rebalance is under way.
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

static const char *const names[] = {
	[GROUP_STANDS] = "-",
	[GROUP_HAS_TO_REJOIN] = "rejoin",
	[GROUP_WAITS_FOR_OTHERS] = "others",
	[GROUP_HAS_TO_SYNC] = "sync",
	[GROUP_WAITS_FOR_ASSIGNMENT] = "assignment",
	[GROUP_HAS_TO_GIVE_UP] = "give up",
	[GROUP_TO_BE_TOLD] = "told",
};

static long ms_of(int64_t ts)
{
	return ts == GROUP_UNKNOWN_TIME ? -1 : (long)((ts - PEER_START) / 1000000);
}

/* "since 9000, 1 joins: m-a rejoin 10000; m-b others 10005, 3 leave" */
static void tell(void *ctx, const struct group_view *v)
{
	char *out = ctx;
	size_t n = (size_t)sprintf(out, "since %ld, %u join:", ms_of(v->rebalancing), v->joining);

	for (size_t i = 0; i < v->n_members; i++) {
		const struct group_view_member *m = &v->members[i];
		int leave = 0;

		for (size_t k = 0; k < m->n_partitions; k++)
			leave += m->partitions[k].leaving;
		n += (size_t)sprintf(out + n, "%s %s %s %ld", i ? ";" : "", m->member, names[m->stand], ms_of(m->stand_since));
		if (leave)
			n += (size_t)sprintf(out + n, ", %d leave", leave);
	}
}

static void check(const struct peer *p, const char *wanted)
{
	char text[512] = "";

	groups_each(p->groups, text, tell);
	assert_string_equal(text, wanted);
}

static void members_rejoin_and_wait_for_the_rest(void **state)
{
	struct scene *s = *state;

	form(s);
	check(s->peer, "since -1, 0 join: m-a - -1; m-b - -1");
	beat(&s->a, 10000, 27);
	check(s->peer, "since 10001, 0 join: m-a rejoin 10001; m-b rejoin -1");
	ask_join(&s->a, 10005, "");
	check(s->peer, "since 10001, 0 join: m-a others 10005; m-b rejoin -1");
	beat(&s->b, 11000, 27);
	check(s->peer, "since 10001, 0 join: m-a others 10005; m-b rejoin 11001");
	ask_join(&s->b, 14000, "");
	joined(&s->a, 14001, 2, "m-a", s->both, 2);
	joined(&s->b, 14002, 2, "m-a", s->both, 2);
	check(s->peer, "since 10001, 0 join: m-a sync 14001; m-b sync 14001");
	ask_sync(&s->b, 14010, NULL, NULL, 0);
	check(s->peer, "since 10001, 0 join: m-a sync 14001; m-b assignment 14010");
	ask_sync(&s->a, 14020, s->both, halves, 2);
	synced(&s->a, 14030, 0, 2);
	synced(&s->b, 14031, 3, 5);
	check(s->peer, "since -1, 0 join: m-a - -1; m-b - -1");
}

static void who_is_new_waits_for_the_members(void **state)
{
	struct scene *s = *state;

	enter(&s->a, 0, "m-a");
	joined(&s->a, 3000, 1, "m-a", s->one, 1);
	ask_sync(&s->a, 3010, s->one, whole, 1);
	synced(&s->a, 3019, 0, 5);
	enter(&s->b, 5000, "m-b");
	groups_advance(s->peer->groups, PEER_START + INT64_C(5300) * 1000000); /* it is not answered at once */
	check(s->peer, "since 5002, 1 join: m-a rejoin -1");
	join_refused(&s->b, 6000, 25);
}

static void partitions_are_waited_for(void **state)
{
	struct scene *s = *state;
	struct client *a = &s->a, *b = &s->b;

	snprintf(a->member, sizeof(a->member), "m-a");
	snprintf(b->member, sizeof(b->member), "m-b");
	metadata(&s->admin, 0, 7, 0);
	enters(a, 100, 2, ALL);
	gives_up(a, 200, 2, ALL, 2);
	goes_on(a, 1100, 2, 2, UNTOLD);
	check(s->peer, "since -1, 0 join: m-a - -1");
	enters(b, 5000, 3, NOTHING);
	check(s->peer, "since 5000, 0 join: m-a told 5002; m-b others 5002");
	goes_on(a, 5300, 2, 2, LOW);
	check(s->peer, "since 5000, 0 join: m-a give up 5302, 3 leave; m-b others 5002");
	goes_on(a, 9300, 2, 2, UNTOLD);
	check(s->peer, "since 5000, 0 join: m-a give up 5302, 3 leave; m-b others 5002");
	gives_up(a, 9700, 2, LOW, 3);
	check(s->peer, "since 5000, 0 join: m-a told 9702; m-b told 5002");
	goes_on(b, 10000, 3, 3, HIGH);
	check(s->peer, "since 5000, 0 join: m-a told 9702; m-b others 10002");
	goes_on(a, 10700, 3, 3, UNTOLD);
	groups_advance(s->peer->groups, PEER_START + INT64_C(11000) * 1000000);
	check(s->peer, "since -1, 0 join: m-a - -1; m-b - -1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(members_rejoin_and_wait_for_the_rest, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(who_is_new_waits_for_the_members, scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(partitions_are_waited_for, scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
