/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash tables (uthash) that begin small: there is one for the members of every group, and most groups have few.
 * Include this in place of <uthash.h>. Internal to src/group.
 */
#ifndef REGROUP_GROUP_TABLE_H
#define REGROUP_GROUP_TABLE_H

#include <uthash.h>

#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS 4U
#define HASH_INITIAL_NUM_BUCKETS_LOG2 2U

#endif
