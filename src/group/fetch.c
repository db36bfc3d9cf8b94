/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetch: which partitions a client is reading, and how far they reach. Sessions are KIP-227, topic ids KIP-516.
 */
#include <regroup/messages.h>

#include <utlist.h>

#include "client.h"
#include "correlator.h"
#include "duplicates.h"
#include "passing.h"
#include "resumed.h"

/* Before version 7 there are no sessions; 0 opens one, -1 ends it: both list everything. */
static bool is_full(const struct kafka_message *m, const struct fetch_request *q)
{
	return m->version < 7 || q->session_epoch <= 0;
}

/* Who this client reads for, when a commit of its group was refused: its Fetch offsets are looked at then. */
static const struct member *reader(const struct fetcher *f)
{
	const struct member *m;

	DL_FOREACH2(f->client->members, m, client_next)
		if (m->presence == MEMBER_IN && m->group->n_refused && m->client == f->client)
			return client_is_alone(m) ? m : NULL;
	return NULL;
}

static void read_topics(struct groups *gs, struct fetcher *f, const struct kafka_message *m, struct kf_array topics)
{
	const struct member *by = reader(f);
	struct fetch_request_topic t;
	struct fetch_request_partition p;
	struct duplicates d;

	duplicates_init(&d);
	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_of(gs, t.topic, &t.topic_id);

		while (kf_next(&t.partitions, &p)) {
			fetcher_carries(gs, f, topic, p.partition, m->ts);
			if (by)
				duplicates_starts(&d, by->group, by, topic, p.partition, p.fetch_offset);
		}
	}
	if (by)
		duplicates_tell(&d, by->group, m);
}

static void read_forgotten(struct groups *gs, struct fetcher *f, struct kf_array topics)
{
	struct fetch_request_forgotten_topics_data t;
	int64_t partition;

	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_of(gs, t.topic, &t.topic_id);

		while (kf_next_int(&t.partitions, &partition))
			fetcher_forgets(gs, f, topic, (int32_t)partition);
	}
}

void fetch_request(struct groups *gs, const struct kafka_message *m)
{
	struct fetcher *f = client_fetcher(gs, m);
	struct fetch_request q;
	bool full;

	if (!f)
		return;
	/* Of a request that is cut nothing is known but that it was sent. */
	if (m->status != KAFKA_OK || kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK) {
		fetcher_end(gs, f, false, m->ts);
		return;
	}
	full = is_full(m, &q);
	fetcher_begin(f, full);
	read_forgotten(gs, f, q.forgotten_topics_data);
	read_topics(gs, f, m, q.topics);
	fetcher_end(gs, f, full, m->ts);
	resumed_fetch(gs, f, m);
}

void fetch_response(struct groups *gs, const struct kafka_message *m)
{
	struct fetcher *f = m->conn->user;
	struct fetch_response_response t;
	struct fetch_response_partition p;
	struct fetch_response a;

	if (!f)
		return;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t)) {
		uint32_t topic = topic_of(gs, t.topic, &t.topic_id);

		while (kf_next(&t.partitions, &p))
			if (p.error_code == ERR_NONE)
				fetcher_high(gs, f, topic, p.partition_index, p.high_watermark);
	}
}
