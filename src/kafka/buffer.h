/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for what spans packets: blocks in powers of two from free lists, under one budget.
 */
#ifndef REGROUP_KAFKA_BUFFER_H
#define REGROUP_KAFKA_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_CLASSES 24 /* 64 bytes to 512 MiB */

struct pool_block;

struct blocks {
	struct pool_block *free[POOL_CLASSES];
	size_t used;   /* bytes handed out */
	size_t cached; /* bytes on the free lists */
	size_t limit;  /* of `used`; buffers leave a quarter of it to what is needed to go on at all */
};

/* A growing run of bytes; all zero is empty. */
struct buffer {
	uint8_t *ptr;
	uint32_t len, cap;
};

/* At least `size` bytes; the real size goes to *got where that is not NULL. NULL over the limit or out of
 * memory. */
void *blocks_get(struct blocks *p, size_t size, size_t *got);
/* `size` as asked for or as got. */
void blocks_put(struct blocks *p, void *block, size_t size);
void blocks_done(struct blocks *p);

/* False when memory ran out: the buffer is then unchanged. */
bool buffer_add(struct blocks *p, struct buffer *b, const void *bytes, size_t len);
void buffer_done(struct blocks *p, struct buffer *b);

#endif
