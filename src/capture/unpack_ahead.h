/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that unpacks ahead of the reader: a compressed file is then read in the time of the slower of the two.
 */
#ifndef CAPTURE_UNPACK_AHEAD_H
#define CAPTURE_UNPACK_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct unpack_ahead;

/* Called by the thread: at least one byte with SOURCE_OK, else why there are no more. Should return soon once
 * unpack_ahead_stopping says so. */
typedef enum source_state unpack_ahead_pull(void *ctx, uint8_t *to, size_t size, size_t *got);

/* Begins the thread, which has `ctx` to itself until unpack_ahead_free; *out is set before it runs. False with *out NULL
 * when there is no memory or no thread to be had. */
bool unpack_ahead_begin(struct unpack_ahead **out, unpack_ahead_pull *pull, void *ctx);

/* Ends the thread. NULL is fine. */
void unpack_ahead_free(struct unpack_ahead *a);

/* What comes next, in order; waits for it. SOURCE_IDLE when `stop` is set meanwhile. */
enum source_state unpack_ahead_read(struct unpack_ahead *a, const atomic_int *stop, uint8_t *to, size_t size,
				    size_t *got);

/* For `pull`: whether nobody wants more. NULL is fine. */
bool unpack_ahead_stopping(const struct unpack_ahead *a);

#endif
