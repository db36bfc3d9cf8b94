/* SPDX-License-Identifier: Apache-2.0
 *
 * All groups, a row each. Those in a storm come first.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "brief.h"
#include "live.h"
#include "ui.h"

#define TREND_MOST 20u

enum column { COLUMN_NAME, COLUMN_KIND, COLUMN_STATE, COLUMN_GENERATION, COLUMN_MEMBERS, COLUMN_PARTITIONS,
              COLUMN_REBALANCES, COLUMN_UNSTABLE, COLUMN_CAUSE, COLUMN_TREND, COLUMNS };

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

struct column_row {
	const char *title;
	uint8_t width, wide;   /* of a narrow screen and of a wide one; 0: takes what is left */
	uint16_t from;         /* screens of this width have it */
	bool right;
};

#define WIDE 120u

static const struct column_row columns[COLUMNS] = {
	[COLUMN_NAME] = { "GROUP", 0, 0, 0, false },
	[COLUMN_KIND] = { "KIND", 9, 12, 104, false },
	[COLUMN_STATE] = { "STATE", 15, 26, 0, false },
	[COLUMN_GENERATION] = { "GEN", 5, 7, 0, true },
	[COLUMN_MEMBERS] = { "MEMB", 4, 7, 0, true },
	[COLUMN_PARTITIONS] = { "PART", 5, 6, 94, true },
	[COLUMN_REBALANCES] = { "REBAL", 5, 6, 0, true },
	[COLUMN_UNSTABLE] = { "UNST", 5, 6, 0, true },
	[COLUMN_CAUSE] = { "LAST CAUSE", 0, 0, 0, false },
	[COLUMN_TREND] = { "TREND", 8, TREND_MOST, 0, false },
};

static void groups_close(void *state)
{
	struct groups_view *v = state;

	free(v->row);
}

/* ---- which rows, in which order ------------------------------------------------------------------------------- */

static const struct group_cause *cause_of(const struct model_group *g)
{
	return g->latest ? &g->latest->event->rebalance.cause : NULL;
}

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
		return cause_of(g) ? 100 - cause_of(g)->id : -1;
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
	const struct group_cause *c = cause_of(g);

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

/* Columns of a screen: where each begins and ends; names and causes share what is left. */
static void lay_out(unsigned width, unsigned at[COLUMNS + 1], bool has[COLUMNS])
{
	unsigned used = 2, x = 2, rest, name;

	for (int c = 0; c < COLUMNS; c++) {
		has[c] = width >= columns[c].from;
		if (has[c])
			used += (width >= WIDE ? columns[c].wide : columns[c].width) + 1u;
	}
	rest = width > used ? width - used : 0;
	name = rest / 2 < 50 ? rest / 2 : 50;
	for (int c = 0; c < COLUMNS; c++) {
		unsigned w = width >= WIDE ? columns[c].wide : columns[c].width;

		at[c] = x;
		if (c == COLUMN_NAME)
			w = name;
		else if (c == COLUMN_CAUSE)
			w = rest - name;
		x += has[c] ? w + 1 : 0;
	}
	at[COLUMNS] = x;
}

static void draw_header(const struct groups_view *v, struct screen *s, unsigned y, const unsigned *at, const bool *has)
{
	struct pen p = pen_at(s, 0, y, s->width, STYLE_HEADER);

	pen_repeat(&p, ' ', s->width);
	for (int c = 0; c < COLUMNS; c++) {
		unsigned end = at[c + 1] ? at[c + 1] - 1 : 0;

		if (!has[c])
			continue;
		p = pen_at(s, at[c], y, end, (int)v->order.column == c ? STYLE_HEADER | STYLE_BOLD : STYLE_HEADER);
		if (columns[c].right)
			pen_right(&p, end, columns[c].title);
		else
			pen_text(&p, columns[c].title);
		if ((int)v->order.column != c)
			continue;
		p.limit = s->width;
		pen_char(&p, v->order.reverse ? 0x25b2 : 0x25bc);
	}
}

static const char *kind_of(const struct model_group *g)
{
	if (strcmp(g->type, "classic") == 0 && g->protocol_type[0] && strcmp(g->protocol_type, "consumer") != 0)
		return g->protocol_type;
	return g->type;
}

static unsigned state_style(const struct model_group *g)
{
	if (g->busy != GROUP_UNKNOWN_TIME || strstr(g->state, "Rebalanc") || strstr(g->state, "Reconcil") ||
	    strstr(g->state, "Assigning"))
		return STYLE_WARN;
	return strcmp(g->state, "Stable") == 0 ? STYLE_GOOD : STYLE_PLAIN;
}

/* Three columns: "7s", "42s", "3m", "99h" */
static void draw_short(struct pen *p, int64_t ns)
{
	int64_t s = ns / 1000000000;

	if (s < 1)
		pen_text(p, "<1s");
	else if (s < 100)
		pen_format(p, "%ds", (int)s);
	else if (s < 6000)
		pen_format(p, "%dm", (int)(s / 60));
	else
		pen_format(p, "%dh", (int)(s / 3600 < 99 ? s / 3600 : 99));
}

/* "PreparingRebalance 4.2 s", without the second word where there is no room for it. */
static void draw_state(struct pen *p, const struct model *m, const struct model_group *g)
{
	bool moving = state_style(g) == STYLE_WARN;
	size_t len = strlen(g->state);

	p->style = state_style(g);
	if (p->limit - p->x < 26 && len > 9 && strcmp(g->state + len - 9, "Rebalance") == 0)
		len -= 9;
	pen_format(p, "%.*s", (int)len, g->state[0] ? g->state : "");
	if (!moving || g->busy == GROUP_UNKNOWN_TIME || m->now < g->busy)
		return;
	pen_text(p, " ");
	if (len == strlen(g->state) && p->limit - p->x >= 8)
		pen_duration(p, m->now - g->busy);
	else
		draw_short(p, m->now - g->busy);
}

static void draw_cause(struct pen *p, const struct model_group *g)
{
	const struct group_cause *c = cause_of(g);

	if (!c)
		return;
	pen_format(p, "R%u ", c->id);
	if (c->client_id && p->limit - p->x < 24) {
		pen_wire(p, c->client_id, 0);
		return;
	}
	pen_text(p, c->name ? c->name : "");
	if (!c->client_id)
		return;
	pen_text(p, ": ");
	pen_wire(p, c->client_id, 0);
}

static void draw_trend(struct pen *p, const struct model *m, const struct model_group *g)
{
	unsigned columns_here = p->limit - p->x;
	uint8_t level[TREND_MOST];

	if (columns_here > TREND_MOST)
		columns_here = TREND_MOST;
	trend_levels(&g->trend, m->now, level, columns_here);
	p->style = g->in_storm ? STYLE_BAD : STYLE_ACCENT;
	for (unsigned i = 0; i < columns_here; i++)
		pen_char(p, level[i] ? 0x2580u + level[i] : ' ');
}

static void draw_unstable(struct pen *p, unsigned end, const struct model *m, const struct model_group *g)
{
	double percent = model_unstable_percent(m, g);
	char text[16] = "";

	if (percent >= 0)
		snprintf(text, sizeof(text), percent < 10 && percent > 0 ? "%.1f%%" : "%.0f%%", percent);
	p->style = percent >= 25 ? STYLE_BAD : percent >= 5 ? STYLE_WARN : STYLE_PLAIN;
	pen_right(p, end, text);
}

static void draw_number(struct pen *p, unsigned end, int64_t n)
{
	char text[24] = "";

	if (n >= 0)
		snprintf(text, sizeof(text), "%lld", (long long)n);
	pen_right(p, end, text);
}

static void draw_column(struct pen *p, enum column c, unsigned end, const struct model *m, const struct model_group *g)
{
	switch (c) {
	case COLUMN_NAME:
		p->style = g->in_storm ? STYLE_BAD | STYLE_BOLD : STYLE_BOLD;
		pen_wire(p, g->name, 0);
		break;
	case COLUMN_KIND:
		pen_wire(p, kind_of(g), 0);
		break;
	case COLUMN_STATE:
		draw_state(p, m, g);
		break;
	case COLUMN_GENERATION:
		draw_number(p, end, g->generation);
		break;
	case COLUMN_MEMBERS:
		draw_number(p, end, g->members);
		break;
	case COLUMN_PARTITIONS:
		draw_number(p, end, g->partitions ? (int64_t)g->partitions : -1);
		break;
	case COLUMN_REBALANCES:
		draw_number(p, end, g->rebalances);
		break;
	case COLUMN_UNSTABLE:
		draw_unstable(p, end, m, g);
		break;
	case COLUMN_CAUSE:
		draw_cause(p, g);
		break;
	default:
		draw_trend(p, m, g);
	}
}

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
			draw_column(&p, (enum column)c, at[c + 1] - 1, ui->model, g);
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

static void draw_empty(struct ui *ui, struct area a)
{
	struct pen p = pen_at(&ui->screen, 2, a.y + 2, a.x + a.width, STYLE_FAINT);

	if (ui->filter[VIEW_GROUPS][0]) {
		pen_text(&p, "no group matches '");
		pen_wire(&p, ui->filter[VIEW_GROUPS], 40);
		pen_format(&p, "'; %s shows all", ui_key_name(ui, ACT_BACK));
		return;
	}
	pen_text(&p, ui->ended ? "No consumer group speaks in this capture." : "Waiting for a consumer group to speak.");
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
	lay_out(a.width, at, has);
	draw_header(v, &ui->screen, a.y, at, has);
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
	(void)x;
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
	const struct group_cause *c = cause_of(g);
	char name[256], who[256];
	size_t n = text_safe(name, sizeof(name), g->name, strlen(g->name), 0);

	text_safe(who, sizeof(who), c && c->client_id ? c->client_id : "", c && c->client_id ? strlen(c->client_id) : 0, 0);
	fprintf(out, "%s %s%*s  %-9s %-20s %5d %4u %5u %5u %5.1f%%", g->in_storm ? "!" : " ", name,
	        (int)(width - text_width(name, n)), "", kind_of(g), g->state, g->generation, g->members, g->partitions,
	        g->rebalances, model_unstable_percent(m, g));
	if (c)
		fprintf(out, "  R%u %s%s%s", c->id, c->name ? c->name : "", who[0] ? ": " : "", who);
	fputc('\n', out);
}

static bool groups_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	struct groups_view *v = state;
	size_t width = 5;

	if (as != SAVE_TEXT)
		return false;
	collect(v, ui);
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
