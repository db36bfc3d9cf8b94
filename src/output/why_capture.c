/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of the page: the capture as a whole, what it could not show, and the groups that did nothing.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/json.h>
#include <regroup/text.h>

#define QUIET_MOST 10000
#define QUIET_SHOWN 5

static bool quiet_room(struct why *w)
{
	size_t cap = w->cap_quiet > 0 ? 2 * w->cap_quiet : 8;
	struct why_quiet *more;

	if (w->n_quiet < w->cap_quiet)
		return true;
	more = w->n_quiet < QUIET_MOST ? realloc(w->quiet, cap * sizeof *more) : NULL;
	if (more == NULL)
		return false;
	w->quiet = more;
	w->cap_quiet = cap;
	return true;
}

void why_quiet_add(struct why *w, const struct group_view *v)
{
	struct why_quiet q = { .state = v->state, .generation = v->generation, .members = v->n_members };

	if (!quiet_room(w) || (q.name = strdup(v->name)) == NULL) {
		w->forgotten++;
		return;
	}
	w->quiet[w->n_quiet++] = q;
}

void why_quiet_free(struct why *w)
{
	for (size_t i = 0; i < w->n_quiet; i++)
		free(w->quiet[i].name);
	free(w->quiet);
}

static void quiet_json(struct json *j, const struct why_quiet *q)
{
	json_object_begin(j);
	json_key(j, "group");
	json_string(j, q->name, strlen(q->name));
	json_key(j, "state");
	if (q->state != NULL)
		json_string(j, q->state, strlen(q->state));
	else
		json_null(j);
	json_key(j, "generation");
	if (q->generation >= 0)
		json_int(j, q->generation);
	else
		json_null(j);
	json_key(j, "members");
	json_uint(j, q->members);
	json_object_end(j);
}

void why_quiet_json(struct json *j, const struct why *w)
{
	json_key(j, "quiet_groups");
	json_array_begin(j);
	for (size_t i = 0; i < w->n_quiet; i++)
		quiet_json(j, &w->quiet[i]);
	json_array_end(j);
}

/* What is known of a group that did nothing: "orders (Stable, generation 7, 3 members)". */
static void put_quiet(struct line *l, const struct why_quiet *q)
{
	line_safe(l, q->name, strlen(q->name), 60);
	if (q->state == NULL)
		return;
	line_format(l, " (%s", q->state);
	if (q->generation >= 0)
		line_format(l, ", generation %d", q->generation);
	if (q->members > 0) {
		line_text(l, ", ");
		line_count(l, q->members, "member", "members");
	}
	line_text(l, ")");
}

/* Those that were read, or those of which nothing could be. */
static void put_quiet_groups(struct line *part, const struct why *w, bool read)
{
	size_t n = 0, shown = 0;

	for (size_t i = 0; i < w->n_quiet; i++)
		n += (w->quiet[i].state != NULL) == read;
	if (n == 0)
		return;
	line_count(part, n, "group", "groups");
	line_text(part, read ? " did not rebalance: " : n == 1 ? " was named, but nothing that it did could be read: " :
	                                                       " were named, but nothing that they did could be read: ");
	for (size_t i = 0; i < w->n_quiet && shown < QUIET_SHOWN; i++) {
		if ((w->quiet[i].state != NULL) != read)
			continue;
		line_text(part, shown++ > 0 ? ", " : "");
		put_quiet(part, &w->quiet[i]);
	}
	line_text(part, n > QUIET_SHOWN ? ", ... " : ". ");
}

/* The capture was not made to hold it. */
static void put_limits(struct line *part, const struct group_summary *s)
{
	if (s->cut_packets > 0) {
		line_count(part, s->cut_packets, "packet was", "packets were");
		line_format(part, " cut to %llu bytes: capture whole packets (tcpdump -s 0). ", (unsigned long long)s->snaplen);
	}
	if (s->requests_only > 0) {
		line_text(part, "Of ");
		line_count(part, s->requests_only, "connection", "connections");
		line_text(part, " only the requests were captured. ");
	}
	if (s->one_sided > 0) {
		line_count(part, s->one_sided, "connection was", "connections were");
		line_text(part, " captured in one direction only, and could not be read. ");
	}
	if (s->unnamed_topics > 0) {
		line_count(part, s->unnamed_topics, "topic is", "topics are");
		line_text(part, " told by id: no message says the name. ");
	}
	if (s->forgotten_groups > 0 || s->forgotten_producers > 0) {
		line_count(part, s->forgotten_groups, "group", "groups");
		line_text(part, " and ");
		line_count(part, s->forgotten_producers, "producer", "producers");
		line_text(part, " were forgotten for want of room. ");
	}
}

static void put_blind(struct line *part, const struct why *w, const struct group_summary *s)
{
	if (s->lost_packets > 0) {
		line_count(part, s->lost_packets, "packet was", "packets were");
		line_text(part, " dropped by the capture. ");
	}
	if (w->gaps > 0) {
		line_count(part, w->gaps, "gap", "gaps");
		if (w->gap_bytes > 0) {
			line_text(part, " of ");
			line_bytes(part, w->gap_bytes);
			line_text(part, " in all");
		}
		line_text(part, " in the streams. ");
	}
	for (size_t i = 0; i < sizeof w->opaque / sizeof w->opaque[0] && w->opaque[i].n > 0; i++) {
		line_count(part, w->opaque[i].n, "connection", "connections");
		line_format(part, " could not be read (%s). ", w->opaque[i].kind);
	}
	put_limits(part, s);
	if (w->forgotten > 0)
		line_text(part, "There were more groups than can be remembered. ");
}

void why_text_capture(struct line *l, const struct why *w, const struct group_summary *s)
{
	struct line part;

	line_init(&part, false);
	why_producers_text(l, w);
	put_quiet_groups(&part, w, true);
	put_quiet_groups(&part, w, false);
	if (HASH_COUNT(w->groups) == 0 && w->n_quiet == 0)
		line_text(&part, w->options.group ? "Nothing was seen of such a group. " : "No consumer group was seen. ");
	if (part.len > 0)
		why_paragraph(l, &part, 0);
	line_reset(&part);
	for (size_t i = 0; why_broker_text(&part, w, i); i++) {
		why_paragraph(l, &part, 0);
		line_reset(&part);
	}
	put_blind(&part, w, s);
	if (part.len > 0)
		why_paragraph(l, &part, 0);
	line_reset(&part);
	line_count(&part, s->messages, "message", "messages");
	line_text(&part, " in ");
	line_count(&part, s->packets, "packet", "packets");
	if (s->captured_from != GROUP_UNKNOWN_TIME && s->captured_to != GROUP_UNKNOWN_TIME) {
		line_text(&part, ", ");
		line_date(&part, s->captured_from);
		line_text(&part, " ");
		why_clock(&part, s->captured_from);
		line_text(&part, " to ");
		why_clock(&part, s->captured_to);
		line_text(&part, " UTC");
	}
	line_text(&part, ".");
	why_paragraph(l, &part, 0);
	line_free(&part);
}
