/* SPDX-License-Identifier: Apache-2.0
 *
 * The one way to read wire bytes: every read checks first, the first error sticks. All reads return false once
 * something is wrong.
 */
#ifndef DISSECT_CURSOR_H
#define DISSECT_CURSOR_H

#include <regroup/dissect.h>

#include <string.h>

struct cursor {
	const uint8_t *p;     /* next byte */
	const uint8_t *limit; /* the bytes from p to here lie together: up to `end`, a skip, or the tagged field's end */
	const uint8_t *end;   /* of the kept bytes */
	const uint8_t *base;  /* first byte of the body */
	const struct kf_skip *skips; /* at or after `limit` */
	uint32_t n_skips;
	uint64_t beyond;  /* bytes of the message after `limit`, skipped ones included; or more, see cursor_resume */
	uint64_t passed;  /* skipped bytes before p */
	uint8_t version;
	bool flexible;
	bool confined;    /* inside a tagged field, whose size is known */
	bool cut;
	uint8_t status;   /* enum kf_status */
	const char *what;
	const char *field;
};

/* Starts at the first byte of a body; version and flexible are left to the caller. */
void cursor_start(struct cursor *c, const struct kf_body *body);

/* Goes on at the next element of an array. */
void cursor_resume(struct cursor *c, const struct kf_array *a);

/* Records the first error; always false. */
bool cursor_fail(struct cursor *c, enum kf_status status, const char *what);

/* The bytes do not suffice. */
bool cursor_short(struct cursor *c);

void cursor_report(const struct cursor *c, struct kf_error *err);

/* Goes over `n` bytes of record data, across skips. */
bool cursor_cross(struct cursor *c, uint32_t n);

bool cursor_uvarint_long(struct cursor *c, uint32_t *out);

static inline uint16_t load16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load64(const uint8_t *p)
{
	return (uint64_t)load32(p) << 32 | load32(p + 4);
}

/* A value of a number type or bool, which has fixed_size(type) bytes. */
static inline int64_t load_number(const uint8_t *p, unsigned type)
{
	switch (type) {
	case KF_BOOL:
		return *p != 0;
	case KF_INT8:
		return (int8_t)*p;
	case KF_INT16:
		return (int16_t)load16(p);
	case KF_UINT16:
		return load16(p);
	case KF_INT32:
		return (int32_t)load32(p);
	case KF_UINT32:
		return load32(p);
	default:
		return (int64_t)load64(p);
	}
}

/* Bytes of a value of a number type, bool and uuid; 0 for the rest. */
static inline uint32_t fixed_size(unsigned type)
{
	static const uint8_t size[KF_ARRAY + 1] = {
		[KF_BOOL] = 1, [KF_INT8] = 1, [KF_INT16] = 2, [KF_INT32] = 4, [KF_INT64] = 8, [KF_UINT16] = 2,
		[KF_UINT32] = 4, [KF_FLOAT64] = 8, [KF_UUID] = 16,
	};

	return size[type];
}

static inline bool in_version(const struct kf_field *f, unsigned version)
{
	return version >= f->first && version <= f->last;
}

static inline bool may_be_null(const struct kf_field *f, unsigned version)
{
	return version >= f->null_first && version <= f->null_last;
}

static inline bool cursor_need(struct cursor *c, uint64_t n)
{
	return (uint64_t)(c->limit - c->p) >= n || cursor_short(c);
}

static inline uint64_t cursor_left(const struct cursor *c)
{
	return (uint64_t)(c->limit - c->p) + c->beyond;
}

static inline bool cursor_take(struct cursor *c, uint32_t n)
{
	if (!cursor_need(c, n))
		return false;
	c->p += n;
	return true;
}

static inline bool cursor_uvarint(struct cursor *c, uint32_t *out)
{
	if (c->p == c->limit || (*c->p & 0x80))
		return cursor_uvarint_long(c, out);
	*out = *c->p++;
	return true;
}

/* An empty tagged section, which is what nearly all of them are. */
static inline bool cursor_no_tags(struct cursor *c)
{
	if (c->p == c->limit || *c->p != 0)
		return false;
	c->p++;
	return true;
}

/* The length byte of a flexible string, or bytes, of fewer than 127 bytes and all of those, which is what most of
 * them are: what it says, itself included. 0 for everything else. */
static inline size_t cursor_short_run(const struct cursor *c)
{
	size_t left = (size_t)(c->limit - c->p);

	return c->flexible && left > 0 && *c->p < 128 && *c->p <= left ? *c->p : 0;
}

/* The length of a string, of bytes and records, or the count of an array: -1 for null, which must be allowed. */
static inline bool cursor_length(struct cursor *c, bool is_string, bool nullable, int64_t *out)
{
	uint32_t raw;

	if (c->flexible) {
		if (!cursor_uvarint(c, &raw))
			return false;
		*out = (int64_t)raw - 1;
	} else if (is_string) {
		if (!cursor_need(c, 2))
			return false;
		*out = (int16_t)load16(c->p);
		c->p += 2;
	} else {
		if (!cursor_need(c, 4))
			return false;
		*out = (int32_t)load32(c->p);
		c->p += 4;
	}
	if (*out >= 0)
		return *out <= INT32_MAX || cursor_fail(c, KF_MALFORMED, "length beyond 2 GiB");
	*out = -1;
	return nullable || cursor_fail(c, KF_MALFORMED, "null where the version has none");
}

#endif
