/* SPDX-License-Identifier: Apache-2.0
 *
 * ConsumerProtocol blobs, also as old and careless clients write them.
 */
#include "vectors.h"

#include <regroup/messages.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t v3[] = {
	0, 3,                                             /* version */
	0, 0, 0, 2, 0, 1, 'a', 0, 2, 'b', 'b',            /* topics */
	0, 0, 0, 1, 'u',                                  /* user data */
	0, 0, 0, 1, 0, 1, 'a', 0, 0, 0, 1, 0, 0, 0, 9,    /* owned: a-9 */
	0, 0, 0, 4,                                       /* generation */
	0, 1, 'r',                                        /* rack */
};

enum { TOPICS_END = 13, USER_DATA_END = 18, OWNED_END = 33, GENERATION_END = 37 };

static enum kf_status subscription(const uint8_t *bytes, size_t len, struct consumer_protocol_subscription *s)
{
	struct guard *g = guard_new();
	struct kf_bytes in = { guard_copy(g, bytes, len), (uint32_t)len };
	struct kf_error err;
	enum kf_status status;
	int16_t version;

	status = kf_subscription(in, s, &version, &err);
	assert_int_equal(err.status, status);
	guard_free(g);
	return status;
}

static void test_whole(void **arg)
{
	struct consumer_protocol_subscription_owned_partition owned;
	struct consumer_protocol_subscription s;
	struct kf_bytes topic, in = { v3, sizeof(v3) };
	int16_t version;
	int64_t partition;

	(void)arg;
	assert_int_equal(kf_subscription(in, &s, &version, NULL), KF_OK);
	assert_int_equal(version, 3);
	assert_true(kf_next_bytes(&s.topics, &topic));
	assert_true(kf_next_bytes(&s.topics, &topic));
	assert_int_equal(topic.len, 2);
	assert_int_equal(s.user_data.len, 1);
	assert_true(kf_next(&s.owned_partitions, &owned));
	assert_true(kf_next_int(&owned.partitions, &partition));
	assert_int_equal(partition, 9);
	assert_int_equal(s.generation_id, 4);
	assert_int_equal(s.rack_id.len, 1);
}

/* A version that says more than the bytes have: what is there counts, if it ends between two fields. */
static void test_short_ones(void **arg)
{
	struct consumer_protocol_subscription s;

	(void)arg;
	for (size_t len = 0; len < sizeof(v3); len++) {
		bool between = len == TOPICS_END || len == USER_DATA_END || len == OWNED_END || len == GENERATION_END;

		assert_int_equal(subscription(v3, len, &s), between ? KF_OK : KF_TRUNCATED);
		assert_int_equal(KF_HAS(&s, consumer_protocol_subscription, user_data), len >= USER_DATA_END);
		assert_int_equal(KF_HAS(&s, consumer_protocol_subscription, generation_id), len >= GENERATION_END);
		assert_false(KF_HAS(&s, consumer_protocol_subscription, rack_id));
	}
}

static void test_newer_version(void **arg)
{
	uint8_t bytes[sizeof(v3) + 3];
	struct consumer_protocol_subscription s;
	struct kf_bytes in = { bytes, sizeof(bytes) };
	int16_t version;

	(void)arg;
	memcpy(bytes, v3, sizeof(v3));
	memset(bytes + sizeof(v3), 0xff, 3);
	bytes[1] = 9;
	assert_int_equal(kf_subscription(in, &s, &version, NULL), KF_OK);
	assert_int_equal(version, 9);
	assert_int_equal(s.rack_id.len, 1);
	bytes[0] = 0xff;
	assert_int_equal(kf_subscription(in, &s, &version, NULL), KF_UNKNOWN_VERSION);
}

static void test_assignment(void **arg)
{
	static const uint8_t bytes[] = { 0, 1, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1,
	                                 0xff, 0xff, 0xff, 0xff };
	struct consumer_protocol_assignment_assigned_partition p;
	struct consumer_protocol_assignment a;
	struct kf_bytes in = { bytes, sizeof(bytes) };
	int64_t partition;
	int16_t version;

	(void)arg;
	assert_int_equal(kf_assignment(in, &a, &version, NULL), KF_OK);
	assert_int_equal(version, 1);
	assert_true(kf_next(&a.assigned_partitions, &p));
	assert_int_equal(p.partitions.count, 2);
	assert_true(kf_next_int(&p.partitions, &partition));
	assert_int_equal(partition, 0);
	assert_null(a.user_data.ptr);
	assert_true(KF_HAS(&a, consumer_protocol_assignment, user_data));
}

static void test_nothing(void **arg)
{
	struct consumer_protocol_assignment a;
	struct kf_bytes null = { NULL, 0 };
	struct kf_error err;
	int16_t version;

	(void)arg;
	assert_int_equal(kf_assignment(null, &a, &version, &err), KF_TRUNCATED);
	assert_int_equal(version, -1);
	assert_int_equal(err.status, KF_TRUNCATED);
	assert_int_equal(a.head.present, 0);
}

static void test_text(void **arg)
{
	static const char json[] = "{\"host\":\"sr-1\"}";
	struct consumer_protocol_subscription s;
	struct kf_bytes in = { (const uint8_t *)json, sizeof(json) - 1 };
	int16_t version;

	(void)arg;
	assert_int_not_equal(kf_subscription(in, &s, &version, NULL), KF_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),         cmocka_unit_test(test_short_ones),
		cmocka_unit_test(test_newer_version), cmocka_unit_test(test_assignment),
		cmocka_unit_test(test_nothing),       cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
