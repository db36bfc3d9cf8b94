/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a long file has been read: one line on standard error that rewrites itself and leaves no trace.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct capture;

struct progress {
	int64_t started, drawn; /* CLOCK_MONOTONIC, ns */
	bool wanted, shown;
};

/* `wanted` false makes the other two do nothing. */
void progress_begin(struct progress *p, bool wanted);

/* Draws at most five times a second, not in the first half second, and only when the size of the files is known. */
void progress_update(struct progress *p, struct capture *c);

/* Takes the line away, for others to write. */
void progress_erase(struct progress *p);

#endif
