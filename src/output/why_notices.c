/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that were not let into a group, and brokers that hit several groups at once.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "log.h"

#define NAME_WIDTH 40

/* ---- clients that were not let in ----------------------------------------------------------------------- */

static struct why_refused *refused_of(struct why_group *g, const struct group_refused_event *e)
{
	for (size_t i = 0; i < g->n_refused; i++) {
		struct why_refused *r = &g->refused[i];

		if (r->error == e->error && text_equal(r->client_id, e->client_id) && text_equal(r->host, e->host))
			return r;
	}
	return NULL;
}

/* The first answer and the last word of several loops of one client add up. */
void why_refused_add(struct why_group *g, const struct group_refused_event *e)
{
	struct why_refused *r = refused_of(g, e);

	if (r != NULL) {
		r->times += e->ended ? e->times - 1 : 1;
		r->last = e->last;
		return;
	}
	if (g->n_refused == WHY_REFUSED)
		return;
	r = &g->refused[g->n_refused++];
	*r = (struct why_refused){ .error = e->error, .cause = e->cause, .times = e->times, .first = e->first, .last = e->last };
	r->client_id = text_dup(e->client_id);
	r->host = text_dup(e->host);
	r->advice = text_dup(e->advice);
}

void why_refused_free(struct why_group *g)
{
	for (size_t i = 0; i < g->n_refused; i++) {
		free(g->refused[i].client_id);
		free(g->refused[i].host);
		free(g->refused[i].advice);
	}
}

bool why_refused_text(struct line *part, const struct why_group *g, size_t i)
{
	const struct why_refused *r = i < g->n_refused ? &g->refused[i] : NULL;
	const char *name = r != NULL ? kf_error_name(r->error) : NULL;

	if (r == NULL)
		return false;
	line_name(part, r->client_id, NAME_WIDTH);
	line_text(part, " (");
	line_name(part, r->host, NAME_WIDTH);
	line_text(part, ") was not let in");
	if (r->times > 1) {
		line_format(part, ", %u times in ", r->times);
		line_duration(part, r->last - r->first);
	}
	line_format(part, ": %s", name ? name : "error");
	if (r->cause != 0)
		line_format(part, " (R%u, C3)", r->cause);
	return true;
}

const char *why_refused_advice(const struct why_group *g, size_t i)
{
	for (size_t k = 0; k < g->n_storms; k++)
		if (g->storm[k].event.class == GROUP_STORM_INCOMPATIBLE && text_equal(g->storm[k].culprit, g->refused[i].client_id))
			return NULL;
	return g->refused[i].advice;
}

void why_refused_json(struct json *j, const struct why_group *g)
{
	json_key(j, "join_refused");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_refused; i++) {
		const struct why_refused *r = &g->refused[i];

		json_object_begin(j);
		json_put_text(j, "client_id", r->client_id);
		json_put_text(j, "host", r->host);
		json_key(j, "error");
		json_int(j, r->error);
		json_put_text(j, "error_name", kf_error_name(r->error));
		json_put_uint(j, "times", r->times);
		json_key(j, "first");
		json_time(j, r->first);
		json_key(j, "last");
		json_time(j, r->last);
		json_put_text(j, "advice", r->advice);
		json_object_end(j);
	}
	json_array_end(j);
}

/* ---- what brokers did to one group --------------------------------------------------------------------- */

void why_hit_add(struct why_group *g, const struct group_rebalance *r)
{
	size_t i = 0;

	if (r->trouble == NULL)
		return;
	while (i < g->n_hits && (g->hit[i].since != r->trouble_since || !text_equal(g->hit[i].broker, r->trouble)))
		i++;
	if (i == WHY_HITS)
		return;
	if (i == g->n_hits)
		g->hit[g->n_hits++] = (struct why_hit){
			.broker = text_dup(r->trouble), .node = r->trouble_node, .since = r->trouble_since,
		};
	g->hit[i].n++;
}

void why_hit_free(struct why_group *g)
{
	for (size_t i = 0; i < g->n_hits; i++)
		free(g->hit[i].broker);
}

bool why_hit_text(struct line *part, const struct why_group *g, size_t i)
{
	const struct why_hit *t = i < g->n_hits ? &g->hit[i] : NULL;

	if (t == NULL)
		return false;
	line_name(part, t->broker, NAME_WIDTH);
	if (t->node >= 0)
		line_format(part, " (%d)", t->node);
	line_text(part, ", the coordinator, was in trouble at ");
	why_clock(part, t->since);
	line_text(part, " and hit other groups as well: ");
	line_count(part, t->n, "rebalance", "rebalances");
	line_text(part, " of this one began after that (see the end of the page)");
	return true;
}

void why_hit_json(struct json *j, const struct why_group *g)
{
	json_key(j, "broker_trouble");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_hits; i++) {
		json_object_begin(j);
		json_put_text(j, "broker", g->hit[i].broker);
		json_key(j, "node");
		json_int(j, g->hit[i].node);
		json_key(j, "first");
		json_time(j, g->hit[i].since);
		json_put_uint(j, "rebalances", g->hit[i].n);
		json_object_end(j);
	}
	json_array_end(j);
}

/* ---- brokers -------------------------------------------------------------------------------------------- */

/* The last word on it replaces the first. */
void why_broker_add(struct why *w, const struct group_broker_event *e)
{
	struct why_broker *b = NULL;

	for (size_t i = 0; i < w->n_brokers && b == NULL; i++)
		if (!w->broker[i].event.ended && w->broker[i].event.first == e->first && text_equal(w->broker[i].broker, e->broker))
			b = &w->broker[i];
	if (b == NULL && w->n_brokers == WHY_BROKERS)
		return;
	if (b == NULL)
		b = &w->broker[w->n_brokers++];
	free(b->broker);
	free(b->what);
	free(b->advice);
	b->event = *e;
	b->broker = text_dup(e->broker);
	b->what = text_dup(e->what);
	b->advice = text_dup(e->advice);
	b->event.broker = b->broker;
	b->event.what = b->what;
	b->event.advice = b->advice;
	b->event.names = NULL; /* a group each has a page of its own */
	b->event.n_names = 0;
}

void why_brokers_free(struct why *w)
{
	for (size_t i = 0; i < w->n_brokers; i++) {
		free(w->broker[i].broker);
		free(w->broker[i].what);
		free(w->broker[i].advice);
	}
}

bool why_broker_text(struct line *part, const struct why *w, size_t i)
{
	const struct group_broker_event *e = i < w->n_brokers ? &w->broker[i].event : NULL;

	if (e == NULL)
		return false;
	line_text(part, "Broker ");
	line_name(part, e->broker, NAME_WIDTH);
	if (e->node >= 0)
		line_format(part, " (%d)", e->node);
	line_text(part, " hit ");
	line_count(part, e->groups, "group", "groups");
	line_text(part, " at ");
	why_clock(part, e->first);
	line_format(part, "; %u rebalanced", e->rebalanced);
	if (e->moved > 0)
		line_format(part, ", %u moved to another broker", e->moved);
	line_text(part, ": ");
	line_text(part, e->what != NULL ? e->what : "");
	line_text(part, ".");
	if (e->advice == NULL)
		return true;
	line_text(part, " What to change: ");
	line_text(part, e->advice);
	line_text(part, ".");
	return true;
}

void why_brokers_json(struct json *j, const struct why *w)
{
	json_key(j, "brokers");
	json_array_begin(j);
	for (size_t i = 0; i < w->n_brokers; i++) {
		json_object_begin(j);
		log_json_broker(j, &w->broker[i].event);
		json_object_end(j);
	}
	json_array_end(j);
}
