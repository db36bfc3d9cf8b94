/* SPDX-License-Identifier: Apache-2.0
 *
 * A program on a pseudo terminal, and what that shows: an emulator (libvterm) takes what it writes.
 */
#ifndef TESTS_TUI_PTY_H
#define TESTS_TUI_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pty;

/* `argv` ends with NULL; `environment` are "NAME=value" that are added, ending with NULL. */
struct pty *pty_start(char *const *argv, const char *const *environment, int columns, int rows);
void pty_free(struct pty *p);

void pty_resize(struct pty *p, int columns, int rows);
void pty_type(struct pty *p, const char *keys);
void pty_signal(struct pty *p, int signal);
pid_t pty_pid(const struct pty *p);

/* Takes what comes until the screen shows `text`, for 10 s at most. */
bool pty_wait_for(struct pty *p, const char *text);
/* Takes what comes for `ms`. */
void pty_settle(struct pty *p, int ms);
/* Waits for the end: the status of waitpid. */
int pty_wait_end(struct pty *p);

/* The rows without blanks at their ends, each with a newline; to be freed. */
char *pty_screen(const struct pty *p);

/* The terminal is as it was before the program began: modes, cursor, screen, mouse. */
bool pty_is_restored(const struct pty *p);
/* Any cell has a colour of its own. */
bool pty_has_color(const struct pty *p);
/* All that was ever written. */
const char *pty_written(const struct pty *p, size_t *len);

#endif
