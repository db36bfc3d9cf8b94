/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGINT and SIGTERM end the capture in good order (a second one ends the program at once), SIGUSR1 asks for the
 * counters, SIGPIPE is left to the error of the write.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

struct capture;

void signals_begin(struct capture *c);
void signals_end(void);

/* While another capture is read in the place of the one that was begun with: returns that, for signals_back. A signal in
 * between ends both. */
struct capture *signals_instead(struct capture *c);
void signals_back(struct capture *former);

/* Whether SIGUSR1 came since the last call. */
bool signals_counters_wanted(void);

#endif
