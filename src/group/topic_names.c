/* SPDX-License-Identifier: Apache-2.0
 *
 * A look ahead for the names of topic ids: every answer that has both.
 */
#include <regroup/messages.h>

#include "correlator.h"
#include "topic.h"

enum { METADATA = 3, CREATE_TOPICS = 19, DELETE_TOPICS = 20, GROUP_DESCRIBE = 69, PARTITIONS_DESCRIBE = 75, SHARE_DESCRIBE = 77 };

static enum kafka_want want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	(void)ctx;
	if (direction == KF_REQUEST)
		return KAFKA_WANT_NOTHING;
	switch (api_key) {
	case METADATA:
	case CREATE_TOPICS:
	case DELETE_TOPICS:
	case GROUP_DESCRIBE:
	case PARTITIONS_DESCRIBE:
	case SHARE_DESCRIBE:
		return KAFKA_WANT_BODY;
	default:
		return KAFKA_WANT_NOTHING;
	}
}

static void metadata_names(struct groups *gs, const struct kafka_message *m)
{
	struct metadata_response_topic t;
	struct metadata_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.topics, &t))
		topic_foretell(gs, t.name, &t.topic_id);
}

static void created_names(struct groups *gs, const struct kafka_message *m)
{
	struct create_topics_response_topic t;
	struct create_topics_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.topics, &t))
		topic_foretell(gs, t.name, &t.topic_id);
}

static void deleted_names(struct groups *gs, const struct kafka_message *m)
{
	struct delete_topics_response_response t;
	struct delete_topics_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t))
		topic_foretell(gs, t.name, &t.topic_id);
}

static void partitions_names(struct groups *gs, const struct kafka_message *m)
{
	struct describe_topic_partitions_response_topic t;
	struct describe_topic_partitions_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.topics, &t))
		topic_foretell(gs, t.name, &t.topic_id);
}

static void group_names(struct groups *gs, const struct kafka_message *m)
{
	struct consumer_group_describe_response_topic_partition t;
	struct consumer_group_describe_response_assignment has;
	struct consumer_group_describe_response_member member;
	struct consumer_group_describe_response_group d;
	struct consumer_group_describe_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.groups, &d))
		while (kf_next(&d.members, &member))
			while (kf_next(&member.assignment, &has))
				while (kf_next(&has.topic_partitions, &t))
					topic_foretell(gs, t.topic_name, &t.topic_id);
}

static void share_names(struct groups *gs, const struct kafka_message *m)
{
	struct share_group_describe_response_topic_partition t;
	struct share_group_describe_response_assignment has;
	struct share_group_describe_response_member member;
	struct share_group_describe_response_group d;
	struct share_group_describe_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.groups, &d))
		while (kf_next(&d.members, &member))
			while (kf_next(&member.assignment, &has))
				while (kf_next(&has.topic_partitions, &t))
					topic_foretell(gs, t.topic_name, &t.topic_id);
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	static void (*const of[])(struct groups *, const struct kafka_message *) = {
		[METADATA] = metadata_names,
		[CREATE_TOPICS] = created_names,
		[DELETE_TOPICS] = deleted_names,
		[GROUP_DESCRIBE] = group_names,
		[PARTITIONS_DESCRIBE] = partitions_names,
		[SHARE_DESCRIBE] = share_names,
	};
	size_t api = (uint16_t)m->api_key;

	if (m->direction == KF_RESPONSE && api < sizeof(of) / sizeof(of[0]) && of[api] &&
	    (m->status == KAFKA_OK || m->status == KAFKA_TRUNCATED))
		of[api](ctx, m);
}

struct kafka_sink groups_names_sink(struct groups *g)
{
	return (struct kafka_sink){ .ctx = g, .want = want, .message = on_message };
}
