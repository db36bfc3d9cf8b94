/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of one group over time, a lane each, and its rebalances above them.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "axis.h"
#include "bands.h"
#include "brief.h"
#include "lanes.h"
#include "live.h"
#include "marks.h"
#include "panel.h"
#include "print.h"
#include "repeats.h"
#include "sight.h"
#include "ui.h"

/* Rebalances that are in sight at first. */
#define AT_FIRST 12u

/* Up to this time a live capture is in sight as a whole (ns). */
#define GROWS_TO (120 * SECOND)

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

struct timeline_view {
	struct lanes lanes;
	struct list list; /* of the lanes in sight */
	struct sight sight;
	struct axis axis;
	bool follow, fitted;
	bool grows;       /* the window does, with the capture, until it is zoomed */
	unsigned top;     /* row of the first lane, as drawn last */
	size_t slowest, culprit; /* lanes; SIZE_MAX for none */
	struct repeats repeats;
	uint64_t repeats_to, repeats_from; /* number of the newest event that they know, and how many were given up */
	struct bands bands;      /* of those, as drawn last */
	enum fold fold;
	bool present;     /* lanes of a group without rebalances were made */
	char now[LIVE_TEXT]; /* what goes on right now */
};

static const struct {
	uint32_t ch;
	uint8_t style;
} looks[SPANS] = {
	[SPAN_RUN] = { 0x2500, STYLE_GOOD },
	[SPAN_LATE] = { 0x2591, STYLE_BAD },
	[SPAN_WAIT] = { 0x2592, STYLE_WARN },
	[SPAN_SYNC] = { 0x2593, STYLE_ACCENT },
	[SPAN_UNSEEN] = { 0x00b7, STYLE_FAINT },
};

static void timeline_close(void *state)
{
	struct timeline_view *v = state;

	lanes_free(&v->lanes);
	sight_free(&v->sight);
	repeats_free(&v->repeats);
}

/* ---- the part of the time that is in sight --------------------------------------------------------------------- */

static void fit_all(struct timeline_view *v, const struct model *m)
{
	v->axis.from = m->since;
	v->axis.to = m->now > m->since ? m->now : m->since + SECOND;
	axis_pan(&v->axis, 0);
}

/* The last rebalances with some time around them; all of it when there are few. */
static void fit_latest(struct timeline_view *v, const struct model *m, const struct model_group *g)
{
	unsigned n = 0;

	fit_all(v, m);
	for (size_t i = g->n; i > 0; i--) {
		const struct group_event *e = model_at(g, i - 1);

		if (e->type != GROUP_EVENT_REBALANCE || e->rebalance.started == GROUP_UNKNOWN_TIME || ++n < AT_FIRST)
			continue;
		v->axis.from = e->rebalance.started - (m->now - e->rebalance.started) / 20;
		return;
	}
}

static void fit_one(struct timeline_view *v, const struct group_rebalance *r)
{
	int64_t from = r->started, to = axis_end_of(r), edge;

	if (from == GROUP_UNKNOWN_TIME)
		return;
	edge = (to - from) / 8 > 10 * MS ? (to - from) / 8 : 10 * MS;
	v->axis.from = from - edge;
	v->axis.to = to + edge;
	v->follow = false;
}

/* The selected rebalance comes into sight. */
static void show_rebalance(struct timeline_view *v, const struct kept *k)
{
	const struct group_rebalance *r = k ? &k->event->rebalance : NULL;
	int64_t span = v->axis.to - v->axis.from, end;

	if (!r || r->started == GROUP_UNKNOWN_TIME)
		return;
	end = axis_end_of(r);
	if (r->started >= v->axis.from && end <= v->axis.to)
		return;
	v->follow = false;
	if (end - r->started > span)
		span = (end - r->started) * 3 / 2;
	v->axis.from = r->started + (end - r->started) / 2 - span / 2;
	v->axis.to = v->axis.from + span;
}

static void follow_edge(struct timeline_view *v, const struct model *m)
{
	int64_t span = v->axis.to - v->axis.from;

	if (!v->follow || m->now <= v->axis.to - span / 20)
		return;
	if (v->grows && m->now - v->axis.from < GROWS_TO) {
		v->axis.to = m->now + (m->now - v->axis.from) / 10;
		return;
	}
	v->axis.to = m->now + span / 20;
	v->axis.from = v->axis.to - span;
}

static void add_present(void *ctx, const struct group_view *view)
{
	const struct ui *ui = ctx;
	struct timeline_view *v = ui->state[VIEW_TIMELINE];

	for (size_t i = 0; i < view->n_members; i++)
		lanes_present(&v->lanes, ui->model, &view->members[i]);
}

static void take_now(void *ctx, const struct group_view *view)
{
	const struct ui *ui = ctx;
	struct timeline_view *v = ui->state[VIEW_TIMELINE];

	live_lanes(&v->lanes, ui->model, view);
	live_describe(view, ui->model->now, v->now);
}

/* A held screen goes on showing what was. */
static void look_at_now(struct timeline_view *v, struct ui *ui, const struct model_group *g)
{
	if (ui->model->held && v->lanes.group == g)
		return;
	if (!ui->groups || !model_is_moving(g) || !groups_view_one(ui->groups, g->name, ui, take_now)) {
		live_lanes(&v->lanes, ui->model, NULL);
		v->now[0] = '\0';
	}
}

static void update(struct timeline_view *v, struct ui *ui)
{
	const struct model_group *g = ui_group(ui);
	bool other = v->lanes.group != g;

	lanes_update(&v->lanes, ui->model, g);
	if (other || !v->fitted) {
		fit_latest(v, ui->model, g);
		v->list = (struct list){ .at = 0 };
		v->sight.n = 0;
		v->follow = ui->options.live && !ui->ended;
		v->grows = v->follow;
		if (v->follow)
			v->axis.to += (v->axis.to - v->axis.from) / 10;
		v->fitted = ui->model->now != GROUP_UNKNOWN_TIME;
	}
	if (other || v->repeats_to != v->lanes.taken || v->repeats_from != g->forgotten)
		repeats_find(&v->repeats, g);
	v->repeats_to = v->lanes.taken;
	v->repeats_from = g->forgotten;
	v->slowest = lanes_slowest(&v->lanes, model_unstable(ui->model, g));
	v->culprit = g->storm ? lanes_find(&v->lanes, NULL, g->storm->event->storm.culprit) : SIZE_MAX;
	if (ui->groups && !v->lanes.taken && !v->lanes.n)
		groups_view_one(ui->groups, g->name, ui, add_present);
	look_at_now(v, ui, g);
	follow_edge(v, ui->model);
	bands_lay(&v->bands, &v->repeats, &v->axis, v->fold);
	sight_find(&v->sight, &v->lanes, &v->axis, v->culprit, &v->list);
	if (other) {
		size_t row = sight_row(&v->sight, v->culprit != SIZE_MAX ? v->culprit : v->slowest);

		v->list.at = row != SIZE_MAX ? row : 0;
	}
}

/* ---- drawing ------------------------------------------------------------------------------------------------------ */

/* "vod-3  10.77.1.5" and for how long others waited for it. */
static void draw_label(const struct timeline_view *v, struct screen *s, size_t i, unsigned y, unsigned width)
{
	const struct lane *l = &v->lanes.lane[i];
	bool slowest = i == v->slowest, bad = i == v->culprit || (slowest && v->culprit == SIZE_MAX);
	struct pen p = pen_at(s, 0, y, width - 1, bad ? STYLE_BAD | STYLE_BOLD : l->out ? STYLE_FAINT : STYLE_PLAIN);
	unsigned host = width >= 40 ? 16 : 0, wait = 9;

	pen_text(&p, i == v->culprit ? "!" : slowest ? ">" : " ");
	pen_middle(&p, l->instance ? l->instance : name_of_member(l->client_id, l->member), width - host - wait - 3);
	if (host) {
		pen_to(&p, width - host - wait - 1);
		p.style = STYLE_FAINT;
		pen_wire(&p, l->host, host - 1);
	}
	if (l->waited < 50 * MS)
		return;
	char text[TEXT_SHORT];

	text_duration(text, sizeof(text), l->waited);
	p.style = slowest ? STYLE_BAD | STYLE_BOLD : STYLE_FAINT;
	p.x = p.x < width - wait ? p.x : width - wait;
	pen_right(&p, width - 1, text);
}

static void draw_cell(const struct timeline_view *v, struct screen *s, size_t lane, unsigned column, unsigned y, int kind)
{
	const struct repeat *band = bands_at(&v->bands, column);
	unsigned x = v->axis.x + column, style = looks[kind].style;
	uint32_t ch = band ? bands_hatch(band, &v->lanes.lane[lane], &style) : looks[kind].ch;

	screen_char(s, x, y, v->axis.x + v->axis.width, ch, style);
}

static void draw_lane(const struct timeline_view *v, struct ui *ui, size_t i, unsigned y)
{
	const struct axis *a = &v->axis;

	for (unsigned c = 0; c < a->width; c++) {
		int64_t from = axis_time(a, c), to = axis_time(a, c + 1);
		int kind;

		if (from >= ui->model->now)
			break;
		if (to > ui->model->now)
			to = ui->model->now;
		kind = lane_kind(&v->lanes.lane[i], from, to > from ? to : from + 1);
		if (kind >= 0)
			draw_cell(v, &ui->screen, i, c, y, kind);
	}
}

static void draw_rebalances(const struct timeline_view *v, struct ui *ui, unsigned y, const struct kept *chosen)
{
	unsigned hidden = marks_draw(&v->axis, &v->bands, v->lanes.group, &ui->screen, y, chosen);
	struct screen *s = &ui->screen;

	if (hidden || v->bands.n) {
		struct pen p = pen_at(s, 1, y, v->axis.x - 1, STYLE_FAINT);
		if (v->bands.n)
			pen_format(&p, "folded: %s unfolds", ui_key_name(ui, ACT_FOLD));
		else
			pen_format(&p, "%u more: zoom in (%s)", hidden, ui_key_name(ui, ACT_ZOOM_IN));
	}
	bands_draw(&v->bands, &v->axis, s, y);
}

static void draw_headline(const struct timeline_view *v, struct ui *ui, struct area a, const struct model_group *g)
{
	const struct group_storm_event *e = g->storm ? &g->storm->event->storm : NULL;
	struct pen p = pen_at(&ui->screen, ui_heading(ui, a, NULL), a.y, a.x + a.width, STYLE_WARN);

	repeats_draw(&p, &v->repeats);
	if (e)
		brief_storm(&ui->screen, a.x + 1, a.y + 1, a.x + a.width, e);
	else
		brief_totals(&ui->screen, a.x + 1, a.y + 1, a.x + a.width, ui->model, g);
}

/* Where there is room beneath the lanes: the member under the cursor, and what would help. */
static void draw_panels(const struct timeline_view *v, struct ui *ui, struct area a)
{
	unsigned took = v->list.at < v->sight.n ? 5 : 0;

	if (took)
		panel_member(ui, a, &v->lanes.lane[v->sight.lane[v->list.at]]);
	a.y += took;
	a.height -= a.height > took ? took : a.height;
	panel_advice(ui, a, v->lanes.group);
}

static void draw_columns(const struct timeline_view *v, struct screen *s, unsigned y, unsigned label)
{
	struct pen p = pen_at(s, 1, y, label, STYLE_FAINT);
	size_t hidden = v->lanes.n - v->sight.n;

	pen_text(&p, "member");
	if (hidden)
		pen_format(&p, " +%zu", hidden);
	if (label >= 40) {
		pen_to(&p, label - 26);
		pen_text(&p, "host");
	}
	pen_right(&p, label - 1, label >= 24 ? "waited for" : "");
}

static void timeline_draw(void *state, struct ui *ui, struct area a)
{
	struct timeline_view *v = state;
	const struct model_group *g = ui_group(ui);
	const struct kept *chosen;
	unsigned label = a.width >= 110 ? 44 : a.width >= 60 ? 24 : 14, detail, rows;

	if (!g || ui->model->now == GROUP_UNKNOWN_TIME) {
		ui_heading(ui, a, NULL);
		return;
	}
	v->axis.x = a.x + label;
	v->axis.width = a.width > label + 1 ? a.width - label - 1 : 1;
	update(v, ui);
	chosen = ui_rebalance(ui);
	draw_headline(v, ui, a, g);
	axis_draw(&v->axis, &ui->screen, a.y + 2);
	draw_columns(v, &ui->screen, a.y + 4, label);
	draw_rebalances(v, ui, a.y + 3, chosen);
	detail = !chosen || a.height < 12 ? 0 : a.height > 16 ? 6 : 3;
	rows = a.height > 6 + detail ? a.height - 6 - detail : a.height > 5 ? 1 : 0;
	list_fit(&v->list, v->sight.n, rows);
	v->top = a.y + 5;
	for (unsigned y = 0; y < rows && v->list.top + y < v->sight.n; y++) {
		size_t i = v->sight.lane[v->list.top + y];

		if (!ui->model->held)
			live_lane(&v->lanes, ui->model, i);
		draw_label(v, &ui->screen, i, v->top + y, label);
		draw_lane(v, ui, i, v->top + y);
		if (v->list.top + y == v->list.at)
			screen_mark(&ui->screen, 0, v->top + y, label - 1, STYLE_SELECTED);
	}
	marks_underline(&v->axis, &ui->screen, chosen, a.y + 3, 2);
	if (v->sight.n + 6 + (v->now[0] != 0) <= rows)
		draw_panels(v, ui, (struct area){ a.x, v->top + (unsigned)v->sight.n + 1, a.width, rows - (unsigned)v->sight.n - 1 });
	if (v->now[0] && rows) {
		unsigned lines = rows > v->sight.n ? 2 : 1;
		struct area here = { a.x + 1, a.y + a.height - detail - lines, a.width - 1, lines };
		brief_words(&ui->screen, here, 0, STYLE_WARN, v->now);
	}
	if (chosen && detail)
		brief_rebalance(&ui->screen, (struct area){ a.x + 1, a.y + a.height - detail, a.width - 1, detail }, chosen->event,
		                ui_key_name(ui, ACT_OPEN));
	else if (!chosen && rows) {
		struct pen p = pen_at(&ui->screen, 1, a.y + a.height - 1, a.width, STYLE_FAINT);
		pen_format(&p, "no rebalance was seen; %s shows the group's messages", ui_key_name(ui, ACT_OPEN));
	}
}

/* ---- keys ----------------------------------------------------------------------------------------------------------- */

static int64_t middle_of(const struct timeline_view *v, struct ui *ui)
{
	const struct kept *k = ui_rebalance(ui);
	int64_t at = k ? k->event->rebalance.started : GROUP_UNKNOWN_TIME;

	if (at != GROUP_UNKNOWN_TIME && at >= v->axis.from && at <= v->axis.to)
		return at;
	return v->axis.from + (v->axis.to - v->axis.from) / 2;
}

static void zoom_fit(struct timeline_view *v, struct ui *ui)
{
	const struct kept *k = ui_rebalance(ui);
	bool all = v->axis.from == ui->model->since && v->axis.to == ui->model->now;

	if (all && k)
		fit_one(v, &k->event->rebalance);
	else
		fit_all(v, ui->model);
}

static bool open_here(struct ui *ui)
{
	const struct kept *k = ui_rebalance(ui);

	if (k)
		ui->focus.rebalance = k->number;
	ui->focus.whole = !k;
	ui_open(ui, k ? VIEW_REBALANCE : VIEW_LADDER);
	return true;
}

/* To the next rebalance; a band in sight is gone over in one step. */
static void step(const struct timeline_view *v, struct ui *ui, int by)
{
	const struct kept *k = ui_rebalance(ui), *last = NULL;
	const struct repeat *from = bands_hide(&v->bands, k) ? repeats_of(&v->repeats, k) : NULL;

	do {
		last = k;
		ui_step_rebalance(ui, by);
		k = ui_rebalance(ui);
	} while (k && k != last && from && repeats_of(&v->repeats, k) == from);
}

/* Unfolds the bands in sight; without any, folds all that is repeated, and shows from where on it is. */
static void fold_or_not(struct timeline_view *v, struct ui *ui)
{
	const struct repeat *r = repeats_of(&v->repeats, ui_rebalance(ui));

	v->fold = v->bands.n ? FOLD_NONE : FOLD_ALL;
	if (v->fold == FOLD_ALL && r && r->from != GROUP_UNKNOWN_TIME && r->from < v->axis.from)
		v->axis.from = r->from - (v->axis.to - r->from) / 20;
	if (v->fold == FOLD_NONE)
		ui_notice(ui, false, "every rebalance is drawn; the same key folds what is repeated");
	else
		ui_notice(ui, false, v->repeats.n ? "what is repeated is one band" : "nothing is repeated");
}

static bool timeline_act(void *state, struct ui *ui, enum action a)
{
	struct timeline_view *v = state;
	int64_t span = v->axis.to - v->axis.from;

	switch (a) {
	case ACT_OPEN:
		return open_here(ui);
	case ACT_FOLD:
		fold_or_not(v, ui);
		return true;
	case ACT_LEFT:
	case ACT_RIGHT:
		step(v, ui, a == ACT_LEFT ? -1 : 1);
		show_rebalance(v, ui_rebalance(ui));
		return true;
	case ACT_ZOOM_IN:
	case ACT_ZOOM_OUT:
		v->grows = false;
		axis_zoom(&v->axis, a == ACT_ZOOM_IN, v->follow ? v->axis.to : middle_of(v, ui));
		return true;
	case ACT_ZOOM_FIT:
		zoom_fit(v, ui);
		return true;
	case ACT_PAN_LEFT:
	case ACT_PAN_RIGHT:
		axis_pan(&v->axis, a == ACT_PAN_LEFT ? -span / 4 : span / 4);
		v->follow = false;
		return true;
	case ACT_FOLLOW:
		v->follow = !v->follow;
		ui_notice(ui, false, v->follow ? "follows the live edge" : "stays where it is");
		return true;
	default:
		return false;
	}
}

static bool timeline_jump(void *state, struct ui *ui, int64_t ts, int32_t generation)
{
	struct timeline_view *v = state;
	int64_t span = v->axis.to - v->axis.from;

	if (generation >= 0) {
		show_rebalance(v, ui_rebalance(ui));
		return true;
	}
	v->axis.from = ts - span / 2;
	v->axis.to = v->axis.from + span;
	v->follow = false;
	return true;
}

/* A lane, and the rebalance nearest to where it was clicked. */
static bool timeline_click(void *state, struct ui *ui, unsigned x, unsigned y)
{
	struct timeline_view *v = state;
	const struct model_group *g = v->lanes.group;
	int64_t at, best = INT64_MAX;

	if (y >= v->top && y - v->top < v->list.rows && v->list.top + y - v->top < v->sight.n)
		v->list.at = v->list.top + y - v->top;
	if (!g || x < v->axis.x)
		return false;
	at = axis_time(&v->axis, x - v->axis.x);
	for (size_t i = 0; i < g->n; i++) {
		const struct kept *k = g->kept[g->first + i];
		int64_t start = k->event->type == GROUP_EVENT_REBALANCE ? k->event->rebalance.started : GROUP_UNKNOWN_TIME;
		int64_t off = start > at ? start - at : at - start;

		if (start == GROUP_UNKNOWN_TIME || off >= best)
			continue;
		best = off;
		ui->focus.rebalance = k->number;
	}
	return best != INT64_MAX;
}

static struct list *timeline_list(void *state)
{
	return &((struct timeline_view *)state)->list;
}

static size_t timeline_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct timeline_view *)state)->sight.n;
}

static bool timeline_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	const struct timeline_view *v = state;
	const struct lane *l = &v->lanes.lane[v->sight.lane[row]];

	(void)ui;
	return text_has(l->client_id, text) || text_has(l->host, text) || text_has(l->instance, text) ||
	       text_has(l->member, text);
}

static bool timeline_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	(void)state;
	return print_group(ui, as, out);
}

const struct view_ops view_timeline = {
	.name = "Timeline",
	.tab = "Timeline",
	.state_size = sizeof(struct timeline_view),
	.close = timeline_close,
	.draw = timeline_draw,
	.act = timeline_act,
	.click = timeline_click,
	.list = timeline_list,
	.count = timeline_count,
	.matches = timeline_matches,
	.jump = timeline_jump,
	.save = timeline_save,
};
