/* SPDX-License-Identifier: Apache-2.0
 *
 * Going past values, with all the checks and none of the stores.
 */
#include "walk.h"

static uint32_t struct_min(const struct cursor *c, const struct kf_struct *s);

static uint32_t value_min(const struct cursor *c, const struct kf_field *f, unsigned type)
{
	if (type <= KF_UUID)
		return fixed_size(type);
	if (type == KF_STRUCT)
		return may_be_null(f, c->version) ? 1 : struct_min(c, f->sub);
	if (c->flexible)
		return 1;
	return type == KF_STRING ? 2 : 4;
}

static uint32_t struct_min(const struct cursor *c, const struct kf_struct *s)
{
	uint32_t sum = c->flexible;

	for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++)
		if (in_version(f, c->version) && f->tag < 0)
			sum += value_min(c, f, f->type);
	return sum;
}

uint32_t element_min(const struct cursor *c, const struct kf_field *f)
{
	uint32_t min = f->element == KF_STRUCT ? struct_min(c, f->sub) : value_min(c, f, f->element);

	return min ? min : 1;
}

static bool skip_run(struct cursor *c, bool is_string, bool nullable)
{
	int64_t n;

	return cursor_length(c, is_string, nullable, &n) && cursor_take(c, n > 0 ? (uint32_t)n : 0);
}

bool skip_elements(struct cursor *c, const struct kf_field *f, uint32_t count)
{
	if (f->element <= KF_UUID) {
		uint64_t n = (uint64_t)count * fixed_size(f->element);

		if (!cursor_need(c, n))
			return false;
		c->p += n;
		return true;
	}
	for (; count; count--) {
		bool ok = f->element == KF_STRUCT ? skip_struct(c, f->sub) :
		                                    skip_run(c, f->element == KF_STRING, false);

		if (!ok)
			return false;
	}
	return true;
}

bool skip_value(struct cursor *c, const struct kf_field *f)
{
	bool present;
	int64_t n;

	switch (f->type) {
	case KF_STRING:
	case KF_BYTES:
		return skip_run(c, f->type == KF_STRING, may_be_null(f, c->version));
	case KF_RECORDS:
		return cursor_length(c, false, may_be_null(f, c->version), &n) &&
		       cursor_cross(c, n > 0 ? (uint32_t)n : 0);
	case KF_STRUCT:
		return walk_presence(c, f, &present) && (!present || skip_struct(c, f->sub));
	case KF_ARRAY:
		return walk_count(c, f, &n) && skip_elements(c, f, n > 0 ? (uint32_t)n : 0);
	default:
		return cursor_take(c, fixed_size(f->type));
	}
}

/* Numbers and short strings, which is what most fields are. False for everything else, and where bytes are missing. */
static inline bool skip_short(struct cursor *c, const struct kf_field *f)
{
	size_t n = fixed_size(f->type);

	if (n == 0 && (f->type == KF_STRING || f->type == KF_BYTES))
		n = cursor_short_run(c);
	if (n == 0 || (size_t)(c->limit - c->p) < n)
		return false;
	c->p += n;
	return true;
}

bool skip_struct(struct cursor *c, const struct kf_struct *s)
{
	for (const struct kf_field *f = s->fields, *end = f + s->n_fields; f < end; f++) {
		if (!in_version(f, c->version) || f->tag >= 0 || skip_short(c, f))
			continue;
		if (!skip_value(c, f)) {
			if (!c->field)
				c->field = f->name;
			return false;
		}
	}
	return !c->flexible || cursor_no_tags(c) || walk_tags(c, s, NULL);
}
