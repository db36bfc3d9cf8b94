/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces that have to wait: copies in order, and a window to read them through.
 */
#ifndef REGROUP_KAFKA_HOLD_H
#define REGROUP_KAFKA_HOLD_H

#include "conn.h"

#define HOLD_PIECES   256u
#define HOLD_BYTES    (256u << 10)
#define WINDOW_PIECES 64u
#define WINDOW_BYTES  (128u << 10)

struct held {
	struct held *next;
	uint32_t room;  /* bytes of this allocation */
	struct run run; /* what is left of it */
	uint8_t data[];
};

/* Appends a copy of `r`. False when memory ran out. */
bool hold_add(struct kafka *k, struct conn *c, unsigned d, const struct run *r);
/* Forgets the oldest `n` bytes, holes counted in. */
void hold_drop(struct kafka *k, struct work *w, uint64_t n);
void hold_clear(struct kafka *k, struct work *w);

struct window {
	uint32_t n;
	uint64_t total; /* bytes, holes counted in */
	struct {
		const struct run *run;
		uint64_t at;
	} part[WINDOW_PIECES];
};

void window_open(struct window *v, const struct work *w);
/* Copies up to `n` bytes from `at` on, to the first hole or the end; *hole says that it was a hole. */
uint32_t window_read(const struct window *v, uint64_t at, uint8_t *out, uint32_t n, bool *hole);
/* The same without a copy where the bytes lie together, else through `flat` (of at least `n` bytes). */
const uint8_t *window_bytes(const struct window *v, uint64_t at, uint32_t n, uint8_t *flat, uint32_t *have,
			    bool *hole);
/* Part that holds byte `at`; v->n when none does. */
uint32_t window_part(const struct window *v, uint64_t at);

#endif
