/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in a table bytes are looked for: eight of them at a time, multiplied and folded. The same on every machine of one
 * byte order only: nothing that is told may depend on it.
 */
#ifndef REGROUP_HASH_H
#define REGROUP_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0x243f6a8885a308d3)

static inline uint64_t hash_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static inline uint64_t hash_bytes(uint64_t h, const uint8_t *p, size_t n)
{
	uint64_t word = 0;
	size_t at = 0;

	for (; at + 8 <= n; at += 8) {
		memcpy(&word, p + at, 8);
		h = hash_word(h, word);
	}
	for (word = n; at < n; at++)
		word = word << 8 | p[at];
	return hash_word(h, word);
}

#endif
