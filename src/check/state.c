/* SPDX-License-Identifier: Apache-2.0
 *
 * What messages say of groups and members: who a message is about, before the rules see it, and what it changes, after.
 */
#include "engine.h"

#include <stdlib.h>

bool api_is_group(int16_t api)
{
	switch (api) {
	case API_COMMIT:
	case API_OFFSET_FETCH:
	case API_JOIN:
	case API_HEARTBEAT:
	case API_LEAVE:
	case API_SYNC:
	case API_TXN_COMMIT:
	case API_GROUP_HEARTBEAT:
		return true;
	default:
		return false;
	}
}

bool assignor_cooperative(struct kf_bytes name)
{
	static const char *const names[] = { "cooperative-sticky", "stream", "compatible", "sessioned" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (kf_bytes_are(name, names[i]))
			return true;
	return false;
}

/* ---- who it is about -------------------------------------------------------------------------------------- */

static bool same(struct kf_bytes b, const char *text, uint32_t len)
{
	return b.len == len && memcmp(b.ptr, text, len) == 0;
}

static struct member *find_member(struct talk *t, struct kf_bytes id, bool make)
{
	struct conn *n = t->conn;

	if (n->member && n->member->group == t->group && same(id, n->member->id, n->member->id_len))
		return n->member;
	n->member = make ? ck_member_get(t->check, t->group, id) : ck_member_find(t->group, id);
	return n->member;
}

static void about(struct talk *t, struct kf_bytes group, struct kf_bytes member, int32_t generation)
{
	struct conn *n = t->conn;

	if (!n->group || !same(group, n->group->name, n->group->name_len))
		n->group = ck_group_get(t->check, group);
	t->group = n->group;
	t->member = find_member(t, member, generation >= 0 || t->m->api_key == API_GROUP_HEARTBEAT ||
	                                           t->m->api_key == API_JOIN);
	t->q->group = t->group;
	t->q->member = t->member;
	t->q->generation = generation;
}

static uint64_t sum_of_topics(struct kf_array topics)
{
	struct kf_bytes name;
	uint64_t sum = 0;

	while (kf_next_bytes(&topics, &name))
		sum += digest_of(name);
	return sum;
}

static bool some_owned(struct kf_array owned)
{
	struct consumer_protocol_subscription_owned_partition t;

	while (kf_next(&owned, &t))
		if (t.partitions.count > 0)
			return true;
	return false;
}

static void read_protocols(struct ask *a, struct kf_array protocols)
{
	struct consumer_protocol_subscription sub;
	struct join_group_request_protocol p;
	int16_t version;
	bool first = true;

	a->cooperative = protocols.count > 0;
	for (; kf_next(&protocols, &p); first = false) {
		bool cooperative = assignor_cooperative(p.name);

		a->cooperative = a->cooperative && cooperative;
		a->streams = a->streams || kf_bytes_are(p.name, "stream");
		if (first) {
			a->first_cooperative = cooperative;
			memcpy(a->first, p.name.ptr ? (const char *)p.name.ptr : "",
			       p.name.len < sizeof(a->first) - 1 ? p.name.len : sizeof(a->first) - 1);
		}
		if (!a->consumer || kf_subscription(p.metadata, &sub, &version, NULL) != KF_OK)
			continue;
		if (first)
			a->topics = sum_of_topics(sub.topics);
		a->owned_told = a->owned_told || version >= 1;
		a->owned_some = a->owned_some || some_owned(sub.owned_partitions);
	}
}

static void about_join(struct talk *t)
{
	const struct join_group_request *b = t->body;
	struct ask *a = &t->q->ask;

	about(t, b->group_id, b->member_id, -1);
	a->id = digest_of(b->member_id);
	a->instance = digest_of(b->group_instance_id);
	a->session_ms = b->session_timeout_ms;
	a->rebalance_ms = KF_HAS(b, join_group_request, rebalance_timeout_ms) ? b->rebalance_timeout_ms : -1;
	a->consumer = kf_bytes_are(b->protocol_type, "consumer");
	a->reason = b->reason.len > 0;
	read_protocols(a, b->protocols);
}

static void about_leave(struct talk *t)
{
	const struct leave_group_request *b = t->body;
	struct leave_group_request_member m;
	struct kf_array members = b->members;

	if (!KF_HAS(b, leave_group_request, members))
		about(t, b->group_id, b->member_id, -1);
	else if (kf_next(&members, &m))
		about(t, b->group_id, m.member_id, -1);
}

static void about_find(struct talk *t)
{
	const struct find_coordinator_request *b = t->body;
	struct kf_array keys = b->coordinator_keys;
	struct kf_bytes key = b->key;

	if (b->key_type != 0)
		return;
	if (KF_HAS(b, find_coordinator_request, coordinator_keys) && !kf_next_bytes(&keys, &key))
		return;
	t->q->group = t->group = ck_group_get(t->check, key);
}

static void about_offset_fetch(struct talk *t)
{
	const struct offset_fetch_request *b = t->body;
	struct offset_fetch_request_group g;
	struct kf_array groups = b->groups;
	const struct kf_bytes none = { 0 };

	if (!KF_HAS(b, offset_fetch_request, groups))
		about(t, b->group_id, none, -1);
	else if (kf_next(&groups, &g))
		about(t, g.group_id, g.member_id, -1);
}

static void resolve_asked(struct talk *t)
{
	switch (t->m->api_key) {
	case API_JOIN:
		about_join(t);
		break;
	case API_HEARTBEAT: {
		const struct heartbeat_request *b = t->body;
		about(t, b->group_id, b->member_id, b->generation_id);
		break;
	}
	case API_SYNC: {
		const struct sync_group_request *b = t->body;
		about(t, b->group_id, b->member_id, b->generation_id);
		break;
	}
	case API_COMMIT: {
		const struct offset_commit_request *b = t->body;
		about(t, b->group_id, b->member_id, b->generation_id_or_member_epoch);
		break;
	}
	case API_TXN_COMMIT: {
		const struct txn_offset_commit_request *b = t->body;
		about(t, b->group_id, b->member_id, b->generation_id_or_member_epoch);
		break;
	}
	case API_GROUP_HEARTBEAT: {
		const struct consumer_group_heartbeat_request *b = t->body;
		about(t, b->group_id, b->member_id, b->member_epoch);
		t->q->epoch_ends = b->member_epoch < 0;
		break;
	}
	case API_LEAVE:
		about_leave(t);
		break;
	case API_FIND_COORDINATOR:
		about_find(t);
		break;
	case API_OFFSET_FETCH:
		about_offset_fetch(t);
		break;
	default:
		break;
	}
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

static int16_t commit_error(const struct offset_commit_response *a)
{
	struct offset_commit_response_partition p;
	struct offset_commit_response_topic t;
	struct kf_array topics = a->topics;

	while (kf_next(&topics, &t))
		while (kf_next(&t.partitions, &p))
			if (p.error_code)
				return p.error_code;
	return ERR_NONE;
}

static int16_t txn_commit_error(const struct txn_offset_commit_response *a)
{
	struct txn_offset_commit_response_partition p;
	struct txn_offset_commit_response_topic t;
	struct kf_array topics = a->topics;

	while (kf_next(&topics, &t))
		while (kf_next(&t.partitions, &p))
			if (p.error_code)
				return p.error_code;
	return ERR_NONE;
}

static int16_t leave_error(const struct leave_group_response *a)
{
	struct leave_group_response_member m;
	struct kf_array members = a->members;

	return a->error_code == ERR_NONE && kf_next(&members, &m) ? m.error_code : a->error_code;
}

static int16_t find_error(const struct find_coordinator_response *a)
{
	struct find_coordinator_response_coordinator k;
	struct kf_array coordinators = a->coordinators;

	return KF_HAS(a, find_coordinator_response, coordinators) && kf_next(&coordinators, &k) ? k.error_code
	                                                                                        : a->error_code;
}

static int16_t offset_fetch_error(const struct offset_fetch_response *a)
{
	struct offset_fetch_response_group g;
	struct kf_array groups = a->groups;

	return KF_HAS(a, offset_fetch_response, groups) && kf_next(&groups, &g) ? g.error_code : a->error_code;
}

static int16_t error_of(const struct talk *t)
{
	switch (t->m->api_key) {
	case API_JOIN:
		return ((const struct join_group_response *)t->body)->error_code;
	case API_HEARTBEAT:
		return ((const struct heartbeat_response *)t->body)->error_code;
	case API_SYNC:
		return ((const struct sync_group_response *)t->body)->error_code;
	case API_COMMIT:
		return commit_error(t->body);
	case API_TXN_COMMIT:
		return txn_commit_error(t->body);
	case API_LEAVE:
		return leave_error(t->body);
	case API_FIND_COORDINATOR:
		return find_error(t->body);
	case API_OFFSET_FETCH:
		return offset_fetch_error(t->body);
	case API_GROUP_HEARTBEAT:
		return ((const struct consumer_group_heartbeat_response *)t->body)->error_code;
	case API_VERSIONS:
		return ((const struct api_versions_response *)t->body)->error_code;
	case API_INIT_PRODUCER:
		return ((const struct init_producer_id_response *)t->body)->error_code;
	case API_END_TXN:
		return ((const struct end_txn_response *)t->body)->error_code;
	default:
		return ERR_NONE;
	}
}

static void resolve_answered(struct talk *t)
{
	t->group = t->q->group;
	t->member = t->q->member;
	t->error = error_of(t);
	if (t->error != ERR_NONE)
		return;
	if (t->m->api_key == API_JOIN)
		t->member = ck_member_get(t->check, t->group, ((const struct join_group_response *)t->body)->member_id);
	else if (t->m->api_key == API_GROUP_HEARTBEAT && !t->member)
		t->member = ck_member_get(t->check, t->group,
		                       ((const struct consumer_group_heartbeat_response *)t->body)->member_id);
}

void state_resolve(struct talk *t)
{
	if (t->m->direction == KF_RESPONSE) {
		if (t->body)
			resolve_answered(t);
		else
			t->group = t->q->group;
	} else if (t->body) {
		resolve_asked(t);
	}
}
