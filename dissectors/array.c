/* SPDX-License-Identifier: Apache-2.0
 *
 * Iterators over arrays, and over structs that may be absent.
 */
#include "straight.h"
#include "walk.h"

/* Takes note of how far an element went; a bad one ends the array. */
static bool step(struct kf_array *a, const struct cursor *c, bool ok)
{
	if (!ok) {
		a->count = 0;
		return false;
	}
	a->count--;
	a->offset += (uint32_t)(c->p - a->ptr);
	a->ptr = c->p;
	a->skips = c->skips;
	a->n_skips = c->n_skips;
	return true;
}

static bool next_straight(struct kf_array *a, void *out)
{
	struct straight s = {
		.p = a->ptr,
		.limit = a->end,
		.base = a->ptr - a->offset,
		.version = a->version,
		.flexible = a->flexible,
		.cut = a->cut,
	};

	if (!a->straight || a->n_skips || !a->straight(&s, out))
		return false;
	a->count--;
	a->offset += (uint32_t)(s.p - a->ptr);
	a->ptr = s.p;
	return true;
}

bool kf_next(struct kf_array *a, void *out)
{
	struct cursor c;

	if (a->count <= 0 || !a->element)
		return false;
	if (next_straight(a, out))
		return true;
	memset(out, 0, a->element->size);
	cursor_resume(&c, a);
	return step(a, &c, walk_struct(&c, a->element, out, false));
}

bool kf_next_int(struct kf_array *a, int64_t *out)
{
	uint32_t n = fixed_size(a->type);
	const uint8_t *p = a->ptr;

	if (a->count <= 0 || a->type > KF_UINT32)
		return false;
	if ((size_t)(a->end - p) < n) {
		a->count = 0;
		return false;
	}
	*out = load_number(p, a->type);
	a->ptr += n;
	a->offset += n;
	a->count--;
	return true;
}

bool kf_next_uuid(struct kf_array *a, struct kf_uuid *out)
{
	if (a->count <= 0 || a->type != KF_UUID)
		return false;
	if ((size_t)(a->end - a->ptr) < sizeof(*out)) {
		a->count = 0;
		return false;
	}
	memcpy(out, a->ptr, sizeof(*out));
	a->ptr += sizeof(*out);
	a->offset += (uint32_t)sizeof(*out);
	a->count--;
	return true;
}

bool kf_next_bytes(struct kf_array *a, struct kf_bytes *out)
{
	struct cursor c;
	int64_t n;

	if (a->count <= 0 || (a->type != KF_STRING && a->type != KF_BYTES))
		return false;
	cursor_resume(&c, a);
	if (!cursor_length(&c, a->type == KF_STRING, false, &n) || !cursor_need(&c, (uint64_t)n))
		return step(a, &c, false);
	*out = (struct kf_bytes){ c.p, (uint32_t)n };
	c.p += n;
	return step(a, &c, true);
}
