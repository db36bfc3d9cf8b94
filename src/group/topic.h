/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics by name and by id (KIP-516). They are interned for the life of the correlator: a capture holds few.
 * A topic that is known by its uuid alone stands for itself until a Metadata response says its name.
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_TOPIC_H
#define REGROUP_GROUP_TOPIC_H

#include <regroup/dissect.h>

#include <stdbool.h>

#include "table.h"

#define NO_TOPIC UINT32_MAX

struct groups;

struct topic {
	char *name;       /* the uuid as Kafka prints it where no name is known */
	uint32_t id;
	uint32_t stands;  /* for this topic: its own id, or the named one that its uuid turned out to be */
	uint32_t twin;    /* the topic that stood for this one before, NO_TOPIC if none did */
	bool unnamed;     /* it was made for a uuid whose name was not known */
	bool missed;      /* something is told of it, and its name is still not known */
	int32_t partitions; /* as Metadata said last, 0 when it never did */
	uint32_t listed;    /* the latest answer with all topics that has it, 0 none */
	int64_t counted_at; /* since when it has that many */
	int64_t came_at;    /* an answer with all topics has it that the one before had not; 0 unknown */
	uint64_t came_frame;
	UT_hash_handle hh;
};

/* A name that was found ahead of its time. */
struct topic_later {
	struct kf_uuid uuid;
	UT_hash_handle hh;
	uint32_t len;
	uint8_t name[];
};

struct topic_uuid {
	struct kf_uuid uuid;
	uint32_t topic;
	UT_hash_handle hh;
};

/* Has this name been seen? */
bool topic_seen(const struct groups *gs, struct kf_bytes name);

/* NO_TOPIC for null, and when memory or room is out. */
uint32_t topic_id(struct groups *gs, struct kf_bytes name);
uint32_t topic_by_uuid(struct groups *gs, const struct kf_uuid *uuid);

/* The same of a topic of which something is going to be told: asks for names that the capture has only later, see
 * group_options. */
uint32_t topic_told_by_uuid(struct groups *gs, const struct kf_uuid *uuid);

/* By uuid where the name is null, as messages carry the one or the other by their version. */
uint32_t topic_of(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid);

/* Metadata: this uuid is that topic. */
void topic_learn(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid);

uint32_t topic_told(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid); /* likewise */

/* The capture will say later that this uuid is that topic. */
void topic_foretell(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid);

/* NULL for an id that is none. */
const char *topic_name(const struct groups *gs, uint32_t id);

void topics_free(struct groups *gs);

#endif
