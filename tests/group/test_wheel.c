/* SPDX-License-Identifier: Apache-2.0
 *
 * The wheel alone: round_timer is replaced by one that counts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "correlator.h"

static int64_t fired_at[8];
static unsigned fired[8];

void round_timer(struct group *g)
{
	size_t i = (size_t)g->generation;

	fired[i]++;
	fired_at[i] = g->owner->now;
}

static void reset(struct groups *gs, struct group *g, size_t n)
{
	memset(gs, 0, sizeof(*gs));
	memset(g, 0, n * sizeof(*g));
	memset(fired, 0, sizeof(fired));
	for (size_t i = 0; i < n; i++) {
		g[i].owner = gs;
		g[i].generation = (int32_t)i;
	}
	gs->now = 1000 * NS_PER_S;
	wheel_advance(gs, gs->now);
}

static void walk(struct groups *gs, int64_t until, int64_t step)
{
	while (gs->now < until) {
		gs->now += step;
		wheel_advance(gs, gs->now);
	}
}

static void fires_once_and_not_before(void **state)
{
	struct groups gs;
	struct group g[2];

	(void)state;
	reset(&gs, g, 2);
	wheel_arm(&gs, &g[0], gs.now + 3 * NS_PER_S);
	wheel_arm(&gs, &g[1], gs.now + 7 * NS_PER_S);
	walk(&gs, 1020 * NS_PER_S, 10 * NS_PER_MS);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 1);
	assert_in_range(fired_at[0] - 1003 * NS_PER_S, 0, 2 * WHEEL_STEP);
	assert_in_range(fired_at[1] - 1007 * NS_PER_S, 0, 2 * WHEEL_STEP);
}

static void the_earlier_of_two_times_stays(void **state)
{
	struct groups gs;
	struct group g[1];

	(void)state;
	reset(&gs, g, 1);
	wheel_arm(&gs, &g[0], gs.now + 9 * NS_PER_S);
	wheel_arm(&gs, &g[0], gs.now + 2 * NS_PER_S);
	wheel_arm(&gs, &g[0], gs.now + 5 * NS_PER_S);
	walk(&gs, 1004 * NS_PER_S, 50 * NS_PER_MS);
	assert_int_equal(fired[0], 1);
	walk(&gs, 1020 * NS_PER_S, 50 * NS_PER_MS);
	assert_int_equal(fired[0], 1);
}

static void a_long_silence_fires_everything(void **state)
{
	struct groups gs;
	struct group g[8];

	(void)state;
	reset(&gs, g, 8);
	for (int i = 0; i < 8; i++)
		wheel_arm(&gs, &g[i], gs.now + (i + 1) * 6 * NS_PER_S);
	walk(&gs, 5000 * NS_PER_S, 3999 * NS_PER_S);
	walk(&gs, gs.now + NS_PER_S, WHEEL_STEP);
	for (int i = 0; i < 8; i++)
		assert_int_equal(fired[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fires_once_and_not_before),
		cmocka_unit_test(the_earlier_of_two_times_stays),
		cmocka_unit_test(a_long_silence_fires_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
