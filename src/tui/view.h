/* SPDX-License-Identifier: Apache-2.0
 *
 * A view: one file with a small table of what it can do. What all of them share is in struct ui.
 */
#ifndef REGROUP_TUI_VIEW_H
#define REGROUP_TUI_VIEW_H

#include "keys.h"
#include "model.h"
#include "screen.h"

#include <stdio.h>

enum view_id {
	VIEW_GROUPS,
	VIEW_TIMELINE,
	VIEW_REBALANCE,
	VIEW_LADDER,
	VIEW_MESSAGE,
	VIEW_WHY,
	VIEW_CONNECTIONS,
	VIEW_PRODUCERS,
	VIEW_STATISTICS,
	VIEW_HELP,
	VIEWS,
};

/* Where a view may draw. */
struct area {
	unsigned x, y, width, height;
};

/* A list with a row under the cursor. */
struct list {
	size_t at, top;
	size_t rows; /* that fit, as drawn last */
};

/* Moves the cursor; false when the action is none of a list's. */
bool list_act(struct list *l, enum action a, size_t count);
/* Keeps the cursor inside the list and in sight; for every drawing. */
void list_fit(struct list *l, size_t count, size_t rows);
/* Moves the cursor to the row at line `y` of the screen; false when none is there. */
bool list_click(struct list *l, size_t count, unsigned y);

/* Of a list with columns: which one its rows are sorted by. */
#define ORDER_COLUMNS 16

struct order {
	unsigned column;
	bool reverse;
	uint16_t end[ORDER_COLUMNS]; /* where the title of each ends, as drawn last; 0: it is not there, or cannot be sorted by */
};

/* The title at `x` of line `y` was clicked: sorts by it, or the other way round. False when none is there. */
bool order_click(struct order *o, unsigned x, unsigned y);

/* Sorts by the next column, the one before, or the other way round; false when the action is none of these. */
bool order_act(struct order *o, enum action a, unsigned columns);

/* What the user is looking at. */
struct focus {
	struct model_group *group; /* NULL before one was chosen */
	uint64_t rebalance; /* struct kept's number; 0 for the latest */
	uint64_t message, marked; /* struct message's number; 0 for none */
	bool diff;
	bool whole;         /* the ladder shows all of the group, not only of the rebalance */
};

enum save_as { SAVE_TEXT, SAVE_JSON, SAVE_MERMAID };

struct ui;

/* Any may be NULL but `draw`. `state` is what `open` made, once, when the view was first shown. */
struct view_ops {
	const char *name, *tab; /* tab: where there is little room */
	size_t state_size;      /* zeroed at first */
	void (*close)(void *state);
	void (*draw)(void *state, struct ui *ui, struct area a);
	bool (*act)(void *state, struct ui *ui, enum action a); /* false: not for this view */
	bool (*click)(void *state, struct ui *ui, unsigned x, unsigned y); /* true: opens what is there, when clicked again */
	/* Lists. */
	struct list *(*list)(void *state);
	size_t (*count)(void *state, struct ui *ui);
	bool (*matches)(void *state, struct ui *ui, size_t row, const char *text);
	/* To a time (ns) or a generation (-1 for none): false when there is none. */
	bool (*jump)(void *state, struct ui *ui, int64_t ts, int32_t generation);
	/* As it would be on a screen without an end. */
	bool (*save)(void *state, struct ui *ui, enum save_as as, FILE *out);
};

extern const struct view_ops view_groups, view_timeline, view_rebalance, view_ladder, view_message, view_why,
	view_connections, view_producers, view_statistics, view_help;

/* What to call a member: its client id, or where it has none its member id. NULL when neither is known. */
const char *name_of_member(const char *client_id, const char *member);

/* Case does not matter. */
bool text_has(const char *text, const char *part);

#endif
