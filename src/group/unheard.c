/* SPDX-License-Identifier: Apache-2.0 */
#include "unheard.h"

#include <regroup/messages.h>

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "epoch.h"
#include "member.h"
#include "speaker.h"

#define API_OFFSET_COMMIT 8

/* A connection that is older than the capture may have its first answer still to come. */
#define ANSWER_WITHIN (2 * NS_PER_S)

bool unheard(const struct groups *gs, const struct kafka_message *m)
{
	const struct kafka_conn *c = m->conn;

	if (m->direction != KF_REQUEST || c->responses_seen || c->messages < 2)
		return false;
	return c->from_start || m->ts - gs->started_at >= ANSWER_WITHIN;
}

static void detach(struct group *g, struct join *j)
{
	DL_DELETE(g->parked, j);
	if (j->request)
		j->request->join = NULL;
	j->request = NULL;
}

static bool is_of(const struct join *j, const struct member *m, const struct kafka_message *msg)
{
	return j->connection == msg->conn->id || (m && j->member == m);
}

void unheard_join(struct group *g, struct kf_bytes member_id, const struct kafka_message *m)
{
	const struct member *known = member_find(g, member_id);
	struct join *j, *next;

	g->unheard = true;
	DL_FOREACH_SAFE(g->parked, j, next) {
		if (!is_of(j, known, m))
			continue;
		if (!j->from_id && member_id.len && !known)
			join_given_id(g, j, member_id, m);
		detach(g, j);
		join_free(j);
	}
}

static struct join *asked_by(const struct group *g, const struct member *member, const struct kafka_message *m)
{
	struct join *j;

	DL_FOREACH(g->parked, j)
		if (j->member ? j->member == member : j->connection == m->conn->id)
			return j;
	return NULL;
}

/* The JoinGroup request of the member was answered with this generation. */
static void taken(struct group *g, struct join *j, struct member *m, int32_t generation, const struct kafka_message *msg)
{
	detach(g, j);
	join_taken(g, j, m, generation, msg);
	if (m->instance && g->round) /* the leader named it by its id, before it spoke itself */
		assignment_rename(&g->round->assignment, m->id, m->instance);
}

/* A consumer group has no leader who assigns: where one does, the group is a classic one again. What else a classic
 * member of a consumer group was answered is not inferred, only that it may be there. */
static bool is_classic_again(struct group *g, int32_t generation, bool leads)
{
	if (g->epochs && (!leads || generation <= g->epochs->highest)) {
		g->epochs->strangers = true;
		g->epochs->from_start = false;
		return false;
	}
	g->downgraded = true;
	epoch_downgraded(g);
	g->migrated = false;
	return true;
}

void unheard_sync(struct group *g, struct member *member, int32_t generation, bool leads, const struct kafka_message *m)
{
	const struct kf_bytes id = { (const uint8_t *)member->id, (uint32_t)strlen(member->id) };
	struct join *j = asked_by(g, member, m);

	g->unheard = true;
	if (g->migrated && !is_classic_again(g, generation, leads))
		return;
	if (member_seldom(member))
		member->seldom->sync_asked_at = m->ts;
	if (j && generation >= 0)
		taken(g, j, member, generation, m);
	if (leads && g->generation == generation)
		text_set(&g->leader, id);
}

static struct join *parked_of(const struct group *g, const struct member *m)
{
	struct join *j;

	DL_FOREACH(g->parked, j)
		if (j->member == m && j->unheard && j->at <= g->round->burst)
			return j;
	return NULL;
}

void unheard_roster(struct group *g, const struct sync_group_request *q, const struct kafka_message *msg)
{
	struct kf_array list = q->assignments;
	struct sync_group_request_assignment item;
	struct round *r = g->round;
	uint32_t n = 0;

	if (!r || r->generation != q->generation_id || r->listed)
		return;
	for (; kf_next(&list, &item); n++) {
		struct member *m = member_get(g, item.member_id);
		struct join *j = m ? parked_of(g, m) : NULL;

		if (!m)
			return;
		if (j)
			taken(g, j, m, q->generation_id, msg);
		m->generation = q->generation_id;
		member_enter(m);
	}
	r->listed = g->roster_known = true;
	r->n_listed = n;
}

/* When the member was answered at the earliest, GROUP_UNKNOWN_TIME while nothing shows that it was. Where the leader was
 * not seen, heartbeats show nothing: they begin before the answer. */
static int64_t answered_at(const struct round *r, const struct member *m, bool commits)
{
	int64_t asked = m->seldom ? m->seldom->sync_asked_at : 0;

	if (r->handed_in == GROUP_UNKNOWN_TIME)
		return commits ? asked : GROUP_UNKNOWN_TIME;
	return r->handed_in > asked ? r->handed_in : asked;
}

/* What the leader gave the member, against what it had. */
static void compare_given(const struct group *g, const struct round *r, struct member *m)
{
	size_t given = assignment_count(&r->assignment, member_identity(m));

	if (!r->assignment.complete)
		return;
	m->assigned_some = given > 0;
	m->lost_some = m->subscription.owned_some && given < assignment_count(&g->current, member_identity(m));
}

static void synced(struct group *g, struct member *m, int32_t generation, const struct kafka_message *msg)
{
	struct round *r = g->round;
	struct kafka_message at = *msg;

	if (!r || r->generation != generation || m->sync_asked != generation || m->synced == generation)
		return;
	at.ts = answered_at(r, m, msg->api_key == API_OFFSET_COMMIT);
	if (at.ts == GROUP_UNKNOWN_TIME)
		return;
	m->synced_before = m->synced_at;
	m->synced_at = at.ts;
	compare_given(g, r, m);
	round_synced(g, m, generation, &at);
}

void unheard_goes_on(struct group *g, struct member *member, int32_t generation, const struct kafka_message *m)
{
	g->unheard = true;
	coordinator_seen(g, m);
	learn_generation(g, member, generation);
	member_alive(member, m->ts, m->frame);
	synced(g, member, generation, m);
}

bool unheard_leave_counts(const struct group *g, const struct leave *l)
{
	const struct round *r = g->round;

	return !r || r->burst == GROUP_UNKNOWN_TIME || l->at <= r->burst || l->member->generation == r->generation;
}
