/* SPDX-License-Identifier: Apache-2.0
 *
 * The bodies in messages.bin, and memory that ends where no byte may be read.
 */
#ifndef TESTS_DISSECT_VECTORS_H
#define TESTS_DISSECT_VECTORS_H

#include <regroup/dissect.h>

#include <stddef.h>
#include <stdint.h>

struct vector {
	const struct kf_message *message;
	int16_t version;
	const uint8_t *body;
	uint32_t len;
};

/* Calls `use` for each message; fails the test when the file cannot be read or holds an unknown message. */
void vectors_each(void (*use)(const struct vector *v, void *ctx), void *ctx);

/* Room for the longest body, followed by a page that may not be touched. */
struct guard;
struct guard *guard_new(void);
void guard_free(struct guard *g);

/* A copy of the bytes that ends right before the guard page; valid until the next one. */
const uint8_t *guard_copy(struct guard *g, const void *bytes, size_t len);

/* Numbers that are the same each time. */
uint32_t next_random(uint64_t *state);

#endif
