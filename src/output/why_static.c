/* SPDX-License-Identifier: Apache-2.0
 *
 * Static members that came back without a rebalance or fenced each other, as far as something follows from it.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "log.h"

#define NAME_WIDTH 40

static struct why_static *static_of(struct why_group *g, const struct group_member_event *e)
{
	for (size_t i = 0; i < g->n_statics; i++) {
		struct why_static *s = &g->statics[i];

		if (s->event == e->event && text_equal(s->client_id, e->client_id) && text_equal(s->host, e->host) &&
		    text_equal(s->instance, e->instance))
			return s;
	}
	return NULL;
}

void why_static_add(struct why_group *g, const struct group_member_event *e, int64_t ts)
{
	struct why_static *s;

	if (e->instance == NULL || e->note == NULL || (e->event != GROUP_FENCED && (e->event != GROUP_REPLACED || e->rebalance)))
		return;
	s = static_of(g, e);
	if (s == NULL && g->n_statics == WHY_STATICS) {
		g->other_statics++;
		return;
	}
	if (s == NULL) {
		s = &g->statics[g->n_statics++];
		*s = (struct why_static){ .event = e->event, .client_id = text_dup(e->client_id), .host = text_dup(e->host) };
		s->instance = text_dup(e->instance);
	}
	free(s->note);
	s->note = text_dup(e->note);
	s->at = ts;
	s->n++;
}

void why_static_free(struct why_group *g)
{
	for (size_t i = 0; i < g->n_statics; i++) {
		free(g->statics[i].client_id);
		free(g->statics[i].host);
		free(g->statics[i].instance);
		free(g->statics[i].note);
	}
}

static void put_what(struct line *part, const struct why_static *s)
{
	line_text(part, s->event == GROUP_FENCED ? " was fenced as " : " came back as ");
	line_name(part, s->instance, NAME_WIDTH);
	line_text(part, s->event == GROUP_FENCED ? "" : " without a rebalance");
	if (s->n > 1)
		line_format(part, ", %u times, lastly at ", s->n);
	else
		line_text(part, " at ");
	why_clock(part, s->at);
	line_text(part, s->event == GROUP_FENCED ? ": " : "; ");
	line_safe(part, s->note, strlen(s->note), 0);
}

bool why_static_text(struct line *part, const struct why_group *g, size_t i)
{
	if (i > g->n_statics || (i == g->n_statics && g->other_statics == 0))
		return false;
	if (i == g->n_statics) {
		line_format(part, "%u more, not listed here", g->other_statics);
		return true;
	}
	line_name(part, g->statics[i].client_id, NAME_WIDTH);
	if (g->statics[i].host != NULL) {
		line_text(part, " (");
		line_name(part, g->statics[i].host, NAME_WIDTH);
		line_text(part, ")");
	}
	put_what(part, &g->statics[i]);
	return true;
}

bool why_static_advice(struct line *part, const struct why_group *g)
{
	const struct why_static *first = NULL;
	bool several = false;

	for (size_t i = 0; i < g->n_storms; i++)
		if (g->storm[i].event.class == GROUP_STORM_DUPLICATE_INSTANCE)
			return false;
	for (size_t i = 0; i < g->n_statics; i++) {
		if (g->statics[i].event != GROUP_FENCED)
			continue;
		several = several || (first != NULL && !text_equal(first->instance, g->statics[i].instance));
		first = first != NULL ? first : &g->statics[i];
	}
	if (first == NULL)
		return false;
	line_text(part, "two processes ran with group.instance.id ");
	line_name(part, first->instance, NAME_WIDTH);
	line_text(part, several ? " (and with others)" : "");
	line_text(part, " at the same time, and the one that was fenced stops: give each process its own, for example from its pod's "
	                "name, and start a successor only when the process before has ended");
	return true;
}

void why_static_json(struct json *j, const struct why_group *g)
{
	json_key(j, "static_members");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_statics; i++) {
		const struct why_static *s = &g->statics[i];

		json_object_begin(j);
		json_key(j, "event");
		json_text(j, group_change_name(s->event));
		json_key(j, "client_id");
		json_text(j, s->client_id);
		json_key(j, "host");
		json_text(j, s->host);
		json_key(j, "instance");
		json_text(j, s->instance);
		json_key(j, "times");
		json_uint(j, s->n);
		json_key(j, "at");
		json_time(j, s->at);
		json_key(j, "note");
		json_text(j, s->note);
		json_object_end(j);
	}
	json_array_end(j);
}
