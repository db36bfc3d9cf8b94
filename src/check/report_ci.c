/* SPDX-License-Identifier: Apache-2.0
 *
 * The reports that CI systems read: JUnit XML, TAP version 13, and the annotations of GitHub Actions.
 */
#include <regroup/text.h>
#include <stdio.h>

#include "engine.h"
#include "report.h"

struct outcome {
	bool failed, warned, passed, off;
};

static struct outcome outcome_of(const struct check *c, unsigned rule)
{
	struct outcome o = { .off = !c->used[rule] };

	for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f)) {
		o.failed = o.failed || report_counts(f);
		o.warned = true;
	}
	o.passed = !o.failed && (o.warned || c->tally.pass[rule]);
	return o;
}

/* Of a rule that neither passed nor failed. */
static const char *why_not(const struct check *c, unsigned rule)
{
	return !c->used[rule] ? "off" : c->tally.rule[rule].hidden ? "could not be shown" : "not exercised";
}

static void finding_line(FILE *out, const struct finding *f, const char *prefix, void (*put)(FILE *, const char *))
{
	char clock[TEXT_SHORT], text[REPORT_WHO], line[3 * REPORT_WHO];
	size_t len;

	text_clock(clock, sizeof(clock), f->ts);
	len = (size_t)snprintf(line, sizeof(line), "%s%s%s", clock, f->group ? " " : "",
	                       f->group ? report_safe(f->group->name, text) : "");
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s: ", f->client ? " " : "",
	                        f->client ? report_who(f->client, text) : "");
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s", report_safe(f->seen, text));
	snprintf(line + len, sizeof(line) - len, " [frames %s]", report_frames(f->frames, text));
	fputs(prefix, out);
	put(out, line);
	fputs("; expected: ", out);
	put(out, f->expected);
	if (f->more)
		fprintf(out, "; %llu more", (unsigned long long)f->more);
	fputs(f->accepted ? " (in the baseline)\n" : "\n", out);
}

/* ---- JUnit ------------------------------------------------------------------------------------------------------ */

/* What XML 1.0 has no room for has been escaped by text_safe already. */
static void put_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

static void junit_rule(const struct check *c, unsigned rule, bool strict, FILE *out)
{
	const struct check_rule *about = check_rule(rule);
	struct outcome o = outcome_of(c, rule);

	fprintf(out, "    <testcase classname=\"regroup.rules\" name=\"%s ", about->id);
	put_xml(out, about->title);
	fputs("\">\n", out);
	if (o.failed) {
		fprintf(out, "      <failure type=\"%s\" message=\"%u of %u\">", about->id, c->tally.rule[rule].fail,
		        c->tally.rule[rule].fail + c->tally.pass[rule]);
		for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f))
			finding_line(out, f, "", put_xml);
		put_xml(out, about->fix);
		fputs("</failure>\n", out);
	} else if (!o.passed && strict && !o.off) {
		fprintf(out, "      <failure type=\"%s\" message=\"%s\"/>\n", about->id, why_not(c, rule));
	} else if (!o.passed) {
		fprintf(out, "      <skipped message=\"%s\"/>\n", why_not(c, rule));
	} else if (o.warned) {
		fputs("      <system-out>", out);
		for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f))
			finding_line(out, f, "warning: ", put_xml);
		fputs("</system-out>\n", out);
	}
	fputs("    </testcase>\n", out);
}

static void junit_expectation(const struct expect_result *r, bool strict, FILE *out)
{
	char text[REPORT_WHO];

	fputs("    <testcase classname=\"regroup.expectations\" name=\"", out);
	put_xml(out, r->name);
	if (r->group) {
		fputc(' ', out);
		put_xml(out, report_safe(r->group->name, text));
	}
	if (r->client) {
		fputc(' ', out);
		put_xml(out, report_who(r->client, text));
	}
	fputs("\">\n", out);
	if ((r->verdict == CHECK_FAIL && !r->accepted) || (r->verdict == CHECK_NOT_EXERCISED && strict)) {
		fputs("      <failure type=\"expectation\" message=\"expected ", out);
		put_xml(out, report_safe(r->expected, text));
		fputs(", seen ", out);
		put_xml(out, report_safe(r->seen ? r->seen : "?", text));
		fputs("\"/>\n", out);
	} else if (r->verdict == CHECK_NOT_EXERCISED) {
		fputs("      <skipped message=\"could not be shown\"/>\n", out);
	}
	fputs("    </testcase>\n", out);
}

void report_junit(const struct check *c, const struct check_report *r, FILE *out)
{
	struct check_totals t;
	unsigned strict;

	check_get_totals(c, &t);
	strict = r->strict ? t.not_exercised + t.expectations_unknown : 0;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out, "  <testsuite name=\"regroup check\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\">\n",
	        CHECK_RULES + t.expectations, t.failed + t.expectations_failed + strict,
	        t.off + (r->strict ? 0 : t.not_exercised + t.expectations_unknown));
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		junit_rule(c, i, r->strict, out);
	for (const struct expect_result *e = c->results; e; e = e->next)
		junit_expectation(e, r->strict, out);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

/* ---- TAP ----------------------------------------------------------------------------------------------------------- */

/* "#" would begin a directive. */
static void put_tap(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void tap_rule(const struct check *c, unsigned rule, bool strict, FILE *out)
{
	const struct check_rule *about = check_rule(rule);
	struct outcome o = outcome_of(c, rule);
	bool skipped = !o.failed && !o.passed && (o.off || !strict);

	fprintf(out, "%sok %u - %s ", o.failed || (!o.passed && !skipped) ? "not " : "", rule, about->id);
	put_tap(out, about->title);
	fprintf(out, "%s%s\n", skipped ? " # SKIP " : "", skipped ? why_not(c, rule) : "");
	for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f))
		finding_line(out, f, report_counts(f) ? "# " : "# warning: ", put_tap);
}

void report_tap(const struct check *c, const struct check_report *r, FILE *out)
{
	struct check_totals t;
	unsigned n = CHECK_RULES;
	char text[REPORT_WHO];

	check_get_totals(c, &t);
	fprintf(out, "TAP version 13\n1..%u\n", CHECK_RULES + t.expectations);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		tap_rule(c, i, r->strict, out);
	for (const struct expect_result *e = c->results; e; e = e->next) {
		bool unknown = e->verdict == CHECK_NOT_EXERCISED;
		bool failed = (e->verdict == CHECK_FAIL && !e->accepted) || (unknown && r->strict);

		fprintf(out, "%sok %u - ", failed ? "not " : "", ++n);
		put_tap(out, e->name);
		if (e->group) {
			fputc(' ', out);
			put_tap(out, report_safe(e->group->name, text));
		}
		if (e->client) {
			fputc(' ', out);
			put_tap(out, report_who(e->client, text));
		}
		fputs(unknown && !failed ? " # SKIP could not be shown\n" : "\n", out);
		fputs("# expected ", out);
		put_tap(out, report_safe(e->expected, text));
		fputs(", seen ", out);
		put_tap(out, report_safe(e->seen ? e->seen : "?", text));
		fputc('\n', out);
	}
}

/* ---- GitHub Actions --------------------------------------------------------------------------------------------------- */

static void put_command(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		if (*text == '%')
			fputs("%25", out);
		else if (*text == '\n')
			fputs("%0A", out);
		else if (*text == '\r')
			fputs("%0D", out);
		else if (property && *text == ':')
			fputs("%3A", out);
		else if (property && *text == ',')
			fputs("%2C", out);
		else
			fputc(*text, out);
	}
}

static void put_message(FILE *out, const char *text)
{
	put_command(out, text, false);
}

static void github_rule(const struct check *c, unsigned rule, FILE *out)
{
	const struct check_rule *about = check_rule(rule);

	for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f)) {
		fprintf(out, "::%s title=", f->accepted                   ? "notice"
		                            : f->severity == CHECK_ERROR ? "error"
		                                                         : "warning");
		put_command(out, about->id, true);
		fputc(' ', out);
		put_command(out, about->title, true);
		finding_line(out, f, "::", put_message);
	}
}

void report_github(const struct check *c, const struct check_report *r, FILE *out)
{
	struct check_totals t;
	char text[REPORT_WHO];

	for (unsigned i = 1; i <= CHECK_RULES; i++)
		github_rule(c, i, out);
	for (const struct expect_result *e = c->results; e; e = e->next) {
		bool unknown = e->verdict == CHECK_NOT_EXERCISED;

		if (e->verdict == CHECK_PASS)
			continue;
		fprintf(out, "::%s title=expectation ", e->accepted              ? "notice"
		                                        : unknown && !r->strict ? "warning"
		                                                                : "error");
		put_command(out, e->name, true);
		fputs("::", out);
		if (e->group) {
			put_message(out, report_safe(e->group->name, text));
			fputs(": ", out);
		}
		if (e->client) {
			put_message(out, report_who(e->client, text));
			fputs(": ", out);
		}
		fputs("expected ", out);
		put_message(out, report_safe(e->expected, text));
		fputs(", seen ", out);
		put_message(out, report_safe(e->seen ? e->seen : "?", text));
		fputc('\n', out);
	}
	check_get_totals(c, &t);
	fprintf(out, "::notice title=regroup check::%u rules passed, %u failed, %u with warnings, %u not exercised\n",
	        t.passed, t.failed, t.warned, t.not_exercised);
}
