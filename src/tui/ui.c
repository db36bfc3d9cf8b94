/* SPDX-License-Identifier: Apache-2.0 */
#include "ui.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

static const struct view_ops *const views[VIEWS] = {
	[VIEW_GROUPS] = &view_groups,
	[VIEW_TIMELINE] = &view_timeline,
	[VIEW_REBALANCE] = &view_rebalance,
	[VIEW_LADDER] = &view_ladder,
	[VIEW_MESSAGE] = &view_message,
	[VIEW_WHY] = &view_why,
	[VIEW_CONNECTIONS] = &view_connections,
	[VIEW_PRODUCERS] = &view_producers,
	[VIEW_STATISTICS] = &view_statistics,
	[VIEW_HELP] = &view_help,
};

struct ui *ui_new(const struct tui_options *options, struct model *m)
{
	struct ui *ui = calloc(1, sizeof(*ui));

	if (!ui)
		return NULL;
	ui->options = *options;
	ui->model = m;
	ui->keys = keymap_new();
	ui->changed = true;
	if (ui->keys)
		return ui;
	free(ui);
	return NULL;
}

void ui_free(struct ui *ui)
{
	if (!ui)
		return;
	for (int v = 0; v < VIEWS; v++) {
		if (ui->state[v] && views[v]->close)
			views[v]->close(ui->state[v]);
		free(ui->state[v]);
	}
	keymap_free(ui->keys);
	screen_free(&ui->screen);
	free(ui);
}

static void *state_of(struct ui *ui)
{
	enum view_id v = ui->view;

	if (!ui->state[v])
		ui->state[v] = calloc(1, views[v]->state_size ? views[v]->state_size : 1);
	return ui->state[v];
}

void ui_notice(struct ui *ui, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ui->notice, sizeof(ui->notice), format, args);
	va_end(args);
	ui->bad_notice = bad;
	ui->changed = true;
}

const char *ui_key_name(struct ui *ui, enum action a)
{
	return keymap_short(ui->keys, a, ui->key_name[a]);
}

/* ---- going from view to view ----------------------------------------------------------------------------------- */

void ui_open(struct ui *ui, enum view_id v)
{
	if (v == ui->view)
		return;
	if (ui->n_history == UI_HISTORY) {
		memmove(ui->history, ui->history + 1, (UI_HISTORY - 1) * sizeof(ui->history[0]));
		ui->n_history--;
	}
	ui->history[ui->n_history++] = ui->view;
	ui->view = v;
	ui->changed = true;
}

void ui_back(struct ui *ui)
{
	if (ui->filter[ui->view][0]) {
		ui->filter[ui->view][0] = '\0';
		return;
	}
	if (ui->n_history)
		ui->view = ui->history[--ui->n_history];
	else if (ui->view != VIEW_GROUPS)
		ui->view = VIEW_GROUPS;
	else
		ui_notice(ui, false, "%s leaves regroup", ui_key_name(ui, ACT_QUIT));
	ui->changed = true;
}

static void open_by_name(struct ui *ui, enum view_id v)
{
	struct list *l = ui->view == VIEW_GROUPS && ui->state[VIEW_GROUPS] ? views[VIEW_GROUPS]->list(state_of(ui)) : NULL;

	if (l && v >= VIEW_TIMELINE && v <= VIEW_WHY) /* of the group under the cursor */
		views[VIEW_GROUPS]->act(state_of(ui), ui, (enum action)(ACT_GROUPS + (int)v));
	if (v == VIEW_LADDER)
		ui->focus.whole = ui->view != VIEW_REBALANCE;
	if (v == VIEW_GROUPS)
		ui->n_history = 0;
	ui_open(ui, v);
	if (v == VIEW_GROUPS)
		ui->n_history = 0;
}

struct model_group *ui_group(struct ui *ui)
{
	if (!ui->focus.group && ui->model->n_shown)
		ui->focus.group = ui->model->list[0];
	return ui->focus.group;
}

static const struct kept *kept_at(const struct model_group *g, size_t i)
{
	return g->kept[g->first + i];
}

static bool is_rebalance(const struct kept *k)
{
	return k->event->type == GROUP_EVENT_REBALANCE;
}

const struct kept *ui_rebalance(const struct ui *ui)
{
	const struct model_group *g = ui->focus.group;
	size_t low = 0, high = g ? g->n : 0;

	if (!g)
		return NULL;
	while (ui->focus.rebalance && low < high) {
		size_t mid = low + (high - low) / 2;

		if (kept_at(g, mid)->number < ui->focus.rebalance)
			low = mid + 1;
		else
			high = mid;
	}
	if (ui->focus.rebalance && low < g->n && kept_at(g, low)->number == ui->focus.rebalance)
		return kept_at(g, low);
	for (size_t i = g->n; i > 0; i--)
		if (is_rebalance(kept_at(g, i - 1)))
			return kept_at(g, i - 1);
	return NULL;
}

void ui_step_rebalance(struct ui *ui, int step)
{
	const struct kept *now = ui_rebalance(ui);
	const struct model_group *g = ui->focus.group;
	size_t i = 0;

	if (!now)
		return;
	while (i < g->n && kept_at(g, i) != now)
		i++;
	for (;;) {
		if (step < 0 ? i == 0 : i + 1 >= g->n)
			break;
		i = step < 0 ? i - 1 : i + 1;
		if (is_rebalance(kept_at(g, i))) {
			now = kept_at(g, i);
			break;
		}
	}
	ui->focus.rebalance = now->number;
	ui->changed = true;
}

/* ---- searching -------------------------------------------------------------------------------------------------- */

static void search(struct ui *ui, bool back, bool from_here)
{
	const struct view_ops *v = views[ui->view];
	size_t n = v->count ? v->count(state_of(ui), ui) : 0;
	struct list *l = v->list ? v->list(state_of(ui)) : NULL;

	if (!ui->needle[0] || !l || !v->matches) {
		ui_notice(ui, true, l ? "nothing to search for" : "there is nothing to search in here");
		return;
	}
	for (size_t i = from_here ? 0 : 1; i <= n && n; i++) {
		size_t row = back ? (l->at + 2 * n - i) % n : (l->at + i) % n;

		if (!v->matches(state_of(ui), ui, row, ui->needle))
			continue;
		if (back ? row > l->at : row < l->at)
			ui_notice(ui, false, "search went on at the other end");
		l->at = row;
		return;
	}
	ui_notice(ui, true, "not found: %s", ui->needle);
}

/* ---- what is typed ------------------------------------------------------------------------------------------------ */

static void begin_prompt(struct ui *ui, enum prompt p)
{
	ui->prompt = p;
	ui->text[0] = '\0';
	if (p == PROMPT_FILTER)
		snprintf(ui->text, sizeof(ui->text), "%s", ui->filter[ui->view]);
}

static void end_prompt(struct ui *ui)
{
	enum prompt p = ui->prompt;

	ui->prompt = PROMPT_NONE;
	if (p == PROMPT_SEARCH) {
		if (ui->text[0])
			snprintf(ui->needle, sizeof(ui->needle), "%s", ui->text);
		search(ui, false, true);
	} else if (p == PROMPT_GOTO && ui->text[0]) {
		ui_goto(ui, ui->text);
	} else if (p == PROMPT_SAVE && ui->text[0]) {
		ui_save(ui, ui->text);
	}
}

/* The last character of what was typed goes. */
static void erase(char *text)
{
	size_t n = strlen(text);

	while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	text[n ? n - 1 : 0] = '\0';
}

static void type(char *text, uint32_t ch)
{
	size_t n = strlen(text);

	if (n + 5 >= UI_TEXT)
		return;
	if (ch < 0x80) {
		text[n++] = (char)ch;
	} else if (ch < 0x800) {
		text[n++] = (char)(0xc0 | ch >> 6);
		text[n++] = (char)(0x80 | (ch & 0x3f));
	} else if (ch < 0x10000) {
		text[n++] = (char)(0xe0 | ch >> 12);
		text[n++] = (char)(0x80 | (ch >> 6 & 0x3f));
		text[n++] = (char)(0x80 | (ch & 0x3f));
	} else {
		text[n++] = (char)(0xf0 | ch >> 18);
		text[n++] = (char)(0x80 | (ch >> 12 & 0x3f));
		text[n++] = (char)(0x80 | (ch >> 6 & 0x3f));
		text[n++] = (char)(0x80 | (ch & 0x3f));
	}
	text[n] = '\0';
}

static void prompt_key(struct ui *ui, uint32_t key)
{
	bool leave = key == KEY_ESCAPE || key == 3 || key == 7;

	if (leave) {
		if (ui->prompt == PROMPT_FILTER)
			ui->filter[ui->view][0] = '\0';
		ui->prompt = PROMPT_NONE;
	} else if (key == KEY_RETURN) {
		end_prompt(ui);
	} else if (key == KEY_ERASE || key == 8) {
		erase(ui->text);
	} else if (key == 21) {
		ui->text[0] = '\0';
	} else if (key >= ' ' && key < KEY_FIRST && key != 0x7f) {
		type(ui->text, key);
	} else if (ui->prompt == PROMPT_FILTER && (key == KEY_GO_DOWN || key == KEY_GO_UP)) {
		ui->prompt = PROMPT_NONE;
	}
	if (ui->prompt == PROMPT_FILTER)
		snprintf(ui->filter[ui->view], sizeof(ui->filter[0]), "%s", ui->text);
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static bool offers(const struct ui *ui, enum action a)
{
	return !key_table[a].views || key_table[a].views >> ui->view & 1;
}

static void act_everywhere(struct ui *ui, enum action a)
{
	switch (a) {
	case ACT_QUIT:
		ui->quit = true;
		break;
	case ACT_BACK:
		ui_back(ui);
		break;
	case ACT_NEXT_VIEW:
		open_by_name(ui, (enum view_id)((ui->view + 1) % VIEWS));
		break;
	case ACT_PREVIOUS_VIEW:
		open_by_name(ui, (enum view_id)((ui->view + VIEWS - 1) % VIEWS));
		break;
	case ACT_SAVE:
		begin_prompt(ui, PROMPT_SAVE);
		break;
	case ACT_SEARCH:
		begin_prompt(ui, PROMPT_SEARCH);
		break;
	case ACT_SEARCH_NEXT:
	case ACT_SEARCH_BACK:
		search(ui, a == ACT_SEARCH_BACK, false);
		break;
	case ACT_FILTER:
		if (offers(ui, a))
			begin_prompt(ui, PROMPT_FILTER);
		break;
	case ACT_GOTO:
		begin_prompt(ui, PROMPT_GOTO);
		break;
	case ACT_HOLD:
		model_hold(ui->model, !ui->model->held);
		break;
	case ACT_REDRAW:
		ui->redraw = true;
		break;
	case ACT_SUSPEND:
		ui->suspend = true;
		break;
	default:
		if (a >= ACT_GROUPS && a <= ACT_HELP)
			open_by_name(ui, (enum view_id)(a - ACT_GROUPS));
	}
}

static void act(struct ui *ui, enum action a)
{
	const struct view_ops *v = views[ui->view];
	void *state = state_of(ui);

	if (!state)
		return;
	if (v->act && v->act(state, ui, a))
		return;
	if (v->list && v->count && list_act(v->list(state), a, v->count(state, ui)))
		return;
	act_everywhere(ui, a);
}

void ui_key(struct ui *ui, uint32_t key)
{
	ui->changed = true;
	ui->notice[0] = '\0';
	if (ui->prompt)
		prompt_key(ui, key);
	else
		act(ui, keymap_action(ui->keys, key));
}

/* ---- drawing ------------------------------------------------------------------------------------------------------- */

static void draw_progress(struct pen *p, const struct ui *ui)
{
	const struct model_counters *c = &ui->model->counters;

	if (ui->model->held)
		pen_format(p, "HELD, %llu events wait", (unsigned long long)ui->model->n_waiting);
	else if (ui->ended)
		pen_text(p, ui->options.live ? "capture has ended" : "end of capture");
	else if (ui->options.live)
		pen_text(p, "live");
	else if (c->file_size)
		pen_format(p, "reading, %u %%", (unsigned)(c->file_read * 100 / c->file_size));
	else
		pen_text(p, "reading");
}

static void draw_title(struct ui *ui)
{
	struct screen *s = &ui->screen;
	struct pen p = pen_at(s, 0, 0, s->width, STYLE_BAR);
	struct model *m = ui->model;
	uint64_t rebalances = m->rebalances;
	char date[TEXT_SHORT];
	unsigned start;

	pen_repeat(&p, ' ', s->width);
	p.x = 0;
	pen_styled(&p, STYLE_BAR | STYLE_BOLD, " regroup  ");
	pen_wire(&p, ui->options.source, s->width / 3);
	pen_text(&p, "  ");
	pen_count(&p, m->n_shown);
	pen_text(&p, m->n_shown == 1 ? " group  " : " groups  ");
	pen_count(&p, rebalances);
	pen_text(&p, rebalances == 1 ? " rebalance  " : " rebalances  ");
	start = p.x;
	draw_progress(&p, ui);
	if (m->now == GROUP_UNKNOWN_TIME || s->width < p.x + 14 || start == p.x)
		return;
	text_date(date, sizeof(date), m->now);
	p.x = s->width - 13;
	if (s->width >= start + 60) {
		p.x -= 15;
		pen_text(&p, date);
		pen_text(&p, " ");
	}
	pen_clock(&p, m->now);
	pen_text(&p, " UTC");
}

static void draw_tabs(struct ui *ui)
{
	struct screen *s = &ui->screen;
	struct pen p = pen_at(s, 0, 1, s->width, STYLE_FAINT);
	bool wide = s->width >= 120;

	for (int v = 0; v < VIEWS; v++) {
		p.style = v == (int)ui->view ? STYLE_TAB | STYLE_BOLD : STYLE_FAINT;
		pen_format(&p, wide ? " %d %s " : " %d%s", (v + 1) % 10, wide ? views[v]->name : views[v]->tab);
		p.style = STYLE_FAINT;
		if (wide)
			pen_text(&p, " ");
	}
}

static const char *const prompts[] = {
	[PROMPT_NONE] = "",
	[PROMPT_FILTER] = "Filter: ",
	[PROMPT_SEARCH] = "Search: ",
	[PROMPT_GOTO] = "Go to (10:56:07, +90s, or a generation): ",
	[PROMPT_SAVE] = "Save as (.pcapng .txt .json .mmd): ",
};

static void draw_hints(struct ui *ui, struct pen *p)
{
	for (int a = ACT_NONE + 1; a < ACTIONS; a++) {
		char keys[64];

		if (!key_table[a].hint || !offers(ui, (enum action)a))
			continue;
		keymap_keys(ui->keys, (enum action)a, keys, sizeof(keys));
		keys[strcspn(keys, " ")] = '\0';
		if (!keys[0] || p->x + strlen(keys) + strlen(key_table[a].hint) + 2 >= p->limit)
			continue;
		ui->hint[ui->n_hints].action = (enum action)a;
		ui->hint[ui->n_hints].from = (uint16_t)p->x;
		pen_styled(p, STYLE_KEY | STYLE_BOLD, keys);
		pen_styled(p, STYLE_HINT, " ");
		pen_styled(p, STYLE_HINT, key_table[a].hint);
		ui->hint[ui->n_hints++].to = (uint16_t)p->x;
		pen_styled(p, STYLE_PLAIN, "  ");
	}
}

static void draw_last_line(struct ui *ui)
{
	struct screen *s = &ui->screen;
	struct pen p = pen_at(s, 0, s->height - 1, s->width, STYLE_PLAIN);

	ui->n_hints = 0;
	if (ui->prompt) {
		pen_styled(&p, STYLE_ACCENT | STYLE_BOLD, prompts[ui->prompt]);
		pen_wire(&p, ui->text, p.limit > p.x + 1 ? p.limit - p.x - 1 : 0);
		screen_mark(s, p.x, p.y, 1, STYLE_UNDERLINE);
	} else if (ui->notice[0]) {
		p.style = ui->bad_notice ? STYLE_BAD : STYLE_ACCENT;
		pen_wire(&p, ui->notice, 0);
	} else {
		draw_hints(ui, &p);
	}
}

void ui_draw(struct ui *ui, unsigned width, unsigned height)
{
	struct area a = { .x = 0, .y = 2, .width = width, .height = height > 3 ? height - 3 : 0 };
	void *state = state_of(ui);

	ui->changed = false;
	ui->drawn = ui->model->version;
	if (!screen_resize(&ui->screen, width, height) || !state)
		return;
	if (height < 4 || width < 20) {
		struct pen p = pen_at(&ui->screen, 0, 0, width, STYLE_PLAIN);
		pen_text(&p, "too small");
		return;
	}
	draw_title(ui);
	draw_tabs(ui);
	views[ui->view]->draw(state, ui, a);
	draw_last_line(ui);
}

/* What the last line offers at `x`. */
static enum action hint_at(const struct ui *ui, unsigned x)
{
	for (size_t i = 0; i < ui->n_hints; i++)
		if (x >= ui->hint[i].from && x < ui->hint[i].to)
			return ui->hint[i].action;
	return ACT_NONE;
}

void ui_click(struct ui *ui, unsigned x, unsigned y)
{
	const struct view_ops *v = views[ui->view];
	bool again = x == ui->last_x && y == ui->last_y;

	ui->changed = true;
	ui->last_x = x;
	ui->last_y = y;
	if (y == 1) { /* tabs */
		unsigned at = 0;

		for (int i = 0; i < VIEWS; i++) {
			at += ui->screen.width >= 120 ? (unsigned)strlen(views[i]->name) + 5 : (unsigned)strlen(views[i]->tab) + 2;
			if (x < at) {
				open_by_name(ui, (enum view_id)i);
				return;
			}
		}
	} else if (y + 1 == ui->screen.height) {
		act(ui, hint_at(ui, x));
	} else if (v->click && v->click(state_of(ui), ui, x, y) && again) {
		act(ui, ACT_OPEN);
	}
}

unsigned ui_heading(struct ui *ui, struct area a, const char *more)
{
	struct pen p = pen_at(&ui->screen, a.x, a.y, a.x + a.width, STYLE_PLAIN);
	const struct model_group *g = ui_group(ui);

	if (!g) {
		pen_styled(&p, STYLE_FAINT, "no group was seen yet");
		return p.x;
	}
	pen_text(&p, " ");
	p.style = STYLE_BOLD;
	pen_wire(&p, g->name, a.width / 2);
	p.style = STYLE_PLAIN;
	pen_format(&p, "  %s  ", g->state[0] ? g->state : "state not seen");
	if (g->generation >= 0)
		pen_format(&p, "%s %d  ", strcmp(g->type, "classic") == 0 || !g->type[0] ? "generation" : "epoch", g->generation);
	pen_format(&p, "%u member%s  ", g->members, g->members == 1 ? "" : "s");
	if (more)
		pen_styled(&p, STYLE_FAINT, more);
	return p.x;
}
