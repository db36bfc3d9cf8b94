/* SPDX-License-Identifier: Apache-2.0 */
#include "storm_scene.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_event(void *ctx, const struct group_event *e)
{
	struct scene *s = ctx;
	struct told *t = &s->told[s->n];

	if (e->type != GROUP_EVENT_STORM)
		return;
	assert_true(s->n < KEPT);
	assert_string_equal(e->group, "g");
	*t = (struct told){ e->storm.ended, e->storm.over, e->storm.class, e->storm.rebalances,
		            e->storm.unstable_percent, (e->storm.since - START) / NS_PER_S,
		            (e->storm.latest - START) / NS_PER_S, "", "" };
	snprintf(t->culprit, sizeof t->culprit, "%s", e->storm.culprit ? e->storm.culprit : "");
	snprintf(t->advice, sizeof t->advice, "%s", e->storm.advice ? e->storm.advice : "");
	s->n++;
}

struct kf_bytes bytes(const char *text)
{
	return (struct kf_bytes){ (const uint8_t *)text, (uint32_t)strlen(text) };
}

int setup(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	struct group_options o = { .ctx = s, .event = on_event };

	s->groups = groups_new(&o);
	groups_advance(s->groups, START);
	s->group = group_get(s->groups, bytes("g"));
	*state = s;
	return 0;
}

int teardown(void **state)
{
	struct scene *s = *state;

	groups_free(s->groups);
	free(s);
	return 0;
}

struct member *member(struct scene *s, const char *client)
{
	char id[64];
	struct member *m;

	snprintf(id, sizeof id, "%s-%d", client, ++s->ids);
	m = member_get(s->group, bytes(id));
	text_set(&m->client_id, bytes(client));
	m->host = text_from("10.0.0.9");
	m->session_ms = 45000;
	m->rebalance_ms = 300000;
	member_enter(m);
	return m;
}

struct group_rebalance rebalance(struct scene *s, double at, double until, uint8_t cause, const struct member *m)
{
	struct group_rebalance r = {
		.group_type = "classic",
		.protocol_type = "consumer",
		.previous = s->generation,
		.generation = s->generation + 1,
		.outcome = GROUP_STABLE,
		.started = START + (int64_t)(at * 1e9),
		.joined = START + (int64_t)(until * 1e9) - NS_PER_MS,
		.ended = START + (int64_t)(until * 1e9),
		.followup_of = -1,
		.rounds = 1,
		.mode = GROUP_EAGER,
		.cause = { .id = cause, .confidence = 3 },
	};

	if (m) {
		r.cause.member = m->id;
		r.cause.client_id = m->client_id;
		r.cause.host = m->host;
	}
	return r;
}

void tell(struct scene *s, const struct group_rebalance *r)
{
	struct storm_fact f;

	groups_advance(s->groups, r->ended != GROUP_UNKNOWN_TIME ? r->ended : r->started + NS_PER_S);
	storm_read(s->group, r, &f);
	storm_add(s->group, &f);
	s->generation++;
}

void happens(struct scene *s, double at, double until, uint8_t cause, const struct member *m)
{
	struct group_rebalance r = rebalance(s, at, until, cause, m);

	tell(s, &r);
}

void forms(struct scene *s, struct member *first)
{
	happens(s, 0, 3, 1, first);
}

void finish(struct scene *s, double at)
{
	groups_advance(s->groups, START + (int64_t)(at * 1e9));
	storm_finish(s->group);
}

void leaves(struct scene *s, double at, struct member *m)
{
	member_leave_group(m, GROUP_LEFT, START + (int64_t)(at * 1e9));
	happens(s, at, at + 1, 7, m);
}

struct member *comes(struct scene *s, double at, const char *client)
{
	struct member *m = member(s, client);

	happens(s, at, at + 1, 2, m);
	return m;
}

const struct told *last(const struct scene *s)
{
	assert_true(s->n > 0);
	return &s->told[s->n - 1];
}

void says(const struct scene *s, const char *words)
{
	if (!strstr(last(s)->advice, words))
		fail_msg("no '%s' in: %s", words, last(s)->advice);
}
