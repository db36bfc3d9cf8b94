/* SPDX-License-Identifier: Apache-2.0
 *
 * Every API, direction and version, with bodies that Kafka's own classes wrote.
 */
#include "reflect.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { KEYS = 128, VERSIONS = 128, LONG_BODY = 2048 };

struct state {
	struct guard *guard;
	uint64_t out[REFLECT_WORDS];
	uint64_t random;
	size_t messages;
	bool seen[KEYS][2][VERSIONS];
};

static enum kf_status decode(struct state *s, const struct vector *v, const uint8_t *bytes, size_t len, bool cut,
                             struct kf_error *err)
{
	struct kf_body body = { .ptr = guard_copy(s->guard, bytes, len), .len = (uint32_t)len, .cut = cut };

	assert_true(v->message->body->size <= sizeof(s->out));
	return kf_decode(v->message, v->version, &body, s->out, err);
}

static void whole(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	struct kf_error err;

	s->messages++;
	s->seen[v->message->key][v->message->direction][v->version] = true;
	if (decode(s, v, v->body, v->len, false, &err) != KF_OK)
		fail_msg("%s %d v%d: %s at %u (%s)", v->message->name, v->message->direction, v->version, err.what,
		         err.offset, err.field);
	assert_int_equal(err.status, KF_OK);
	assert_int_equal(err.offset, v->len);
	assert_int_not_equal(reflect_struct(0, v->message->body, s->out), 0);
}

static void test_whole(void **arg)
{
	struct state *s = *arg;
	const struct kf_message *const *all;
	size_t n;

	s->messages = 0;
	vectors_each(whole, s);
	assert_true(s->messages > 2000);
	all = kf_messages(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned v = all[i]->first; v <= all[i]->last; v++)
			if (!s->seen[all[i]->key][all[i]->direction][v])
				fail_msg("no sample of %s %d v%u", all[i]->name, all[i]->direction, v);
}

static void check_prefix(struct state *s, const struct vector *v, uint32_t len, bool cut)
{
	struct kf_error err;
	enum kf_status status = decode(s, v, v->body, len, cut, &err);

	if (status != KF_TRUNCATED || err.status != status || err.offset > len || !err.what)
		fail_msg("%s %d v%d, %u of %u bytes: status %d (%s)", v->message->name, v->message->direction,
		         v->version, len, v->len, (int)status, err.what);
	reflect_struct(0, v->message->body, s->out);
}

static void prefixes(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	uint32_t stride = v->len > LONG_BODY ? 61 : 1;

	for (uint32_t len = 0; len < v->len; len++)
		if (len % stride == 0 || len < 256 || v->len - len < 64)
			check_prefix(s, v, len, len & 1);
}

static void test_prefixes(void **arg)
{
	vectors_each(prefixes, *arg);
}

static void one_more(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	uint8_t *longer = calloc(1, v->len + 1);
	struct kf_error err;

	assert_non_null(longer);
	memcpy(longer, v->body, v->len);
	assert_int_equal(decode(s, v, longer, v->len + 1, false, &err), KF_MALFORMED);
	assert_int_equal(err.offset, v->len);
	assert_int_equal(decode(s, v, v->body, v->len, true, &err), KF_MALFORMED);
	free(longer);
}

static void test_one_more(void **arg)
{
	vectors_each(one_more, *arg);
}

static void damage(const struct vector *v, void *ctx)
{
	enum { TRIES = 24 };
	struct state *s = ctx;
	uint8_t *bad = malloc(v->len + 1);

	assert_non_null(bad);
	for (unsigned try = 0; v->len && try < TRIES; try++) {
		memcpy(bad, v->body, v->len);
		for (unsigned bits = 0; bits <= try / 8; bits++)
			bad[next_random(&s->random) % v->len] ^= (uint8_t)(1u << next_random(&s->random) % 8);
		decode(s, v, bad, v->len, false, NULL);
		reflect_struct(0, v->message->body, s->out);
	}
	free(bad);
}

static void test_damage(void **arg)
{
	vectors_each(damage, *arg);
}

static int setup(void **arg)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->guard = guard_new();
	s->random = 1;
	*arg = s;
	return 0;
}

static int teardown(void **arg)
{
	guard_free(((struct state *)*arg)->guard);
	free(*arg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_one_more),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
