/* SPDX-License-Identifier: Apache-2.0
 *
 * Help, made of the table of keys.
 */
#include "page.h"
#include "ui.h"

#include <stdlib.h>

struct help_view {
	struct page page;
	bool made;
};

static void help_close(void *state)
{
	page_free(&((struct help_view *)state)->page);
}

static void print_lanes(FILE *out)
{
	fputs("\n\033[1mThe timeline\033[0m\n"
	      "  \033[32m\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\033[0m  running            "
	      "\033[31m\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\033[0m  told to rejoin, not there yet\n"
	      "  \033[33m\xe2\x96\x92\xe2\x96\x92\xe2\x96\x92\033[0m  waits for others   "
	      "\033[36m\xe2\x96\x93\xe2\x96\x93\xe2\x96\x93\033[0m  syncs: waits for its assignment\n"
	      "  \xc2\xb7\xc2\xb7\xc2\xb7  not seen           (blank) not in the group\n"
	      "  R1 ... R21 are causes: regroup explain R9 tells what one means.\n"
	      "  C0 to C3 are how sure that is: C3 is proven by what was seen.\n", out);
}

static void make(struct help_view *h, struct ui *ui)
{
	FILE *out;

	if (!page_begin(&h->page, &out))
		return;
	fprintf(out, "\033[1mFrom the list to the cause\033[0m\n"
	        "  Arrows move, %s looks into what is under the cursor: a group's\n"
	        "  timeline, a rebalance on it, the messages of that, a message. %s goes back.\n"
	        "  Groups in a storm (!) are at the top of the list.\n\n"
	        "\033[1mKeys\033[0m\n", ui_key_name(ui, ACT_OPEN), ui_key_name(ui, ACT_BACK));
	for (int a = ACT_NONE + 1; a < ACTIONS; a++) {
		char keys[64];

		keymap_keys(ui->keys, (enum action)a, keys, sizeof(keys));
		fprintf(out, "  \033[36m%-18s\033[0m %s\n", keys, key_table[a].help);
	}
	fputs("\n\033[1mThe mouse\033[0m\n"
	      "  A click selects, a second one on the same opens; the wheel moves. Titles of\n"
	      "  columns sort, tabs and the words in the last line are as good as their keys.\n", out);
	print_lanes(out);
	fputs("\n\033[1mKeys of your own\033[0m\n"
	      "  ~/.config/regroup/keys: lines like \"search = / F3\", with these actions:\n  ", out);
	for (int a = ACT_NONE + 1, column = 0; a < ACTIONS; a++) {
		column += fprintf(out, " %s", key_table[a].name);
		if (column > 64)
			column = 0 * fprintf(out, "\n  ");
	}
	fputc('\n', out);
	h->made = page_end(&h->page, out);
}

static void help_draw(void *state, struct ui *ui, struct area a)
{
	struct help_view *h = state;

	if (!h->made)
		make(h, ui);
	if (h->made)
		page_draw(&h->page, ui, a);
}

static bool help_act(void *state, struct ui *ui, enum action a)
{
	if (a == ACT_OPEN || a == ACT_HELP) {
		ui_back(ui);
		return true;
	}
	return page_act(&((struct help_view *)state)->page, a);
}

static struct list *help_list(void *state)
{
	return &((struct help_view *)state)->page.list;
}

static size_t help_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct help_view *)state)->page.n;
}

static bool help_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	(void)ui;
	return page_matches(&((struct help_view *)state)->page, row, text);
}

static bool help_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	struct help_view *h = state;

	(void)ui;
	if (as != SAVE_TEXT)
		return false;
	page_print(&h->page, out);
	return true;
}

const struct view_ops view_help = {
	.name = "Help",
	.tab = "Help",
	.state_size = sizeof(struct help_view),
	.close = help_close,
	.draw = help_draw,
	.act = help_act,
	.list = help_list,
	.count = help_count,
	.matches = help_matches,
	.save = help_save,
};
