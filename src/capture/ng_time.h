/* SPDX-License-Identifier: Apache-2.0
 *
 * Time stamps of pcapng: ticks of the interface's resolution since the epoch.
 */
#ifndef CAPTURE_NG_TIME_H
#define CAPTURE_NG_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "file.h"

/* From an if_tsresol value: a power of ten, with the top bit of two. Uses i->offset. False when out of range. */
bool ng_time_set(struct ng_interface *i, uint8_t resolution);

/* The general case; saturates at 0 and INT64_MAX. */
int64_t ng_time_slow(const struct ng_interface *i, uint64_t ticks);

/* Nanoseconds since the epoch, 0..INT64_MAX. */
static inline int64_t ng_time(const struct ng_interface *i, uint64_t ticks)
{
	return ticks < i->limit ? (int64_t)(ticks * i->mul) : ng_time_slow(i, ticks);
}

#endif
