/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of a group as its commits and the coordinator's answers tell them. Internal to src/group.
 */
#ifndef REGROUP_GROUP_OFFSETS_H
#define REGROUP_GROUP_OFFSETS_H

#include "state.h"

/* Offsets are kept + 1: 0 is not known. */
struct offset {
	struct pkey key;
	int64_t committed;
	int64_t asked; /* in the latest commit request */
	int64_t started; /* where its owner began to read, as OffsetFetch said */
	int64_t past;    /* what is read twice was told up to here */
	int32_t start_generation;
};

/* The partitions of a commit, one after the other. Those of a member are mostly the same each time: where the first is
 * was kept, the others lie behind it. */
struct offset_walk {
	struct group *group;
	struct member *member; /* NULL while it is not known */
	uint32_t at;           /* where the next partition is likely to be */
	bool begun;
};

struct offset_walk offset_walk_of(const struct request *r);

/* A member asks to commit; the answer says whether it took. */
void offset_asked(struct offset_walk *w, uint32_t topic, int32_t partition, int64_t offset);
void offset_accepted(struct offset_walk *w, uint32_t topic, int32_t partition);

/* Into the cache: the table of a group, and then what of it a commit of this member needs. */
void offsets_fetch(const struct group *g);
void offsets_fetch_of(const struct member *m);

/* A member of this generation was told to begin there; -1: nothing is committed. */
void offset_started(struct group *g, uint32_t topic, int32_t partition, int64_t offset, int32_t generation);

/* The coordinator said what is committed. */
void offset_told(struct group *g, uint32_t topic, int32_t partition, int64_t offset);

void offsets_clear(struct group *g);

/* -1 when not known. */
int64_t offset_committed(const struct group *g, uint32_t topic, int32_t partition);

#endif
