/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
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

/* What printf would make of it, whichever way it is made. */
static void text_is_as_printf_has_it(void **state)
{
	struct scratch s = { NULL };
	char longest[600], want[800];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t n = 240; n < sizeof(longest); n += 7) {
		snprintf(want, sizeof(want), "a %s b", longest + n);
		assert_string_equal(scratch_text(&s, "a %s b", longest + n), want);
	}
	assert_string_equal(scratch_text(&s, "%s%s", "", ""), "");
	assert_string_equal(scratch_text(&s, "%u, %zu of %s", 4294967295u, SIZE_MAX, "all"), "4294967295, 18446744073709551615 of all");
	assert_string_equal(scratch_text(&s, "%s is at 100 %%", "it"), "it is at 100 %");
	assert_string_equal(scratch_text(&s, "%s %.1f %d %.*s", "a", 1.25, -3, 2, "bcd"), "a 1.2 -3 bc");
	assert_string_equal(scratch_text(&s, "%u%%", 0u), "0%");
	scratch_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_large_piece_has_its_own_block),
		cmocka_unit_test(text_is_as_printf_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
