/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way of a request that was sent before. The heartbeats of a consumer are all the same but for the correlation
 * id: one that the sink has marked is known again by a digest, and need not be read, looked up or compared. The sink
 * hears of what happened by `again` and `answered` instead of `message`; whatever is in any way unusual goes the long way.
 */
#ifndef REGROUP_KAFKA_AGAIN_H
#define REGROUP_KAFKA_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

/* Frames that can be marked, bytes. */
#define AGAIN_LEAST 16u
#define AGAIN_MOST 504u

/* 128 bits each, made anew for each run: which requests have the same digest is chance, 1 in 2^64, and nobody can make
 * such two (multilinear hashing, Carter and Wegman 1979). */
struct again_keys {
	uint64_t high[AGAIN_MOST / 8 + 2], low[AGAIN_MOST / 8 + 2];
};

/* False when the system has no random numbers: there is no short way then. */
bool again_init(struct again_keys *keys);

/* Of a request's frame from its API key on, all but the correlation id. */
uint64_t again_digest(const struct again_keys *keys, const uint8_t *frame, uint32_t size);

#endif
