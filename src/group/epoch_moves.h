/* SPDX-License-Identifier: Apache-2.0
 *
 * Which partitions (or active tasks) went from whom to whom. Internal to src/group.
 */
#ifndef REGROUP_GROUP_EPOCH_MOVES_H
#define REGROUP_GROUP_EPOCH_MOVES_H

#include "epoch.h"

/* What all members have now, as they were answered; complete when it is known of each. */
void epoch_assignment(struct group *g, struct assignment *out);

/* Between the group's assignment before and this one; of a rebalance that came to an end. Not of share groups, whose
 * partitions have several members each. */
void epoch_moves(struct group *g, const struct assignment *after, struct group_rebalance *out);

#endif
