/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of a record batch is its header: what a scan keeps, and what kf_next_batch reads.
 */
#ifndef DISSECT_BATCH_H
#define DISSECT_BATCH_H

#include "cursor.h"

enum {
	BATCH_LENGTH_AT = 8,   /* int32: bytes after itself */
	BATCH_LENGTH_END = 12,
	BATCH_MAGIC_AT = 16,
	BATCH_PEEK = 17,       /* bytes that tell the length and the magic, in every format */
};

/* Bytes of the header of a batch (magic 2) or a message (0, 1); 0 when magic and length cannot be. */
static inline uint32_t batch_header(int8_t magic, int32_t length)
{
	static const uint8_t header[] = { 18, 26, 61 };

	if (magic < 0 || magic > 2 || length < header[magic] - BATCH_LENGTH_END)
		return 0;
	return header[magic];
}

#endif
