/* SPDX-License-Identifier: Apache-2.0
 *
 * What administrators' tools are told of groups: DescribeGroups, ListGroups, ConsumerGroupDescribe and DeleteGroups.
 * The coordinator itself says it, so it is the truth at that moment. Groups nobody else speaks of are passed over.
 */
#include <regroup/messages.h>

#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "correlator.h"
#include "epoch.h"
#include "inquiry.h"
#include "kind.h"
#include "member.h"
#include "offsets.h"
#include "ownership.h"
#include "passing.h"

/* "/10.0.0.1" as Java prints addresses. */
static struct kf_bytes host_of(struct kf_bytes b)
{
	const uint8_t *slash = b.ptr ? memchr(b.ptr, '/', b.len) : NULL;

	if (slash) {
		b.len -= (uint32_t)(slash + 1 - b.ptr);
		b.ptr = slash + 1;
	}
	return b;
}

static void name_member(struct member *m, struct kf_bytes instance, struct kf_bytes client_id, struct kf_bytes host)
{
	if (!m->instance && instance.len)
		m->instance = text_copy(instance);
	if (!m->client_id) {
		m->client_id = text_copy(client_id);
		m->group->roster.misfiled = true;
	}
	if (!m->host)
		m->host = text_copy(host_of(host));
}

static bool add_partitions(struct group *g, struct assignment *a, const struct member *m, struct kf_bytes blob)
{
	struct consumer_protocol_assignment_assigned_partition t;
	struct consumer_protocol_assignment given;
	uint32_t owner = assignment_owner(a, member_identity(m), m->client_id);
	int16_t version;
	int64_t partition;

	if (blob.len == 0)
		return true;
	if (owner == UINT32_MAX || kf_assignment(blob, &given, &version, NULL) != KF_OK)
		return false;
	while (kf_next(&given.assigned_partitions, &t)) {
		uint32_t topic = topic_id(g->owner, t.topic);

		while (kf_next_int(&t.partitions, &partition))
			if (!assignment_add(a, topic, (int32_t)partition, owner))
				return false;
	}
	return true;
}

/* Stable: this is the roster of the generation that the group has, with what each member was given. */
static void told_stable(struct group *g, const struct describe_groups_response_group *d, bool whole)
{
	struct kf_array members = d->members;
	struct describe_groups_response_member item;
	struct assignment a;

	assignment_init(&a);
	while (kf_next(&members, &item)) {
		struct member *m = member_get(g, item.member_id);

		if (!m || (m->presence == MEMBER_GONE)) {
			whole = false; /* it went while the answer was on its way */
			continue;
		}
		name_member(m, item.group_instance_id, item.client_id, item.client_host);
		if (m->generation < 0)
			m->generation = g->generation;
		if (m->generation == g->generation)
			member_enter(m);
		whole = add_partitions(g, &a, m, item.member_assignment) && whole;
	}
	if (whole)
		g->roster_known = true;
	if (whole && kf_bytes_are(d->protocol_type, "consumer") &&
	    (!g->current.complete || g->current.generation != g->generation))
		ownership_told(g, &a);
	assignment_clear(&a);
}

static void told_empty(struct group *g)
{
	if (g->round || g->n_in || g->parked)
		return;
	g->phase = PHASE_EMPTY;
	g->roster_known = true;
}

static void told_group(struct groups *gs, const struct describe_groups_response_group *d, bool whole,
                       const struct kafka_message *m)
{
	struct group *g = group_find(gs, d->group_id);

	if (!g || d->error_code != ERR_NONE || kf_bytes_are(d->group_state, "Dead")) /* Dead: of another type, or none */
		return;
	inquiry_described(g, &(struct inquiry){
		.api = "DescribeGroups", .state = d->group_state, .generation = -1, .assignment_epoch = -1,
		.members = d->members.count,
	}, m);
	text_set_common(g->owner, &g->protocol_type, d->protocol_type);
	if (kf_bytes_are(d->group_state, "Empty"))
		told_empty(g);
	if (!kf_bytes_are(d->group_state, "Stable") || g->round)
		return;
	if (!g->assignor && d->protocol_data.len)
		text_set_common(g->owner, &g->assignor, d->protocol_data);
	if (g->generation >= 0 && g->phase == PHASE_STABLE)
		told_stable(g, d, whole);
}

void describe_groups_response(struct groups *gs, const struct kafka_message *m)
{
	struct describe_groups_response_group d;
	struct describe_groups_response a;
	bool whole = kf_decode(m->schema, m->version, &m->body, &a, NULL) == KF_OK;

	while (kf_next(&a.groups, &d))
		told_group(gs, &d, whole, m);
}

void list_groups_response(struct groups *gs, const struct kafka_message *m)
{
	struct list_groups_response_group item;
	struct list_groups_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (m->version >= 4 && kf_next(&a.groups, &item)) {
		struct group *g = group_find(gs, item.group_id);

		if (g)
			inquiry_listed(g, item.group_state, m);
		if (g && kf_bytes_are(item.group_state, "Empty"))
			told_empty(g);
	}
}

static struct member *someone_in(const struct group *g)
{
	for (struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN)
			return m;
	return NULL;
}

/* A group that could be deleted had no members: those that were not seen to go went without a word. */
static void empty_out(struct group *g, int64_t at, uint64_t frame)
{
	struct member *m;

	while ((m = someone_in(g)) != NULL) {
		if (g->epochs && m->seat) {
			member_lost(g, m, BUMP_LOST, at, frame);
		} else {
			member_leave_group(m, GROUP_EXPIRED, at);
			report_member(g, m, GROUP_EXPIRED, NULL, false, at, frame);
		}
	}
	if (g->epochs)
		turn_empty(g, at);
}

/* The next group of this name begins at generation 1: nothing of this one may be compared with it. */
static void forget_life(struct group *g, const struct kafka_message *m)
{
	int64_t asked = m->latency >= 0 ? m->ts - m->latency : m->ts;

	for (const struct member *x = g->members; x; x = x->hh.next)
		if (x->presence == MEMBER_IN && x->last_seen >= asked)
			return; /* the next one's already */
	if (g->round || g->parked)
		return;
	empty_out(g, m->ts, m->frame);
	epochs_free(g);
	g->migrated = false;
	assignment_clear(&g->current);
	assignment_clear(&g->base);
	kind_told_free(g->told);
	g->told = NULL;
	offsets_clear(g);
	text_free(g->leader);
	g->leader = NULL;
	g->generation = g->parent = -1;
	g->burst_at = g->stable_at = GROUP_UNKNOWN_TIME;
	g->phase = PHASE_EMPTY;
	g->roster_known = true;
	g->reported = false;
}

void delete_groups_response(struct groups *gs, const struct kafka_message *m)
{
	struct delete_groups_response_result item;
	struct delete_groups_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.results, &item)) {
		struct group *g = group_find(gs, item.group_id);

		inquiry_deleted(gs, item.group_id, item.error_code, m);
		if (g && item.error_code == ERR_NONE)
			forget_life(g, m);
	}
}
