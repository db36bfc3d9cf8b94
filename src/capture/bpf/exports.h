/* SPDX-License-Identifier: Apache-2.0
 *
 * Where functions are in a shared library.
 */
#ifndef CAPTURE_BPF_EXPORTS_H
#define CAPTURE_BPF_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of `n` functions by name: their offsets in the file, 0 for those that it does not export. False when it is no ELF file
 * of this machine's kind that could be read. The file may be anybody's: nothing in it is believed unchecked. */
bool exports_find(const char *path, const char *const *names, size_t n, uint64_t *offsets);

#endif
