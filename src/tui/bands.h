/* SPDX-License-Identifier: Apache-2.0
 *
 * What a group repeats, as one band over its lanes instead of a smear of rebalances that are narrower than a column.
 */
#ifndef REGROUP_TUI_BANDS_H
#define REGROUP_TUI_BANDS_H

#include "axis.h"
#include "lanes.h"
#include "repeats.h"

#define BANDS_COLUMNS 1024u /* of a row; what is further right is drawn as it is */

enum fold {
	FOLD_DENSE, /* where there are too many rebalances to tell them apart */
	FOLD_ALL,
	FOLD_NONE,
};

struct bands {
	const struct repeat *at[BANDS_COLUMNS]; /* by column, NULL where nothing is folded */
	size_t n; /* bands in sight */
};

/* Lays the runs out over the columns of the axis. */
void bands_lay(struct bands *b, const struct repeats *r, const struct axis *a, enum fold fold);

/* The band in a column; NULL for none. */
const struct repeat *bands_at(const struct bands *b, unsigned column);

/* Whether a rebalance is inside a band that is in sight. */
bool bands_hide(const struct bands *b, const struct kept *k);

/* Generations and what is repeated, in two rows above the lanes. */
void bands_draw(const struct bands *b, const struct axis *a, struct screen *s, unsigned y);

/* What stands for a lane inside a band: crossed when its member is the cause of it. */
uint32_t bands_hatch(const struct repeat *r, const struct lane *l, unsigned *style);

#endif
