/* SPDX-License-Identifier: Apache-2.0
 *
 * The packets of several files in the order of their time stamps.
 *
 * Each file keeps its own order, even where its time steps back. Of packets with the same time, those of a file that
 * has begun come before the first packet of another (so that the files of a ring join without a seam, in whatever
 * order they are named); else the order of the files decides.
 */
#ifndef CAPTURE_MERGE_H
#define CAPTURE_MERGE_H

#include "file.h"

struct merge;

/* Borrows the files. NULL when out of memory. */
struct merge *merge_new(struct cap_file *const *files, size_t n);
void merge_free(struct merge *m);

/* FILE_OK with packets, FILE_IDLE when a pipe must be waited for, FILE_END when all files have ended or are bad. */
size_t merge_read(struct merge *m, struct cap_packet *out, size_t max, enum file_state *state);

#endif
