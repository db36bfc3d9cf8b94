/* SPDX-License-Identifier: Apache-2.0
 *
 * What administrators' tools asked of a group and were told, as events. Tools ask again and again: what they were told
 * before is not told again. Internal to src/group.
 */
#ifndef REGROUP_GROUP_INQUIRY_H
#define REGROUP_GROUP_INQUIRY_H

#include "correlator.h"

struct inquiry {
	const char *api;
	struct kf_bytes state;
	int32_t generation, assignment_epoch, members; /* -1 not said */
};

/* The group is one that is known. */
void inquiry_described(struct group *g, const struct inquiry *q, const struct kafka_message *m);
void inquiry_listed(struct group *g, struct kf_bytes state, const struct kafka_message *m);

/* Any group: also one that nothing else was seen of. */
void inquiry_deleted(struct groups *gs, struct kf_bytes name, int16_t error, const struct kafka_message *m);

#endif
