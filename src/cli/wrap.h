/* SPDX-License-Identifier: Apache-2.0
 *
 * A command that runs while its traffic is captured: regroup check -i lo -- COMMAND.
 */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct wrap {
	char **argv;   /* NULL-terminated */
	pid_t pid;     /* 0 before it was started, and after it has ended */
	bool ended;
	int status;    /* as waitpid tells it */
	int64_t since; /* monotonic ns, when it was seen to have ended */
};

/* Starts it. False after saying on standard error why not. */
bool wrap_start(struct wrap *w);

/* Whether it runs, or has ended so lately that packets may still come. */
bool wrap_goes_on(struct wrap *w);

/* Ends it if it still runs, and says how it ended where that was not well. True when it ended with 0. */
bool wrap_finish(struct wrap *w);

#endif
