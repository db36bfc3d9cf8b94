/* SPDX-License-Identifier: Apache-2.0
 *
 * Heartbeat: signs of life, and how members learn that a rebalance has begun.
 */
#include <regroup/messages.h>

#include <string.h>

#include "again.h"
#include "correlator.h"
#include "epoch.h"
#include "member.h"
#include "outage.h"
#include "refusal.h"
#include "speaker.h"
#include "storm.h"
#include "unheard.h"

static void coordinator_moved(struct group *g, const struct kafka_message *m)
{
	outage_moved(g, m);
	report_coordinator(g, m->conn->server, m);
	storm_coordinator_moved(g, m->ts);
}

void coordinator_seen(struct group *g, const struct kafka_message *m)
{
	const struct member *speaker = speaker_of(m->conn);
	bool other;

	if (speaker && speaker->group == g && speaker->at_home)
		return; /* it is the one that is known: nothing has to be compared */
	other = g->coordinator_known && !net_endpoint_equal(&g->coordinator, m->conn->server);
	if (other && g->last_refusal != GROUP_UNKNOWN_TIME && g->last_refusal >= g->coordinator_since)
		coordinator_moved(g, m);
	else if (g->coordinator_known)
		return;
	g->coordinator = *m->conn->server;
	g->coordinator_since = m->ts;
	g->coordinator_known = true;
	for (struct member *o = other ? roster_first(g) : NULL; o; o = roster_after(o))
		o->at_home = false;
	if (other)
		round_moved(g);
}

/* Mid-stream: members that speak before any JoinGroup was seen are in the group, in this generation. */
void learn_generation(struct group *g, struct member *m, int32_t generation)
{
	if (generation < 0 || g->migrated)
		return;
	if (m->generation < 0)
		m->generation = generation;
	if (g->round && g->round->burst == GROUP_UNKNOWN_TIME && g->generation < 0 && !g->round->from_empty)
		g->generation = g->round->previous = generation; /* the coordinator compares it before it answers */
	if (g->round)
		return;
	if (g->generation < 0) {
		g->generation = generation;
		g->phase = PHASE_STABLE;
	}
	if (g->generation == generation && m->presence == MEMBER_PENDING)
		member_enter(m);
}

static void refused(struct member *m, const struct kafka_message *msg)
{
	struct seldom *s = member_seldom(m);

	if (s && s->refused == GROUP_UNKNOWN_TIME)
		s->refused = msg->ts;
}

static const char *fenced_by(struct group *g, const struct member *m)
{
	const struct kf_bytes instance = { (const uint8_t *)m->instance, m->instance ? (uint32_t)strlen(m->instance) : 0 };
	const struct member *now = member_by_instance(g, instance);

	if (!now || now == m)
		return NULL;
	return scratch_text(&g->owner->scratch, "%s%s%s%s has this group.instance.id now", member_label(now),
	                    now->host ? " (" : "", now->host ? now->host : "", now->host ? ")" : "");
}

/* Another process has its group.instance.id now. */
static void fenced(struct group *g, struct member *m, const struct kafka_message *msg)
{
	if (m->fenced)
		return;
	m->fenced = true;
	report_fenced(g, m, ERR_FENCED_INSTANCE_ID, NULL, fenced_by(g, m), msg);
	storm_refused(g, m, ERR_FENCED_INSTANCE_ID, msg);
}

static void coordinator_trouble(struct group *g, int16_t error, const struct kafka_message *msg)
{
	outage_refused(g, error, msg);
	g->last_refusal = msg->ts;
	g->last_refusal_frame = msg->frame;
	g->last_refusal_code = error;
	if (g->round && g->round->moved_at == GROUP_UNKNOWN_TIME) {
		g->round->moved_at = msg->ts;
		g->round->moved_frame = msg->frame;
	}
}

/* All wait for the coordinator to store what the leader has handed in; when it cannot, they are answered with an error
 * and the members begin anew. */
static void not_stored(struct group *g, const struct kafka_message *m)
{
	const struct round *round = g->round;

	if (!round || round->handed_in == GROUP_UNKNOWN_TIME || round->first_sync != GROUP_UNKNOWN_TIME ||
	    m->ts < round->handed_in)
		return;
	if (!g->unstored.n++)
		g->unstored = (struct unstored){ .at = m->ts, .frame = m->frame, .n = 1 };
	g->unstored.of = round->n_joined > round->n_listed ? round->n_joined : round->n_listed;
}

static bool is_store_error(int16_t error)
{
	return error == ERR_COORDINATOR_NOT_AVAILABLE || error == ERR_NOT_COORDINATOR || error == ERR_UNKNOWN_SERVER_ERROR;
}

/* A member that rejoined and is not wanted any more: it is out. */
static void turned_away(struct group *g, struct request *r, const struct kafka_message *m)
{
	struct round *round = g->round;

	if (!r->member || r->member->presence != MEMBER_IN || !round || round->burst != GROUP_UNKNOWN_TIME)
		return;
	if (!round->overfull.member)
		round->overfull = (struct overfull){ .member = member_ref(r->member), .at = m->ts, .frame = m->frame };
	member_leave_group(r->member, GROUP_KICKED, m->ts);
	report_member(g, r->member, GROUP_KICKED, NULL, true, m->ts, m->frame);
}

void answer_error(struct group *g, struct request *r, int16_t error, const struct kafka_message *m)
{
	if (r->kind == REQUEST_SYNC && is_store_error(error))
		not_stored(g, m);
	if (r->kind == REQUEST_JOIN && error == ERR_GROUP_MAX_SIZE_REACHED)
		turned_away(g, r, m);
	refusal_told(g, r, error, m);
	switch (error) {
	case ERR_REBALANCE_IN_PROGRESS:
		if (r->member)
			round_told(g, r->member, r->kind, r->generation, m);
		break;
	case ERR_UNKNOWN_MEMBER_ID:
		if (r->member)
			refused(r->member, m);
		storm_refused(g, r->member, error, m);
		break;
	case ERR_ILLEGAL_GENERATION:
	case ERR_INCONSISTENT_GROUP_PROTOCOL:
		storm_refused(g, r->member, error, m);
		break;
	case ERR_COORDINATOR_LOADING:
	case ERR_COORDINATOR_NOT_AVAILABLE:
	case ERR_NOT_COORDINATOR:
		coordinator_trouble(g, error, m);
		break;
	case ERR_FENCED_INSTANCE_ID:
		if (r->member)
			fenced(g, r->member, m);
		break;
	default:
		break;
	}
}

struct request *heartbeat_request(struct groups *gs, const struct kafka_message *m)
{
	struct heartbeat_request q;
	struct request *r;
	struct group *g;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	g = speaker_group(gs, m, q.group_id);
	r = g ? request_new(gs, g, REQUEST_HEARTBEAT, m) : NULL;
	if (!r)
		return NULL;
	r->generation = q.generation_id;
	r->member = member_ref(speaker_get(g, m, q.member_id));
	if (request_is_echo(gs, r, m))
		return NULL;
	if (r->member) {
		member_seen_on(r->member, m);
		if (!r->member->instance)
			text_set(&r->member->instance, q.group_instance_id);
		if (unheard(gs, m))
			unheard_goes_on(g, r->member, q.generation_id, m);
		again_beat(r->member, q.group_id, q.member_id, m);
	}
	return r;
}

void answered_alive(struct group *g, struct request *r)
{
	learn_generation(g, r->member, r->generation);
	member_alive(r->member, r->at, r->frame);
}

void heartbeat_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct heartbeat_response a;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	if (!KF_HAS(&a, heartbeat_response, error_code) || !r->member)
		return;
	if (a.error_code == ERR_NONE && r->generation == r->group->generation)
		r->group->calm_at = m->ts;
	if (a.error_code == ERR_NONE || a.error_code == ERR_REBALANCE_IN_PROGRESS) {
		coordinator_seen(r->group, m);
		again_home(r->member, m);
		answered_alive(r->group, r);
	}
	if (a.error_code == ERR_NONE && r->group->epochs)
		epoch_classic_beat(r->group, r);
	if (a.error_code != ERR_NONE)
		answer_error(r->group, r, a.error_code, m);
}
