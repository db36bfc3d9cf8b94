/* SPDX-License-Identifier: Apache-2.0
 *
 * The .def files as const tables.
 */
#include <regroup/messages.h>

#include "straight.h"

#define T_boolean KF_BOOL
#define T_i8 KF_INT8
#define T_i16 KF_INT16
#define T_i32 KF_INT32
#define T_i64 KF_INT64
#define T_u16 KF_UINT16
#define T_u32 KF_UINT32
#define T_f64 KF_FLOAT64
#define T_uuid KF_UUID
#define T_str KF_STRING
#define T_bytes KF_BYTES
#define T_records KF_RECORDS

/* A column of versions that may be null: the first of them, NEVER, or UPTO(first, last). */
#undef MAX
#define MAX KF_MAX
#define NEVER KF_NEVER
#define UPTO(first, last) ((first) | ((last) + 1) << 8)
#define NULL_FIRST(column) ((column) & 0xff)
#define NULL_LAST(column) ((column) == NEVER ? NEVER : (column) >> 8 ? ((column) >> 8) - 1 : MAX)

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)

/* First reading: which structs have records in them. */
#include "clear.inc"
#undef BEGIN
#undef FIELD
#undef ARRAY
#undef STRUCT
#undef TAG_ARRAY
#undef TAG_STRUCT
#undef END
#define BEGIN enum { KF_PASTE(SELF, _has_records_) = 0
#define FIELD(type, ...) || T_##type == KF_RECORDS
#define ARRAY(sub, ...) || sub##_has_records_
#define STRUCT(sub, ...) || sub##_has_records_
#define TAG_ARRAY(sub, ...) || sub##_has_records_
#define TAG_STRUCT(sub, ...) || sub##_has_records_
#define END };
#include <kafka_messages.inc>

/* Second reading: the fields of each struct, and the struct. */
#include "clear.inc"
#undef BEGIN
#undef FIELD
#undef LIST
#undef ARRAY
#undef STRUCT
#undef TAG_FIELD
#undef TAG_LIST
#undef TAG_ARRAY
#undef TAG_STRUCT
#undef END
#define COMMON(field, since, until, nulls) \
	.name = #field, .first = since, .last = until, .null_first = (uint8_t)NULL_FIRST(nulls), \
	.null_last = (uint8_t)NULL_LAST(nulls), .at = offsetof(struct SELF, field)
/* The last column, which most fields do not have. */
#define LAST(...) LAST_(0, ##__VA_ARGS__, NULL)
#define LAST_(none, text, ...) text
#define PLAIN(...) .tag = -1, .preset = LAST(__VA_ARGS__)
#define TAGGED(number, text) .tag = number, .preset = text
#define SUB(s) .sub = &s##_table
#define BEGIN static const struct kf_field KF_PASTE(SELF, _table_fields)[] = {
#define FIELD(t, f, a, b, n, ...) { COMMON(f, a, b, n), PLAIN(__VA_ARGS__), .type = T_##t },
#define LIST(t, f, a, b, n, ...) \
	{ COMMON(f, a, b, n), PLAIN(__VA_ARGS__), .type = KF_ARRAY, .element = T_##t },
#define ARRAY(s, f, a, b, n, ...) \
	{ COMMON(f, a, b, n), PLAIN(__VA_ARGS__), .type = KF_ARRAY, .element = KF_STRUCT, SUB(s) },
#define STRUCT(s, f, a, b, n, ...) { COMMON(f, a, b, n), PLAIN(__VA_ARGS__), .type = KF_STRUCT, SUB(s) },
#define TAG_FIELD(t, f, a, b, n, tag, text) { COMMON(f, a, b, n), TAGGED(tag, text), .type = T_##t },
#define TAG_LIST(t, f, a, b, n, tag, text) \
	{ COMMON(f, a, b, n), TAGGED(tag, text), .type = KF_ARRAY, .element = T_##t },
#define TAG_ARRAY(s, f, a, b, n, tag, text) \
	{ COMMON(f, a, b, n), TAGGED(tag, text), .type = KF_ARRAY, .element = KF_STRUCT, SUB(s) },
#define TAG_STRUCT(s, f, a, b, n, tag, text) \
	{ COMMON(f, a, b, n), TAGGED(tag, text), .type = KF_STRUCT, SUB(s) },
#define END \
	}; \
	static const struct kf_struct KF_PASTE(SELF, _table) = { \
		.name = TEXT(SELF), \
		.fields = KF_PASTE(SELF, _table_fields), \
		.n_fields = KF_PASTE(SELF, _fields), \
		.size = sizeof(struct SELF), \
		.has_records = KF_PASTE(SELF, _has_records_), \
	};
#include <kafka_messages.inc>

#include "straight.inc"

/* Fifth reading: the messages by API key and direction. */
#define DIRECTION_REQUEST KF_REQUEST
#define DIRECTION_RESPONSE KF_RESPONSE
#include "clear.inc"
#undef MESSAGE
#define GROUP true
#define ABOUT_GROUPS(...) ABOUT_GROUPS_(0, ##__VA_ARGS__, false)
#define ABOUT_GROUPS_(none, group, ...) group
/* Is it decoded so often that it is worth the code? Besides them Fetch and Metadata. */
#define OFTEN(number, ...) (ABOUT_GROUPS(__VA_ARGS__) || (number) == 1 || (number) == 3)
#define MESSAGE(s, api, number, way, from, to, flex, ...) \
	[number][DIRECTION_##way] = { \
		.name = #api, \
		.key = number, \
		.direction = DIRECTION_##way, \
		.first = from, \
		.last = to, \
		.flexible = flex, \
		.about_groups = ABOUT_GROUPS(__VA_ARGS__), \
		.body = &s##_table, \
		.straight = OFTEN(number, __VA_ARGS__) && !s##_has_records_ ? s##_straight : NULL, \
	},
static const struct kf_message by_key[][2] = {
#include <kafka_messages.inc>
};

/* Sixth reading: the messages one after the other. */
#include "clear.inc"
#undef MESSAGE
#define MESSAGE(s, api, number, way, ...) &by_key[number][DIRECTION_##way],
static const struct kf_message *const all[] = {
#include <kafka_messages.inc>
};

/* Seventh reading: the blobs. */
#include "clear.inc"
#undef BLOB
#define BLOB(s, kind, label, bytes, from, to) \
	[KF_BLOB_##kind] = { \
		.name = #label, \
		.body = &s##_table, \
		.version_bytes = bytes, \
		.straight = s##_straight, \
		.first = from, \
		.last = to, \
	},
static const struct kf_blob blobs[KF_BLOBS] = {
#include <kafka_messages.inc>
};

const struct kf_blob *kf_blob(enum kf_blob_kind kind)
{
	return &blobs[kind];
}

const struct kf_message *kf_message(int16_t key, enum kf_direction direction)
{
	size_t n = sizeof(by_key) / sizeof(by_key[0]);

	if (key < 0 || (size_t)key >= n || !by_key[key][direction == KF_RESPONSE].body)
		return NULL;
	return &by_key[key][direction == KF_RESPONSE];
}

const struct kf_message *const *kf_messages(size_t *n)
{
	*n = sizeof(all) / sizeof(all[0]);
	return all;
}

const char *kf_api_name(int16_t key)
{
	const struct kf_message *m = kf_message(key, KF_REQUEST);

	return m ? m->name : NULL;
}

enum { CONTROLLED_SHUTDOWN = 7, API_VERSIONS = 18 };

int kf_header_version(int16_t key, enum kf_direction direction, int16_t version)
{
	const struct kf_message *m = kf_message(key, direction);

	if (m)
		return kf_message_header(m, version);
	if (direction == KF_RESPONSE)
		return key != API_VERSIONS;
	return key == CONTROLLED_SHUTDOWN && version == 0 ? 0 : 2;
}

int kf_message_header(const struct kf_message *m, int16_t version)
{
	bool flexible = version >= m->flexible;

	if (m->direction == KF_RESPONSE)
		return flexible && m->key != API_VERSIONS;
	if (m->key == CONTROLLED_SHUTDOWN && version == 0)
		return 0;
	return flexible ? 2 : 1;
}
