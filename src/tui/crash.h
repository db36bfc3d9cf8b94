/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal as it was before, whatever happens.
 */
#ifndef REGROUP_TUI_CRASH_H
#define REGROUP_TUI_CRASH_H

#include <stdbool.h>
#include <termios.h>

/* From here on a signal that ends the program restores the modes of `fd` first, and sends `leave` to it. SIGINT, SIGTERM
 * and SIGHUP only set a flag. One terminal at a time. */
void crash_arm(int fd, const struct termios *modes, const char *leave);

/* Signals are as they were before. */
void crash_disarm(void);

bool crash_end_wanted(void);

#endif
