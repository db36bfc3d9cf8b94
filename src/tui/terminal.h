/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal: the only part that knows ncurses. It shows a screen of cells, reads keys and the mouse, and gives the
 * terminal back as it was, also when the program crashes.
 */
#ifndef REGROUP_TUI_TERMINAL_H
#define REGROUP_TUI_TERMINAL_H

#include "screen.h"

struct terminal;

/* What a key press was. */
struct terminal_key {
	uint32_t key;  /* a character or enum key; KEY_NONE: there was none */
	unsigned x, y; /* of KEY_POINTER */
};

/* Keys are read from `fd`. NULL with one line in `err`. */
struct terminal *terminal_new(int fd, bool color, char *err, size_t err_size);

/* Gives the terminal back. NULL is fine. */
void terminal_free(struct terminal *t);

void terminal_size(const struct terminal *t, unsigned *width, unsigned *height);

/* It can show nothing but ASCII. */
bool terminal_is_ascii(const struct terminal *t);

/* The next key that waits; never blocks. */
struct terminal_key terminal_read(struct terminal *t);

/* Shows the screen; only what has changed is sent. `anew`: everything is. */
void terminal_show(struct terminal *t, const struct screen *s, bool anew);

/* Where the screen goes. */
int terminal_output(const struct terminal *t);

/* Stops the program as the shell's Ctrl-Z does, and comes back with it. */
void terminal_suspend(struct terminal *t);

/* The user, or somebody else, wants the program to end (SIGINT, SIGTERM, SIGHUP). */
bool terminal_wants_end(void);

const char *terminal_library(void);

#endif
