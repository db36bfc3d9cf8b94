/* SPDX-License-Identifier: Apache-2.0
 *
 * Blobs inside blobs, of groups of each type, and how it becomes known what they are.
 */
#include "support.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct decode_options json = { .json = true };

static void put_bytes(struct maker *m, const char *text)
{
	struct maker blob = { .len = 0 };

	for (; *text; text++)
		put8(&blob, *text);
	put_blob(m, &blob);
}

static void subscription(struct maker *m, const struct maker *user_data)
{
	put16(m, 0);
	put32(m, 1);
	put_string(m, "orders");
	put_blob(m, user_data);
}

static void assignment(struct maker *m, const struct maker *user_data)
{
	put16(m, 0);
	put32(m, 1);
	put_string(m, "orders");
	put32(m, 1);
	put32(m, 3);
	put_blob(m, user_data);
}

/* JoinGroup v0 of group "g". */
static void join(struct bench *b, const char *type, const char *name, const struct maker *metadata)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;

	put_string(&body, "g");
	put32(&body, 10000);
	put_string(&body, "m-1");
	put_string(&body, type);
	put32(&body, 1);
	put_string(&body, name);
	put_blob(&body, metadata);
	m = bench_message(b, 11, KF_REQUEST, 0, &body);
	bench_tell(b, &m);
}

static void joined(struct bench *b, const char *name, const struct maker *metadata)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;

	put16(&body, 0);
	put32(&body, 1);
	put_string(&body, name);
	put_string(&body, "m-1");
	put_string(&body, "m-1");
	put32(&body, 1);
	put_string(&body, "m-1");
	put_blob(&body, metadata);
	m = bench_message(b, 11, KF_RESPONSE, 0, &body);
	bench_tell(b, &m);
}

/* SyncGroup v0 and its answer: neither says what it holds. */
static void sync_group(struct bench *b, const struct maker *given)
{
	struct maker ask = { .len = 0 }, answer = { .len = 0 };
	struct kafka_message m;

	put_string(&ask, "g");
	put32(&ask, 1);
	put_string(&ask, "m-1");
	put32(&ask, 1);
	put_string(&ask, "m-1");
	put_blob(&ask, given);
	m = bench_message(b, 14, KF_REQUEST, 0, &ask);
	bench_tell(b, &m);
	put16(&answer, 0);
	put_blob(&answer, given);
	m = bench_message(b, 14, KF_RESPONSE, 0, &answer);
	bench_tell(b, &m);
}

static void says(struct bench *b, const char *part)
{
	if (!strstr(bench_text(b), part))
		fail_msg("no %s in\n%s", part, bench_text(b));
}

#define STICKY "\"type\":\"StickyUserData\",\"version\":1,\"value\":{\"previousAssignment\":[{\"topic\":\"orders\"," \
	       "\"partitions\":[3]}],\"generation\":17}}]}\n"

static void sticky_data(struct maker *m)
{
	put32(m, 1);
	put_string(m, "orders");
	put32(m, 1);
	put32(m, 3);
	put32(m, 17);
}

static void test_sticky(void **state)
{
	struct maker data = { .len = 0 }, metadata = { .len = 0 }, given = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	sticky_data(&data);
	subscription(&metadata, &data);
	assignment(&given, &data);
	join(&b, "consumer", "sticky", &metadata);
	says(&b, "{\"path\":\"protocols[0].metadata\",\"type\":\"ConsumerProtocolSubscription\",\"version\":0,");
	says(&b, "}},{\"path\":\"protocols[0].metadata.userData\"," STICKY);
	joined(&b, "sticky", &metadata);
	says(&b, "}},{\"path\":\"members[0].metadata.userData\"," STICKY);
	sync_group(&b, &given);
	says(&b, "}},{\"path\":\"assignments[0].assignment.userData\"," STICKY);
	says(&b, "}},{\"path\":\"assignment.userData\"," STICKY);
	bench_close(&b);
}

/* The same bytes of an assignor that nobody knows, or that was never named. */
static void test_user_data_of_others(void **state)
{
	struct maker data = { .len = 0 }, metadata = { .len = 0 }, given = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	sticky_data(&data);
	subscription(&metadata, &data);
	assignment(&given, &data);
	sync_group(&b, &given);
	join(&b, "consumer", "range", &metadata);
	joined(&b, "range", &metadata);
	sync_group(&b, &given);
	assert_null(strstr(bench_text(&b), "Sticky"));
	assert_null(strstr(bench_text(&b), "userData\",\"type\""));
	bench_close(&b);
}

static void test_cooperative(void **state)
{
	struct maker data = { .len = 0 }, metadata = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put32(&data, 5);
	subscription(&metadata, &data);
	join(&b, "consumer", "cooperative-sticky", &metadata);
	says(&b, "\"type\":\"StickyUserData\",\"version\":0,\"value\":{\"generation\":5}}]}\n");
	bench_close(&b);
}

static void test_streams(void **state)
{
	struct maker data = { .len = 0 }, given = { .len = 0 }, none = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put32(&data, 7);
	put32(&data, 11);
	put32(&data, 1); /* active tasks */
	put32(&data, 0);
	put32(&data, 2);
	for (int i = 0; i < 5; i++)
		put32(&data, 0);
	put64(&data, 1795256477643);
	assignment(&given, &data);
	join(&b, "consumer", "stream", &none);
	joined(&b, "stream", &none);
	sync_group(&b, &given);
	says(&b, "{\"path\":\"assignment.userData\",\"type\":\"StreamsAssignment\",\"version\":7,\"value\":{"
	         "\"commonlySupportedVersion\":11,\"activeTasks\":[{\"topicGroupId\":0,\"partition\":2}],"
	         "\"standbyTasks\":[],\"topicNames\":[],\"activeByHost\":[],\"standbyByHost\":[],\"errorCode\":0,"
	         "\"nextRebalanceMs\":1795256477643}}]}\n");
	bench_close(&b);
}

static void test_connect(void **state)
{
	struct maker inner = { .len = 0 }, metadata = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put16(&inner, 1);
	put16(&inner, 0);
	put_string(&inner, "leader");
	put_string(&inner, "http://a");
	put64(&inner, 4);
	put32(&inner, 1);
	put_string(&inner, "file");
	put32(&inner, 2);
	put32(&inner, -1);
	put32(&inner, 0);
	put32(&inner, 0);
	put32(&inner, 10000);
	put16(&metadata, 1);
	put_string(&metadata, "http://b");
	put64(&metadata, -1);
	put_blob(&metadata, &inner);
	join(&b, "connect", "compatible", &metadata);
	says(&b, "\"type\":\"ConnectSubscription\",\"version\":1,\"value\":{\"url\":\"http://b\",\"configOffset\":-1,"
	         "\"allocation\":\"AAEA");
	says(&b, "{\"path\":\"protocols[0].metadata.allocation\",\"type\":\"ConnectAssignment\",\"version\":1,\"value\":{"
	         "\"error\":0,\"leader\":\"leader\",\"leaderUrl\":\"http://a\",\"configOffset\":4,\"assignment\":["
	         "{\"connector\":\"file\",\"tasks\":[-1,0]}],\"revoked\":[],\"delay\":10000}}]}\n");
	joined(&b, "compatible", &metadata);
	says(&b, "{\"path\":\"members[0].metadata\",\"type\":\"ConnectSubscription\"");
	sync_group(&b, &inner);
	says(&b, "{\"path\":\"assignment\",\"type\":\"ConnectAssignment\"");
	bench_close(&b);
}

static void registry(struct bench *b, const char *text)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;

	put_string(&body, "g");
	put32(&body, 10000);
	put_string(&body, "m-1");
	put_string(&body, "sr");
	put32(&body, 1);
	put_string(&body, "v0");
	put_bytes(&body, text);
	m = bench_message(b, 11, KF_REQUEST, 0, &body);
	bench_tell(b, &m);
}

static void test_registry(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, json);
	registry(&b, "{ \"version\" : 1,\n\"host\":\"sr-1\" }");
	says(&b, "\"blobs\":[{\"path\":\"protocols[0].metadata\",\"type\":\"SchemaRegistryIdentity\",\"version\":1,"
	         "\"value\":{\"version\":1,\"host\":\"sr-1\"}}]}\n");
	bench_close(&b);
	bench_open(&b, json);
	registry(&b, "{\"version\":1,");
	says(&b, "\"blobs\":[]}\n");
	bench_close(&b);
}

static void test_tree(void **state)
{
	struct maker data = { .len = 0 }, metadata = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, (struct decode_options){ .verbose = 1 });
	sticky_data(&data);
	subscription(&metadata, &data);
	join(&b, "consumer", "sticky", &metadata);
	says(&b, "        metadata: 42 bytes, ConsumerProtocolSubscription v0\n"
	         "          topics: [orders]\n"
	         "          userData: 24 bytes, StickyUserData v1\n"
	         "            previousAssignment:\n"
	         "              - topic: orders\n"
	         "                partitions: [3]\n"
	         "            generation: 17\n");
	registry(&b, "{\"version\":1}");
	says(&b, "metadata: 13 bytes, SchemaRegistryIdentity {\"version\":1}\n");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sticky),  cmocka_unit_test(test_user_data_of_others),
		cmocka_unit_test(test_cooperative), cmocka_unit_test(test_streams),
		cmocka_unit_test(test_connect), cmocka_unit_test(test_registry),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
