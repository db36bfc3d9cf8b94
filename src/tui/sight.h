/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lanes a timeline shows: those of members, and of whoever was one in the time that is in sight. Groups whose members
 * come under new names with each deployment would fill the screen with blank lanes else.
 */
#ifndef REGROUP_TUI_SIGHT_H
#define REGROUP_TUI_SIGHT_H

#include "axis.h"
#include "lanes.h"
#include "view.h"

struct sight {
	size_t *lane; /* of each row */
	size_t n, cap;
};

/* `always` is shown whatever it did (SIZE_MAX for none). The cursor of the list stays on its lane, or comes to where that
 * was. */
void sight_find(struct sight *s, const struct lanes *l, const struct axis *a, size_t always, struct list *list);
void sight_free(struct sight *s);

/* The row of a lane; SIZE_MAX when it is not shown. */
size_t sight_row(const struct sight *s, size_t lane);

#endif
