/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes in functions of a file, without the kernel's perf events: those take CAP_SYS_ADMIN for files of user space, this takes
 * CAP_BPF and CAP_PERFMON. Linux 6.6 or later.
 */
#ifndef CAPTURE_BPF_PROBE_H
#define CAPTURE_BPF_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_ATTACH_TYPE 48 /* BPF_TRACE_UPROBE_MULTI: what a program has to be loaded for */

/* Whether this kernel and user can. */
bool probe_possible(void);

/* The program at all of the offsets, or where the functions return. A descriptor that holds them, or a negative errno. */
int probe_put(int program, const char *path, const uint64_t *offsets, size_t n, bool at_return);

#endif
