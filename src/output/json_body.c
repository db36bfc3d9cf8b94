/* SPDX-License-Identifier: Apache-2.0 */
#include "json_body.h"

#include <stdio.h>

#define PATH_BYTES 512

static void print_struct(struct json_body *w, struct body *b, const struct plan *p);

void json_body_init(struct json_body *w)
{
	w->to = NULL;
	w->in_blob = false;
	json_init(&w->blobs);
	json_init(&w->batches);
}

void json_body_free(struct json_body *w)
{
	json_free(&w->blobs);
	json_free(&w->batches);
}

static void print_path(struct json *to, const struct body *b, bool parent)
{
	char path[PATH_BYTES];
	size_t len = body_path(b, parent, path, sizeof path);

	json_key(to, "path");
	json_string(to, path, len);
}

/* 0 to -1 stands for "none" in batch headers. */
static void print_or_null(struct json *to, const char *key, int64_t value)
{
	json_key(to, key);
	if (value < 0)
		json_null(to);
	else
		json_int(to, value);
}

static void print_batch(struct json *to, const struct body *b, const struct kf_batch *batch)
{
	json_object_begin(to);
	print_path(to, b, true);
	json_key(to, "base_offset");
	json_int(to, batch->base_offset);
	print_or_null(to, "records", batch->records);
	json_key(to, "size");
	json_uint(to, batch->size);
	json_key(to, "magic");
	json_int(to, batch->magic);
	json_key(to, "attributes");
	json_int(to, batch->attributes);
	print_or_null(to, "producer_id", batch->producer_id);
	print_or_null(to, "producer_epoch", batch->producer_epoch);
	print_or_null(to, "base_sequence", batch->base_sequence);
	json_object_end(to);
}

/* Kafka's converter leaves the content out and tells its size under another name. */
static void print_records(struct json_body *w, struct body *b, const struct plan_field *f, const void *value)
{
	struct kf_records in = *(const struct kf_records *)value;
	struct kf_batch batch;
	char key[96];
	int len;

	if (in.ptr == NULL && in.size == 0) {
		json_key_plain(w->to, f->key, f->key_len);
		json_null(w->to);
		return;
	}
	len = snprintf(key, sizeof key, "%sSizeInBytes", f->key);
	json_key_plain(w->to, key, (size_t)len);
	json_uint(w->to, in.size);
	while (kf_next_batch(&in, &batch))
		print_batch(&w->batches, b, &batch);
}

static void print_blob(struct json_body *w, struct body *b, const struct plan_field *f, const struct kf_bytes *bytes);

/* Blobs inside the blob that lies in the level being read. */
static void print_inner_blobs(struct json_body *w, struct body *b, const struct plan *p)
{
	const void *s = b->level[b->depth];

	for (size_t i = 0; i < p->n_fields; i++) {
		const struct plan_field *f = &p->fields[i];

		if (!plan_has_blob(f) || !plan_present(s, i))
			continue;
		b->path[b->depth] = (struct body_step){ f, -1 };
		print_blob(w, b, f, plan_value(f, s));
	}
}

/* The version of what is JSON itself is one of its members. */
static void print_json_blob(struct json *to, const struct kf_bytes *bytes)
{
	int64_t version;

	json_key(to, "version");
	if (json_member_int(bytes->ptr, bytes->len, "version", &version))
		json_int(to, version);
	else
		json_null(to);
	json_key(to, "value");
	json_copy(to, bytes->ptr, bytes->len);
	json_object_end(to);
}

static void print_struct_blob(struct json_body *w, struct body *b, const struct blob *blob)
{
	bool outer = w->in_blob;

	json_key(w->to, "version");
	json_int(w->to, blob->version);
	json_key(w->to, "value");
	b->depth++;
	w->in_blob = true;
	print_struct(w, b, blob->plan);
	w->in_blob = outer;
	json_object_end(w->to);
	print_inner_blobs(w, b, blob->plan);
	b->depth--;
}

static void print_blob(struct json_body *w, struct body *b, const struct plan_field *f, const struct kf_bytes *bytes)
{
	struct json *outer = w->to;
	struct blob blob;

	if (w->in_blob || !body_blob(b, f, bytes, &blob))
		return;
	w->to = &w->blobs;
	json_object_begin(w->to);
	print_path(w->to, b, false);
	json_key(w->to, "type");
	json_text(w->to, blob.type);
	if (blob.plan != NULL)
		print_struct_blob(w, b, &blob);
	else
		print_json_blob(w->to, bytes);
	w->to = outer;
}

static void print_uuids(struct json *to, struct kf_array list)
{
	struct kf_uuid id;

	while (kf_next_uuid(&list, &id))
		json_uuid(to, id.byte);
}

static void print_strings(struct json *to, struct kf_array list)
{
	struct kf_bytes text;

	while (kf_next_bytes(&list, &text)) {
		if (list.type == KF_BYTES)
			json_base64(to, text.ptr, text.len);
		else
			json_string(to, text.ptr, text.len);
	}
}

static void print_numbers(struct json *to, struct kf_array list)
{
	int64_t n;

	while (kf_next_int(&list, &n)) {
		if (list.type == KF_BOOL)
			json_bool(to, n != 0);
		else
			json_int(to, n);
	}
}

static void print_structs(struct json_body *w, struct body *b, const struct plan_field *f, struct kf_array list)
{
	struct body_step *step = &b->path[b->depth];

	if (b->depth + 1 >= PLAN_DEPTH)
		return;
	for (int32_t i = 0; body_next(b, &list); i++) {
		*step = (struct body_step){ f, i };
		b->depth++;
		print_struct(w, b, f->sub);
		b->depth--;
	}
}

static void print_array(struct json_body *w, struct body *b, const struct plan_field *f, const struct kf_array *list)
{
	if (list->count < 0) {
		json_null(w->to);
		return;
	}
	json_array_begin(w->to);
	switch (f->field->element) {
	case KF_STRUCT:
		print_structs(w, b, f, *list);
		break;
	case KF_STRING:
	case KF_BYTES:
		print_strings(w->to, *list);
		break;
	case KF_UUID:
		print_uuids(w->to, *list);
		break;
	default:
		print_numbers(w->to, *list);
	}
	json_array_end(w->to);
}

static void print_one(struct json_body *w, struct body *b, const struct plan_field *f, const struct kf_array *value)
{
	struct kf_array in = *value;

	if (in.count < 0 || b->depth + 1 >= PLAN_DEPTH || !body_next(b, &in)) {
		json_null(w->to);
		return;
	}
	b->depth++;
	print_struct(w, b, f->sub);
	b->depth--;
}

static void print_value(struct json_body *w, struct body *b, const struct plan_field *f, const void *s)
{
	const void *v = plan_value(f, s);
	const struct kf_bytes *bytes = v;

	switch (f->field->type) {
	case KF_BOOL:
		json_bool(w->to, *(const bool *)v);
		break;
	case KF_FLOAT64:
		json_double_java(w->to, *(const double *)v);
		break;
	case KF_UUID:
		json_uuid(w->to, v);
		break;
	case KF_STRING:
		json_string(w->to, bytes->ptr, bytes->len);
		body_hear(b, f, bytes);
		break;
	case KF_BYTES:
		json_base64(w->to, bytes->ptr, bytes->len);
		if (plan_has_blob(f))
			print_blob(w, b, f, bytes);
		break;
	case KF_STRUCT:
		print_one(w, b, f, v);
		break;
	case KF_ARRAY:
		print_array(w, b, f, v);
		break;
	default:
		json_int(w->to, plan_int(f, s));
	}
}

static void print_field(struct json_body *w, struct body *b, const struct plan_field *f, const void *s)
{
	b->path[b->depth] = (struct body_step){ f, -1 };
	if (f->field->type == KF_RECORDS) {
		print_records(w, b, f, plan_value(f, s));
		return;
	}
	json_key_plain(w->to, f->key, f->key_len);
	print_value(w, b, f, s);
}

static void print_struct(struct json_body *w, struct body *b, const struct plan *p)
{
	const void *s = b->level[b->depth];
	uint64_t left = ((const struct kf_head *)s)->present & ~KF_UNKNOWN_TAGS;

	json_object_begin(w->to);
	for (; left != 0; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct plan_field *f = &p->fields[i];

		if (f->field->tag >= 0 && plan_is_default(f, s, b->level, b->depth + 1))
			continue;
		print_field(w, b, f, s);
	}
	json_object_end(w->to);
}

void json_body_print(struct json_body *w, struct body *b, const struct plan *p, struct json *to)
{
	w->to = to;
	w->in_blob = false;
	json_reset(&w->blobs);
	json_reset(&w->batches);
	b->depth = 0;
	print_struct(w, b, p);
}
