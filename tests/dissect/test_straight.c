/* SPDX-License-Identifier: Apache-2.0
 *
 * The straight way through a struct against the walker, of which it may say nothing else: every message of every version,
 * whole and damaged.
 */
#include "reflect.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { DAMAGES = 60, LONGEST = 4096 };

struct state {
	struct guard *guard;
	uint64_t random, left[REFLECT_WORDS], right[REFLECT_WORDS];
	size_t good, bad;
};

/* The same arrays, at the same place; their elements are compared by reflect_struct. */
static void same_arrays(const struct kf_struct *s, const void *a, const void *b)
{
	for (unsigned i = 0; i < s->n_fields; i++) {
		struct kf_array x, y;

		if (s->fields[i].type != KF_ARRAY && s->fields[i].type != KF_STRUCT)
			continue;
		memcpy(&x, (const char *)a + s->fields[i].at, sizeof(x));
		memcpy(&y, (const char *)b + s->fields[i].at, sizeof(y));
		assert_ptr_equal(x.ptr, y.ptr);
		assert_ptr_equal(x.end, y.end);
		assert_ptr_equal(x.element, y.element);
		assert_int_equal(x.offset, y.offset);
		assert_int_equal(x.count, y.count);
		assert_true(x.version == y.version && x.type == y.type && x.flexible == y.flexible && x.cut == y.cut);
	}
}

static void both_ways(struct state *s, const struct vector *v, const uint8_t *bytes, size_t len, bool cut)
{
	struct kf_message plain = *v->message;
	struct kf_body body = { .ptr = guard_copy(s->guard, bytes, len), .len = (uint32_t)len, .cut = cut };
	struct kf_error a, b;
	enum kf_status status = kf_decode(v->message, v->version, &body, s->left, &a);

	plain.straight = NULL;
	assert_int_equal(kf_decode(&plain, v->version, &body, s->right, &b), status);
	assert_int_equal(a.status, b.status);
	assert_int_equal(a.offset, b.offset);
	assert_true(a.field == b.field && a.what == b.what);
	same_arrays(v->message->body, s->left, s->right);
	if (reflect_struct(0, v->message->body, s->left) != reflect_struct(0, v->message->body, s->right))
		fail_msg("%s %d v%d", v->message->name, v->message->direction, v->version);
	if (v->message->straight)
		*(status == KF_OK ? &s->good : &s->bad) += 1;
}

static void damaged(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	uint8_t bytes[LONGEST + 1];

	if (v->len > LONGEST)
		return;
	both_ways(s, v, v->body, v->len, false);
	both_ways(s, v, v->body, v->len, true);
	for (int i = 0; i < DAMAGES && v->len; i++) {
		size_t len = v->len, at = next_random(&s->random) % len;

		memcpy(bytes, v->body, len);
		bytes[len] = 0;
		if (i % 3 == 0)
			len = at;
		else if (i % 3 == 1)
			bytes[at] = (uint8_t)next_random(&s->random);
		else
			bytes[at] ^= (uint8_t)(1u << next_random(&s->random) % 8);
		both_ways(s, v, bytes, len + (i % 10 == 9), false);
	}
}

static void test_both_ways(void **arg)
{
	struct state *s = *arg;

	vectors_each(damaged, s);
	assert_true(s->good > 3000);
	assert_true(s->bad > 3000);
}

/* A count that no bytes stand behind, of elements that may have none. */
static void test_no_end(void **arg)
{
	static const uint8_t bytes[] = { 0x7f, 0xff, 0xff, 0xff };
	struct state *s = *arg;
	const struct kf_message *const *all;
	size_t n;

	all = kf_messages(&n);
	for (size_t i = 0; i < n; i++)
		for (int16_t version = all[i]->first; version <= all[i]->last; version++) {
			const struct vector v = { .message = all[i], .version = version };

			both_ways(s, &v, bytes, sizeof(bytes), false);
		}
}

static int setup(void **arg)
{
	struct state *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->guard = guard_new();
	s->random = 1;
	*arg = s;
	return 0;
}

static int teardown(void **arg)
{
	struct state *s = *arg;

	guard_free(s->guard);
	free(s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
