/* SPDX-License-Identifier: Apache-2.0
 *
 * Where members stand in the rebalance that is under way. Internal to src/group.
 */
#ifndef REGROUP_GROUP_VIEW_STAND_H
#define REGROUP_GROUP_VIEW_STAND_H

#include "epoch.h"

/* Fills `stand` and `stand_since`. */
void view_stand(const struct group *g, const struct member *m, struct group_view_member *out);

/* Since when the group is rebalancing, GROUP_UNKNOWN_TIME when it is not, as far as is known. */
int64_t view_rebalancing(const struct group *g);

/* JoinGroup requests without an answer, of clients that are not in the group yet. */
uint32_t view_joining(const struct group *g);

/* What the member was given while the broker leads it to another assignment; NULL when it does not, or that was not
 * seen. */
const struct holding *view_given(const struct groups *gs, const struct group *g, const struct member *m);

/* Whether its owner was told to give the partition up and has not confirmed that. */
bool view_leaving(const struct groups *gs, const struct member *m, uint32_t topic, int32_t partition);

#endif
