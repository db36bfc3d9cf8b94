/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "reason.h"

static void leaves(void **state)
{
	(void)state;
	assert_int_equal(reason_of_leave("the consumer is being closed")->cause, 7);
	assert_int_equal(reason_of_leave("the consumer unsubscribed from all topics")->cause, 8);
	assert_int_equal(reason_of_leave("consumer poll timeout has expired.")->cause, 9);
	assert_int_equal(reason_of_leave("worker poll timeout has expired.")->cause, 9);
	assert_int_equal(reason_of_leave("taking too long to read the log")->cause, 7);
	assert_null(reason_of_leave(NULL));
	assert_null(reason_of_leave("going home"));
	assert_null(reason_of_leave("the consumer"));
}

static void joins(void **state)
{
	(void)state;
	assert_int_equal(reason_of_join("need to re-join with the given member-id: c-1")->cause, REASON_CONSEQUENCE);
	assert_int_equal(reason_of_join("encountered UNKNOWN_MEMBER_ID from HEARTBEAT response")->cause,
	                 REASON_CONSEQUENCE);
	assert_int_equal(reason_of_join("cached metadata has changed from (version5: {a=3}) to ...")->cause, 5);
	assert_int_equal(reason_of_join("need to revoke partitions and re-join")->cause, 20);
	assert_null(reason_of_join(""));
	assert_null(reason_of_join("moved to a new rack"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(leaves), cmocka_unit_test(joins) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
