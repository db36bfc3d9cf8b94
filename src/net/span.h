/* SPDX-License-Identifier: Apache-2.0
 *
 * A stretch of a packet: what was captured of it, and how long it was on the wire.
 */
#ifndef REGROUP_NET_SPAN_H
#define REGROUP_NET_SPAN_H

#include <stdbool.h>
#include <stdint.h>

struct span {
	const uint8_t *p;
	uint32_t cap; /* bytes at p */
	uint32_t len; /* bytes on the wire, at least cap */
};

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Drops n leading bytes; false when they were not captured. */
static inline bool span_skip(struct span *s, uint32_t n)
{
	if (n > s->cap)
		return false;
	s->p += n;
	s->cap -= n;
	s->len -= n;
	return true;
}

/* Drops n leading bytes that need not have been captured; false when the wire did not have them either. */
static inline bool span_skip_wire(struct span *s, uint32_t n)
{
	uint32_t held = n < s->cap ? n : s->cap;

	if (n > s->len)
		return false;
	s->p += held;
	s->cap -= held;
	s->len -= n;
	return true;
}

/* What an inner header says of the length. It is believed also when it is more than the outer layer says:
 * tools that cut packets do not always keep the original length. */
static inline void span_set_len(struct span *s, uint32_t len)
{
	s->len = len;
	if (s->cap > len)
		s->cap = len;
}

#endif
