/* SPDX-License-Identifier: Apache-2.0
 *
 * Rebalances above the lanes of a timeline.
 */
#ifndef REGROUP_TUI_MARKS_H
#define REGROUP_TUI_MARKS_H

#include "axis.h"
#include "bands.h"
#include "model.h"
#include "screen.h"

/* Generation and cause above where each rebalance began; returns how many have no room there. */
unsigned marks_draw(const struct axis *a, const struct bands *b, const struct model_group *g, struct screen *s, unsigned y,
                    const struct kept *chosen);

/* The time of the chosen rebalance, in `rows` rows from `y` on. */
void marks_underline(const struct axis *a, struct screen *s, const struct kept *k, unsigned y, unsigned rows);

#endif
