/* SPDX-License-Identifier: Apache-2.0
 *
 * CreateTopics, CreatePartitions, DeleteTopics: what coordinators that watch topics act on.
 */
#include <regroup/messages.h>

#include "correlator.h"
#include "passing.h"

static void note(struct groups *gs, uint32_t topic, const char *what, const struct kafka_message *m)
{
	if (topic == NO_TOPIC)
		return;
	gs->topic_change[gs->n_topic_changes++ % TOPIC_CHANGES] = (struct topic_change){
		.topic = topic, .what = what, .at = m->ts, .frame = m->frame,
	};
}

void create_topics_response(struct groups *gs, const struct kafka_message *m)
{
	struct create_topics_response_topic t;
	struct create_topics_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.topics, &t)) {
		if (t.error_code != ERR_NONE || !t.name.ptr)
			continue;
		topic_learn(gs, t.name, &t.topic_id);
		note(gs, topic_id(gs, t.name), "was created", m);
	}
}

void create_partitions_response(struct groups *gs, const struct kafka_message *m)
{
	struct create_partitions_response_result t;
	struct create_partitions_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.results, &t))
		if (t.error_code == ERR_NONE)
			note(gs, topic_id(gs, t.name), "was given more partitions", m);
}

void delete_topics_response(struct groups *gs, const struct kafka_message *m)
{
	struct delete_topics_response_response t;
	struct delete_topics_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t))
		if (t.error_code == ERR_NONE)
			note(gs, topic_of(gs, t.name, &t.topic_id), "was deleted", m);
}
