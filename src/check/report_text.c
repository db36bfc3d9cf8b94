/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for people.
 */
#include <regroup/text.h>
#include <stdio.h>

#include "engine.h"
#include "report.h"

/* Of one rule. */
#define MOST_SHOWN 5

struct page {
	FILE *out;
	bool color;
	const struct check *c;
	const struct check_report *r;
};

enum style { PLAIN, BOLD, DIM, RED, YELLOW, GREEN };

static void style(const struct page *p, enum style s)
{
	static const char *const codes[] = { "0", "1", "2", "1;31", "33", "32" };

	if (p->color)
		fprintf(p->out, "\x1b[%sm", codes[s]);
}

static void label(const struct page *p, const char *name)
{
	style(p, DIM);
	fprintf(p->out, "        %-9s ", name);
	style(p, PLAIN);
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

static void print_finding(const struct page *p, const struct finding *f)
{
	char clock[TEXT_SHORT], text[REPORT_WHO];

	text_clock(clock, sizeof(clock), f->ts);
	fprintf(p->out, "    %s", clock);
	if (f->group)
		fprintf(p->out, "  %s", report_safe(f->group->name, text));
	if (f->client)
		fprintf(p->out, "  %s", report_who(f->client, text));
	if (f->accepted)
		fprintf(p->out, "  [baseline]");
	fputc('\n', p->out);
	label(p, "expected");
	fprintf(p->out, "%s\n", f->expected);
	label(p, "seen");
	fprintf(p->out, "%s", report_safe(f->seen, text));
	if (f->more)
		fprintf(p->out, "; %llu more", (unsigned long long)f->more);
	if (report_frames(f->frames, text)[0])
		fprintf(p->out, "  [frame%s %s]", strchr(text, ',') ? "s" : "", text);
	fputc('\n', p->out);
}

static void print_failed(const struct page *p, unsigned rule)
{
	const struct check_rule *about = check_rule(rule);
	unsigned n = 0;

	for (const struct finding *f = report_next(p->c, rule, NULL); f; f = report_next(p->c, rule, f))
		if (n++ < MOST_SHOWN || p->r->verbose)
			print_finding(p, f);
	if (n > MOST_SHOWN && !p->r->verbose)
		fprintf(p->out, "    and %u more, which -v shows\n", n - MOST_SHOWN);
	label(p, "fix");
	fprintf(p->out, "%s\n", about->fix);
	label(p, "source");
	fprintf(p->out, "%s\n", about->source);
}

struct sum {
	bool errors, warnings, accepted;
	unsigned clients;
};

static struct sum sum_up(const struct check *c, unsigned rule)
{
	struct sum s = { 0 };

	for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f)) {
		s.errors = s.errors || report_counts(f);
		s.accepted = s.accepted || f->accepted;
		s.warnings = s.warnings || (!f->accepted && f->severity == CHECK_WARNING);
	}
	return s;
}

static void print_rule(const struct page *p, unsigned rule)
{
	const struct check_rule *about = check_rule(rule);
	const struct tally *t = &p->c->tally.rule[rule];
	uint32_t passed = p->c->tally.pass[rule];
	struct sum s = sum_up(p->c, rule);
	const char *word = !p->c->used[rule] ? "off"
	                   : s.errors        ? "FAIL"
	                   : s.warnings      ? "warn"
	                   : s.accepted      ? "known"
	                   : passed         ? "pass"
	                                     : "-";

	style(p, s.errors ? RED : s.warnings ? YELLOW : passed && !s.accepted ? GREEN : DIM);
	fprintf(p->out, "%-5s", word);
	style(p, s.errors || s.warnings ? BOLD : PLAIN);
	fprintf(p->out, " %s  %s", about->id, about->title);
	style(p, PLAIN);
	style(p, DIM);
	if (s.errors || s.warnings || s.accepted)
		fprintf(p->out, "  (%u of %u)", t->fail, t->fail + passed);
	else if (passed)
		fprintf(p->out, "  (%u)", passed);
	else if (p->c->used[rule])
		fprintf(p->out, t->hidden ? "  (could not be shown: messages were lost or not captured)" : "  (not exercised)");
	style(p, PLAIN);
	fputc('\n', p->out);
	if (s.errors || s.warnings || (s.accepted && p->r->verbose))
		print_failed(p, rule);
}

/* ---- expectations ---------------------------------------------------------------------------------------------- */

static void print_expectation(const struct page *p, const struct expect_result *e)
{
	bool failed = e->verdict == CHECK_FAIL;
	char text[REPORT_WHO];

	style(p, failed ? RED : e->verdict == CHECK_PASS ? GREEN : DIM);
	fprintf(p->out, "%-5s", e->accepted ? "known" : failed ? "FAIL" : e->verdict == CHECK_PASS ? "pass" : "?");
	style(p, failed ? BOLD : PLAIN);
	fprintf(p->out, " %s", e->name);
	style(p, PLAIN);
	if (e->group)
		fprintf(p->out, "  %s", report_safe(e->group->name, text));
	if (e->client)
		fprintf(p->out, "  %s", report_who(e->client, text));
	fprintf(p->out, "  expected %s", report_safe(e->expected, text));
	fprintf(p->out, ", seen %s", e->seen ? report_safe(e->seen, text) : "?");
	if (e->count > 1)
		fprintf(p->out, ", %u times", e->count);
	if (failed && report_frames(e->frames, text)[0])
		fprintf(p->out, "  [frame%s %s]", strchr(text, ',') ? "s" : "", text);
	fputc('\n', p->out);
}

/* ---- clients and groups ------------------------------------------------------------------------------------------ */

static void print_verdicts(const struct page *p, const struct tallies *t)
{
	static const char *const words[] = { "", "pass", "fail" };

	for (int v = CHECK_FAIL; v > CHECK_NOT_EXERCISED; v--) {
		bool any = false;

		for (unsigned i = 1; i <= CHECK_RULES; i++) {
			if ((int)tally_verdict(t, i) != v)
				continue;
			if (!any)
				label(p, words[v]);
			fprintf(p->out, "%s%s", any ? " " : "", check_rule(i)->id);
			any = true;
		}
		if (any)
			fputc('\n', p->out);
	}
}

static void print_everybody(const struct page *p)
{
	char text[REPORT_WHO];

	fputc('\n', p->out);
	for (const struct client *k = p->c->first_client; k; k = k->next) {
		if (k->broker)
			continue;
		fprintf(p->out, "client  %s\n", report_who(k, text));
		print_verdicts(p, &k->tally);
	}
	for (const struct group *g = p->c->first_group; g; g = g->next) {
		fprintf(p->out, "group   %s\n", report_safe(g->name, text));
		print_verdicts(p, &g->tally);
	}
}

/* ---- the end --------------------------------------------------------------------------------------------------------- */

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void print_summary(const struct page *p)
{
	struct check_totals t;

	check_get_totals(p->c, &t);
	fprintf(p->out, "\n%u rules: %u passed, %u failed, %u with warnings, %u not exercised", CHECK_RULES, t.passed,
	        t.failed, t.warned, t.not_exercised);
	if (t.off)
		fprintf(p->out, ", %u off", t.off);
	fprintf(p->out, "; %u client%s, %u group%s\n", t.clients, plural(t.clients), t.groups, plural(t.groups));
	if (t.expectations)
		fprintf(p->out, "%u expectation%s: %u failed, %u could not be shown\n", t.expectations,
		        plural(t.expectations), t.expectations_failed, t.expectations_unknown);
	if (t.accepted)
		fprintf(p->out, "%llu failure%s in the baseline\n", (unsigned long long)t.accepted, t.accepted == 1 ? "" : "s");
	if (t.hidden)
		fprintf(p->out, "%llu suspicion%s could not be shown: messages were lost or not captured\n",
		        (unsigned long long)t.hidden, t.hidden == 1 ? "" : "s");
	if (p->r->strict && (t.not_exercised || t.expectations_unknown))
		fprintf(p->out, "failed: with --strict what was not exercised is a failure\n");
	else if (check_exit_code(p->c, false) == 3)
		fprintf(p->out, t.passed + t.warned ? "the capture could not show all that is expected\n"
		                                    : "nothing was exercised\n");
}

/* What failed comes first, then what passed, then what was not exercised. */
static int order_of(const struct check *c, unsigned rule)
{
	struct sum s = sum_up(c, rule);

	if (s.errors)
		return 0;
	if (s.warnings)
		return 1;
	if (s.accepted)
		return 2;
	return !c->used[rule] ? 5 : c->tally.pass[rule] ? 3 : 4;
}

void report_text(const struct check *c, const struct check_report *r, FILE *out)
{
	const struct page p = { .out = out, .color = r->color, .c = c, .r = r };

	for (const struct expect_result *e = c->results; e; e = e->next)
		print_expectation(&p, e);
	for (int order = 0; order < 6; order++)
		for (unsigned i = 1; i <= CHECK_RULES; i++)
			if (order_of(c, i) == order)
				print_rule(&p, i);
	if (r->verbose)
		print_everybody(&p);
	print_summary(&p);
}
