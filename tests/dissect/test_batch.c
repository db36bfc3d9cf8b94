/* SPDX-License-Identifier: Apache-2.0
 *
 * Record batch headers, whole and with their payload left out.
 */
#include "vectors.h"

#include <regroup/messages.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void put(uint8_t *p, unsigned bytes, uint64_t value)
{
	while (bytes--) {
		p[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

/* A magic 2 batch of `size` bytes; returns its end. */
static uint8_t *put_batch(uint8_t *p, int64_t base, uint32_t size, int32_t records)
{
	memset(p, 0xaa, size);
	put(p, 8, (uint64_t)base);
	put(p + 8, 4, size - 12);
	put(p + 12, 4, 3);
	p[16] = 2;
	put(p + 21, 2, 0x10);
	put(p + 23, 4, (uint64_t)(records - 1));
	put(p + 43, 8, 4000);
	put(p + 51, 2, 5);
	put(p + 53, 4, UINT64_MAX);
	put(p + 57, 4, (uint64_t)records);
	return p + size;
}

static uint8_t *put_old(uint8_t *p, int64_t base, uint32_t size, uint8_t magic)
{
	memset(p, 0xbb, size);
	put(p, 8, (uint64_t)base);
	put(p + 8, 4, size - 12);
	p[16] = magic;
	p[17] = 1;
	return p + size;
}

static struct kf_records records_of(const uint8_t *p, size_t n)
{
	return (struct kf_records){ .ptr = p, .kept = (uint32_t)n, .size = (uint32_t)n };
}

static void test_two_batches(void **arg)
{
	uint8_t bytes[300], *end = put_batch(put_batch(bytes, 100, 80, 3), 103, 61, 0);
	struct kf_records r = records_of(bytes, (size_t)(end - bytes));
	struct kf_batch b;

	(void)arg;
	assert_true(kf_next_batch(&r, &b));
	assert_int_equal(b.base_offset, 100);
	assert_int_equal(b.size, 80);
	assert_int_equal(b.records, 3);
	assert_int_equal(b.last_offset_delta, 2);
	assert_int_equal(b.leader_epoch, 3);
	assert_int_equal(b.producer_id, 4000);
	assert_int_equal(b.producer_epoch, 5);
	assert_int_equal(b.base_sequence, -1);
	assert_int_equal(b.attributes, 0x10);
	assert_int_equal(b.magic, 2);
	assert_true(kf_next_batch(&r, &b));
	assert_int_equal(b.base_offset, 103);
	assert_false(kf_next_batch(&r, &b));
	assert_false(kf_next_batch(&r, &b));
}

static void test_old_messages(void **arg)
{
	uint8_t bytes[300], *end = put_old(put_old(bytes, 7, 40, 0), 8, 26, 1);
	struct kf_records r = records_of(bytes, (size_t)(end - bytes));
	struct kf_batch b;

	(void)arg;
	assert_true(kf_next_batch(&r, &b));
	assert_int_equal(b.base_offset, 7);
	assert_int_equal(b.magic, 0);
	assert_int_equal(b.attributes, 1);
	assert_int_equal(b.records, -1);
	assert_int_equal(b.producer_id, -1);
	assert_true(kf_next_batch(&r, &b));
	assert_int_equal(b.base_offset, 8);
	assert_false(kf_next_batch(&r, &b));
}

static void test_batch_that_goes_on(void **arg)
{
	uint8_t bytes[300], *end = put_batch(bytes, 1, 200, 9);
	struct guard *g = guard_new();
	struct kf_batch b;

	(void)arg;
	for (size_t n = 0; n < (size_t)(end - bytes); n++) {
		struct kf_records r = records_of(guard_copy(g, bytes, n), n);

		assert_false(kf_next_batch(&r, &b));
	}
	guard_free(g);
}

static void test_nonsense(void **arg)
{
	uint8_t bytes[100];
	struct kf_records r, none = { 0 };
	struct kf_batch b;

	(void)arg;
	assert_false(kf_next_batch(&none, &b));
	put_batch(bytes, 1, 100, 1);
	bytes[16] = 3;
	r = records_of(bytes, 100);
	assert_false(kf_next_batch(&r, &b));
	bytes[16] = 2;
	put(bytes + 8, 4, 48); /* shorter than its own header */
	r = records_of(bytes, 100);
	assert_false(kf_next_batch(&r, &b));
	put(bytes + 8, 4, 0x80000000);
	r = records_of(bytes, 100);
	assert_false(kf_next_batch(&r, &b));
	put(bytes + 8, 4, 0x7fffffff);
	r = records_of(bytes, 100);
	assert_false(kf_next_batch(&r, &b));
}

static void test_payload_left_out(void **arg)
{
	uint8_t whole[400], kept[122];
	const struct kf_skip skips[] = { { 61, 139 }, { 122, 39 } };
	struct kf_records r = { .ptr = kept, .kept = 122, .size = 300, .skips = skips, .n_skips = 2 };
	struct kf_batch b;

	(void)arg;
	put_batch(put_batch(whole, 10, 200, 4), 14, 100, 2);
	memcpy(kept, whole, 61);
	memcpy(kept + 61, whole + 200, 61);
	assert_true(kf_next_batch(&r, &b));
	assert_int_equal(b.size, 200);
	assert_true(kf_next_batch(&r, &b));
	assert_int_equal(b.base_offset, 14);
	assert_int_equal(b.records, 2);
	assert_false(kf_next_batch(&r, &b));
}

/* In a Fetch response as Kafka wrote it, the batches fill the records to the last byte. */
static void follow_batches(const struct vector *v, void *ctx)
{
	struct fetch_response_partition p;
	struct fetch_response_response topic;
	struct fetch_response r;
	struct kf_body body = { .ptr = v->body, .len = v->len };
	struct kf_batch b;
	size_t *batches = ctx;

	if (v->message->key != 1 || v->message->direction != KF_RESPONSE)
		return;
	assert_int_equal(kf_decode(v->message, v->version, &body, &r, NULL), KF_OK);
	while (kf_next(&r.responses, &topic))
		while (kf_next(&topic.partitions, &p)) {
			while (kf_next_batch(&p.records, &b))
				++*batches;
			assert_int_equal(p.records.size, 0);
		}
}

static void test_samples(void **arg)
{
	size_t batches = 0;

	(void)arg;
	vectors_each(follow_batches, &batches);
	assert_true(batches > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_batches),   cmocka_unit_test(test_old_messages),
		cmocka_unit_test(test_batch_that_goes_on), cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_payload_left_out), cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
