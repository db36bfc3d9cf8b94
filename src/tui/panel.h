/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of one member, and of what its group suffers from: a few rows beneath a timeline.
 */
#ifndef REGROUP_TUI_PANEL_H
#define REGROUP_TUI_PANEL_H

#include "lanes.h"
#include "view.h"

void panel_member(struct ui *ui, struct area a, const struct lane *l);

/* What would end the storm; returns the rows that it took. */
unsigned panel_advice(struct ui *ui, struct area a, const struct model_group *g);

#endif
