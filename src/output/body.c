/* SPDX-License-Identifier: Apache-2.0 */
#include "body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOB_VERSIONS 4 /* ConsumerProtocol 0 to 3 */

bool body_init(struct body *b, const struct plans *plans)
{
	size_t size = plans_struct_size(plans);

	*b = (struct body){ .plans = plans };
	b->memory = calloc(PLAN_DEPTH, size);
	if (b->memory == NULL)
		return false;
	for (size_t i = 0; i < PLAN_DEPTH; i++)
		b->level[i] = b->memory + i * size;
	return true;
}

void body_free(struct body *b)
{
	free(b->memory);
	b->memory = NULL;
}

static void take_group(const struct kf_bytes *id, const char *group, struct body_facts *out)
{
	if (out->group.ptr == NULL)
		out->group = *id;
	if (group != NULL && id->ptr != NULL && id->len == strlen(group) && memcmp(id->ptr, group, id->len) == 0)
		out->group_matches = true;
}

static void take_groups(const struct plan_field *f, const void *value, const char *group, struct body_facts *out)
{
	struct kf_array list;
	struct kf_bytes id;

	if (f->field->type == KF_STRING) {
		take_group(value, group, out);
		return;
	}
	list = *(const struct kf_array *)value;
	while (kf_next_bytes(&list, &id))
		take_group(&id, group, out);
}

static void take_errors(const struct plan_field *f, const void *s, struct body_facts *out)
{
	struct kf_array list;
	int64_t code;

	if (f->field->type == KF_INT16) {
		out->error |= plan_int(f, s) != 0;
		return;
	}
	list = *(const struct kf_array *)plan_value(f, s);
	while (kf_next_int(&list, &code))
		out->error |= code != 0;
}

static void survey(struct body *b, const struct plan *p, unsigned depth, const char *group, struct body_facts *out)
{
	const void *s = b->level[depth];

	for (size_t i = 0; i < p->n_fields; i++) {
		const struct plan_field *f = &p->fields[i];
		struct kf_array list;

		if (!plan_present(s, i))
			continue;
		if (f->role == PLAN_GROUP)
			take_groups(f, plan_value(f, s), group, out);
		else if (f->role == PLAN_ERROR)
			take_errors(f, s, out);
		else if (f->role == PLAN_PROTOCOL_TYPE)
			out->protocol_type = *(const struct kf_bytes *)plan_value(f, s);
		if (f->sub == NULL || !f->sub->marked || depth + 1 >= PLAN_DEPTH)
			continue;
		list = *(const struct kf_array *)plan_value(f, s);
		while (kf_next(&list, b->level[depth + 1]))
			survey(b, f->sub, depth + 1, group, out);
	}
}

void body_survey(struct body *b, const struct plan *p, const char *group, struct body_facts *out)
{
	memset(out, 0, sizeof *out);
	survey(b, p, 0, group, out);
}

enum body_protocol body_protocol_of(const struct kf_bytes *protocol_type)
{
	static const char consumer[] = "consumer";

	if (protocol_type->ptr == NULL || protocol_type->len == 0)
		return BODY_PROTOCOL_UNKNOWN;
	if (protocol_type->len == sizeof consumer - 1 &&
	    memcmp(protocol_type->ptr, consumer, sizeof consumer - 1) == 0)
		return BODY_PROTOCOL_CONSUMER;
	return BODY_PROTOCOL_OTHER;
}

bool body_next(struct body *b, struct kf_array *list)
{
	void *out = b->level[b->depth + 1];
	bool more = list->count > 0;

	return kf_next(list, out) || (more && ((const struct kf_head *)out)->present != 0);
}

/* Without a word about the protocol only a blob that is right to its last byte is believed. */
static bool fits_exactly(const struct plan *p, const struct kf_bytes *bytes, void *out)
{
	int16_t version;
	struct kf_bytes rest;

	if (bytes->len < 2)
		return false;
	version = (int16_t)(bytes->ptr[0] << 8 | bytes->ptr[1]);
	rest = (struct kf_bytes){ bytes->ptr + 2, bytes->len - 2 };
	return version >= 0 && version < BLOB_VERSIONS &&
	       kf_decode_struct(p->shape, version, rest, false, out, NULL) == KF_OK;
}

const struct plan *body_blob(struct body *b, const struct plan_field *f, const struct kf_bytes *bytes,
                             int16_t *version)
{
	const struct plan *p = plans_blob(b->plans, (enum plan_role)f->role);
	enum kf_status status;
	void *out;

	if (p == NULL || bytes->len == 0 || b->protocol == BODY_PROTOCOL_OTHER || b->depth + 1 >= PLAN_DEPTH)
		return NULL;
	out = b->level[b->depth + 1];
	if (b->protocol == BODY_PROTOCOL_UNKNOWN && !fits_exactly(p, bytes, out))
		return NULL;
	if (f->role == PLAN_SUBSCRIPTION)
		status = kf_subscription(*bytes, out, version, NULL);
	else
		status = kf_assignment(*bytes, out, version, NULL);
	return status == KF_OK ? p : NULL;
}

size_t body_path(const struct body *b, bool parent, char *out, size_t size)
{
	size_t len = 0;
	unsigned n = b->depth + (parent ? 0 : 1);

	out[0] = '\0';
	for (unsigned i = 0; i < n && len < size; i++) {
		const struct body_step *step = &b->path[i];
		int more = snprintf(out + len, size - len, "%s%s", i ? "." : "", step->field->key);

		if (more > 0)
			len += (size_t)more;
		if (len < size && step->index >= 0) {
			more = snprintf(out + len, size - len, "[%d]", step->index);
			if (more > 0)
				len += (size_t)more;
		}
	}
	return len < size ? len : size - 1;
}
