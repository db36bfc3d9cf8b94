/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a group is behind, in the verdict on it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/group.h>
#include <regroup/output.h>

static struct why *verdict;
static FILE *file;
static char *text;
static size_t text_len;

static void begin(bool json)
{
	const struct why_options options = { .out = file = open_memstream(&text, &text_len), .json = json };
	struct group_event e = { .type = GROUP_EVENT_MEMBER, .ts = 0, .group = "billing" };

	assert_non_null(file);
	verdict = why_new(&options);
	assert_non_null(verdict);
	e.member = (struct group_member_event){ .event = GROUP_JOINED, .member = "m1", .client_id = "pay-1" };
	why_event(verdict, &e);
}

static void end(void)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = 0 };

	e.summary.captured_from = 0;
	e.summary.captured_to = INT64_C(60000000000);
	why_event(verdict, &e);
	why_free(verdict);
	fclose(file);
}

/* Twelve partitions: 0 is not known, the others are as many messages behind as their number, times ten. */
static void view(int64_t behind)
{
	struct group_view_partition p[12];
	const struct group_view_member m = {
		.member = "m1", .client_id = "pay-1", .host = "10.0.0.3", .assignment_known = true, .partitions = p,
		.n_partitions = 12
	};
	struct group_view v = { .name = "billing", .members = &m, .n_members = 1, .lag = 0, .partitions = 12 };

	for (int i = 0; i < 12; i++) {
		p[i] = (struct group_view_partition){
			.topic = "orders", .partition = i, .committed = i ? 100 : -1, .high_watermark = 100 + behind * i,
			.lag = i ? behind * i : -1
		};
		v.lag += i ? p[i].lag : 0;
	}
	v.lag_known = 11;
	v.commits = 3;
	v.commits_refused = 1;
	v.commit_latency = 2000000;
	v.commit_latency_most = 5000000;
	why_view(verdict, &v);
	v.name = "unheard"; /* nothing happened in it: no verdict */
	why_view(verdict, &v);
}

static void has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

static void lag_is_told(void **state)
{
	(void)state;
	begin(false);
	view(10);
	end();
	has("lag         660 messages behind at the end, known of 11 of 12 partitions; most\n");
	has("orders 11, 110 messages, of pay-1\n");
	has("commits     3 commits, answered after 2 ms on average, 5 ms at most\n");
	has("unheard"); /* it did nothing, and is named at the end */
	free(text);
}

static void no_lag_is_told_too(void **state)
{
	(void)state;
	begin(false);
	view(10);
	view(0); /* the latest look counts */
	end();
	has("lag         none at the end, known of 11 of 12 partitions\n");
	assert_null(strstr(text, "most orders"));
	free(text);
}

static void unknown_lag_is_not(void **state)
{
	(void)state;
	begin(false);
	end();
	assert_null(strstr(text, "  lag "));
	free(text);
}

static void the_worst_come_first(void **state)
{
	const char *at;

	(void)state;
	begin(true);
	view(10);
	end();
	has("\"lag\":660,\"lag_partitions_known\":11,\"partitions\":12,\"most_behind\":[{\"topic\":\"orders\",\"partition\":11,"
	    "\"client_id\":\"pay-1\",\"host\":\"10.0.0.3\",\"committed\":100,\"high_watermark\":210,\"lag\":110},");
	at = strstr(text, "\"lag\":40}]"); /* eight of them */
	assert_non_null(at);
	has("\"commits\":3,\"commits_refused\":1,\"commit_latency_ms\":2.0,\"commit_latency_most_ms\":5.0,");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lag_is_told),
		cmocka_unit_test(no_lag_is_told_too),
		cmocka_unit_test(unknown_lag_is_not),
		cmocka_unit_test(the_worst_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
