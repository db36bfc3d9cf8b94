/* SPDX-License-Identifier: Apache-2.0
 *
 * The user interface without a terminal: keys in, a screen of cells out.
 */
#ifndef REGROUP_TUI_UI_H
#define REGROUP_TUI_UI_H

#include "view.h"

#include <regroup/tui.h>

#define UI_TEXT 256
#define UI_HISTORY 32

enum prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_SEARCH, PROMPT_GOTO, PROMPT_SAVE };

struct ui {
	struct tui_options options;
	struct model *model;
	struct keymap *keys;
	struct screen screen;
	const struct groups *groups; /* to look at */
	struct focus focus;
	enum view_id view;
	enum view_id history[UI_HISTORY];
	size_t n_history;
	void *state[VIEWS];
	char filter[VIEWS][UI_TEXT];
	char needle[UI_TEXT];
	enum prompt prompt;
	char text[UI_TEXT];    /* being typed */
	char notice[UI_TEXT];  /* one line for the user, until the next key */
	bool bad_notice;
	bool quit, redraw, suspend;
	bool ended;            /* the capture is at its end */
	bool changed;          /* something is to be drawn */
	uint64_t drawn;        /* model version on the screen */
	unsigned last_x, last_y; /* of the latest click */
	struct {
		uint16_t from, to; /* columns */
		enum action action;
	} hint[ACTIONS];       /* in the last line, as drawn last */
	size_t n_hints;
	char key_name[ACTIONS][16]; /* see ui_key_name */
};

/* NULL when memory is out. */
struct ui *ui_new(const struct tui_options *options, struct model *m);
void ui_free(struct ui *ui);

void ui_key(struct ui *ui, uint32_t key);
void ui_click(struct ui *ui, unsigned x, unsigned y);

/* Draws the screen, `width` by `height`. */
void ui_draw(struct ui *ui, unsigned width, unsigned height);

/* For the views. */
void ui_open(struct ui *ui, enum view_id v);
void ui_back(struct ui *ui);
void ui_notice(struct ui *ui, bool bad, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "Enter": what to press for it, for texts that say so. */
const char *ui_key_name(struct ui *ui, enum action a);

/* The rebalance that is looked at, as an event of its group; NULL when there is none. */
const struct kept *ui_rebalance(const struct ui *ui);
/* The one `step` rebalances after (or before) it. */
void ui_step_rebalance(struct ui *ui, int step);
/* The group that is looked at; the first of the list when none was chosen. NULL without groups. */
struct model_group *ui_group(struct ui *ui);

/* "checkout  Stable  generation 12  3 members": the row above a view of one group. Returns the column where it ends. */
unsigned ui_heading(struct ui *ui, struct area a, const char *more);

/* save.c: writes what is looked at into the file, its kind by the ending of its name. */
void ui_save(struct ui *ui, const char *file);

/* goto.c: what was typed as a time or a generation. Says so where there is none. */
void ui_goto(struct ui *ui, const char *text);

#endif
