/* SPDX-License-Identifier: Apache-2.0
 *
 * When partitions are read again. A rebalance is told when the last member has its assignment; the first Fetch with a
 * partition comes after that, when positions have been looked up. From the last Fetch before to the first one after,
 * nobody read it. Internal to src/group.
 */
#ifndef REGROUP_GROUP_RESUMED_H
#define REGROUP_GROUP_RESUMED_H

#include "correlator.h"

struct fetcher;

/* The rebalance, which is about to be told, interrupted these partitions: what comes of them is told later. */
void resumed_await(struct group *g, const struct round *r, const struct group_rebalance *out);

/* A Fetch was read. */
void resumed_fetch(struct groups *gs, const struct fetcher *f, const struct kafka_message *m);

/* Tells what is known: of all, or when it has been long enough, or because the next rebalance begins. */
void resumed_timer(struct group *g);
void resumed_tell(struct group *g);

void resumed_free(struct group *g);

#endif
