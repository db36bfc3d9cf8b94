/* SPDX-License-Identifier: Apache-2.0
 *
 * Going to a time of the capture, or to a generation.
 */
#include <stdlib.h>
#include <string.h>

#include "ui.h"

#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)

static const struct view_ops *const views[VIEWS] = {
	[VIEW_TIMELINE] = &view_timeline, [VIEW_REBALANCE] = &view_rebalance, [VIEW_LADDER] = &view_ladder,
};

/* "+90s", "+5m", "+1.5h" after the first packet. */
static bool after(const struct model *m, const char *text, int64_t *out)
{
	char *end;
	double n = strtod(text + 1, &end);
	double unit = *end == 'h' ? 3600 : *end == 'm' ? (end[1] == 's' ? 0.001 : 60) : 1;

	if (end == text + 1 || !(n >= 0 && n < 1e6))
		return false;
	*out = m->since + (int64_t)(n * unit * 1e9);
	return true;
}

/* "10:56", "10:56:07.5" of the day that is shown. */
static bool of_day(const struct model *m, const char *text, int64_t *out)
{
	unsigned h, min;
	double s = 0;
	int64_t day = m->since / DAY * DAY;

	if (sscanf(text, "%2u:%2u:%lf", &h, &min, &s) < 2 || h > 23 || min > 59 || !(s >= 0 && s < 60))
		return false;
	*out = day + (int64_t)(h * 3600 + min * 60) * SECOND + (int64_t)(s * 1e9);
	if (*out < m->since - DAY / 2) /* after midnight */
		*out += DAY;
	return true;
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

bool ui_goto(struct ui *ui, const char *text)
{
	bool plain = text[strspn(text, "0123456789")] == '\0';
	int64_t ts = GROUP_UNKNOWN_TIME;
	int32_t generation = plain ? (int32_t)strtol(text, NULL, 10) : -1;

	if (ui->model->since == GROUP_UNKNOWN_TIME || !ui_group(ui))
		return false;
	if (plain ? !to_generation(ui, generation)
	          : !(text[0] == '+' ? after(ui->model, text, &ts) : of_day(ui->model, text, &ts)))
		return false;
	if (!plain)
		to_time(ui, ts);
	if (!views[ui->view])
		ui_open(ui, VIEW_TIMELINE);
	if (!ui->state[ui->view]) /* nothing is drawn there yet: it will be at the focus */
		return true;
	return views[ui->view]->jump(ui->state[ui->view], ui, ts, generation);
}
