/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that is told can be explained: events, what becomes of members, producers and transactions, storms, errors.
 */
#include <regroup/output.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t found(const char *what)
{
	size_t i;

	if (!explain_find(what, &i))
		fail_msg("regroup explain does not know '%s'", what);
	return i;
}

static void events(void **state)
{
	(void)state;
	for (int t = 0; t < GROUP_EVENT_TYPES; t++)
		found(group_event_name((enum group_event_type)t));
	for (int c = 0; c <= GROUP_REPLACED; c++)
		found(group_change_name((enum group_change)c));
	for (int w = 0; w < GROUP_ADMIN_WHATS; w++)
		found(group_admin_what_name((enum group_admin_what)w));
	for (int w = 0; w < GROUP_PRODUCER_WHATS; w++)
		found(group_producer_what_name((enum group_producer_what)w));
	for (int w = 0; w < GROUP_TRANSACTION_WHATS; w++)
		found(group_transaction_what_name((enum group_transaction_what)w));
	for (int k = 1; k < GROUP_STORM_CLASSES; k++)
		found(group_storm_name((enum group_storm_class)k));
	for (uint8_t id = 0; id <= 21; id++)
		assert_int_equal(found(group_cause_name(id)), id);
}

/* Errors that members and producers are told with are found by name and by code, and mean the same thing. */
static void error_codes(void **state)
{
	static const int16_t codes[] = { 3, 5, 6, 14, 15, 16, 22, 23, 24, 25, 26, 27, 30, 45, 46, 47, 56, 59, 68, 74, 75, 81,
		                         82, 90, 110, 111, 112, 113, 120, 128, 130, 131, 132 };
	char number[12];

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		snprintf(number, sizeof number, "%d", codes[i]);
		assert_int_equal(found(number), found(kf_error_name(codes[i])));
	}
}

/* No name leads to two texts, no text is a stub. */
static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < explain_count(); i++) {
		const char *other;
		size_t size = 0;
		char *text;
		FILE *out;

		assert_int_equal(found(explain_name(i)), i);
		for (size_t k = 0; (other = explain_other_name(i, k)) != NULL; k++)
			if (found(other) != i)
				fail_msg("'%s' of '%s' is '%s'", other, explain_name(i), explain_name(found(other)));
		out = open_memstream(&text, &size);
		explain_print(out, i, false, false);
		fclose(out);
		assert_non_null(strstr(text, "  means "));
		assert_non_null(strstr(text, "  on the wire "));
		assert_non_null(strstr(text, "  change "));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
