/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers: who writes with which id and epoch, what was refused, who was fenced, how transactions end.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "ui.h"

#define MOST_ROWS 5000u
#define WORD 64
#define ERRORS 6

enum column { COLUMN_NAME, COLUMN_HOST, COLUMN_ID, COLUMN_EPOCH, COLUMN_STATE, COLUMN_REQUESTS, COLUMN_REFUSED, COLUMN_FENCED,
              COLUMN_COMMITTED, COLUMN_ABORTED, COLUMNS };

static const struct {
	const char *title;
	uint8_t width, wide; /* 0: takes what is left */
	uint16_t from;
	bool right;
} columns[COLUMNS] = {
	[COLUMN_NAME] = { "PRODUCER", 0, 0, 0, false },
	[COLUMN_HOST] = { "HOST", 15, 18, 100, false },
	[COLUMN_ID] = { "ID", 7, 10, 0, true },
	[COLUMN_EPOCH] = { "EPOCH", 5, 6, 0, true },
	[COLUMN_STATE] = { "STATE", 14, 18, 0, false },
	[COLUMN_REQUESTS] = { "REQUESTS", 8, 9, 0, true },
	[COLUMN_REFUSED] = { "REFUSED", 7, 8, 0, true },
	[COLUMN_FENCED] = { "FENCED", 6, 7, 0, true },
	[COLUMN_COMMITTED] = { "COMMITTED", 9, 10, 96, true },
	[COLUMN_ABORTED] = { "ABORTED", 7, 8, 96, true },
};

#define WIDE 120u

/* A producer as it was when it was looked at. */
struct row {
	char name[WORD], client_id[WORD], host[WORD], software[WORD], group[WORD], state[32];
	int64_t producer_id, open_since, timeout;
	int32_t epoch;
	uint32_t fenced, bumps, order;
	uint64_t requests, refused, committed, aborted, cut, timed_out;
	struct group_producer_error error[ERRORS];
	size_t n_errors;
};

struct producers_view {
	struct list list;
	struct row *row;
	size_t n, cap;
	uint64_t left_out;
	struct order order;
	bool reverse, collected;
	uint64_t version;
	const char *filter;
};

static void producers_close(void *state)
{
	free(((struct producers_view *)state)->row);
}

static void word(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static bool shown(const struct row *r, const char *part)
{
	return !part[0] || text_has(r->name, part) || text_has(r->client_id, part) || text_has(r->host, part) ||
	       text_has(r->state, part) || text_has(r->group, part);
}

static struct row *room(struct producers_view *v)
{
	size_t cap = v->cap ? v->cap * 2 : 64;
	struct row *list;

	if (v->n < v->cap)
		return &v->row[v->n];
	list = v->n < MOST_ROWS ? realloc(v->row, cap * sizeof(*list)) : NULL;
	if (!list)
		return NULL;
	v->row = list;
	v->cap = cap;
	return &v->row[v->n];
}

static void take(void *ctx, const struct group_producer_view *p)
{
	struct producers_view *v = ctx;
	struct row *r = room(v);

	if (!r) {
		v->left_out++;
		return;
	}
	*r = (struct row){
		.producer_id = p->producer_id, .open_since = p->open_since, .timeout = p->timeout, .epoch = p->epoch,
		.fenced = p->fenced, .bumps = p->bumps, .order = (uint32_t)v->n, .requests = p->requests,
		.refused = p->refused, .committed = p->committed, .aborted = p->aborted, .cut = p->cut,
		.timed_out = p->timed_out,
	};
	word(r->name, sizeof(r->name), p->transactional_id ? p->transactional_id : p->client_id);
	word(r->client_id, sizeof(r->client_id), p->client_id);
	word(r->host, sizeof(r->host), p->host);
	word(r->software, sizeof(r->software), p->software);
	word(r->group, sizeof(r->group), p->group);
	word(r->state, sizeof(r->state), p->state);
	for (; r->n_errors < p->n_errors && r->n_errors < ERRORS; r->n_errors++)
		r->error[r->n_errors] = p->errors[r->n_errors];
	v->n += shown(r, v->filter);
}

static int most_first(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int compare_by(enum column c, const struct row *a, const struct row *b)
{
	switch (c) {
	case COLUMN_NAME:
		return strcmp(a->name, b->name);
	case COLUMN_HOST:
		return strcmp(a->host, b->host);
	case COLUMN_ID:
		return a->producer_id < b->producer_id ? -1 : a->producer_id > b->producer_id;
	case COLUMN_EPOCH:
		return b->epoch < a->epoch ? -1 : b->epoch > a->epoch;
	case COLUMN_STATE:
		return strcmp(a->state, b->state);
	case COLUMN_REQUESTS:
		return most_first(a->requests, b->requests);
	case COLUMN_FENCED:
		return most_first(a->fenced, b->fenced);
	case COLUMN_COMMITTED:
		return most_first(a->committed, b->committed);
	case COLUMN_ABORTED:
		return most_first(a->aborted, b->aborted);
	default:
		return most_first(a->refused, b->refused);
	}
}

static int compare(const void *x, const void *y, void *ctx)
{
	const struct row *a = x, *b = y;
	const struct producers_view *v = ctx;
	int c = compare_by(v->order.column, a, b);

	if (c == 0)
		return a->order < b->order ? -1 : 1;
	return v->order.reverse ? -c : c;
}

static void collect(struct producers_view *v, struct ui *ui)
{
	if (!v->collected)
		v->order.column = COLUMN_REFUSED;
	if (!ui->groups || (v->collected && ui->model->held))
		return;
	v->collected = true;
	v->n = 0;
	v->left_out = 0;
	v->filter = ui->filter[VIEW_PRODUCERS];
	groups_each_producer(ui->groups, v, take);
	if (v->n > 1)
		qsort_r(v->row, v->n, sizeof(*v->row), compare, v);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static unsigned width_of(const struct screen *s, int c)
{
	unsigned used = 1;

	if (columns[c].width)
		return s->width >= WIDE ? columns[c].wide : columns[c].width;
	for (int i = 0; i < COLUMNS; i++)
		if (s->width >= columns[i].from)
			used += (s->width >= WIDE ? columns[i].wide : columns[i].width) + 1u;
	return s->width > used + 8 ? s->width - used : 8;
}

static void put_number(struct pen *p, int64_t n)
{
	char text[TEXT_SHORT] = "-";

	if (n >= 0)
		text_count(text, sizeof(text), (uint64_t)n);
	pen_right(p, p->limit, text);
}

static void draw_column(struct pen *p, enum column c, const struct row *r)
{
	switch (c) {
	case COLUMN_NAME:
		p->style = r->fenced ? STYLE_BAD | STYLE_BOLD : STYLE_BOLD;
		pen_wire(p, r->name, 0);
		break;
	case COLUMN_HOST:
		pen_wire(p, r->host, 0);
		break;
	case COLUMN_ID:
		put_number(p, r->producer_id);
		break;
	case COLUMN_EPOCH:
		put_number(p, r->epoch);
		break;
	case COLUMN_STATE:
		p->style = strcmp(r->state, "fenced") == 0 ? STYLE_BAD : STYLE_PLAIN;
		pen_wire(p, r->state, 0);
		break;
	case COLUMN_REQUESTS:
		put_number(p, (int64_t)r->requests);
		break;
	case COLUMN_REFUSED:
		p->style = r->refused ? STYLE_BAD : STYLE_FAINT;
		put_number(p, (int64_t)r->refused);
		break;
	case COLUMN_FENCED:
		p->style = r->fenced ? STYLE_BAD : STYLE_FAINT;
		put_number(p, r->fenced);
		break;
	case COLUMN_COMMITTED:
		put_number(p, (int64_t)r->committed);
		break;
	default:
		put_number(p, (int64_t)r->aborted);
	}
}

static void draw_row(const struct producers_view *v, struct screen *s, size_t row, unsigned y)
{
	unsigned x = 1;

	for (int c = 0; c < COLUMNS; c++) {
		struct pen p = pen_at(s, x, y, x + width_of(s, c), STYLE_PLAIN);

		if (s->width < columns[c].from)
			continue;
		draw_column(&p, (enum column)c, &v->row[row]);
		x += width_of(s, c) + 1;
	}
	if (row == v->list.at)
		screen_mark(s, 0, y, s->width, STYLE_SELECTED);
}

static void draw_header(struct producers_view *v, struct screen *s, unsigned y)
{
	struct pen p = pen_at(s, 0, y, s->width, STYLE_HEADER);
	unsigned x = 1;

	pen_repeat(&p, ' ', s->width);
	memset(v->order.end, 0, sizeof(v->order.end));
	for (int c = 0; c < COLUMNS; c++) {
		if (s->width < columns[c].from)
			continue;
		v->order.end[c] = (uint16_t)(x + width_of(s, c));
		p = pen_at(s, x, y, x + width_of(s, c) + 1, (int)v->order.column == c ? STYLE_HEADER | STYLE_BOLD : STYLE_HEADER);
		if (columns[c].right)
			pen_right(&p, x + width_of(s, c), columns[c].title);
		else
			pen_text(&p, columns[c].title);
		if ((int)v->order.column == c)
			pen_char(&p, v->order.reverse ? 0x25b2 : 0x25bc);
		x += width_of(s, c) + 1;
	}
}

static void put_errors(struct pen *p, const struct row *r)
{
	for (size_t i = 0; i < r->n_errors; i++) {
		const char *name = kf_error_name(r->error[i].error);

		pen_styled(p, STYLE_BAD, i ? ", " : "  refused: ");
		p->style = STYLE_BAD;
		pen_format(p, "%llu x %s", (unsigned long long)r->error[i].times, name ? name : "error");
		p->style = STYLE_FAINT;
	}
}

static void draw_detail(const struct producers_view *v, struct ui *ui, unsigned y)
{
	const struct row *r = v->n ? &v->row[v->list.at] : NULL;
	struct pen p = pen_at(&ui->screen, 1, y, ui->screen.width, STYLE_FAINT);

	if (!r) {
		if (ui->filter[VIEW_PRODUCERS][0])
			pen_format(&p, "no producer matches; %s shows all", ui_key_name(ui, ACT_BACK));
		else
			pen_text(&p, "no producer was seen");
		return;
	}
	pen_wire(&p, r->client_id, 24);
	pen_text(&p, " ");
	pen_wire(&p, r->host, 24);
	if (r->group[0]) {
		pen_text(&p, "  offsets of ");
		pen_wire(&p, r->group, 24);
	}
	if (r->open_since != GROUP_UNKNOWN_TIME && ui->model->now >= r->open_since) {
		pen_text(&p, "  open for ");
		pen_duration(&p, ui->model->now - r->open_since);
	}
	if (r->cut)
		pen_format(&p, "  %llu cut by a rebalance", (unsigned long long)r->cut);
	if (r->timed_out)
		pen_format(&p, "  %llu timed out", (unsigned long long)r->timed_out);
	if (r->bumps)
		pen_format(&p, "  %u bumps", r->bumps);
	put_errors(&p, r);
}

static void producers_draw(void *state, struct ui *ui, struct area a)
{
	struct producers_view *v = state;
	unsigned rows = a.height > 3 ? a.height - 2 : 1;

	collect(v, ui);
	draw_header(v, &ui->screen, a.y);
	list_fit(&v->list, v->n, rows);
	for (unsigned y = 0; y < rows && v->list.top + y < v->n; y++)
		draw_row(v, &ui->screen, v->list.top + y, a.y + 1 + y);
	draw_detail(v, ui, a.y + a.height - 1);
}

static bool producers_act(void *state, struct ui *ui, enum action a)
{
	struct producers_view *v = state;

	(void)ui;
	return order_act(&v->order, a, COLUMNS);
}

static bool producers_click(void *state, struct ui *ui, unsigned x, unsigned y)
{
	struct producers_view *v = state;

	(void)ui;
	if (order_click(&v->order, x, y))
		return false;
	return list_click(&v->list, v->n, y);
}

static struct list *producers_list(void *state)
{
	return &((struct producers_view *)state)->list;
}

static size_t producers_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct producers_view *)state)->n;
}

static bool producers_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	(void)ui;
	return shown(&((struct producers_view *)state)->row[row], text);
}

static void put_safe(FILE *out, const char *text, int width)
{
	char safe[256];
	size_t n = text_safe(safe, sizeof(safe), text, strlen(text), 0);
	int blanks = width - (int)text_width(safe, n);

	fprintf(out, "%s%*s ", safe, blanks > 0 ? blanks : 0, "");
}

static bool producers_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	struct producers_view *v = state;

	if (as != SAVE_TEXT)
		return false;
	collect(v, ui);
	for (size_t i = 0; i < v->n; i++) {
		const struct row *r = &v->row[i];

		put_safe(out, r->name, 24);
		put_safe(out, r->client_id, 20);
		put_safe(out, r->host, 16);
		fprintf(out, "id %lld epoch %d %-16s %llu requests, %llu refused, %u fenced, %llu committed, %llu aborted\n",
		        (long long)r->producer_id, r->epoch, r->state, (unsigned long long)r->requests,
		        (unsigned long long)r->refused, r->fenced, (unsigned long long)r->committed,
		        (unsigned long long)r->aborted);
	}
	return true;
}

const struct view_ops view_producers = {
	.name = "Producers",
	.tab = "Prods",
	.state_size = sizeof(struct producers_view),
	.close = producers_close,
	.draw = producers_draw,
	.act = producers_act,
	.click = producers_click,
	.list = producers_list,
	.count = producers_count,
	.matches = producers_matches,
	.save = producers_save,
};
