/* SPDX-License-Identifier: Apache-2.0
 *
 * W34 to W37: producers.
 */
#include "engine.h"

#include <stdlib.h>

#define MOST_SEQUENCES 200000

/* ---- W34: idempotence ------------------------------------------------------------------------------------------- */

static void w34_init(const struct talk *t)
{
	t->client->producer_ids = true;
}

/* `first`: the producer's sequence begins here, so that what came before is in the capture. */
static void w34_produce(const struct talk *t, bool idempotent, bool first)
{
	const struct produce_request *b = t->body;
	bool required = param_of(t->check, 34, 0, t->client, t->group) != 0;
	struct blame blame = { .rule = 34, .frames = { t->m->frame }, .wide = idempotent, .since = t->client->first };

	if (!idempotent && !required)
		return;
	blame.expected = "acks=-1 (all), and a producer id from InitProducerId";
	if (b->acks != -1) {
		blame.wide = false;
		blame.since = t->m->ts;
		rule_fail(t, &blame, "Produce with acks=%d%s", b->acks, idempotent ? " and a producer id" : "");
	} else if (!idempotent) {
		blame.since = t->m->ts;
		rule_fail(t, &blame, "Produce without a producer id");
	} else if (!t->client->producer_ids && t->client->seen_from_start && first && t->q->epoch == 0) {
		rule_fail(t, &blame, "Produce with a producer id and no InitProducerId before");
	} else if (t->client->producer_ids) {
		rule_pass(t, 34);
	}
}

/* ---- W35: sequence numbers ------------------------------------------------------------------------------------------- */

static struct sequence *sequence_of(const struct talk *t, struct part p, const struct kf_batch *batch)
{
	struct sequence key, *s;
	struct check *c = t->check;

	memset(&key, 0, sizeof(key));
	key.key.producer = batch->producer_id;
	key.key.epoch = batch->producer_epoch;
	key.key.topic = p.topic;
	key.key.partition = p.partition;
	HASH_FIND(hh, c->sequences, &key.key, sizeof(key.key), s);
	if (s || HASH_COUNT(c->sequences) >= MOST_SEQUENCES || !(s = calloc(1, sizeof(*s))))
		return s;
	s->key = key.key;
	HASH_ADD(hh, c->sequences, key, sizeof(s->key), s);
	return s;
}

static int32_t after(const struct batch *b)
{
	return (int32_t)(((uint32_t)b->sequence + (uint32_t)b->records) & INT32_MAX);
}

/* One of those that are remembered, with the same records. */
static const struct batch *sent_before(const struct sequence *s, int32_t sequence)
{
	for (unsigned i = 0; i < s->n && i < BATCHES; i++)
		if (s->batch[i].sequence == sequence)
			return &s->batch[i];
	return NULL;
}

static void w35_batch(const struct talk *t, struct part p, const struct kf_batch *batch)
{
	struct sequence *s = sequence_of(t, p, batch);
	const struct batch *latest, *same;
	struct blame b = { .rule = 35, .frames = { 0, t->m->frame },
		           .expected = "sequence numbers without a gap; a retry sends the same batch" };
	char text[96];

	if (!s || batch->records <= 0)
		return;
	latest = s->n ? &s->batch[(s->n - 1) % BATCHES] : NULL;
	same = sent_before(s, batch->base_sequence);
	b.since = s->last.ts;
	b.frames[0] = s->last.frame;
	b.wide = s->conn != t->conn->id || t->client->leader_lost > s->last.ts; /* another broker may have had some of them */
	if (latest && same && (same->records != batch->records || same->size != batch->size)) {
		rule_fail(t, &b, "%s: sequence %d again with %d records in %u bytes, before it had %d in %u",
		          part_text(t->check, p, text), batch->base_sequence, batch->records, batch->size, same->records,
		          same->size);
	} else if (latest && !same && batch->base_sequence != after(latest) &&
	           (batch->base_sequence > after(latest) || s->n >= BATCHES)) {
		/* A batch that is older than those remembered is a late retry. */
		if (batch->base_sequence > after(latest))
			rule_fail(t, &b, "%s: sequence %d after %d was expected", part_text(t->check, p, text),
			          batch->base_sequence, after(latest));
	} else if (latest) {
		rule_pass(t, 35);
	}
	s->last = mark_of(t);
	s->conn = t->conn->id;
	if (same)
		return;
	s->batch[s->n++ % BATCHES] =
		(struct batch){ .sequence = batch->base_sequence, .records = batch->records, .size = batch->size };
	if (s->n >= 2 * BATCHES)
		s->n -= BATCHES;
}

/* ---- W36: in flight ------------------------------------------------------------------------------------------------------ */

static void w36_produce(const struct talk *t)
{
	int64_t most = param_of(t->check, 36, 0, t->client, t->group);
	const struct request *oldest = NULL;
	unsigned n = 0;

	if (!t->conn->answered)
		return; /* answers are not captured */

	for (const struct request *q = t->conn->first; q; q = q->next) {
		if (q->api != API_PRODUCE || !q->idempotent)
			continue;
		oldest = oldest ? oldest : q;
		n++;
	}
	if (n <= most)
		rule_pass(t, 36);
	else
		rule_fail(t, &(struct blame){ .rule = 36, .since = oldest->ts, .frames = { oldest->frame, t->m->frame },
		                              .expected = "at most 5 Produce requests under way per connection" },
		          "%u Produce requests under way", n);
}

/* ---- W37: fenced producers ----------------------------------------------------------------------------------------------- */

static bool is_dead(int16_t error)
{
	return error == ERR_PRODUCER_EPOCH || error == ERR_PRODUCER_FENCED;
}

static void w37_dead(const struct talk *t)
{
	struct client *k = t->client;

	if (t->q->producer < 0 || (k->dead_producer.ts && k->dead_id == t->q->producer && k->dead_epoch == t->q->epoch))
		return;
	k->dead_producer = mark_of(t);
	k->dead_id = t->q->producer;
	k->dead_epoch = t->q->epoch;
	k->dead_again = false;
}

static void w37_produced(const struct talk *t)
{
	const struct produce_response *a = t->body;
	struct produce_response_partition_response p;
	struct produce_response_response topic;
	struct kf_array topics = a->responses;

	while (kf_next(&topics, &topic))
		while (kf_next(&topic.partition_responses, &p))
			if (is_dead(p.error_code))
				w37_dead(t);
}

static void w37_answered(const struct talk *t)
{
	if (is_dead(t->error))
		w37_dead(t);
}

static void w37_end_txn(const struct talk *t)
{
	const struct end_txn_request *b = t->body;

	t->q->producer = b->producer_id;
	t->q->epoch = b->producer_epoch;
}

static void w37_produce(const struct talk *t)
{
	struct client *k = t->client;

	if (!k->dead_producer.ts || t->q->producer != k->dead_id || t->q->epoch > k->dead_epoch ||
	    t->m->ts - k->dead_producer.ts <= CROSSING)
		return;
	if (!k->dead_again)
		rule_fail(t, &(struct blame){ .rule = 37, .since = k->dead_producer.ts,
		                              .frames = { k->dead_producer.frame, t->m->frame },
		                              .expected = "no Produce with a producer epoch that is fenced" },
		          "Produce with producer id %lld, epoch %d, %.2f s after it was fenced", (long long)t->q->producer,
		          t->q->epoch, (double)(t->m->ts - k->dead_producer.ts) / 1e9);
	k->dead_again = true;
}

void produce_finish(struct check *c, struct client *k)
{
	if (k->dead_producer.ts && !k->dead_again && c->now - k->dead_producer.ts > NS_PER_S)
		rule_pass_for(c, 37, k, NULL);
}

/* ---- Produce ----------------------------------------------------------------------------------------------------------------- */

/* Whether one of them begins its partition's sequence. */
static bool each_batch(const struct talk *t)
{
	bool first = false;

	const struct produce_request *b = t->body;
	struct produce_request_partition_data p;
	struct produce_request_topic_data topic;
	struct kf_array topics = b->topic_data;
	struct kf_batch batch;

	while (kf_next(&topics, &topic)) {
		uint64_t key = ck_topic_key(t->check, topic.name, &topic.topic_id, NULL);

		while (kf_next(&topic.partition_data, &p)) {
			while (kf_next_batch(&p.records, &batch)) {
				if (batch.magic < 2 || batch.producer_id < 0 || batch.base_sequence < 0)
					continue;
				t->q->idempotent = true;
				first = first || batch.base_sequence == 0;
				t->q->producer = batch.producer_id;
				t->q->epoch = batch.producer_epoch;
				w35_batch(t, (struct part){ .topic = key, .partition = p.index }, &batch);
			}
		}
	}
	return first;
}

static void produce_asked(const struct talk *t)
{
	bool first = each_batch(t);

	w34_produce(t, t->q->idempotent, first);
	if (!t->q->idempotent)
		return;
	w36_produce(t);
	w37_produce(t);
}

const struct hook hooks_produce[] = {
	{ .rule = 35, .api = API_PRODUCE, .asked = produce_asked },
	{ .rule = 37, .api = API_PRODUCE, .answered = w37_produced },
	{ .rule = 34, .api = API_INIT_PRODUCER, .asked = w34_init },
	{ .rule = 37, .api = API_INIT_PRODUCER, .answered = w37_answered },
	{ .rule = 37, .api = API_END_TXN, .asked = w37_end_txn, .answered = w37_answered },
	{ .rule = 0 },
};
