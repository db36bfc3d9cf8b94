/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/pool.h>

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_reuse(void **state)
{
	struct pool *p = pool_new(24, 4);
	void *a = pool_get(p), *b = pool_get(p);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	pool_put(p, a);
	pool_put(p, NULL);
	assert_int_equal(pool_used(p), 1);
	assert_ptr_equal(pool_get(p), a);
	assert_int_equal(pool_used(p), 2);
	pool_free(p);
	pool_free(NULL);
}

/* Objects do not overlap, are aligned, and the memory grows by slabs only. */
static void test_objects(void **state)
{
	enum { COUNT = 1000 };
	static const size_t sizes[] = { 1, 8, 9, 16, 33, 200 };
	unsigned char *object[COUNT];

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		size_t size = sizes[s];
		struct pool *p = pool_new(size, 64);
		for (size_t i = 0; i < COUNT; i++) {
			object[i] = pool_get(p);
			memset(object[i], (int)(i & 0xff), size);
			assert_int_equal((uintptr_t)object[i] % alignof(void *), 0);
			assert_true(size < alignof(max_align_t) || (uintptr_t)object[i] % alignof(max_align_t) == 0);
		}
		for (size_t i = 0; i < COUNT; i++)
			for (size_t k = 0; k < size; k++)
				assert_int_equal(object[i][k], i & 0xff);
		size_t memory = pool_memory(p);
		assert_true(memory >= COUNT * size);
		assert_true(memory <= 1024 * (size + 16) + 16 * 64);
		for (size_t i = 0; i < COUNT; i++)
			pool_put(p, object[i]);
		for (size_t i = 0; i < COUNT; i++)
			assert_non_null(pool_get(p));
		assert_int_equal(pool_memory(p), memory);
		assert_int_equal(pool_used(p), COUNT);
		pool_free(p);
	}
}

static void test_limits(void **state)
{
	(void)state;
	assert_null(pool_new(SIZE_MAX, 1));
	assert_null(pool_new(SIZE_MAX / 8, 100));
	assert_null(pool_new(8, SIZE_MAX / 2));
	assert_null(pool_new(8, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
