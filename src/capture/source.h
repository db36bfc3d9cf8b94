/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream of bytes with a window on it: a plain file, a pipe, or what is inside a compressed file.
 *
 * Plain files are read with read(2) into a window that stays in the processor's cache, not mapped: touching the
 * headers of mapped packets costs a cache miss each, which is slower than the whole copy; the window keeps the
 * resident memory small; and a file that is truncated while it is read cannot kill the process (SIGBUS).
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_FIRST (16u << 10)    /* window of a file of which only the beginning was needed yet */
#define SOURCE_WINDOW (256u << 10)  /* window of a file that is being read, as far as the budget goes */
#define SOURCE_BUDGET (12u << 20)   /* for the windows of all files together */
#define SOURCE_RECORD_MAX (16u << 20) /* no packet, and no block that must be looked into, is longer */

/* Shared by all files of a capture: bytes that windows may still grow by, threads that may still be begun. */
struct source_budget {
	size_t left;
	unsigned threads; /* to unpack ahead with */
};

enum source_state {
	SOURCE_OK,     /* at least one byte more is in the window */
	SOURCE_IDLE,   /* a pipe gave nothing within the wait, or the stop flag is set */
	SOURCE_END,
	SOURCE_CUT,    /* the end of the compressed file came before the end of what is inside */
	SOURCE_FAILED, /* see error */
};

struct unpack;

struct source {
	uint8_t *buf;
	size_t size; /* of buf */
	size_t pos;  /* first byte not taken yet */
	size_t end;  /* behind the last byte */
	uint64_t base; /* stream offset of buf[0], after decompression */
	uint64_t skip; /* bytes to drop as they arrive */
	struct unpack *unpack; /* NULL for plain bytes */
	struct source_budget *budget;
	const atomic_int *stop;
	_Atomic uint64_t raw_read; /* bytes read from the file itself, perhaps by another thread */
	uint64_t raw_size; /* of the file; 0 for a pipe */
	size_t borrowed;   /* from the budget */
	int fd;
	int wait_ms;
	bool regular;
	bool filled; /* at least once */
	char error[160];
};

/* Takes `fd` over. False when out of memory (then fd is closed too). */
bool source_open(struct source *s, int fd, struct source_budget *budget, const atomic_int *stop,
		 int wait_ms);
void source_close(struct source *s);

/* Looks at the first bytes in the window and puts a decompressor between when they are those of a compressed
 * file. False with `error` set when that fails. */
bool source_unpack(struct source *s);

/* Reads more. Invalidates pointers into the window. `need`: bytes from pos on that are of use at once; the
 * window grows towards it only as bytes arrive. */
enum source_state source_fill(struct source *s, size_t need);

/* As source_fill, until `need` bytes are there; SOURCE_OK also when the stream ends before. Waits for pipes. */
enum source_state source_want(struct source *s, size_t need);

/* Drops the next n bytes, whether or not they have arrived. */
void source_skip(struct source *s, uint64_t n);

/* One read(2) from the file itself; for the decompressor. */
enum source_state source_raw(struct source *s, uint8_t *to, size_t size, size_t *got);

static inline const uint8_t *source_at(const struct source *s)
{
	return s->buf + s->pos;
}

static inline size_t source_left(const struct source *s)
{
	return s->end - s->pos;
}

/* Stream offset of the next byte. */
static inline uint64_t source_offset(const struct source *s)
{
	return s->base + s->pos;
}

#endif
