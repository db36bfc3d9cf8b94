/* SPDX-License-Identifier: Apache-2.0
 *
 * Time on a row of columns.
 */
#ifndef REGROUP_TUI_AXIS_H
#define REGROUP_TUI_AXIS_H

#include "screen.h"

#include <regroup/group.h>

struct axis {
	int64_t from, to;   /* ns */
	unsigned x, width;  /* columns */
};

/* The column of a time; INT32_MIN / INT32_MAX when it lies before or behind. */
int axis_column(const struct axis *a, int64_t ts);
/* When a column begins. */
int64_t axis_time(const struct axis *a, unsigned column);

/* Round times, as many as there is room for. */
void axis_draw(const struct axis *a, struct screen *s, unsigned y);

/* Half or twice the time around `middle`, from 1 ms to 30 days. */
void axis_zoom(struct axis *a, bool in, int64_t middle);
void axis_pan(struct axis *a, int64_t by);

/* Where a rebalance ends on an axis: how far it is known to have come. */
int64_t axis_end_of(const struct group_rebalance *r);

#endif
