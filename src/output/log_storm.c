/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <string.h>

static const char *heading(const struct group_storm_event *s)
{
	if (!s->ended)
		return "storm";
	return s->over ? "storm over" : "storm still on at the end";
}

static void put_culprit(struct line *l, const struct group_storm_event *s)
{
	line_text(l, ", ");
	line_name(l, s->culprit, 40);
	if (s->host == NULL)
		return;
	line_text(l, " (");
	line_name(l, s->host, 0);
	line_text(l, ")");
}

/* Several of its clients, and none alone. */
static void put_host(struct line *l, const struct group_storm_event *s)
{
	line_text(l, ", host ");
	line_name(l, s->host, 0);
}

static void put_share(struct line *l, const struct group_storm_event *s)
{
	line_text(l, "; ");
	log_wrap(l, 60);
	if (s->rebalances > 0) {
		line_count(l, s->rebalances, "rebalance", "rebalances");
		line_text(l, " in ");
	}
	line_duration(l, s->latest - s->since);
	line_text(l, " since ");
	line_clock(l, s->since);
	if (s->rebalances > 0)
		line_format(l, ", %.0f%% of it not stable", s->unstable_percent);
}

void log_text_storm(struct line *l, const struct group_event *e, bool advice)
{
	const struct group_storm_event *s = &e->storm;
	const char *name = group_storm_name(s->class);

	log_head(l, e);
	line_style(l, LINE_RED);
	line_text(l, heading(s));
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	line_text(l, name ? name : "mixed causes");
	if (s->culprit != NULL)
		put_culprit(l, s);
	else if (s->host != NULL)
		put_host(l, s);
	put_share(l, s);
	line_end(l);
	if (s->advice == NULL || !advice)
		return;
	line_to(l, LOG_TEXT_COLUMN, 0);
	log_words(l, s->advice);
	line_end(l);
}

void log_json_storm(struct json *j, const struct group_storm_event *s)
{
	json_key(j, "event");
	json_text(j, s->ended ? "ended" : "started");
	json_key(j, "class");
	json_text(j, group_storm_name(s->class));
	json_key(j, "rebalances");
	json_uint(j, s->rebalances);
	json_key(j, "unstable_percent");
	json_double_java(j, s->unstable_percent);
	json_key(j, "since");
	json_time(j, s->since);
	json_key(j, "latest");
	json_time(j, s->latest);
	json_key(j, "culprit");
	json_text(j, s->culprit);
	json_key(j, "host");
	json_text(j, s->host);
	json_key(j, "advice");
	json_text(j, s->advice);
	if (!s->ended)
		return;
	json_key(j, "over"); /* false: it is the capture that ended */
	json_bool(j, s->over);
}
