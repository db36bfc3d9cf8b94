/* SPDX-License-Identifier: Apache-2.0
 *
 * The message tables for reading: a line per API, or the fields of one.
 */
#include <regroup/json.h>
#include <regroup/output.h>

#include "line.h"

#include <string.h>

/* The columns of the list, and of a message. */
enum { VERSIONS_AT = 44, FLEXIBLE_AT = 53, REQUEST_HEADER_AT = 62, RESPONSE_HEADER_AT = 78, GROUPS_AT = 94 };
enum { TYPE_AT = 42, RANGE_AT = 52, NULL_AT = 62, TAG_AT = 69, DEFAULT_AT = 74 };

static const char *const type_names[] = {
	[KF_BOOL] = "bool",       [KF_INT8] = "int8",     [KF_INT16] = "int16",   [KF_INT32] = "int32",
	[KF_INT64] = "int64",     [KF_UINT16] = "uint16", [KF_UINT32] = "uint32", [KF_FLOAT64] = "float64",
	[KF_UUID] = "uuid",       [KF_STRING] = "string", [KF_BYTES] = "bytes",   [KF_RECORDS] = "records",
	[KF_STRUCT] = "struct",
};

/* Versions of a message that share a header version. */
struct headers {
	int first, last, header;
};

/* The next such versions from `first` on; false at the end. */
static bool next_headers(const struct kf_message *m, struct headers *h, int first)
{
	enum kf_direction direction = (enum kf_direction)m->direction;

	if (first > m->last)
		return false;
	*h = (struct headers){ first, first, kf_header_version(m->key, direction, (int16_t)first) };
	while (h->last < m->last && kf_header_version(m->key, direction, (int16_t)(h->last + 1)) == h->header)
		h->last++;
	return true;
}


/* ---- text ---------------------------------------------------------------------------------------- */

/* "3", "0-9", and "6+" where the range goes to the newest version. */
static void print_range(struct line *l, int first, int last, int newest)
{
	if (last >= newest && first < newest)
		line_format(l, "%d+", first);
	else if (first == last || last > newest)
		line_format(l, "%d", first);
	else
		line_format(l, "%d-%d", first, last);
}

/* "0-5:1 6+:2": in versions 0 to 5 it is 1, from 6 on 2. */
static void print_headers(struct line *l, const struct kf_message *m)
{
	struct headers h;

	for (int v = m->first; next_headers(m, &h, v); v = h.last + 1) {
		line_text(l, v > m->first ? " " : "");
		print_range(l, h.first, h.last, m->last);
		line_format(l, ":%d", h.header);
	}
}

static void print_api(struct line *l, int16_t key)
{
	const struct kf_message *m = kf_message(key, KF_REQUEST);

	line_format(l, "%3d  %s", key, m->name);
	line_to(l, VERSIONS_AT, 1);
	line_format(l, m->first < m->last ? "%d-%d" : "%d", m->first, m->last);
	line_to(l, FLEXIBLE_AT, 1);
	if (m->flexible == KF_NEVER)
		line_text(l, "never");
	else
		line_format(l, "%d+", m->flexible);
	line_to(l, REQUEST_HEADER_AT, 1);
	print_headers(l, m);
	line_to(l, RESPONSE_HEADER_AT, 1);
	print_headers(l, kf_message(key, KF_RESPONSE));
	if (m->about_groups) {
		line_to(l, GROUPS_AT, 1);
		line_text(l, "yes");
	}
	line_end(l);
}

static void print_title(struct line *l)
{
	static const struct {
		unsigned column;
		const char *text;
	} titles[] = {
		{ VERSIONS_AT, "versions" },          { FLEXIBLE_AT, "flexible" },
		{ REQUEST_HEADER_AT, "request header" }, { RESPONSE_HEADER_AT, "response header" },
		{ GROUPS_AT, "groups" },
	};

	line_style(l, LINE_BOLD);
	line_text(l, "key  API");
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
		line_to(l, titles[i].column, 1);
		line_text(l, titles[i].text);
	}
	line_style(l, LINE_PLAIN);
	line_end(l);
}

static bool has(const struct kf_field *f, int version)
{
	return version < 0 || (version >= f->first && version <= f->last);
}

static void print_columns(struct line *l, const struct kf_message *m, const struct kf_field *f)
{
	line_to(l, TYPE_AT, 2);
	line_format(l, "%s%s", f->type == KF_ARRAY ? "[]" : "", type_names[f->type == KF_ARRAY ? f->element : f->type]);
	line_to(l, RANGE_AT, 1);
	print_range(l, f->first, f->last, m->last);
	if (f->null_first != KF_NEVER) {
		line_to(l, NULL_AT, 1);
		print_range(l, f->null_first, f->null_last, m->last);
	}
	if (f->tag >= 0) {
		line_to(l, TAG_AT, 1);
		line_format(l, "%d", f->tag);
	}
	if (f->preset) {
		line_to(l, DEFAULT_AT, 1);
		line_text(l, *f->preset ? f->preset : "\"\"");
	}
}

static void print_fields(struct line *l, const struct kf_message *m, const struct kf_struct *s, int version,
                         unsigned indent)
{
	char name[72];

	for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++) {
		if (!has(f, version))
			continue;
		kf_json_name(f->name, name);
		line_to(l, indent, 0);
		line_text(l, name);
		print_columns(l, m, f);
		line_end(l);
		if (f->sub)
			print_fields(l, m, f->sub, version, indent + 2);
	}
}

static void print_message(struct line *l, const struct kf_message *m, int version)
{
	line_end(l);
	line_style(l, LINE_BOLD);
	line_text(l, m->direction == KF_REQUEST ? "request" : "response");
	line_style(l, LINE_PLAIN);
	line_text(l, ", header ");
	if (version < 0)
		print_headers(l, m);
	else
		line_format(l, "%d", kf_header_version(m->key, (enum kf_direction)m->direction, (int16_t)version));
	line_end(l);
	line_style(l, LINE_DIM);
	line_text(l, "  field");
	line_to(l, TYPE_AT, 2);
	line_text(l, "type");
	line_to(l, RANGE_AT, 1);
	line_text(l, "versions");
	line_to(l, NULL_AT, 1);
	line_text(l, "null");
	line_to(l, TAG_AT, 1);
	line_text(l, "tag");
	line_to(l, DEFAULT_AT, 1);
	line_text(l, "default");
	line_style(l, LINE_PLAIN);
	line_end(l);
	print_fields(l, m, m->body, version, 2);
}

static void describe_text(FILE *out, int16_t key, int version, bool color)
{
	const struct kf_message *m = kf_message(key, KF_REQUEST);
	struct line l;

	line_init(&l, color);
	line_style(&l, LINE_BOLD);
	line_text(&l, m->name);
	line_style(&l, LINE_PLAIN);
	line_format(&l, ": key %d, ", key);
	if (version >= 0)
		line_format(&l, "version %d of ", version);
	line_format(&l, m->first < m->last ? "versions %d-%d" : "version %d", m->first, m->last);
	if (m->flexible == KF_NEVER)
		line_text(&l, ", never flexible");
	else
		line_format(&l, ", flexible from %d", m->flexible);
	line_text(&l, m->about_groups ? ", about groups" : "");
	line_end(&l);
	print_message(&l, m, version);
	print_message(&l, kf_message(key, KF_RESPONSE), version);
	line_write(&l, out);
	line_free(&l);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

static void json_headers(struct json *j, const char *key, const struct kf_message *m)
{
	struct headers h;

	json_key(j, key);
	json_array_begin(j);
	for (int v = m->first; next_headers(m, &h, v); v = h.last + 1) {
		json_object_begin(j);
		json_key(j, "first");
		json_int(j, h.first);
		json_key(j, "last");
		json_int(j, h.last);
		json_key(j, "header");
		json_int(j, h.header);
		json_object_end(j);
	}
	json_array_end(j);
}

static void json_head(struct json *j, const struct kf_message *m)
{
	json_key(j, "api_key");
	json_int(j, m->key);
	json_key(j, "api");
	json_text(j, m->name);
	json_key(j, "first");
	json_int(j, m->first);
	json_key(j, "last");
	json_int(j, m->last);
	json_key(j, "flexible");
	if (m->flexible == KF_NEVER)
		json_null(j);
	else
		json_int(j, m->flexible);
	json_key(j, "groups");
	json_bool(j, m->about_groups);
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static void json_fields(struct json *j, const struct kf_message *m, const struct kf_struct *s, int version);

static void json_field(struct json *j, const struct kf_message *m, const struct kf_field *f, int version)
{
	char name[72];

	json_object_begin(j);
	json_key(j, "name");
	json_string(j, name, kf_json_name(f->name, name));
	json_key(j, "type");
	json_text(j, f->type == KF_ARRAY ? "array" : type_names[f->type]);
	if (f->type == KF_ARRAY) {
		json_key(j, "element");
		json_text(j, type_names[f->element]);
	}
	json_key(j, "first");
	json_int(j, f->first);
	json_key(j, "last");
	json_int(j, least(f->last, m->last));
	if (f->null_first != KF_NEVER) {
		json_key(j, "null_first");
		json_int(j, f->null_first);
		json_key(j, "null_last");
		json_int(j, least(f->null_last, m->last));
	}
	if (f->tag >= 0) {
		json_key(j, "tag");
		json_int(j, f->tag);
	}
	if (f->preset) {
		json_key(j, "default");
		json_text(j, f->preset);
	}
	if (f->sub) {
		json_key(j, "fields");
		json_fields(j, m, f->sub, version);
	}
	json_object_end(j);
}

static void json_fields(struct json *j, const struct kf_message *m, const struct kf_struct *s, int version)
{
	json_array_begin(j);
	for (const struct kf_field *f = s->fields; f < s->fields + s->n_fields; f++)
		if (has(f, version))
			json_field(j, m, f, version);
	json_array_end(j);
}

static void json_write(struct json *j, FILE *out)
{
	json_newline(j);
	if (!j->failed)
		fwrite(j->buf, 1, j->len, out);
	json_free(j);
}

static void describe_json(FILE *out, const struct kf_message *m, int version)
{
	struct json j;

	json_init(&j);
	json_object_begin(&j);
	json_head(&j, m);
	json_key(&j, "direction");
	json_text(&j, m->direction == KF_REQUEST ? "request" : "response");
	json_headers(&j, "headers", m);
	json_key(&j, "fields");
	json_fields(&j, m, m->body, version);
	json_object_end(&j);
	json_write(&j, out);
}

static void list_json(FILE *out, int16_t key)
{
	struct json j;

	json_init(&j);
	json_object_begin(&j);
	json_head(&j, kf_message(key, KF_REQUEST));
	json_headers(&j, "request_headers", kf_message(key, KF_REQUEST));
	json_headers(&j, "response_headers", kf_message(key, KF_RESPONSE));
	json_object_end(&j);
	json_write(&j, out);
}

/* -------------------------------------------------------------------------------------------------- */

void apis_list(FILE *out, bool json, bool color)
{
	struct line l;

	line_init(&l, color);
	if (!json)
		print_title(&l);
	for (int key = 0; key < APIS_KEYS; key++) {
		if (!kf_message((int16_t)key, KF_REQUEST))
			continue;
		if (json)
			list_json(out, (int16_t)key);
		else
			print_api(&l, (int16_t)key);
	}
	line_write(&l, out);
	line_free(&l);
}

void apis_describe(FILE *out, int16_t key, int version, bool json, bool color)
{
	if (!json) {
		describe_text(out, key, version, color);
		return;
	}
	describe_json(out, kf_message(key, KF_REQUEST), version);
	describe_json(out, kf_message(key, KF_RESPONSE), version);
}
