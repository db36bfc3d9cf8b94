/* SPDX-License-Identifier: Apache-2.0
 *
 * What consumers hand each other through the coordinator: the ConsumerProtocol structs.
 */
#include "cursor.h"

enum { NEWEST = 3 };

static enum kf_status decode(const struct kf_struct *s, struct kf_bytes in, void *out, int16_t *version,
                             struct kf_error *err)
{
	enum kf_status status;
	struct kf_bytes rest;
	int16_t read_as;

	*version = -1;
	if (!in.ptr || in.len < 2) {
		memset(out, 0, s->size);
		if (err)
			*err = (struct kf_error){ .status = KF_TRUNCATED, .field = "version",
			                          .what = "the message ends early" };
		return KF_TRUNCATED;
	}
	*version = (int16_t)load16(in.ptr);
	read_as = *version > NEWEST ? NEWEST : *version;
	rest = (struct kf_bytes){ in.ptr + 2, in.len - 2 };
	status = kf_decode_struct(s, read_as, rest, true, out, err);
	if (err)
		err->offset += 2;
	return status;
}

enum kf_status kf_subscription(struct kf_bytes in, void *out, int16_t *version, struct kf_error *err)
{
	return decode(kf_subscription_struct, in, out, version, err);
}

enum kf_status kf_assignment(struct kf_bytes in, void *out, int16_t *version, struct kf_error *err)
{
	return decode(kf_assignment_struct, in, out, version, err);
}
