/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "visibility.h"

static const struct net_endpoint here = { .addr = { 10, 0, 0, 1 }, .port = 9092, .family = 4 };
static const struct net_endpoint there = { .addr = { 10, 0, 0, 2 }, .port = 9092, .family = 4 };

static void only_what_overlaps_and_concerns(void **state)
{
	struct visibility v;

	(void)state;
	visibility_init(&v);
	assert_false(visibility_hidden(&v, 0, 100, NULL));
	visibility_gap(&v, 50, 60, &here);
	assert_true(visibility_hidden(&v, 0, 50, &here));
	assert_true(visibility_hidden(&v, 60, 70, &here));
	assert_false(visibility_hidden(&v, 61, 70, &here));
	assert_false(visibility_hidden(&v, 0, 49, &here));
	assert_false(visibility_hidden(&v, 0, 100, &there));
	assert_true(visibility_hidden(&v, 0, 100, NULL));
	visibility_gap(&v, 200, 210, NULL);
	assert_true(visibility_hidden(&v, 205, 206, &there));
}

static void what_was_forgotten_is_not_called_clear(void **state)
{
	struct visibility v;

	(void)state;
	visibility_init(&v);
	for (int64_t i = 0; i < 2 * VISIBILITY_GAPS; i++)
		visibility_gap(&v, i * 10, i * 10 + 1, &here);
	assert_true(visibility_hidden(&v, 5, 6, &there));
	assert_false(visibility_hidden(&v, 20 * VISIBILITY_GAPS, 20 * VISIBILITY_GAPS + 1, &here));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_overlaps_and_concerns),
		cmocka_unit_test(what_was_forgotten_is_not_called_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
