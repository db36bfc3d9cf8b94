/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <string.h>

#include "bytes.h"
#include "commit_again.h"
#include "correlator.h"
#include "echo.h"
#include "epoch.h"
#include "member.h"
#include "process.h"
#include "speaker.h"
#include "unheard.h"

/* Of a request's frame: the API key and version, then what comes after the correlation id. */
#define AFTER_ID 8u

/* An id that a zero byte ends early is of another member each time. */
bool may_come_again(const struct member *m, struct kf_bytes id, const struct kafka_message *msg)
{
	const struct groups *gs = m->group->owner;

	return msg->whole && gs->knows_again && msg->status == KAFKA_OK && msg->size >= AFTER_ID + KEYED_LEAST &&
	       msg->size <= KEYED_MOST && speaker_of(msg->conn) == m && m->hh.keylen == id.len && !unheard(gs, msg);
}

static uint64_t beat_digest(const struct member *m, const uint8_t *whole, uint32_t size)
{
	uint8_t copy[KEYED_MOST];

	memcpy(copy, whole, size);
	memset(copy + m->beat_at, 0, 4);
	return keyed_digest(&m->group->owner->keyed, load32(whole), copy + AFTER_ID, size - AFTER_ID);
}

void again_beat(struct member *m, struct kf_bytes group, struct kf_bytes id, const struct kafka_message *msg)
{
	if (!may_come_again(m, id, msg))
		return;
	m->speaker.known[KNOWN_BEAT] = (uint16_t)msg->size;
	m->beat_at = generation_at(msg, group);
	m->beat = beat_digest(m, msg->whole, msg->size);
}

void again_home(struct member *m, const struct kafka_message *msg)
{
	m->at_home = speaker_of(msg->conn) == m && net_endpoint_equal(&m->group->coordinator, msg->conn->server);
}

static bool beat_request(struct groups *gs, struct member *m, struct kafka_again *a)
{
	struct request *r;

	if (a->size != m->speaker.known[KNOWN_BEAT] || beat_digest(m, a->whole, a->size) != m->beat)
		return false;
	r = request_again(m, REQUEST_HEARTBEAT, (int32_t)load32(a->whole + m->beat_at), a);
	if (!r)
		return false;
	if (echo_of(m, r)) {
		request_free(gs, r);
		return true;
	}
	m->hung_up = false;
	if (gs->find_process && !m->local)
		m->local = process_of(gs, a->conn);
	a->note = (uint64_t)(uintptr_t)r;
	return true;
}

bool again_request(void *ctx, struct kafka_again *a)
{
	struct groups *gs = ctx;
	struct member *m;

	groups_advance(gs, a->ts);
	m = speaker_of(a->conn); /* since that time it may be out */
	return m && (beat_request(gs, m, a) || commit_request_again(gs, m, a));
}

/* Heartbeat v0 has no throttle time before the error. */
static bool is_calm(const struct kafka_again *a)
{
	uint32_t at = a->version >= 1 ? 4 : 0;

	return a->body.len >= at + 2 && a->body.ptr[at] == 0 && a->body.ptr[at + 1] == 0;
}

static bool beat_response(struct groups *gs, struct request *r, const struct kafka_again *a)
{
	struct group *g = r->group;

	if (!r->member->at_home || !is_calm(a))
		return false;
	if (r->generation == g->generation)
		g->calm_at = a->ts;
	answered_alive(g, r);
	if (g->epochs)
		epoch_classic_beat(g, r);
	request_free(gs, r);
	return true;
}

bool again_answer(void *ctx, const struct kafka_again *a)
{
	struct request *r = (struct request *)(uintptr_t)a->note;

	groups_advance(ctx, a->ts);
	if (!r)
		return true;
	return r->kind == REQUEST_HEARTBEAT ? beat_response(ctx, r, a) : commit_response_again(ctx, r, a);
}
