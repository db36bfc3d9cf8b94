/* SPDX-License-Identifier: Apache-2.0
 *
 * The blobs of Streams, Connect and the sticky assignors in each of their versions: right to the last byte, with
 * nothing missing and nothing more.
 */
#include "vectors.h"

#include <regroup/messages.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct writer {
	uint8_t bytes[512];
	size_t len;
};

static void put(struct writer *w, unsigned bytes, int64_t value)
{
	assert_true(w->len + bytes <= sizeof(w->bytes));
	while (bytes--)
		w->bytes[w->len++] = (uint8_t)((uint64_t)value >> 8 * bytes);
}

static void put_text(struct writer *w, const char *text)
{
	put(w, 2, (int64_t)strlen(text));
	for (; *text; text++)
		put(w, 1, *text);
}

/* The largest of the structs below. */
union any {
	struct streams_subscription streams_subscription;
	struct streams_assignment streams_assignment;
	struct connect_subscription connect_subscription;
	struct connect_assignment connect_assignment;
	struct sticky_user_data sticky;
	struct cooperative_sticky_user_data cooperative;
};

static enum kf_status decode(enum kf_blob_kind kind, const uint8_t *bytes, size_t len, union any *out,
                             int16_t *version)
{
	struct guard *g = guard_new();
	struct kf_bytes in = { guard_copy(g, bytes, len), (uint32_t)len };
	enum kf_status status;
	struct kf_error err;

	assert_true(kf_blob(kind)->body->size <= sizeof(*out));
	status = kf_decode_blob(kind, in, out, version, &err);
	assert_int_equal(err.status, status);
	guard_free(g);
	return status;
}

/* `out` borrows from `w`. No part of the blob is taken for one. */
static void check_exact(enum kf_blob_kind kind, struct writer *w, int version, union any *out)
{
	struct kf_bytes in = { w->bytes, (uint32_t)w->len };
	union any part;
	int16_t got;

	for (size_t len = 0; len < w->len; len++)
		assert_int_equal(decode(kind, w->bytes, len, &part, &got), KF_TRUNCATED);
	assert_int_equal(decode(kind, w->bytes, w->len + 1, &part, &got), KF_MALFORMED);
	assert_int_equal(kf_decode_blob(kind, in, out, &got, NULL), KF_OK);
	assert_int_equal(got, version);
}

static void put_offset_sums(struct writer *w, int version)
{
	put(w, 4, 1);
	put(w, 4, 5); /* subtopology */
	if (version < 10)
		put(w, 4, 1);
	put(w, 4, 6); /* partition */
	put(w, 8, -2);
	if (version >= 10)
		put(w, 2, -1); /* no named topology */
}

static void write_streams_subscription(struct writer *w, int version)
{
	put(w, 4, version);
	if (version >= 3)
		put(w, 4, 11);
	put(w, 8, 1);
	put(w, 8, 2); /* process id */
	for (int list = 0; version <= 6 && list < 2; list++) {
		put(w, 4, 1);
		put(w, 4, 3);
		put(w, 4, 4 + list);
	}
	if (version >= 2) {
		put(w, 4, 3);
		put(w, 3, 'a' << 16 | ':' << 8 | '1');
	}
	if (version >= 7)
		put_offset_sums(w, version);
	if (version >= 8)
		put(w, 1, 7);
	if (version >= 9)
		put(w, 4, 4);
	if (version >= 11) {
		put(w, 4, 1);
		put(w, 4, 1);
		put(w, 1, 'k');
		put(w, 4, 1);
		put(w, 1, 'v');
	}
}

static void check_streams_subscription(const struct streams_subscription *s, int version)
{
	struct streams_subscription_task_offset_sum sum;
	struct streams_subscription_task_id task;
	struct kf_array list = s->standby_tasks;

	assert_int_equal(s->process_id.byte[15], 2);
	assert_int_equal(s->latest_supported_version, version >= 3 ? 11 : 0);
	assert_int_equal(kf_next(&list, &task), version <= 6);
	if (version <= 6)
		assert_int_equal(task.partition, 5);
	assert_int_equal(s->user_end_point.len, version >= 2 ? 3 : 0);
	list = s->task_offset_sums;
	assert_int_equal(kf_next(&list, &sum), version >= 7);
	if (version >= 7)
		assert_int_equal(sum.topic_group_id, 5);
	if (version >= 10)
		assert_int_equal(sum.offset_sum, -2);
	assert_int_equal(s->error_code, version >= 9 ? 4 : 0);
	assert_int_equal(s->client_tags.count, version >= 11);
}

static void test_streams_subscription(void **arg)
{
	union any out;

	(void)arg;
	for (int version = 1; version <= 11; version++) {
		struct writer w = { .len = 0 };

		write_streams_subscription(&w, version);
		check_exact(KF_BLOB_STREAMS_SUBSCRIPTION, &w, version, &out);
		check_streams_subscription(&out.streams_subscription, version);
	}
}

static void put_task(struct writer *w, int version, int partition)
{
	put(w, 4, 1);
	put(w, 4, partition);
	if (version >= 10) {
		put(w, 4, 2); /* letters of the named topology */
		put(w, 4, 'n' << 16 | 't');
	}
}

static void put_hosts(struct writer *w, int version)
{
	put(w, 4, 1);
	put_text(w, "host");
	put(w, 4, 8080);
	put(w, 4, 1);
	if (version < 5)
		put_text(w, "orders");
	else
		put(w, 4, 0); /* in the list of topics */
	put(w, 4, 9);
}

static void write_streams_assignment(struct writer *w, int version)
{
	put(w, 4, version);
	if (version >= 3)
		put(w, 4, 11);
	put(w, 4, 1);
	put_task(w, version, 2);
	put(w, 4, 1);
	put_task(w, version, 3);
	put(w, 4, 1);
	put_text(w, "orders");
	put(w, 4, 3);
	if (version >= 5) {
		put(w, 4, 1);
		put(w, 4, 0);
		put_text(w, "orders");
	}
	if (version >= 2)
		put_hosts(w, version);
	if (version >= 6)
		put_hosts(w, version);
	if (version >= 4)
		put(w, 4, 2);
	if (version >= 7)
		put(w, 8, 1795256477643);
}

static void test_streams_assignment(void **arg)
{
	struct streams_assignment_standby_task standby;
	struct streams_assignment_active_task active;
	struct streams_assignment_topic_partition p;
	struct streams_assignment *a;
	union any out;

	(void)arg;
	for (int version = 1; version <= 11; version++) {
		struct writer w = { .len = 0 };

		write_streams_assignment(&w, version);
		check_exact(KF_BLOB_STREAMS_ASSIGNMENT, &w, version, &out);
		a = &out.streams_assignment;
		assert_true(kf_next(&a->active_tasks, &active));
		assert_int_equal(active.partition, 2);
		assert_int_equal(active.named_topology.count, version >= 10 ? 2 : 0);
		assert_true(kf_next(&a->standby_tasks, &standby));
		assert_true(kf_next(&standby.partitions, &p));
		assert_int_equal(p.partition, 3);
		assert_int_equal(a->partitions_by_host.count, version >= 2 && version <= 4);
		assert_int_equal(a->active_by_host.count, version >= 5);
		assert_int_equal(a->standby_by_host.count, version >= 6);
		assert_int_equal(a->error_code, version >= 4 ? 2 : 0);
		assert_true(a->next_rebalance_ms == (version >= 7 ? 1795256477643 : 0));
	}
}

static void write_connect_assignment(struct writer *w, int version)
{
	put(w, 2, version);
	put(w, 2, 0);
	put_text(w, "leader");
	put_text(w, "http://a:8083/");
	put(w, 8, 5);
	for (int list = 0; list <= (version >= 1); list++) {
		put(w, 4, 1);
		put_text(w, "file");
		put(w, 4, 2);
		put(w, 4, -1);
		put(w, 4, list);
	}
	if (version >= 1)
		put(w, 4, 10000);
}

static void test_connect(void **arg)
{
	struct connect_assignment_connector c;
	union any out;
	int64_t task;

	(void)arg;
	for (int version = 0; version <= 2; version++) {
		struct writer inner = { .len = 0 }, w = { .len = 0 };

		write_connect_assignment(&inner, version);
		check_exact(KF_BLOB_CONNECT_ASSIGNMENT, &inner, version, &out);
		assert_int_equal(out.connect_assignment.config_offset, 5);
		assert_true(kf_next(&out.connect_assignment.assignment, &c));
		assert_true(kf_next_int(&c.tasks, &task));
		assert_int_equal(task, -1);
		assert_int_equal(out.connect_assignment.revoked.count, version >= 1);
		assert_int_equal(out.connect_assignment.delay, version >= 1 ? 10000 : 0);
		put(&w, 2, version);
		put_text(&w, "http://a:8083/");
		put(&w, 8, -1);
		if (version >= 1)
			put(&w, 4, version == 1 ? -1 : 0);
		check_exact(KF_BLOB_CONNECT_SUBSCRIPTION, &w, version, &out);
		assert_int_equal(out.connect_subscription.config_offset, -1);
	}
}

static void test_sticky(void **arg)
{
	struct writer v0 = { .len = 0 }, v1, generation = { .len = 0 };
	union any out;
	int16_t version;

	(void)arg;
	put(&v0, 4, 1);
	put_text(&v0, "orders");
	put(&v0, 4, 1);
	put(&v0, 4, 3);
	v1 = v0;
	put(&v1, 4, 17);
	assert_int_equal(decode(KF_BLOB_STICKY, v0.bytes, v0.len, &out, &version), KF_OK);
	assert_int_equal(version, 0);
	assert_false(KF_HAS(&out.sticky, sticky_user_data, generation));
	assert_int_equal(decode(KF_BLOB_STICKY, v1.bytes, v1.len, &out, &version), KF_OK);
	assert_int_equal(version, 1);
	assert_int_equal(out.sticky.generation, 17);
	for (size_t len = 0; len < v1.len; len++)
		assert_true((decode(KF_BLOB_STICKY, v1.bytes, len, &out, &version) == KF_OK) == (len == v0.len));
	put(&generation, 4, 18);
	check_exact(KF_BLOB_COOPERATIVE_STICKY, &generation, 0, &out);
	assert_int_equal(out.cooperative.generation, 18);
}

static void test_unknown_versions(void **arg)
{
	static const struct {
		enum kf_blob_kind kind;
		unsigned bytes;
		int version;
	} cases[] = {
		{ KF_BLOB_STREAMS_SUBSCRIPTION, 4, 0 }, { KF_BLOB_STREAMS_SUBSCRIPTION, 4, 12 },
		{ KF_BLOB_STREAMS_ASSIGNMENT, 4, -1 },  { KF_BLOB_STREAMS_ASSIGNMENT, 4, 1 << 20 },
		{ KF_BLOB_CONNECT_SUBSCRIPTION, 2, 3 }, { KF_BLOB_CONNECT_ASSIGNMENT, 2, -1 },
	};
	union any out;
	int16_t version;

	(void)arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct writer w = { .len = 0 };

		put(&w, cases[i].bytes, cases[i].version);
		put(&w, 8, 0);
		assert_int_equal(decode(cases[i].kind, w.bytes, w.len, &out, &version), KF_UNKNOWN_VERSION);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_subscription),
		cmocka_unit_test(test_streams_assignment),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_unknown_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
