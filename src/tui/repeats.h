/* SPDX-License-Identifier: Apache-2.0
 *
 * What a group repeats: the same causes by the same members in the same order.
 */
#ifndef REGROUP_TUI_REPEATS_H
#define REGROUP_TUI_REPEATS_H

#include "view.h"

#define REPEATS_PERIOD 4u /* the longest cycle that is looked for */

/* A run of rebalances each of which is like the one `period` before it. */
struct repeat {
	const struct kept *first, *last;
	const struct kept *cycle[REPEATS_PERIOD]; /* the latest of each, oldest first */
	uint32_t period;  /* rebalances that are repeated */
	uint32_t times;   /* the whole cycle */
	uint32_t n;       /* rebalances in all */
	int64_t from, to; /* from where the first began to where the last ended */
	int64_t every;    /* ns from one cycle to the next */
};

struct repeats {
	struct repeat *list; /* latest first */
	size_t n, cap;
	bool at_end; /* the latest goes on up to the group's latest rebalance */
};

/* Looks at all that is kept of the group. What was found is borrowed from there: look again when it changes. */
void repeats_find(struct repeats *r, const struct model_group *g);
void repeats_free(struct repeats *r);

/* The run that a rebalance is in; NULL for none. */
const struct repeat *repeats_of(const struct repeats *r, const struct kept *k);

/* "1,733 times over: R7 worker-2, R2 worker-2"; nothing when the group does not go on to repeat itself. */
void repeats_draw(struct pen *p, const struct repeats *r);

/* "1,733 x R7 worker-2, R2 worker-2 every 8 s"; "1,733 x" where there is no room. */
void repeats_draw_one(struct pen *p, const struct repeat *r);

#endif
