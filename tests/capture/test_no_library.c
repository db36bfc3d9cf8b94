/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed captures where the library that reads them is not installed.
 */
#include "unpack_library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void says_what_to_install(void **state)
{
	char err[200];

	(void)state;
	assert_null(unpack_library_open(err, sizeof(err)));
	assert_non_null(strstr(err, "libarchive-is-missing.so.13"));
	assert_non_null(strstr(err, "libarchive13"));
	assert_non_null(strstr(err, "decompress the file first"));
	unpack_library_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(says_what_to_install) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
