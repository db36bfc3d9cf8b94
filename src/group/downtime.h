/* SPDX-License-Identifier: Apache-2.0
 *
 * How long nobody read a partition, or a member read nothing, because of a rebalance. It begins with the latest Fetch
 * that carried the partition before its owner joined, left or went silent, and ends with the SyncGroup answer that
 * gives it to the next owner: the first Fetch after that comes when the rebalance has long been told. Where no Fetch
 * was seen it begins with the commit before the JoinGroup, else with the JoinGroup or LeaveGroup itself: then it
 * lasted at least that long. Internal to src/group.
 */
#ifndef REGROUP_GROUP_DOWNTIME_H
#define REGROUP_GROUP_DOWNTIME_H

#include "state.h"

struct downtime {
	int64_t length; /* ns; -1 unknown, or there was none */
	bool at_least;
};

/* The former owner of a partition as far as the round shows it. */
struct loser {
	const struct member *member; /* NULL: not known */
	const struct join *join;     /* its own in this round, NULL if none */
	int64_t stopped;             /* it joined, left, or was replaced: it cannot have fetched after that */
	bool sure;                   /* false for one that fell silent: it stopped some time before */
};

struct loser downtime_loser(const struct group *g, const struct round *r, const char *identity);

struct downtime downtime_of_partition(const struct groups *gs, const struct round *r, const struct loser *from,
                                      const struct member *to, uint32_t topic, int32_t partition);

/* Of a partition that its owner let go of at `stopped` at the latest and that was given to another at `given`. */
struct downtime downtime_handed(const struct groups *gs, const struct member *from, uint32_t topic, int32_t partition,
                                int64_t stopped, int64_t given);

/* `before` is the assignment that the member had. */
struct downtime downtime_of_member(const struct groups *gs, const struct round *r, const struct member *m,
                                   const struct join *j, const struct assignment *before);

/* The member of the group that has this identity: the one that is in, else one that is gone. NULL if none. */
const struct member *member_of_identity(const struct group *g, const char *identity);

#endif
