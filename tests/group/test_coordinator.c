/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "coordinator.h"

static void a_group_has_its_partition(void **state)
{
	(void)state;
	assert_int_equal(coordinator_partition("my-group", 50), 12);
	assert_int_equal(coordinator_partition("orders", 50), 31);
	assert_int_equal(coordinator_partition("connect-cluster", 50), 13);
	assert_int_equal(coordinator_partition("schema-registry", 50), 29);
	assert_int_equal(coordinator_partition("polygenelubricants", 50), 0); /* hash -2^31 */
	assert_int_equal(coordinator_partition("", 50), 0);
	assert_int_equal(coordinator_partition("orders", 1), 0);
}

/* The hash is over UTF-16 units: "é" is 233, "€" 8364, U+1F600 the pair 55357, 56832. */
static void names_need_not_be_ascii(void **state)
{
	(void)state;
	assert_int_equal(coordinator_partition("\xc3\xa9", 50), 233 % 50);
	assert_int_equal(coordinator_partition("\xe2\x82\xac", 50), 8364 % 50);
	assert_int_equal(coordinator_partition("\xf0\x9f\x98\x80", 50), (55357 * 31 + 56832) % 50);
}

/* What is not UTF-8 counts byte by byte as U+FFFD, and nothing is read beyond the end. */
static void bytes_need_not_be_text(void **state)
{
	const int one = 0xfffd % 50, two = (0xfffd * 31 + 0xfffd) % 50;

	(void)state;
	assert_int_equal(coordinator_partition("\xff", 50), one);
	assert_int_equal(coordinator_partition("\xe2", 50), one);
	assert_int_equal(coordinator_partition("\xe2\x82", 50), two);
	assert_int_equal(coordinator_partition("\xc0\x80", 50), two);
	assert_int_equal(coordinator_partition("\xed\xa0", 50), two);
	assert_int_equal(coordinator_partition("\x80", 50), one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_has_its_partition),
		cmocka_unit_test(names_need_not_be_ascii),
		cmocka_unit_test(bytes_need_not_be_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
