/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of local sockets and their processes, kept up to date while it is asked.
 */
#ifndef CAPTURE_PROCESSES_H
#define CAPTURE_PROCESSES_H

#include "regroup/capture.h"

struct processes;

/* Needs the rights that the capture is opened with; NULL with `why` set where neither eBPF nor /proc can be had. */
struct processes *processes_new(char *why, size_t why_size);
void processes_free(struct processes *p); /* NULL is fine */

/* Takes what the kernel has to tell; cheap. */
void processes_poll(struct processes *p);

/* See cap_process_of. */
const struct cap_process *processes_find(struct processes *p, const struct cap_end *local, const struct cap_end *remote);

#endif
