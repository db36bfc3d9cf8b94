/* SPDX-License-Identifier: Apache-2.0
 *
 * The short form of what regroup says: a few rows on a screen.
 */
#ifndef REGROUP_TUI_BRIEF_H
#define REGROUP_TUI_BRIEF_H

#include "view.h"

/* "storm: heartbeat starvation, because of vod-3 (10.77.1.5): advice", in one row. */
void brief_storm(struct screen *s, unsigned x, unsigned y, unsigned limit, const struct group_storm_event *e);

/* "7 rebalances, not stable for 12.5 s of 2 min (10 %)" */
void brief_totals(struct screen *s, unsigned x, unsigned y, unsigned limit, const struct model *m,
                  const struct model_group *g);

/* What, why, how long, who was slow, in a.height rows. `open`: the key that shows more. */
void brief_rebalance(struct screen *s, struct area a, const struct group_event *e, const char *open);

/* Words, going on in the next row as long as there are rows; returns the rows that it took. */
unsigned brief_words(struct screen *s, struct area a, unsigned indent, unsigned style, const char *text);

#endif
