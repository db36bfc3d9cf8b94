/* SPDX-License-Identifier: Apache-2.0
 *
 * One message: its fields beside its bytes, what is under the cursor marked in both. Or two messages, field by field.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "ladder.h"
#include "message_json.h"
#include "tree.h"
#include "ui.h"

#define LOOK_AHEAD 2000u

/* A line of a diff: a field of one, of the other, or of both. */
struct pair {
	const struct leaf *a, *b; /* NULL where the message has no such field */
};

struct message_view {
	struct tree tree, other;
	struct list list;
	uint64_t shown, against; /* numbers; against: 0 for no diff */
	struct pair *pair;
	size_t n_pairs;
	unsigned top;
};

static void message_close(void *state)
{
	struct message_view *v = state;

	tree_free(&v->tree);
	tree_free(&v->other);
	free(v->pair);
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

static const struct leaf *find(const struct tree *t, size_t from, const char *path)
{
	for (size_t i = from; i < t->n && i < from + LOOK_AHEAD; i++)
		if (strcmp(t->leaf[i].path, path) == 0)
			return &t->leaf[i];
	return NULL;
}

/* Both have their fields in the order of the schema, so that what only one of them has is skipped on its side. */
static void make_pairs(struct message_view *v)
{
	const struct tree *a = &v->other, *b = &v->tree;
	size_t i = 0, j = 0;

	free(v->pair);
	v->n_pairs = 0;
	v->pair = calloc(a->n + b->n + 1, sizeof(*v->pair));
	while (v->pair && (i < a->n || j < b->n)) {
		struct pair *p = &v->pair[v->n_pairs++];

		if (i < a->n && j < b->n && strcmp(a->leaf[i].path, b->leaf[j].path) == 0)
			*p = (struct pair){ &a->leaf[i++], &b->leaf[j++] };
		else if (i < a->n && (j == b->n || !find(b, j, a->leaf[i].path)))
			*p = (struct pair){ &a->leaf[i++], NULL };
		else if (j < b->n)
			*p = (struct pair){ NULL, &b->leaf[j++] };
		else
			*p = (struct pair){ &a->leaf[i++], NULL };
	}
}

static bool read_tree(struct tree *t, const struct ui *ui, const struct message *x)
{
	const struct model *m = ui->model;
	const struct model_group *g = x->group < m->n_groups ? m->list[x->group] : NULL;
	const struct kept *k = g ? g->latest : NULL;

	return tree_read(t, x, messages_body(m->messages, x), g ? g->protocol_type : NULL, k ? k->event->rebalance.assignor : NULL);
}

static void read_messages(struct message_view *v, const struct ui *ui, const struct message *x, const struct message *y)
{
	uint64_t against = y ? y->number : 0;

	if (v->shown == x->number && v->against == against)
		return;
	read_tree(&v->tree, ui, x);
	if (v->shown != x->number)
		v->list = (struct list){ .at = 0 };
	v->shown = x->number;
	v->against = against;
	v->n_pairs = 0;
	if (!y)
		return;
	read_tree(&v->other, ui, y);
	make_pairs(v);
	v->list = (struct list){ .at = 0 };
}

/* The message that is looked at: the newest of the group when none was chosen. */
static const struct message *message_of(struct ui *ui)
{
	const struct model_group *g = ui_group(ui);

	if (!ui->focus.message && g)
		ui->focus.message = messages_newest(ui->model->messages, g->id);
	return messages_get(ui->model->messages, ui->focus.message);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------------- */

static void draw_headline(struct ui *ui, unsigned y, const struct message *x, const char *before)
{
	const struct messages *ms = ui->model->messages;
	struct pen p = pen_at(&ui->screen, 1, y, ui->screen.width, STYLE_PLAIN);
	char label[160];

	pen_styled(&p, STYLE_FAINT, before);
	pen_clock(&p, x->ts);
	pen_text(&p, "  ");
	p.style = x->error ? STYLE_BAD | STYLE_BOLD : STYLE_BOLD;
	ladder_label(x, label, sizeof(label));
	pen_wire(&p, label, 60);
	p.style = STYLE_PLAIN;
	pen_format(&p, "  v%d %s  ", x->version, x->direction == KF_REQUEST ? "request" : "response");
	pen_wire(&p, messages_text(ms, x->client_id), 24);
	p.style = STYLE_FAINT;
	pen_format(&p, "  frame %llu  %u bytes", (unsigned long long)x->frame, x->size);
	if (x->latency >= 0) {
		pen_text(&p, "  answered after ");
		pen_duration(&p, x->latency);
	}
}

static void draw_leaf(struct screen *s, struct area a, unsigned y, const struct leaf *l, unsigned style)
{
	struct pen p = pen_at(s, a.x + 1u + 2u * l->depth, y, a.x + a.width, style);

	if (l->error)
		p.style = STYLE_BAD;
	pen_styled(&p, l->error ? STYLE_BAD : STYLE_ACCENT, l->key);
	pen_text(&p, l->value[0] ? " " : "");
	pen_text(&p, l->value);
	if (p.x == p.limit)
		screen_char(s, p.x - 1, y, p.limit, 0x2026, STYLE_FAINT);
}

static void draw_hex_line(struct screen *s, struct area a, unsigned y, const uint8_t *body, uint32_t at, uint32_t len,
                          unsigned per_line, const struct leaf *l)
{
	struct pen p = pen_at(s, a.x, y, a.x + a.width, STYLE_FAINT);

	pen_format(&p, "%05x ", at);
	for (unsigned i = 0; i < per_line && at + i < len; i++) {
		bool mine = l && at + i >= l->offset && at + i < l->offset + l->len;
		struct pen letter = pen_at(s, a.x + 7 + per_line * 3 + i, y, a.x + a.width, mine ? STYLE_SELECTED : STYLE_PLAIN);
		uint8_t b = body[at + i];

		p.x = a.x + 6 + i * 3;
		p.style = mine ? STYLE_SELECTED | STYLE_BOLD : STYLE_PLAIN;
		pen_format(&p, "%02x", b);
		pen_char(&letter, b >= 0x20 && b < 0x7f ? b : '.');
	}
}

/* The bytes around those of the field under the cursor. */
static void draw_hex(struct screen *s, struct area a, const uint8_t *body, uint32_t len, const struct leaf *l)
{
	unsigned per_line = a.width >= 71 ? 16 : 8;
	uint32_t lines = (len + per_line - 1) / per_line, at = l ? l->offset / per_line : 0, top = 0;

	if (lines > a.height)
		top = at > a.height / 3 ? at - a.height / 3 : 0;
	if (lines > a.height && top > lines - a.height)
		top = lines - a.height;
	for (unsigned y = 0; y < a.height && top + y < lines; y++)
		draw_hex_line(s, a, a.y + y, body, (top + y) * per_line, len, per_line, l);
}

static void draw_message(struct message_view *v, struct ui *ui, struct area a, const struct message *x)
{
	const uint8_t *body = messages_body(ui->model->messages, x);
	unsigned hex = a.width >= 116 ? 71 : 39;
	struct area left = { a.x, a.y + 2, a.width > hex + 2 ? a.width - hex - 2 : a.width, a.height - 2 };
	struct area right = { a.x + a.width - hex, a.y + 2, hex, a.height - 2 };

	draw_headline(ui, a.y, x, "");
	list_fit(&v->list, v->tree.n, left.height);
	v->top = left.y;
	for (unsigned y = 0; y < left.height && v->list.top + y < v->tree.n; y++) {
		size_t i = v->list.top + y;

		draw_leaf(&ui->screen, left, left.y + y, &v->tree.leaf[i], STYLE_PLAIN);
		if (i == v->list.at)
			screen_mark(&ui->screen, left.x, left.y + y, left.width, STYLE_SELECTED);
	}
	if (body && a.width > hex + 20)
		draw_hex(&ui->screen, right, body, x->body_len, v->tree.n ? &v->tree.leaf[v->list.at] : NULL);
	if (!body) {
		struct pen p = pen_at(&ui->screen, 2, a.y + 3, a.x + a.width, STYLE_FAINT);
		pen_text(&p, x->body_len ? "its bytes are not in memory any more" : "it has no body that was kept");
	}
}

static void draw_pair(struct ui *ui, struct area a, unsigned y, const struct pair *p)
{
	bool same = p->a && p->b && strcmp(p->a->value, p->b->value) == 0;
	struct area left = { a.x, y, a.width / 2 - 1, 1 }, right = { a.x + a.width / 2 + 1, y, a.width - a.width / 2 - 1, 1 };
	unsigned style = same ? STYLE_FAINT : STYLE_WARN | STYLE_BOLD;

	if (p->a)
		draw_leaf(&ui->screen, left, y, p->a, p->b ? style : STYLE_BAD | STYLE_BOLD);
	if (p->b)
		draw_leaf(&ui->screen, right, y, p->b, p->a ? style : STYLE_GOOD | STYLE_BOLD);
	screen_char(&ui->screen, a.x + a.width / 2 - 1, y, a.width, same ? ' ' : !p->a ? '>' : !p->b ? '<' : '|', style);
}

static void draw_diff(struct message_view *v, struct ui *ui, struct area a, const struct message *x, const struct message *y)
{
	unsigned rows = a.height > 3 ? a.height - 3 : 1;

	draw_headline(ui, a.y, y, "< ");
	draw_headline(ui, a.y + 1, x, "> ");
	list_fit(&v->list, v->n_pairs, rows);
	v->top = a.y + 3;
	for (unsigned i = 0; i < rows && v->list.top + i < v->n_pairs; i++) {
		draw_pair(ui, a, v->top + i, &v->pair[v->list.top + i]);
		if (v->list.top + i == v->list.at)
			screen_mark(&ui->screen, a.x, v->top + i, a.width, STYLE_SELECTED);
	}
}

static void message_draw(void *state, struct ui *ui, struct area a)
{
	struct message_view *v = state;
	const struct message *x = message_of(ui), *y = NULL;

	if (ui->focus.diff)
		y = messages_get(ui->model->messages, ui->focus.marked);
	if (!x || a.height < 5) {
		struct pen p = pen_at(&ui->screen, 2, a.y + 1, a.x + a.width, STYLE_FAINT);
		pen_text(&p, "no message: choose one in the ladder (4)");
		return;
	}
	read_messages(v, ui, x, y);
	if (y)
		draw_diff(v, ui, a, x, y);
	else
		draw_message(v, ui, a, x);
}

/* ---- keys --------------------------------------------------------------------------------------------------------------- */

/* The message of the group after this one, or before it. */
static void step(struct ui *ui, bool forward)
{
	const struct messages *ms = ui->model->messages;
	const struct message *now = message_of(ui), *x;
	uint64_t found = 0;

	if (!now)
		return;
	if (!forward) {
		found = now->older;
	} else {
		for (uint64_t n = messages_newest(ms, now->group); (x = messages_get(ms, n)) && n > now->number; n = x->older)
			found = n;
	}
	if (messages_get(ms, found))
		ui->focus.message = found;
}

static bool message_act(void *state, struct ui *ui, enum action a)
{
	const struct message *x = message_of(ui);

	(void)state;
	switch (a) {
	case ACT_LEFT:
	case ACT_RIGHT:
		step(ui, a == ACT_RIGHT);
		return true;
	case ACT_OPEN: /* its answer, or its request */
		if (x && messages_get(ui->model->messages, x->partner))
			ui->focus.message = x->partner;
		return true;
	case ACT_MARK:
		ui->focus.marked = ui->focus.message;
		ui_notice(ui, false, "marked; d on another message shows both");
		return true;
	case ACT_DIFF:
		if (!ui->focus.marked || ui->focus.marked == ui->focus.message)
			ui_notice(ui, true, "mark another message first (%s)", ui_key_name(ui, ACT_MARK));
		else
			ui->focus.diff = !ui->focus.diff;
		return true;
	case ACT_BACK:
		ui->focus.diff = false;
		return false;
	default:
		return false;
	}
}

static bool message_click(void *state, struct ui *ui, unsigned x, unsigned y)
{
	struct message_view *v = state;

	(void)x;
	(void)ui;
	if (y >= v->top && y - v->top < v->list.rows)
		v->list.at = v->list.top + y - v->top;
	return false;
}

static struct list *message_list(void *state)
{
	return &((struct message_view *)state)->list;
}

static size_t message_count(void *state, struct ui *ui)
{
	const struct message_view *v = state;

	(void)ui;
	return v->n_pairs ? v->n_pairs : v->tree.n;
}

static bool message_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	const struct message_view *v = state;
	const struct leaf *l = !v->n_pairs ? &v->tree.leaf[row] : v->pair[row].b ? v->pair[row].b : v->pair[row].a;

	(void)ui;
	return text_has(l->key, text) || text_has(l->value, text);
}

static void print_leaf(FILE *out, const char *mark, const struct leaf *l)
{
	fprintf(out, "%s%*s%s%s%s\n", mark, l->depth * 2, "", l->key, l->value[0] ? ": " : "", l->value);
}

/* Of two messages what is in the first alone, in the second alone, and in both. */
static void print_pairs(const struct message_view *v, FILE *out)
{
	for (size_t i = 0; i < v->n_pairs; i++) {
		const struct pair *p = &v->pair[i];

		if (p->a && p->b && strcmp(p->a->value, p->b->value) == 0) {
			print_leaf(out, "  ", p->a);
			continue;
		}
		if (p->a)
			print_leaf(out, "- ", p->a);
		if (p->b)
			print_leaf(out, "+ ", p->b);
	}
}

static bool message_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	const struct message_view *v = state;
	const struct messages *ms = ui->model->messages;
	const struct message *x = message_of(ui), *y = v->n_pairs ? messages_get(ms, v->against) : NULL;

	if (as == SAVE_JSON)
		return x && (!y || message_json(ms, y, out)) && message_json(ms, x, out);
	if (as != SAVE_TEXT)
		return false;
	if (v->n_pairs)
		print_pairs(v, out);
	for (size_t i = 0; i < v->tree.n && !v->n_pairs; i++)
		print_leaf(out, "", &v->tree.leaf[i]);
	return true;
}

const struct view_ops view_message = {
	.name = "Message",
	.tab = "Message",
	.state_size = sizeof(struct message_view),
	.close = message_close,
	.draw = message_draw,
	.act = message_act,
	.click = message_click,
	.list = message_list,
	.count = message_count,
	.matches = message_matches,
	.save = message_save,
};
