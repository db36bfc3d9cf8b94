/* SPDX-License-Identifier: Apache-2.0
 *
 * Which process each local end of a connection belongs to. By eBPF where that can be loaded (cheap, and complete), else
 * by what /proc tells while there is the right to read it.
 */
#ifndef CAPTURE_BPF_PROCESS_H
#define CAPTURE_BPF_PROCESS_H

#include "regroup/capture.h"

#include "owner.h"

struct process_source;

/* The kernel's side. NULL with `why` set where it cannot be loaded. */
struct process_source *process_source_new(char *why, size_t why_size);
void process_source_free(struct process_source *s); /* NULL is fine */

/* Calls `each` for every TCP socket that is open. */
void process_source_scan(struct process_source *s, void *ctx, void (*each)(void *ctx, const struct owner *o));

/* The same for those that have connected or begun to listen since. */
void process_source_news(struct process_source *s, void *ctx, void (*each)(void *ctx, const struct owner *o));

#endif
