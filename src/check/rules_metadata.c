/* SPDX-License-Identifier: Apache-2.0
 *
 * W32 and W33: how often metadata is asked for, and when it has to be.
 */
#include "engine.h"

/* ---- W32: not too often ------------------------------------------------------------------------------------------- */

static void w32_asked(const struct talk *t)
{
	struct client *k = t->client;
	int64_t most = param_of(t->check, 32, 0, k, t->group) * 5 / 4; /* backoff has a jitter of 20 % */

	if (!k->metadata_window || t->m->ts - k->metadata_window >= NS_PER_S) {
		k->metadata_window = t->m->ts;
		k->metadata_frame = t->m->frame;
		k->metadata_count = 0;
	}
	k->metadata_total++;
	k->metadata_count++;
	if (k->metadata_count == most + 1)
		rule_fail(t, &(struct blame){ .rule = 32, .frames = { k->metadata_frame, t->m->frame },
		                              .expected = "one Metadata request per retry.backoff.ms" },
		          "%u Metadata requests within %.2f s", k->metadata_count,
		          (double)(t->m->ts - k->metadata_window) / 1e9);
	else if (k->metadata_count <= most && k->metadata_total > 1)
		rule_pass(t, 32);
}

/* ---- W33: after NOT_LEADER_OR_FOLLOWER --------------------------------------------------------------------------------- */

static void not_leader(const struct talk *t, struct part p, int16_t code)
{
	struct client *k = t->client;

	k->leader_lost = t->m->ts;
	if (k->not_leader.ts || (code != ERR_NOT_LEADER && code != ERR_FENCED_LEADER_EPOCH) || k->metadata.ts > t->q->ts)
		return;
	k->not_leader = mark_of(t);
	k->not_leader_part = p;
	k->not_leader_conn = t->conn->id;
	k->not_leader_api = t->m->api_key;
	k->not_leader_code = code;
}

static void w33_produced(const struct talk *t)
{
	const struct produce_response *a = t->body;
	struct produce_response_partition_response p;
	struct produce_response_response topic;
	struct kf_array topics = a->responses;

	while (kf_next(&topics, &topic))
		while (kf_next(&topic.partition_responses, &p))
			if (p.error_code)
				not_leader(t, (struct part){ .topic = ck_topic_key(t->check, topic.name, &topic.topic_id, NULL),
				                             .partition = p.index },
				           p.error_code);
}

static void w33_fetched(const struct talk *t)
{
	const struct fetch_response *a = t->body;
	struct fetch_response_response topic;
	struct fetch_response_partition p;
	struct kf_array topics = a->responses;

	while (kf_next(&topics, &topic))
		while (kf_next(&topic.partitions, &p))
			if (p.error_code)
				not_leader(t, (struct part){ .topic = ck_topic_key(t->check, topic.topic, &topic.topic_id, NULL),
				                             .partition = p.partition_index },
				           p.error_code);
}

/* The partition that was refused is asked for again. */
static void w33_again(const struct talk *t, struct part p)
{
	struct client *k = t->client;
	char text[96];

	if (p.topic != k->not_leader_part.topic || p.partition != k->not_leader_part.partition)
		return;
	if (k->not_leader_conn != t->conn->id) {
		rule_pass(t, 33); /* it has learned of another leader */
		k->not_leader.ts = 0;
		return;
	}
	if (t->m->ts - k->not_leader.ts <= CROSSING)
		return;
	rule_fail(t, &(struct blame){ .rule = 33, .wide = true, .since = k->not_leader.ts - NS_PER_S,
	                              .frames = { k->not_leader.frame, t->m->frame },
	                              .expected = "Metadata, or another leader, before it is tried again" },
	          "%s for %s to the same broker %.2f s after %s", kf_api_name(t->m->api_key),
	          part_text(t->check, p, text), (double)(t->m->ts - k->not_leader.ts) / 1e9,
	          kf_error_name(k->not_leader_code));
	k->not_leader.ts = 0;
}

static void w33_produce(const struct talk *t)
{
	const struct produce_request *b = t->body;
	struct produce_request_partition_data p;
	struct produce_request_topic_data topic;
	struct kf_array topics = b->topic_data;

	if (!t->client->not_leader.ts || t->client->not_leader_api != API_PRODUCE)
		return;
	while (kf_next(&topics, &topic))
		while (t->client->not_leader.ts && kf_next(&topic.partition_data, &p))
			w33_again(t, (struct part){ .topic = ck_topic_key(t->check, topic.name, &topic.topic_id, NULL),
			                            .partition = p.index });
}

static void w33_fetch(const struct talk *t)
{
	const struct fetch_request *b = t->body;
	struct fetch_request_partition p;
	struct fetch_request_topic topic;
	struct kf_array topics = b->topics;

	if (!t->client->not_leader.ts || t->client->not_leader_api != API_FETCH)
		return;
	while (kf_next(&topics, &topic))
		while (t->client->not_leader.ts && kf_next(&topic.partitions, &p))
			w33_again(t, (struct part){ .topic = ck_topic_key(t->check, topic.topic, &topic.topic_id, NULL),
			                            .partition = p.partition });
}

static void w33_metadata(const struct talk *t)
{
	if (!t->client->not_leader.ts)
		return;
	rule_pass(t, 33);
	t->client->not_leader.ts = 0;
}

const struct hook hooks_metadata[] = {
	{ .rule = 32, .api = API_METADATA, .asked = w32_asked },
	{ .rule = 33, .api = API_METADATA, .asked = w33_metadata },
	{ .rule = 33, .api = API_PRODUCE, .asked = w33_produce, .answered = w33_produced },
	{ .rule = 33, .api = API_FETCH, .asked = w33_fetch, .answered = w33_fetched },
	{ .rule = 0 },
};
