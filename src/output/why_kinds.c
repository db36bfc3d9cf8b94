/* SPDX-License-Identifier: Apache-2.0 */
#include "why_kinds.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#define MANY_CONFIGS 3

void why_kind_init(struct why_kind *k)
{
	k->waiting_since = k->waiting_until = k->without_since = GROUP_UNKNOWN_TIME;
	k->connectors = k->tasks = k->processes = k->active = k->standby = -1;
}

void why_kind_free(struct why_kind *k)
{
	free(k->url);
	free(k->twin);
}

/* ---- taking a rebalance in ----------------------------------------------------------------------------- */

/* What waited until now was handed out, or waits on. */
static void add_wait(struct why_kind *k, const struct group_rebalance *r, const struct group_connect *c)
{
	if (k->waiting_since != GROUP_UNKNOWN_TIME && c->delay_ms <= 0) {
		k->waited += r->ended > k->waiting_since ? r->ended - k->waiting_since : 0;
		k->waiting_since = GROUP_UNKNOWN_TIME;
	}
	if (c->delay_ms <= 0)
		return;
	if (k->waiting_since == GROUP_UNKNOWN_TIME) {
		k->losses++;
		k->waiting_since = r->started;
	} else if (r->cause.id == 2) {
		k->returns++;
	}
	k->delay_ms = c->delay_ms > k->delay_ms ? c->delay_ms : k->delay_ms;
}

static void add_connect(struct why_kind *k, const struct group_rebalance *r)
{
	const struct group_connect *c = r->connect;

	k->configs += r->cause.id == 4;
	if (c == NULL)
		return;
	k->eager = c->protocol != NULL && strcmp(c->protocol, "eager") == 0;
	k->connectors = c->connectors;
	k->tasks = c->tasks;
	add_wait(k, r, c);
}

static void add_streams(struct why_kind *k, const struct group_rebalance *r)
{
	const struct group_streams *s = r->streams;

	k->lost += group_cause_is_loss(r->cause.id);
	if (s == NULL)
		return;
	k->processes = s->processes;
	k->active = s->active;
	k->standby = s->standby;
}

static void add_registry(struct why_kind *k, const struct group_rebalance *r)
{
	const struct group_registry *s = r->registry;

	k->lost += group_cause_is_loss(r->cause.id);
	if (s == NULL)
		return;
	if (k->without_since != GROUP_UNKNOWN_TIME && r->ended > k->without_since)
		k->without_ns += r->ended - k->without_since;
	k->without_since = s->master == NULL ? r->ended : GROUP_UNKNOWN_TIME;
	k->without += s->master == NULL;
	k->masters += s->master != NULL && s->before != NULL && strcmp(s->master, s->before) != 0;
	text_replace(&k->url, s->url);
	if (s->twin != NULL)
		text_replace(&k->twin, s->twin);
}

void why_kind_add(struct why_kind *k, const struct group_rebalance *r)
{
	if (r->kind == GROUP_KIND_UNKNOWN)
		return;
	k->kind = r->kind;
	k->planned += r->planned;
	if (r->kind == GROUP_KIND_CONNECT)
		add_connect(k, r);
	else if (r->kind == GROUP_KIND_STREAMS)
		add_streams(k, r);
	else if (r->kind == GROUP_KIND_REGISTRY)
		add_registry(k, r);
}

void why_kind_end(struct why_kind *k, int64_t ts)
{
	if (ts == GROUP_UNKNOWN_TIME)
		return;
	if (k->without_since != GROUP_UNKNOWN_TIME && ts > k->without_since)
		k->without_ns += ts - k->without_since;
	if (k->waiting_since != GROUP_UNKNOWN_TIME && ts > k->waiting_since)
		k->waited += ts - k->waiting_since;
	k->without_since = k->waiting_since = GROUP_UNKNOWN_TIME;
}

/* ---- what it means ------------------------------------------------------------------------------------- */

static void connect_means(struct line *part, const struct why_kind *k)
{
	line_text(part, k->eager ?
	          "workers of a Connect cluster; with connect.protocol=eager every rebalance stops all connectors and tasks" :
	          "workers of a Connect cluster; a rebalance stops only the connectors and tasks that move");
	if (k->connectors >= 0) {
		line_text(part, "; ");
		line_count(part, (uint64_t)k->connectors, "connector", "connectors");
		line_text(part, " and ");
		line_count(part, (uint64_t)k->tasks, "task", "tasks");
		line_text(part, " were assigned at the end");
	}
	if (k->losses == 0)
		return;
	line_text(part, ". What lost workers had stood still for ");
	line_duration(part, k->waited);
	line_text(part, k->losses > 1 ? " in all" : "");
	line_text(part, ": it waits for them to come back");
}

static void streams_means(struct line *part, const struct why_kind *k)
{
	line_text(part, "a Streams application");
	if (k->processes > 0) {
		line_text(part, ", ");
		line_count(part, (uint64_t)k->processes, "process", "processes");
	}
	if (k->active >= 0) {
		line_text(part, ", ");
		line_count(part, (uint64_t)k->active, "active task", "active tasks");
		line_format(part, ", %d standby", k->standby);
	}
	line_text(part, "; a rebalance moves tasks, and a task that moves to where no copy of its state is must restore it first");
}

static void registry_means(struct line *part, const struct why_kind *k)
{
	line_text(part, "Schema Registry instances that elect a master: no partitions. Schemas can be read all the time, but "
	          "not registered while an election runs or nobody is master");
	if (k->without > 0) {
		line_text(part, ": nobody was for ");
		line_duration(part, k->without_ns);
	}
	if (k->masters > 0) {
		line_text(part, "; the master changed ");
		line_count(part, k->masters, "time", "times");
	}
	if (k->url != NULL) {
		line_text(part, "; at the end it was ");
		line_name(part, k->url, 80);
	}
}

void why_kind_means(struct line *part, const struct why_kind *k)
{
	if (k->kind == GROUP_KIND_CONNECT)
		connect_means(part, k);
	else if (k->kind == GROUP_KIND_STREAMS)
		streams_means(part, k);
	else if (k->kind == GROUP_KIND_REGISTRY)
		registry_means(part, k);
}

/* ---- what would change it ------------------------------------------------------------------------------ */

static void say(struct line *part, const char *text)
{
	if (part->len > 0)
		line_text(part, ". ");
	line_text(part, text);
}

static void connect_advice(struct line *part, const struct why_kind *k)
{
	if (k->losses > 0) {
		line_format(part, "scheduled.rebalance.max.delay.ms (%.0f s were seen) should be just longer than a worker's restart: "
		            "who returns in time gets its tasks back; shorter, and other workers take them over sooner",
		            k->delay_ms / 1000.0);
	}
	if (k->eager)
		say(part, "connect.protocol=sessioned on all workers stops only what moves");
	if (k->configs >= MANY_CONFIGS) {
		say(part, "");
		line_count(part, k->configs, "rebalance was", "rebalances were");
		line_text(part, " for new configurations, usually two for each connector that is made (its own, its tasks'): expected");
	}
}

static void streams_advice(struct line *part, const struct why_kind *k)
{
	if (k->standby == 0 && k->active > 0)
		say(part, "no task has a standby copy: with num.standby.replicas=1 a task goes on elsewhere without restoring its state "
		    "(if it has any)");
	if (k->lost > 0)
		say(part, "an instance that is closed does not leave by default, its tasks wait for session.timeout.ms: "
		    "group.instance.id for restarts shorter than that, else internal.leave.group.on.close=true (up to 4.1), "
		    "CloseOptions later");
	if (k->planned == 0)
		return;
	say(part, "");
	line_count(part, k->planned, "rebalance was", "rebalances were");
	line_text(part, " announced (probing.rebalance.interval.ms): expected while copies of tasks catch up");
}

static void registry_advice(struct line *part, const struct why_kind *k)
{
	if (k->twin != NULL) {
		line_text(part, "two instances call themselves ");
		line_name(part, k->twin, 80);
		line_text(part, ": give each its own host.name and listeners");
	} else if (k->without > 0) {
		line_text(part, "let at least one instance be master: leader.eligibility (master.eligibility before 6.0)");
	}
	if (k->masters > 0)
		say(part, "in a rolling restart, restart the master last: then it changes once");
}

void why_kind_advice(struct line *part, const struct why_kind *k)
{
	if (k->kind == GROUP_KIND_CONNECT)
		connect_advice(part, k);
	else if (k->kind == GROUP_KIND_STREAMS)
		streams_advice(part, k);
	else if (k->kind == GROUP_KIND_REGISTRY)
		registry_advice(part, k);
}

/* ---- words and JSON ------------------------------------------------------------------------------------ */

const char *why_kind_deed(const struct why_kind *k, uint8_t cause)
{
	if (k->kind == GROUP_KIND_CONNECT && cause == 4)
		return "read new configurations";
	if (k->kind == GROUP_KIND_CONNECT && cause == 20)
		return "handed over connectors and tasks";
	if (k->kind == GROUP_KIND_STREAMS && cause == 20)
		return "handed over tasks";
	return NULL;
}

const char *why_kind_members(const struct why_kind *k, bool many)
{
	if (k->kind == GROUP_KIND_CONNECT)
		return many ? "workers" : "worker";
	if (k->kind == GROUP_KIND_REGISTRY)
		return many ? "registries" : "registry";
	return many ? "members" : "member";
}

static void put_text(struct json *j, const char *key, void (*put)(struct line *part, const struct why_kind *k),
                     const struct why_kind *k)
{
	struct line text;

	line_init(&text, false);
	put(&text, k);
	json_key(j, key);
	if (text.len > 0)
		json_string(j, text.buf, text.len);
	else
		json_null(j);
	line_free(&text);
}

static void connect_json(struct json *j, const struct why_kind *k)
{
	json_put_number(j, "connectors", k->connectors);
	json_put_number(j, "tasks", k->tasks);
	json_put_number(j, "new_configurations", k->configs);
	json_put_number(j, "workers_waited_for", k->losses);
	json_key(j, "waited_ms");
	json_ms(j, k->waited);
	json_put_number(j, "delay_ms", k->delay_ms);
}

static void streams_json(struct json *j, const struct why_kind *k)
{
	json_put_number(j, "processes", k->processes);
	json_put_number(j, "active_tasks", k->active);
	json_put_number(j, "standby_tasks", k->standby);
}

static void registry_json(struct json *j, const struct why_kind *k)
{
	json_key(j, "master_url");
	json_text(j, k->url);
	json_put_number(j, "master_changes", k->masters);
	json_put_number(j, "elections_without_master", k->without);
	json_key(j, "without_master_ms");
	json_ms(j, k->without_ns);
	json_key(j, "duplicate_url");
	json_text(j, k->twin);
}

void why_kind_json(struct json *j, const struct why_kind *k)
{
	if (k->kind != GROUP_KIND_CONNECT && k->kind != GROUP_KIND_STREAMS && k->kind != GROUP_KIND_REGISTRY)
		return;
	json_key(j, "kind");
	json_text(j, group_kind_name(k->kind));
	put_text(j, "means", why_kind_means, k);
	put_text(j, "change", why_kind_advice, k);
	json_put_number(j, "planned", k->planned);
	if (k->kind == GROUP_KIND_CONNECT)
		connect_json(j, k);
	else if (k->kind == GROUP_KIND_STREAMS)
		streams_json(j, k);
	else
		registry_json(j, k);
}
