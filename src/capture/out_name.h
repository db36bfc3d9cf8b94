/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of the files that a capture is saved to, as tcpdump's -C, -W and -G make them: with -C a number behind the
 * name, none for the first file; with -C and -W numbers from 0 with leading zeros, used over again; with -G the name
 * is a strftime pattern, and with -W the oldest file is removed when there would be more than that many.
 */
#ifndef CAPTURE_OUT_NAME_H
#define CAPTURE_OUT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out_name;

/* `by_size`: -C is given; `by_time`: -G is; `max_files`: -W, 0 for none. NULL when out of memory. */
struct out_name *out_name_new(const char *pattern, bool by_size, bool by_time, uint32_t max_files);
void out_name_free(struct out_name *n);

/* The next file's name. `ts` is the beginning of its period, `new_period` whether it differs from the file before.
 * Removes a file that falls out of the ring. NULL with errno set. Valid until the next call. */
const char *out_name_next(struct out_name *n, int64_t ts, bool new_period);

#endif
