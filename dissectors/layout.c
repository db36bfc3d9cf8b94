/* SPDX-License-Identifier: Apache-2.0
 *
 * Where each value of a message lies: the same walk as decoding, telling places instead of storing values.
 */
#include "walk.h"

/* Structs inside structs; the tables have fewer. */
#define DEPTH 12

struct layout {
	struct cursor *c;
	void *ctx;
	bool (*each)(void *ctx, const struct kf_place *p);
	unsigned depth;
	bool stopped; /* by `each` */
};

static uint32_t offset_of(const struct layout *l, const uint8_t *p)
{
	return (uint32_t)(p - l->c->base);
}

static bool tell(struct layout *l, struct kf_place *p, const uint8_t *from, const uint8_t *to)
{
	p->depth = (uint8_t)l->depth;
	p->offset = offset_of(l, from);
	p->len = (uint32_t)(to - from);
	if (!l->each(l->ctx, p))
		l->stopped = true;
	return !l->stopped;
}

static bool layout_struct(struct layout *l, const struct kf_struct *s);

/* A value that has no parts: a number, a uuid, a string, bytes, records. */
static bool layout_plain(struct layout *l, const struct kf_field *f, unsigned type, int32_t index)
{
	struct cursor *c = l->c;
	struct kf_place p = { .field = f, .index = index, .type = (uint8_t)type };
	const uint8_t *from = c->p;
	uint32_t fixed = fixed_size(type);
	int64_t n;

	if (fixed) {
		if (!cursor_take(c, fixed))
			return false;
		if (type == KF_UUID)
			p.bytes = (struct kf_bytes){ from, fixed };
		else
			p.number = load_number(from, type);
		return tell(l, &p, from, c->p);
	}
	if (!cursor_length(c, type == KF_STRING, index < 0 && may_be_null(f, c->version), &n))
		return false;
	p.number = n;
	if (n >= 0)
		p.bytes = (struct kf_bytes){ c->p, (uint32_t)n };
	if (type == KF_RECORDS ? !cursor_cross(c, n > 0 ? (uint32_t)n : 0) : !cursor_take(c, n > 0 ? (uint32_t)n : 0))
		return false;
	if (type == KF_RECORDS)
		p.bytes.len = n > 0 ? (uint32_t)(c->p - p.bytes.ptr) : 0;
	return tell(l, &p, from, c->p);
}

/* How far a value reaches that is good; else to the end of what is there. */
static const uint8_t *end_of(const struct layout *l, const struct kf_field *f)
{
	struct cursor probe = *l->c;

	return skip_value(&probe, f) ? probe.p : l->c->end;
}

static bool layout_element(struct layout *l, const struct kf_field *f, int32_t i)
{
	struct kf_place p = { .field = f, .index = i, .type = KF_STRUCT };
	struct cursor probe = *l->c;
	bool ok;

	if (f->element != KF_STRUCT)
		return layout_plain(l, f, f->element, i);
	if (!tell(l, &p, l->c->p, skip_struct(&probe, f->sub) ? probe.p : l->c->end))
		return false;
	l->depth++;
	ok = layout_struct(l, f->sub);
	l->depth--;
	return ok;
}

static bool layout_array(struct layout *l, const struct kf_field *f)
{
	struct kf_place p = { .field = f, .index = -1, .type = KF_ARRAY };
	const uint8_t *from = l->c->p, *end = end_of(l, f);
	int64_t count;
	bool ok = walk_count(l->c, f, &count);

	p.number = count;
	if (!tell(l, &p, from, end))
		return false;
	l->depth++;
	for (int32_t i = 0; i < count; i++) {
		if (!layout_element(l, f, i)) {
			ok = false;
			break;
		}
	}
	l->depth--;
	return ok;
}

static bool layout_nested(struct layout *l, const struct kf_field *f)
{
	struct kf_place p = { .field = f, .index = -1, .type = KF_STRUCT };
	const uint8_t *from = l->c->p, *end = end_of(l, f);
	bool present = false, ok;

	if (!walk_presence(l->c, f, &present))
		return false;
	p.number = present ? 1 : -1;
	if (!tell(l, &p, from, end) || !present)
		return !l->stopped && !present;
	l->depth++;
	ok = layout_struct(l, f->sub);
	l->depth--;
	return ok;
}

static bool layout_value(struct layout *l, const struct kf_field *f)
{
	bool ok;

	if (f->type == KF_ARRAY)
		ok = layout_array(l, f);
	else if (f->type == KF_STRUCT)
		ok = layout_nested(l, f);
	else
		ok = layout_plain(l, f, f->type, -1);
	if (!ok && !l->c->field)
		l->c->field = f->name;
	return ok;
}

/* A tagged value has its size in front, and is confined to it. */
static bool layout_tagged(struct layout *l, const struct kf_field *f, uint32_t size)
{
	struct cursor *outer = l->c, in = *outer;
	bool ok;

	in.limit = outer->p + size;
	in.n_skips = 0;
	in.skips = NULL;
	in.beyond = 0;
	in.confined = true;
	l->c = &in;
	ok = layout_value(l, f);
	if (ok && in.p != in.limit)
		ok = cursor_fail(&in, KF_MALFORMED, "tagged field is longer than its value");
	l->c = outer;
	outer->p = in.p;
	outer->status = in.status;
	outer->what = in.what;
	outer->field = in.field;
	return ok;
}

static bool layout_tags(struct layout *l, const struct kf_struct *s)
{
	struct cursor *c = l->c;
	uint32_t count, tag, size;
	int64_t last = -1;

	if (!cursor_uvarint(c, &count))
		return false;
	for (; count; count--) {
		const struct kf_field *found = NULL;
		struct kf_place p = { .index = -1, .type = KF_BYTES };
		const uint8_t *from = c->p;

		if (!cursor_uvarint(c, &tag) || !cursor_uvarint(c, &size))
			return false;
		if (tag <= last)
			return cursor_fail(c, KF_MALFORMED, "tags do not ascend");
		last = tag;
		if (!cursor_need(c, size))
			return false;
		for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++)
			if (f->tag >= 0 && (uint32_t)f->tag == tag && in_version(f, c->version))
				found = f;
		if (found && !layout_tagged(l, found, size))
			return false;
		if (found)
			continue;
		p.number = tag;
		p.bytes = (struct kf_bytes){ c->p, size };
		c->p += size;
		if (!tell(l, &p, from, c->p))
			return false;
	}
	return true;
}

static bool layout_struct(struct layout *l, const struct kf_struct *s)
{
	if (l->depth >= DEPTH)
		return cursor_fail(l->c, KF_MALFORMED, "structs too deep");
	for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++) {
		if (!in_version(f, l->c->version) || f->tag >= 0)
			continue;
		if (!layout_value(l, f))
			return false;
	}
	return !l->c->flexible || layout_tags(l, s);
}

enum kf_status kf_layout(const struct kf_message *m, int16_t version, const struct kf_body *body, void *ctx,
                         bool (*each)(void *ctx, const struct kf_place *p), struct kf_error *err)
{
	struct cursor c;
	struct layout l = { .c = &c, .ctx = ctx, .each = each };

	if (!m || version < m->first || version > m->last) {
		*err = (struct kf_error){ .status = m ? KF_UNKNOWN_VERSION : KF_UNKNOWN_API, .what = "unknown version" };
		return err->status;
	}
	cursor_start(&c, body);
	c.version = (uint8_t)version;
	c.flexible = version >= m->flexible;
	if (layout_struct(&l, m->body) && (c.p != c.end || c.n_skips || c.cut))
		cursor_fail(&c, KF_MALFORMED, "bytes after the end of the message");
	cursor_report(&c, err);
	return (enum kf_status)c.status;
}

static bool say_nothing(void *ctx, const struct kf_place *p)
{
	(void)ctx;
	(void)p;
	return true;
}

/* Of a blob without a version: the newest one that fits exactly, as kf_decode_blob has it; the last when none does. */
static int64_t version_that_fits(const struct kf_blob *b, const struct kf_body *body)
{
	struct cursor c;
	struct layout l = { .c = &c, .each = say_nothing };

	for (int v = b->last; v >= b->first; v--) {
		cursor_start(&c, body);
		c.version = (uint8_t)v;
		if (layout_struct(&l, b->body) && c.p == c.end)
			return v;
	}
	return b->last;
}

enum kf_status kf_layout_blob(enum kf_blob_kind kind, struct kf_bytes in, void *ctx,
                              bool (*each)(void *ctx, const struct kf_place *p), struct kf_error *err)
{
	const struct kf_blob *b = kf_blob(kind);
	struct kf_body body = { .ptr = in.ptr, .len = in.len };
	struct cursor c;
	struct layout l = { .c = &c, .ctx = ctx, .each = each };
	int64_t version = b->version_bytes ? b->last : version_that_fits(b, &body);

	cursor_start(&c, &body);
	if (b->version_bytes) {
		if (!cursor_need(&c, b->version_bytes)) {
			cursor_report(&c, err);
			return (enum kf_status)c.status;
		}
		version = load_number(c.p, b->version_bytes == 2 ? KF_INT16 : KF_INT32);
		c.p += b->version_bytes;
	}
	c.version = (uint8_t)(version < b->first ? b->first : version > b->last ? b->last : version);
	layout_struct(&l, b->body);
	cursor_report(&c, err);
	return (enum kf_status)c.status;
}
