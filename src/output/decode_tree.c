/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <regroup/json.h>
#include <regroup/text.h>

#define TOP_INDENT 4
#define SHOWN_BYTES 24  /* of a bytes field, in hexadecimal */
#define LINE_COLUMNS 100

static void print_struct(struct line *l, struct body *b, const struct plan *p, unsigned indent, bool in_list);

static void print_uuid(struct line *l, const struct kf_uuid *id)
{
	struct json j;

	json_init(&j);
	json_uuid(&j, id->byte);
	if (j.len > 2)
		line_safe(l, j.buf + 1, j.len - 2, 0); /* without the quotes */
	json_free(&j);
}

static void print_double(struct line *l, double value)
{
	struct json j;

	json_init(&j);
	json_double_java(&j, value);
	if (j.len > 0)
		line_safe(l, j.buf, j.len, 0);
	json_free(&j);
}

static void print_hex(struct line *l, const struct plan_field *f, const struct kf_bytes *bytes)
{
	uint32_t shown = bytes->len < SHOWN_BYTES ? bytes->len : SHOWN_BYTES;

	if (bytes->ptr == NULL) {
		line_text(l, "null");
		return;
	}
	line_count(l, bytes->len, "byte", "bytes");
	if (f->role == PLAN_SECRET) {
		line_text(l, ", not shown");
		return;
	}
	line_text(l, shown > 0 ? "  " : "");
	for (uint32_t i = 0; i < shown; i++)
		line_format(l, "%02x", bytes->ptr[i]);
	line_text(l, shown < bytes->len ? "…" : "");
}

static void print_text(struct line *l, const struct kf_bytes *text)
{
	if (text->ptr == NULL)
		line_text(l, "null");
	else
		line_value(l, text->ptr, text->len, 0);
}

static void print_records(struct line *l, const struct kf_records *records, unsigned indent)
{
	struct kf_records in = *records;
	struct kf_batch batch;

	if (in.ptr == NULL && in.size == 0) {
		line_text(l, "null");
		return;
	}
	line_count(l, in.size, "byte", "bytes");
	while (kf_next_batch(&in, &batch)) {
		line_end(l);
		line_to(l, indent + 2, 0);
		line_format(l, "- batch at %lld: %d records, %u bytes, magic %d", (long long)batch.base_offset,
		            batch.records, batch.size, batch.magic);
		if (batch.producer_id >= 0)
			line_format(l, ", producer %lld epoch %d from sequence %d", (long long)batch.producer_id,
			            batch.producer_epoch, batch.base_sequence);
	}
}

/* A list of scalars on one line, broken where it gets long. */
static bool print_item(struct line *l, const struct plan_field *f, struct kf_array *list)
{
	struct kf_bytes bytes;
	struct kf_uuid id;
	int64_t n;
	bool more;

	if (list->type == KF_STRING || list->type == KF_BYTES) {
		more = kf_next_bytes(list, &bytes);
		if (more && list->type == KF_STRING)
			print_text(l, &bytes);
		else if (more)
			print_hex(l, f, &bytes);
	} else if (list->type == KF_UUID) {
		more = kf_next_uuid(list, &id);
		if (more)
			print_uuid(l, &id);
	} else {
		more = kf_next_int(list, &n);
		if (more)
			line_format(l, "%lld", (long long)n);
	}
	return more;
}

static void print_scalars(struct line *l, const struct plan_field *f, struct kf_array list, unsigned indent)
{
	line_text(l, "[");
	while (print_item(l, f, &list)) {
		line_text(l, list.count > 0 ? ", " : "");
		if (l->column > LINE_COLUMNS && list.count > 0) {
			line_end(l);
			line_to(l, indent + 2, 0);
		}
	}
	line_text(l, "]");
}

static void print_structs(struct line *l, struct body *b, const struct plan_field *f, struct kf_array list,
                          unsigned indent, bool in_list)
{
	while (b->depth + 1 < PLAN_DEPTH && body_next(b, &list)) {
		line_end(l);
		b->depth++;
		print_struct(l, b, f->sub, indent + 2, in_list);
		b->depth--;
	}
}

static void print_array(struct line *l, struct body *b, const struct plan_field *f, const struct kf_array *list,
                        unsigned indent)
{
	if (list->count < 0)
		line_text(l, "null");
	else if (list->count == 0)
		line_text(l, "[]");
	else if (f->sub != NULL)
		print_structs(l, b, f, *list, indent, f->field->type == KF_ARRAY);
	else
		print_scalars(l, f, *list, indent);
}

static void print_bytes(struct line *l, struct body *b, const struct plan_field *f, const struct kf_bytes *bytes,
                        unsigned indent)
{
	struct blob blob;

	if (!body_blob(b, f, bytes, &blob)) {
		print_hex(l, f, bytes);
		return;
	}
	line_count(l, bytes->len, "byte", "bytes");
	line_format(l, ", %s", blob.type);
	if (blob.plan == NULL) {
		line_text(l, " ");
		line_safe(l, bytes->ptr, bytes->len, 0);
		return;
	}
	line_format(l, " v%d", blob.version);
	line_end(l);
	b->depth++;
	print_struct(l, b, blob.plan, indent + 2, false);
	b->depth--;
}

static void print_number(struct line *l, const struct plan_field *f, int64_t n)
{
	const char *name = f->role == PLAN_ERROR && n != 0 ? kf_error_name((int16_t)n) : NULL;

	if (f->field->type == KF_BOOL) {
		line_text(l, n ? "true" : "false");
		return;
	}
	line_format(l, "%lld", (long long)n);
	if (name != NULL)
		line_format(l, " %s", name);
}

static void print_value(struct line *l, struct body *b, const struct plan_field *f, const void *s, unsigned indent)
{
	const void *v = plan_value(f, s);

	switch (f->field->type) {
	case KF_FLOAT64:
		print_double(l, *(const double *)v);
		break;
	case KF_UUID:
		print_uuid(l, v);
		break;
	case KF_STRING:
		print_text(l, v);
		body_hear(b, f, v);
		break;
	case KF_BYTES:
		print_bytes(l, b, f, v, indent);
		break;
	case KF_RECORDS:
		print_records(l, v, indent);
		break;
	case KF_STRUCT:
	case KF_ARRAY:
		print_array(l, b, f, v, indent);
		break;
	default:
		print_number(l, f, plan_int(f, s));
	}
}

/* Elements that hold nothing but numbers stand on one line each. */
static bool is_plain(const struct plan *p, const void *s)
{
	for (size_t i = 0; i < p->n_fields; i++) {
		if (plan_present(s, i) && p->fields[i].field->type > KF_UINT32)
			return false;
	}
	return true;
}

static void print_plain(struct line *l, const struct plan *p, const void *s, unsigned indent)
{
	const char *before = "- ";

	line_to(l, indent, 0);
	for (size_t i = 0; i < p->n_fields; i++) {
		if (!plan_present(s, i))
			continue;
		line_format(l, "%s%s: ", before, p->fields[i].key);
		print_number(l, &p->fields[i], plan_int(&p->fields[i], s));
		before = ", ";
	}
}

/* Fields below each other; the first one of a list's element has the dash. The last line is left open. */
static void print_struct(struct line *l, struct body *b, const struct plan *p, unsigned indent, bool in_list)
{
	const void *s = b->level[b->depth];
	bool first = true;

	if (in_list && is_plain(p, s)) {
		print_plain(l, p, s, indent);
		return;
	}
	for (size_t i = 0; i < p->n_fields; i++) {
		const struct plan_field *f = &p->fields[i];

		if (!plan_present(s, i))
			continue;
		if (!first)
			line_end(l);
		line_to(l, indent, 0);
		if (in_list)
			line_text(l, first ? "- " : "  ");
		first = false;
		line_text(l, f->key);
		line_text(l, ": ");
		print_value(l, b, f, s, in_list ? indent + 2 : indent);
	}
}

void decode_text_tree(struct line *l, struct body *b, const struct plan *p)
{
	b->depth = 0;
	print_struct(l, b, p, TOP_INDENT, false);
	if (l->column > 0)
		line_end(l);
}
