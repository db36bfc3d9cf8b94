/* SPDX-License-Identifier: Apache-2.0
 *
 * ConsumerGroupDescribe, ShareGroupDescribe, StreamsGroupDescribe: the coordinator says what a group is like. It is the
 * truth at that moment, and what a capture that began late has not seen otherwise. Groups nobody else speaks of are
 * passed over.
 */
#include <regroup/messages.h>

#include <string.h>

#include "epoch.h"
#include "inquiry.h"
#include "member.h"
#include "passing.h"

/* What the three say of a member. */
struct described {
	struct kf_bytes id, instance, client_id, host;
	int32_t epoch;
	const struct holding *has; /* NULL: not read */
};

/* "/10.0.0.1" as Java prints addresses. */
static struct kf_bytes host_of(struct kf_bytes b)
{
	if (b.len && *b.ptr == '/') {
		b.ptr++;
		b.len--;
	}
	return b;
}

static struct group *group_told(struct groups *gs, struct kf_bytes name, int16_t error, struct kf_bytes assignor)
{
	struct group *g = error == ERR_NONE ? group_find(gs, name) : NULL;

	if (!g || !g->epochs)
		return NULL;
	if (!g->assignor && assignor.len)
		text_set_common(gs, &g->assignor, assignor);
	return g;
}

static void state_told(struct group *g, struct kf_bytes state)
{
	struct epochs *e = g->epochs;

	if (!kf_bytes_are(state, "Empty") || g->n_in > 0 || e->turn.open)
		return;
	e->empty = e->from_start = true;
	e->maybe_empty = e->strangers = e->unexplained = false;
}

static void member_told(struct group *g, const struct described *d)
{
	struct member *m = member_find(g, d->id);
	struct seat *s = m ? seat_of(m) : NULL;
	bool quiet = !g->epochs->turn.open;

	if (!s || m->presence == MEMBER_GONE)
		return;
	if (!m->instance && d->instance.len)
		m->instance = text_copy(d->instance);
	if (!m->client_id && d->client_id.len) {
		m->client_id = text_copy(d->client_id);
		g->roster.misfiled = true;
	}
	if (!m->host && d->host.len)
		m->host = text_copy(host_of(d->host));
	if (s->epoch < 0)
		s->epoch = d->epoch;
	if (d->has && !s->given_known && quiet && s->epoch == d->epoch)
		s->given_known = holding_copy(&s->given, d->has);
}

static void add(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid, struct kf_array partitions)
{
	int64_t p;

	topic_learn(gs, name, uuid);
	while (kf_next_int(&partitions, &p))
		holding_add(gs->holding, topic_by_uuid(gs, uuid), (int32_t)p);
}

static void consumer_member(struct group *g, const struct consumer_group_describe_response_member *item)
{
	struct consumer_group_describe_response_topic_partition t;
	struct consumer_group_describe_response_assignment a;
	struct groups *gs = g->owner;
	struct holding *h = holding_fresh(gs);
	struct kf_array one = item->assignment;
	struct described d = {
		.id = item->member_id,
		.instance = item->instance_id,
		.client_id = item->client_id,
		.host = item->client_host,
		.epoch = item->member_epoch,
		.has = h,
	};

	if (!kf_next(&one, &a))
		d.has = NULL;
	while (d.has && kf_next(&a.topic_partitions, &t))
		add(gs, t.topic_name, &t.topic_id, t.partitions);
	holding_seal(h);
	member_told(g, &d);
}

void consumer_group_describe_response(struct groups *gs, const struct kafka_message *m)
{
	struct consumer_group_describe_response_member item;
	struct consumer_group_describe_response_group d;
	struct consumer_group_describe_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.groups, &d)) {
		struct group *g = group_told(gs, d.group_id, d.error_code, d.assignor_name);

		if (!g)
			continue;
		inquiry_described(g, &(struct inquiry){
			.api = "ConsumerGroupDescribe", .state = d.group_state, .generation = d.group_epoch,
			.assignment_epoch = d.assignment_epoch, .members = d.members.count,
		}, m);
		state_told(g, d.group_state);
		while (kf_next(&d.members, &item))
			consumer_member(g, &item);
		epoch_learned(g);
	}
}

static void share_member(struct group *g, const struct share_group_describe_response_member *item)
{
	struct share_group_describe_response_topic_partition t;
	struct share_group_describe_response_assignment a;
	struct groups *gs = g->owner;
	struct holding *h = holding_fresh(gs);
	struct kf_array one = item->assignment;
	struct described d = {
		.id = item->member_id, .client_id = item->client_id, .host = item->client_host, .epoch = item->member_epoch,
		.has = h,
	};

	if (!kf_next(&one, &a))
		d.has = NULL;
	while (d.has && kf_next(&a.topic_partitions, &t))
		add(gs, t.topic_name, &t.topic_id, t.partitions);
	holding_seal(h);
	member_told(g, &d);
}

void share_group_describe_response(struct groups *gs, const struct kafka_message *m)
{
	struct share_group_describe_response_member item;
	struct share_group_describe_response_group d;
	struct share_group_describe_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.groups, &d)) {
		struct group *g = group_told(gs, d.group_id, d.error_code, d.assignor_name);

		if (!g)
			continue;
		inquiry_described(g, &(struct inquiry){
			.api = "ShareGroupDescribe", .state = d.group_state, .generation = d.group_epoch,
			.assignment_epoch = d.assignment_epoch, .members = d.members.count,
		}, m);
		state_told(g, d.group_state);
		while (kf_next(&d.members, &item))
			share_member(g, &item);
		epoch_learned(g);
	}
}

void streams_group_describe_response(struct groups *gs, const struct kafka_message *m)
{
	struct streams_group_describe_response_member item;
	struct streams_group_describe_response_group d;
	struct streams_group_describe_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.groups, &d)) {
		struct group *g = group_told(gs, d.group_id, d.error_code, d.assignor_name);

		if (!g)
			continue;
		inquiry_described(g, &(struct inquiry){
			.api = "StreamsGroupDescribe", .state = d.group_state, .generation = d.group_epoch,
			.assignment_epoch = d.assignment_epoch, .members = d.members.count,
		}, m);
		state_told(g, d.group_state);
		while (kf_next(&d.members, &item))
			member_told(g, &(struct described){
				.id = item.member_id, .instance = item.instance_id, .client_id = item.client_id,
				.host = item.client_host, .epoch = item.member_epoch,
			});
	}
}
