/* SPDX-License-Identifier: Apache-2.0
 *
 * What a group repeats: the same causes by the same members in the same order.
 */
#ifndef REGROUP_TUI_REPEATS_H
#define REGROUP_TUI_REPEATS_H

#include "view.h"

/* The longest run at the end of what is kept. */
struct repeats {
	uint32_t period; /* rebalances that are repeated; 0: nothing is */
	uint32_t times;
	const struct kept *cycle[4]; /* the latest of each, oldest first */
};

void repeats_find(const struct model_group *g, struct repeats *out);

/* Whether two rebalances are alike. */
bool repeats_alike(const struct group_rebalance *a, const struct group_rebalance *b);

/* "1,733 times over: R7 worker-2, R2 worker-2" */
void repeats_draw(struct pen *p, const struct repeats *r);

#endif
