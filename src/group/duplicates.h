/* SPDX-License-Identifier: Apache-2.0
 *
 * Records that are read twice. Whose commit was refused had come further than what is committed; whoever has the
 * partition next begins there. Both are on the wire: the offset of the refused commit, and the one that the next owner is
 * told (OffsetFetch) or asks for first (Fetch). Told only where both were seen. Internal to src/group.
 */
#ifndef REGROUP_GROUP_DUPLICATES_H
#define REGROUP_GROUP_DUPLICATES_H

#include "correlator.h"

#define DUPLICATES_MOST 32

/* What is to be told of one message. */
struct duplicates {
	const char *client_id, *host; /* whose commit was refused; shared texts */
	const struct member *by;      /* who reads it again, NULL when that is not known */
	size_t n;
	uint64_t records;
	bool held; /* the texts are */
	struct group_again list[DUPLICATES_MOST]; /* n of them */
};

/* None yet. Leaves the list alone: there is one with every commit, and nearly never anything in it. */
void duplicates_init(struct duplicates *d);

/* The commit of this offset was refused to the request's member. */
void duplicates_refused(struct duplicates *d, const struct request *r, uint32_t topic, int32_t partition, int16_t error);

/* A member begins to read at this offset: an OffsetFetch answer, or a Fetch. */
void duplicates_starts(struct duplicates *d, struct group *g, const struct member *m, uint32_t topic, int32_t partition,
                       int64_t offset);

/* Somebody committed this far. */
void duplicates_passed(struct group *g, uint32_t topic, int32_t partition, int64_t offset);

/* Emits the event, if there is anything to tell. */
void duplicates_tell(struct duplicates *d, struct group *g, const struct kafka_message *m);

void duplicates_clear(struct group *g);

#endif
