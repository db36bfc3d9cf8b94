/* SPDX-License-Identifier: Apache-2.0
 *
 * What the walker relies on holds for every table.
 */
#include "reflect.h"

#include <regroup/messages.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static unsigned null_bytes(const struct kf_field *f, unsigned version)
{
	return version >= f->null_first && version <= f->null_last;
}

/* The fewest bytes that the fields of a struct take in a version. */
static unsigned least(const struct kf_struct *s, unsigned version, bool flexible)
{
	unsigned sum = flexible;

	for (unsigned i = 0; i < s->n_fields; i++) {
		const struct kf_field *f = &s->fields[i];

		if (version < f->first || version > f->last || f->tag >= 0)
			continue;
		if (f->type != KF_STRUCT)
			sum++;
		else
			sum += null_bytes(f, version) ? 1 : least(f->sub, version, flexible);
	}
	return sum;
}

/* A default is of the field's type and not its zero; only tagged fields say the empty string. */
static void check_preset(const struct kf_field *f)
{
	char *end = NULL;

	if (!f->preset)
		return;
	if (strcmp(f->preset, "null") == 0) {
		assert_true(f->type >= KF_STRING && f->null_first != KF_NEVER);
	} else if (f->type == KF_BOOL) {
		assert_string_equal(f->preset, "true");
	} else if (f->type == KF_STRING) {
		assert_true(*f->preset || f->tag >= 0);
	} else {
		assert_true(f->type >= KF_INT8 && f->type <= KF_FLOAT64);
		assert_true(strtod(f->preset, &end) != 0);
		assert_true(end != f->preset && *end == '\0');
	}
}

struct layout {
	size_t size, align;
};

#define LAYOUT(type) { sizeof(type), _Alignof(type) }

/* What the C struct has for a field. */
static const struct layout *size_of(const struct kf_field *f)
{
	static const struct layout of[] = {
		[KF_BOOL] = LAYOUT(bool),
		[KF_INT8] = LAYOUT(int8_t),
		[KF_INT16] = LAYOUT(int16_t),
		[KF_INT32] = LAYOUT(int32_t),
		[KF_INT64] = LAYOUT(int64_t),
		[KF_UINT16] = LAYOUT(uint16_t),
		[KF_UINT32] = LAYOUT(uint32_t),
		[KF_FLOAT64] = LAYOUT(double),
		[KF_UUID] = LAYOUT(struct kf_uuid),
		[KF_STRING] = LAYOUT(struct kf_bytes),
		[KF_BYTES] = LAYOUT(struct kf_bytes),
		[KF_RECORDS] = LAYOUT(struct kf_records),
		[KF_STRUCT] = LAYOUT(struct kf_array),
		[KF_ARRAY] = LAYOUT(struct kf_array),
	};

	return &of[f->type];
}

static void check_field(const struct kf_message *m, const struct kf_struct *s, unsigned i)
{
	const struct kf_field *f = &s->fields[i];
	bool nested = f->type == KF_STRUCT || (f->type == KF_ARRAY && f->element == KF_STRUCT);

	assert_true(f->first <= f->last && f->last <= KF_MAX);
	assert_true(f->first <= m->last);
	assert_true(f->type <= KF_ARRAY && f->element <= KF_STRUCT);
	assert_int_equal(f->sub != NULL, nested);
	assert_true(f->at >= sizeof(struct kf_head) && f->at < s->size);
	if (f->null_first != KF_NEVER) {
		assert_true(f->null_first >= f->first && f->null_first <= f->null_last);
		assert_true(f->null_last <= f->last || f->null_last == KF_MAX);
		assert_true(f->type >= KF_STRING);
	}
	if (f->tag >= 0)
		assert_true(f->first >= m->flexible);
	check_preset(f);
	assert_int_equal(f->at % size_of(f)->align, 0);
	assert_true(f->at + size_of(f)->size <= s->size);
	if (i > 0)
		assert_true(f->at >= s->fields[i - 1].at + size_of(&s->fields[i - 1])->size);
	for (unsigned j = 0; j < i; j++) {
		const struct kf_field *g = &s->fields[j];
		bool together = f->first <= g->last && g->first <= f->last;

		assert_true(strcmp(f->name, g->name) != 0);
		assert_true(f->at > g->at);
		if (f->tag >= 0 && together)
			assert_true(f->tag != g->tag);
	}
}

/* Returns whether the struct has records. */
static bool check_struct(const struct kf_message *m, const struct kf_struct *s, unsigned depth)
{
	bool records = false;

	assert_true(depth < KF_SCAN_DEPTH - 1);
	assert_true(s->n_fields < 64);
	assert_true(s->size <= REFLECT_WORDS * sizeof(uint64_t));
	for (unsigned i = 0; i < s->n_fields; i++) {
		const struct kf_field *f = &s->fields[i];

		check_field(m, s, i);
		records |= f->type == KF_RECORDS;
		if (!f->sub)
			continue;
		records |= check_struct(m, f->sub, depth + 1);
		for (unsigned v = m->first; v <= m->last; v++)
			if (v >= f->first && v <= f->last)
				assert_true(least(f->sub, v, v >= m->flexible) > 0);
	}
	assert_int_equal(s->has_records, records);
	return records;
}

static void test_structs(void **arg)
{
	const struct kf_message *const *all;
	size_t n;

	(void)arg;
	all = kf_messages(&n);
	for (size_t i = 0; i < n; i++) {
		assert_true(all[i]->first <= all[i]->last);
		assert_int_equal(check_struct(all[i], all[i]->body, 0), kf_has_records(all[i]));
	}
}

static void test_blobs(void **arg)
{
	(void)arg;
	for (int kind = 0; kind < KF_BLOBS; kind++) {
		const struct kf_blob *b = kf_blob((enum kf_blob_kind)kind);
		struct kf_message as = { .name = b->name, .first = b->first, .last = b->last, .flexible = KF_NEVER };

		assert_non_null(b->body);
		assert_true(b->first <= b->last);
		assert_true(b->version_bytes == 0 || b->version_bytes == 2 || b->version_bytes == 4);
		assert_false(check_struct(&as, b->body, 0));
	}
}

static void test_lookup(void **arg)
{
	const struct kf_message *const *all;
	size_t n;

	(void)arg;
	all = kf_messages(&n);
	assert_int_equal(n, 190);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(kf_message(all[i]->key, (enum kf_direction)all[i]->direction), all[i]);
		assert_string_equal(kf_api_name(all[i]->key), all[i]->name);
	}
	assert_null(kf_message(-1, KF_REQUEST));
	assert_null(kf_message(95, KF_RESPONSE));
	assert_null(kf_message(INT16_MAX, KF_REQUEST));
	assert_null(kf_message(INT16_MIN, KF_REQUEST));
	assert_null(kf_api_name(1000));
	assert_string_equal(kf_api_name(11), "JoinGroup");
	assert_string_equal(kf_api_name(74), "ListConfigResources");
}

static void test_records(void **arg)
{
	(void)arg;
	assert_true(kf_has_records(kf_message(0, KF_REQUEST)));
	assert_false(kf_has_records(kf_message(0, KF_RESPONSE)));
	assert_true(kf_has_records(kf_message(1, KF_RESPONSE)));
	assert_false(kf_has_records(kf_message(1, KF_REQUEST)));
	assert_true(kf_has_records(kf_message(59, KF_RESPONSE)));
	assert_true(kf_has_records(kf_message(78, KF_RESPONSE)));
	assert_false(kf_has_records(kf_message(11, KF_RESPONSE)));
}

static void test_header_versions(void **arg)
{
	(void)arg;
	assert_int_equal(kf_header_version(7, KF_REQUEST, 0), 0);
	assert_int_equal(kf_header_version(7, KF_REQUEST, 1), 1);
	assert_int_equal(kf_header_version(7, KF_REQUEST, 3), 2);
	assert_int_equal(kf_header_version(7, KF_RESPONSE, 0), 0);
	assert_int_equal(kf_header_version(11, KF_REQUEST, 5), 1);
	assert_int_equal(kf_header_version(11, KF_REQUEST, 6), 2);
	assert_int_equal(kf_header_version(11, KF_REQUEST, 12), 2);
	assert_int_equal(kf_header_version(11, KF_RESPONSE, 5), 0);
	assert_int_equal(kf_header_version(11, KF_RESPONSE, 6), 1);
	assert_int_equal(kf_header_version(17, KF_REQUEST, 1), 1);
	assert_int_equal(kf_header_version(17, KF_RESPONSE, 1), 0);
	assert_int_equal(kf_header_version(18, KF_REQUEST, 3), 2);
	assert_int_equal(kf_header_version(18, KF_REQUEST, 99), 2);
	assert_int_equal(kf_header_version(18, KF_RESPONSE, 4), 0);
	assert_int_equal(kf_header_version(300, KF_REQUEST, 0), 2);
	assert_int_equal(kf_header_version(300, KF_RESPONSE, 0), 1);
}

static void test_names(void **arg)
{
	static const struct {
		const char *name, *json;
	} cases[] = {
		{ "throttle_time_ms", "throttleTimeMs" },
		{ "k_raft_version_feature", "kRaftVersionFeature" },
		{ "results_by_topic_v3_and_below", "resultsByTopicV3AndBelow" },
		{ "name", "name" },
		{ "", "" },
	};
	char out[64];

	(void)arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(kf_json_name(cases[i].name, out), strlen(cases[i].json));
		assert_string_equal(out, cases[i].json);
	}
}

static void test_long_names_fit(void **arg)
{
	char name[200], out[64];

	(void)arg;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(kf_json_name(name, out), sizeof(out) - 1);
}

static void test_error_names(void **arg)
{
	(void)arg;
	assert_string_equal(kf_error_name(-1), "UNKNOWN_SERVER_ERROR");
	assert_string_equal(kf_error_name(0), "NONE");
	assert_string_equal(kf_error_name(27), "REBALANCE_IN_PROGRESS");
	assert_string_equal(kf_error_name(35), "UNSUPPORTED_VERSION");
	assert_string_equal(kf_error_name(79), "MEMBER_ID_REQUIRED");
	assert_string_equal(kf_error_name(110), "FENCED_MEMBER_EPOCH");
	assert_string_equal(kf_error_name(133), "SHARE_SESSION_LIMIT_REACHED");
	assert_null(kf_error_name(-2));
	assert_null(kf_error_name(INT16_MAX));
	assert_null(kf_error_name(INT16_MIN));
	for (int16_t code = -1; code <= 136; code++)
		assert_non_null(kf_error_name(code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structs),         cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_blobs),
		cmocka_unit_test(test_records),         cmocka_unit_test(test_header_versions),
		cmocka_unit_test(test_names),           cmocka_unit_test(test_long_names_fit),
		cmocka_unit_test(test_error_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
