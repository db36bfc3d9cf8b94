/* SPDX-License-Identifier: Apache-2.0
 *
 * All groups, a row each. Those in a storm come first.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "brief.h"
#include "group_columns.h"
#include "live.h"
#include "print.h"
#include "ui.h"

/* What rows are sorted by lies in them: ten thousand groups are all over the memory. */
struct row {
	struct model_group *group;
	int64_t key;
	uint32_t id;
	bool storm;
};

struct groups_view {
	struct list list;
	struct row *row;
	size_t n, cap;
	struct model_group *chosen;
	size_t chosen_at;      /* where it was drawn last */
	struct order order;
	const struct model *model; /* whose groups they are; NULL at first */
	/* What the rows were made of. */
	size_t n_model;
	uint64_t seen;
	int64_t seen_at;
	struct order seen_order;
	char filter[UI_TEXT];
	char now[LIVE_TEXT];       /* what goes on in the group `now_of` */
	const struct model_group *now_of;
};

static void groups_close(void *state)
{
	struct groups_view *v = state;

	free(v->row);
}

/* ---- which rows, in which order ------------------------------------------------------------------------------- */

/* The largest first, but for texts. */
static int64_t key_of(const struct groups_view *v, const struct model_group *g)
{
	switch (v->order.column) {
	case COLUMN_GENERATION:
		return g->generation;
	case COLUMN_MEMBERS:
		return g->members;
	case COLUMN_PARTITIONS:
		return g->partitions;
	case COLUMN_CAUSE:
		return group_cause_of(g) ? 100 - group_cause_of(g)->id : -1;
	case COLUMN_UNSTABLE:
		return model_unstable(v->model, g);
	case COLUMN_REBALANCES:
		return g->rebalances;
	default:
		return 0;
	}
}

static int compare_by(const struct groups_view *v, const struct row *a, const struct row *b)
{
	switch (v->order.column) {
	case COLUMN_NAME:
		return strcmp(a->group->name, b->group->name);
	case COLUMN_KIND:
		return strcmp(a->group->type, b->group->type);
	case COLUMN_STATE:
		return strcmp(a->group->state, b->group->state);
	default:
		return a->key < b->key ? 1 : a->key > b->key ? -1 : 0;
	}
}

static int compare(const void *x, const void *y, void *ctx)
{
	const struct row *a = x, *b = y;
	const struct groups_view *v = ctx;
	int c;

	if (a->storm != b->storm)
		return a->storm ? -1 : 1;
	c = compare_by(v, a, b);
	if (c == 0)
		return a->id < b->id ? -1 : 1;
	return v->order.reverse ? -c : c;
}

static bool shown(const struct ui *ui, const struct model_group *g, const char *part)
{
	const struct group_cause *c = group_cause_of(g);

	(void)ui;
	return !part[0] || text_has(g->name, part) || text_has(g->state, part) || text_has(g->type, part) ||
	       (c && (text_has(c->name, part) || text_has(c->client_id, part)));
}

static bool is_sorted(struct groups_view *v, const struct ui *ui)
{
	bool same = v->seen == ui->model->version && v->seen_order.column == v->order.column &&
	            v->seen_order.reverse == v->order.reverse && v->seen_at == ui->model->now &&
	            strcmp(v->filter, ui->filter[VIEW_GROUPS]) == 0 && v->model;

	v->seen = ui->model->version;
	v->seen_order = v->order;
	v->seen_at = ui->model->now;
	memcpy(v->filter, ui->filter[VIEW_GROUPS], sizeof(v->filter));
	return same;
}

static void collect(struct groups_view *v, struct ui *ui)
{
	const struct model *m = ui->model;

	if (!v->model)
		v->order.column = COLUMN_UNSTABLE;
	if (is_sorted(v, ui) && v->n_model == m->n_shown)
		return;
	if (m->n_shown > v->cap) {
		struct row *row = realloc(v->row, m->cap_groups * sizeof(*row));

		if (!row)
			return;
		v->row = row;
		v->cap = m->cap_groups;
	}
	v->model = m;
	v->n = 0;
	v->n_model = m->n_shown;
	for (size_t i = 0; i < m->n_shown; i++) {
		struct model_group *g = m->list[i];

		if (shown(ui, g, ui->filter[VIEW_GROUPS]))
			v->row[v->n++] = (struct row){ .group = g, .key = key_of(v, g), .id = g->id, .storm = g->in_storm };
	}
	if (v->n > 1)
		qsort_r(v->row, v->n, sizeof(*v->row), compare, v);
}

/* The cursor stays on its group when rows change places, but where the user has moved it. */
static void follow_chosen(struct groups_view *v)
{
	if (v->chosen && v->list.at == v->chosen_at) {
		for (size_t i = 0; i < v->n; i++) {
			if (v->row[i].group == v->chosen) {
				v->list.at = i;
				break;
			}
		}
	}
	if (v->list.at >= v->n)
		v->list.at = v->n ? v->n - 1 : 0;
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static void draw_row(struct groups_view *v, struct ui *ui, size_t row, unsigned y, const unsigned *at, const bool *has)
{
	const struct model_group *g = v->row[row].group;
	struct screen *s = &ui->screen;

	if (g->in_storm) {
		struct pen p = pen_at(s, 0, y, 2, STYLE_BAD | STYLE_BOLD);
		pen_text(&p, "!");
	}
	for (int c = 0; c < COLUMNS; c++) {
		struct pen p = pen_at(s, at[c], y, at[c + 1] - 1, STYLE_PLAIN);

		if (has[c])
			group_column_draw(&p, (enum column)c, at[c + 1] - 1, ui->model, g);
	}
	if (row == v->list.at)
		screen_mark(s, 0, y, s->width, STYLE_SELECTED);
}

/* What the group under the cursor suffers from, in words. */
static void draw_storm(struct ui *ui, const struct model_group *g, struct area a)
{
	const struct group_storm_event *e = g && g->storm ? &g->storm->event->storm : NULL;
	struct pen p = pen_at(&ui->screen, 1, a.y, a.x + a.width, STYLE_BAD);
	const char *name;

	if (!e)
		return;
	name = group_storm_name(e->class);
	pen_styled(&p, STYLE_BAD | STYLE_BOLD, "! storm");
	pen_format(&p, ": %s", name ? name : "of no single kind");
	if (e->culprit) {
		pen_text(&p, ", because of ");
		p.style |= STYLE_BOLD;
		pen_wire(&p, e->culprit, 40);
		p.style = STYLE_BAD;
		if (e->host) {
			pen_text(&p, " (");
			pen_wire(&p, e->host, 40);
			pen_text(&p, ")");
		}
	}
	p.style = STYLE_FAINT;
	pen_format(&p, "   %s shows it", ui_key_name(ui, ACT_OPEN));
}

static void take_now(void *ctx, const struct group_view *view)
{
	const struct ui *ui = ctx;

	live_describe(view, ui->model->now, ((struct groups_view *)ui->state[VIEW_GROUPS])->now);
}

/* Who waits for whom in the group under the cursor; a held screen goes on showing what was. */
static void draw_now(struct groups_view *v, struct ui *ui, struct area a)
{
	const struct model_group *g = v->chosen;

	if (!ui->model->held || v->now_of != g) {
		v->now[0] = '\0';
		v->now_of = g;
		if (g && model_is_moving(g) && ui->groups && !ui->model->held)
			groups_view_one(ui->groups, g->name, ui, take_now);
	}
	brief_words(&ui->screen, a, 0, STYLE_WARN, v->now);
}

static const char *nothing_yet(const struct ui *ui)
{
	const struct model_counters *c = &ui->model->counters;

	if (!c->packets)
		return ui->ended ? "Nothing was captured: there is no packet in it." :
		       ui->options.live ? "Nothing captured yet: no packet has come. Is it the right interface, and filter?" :
		       "Nothing read yet.";
	if (!c->messages)
		return ui->ended ? "No Kafka was seen in what was captured." :
		       "Packets come, but no Kafka was seen in them yet.";
	return ui->ended ? "Kafka is spoken, but no consumer group speaks in this capture." :
	       "Kafka is spoken; no consumer group was heard yet.";
}

static void draw_empty(struct ui *ui, struct area a)
{
	struct pen p = pen_at(&ui->screen, 2, a.y + 2, a.x + a.width, STYLE_FAINT);

	if (ui->filter[VIEW_GROUPS][0]) {
		pen_text(&p, "no group matches '");
		pen_wire(&p, ui->filter[VIEW_GROUPS], 40);
		pen_format(&p, "'; %s shows all", ui_key_name(ui, ACT_BACK));
		return;
	}
	pen_text(&p, nothing_yet(ui));
	p = pen_at(&ui->screen, 2, a.y + 3, a.x + a.width, STYLE_FAINT);
	pen_format(&p, "%s shows the connections and what is on them, %s the counters.", ui_key_name(ui, ACT_CONNECTIONS),
	           ui_key_name(ui, ACT_STATISTICS));
}

static void groups_draw(void *state, struct ui *ui, struct area a)
{
	struct groups_view *v = state;
	unsigned at[COLUMNS + 1], rows;
	bool has[COLUMNS];

	collect(v, ui);
	follow_chosen(v);
	group_columns_lay(a.width, at, has);
	group_columns_header(&v->order, &ui->screen, a.y, at, has);
	rows = a.height > 12 ? a.height - 3 : a.height > 3 ? a.height - 2 : 1;
	list_fit(&v->list, v->n, rows);
	for (unsigned y = 0; y < rows && v->list.top + y < v->n; y++)
		draw_row(v, ui, v->list.top + y, a.y + 1 + y, at, has);
	v->chosen = v->n ? v->row[v->list.at].group : NULL;
	v->chosen_at = v->list.at;
	if (!v->n)
		draw_empty(ui, a);
	a.y += a.height - 2;
	if (a.height > 12)
		draw_now(v, ui, (struct area){ 1, v->n < rows ? a.y - 1 : a.y, a.width - 1, v->n < rows ? 2 : 1 });
	a.y++;
	draw_storm(ui, v->chosen, a);
}

/* ---- keys --------------------------------------------------------------------------------------------------------- */

static void choose(struct groups_view *v, struct ui *ui)
{
	struct model_group *g = v->list.at < v->n ? v->row[v->list.at].group : NULL;

	if (g != ui->focus.group)
		ui->focus = (struct focus){ .group = g };
}

static bool groups_act(void *state, struct ui *ui, enum action a)
{
	struct groups_view *v = state;

	switch (a) {
	case ACT_OPEN:
		if (!v->n)
			return true;
		choose(v, ui);
		ui_open(ui, VIEW_TIMELINE);
		return true;
	case ACT_TIMELINE:
	case ACT_REBALANCE:
	case ACT_LADDER:
	case ACT_MESSAGE:
	case ACT_WHY:
		choose(v, ui);
		return false;
	default:
		return order_act(&v->order, a, COLUMN_TREND);
	}
}

static bool groups_click(void *state, struct ui *ui, unsigned x, unsigned y)
{
	struct groups_view *v = state;

	(void)ui;
	if (order_click(&v->order, x, y))
		return false;
	return list_click(&v->list, v->n, y);
}

static struct list *groups_list(void *state)
{
	return &((struct groups_view *)state)->list;
}

static size_t groups_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct groups_view *)state)->n;
}

static bool groups_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	return shown(ui, ((struct groups_view *)state)->row[row].group, text);
}

static void save_row(FILE *out, const struct model *m, const struct model_group *g, size_t width)
{
	const struct group_cause *c = group_cause_of(g);
	char name[256], who[256];
	size_t n = text_safe(name, sizeof(name), g->name, strlen(g->name), 0);

	text_safe(who, sizeof(who), c && c->client_id ? c->client_id : "", c && c->client_id ? strlen(c->client_id) : 0, 0);
	fprintf(out, "%s %s%*s  %-9s %-20s %5d %4u %5u %5u %5.1f%%", g->in_storm ? "!" : " ", name,
	        (int)(width - text_width(name, n)), "", group_kind_word(g), g->state, g->generation, g->members, g->partitions,
	        g->rebalances, model_unstable_percent(m, g));
	if (c)
		fprintf(out, "  R%u %s%s%s", c->id, c->name ? c->name : "", who[0] ? ": " : "", who);
	fputc('\n', out);
}

static bool groups_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	struct groups_view *v = state;
	size_t width = 5;

	collect(v, ui);
	for (size_t i = 0; i < v->n && as == SAVE_JSON; i++)
		if (!print_group_row(ui->model, v->row[i].group, out))
			return false;
	if (as != SAVE_TEXT)
		return as == SAVE_JSON;
	for (size_t i = 0; i < v->n; i++) {
		char name[256];
		size_t n = text_safe(name, sizeof(name), v->row[i].group->name, strlen(v->row[i].group->name), 0);

		width = text_width(name, n) > width ? text_width(name, n) : width;
	}
	fprintf(out, "  %-*s  %-9s %-20s %5s %4s %5s %5s %6s  %s\n", (int)width, "GROUP", "KIND", "STATE", "GEN", "MEMB", "PART",
	        "REBAL", "UNST", "LAST CAUSE");
	for (size_t i = 0; i < v->n; i++)
		save_row(out, ui->model, v->row[i].group, width);
	return true;
}

const struct view_ops view_groups = {
	.name = "Groups",
	.tab = "Groups",
	.state_size = sizeof(struct groups_view),
	.close = groups_close,
	.draw = groups_draw,
	.act = groups_act,
	.click = groups_click,
	.list = groups_list,
	.count = groups_count,
	.matches = groups_matches,
	.save = groups_save,
};
