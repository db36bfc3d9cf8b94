/* SPDX-License-Identifier: Apache-2.0
 *
 * Two captures side by side.
 */
#include <regroup/json.h>
#include <regroup/text.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "profile.h"
#include "report.h"
#include "settings.h"

/* Medians that differ by less are the same to the eye. */
#define NOTABLE (50 * NS_PER_MS)
#define ENOUGH 5
#define FIELD 400

struct table {
	FILE *out;
	bool json, color, all, differs;
	const char *section;
	bool section_told;
	struct json j;
};

/* ---- one line ------------------------------------------------------------------------------------------------- */

static void section(struct table *t, const char *name)
{
	t->section = name;
	t->section_told = false;
}

static void row_json(struct table *t, const char *name, const char *a, const char *b, bool changed)
{
	json_object_begin(&t->j);
	json_key(&t->j, "type");
	json_text(&t->j, t->section);
	json_key(&t->j, "name");
	json_text(&t->j, name);
	json_key(&t->j, "a");
	json_text(&t->j, a);
	json_key(&t->j, "b");
	json_text(&t->j, b);
	json_key(&t->j, "changed");
	json_bool(&t->j, changed);
	json_object_end(&t->j);
	json_newline(&t->j);
}

static void row_text(struct table *t, const char *name, const char *a, const char *b, bool changed)
{
	if (!t->section_told)
		fprintf(t->out, "%s%s%s\n", t->color ? "\x1b[1m" : "", t->section, t->color ? "\x1b[0m" : "");
	t->section_told = true;
	fprintf(t->out, "%s%c %-34s", changed && t->color ? "\x1b[33m" : "", changed ? '*' : ' ', name);
	if (strlen(a) + strlen(b) < 60)
		fprintf(t->out, " %s%s%s", a, changed ? "  ->  " : "", changed ? b : "");
	else
		fprintf(t->out, "\n    - %s\n    + %s", a, b);
	fprintf(t->out, "%s\n", changed && t->color ? "\x1b[0m" : "");
}

static void row(struct table *t, const char *name, const char *a, const char *b, bool changed)
{
	char safe_a[FIELD], safe_b[FIELD], safe_name[FIELD];

	t->differs = t->differs || changed;
	if (!changed && !t->all)
		return;
	if (t->json) {
		row_json(t, name, a, b, changed);
		return;
	}
	row_text(t, report_safe(name, safe_name), report_safe(a, safe_a), report_safe(b, safe_b), changed);
}

__attribute__((format(printf, 2, 3))) static void print_into(char out[FIELD], const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(out, FIELD, format, list);
	va_end(list);
}

/* ---- APIs -------------------------------------------------------------------------------------------------------- */

static void versions_text(const struct api_use *u, char out[FIELD])
{
	size_t len = 0;

	print_into(out, "not used");
	for (int v = 0; v < 64; v++)
		if (u->versions >> v & 1)
			len += (size_t)snprintf(out + len, FIELD - len, "%sv%d", len ? ", " : "", v);
}

static void diff_apis(struct table *t, const struct profile *a, const struct profile *b)
{
	char left[FIELD], right[FIELD];

	section(t, "apis");
	for (int16_t key = 0; key < APIS; key++) {
		const char *name = kf_api_name(key);

		if (!name || (!a->api[key].requests && !b->api[key].requests))
			continue;
		versions_text(&a->api[key], left);
		versions_text(&b->api[key], right);
		row(t, name, left, right, strcmp(left, right) != 0);
	}
}

/* ---- words --------------------------------------------------------------------------------------------------------- */

static int more_often(const struct word *a, const struct word *b)
{
	return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : strcmp(a->text, b->text);
}

/* A shallow copy, to be sorted: the profile stays as it is. */
static size_t sorted(const struct word *words, const struct word **out, size_t most)
{
	size_t n = 0;

	for (const struct word *w = words; w && n < most; w = w->hh.next)
		out[n++] = w;
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && more_often(out[k - 1], out[k]) > 0; k--) {
			const struct word *swap = out[k];

			out[k] = out[k - 1];
			out[k - 1] = swap;
		}
	return n;
}

static void words_text(const struct word *words, char out[FIELD])
{
	const struct word *list[64];
	size_t n = sorted(words, list, 64), len = 0;

	print_into(out, "none");
	for (size_t i = 0; i < n && len < FIELD; i++)
		len += (size_t)snprintf(out + len, FIELD - len, "%s%s", len ? "; " : "", list[i]->text);
}

static void diff_words(struct table *t, const char *name, const struct word *a, const struct word *b)
{
	char left[FIELD], right[FIELD];

	words_text(a, left);
	words_text(b, right);
	row(t, name, left, right, strcmp(left, right) != 0);
}

static bool has_word(const struct word *words, const char *text)
{
	const struct word *w;

	HASH_FIND_STR(words, text, w);
	return w != NULL;
}

/* Each kind of connection, by its first requests. */
static void diff_handshakes(struct table *t, const struct profile *a, const struct profile *b)
{
	const struct word *list[64];
	size_t n;

	section(t, "handshakes");
	n = sorted(a->handshakes, list, 64);
	for (size_t i = 0; i < n; i++)
		row(t, list[i]->text, "yes", has_word(b->handshakes, list[i]->text) ? "yes" : "no",
		    !has_word(b->handshakes, list[i]->text));
	n = sorted(b->handshakes, list, 64);
	for (size_t i = 0; i < n; i++)
		if (!has_word(a->handshakes, list[i]->text))
			row(t, list[i]->text, "no", "yes", true);
}

/* ---- timing ---------------------------------------------------------------------------------------------------------- */

static void spread_text(const struct spread *s, char out[FIELD])
{
	char half[TEXT_SHORT], most[TEXT_SHORT];

	if (!s->n) {
		print_into(out, "none");
		return;
	}
	text_duration(half, sizeof(half), spread_quantile(s, 50));
	text_duration(most, sizeof(most), spread_quantile(s, 95));
	print_into(out, "p50 %s, p95 %s, %llu times", half, most, (unsigned long long)s->n);
}

/* Twice as long, and long enough to be felt. */
static bool notable(const struct spread *a, const struct spread *b)
{
	int64_t x = spread_quantile(a, 50), y = spread_quantile(b, 50), least = x < y ? x : y, most = x < y ? y : x;

	if (a->n < ENOUGH || b->n < ENOUGH)
		return false; /* a median of a few says nothing */
	return most > 2 * least && most - least > NOTABLE;
}

static void diff_spread(struct table *t, const char *name, const struct spread *a, const struct spread *b)
{
	char left[FIELD], right[FIELD];

	if (!a->n && !b->n)
		return;
	spread_text(a, left);
	spread_text(b, right);
	row(t, name, left, right, notable(a, b));
}

static void diff_timing(struct table *t, const struct profile *a, const struct profile *b)
{
	section(t, "timing");
	for (int i = 0; i < TIMINGS; i++)
		diff_spread(t, timing_names[i], &a->timing[i], &b->timing[i]);
}

/* ---- groups ------------------------------------------------------------------------------------------------------------ */

static void diff_count(struct table *t, const char *name, uint64_t a, uint64_t b)
{
	char left[FIELD], right[FIELD];

	print_into(left, "%llu", (unsigned long long)a);
	print_into(right, "%llu", (unsigned long long)b);
	row(t, name, left, right, a != b);
}

static void diff_groups(struct table *t, const struct profile *a, const struct profile *b)
{
	char name[FIELD];

	section(t, "groups");
	diff_count(t, "rebalances", a->rebalances, b->rebalances);
	diff_count(t, "follow-ups", a->followups, b->followups);
	diff_count(t, "partitions moved", a->moved, b->moved);
	diff_count(t, "commits refused", a->commits_failed, b->commits_failed);
	diff_words(t, "assignors", a->assignors, b->assignors);
	diff_words(t, "mode", a->modes, b->modes);
	for (uint8_t id = 0; id < 22; id++) {
		if (!a->cause[id] && !b->cause[id])
			continue;
		print_into(name, "R%u %s", id, group_cause_name(id));
		diff_count(t, name, a->cause[id], b->cause[id]);
	}
	diff_spread(t, "length of a rebalance", &a->duration, &b->duration);
	diff_spread(t, "downtime of a member", &a->downtime, &b->downtime);
}

/* The same groups in both, one by one. */
static void group_text(const struct seen_group *g, char out[FIELD])
{
	print_into(out, "%u rebalances, %u follow-ups, %s", g->rebalances, g->followups, g->assignor[0] ? g->assignor : "?");
}

static void diff_each_group(struct table *t, const struct check_side *a, const struct check_side *b)
{
	const struct seen_group *other;
	char x[FIELD], y[FIELD], name[FIELD];

	if (HASH_COUNT(a->profile->groups) < 2 && HASH_COUNT(b->profile->groups) < 2)
		return; /* the sums are the same */
	section(t, "each group");
	for (const struct seen_group *g = a->profile->groups; g; g = g->hh.next) {
		HASH_FIND(hh, b->profile->groups, g->name, strlen(g->name), other);
		if (!other)
			continue;
		group_text(g, x);
		group_text(other, y);
		print_into(name, "%s", g->name);
		row(t, name, x, y, strcmp(x, y) != 0);
	}
}

/* ---- rules ---------------------------------------------------------------------------------------------------------------- */

static bool client_meant(const struct check_side *s, const struct client *k)
{
	return !k->broker && profile_means(s->profile->client, k->id, k->software, k->version);
}

static bool finding_meant(const struct check_side *s, const struct finding *f)
{
	const char *group = s->profile->group;

	return (!f->client || client_meant(s, f->client)) && (!group || !f->group || glob_match(group, f->group->name));
}

/* Of those that are meant alone. */
static enum check_verdict verdict_of(const struct check_side *s, unsigned rule)
{
	const struct check *c = s->check;
	bool pass = false;

	if (!s->profile->client && !s->profile->group)
		return check_verdict(c, rule);
	for (const struct finding *f = report_next(c, rule, NULL); f; f = report_next(c, rule, f))
		if (finding_meant(s, f))
			return CHECK_FAIL;
	if (s->profile->client)
		for (const struct client *k = c->first_client; k && !pass; k = k->next)
			pass = client_meant(s, k) && k->tally.pass[rule];
	else
		for (const struct group *g = c->first_group; g && !pass; g = g->next)
			pass = glob_match(s->profile->group, g->name) && g->tally.pass[rule];
	return pass ? CHECK_PASS : CHECK_NOT_EXERCISED;
}

static void diff_rules(struct table *t, const struct check_side *a, const struct check_side *b)
{
	char name[FIELD];

	section(t, "rules");
	for (unsigned i = 1; i <= CHECK_RULES; i++) {
		enum check_verdict x = verdict_of(a, i), y = verdict_of(b, i);

		print_into(name, "%s", check_rule(i)->id);
		row(t, name, check_verdict_name(x), check_verdict_name(y), x != y);
		if (x == CHECK_FAIL || y != CHECK_FAIL || t->json)
			continue;
		for (const struct finding *f = report_next(b->check, i, NULL); f; f = report_next(b->check, i, f)) {
			char seen[REPORT_WHO], frames[REPORT_WHO];

			if (finding_meant(b, f))
				fprintf(t->out, "    %s  [frames %s]\n", report_safe(f->seen, seen), report_frames(f->frames, frames));
		}
	}
}

static const char *only(const struct check_side *s)
{
	return s->profile->client;
}

bool check_diff(const struct check_side *a, const struct check_side *b, bool json, bool color, bool all, FILE *out)
{
	struct table t = { .out = out, .json = json, .color = color, .all = all };

	json_init(&t.j);
	if (!json)
		fprintf(out, "- %s%s%s\n+ %s%s%s\n", a->name, only(a) ? ": " : "", only(a) ? only(a) : "", b->name,
		        only(b) ? ": " : "", only(b) ? only(b) : "");
	section(&t, "clients");
	diff_words(&t, "software", a->profile->software, b->profile->software);
	diff_apis(&t, a->profile, b->profile);
	diff_handshakes(&t, a->profile, b->profile);
	diff_timing(&t, a->profile, b->profile);
	diff_groups(&t, a->profile, b->profile);
	diff_each_group(&t, a, b);
	diff_rules(&t, a, b);
	if (json && t.j.len && !t.j.failed)
		fwrite(t.j.buf, 1, t.j.len, out);
	if (!json && !t.differs)
		fputs("no difference\n", out);
	json_free(&t.j);
	return t.differs;
}
