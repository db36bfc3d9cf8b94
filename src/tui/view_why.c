/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict on one group, as regroup why gives it.
 */
#include "page.h"
#include "print.h"
#include "ui.h"

struct why_page {
	struct page page;
	const struct model_group *group;
	uint64_t events; /* of the group, when it was made */
	int64_t at;
};

#define AGAIN INT64_C(2000000000) /* ns of capture time after which a verdict is given anew */

static void why_close(void *state)
{
	page_free(&((struct why_page *)state)->page);
}

static void make(struct why_page *v, struct ui *ui, const struct model_group *g)
{
	FILE *out;

	if (!page_begin(&v->page, &out))
		return;
	print_why(ui, false, true, out);
	if (!page_end(&v->page, out))
		return;
	if (v->group != g)
		v->page.list = (struct list){ .at = 0 };
	v->group = g;
	v->events = g->n + g->forgotten;
	v->at = ui->model->now;
}

static void why_draw(void *state, struct ui *ui, struct area a)
{
	struct why_page *v = state;
	const struct model_group *g = ui_group(ui);
	enum { rows = 1 };

	ui_heading(ui, a, NULL);
	if (!g)
		return;
	if (v->group != g || v->events != g->n + g->forgotten || ui->model->now - v->at > AGAIN)
		make(v, ui, g);
	if (v->group != g)
		return;
	a.y += rows + 1;
	a.height -= a.height > rows + 1 ? rows + 1 : a.height;
	page_draw(&v->page, ui, a);
}

static bool why_act(void *state, struct ui *ui, enum action a)
{
	if (a == ACT_OPEN) {
		ui_open(ui, VIEW_TIMELINE);
		return true;
	}
	return page_act(&((struct why_page *)state)->page, a);
}

static struct list *why_list(void *state)
{
	return &((struct why_page *)state)->page.list;
}

static size_t why_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct why_page *)state)->page.n;
}

static bool why_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	(void)ui;
	return page_matches(&((struct why_page *)state)->page, row, text);
}

static bool why_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	(void)state;
	return as != SAVE_MERMAID && print_why(ui, as == SAVE_JSON, false, out);
}

const struct view_ops view_why = {
	.name = "Why",
	.tab = "Why",
	.state_size = sizeof(struct why_page),
	.close = why_close,
	.draw = why_draw,
	.act = why_act,
	.list = why_list,
	.count = why_count,
	.matches = why_matches,
	.save = why_save,
};
