/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "ptable.h"

struct entry {
	struct pkey key;
	int value;
};

static void what_is_put_is_found(void **state)
{
	struct ptable t;

	(void)state;
	ptable_init(&t, sizeof(struct entry));
	assert_null(ptable_find(&t, 0, 0));
	for (uint32_t topic = 0; topic < 20; topic++)
		for (int32_t p = -1; p < 200; p++) {
			struct entry *e = ptable_get(&t, topic, p, UINT32_MAX);

			assert_non_null(e);
			assert_int_equal(e->value, 0);
			e->value = (int)topic * 1000 + p;
		}
	assert_int_equal(t.n, 20 * 201);
	for (uint32_t topic = 0; topic < 20; topic++)
		for (int32_t p = -1; p < 200; p++)
			assert_int_equal(((struct entry *)ptable_find(&t, topic, p))->value, (int)topic * 1000 + p);
	assert_null(ptable_find(&t, 20, 0));
	assert_null(ptable_find(&t, 0, 200));
	assert_int_equal(((struct entry *)ptable_at(&t, 202))->key.topic, 1);
	ptable_free(&t);
	assert_null(ptable_find(&t, 0, 0));
}

/* Wherever it is said to be. */
static void what_is_looked_for_somewhere_is_found(void **state)
{
	struct ptable t;
	uint32_t at = 0;

	(void)state;
	ptable_init(&t, sizeof(struct entry));
	assert_null(ptable_find_at(&t, 0, 0, &at));
	for (int32_t p = 0; p < 50; p++)
		assert_non_null(ptable_get(&t, (uint32_t)p % 3, p, UINT32_MAX));
	for (int32_t p = 0; p < 50; p++) /* one behind the other */
		assert_ptr_equal(ptable_find_at(&t, (uint32_t)p % 3, p, &at), ptable_at(&t, (uint32_t)p));
	assert_int_equal(at, 50);
	for (uint32_t guess = 0; guess < 60; guess++)
		for (int32_t p = 0; p < 50; p++) {
			at = guess;
			assert_ptr_equal(ptable_find_at(&t, (uint32_t)p % 3, p, &at), ptable_find(&t, (uint32_t)p % 3, p));
			assert_int_equal(at, p + 1);
			at = guess;
			assert_null(ptable_find_at(&t, (uint32_t)p % 3 + 1, p, &at));
			assert_int_equal(at, guess);
		}
	ptable_free(&t);
}

static void there_is_no_more_than_allowed(void **state)
{
	struct ptable t;

	(void)state;
	ptable_init(&t, sizeof(struct entry));
	assert_non_null(ptable_get(&t, 1, 1, 2));
	assert_non_null(ptable_get(&t, 1, 2, 2));
	assert_null(ptable_get(&t, 1, 3, 2));
	assert_non_null(ptable_get(&t, 1, 2, 2)); /* is there already */
	ptable_free(&t);
}

static bool is_odd(const void *entry, const void *ctx)
{
	const struct entry *e = entry;

	(void)ctx;
	return e->key.partition % 2 != 0;
}

static void what_is_sifted_out_is_gone(void **state)
{
	struct ptable t;

	(void)state;
	ptable_init(&t, sizeof(struct entry));
	for (int32_t p = 0; p < 101; p++)
		((struct entry *)ptable_get(&t, 7, p, UINT32_MAX))->value = p;
	ptable_sift(&t, is_odd, NULL);
	assert_int_equal(t.n, 51);
	for (int32_t p = 0; p < 101; p++) {
		struct entry *e = ptable_find(&t, 7, p);

		if (p % 2)
			assert_null(e);
		else
			assert_int_equal(e->value, p);
	}
	assert_int_equal(((struct entry *)ptable_at(&t, 50))->value, 100);
	ptable_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found),
		cmocka_unit_test(what_is_looked_for_somewhere_is_found),
		cmocka_unit_test(there_is_no_more_than_allowed),
		cmocka_unit_test(what_is_sifted_out_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
