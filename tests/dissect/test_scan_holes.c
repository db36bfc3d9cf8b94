/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that are lost inside records: the rest of the message decodes as if they had been counted past.
 */
#include "reflect.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct state {
	uint64_t random;
	size_t holes, mended;
};

/* Feeds the message with a hole in it; false when the scan cannot go on after it. */
static bool feed_around(struct kept *k, const struct vector *v, uint32_t at, uint32_t len)
{
	struct kf_scan s;
	uint64_t n;

	kf_scan_start(&s, v->message, v->version);
	kept_feed(k, &s, v->body, at);
	n = k->jump < len ? k->jump : len;
	kept_skip(k, (size_t)n);
	k->jump -= n;
	at += (uint32_t)n;
	len -= (uint32_t)n;
	if (len > 0) {
		k->jump = kf_scan_hole(&s, len);
		if (k->jump < len)
			return false;
		kept_skip(k, len);
		k->jump -= len;
	}
	kept_feed(k, &s, v->body + at + len, v->len - at - len);
	assert_false(k->stuck || s.failed);
	return true;
}

/* What of the message does not depend on what lies in records. */
static uint64_t without_batches(const struct kf_struct *s, void *value);

static uint64_t of_array(uint64_t sum, struct kf_array a)
{
	uint64_t element[REFLECT_WORDS], one;

	if (!a.element)
		return reflect_array(sum, a);
	while (kf_next(&a, element)) {
		one = without_batches(a.element, element);
		sum = reflect_mix(sum, &one, sizeof(one));
	}
	return sum;
}

static uint64_t without_batches(const struct kf_struct *s, void *value)
{
	uint64_t sum = 1;

	for (unsigned i = 0; i < s->n_fields; i++) {
		const struct kf_field *f = &s->fields[i];
		char *slot = (char *)value + f->at;

		if (!(*(uint64_t *)value >> i & 1))
			continue;
		if (f->type == KF_RECORDS)
			sum = reflect_mix(sum, &((struct kf_records *)(void *)slot)->size, 4);
		else if (f->sub)
			sum = of_array(sum, *(struct kf_array *)(void *)slot);
		else
			sum = reflect_value(sum, f, slot);
	}
	return sum;
}

static void check_hole(struct state *s, const struct vector *v, uint32_t at, uint32_t len)
{
	struct kf_body body = { .ptr = v->body, .len = v->len }, compact;
	uint64_t a[REFLECT_WORDS], b[REFLECT_WORDS];
	struct kept k = kept_new(v->len);
	struct kf_error err;

	s->holes++;
	if (feed_around(&k, v, at, len)) {
		s->mended++;
		compact = kept_body(&k);
		if (kf_decode(v->message, v->version, &compact, b, &err) != KF_OK)
			fail_msg("%s v%d, hole at %u of %u: %s at %u", v->message->name, v->version, at, len, err.what,
			         err.offset);
		assert_int_equal(err.offset, v->len);
		assert_int_equal(kf_decode(v->message, v->version, &body, a, NULL), KF_OK);
		assert_true(without_batches(v->message->body, a) == without_batches(v->message->body, b));
		reflect_struct(0, v->message->body, b); /* the batches that are there can be read */
	}
	kept_free(&k);
}

static void holes(const struct vector *v, void *ctx)
{
	struct state *s = ctx;

	if (!kf_has_records(v->message) || v->len > 4096)
		return;
	for (uint32_t at = 0; at < v->len; at++) {
		uint32_t most = v->len - at;

		check_hole(s, v, at, 1);
		check_hole(s, v, at, 1 + next_random(&s->random) % most);
		check_hole(s, v, at, 1 + next_random(&s->random) % (most < 100 ? most : 100));
	}
}

static void test_holes(void **arg)
{
	struct state s = { .random = 1 };

	(void)arg;
	vectors_each(holes, &s);
	print_message("%zu of %zu holes lay inside records\n", s.mended, s.holes);
	assert_true(s.mended > 10000);
}

/* One field, two batches of 100 bytes: which bytes a hole costs. */
static void test_rest(void **arg)
{
	enum { HEADER = 61, PEEK = 17, BATCH = 100 };
	uint8_t body[2 + 4 + 4 + 2 + 4 + 4 + 4 + 2 * BATCH] = { 0 };
	static const struct {
		uint32_t at; /* in the records */
		uint32_t lost, rest;
	} cases[] = {
		{ HEADER, 5, BATCH - HEADER },         { HEADER, BATCH - HEADER, BATCH - HEADER },
		{ HEADER, BATCH, 2 * BATCH - HEADER }, { 5, 3, 2 * BATCH - 5 },
		{ 0, 2 * BATCH, 2 * BATCH },           { PEEK + 3, 1, 2 * BATCH - PEEK - 3 },
		{ BATCH, 1, BATCH },                   { HEADER, 2 * BATCH, 0 },
		{ BATCH + HEADER, 1, BATCH - HEADER }, { BATCH + HEADER, BATCH - HEADER + 1, 0 },
	};
	const uint32_t begin = sizeof(body) - 2 * BATCH;

	(void)arg;
	/* Produce v0: acks, timeout, one topic "", one partition 0 */
	body[9] = 1;
	body[15] = 1;
	body[23] = 2 * BATCH;
	for (uint32_t at = begin; at < sizeof(body); at += BATCH) {
		body[at + 11] = BATCH - 12;
		body[at + 16] = 2;
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vector v = { .message = kf_message(0, KF_REQUEST), .version = 0, .body = body };
		struct kept k = kept_new(sizeof(body));
		struct kf_scan s;

		kf_scan_start(&s, v.message, 0);
		kept_feed(&k, &s, body, begin + cases[i].at);
		assert_int_equal(k.jump, 0);
		assert_int_equal(kf_scan_hole(&s, cases[i].lost), cases[i].rest);
		kept_free(&k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
