/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of a message once the rules have seen it.
 */
#include "engine.h"

#include <arpa/inet.h>
#include <stdlib.h>

/* ---- members ---------------------------------------------------------------------------------------------- */

/* Two members of one client at a time: what it fetches may be either's. */
static void belongs(const struct talk *t, struct member *m)
{
	struct client *k = t->client;
	struct member *other = k->member;

	if (other && other != m && other->in_group && !other->left.ts && ck_conn_open(t->check, other->conn))
		k->shared = true;
	k->member = m;
}

static void spoke(const struct talk *t, struct member *m)
{
	m->client = t->client;
	m->conn = t->conn->id;
	m->seen = t->m->ts;
	if (m->in_group && t->client->member != m)
		belongs(t, m);
}

static void asked_join(const struct talk *t)
{
	struct member *m = t->member;

	if (!m)
		return;
	m->told.ts = 0;
	m->beat.ts = 0;
	m->asked = mark_of(t);
	m->asked_conn = t->conn->id;
	m->fetched_before = t->client->last_fetch.ts && t->m->ts - t->client->last_fetch.ts < NS_PER_S;
	m->fetched_while_joining = 0;
}

static void left(const struct talk *t, struct member *m)
{
	m->left = mark_of(t);
	m->beat.ts = m->told.ts = 0;
	m->admin_removed = m->conn != t->conn->id;
}

static void asked_leave(const struct talk *t)
{
	const struct leave_group_request *b = t->body;
	struct leave_group_request_member l;
	struct kf_array members = b->members;

	if (!KF_HAS(b, leave_group_request, members)) {
		if (t->member)
			left(t, t->member);
		return;
	}
	while (kf_next(&members, &l)) {
		struct member *m = ck_member_find(t->group, l.member_id);

		if (m)
			left(t, m);
	}
}

static void listed_topics(struct joined *j, struct kf_array topics)
{
	struct kf_bytes name;

	while (kf_next_bytes(&topics, &name)) {
		uint64_t key = digest_of(name), *more;
		bool there = false;

		for (uint32_t i = 0; i < j->n_topics && !there; i++)
			there = j->topics[i] == key;
		if (there || j->n_topics >= 1024 || !(more = realloc(j->topics, (j->n_topics + 1) * sizeof(*more))))
			continue;
		j->topics = more;
		j->topics[j->n_topics++] = key;
	}
}

static void listed_owned(struct joined *j, struct kf_array owned)
{
	struct consumer_protocol_subscription_owned_partition o;

	while (kf_next(&owned, &o)) {
		int64_t partition;

		while (kf_next_int(&o.partitions, &partition))
			parts_add(&j->owned, (struct part){ .topic = digest_of(o.topic), .partition = (int32_t)partition });
	}
}

/* The list of all members, which the leader alone is given. */
static void read_list(struct joined *j, struct kf_array members, bool consumer)
{
	struct consumer_protocol_subscription sub;
	struct join_group_response_member l;
	int16_t version;

	j->n_ids = j->n_topics = 0;
	parts_clear(&j->owned);
	free(j->ids);
	j->ids = members.count > 0 ? calloc((size_t)members.count, sizeof(*j->ids)) : NULL;
	j->listed = j->ids != NULL;
	while (j->ids && kf_next(&members, &l)) {
		j->ids[j->n_ids++] = digest_of(l.member_id);
		if (!consumer || kf_subscription(l.metadata, &sub, &version, NULL) != KF_OK) {
			j->listed = j->listed && !consumer;
			continue;
		}
		listed_topics(j, sub.topics);
		listed_owned(j, sub.owned_partitions);
	}
}

static void answered_join(const struct talk *t)
{
	const struct join_group_response *a = t->body;
	const struct ask *ask = &t->q->ask;
	struct member *m = t->member;
	bool leaves = m && m->left.ts > t->q->ts; /* it did not wait for this answer */

	if (!m || t->error != ERR_NONE)
		return;
	if (!m->was_in)
		m->born = !ask->id || ask->id == t->conn->given_id;
	m->session_ms = ask->session_ms;
	m->rebalance_ms = ask->rebalance_ms >= 0 ? ask->rebalance_ms : ask->session_ms;
	m->asked_topics = ask->topics;
	m->generation = a->generation_id;
	m->is_static = ask->instance != 0;
	m->consumer = ask->consumer;
	m->streams = ask->streams;
	m->cooperative = ask->cooperative;
	m->new_generation_due = true;
	m->in_group = m->was_in = true;
	m->gone = false;
	m->told.ts = m->beat.ts = m->closed.ts = 0;
	if (!leaves)
		m->left.ts = 0;
	if (!m->joined_first.ts)
		m->joined_first = mark_of(t);
	m->joined.at = mark_of(t);
	m->joined.generation = a->generation_id;
	m->joined.protocol = digest_of(a->protocol_name);
	m->joined.cooperative = assignor_cooperative(a->protocol_name);
	m->joined.leader = a->leader.len && a->leader.len == a->member_id.len &&
	                   memcmp(a->leader.ptr, a->member_id.ptr, a->leader.len) == 0;
	m->joined.skip = a->skip_assignment;
	m->sync_asked.ts = 0;
	read_list(&m->joined, a->members, ask->consumer);
	spoke(t, m);
}

/* ---- assignments ------------------------------------------------------------------------------------------ */

/* `now` becomes what the member has; what is new of it has yet to be fetched. */
static void assign(struct member *m, struct parts *now, bool keeps)
{
	bool before_known = m->assigned_known || m->born;

	parts_clear(&m->fresh);
	parts_clear(&m->revoked);
	for (uint32_t i = 0; before_known && i < now->n; i++)
		if (!parts_has(&m->assigned, now->part[i]))
			parts_add(&m->fresh, now->part[i]);
	for (uint32_t i = 0; keeps && i < m->assigned.n; i++)
		if (!parts_has(now, m->assigned.part[i]))
			parts_add(&m->revoked, m->assigned.part[i]);
	parts_move(&m->assigned, now);
	parts_clear(&m->offsets);
	m->started.ts = 0;
	m->fresh_beats = false;
	m->offsets_all = false;
	m->assigned_known = true;
}

static void answered_sync(const struct talk *t)
{
	const struct sync_group_response *a = t->body;
	struct consumer_protocol_assignment_assigned_partition p;
	struct consumer_protocol_assignment assignment;
	struct member *m = t->member;
	struct parts now = { 0 };
	int16_t version;

	if (!m || t->error != ERR_NONE)
		return;
	m->synced = m->granted = mark_of(t);
	m->in_group = true;
	m->commits = 0;
	if (!m->consumer)
		return;
	if (a->assignment.len && kf_assignment(a->assignment, &assignment, &version, NULL) != KF_OK) {
		m->assigned_known = false;
		return;
	}
	while (a->assignment.len && kf_next(&assignment.assigned_partitions, &p)) {
		int64_t partition;
		uint64_t key = ck_topic_key(t->check, p.topic, NULL, NULL);

		while (kf_next_int(&p.partitions, &partition))
			parts_add(&now, (struct part){ .topic = key, .partition = (int32_t)partition });
	}
	assign(m, &now, m->cooperative);
}

static void answered_epoch(const struct talk *t)
{
	const struct consumer_group_heartbeat_response *a = t->body;
	struct consumer_group_heartbeat_response_topic_partition p;
	struct consumer_group_heartbeat_response_assignment given;
	struct kf_array assignment = a->assignment;
	struct member *m = t->member;
	struct parts now = { 0 };
	bool known = true;

	if (!m || t->error != ERR_NONE || t->q->epoch_ends)
		return;
	if (!m->was_in)
		m->born = t->q->generation == 0;
	if (a->member_epoch != m->epoch)
		m->epoch_since = t->m->ts;
	m->in_group = m->was_in = true;
	m->epoch = m->generation = a->member_epoch;
	m->interval_ms = a->heartbeat_interval_ms;
	m->left.ts = 0;
	spoke(t, m);
	if (!kf_next(&assignment, &given))
		return;
	m->granted = mark_of(t);
	while (kf_next(&given.topic_partitions, &p)) {
		int64_t partition;
		uint64_t key = ck_topic_key(t->check, (struct kf_bytes){ 0 }, &p.topic_id, &known);

		while (kf_next_int(&p.partitions, &partition))
			parts_add(&now, (struct part){ .topic = key, .partition = (int32_t)partition });
	}
	assign(m, &now, true);
	m->assigned_known = known;
}

/* ---- coordinators ----------------------------------------------------------------------------------------- */

static bool literal(struct kf_bytes host, int32_t port, struct net_endpoint *out)
{
	char text[64];

	memset(out, 0, sizeof(*out));
	if (!host.len || host.len >= sizeof(text) || port <= 0 || port > UINT16_MAX)
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	out->port = (uint16_t)port;
	out->family = strchr(text, ':') ? 6 : 4;
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, text, out->addr) == 1;
}

static void found(const struct talk *t, struct group *g, struct kf_bytes host, int32_t port)
{
	struct found key = { .key = { .client = t->client, .group = g } }, *f;

	g->named_known = literal(host, port, &g->named);
	g->found = mark_of(t);
	HASH_FIND(hh, t->check->found, &key.key, sizeof(key.key), f);
	if (!f && (f = calloc(1, sizeof(*f)))) {
		f->key.client = t->client;
		f->key.group = g;
		HASH_ADD(hh, t->check->found, key, sizeof(f->key), f);
	}
	if (f)
		f->at = mark_of(t);
}

static void answered_find(const struct talk *t)
{
	const struct find_coordinator_response *a = t->body;
	struct find_coordinator_response_coordinator k;
	struct kf_array coordinators = a->coordinators;

	if (!t->group)
		return;
	if (!KF_HAS(a, find_coordinator_response, coordinators)) {
		if (a->error_code == ERR_NONE)
			found(t, t->group, a->host, a->port);
		return;
	}
	while (kf_next(&coordinators, &k)) {
		struct group *g = k.error_code == ERR_NONE ? ck_group_get(t->check, k.key) : NULL;

		if (g)
			found(t, g, k.host, k.port);
	}
}

static void answered_versions(const struct talk *t)
{
	const struct api_versions_response *a = t->body;
	struct api_versions_response_api_key k;
	struct kf_array keys = a->api_keys;
	struct server *s = t->conn->server;

	if (!s || t->error != ERR_NONE || keys.count <= 0)
		return;
	for (int i = 0; i < APIS; i++)
		s->first[i] = s->last[i] = -1;
	while (kf_next(&keys, &k)) {
		if (k.api_key < 0 || k.api_key >= APIS)
			continue;
		s->first[k.api_key] = k.min_version;
		s->last[k.api_key] = k.max_version;
	}
	s->known = t->conn->asked_versions = true;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

static void refused(const struct talk *t)
{
	struct member *m = t->member;

	if (!m || t->m->api_key == API_JOIN)
		return;
	if (t->error == ERR_REBALANCING && t->m->api_key == API_HEARTBEAT && !m->told.ts) {
		m->told = mark_of(t);
		m->told_conn = t->conn->id;
	}
	if (t->error == ERR_UNKNOWN_MEMBER || t->error == ERR_FENCED_INSTANCE) {
		m->gone = true;
		m->in_group = false;
		parts_clear(&m->assigned);
		parts_clear(&m->fresh);
		parts_clear(&m->revoked);
	}
}

void state_asked(struct talk *t)
{
	t->conn->requested = true;
	t->conn->asked = t->client->asked = t->m->ts;
	if (t->member && t->m->api_key != API_LEAVE)
		spoke(t, t->member);
	switch (t->m->api_key) {
	case API_METADATA:
		t->client->metadata = mark_of(t);
		t->client->metadata_conn = t->conn->id;
		break;
	case API_FETCH:
		t->client->last_fetch = mark_of(t);
		break;
	case API_FIND_COORDINATOR:
		t->client->last_find = mark_of(t);
		t->client->last_find_conn = t->conn->id;
		break;
	case API_JOIN:
		if (t->body)
			asked_join(t);
		break;
	case API_SYNC:
		if (t->member)
			t->member->sync_asked = mark_of(t);
		break;
	case API_LEAVE:
		if (t->body)
			asked_leave(t);
		break;
	case API_GROUP_HEARTBEAT:
		if (t->member && t->q->epoch_ends)
			left(t, t->member);
		break;
	default:
		break;
	}
}

void state_answered(struct talk *t)
{
	if (!t->body)
		return;
	if (t->error != ERR_NONE)
		refused(t);
	switch (t->m->api_key) {
	case API_JOIN:
		answered_join(t);
		break;
	case API_SYNC:
		answered_sync(t);
		break;
	case API_GROUP_HEARTBEAT:
		answered_epoch(t);
		break;
	case API_FIND_COORDINATOR:
		answered_find(t);
		break;
	case API_VERSIONS:
		answered_versions(t);
		break;
	case API_METADATA:
		ck_topics_learn(t->check, t->body, t->m->ts);
		break;
	default:
		break;
	}
}
