/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for programs: JSON Lines, one object for each rule, failure, expectation, client and group, and a summary.
 */
#include <stdio.h>

#include "engine.h"
#include "report.h"

static void key_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

static void put_host(struct json *j, const struct client *k)
{
	char host[NET_ENDPOINT_TEXT];

	key_text(j, "client_id", k ? k->id : NULL);
	key_text(j, "host", k ? net_host_text(&k->host, host) : NULL);
	key_text(j, "software", k ? k->software : NULL);
	key_text(j, "software_version", k ? k->version : NULL);
}

static void put_frames(struct json *j, const uint64_t frames[FRAMES])
{
	json_key(j, "frames");
	json_array_begin(j);
	for (size_t i = 0; i < FRAMES; i++)
		if (frames[i])
			json_uint(j, frames[i]);
	json_array_end(j);
}

static void put_time(struct json *j, const char *key, int64_t ts)
{
	json_key(j, key);
	if (ts > 0)
		json_time(j, ts);
	else
		json_null(j);
}

static const char *verdict_word(const struct check *c, unsigned rule)
{
	return c->used[rule] ? check_verdict_name(tally_verdict(&c->tally, rule)) : "off";
}

static void put_rule(struct json *j, const struct check *c, unsigned rule)
{
	const struct check_rule *about = check_rule(rule);
	const struct tally *t = &c->tally.rule[rule];

	json_object_begin(j);
	key_text(j, "type", "rule");
	key_text(j, "rule", about->id);
	key_text(j, "title", about->title);
	key_text(j, "verdict", verdict_word(c, rule));
	key_text(j, "severity", check_severity_name(report_severity(c, rule)));
	json_key(j, "own");
	json_bool(j, about->own);
	json_key(j, "passed");
	json_uint(j, c->tally.pass[rule]);
	json_key(j, "failed");
	json_uint(j, t->fail);
	json_key(j, "could_not_be_shown");
	json_uint(j, t->hidden);
	key_text(j, "source", about->source);
	json_object_end(j);
	json_newline(j);
}

static void put_finding(struct json *j, const struct finding *f)
{
	json_object_begin(j);
	key_text(j, "type", "failure");
	key_text(j, "rule", check_rule(f->rule)->id);
	key_text(j, "severity", check_severity_name(f->severity));
	put_time(j, "ts", f->ts);
	put_time(j, "since", f->since);
	key_text(j, "group", f->group ? f->group->name : NULL);
	put_host(j, f->client);
	key_text(j, "expected", f->expected);
	key_text(j, "seen", f->seen);
	put_frames(j, f->frames);
	json_key(j, "more");
	json_uint(j, f->more);
	json_key(j, "baseline");
	json_bool(j, f->accepted);
	key_text(j, "fix", check_rule(f->rule)->fix);
	key_text(j, "source", check_rule(f->rule)->source);
	json_object_end(j);
	json_newline(j);
}

static void put_expectation(struct json *j, const struct expect_result *r)
{
	json_object_begin(j);
	key_text(j, "type", "expectation");
	key_text(j, "name", r->name);
	key_text(j, "verdict", r->verdict == CHECK_NOT_EXERCISED ? "could not be shown" : check_verdict_name(r->verdict));
	put_time(j, "ts", r->ts);
	key_text(j, "group", r->group ? r->group->name : NULL);
	put_host(j, r->client);
	key_text(j, "expected", r->expected);
	key_text(j, "seen", r->seen);
	put_frames(j, r->frames);
	json_key(j, "baseline");
	json_bool(j, r->accepted);
	json_object_end(j);
	json_newline(j);
}

static void put_verdicts(struct json *j, const struct check *c, const struct tallies *t)
{
	json_key(j, "rules");
	json_object_begin(j);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		if (c->used[i])
			key_text(j, check_rule(i)->id, check_verdict_name(tally_verdict(t, i)));
	json_object_end(j);
}

static void put_everybody(struct json *j, const struct check *c)
{
	for (const struct client *k = c->first_client; k; k = k->next) {
		if (k->broker)
			continue;
		json_object_begin(j);
		key_text(j, "type", "client");
		put_host(j, k);
		put_verdicts(j, c, &k->tally);
		json_object_end(j);
		json_newline(j);
	}
	for (const struct group *g = c->first_group; g; g = g->next) {
		json_object_begin(j);
		key_text(j, "type", "group");
		key_text(j, "group", g->name);
		put_verdicts(j, c, &g->tally);
		json_object_end(j);
		json_newline(j);
	}
}

static void put_summary(struct json *j, const struct check *c, const struct check_report *r)
{
	struct check_totals t;

	check_get_totals(c, &t);
	const struct {
		const char *name;
		uint64_t n;
	} numbers[] = {
		{ "passed", t.passed },
		{ "failed", t.failed },
		{ "warned", t.warned },
		{ "not_exercised", t.not_exercised },
		{ "off", t.off },
		{ "expectations", t.expectations },
		{ "expectations_failed", t.expectations_failed },
		{ "expectations_unknown", t.expectations_unknown },
		{ "failures", t.failures },
		{ "baseline", t.accepted },
		{ "could_not_be_shown", t.hidden },
		{ "clients", t.clients },
		{ "groups", t.groups },
	};

	json_object_begin(j);
	key_text(j, "type", "summary");
	key_text(j, "capture", r->capture);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_key(j, numbers[i].name);
		json_uint(j, numbers[i].n);
	}
	json_key(j, "strict");
	json_bool(j, r->strict);
	json_key(j, "exit_code");
	json_int(j, check_exit_code(c, r->strict));
	json_object_end(j);
	json_newline(j);
}

void report_json(const struct check *c, const struct check_report *r, FILE *out)
{
	struct json j;

	json_init(&j);
	for (unsigned i = 1; i <= CHECK_RULES; i++) {
		put_rule(&j, c, i);
		for (const struct finding *f = report_next(c, i, NULL); f; f = report_next(c, i, f))
			put_finding(&j, f);
	}
	for (const struct expect_result *e = c->results; e; e = e->next)
		put_expectation(&j, e);
	put_everybody(&j, c);
	put_summary(&j, c, r);
	if (!j.failed)
		fwrite(j.buf, 1, j.len, out);
	json_free(&j);
}
