/* SPDX-License-Identifier: Apache-2.0
 *
 * FNV-1a over wire bytes: to tell whether two things that a member said are the same. Internal to src/group.
 */
#ifndef REGROUP_GROUP_DIGEST_H
#define REGROUP_GROUP_DIGEST_H

#include <regroup/dissect.h>

#include <stdint.h>
#include <string.h>

#define DIGEST_START UINT64_C(14695981039346656037)

static inline uint64_t digest_bytes(uint64_t h, struct kf_bytes b)
{
	for (uint32_t i = 0; i < b.len; i++)
		h = (h ^ b.ptr[i]) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211); /* so that "ab","c" differs from "a","bc" */
}

static inline uint64_t digest_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
	return h ^ h >> 32;
}

/* Another one, for what is long: of eight bytes at a time. */
static inline uint64_t digest_blob(struct kf_bytes b)
{
	uint64_t h = digest_word(DIGEST_START, b.len), word = 0;
	uint32_t i = 0;

	for (; i + sizeof(word) <= b.len; i += (uint32_t)sizeof(word)) {
		memcpy(&word, b.ptr + i, sizeof(word));
		h = digest_word(h, word);
	}
	for (word = 0; i < b.len; i++)
		word = word << 8 | b.ptr[i];
	return digest_word(digest_word(h, word), 0);
}

#endif
