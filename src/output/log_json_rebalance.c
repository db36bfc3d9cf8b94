/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

/* From one moment to another; null when either is not known. */
static void put_span(struct json *j, const char *key, int64_t from, int64_t to)
{
	bool known = from != GROUP_UNKNOWN_TIME && to != GROUP_UNKNOWN_TIME && to >= from;

	json_put_ms(j, key, known ? to - from : -1);
}

static void put_rivals(struct json *j, const struct group_cause *c)
{
	char id[8];

	json_key(j, "rivals");
	json_array_begin(j);
	for (size_t i = 0; i < c->n_rivals; i++) {
		snprintf(id, sizeof id, "R%u", c->rivals[i]);
		json_text(j, id);
	}
	json_array_end(j);
}

static void put_cause(struct json *j, const struct group_cause *c)
{
	char id[8], confidence[8];

	snprintf(id, sizeof id, "R%u", c->id);
	snprintf(confidence, sizeof confidence, "C%u", c->confidence);
	json_object_begin(j);
	json_put_text(j, "id", id);
	json_put_text(j, "name", c->name);
	json_put_text(j, "confidence", confidence);
	json_put_text(j, "member", c->member);
	json_put_text(j, "client_id", c->client_id);
	json_put_text(j, "host", c->host);
	json_put_text(j, "reason", c->reason);
	json_key(j, "evidence");
	json_array_begin(j);
	for (size_t i = 0; i < c->n_evidence; i++)
		json_uint(j, c->evidence[i]);
	json_array_end(j);
	put_rivals(j, c);
	json_put_text(j, "text", c->text);
	json_object_end(j);
}

/* True: it lasted at least that long. */
static void put_downtime(struct json *j, int64_t ns, bool at_least)
{
	json_put_ms(j, "downtime_ms", ns);
	json_key(j, "downtime_at_least");
	if (ns < 0)
		json_null(j);
	else
		json_bool(j, at_least);
}

void log_json_partitions(struct json *j, const struct group_partitions *topics, size_t n)
{
	json_object_begin(j);
	for (size_t i = 0; i < n; i++) {
		const struct group_partitions *t = &topics[i];

		json_key_bytes(j, t->topic, t->topic ? strlen(t->topic) : 0);
		json_array_begin(j);
		for (size_t p = 0; p < t->n_partitions; p++)
			json_int(j, t->partitions[p]);
		json_array_end(j);
	}
	json_object_end(j);
}

static void put_assignment(struct json *j, const struct group_rebalance_member *m)
{
	json_key(j, "partitions");
	if (m->assignment_known)
		log_json_partitions(j, m->topics, m->n_topics);
	else
		json_null(j);
}

static void put_member(struct json *j, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	json_object_begin(j);
	json_put_text(j, "member", m->member);
	json_put_text(j, "instance", m->instance);
	json_put_text(j, "client_id", m->client_id);
	json_put_text(j, "host", m->host);
	json_put_text(j, "software", m->software);
	local_json(j, m->process ? "os_process" : "process", m->local); /* Streams has processes of its own */
	json_key(j, "leader");
	json_bool(j, m->leader);
	json_put_text(j, "change", group_change_name(m->change));
	json_put_ms(j, "rejoin_lag_ms", m->rejoin_lag);
	json_put_ms(j, "wait_ms", m->wait);
	json_put_ms(j, "sync_lag_ms", m->sync_lag);
	put_downtime(j, m->downtime, m->downtime_at_least);
	put_assignment(j, m);
	if (r->mode == GROUP_BROKER)
		json_put_text(j, "subscription", m->subscription);
	log_json_kind_member(j, r, m);
	json_object_end(j);
}

static void put_move(struct json *j, const struct group_move *m)
{
	json_object_begin(j);
	json_put_text(j, "topic", m->topic);
	json_key(j, "partition");
	json_int(j, m->partition);
	json_put_text(j, "from", m->from);
	json_put_text(j, "to", m->to);
	if (m->to != NULL)
		put_downtime(j, m->downtime, m->downtime_at_least);
	json_object_end(j);
}

/* Null when it is not known; an empty list says that nothing moved. */
static void put_moves(struct json *j, const char *key, const struct group_move *moves, size_t n, bool known)
{
	json_key(j, key);
	if (!known && n == 0) {
		json_null(j);
		return;
	}
	json_array_begin(j);
	for (size_t i = 0; i < n; i++)
		put_move(j, &moves[i]);
	json_array_end(j);
}

static void put_head(struct json *j, const struct group_rebalance *r)
{
	json_put_text(j, "group_type", r->group_type);
	json_put_text(j, "protocol_type", r->protocol_type);
	json_put_text(j, "assignor", r->assignor);
	json_put_text(j, "mode", group_mode_name(r->mode));
	json_put_text(j, "coordinator", r->coordinator);
	json_put_number(j, "coordinator_node", r->coordinator_node);
	json_put_number(j, "coordinator_partition", r->coordinator_partition);
	json_put_number(j, "previous", r->previous);
	json_put_number(j, "generation", r->generation);
}

static void put_phases(struct json *j, const struct group_rebalance *r)
{
	json_put_time(j, "started", r->started);
	json_put_ms(j, "started_uncertainty_ms", r->started_uncertainty);
	json_put_time(j, "joined", r->joined);
	json_put_time(j, "ended", r->ended);
	put_span(j, "join_ms", r->started, r->joined);
	put_span(j, "sync_ms", r->joined, r->ended);
	put_span(j, "total_ms", r->started, r->ended);
}

static void put_triggers(struct json *j, const struct group_rebalance *r)
{
	json_key(j, "cause");
	put_cause(j, &r->cause);
	json_key(j, "also");
	json_array_begin(j);
	for (size_t i = 0; i < r->n_also; i++)
		put_cause(j, &r->also[i]);
	json_array_end(j);
	json_put_number(j, "followup_of", r->followup_of);
}

static void put_movement(struct json *j, const struct group_rebalance *r)
{
	put_moves(j, "moved", r->moved, r->n_moved, r->moves_known);
	put_moves(j, "unassigned", r->unassigned, r->n_unassigned, r->moves_known);
	put_moves(j, "granted", r->granted, r->n_granted, r->moves_known);
	put_moves(j, "assigned_twice", r->twice, r->n_twice, r->moves_known);
	if (r->followup_of >= 0)
		put_moves(j, "moved_since_parent", r->moved_since_parent, r->n_moved_since_parent,
		          r->moves_known && r->moved_since_parent != NULL);
}

static void put_gaps(struct json *j, const struct group_rebalance *r)
{
	json_key(j, "complete");
	json_bool(j, r->complete);
	json_key(j, "missing");
	json_array_begin(j);
	for (size_t i = 0; i < r->n_missing; i++)
		json_text(j, r->missing[i]);
	json_array_end(j);
}

/* Streams groups (KIP-1071). */
static void put_streams_group(struct json *j, const struct group_rebalance *r)
{
	if (!r->group_type || strcmp(r->group_type, "streams") != 0)
		return;
	json_put_number(j, "topology_epoch", r->topology_epoch);
	json_key(j, "status");
	json_array_begin(j);
	for (size_t i = 0; i < r->n_status; i++)
		json_text(j, r->status[i]);
	json_array_end(j);
}

/* Only where several groups were hit at once. */
static void put_trouble(struct json *j, const struct group_rebalance *r)
{
	if (r->trouble == NULL)
		return;
	json_key(j, "broker_trouble");
	json_object_begin(j);
	json_put_text(j, "broker", r->trouble);
	json_put_number(j, "node", r->trouble_node);
	json_put_time(j, "first", r->trouble_since);
	json_object_end(j);
}

/* A rebalance that has only begun: nothing is said of what is still to come. */
void log_json_started(struct json *j, const struct group_rebalance *r)
{
	put_head(j, r);
	json_put_time(j, "started", r->started);
	json_put_ms(j, "started_uncertainty_ms", r->started_uncertainty);
	put_triggers(j, r);
}

void log_json_rebalance(struct json *j, const struct group_rebalance *r)
{
	put_head(j, r);
	json_put_text(j, "outcome", group_outcome_name(r->outcome));
	if (r->mode == GROUP_BROKER) {
		json_key(j, "passed_over");
		json_bool(j, r->passed_over);
	}
	put_phases(j, r);
	put_triggers(j, r);
	json_key(j, "rounds");
	json_uint(j, r->rounds);
	json_put_text(j, "slowest", r->slowest);
	json_put_text(j, "released_by", r->released_by);
	json_put_ms(j, "assignor_ms", r->assignor_time);
	json_put_ms(j, "storage_ms", r->storage_time);
	json_key(j, "members");
	json_array_begin(j);
	for (size_t i = 0; i < r->n_members; i++)
		put_member(j, r, &r->members[i]);
	json_array_end(j);
	put_movement(j, r);
	put_trouble(j, r);
	log_json_kind(j, r);
	if (r->mode == GROUP_BROKER)
		json_put_known(j, "heartbeat_interval_ms", (uint64_t)(r->interval_ms > 0 ? r->interval_ms : 0));
	put_streams_group(j, r);
	put_gaps(j, r);
}
