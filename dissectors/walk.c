/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading values into C structs, and whole messages.
 */
#include "straight.h"
#include "walk.h"

bool walk_presence(struct cursor *c, const struct kf_field *f, bool *present)
{
	*present = true;
	if (!may_be_null(f, c->version))
		return true;
	if (!cursor_need(c, 1))
		return false;
	*present = !(*c->p++ & 0x80);
	return true;
}

bool walk_count(struct cursor *c, const struct kf_field *f, int64_t *count)
{
	enum { LARGE_ELEMENT = 64 };
	uint64_t left, most;

	if (!cursor_length(c, false, may_be_null(f, c->version), count)) {
		*count = 0;
		return false;
	}
	left = cursor_left(c);
	if (*count <= (int64_t)(left / LARGE_ELEMENT))
		return true;
	most = left / element_min(c, f);
	if (*count <= (int64_t)most)
		return true;
	*count = (int64_t)most;
	if (c->confined)
		return cursor_fail(c, KF_MALFORMED, "array count exceeds its tagged field");
	++*count; /* the last of them is cut: what there is of it can be read */
	return cursor_fail(c, KF_TRUNCATED, "array count exceeds the bytes left");
}

static bool read_bytes(struct cursor *c, bool is_string, bool nullable, struct kf_bytes *out)
{
	size_t run = cursor_short_run(c);
	int64_t n;

	if (run) {
		*out = (struct kf_bytes){ c->p + 1, (uint32_t)run - 1 };
		c->p += run;
		return true;
	}
	if (!cursor_length(c, is_string, nullable, &n))
		return false;
	if (n < 0)
		return true;
	if (!cursor_need(c, (uint64_t)n))
		return false;
	*out = (struct kf_bytes){ c->p, (uint32_t)n };
	c->p += n;
	return true;
}

static bool read_records(struct cursor *c, bool nullable, struct kf_records *out)
{
	struct kf_records r = { 0 };
	int64_t n;

	if (!cursor_length(c, false, nullable, &n))
		return false;
	if (n < 0)
		return true;
	r.ptr = c->p;
	r.size = (uint32_t)n;
	r.offset = (uint32_t)(c->p - c->base);
	r.skips = c->skips;
	r.n_skips = c->n_skips;
	if (!cursor_cross(c, r.size))
		return false;
	r.kept = (uint32_t)(c->p - r.ptr);
	r.n_skips -= c->n_skips;
	*out = r;
	return true;
}

static struct kf_array array_here(const struct cursor *c, const struct kf_field *f, int64_t count)
{
	return (struct kf_array){
		.ptr = c->p,
		.end = c->confined ? c->limit : c->end,
		.element = f->sub,
		.skips = c->n_skips ? c->skips : NULL,
		.n_skips = c->n_skips,
		.offset = (uint32_t)(c->p - c->base),
		.count = (int32_t)count,
		.version = c->version,
		.type = f->type == KF_ARRAY ? f->element : KF_STRUCT,
		.flexible = c->flexible,
		.cut = c->cut,
	};
}

/* Stores the array even when something is wrong with it: the elements before that are good. */
static bool read_array(struct cursor *c, const struct kf_field *f, struct kf_array *out)
{
	int64_t count;
	bool ok = walk_count(c, f, &count);

	*out = array_here(c, f, count);
	return ok && skip_elements(c, f, count > 0 ? (uint32_t)count : 0);
}

static bool read_struct(struct cursor *c, const struct kf_field *f, struct kf_array *out)
{
	bool present = false, ok = walk_presence(c, f, &present);

	*out = array_here(c, f, present ? 1 : -1);
	return ok && (!present || skip_struct(c, f->sub));
}

static inline void store32(const uint8_t *p, void *slot)
{
	uint32_t u32 = load32(p);

	memcpy(slot, &u32, sizeof(u32));
}

static void store_fixed(const uint8_t *p, unsigned type, void *slot)
{
	uint16_t u16;
	uint64_t u64;

	switch (type) {
	case KF_BOOL:
		*(bool *)slot = *p != 0;
		break;
	case KF_INT8:
		memcpy(slot, p, 1);
		break;
	case KF_INT16:
	case KF_UINT16:
		u16 = load16(p);
		memcpy(slot, &u16, sizeof(u16));
		break;
	case KF_INT32:
	case KF_UINT32:
		store32(p, slot);
		break;
	case KF_INT64:
	case KF_FLOAT64:
		u64 = load64(p);
		memcpy(slot, &u64, sizeof(u64));
		break;
	default:
		memcpy(slot, p, sizeof(struct kf_uuid));
	}
}

static bool read_fixed(struct cursor *c, const struct kf_field *f, uint32_t n, void *slot)
{
	if (!cursor_need(c, n))
		return false;
	store_fixed(c->p, f->type, slot);
	c->p += n;
	return true;
}

static inline bool read_value(struct cursor *c, const struct kf_field *f, void *slot)
{
	switch (f->type) {
	case KF_STRING:
	case KF_BYTES:
		return read_bytes(c, f->type == KF_STRING, may_be_null(f, c->version), slot);
	case KF_RECORDS:
		return read_records(c, may_be_null(f, c->version), slot);
	case KF_STRUCT:
		return read_struct(c, f, slot);
	case KF_ARRAY:
		return read_array(c, f, slot);
	default:
		return read_fixed(c, f, fixed_size(f->type), slot);
	}
}

/* Reads one field into its place in `out`, and notes that it was there. */
static bool read_field(struct cursor *c, const struct kf_struct *s, const struct kf_field *f, void *out)
{
	struct kf_head *head = out;
	bool ok = read_value(c, f, (char *)out + f->at);

	if (ok || f->type == KF_ARRAY || f->type == KF_STRUCT)
		head->present |= UINT64_C(1) << (f - s->fields);
	if (!ok && !c->field)
		c->field = f->name;
	return ok;
}

/* A string that is all there, or null where it may be. */
static inline bool read_whole_string(struct cursor *c, const struct kf_field *f, struct kf_bytes *out)
{
	const size_t left = (size_t)(c->limit - c->p), head = c->flexible ? 1 : 2;
	int32_t n;

	if (left < head)
		return false;
	n = c->flexible ? c->p[0] - 1 : (int16_t)load16(c->p);
	if (n < 0 && (n < -1 || !may_be_null(f, c->version)))
		return false;
	if (n >= 0) {
		if ((c->flexible && n >= 127) || (size_t)n > left - head)
			return false;
		*out = (struct kf_bytes){ c->p + head, (uint32_t)n };
		c->p += n;
	}
	c->p += head;
	return true;
}

/* The fields of most messages, in line. False for everything else, and where bytes are missing: nothing was read then. */
static inline bool read_short(struct cursor *c, const struct kf_field *f, void *slot)
{
	const size_t n = fixed_size(f->type);

	if (f->type == KF_STRING)
		return read_whole_string(c, f, slot);
	if (n == 0 || (size_t)(c->limit - c->p) < n)
		return false;
	if (f->type == KF_INT32)
		store32(c->p, slot);
	else
		store_fixed(c->p, f->type, slot);
	c->p += n;
	return true;
}

static const struct kf_field *find_tag(const struct cursor *c, const struct kf_struct *s, uint32_t tag)
{
	for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++)
		if (f->tag >= 0 && (uint32_t)f->tag == tag && in_version(f, c->version))
			return f;
	return NULL;
}

/* Reads a tagged value of `size` bytes that are all there, and must all be used. */
static bool read_tag(struct cursor *c, const struct kf_struct *s, const struct kf_field *f, uint32_t size,
                     void *out)
{
	struct cursor in = *c;
	bool ok;

	in.limit = c->p + size;
	in.n_skips = 0;
	in.skips = NULL;
	in.beyond = 0;
	in.confined = true;
	if (out)
		ok = read_field(&in, s, f, out);
	else
		ok = skip_value(&in, f);
	if (ok && in.p != in.limit)
		ok = cursor_fail(&in, KF_MALFORMED, "tagged field is longer than its value");
	if (!ok && !in.field)
		in.field = f->name;
	c->p = in.p;
	c->status = in.status;
	c->what = in.what;
	c->field = in.field;
	return ok;
}

bool walk_tags(struct cursor *c, const struct kf_struct *s, void *out)
{
	uint32_t count, tag, size;
	int64_t last = -1;

	if (!cursor_uvarint(c, &count))
		return false;
	for (; count; count--) {
		const struct kf_field *f;

		if (!cursor_uvarint(c, &tag) || !cursor_uvarint(c, &size))
			return false;
		if (tag <= last)
			return cursor_fail(c, KF_MALFORMED, "tags do not ascend");
		last = tag;
		if (!cursor_need(c, size))
			return false;
		f = find_tag(c, s, tag);
		if (f && !read_tag(c, s, f, size, out))
			return false;
		if (!f) {
			c->p += size;
			if (out)
				((struct kf_head *)out)->present |= KF_UNKNOWN_TAGS;
		}
	}
	return true;
}

bool walk_struct(struct cursor *c, const struct kf_struct *s, void *out, bool lenient)
{
	struct kf_head *head = out;
	uint64_t bit = 1;
	bool any = false;

	for (const struct kf_field *f = s->fields, *end = f + s->n_fields; f < end; f++, bit <<= 1) {
		if (!in_version(f, c->version) || f->tag >= 0)
			continue;
		if (lenient && any && c->p == c->end)
			return true;
		if (read_short(c, f, (char *)out + f->at))
			head->present |= bit;
		else if (!read_field(c, s, f, out))
			return false;
		any = true;
	}
	return !c->flexible || cursor_no_tags(c) || walk_tags(c, s, out);
}

/* The whole of a message, or of a struct that stands alone, where it is straight. */
static bool read_straight(kf_straight *read, int16_t version, bool flexible, const struct kf_body *body, bool lenient, void *out,
                          struct kf_error *err)
{
	struct straight s = { .p = body->ptr, .base = body->ptr, .version = (uint8_t)version, .flexible = flexible };

	if (!read || !body->ptr || body->cut || body->n_skips)
		return false;
	s.limit = body->ptr + body->len;
	if (!read(&s, out) || (s.p != s.limit && !lenient))
		return false;
	if (err)
		*err = (struct kf_error){ .status = KF_OK, .offset = (uint32_t)(s.p - s.base) };
	return true;
}

static enum kf_status refuse(struct kf_error *err, enum kf_status status, const char *what)
{
	if (err)
		*err = (struct kf_error){ .status = status, .what = what };
	return status;
}

enum kf_status kf_decode(const struct kf_message *m, int16_t version, const struct kf_body *body,
                         void *out, struct kf_error *err)
{
	struct cursor c;

	if (!m)
		return refuse(err, KF_UNKNOWN_API, "unknown API");
	if (version >= m->first && version <= m->last &&
	    read_straight(m->straight, version, version >= m->flexible, body, false, out, err))
		return KF_OK;
	memset(out, 0, m->body->size);
	if (version < m->first || version > m->last)
		return refuse(err, KF_UNKNOWN_VERSION, "unknown version");
	cursor_start(&c, body);
	c.version = (uint8_t)version;
	c.flexible = version >= m->flexible;
	if (walk_struct(&c, m->body, out, false) && (c.p != c.end || c.n_skips || c.cut))
		cursor_fail(&c, KF_MALFORMED, "bytes after the end of the message");
	cursor_report(&c, err);
	return (enum kf_status)c.status;
}

enum kf_status kf_decode_struct(const struct kf_struct *s, int16_t version, struct kf_bytes in,
                                bool lenient, void *out, struct kf_error *err)
{
	return walk_alone(s, NULL, version, in, lenient, out, err);
}

enum kf_status walk_alone(const struct kf_struct *s, kf_straight *straight, int16_t version, struct kf_bytes in, bool lenient,
                          void *out, struct kf_error *err)
{
	struct kf_body body = { .ptr = in.ptr, .len = in.len };
	struct cursor c;

	if (version >= 0 && version <= KF_MAX && read_straight(straight, version, false, &body, lenient, out, err))
		return KF_OK;
	memset(out, 0, s->size);
	if (version < 0 || version > KF_MAX)
		return refuse(err, KF_UNKNOWN_VERSION, "unknown version");
	cursor_start(&c, &body);
	c.version = (uint8_t)version;
	if (walk_struct(&c, s, out, lenient) && c.p != c.end && !lenient)
		cursor_fail(&c, KF_MALFORMED, "bytes after the end of the struct");
	cursor_report(&c, err);
	return (enum kf_status)c.status;
}
