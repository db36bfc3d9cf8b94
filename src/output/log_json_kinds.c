/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields that rebalances of Connect, Streams and Schema Registry have beside those of all.
 */
#include "log.h"

#include <stdio.h>
#include <string.h>

static void put_connect(struct json *j, const struct group_connect *c)
{
	json_key(j, "connect");
	json_object_begin(j);
	json_put_text(j, "protocol", c->protocol);
	json_put_text(j, "leader_url", c->leader_url);
	json_put_number(j, "config_offset", c->config_offset);
	json_put_number(j, "config_offset_before", c->config_before);
	json_put_number(j, "error", c->error);
	json_put_number(j, "connectors", c->connectors);
	json_put_number(j, "tasks", c->tasks);
	json_put_number(j, "delay_ms", c->delay_ms);
	json_put_time(j, "followup_due", c->due);
	json_put_number(j, "waiting_connectors", c->waiting_connectors);
	json_put_number(j, "waiting_tasks", c->waiting_tasks);
	json_object_end(j);
}

static void put_streams(struct json *j, const struct group_streams *s)
{
	json_key(j, "streams");
	json_object_begin(j);
	json_put_number(j, "version", s->version);
	json_put_bool(j, "version_probing", s->version_probing);
	json_put_number(j, "processes", s->processes);
	json_put_number(j, "active_tasks", s->active);
	json_put_number(j, "standby_tasks", s->standby);
	json_put_number(j, "warmup_tasks", s->warmup);
	json_put_time(j, "next_rebalance", s->next);
	json_put_bool(j, "probing", s->probing);
	json_put_number(j, "error", s->error);
	json_put_text(j, "error_name", s->error_name);
	json_object_end(j);
}

static void put_registry(struct json *j, const struct group_registry *s)
{
	json_key(j, "registry");
	json_object_begin(j);
	json_put_text(j, "master", s->master);
	json_put_text(j, "master_url", s->url);
	json_put_text(j, "master_before", s->before);
	json_put_number(j, "error", s->error);
	json_put_text(j, "duplicate_url", s->twin);
	json_put_number(j, "eligible", s->eligible);
	json_object_end(j);
}

void log_json_kind(struct json *j, const struct group_rebalance *r)
{
	if (r->kind == GROUP_KIND_UNKNOWN || r->kind == GROUP_KIND_CONSUMER)
		return;
	json_put_text(j, "kind", group_kind_name(r->kind));
	json_put_bool(j, "planned", r->planned);
	if (r->connect != NULL)
		put_connect(j, r->connect);
	if (r->streams != NULL)
		put_streams(j, r->streams);
	if (r->registry != NULL)
		put_registry(j, r->registry);
}

static void put_tasks(struct json *j, const char *key, const struct group_task *t, size_t n)
{
	char id[32];

	json_key(j, key);
	json_array_begin(j);
	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "%d_%d", t[i].subtopology, t[i].partition);
		json_text(j, id);
	}
	json_array_end(j);
}

void log_json_kind_member(struct json *j, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	if (r->kind == GROUP_KIND_CONNECT || r->kind == GROUP_KIND_REGISTRY || (r->kind == GROUP_KIND_STREAMS && m->url))
		json_put_text(j, "url", m->url);
	if (r->kind != GROUP_KIND_STREAMS)
		return;
	json_put_text(j, "process", m->process);
	if (m->active != NULL)
		put_tasks(j, "active_tasks", m->active, m->n_active);
	if (m->standby != NULL)
		put_tasks(j, "standby_tasks", m->standby, m->n_standby);
}
