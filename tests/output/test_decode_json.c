/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies as Kafka's JsonConverter writes them, with blobs, batches and faults.
 */
#include "support.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "{\"ts\":\"2026-11-21T09:43:24.687123456Z\",\"frame\":12,\"connection\":3,\"client\":\"10.0.0.1:40011\"," \
	     "\"server\":\"10.0.0.2:9092\",\"direction\":"

static const struct decode_options json = { .json = true };

/* Prints one message and compares the whole line. */
static void check(struct bench *b, const struct kafka_message *m, const char *expected)
{
	bench_tell(b, m);
	assert_string_equal(bench_text(b), expected);
}

static void heartbeat_body(struct maker *m)
{
	put_string(m, "billing");
	put32(m, 7);
	put_string(m, "m-1");
	put_string(m, NULL);
}

static void test_request(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	heartbeat_body(&body);
	m = bench_message(&b, 12, KF_REQUEST, 3, &body);
	check(&b, &m, HEAD "\"request\",\"api_key\":12,\"api\":\"Heartbeat\",\"version\":3,\"correlation_id\":8,"
	      "\"client_id\":\"c2\",\"size\":30,\"latency_ms\":null,\"status\":\"ok\",\"body\":{\"groupId\":\"billing\","
	      "\"generationId\":7,\"memberId\":\"m-1\",\"groupInstanceId\":null},\"blobs\":[]}\n");
	bench_close(&b);
}

static void test_response(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put32(&body, 0);
	put16(&body, 27);
	m = bench_message(&b, 12, KF_RESPONSE, 3, &body);
	m.client_id.ptr = NULL;
	check(&b, &m, HEAD "\"response\",\"api_key\":12,\"api\":\"Heartbeat\",\"version\":3,\"correlation_id\":8,"
	      "\"client_id\":null,\"size\":16,\"latency_ms\":1.5,\"status\":\"ok\",\"body\":{\"throttleTimeMs\":0,"
	      "\"errorCode\":27},\"blobs\":[]}\n");
	bench_close(&b);
}

static void test_hostile_text(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put_string(&body, "a\"\\\n\x1b]0;x\x07\xff\xc3\xbc");
	put32(&body, -1);
	put_string(&body, "");
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	m.client_id = (struct kf_bytes){ (const uint8_t *)"\x80", 1 };
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"client_id\":\"\xef\xbf\xbd\""));
	assert_non_null(strstr(bench_text(&b), "{\"groupId\":\"a\\\"\\\\\\n\\u001b]0;x\\u0007\xef\xbf\xbd\xc3\xbc\","
	                                       "\"generationId\":-1,\"memberId\":\"\"}"));
	bench_close(&b);
}

/* ApiVersions v3 response: tagged fields that are absent, default, and set; unknown ones. */
static void test_tagged(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put16(&body, 0);
	put8(&body, 1); /* no keys */
	put32(&body, 0);
	put8(&body, 3); /* three tagged fields */
	put8(&body, 1); /* finalized_features_epoch, the default -1 */
	put8(&body, 8);
	put64(&body, -1);
	put8(&body, 3); /* zk_migration_ready */
	put8(&body, 1);
	put8(&body, 1);
	put8(&body, 100);
	put8(&body, 1);
	put8(&body, 0xee);
	m = bench_message(&b, 18, KF_RESPONSE, 3, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"body\":{\"errorCode\":0,\"apiKeys\":[],\"throttleTimeMs\":0,"
	                                       "\"zkMigrationReady\":true},"));
	bench_close(&b);
}

/* Fetch v12 response up to and with its partition's tagged structs. */
static void fetch_response(struct maker *body, int epoch)
{
	put32(body, 0);
	put16(body, 0);
	put32(body, 9); /* session */
	put8(body, 2);
	put_compact(body, "t");
	put8(body, 2);
	put32(body, 5); /* partition */
	put16(body, 0);
	put64(body, 100);
	put64(body, 90);
	put64(body, 0);
	put8(body, 0);   /* aborted transactions: null */
	put32(body, -1); /* preferred replica */
	put8(body, 0);   /* records: null */
	put8(body, 1);
	put8(body, 1); /* current_leader */
	put8(body, 9);
	put32(body, epoch);
	put32(body, epoch);
	put8(body, 0);
	put8(body, 0);
	put8(body, 0);
}

static void test_tagged_struct(void **state)
{
	static const struct {
		int epoch;
		const char *leader;
	} cases[] = { { 4, ",\"currentLeader\":{\"leaderId\":4,\"leaderEpoch\":4}" }, { -1, "" } };
	struct bench b;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct maker body = { .len = 0 };
		struct kafka_message m;
		char expected[512];

		bench_open(&b, json);
		fetch_response(&body, cases[i].epoch);
		m = bench_message(&b, 1, KF_RESPONSE, 12, &body);
		snprintf(expected, sizeof expected,
		         "\"body\":{\"throttleTimeMs\":0,\"errorCode\":0,\"sessionId\":9,\"responses\":[{\"topic\":\"t\","
		         "\"partitions\":[{\"partitionIndex\":5,\"errorCode\":0,\"highWatermark\":100,"
		         "\"lastStableOffset\":90,\"logStartOffset\":0%s,\"abortedTransactions\":null,"
		         "\"preferredReadReplica\":-1,\"records\":null}]}]},\"blobs\":[]}\n", cases[i].leader);
		bench_tell(&b, &m);
		assert_non_null(strstr(bench_text(&b), expected));
		bench_close(&b);
	}
}

static void subscription(struct maker *m, int version)
{
	put16(m, version);
	put32(m, 1);
	put_string(m, "orders");
	put32(m, -1);
	if (version == 0)
		return;
	put32(m, 1);
	put_string(m, "orders");
	put32(m, 2);
	put32(m, 0);
	put32(m, 3);
}

/* JoinGroup v0 of a group with this protocol type. */
static void join(struct bench *b, const char *type, const struct maker *metadata)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;

	put_string(&body, "g");
	put32(&body, 10000);
	put_string(&body, "");
	put_string(&body, type);
	put32(&body, 1);
	put_string(&body, "range");
	put_blob(&body, metadata);
	m = bench_message(b, 11, KF_REQUEST, 0, &body);
	bench_tell(b, &m);
}

static void joined(struct bench *b, const struct maker *metadata)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;

	put16(&body, 0);
	put32(&body, 1);
	put_string(&body, "range");
	put_string(&body, "m-1");
	put_string(&body, "m-1");
	put32(&body, 1);
	put_string(&body, "m-1");
	put_blob(&body, metadata);
	m = bench_message(b, 11, KF_RESPONSE, 0, &body);
	bench_tell(b, &m);
}

#define OWNED "\"type\":\"ConsumerProtocolSubscription\",\"version\":1,\"value\":{\"topics\":[\"orders\"]," \
	      "\"userData\":null,\"ownedPartitions\":[{\"topic\":\"orders\",\"partitions\":[0,3]}]}}]}\n"

static void test_blobs(void **state)
{
	struct maker metadata = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	subscription(&metadata, 1);
	join(&b, "consumer", &metadata);
	assert_non_null(strstr(bench_text(&b), "\"blobs\":[{\"path\":\"protocols[0].metadata\"," OWNED));
	joined(&b, &metadata);
	assert_non_null(strstr(bench_text(&b), "\"blobs\":[{\"path\":\"members[0].metadata\"," OWNED));
	bench_close(&b);
}

/* The same bytes in a group of another kind are opaque, in the response (which does not say) as well. */
static void test_blobs_of_others(void **state)
{
	struct maker metadata = { .len = 0 }, nothing = { .len = 0 };
	struct bench b;

	(void)state;
	bench_open(&b, json);
	subscription(&metadata, 0);
	join(&b, "connect", &metadata);
	joined(&b, &metadata);
	assert_null(strstr(bench_text(&b), "Subscription"));
	join(&b, "consumer", &nothing);
	assert_null(strstr(bench_text(&b), "Subscription"));
	bench_close(&b);
}

/* SyncGroup v0 never says: the group's JoinGroup does, or else the bytes must fit to the last one. */
static void test_blobs_unsaid(void **state)
{
	struct maker assignment = { .len = 0 }, body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put16(&assignment, 0);
	put32(&assignment, 0);
	put32(&assignment, -1);
	put16(&body, 0);
	put_blob(&body, &assignment);
	m = bench_message(&b, 14, KF_RESPONSE, 0, &body);
	m.note = NULL;
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"blobs\":[{\"path\":\"assignment\",\"type\":\"ConsumerProtocolAssignment\","
	                                       "\"version\":0,\"value\":{\"assignedPartitions\":[],\"userData\":null}}]"));
	put8(&assignment, 0);
	body.len = 0;
	put16(&body, 0);
	put_blob(&body, &assignment);
	m = bench_message(&b, 14, KF_RESPONSE, 0, &body);
	m.note = NULL;
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"blobs\":[]"));
	bench_close(&b);
}

static void batch(struct maker *m)
{
	put64(m, 40);     /* base offset */
	put32(m, 49 + 4); /* length: the header after it, and 4 bytes of records */
	put32(m, 6);
	put8(m, 2);
	put32(m, 0);
	put16(m, 0x10);
	put32(m, 1);
	put64(m, 1000);
	put64(m, 1001);
	put64(m, 77); /* producer */
	put16(m, 2);
	put32(m, 5);
	put32(m, 2);
	put32(m, 0);
}

static void test_batches(void **state)
{
	struct maker records = { .len = 0 }, body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	batch(&records);
	put_string(&body, NULL);
	put16(&body, -1);
	put32(&body, 30000);
	put32(&body, 1);
	put_string(&body, "t");
	put32(&body, 1);
	put32(&body, 4);
	put_blob(&body, &records);
	m = bench_message(&b, 0, KF_REQUEST, 3, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"body\":{\"transactionalId\":null,\"acks\":-1,\"timeoutMs\":30000,"
	                "\"topicData\":[{\"name\":\"t\",\"partitionData\":[{\"index\":4,\"recordsSizeInBytes\":65}]}]},"
	                "\"blobs\":[],\"batches\":[{\"path\":\"topicData[0].partitionData[0]\",\"base_offset\":40,"
	                "\"records\":2,\"size\":65,\"magic\":2,\"attributes\":16,\"producer_id\":77,"
	                "\"producer_epoch\":2,\"base_sequence\":5}]}\n"));
	bench_close(&b);
}

/* Cut in the second member: what was seen stays. */
static void test_truncated(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put_string(&body, "g");
	put32(&body, 1);
	put_string(&body, "m-1");
	put32(&body, 2);
	put_string(&body, "m-1");
	put_blob(&body, &(struct maker){ .len = 0 });
	put_string(&body, "m-2");
	put16(&body, 0); /* half of a length */
	m = bench_message(&b, 14, KF_REQUEST, 0, &body);
	m.status = KAFKA_TRUNCATED;
	m.body.cut = true;
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"status\":\"truncated\",\"body\":{\"groupId\":\"g\",\"generationId\":1,"
	                "\"memberId\":\"m-1\",\"assignments\":[{\"memberId\":\"m-1\",\"assignment\":\"\"},"
	                "{\"memberId\":\"m-2\"}]},\"blobs\":[]}\n"));
	bench_close(&b);
}

static void test_malformed(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put_string(&body, "g");
	put32(&body, 1);
	put16(&body, -1); /* null where it may not be */
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"status\":\"malformed\",\"body\":{\"groupId\":\"g\",\"generationId\":1},"
	                "\"blobs\":[],\"error\":{\"field\":\"memberId\",\"offset\":9,"
	                "\"what\":\"null where the version has none\"}}\n"));
	bench_close(&b);
}

/* A whole message that ends early is malformed, not cut. */
static void test_ends_early(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	put_string(&body, "g");
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"status\":\"malformed\",\"body\":{\"groupId\":\"g\"},"));
	assert_non_null(strstr(bench_text(&b), "\"error\":{\"field\":\"generationId\",\"offset\":3,"));
	bench_close(&b);
}

static void test_opaque(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	bench_open(&b, json);
	m = bench_message(&b, 12, KF_REQUEST, 0, &body);
	m.body = (struct kf_body){ .ptr = NULL };
	m.status = KAFKA_UNKNOWN_VERSION;
	m.asked_version = 99;
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"api_key\":12,\"api\":\"Heartbeat\",\"version\":99,"));
	assert_non_null(strstr(bench_text(&b), "\"status\":\"unknown-version\",\"body\":null,\"blobs\":[]}\n"));
	m.status = KAFKA_UNKNOWN_API;
	m.schema = NULL;
	m.api_key = 1234;
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"api_key\":1234,\"api\":null,\"version\":0,"));
	assert_non_null(strstr(bench_text(&b), "\"status\":\"unknown-api\",\"body\":null"));
	m.status = KAFKA_NO_REQUEST;
	m.api_key = -1;
	m.direction = KF_RESPONSE;
	m.note = NULL;
	m.client_id.ptr = NULL;
	bench_tell(&b, &m);
	assert_non_null(strstr(bench_text(&b), "\"response\",\"api_key\":null,\"api\":null,\"version\":null,"
	                       "\"correlation_id\":8,\"client_id\":null,\"size\":10,\"latency_ms\":null,"
	                       "\"status\":\"no-request\",\"body\":null,\"blobs\":[]}\n"));
	bench_close(&b);
}

/* Bare SASL tokens are no messages: only -v shows that there was one, and never its bytes. */
static void test_raw_sasl(void **state)
{
	struct maker body = { .len = 0 };
	struct kafka_message m;
	struct bench b;

	(void)state;
	put_string(&body, "secret");
	for (int verbose = 0; verbose < 2; verbose++) {
		struct decode_options o = json;

		o.verbose = verbose;
		bench_open(&b, o);
		m = bench_message(&b, -1, KF_REQUEST, -1, &body);
		m.status = KAFKA_RAW_SASL;
		bench_tell(&b, &m);
		if (verbose == 0)
			assert_string_equal(bench_text(&b), "");
		else
			assert_non_null(strstr(bench_text(&b), "\"api\":null,\"version\":null,\"correlation_id\":null,"));
		assert_null(strstr(bench_text(&b), "secret"));
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_tagged_struct),
		cmocka_unit_test(test_blobs),
		cmocka_unit_test(test_blobs_of_others),
		cmocka_unit_test(test_blobs_unsaid),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_ends_early),
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_raw_sasl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
