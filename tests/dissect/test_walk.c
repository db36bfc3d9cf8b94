/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule of the wire format at a time, with bytes written by hand.
 */
#include "vectors.h"

#include <regroup/messages.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { JOIN_GROUP = 11, HEARTBEAT = 12, METADATA = 3, FETCH = 1, CONSUMER_GROUP_HEARTBEAT = 68 };

static struct guard *guard;

/* Decodes bytes that end at the guard page. */
static enum kf_status decode(int16_t key, enum kf_direction direction, int16_t version, const void *bytes,
                             size_t len, void *out, struct kf_error *err)
{
	struct kf_body body = { .ptr = guard_copy(guard, bytes, len), .len = (uint32_t)len };

	return kf_decode(kf_message(key, direction), version, &body, out, err);
}

#define DECODE(key, direction, version, bytes, out, err) \
	decode(key, direction, version, bytes, sizeof(bytes) - 1, out, err)

#define assert_bytes(value, text) \
	do { \
		assert_int_equal((value).len, sizeof(text) - 1); \
		assert_memory_equal((value).ptr, text, sizeof(text) - 1); \
	} while (0)

static void test_flexible_request(void **arg)
{
	struct heartbeat_request r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(DECODE(HEARTBEAT, KF_REQUEST, 4, "\x02g\0\0\0\x07\x03mm\0\0", &r, &err), KF_OK);
	assert_bytes(r.group_id, "g");
	assert_int_equal(r.generation_id, 7);
	assert_bytes(r.member_id, "mm");
	assert_null(r.group_instance_id.ptr);
	assert_true(KF_HAS(&r, heartbeat_request, group_instance_id));
	assert_null(err.field);
	assert_int_equal(err.status, KF_OK);
}

static void test_absent_is_not_zero(void **arg)
{
	struct heartbeat_response r;

	(void)arg;
	assert_int_equal(DECODE(HEARTBEAT, KF_RESPONSE, 0, "\0\x1b", &r, NULL), KF_OK);
	assert_int_equal(r.error_code, 27);
	assert_true(KF_HAS(&r, heartbeat_response, error_code));
	assert_false(KF_HAS(&r, heartbeat_response, throttle_time_ms));
}

static void test_members(void **arg)
{
	static const char bytes[] =
	        "\0\0" "\0\0\0\x05" "\0\x05range" "\0\x01" "a" "\0\x01" "a" "\0\0\0\x02"
	        "\0\x01" "a" "\0\0\0\x03xyz" "\0\x01" "b" "\0\0\0\0";
	struct join_group_response_member m;
	struct join_group_response r;

	(void)arg;
	assert_int_equal(DECODE(JOIN_GROUP, KF_RESPONSE, 0, bytes, &r, NULL), KF_OK);
	assert_int_equal(r.generation_id, 5);
	assert_bytes(r.protocol_name, "range");
	assert_int_equal(r.members.count, 2);
	assert_true(kf_next(&r.members, &m));
	assert_bytes(m.member_id, "a");
	assert_bytes(m.metadata, "xyz");
	assert_true(kf_next(&r.members, &m));
	assert_bytes(m.member_id, "b");
	assert_int_equal(m.metadata.len, 0);
	assert_non_null(m.metadata.ptr);
	assert_false(kf_next(&r.members, &m));
	assert_false(kf_next(&r.members, &m));
}

static void test_cut_array_keeps_its_head(void **arg)
{
	static const char bytes[] =
	        "\0\0" "\0\0\0\x05" "\0\x05range" "\0\x01" "a" "\0\x01" "a" "\0\0\0\x03"
	        "\0\x01" "a" "\0\0\0\x03xyz" "\0\x01" "b" "\0\0\0\x09" "12";
	struct join_group_response_member m;
	struct join_group_response r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(DECODE(JOIN_GROUP, KF_RESPONSE, 0, bytes, &r, &err), KF_TRUNCATED);
	assert_true(KF_HAS(&r, join_group_response, members));
	assert_true(kf_next(&r.members, &m));
	assert_bytes(m.member_id, "a");
	assert_false(kf_next(&r.members, &m));
	assert_int_equal(r.members.count, 0);
}

static void test_hostile_count(void **arg)
{
	struct join_group_response r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(DECODE(JOIN_GROUP, KF_RESPONSE, 0,
	                        "\0\0" "\0\0\0\x05" "\0\0" "\0\0" "\0\0" "\x7f\xff\xff\xff" "\0\x01" "a" "\0\0\0\0",
	                        &r, &err), KF_TRUNCATED);
	assert_string_equal(err.field, "members");
	assert_true(r.members.count <= 2); /* what 7 bytes can hold, and one that is cut */
	assert_int_equal(err.offset, 16);
}

static void test_null_where_none_may_be(void **arg)
{
	struct join_group_response r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(DECODE(JOIN_GROUP, KF_RESPONSE, 0, "\0\0" "\0\0\0\x05" "\xff\xff" "\0\0" "\0\0" "\0\0\0\0",
	                        &r, &err), KF_MALFORMED);
	assert_string_equal(err.field, "protocol_name");
	assert_int_equal(r.generation_id, 5);
	assert_false(KF_HAS(&r, join_group_response, protocol_name));
}

static void test_null_array(void **arg)
{
	struct metadata_request r;
	struct metadata_request_topic t;

	(void)arg;
	assert_int_equal(DECODE(METADATA, KF_REQUEST, 1, "\xff\xff\xff\xff", &r, NULL), KF_OK);
	assert_int_equal(r.topics.count, -1);
	assert_false(kf_next(&r.topics, &t));
	assert_int_equal(DECODE(METADATA, KF_REQUEST, 1, "\0\0\0\0", &r, NULL), KF_OK);
	assert_int_equal(r.topics.count, 0);
	assert_int_equal(DECODE(METADATA, KF_REQUEST, 0, "\xff\xff\xff\xff", &r, NULL), KF_MALFORMED);
}

static void test_nullable_struct(void **arg)
{
	static const char none[] = "\0\0\0\0" "\0\0" "\0" "\x02m" "\0\0\0\x01" "\0\0\x13\x88" "\xff" "\0";
	static const char one[] = "\0\0\0\0" "\0\0" "\0" "\x02m" "\0\0\0\x01" "\0\0\x13\x88" "\x01"
	                          "\x02" "0123456789abcdef" "\x03" "\0\0\0\x04" "\0\0\0\x06" "\0" "\0" "\0";
	struct consumer_group_heartbeat_response r;
	struct consumer_group_heartbeat_response_assignment a;
	struct consumer_group_heartbeat_response_topic_partition t;
	int64_t partition;

	(void)arg;
	assert_int_equal(DECODE(CONSUMER_GROUP_HEARTBEAT, KF_RESPONSE, 0, none, &r, NULL), KF_OK);
	assert_int_equal(r.assignment.count, -1);
	assert_false(kf_next(&r.assignment, &a));
	assert_int_equal(DECODE(CONSUMER_GROUP_HEARTBEAT, KF_RESPONSE, 0, one, &r, NULL), KF_OK);
	assert_true(kf_next(&r.assignment, &a));
	assert_true(kf_next(&a.topic_partitions, &t));
	assert_memory_equal(t.topic_id.byte, "0123456789abcdef", 16);
	assert_true(kf_next_int(&t.partitions, &partition));
	assert_int_equal(partition, 4);
	assert_true(kf_next_int(&t.partitions, &partition));
	assert_int_equal(partition, 6);
	assert_false(kf_next_int(&t.partitions, &partition));
	assert_false(kf_next(&a.topic_partitions, &t));
	assert_false(kf_next(&r.assignment, &a));
}

/* Heartbeat v4 responses: throttle, error, and then the tagged section of the case. */
static const struct {
	const char *tags;
	size_t len;
	enum kf_status status;
	bool unknown;
} tag_cases[] = {
#define TAGS(text) text, sizeof(text) - 1
	{ TAGS("\0"), KF_OK, false },
	{ TAGS("\x01\x64\0"), KF_OK, true },
	{ TAGS("\x02\x01\x02zz\x05\0"), KF_OK, true },
	{ TAGS("\x80\0"), KF_OK, false },                     /* a longer way to write 0 */
	{ TAGS("\x02\x05\0\x05\0"), KF_MALFORMED, true },     /* twice the same */
	{ TAGS("\x02\x06\0\x05\0"), KF_MALFORMED, true },     /* descending */
	{ TAGS("\x01\x64\x02z"), KF_TRUNCATED, false },
	{ TAGS("\x01"), KF_TRUNCATED, false },
	{ TAGS("\x80"), KF_TRUNCATED, false },
	{ TAGS(""), KF_TRUNCATED, false },
	{ TAGS("\xff\xff\xff\xff\x10"), KF_MALFORMED, false }, /* 33 bits */
	{ TAGS("\x80\x80\x80\x80\x80\0"), KF_MALFORMED, false },
	{ TAGS("\0\0"), KF_MALFORMED, false },                 /* a byte too many */
#undef TAGS
};

static void test_tagged_section(void **arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(tag_cases) / sizeof(tag_cases[0]); i++) {
		uint8_t bytes[32] = { 0 };
		struct heartbeat_response r;
		enum kf_status status;

		memcpy(bytes + 6, tag_cases[i].tags, tag_cases[i].len);
		status = decode(HEARTBEAT, KF_RESPONSE, 4, bytes, 6 + tag_cases[i].len, &r, NULL);
		if (status != tag_cases[i].status)
			fail_msg("case %zu: status %d", i, (int)status);
		assert_int_equal((r.head.present & KF_UNKNOWN_TAGS) != 0, tag_cases[i].unknown);
	}
}

/* Fetch v12 requests: everything empty, and then the tagged section with a cluster id. */
static enum kf_status decode_cluster_id(const char *tags, size_t len, struct fetch_request *r,
                                        struct kf_error *err)
{
	static const char head[] = "\xff\xff\xff\xff" "\0\0\0\1" "\0\0\0\1" "\0\0\0\1" "\0" "\0\0\0\0" "\0\0\0\0"
	                           "\x01" "\x01" "\x01";
	uint8_t bytes[64];

	memcpy(bytes, head, sizeof(head) - 1);
	memcpy(bytes + sizeof(head) - 1, tags, len);
	return decode(FETCH, KF_REQUEST, 12, bytes, sizeof(head) - 1 + len, r, err);
}

static void test_tagged_field(void **arg)
{
	struct fetch_request r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(decode_cluster_id("\0", 1, &r, &err), KF_OK);
	assert_false(KF_HAS(&r, fetch_request, cluster_id));
	assert_int_equal(decode_cluster_id("\x01\0\x04\x04" "abc", 7, &r, &err), KF_OK);
	assert_bytes(r.cluster_id, "abc");
	assert_int_equal(decode_cluster_id("\x01\0\x01\0", 4, &r, &err), KF_OK);
	assert_true(KF_HAS(&r, fetch_request, cluster_id));
	assert_null(r.cluster_id.ptr);
	assert_int_equal(decode_cluster_id("\x01\0\x05\x04" "abcd", 8, &r, &err), KF_MALFORMED);
	assert_string_equal(err.what, "tagged field is longer than its value");
	assert_int_equal(decode_cluster_id("\x01\0\x03\x04" "abc", 7, &r, &err), KF_MALFORMED);
	assert_string_equal(err.what, "value runs past the end of its tagged field");
	assert_int_equal(decode_cluster_id("\x01\0\0", 3, &r, &err), KF_MALFORMED);
	assert_int_equal(decode_cluster_id("\x01\0\x04\x04" "ab", 6, &r, &err), KF_TRUNCATED);
	assert_int_equal(decode_cluster_id("\x01\x01\x02zz", 5, &r, &err), KF_OK); /* tag 1 is not there before v15 */
	assert_true(r.head.present & KF_UNKNOWN_TAGS);
}

static void test_hostile_tagged_array(void **arg)
{
	static const char bytes[] = "\0\0\0\0" "\0\0" "\0\0\0\0" "\x01" "\x01" "\0\x05" "\xff\xff\xff\xff\x07" "\0";
	struct fetch_response r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(DECODE(FETCH, KF_RESPONSE, 16, bytes, &r, &err), KF_MALFORMED);
	assert_string_equal(err.field, "node_endpoints");
	assert_true(r.node_endpoints.count <= 0);
}

static void test_string_lists(void **arg)
{
	struct describe_groups_request r;
	struct kf_bytes group;

	(void)arg;
	assert_int_equal(DECODE(15, KF_REQUEST, 0, "\0\0\0\x02" "\0\x01" "a" "\0\0", &r, NULL), KF_OK);
	assert_true(kf_next_bytes(&r.groups, &group));
	assert_bytes(group, "a");
	assert_true(kf_next_bytes(&r.groups, &group));
	assert_int_equal(group.len, 0);
	assert_non_null(group.ptr);
	assert_false(kf_next_bytes(&r.groups, &group));
	assert_int_equal(DECODE(15, KF_REQUEST, 0, "\0\0\0\x01" "\xff\xff", &r, NULL), KF_MALFORMED);
	assert_false(kf_next_bytes(&r.groups, &group));
}

static void test_wrong_iterator(void **arg)
{
	struct describe_groups_request r;
	struct describe_groups_response_group g;
	struct kf_uuid uuid;
	int64_t n;

	(void)arg;
	assert_int_equal(DECODE(15, KF_REQUEST, 0, "\0\0\0\x01" "\0\x01" "a", &r, NULL), KF_OK);
	assert_false(kf_next_int(&r.groups, &n));
	assert_false(kf_next_uuid(&r.groups, &uuid));
	assert_false(kf_next(&r.groups, &g));
	assert_int_equal(r.groups.count, 1);
}

static void test_unknown(void **arg)
{
	struct heartbeat_response r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(DECODE(HEARTBEAT, KF_RESPONSE, 5, "\0", &r, &err), KF_UNKNOWN_VERSION);
	assert_int_equal(err.status, KF_UNKNOWN_VERSION);
	assert_int_equal(DECODE(HEARTBEAT, KF_RESPONSE, -1, "\0", &r, &err), KF_UNKNOWN_VERSION);
	assert_int_equal(DECODE(1000, KF_RESPONSE, 0, "\0", &r, &err), KF_UNKNOWN_API);
	assert_int_equal(err.status, KF_UNKNOWN_API);
}

static void test_empty_body(void **arg)
{
	struct kf_body nothing = { 0 };
	struct list_groups_request r;
	struct heartbeat_response h;

	(void)arg;
	assert_int_equal(kf_decode(kf_message(16, KF_REQUEST), 0, &nothing, &r, NULL), KF_OK);
	assert_int_equal(kf_decode(kf_message(HEARTBEAT, KF_RESPONSE), 0, &nothing, &h, NULL), KF_TRUNCATED);
}

/* Skips are only for record data: anywhere else they are a contradiction. */
static void test_skip_inside_a_field(void **arg)
{
	struct kf_skip skip = { .at = 3, .len = 100 };
	struct kf_body body = { .ptr = (const uint8_t *)"\0\0\0\0\0\0", .len = 6, .n_skips = 1, .skips = &skip };
	struct heartbeat_response r;
	struct kf_error err;

	(void)arg;
	assert_int_equal(kf_decode(kf_message(HEARTBEAT, KF_RESPONSE), 1, &body, &r, &err), KF_MALFORMED);
	skip.at = 6;
	assert_int_equal(kf_decode(kf_message(HEARTBEAT, KF_RESPONSE), 1, &body, &r, &err), KF_MALFORMED);
	assert_int_equal(err.offset, 6);
	skip.at = 700;
	assert_int_equal(kf_decode(kf_message(HEARTBEAT, KF_RESPONSE), 1, &body, &r, &err), KF_MALFORMED);
}

static int setup(void **arg)
{
	(void)arg;
	guard = guard_new();
	return 0;
}

static int teardown(void **arg)
{
	(void)arg;
	guard_free(guard);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flexible_request),
		cmocka_unit_test(test_absent_is_not_zero),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_cut_array_keeps_its_head),
		cmocka_unit_test(test_hostile_count),
		cmocka_unit_test(test_null_where_none_may_be),
		cmocka_unit_test(test_null_array),
		cmocka_unit_test(test_nullable_struct),
		cmocka_unit_test(test_tagged_section),
		cmocka_unit_test(test_tagged_field),
		cmocka_unit_test(test_hostile_tagged_array),
		cmocka_unit_test(test_string_lists),
		cmocka_unit_test(test_wrong_iterator),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_empty_body),
		cmocka_unit_test(test_skip_inside_a_field),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
