/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the cursor that are off the fast path.
 */
#include "cursor.h"

/* Finds where the bytes at p stop lying together. */
static void set_limit(struct cursor *c)
{
	size_t to_end = (size_t)(c->end - c->base), at = c->n_skips ? c->skips[0].at : to_end;

	if (at > to_end)
		at = to_end;
	c->limit = c->base + at < c->p ? c->p : c->base + at;
}

void cursor_start(struct cursor *c, const struct kf_body *body)
{
	static const uint8_t none[1];
	const uint8_t *base = body->ptr ? body->ptr : none, *end = base + (body->ptr ? body->len : 0);

	*c = (struct cursor){
		.p = base, .limit = end, .end = end, .base = base, .skips = body->skips, .n_skips = body->n_skips,
		.cut = body->cut,
	};
	if (!c->n_skips)
		return;
	set_limit(c);
	c->beyond = (uint64_t)(c->end - c->limit);
	for (uint32_t i = 0; i < body->n_skips; i++)
		c->beyond += body->skips[i].len;
}

void cursor_resume(struct cursor *c, const struct kf_array *a)
{
	*c = (struct cursor){
		.base = a->ptr - a->offset,
		.p = a->ptr,
		.limit = a->end,
		.end = a->end,
		.skips = a->skips,
		.n_skips = a->n_skips,
		.version = a->version,
		.flexible = a->flexible,
		.cut = a->cut,
		/* kf_decode has held the counts against the bytes; adding up the skips again would cost too much */
		.beyond = a->n_skips ? UINT64_MAX / 2 : 0,
	};
	if (a->n_skips)
		set_limit(c);
}

bool cursor_fail(struct cursor *c, enum kf_status status, const char *what)
{
	if (c->status == KF_OK) {
		c->status = (uint8_t)status;
		c->what = what;
	}
	return false;
}

bool cursor_short(struct cursor *c)
{
	if (c->confined)
		return cursor_fail(c, KF_MALFORMED, "value runs past the end of its tagged field");
	if (c->n_skips)
		return cursor_fail(c, KF_MALFORMED, "field lies where bytes were counted past");
	return cursor_fail(c, KF_TRUNCATED, "the message ends early");
}

void cursor_report(const struct cursor *c, struct kf_error *err)
{
	if (!err)
		return;
	err->status = (enum kf_status)c->status;
	err->field = c->status == KF_OK ? NULL : c->field;
	err->offset = (uint32_t)((uint64_t)(c->p - c->base) + c->passed);
	err->what = c->what;
}

bool cursor_cross(struct cursor *c, uint32_t n)
{
	while (n > (uint64_t)(c->limit - c->p)) {
		const uint8_t *from = c->limit;

		n -= (uint32_t)(c->limit - c->p);
		c->p = c->limit;
		if (c->confined || !c->n_skips)
			return cursor_short(c);
		if (c->skips[0].len > n)
			return cursor_fail(c, KF_MALFORMED, "more bytes were counted past than the records have");
		n -= c->skips[0].len;
		c->passed += c->skips[0].len;
		c->beyond -= c->skips[0].len;
		c->skips++;
		c->n_skips--;
		set_limit(c);
		c->beyond -= (uint64_t)(c->limit - from);
	}
	c->p += n;
	return true;
}

bool cursor_uvarint_long(struct cursor *c, uint32_t *out)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t byte;

		if (!cursor_need(c, 1))
			return false;
		byte = *c->p++;
		if (shift == 28 && byte > 0x0f)
			break;
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = value;
			return true;
		}
	}
	return cursor_fail(c, KF_MALFORMED, "number of more than 32 bits");
}
