/* SPDX-License-Identifier: Apache-2.0
 *
 * How often something happened over the whole time so far, in a fixed number of buckets: they become twice as wide
 * whenever the time does not fit any more.
 */
#ifndef REGROUP_TUI_TREND_H
#define REGROUP_TUI_TREND_H

#include <stddef.h>
#include <stdint.h>

#define TREND_BUCKETS 64

struct trend {
	int64_t from;  /* of the first bucket */
	int64_t width; /* ns; 0: nothing yet */
	uint16_t n[TREND_BUCKETS];
};

/* Once more at `at`; times before `from`, the begin of it all, count for the first bucket. */
void trend_add(struct trend *t, int64_t from, int64_t at);

/* Levels 0 (none) to 8 of `columns` equal parts of the time up to `to`. */
void trend_levels(const struct trend *t, int64_t to, uint8_t *level, size_t columns);

#endif
