/* SPDX-License-Identifier: Apache-2.0 */
#include "blob.h"

#include <regroup/json.h>

#include <string.h>

static bool is(const struct kf_bytes *name, const char *text)
{
	size_t len = strlen(text);

	return name->len == len && memcmp(name->ptr, text, len) == 0;
}

enum blob_type blob_type_of(const struct kf_bytes *protocol_type)
{
	if (protocol_type->ptr == NULL || protocol_type->len == 0)
		return BLOB_TYPE_UNKNOWN;
	if (is(protocol_type, "consumer"))
		return BLOB_TYPE_CONSUMER;
	if (is(protocol_type, "connect"))
		return BLOB_TYPE_CONNECT;
	return is(protocol_type, "sr") ? BLOB_TYPE_REGISTRY : BLOB_TYPE_OTHER;
}

enum blob_assignor blob_assignor_of(const struct kf_bytes *name)
{
	if (name->ptr == NULL || name->len == 0)
		return BLOB_ASSIGNOR_UNKNOWN;
	if (is(name, "sticky"))
		return BLOB_ASSIGNOR_STICKY;
	if (is(name, "cooperative-sticky"))
		return BLOB_ASSIGNOR_COOPERATIVE;
	return is(name, "stream") ? BLOB_ASSIGNOR_STREAMS : BLOB_ASSIGNOR_OTHER;
}

static bool decode(const struct plans *plans, enum kf_blob_kind kind, const struct kf_bytes *bytes, void *out,
                   struct blob *blob)
{
	blob->type = kf_blob(kind)->name;
	blob->plan = plans_blob(plans, kind);
	return kf_decode_blob(kind, *bytes, out, &blob->version, NULL) == KF_OK;
}

/* Nobody said that these are ConsumerProtocol: they must look like it in every byte. */
static bool decode_unsaid(const struct plans *plans, enum kf_blob_kind kind, const struct kf_bytes *bytes, void *out,
                          struct blob *blob)
{
	struct kf_bytes rest;
	int16_t version;

	if (bytes->len < 2)
		return false;
	version = (int16_t)(bytes->ptr[0] << 8 | bytes->ptr[1]);
	rest = (struct kf_bytes){ bytes->ptr + 2, bytes->len - 2 };
	return version >= 0 && version <= kf_blob(kind)->last &&
	       kf_decode_struct(kf_blob(kind)->body, version, rest, false, out, NULL) == KF_OK &&
	       decode(plans, kind, bytes, out, blob);
}

static bool read_json(const char *type, const struct kf_bytes *bytes, struct blob *blob)
{
	*blob = (struct blob){ .type = type };
	return json_check(bytes->ptr, bytes->len);
}

/* Librdkafka's sticky assignors have the same data, also in assignments. */
static bool read_sticky(const struct plans *plans, bool cooperative, const struct kf_bytes *bytes, void *out,
                        struct blob *blob)
{
	if (cooperative && decode(plans, KF_BLOB_COOPERATIVE_STICKY, bytes, out, blob))
		return true;
	return decode(plans, KF_BLOB_STICKY, bytes, out, blob);
}

static bool read_user_data(const struct plans *plans, bool assignment, enum blob_assignor assignor,
                           const struct kf_bytes *bytes, void *out, struct blob *blob)
{
	switch (assignor) {
	case BLOB_ASSIGNOR_STICKY:
	case BLOB_ASSIGNOR_COOPERATIVE:
		return read_sticky(plans, assignor == BLOB_ASSIGNOR_COOPERATIVE, bytes, out, blob);
	case BLOB_ASSIGNOR_STREAMS:
		return decode(plans, assignment ? KF_BLOB_STREAMS_ASSIGNMENT : KF_BLOB_STREAMS_SUBSCRIPTION, bytes, out,
		              blob);
	default:
		return false;
	}
}

static bool read_member(const struct plans *plans, bool assignment, enum blob_type type,
                        const struct kf_bytes *bytes, void *out, struct blob *blob)
{
	enum kf_blob_kind consumer = assignment ? KF_BLOB_ASSIGNMENT : KF_BLOB_SUBSCRIPTION;

	switch (type) {
	case BLOB_TYPE_UNKNOWN:
		return decode_unsaid(plans, consumer, bytes, out, blob);
	case BLOB_TYPE_CONSUMER:
		return decode(plans, consumer, bytes, out, blob);
	case BLOB_TYPE_CONNECT:
		return decode(plans, assignment ? KF_BLOB_CONNECT_ASSIGNMENT : KF_BLOB_CONNECT_SUBSCRIPTION, bytes, out,
		              blob);
	case BLOB_TYPE_REGISTRY:
		return read_json(assignment ? "SchemaRegistryAssignment" : "SchemaRegistryIdentity", bytes, blob);
	default:
		return false;
	}
}

bool blob_read(const struct plans *plans, enum plan_role role, struct blob_protocol protocol,
               const struct kf_bytes *bytes, void *out, struct blob *blob)
{
	if (bytes->ptr == NULL || bytes->len == 0)
		return false;
	switch (role) {
	case PLAN_SUBSCRIPTION:
	case PLAN_ASSIGNMENT:
		return read_member(plans, role == PLAN_ASSIGNMENT, (enum blob_type)protocol.type, bytes, out, blob);
	case PLAN_SUBSCRIPTION_DATA:
	case PLAN_ASSIGNMENT_DATA:
		return read_user_data(plans, role == PLAN_ASSIGNMENT_DATA, (enum blob_assignor)protocol.assignor, bytes,
		                      out, blob);
	case PLAN_ALLOCATION:
		return decode(plans, KF_BLOB_CONNECT_ASSIGNMENT, bytes, out, blob);
	default:
		return false;
	}
}
