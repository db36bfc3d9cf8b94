/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "scratch.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct scratch s = { NULL };
	unsigned char *last = NULL;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 1; i < 2000; i++) {
			unsigned char *p = scratch_alloc(&s, i);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < i; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xaa, i);
			if (last)
				assert_true(last != p);
			last = p;
		}
		scratch_reset(&s);
	}
	scratch_free(&s);
}

static void a_large_piece_has_its_own_block(void **state)
{
	struct scratch s = { NULL };

	(void)state;
	assert_non_null(scratch_alloc(&s, 1 << 20));
	assert_null(scratch_alloc(&s, SIZE_MAX - 3));
	assert_string_equal(scratch_text(&s, "%d members", 12), "12 members");
	scratch_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_large_piece_has_its_own_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
