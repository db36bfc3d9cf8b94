/* SPDX-License-Identifier: Apache-2.0
 *
 * What clients hand each other through the coordinator: a version, and a struct in classic encoding.
 */
#include "walk.h"

static enum kf_status refuse(const struct kf_blob *b, void *out, enum kf_status status, const char *what,
                             struct kf_error *err)
{
	memset(out, 0, b->body->size);
	if (err)
		*err = (struct kf_error){ .status = status, .field = "version", .what = what };
	return status;
}

/* Many programs write these, careless and newer ones among them. The others are written by one program only. */
static bool is_lenient(enum kf_blob_kind kind)
{
	return kind == KF_BLOB_SUBSCRIPTION || kind == KF_BLOB_ASSIGNMENT;
}

/* Without a word about the version it is the newest one that fits exactly. */
static enum kf_status decode_unversioned(const struct kf_blob *b, struct kf_bytes in, void *out, int16_t *version,
                                         struct kf_error *err)
{
	enum kf_status status = KF_MALFORMED;

	for (int v = b->last; v >= b->first; v--) {
		status = walk_alone(b->body, b->straight, (int16_t)v, in, false, out, err);
		if (status == KF_OK) {
			*version = (int16_t)v;
			return status;
		}
	}
	return status;
}

static int32_t read_version(const struct kf_blob *b, const uint8_t *p)
{
	return b->version_bytes == 2 ? (int16_t)load16(p) : (int32_t)load32(p);
}

enum kf_status kf_decode_blob(enum kf_blob_kind kind, struct kf_bytes in, void *out, int16_t *version,
                              struct kf_error *err)
{
	const struct kf_blob *b = kf_blob(kind);
	bool lenient = is_lenient(kind);
	enum kf_status status;
	struct kf_bytes rest;
	int32_t told;

	*version = -1;
	if (!in.ptr || in.len == 0 || in.len < b->version_bytes)
		return refuse(b, out, KF_TRUNCATED, "the message ends early", err);
	if (b->version_bytes == 0)
		return decode_unversioned(b, in, out, version, err);
	told = read_version(b, in.ptr);
	if (told >= 0 && told <= INT16_MAX)
		*version = (int16_t)told;
	if (told < b->first || (told > b->last && !lenient))
		return refuse(b, out, KF_UNKNOWN_VERSION, "unknown version", err);
	rest = (struct kf_bytes){ in.ptr + b->version_bytes, in.len - b->version_bytes };
	status = walk_alone(b->body, b->straight, told > b->last ? b->last : (int16_t)told, rest, lenient, out, err);
	if (err)
		err->offset += b->version_bytes;
	return status;
}

enum kf_status kf_subscription(struct kf_bytes in, void *out, int16_t *version, struct kf_error *err)
{
	return kf_decode_blob(KF_BLOB_SUBSCRIPTION, in, out, version, err);
}

enum kf_status kf_assignment(struct kf_bytes in, void *out, int16_t *version, struct kf_error *err)
{
	return kf_decode_blob(KF_BLOB_ASSIGNMENT, in, out, version, err);
}
