/* SPDX-License-Identifier: Apache-2.0
 *
 * Metadata responses: names of topic ids (v10+) and how many partitions a topic has.
 */
#include <regroup/messages.h>

#include "coordinator.h"
#include "correlator.h"
#include "passing.h"

void metadata_response(struct groups *gs, const struct kafka_message *m)
{
	struct metadata_response_broker b;
	struct metadata_response_topic t;
	struct metadata_response a;
	uint32_t id;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.brokers, &b))
		broker_learn(gs, b.node_id, b.host, b.port);
	while (kf_next(&a.topics, &t)) {
		if (t.error_code != ERR_NONE || !t.name.ptr)
			continue;
		topic_learn(gs, t.name, &t.topic_id);
		id = topic_id(gs, t.name);
		if (id != NO_TOPIC && t.partitions.count > 0)
			gs->topic_by_id[id]->partitions = t.partitions.count;
	}
}
