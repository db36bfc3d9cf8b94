/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a partition was when its assignment was not seen: a capture that begins in mid-stream still shows who
 * commits and who fetches. Internal to src/group.
 */
#ifndef REGROUP_GROUP_OWNERSHIP_H
#define REGROUP_GROUP_OWNERSHIP_H

#include "correlator.h"

/* The member commits this partition in this generation: it is its own. Nothing is done where the assignment of the
 * generation is known. */
void ownership_learn(struct group *g, struct member *m, int32_t generation, uint32_t topic, int32_t partition);

/* Somebody who knows (the leader's SyncGroup, DescribeGroups) said the whole assignment of the group's generation.
 * Takes *a. */
void ownership_told(struct group *g, struct assignment *a);

/* Before a rebalance is compared with the generation before: owners that are missing there are looked for in what
 * the members fetched until they were told to join. */
void ownership_complete(struct group *g, const struct round *r);

#endif
