/* SPDX-License-Identifier: Apache-2.0
 *
 * Produce: who produces on which connection, and what was refused. Requests come by the thousand: on a connection that
 * is known nothing is read of them.
 */
#include <regroup/messages.h>

#include "producer.h"

/* Transactional: the owner of the id. With a producer id: the idempotent one. Else the client. */
static struct producer *of_head(struct groups *gs, const struct kafka_message *m, const struct produce_head *h)
{
	struct producers *ps = gs->producers;
	uint64_t client = producer_client(m);
	struct producer *p;

	if (h->transactional_id.len)
		return producer_speaks(gs, m, h->transactional_id, h->producer_id, h->epoch);
	p = producer_find(ps, client, h->producer_id);
	if (!p)
		p = producer_new(gs, m, NULL, h->producer_id);
	if (p && p->epoch < h->epoch)
		p->epoch = h->epoch;
	if (p && h->batch && h->producer_id < 0)
		p->plain = true;
	return p;
}

static struct producer *who(struct groups *gs, const struct kafka_message *m)
{
	struct producers *ps = producers_of(gs);
	struct producer *p = ps ? producer_on_conn(ps, m->conn) : NULL;
	struct produce_head h;

	if (p || !ps || m->status == KAFKA_UNKNOWN_VERSION)
		return p;
	if (!produce_head(m, &h))
		return NULL;
	p = of_head(gs, m, &h);
	if (p && h.batch) /* else a later request may say more */
		producer_on(ps, m->conn, p);
	return p;
}

void produce_request(struct groups *gs, const struct kafka_message *m)
{
	struct producer *p = who(gs, m);

	if (!p)
		return;
	p->requests++;
	p->without_answer += !m->note;
	producer_touch(gs->producers, p, m->ts);
	if (p->txn_id && !p->is_fenced && p->open.began == GROUP_UNKNOWN_TIME)
		transaction_begins(p, m);
}

void produce_response(struct groups *gs, const struct kafka_message *m)
{
	struct producer *p = gs->producers ? producer_on_conn(gs->producers, m->conn) : NULL;
	struct produce_response_partition_response r;
	struct produce_response_response t;
	struct produce_response a;

	if (!p || produce_taken(m))
		return;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t)) {
		while (kf_next(&t.partition_responses, &r)) {
			if (r.error_code == ERR_NONE || fence_told(gs, p, r.error_code, "Produce", m))
				continue;
			trouble_told(gs, p, m->api_key, r.error_code, topic_told(gs, t.name, &t.topic_id), r.index, m);
		}
	}
}
