/* SPDX-License-Identifier: Apache-2.0
 *
 * Digests under a key that is made anew for each run: which bytes have the same one is chance, about 1 in 2^63, and nobody
 * can make such two. NH (Black and others, UMAC, 1999) down to 128 bits, and those by multilinear hashing (Carter and
 * Wegman, 1979).
 */
#ifndef REGROUP_KEYED_H
#define REGROUP_KEYED_H

#include <stdbool.h>
#include <stdint.h>

/* How many bytes there can be a digest of. */
#define KEYED_LEAST 8u
#define KEYED_MOST 2048u

struct keyed {
	uint64_t high[4], low[4];
	uint64_t word[KEYED_MOST / 8];
};

/* False when the system has no random numbers, or the compiler no large ones: there are no digests then. */
bool keyed_init(struct keyed *k);

/* Of a number and of bytes. Two of different length are not to be compared. */
uint64_t keyed_digest(const struct keyed *k, uint64_t number, const uint8_t *bytes, uint32_t size);

#endif
