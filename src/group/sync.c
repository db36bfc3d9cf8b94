/* SPDX-License-Identifier: Apache-2.0
 *
 * SyncGroup: the leader hands in everybody's assignment, each member is answered with its own.
 */
#include <regroup/messages.h>

#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "correlator.h"
#include "digest.h"
#include "epoch.h"
#include "kind.h"
#include "member.h"
#include "speaker.h"
#include "unheard.h"

static bool is_consumer(const struct group *g)
{
	return g->protocol_type && strcmp(g->protocol_type, "consumer") == 0;
}

/* Adds what one assignment blob gives; the number of partitions, -1 when it cannot be read. */
static int add_of_owner(struct group *g, struct kind_told **told, struct assignment *a, struct member *m, uint32_t owner,
                        int32_t generation, struct kf_bytes blob)
{
	struct consumer_protocol_assignment_assigned_partition t;
	struct consumer_protocol_assignment given;
	int16_t version;
	int64_t partition;
	int n = 0;

	if (blob.len == 0)
		return 0;
	if (!is_consumer(g))
		return kind_add(g, told, a, m, generation, blob);
	if (kf_assignment(blob, &given, &version, NULL) != KF_OK)
		return -1;
	kind_add_user_data(g, told, m, generation, given.user_data);
	while (kf_next(&given.assigned_partitions, &t)) {
		uint32_t topic = topic_id(g->owner, t.topic);

		for (; kf_next_int(&t.partitions, &partition); n++)
			if (!assignment_add(a, topic, (int32_t)partition, owner))
				return -1;
	}
	return n;
}

static int add_partitions(struct group *g, struct kind_told **told, struct assignment *a, struct member *m,
                          int32_t generation, struct kf_bytes blob)
{
	return add_of_owner(g, told, a, m, assignment_owner(a, member_identity(m), m->client_id), generation, blob);
}

/* Whose assignment says nothing but its partitions: of other kinds it is read again when the member gets it. */
static bool is_plain(const struct group *g)
{
	return kind_of(g) == GROUP_KIND_CONSUMER;
}

static void remember_given(struct group *g, struct member *m, struct kf_bytes blob, int n)
{
	if (!g->round || !m->join || !is_plain(g))
		return;
	m->join->given = digest_blob(blob);
	m->join->n_given = n;
}

static void read_assignments(struct group *g, struct kind_told **told, struct assignment *a,
                             struct sync_group_request *q, bool whole)
{
	struct sync_group_request_assignment item;

	assignment_empty(a);
	kind_told_free(*told);
	*told = NULL;
	a->generation = q->generation_id;
	while (kf_next(&q->assignments, &item)) {
		struct member *m = member_get(g, item.member_id);
		uint32_t owner;
		int n = -1;

		if (m) {
			owner = m->instance ? assignment_owner(a, m->instance, m->client_id) : assignment_owner_by_id(a, m);
			n = add_of_owner(g, told, a, m, owner, q->generation_id, item.assignment);
			remember_given(g, m, item.assignment, n);
		}
		whole = n >= 0 && whole;
	}
	a->complete = whole;
}

/* Can its assignments be read? */
static bool is_readable(const struct group *g)
{
	enum group_kind kind = kind_of(g);

	return kind != GROUP_KIND_UNKNOWN && kind != GROUP_KIND_OTHER;
}

/* The whole assignment of the generation, from its leader. In mid-stream it may be the first that is seen. */
static void leader_hands_in(struct group *g, struct sync_group_request *q, const struct kafka_message *msg)
{
	struct round *r = g->round;
	bool whole = msg->status == KAFKA_OK, readable = is_readable(g);

	if (q->assignments.count <= 0)
		return;
	if (r && r->generation == q->generation_id) {
		if (whole && unheard(g->owner, msg))
			unheard_roster(g, q, msg);
		if (readable)
			read_assignments(g, &r->told, &r->assignment, q, whole);
		r->handed_in = msg->ts;
	} else if (readable && !r && g->generation < 0 && g->current.generation < 0) {
		read_assignments(g, &g->told, &g->current, q, whole);
		assignment_sort(&g->current);
	}
}

struct request *sync_request(struct groups *gs, const struct kafka_message *m)
{
	struct sync_group_request q;
	struct request *r;
	struct group *g;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	g = speaker_group(gs, m, q.group_id);
	r = g ? request_new(gs, g, REQUEST_SYNC, m) : NULL;
	if (!r)
		return NULL;
	r->generation = q.generation_id;
	text_set_common(g->owner, &g->protocol_type, q.protocol_type);
	r->member = member_ref(speaker_get(g, m, q.member_id));
	if (request_is_echo(gs, r, m))
		return NULL;
	if (r->member) {
		member_seen_on(r->member, m);
		r->member->sync_asked = q.generation_id;
		if (unheard(gs, m))
			text_set_common(gs, &g->assignor, q.protocol_name);
		if (unheard(gs, m))
			unheard_sync(g, r->member, q.generation_id, q.assignments.count > 0, m);
	}
	leader_hands_in(g, &q, m);
	return r;
}

/* What the member was given against what it said it owned: lacking some means that it has to join again. */
static void compare_owned(struct group *g, struct member *m, int given)
{
	m->lost_some = m->subscription.owned_some && given >= 0 &&
	               (size_t)given < assignment_count(&g->current, member_identity(m));
}

/* How many partitions, -1 when they cannot be read. Where the leader's word for them is known, they are read to be counted
 * alone; and not at all where it is the very same. */
static int count_given(struct group *g, struct member *m, struct kf_bytes blob, int32_t generation)
{
	struct round *r = g->round;
	struct kind_told *again = NULL;
	struct assignment own;
	int n;

	if (!r->assignment.complete)
		return add_partitions(g, &r->told, &r->assignment, m, generation, blob);
	if (m->join && m->join->n_given >= 0 && m->join->given == digest_blob(blob) && is_plain(g))
		return m->join->n_given;
	spare_table(r->from, &own);
	n = add_partitions(g, &again, &own, m, generation, blob);
	spare_table_return(r->from, &own);
	kind_told_free(again);
	return n;
}

static void member_given(struct group *g, struct member *m, struct kf_bytes blob, int32_t generation)
{
	struct round *r = g->round;
	int given;

	if (!r || r->generation != generation || !is_readable(g))
		return;
	given = count_given(g, m, blob, generation);
	if (!r->assignment.complete)
		r->assignment.generation = generation;
	m->assigned_some = given > 0;
	if (is_consumer(g))
		compare_owned(g, m, given);
}

void sync_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct sync_group_response a;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	if (!KF_HAS(&a, sync_group_response, error_code) || !r->member)
		return;
	if (!r->group->migrated) {
		text_set_common(r->group->owner, &r->group->protocol_type, a.protocol_type);
		text_set_common(r->group->owner, &r->group->assignor, a.protocol_name);
	}
	if (a.error_code != ERR_NONE) {
		answer_error(r->group, r, a.error_code, m);
		return;
	}
	coordinator_seen(r->group, m);
	member_alive(r->member, m->ts, m->frame);
	if (r->member->synced != r->generation) {
		r->member->synced_before = r->member->synced_at;
		r->member->synced_at = m->ts;
	}
	if (r->group->migrated) {
		epoch_classic_synced(r->group, r, a.assignment, m);
		return;
	}
	if (r->member->synced != r->generation)
		member_given(r->group, r->member, a.assignment, r->generation);
	round_synced(r->group, r->member, r->generation, m);
}
