/* SPDX-License-Identifier: Apache-2.0 */
#include "group_columns.h"

#include <stdio.h>
#include <string.h>

#define TREND_MOST 20u

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
	[COLUMN_GENERATION] = { "GEN", 5, 7, 66, true },
	[COLUMN_MEMBERS] = { "MEMB", 4, 7, 58, true },
	[COLUMN_PARTITIONS] = { "PART", 5, 6, 94, true },
	[COLUMN_REBALANCES] = { "REBAL", 5, 6, 52, true },
	[COLUMN_UNSTABLE] = { "UNST", 5, 6, 0, true },
	[COLUMN_CAUSE] = { "LAST CAUSE", 0, 0, 48, false },
	[COLUMN_TREND] = { "TREND", 8, TREND_MOST, 72, false },
};

const struct group_cause *group_cause_of(const struct model_group *g)
{
	return g->latest ? &g->latest->event->rebalance.cause : NULL;
}

/* Columns of a screen: where each begins and ends; names and causes share what is left. */
void group_columns_lay(unsigned width, unsigned at[COLUMNS + 1], bool has[COLUMNS])
{
	unsigned used = 2, x = 2, rest, name;

	for (int c = 0; c < COLUMNS; c++) {
		has[c] = width >= columns[c].from;
		if (has[c])
			used += (width >= WIDE ? columns[c].wide : columns[c].width) + 1u;
	}
	rest = width > used ? width - used : 0;
	name = !has[COLUMN_CAUSE] ? rest : rest / 2 < 50 ? rest / 2 : 50;
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

void group_columns_header(struct order *order, struct screen *s, unsigned y, const unsigned *at, const bool *has)
{
	struct pen p = pen_at(s, 0, y, s->width, STYLE_HEADER);

	pen_repeat(&p, ' ', s->width);
	for (int c = 0; c < COLUMNS; c++) {
		unsigned end = at[c + 1] ? at[c + 1] - 1 : 0;

		order->end[c] = (uint16_t)(has[c] && c != COLUMN_TREND ? end : 0);
		if (!has[c])
			continue;
		p = pen_at(s, at[c], y, end, (int)order->column == c ? STYLE_HEADER | STYLE_BOLD : STYLE_HEADER);
		if (columns[c].right)
			pen_right(&p, end, columns[c].title);
		else
			pen_text(&p, columns[c].title);
		if ((int)order->column != c)
			continue;
		p.limit = s->width;
		pen_char(&p, order->reverse ? 0x25b2 : 0x25bc);
	}
}

const char *group_kind_word(const struct model_group *g)
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
	const struct group_cause *c = group_cause_of(g);

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

void group_column_draw(struct pen *p, enum column c, unsigned end, const struct model *m, const struct model_group *g)
{
	switch (c) {
	case COLUMN_NAME:
		p->style = g->in_storm ? STYLE_BAD | STYLE_BOLD : STYLE_BOLD;
		pen_wire(p, g->name, 0);
		break;
	case COLUMN_KIND:
		pen_wire(p, group_kind_word(g), 0);
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
