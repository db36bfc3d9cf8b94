/* SPDX-License-Identifier: Apache-2.0
 *
 * What decode leaves out, and what it counts.
 */
#include "support.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

/* A heartbeat of a group and its answer; true when both, none, or only the answer were shown. */
enum shown { NONE, REQUEST_ONLY, RESPONSE_ONLY, BOTH };

static enum shown exchange(struct decode_options o, const char *group, int error)
{
	struct maker ask = { .len = 0 }, answer = { .len = 0 };
	struct kafka_message m;
	struct bench b;
	enum shown shown;

	o.json = true;
	bench_open(&b, o);
	put_string(&ask, group);
	put32(&ask, 7);
	put_string(&ask, "m");
	put16(&answer, error);
	m = bench_message(&b, 12, KF_REQUEST, 0, &ask);
	bench_tell(&b, &m);
	m = bench_message(&b, 12, KF_RESPONSE, 0, &answer);
	bench_tell(&b, &m);
	shown = (enum shown)((strstr(bench_text(&b), "\"request\"") ? REQUEST_ONLY : NONE) |
	                     (strstr(bench_text(&b), "\"response\"") ? RESPONSE_ONLY : NONE));
	bench_close(&b);
	return shown;
}

static void test_group(void **state)
{
	(void)state;
	assert_int_equal(exchange((struct decode_options){ .group = "billing" }, "billing", 0), BOTH);
	assert_int_equal(exchange((struct decode_options){ .group = "billing" }, "billing2", 0), NONE);
	assert_int_equal(exchange((struct decode_options){ .group = "" }, "billing", 0), NONE);
}

static void test_errors(void **state)
{
	struct decode_options o = { .errors_only = true, .group = "billing" };

	(void)state;
	assert_int_equal(exchange((struct decode_options){ .errors_only = true }, "g", 0), NONE);
	assert_int_equal(exchange((struct decode_options){ .errors_only = true }, "g", 27), RESPONSE_ONLY);
	assert_int_equal(exchange(o, "billing", 27), RESPONSE_ONLY);
	assert_int_equal(exchange(o, "other", 27), NONE);
}

/* The line of an error has what was asked, in text and in JSON. */
static void test_errors_tell_what_was_asked(void **state)
{
	(void)state;
	for (int as_json = 0; as_json < 2; as_json++) {
		struct maker ask = { .len = 0 }, answer = { .len = 0 };
		struct kafka_message m;
		struct bench b;

		bench_open(&b, (struct decode_options){ .json = as_json, .errors_only = true });
		put_string(&ask, "billing");
		put32(&ask, 7);
		put_string(&ask, "m");
		put16(&answer, 27);
		m = bench_message(&b, 12, KF_REQUEST, 0, &ask);
		bench_tell(&b, &m);
		m = bench_message(&b, 12, KF_RESPONSE, 0, &answer);
		bench_tell(&b, &m);
		if (as_json)
			assert_non_null(strstr(bench_text(&b), ",\"blobs\":[],\"asked\":{\"frame\":12,\"facts\":"
			                                       "\"group=billing  generation=7  member=m\"}}\n"));
		else
			assert_non_null(strstr(bench_text(&b), "  error=REBALANCE_IN_PROGRESS(27)  asked: group=billing  "
			                                       "generation=7  member=m\n"));
		assert_int_equal(b.note, 0); /* nothing is kept of a request that was answered */
		bench_close(&b);
	}
}

static void test_header(void **state)
{
	(void)state;
	assert_int_equal(exchange((struct decode_options){ .apis = { 1 << 12 } }, "g", 0), BOTH);
	assert_int_equal(exchange((struct decode_options){ .apis = { 1 << 11 } }, "g", 0), NONE);
	assert_int_equal(exchange((struct decode_options){ .apis = { 0, 1 } }, "g", 0), NONE);
	assert_int_equal(exchange((struct decode_options){ .client_id = "c2" }, "g", 0), BOTH);
	assert_int_equal(exchange((struct decode_options){ .client_id = "c" }, "g", 0), NONE);
	assert_int_equal(exchange((struct decode_options){ .connection = 3 }, "g", 0), BOTH);
	assert_int_equal(exchange((struct decode_options){ .connection = 4 }, "g", 0), NONE);
}

/* Bodies are asked for where they can be shown, or say what later blobs are. */
static void test_want(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, (struct decode_options){ .apis = { 1 << 14 } });
	assert_int_equal(b.sink.want(b.sink.ctx, 14, KF_RESPONSE), KAFKA_WANT_BODY);
	assert_int_equal(b.sink.want(b.sink.ctx, 11, KF_REQUEST), KAFKA_WANT_BODY);
	assert_int_equal(b.sink.want(b.sink.ctx, 11, KF_RESPONSE), KAFKA_WANT_BODY);
	assert_int_equal(b.sink.want(b.sink.ctx, 14, KF_RESPONSE), KAFKA_WANT_BODY);
	assert_int_equal(b.sink.want(b.sink.ctx, 15, KF_RESPONSE), KAFKA_WANT_NOTHING);
	assert_int_equal(b.sink.want(b.sink.ctx, 0, KF_REQUEST), KAFKA_WANT_NOTHING);
	bench_close(&b);
}

static void test_summary(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, (struct decode_options){ .json = true, .verbose = 1 });
	put16(&body, 0);
	m = bench_message(&b, 12, KF_RESPONSE, 0, &body);
	bench_tell(&b, &m);
	m.status = KAFKA_UNKNOWN_API;
	bench_tell(&b, &m);
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	b.sink.dropped(b.sink.ctx, &b.conn, 12, b.note);
	b.conn.kind = KAFKA_TLS;
	b.sink.connection(b.sink.ctx, &b.conn, KAFKA_CONN_ENDED, KF_REQUEST, 0, 0);
	decode_finish(b.decode);
	fflush(b.err_file);
	assert_string_equal(b.err, "regroup: 3 messages on 1 connection, 1 of an unknown API or version, 1 malformed, "
	                           "1 request unanswered, 1 connection opaque\n"
	                           "regroup: no answer: Heartbeat request in frame 12 of connection 3\n");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_errors_tell_what_was_asked),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_want),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
