/* SPDX-License-Identifier: Apache-2.0
 *
 * What an accepted commit means. Internal to src/group.
 */
#ifndef REGROUP_GROUP_COMMIT_H
#define REGROUP_GROUP_COMMIT_H

#include "offsets.h"

/* One partition of it, and then the whole; ns, -1 unknown. */
void commit_took(struct request *r, struct offset_walk *w, uint32_t topic, int32_t partition);
void commit_all_took(struct request *r, int64_t latency);

#endif
