/* SPDX-License-Identifier: Apache-2.0
 *
 * What the phases of a rebalance waited for: members, or timers of the broker. Internal to src/group.
 */
#ifndef REGROUP_GROUP_RELEASE_H
#define REGROUP_GROUP_RELEASE_H

#include "correlator.h"

/* Fills released_by, last_joined, slowest, and the leader's part of the sync phase. After the causes and the start. */
void release_fill(struct group *g, const struct round *r, struct group_rebalance *out);

/* How much longer the others waited because of this join, ns: since the join before it, or since the start. */
int64_t release_wait(const struct round *r, const struct join *j, int64_t started);

#endif
