/* SPDX-License-Identifier: Apache-2.0 */
#include "commit_again.h"

#include <stdlib.h>
#include <string.h>

#include "again.h"
#include "bytes.h"
#include "commit.h"
#include "correlator.h"
#include "echo.h"
#include "member.h"
#include "offsets.h"

/* Of a request's frame: what comes after the correlation id. */
#define AFTER_ID 8u

/* In each partition of a request: first is which it is, as in an answer. */
#define OFFSET_AT 4u

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* What comes before the length of the metadata: the partition, the offset, and by version a time stamp or the epoch of the
 * leader. */
static uint8_t differs(int16_t version)
{
	return version == 1 ? 20 : version >= 6 ? 16 : 12;
}

void commit_shape_request(struct commit_shape *s, const struct member *m, struct kf_bytes group, struct kf_bytes id,
                          const struct kafka_message *msg)
{
	s->fits = m && may_come_again(m, id, msg);
	s->generation_at = s->fits ? generation_at(msg, group) : 0;
	s->n = 0;
	s->base = msg->whole;
	s->differs = differs(msg->version);
}

void commit_shape_response(struct commit_shape *s, const struct kafka_message *msg)
{
	s->fits = msg->status == KAFKA_OK && msg->body.len >= KEYED_LEAST && msg->body.len <= KEYED_MOST;
	s->n = 0;
	s->base = msg->body.ptr;
	s->differs = 0;
}

void commit_shape_topic(struct commit_shape *s, uint32_t topic)
{
	s->fits = s->fits && s->n < COMMIT_TOPICS && topic != NO_TOPIC;
	if (s->fits)
		s->run[s->n++] = (struct commit_run){ .topic = topic };
}

void commit_shape_partition(struct commit_shape *s, const uint8_t *at, struct kf_bytes metadata)
{
	struct commit_run *run;
	uint32_t place;

	if (!s->fits)
		return;
	run = &s->run[s->n - 1];
	place = (uint32_t)(at - s->base);
	if (run->n == 0) {
		run->at = (uint16_t)place;
		run->metadata = (uint8_t)metadata.len;
		run->metadata_at = (uint8_t)(metadata.len ? metadata.ptr - at : 0);
	} else if (run->n == 1) {
		run->stride = (uint16_t)(place - run->at);
	}
	run->n++;
	s->fits = place == run->at + (run->n - 1u) * run->stride && metadata.len == run->metadata &&
	          (!metadata.len || metadata.ptr == at + run->metadata_at);
}

/* ---- remembering --------------------------------------------------------------------------------------------- */

struct committing *committing_of(struct member *m)
{
	if (!m->committing && (m->committing = malloc(sizeof(struct committing) + sizeof(struct commit_run))))
		*m->committing = (struct committing){ .at = GROUP_UNKNOWN_TIME, .cap = 1 };
	return m->committing;
}

static struct committing *room_for(struct member *m, uint8_t n)
{
	struct committing *c = committing_of(m);

	if (!c || n <= c->cap)
		return c;
	c = realloc(c, sizeof(*c) + n * sizeof(c->run[0]));
	if (!c)
		return NULL;
	c->cap = n;
	m->committing = c;
	return c;
}

/* Makes what differs in the partitions of a run the same: at least 12 bytes. */
static void blank(uint8_t *at, const struct commit_run *run, uint32_t n_differs)
{
	for (uint32_t i = 0; i < run->n; i++, at += run->stride) {
		memset(at, 0, 12);
		memset(at + n_differs - 8, 0, 8);
		if (run->metadata)
			memset(at + run->metadata_at, 0, run->metadata);
	}
}

static uint64_t request_digest(const struct groups *gs, const struct committing *c, const uint8_t *whole, uint32_t size)
{
	uint8_t copy[KEYED_MOST];

	memcpy(copy, whole, size);
	memset(copy + c->generation_at, 0, 4);
	for (uint32_t i = 0; i < c->n; i++)
		blank(copy + c->run[i].at, &c->run[i], c->differs);
	return keyed_digest(&gs->keyed, load32(whole), copy + AFTER_ID, size - AFTER_ID);
}

static uint64_t response_digest(const struct groups *gs, const struct committing *c, int16_t version, const struct kf_body *body)
{
	uint8_t copy[KEYED_MOST];

	memcpy(copy, body->ptr, body->len);
	for (const struct commit_run *run = c->run; run < c->run + c->n; run++) {
		uint8_t *at = copy + run->answer_at;

		for (uint32_t i = 0; i < run->n; i++, at += run->answer_stride)
			memset(at, 0, 4);
	}
	return keyed_digest(&gs->keyed, (uint16_t)version, copy, body->len);
}

void commit_known(struct member *m, const struct commit_shape *s, const struct kafka_message *msg)
{
	const struct groups *gs = m->group->owner;
	struct committing *c = s->fits && s->n ? room_for(m, s->n) : NULL;

	m->speaker.known[KNOWN_COMMIT] = 0;
	if (!c)
		return;
	m->speaker.known[KNOWN_COMMIT] = (uint16_t)msg->size;
	memcpy(c->run, s->run, s->n * sizeof(c->run[0]));
	c->n = s->n;
	c->differs = s->differs;
	c->generation_at = s->generation_at;
	c->renamed = gs->renamed;
	c->asked = request_digest(gs, c, msg->whole, msg->size);
	c->answer_size = 0;
}

static bool is_alike(const struct commit_run *asked, const struct commit_run *answered)
{
	return asked->topic == answered->topic && asked->n == answered->n && answered->stride <= UINT8_MAX;
}

void commit_answer_known(struct member *m, const struct commit_shape *s, const struct kafka_message *msg)
{
	const struct groups *gs = m->group->owner;
	struct committing *c = m->committing;

	if (!c || !s->fits || c->n != s->n || !c->n || c->renamed != gs->renamed)
		return;
	for (uint32_t i = 0; i < c->n; i++)
		if (!is_alike(&c->run[i], &s->run[i]))
			return;
	for (uint32_t i = 0; i < c->n; i++) {
		c->run[i].answer_at = s->run[i].at;
		c->run[i].answer_stride = (uint8_t)s->run[i].stride;
	}
	c->answer_size = (uint16_t)msg->body.len;
	c->answered = response_digest(gs, c, msg->version, &msg->body);
}

/* ---- knowing again ------------------------------------------------------------------------------------------- */

static bool is_same_request(const struct groups *gs, const struct member *m, const struct kafka_again *a)
{
	const struct committing *c = m->committing;

	return a->size == m->speaker.known[KNOWN_COMMIT] && c->renamed == gs->renamed &&
	       request_digest(gs, c, a->whole, a->size) == c->asked;
}

bool commit_request_again(struct groups *gs, struct member *m, struct kafka_again *a)
{
	const struct committing *c = m->committing;
	struct offset_walk w;
	struct request *r;

	if (!is_same_request(gs, m, a))
		return false;
	r = request_again(m, REQUEST_COMMIT, (int32_t)load32(a->whole + c->generation_at), a);
	if (!r)
		return false;
	if (echo_of(m, r)) {
		request_free(gs, r);
		return true;
	}
	w = offset_walk_of(r);
	for (const struct commit_run *run = c->run; run < c->run + c->n; run++) {
		const uint8_t *at = a->whole + run->at;

		for (uint32_t i = 0; i < run->n; i++, at += run->stride)
			offset_asked(&w, run->topic, (int32_t)load32(at), (int64_t)load64(at + OFFSET_AT));
	}
	a->note = (uint64_t)(uintptr_t)r;
	return true;
}

static bool is_same_answer(const struct groups *gs, const struct committing *c, const struct kafka_again *a)
{
	return c && a->body.len == c->answer_size && c->renamed == gs->renamed &&
	       response_digest(gs, c, a->version, &a->body) == c->answered;
}

bool commit_response_again(struct groups *gs, struct request *r, const struct kafka_again *a)
{
	const struct committing *c = r->member->committing;
	struct offset_walk w;

	if (!is_same_answer(gs, c, a))
		return false;
	w = offset_walk_of(r);
	for (const struct commit_run *run = c->run; run < c->run + c->n; run++) {
		const uint8_t *at = a->body.ptr + run->answer_at;

		for (uint32_t i = 0; i < run->n; i++, at += run->answer_stride)
			commit_took(r, &w, run->topic, (int32_t)load32(at));
	}
	commit_all_took(r, a->latency);
	request_free(gs, r);
	return true;
}
