/* SPDX-License-Identifier: Apache-2.0
 *
 * A scan keeps the same bytes however they come, and what it keeps decodes like the whole.
 */
#include "reflect.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct state {
	uint64_t random;
	size_t skipping; /* messages of which something was not kept */
};

static void assert_same(const struct kept *a, const struct kept *b)
{
	assert_false(a->stuck || b->stuck);
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->bytes, b->bytes, a->len);
	assert_int_equal(a->n_skips, b->n_skips);
	assert_memory_equal(a->skips, b->skips, a->n_skips * sizeof(a->skips[0]));
}

static struct kept scan_whole(const struct vector *v, bool *failed)
{
	struct kept k = kept_new(v->len);
	struct kf_scan s;

	kf_scan_start(&s, v->message, v->version);
	kept_feed(&k, &s, v->body, v->len);
	assert_false(k.stuck);
	*failed = s.failed;
	return k;
}

static void check_split(const struct vector *v, const struct kept *expected, uint32_t at)
{
	struct kept k = kept_new(v->len);
	struct kf_scan s;

	kf_scan_start(&s, v->message, v->version);
	kept_feed(&k, &s, v->body, at);
	kept_feed(&k, &s, v->body + at, v->len - at);
	assert_same(&k, expected);
	kept_free(&k);
}

/* Pieces of 1 to `most` bytes. */
static void check_pieces(const struct vector *v, const struct kept *expected, uint32_t most, uint64_t *random)
{
	struct kept k = kept_new(v->len);
	struct kf_scan s;

	kf_scan_start(&s, v->message, v->version);
	for (uint32_t at = 0; at < v->len;) {
		uint32_t n = 1 + next_random(random) % most;

		if (n > v->len - at)
			n = v->len - at;
		kept_feed(&k, &s, v->body + at, n);
		at += n;
	}
	assert_same(&k, expected);
	kept_free(&k);
}

static void same_as_whole(const struct vector *v, const struct kept *k)
{
	struct kf_body body = { .ptr = v->body, .len = v->len }, compact = kept_body(k);
	uint64_t a[REFLECT_WORDS], b[REFLECT_WORDS];
	struct kf_error err;

	assert_int_equal(kf_decode(v->message, v->version, &body, a, NULL), KF_OK);
	if (kf_decode(v->message, v->version, &compact, b, &err) != KF_OK)
		fail_msg("%s v%d: %s at %u", v->message->name, v->version, err.what, err.offset);
	assert_int_equal(err.offset, v->len);
	assert_true(reflect_struct(0, v->message->body, a) == reflect_struct(0, v->message->body, b));
}

static void scan(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	struct kept k;
	bool failed;

	k = scan_whole(v, &failed);
	assert_false(failed);
	same_as_whole(v, &k);
	s->skipping += k.n_skips > 0;
	if (!kf_has_records(v->message))
		assert_int_equal(k.len, v->len);
	check_pieces(v, &k, 1, &s->random);
	check_pieces(v, &k, 7, &s->random);
	check_pieces(v, &k, 200, &s->random);
	if (kf_has_records(v->message) && v->len <= 4096)
		for (uint32_t at = 0; at <= v->len; at++)
			check_split(v, &k, at);
	kept_free(&k);
}

static void test_all_messages(void **arg)
{
	struct state s = { .random = 7 };

	(void)arg;
	vectors_each(scan, &s);
	assert_true(s.skipping > 50);
}

static void cut_short(const struct vector *v, void *ctx)
{
	struct kept k;
	struct kf_scan s;
	uint64_t out[REFLECT_WORDS];

	(void)ctx;
	if (!kf_has_records(v->message) || v->len > 1024)
		return;
	for (uint32_t len = 0; len < v->len; len++) {
		struct kf_body body;

		k = kept_new(v->len);
		kf_scan_start(&s, v->message, v->version);
		kept_feed(&k, &s, v->body, len);
		body = kept_body(&k);
		body.cut = true;
		assert_int_equal(kf_decode(v->message, v->version, &body, out, NULL), KF_TRUNCATED);
		reflect_struct(0, v->message->body, out);
		kept_free(&k);
	}
}

static void test_cut_short(void **arg)
{
	(void)arg;
	vectors_each(cut_short, NULL);
}

static void damage(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	uint8_t *bad = malloc(v->len + 1);
	uint64_t out[REFLECT_WORDS];
	struct vector damaged = *v;

	assert_non_null(bad);
	damaged.body = bad;
	for (unsigned try = 0; kf_has_records(v->message) && v->len && try < 40; try++) {
		struct kf_body body = { .ptr = bad, .len = v->len }, compact;
		enum kf_status whole, part;
		struct kept k;
		bool failed;

		memcpy(bad, v->body, v->len);
		bad[next_random(&s->random) % v->len] ^= (uint8_t)(1u << next_random(&s->random) % 8);
		k = scan_whole(&damaged, &failed);
		check_pieces(&damaged, &k, 5, &s->random);
		compact = kept_body(&k);
		whole = kf_decode(v->message, v->version, &body, out, NULL);
		part = kf_decode(v->message, v->version, &compact, out, NULL);
		assert_int_equal(whole == KF_OK, part == KF_OK);
		if (failed)
			assert_int_not_equal(whole, KF_OK);
		reflect_struct(0, v->message->body, out);
		kept_free(&k);
	}
	free(bad);
}

static void test_damage(void **arg)
{
	struct state s = { .random = 11 };

	(void)arg;
	vectors_each(damage, &s);
}

/* A Fetch v4 response with one partition whose records field says `size` bytes. */
static size_t fetch_head(uint8_t *out, uint32_t size)
{
	static const uint8_t head[] = {
		0, 0, 0, 0,                         /* throttle */
		0, 0, 0, 1, 0, 1, 't',              /* one topic */
		0, 0, 0, 1, 0, 0, 0, 0, 0, 0,       /* partition 0, no error */
		0, 0, 0, 0, 0, 0, 0, 9,             /* high watermark */
		0, 0, 0, 0, 0, 0, 0, 9,             /* last stable offset */
		0xff, 0xff, 0xff, 0xff,             /* aborted transactions: null */
	};

	memcpy(out, head, sizeof(head));
	for (unsigned i = 0; i < 4; i++)
		out[sizeof(head) + i] = (uint8_t)(size >> 8 * (3 - i));
	return sizeof(head) + 4;
}

static void test_long_skip_needs_no_bytes(void **arg)
{
	const struct kf_message *m = kf_message(1, KF_RESPONSE);
	uint8_t bytes[256] = { 0 };
	size_t head = fetch_head(bytes, 1000061);
	struct kf_scan s;
	bool keep;

	(void)arg;
	bytes[head + 9] = 0x0f;  /* 1000061 - 12 = 0x0f4271 */
	bytes[head + 10] = 0x42;
	bytes[head + 11] = 0x71;
	bytes[head + 16] = 2;
	kf_scan_start(&s, m, 4);
	assert_int_equal(kf_scan_next(&s, bytes, head + 100, &keep), head + 61);
	assert_true(keep);
	assert_int_equal(kf_scan_next(&s, bytes + head + 61, 39, &keep), 1000000);
	assert_false(keep);
	assert_false(s.failed);
	assert_int_equal(kf_scan_next(&s, bytes, 1, &keep), 1);
	assert_false(keep);
	assert_true(s.failed); /* nothing may follow */
}

static void test_records_without_sense(void **arg)
{
	const struct kf_message *m = kf_message(1, KF_RESPONSE);
	uint8_t bytes[256] = { 0 };
	size_t head = fetch_head(bytes, 120);
	struct kf_scan s;
	bool keep;

	(void)arg;
	memset(bytes + head, 0x55, 120);
	kf_scan_start(&s, m, 4);
	assert_int_equal(kf_scan_next(&s, bytes, head + 120, &keep), head + 17);
	assert_int_equal(kf_scan_next(&s, bytes + head + 17, 103, &keep), 103);
	assert_false(keep);
	assert_false(s.failed);
}

/* A Fetch response may end in the middle of a batch, even of its header. */
static void test_batch_cut_in_its_header(void **arg)
{
	const struct kf_message *m = kf_message(1, KF_RESPONSE);
	uint8_t bytes[256] = { 0 };
	size_t head = fetch_head(bytes, 30);
	struct kf_scan s;
	bool keep;

	(void)arg;
	bytes[head + 11] = 100;
	bytes[head + 16] = 2;
	kf_scan_start(&s, m, 4);
	assert_int_equal(kf_scan_next(&s, bytes, head + 31, &keep), head + 30);
	assert_true(keep);
	assert_false(s.failed);
	assert_int_equal(kf_scan_next(&s, bytes, 1, &keep), 1);
	assert_true(s.failed);
}

static void test_bytes_after_the_end(void **arg)
{
	static const uint8_t bytes[] = { 0, 0, 0, 5, 0, 27, 1, 2, 3 };
	const struct kf_message *m = kf_message(12, KF_RESPONSE);
	struct kf_scan s;
	bool keep;

	(void)arg;
	kf_scan_start(&s, m, 1);
	assert_int_equal(kf_scan_next(&s, bytes, sizeof(bytes), &keep), 6);
	assert_true(keep);
	assert_int_equal(kf_scan_next(&s, bytes + 6, 3, &keep), 3);
	assert_false(keep);
	assert_true(s.failed);
}

static void test_unknown_version(void **arg)
{
	uint8_t byte = 0;
	struct kf_scan s;
	bool keep;

	(void)arg;
	kf_scan_start(&s, kf_message(1, KF_RESPONSE), 99);
	assert_true(s.failed);
	assert_int_equal(kf_scan_next(&s, &byte, 1, &keep), 1);
	assert_false(keep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_messages),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_long_skip_needs_no_bytes),
		cmocka_unit_test(test_records_without_sense),
		cmocka_unit_test(test_batch_cut_in_its_header),
		cmocka_unit_test(test_bytes_after_the_end),
		cmocka_unit_test(test_unknown_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
