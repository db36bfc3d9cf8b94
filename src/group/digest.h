/* SPDX-License-Identifier: Apache-2.0
 *
 * FNV-1a over wire bytes: to tell whether two things that a member said are the same. Internal to src/group.
 */
#ifndef REGROUP_GROUP_DIGEST_H
#define REGROUP_GROUP_DIGEST_H

#include <regroup/dissect.h>

#include <stdint.h>

#define DIGEST_START UINT64_C(14695981039346656037)

static inline uint64_t digest_bytes(uint64_t h, struct kf_bytes b)
{
	for (uint32_t i = 0; i < b.len; i++)
		h = (h ^ b.ptr[i]) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211); /* so that "ab","c" differs from "a","bc" */
}

#endif
