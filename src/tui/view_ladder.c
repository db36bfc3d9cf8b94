/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of a group, or of one of its rebalances, as a sequence diagram: members on the left, the coordinator on
 * the right.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "ground.h"
#include "ladder.h"
#include "print.h"
#include "rungs.h"
#include "ui.h"

#define UNKNOWN GROUP_UNKNOWN_TIME
#define MARGIN INT64_C(100000000) /* around a rebalance, ns */

struct ladder_view {
	struct rungs rungs;
	struct list list;
	size_t first_pole;
	bool unfolded, follow;
	const struct model_group *group; /* whose the rungs are */
	uint64_t rebalance;
	bool whole;
	uint64_t version; /* of the model when they were collected */
	bool fold;
	char filter[UI_TEXT];
	unsigned top;
};

static void ladder_close(void *state)
{
	rungs_free(&((struct ladder_view *)state)->rungs);
}

/* ---- which messages ---------------------------------------------------------------------------------------------- */

static struct rungs_wanted wanted(const struct ui *ui, const struct model_group *g, bool fold)
{
	const struct kept *k = ui_rebalance(ui);
	const struct group_rebalance *r = k ? &k->event->rebalance : NULL;
	struct rungs_wanted w = { .group = g, .from = UNKNOWN, .to = UNKNOWN, .fold = fold, .filter = ui->filter[VIEW_LADDER] };

	if (ui->focus.whole || !r || r->started == UNKNOWN)
		return w;
	w.from = r->started - r->started_uncertainty - MARGIN;
	w.to = r->ended != UNKNOWN ? r->ended + MARGIN : UNKNOWN;
	return w;
}

static void choose_row(struct ladder_view *v, const struct ui *ui)
{
	const struct kept *k = ui_rebalance(ui);

	for (size_t i = 0; i < v->rungs.n; i++) {
		const struct rung *r = &v->rungs.rung[i];

		if (ui->focus.message ? r->number >= ui->focus.message : k && r->begins == k) {
			v->list.at = i;
			return;
		}
	}
}

static void collect(struct ladder_view *v, struct ui *ui, const struct model_group *g)
{
	uint64_t rebalance = ui_rebalance(ui) ? ui_rebalance(ui)->number : 0;
	bool other = v->group != g || v->whole != ui->focus.whole || (!v->whole && v->rebalance != rebalance);
	struct rungs_wanted w = wanted(ui, g, !v->unfolded);

	if (!other && v->version == ui->model->version && v->fold == w.fold && strcmp(v->filter, w.filter) == 0)
		return;
	rungs_collect(&v->rungs, ui->model, &w);
	v->group = g;
	v->whole = ui->focus.whole;
	v->rebalance = rebalance;
	v->version = ui->model->version;
	if (other || v->fold != w.fold)
		choose_row(v, ui);
	v->fold = w.fold;
	memcpy(v->filter, w.filter, sizeof(v->filter));
	if (v->follow)
		v->list.at = v->rungs.n ? v->rungs.n - 1 : 0;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------- */

static void draw_time(struct screen *s, const struct ground *g, unsigned y, int64_t ts, int64_t before)
{
	struct pen p = pen_at(s, 1, y, g->times, STYLE_PLAIN);
	char text[TEXT_SHORT + 1];

	pen_clock(&p, ts);
	if (before == UNKNOWN || ts <= before || p.x + 6 > g->times)
		return;
	text[0] = '+';
	text_duration(text + 1, sizeof(text) - 1, ts - before);
	p.style = ts - before >= INT64_C(1000000000) ? STYLE_WARN : STYLE_FAINT;
	pen_right(&p, g->times, text);
}

/* "JoinGroup 7  REBALANCE_IN_PROGRESS  1.2 s" */
void ladder_label(const struct message *x, char *out, size_t size)
{
	char name[24], time[TEXT_SHORT] = "";
	const char *error = x->error ? kf_error_name(x->error) : NULL;
	size_t n = (size_t)snprintf(out, size, "%s", rungs_api(x, name));

	if (x->generation >= 0 && n < size)
		n += (size_t)snprintf(out + n, size - n, " %d", x->generation);
	if (x->error && n < size)
		n += error ? (size_t)snprintf(out + n, size - n, " %s", error) : (size_t)snprintf(out + n, size - n, " error %d", x->error);
	if (x->direction != KF_RESPONSE || x->latency < INT64_C(10000000) || n >= size)
		return;
	text_duration(time, sizeof(time), x->latency);
	snprintf(out + n, size - n, " %s", time);
}

static unsigned arrow_style(const struct message *x)
{
	if (x->error)
		return STYLE_BAD;
	switch (x->api) {
	case 11:
		return STYLE_WARN;
	case 13:
		return STYLE_MAGENTA;
	case 14:
		return STYLE_ACCENT;
	default:
		return STYLE_PLAIN;
	}
}

static void draw_arrow(const struct ladder_view *v, struct ui *ui, const struct ground *g, const struct rung *r,
                       const struct message *x, unsigned y)
{
	struct screen *s = &ui->screen;
	bool back = x->direction == KF_RESPONSE, shown = ground_shows(g, r->lane);
	unsigned from = shown ? ground_member(g, r->lane) : g->times + 1, to = ground_broker(g, r->broker), style = arrow_style(x);
	unsigned last = ground_member(g, g->first + g->shown - 1);
	struct pen p = pen_at(s, from + (shown ? 1 : 0), y, to, style);
	char label[160];
	size_t width;

	pen_repeat(&p, 0x2500, to);
	screen_char(s, back ? from + (shown ? 1 : 0) : to - 1, y, to, back ? 0x25c0 : 0x25b6, style);
	if (!shown) {
		p = pen_at(s, from, y, from + 13, style);
		pen_text(&p, " ");
		pen_middle(&p, v->rungs.pole[r->lane].name, 9);
		pen_text(&p, " ");
		if (back)
			pen_char(&p, 0x25c0);
	}
	ladder_label(x, label, sizeof(label));
	width = text_width(label, strlen(label));
	p = pen_at(s, shown || last + 3 > p.x + 1 ? last + 3 : p.x + 1, y, to > 2 ? to - 2 : 0, style | STYLE_BOLD);
	if (width + 2 < p.limit - p.x)
		p.x += (unsigned)(p.limit - p.x - width - 2) / 2;
	pen_text(&p, " ");
	pen_wire(&p, label, p.limit > p.x + 1 ? p.limit - p.x - 1 : 0);
	pen_text(&p, " ");
	if (x->number == ui->focus.marked)
		screen_char(s, 0, y, 1, '*', STYLE_ACCENT | STYLE_BOLD);
}

static void put_times(struct pen *p, uint32_t n, const char *one, const char *many)
{
	pen_format(p, "%u %s", n, n == 1 ? one : many);
}

static void draw_run(struct screen *s, const struct rung *r, const struct ground *g, unsigned y)
{
	struct pen p = pen_at(s, g->left + 2, y, g->broker - 1, STYLE_FAINT);

	pen_text(&p, " ");
	pen_char(&p, 0x00b7);
	pen_text(&p, " ");
	if (r->heartbeats)
		put_times(&p, r->heartbeats, "heartbeat", "heartbeats");
	if (r->heartbeats && r->commits)
		pen_text(&p, ", ");
	if (r->commits)
		put_times(&p, r->commits, "commit or fetch of offsets", "commits, fetches of offsets");
	pen_text(&p, ", ");
	pen_duration(&p, r->to - r->from);
	pen_text(&p, " ");
}

static void draw_begin(struct screen *s, const struct ground *g, const struct kept *k, unsigned y)
{
	const struct group_rebalance *r = &k->event->rebalance;
	struct pen p = pen_at(s, g->times + 1, y, s->width, STYLE_WARN | STYLE_BOLD);

	pen_repeat(&p, 0x2501, 2);
	pen_format(&p, " %s", r->mode == GROUP_BROKER ? "epoch" : "generation");
	if (r->previous >= 0)
		pen_format(&p, " %d ", r->previous);
	if (r->previous >= 0)
		pen_char(&p, 0x2192);
	if (r->generation >= 0)
		pen_format(&p, " %d", r->generation);
	else
		pen_text(&p, " ?");
	pen_format(&p, ": R%u %s", r->cause.id, r->cause.name ? r->cause.name : "");
	if (r->cause.client_id) {
		pen_text(&p, ", ");
		pen_wire(&p, r->cause.client_id, 24);
	}
	pen_text(&p, " ");
	pen_repeat(&p, 0x2501, s->width);
}

static void draw_rung(struct ladder_view *v, struct ui *ui, const struct ground *g, size_t i, unsigned y)
{
	const struct rung *r = &v->rungs.rung[i];
	const struct message *x = messages_get(ui->model->messages, r->number);
	struct screen *s = &ui->screen;

	ground_draw(g, &v->rungs, s, y);
	draw_time(s, g, y, r->from, i ? v->rungs.rung[i - 1].to : UNKNOWN);
	if (r->begins)
		draw_begin(s, g, r->begins, y);
	else if (r->heartbeats || r->commits)
		draw_run(s, r, g, y);
	else if (x)
		draw_arrow(v, ui, g, r, x, y);
	if (i == v->list.at)
		screen_mark(s, 0, y, s->width, STYLE_SELECTED);
}

/* Which messages these are; where they go to several brokers, to which the one under the cursor does. */
static void draw_heading(const struct ladder_view *v, struct ui *ui, struct area a)
{
	const struct rung *r = v->list.at < v->rungs.n ? &v->rungs.rung[v->list.at] : NULL;
	const char *broker = v->rungs.n_brokers > 1 && r && r->number ? messages_text(ui->model->messages, v->rungs.broker[r->broker]) : NULL;
	char text[96 + NET_ENDPOINT_TEXT], to[NET_ENDPOINT_TEXT + 8] = "";

	if (broker)
		snprintf(to, sizeof(to), "to %s  ", broker);
	if (ui->focus.whole)
		snprintf(text, sizeof(text), "%sall messages  %s: %s", to, ui_key_name(ui, ACT_FOLD), v->unfolded ? "fold" : "unfold");
	else
		snprintf(text, sizeof(text), "%sone rebalance  %s: all  %s: %s", to, ui_key_name(ui, ACT_LADDER),
		         ui_key_name(ui, ACT_FOLD), v->unfolded ? "fold" : "unfold");
	ui_heading(ui, a, text);
}

static void ladder_draw(void *state, struct ui *ui, struct area a)
{
	struct ladder_view *v = state;
	const struct model_group *g = ui_group(ui);
	struct ground ground;
	unsigned rows = a.height > 3 ? a.height - 2 : 1;

	if (!g) {
		ui_heading(ui, a, NULL);
		return;
	}
	collect(v, ui, g);
	draw_heading(v, ui, a);
	list_fit(&v->list, v->rungs.n, rows);
	ground = ground_lay(&v->rungs, ui->model, a.width, v->list.at < v->rungs.n ? v->rungs.rung[v->list.at].lane : 0,
	                    &v->first_pole);
	ground_names(&ground, &v->rungs, ui->model, &ui->screen, a.y + 1);
	v->top = a.y + 2;
	for (unsigned y = 0; y < rows && v->list.top + y < v->rungs.n; y++)
		draw_rung(v, ui, &ground, v->list.top + y, v->top + y);
	if (!v->rungs.n) {
		struct pen p = pen_at(&ui->screen, 2, a.y + 3, a.width, STYLE_FAINT);
		if (ui->filter[VIEW_LADDER][0])
			pen_format(&p, "no message matches; %s shows all", ui_key_name(ui, ACT_BACK));
		else
			pen_text(&p, v->rungs.cut ? "its messages are not in memory any more" : "no message of it was seen");
	}
}

/* ---- keys ------------------------------------------------------------------------------------------------------------- */

static uint64_t number_here(const struct ladder_view *v)
{
	return v->list.at < v->rungs.n ? v->rungs.rung[v->list.at].number : 0;
}

static bool open_message(struct ladder_view *v, struct ui *ui, bool diff)
{
	uint64_t n = number_here(v);

	if (!n && v->list.at < v->rungs.n && v->rungs.rung[v->list.at].begins) {
		ui->focus.rebalance = v->rungs.rung[v->list.at].begins->number;
		ui_open(ui, VIEW_REBALANCE);
		return true;
	}
	if (!n)
		return true;
	if (diff && !ui->focus.marked) {
		ui_notice(ui, true, "mark another message first (%s)", ui_key_name(ui, ACT_MARK));
		return true;
	}
	ui->focus.message = n;
	ui->focus.diff = diff;
	ui_open(ui, VIEW_MESSAGE);
	return true;
}

static bool ladder_act(void *state, struct ui *ui, enum action a)
{
	struct ladder_view *v = state;

	switch (a) {
	case ACT_OPEN:
	case ACT_DIFF:
		return open_message(v, ui, a == ACT_DIFF);
	case ACT_MESSAGE: /* by its number, too, it is the one under the cursor */
		if (number_here(v)) {
			ui->focus.message = number_here(v);
			ui->focus.diff = false;
		}
		return false;
	case ACT_MARK:
		ui->focus.marked = ui->focus.marked == number_here(v) ? 0 : number_here(v);
		return true;
	case ACT_FOLD:
		ui->focus.message = number_here(v);
		v->unfolded = !v->unfolded;
		return true;
	case ACT_LADDER:
		ui->focus.whole = !ui->focus.whole;
		ui->focus.message = number_here(v);
		return true;
	case ACT_FOLLOW:
		v->follow = !v->follow;
		ui->focus.whole = ui->focus.whole || v->follow;
		return true;
	case ACT_UP:
	case ACT_PAGE_UP:
	case ACT_FIRST:
		v->follow = false;
		return false;
	default:
		return false;
	}
}

static bool ladder_jump(void *state, struct ui *ui, int64_t ts, int32_t generation)
{
	struct ladder_view *v = state;

	if (generation >= 0) {
		ui->focus.message = 0;
		choose_row(v, ui);
		return true;
	}
	for (size_t i = 0; i < v->rungs.n; i++) {
		if (v->rungs.rung[i].to >= ts) {
			v->list.at = i;
			return true;
		}
	}
	return false;
}

static bool ladder_click(void *state, struct ui *ui, unsigned x, unsigned y)
{
	struct ladder_view *v = state;

	(void)ui;
	(void)x;
	if (y < v->top || y - v->top >= v->list.rows || v->list.top + y - v->top >= v->rungs.n)
		return false;
	v->list.at = v->list.top + y - v->top;
	return true;
}

static struct list *ladder_list(void *state)
{
	return &((struct ladder_view *)state)->list;
}

static size_t ladder_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct ladder_view *)state)->rungs.n;
}

static bool ladder_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	return rungs_has(&((struct ladder_view *)state)->rungs, ui->model, row, text);
}

/* What is on the screen now, without `state` as of the rebalance that is looked at. */
static bool ladder_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	const struct ladder_view *v = state;
	const struct model_group *g = ui_group(ui);
	struct rungs rungs = { .n = 0 };
	struct rungs_wanted w;
	bool ok;

	if (!g)
		return false;
	w = wanted(ui, g, !v || !v->unfolded);
	rungs_collect(&rungs, ui->model, &w);
	ok = ladder_print(&rungs, ui->model, as, out);
	rungs_free(&rungs);
	return ok;
}

const struct view_ops view_ladder = {
	.name = "Ladder",
	.tab = "Ladder",
	.state_size = sizeof(struct ladder_view),
	.close = ladder_close,
	.draw = ladder_draw,
	.act = ladder_act,
	.click = ladder_click,
	.list = ladder_list,
	.count = ladder_count,
	.matches = ladder_matches,
	.jump = ladder_jump,
	.save = ladder_save,
};
