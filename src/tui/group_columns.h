/* SPDX-License-Identifier: Apache-2.0
 *
 * The columns of the list of groups.
 */
#ifndef REGROUP_TUI_GROUP_COLUMNS_H
#define REGROUP_TUI_GROUP_COLUMNS_H

#include "view.h"

enum column { COLUMN_NAME, COLUMN_KIND, COLUMN_STATE, COLUMN_GENERATION, COLUMN_MEMBERS, COLUMN_PARTITIONS,
              COLUMN_REBALANCES, COLUMN_UNSTABLE, COLUMN_CAUSE, COLUMN_TREND, COLUMNS };

/* Where each begins, and at[COLUMNS] the end of the last; which of them a screen of this width has. */
void group_columns_lay(unsigned width, unsigned at[COLUMNS + 1], bool has[COLUMNS]);

void group_columns_header(struct order *order, struct screen *s, unsigned y, const unsigned *at, const bool *has);

/* What a group has in a column that ends before `end`. */
void group_column_draw(struct pen *p, enum column c, unsigned end, const struct model *m, const struct model_group *g);

/* Of its latest rebalance, NULL for none. */
const struct group_cause *group_cause_of(const struct model_group *g);

/* "consumer", "connect", "classic" */
const char *group_kind_word(const struct model_group *g);

#endif
