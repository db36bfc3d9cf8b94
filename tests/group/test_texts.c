/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlator.h"
#include "texts.h"

static struct kf_bytes bytes(const char *s)
{
	return (struct kf_bytes){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static void a_shared_text_lives_as_long_as_its_last_holder(void **state)
{
	const char *a = text_copy(bytes("member-1")), *b = text_share(a);

	(void)state;
	assert_ptr_equal(a, b);
	text_free(a);
	assert_string_equal(b, "member-1");
	text_free(b);
	assert_null(text_share(NULL));
	text_free(NULL);
}

static void wire_bytes_end_at_a_nul(void **state)
{
	const char *t = text_copy((struct kf_bytes){ (const uint8_t *)"ab\0c", 4 });

	(void)state;
	assert_string_equal(t, "ab");
	text_free(t);
	assert_null(text_copy((struct kf_bytes){ NULL, 0 }));
}

static void set_replaces_only_what_differs(void **state)
{
	const char *slot = NULL, *first;

	(void)state;
	text_set(&slot, bytes("range"));
	first = slot;
	text_set(&slot, bytes("range"));
	assert_ptr_equal(slot, first);
	text_set(&slot, (struct kf_bytes){ NULL, 0 });
	assert_ptr_equal(slot, first);
	text_set(&slot, bytes("sticky"));
	assert_string_equal(slot, "sticky");
	text_free(slot);
}

static void common_texts_are_kept_once_and_within_bounds(void **state)
{
	struct groups *gs = calloc(1, sizeof(*gs));
	const char *kept[1000], *again;
	char text[32];

	(void)state;
	assert_non_null(gs);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "reason %zu", i);
		kept[i] = text_common(gs, bytes(text));
		again = text_common(gs, bytes(text));
		assert_ptr_equal(kept[i], again);
		text_free(again);
	}
	for (size_t i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "reason %zu", i);
		assert_string_equal(kept[i], text);
		text_free(kept[i]);
	}
	texts_free(&gs->texts);
	free(gs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shared_text_lives_as_long_as_its_last_holder),
		cmocka_unit_test(wire_bytes_end_at_a_nul),
		cmocka_unit_test(set_replaces_only_what_differs),
		cmocka_unit_test(common_texts_are_kept_once_and_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
