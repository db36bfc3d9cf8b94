/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest size of every struct in every version, which array counts are held against: arrays of as many of the
 * smallest elements as fit decode, one more is refused at the count.
 */
#include "reflect.h"
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ELEMENTS = 600 }; /* so many that a count is not believed without being held against the bytes */

struct writer {
	uint8_t *bytes;
	size_t len, cap;
	unsigned version;
	bool flexible;
	const struct kf_field *many; /* the array that gets ELEMENTS of them */
	size_t count_at, count_end;  /* where its elements begin, and where they end */
};

static void put(struct writer *w, unsigned bytes, uint64_t value)
{
	if (w->len + bytes > w->cap) {
		w->cap = 2 * w->cap + 4096;
		w->bytes = realloc(w->bytes, w->cap);
		assert_non_null(w->bytes);
	}
	while (bytes--)
		w->bytes[w->len++] = (uint8_t)(value >> 8 * bytes);
}

static bool has(const struct kf_field *f, unsigned version)
{
	return version >= f->first && version <= f->last;
}

static void put_struct(struct writer *w, const struct kf_struct *s);

/* An empty value of a field, or of its elements; flexible versions count from 1. Elements are never null. */
static void put_value(struct writer *w, const struct kf_field *f, bool element)
{
	static const uint8_t fixed[] = {
		[KF_BOOL] = 1, [KF_INT8] = 1, [KF_INT16] = 2, [KF_INT32] = 4, [KF_INT64] = 8,
		[KF_UINT16] = 2, [KF_UINT32] = 4, [KF_FLOAT64] = 8, [KF_UUID] = 16,
	};
	unsigned type = element ? f->element : f->type;
	bool nullable = !element && w->version >= f->null_first && w->version <= f->null_last;

	if (type <= KF_UUID)
		for (unsigned i = 0; i < fixed[type]; i++)
			put(w, 1, 0);
	else if (type == KF_STRUCT && nullable)
		put(w, 1, 0xff);
	else if (type == KF_STRUCT)
		put_struct(w, f->sub);
	else if (w->flexible)
		put(w, 1, 1);
	else
		put(w, type == KF_STRING ? 2 : 4, 0);
}

static void put_many(struct writer *w, const struct kf_field *f, unsigned count)
{
	if (w->flexible)
		put(w, 2, ((count + 1) & 0x7f) << 8 | 0x8000 | (count + 1) >> 7);
	else
		put(w, 4, count);
	w->count_at = w->len;
	for (unsigned i = 0; i < ELEMENTS; i++)
		put_value(w, f, true);
	w->count_end = w->len;
}

static void put_struct(struct writer *w, const struct kf_struct *s)
{
	for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++) {
		if (!has(f, w->version) || f->tag >= 0)
			continue;
		if (f == w->many)
			put_many(w, f, ELEMENTS);
		else
			put_value(w, f, false);
	}
	if (w->flexible)
		put(w, 1, 0);
}

static enum kf_status decode(const struct kf_message *m, const struct writer *w, size_t len, struct kf_error *err)
{
	struct kf_body body = { .ptr = w->bytes, .len = (uint32_t)len };
	uint64_t out[REFLECT_WORDS];

	return kf_decode(m, (int16_t)w->version, &body, out, err);
}

static void check_array(const struct kf_message *m, const struct kf_field *f, unsigned version, size_t *checked)
{
	struct writer w = { .version = version, .flexible = version >= m->flexible, .many = f };
	struct kf_error err;
	size_t element, rest;

	put_struct(&w, m->body);
	if (decode(m, &w, w.len, &err) != KF_OK || err.offset != w.len)
		fail_msg("%s %d v%u %s: %s at %u of %zu", m->name, m->direction, version, f->name, err.what, err.offset,
		         w.len);
	element = (w.count_end - w.count_at) / ELEMENTS;
	rest = w.len - w.count_end;
	assert_true(element > 0);
	/* exactly the elements fit; with one byte less in all the count itself is refused, and no element is read */
	if (decode(m, &w, w.count_end, &err) == KF_OK)
		assert_int_equal(rest, 0);
	assert_int_equal(decode(m, &w, w.count_end - 1, &err), KF_TRUNCATED);
	if (element < 64 && strcmp(err.what, "array count exceeds the bytes left") != 0)
		fail_msg("%s %d v%u %s: elements of %zu bytes, but: %s", m->name, m->direction, version, f->name, element,
		         err.what);
	free(w.bytes);
	++*checked;
}

static void test_arrays(void **arg)
{
	const struct kf_message *const *all;
	size_t n, checked = 0;

	(void)arg;
	all = kf_messages(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned v = all[i]->first; v <= all[i]->last; v++)
			for (unsigned j = 0; j < all[i]->body->n_fields; j++) {
				const struct kf_field *f = &all[i]->body->fields[j];

				if (f->type == KF_ARRAY && f->tag < 0 && has(f, v))
					check_array(all[i], f, v, &checked);
			}
	assert_true(checked > 400);
}

/* The smallest message of each version: it decodes, and no byte of it can be spared. */
static void test_messages(void **arg)
{
	const struct kf_message *const *all;
	size_t n;

	(void)arg;
	all = kf_messages(&n);
	for (size_t i = 0; i < n; i++)
		for (unsigned v = all[i]->first; v <= all[i]->last; v++) {
			struct writer w = { .version = v, .flexible = v >= all[i]->flexible };
			struct kf_error err;

			put_struct(&w, all[i]->body);
			put(&w, 1, 0); /* one too many, so that there is memory even for an empty message */
			assert_int_equal(decode(all[i], &w, w.len - 1, &err), KF_OK);
			assert_int_equal(decode(all[i], &w, w.len, &err), KF_MALFORMED);
			for (size_t len = 0; len + 1 < w.len; len++)
				assert_int_equal(decode(all[i], &w, len, &err), KF_TRUNCATED);
			free(w.bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
