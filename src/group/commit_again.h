/* SPDX-License-Identifier: Apache-2.0
 *
 * A consumer commits as many partitions of the same topics each time. A commit that was read is remembered by where its
 * partitions and offsets lie and by a digest of the rest, and so is an answer that accepts it: the next one like it need not
 * be decoded. Internal to src/group.
 */
#ifndef REGROUP_GROUP_COMMIT_AGAIN_H
#define REGROUP_GROUP_COMMIT_AGAIN_H

#include <regroup/group.h>

#include <regroup/fetch.h>

#include "state.h"

/* Commits of more topics go the long way. */
#define COMMIT_TOPICS 16

/* The partitions of one topic in a request's frame, and in the body of its answer: where the first is, and how far apart
 * they are. */
struct commit_run {
	uint32_t topic;
	uint16_t n, at, stride;
	uint16_t answer_at;
	uint8_t answer_stride;
	uint8_t metadata, metadata_at; /* bytes of it with each, and how far behind the partition's begin */
};

/* What a member commits. */
struct committing {
	int64_t at;         /* its latest OffsetCommit request that was accepted, GROUP_UNKNOWN_TIME none */
	uint64_t asked;     /* digest of its latest request, but for what differs each time */
	uint64_t answered;  /* of the body of an answer that accepted such a one */
	uint32_t renamed;   /* when both were read, see struct groups */
	uint16_t generation_at; /* in the request */
	uint16_t answer_size;   /* 0: no answer is known */
	uint8_t differs;      /* bytes that do in each partition, from its start */
	uint8_t n, cap;       /* of the runs; 0: no request is known */
	struct commit_run run[];
};

/* A message that is being read: what will be remembered of it. */
struct commit_shape {
	bool fits;
	uint8_t n, differs;
	uint16_t generation_at;
	const uint8_t *base; /* what the places are counted from */
	struct commit_run run[COMMIT_TOPICS];
};

/* Of a request in which the member named its group and itself so; of an answer. */
void commit_shape_request(struct commit_shape *s, const struct member *m, struct kf_bytes group, struct kf_bytes id,
                          const struct kafka_message *msg);
void commit_shape_response(struct commit_shape *s, const struct kafka_message *msg);

/* The next topic, and then its next partition, which begins here and has that metadata. */
void commit_shape_topic(struct commit_shape *s, uint32_t topic);
void commit_shape_partition(struct commit_shape *s, const uint8_t *at, struct kf_bytes metadata);

/* All of it was read: the request; an answer that has accepted all. */
void commit_known(struct member *m, const struct commit_shape *s, const struct kafka_message *msg);
void commit_answer_known(struct member *m, const struct commit_shape *s, const struct kafka_message *msg);

/* What again.h does with them: false where that is not such a one. */
bool commit_request_again(struct groups *gs, struct member *m, struct kafka_again *a);
bool commit_response_again(struct groups *gs, struct request *r, const struct kafka_again *a);

/* Made when there is none; NULL when memory is out. */
struct committing *committing_of(struct member *m);

static inline int64_t committed_at(const struct member *m)
{
	return m->committing ? m->committing->at : GROUP_UNKNOWN_TIME;
}

/* Into the cache. */
static inline void committing_fetch(const struct member *m)
{
	fetch(m->committing, sizeof(struct committing) + sizeof(struct commit_run));
}

#endif
