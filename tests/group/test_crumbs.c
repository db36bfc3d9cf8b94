/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "crumbs.h"

#define N 20000

static size_t size_of(size_t i)
{
	return 1 + i * 7919 % CRUMBS_MOST;
}

static void crumbs_do_not_overlap(void **state)
{
	struct crumbs c = { .books = NULL };
	unsigned char **p = calloc(N, sizeof(*p));

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < N; i++) {
		p[i] = crumbs_get(&c, size_of(i));
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % CRUMBS_STEP, 0);
		memset(p[i], (int)(i & 255), size_of(i));
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < size_of(i); k++)
			assert_int_equal(p[i][k], i & 255);
	crumbs_free(&c);
	free(p);
}

static void what_was_given_back_is_given_out_again(void **state)
{
	struct crumbs c = { .books = NULL };
	void *a = crumbs_get(&c, 20), *b = crumbs_get(&c, 20), *other = crumbs_get(&c, 64);

	(void)state;
	crumbs_put(a);
	crumbs_put(other);
	assert_ptr_equal(crumbs_get(&c, 17), a); /* 17 to 24 bytes are one size */
	assert_ptr_equal(crumbs_get(&c, 57), other);
	crumbs_put(b);
	assert_ptr_equal(crumbs_get(&c, 24), b);
	assert_ptr_not_equal(crumbs_get(&c, 25), b);
	crumbs_free(&c);
}

static void freed_crumbs_are_empty_and_usable(void **state)
{
	struct crumbs c = { .books = NULL };

	(void)state;
	crumbs_free(&c);
	crumbs_put(crumbs_get(&c, 8));
	crumbs_free(&c);
	assert_non_null(crumbs_get(&c, CRUMBS_MOST));
	crumbs_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crumbs_do_not_overlap),
		cmocka_unit_test(what_was_given_back_is_given_out_again),
		cmocka_unit_test(freed_crumbs_are_empty_and_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
