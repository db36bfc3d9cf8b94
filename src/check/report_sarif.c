/* SPDX-License-Identifier: Apache-2.0
 *
 * SARIF 2.1.0 (OASIS), as code scanning reads it.
 */
#include <stdio.h>

#include "engine.h"
#include "report.h"

static void key_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

/* { "text": ... } under a key. */
static void key_message(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_object_begin(j);
	key_text(j, "text", text);
	json_object_end(j);
}

static const char *level_of(enum check_severity s)
{
	return s == CHECK_ERROR ? "error" : s == CHECK_WARNING ? "warning" : "none";
}

static void put_rules(struct json *j, const struct check *c)
{
	json_key(j, "rules");
	json_array_begin(j);
	for (unsigned i = 1; i <= CHECK_RULES; i++) {
		const struct check_rule *r = check_rule(i);

		json_object_begin(j);
		key_text(j, "id", r->id);
		key_message(j, "shortDescription", r->title);
		key_message(j, "fullDescription", r->why);
		key_message(j, "help", r->fix);
		json_key(j, "defaultConfiguration");
		json_object_begin(j);
		json_key(j, "enabled");
		json_bool(j, c->used[i]);
		key_text(j, "level", level_of(report_severity(c, i)));
		json_object_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_tool(struct json *j, const struct check *c)
{
	json_key(j, "tool");
	json_object_begin(j);
	json_key(j, "driver");
	json_object_begin(j);
	key_text(j, "name", "regroup");
	put_rules(j, c);
	json_object_end(j);
	json_object_end(j);
}

static void put_logical(struct json *j, const char *name, const char *kind)
{
	json_object_begin(j);
	key_text(j, "name", name);
	key_text(j, "kind", kind);
	json_object_end(j);
}

/* Code scanning wants a file and a line: the capture, which has no lines. */
static void put_location(struct json *j, const struct finding *f, const char *capture)
{
	char who[REPORT_WHO];

	json_key(j, "locations");
	json_array_begin(j);
	json_object_begin(j);
	json_key(j, "physicalLocation");
	json_object_begin(j);
	json_key(j, "artifactLocation");
	json_object_begin(j);
	key_text(j, "uri", capture ? capture : "capture");
	json_object_end(j);
	json_key(j, "region");
	json_object_begin(j);
	json_key(j, "startLine");
	json_int(j, 1);
	json_object_end(j);
	json_object_end(j);
	json_key(j, "logicalLocations");
	json_array_begin(j);
	if (f->client)
		put_logical(j, report_who(f->client, who), "client");
	if (f->group)
		put_logical(j, f->group->name, "group");
	json_array_end(j);
	json_object_end(j);
	json_array_end(j);
}

static void put_properties(struct json *j, const struct finding *f)
{
	json_key(j, "properties");
	json_object_begin(j);
	json_key(j, "ts");
	json_time(j, f->ts);
	json_key(j, "frames");
	json_array_begin(j);
	for (size_t i = 0; i < FRAMES; i++)
		if (f->frames[i])
			json_uint(j, f->frames[i]);
	json_array_end(j);
	key_text(j, "expected", f->expected);
	key_text(j, "seen", f->seen);
	json_key(j, "more");
	json_uint(j, f->more);
	json_object_end(j);
}

static void put_result(struct json *j, const struct finding *f, const char *capture)
{
	char text[4 * REPORT_WHO], who[REPORT_WHO], seen[REPORT_WHO], print[24];

	json_object_begin(j);
	key_text(j, "ruleId", check_rule(f->rule)->id);
	json_key(j, "ruleIndex");
	json_int(j, f->rule - 1);
	key_text(j, "level", level_of(f->severity));
	key_text(j, "baselineState", f->accepted ? "unchanged" : "new");
	snprintf(text, sizeof(text), "%s: %s; expected: %s",
	         f->client  ? report_who(f->client, who)
	         : f->group ? report_safe(f->group->name, who)
	                    : "",
	         report_safe(f->seen, seen), f->expected);
	key_message(j, "message", text);
	put_location(j, f, capture);
	json_key(j, "partialFingerprints");
	json_object_begin(j);
	snprintf(print, sizeof(print), "%016llx", (unsigned long long)report_fingerprint(f));
	key_text(j, "regroup/v1", print);
	json_object_end(j);
	put_properties(j, f);
	json_object_end(j);
}

/* An expectation has no rule of its own in the list: its name is the rule's id. */
static void put_expectation(struct json *j, const struct expect_result *r, bool strict)
{
	char text[4 * REPORT_WHO], group[REPORT_WHO], expected[REPORT_WHO], seen[REPORT_WHO];
	bool unknown = r->verdict == CHECK_NOT_EXERCISED;

	json_object_begin(j);
	key_text(j, "ruleId", r->name);
	key_text(j, "kind", unknown && !strict ? "open" : "fail");
	key_text(j, "level", unknown && !strict ? "none" : "error");
	snprintf(text, sizeof(text), "%s%sexpected %s, seen %s", r->group ? report_safe(r->group->name, group) : "",
	         r->group ? ": " : "", report_safe(r->expected, expected), report_safe(r->seen ? r->seen : "?", seen));
	key_message(j, "message", text);
	json_object_end(j);
}

void report_sarif(const struct check *c, const struct check_report *r, FILE *out)
{
	struct json j;

	json_init(&j);
	json_object_begin(&j);
	key_text(&j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	key_text(&j, "version", "2.1.0");
	json_key(&j, "runs");
	json_array_begin(&j);
	json_object_begin(&j);
	put_tool(&j, c);
	json_key(&j, "results");
	json_array_begin(&j);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		for (const struct finding *f = report_next(c, i, NULL); f; f = report_next(c, i, f))
			put_result(&j, f, r->capture);
	for (const struct expect_result *e = c->results; e; e = e->next)
		if (e->verdict != CHECK_PASS)
			put_expectation(&j, e, r->strict);
	json_array_end(&j);
	json_object_end(&j);
	json_array_end(&j);
	json_object_end(&j);
	json_newline(&j);
	if (!j.failed)
		fwrite(j.buf, 1, j.len, out);
	json_free(&j);
}
