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
};

/* A member asks to commit; the answer says whether it took. */
void offset_asked(struct group *g, uint32_t topic, int32_t partition, int64_t offset);
void offset_accepted(struct group *g, uint32_t topic, int32_t partition);

/* The coordinator said what is committed. */
void offset_told(struct group *g, uint32_t topic, int32_t partition, int64_t offset);

void offsets_clear(struct group *g);

/* -1 when not known. */
int64_t offset_committed(const struct group *g, uint32_t topic, int32_t partition);

#endif
