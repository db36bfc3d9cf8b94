/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <regroup/text.h>
#include <stdio.h>

#include "engine.h"

/* ---- verdicts ------------------------------------------------------------------------------------------------ */

enum check_verdict tally_verdict(const struct tallies *t, unsigned rule)
{
	return t->rule[rule].fail ? CHECK_FAIL : t->pass[rule] ? CHECK_PASS : CHECK_NOT_EXERCISED;
}

bool report_counts(const struct finding *f)
{
	return !f->hidden && !f->accepted && f->severity == CHECK_ERROR;
}

/* A rule that fails only as a warning, or only as the baseline has it, has not failed. */
enum check_verdict check_verdict(const struct check *c, unsigned rule)
{
	return tally_verdict(&c->tally, rule);
}

enum check_severity report_severity(const struct check *c, unsigned rule)
{
	return c->used[rule] ? severity_of(c, rule, NULL, NULL) : CHECK_OFF;
}

const struct finding *report_next(const struct check *c, unsigned rule, const struct finding *f)
{
	for (f = f ? f->next : c->findings[rule]; f; f = f->next)
		if (!f->hidden)
			return f;
	return NULL;
}

/* What the capture could not show would be an error. */
static bool is_suspected(const struct check *c, unsigned rule)
{
	for (const struct finding *f = c->findings[rule]; f; f = f->next)
		if (f->hidden && !f->unmeant && f->severity == CHECK_ERROR)
			return true;
	return false;
}

static void total_rule(const struct check *c, unsigned rule, struct check_totals *t)
{
	bool errors = false, any = false;

	for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f)) {
		any = true;
		errors = errors || report_counts(f);
		t->failures += report_counts(f) ? f->more + 1 : 0;
		t->accepted += f->accepted ? f->more + 1 : 0;
	}
	if (!c->used[rule])
		t->off++;
	else if (errors)
		t->failed++;
	else if (any)
		t->warned++;
	else if (c->tally.pass[rule])
		t->passed++;
	else
		t->not_exercised++;
	t->hidden += c->tally.rule[rule].hidden;
	t->suspected += !errors && is_suspected(c, rule);
}

void check_get_totals(const struct check *c, struct check_totals *out)
{
	*out = (struct check_totals){ 0 };
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		total_rule(c, i, out);
	for (const struct expect_result *r = c->results; r; r = r->next) {
		out->expectations++;
		out->expectations_failed += r->verdict == CHECK_FAIL && !r->accepted;
		out->expectations_unknown += r->verdict == CHECK_NOT_EXERCISED;
		out->accepted += r->accepted;
	}
	for (const struct client *k = c->first_client; k; k = k->next)
		out->clients += !k->broker;
	out->groups = HASH_COUNT(c->groups);
}

int check_exit_code(const struct check *c, bool strict)
{
	struct check_totals t;

	check_get_totals(c, &t);
	if (t.failed || t.expectations_failed || (strict && (t.not_exercised || t.expectations_unknown)))
		return 1;
	if (t.expectations_unknown || t.suspected)
		return 3;
	return t.passed + t.warned + t.expectations ? 0 : 3;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

const char *report_safe(const char *text, char out[REPORT_WHO])
{
	text_safe(out, REPORT_WHO, text, strlen(text), 0);
	return out;
}

const char *report_who(const struct client *k, char out[REPORT_WHO])
{
	char host[NET_ENDPOINT_TEXT], id[120], software[80], version[60];

	text_safe(id, sizeof(id), k->id ? k->id : "(no client.id)", k->id ? strlen(k->id) : 14, 80);
	text_safe(software, sizeof(software), k->software ? k->software : "", k->software ? strlen(k->software) : 0, 60);
	text_safe(version, sizeof(version), k->version ? k->version : "", k->version ? strlen(k->version) : 0, 40);
	snprintf(out, REPORT_WHO, "%s (%s%s%s%s%s)", id, net_host_text(&k->host, host), k->software ? ", " : "", software,
	         k->version ? " " : "", version);
	return out;
}

const char *report_frames(const uint64_t frames[FRAMES], char out[REPORT_WHO])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < FRAMES; i++)
		if (frames[i])
			len += (size_t)snprintf(out + len, REPORT_WHO - len, "%s%llu", len ? ", " : "",
			                        (unsigned long long)frames[i]);
	return out;
}

/* ---- what stays the same ------------------------------------------------------------------------------------------ */

static uint64_t digest_text(uint64_t h, const char *text)
{
	return digest_more(h, text ? text : "", text ? strlen(text) : 0);
}

/* Words without the numbers in them: times and frames differ from run to run. */
static uint64_t digest_words(uint64_t h, const char *text)
{
	for (; *text; text++)
		if ((*text < '0' || *text > '9') && *text != '.')
			h = digest_more(h, text, 1);
	return h;
}

uint64_t report_fingerprint(const struct finding *f)
{
	uint64_t h = digest_more(UINT64_C(14695981039346656037), &f->rule, 1);

	h = digest_text(h, f->client ? f->client->id : NULL);
	h = digest_text(h, f->group ? f->group->name : NULL);
	h = digest_words(h, f->expected);
	return digest_words(h, f->seen);
}

uint64_t report_fingerprint_expect(const struct expect_result *r)
{
	uint64_t h = digest_text(UINT64_C(14695981039346656037), r->name);

	h = digest_text(h, r->group ? r->group->name : NULL);
	return digest_text(h, r->client ? r->client->id : NULL);
}

/* ---- formats --------------------------------------------------------------------------------------------------------- */

const char *check_format_name(enum check_format f)
{
	static const char *const names[CHECK_FORMATS] = { "text", "json", "junit", "tap", "sarif", "github" };

	return names[f];
}

void check_report(const struct check *c, const struct check_report *r, FILE *out)
{
	static void (*const reports[CHECK_FORMATS])(const struct check *, const struct check_report *, FILE *) = {
		[CHECK_TEXT] = report_text, [CHECK_JSON] = report_json,   [CHECK_JUNIT] = report_junit,
		[CHECK_TAP] = report_tap,   [CHECK_SARIF] = report_sarif, [CHECK_GITHUB] = report_github,
	};

	reports[r->format](c, r, out);
}
