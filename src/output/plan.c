/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 72

struct plans {
	size_t struct_size;
	size_t n_keys;
	bool failed;
	const struct plan *blobs[KF_BLOBS];
	const struct plan *(*by_key)[2]; /* n_keys of them, by direction */
	struct plan **all;               /* for freeing */
	size_t n_all, cap_all;
};

/* In place of an API's key. */
#define ANY -1
#define BLOB(kind) (-2 - (kind))

/* What a field means, by its name as the schemas spell it. */
static const struct {
	const char *name;
	int16_t key; /* of the API, ANY, or a blob */
	uint8_t role;
} roles[] = {
	{ "group_id", ANY, PLAN_GROUP },
	{ "group_ids", ANY, PLAN_GROUP },
	{ "groups_names", ANY, PLAN_GROUP },
	{ "groups", 15, PLAN_GROUP },
	{ "key", 10, PLAN_GROUP },
	{ "coordinator_keys", 10, PLAN_GROUP },
	{ "protocol_type", 11, PLAN_PROTOCOL_TYPE },
	{ "protocol_type", 14, PLAN_PROTOCOL_TYPE },
	{ "protocol_type", 15, PLAN_PROTOCOL_TYPE },
	{ "name", 11, PLAN_ASSIGNOR },
	{ "protocol_name", 11, PLAN_ASSIGNOR },
	{ "protocol_name", 14, PLAN_ASSIGNOR },
	{ "protocol_data", 15, PLAN_ASSIGNOR },
	{ "metadata", 11, PLAN_SUBSCRIPTION },
	{ "assignment", 14, PLAN_ASSIGNMENT },
	{ "member_metadata", 15, PLAN_SUBSCRIPTION },
	{ "member_assignment", 15, PLAN_ASSIGNMENT },
	{ "user_data", BLOB(KF_BLOB_SUBSCRIPTION), PLAN_SUBSCRIPTION_DATA },
	{ "user_data", BLOB(KF_BLOB_ASSIGNMENT), PLAN_ASSIGNMENT_DATA },
	{ "allocation", BLOB(KF_BLOB_CONNECT_SUBSCRIPTION), PLAN_ALLOCATION },
	{ "auth_bytes", ANY, PLAN_SECRET },
	{ "salt", ANY, PLAN_SECRET },
	{ "salted_password", ANY, PLAN_SECRET },
	{ "hmac", ANY, PLAN_SECRET },
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && memcmp(text + n - m, end, m) == 0;
}

static bool holds(const struct kf_field *f, enum kf_type type)
{
	return f->type == type || (f->type == KF_ARRAY && f->element == type);
}

static bool role_fits(uint8_t role, const struct kf_field *f)
{
	switch (role) {
	case PLAN_GROUP:
		return holds(f, KF_STRING);
	case PLAN_PROTOCOL_TYPE:
	case PLAN_ASSIGNOR:
		return f->type == KF_STRING;
	default:
		return f->type == KF_BYTES;
	}
}

static uint8_t role_of(const struct kf_field *f, int16_t key)
{
	if (holds(f, KF_INT16) && (ends_with(f->name, "error_code") || ends_with(f->name, "error_codes")))
		return PLAN_ERROR;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		if ((roles[i].key == ANY || roles[i].key == key) && strcmp(roles[i].name, f->name) == 0 &&
		    role_fits(roles[i].role, f))
			return roles[i].role;
	}
	return PLAN_PLAIN;
}

static bool is_number(uint8_t type)
{
	return type >= KF_INT8 && type <= KF_UINT32;
}

static int64_t preset_of(const struct kf_field *f)
{
	if (f->preset == NULL)
		return 0;
	if (f->type == KF_BOOL)
		return strcmp(f->preset, "true") == 0;
	return is_number(f->type) ? strtoll(f->preset, NULL, 0) : 0;
}

static bool keep(struct plans *all, struct plan *p)
{
	if (all->n_all == all->cap_all) {
		size_t cap = all->cap_all ? 2 * all->cap_all : 256;
		struct plan **bigger = realloc(all->all, cap * sizeof *bigger);

		if (bigger == NULL)
			return false;
		all->all = bigger;
		all->cap_all = cap;
	}
	all->all[all->n_all++] = p;
	return true;
}

static const struct plan *build(struct plans *all, const struct kf_struct *s, int16_t key, unsigned depth);

static void build_field(struct plans *all, struct plan *p, const struct kf_field *f, int16_t key, unsigned depth)
{
	struct plan_field *to = &p->fields[p->n_fields++];
	char name[NAME_BYTES];
	size_t len = kf_json_name(f->name, name);

	*to = (struct plan_field){
		.field = f,
		.role = role_of(f, key),
		.preset = preset_of(f),
		.key_len = (uint8_t)len,
		.key = strndup(name, len),
	};
	if (to->key == NULL)
		all->failed = true;
	if (f->sub != NULL)
		to->sub = build(all, f->sub, key, depth + 1);
	if (to->role == PLAN_GROUP || to->role == PLAN_ERROR || (to->sub != NULL && to->sub->marked))
		p->marked = true;
}

static const struct plan *build(struct plans *all, const struct kf_struct *s, int16_t key, unsigned depth)
{
	struct plan *p = calloc(1, sizeof *p + s->n_fields * sizeof p->fields[0]);

	if (p == NULL || depth >= PLAN_DEPTH || !keep(all, p)) {
		free(p);
		all->failed = true;
		return NULL;
	}
	p->shape = s;
	if (s->size > all->struct_size)
		all->struct_size = s->size;
	for (size_t i = 0; i < s->n_fields; i++)
		build_field(all, p, &s->fields[i], key, depth);
	return p;
}

static bool build_messages(struct plans *p)
{
	size_t n;
	const struct kf_message *const *m = kf_messages(&n);

	for (size_t i = 0; i < n; i++) {
		if (m[i]->key >= 0 && (size_t)m[i]->key >= p->n_keys)
			p->n_keys = (size_t)m[i]->key + 1;
	}
	p->by_key = calloc(p->n_keys ? p->n_keys : 1, sizeof p->by_key[0]);
	if (p->by_key == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (m[i]->key >= 0)
			p->by_key[m[i]->key][m[i]->direction] = build(p, m[i]->body, m[i]->key, 0);
	}
	return true;
}

struct plans *plans_new(void)
{
	struct plans *p = calloc(1, sizeof *p);
	const size_t align = _Alignof(max_align_t);

	if (p == NULL)
		return NULL;
	for (int i = 0; i < KF_BLOBS; i++)
		p->blobs[i] = build(p, kf_blob((enum kf_blob_kind)i)->body, (int16_t)BLOB(i), 0);
	if (!build_messages(p) || p->failed) {
		plans_free(p);
		return NULL;
	}
	p->struct_size = (p->struct_size + align - 1) / align * align;
	return p;
}

void plans_free(struct plans *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_all; i++) {
		for (size_t f = 0; f < p->all[i]->n_fields; f++)
			free(p->all[i]->fields[f].key);
		free(p->all[i]);
	}
	free(p->all);
	free(p->by_key);
	free(p);
}

const struct plan *plans_message(const struct plans *p, const struct kf_message *m)
{
	if (m == NULL || m->key < 0 || (size_t)m->key >= p->n_keys)
		return NULL;
	return p->by_key[m->key][m->direction];
}

const struct plan *plans_blob(const struct plans *p, enum kf_blob_kind kind)
{
	return p->blobs[kind];
}

size_t plans_struct_size(const struct plans *p)
{
	return p->struct_size;
}

int64_t plan_int(const struct plan_field *f, const void *s)
{
	const void *v = plan_value(f, s);

	switch (f->field->type) {
	case KF_BOOL:
		return *(const bool *)v;
	case KF_INT8:
		return *(const int8_t *)v;
	case KF_INT16:
		return *(const int16_t *)v;
	case KF_INT32:
		return *(const int32_t *)v;
	case KF_INT64:
		return *(const int64_t *)v;
	case KF_UINT16:
		return *(const uint16_t *)v;
	case KF_UINT32:
		return *(const uint32_t *)v;
	default:
		return 0;
	}
}

static bool bytes_are_default(const struct kf_bytes *b, const char *preset)
{
	if (preset != NULL && strcmp(preset, "null") == 0)
		return b->ptr == NULL;
	if (preset == NULL)
		preset = "";
	return kf_bytes_are(*b, preset);
}

static bool struct_is_default(const struct plan_field *f, const struct kf_array *a, void *const *scratch,
                              unsigned depth)
{
	struct kf_array in = *a;
	void *s = scratch[depth];

	if (a->count < 0)
		return f->field->preset != NULL && strcmp(f->field->preset, "null") == 0;
	if (depth + 1 >= PLAN_DEPTH || !kf_next(&in, s))
		return false;
	if (((const struct kf_head *)s)->present & KF_UNKNOWN_TAGS)
		return false; /* then Kafka's own converter prints it */
	for (size_t i = 0; i < f->sub->n_fields; i++) {
		if (plan_present(s, i) && !plan_is_default(&f->sub->fields[i], s, scratch, depth + 1))
			return false;
	}
	return true;
}

bool plan_is_default(const struct plan_field *f, const void *s, void *const *scratch, unsigned depth)
{
	static const uint8_t zero[16];
	const void *v = plan_value(f, s);
	const char *preset = f->field->preset;

	switch (f->field->type) {
	case KF_FLOAT64:
		return *(const double *)v == (preset != NULL ? strtod(preset, NULL) : 0.0);
	case KF_UUID:
		return memcmp(v, zero, sizeof zero) == 0;
	case KF_STRING:
	case KF_BYTES:
		return bytes_are_default(v, preset);
	case KF_RECORDS:
		return ((const struct kf_records *)v)->ptr == NULL;
	case KF_STRUCT:
		return struct_is_default(f, v, scratch, depth);
	case KF_ARRAY:
		if (preset != NULL && strcmp(preset, "null") == 0)
			return ((const struct kf_array *)v)->count < 0;
		return ((const struct kf_array *)v)->count == 0;
	default:
		return plan_int(f, s) == f->preset;
	}
}
