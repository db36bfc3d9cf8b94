/* SPDX-License-Identifier: Apache-2.0
 *
 * CreateTopics, CreatePartitions, DeleteTopics: what coordinators that watch topics act on.
 */
#include <regroup/messages.h>

#include "correlator.h"
#include "passing.h"

static const char *const changes[] = {
	[TOPIC_CREATED] = "was created",
	[TOPIC_GROWN] = "was given more partitions",
	[TOPIC_DELETED] = "was deleted",
};

#define DRY_RUN 1 /* the note of a request that only asks whether it could be done */

void create_topics_request(struct groups *gs, const struct kafka_message *m)
{
	struct create_topics_request q;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	if (m->note && q.validate_only)
		*m->note = DRY_RUN;
}

void create_partitions_request(struct groups *gs, const struct kafka_message *m)
{
	struct create_partitions_request q;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	if (m->note && q.validate_only)
		*m->note = DRY_RUN;
}

static bool is_dry_run(const struct kafka_message *m)
{
	return m->note && *m->note == DRY_RUN;
}

static void note(struct groups *gs, uint32_t topic, enum topic_change_kind kind, const struct kafka_message *m)
{
	if (topic == NO_TOPIC)
		return;
	gs->topic_change[gs->n_topic_changes++ % TOPIC_CHANGES] = (struct topic_change){
		.topic = topic, .kind = kind, .what = changes[kind], .at = m->ts, .frame = m->frame,
	};
}

void create_topics_response(struct groups *gs, const struct kafka_message *m)
{
	struct create_topics_response_topic t;
	struct create_topics_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (!is_dry_run(m) && kf_next(&a.topics, &t)) {
		if (t.error_code != ERR_NONE || !t.name.ptr)
			continue;
		topic_learn(gs, t.name, &t.topic_id);
		note(gs, topic_id(gs, t.name), TOPIC_CREATED, m);
	}
}

void create_partitions_response(struct groups *gs, const struct kafka_message *m)
{
	struct create_partitions_response_result t;
	struct create_partitions_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (!is_dry_run(m) && kf_next(&a.results, &t))
		if (t.error_code == ERR_NONE)
			note(gs, topic_id(gs, t.name), TOPIC_GROWN, m);
}

void delete_topics_response(struct groups *gs, const struct kafka_message *m)
{
	struct delete_topics_response_response t;
	struct delete_topics_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t))
		if (t.error_code == ERR_NONE)
			note(gs, topic_of(gs, t.name, &t.topic_id), TOPIC_DELETED, m);
}

const struct topic_change *topic_change_find(const struct groups *gs, uint32_t topic, enum topic_change_kind kind,
                                             int64_t from, int64_t to)
{
	const char *name = topic_name(gs, topic);
	const struct topic_change *best = NULL;

	for (size_t i = 0; i < TOPIC_CHANGES && i < gs->n_topic_changes && name; i++) {
		const struct topic_change *c = &gs->topic_change[i];

		if (c->kind == kind && c->at >= from && c->at <= to && (!best || c->at > best->at) &&
		    text_both(topic_name(gs, c->topic), name))
			best = c;
	}
	return best;
}
