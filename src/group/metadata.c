/* SPDX-License-Identifier: Apache-2.0
 *
 * Metadata: names of topic ids (v10+), how many partitions a topic has, and who was told.
 */
#include <regroup/messages.h>

#include "coordinator.h"
#include "correlator.h"
#include "growth.h"
#include "passing.h"
#include "producer.h"

#define UNKNOWN_TOPIC 3
#define ASKS_FOR_ALL 1 /* the note of a request */

/* No list of topics means all of them; before v1 an empty one does. */
void metadata_request(struct groups *gs, const struct kafka_message *m)
{
	struct metadata_request q;

	metadata_asked(gs, m);
	if (!m->note || m->status != KAFKA_OK)
		return;
	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	if (KF_HAS(&q, metadata_request, topics) && (q.topics.count < 0 || (m->version == 0 && q.topics.count == 0)))
		*m->note = ASKS_FOR_ALL;
}

static void read_topic(struct groups *gs, const struct metadata_response_topic *t, uint32_t listing,
                       const struct kafka_message *m)
{
	int32_t partitions = t->error_code == ERR_NONE ? t->partitions.count : 0;
	uint32_t id;

	if (t->error_code != ERR_NONE)
		metadata_refused(gs, m, t->error_code, t->name);
	if ((t->error_code != ERR_NONE && t->error_code != UNKNOWN_TOPIC) || !t->name.ptr)
		return;
	if (t->error_code == ERR_NONE)
		topic_learn(gs, t->name, &t->topic_id);
	else if (!topic_seen(gs, t->name))
		return;
	id = topic_id(gs, t->name);
	if (id == NO_TOPIC || (partitions <= 0 && t->error_code == ERR_NONE))
		return;
	growth_counted(gs, id, partitions, listing, m->ts, m->frame);
	growth_told(gs, m, id, partitions);
}

void metadata_response(struct groups *gs, const struct kafka_message *m)
{
	struct metadata_response_broker b;
	struct metadata_response_topic t;
	struct metadata_response a;
	bool all = m->note && *m->note == ASKS_FOR_ALL && m->status == KAFKA_OK;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.brokers, &b))
		broker_learn(gs, b.node_id, b.host, b.port);
	gs->listings += all;
	while (kf_next(&a.topics, &t))
		read_topic(gs, &t, all ? gs->listings : 0, m);
	if (all)
		growth_listed(gs, m);
}
