/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes and failures as they are found, and what is left of them when the whole capture has been seen.
 */
#include "engine.h"
#include "settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SEEN_BYTES 600
#define MOST_FINDINGS 20000

static void tally_pass(struct check *c, unsigned rule, struct client *k, struct group *g)
{
	c->tally.pass[rule]++;
	if (k)
		k->tally.pass[rule]++;
	if (g)
		g->tally.pass[rule]++;
}

static void tally_fail(struct check *c, unsigned rule, struct client *k, struct group *g)
{
	c->tally.rule[rule].fail++;
	if (k)
		k->tally.rule[rule].fail++;
	if (g)
		g->tally.rule[rule].fail++;
}

void rule_pass_for(struct check *c, unsigned rule, struct client *k, struct group *g)
{
	if (!c->used[rule] || (k && k->broker) ||
	    (c->settings->n > 1 && severity_of(c, rule, k, g) == CHECK_OFF))
		return;
	tally_pass(c, rule, k, g);
}

void rule_pass(const struct talk *t, unsigned rule)
{
	rule_pass_for(t->check, rule, t->client, t->group);
}

/* Where failures of one rule are counted together. */
static struct tally *counter_of(const struct blame *b, struct client *k, struct group *g)
{
	return k ? &k->tally.rule[b->rule] : g ? &g->tally.rule[b->rule] : NULL;
}

static void finding_free(struct finding *f)
{
	if (!f)
		return;
	free(f->expected);
	free(f->seen);
	free(f);
}

static struct finding *finding_new(const struct blame *b, struct client *k, struct group *g, int64_t ts,
                                   const char *seen)
{
	struct finding *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->rule = b->rule;
	f->wide = b->wide;
	f->confirm = b->confirm;
	f->client = k;
	f->group = g;
	f->since = b->since ? b->since : ts;
	f->ts = ts;
	memcpy(f->frames, b->frames, sizeof(f->frames));
	f->expected = strdup(b->expected);
	f->seen = strdup(seen);
	if (f->expected && f->seen)
		return f;
	finding_free(f);
	return NULL;
}

/* Enough of the kind are kept. */
static bool only_counted(const struct check *c, const struct blame *b, struct client *k, struct group *g)
{
	struct tally *t = counter_of(b, k, g);

	if (t && t->kept >= KEPT && t->latest) {
		t->latest->more++;
		return true;
	}
	return c->tally.rule[b->rule].kept >= MOST_FINDINGS;
}

static void keep(struct check *c, const struct blame *b, struct client *k, struct group *g, int64_t ts, const char *seen)
{
	struct tally *t = counter_of(b, k, g);
	struct finding *f = finding_new(b, k, g, ts, seen);

	if (!f)
		return;
	c->tally.rule[b->rule].kept++;
	if (k && f->confirm) {
		f->next_doubtful = k->doubtful;
		k->doubtful = f;
	}
	if (t) {
		t->kept++;
		t->latest = f;
	}
	if (!c->last_finding[b->rule])
		c->last_finding[b->rule] = &c->findings[b->rule];
	*c->last_finding[b->rule] = f;
	c->last_finding[b->rule] = &f->next;
}

static void fail(struct check *c, const struct blame *b, struct client *k, struct group *g, int64_t ts,
                 const char *format, va_list list)
{
	char seen[SEEN_BYTES];

	if (!c->used[b->rule] || (k && k->broker))
		return;
	tally_fail(c, b->rule, k, g);
	if (only_counted(c, b, k, g))
		return;
	vsnprintf(seen, sizeof(seen), format, list);
	keep(c, b, k, g, ts, seen);
}

void rule_fail(const struct talk *t, const struct blame *b, const char *seen, ...)
{
	va_list list;

	va_start(list, seen);
	fail(t->check, b, t->client, t->group, t->m->ts, seen, list);
	va_end(list);
}

void rule_fail_for(struct check *c, const struct blame *b, struct client *k, struct group *g, int64_t ts,
                   const char *seen, ...)
{
	va_list list;

	va_start(list, seen);
	fail(c, b, k, g, ts, seen, list);
	va_end(list);
}

void ck_confirm(struct client *k, uint64_t conn)
{
	struct finding **at = &k->doubtful;

	while (*at) {
		if ((*at)->confirm != conn) {
			at = &(*at)->next_doubtful;
			continue;
		}
		(*at)->confirm = 0;
		*at = (*at)->next_doubtful;
	}
}

/* ---- the end ------------------------------------------------------------------------------------------ */

static const char *library_name(const struct client *k)
{
	return k->software ? k->software : "";
}

/* Which rules the clients of each software pass. */
static void libraries_make(struct check *c)
{
	for (const struct client *k = c->first_client; k; k = k->next) {
		const char *name = library_name(k);
		struct library *l;

		HASH_FIND_STR(c->libraries, name, l);
		if (!l && (l = calloc(1, sizeof(*l)))) {
			l->name = name;
			HASH_ADD_KEYPTR(hh, c->libraries, l->name, strlen(l->name), l);
		}
		if (l && k->last_find.ts)
			l->finds = true;
		for (unsigned i = 1; l && i <= CHECK_RULES; i++)
			if (k->tally.pass[i])
				l->passed[i]++;
	}
}

/* The same software does elsewhere what was not seen here: more likely that it escaped the capture. */
static bool others_pass(const struct check *c, const struct finding *f)
{
	const struct library *l = NULL;

	if (f->client)
		HASH_FIND_STR(c->libraries, library_name(f->client), l);
	if (l && f->rule == 7 && l->finds)
		return true;
	return l && l->passed[f->rule] > (f->client->tally.pass[f->rule] ? 1 : 0);
}

/* Whether something that was lost could have made it right. */
static bool is_hidden(const struct check *c, const struct finding *f)
{
	if (blind_in(&c->blind, f->since, f->ts))
		return true;
	if (f->client && f->client->at && blind_in(&f->client->at->blind, f->since, f->ts))
		return true;
	if (!c->complete && (f->confirm || (f->wide && others_pass(c, f))))
		return true;
	return f->wide && !everything_seen(c, f->client);
}

static void hide(struct tally *t, uint32_t n, bool suspected)
{
	t->fail = t->fail > n ? t->fail - n : 0;
	if (suspected)
		t->hidden += n;
}

static void settle(struct check *c, struct finding *f)
{
	uint32_t n = f->more + 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(f->more + 1);

	f->severity = severity_of(c, f->rule, f->client, f->group);
	f->unmeant = f->severity == CHECK_OFF || (f->client && f->client->broker);
	f->hidden = f->unmeant || is_hidden(c, f);
	if (!f->hidden)
		return;
	hide(&c->tally.rule[f->rule], n, !f->unmeant);
	if (f->client)
		hide(&f->client->tally.rule[f->rule], n, !f->unmeant);
	if (f->group)
		hide(&f->group->tally.rule[f->rule], n, !f->unmeant);
}

void verdicts_settle(struct check *c)
{
	libraries_make(c);
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		for (struct finding *f = c->findings[i]; f; f = f->next)
			settle(c, f);
}

void verdicts_free(struct check *c)
{
	struct library *l, *next;

	HASH_ITER(hh, c->libraries, l, next) {
		HASH_DEL(c->libraries, l);
		free(l);
	}
	for (unsigned i = 1; i <= CHECK_RULES; i++) {
		while (c->findings[i]) {
			struct finding *f = c->findings[i];

			c->findings[i] = f->next;
			finding_free(f);
		}
	}
}
