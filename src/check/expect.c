/* SPDX-License-Identifier: Apache-2.0 */
#include "expect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

#define WISH_TEXT 80

/* ---- results ------------------------------------------------------------------------------------------------ */

static void result_free(struct expect_result *r)
{
	if (!r)
		return;
	free(r->expected);
	free(r->seen);
	free(r);
}

__attribute__((format(printf, 5, 6))) static struct expect_result *result_add(struct check *c, const struct scope *s,
                                                                              struct group *g, const char *name,
                                                                              const char *expected, ...)
{
	struct expect_result *r = calloc(1, sizeof(*r));
	va_list list;

	if (!r)
		return NULL;
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->scope = s;
	r->group = g;
	va_start(list, expected);
	if (vasprintf(&r->expected, expected, list) < 0)
		r->expected = NULL;
	va_end(list);
	if (!r->expected) {
		free(r);
		return NULL;
	}
	if (!c->last_result)
		c->last_result = &c->results;
	*c->last_result = r;
	c->last_result = &r->next;
	return r;
}

__attribute__((format(printf, 3, 4))) static void result_is(struct expect_result *r, enum check_verdict v,
                                                            const char *seen, ...)
{
	va_list list;

	if (!r)
		return;
	r->verdict = v;
	va_start(list, seen);
	if (vasprintf(&r->seen, seen, list) < 0)
		r->seen = NULL;
	va_end(list);
}

/* ---- messages: APIs and versions ----------------------------------------------------------------------------------- */

static const char *versions_text(const struct api_wish *w, char out[WISH_TEXT])
{
	const char *name = kf_api_name(w->api);

	if (w->most == INT16_MAX)
		snprintf(out, WISH_TEXT, "%.40s v%d or later", name, w->least);
	else if (w->least == 0)
		snprintf(out, WISH_TEXT, "%.40s v%d or earlier", name, w->most);
	else if (w->least == w->most)
		snprintf(out, WISH_TEXT, "%.40s v%d", name, w->least);
	else
		snprintf(out, WISH_TEXT, "%.40s v%d to v%d", name, w->least, w->most);
	return out;
}

static void wish_broken(struct check *c, const struct talk *t, const struct scope *s, const struct api_wish *w)
{
	char name[64], text[WISH_TEXT];
	struct expect_result *r;

	snprintf(name, sizeof(name), "apis.%s %.40s", w->forbidden ? "forbid" : "versions", kf_api_name(w->api));
	for (r = c->results; r; r = r->next)
		if (r->scope == s && r->client == t->client && strcmp(r->name, name) == 0)
			break;
	if (r) {
		r->count++;
		return;
	}
	if (w->forbidden)
		r = result_add(c, s, t->group, name, "no %s", kf_api_name(w->api));
	else
		r = result_add(c, s, t->group, name, "%s", versions_text(w, text));
	result_is(r, CHECK_FAIL, "%s v%d", kf_api_name(w->api), t->m->asked_version);
	if (!r)
		return;
	r->client = t->client;
	r->frames[0] = t->m->frame;
	r->ts = t->m->ts;
	r->count = 1;
}

static bool is_meant(const struct check *c, unsigned scope, const struct talk *t)
{
	uint64_t bit = UINT64_C(1) << scope;

	if (!(t->client->scopes & bit))
		return false;
	return t->group ? (t->group->scopes & bit) != 0 : !c->settings->scope[scope]->group;
}

void expect_message(struct check *c, const struct talk *t)
{
	int16_t api = t->m->api_key, version = t->m->asked_version;

	if (t->m->direction != KF_REQUEST || api < 0 || api >= APIS || !(c->wished[api / 64] >> (api % 64) & 1) ||
	    t->client->broker)
		return;
	for (unsigned i = 0; i < c->settings->n; i++) {
		struct scope *s = c->settings->scope[i];

		for (unsigned k = 0; k < s->expect.n_apis && is_meant(c, i, t); k++) {
			struct api_wish *w = &s->expect.apis[k];

			if (w->api != api)
				continue;
			c->wish_seen[i] |= UINT64_C(1) << k;
			if (w->forbidden || version < w->least || version > w->most)
				wish_broken(c, t, s, w);
		}
	}
}

/* ---- the end --------------------------------------------------------------------------------------------------------- */

static bool has_gaps(const struct check *c)
{
	if (c->blind.n)
		return true;
	for (const struct host *h = c->hosts; h; h = h->hh.next)
		if (h->blind.n)
			return true;
	return false;
}

/* What is not above a limit may be, where the capture lost something. */
static enum check_verdict at_most(const struct check *c, bool broken)
{
	return broken ? CHECK_FAIL : has_gaps(c) ? CHECK_NOT_EXERCISED : CHECK_PASS;
}

static enum check_verdict at_least(const struct check *c, bool reached)
{
	return reached ? CHECK_PASS : has_gaps(c) ? CHECK_NOT_EXERCISED : CHECK_FAIL;
}

static void result_at(struct expect_result *r, struct mark at)
{
	if (!r || !at.ts)
		return;
	r->ts = at.ts;
	r->frames[0] = at.frame;
}

struct counted {
	const char *what;
	bool min_set, max_set;
	int64_t min, max, n;
	const struct mark *marks; /* of the first SEEN */
};

static void judge_count(struct check *c, const struct scope *s, struct group *g, const struct counted *k)
{
	struct expect_result *r;
	char name[48];

	if (k->min_set) {
		snprintf(name, sizeof(name), "%s.min", k->what);
		result_is(result_add(c, s, g, name, "at least %lld", (long long)k->min), at_least(c, k->n >= k->min), "%lld",
		          (long long)k->n);
	}
	if (!k->max_set)
		return;
	snprintf(name, sizeof(name), "%s.max", k->what);
	r = result_add(c, s, g, name, "at most %lld", (long long)k->max);
	result_is(r, at_most(c, k->n > k->max), "%lld", (long long)k->n);
	if (k->n > k->max && k->max < SEEN)
		result_at(r, k->marks[k->max]); /* the first one that is too many */
}

/* A cause that was not seen is only excluded where each rebalance has one that is known. */
static bool is_possible(const struct group_seen *seen, uint8_t id)
{
	return seen->unexplained || seen->possible >> id & 1;
}

static void judge_cause(struct check *c, const struct scope *s, struct group *g, uint8_t id, bool required)
{
	char name[48];
	struct expect_result *r;
	uint32_t n = g->seen->cause[id].count;
	uint8_t confidence = g->seen->cause[id].confidence;

	snprintf(name, sizeof(name), "causes.%s R%u", required ? "require" : "forbid", id);
	r = result_add(c, s, g, name, required ? "a rebalance because of R%u %s" : "no rebalance because of R%u %s", id,
	               group_cause_name(id));
	if (!n && is_possible(g->seen, id))
		result_is(r, CHECK_NOT_EXERCISED, "none for certain; there are rebalances for which it is not excluded");
	else if (!n)
		result_is(r, required ? at_least(c, false) : at_most(c, false), "none");
	else /* what is only probable proves nothing */
		result_is(r, confidence < 2 ? CHECK_NOT_EXERCISED : required ? CHECK_PASS : CHECK_FAIL, "%u, C%u", n,
		          confidence);
	if (r && n) {
		memcpy(r->frames, g->seen->cause[id].frames, sizeof(r->frames));
		r->ts = g->seen->cause[id].ts;
	}
}

/* Others than the allowed ones were judged each. */
static void judge_allowed(struct check *c, const struct scope *s, struct group *g, bool others)
{
	uint32_t possible = g->seen->possible & ~s->expect.causes_allowed;
	struct expect_result *r;

	if (others)
		return;
	r = result_add(c, s, g, "causes.allow", "no rebalance because of anything else");
	if (g->seen->unexplained || possible)
		result_is(r, CHECK_NOT_EXERCISED, "there are rebalances for which something else is not excluded");
	else
		result_is(r, at_most(c, false), "none");
}

static void judge_causes(struct check *c, const struct scope *s, struct group *g)
{
	const struct expectations *e = &s->expect;
	bool others = false;

	for (uint8_t id = 0; id < 22; id++) {
		bool allowed = !e->causes_allowed || e->causes_allowed >> id & 1;

		if (e->causes_required >> id & 1)
			judge_cause(c, s, g, id, true);
		if (e->causes_forbidden >> id & 1)
			judge_cause(c, s, g, id, false);
		if (allowed || !g->seen->cause[id].count || !id)
			continue;
		others = true;
		if (!(e->causes_forbidden >> id & 1))
			judge_cause(c, s, g, id, false);
	}
	if (e->causes_allowed)
		judge_allowed(c, s, g, others);
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void judge_downtime(struct check *c, const struct scope *s, struct group *g)
{
	static const char *const names[] = { "p50", "p95", "p99", "max" };
	static const uint32_t percent[] = { 50, 95, 99, 100 };
	struct group_seen *seen = g->seen;
	uint32_t n = seen->n_downtimes < DOWNTIMES ? seen->n_downtimes : DOWNTIMES;

	qsort(seen->downtime, n, sizeof(seen->downtime[0]), ascending);
	for (size_t i = 0; i < 4; i++) {
		struct expect_result *r;
		char name[48];
		int64_t value;

		if (!s->expect.downtime_set[i])
			continue;
		snprintf(name, sizeof(name), "downtime.%s", names[i]);
		r = result_add(c, s, g, name, "at most %.3f s", (double)s->expect.downtime[i] / 1e9);
		if (!n) {
			result_is(r, seen->rebalances ? CHECK_NOT_EXERCISED : at_most(c, false),
			          seen->rebalances ? "not known" : "no rebalance");
			continue;
		}
		value = seen->downtime[(n * percent[i] + 99) / 100 - 1];
		result_is(r, value > s->expect.downtime[i] ? CHECK_FAIL
		             : seen->at_least              ? CHECK_NOT_EXERCISED
		                                           : at_most(c, false),
		          "%.3f s%s", (double)value / 1e9, seen->at_least ? " or more" : "");
		if (value > s->expect.downtime[i])
			result_at(r, seen->longest);
	}
}

static void judge_assignor(struct check *c, const struct scope *s, struct group *g)
{
	const struct group_seen *seen = g->seen;
	struct expect_result *r;

	if (!s->expect.assignor)
		return;
	r = result_add(c, s, g, "assignor", "%s", s->expect.assignor);
	if (!seen->assignor[0])
		result_is(r, CHECK_NOT_EXERCISED, "not seen");
	else if (seen->other_assignor[0])
		result_is(r, CHECK_FAIL, "%s, before it %s", seen->assignor, seen->other_assignor);
	else
		result_is(r, strcmp(seen->assignor, s->expect.assignor) == 0 ? CHECK_PASS : CHECK_FAIL, "%s",
		          seen->assignor);
	result_at(r, seen->assignor_at);
}

static void judge_commits(struct check *c, const struct scope *s, struct group *g)
{
	const struct expectations *e = &s->expect;
	struct expect_result *r;

	if (!e->commits_failed_set)
		return;
	r = result_add(c, s, g, "commits.failed", "at most %lld", (long long)e->commits_failed);
	result_is(r, at_most(c, (int64_t)g->seen->commits_failed > e->commits_failed), "%llu",
	          (unsigned long long)g->seen->commits_failed);
	if (r && g->seen->commits_failed) {
		r->frames[0] = g->seen->failed_frame;
		r->ts = g->seen->failed_ts;
	}
}

static void judge_group(struct check *c, const struct scope *s, struct group *g)
{
	const struct expectations *e = &s->expect;

	judge_count(c, s, g,
	            &(struct counted){ "rebalances", e->rebalances_min_set, e->rebalances_max_set, e->rebalances_min,
	                               e->rebalances_max, g->seen->rebalances, g->seen->rebalance });
	judge_count(c, s, g,
	            &(struct counted){ "generations", e->generations_min_set, e->generations_max_set, e->generations_min,
	                               e->generations_max, g->seen->generations, g->seen->generation });
	judge_causes(c, s, g);
	judge_downtime(c, s, g);
	judge_assignor(c, s, g);
	judge_commits(c, s, g);
}

static bool about_groups(const struct expectations *e)
{
	bool downtime = e->downtime_set[0] || e->downtime_set[1] || e->downtime_set[2] || e->downtime_set[3];

	return e->rebalances_min_set || e->rebalances_max_set || e->generations_min_set || e->generations_max_set ||
	       e->causes_forbidden || e->causes_required || e->causes_allowed || downtime || e->assignor ||
	       e->commits_failed_set;
}

/* Somebody was there of whom it could have been broken. */
static bool anybody(const struct check *c, unsigned scope)
{
	uint64_t bit = UINT64_C(1) << scope;
	bool client = false, group = !c->settings->scope[scope]->group;

	for (const struct client *k = c->first_client; k && !client; k = k->next)
		client = !k->broker && k->scopes & bit;
	for (const struct group *g = c->first_group; g && !group; g = g->next)
		group = (g->scopes & bit) != 0;
	return client && group;
}

/* APIs that nobody broke the wish of. */
static void judge_apis(struct check *c, unsigned scope)
{
	const struct scope *s = c->settings->scope[scope];

	for (unsigned k = 0; k < s->expect.n_apis; k++) {
		const struct api_wish *w = &s->expect.apis[k];
		bool seen = c->wish_seen[scope] >> k & 1, broken = false;
		char name[64], text[WISH_TEXT];

		snprintf(name, sizeof(name), "apis.%s %.40s", w->forbidden ? "forbid" : "versions", kf_api_name(w->api));
		for (const struct expect_result *r = c->results; r && !broken; r = r->next)
			broken = r->scope == s && strcmp(r->name, name) == 0;
		if (broken)
			continue;
		if (w->forbidden)
			result_is(result_add(c, s, NULL, name, "no %s", kf_api_name(w->api)),
			          anybody(c, scope) ? at_most(c, false) : CHECK_NOT_EXERCISED, "none");
		else
			result_is(result_add(c, s, NULL, name, "%s", versions_text(w, text)),
			          seen ? CHECK_PASS : CHECK_NOT_EXERCISED, seen ? "only such" : "none");
	}
}

void expect_finish(struct check *c)
{
	for (unsigned i = 0; i < c->settings->n; i++) {
		const struct scope *s = c->settings->scope[i];
		bool any = false;

		judge_apis(c, i);
		if (!about_groups(&s->expect))
			continue;
		for (struct group *g = c->first_group; g; g = g->next) {
			if (!g->seen || !(g->scopes >> i & 1))
				continue;
			any = true;
			judge_group(c, s, g);
		}
		if (!any)
			result_is(result_add(c, s, NULL, "groups", "a group%s%s", s->group ? " that matches " : "",
			                     s->group ? s->group : ""),
			          CHECK_NOT_EXERCISED, "none");
	}
}

void expect_begin(struct check *c)
{
	for (unsigned i = 0; i < c->settings->n; i++) {
		const struct expectations *e = &c->settings->scope[i]->expect;

		for (unsigned k = 0; k < e->n_apis; k++)
			c->wished[e->apis[k].api / 64] |= UINT64_C(1) << (e->apis[k].api % 64);
	}
}

void expect_free(struct check *c)
{
	for (struct group *g = c->first_group; g; g = g->next)
		free(g->seen);
	while (c->results) {
		struct expect_result *r = c->results;

		c->results = r->next;
		result_free(r);
	}
}
