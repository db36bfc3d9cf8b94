/* SPDX-License-Identifier: Apache-2.0
 *
 * Places of values: of every API, direction and version they follow each other without a gap that is not a length, end
 * where the message ends, and say the same as decoding does, also of prefixes and of bytes that were changed.
 */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct layout {
	struct guard *guard;
	const struct vector *vector;
	const uint8_t *body;
	uint32_t len, at;    /* at: behind the last value that has no parts */
	size_t places;
	size_t most;         /* stop after as many; 0: never */
	int64_t error_code;  /* the first one at the top, -1 */
	void *out;
	uint64_t random;
};

static bool each(void *ctx, const struct kf_place *p)
{
	struct layout *l = ctx;

	assert_true(p->offset <= l->len && p->len <= l->len - p->offset);
	l->places++;
	if (p->type != KF_ARRAY && p->type != KF_STRUCT) {
		assert_true(p->offset >= l->at);
		l->at = p->offset + p->len;
	}
	if (p->bytes.ptr)
		assert_true(p->bytes.ptr >= l->body && p->bytes.ptr + p->bytes.len <= l->body + l->len);
	if (p->field && p->depth == 0 && l->error_code < 0 && strcmp(p->field->name, "error_code") == 0)
		l->error_code = p->number;
	return !l->most || l->places < l->most;
}

static enum kf_status lay_out(struct layout *l, const uint8_t *bytes, uint32_t len, struct kf_error *err)
{
	struct kf_body body = { .ptr = guard_copy(l->guard, bytes, len), .len = len };

	l->body = body.ptr;
	l->len = len;
	l->at = 0;
	l->places = 0;
	l->error_code = -1;
	return kf_layout(l->vector->message, l->vector->version, &body, l, each, err);
}

static void agree(struct layout *l, const uint8_t *bytes, uint32_t len)
{
	struct kf_body body = { .ptr = bytes, .len = len };
	struct kf_error a, b;
	enum kf_status mine = lay_out(l, bytes, len, &a);

	assert_int_equal(mine, kf_decode(l->vector->message, l->vector->version, &body, l->out, &b));
	assert_int_equal(a.status, mine);
}

static void whole(const struct vector *v, void *ctx)
{
	struct layout *l = ctx;
	struct kf_error err;

	l->vector = v;
	if (lay_out(l, v->body, v->len, &err) != KF_OK)
		fail_msg("%s %d v%d: %s at %u", v->message->name, v->message->direction, v->version, err.what, err.offset);
	assert_true(v->len - l->at <= 16); /* what is behind is empty: tags, null and empty arrays */
	for (uint32_t len = 0; len < v->len; len += v->len > 512 ? 37 : 3)
		agree(l, v->body, len);
}

static void changed(const struct vector *v, void *ctx)
{
	struct layout *l = ctx;
	uint8_t *bytes = malloc(v->len + 1);

	l->vector = v;
	assert_non_null(bytes);
	for (int i = 0; i < 8 && v->len; i++) {
		memcpy(bytes, v->body, v->len);
		bytes[next_random(&l->random) % v->len] = (uint8_t)next_random(&l->random);
		agree(l, bytes, v->len);
	}
	free(bytes);
}

static void test_whole(void **state)
{
	vectors_each(whole, *state);
}

static void test_changed(void **state)
{
	vectors_each(changed, *state);
}

static void test_stop(void **state)
{
	static const uint8_t body[] = { 0, 0, 0, 0, 0, 25, 0, 0, 0, 7 };
	const struct vector v = { .message = kf_message(12, KF_RESPONSE), .version = 1 };
	struct layout *l = *state;
	struct kf_error err;

	l->vector = &v;
	l->most = 1;
	assert_int_equal(lay_out(l, body, 6, &err), KF_OK);
	assert_int_equal(l->places, 1);
	l->most = 0;
	assert_int_equal(lay_out(l, body, 6, &err), KF_OK);
	assert_int_equal(l->error_code, 25);
	assert_int_equal(lay_out(l, body, 10, &err), KF_MALFORMED);
	assert_int_equal(kf_layout(v.message, 99, &(struct kf_body){ .ptr = body }, l, each, &err), KF_UNKNOWN_VERSION);
	assert_int_equal(kf_layout(NULL, 0, &(struct kf_body){ .ptr = body }, l, each, &err), KF_UNKNOWN_API);
}

static bool name_of(void *ctx, const struct kf_place *p)
{
	char *names = ctx;

	strcat(names, p->field->name);
	strcat(names, " ");
	return true;
}

static void test_blob(void **state)
{
	static const uint8_t subscription[] = { 0, 1, 0, 0, 0, 1, 0, 1, 't', 255, 255, 255, 255, 0, 0, 0, 0 };
	struct kf_bytes in = { subscription, sizeof(subscription) };
	char names[200] = "";
	struct kf_error err;

	(void)state;
	assert_int_equal(kf_layout_blob(KF_BLOB_SUBSCRIPTION, in, names, name_of, &err), KF_OK);
	assert_string_equal(names, "topics topics user_data owned_partitions ");
	in.len = 1;
	assert_int_equal(kf_layout_blob(KF_BLOB_SUBSCRIPTION, in, names, name_of, &err), KF_TRUNCATED);
}

/* User data of the assignor "sticky" does not say its version: it is the one that takes all of the bytes. */
static void test_blob_without_version(void **state)
{
	static const uint8_t sticky[] = { 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 9 };
	struct kf_bytes in = { sticky, sizeof(sticky) };
	char names[200] = "";
	struct kf_error err;

	(void)state;
	assert_int_equal(kf_layout_blob(KF_BLOB_STICKY, in, names, name_of, &err), KF_OK);
	assert_string_equal(names, "previous_assignment previous_assignment topic partitions partitions generation ");
	names[0] = '\0';
	in.len -= 4;
	assert_int_equal(kf_layout_blob(KF_BLOB_STICKY, in, names, name_of, &err), KF_OK);
	assert_string_equal(names, "previous_assignment previous_assignment topic partitions partitions ");
	in.len--;
	assert_int_not_equal(kf_layout_blob(KF_BLOB_STICKY, in, names, name_of, &err), KF_OK);
}

int main(void)
{
	struct layout l = { .guard = guard_new(), .out = malloc(1 << 16), .random = 5 };
	void *state = &l;
	const struct CMUnitTest tests[] = {
		{ "whole", test_whole, NULL, NULL, state },
		{ "changed", test_changed, NULL, NULL, state },
		{ "stop", test_stop, NULL, NULL, state },
		{ "blob", test_blob, NULL, NULL, state },
		{ "blob without a version", test_blob_without_version, NULL, NULL, state },
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	guard_free(l.guard);
	free(l.out);
	return failed;
}
