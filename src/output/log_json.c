/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"
#include "log.h"

static void print_member(struct json *j, const struct group_member_event *m)
{
	json_put_text(j, "event", group_change_name(m->event));
	json_put_text(j, "member", m->member);
	json_put_text(j, "instance", m->instance);
	json_put_text(j, "client_id", m->client_id);
	json_put_text(j, "host", m->host);
	local_json(j, "process", m->local);
	json_put_text(j, "reason", m->reason);
	json_put_bool(j, "rebalance", m->rebalance);
	if (m->error != 0) {
		json_key(j, "error");
		json_int(j, m->error);
		json_put_text(j, "error_name", kf_error_name(m->error));
	}
	if (m->note != NULL)
		json_put_text(j, "note", m->note);
	json_put_known(j, "frame", m->frame);
}

static void print_coordinator(struct json *j, const struct group_coordinator_event *c)
{
	json_put_text(j, "event", c->what);
	json_put_text(j, "from", c->from);
	json_put_text(j, "to", c->to);
	json_put_known(j, "frame", c->frame);
}

static void print_commit(struct json *j, const struct group_commit_event *c)
{
	json_put_text(j, "member", c->member);
	json_put_text(j, "client_id", c->client_id);
	json_put_text(j, "host", c->host);
	json_key(j, "generation");
	if (c->generation >= 0)
		json_int(j, c->generation);
	else
		json_null(j);
	json_key(j, "error");
	json_int(j, c->error);
	json_put_text(j, "error_name", kf_error_name(c->error));
	json_put_uint(j, "partitions", c->partitions);
	json_key(j, "topics");
	if (c->n_topics > 0)
		log_json_partitions(j, c->topics, c->n_topics);
	else
		json_null(j);
	json_put_text(j, "what", c->what);
	if (c->transactional_id != NULL)
		json_put_text(j, "transactional_id", c->transactional_id);
	json_key(j, "latency_ms");
	json_ms(j, c->latency);
	json_put_known(j, "frame", c->frame);
}

static void print_delivery(struct json *j, const struct group_delivery_event *d)
{
	json_put_text(j, "member", d->member);
	json_put_text(j, "client_id", d->client_id);
	json_put_text(j, "host", d->host);
	json_key(j, "acquired");
	if (log_deliveries_seen(d))
		json_uint(j, d->acquired);
	else
		json_null(j);
	json_put_uint(j, "redelivered", d->redelivered);
	json_put_uint(j, "accepted", d->accepted);
	json_put_uint(j, "released", d->released);
	json_put_uint(j, "rejected", d->rejected);
	json_put_uint(j, "renewed", d->renewed);
	json_put_uint(j, "gaps", d->gaps);
	json_put_uint(j, "refused_partitions", d->refused);
}

static void print_again(struct json *j, const struct group_again *a)
{
	json_object_begin(j);
	json_put_text(j, "topic", a->topic);
	json_key(j, "partition");
	json_int(j, a->partition);
	json_key(j, "from");
	json_int(j, a->from);
	json_key(j, "to");
	json_int(j, a->to);
	json_put_uint(j, "records", (uint64_t)(a->to - a->from));
	json_object_end(j);
}

static void print_duplicates(struct json *j, const struct group_duplicates_event *d)
{
	json_put_text(j, "client_id", d->client_id);
	json_put_text(j, "host", d->host);
	json_key(j, "by");
	if (d->by_client_id != NULL) {
		json_object_begin(j);
		json_put_text(j, "client_id", d->by_client_id);
		json_put_text(j, "host", d->by_host);
		json_object_end(j);
	} else {
		json_null(j);
	}
	json_put_uint(j, "records", d->records);
	json_key(j, "partitions");
	json_array_begin(j);
	for (size_t i = 0; i < d->n_partitions; i++)
		print_again(j, &d->partitions[i]);
	json_array_end(j);
	json_put_known(j, "frame", d->frame);
}

static void print_gap(struct json *j, const struct group_gap_event *g)
{
	json_put_text(j, "what", g->what);
	json_put_text(j, "client", g->client);
	json_put_text(j, "server", g->server);
	json_put_text(j, "direction", g->direction);
	json_put_known(j, "bytes", g->bytes);
	json_put_known(j, "packets", g->packets);
	json_put_time(j, "from", g->from);
	json_put_time(j, "to", g->to);
	local_json(j, "process", g->client_local);
	local_json(j, "server_process", g->server_local);
}

static void print_connection(struct json *j, const struct group_connection_event *c)
{
	json_put_text(j, "client", c->client);
	json_put_text(j, "server", c->server);
	json_put_text(j, "kind", c->kind);
	json_put_uint(j, "packets", c->packets);
	json_put_uint(j, "bytes", c->bytes);
	local_json(j, "process", c->client_local);
	local_json(j, "server_process", c->server_local);
}

/* Absent when there are none. */
static void put_some(struct json *j, const char *key, uint64_t n)
{
	if (n > 0)
		json_put_uint(j, key, n);
}

static void print_summary(struct json *j, const struct group_summary *s)
{
	json_put_uint(j, "packets", s->packets);
	json_put_uint(j, "bytes", s->bytes);
	json_put_time(j, "captured_from", s->captured_from);
	json_put_time(j, "captured_to", s->captured_to);
	json_put_uint(j, "connections", s->connections);
	json_put_uint(j, "opaque_connections", s->opaque_connections);
	json_put_uint(j, "messages", s->messages);
	json_put_uint(j, "unknown_messages", s->unknown_messages);
	json_put_uint(j, "groups", s->groups);
	json_put_uint(j, "rebalances", s->rebalances);
	json_put_uint(j, "lost_packets", s->lost_packets);
	json_put_uint(j, "gap_bytes", s->gap_bytes);
	json_put_uint(j, "evicted", s->evicted);
	json_put_uint(j, "unanswered", s->unanswered);
	json_put_uint(j, "cut_packets", s->cut_packets);
	json_put_known(j, "snaplen", s->snaplen);
	json_put_uint(j, "requests_only", s->requests_only);
	json_put_uint(j, "one_sided", s->one_sided);
	put_some(j, "unnamed_topics", s->unnamed_topics);
	put_some(j, "forgotten_groups", s->forgotten_groups);
	put_some(j, "forgotten_producers", s->forgotten_producers);
	put_some(j, "wire_bytes", s->wire_bytes);
	put_some(j, "copied_bytes", s->copied_bytes);
}

static void print_event(struct json *j, const struct group_event *e)
{
	switch (e->type) {
	case GROUP_EVENT_REBALANCE_STARTED:
		log_json_started(j, &e->rebalance);
		break;
	case GROUP_EVENT_REBALANCE:
		log_json_rebalance(j, &e->rebalance);
		break;
	case GROUP_EVENT_MEMBER:
		print_member(j, &e->member);
		break;
	case GROUP_EVENT_COORDINATOR:
		print_coordinator(j, &e->coordinator);
		break;
	case GROUP_EVENT_COMMIT_FAILED:
		print_commit(j, &e->commit);
		break;
	case GROUP_EVENT_RESUMED:
		log_json_resumed(j, &e->resumed);
		break;
	case GROUP_EVENT_DUPLICATES:
		print_duplicates(j, &e->duplicates);
		break;
	case GROUP_EVENT_DELIVERY:
		print_delivery(j, &e->delivery);
		break;
	case GROUP_EVENT_GAP:
		print_gap(j, &e->gap);
		break;
	case GROUP_EVENT_CONNECTION:
		print_connection(j, &e->connection);
		break;
	case GROUP_EVENT_STORM:
		log_json_storm(j, &e->storm);
		break;
	case GROUP_EVENT_REFUSED:
		log_json_refused(j, &e->refused);
		break;
	case GROUP_EVENT_BROKER:
		log_json_broker(j, &e->broker);
		break;
	case GROUP_EVENT_ADMIN:
		log_json_admin(j, &e->admin);
		break;
	case GROUP_EVENT_PRODUCER:
		log_json_producer(j, &e->producer);
		break;
	case GROUP_EVENT_TRANSACTION:
		log_json_transaction(j, &e->transaction);
		break;
	case GROUP_EVENT_METADATA_STORM:
		log_json_metadata_storm(j, &e->metadata_storm);
		break;
	case GROUP_EVENT_SUMMARY:
		print_summary(j, &e->summary);
		break;
	case GROUP_EVENT_TYPES:
		break;
	}
}

void log_json_event(struct json *j, const struct group_event *e)
{
	json_object_begin(j);
	json_put_text(j, "type", group_event_name(e->type));
	json_put_time(j, "ts", e->ts);
	if (e->group != NULL)
		json_put_text(j, "group", e->group);
	print_event(j, e);
	json_object_end(j);
	json_newline(j);
}
