/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "blobs.h"

#define MOST 20000u
#define DEPTH 32

struct reader {
	struct tree *tree;
	struct blobs_told told;
	int around;      /* enum kf_blob_kind of the blob that is read, -1 for none; its offset and depth */
	uint32_t base;
	uint8_t depth;
	char path[DEPTH][96]; /* of what is around, by depth */
};

void tree_free(struct tree *t)
{
	free(t->leaf);
	*t = (struct tree){ .n = 0 };
}

static struct leaf *add(struct tree *t)
{
	if (t->n >= MOST) {
		t->more = true;
		return NULL;
	}
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct leaf *list = realloc(t->leaf, cap * sizeof(*list));

		if (!list)
			return NULL;
		t->leaf = list;
		t->cap = cap;
	}
	t->leaf[t->n] = (struct leaf){ .depth = 0 };
	return &t->leaf[t->n++];
}

/* SASL tokens are nobody's business. */
static bool is_secret(const struct kf_field *f)
{
	return f && (strcmp(f->name, "auth_bytes") == 0 || strcmp(f->name, "salted_password") == 0 ||
	             strcmp(f->name, "hmac") == 0);
}

static void put_bytes(struct leaf *l, const struct kf_place *p)
{
	size_t n = 0;

	if (p->number < 0) {
		snprintf(l->value, sizeof(l->value), "null");
		return;
	}
	n = (size_t)snprintf(l->value, sizeof(l->value), "%u byte%s", p->bytes.len, p->bytes.len == 1 ? "" : "s");
	if (is_secret(p->field) || !p->bytes.len || p->type == KF_RECORDS)
		return;
	l->value[n++] = ' ';
	for (uint32_t i = 0; i < p->bytes.len && i < 16; i++)
		n += (size_t)snprintf(l->value + n, sizeof(l->value) - n, " %02x", p->bytes.ptr[i]);
	if (p->bytes.len > 16)
		snprintf(l->value + n, sizeof(l->value) - n, " ...");
}

static void put_number(struct leaf *l, const struct kf_place *p)
{
	bool code = p->field && strcmp(p->field->name, "error_code") == 0;
	const char *name = code ? kf_error_name((int16_t)p->number) : NULL;
	double real;

	l->error = code && p->number != 0;
	if (p->type == KF_BOOL) {
		snprintf(l->value, sizeof(l->value), "%s", p->number ? "true" : "false");
	} else if (p->type == KF_FLOAT64) {
		memcpy(&real, &p->number, sizeof(real));
		snprintf(l->value, sizeof(l->value), "%g", real);
	} else if (name) {
		snprintf(l->value, sizeof(l->value), "%lld %s", (long long)p->number, name);
	} else {
		snprintf(l->value, sizeof(l->value), "%lld", (long long)p->number);
	}
}

static void put_uuid(struct leaf *l, const struct kf_place *p)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t *b = p->bytes.ptr;
	size_t n = 0;

	for (unsigned bit = 0; bit < 128; bit += 6) { /* base64url, as Kafka prints them */
		unsigned at = bit / 8, word = (unsigned)b[at] << 8 | (at + 1 < 16 ? b[at + 1] : 0u);

		l->value[n++] = digits[word >> (10 - bit % 8) & 63];
	}
	l->value[n] = '\0';
}

static void put_text(struct leaf *l, const struct kf_place *p)
{
	size_t n;

	if (p->number < 0) {
		snprintf(l->value, sizeof(l->value), "null");
		return;
	}
	n = text_safe(l->value + 1, sizeof(l->value) - 2, p->bytes.ptr, p->bytes.len, 0);
	l->value[0] = '"';
	memcpy(l->value + 1 + n, "\"", 2);
}

static void put_value(struct leaf *l, const struct kf_place *p)
{
	switch (p->type) {
	case KF_STRUCT:
		if (p->index < 0 && p->number < 0)
			snprintf(l->value, sizeof(l->value), "null");
		break;
	case KF_ARRAY:
		if (p->number < 0)
			snprintf(l->value, sizeof(l->value), "null");
		else
			snprintf(l->value, sizeof(l->value), "%lld element%s", (long long)p->number, p->number == 1 ? "" : "s");
		break;
	case KF_STRING:
		put_text(l, p);
		break;
	case KF_BYTES:
	case KF_RECORDS:
		put_bytes(l, p);
		break;
	case KF_UUID:
		put_uuid(l, p);
		break;
	default:
		put_number(l, p);
	}
}

static void put_names(struct reader *r, struct leaf *l, const struct kf_place *p)
{
	const char *around = p->depth ? r->path[(p->depth - 1) % DEPTH] : "";
	char name[64] = "";

	if (p->field)
		kf_json_name(p->field->name, name);
	else
		snprintf(name, sizeof(name), "tag %lld", (long long)p->number);
	if (p->index >= 0) {
		snprintf(l->key, sizeof(l->key), "[%d]", p->index);
		snprintf(l->path, sizeof(l->path), "%.80s[%d]", around, p->index);
	} else {
		snprintf(l->key, sizeof(l->key), "%.46s", name);
		snprintf(l->path, sizeof(l->path), "%.60s%s%.30s", around, around[0] ? "." : "", name);
	}
	memcpy(r->path[p->depth % DEPTH], l->path, sizeof(l->path));
}

static bool on_place(void *ctx, const struct kf_place *place);

static void read_blob(struct reader *r, const struct kf_place *p, enum kf_blob_kind kind)
{
	uint32_t base = r->base;
	uint8_t depth = r->depth;
	int around = r->around;
	struct kf_error err;

	r->base = p->offset + p->len - p->bytes.len;
	r->depth = (uint8_t)(p->depth + 1);
	r->around = (int)kind;
	kf_layout_blob(kind, p->bytes, r, on_place, &err);
	r->base = base;
	r->depth = depth;
	r->around = around;
}

static void look_inside(struct reader *r, const struct kf_place *p, struct leaf *l)
{
	enum kf_blob_kind kind;

	if (!p->field)
		return;
	if (p->type == KF_STRING && r->around < 0)
		blobs_learn(&r->told, p->field->name, p->bytes);
	if (p->type != KF_BYTES || p->number < 0)
		return;
	if (blobs_is_text(&r->told, r->around, p->field->name))
		put_text(l, p);
	else if (blobs_find(&r->told, r->around, p->field->name, p->bytes, &kind))
		read_blob(r, p, kind);
}

static bool on_place(void *ctx, const struct kf_place *place)
{
	struct reader *r = ctx;
	struct kf_place p = *place;
	struct leaf *l = add(r->tree);

	if (!l)
		return false;
	p.depth = (uint8_t)(p.depth + r->depth);
	p.offset += r->base;
	l->depth = p.depth;
	l->offset = p.offset;
	l->len = p.len;
	put_names(r, l, &p);
	put_value(l, &p);
	look_inside(r, &p, l);
	return true;
}

bool tree_read(struct tree *t, const struct message *m, const uint8_t *bytes, const char *protocol_type,
               const char *assignor)
{
	struct reader *r = calloc(1, sizeof(*r));
	const struct kf_message *schema = kf_message(m->api, (enum kf_direction)m->direction);
	struct kf_body body = { .ptr = bytes, .len = m->body_len, .cut = m->cut };
	struct kf_error err = { .status = KF_OK };
	struct leaf *l;

	t->n = 0;
	t->more = false;
	if (!r)
		return false;
	r->tree = t;
	r->around = -1;
	r->told.api = m->api;
	snprintf(r->told.type, sizeof(r->told.type), "%s", protocol_type ? protocol_type : "");
	snprintf(r->told.assignor, sizeof(r->told.assignor), "%s", assignor ? assignor : "");
	if (bytes || !m->size)
		kf_layout(schema, m->version, &body, r, on_place, &err);
	if (err.status != KF_OK && !t->more && (l = add(t))) {
		snprintf(l->key, sizeof(l->key), "%s", err.status == KF_TRUNCATED && m->cut ? "cut here" : "stops here");
		snprintf(l->value, sizeof(l->value), "%.60s%s%.100s", err.field ? err.field : "", err.field ? ": " : "",
		         err.what ? err.what : "");
		l->offset = err.offset;
		l->error = true;
	}
	free(r);
	return true;
}
