/* SPDX-License-Identifier: Apache-2.0
 *
 * The message tables for reading.
 */
#include <regroup/dissect.h>
#include <regroup/json.h>
#include <regroup/output.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ALL = -1 };

/* To be freed. */
static char *print(int key, int version, bool json)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	if (key == ALL)
		apis_list(out, json, false);
	else
		apis_describe(out, (int16_t)key, version, json, false);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void test_list(void **arg)
{
	char *text = print(ALL, ALL, false);
	size_t lines = 0;

	(void)arg;
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 96);
	says(text, "\n 11  JoinGroup                              0-9      6+       0-5:1 6+:2      0-5:0 6+:1      yes\n");
	says(text, "\n  7  ControlledShutdown                     0-3      3+       0:0 1-2:1 3:2   0-2:0 3:1\n");
	says(text, "\n 17  SaslHandshake                          0-1      never    0+:1            0+:0\n");
	says(text, "\n 18  ApiVersions                            0-5      3+       0-2:1 3+:2      0+:0\n");
	free(text);
}

static void test_fields(void **arg)
{
	char *text = print(1, ALL, false);

	(void)arg;
	says(text, "Fetch: key 1, versions 0-18, flexible from 12\n");
	says(text, "\nrequest, header 0-11:1 12+:2\n");
	says(text, "\n  clusterId                               string    12+       12+    0    null\n");
	says(text, "\n    partitions                            []struct  0+\n");
	says(text, "\n      currentLeaderEpoch                  int32     9+                    -1\n");
	says(text, "\n    topic                                 string    0-12\n");
	free(text);
}

static void test_one_version(void **arg)
{
	char *text = print(11, 4, false);

	(void)arg;
	says(text, "JoinGroup: key 11, version 4 of versions 0-9, flexible from 6, about groups\n");
	says(text, "\nrequest, header 1\n");
	says(text, "\n  rebalanceTimeoutMs ");
	assert_null(strstr(text, "groupInstanceId"));
	assert_null(strstr(text, "skipAssignment"));
	free(text);
}

static void check_json(char *text, size_t expected)
{
	size_t lines = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
		assert_true(json_check(line, strlen(line)));
	assert_int_equal(lines, expected);
	free(text);
}

static void test_json(void **arg)
{
	char *text;

	(void)arg;
	check_json(print(ALL, ALL, true), 95);
	for (int key = 0; key < APIS_KEYS; key++)
		if (kf_message((int16_t)key, KF_REQUEST))
			check_json(print(key, ALL, true), 2);
	text = print(11, ALL, true);
	says(text, "{\"name\":\"reason\",\"type\":\"string\",\"first\":8,\"last\":9,\"null_first\":8,\"null_last\":9,"
	           "\"default\":\"null\"}");
	says(text, "{\"name\":\"protocols\",\"type\":\"array\",\"element\":\"struct\",\"first\":0,\"last\":9,\"fields\":[");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_one_version),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
