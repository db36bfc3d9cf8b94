/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rebalance changed for members and partitions. Internal to src/group.
 */
#ifndef REGROUP_GROUP_MOVEMENT_H
#define REGROUP_GROUP_MOVEMENT_H

#include "correlator.h"

/* Compares the round's assignment with the one before, and makes it the group's current one when the
 * round was stored. Borrowed strings stay valid until the round after next. */
void movement_fill(struct group *g, struct round *r, struct group_rebalance *out);

/* Who the member is; nothing of the rebalance is known yet. */
struct group_rebalance_member member_named(const struct member *m);

/* By client id, then member id. */
void members_sort(const struct member **list, size_t n);

/* Members of the generation and those that went, by name. After movement_fill. */
void members_fill(struct group *g, const struct round *r, struct group_rebalance *out);

#endif
