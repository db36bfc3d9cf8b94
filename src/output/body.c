/* SPDX-License-Identifier: Apache-2.0 */
#include "body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
			out->protocol.type = (uint8_t)blob_type_of(plan_value(f, s));
		else if (f->role == PLAN_ASSIGNOR)
			out->protocol.assignor = (uint8_t)blob_assignor_of(plan_value(f, s));
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

bool body_next(struct body *b, struct kf_array *list)
{
	void *out = b->level[b->depth + 1];
	bool more = list->count > 0;

	return kf_next(list, out) || (more && ((const struct kf_head *)out)->present != 0);
}

bool body_blob(struct body *b, const struct plan_field *f, const struct kf_bytes *bytes, struct blob *blob)
{
	return b->depth + 1 < PLAN_DEPTH &&
	       blob_read(b->plans, (enum plan_role)f->role, b->protocol, bytes, b->level[b->depth + 1], blob);
}

void body_hear(struct body *b, const struct plan_field *f, const struct kf_bytes *text)
{
	if (f->role == PLAN_PROTOCOL_TYPE && text->len > 0)
		b->protocol.type = (uint8_t)blob_type_of(text);
	else if (f->role == PLAN_ASSIGNOR)
		b->protocol.assignor = (uint8_t)blob_assignor_of(text);
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
