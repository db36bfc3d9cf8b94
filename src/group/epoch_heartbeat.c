/* SPDX-License-Identifier: Apache-2.0
 *
 * ConsumerGroupHeartbeat, ShareGroupHeartbeat, StreamsGroupHeartbeat: what the three have in common is read from them.
 * In all of them a field that is null says "as before" (KIP-848).
 */
#include <regroup/messages.h>

#include <stdio.h>
#include <string.h>

#include "correlator.h"
#include "digest.h"
#include "epoch.h"

#define SUBTOPOLOGY_MOST 120

/* Order-free; never 0, which stands for "not known". */
static uint64_t digest_names(struct kf_array names, uint64_t sum)
{
	struct kf_bytes name;

	while (kf_next_bytes(&names, &name))
		sum += digest_bytes(DIGEST_START, name);
	return sum;
}

static uint64_t digest_pattern(struct kf_bytes pattern, uint64_t sum)
{
	return pattern.len ? sum + digest_bytes(DIGEST_START, pattern) * 3 : sum;
}

static void add_partitions(struct holding *h, uint32_t topic, struct kf_array partitions)
{
	int64_t p;

	while (kf_next_int(&partitions, &p))
		if (!holding_add(h, topic, (int32_t)p))
			return;
}

#define WORDS 200

/* What a member subscribes to, for a person: "orders, payments", "the pattern orders-.*"; cut where it is long. */
static struct kf_bytes subscription(char out[WORDS], struct kf_array names, struct kf_bytes pattern)
{
	struct kf_bytes name;
	size_t n = 0;

	while (n < WORDS && kf_next_bytes(&names, &name))
		n += (size_t)snprintf(out + n, WORDS - n, "%s%.*s", n ? ", " : "", (int)name.len, (const char *)name.ptr);
	if (n < WORDS && pattern.len)
		n += (size_t)snprintf(out + n, WORDS - n, "%sthe pattern %.*s", n ? " and " : "", (int)pattern.len,
		                      (const char *)pattern.ptr);
	if (n >= WORDS) {
		n = WORDS - 1;
		memcpy(out + n - 3, "...", 3);
	}
	return (struct kf_bytes){ .ptr = (const uint8_t *)out, .len = (uint32_t)n };
}

/* What it asks for, in words. */
static void subscribes(struct groups *gs, const struct request *r, struct kf_bytes text)
{
	struct seat *s = text.len && r && r->member ? seat_of(r->member) : NULL;

	if (!s || text_is(s->subscription, text))
		return;
	text_free(s->subscribed_before);
	s->subscribed_before = s->subscription;
	s->subscription = text_common(gs, text);
}

/* ---- consumer groups ------------------------------------------------------------------------------------ */

static const struct holding *consumer_owned(struct groups *gs, struct kf_array topics)
{
	struct consumer_group_heartbeat_request_topic_partition t;
	struct holding *h = holding_fresh(gs);

	if (topics.count < 0)
		return NULL;
	while (kf_next(&topics, &t))
		add_partitions(h, topic_told_by_uuid(gs, &t.topic_id), t.partitions);
	holding_seal(h);
	return h;
}

struct request *consumer_heartbeat_request(struct groups *gs, const struct kafka_message *m)
{
	struct consumer_group_heartbeat_request q;
	struct beat a = { .kind = EPOCH_CONSUMER };
	char words[WORDS];
	struct request *r;

	if (kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK)
		return NULL;
	a.group = q.group_id;
	a.member = q.member_id;
	a.instance = q.instance_id;
	a.assignor = q.server_assignor;
	a.epoch = q.member_epoch;
	a.rebalance_ms = q.rebalance_timeout_ms;
	a.subscribes = q.subscribed_topic_names.count >= 0 || q.subscribed_topic_regex.len > 0;
	a.subscribes_none = a.subscribes && q.subscribed_topic_names.count <= 0 && q.subscribed_topic_regex.len == 0;
	a.pattern = q.subscribed_topic_regex.len > 0;
	a.topics = digest_pattern(q.subscribed_topic_regex, digest_names(q.subscribed_topic_names, 1));
	a.owned = consumer_owned(gs, q.topic_partitions);
	r = epoch_asked(gs, &a, m);
	if (a.subscribes)
		subscribes(gs, r, subscription(words, q.subscribed_topic_names, q.subscribed_topic_regex));
	return r;
}

static const struct holding *consumer_given(struct groups *gs, struct kf_array assignment)
{
	struct consumer_group_heartbeat_response_assignment one;
	struct consumer_group_heartbeat_response_topic_partition t;
	struct holding *h = holding_fresh(gs);

	if (!kf_next(&assignment, &one))
		return NULL;
	while (kf_next(&one.topic_partitions, &t))
		add_partitions(h, topic_told_by_uuid(gs, &t.topic_id), t.partitions);
	holding_seal(h);
	return h;
}

void consumer_heartbeat_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct consumer_group_heartbeat_response a;
	struct beat_answer t = { 0 };

	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	t.error = a.error_code;
	t.error_message = a.error_message;
	t.member = a.member_id;
	t.epoch = a.member_epoch;
	t.interval_ms = a.heartbeat_interval_ms;
	t.given = consumer_given(gs, a.assignment);
	epoch_answered(gs, &t, m, r);
}

/* ---- share groups --------------------------------------------------------------------------------------- */

struct request *share_heartbeat_request(struct groups *gs, const struct kafka_message *m)
{
	struct share_group_heartbeat_request q;
	struct beat a = { .kind = EPOCH_SHARE };
	char words[WORDS];
	struct request *r;

	if (kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK)
		return NULL;
	a.group = q.group_id;
	a.member = q.member_id;
	a.epoch = q.member_epoch;
	a.subscribes = q.subscribed_topic_names.count >= 0;
	a.subscribes_none = q.subscribed_topic_names.count == 0;
	a.topics = digest_names(q.subscribed_topic_names, 1);
	r = epoch_asked(gs, &a, m);
	if (a.subscribes)
		subscribes(gs, r, subscription(words, q.subscribed_topic_names, (struct kf_bytes){ .ptr = NULL }));
	return r;
}

static const struct holding *share_given(struct groups *gs, struct kf_array assignment)
{
	struct share_group_heartbeat_response_assignment one;
	struct share_group_heartbeat_response_topic_partition t;
	struct holding *h = holding_fresh(gs);

	if (!kf_next(&assignment, &one))
		return NULL;
	while (kf_next(&one.topic_partitions, &t))
		add_partitions(h, topic_told_by_uuid(gs, &t.topic_id), t.partitions);
	holding_seal(h);
	return h;
}

void share_heartbeat_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct share_group_heartbeat_response a;
	struct beat_answer t = { 0 };

	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	t.error = a.error_code;
	t.error_message = a.error_message;
	t.member = a.member_id;
	t.epoch = a.member_epoch;
	t.interval_ms = a.heartbeat_interval_ms;
	t.given = share_given(gs, a.assignment);
	epoch_answered(gs, &t, m, r);
}

/* ---- streams groups: a task is a partition of "active:<subtopology>" -------------------------------------- */

static uint32_t task_topic(struct groups *gs, const char *kind, struct kf_bytes subtopology)
{
	char name[16 + SUBTOPOLOGY_MOST];
	size_t n = strlen(kind);

	if (!subtopology.ptr || subtopology.len > SUBTOPOLOGY_MOST)
		return NO_TOPIC;
	memcpy(name, kind, n);
	memcpy(name + n, subtopology.ptr, subtopology.len);
	return topic_id(gs, (struct kf_bytes){ (const uint8_t *)name, (uint32_t)n + subtopology.len });
}

static void asked_tasks(struct groups *gs, struct holding *h, const char *kind, struct kf_array tasks)
{
	struct streams_group_heartbeat_request_task_id t;

	while (kf_next(&tasks, &t))
		add_partitions(h, task_topic(gs, kind, t.subtopology_id), t.partitions);
}

static void told_tasks(struct groups *gs, struct holding *h, const char *kind, struct kf_array tasks)
{
	struct streams_group_heartbeat_response_task_id t;

	while (kf_next(&tasks, &t))
		add_partitions(h, task_topic(gs, kind, t.subtopology_id), t.partitions);
}

static const struct holding *streams_owned(struct groups *gs, const struct streams_group_heartbeat_request *q)
{
	struct holding *h = holding_fresh(gs);

	if (q->active_tasks.count < 0)
		return NULL;
	asked_tasks(gs, h, "active:", q->active_tasks);
	asked_tasks(gs, h, "standby:", q->standby_tasks);
	asked_tasks(gs, h, "warmup:", q->warmup_tasks);
	holding_seal(h);
	return h;
}

struct request *streams_heartbeat_request(struct groups *gs, const struct kafka_message *m)
{
	struct streams_group_heartbeat_request_topology topology;
	struct streams_group_heartbeat_request q;
	struct beat a = { .kind = EPOCH_STREAMS };
	struct request *r;

	if (kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK)
		return NULL;
	a.group = q.group_id;
	a.member = q.member_id;
	a.instance = q.instance_id;
	a.epoch = q.member_epoch;
	a.rebalance_ms = q.rebalance_timeout_ms;
	a.topics = 1;
	a.owned = streams_owned(gs, &q);
	if (kf_next(&q.topology, &topology)) {
		a.subscribes = true;
		a.topics += (uint64_t)topology.epoch; /* a new topology is what a changed subscription is elsewhere */
	}
	r = epoch_asked(gs, &a, m);
	if (r && r->group->epochs && a.subscribes)
		r->group->epochs->topology = topology.epoch;
	return r;
}

static const struct holding *streams_given(struct groups *gs, const struct streams_group_heartbeat_response *a)
{
	struct holding *h = holding_fresh(gs);

	if (a->active_tasks.count < 0)
		return NULL;
	told_tasks(gs, h, "active:", a->active_tasks);
	told_tasks(gs, h, "standby:", a->standby_tasks);
	told_tasks(gs, h, "warmup:", a->warmup_tasks);
	holding_seal(h);
	return h;
}

void streams_heartbeat_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct streams_group_heartbeat_response a;
	struct beat_answer t = { 0 };

	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	t.error = a.error_code;
	t.error_message = a.error_message;
	t.member = a.member_id;
	t.epoch = a.member_epoch;
	t.interval_ms = a.heartbeat_interval_ms;
	t.given = streams_given(gs, &a);
	status_heard(r->group, &a);
	epoch_answered(gs, &t, m, r);
}
