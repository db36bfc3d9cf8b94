/* SPDX-License-Identifier: Apache-2.0
 *
 * What loading a program into the kernel has in common: libbpf keeps quiet, and failures become words.
 */
#ifndef CAPTURE_BPF_LOADING_H
#define CAPTURE_BPF_LOADING_H

#include <bpf/libbpf.h>

#include <stdbool.h>
#include <stddef.h>

struct loading {
	libbpf_print_fn_t print;
};

void loading_begin(struct loading *l);
void loading_end(struct loading *l);

/* Half a line for the negative errno `r`; `kernel` is the oldest that will do: "Linux 5.17". */
void loading_explain(int r, const char *kernel, char *why, size_t why_size);

/* Whether the kernel tells its types, which programs need that read its structures; half a line where it does not. */
bool loading_types(char *why, size_t why_size);

#endif
