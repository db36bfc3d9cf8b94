/* SPDX-License-Identifier: Apache-2.0
 *
 * Every Kafka message as a C struct, made from the .def files in dissectors/: struct join_group_request,
 * struct join_group_request_protocol, ... A nested struct is called after its message and the singular of
 * its field. In each of them:
 *
 *   head       struct kf_head; which fields were read
 *   FIELD      bool, int8_t ... uint32_t, double, struct kf_uuid, struct kf_bytes (strings and bytes),
 *              struct kf_records
 *   LIST       struct kf_array, for kf_next_int, kf_next_bytes or kf_next_uuid
 *   ARRAY      struct kf_array, for kf_next with the element's struct
 *   STRUCT     struct kf_array as well, of one element: count is 1, 0 when absent, -1 when null
 *
 * A field that was not read is zero, whatever the schema's default; KF_HAS tells.
 */
#ifndef REGROUP_MESSAGES_H
#define REGROUP_MESSAGES_H

#include <regroup/dissect.h>

/* Was the field `name` of `ptr`, a struct `type` *, read? KF_HAS(&r, join_group_response, throttle_time_ms) */
#define KF_HAS(ptr, type, name) (((ptr)->head.present >> type##_has_##name & 1) != 0)

#define KF_PASTE_(a, b) a##b
#define KF_PASTE(a, b) KF_PASTE_(a, b)

#define KF_C_boolean bool
#define KF_C_i8 int8_t
#define KF_C_i16 int16_t
#define KF_C_i32 int32_t
#define KF_C_i64 int64_t
#define KF_C_u16 uint16_t
#define KF_C_u32 uint32_t
#define KF_C_f64 double
#define KF_C_uuid struct kf_uuid
#define KF_C_str struct kf_bytes
#define KF_C_bytes struct kf_bytes
#define KF_C_records struct kf_records

/* The structs. */
#define BEGIN struct SELF { struct kf_head head;
#define FIELD(type, name, ...) KF_C_##type name;
#define LIST(type, name, ...) struct kf_array name;
#define ARRAY(type, name, ...) struct kf_array name;
#define STRUCT(type, name, ...) struct kf_array name;
#define TAG_FIELD(type, name, ...) KF_C_##type name;
#define TAG_LIST(type, name, ...) struct kf_array name;
#define TAG_ARRAY(type, name, ...) struct kf_array name;
#define TAG_STRUCT(type, name, ...) struct kf_array name;
#define END };
#define MESSAGE(...)
#define BLOB(...)
#include <kafka_messages.inc>
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

/* The bits of head.present: join_group_request_has_group_id, ... */
#define BEGIN enum KF_PASTE(SELF, _field) {
#define FIELD(type, name, ...) KF_PASTE(SELF, _has_##name),
#define LIST(type, name, ...) KF_PASTE(SELF, _has_##name),
#define ARRAY(type, name, ...) KF_PASTE(SELF, _has_##name),
#define STRUCT(type, name, ...) KF_PASTE(SELF, _has_##name),
#define TAG_FIELD(type, name, ...) KF_PASTE(SELF, _has_##name),
#define TAG_LIST(type, name, ...) KF_PASTE(SELF, _has_##name),
#define TAG_ARRAY(type, name, ...) KF_PASTE(SELF, _has_##name),
#define TAG_STRUCT(type, name, ...) KF_PASTE(SELF, _has_##name),
#define END KF_PASTE(SELF, _fields) };
#include <kafka_messages.inc>
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
#undef MESSAGE
#undef BLOB

#endif
