/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rule file may say: as text, as the body of a manual page, and as a JSON schema. All from the tables.
 */
#include <inttypes.h>
#include <regroup/json.h>
#include <stdio.h>

#include "keys.h"

static const char example[] =
	"rules:\n"
	"  all: error            # everything that is not named below\n"
	"  W41: off\n"
	"  W13: {severity: error, within: 3s}\n"
	"expect:\n"
	"  rebalances: {max: 2}\n"
	"  causes: {forbid: [R9, R10]}\n"
	"  downtime: {p95: 3s}\n"
	"  assignor: cooperative-sticky\n"
	"  apis: {forbid: [LeaveGroup], versions: {JoinGroup: \">=5\"}}\n"
	"  commits: {failed: 0}\n"
	"scopes:\n"
	"  - group: \"batch-*\"\n"
	"    rules: {W13: {within: 30s}}\n"
	"  - client_id: \"legacy-*\"\n"
	"    address: 10.0.0.0/8\n"
	"    rules: {W04: off}\n";

static const char *value_of(const struct key *k)
{
	static const char *const values[] = {
		[KEY_MAP] = "",          [KEY_RULES] = "W01 ... W42, all", [KEY_SCOPES] = "",
		[KEY_GLOB] = "PATTERN",  [KEY_ADDRESS] = "ADDRESS",        [KEY_COUNT] = "N",
		[KEY_DURATION] = "TIME", [KEY_TEXT] = "NAME",              [KEY_CAUSES] = "[R0 ... R21]",
		[KEY_APIS] = "[API]",    [KEY_VERSIONS] = "{API: VERSIONS}",
	};

	return values[k->kind];
}

static const char *unit_of(const struct check_param *p)
{
	return p->unit == CHECK_DURATION ? "TIME" : p->unit == CHECK_COUNT ? "N" : "true or false";
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

static void help_keys(FILE *out, const struct key *k, int depth, bool inside_scope)
{
	for (; k->name; k++) {
		int width = 30 - 2 * depth;
		char left[64];

		snprintf(left, sizeof(left), "%s: %s", k->name, value_of(k));
		fprintf(out, "%*s%-*s %s\n", 2 * depth + 2, "", width, left, k->help);
		if (k->sub && !(inside_scope && k->kind == KEY_MAP))
			help_keys(out, k->sub, depth + 1, inside_scope || k->kind == KEY_SCOPES);
	}
}

static void help_params(FILE *out, const char *indent, const char *between)
{
	for (unsigned i = 1; i <= CHECK_RULES; i++) {
		for (const struct check_param *p = check_rule(i)->params; p->name; p++) {
			fprintf(out, "%s%s %s: %s%s%s (", indent, check_rule(i)->id, p->name, unit_of(p), between, p->help);
			if (p->unit == CHECK_DURATION)
				fprintf(out, "%" PRId64 " ms)\n", p->preset / 1000000);
			else if (p->unit == CHECK_COUNT)
				fprintf(out, "%" PRId64 ")\n", p->preset);
			else
				fputs(p->preset ? "true)\n" : "false)\n", out);
		}
	}
}

void check_help_rules(FILE *out)
{
	fputs("A rule file is YAML. It says which rules of regroup check count, and what is expected of a scenario.\n\n"
	      "Keys:\n", out);
	help_keys(out, keys_top, 0, false);
	fputs("\nA rule is given a severity (error, warning or off), or a map of severity and its thresholds:\n", out);
	help_params(out, "  ", "  ");
	fputs("\nTIME is a number with ms, s, m or h. regroup rules lists the rules, regroup explain the causes.\n\n"
	      "Example:\n", out);
	fputs(example, out);
}

/* ---- the manual page --------------------------------------------------------------------------------------------- */

static void man_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '-')
			fputc('\\', out);
		if (*text == '\\')
			fputc('e', out);
		else
			fputc(*text, out);
	}
}

static void man_keys(FILE *out, const struct key *k, const char *path, bool inside_scope)
{
	char name[128];

	for (; k->name; k++) {
		snprintf(name, sizeof(name), "%s%s%s", path, *path ? "." : "", k->name);
		fputs(".TP\n.BI ", out);
		man_text(out, name);
		fprintf(out, ": \" %s\"\n", value_of(k));
		man_text(out, k->help);
		fputs(".\n", out);
		if (k->sub && !(inside_scope && k->kind == KEY_MAP))
			man_keys(out, k->sub, name, inside_scope || k->kind == KEY_SCOPES);
	}
}

void check_man_rules(FILE *out)
{
	fputs(".SH KEYS\nNames with a dot are keys within keys.\n", out);
	man_keys(out, keys_top, "", false);
	fputs(".SH THRESHOLDS\nA rule is given a severity (error, warning or off), or a map of severity and of these, with "
	      "what applies otherwise:\n.nf\n", out);
	help_params(out, "", "\n    ");
	fputs(".fi\n.SH EXAMPLE\n.nf\n", out);
	man_text(out, example);
	fputs(".fi\n", out);
}

/* ---- the schema --------------------------------------------------------------------------------------------------- */

static void key_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

static void begin_object(struct json *j)
{
	key_text(j, "type", "object");
	json_key(j, "additionalProperties");
	json_bool(j, false);
	json_key(j, "properties");
	json_object_begin(j);
}

static void severities(struct json *j)
{
	json_key(j, "enum");
	json_array_begin(j);
	for (int s = CHECK_ERROR; s >= CHECK_OFF; s--)
		json_text(j, check_severity_name((enum check_severity)s));
	json_bool(j, false); /* what editors that read YAML 1.1 make of off */
	json_array_end(j);
}

static void duration(struct json *j)
{
	key_text(j, "pattern", "^[0-9]+(\\.[0-9]+)? ?(ns|us|ms|s|m|min|h)$|^0$");
	json_key(j, "type");
	json_array_begin(j);
	json_text(j, "string");
	json_text(j, "integer");
	json_array_end(j);
}

static void schema_param(struct json *j, const struct check_param *p)
{
	json_key(j, p->name);
	json_object_begin(j);
	key_text(j, "description", p->help);
	if (p->unit == CHECK_DURATION) {
		duration(j);
	} else if (p->unit == CHECK_BOOL) {
		key_text(j, "type", "boolean");
	} else {
		key_text(j, "type", "integer");
		json_key(j, "minimum");
		json_int(j, 0);
	}
	json_object_end(j);
}

static void schema_rule(struct json *j, const struct check_rule *r)
{
	json_key_plain(j, r->id, 3);
	json_object_begin(j);
	key_text(j, "description", r->title);
	json_key(j, "oneOf");
	json_array_begin(j);
	json_object_begin(j);
	severities(j);
	json_object_end(j);
	json_object_begin(j);
	begin_object(j);
	json_key(j, "severity");
	json_object_begin(j);
	severities(j);
	json_object_end(j);
	for (const struct check_param *p = r->params; p->name; p++)
		schema_param(j, p);
	json_object_end(j);
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
}

static void schema_rules(struct json *j)
{
	begin_object(j);
	json_key(j, "all");
	json_object_begin(j);
	severities(j);
	json_object_end(j);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		schema_rule(j, check_rule(i));
	json_object_end(j);
}

/* One or a list of what matches. */
static void schema_list(struct json *j, const char *pattern)
{
	json_key(j, "oneOf");
	json_array_begin(j);
	for (int list = 0; list < 2; list++) {
		json_object_begin(j);
		if (list) {
			key_text(j, "type", "array");
			json_key(j, "items");
			json_object_begin(j);
		}
		key_text(j, "type", "string");
		if (pattern)
			key_text(j, "pattern", pattern);
		if (list)
			json_object_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

static void schema_keys(struct json *j, const struct key *k);

static void schema_versions(struct json *j)
{
	key_text(j, "type", "object");
	json_key(j, "additionalProperties");
	json_object_begin(j);
	json_key(j, "type");
	json_array_begin(j);
	json_text(j, "string");
	json_text(j, "integer");
	json_array_end(j);
	key_text(j, "pattern", "^(>=|<=) ?[0-9]+$|^[0-9]+(-[0-9]+)?$");
	json_object_end(j);
}

static void schema_value(struct json *j, const struct key *k)
{
	switch (k->kind) {
	case KEY_MAP:
		schema_keys(j, k->sub);
		break;
	case KEY_RULES:
		schema_rules(j);
		break;
	case KEY_SCOPES:
		key_text(j, "type", "array");
		json_key(j, "items");
		json_object_begin(j);
		schema_keys(j, k->sub);
		json_object_end(j);
		break;
	case KEY_COUNT:
		key_text(j, "type", "integer");
		json_key(j, "minimum");
		json_int(j, 0);
		break;
	case KEY_DURATION:
		duration(j);
		break;
	case KEY_CAUSES:
		schema_list(j, NULL);
		break;
	case KEY_APIS:
		schema_list(j, "^[A-Za-z]+$");
		break;
	case KEY_VERSIONS:
		schema_versions(j);
		break;
	case KEY_GLOB:
	case KEY_ADDRESS:
	case KEY_TEXT:
		key_text(j, "type", "string");
		break;
	}
}

static void schema_keys(struct json *j, const struct key *k)
{
	begin_object(j);
	for (; k->name; k++) {
		json_key_plain(j, k->name, strlen(k->name));
		json_object_begin(j);
		key_text(j, "description", k->help);
		schema_value(j, k);
		json_object_end(j);
	}
	json_object_end(j);
}

void check_schema_rules(FILE *out)
{
	struct json j;

	json_init(&j);
	json_object_begin(&j);
	key_text(&j, "$schema", "http://json-schema.org/draft-07/schema#");
	key_text(&j, "title", "regroup rule file");
	schema_keys(&j, keys_top);
	json_object_end(&j);
	json_newline(&j);
	if (!j.failed)
		fwrite(j.buf, 1, j.len, out);
	json_free(&j);
}
