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

/* A member asks to commit; the answer says whether it took. */
void offset_asked(struct group *g, uint32_t topic, int32_t partition, int64_t offset);
void offset_accepted(struct group *g, uint32_t topic, int32_t partition);

/* A member of this generation was told to begin there; -1: nothing is committed. */
void offset_started(struct group *g, uint32_t topic, int32_t partition, int64_t offset, int32_t generation);

/* The coordinator said what is committed. */
void offset_told(struct group *g, uint32_t topic, int32_t partition, int64_t offset);

void offsets_clear(struct group *g);

/* -1 when not known. */
int64_t offset_committed(const struct group *g, uint32_t topic, int32_t partition);

#endif
