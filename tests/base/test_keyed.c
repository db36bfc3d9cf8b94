/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/keyed.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct keyed *keys(void)
{
	struct keyed *k = malloc(sizeof(*k));

	assert_non_null(k);
	if (!keyed_init(k)) {
		free(k);
		skip();
	}
	return k;
}

static void every_byte_counts(void **state)
{
	struct keyed *k = keys();
	uint8_t bytes[KEYED_MOST];
	uint64_t before;

	(void)state;
	for (uint32_t size = KEYED_LEAST; size <= KEYED_MOST; size += size < 70 || size >= KEYED_MOST - 20 ? 1 : 131) {
		for (uint32_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(i * 37 + size);
		before = keyed_digest(k, 5, bytes, size);
		assert_true(keyed_digest(k, 6, bytes, size) != before);
		for (uint32_t i = 0; i < size; i++) {
			bytes[i] ^= 1;
			assert_true(keyed_digest(k, 5, bytes, size) != before);
			bytes[i] ^= 1;
		}
		assert_true(keyed_digest(k, 5, bytes, size) == before);
	}
	free(k);
}

static void where_bytes_are_counts(void **state)
{
	struct keyed *k = keys();
	uint8_t bytes[64] = { 0 };
	uint64_t seen[64];

	(void)state;
	for (int i = 0; i < 64; i++) {
		bytes[i] = 1;
		seen[i] = keyed_digest(k, 0, bytes, sizeof(bytes));
		bytes[i] = 0;
		for (int j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	free(k);
}

static void keys_differ_between_runs(void **state)
{
	struct keyed *a = keys(), *b = keys();

	(void)state;
	assert_memory_not_equal(a, b, sizeof(*a));
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(where_bytes_are_counts),
		cmocka_unit_test(keys_differ_between_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
