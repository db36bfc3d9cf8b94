/* SPDX-License-Identifier: Apache-2.0
 *
 * JoinGroup: what a member says of itself, and the generation it is answered with.
 */
#include <regroup/messages.h>

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include <regroup/pool.h>

#include "again.h"
#include "client.h"
#include "correlator.h"
#include "digest.h"
#include "epoch.h"
#include "growth.h"
#include "kind.h"
#include "member.h"
#include "refusal.h"
#include "speaker.h"
#include "unheard.h"

/* Order-free: the sum of the digests of the parts. */
static uint64_t digest_topics(struct kf_array *topics, struct kf_bytes rack)
{
	struct kf_bytes topic;
	uint64_t sum = rack.ptr ? digest_bytes(DIGEST_START, rack) * 3 : 0;

	while (kf_next_bytes(topics, &topic))
		sum += digest_bytes(DIGEST_START, topic);
	return sum;
}

static bool owns_some(struct kf_array owned)
{
	struct consumer_protocol_subscription_owned_partition t;

	while (kf_next(&owned, &t))
		if (t.partitions.count > 0)
			return true;
	return false;
}

static void read_subscription(struct subscription *s, struct kf_bytes metadata)
{
	struct consumer_protocol_subscription sub;
	int16_t version;
	uint64_t topics;

	if (kf_subscription(metadata, &sub, &version, NULL) != KF_OK)
		return;
	/* A member says the same for each of its assignors: then it counts once, so that a topic is its own difference. */
	topics = digest_topics(&sub.topics, sub.rack_id);
	if (!s->known)
		s->topics = topics;
	else if (topics != s->topics)
		s->topics = s->topics * 3 + topics;
	s->known = true;
	s->owned_told = version >= 1;
	s->owned_some = s->owned_some || owns_some(sub.owned_partitions);
}

bool assignor_is_cooperative(const char *name)
{
	static const char *const names[] = { "cooperative-sticky", "stream", "compatible", "sessioned" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool is_cooperative(struct kf_bytes assignor)
{
	char name[32] = "";

	if (!assignor.ptr || assignor.len >= sizeof(name))
		return false;
	memcpy(name, assignor.ptr, assignor.len);
	return assignor_is_cooperative(name);
}

static void read_protocols(struct join *j, struct kf_bytes type, struct kf_array protocols)
{
	struct join_group_request_protocol p;
	int64_t n = 0;
	bool consumer = type.len == 8 && memcmp(type.ptr, "consumer", 8) == 0;

	j->now.protocols = DIGEST_START;
	j->now.cooperative = protocols.count > 0;
	for (int64_t all = protocols.count; kf_next(&protocols, &p); j->now.listed = ++n == all) {
		j->now.protocols = digest_bytes(j->now.protocols, p.name);
		j->now.cooperative = j->now.cooperative && is_cooperative(p.name);
		if (consumer)
			read_subscription(&j->now, p.metadata);
	}
}

/* What the group knew of the member when it asked. */
static void remember_before(struct join *j, struct group *g, struct member *m)
{
	j->told = GROUP_UNKNOWN_TIME;
	if (!m)
		return;
	j->was_in = m->presence == MEMBER_IN;
	j->told = m->told;
	j->told_frame = m->told_frame;
	j->before = m->subscription;
	j->was_leader = g->leader && strcmp(g->leader, m->id) == 0;
	j->was_assigned = m->assigned_some;
	j->lost_some = m->lost_some;
}

static struct join *join_new(struct group *g, struct member *m, const struct join_group_request *q,
                             const struct kafka_message *msg)
{
	struct join *j = spare_join(&g->owner->spares);

	if (!j)
		return NULL;
	j->member = member_ref(m);
	j->at = msg->ts;
	j->frame = msg->frame;
	j->connection = msg->conn->id;
	j->answered = GROUP_UNKNOWN_TIME;
	j->n_given = -1;
	j->from_id = q->member_id.len > 0;
	j->session_ms = q->session_timeout_ms;
	j->rebalance_ms = KF_HAS(q, join_group_request, rebalance_timeout_ms) ? q->rebalance_timeout_ms
	                                                                       : q->session_timeout_ms;
	j->instance = m && text_is(m->instance, q->group_instance_id) ? text_share(m->instance) :
	                                                                 text_copy(q->group_instance_id);
	j->reason = q->reason.len ? text_common(g->owner, q->reason) : NULL;
	remember_before(j, g, m);
	j->latency = m && m->given_id ? g->id_latency : -1;
	j->fresh = !j->was_in && (!j->from_id || (m && m->given_id));
	read_protocols(j, q->protocol_type, q->protocols);
	j->kind = kind_read_member(g->owner, q->protocol_type, q->protocols);
	j->kind_next_ms = m && m->kind ? m->kind->next_ms : INT64_MAX;
	growth_of_join(g, m, j);
	return j;
}

void join_free(struct join *j)
{
	if (!j)
		return;
	if (j->member && j->member->join == j)
		j->member->join = NULL;
	member_unref(j->member);
	member_unref(j->former);
	text_free(j->reason);
	text_free(j->instance);
	kind_member_free(j->kind);
	pool_put(j->from, j);
}

struct request *join_request(struct groups *gs, const struct kafka_message *m)
{
	struct join_group_request q;
	struct request *r;
	struct group *g;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	g = speaker_group(gs, m, q.group_id);
	r = g ? request_new(gs, g, REQUEST_JOIN, m) : NULL;
	if (!r)
		return NULL;
	if (!KF_HAS(&q, join_group_request, member_id)) { /* cut: who asks is not known */
		request_free(gs, r);
		return NULL;
	}
	if (unheard(gs, m))
		unheard_join(g, q.member_id, m);
	r->member = member_ref(speaker_find(g, m, q.member_id));
	if (request_is_echo(gs, r, m))
		return NULL;
	r->join = join_new(g, r->member, &q, m);
	text_set_common(g->owner, &g->protocol_type, q.protocol_type);
	if (r->member) {
		member_seen_on(r->member, m);
		if (!r->member->reason && r->join && r->join->reason)
			r->member->reason = text_share(r->join->reason);
	}
	if (r->join) {
		r->join->request = r;
		r->join->unheard = g->unheard;
		DL_APPEND(g->parked, r->join);
		client_mark(r->member ? r->member->client : NULL, m->ts);
		wheel_arm(gs, g, m->ts + PARKED_AFTER);
	}
	return r;
}

/* MEMBER_ID_REQUIRED: the broker made an id for it, it has to ask again with it. */
void join_given_id(struct group *g, const struct join *j, struct kf_bytes id, const struct kafka_message *msg)
{
	struct member *m = member_get(g, id);

	if (!m)
		return;
	coordinator_seen(g, msg);
	member_seen_on(m, msg);
	m->given_id = true;
	if (m->presence == MEMBER_PENDING)
		m->given_at = msg->ts;
	g->id_latency = msg->latency;
	m->session_ms = j->session_ms;
	wheel_arm(g->owner, g, msg->ts + NS_PER_S); /* many ids may be given out and never used */
	member_alive(m, msg->ts, msg->frame);
	if (!m->reason && j->reason)
		m->reason = text_share(j->reason);
}

/* A static member under a new id takes the place of the one that has its instance. */
static void take_place(struct join *j, struct member *m)
{
	const struct kf_bytes instance = { (const uint8_t *)j->instance, (uint32_t)strlen(j->instance) };
	struct member *former = member_by_instance(m->group, instance);

	if (former && former != m)
		j->former = member_ref(former);
}

/* The answer told who the member is: what it asked with becomes what is known of it. */
static void settle(struct join *j, struct member *m, const struct kafka_message *msg)
{
	member_unref(j->member);
	j->member = member_ref(m);
	j->answered = msg->ts;
	j->answer_frame = msg->frame;
	member_seen_on(m, msg);
	m->session_ms = j->session_ms;
	m->rebalance_ms = j->rebalance_ms;
	m->subscription = j->now;
	kind_member_free(m->kind);
	m->kind = j->kind;
	j->kind = NULL;
	if (j->instance && !m->instance)
		m->instance = text_share(j->instance);
	if (j->instance && j->fresh)
		take_place(j, m);
	if (m->reason) {
		text_free(j->reason);
		j->reason = m->reason;
		m->reason = NULL;
	}
	member_alive(m, msg->ts, msg->frame);
	m->told = GROUP_UNKNOWN_TIME;
	m->joined_at = j->at;
	m->lost_some = false;
	if (m->seldom)
		m->seldom->turned_away_frame = 0;
}

/* The leader's answer lists all members of the generation. */
static void read_list(struct group *g, int32_t generation, struct kf_array members)
{
	struct join_group_response_member listed;
	struct round *r = g->round;
	uint32_t n = 0;

	if (!r || r->generation != generation || members.count <= 0)
		return;
	for (; kf_next(&members, &listed); n++) {
		struct member *m = member_get(g, listed.member_id);

		if (!m)
			return;
		if (!m->instance)
			text_set(&m->instance, listed.group_instance_id);
		m->generation = generation;
		member_enter(m);
		kind_read_listed(g, m, generation, listed.metadata);
	}
	r->listed = g->roster_known = true;
	r->n_listed = n;
}

void join_taken(struct group *g, struct join *j, struct member *m, int32_t generation, const struct kafka_message *msg)
{
	coordinator_seen(g, msg);
	refusal_admitted(g, msg);
	settle(j, m, msg);
	if (m->kind)
		m->kind->joined = generation;
	round_joined(g, j, generation, msg);
	if (g->round && g->round->generation == generation)
		g->round->unheard = g->unheard;
}

static void accepted(struct group *g, struct request *r, const struct join_group_response *a,
                     const struct kafka_message *msg)
{
	/* Of an answer that is cut the end may be missing: it goes to who asked. */
	bool named = KF_HAS(a, join_group_response, member_id), led = KF_HAS(a, join_group_response, leader);
	struct member *m = named ? speaker_get(g, msg, a->member_id) : r->member;
	struct join *j = r->join;
	bool list_whole = msg->status == KAFKA_OK;

	if (!m || !j)
		return;
	DL_DELETE(g->parked, j);
	r->join = NULL;
	j->request = NULL;
	coordinator_seen(g, msg);
	if (led && g->migrated && a->leader.len) { /* a classic group always has a leader */
		g->downgraded = true;
		epoch_downgraded(g);
		g->migrated = false;
	}
	if (led ? !a->leader.len : g->migrated) {
		settle(j, m, msg);
		epoch_classic_joined(g, r, j, a->generation_id, msg);
		join_free(j);
		return;
	}
	text_set_common(g->owner, &g->assignor, a->protocol_name);
	text_set_common(g->owner, &g->protocol_type, a->protocol_type);
	g->unheard = false;
	join_taken(g, j, m, a->generation_id, msg);
	if (led)
		text_set(&g->leader, a->leader);
	if (list_whole)
		read_list(g, a->generation_id, a->members);
}

void join_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct join_group_response a;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	if (!KF_HAS(&a, join_group_response, error_code))
		return;
	if (a.error_code == ERR_NONE && KF_HAS(&a, join_group_response, generation_id))
		accepted(r->group, r, &a, m);
	else if (a.error_code == ERR_MEMBER_ID_REQUIRED && r->join)
		join_given_id(r->group, r->join, a.member_id, m);
	else if (a.error_code != ERR_NONE)
		answer_error(r->group, r, a.error_code, m);
}
