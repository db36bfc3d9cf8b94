/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules as they are listed and explained.
 */
#include "catalogue.h"

#include <inttypes.h>
#include <regroup/json.h>
#include <regroup/text.h>
#include <string.h>

#define WIDTH 80
#define LABEL_COLUMNS 14

/* ---- values -------------------------------------------------------------------------------------------------- */

/* "50ms", "30m": as a rule file spells it. */
static const char *duration(int64_t ns, char out[TEXT_SHORT])
{
	static const struct {
		int64_t ns;
		const char *name;
	} units[] = { { 3600 * S, "h" }, { 60 * S, "m" }, { S, "s" }, { MS, "ms" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns && ns % units[i].ns == 0) {
			snprintf(out, TEXT_SHORT, "%" PRId64 "%s", ns / units[i].ns, units[i].name);
			return out;
		}
	}
	snprintf(out, TEXT_SHORT, "%" PRId64 "ms", ns / MS);
	return out;
}

static const char *preset(const struct check_param *p, char out[TEXT_SHORT])
{
	if (p->unit == CHECK_DURATION)
		return duration(p->preset, out);
	if (p->unit == CHECK_BOOL)
		return p->preset ? "true" : "false";
	snprintf(out, TEXT_SHORT, "%" PRId64, p->preset);
	return out;
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

/* A paragraph under its label. */
static void part(FILE *out, const char *label, const char *text, bool color)
{
	size_t column = LABEL_COLUMNS;

	fprintf(out, "  %s%-*s%s", color ? "\x1b[2m" : "", LABEL_COLUMNS - 2, label, color ? "\x1b[0m" : "");
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column + len > WIDTH && column > LABEL_COLUMNS) {
			fprintf(out, "\n%*s", LABEL_COLUMNS, "");
			column = LABEL_COLUMNS;
		}
		fwrite(text, 1, len, out);
		column += len;
		text += len;
		if (*text == ' ') {
			if (text[1] && column + 1 + strcspn(text + 1, " ") <= WIDTH)
				fputc(' ', out);
			column++;
			text++;
		}
	}
	fputc('\n', out);
}

static void rule_text(FILE *out, const struct check_rule *r, bool color)
{
	char value[TEXT_SHORT], text[400];

	fprintf(out, "%s%s %s%s\n", color ? "\x1b[1m" : "", r->id, r->title, color ? "\x1b[0m" : "");
	part(out, "trigger", r->trigger, color);
	part(out, "why", r->why, color);
	part(out, "fix", r->fix, color);
	part(out, "source", r->source, color);
	snprintf(text, sizeof(text), "%s unless a rule file says otherwise%s", check_severity_name(r->severity),
	         r->own ? "; Kafka's own clients always obey it" : "");
	part(out, "severity", text, color);
	for (const struct check_param *p = r->params; p->name; p++) {
		snprintf(text, sizeof(text), "%s: %s. %s", p->name, preset(p, value), p->help);
		part(out, p == r->params ? "thresholds" : "", text, color);
	}
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void rule_json(struct json *j, const struct check_rule *r)
{
	const struct {
		const char *key, *text;
	} texts[] = {
		{ "id", r->id },   { "title", r->title },   { "trigger", r->trigger },
		{ "why", r->why }, { "fix", r->fix },       { "source", r->source },
		{ "severity", check_severity_name(r->severity) },
	};
	char value[TEXT_SHORT];

	json_object_begin(j);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_key(j, texts[i].key);
		json_text(j, texts[i].text);
	}
	json_key(j, "own");
	json_bool(j, r->own);
	json_key(j, "thresholds");
	json_object_begin(j);
	for (const struct check_param *p = r->params; p->name; p++) {
		json_key(j, p->name);
		json_text(j, preset(p, value));
	}
	json_object_end(j);
	json_object_end(j);
	json_newline(j);
}

static void write_json(FILE *out, const struct check_rule *one)
{
	struct json j;

	json_init(&j);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		if (!one || one == check_rule(i))
			rule_json(&j, check_rule(i));
	if (!j.failed)
		fwrite(j.buf, 1, j.len, out);
	json_free(&j);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

void check_rules_list(FILE *out, bool json, bool color)
{
	if (json) {
		write_json(out, NULL);
		return;
	}
	for (unsigned i = 1; i <= CHECK_RULES; i++) {
		const struct check_rule *r = check_rule(i);

		fprintf(out, "%s%s%s  %-7s  %s\n", color ? "\x1b[1m" : "", r->id, color ? "\x1b[0m" : "",
		        check_severity_name(r->severity), r->title);
	}
	fputs("\nregroup explain W13, or any of these, tells more; regroup check judges by them.\n", out);
}

void check_rule_print(FILE *out, unsigned number, bool json, bool color)
{
	if (json)
		write_json(out, check_rule(number));
	else
		rule_text(out, check_rule(number), color);
}
