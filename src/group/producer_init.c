/* SPDX-License-Identifier: Apache-2.0
 *
 * InitProducerId (KIP-98): a producer begins, takes a transactional id over, or has its epoch raised (KIP-360).
 */
#include <regroup/messages.h>

#include "producer.h"

#define ECHO_WITHIN (1 * NS_PER_S)

static struct claim *claim_of(struct transactional *t, uint32_t number)
{
	return number && t->n_claims - number < CLAIMS_KEPT ? &t->claim[(number - 1) % CLAIMS_KEPT] : NULL;
}

/* The same request on its way through a proxy, seen on another connection. */
static bool is_echo(const struct transactional *t, const struct kafka_message *m)
{
	for (size_t i = 0; i < CLAIMS_KEPT && i < t->n_claims; i++) {
		const struct claim *c = &t->claim[i];

		if (c->connection != m->conn->id && c->correlation_id == m->correlation_id && c->by &&
		    m->ts - c->asked_at < ECHO_WITHIN && text_is(c->by->client_id, m->client_id))
			return true;
	}
	return false;
}

static uint32_t claim_add(struct transactional *t, struct producer *p, const struct kafka_message *m)
{
	t->claim[t->n_claims++ % CLAIMS_KEPT] = (struct claim){
		.by = p,
		.connection = m->conn->id,
		.correlation_id = m->correlation_id,
		.asked_at = m->ts,
		.frame = m->frame,
		.epoch = -1,
	};
	return t->n_claims;
}

/* Who asks. One that had an epoch and asks without it is a new process under an old name. */
static struct producer *asker_of(struct groups *gs, struct transactional *t, const struct init_producer_id_request *q,
                                 const struct kafka_message *m)
{
	struct producer *p = producer_owner(t, producer_client(m), q->producer_id >= 0 ? q->producer_epoch : -1);

	if (!p || (q->producer_id < 0 && p->settled))
		return producer_new(gs, m, t, q->producer_id);
	return p;
}

static void claim_request(struct groups *gs, const struct kafka_message *m, const struct init_producer_id_request *q)
{
	struct transactional *t = transactional_of(gs, q->transactional_id);
	struct producer *p;
	struct ask *a;

	if (!t || is_echo(t, m))
		return;
	p = asker_of(gs, t, q, m);
	a = p ? ask_new(gs, p, m) : NULL;
	if (!a)
		return;
	p->timeout = q->transaction_timeout_ms > 0 ? q->transaction_timeout_ms * NS_PER_MS : -1;
	a->fresh = q->producer_id < 0;
	a->asked_id = q->producer_id;
	a->claim = claim_add(t, p, m);
}

/* Without a transactional id: which producer it is, the answer says. */
static void plain_request(struct groups *gs, const struct kafka_message *m, const struct init_producer_id_request *q)
{
	struct producers *ps = gs->producers;
	struct producer *p = producer_find(ps, producer_client(m), q->producer_id);
	struct ask *a;

	if (!p)
		p = producer_new(gs, m, NULL, q->producer_id);
	a = p ? ask_new(gs, p, m) : NULL;
	if (!a)
		return;
	a->fresh = q->producer_id < 0;
	a->asked_id = q->producer_id;
}

void init_producer_request(struct groups *gs, const struct kafka_message *m)
{
	struct init_producer_id_request q;

	if (kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK || !producers_of(gs))
		return;
	if (q.transactional_id.len)
		claim_request(gs, m, &q);
	else
		plain_request(gs, m, &q);
}

/* Whose id this was until now; NULL when that was nobody else's. */
static const struct producer *owner_before(const struct producer *p)
{
	const struct producer *q = p->txn_id ? p->id_prev : NULL;

	return q && q->id_next == p && q->client != p->client ? q : NULL;
}

static const char *started_text(struct groups *gs, const struct producer *p, const struct producer *before)
{
	if (!p->txn_id)
		return scratch_text(&gs->scratch, "%s is an idempotent producer", producer_name(p));
	if (!before)
		return scratch_text(&gs->scratch, "%s produces as %s", producer_name(p), p->txn_id->name);
	return scratch_text(&gs->scratch, "%s takes over %s from %s (%s), which is fenced if it goes on", producer_name(p),
	                    p->txn_id->name, producer_name(before), before->host ? before->host : "?");
}

static void tell_started(struct groups *gs, struct producer *p, const struct kafka_message *m)
{
	struct group_event e = producer_event(p, GROUP_PRODUCER_STARTED, m);
	const struct producer *before = owner_before(p);
	const uint64_t evidence[1] = { m->frame };

	if (before) {
		e.producer.by_client_id = before->client_id;
		e.producer.by_host = before->host;
	}
	e.producer.api = "InitProducerId";
	e.producer.text = started_text(gs, p, before);
	e.producer.evidence = evidence;
	e.producer.n_evidence = 1;
	emit(gs, &e);
}

static void tell_bumped(struct groups *gs, struct producer *p, int32_t was, uint64_t asked, const struct kafka_message *m)
{
	struct group_event e = producer_event(p, GROUP_PRODUCER_BUMPED, m);
	const uint64_t evidence[2] = { asked, m->frame };

	e.producer.api = "InitProducerId";
	e.producer.text = scratch_text(&gs->scratch,
	                               "%s had its epoch raised from %d to %d, as it does after an error to go on",
	                               producer_name(p), was, p->epoch);
	e.producer.evidence = evidence;
	e.producer.n_evidence = 2;
	emit(gs, &e);
}

/* The producer that an answer without a transactional id is for: with a new producer id it may be another one of the
 * same client id. */
static struct producer *named_by(struct groups *gs, struct producer *p, const struct ask *ask, int64_t id,
                                 const struct kafka_message *m)
{
	struct producers *ps = gs->producers;
	struct producer *known;

	if (p->txn_id || p->producer_id == id)
		return p;
	known = producer_find(ps, p->client, id);
	if (known)
		return known;
	if (ask->fresh && (p->plain || p->producer_id >= 0))
		return producer_new(gs, m, NULL, id);
	producer_rekey(ps, p, id);
	return p;
}

static void settle(struct groups *gs, struct producer *p, const struct init_producer_id_response *a, const struct ask *ask,
                   const struct kafka_message *m)
{
	int32_t was = p->epoch;
	bool first = ask->fresh || !p->settled;

	transaction_is_over(p); /* what was open is aborted by it */
	p->producer_id = a->producer_id;
	p->epoch = a->producer_epoch;
	p->settled = m->ts;
	p->is_fenced = p->lapsed = false;
	producer_touch(gs->producers, p, m->ts);
	if (first && ask->fresh) {
		tell_started(gs, p, m);
		return;
	}
	p->bumps++;
	tell_bumped(gs, p, was, ask->frame, m);
}

void init_producer_response(struct groups *gs, const struct kafka_message *m, struct ask *ask)
{
	struct producer *p = ask->producer;
	struct init_producer_id_response a;
	struct claim *c = p->txn_id ? claim_of(p->txn_id, ask->claim) : NULL;

	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	if (a.error_code != ERR_NONE) {
		if (!fence_told(gs, p, a.error_code, "InitProducerId", m))
			trouble_told(gs, p, m->api_key, a.error_code, NO_TOPIC, -1, m);
		return;
	}
	if (c && c->by == p) {
		c->answered = true;
		c->answer_frame = m->frame;
		c->epoch = a.producer_epoch;
	}
	p = named_by(gs, p, ask, a.producer_id, m);
	if (!p)
		return;
	settle(gs, p, &a, ask, m);
	producer_on(gs->producers, m->conn, p);
}
