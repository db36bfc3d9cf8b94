/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a group's coordinator is. Internal to src/group.
 */
#ifndef REGROUP_GROUP_COORDINATOR_H
#define REGROUP_GROUP_COORDINATOR_H

#include "correlator.h"

/* The partition of __consumer_offsets that holds a group: abs(hash) % n, with the hash of a Java String over the
 * UTF-16 units of `group` (UTF-8; bytes that are none count as U+FFFD). `n` > 0. */
int32_t coordinator_partition(const char *group, int32_t n);

/* How many partitions __consumer_offsets has: as Metadata said, else Kafka's default of 50. */
int32_t coordinator_partitions(const struct groups *gs);

/* The broker id of the group's coordinator, -1 when not known. */
int32_t coordinator_node(const struct group *g);

/* A broker's address as FindCoordinator and Metadata tell it. */
void broker_learn(struct groups *gs, int32_t node, struct kf_bytes host, int32_t port);

#endif
