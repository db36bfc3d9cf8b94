/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"
#include "why.h"

#include "log.h"

#include <stdio.h>

static void put_behind(struct json *j, const struct why_group *g, uint8_t id)
{
	const struct why_cause *c;

	json_key(j, "members");
	json_array_begin(j);
	for (size_t i = 0; (c = why_behind(g, id, i)) != NULL; i++) {
		json_object_begin(j);
		json_put_text(j, "client_id", c->client_id);
		json_put_text(j, "host", c->host);
		json_put_uint(j, "times", c->n);
		json_put_uint(j, "returns", c->returns);
		json_put_ms(j, "not_stable_ms", c->cost);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_confidence(struct json *j, const char *key, uint8_t level)
{
	char text[8];

	snprintf(text, sizeof text, "C%u", level);
	json_put_text(j, key, text);
}

static void put_change(struct json *j, const struct why_group *g, const struct why_rank *r)
{
	struct line text;

	line_init(&text, false);
	json_key(j, "change");
	if (why_change_text(&text, g, r))
		json_string(j, text.buf, text.len);
	else
		json_null(j);
	line_free(&text);
}

static void put_causes(struct json *j, const struct why_group *g)
{
	struct why_rank ranks[32];
	size_t n = why_rank(g, ranks);
	char id[8];

	json_key(j, "causes");
	json_array_begin(j);
	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "R%u", ranks[i].id);
		json_object_begin(j);
		json_put_text(j, "id", id);
		json_put_text(j, "name", group_cause_name(ranks[i].id));
		json_put_uint(j, "times", ranks[i].n);
		put_confidence(j, "confidence_least", ranks[i].least);
		put_confidence(j, "confidence_most", ranks[i].most);
		json_put_ms(j, "not_stable_ms", ranks[i].cost);
		put_behind(j, g, ranks[i].id);
		put_change(j, g, &ranks[i]);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_people(struct json *j, const struct why_group *g)
{
	json_key(j, "members");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_people; i++) {
		const struct why_person *p = &g->person[i];

		json_object_begin(j);
		json_put_text(j, "client_id", p->client_id);
		json_put_text(j, "host", p->host);
		local_json(j, "process", p->local.pid != 0 ? &p->local : NULL);
		json_put_uint(j, "joined_last", p->last);
		json_put_ms(j, "others_waited_ms", p->wait);
		json_put_ms(j, "rejoin_lag_max_ms", p->lag);
		json_put_ms(j, "downtime_ms", p->downs > 0 ? p->down : -1);
		json_put_ms(j, "downtime_max_ms", p->downs > 0 ? p->longest_down : -1);
		json_key(j, "downtime_at_least");
		json_bool(j, p->down_at_least);
		json_put_uint(j, "commits_failed", p->refused);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_storms(struct json *j, const struct why_group *g)
{
	json_key(j, "storms");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_storms; i++) {
		json_object_begin(j);
		log_json_storm(j, &g->storm[i].event);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_errors(struct json *j, const struct why_group *g)
{
	json_key(j, "commits_failed");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_errors; i++) {
		json_object_begin(j);
		json_key(j, "error");
		json_int(j, g->error[i].code);
		json_put_text(j, "error_name", kf_error_name(g->error[i].code));
		json_put_uint(j, "requests", g->error[i].requests);
		json_put_uint(j, "partitions", g->error[i].partitions);
		json_object_end(j);
	}
	json_array_end(j);
	json_put_uint(j, "read_twice", g->twice);
	json_put_ms(j, "longest_unread_ms", g->outage > 0 ? g->outage : -1);
}

static void put_notes(struct json *j, const struct why_group *g)
{
	json_key(j, "missing");
	json_array_begin(j);
	for (size_t i = 0; i < g->n_notes; i++)
		json_text(j, g->note[i].text);
	json_array_end(j);
}

static void put_counts(struct json *j, const struct why_group *g)
{
	json_put_uint(j, "rebalances", g->rebalances);
	json_put_uint(j, "formations", g->formations);
	json_put_uint(j, "followups", g->followups);
	json_put_uint(j, "empties", g->empties);
	json_put_uint(j, "aborted", g->aborted);
	json_key(j, "unfinished");
	json_bool(j, g->unfinished);
	json_put_uint(j, "static_bounces", g->bounces);
	json_put_uint(j, "fenced", g->fenced);
	json_put_uint(j, "coordinator_moves", g->coordinator_moves);
	json_put_uint(j, "partitions_moved", g->moved);
}

static void put_span(struct json *j, const struct why_group *g, const struct group_summary *s)
{
	double percent = why_percent(g, s);

	json_put_time(j, "first", g->first);
	json_put_time(j, "last", g->last);
	json_put_ms(j, "not_stable_ms", g->unstable);
	json_key(j, "not_stable_percent");
	if (percent < 0)
		json_null(j);
	else
		json_double_java(j, percent);
	json_put_ms(j, "longest_ms", g->longest);
}

void why_json_group(struct json *j, const struct why_group *g, const struct group_summary *s)
{
	struct line text;

	line_init(&text, false);
	why_sentence(&text, g);
	json_object_begin(j);
	json_put_text(j, "type", "verdict");
	json_put_text(j, "group", g->name);
	json_key(j, "text");
	json_string(j, text.len > 0 ? text.buf : "", text.len);
	json_put_text(j, "group_type", g->type);
	json_put_text(j, "protocol_type", g->protocol_type);
	put_counts(j, g);
	put_span(j, g, s);
	put_causes(j, g);
	put_people(j, g);
	put_storms(j, g);
	put_errors(j, g);
	why_refused_json(j, g);
	why_static_json(j, g);
	why_hit_json(j, g);
	why_lag_json(j, &g->lag);
	why_kind_json(j, &g->kind);
	why_epochs_json(j, g);
	why_stuck_json(j, &g->stuck);
	json_put_uint(j, "incomplete", g->incomplete);
	put_notes(j, g);
	json_object_end(j);
	json_newline(j);
	line_free(&text);
}

static void put_opaque(struct json *j, const struct why *w)
{
	json_key(j, "opaque_connections");
	json_object_begin(j);
	for (size_t i = 0; i < sizeof w->opaque / sizeof w->opaque[0] && w->opaque[i].n > 0; i++) {
		json_key(j, w->opaque[i].kind);
		json_uint(j, w->opaque[i].n);
	}
	json_object_end(j);
}

/* Absent when there are none. */
static void put_some(struct json *j, const char *key, uint64_t n)
{
	if (n > 0)
		json_put_uint(j, key, n);
}

void why_json_capture(struct json *j, const struct why *w, const struct group_summary *s)
{
	json_object_begin(j);
	json_put_text(j, "type", "capture");
	json_put_uint(j, "groups", HASH_COUNT(w->groups));
	json_put_time(j, "captured_from", s->captured_from);
	json_put_time(j, "captured_to", s->captured_to);
	json_put_uint(j, "packets", s->packets);
	json_put_uint(j, "messages", s->messages);
	json_put_uint(j, "lost_packets", s->lost_packets);
	json_put_uint(j, "gaps", w->gaps);
	json_put_uint(j, "gap_bytes", w->gap_bytes);
	put_opaque(j, w);
	why_brokers_json(j, w);
	why_quiet_json(j, w);
	why_producers_json(j, w);
	json_put_uint(j, "cut_packets", s->cut_packets);
	json_put_uint(j, "requests_only", s->requests_only);
	json_put_uint(j, "one_sided", s->one_sided);
	put_some(j, "unnamed_topics", s->unnamed_topics);
	put_some(j, "forgotten_groups", s->forgotten_groups);
	put_some(j, "forgotten_producers", s->forgotten_producers);
	json_object_end(j);
	json_newline(j);
}
