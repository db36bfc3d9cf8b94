/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and what they do: one table, which the program, the help screen, the last line and the file with a user's own keys
 * share.
 */
#ifndef REGROUP_TUI_KEYS_H
#define REGROUP_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that are no characters, behind all of those. */
enum key {
	KEY_NONE = 0,
	KEY_TAB = 9,
	KEY_RETURN = 13,
	KEY_ESCAPE = 27,
	KEY_ERASE = 127,
	KEY_FIRST = 0x110000,
	KEY_GO_UP = KEY_FIRST,
	KEY_GO_DOWN,
	KEY_GO_LEFT,
	KEY_GO_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_TO_HOME,
	KEY_TO_END,
	KEY_BACK_TAB,
	KEY_REMOVE,
	KEY_SHIFT_LEFT,
	KEY_SHIFT_RIGHT,
	KEY_FUNCTION, /* F0; F1 is one more */
	KEY_RESIZED = KEY_FUNCTION + 64,
	KEY_POINTER, /* the mouse: see struct ui_key */
};

enum action {
	ACT_NONE,
	ACT_UP, ACT_DOWN, ACT_LEFT, ACT_RIGHT, ACT_PAGE_UP, ACT_PAGE_DOWN, ACT_FIRST, ACT_LAST,
	ACT_OPEN, ACT_BACK, ACT_QUIT,
	/* In the order of enum view_id. */
	ACT_GROUPS, ACT_TIMELINE, ACT_REBALANCE, ACT_LADDER, ACT_MESSAGE, ACT_WHY, ACT_CONNECTIONS, ACT_PRODUCERS,
	ACT_STATISTICS, ACT_HELP,
	ACT_NEXT_VIEW, ACT_PREVIOUS_VIEW,
	ACT_SAVE, ACT_SEARCH, ACT_SEARCH_NEXT, ACT_SEARCH_BACK, ACT_FILTER, ACT_GOTO, ACT_HOLD,
	ACT_SORT_RIGHT, ACT_SORT_LEFT, ACT_REVERSE,
	ACT_ZOOM_IN, ACT_ZOOM_OUT, ACT_ZOOM_FIT, ACT_PAN_LEFT, ACT_PAN_RIGHT, ACT_FOLLOW,
	ACT_FOLD, ACT_MARK, ACT_DIFF,
	ACT_REDRAW, ACT_SUSPEND,
	ACTIONS,
};

struct key_row {
	const char *name;  /* in the file */
	const char *keys;  /* "/ F3" */
	const char *help;
	const char *hint;  /* a word for the last line; NULL for none */
	uint16_t views;    /* bit per enum view_id that has it; 0 for all */
};

extern const struct key_row key_table[ACTIONS]; /* [ACT_NONE] is empty */

struct keymap;

/* The keys of the table. NULL when memory is out. */
struct keymap *keymap_new(void);
void keymap_free(struct keymap *k);

enum action keymap_action(const struct keymap *k, uint32_t key);

/* The keys of an action, "/ F3"; returns `out`. */
const char *keymap_keys(const struct keymap *k, enum action a, char *out, size_t size);

/* The first of its keys that is no function key, or the first of those; "no key" where it has none. Returns `out`. */
const char *keymap_short(const struct keymap *k, enum action a, char out[16]);

/* Reads lines "action = key key", with # and ; before comments and [sections] left out. What an action is given replaces
 * what it had, and a key does only what it was given last. Quitting keeps a key. False with one line in `err` (file, line, what). */
bool keymap_read(struct keymap *k, const char *file, char *err, size_t err_size);

/* "j", "Ctrl-F", "F3", "PgUp"; KEY_NONE for what is no key. */
uint32_t key_parse(const char *name, size_t len);
const char *key_text(uint32_t key, char *out, size_t size);

#endif
