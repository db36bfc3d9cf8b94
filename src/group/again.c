/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include "correlator.h"
#include "echo.h"
#include "epoch.h"
#include "member.h"
#include "process.h"
#include "speaker.h"
#include "unheard.h"

/* An id that a zero byte ends early is of another member each time. */
void again_mark(struct member *m, int32_t generation, struct kf_bytes id, const struct kafka_message *msg)
{
	if (!msg->again || msg->status != KAFKA_OK || speaker_of(msg->conn) != m || m->hh.keylen != id.len ||
	    unheard(m->group->owner, msg))
		return;
	m->speaker.word = generation;
	*msg->again = true;
}

void again_home(struct member *m, const struct kafka_message *msg)
{
	m->at_home = speaker_of(msg->conn) == m && net_endpoint_equal(&m->group->coordinator, msg->conn->server);
}

bool again_request(void *ctx, struct kafka_again *a)
{
	struct groups *gs = ctx;
	struct request *r;
	struct member *m;

	groups_advance(gs, a->ts);
	m = speaker_of(a->conn);
	if (!m || !m->speaker.size) /* since that time it is out */
		return false;
	r = request_again(gs, group_touch(gs, m->group), REQUEST_HEARTBEAT, a);
	if (!r)
		return false;
	r->generation = m->speaker.word;
	r->member = member_ref(m);
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

/* Heartbeat v0 has no throttle time before the error. */
static bool is_calm(const struct kafka_again *a)
{
	uint32_t at = a->version >= 1 ? 4 : 0;

	return a->body.len >= at + 2 && a->body.ptr[at] == 0 && a->body.ptr[at + 1] == 0;
}

bool again_answer(void *ctx, const struct kafka_again *a)
{
	struct request *r = (struct request *)(uintptr_t)a->note;
	struct group *g;

	groups_advance(ctx, a->ts);
	if (!r)
		return true;
	g = r->group;
	if (!r->member->at_home || !is_calm(a))
		return false;
	if (r->generation == g->generation)
		g->calm_at = a->ts;
	answered_alive(g, r);
	if (g->epochs)
		epoch_classic_beat(g, r);
	request_free(ctx, r);
	return true;
}
