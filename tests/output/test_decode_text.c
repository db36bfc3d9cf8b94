/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages for people: one line each, the whole body with -v, and nothing that a terminal would obey.
 */
#include "support.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#define REQUEST "09:43:24.687    3 10.0.0.1:40011 > 10.0.0.2:9092  "
#define RESPONSE "09:43:24.687    3 10.0.0.1:40011 < 10.0.0.2:9092  "

static const struct decode_options plain = { .json = false };

static void test_request(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, plain);
	put_string(&body, "billing");
	put32(&body, 7);
	put_string(&body, "");
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	assert_string_equal(bench_text(&b), REQUEST "Heartbeat v0                      "
	                    "group=billing  generation=7  member=\"\"\n");
	bench_close(&b);
}

static void test_error(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, plain);
	put16(&body, 27);
	m = bench_message(&b, 12, KF_RESPONSE, 0, &body);
	bench_tell(&b, &m);
	assert_string_equal(bench_text(&b), RESPONSE "Heartbeat v0              1.5 ms  "
	                    "error=REBALANCE_IN_PROGRESS(27)\n");
	bench_close(&b);
}

static void test_color(void **state)
{
	struct decode_options o = plain;
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	o.color = true;
	bench_open(&b, o);
	put16(&body, 999);
	m = bench_message(&b, 12, KF_RESPONSE, 0, &body);
	bench_tell(&b, &m);
	assert_string_equal(bench_text(&b), RESPONSE "Heartbeat v0              1.5 ms\033[31m  "
	                    "error=unknown(999)\033[0m\n");
	bench_close(&b);
}

/* Escapes, bidirectional overrides and bytes that are no UTF-8 must not reach the terminal. */
static void test_hostile(void **state)
{
	struct decode_options o = plain;
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	o.verbose = 1;
	bench_open(&b, o);
	put_string(&body, "a\x1b]0;x\x07\xe2\x80\xae\xff\n");
	put32(&body, 7);
	put_string(&body, "two words");
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	m.client_id = (struct kf_bytes){ (const uint8_t *)"\x1b[31m", 5 };
	bench_tell(&b, &m);
	assert_string_equal(bench_text(&b), "2026-11-21 " REQUEST "Heartbeat v0                      "
	                    "group=a\\x1b]0;x\\x07\\u202e\\xff\\n  generation=7  member=\"two words\"\n"
	                    "    frame 12, 39 bytes, correlation 8, client id \\x1b[31m\n"
	                    "    groupId: a\\x1b]0;x\\x07\\u202e\\xff\\n\n"
	                    "    generationId: 7\n"
	                    "    memberId: \"two words\"\n");
	bench_close(&b);
}

static void test_tree(void **state)
{
	struct decode_options o = plain;
	struct maker body = { .len = 0 }, metadata = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	o.verbose = 1;
	bench_open(&b, o);
	put16(&metadata, 0);
	put32(&metadata, 2);
	put_string(&metadata, "orders");
	put_string(&metadata, "");
	put32(&metadata, -1);
	put_string(&body, "g");
	put32(&body, 10000);
	put_string(&body, "");
	put_string(&body, "consumer");
	put32(&body, 2);
	put_string(&body, "range");
	put_blob(&body, &metadata);
	put_string(&body, "mine");
	put_blob(&body, &(struct maker){ .len = 0 });
	m = bench_message(&b, 11, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "group=g  member=\"\"  protocols=range,mine\n"));
	assert_non_null(strstr(bench_text(&b),
	                       "    groupId: g\n"
	                       "    sessionTimeoutMs: 10000\n"
	                       "    memberId: \"\"\n"
	                       "    protocolType: consumer\n"
	                       "    protocols:\n"
	                       "      - name: range\n"
	                       "        metadata: 20 bytes, ConsumerProtocolSubscription v0\n"
	                       "          topics: [orders, \"\"]\n"
	                       "          userData: null\n"
	                       "      - name: mine\n"
	                       "        metadata: 0 bytes\n"));
	bench_close(&b);
}

/* SASL tokens are counted, never shown. */
static void test_secret(void **state)
{
	struct decode_options o = plain;
	struct maker body = { .len = 0 }, token = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	o.verbose = 1;
	bench_open(&b, o);
	put_string(&token, "hunter2");
	put_blob(&body, &token);
	m = bench_message(&b, 36, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "token_bytes=9B\n"));
	assert_non_null(strstr(bench_text(&b), "    authBytes: 9 bytes, not shown\n"));
	assert_null(strstr(bench_text(&b), "hunter"));
	assert_null(strstr(bench_text(&b), "68756e"));
	bench_close(&b);
}

/* What is missing of a cut message is not counted as zero. */
static void test_truncated(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, plain);
	put32(&body, 500); /* five hundred topics, of which none was seen */
	m = bench_message(&b, 3, KF_REQUEST, 0, &body);
	m.status = KAFKA_TRUNCATED;
	m.body.cut = true;
	bench_tell(&b, &m);
	assert_string_equal(bench_text(&b), REQUEST "Metadata v0                       truncated\n");
	bench_close(&b);
}

static void test_opaque(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, plain);
	m = bench_message(&b, 77, KF_REQUEST, 0, &body);
	m.status = KAFKA_UNKNOWN_VERSION;
	m.asked_version = 42;
	m.api_key = 12;
	bench_tell(&b, &m);
	assert_string_equal(bench_text(&b), REQUEST "Heartbeat v42                     unknown-version  10 bytes\n");
	bench_close(&b);
}

static void test_many_values(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, plain);
	put32(&body, 5);
	for (int i = 0; i < 5; i++)
		put_string(&body, "t");
	m = bench_message(&b, 3, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "  topics=t,t,t +2\n"));
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
