/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages by which groups are run, with their bodies: a ring bounded in number and bytes. Bodies go first.
 */
#ifndef REGROUP_TUI_MESSAGES_H
#define REGROUP_TUI_MESSAGES_H

#include <regroup/kafka.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_NO_GROUP UINT32_MAX

struct message {
	uint64_t number;  /* 1, 2, 3 ... */
	uint64_t older;   /* the one before it of the same group, 0 for none */
	uint64_t partner; /* its request, or the answer to it; 0 when not seen */
	uint64_t frame, frame_end, conn;
	int64_t ts, latency; /* latency: -1 when not known */
	uint64_t body_at;
	uint32_t body_len;
	uint32_t size;
	uint32_t group;   /* model_group.id or MESSAGE_NO_GROUP */
	uint32_t client_id, member, client, server; /* texts, see messages_text */
	int32_t generation; /* or member epoch; -1 when it has none */
	int32_t correlation;
	int16_t api, version, error;
	uint8_t direction, status; /* enum kf_direction, kafka_status */
	bool cut;
	bool news; /* a heartbeat that tells or asks for more than that all is as before */
};

/* What the body said. */
struct digest {
	struct kf_bytes group, member;
	int32_t generation;
	int16_t error; /* the first that is not 0 */
	bool news;     /* heartbeats: see struct message */
};

struct messages;

/* `most`: bytes for all of it; half of them at least are for bodies. */
struct messages *messages_new(size_t most);
void messages_free(struct messages *m);

void messages_add(struct messages *ms, const struct kafka_message *m, const struct digest *d, uint32_t group);

/* The request that a message answers, NULL when it is not there. */
const struct message *messages_request(const struct messages *ms, const struct kafka_message *m);

/* NULL when it is gone, or not there yet. */
const struct message *messages_get(const struct messages *ms, uint64_t number);

/* The newest of a group, 0 for none. */
uint64_t messages_newest(const struct messages *ms, uint32_t group);

/* The kept bytes; NULL when they are gone or there were none. */
const uint8_t *messages_body(const struct messages *ms, const struct message *m);

const char *messages_text(const struct messages *ms, uint32_t id);

/* Newer ones are not shown while held. */
void messages_hold(struct messages *ms, bool held);

size_t messages_bytes(const struct messages *ms);
size_t messages_most(const struct messages *ms);
uint64_t messages_count(const struct messages *ms);

#endif
