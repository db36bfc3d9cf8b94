/* SPDX-License-Identifier: Apache-2.0
 *
 * Going to a time of the capture, or to a generation.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "ui.h"

#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)

static const struct view_ops *const views[VIEWS] = {
	[VIEW_TIMELINE] = &view_timeline, [VIEW_REBALANCE] = &view_rebalance, [VIEW_LADDER] = &view_ladder,
};

/* "+90s", "+5m", "+1.5h" after the first packet. */
static bool after(const struct model *m, const char *text, int64_t *out)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "ms", 0.001 }, { "m", 60 }, { "min", 60 }, { "h", 3600 } };
	char *end;
	double n = strtod(text + 1, &end);

	if (end == text + 1 || !(n >= 0 && n < 1e6))
		return false;
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) == 0) {
			*out = m->since + (int64_t)(n * units[i].seconds * 1e9);
			return true;
		}
	}
	return false;
}

/* "10:56", "10:56:07.5" of the day that is shown. */
static bool of_day(const struct model *m, const char *text, int64_t *out)
{
	unsigned h, min;
	double s = 0;
	int64_t day = m->since / DAY * DAY;
	int hours = 0, seconds = 0;

	if (sscanf(text, "%2u:%2u%n:%lf%n", &h, &min, &hours, &s, &seconds) < 2 || h > 23 || min > 59 || !(s >= 0 && s < 60) ||
	    text[seconds ? seconds : hours])
		return false;
	*out = day + (int64_t)(h * 3600 + min * 60) * SECOND + (int64_t)(s * 1e9);
	if (*out < m->since - DAY / 2) /* after midnight */
		*out += DAY;
	return true;
}

/* To what was meant to the minute, when the capture begins in that minute. */
static bool is_captured(const struct model *m, const char *text, int64_t *ts)
{
	int64_t room = strchr(text, ':') == strrchr(text, ':') && text[0] != '+' ? 60 * SECOND : SECOND;

	if (*ts < m->since && *ts + room > m->since)
		*ts = m->since;
	return *ts >= m->since && *ts <= m->now;
}

static bool to_generation(struct ui *ui, int32_t generation)
{
	const struct model_group *g = ui_group(ui);

	for (size_t i = g ? g->n : 0; i > 0; i--) {
		const struct kept *k = g->kept[g->first + i - 1];

		if (k->event->type != GROUP_EVENT_REBALANCE || k->event->rebalance.generation != generation)
			continue;
		ui->focus.rebalance = k->number;
		return true;
	}
	return false;
}

/* The rebalance that was running then, or the last before. */
static void to_time(struct ui *ui, int64_t ts)
{
	const struct model_group *g = ui_group(ui);
	uint64_t found = 0;

	for (size_t i = 0; g && i < g->n; i++) {
		const struct kept *k = g->kept[g->first + i];
		const struct group_rebalance *r = &k->event->rebalance;

		if (k->event->type == GROUP_EVENT_REBALANCE && r->started != GROUP_UNKNOWN_TIME && (!found || r->started <= ts))
			found = k->number;
	}
	if (found)
		ui->focus.rebalance = found;
}

/* What there is, for who asked for something else. */
static void tell_generations(struct ui *ui, int32_t wanted)
{
	const struct model_group *g = ui_group(ui);
	int32_t first = -1, last = -1;

	for (size_t i = 0; i < g->n; i++) {
		int32_t n = model_at(g, i)->type == GROUP_EVENT_REBALANCE ? model_at(g, i)->rebalance.generation : -1;

		if (n >= 0 && (first < 0 || n < first))
			first = n;
		last = n > last ? n : last;
	}
	if (first < 0)
		ui_notice(ui, true, "no generation of this group was seen");
	else
		ui_notice(ui, true, "generation %d was not seen: there are %d to %d", wanted, first, last);
}

static void tell_times(struct ui *ui)
{
	char from[TEXT_SHORT], to[TEXT_SHORT];

	text_clock(from, sizeof(from), ui->model->since);
	text_clock(to, sizeof(to), ui->model->now);
	ui_notice(ui, true, "not captured: it goes from %s to %s", from, to);
}

static void show(struct ui *ui, int64_t ts, int32_t generation)
{
	if (!views[ui->view])
		ui_open(ui, VIEW_TIMELINE);
	if (ui->state[ui->view]) /* else nothing is drawn there yet: it will be at the focus */
		views[ui->view]->jump(ui->state[ui->view], ui, ts, generation);
}

void ui_goto(struct ui *ui, const char *text)
{
	bool plain = text[strspn(text, "0123456789")] == '\0';
	int64_t ts = GROUP_UNKNOWN_TIME;
	long generation = plain ? strtol(text, NULL, 10) : -1;

	if (ui->model->since == GROUP_UNKNOWN_TIME || !ui_group(ui)) {
		ui_notice(ui, true, "there is nothing to go to yet");
	} else if (plain) {
		generation = generation < INT32_MAX ? generation : INT32_MAX;
		if (to_generation(ui, (int32_t)generation))
			show(ui, ts, (int32_t)generation);
		else
			tell_generations(ui, (int32_t)generation);
	} else if (!(text[0] == '+' ? after(ui->model, text, &ts) : of_day(ui->model, text, &ts))) {
		ui_notice(ui, true, "no time and no generation: %s (as in 10:56:07, +90s, 12)", text);
	} else if (!is_captured(ui->model, text, &ts)) {
		tell_times(ui);
	} else {
		to_time(ui, ts);
		show(ui, ts, -1);
	}
}
