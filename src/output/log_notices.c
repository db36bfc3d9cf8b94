/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that are not let in, and brokers that hit several groups at once.
 */
#include "log.h"

#include <stdio.h>

#define NAME_WIDTH 40
#define NAMES_SHOWN 4

/* "36 times in 7.2 s, every 206 ms" */
static void put_pace(struct line *l, const struct group_refused_event *r)
{
	line_format(l, " %u times in ", r->times);
	line_duration(l, r->last - r->first);
	if (r->times < 3)
		return;
	line_text(l, ", every ");
	line_duration(l, (r->last - r->first) / (r->times - 1));
}

void log_text_refused(struct line *l, const struct group_event *e)
{
	const struct group_refused_event *r = &e->refused;
	const char *name = kf_error_name(r->error);

	log_head(l, e);
	line_style(l, LINE_YELLOW);
	line_text(l, "join refused");
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	line_name(l, r->client_id, NAME_WIDTH);
	line_text(l, " (");
	line_name(l, r->host, NAME_WIDTH);
	line_text(l, ")");
	if (r->ended)
		put_pace(l, r);
	line_format(l, ": %s (%d)", name ? name : "error", r->error);
	if (r->cause != 0)
		line_format(l, ", R%u (C3)", r->cause);
	log_advice(l, r->ended ? NULL : r->advice);
}

static void put_hit(struct line *l, const struct group_broker_event *b)
{
	line_count(l, b->groups, "group", "groups");
	line_text(l, " hit");
	for (size_t i = 0; i < b->n_names && i < NAMES_SHOWN; i++) {
		line_text(l, i == 0 ? " (" : ", ");
		line_name(l, b->names[i], NAME_WIDTH);
	}
	if (b->n_names > 0)
		line_text(l, b->groups > NAMES_SHOWN ? ", …)" : ")");
}

static void put_tally(struct line *l, const struct group_broker_event *b)
{
	line_text(l, "; ");
	log_wrap(l, 40);
	line_format(l, "%u rebalanced", b->rebalanced);
	if (b->moved > 0)
		line_format(l, ", %u moved to another broker", b->moved);
	line_text(l, ", within ");
	line_duration(l, b->last - b->first);
	line_text(l, " since ");
	line_clock(l, b->first);
}

void log_text_broker(struct line *l, const struct group_event *e)
{
	const struct group_broker_event *b = &e->broker;

	log_head(l, e);
	line_style(l, LINE_RED);
	line_text(l, b->ended ? "broker trouble over" : "broker trouble");
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	line_name(l, b->broker, NAME_WIDTH);
	if (b->node >= 0)
		line_format(l, " (broker %d)", b->node);
	line_text(l, ", ");
	put_hit(l, b);
	if (b->ended)
		put_tally(l, b);
	line_text(l, ": ");
	log_wrap(l, 40);
	log_words(l, b->what);
	log_advice(l, b->advice);
}

static void put_cause(struct json *j, uint8_t id)
{
	char text[8];

	json_key(j, "cause");
	if (id == 0) {
		json_null(j);
		return;
	}
	snprintf(text, sizeof text, "R%u", id);
	json_object_begin(j);
	json_put_text(j, "id", text);
	json_put_text(j, "name", group_cause_name(id));
	json_put_text(j, "confidence", "C3");
	json_object_end(j);
}

void log_json_refused(struct json *j, const struct group_refused_event *r)
{
	json_put_text(j, "event", r->ended ? "ended" : "started");
	json_put_text(j, "client_id", r->client_id);
	json_put_text(j, "host", r->host);
	json_key(j, "error");
	json_int(j, r->error);
	json_put_text(j, "error_name", kf_error_name(r->error));
	put_cause(j, r->cause);
	json_put_uint(j, "times", r->times);
	json_put_time(j, "first", r->first);
	json_put_time(j, "last", r->last);
	json_put_uint(j, "frame", r->frame);
	json_put_text(j, "advice", r->advice);
}

void log_json_broker(struct json *j, const struct group_broker_event *b)
{
	json_put_text(j, "event", b->ended ? "ended" : "started");
	json_put_text(j, "broker", b->broker);
	json_key(j, "node");
	if (b->node >= 0)
		json_int(j, b->node);
	else
		json_null(j);
	json_put_uint(j, "groups", b->groups);
	json_put_uint(j, "rebalanced", b->rebalanced);
	json_put_uint(j, "moved", b->moved);
	json_put_uint(j, "connections_closed", b->connections);
	json_put_uint(j, "not_coordinator", b->refused);
	json_put_uint(j, "loading", b->loading);
	json_key(j, "names");
	json_array_begin(j);
	for (size_t i = 0; i < b->n_names; i++)
		json_text(j, b->names[i]);
	json_array_end(j);
	json_put_time(j, "first", b->first);
	json_put_time(j, "last", b->last);
	json_put_uint(j, "frame", b->frame);
	json_put_text(j, "what", b->what);
	json_put_text(j, "advice", b->advice);
}
