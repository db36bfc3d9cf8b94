/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#define KEYS 128
#define DEPTH 4
#define FIND_COORDINATOR 10

/* Elements of a list that are looked at for an error. */
#define LOOK_AT 256

struct digester {
	bool wanted[KEYS];
	void *level[DEPTH];
	int8_t key_type; /* of what a coordinator is looked for: 0 is a group */
};

bool digester_wants(const struct digester *d, int16_t api)
{
	return api >= 0 && api < KEYS && d->wanted[api];
}

static size_t largest_in(const struct kf_struct *s)
{
	size_t largest = s->size;

	for (size_t i = 0; i < s->n_fields; i++) {
		size_t size = s->fields[i].sub ? largest_in(s->fields[i].sub) : 0;

		largest = size > largest ? size : largest;
	}
	return largest;
}

struct digester *digester_new(void)
{
	struct digester *d = calloc(1, sizeof(*d));
	size_t n, largest = 0;
	const struct kf_message *const *all = kf_messages(&n);

	for (size_t i = 0; d && i < n; i++)
		d->wanted[all[i]->key] |= all[i]->about_groups || all[i]->key == FIND_COORDINATOR;
	for (size_t i = 0; i < n; i++) {
		size_t size = largest_in(all[i]->body);

		largest = size > largest ? size : largest;
	}
	for (int i = 0; d && i < DEPTH; i++) {
		d->level[i] = malloc(largest);
		if (!d->level[i]) {
			digester_free(d);
			return NULL;
		}
	}
	return d;
}

void digester_free(struct digester *d)
{
	if (!d)
		return;
	for (int i = 0; i < DEPTH; i++)
		free(d->level[i]);
	free(d);
}

static bool is_read(const void *s, size_t field)
{
	return ((const struct kf_head *)s)->present >> field & 1;
}

static const void *value(const struct kf_field *f, const void *s)
{
	return (const char *)s + f->at;
}

static bool named(const struct kf_field *f, const char *name)
{
	return strcmp(f->name, name) == 0;
}

/* A name of its own, or one of a key that FindCoordinator is asked for. */
static bool names_group(const struct kf_field *f, int16_t api)
{
	return named(f, "group_id") || (api == FIND_COORDINATOR && named(f, "key"));
}

static void take_text(const struct kf_field *f, const void *s, int16_t api, struct digest *out)
{
	const struct kf_bytes *text = value(f, s);

	if (!text->ptr || !text->len)
		return;
	if (!out->group.ptr && names_group(f, api))
		out->group = *text;
	else if (!out->member.ptr && named(f, "member_id"))
		out->member = *text;
}

static void take_number(struct digester *d, const struct kf_field *f, const void *s, struct digest *out)
{
	if (f->type == KF_INT8 && named(f, "key_type"))
		memcpy(&d->key_type, value(f, s), sizeof(d->key_type));
	if (f->type == KF_INT16 && !out->error && named(f, "error_code"))
		memcpy(&out->error, value(f, s), sizeof(out->error));
	else if (f->type == KF_INT32 && out->generation < 0 &&
	         (named(f, "generation_id") || named(f, "member_epoch") || named(f, "generation_id_or_member_epoch")))
		memcpy(&out->generation, value(f, s), sizeof(out->generation));
}

/* Lists of names: keys that a coordinator is looked for, groups that are asked about. */
static void take_names(const struct kf_field *f, const void *s, struct digest *out)
{
	struct kf_array list = *(const struct kf_array *)value(f, s);

	if (!out->group.ptr && (named(f, "coordinator_keys") || named(f, "groups") || named(f, "group_ids") ||
	                        named(f, "groups_names")))
		kf_next_bytes(&list, &out->group);
}

static void look_into(struct digester *d, unsigned depth, const struct kf_struct *shape, int16_t api,
                      struct digest *out)
{
	const void *s = d->level[depth];

	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct kf_field *f = &shape->fields[i];
		struct kf_array list;

		if (!is_read(s, i))
			continue;
		if (depth == 0 && f->sub)
			out->news |= ((const struct kf_array *)value(f, s))->count >= 0;
		if (f->type == KF_STRING)
			take_text(f, s, api, out);
		else if (f->type == KF_ARRAY && f->element == KF_STRING)
			take_names(f, s, out);
		else
			take_number(d, f, s, out);
		if (!f->sub || depth + 1 >= DEPTH)
			continue;
		list = *(const struct kf_array *)value(f, s);
		for (int n = 0; n < LOOK_AT && (!out->error || !out->group.ptr) && kf_next(&list, d->level[depth + 1]); n++)
			look_into(d, depth + 1, f->sub, api, out);
	}
}

void digest_message(struct digester *d, const struct kafka_message *m, struct digest *out)
{
	*out = (struct digest){ .generation = -1 };
	if (!m->schema || !m->body.ptr || (m->status != KAFKA_OK && m->status != KAFKA_TRUNCATED))
		return;
	kf_decode(m->schema, m->version, &m->body, d->level[0], NULL);
	d->key_type = 0;
	look_into(d, 0, m->schema->body, m->api_key, out);
	if (m->api_key == FIND_COORDINATOR && (m->direction == KF_RESPONSE || d->key_type))
		out->group = (struct kf_bytes){ .ptr = NULL }; /* a transactional id, or only its request knows */
}
