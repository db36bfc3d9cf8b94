/* SPDX-License-Identifier: Apache-2.0
 *
 * The straight way through a struct: all its bytes are there and lie together, no field is tagged. That is what nearly all
 * are, and for messages that are read often the code for it is made from the .def files (see tables.c). Whatever else there
 * is, and every fault, is for the walker in walk.c, which begins at the same byte again: the straight way only ever says
 * "read", and then the same.
 */
#ifndef DISSECT_STRAIGHT_H
#define DISSECT_STRAIGHT_H

#include "cursor.h"

struct straight {
	const uint8_t *p, *limit; /* next byte; the end of the bytes */
	const uint8_t *base;      /* first byte of the body */
	uint8_t version;
	bool flexible;
	bool cut; /* of the body, for the arrays in it */
};

/* All of these take where to begin and return where the value ends; NULL for what is not straight. */

static inline const uint8_t *straight_uvarint(const uint8_t *p, const struct straight *s, uint32_t *out)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 28 && p < s->limit; shift += 7) {
		uint8_t byte = *p++;

		value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = value;
			return p;
		}
	}
	return NULL;
}

/* The length of a string or of bytes, or a count: -1 for null. */
static inline const uint8_t *straight_length(const uint8_t *p, const struct straight *s, unsigned wide, bool nullable,
                                             int32_t *out)
{
	uint32_t raw;

	if (s->flexible) {
		p = straight_uvarint(p, s, &raw);
		if (!p)
			return NULL;
		*out = (int32_t)raw - 1;
	} else {
		if ((size_t)(s->limit - p) < wide)
			return NULL;
		*out = wide == 2 ? (int16_t)load16(p) : (int32_t)load32(p);
		p += wide;
	}
	if (*out >= 0)
		return *out <= s->limit - p ? p : NULL; /* an element has at least one byte */
	*out = -1;
	return nullable ? p : NULL;
}

static inline const uint8_t *straight_bytes(const uint8_t *p, const struct straight *s, unsigned wide, bool nullable,
                                            struct kf_bytes *out)
{
	int32_t n;

	p = straight_length(p, s, wide, nullable, &n);
	if (!p || n < 0)
		return p;
	*out = (struct kf_bytes){ p, (uint32_t)n };
	return p + n;
}

static inline const uint8_t *straight_pass(const uint8_t *p, const struct straight *s, unsigned wide, bool nullable)
{
	struct kf_bytes none;

	return straight_bytes(p, s, wide, nullable, &none);
}

/* `count` values of `size` bytes. */
static inline const uint8_t *straight_run(const uint8_t *p, const struct straight *s, uint32_t size, int32_t count)
{
	uint64_t n = count > 0 ? (uint64_t)count * size : 0;

	return (uint64_t)(s->limit - p) >= n ? p + n : NULL;
}

/* The presence of a struct in line, as its count. */
static inline const uint8_t *straight_presence(const uint8_t *p, const struct straight *s, bool nullable, int32_t *out)
{
	*out = 1;
	if (!nullable)
		return p;
	if (p == s->limit)
		return NULL;
	if (*p & 0x80)
		*out = -1;
	return p + 1;
}

/* A tagged section that is empty, where there is one. */
static inline const uint8_t *straight_tags(const uint8_t *p, const struct straight *s)
{
	if (!s->flexible)
		return p;
	return p < s->limit && *p == 0 ? p + 1 : NULL;
}

static inline struct kf_array straight_array(const uint8_t *p, const struct straight *s, const struct kf_struct *element,
                                             kf_straight *read, unsigned type, int32_t count)
{
	return (struct kf_array){
		.ptr = p,
		.end = s->limit,
		.element = element,
		.straight = read,
		.offset = (uint32_t)(p - s->base),
		.count = count,
		.version = s->version,
		.type = (uint8_t)type,
		.flexible = s->flexible,
		.cut = s->cut,
	};
}

#endif
