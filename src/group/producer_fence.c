/* SPDX-License-Identifier: Apache-2.0
 *
 * A producer that is told of a newer one with its transactional id, and which one that is. Three things raise the epoch
 * of a transactional id: its own producer (KIP-360, and with every transaction KIP-890), another one that takes it over,
 * and the coordinator, which gives up a transaction that is open for too long (KIP-98). Only the latter two make an
 * error, and only for the one that does not know of it.
 */
#include "producer.h"

#define ADVICE_TAKEN "a transactional.id belongs to one live producer: give each instance its own, stable over its " \
	"restarts, and stop the old one before the new one starts. Who is fenced has to be closed: it cannot go on"
#define ADVICE_UNKNOWN "look for a second producer with this transactional.id, and for transactions that are open for " \
	"longer than transaction.timeout.ms. Who is fenced has to be closed: it cannot go on"

/* The first claim on the id since the producer got its epoch, that another made; NULL when none was seen. */
static const struct claim *taken_by(const struct producer *p)
{
	const struct transactional *t = p->txn_id;
	uint32_t n = t->n_claims < CLAIMS_KEPT ? t->n_claims : CLAIMS_KEPT;

	for (uint32_t i = t->n_claims - n; i < t->n_claims; i++) {
		const struct claim *c = &t->claim[i % CLAIMS_KEPT];

		if (c->by && c->by != p && c->asked_at > p->settled && c->asked_at >= p->first)
			return c;
	}
	return NULL;
}

/* It may have had to ask more than once. */
static const struct claim *answered_claim(const struct claim *first, const struct transactional *t)
{
	for (size_t i = 0; i < CLAIMS_KEPT && i < t->n_claims; i++)
		if (t->claim[i].by == first->by && t->claim[i].answered && t->claim[i].asked_at >= first->asked_at)
			return &t->claim[i];
	return NULL;
}

static size_t add_frame(uint64_t *list, size_t n, uint64_t frame)
{
	size_t i = n;

	for (; i > 0 && list[i - 1] > frame; i--)
		list[i] = list[i - 1];
	list[i] = frame;
	return n + 1;
}

static const char *taken_text(struct groups *gs, const struct producer *p, const struct producer *by, int32_t epoch)
{
	const char *self = by->client == p->client ? "a later instance of itself, " : "";

	if (epoch < 0)
		return scratch_text(&gs->scratch, "%s was fenced by %s%s (%s), which asked for %s", producer_name(p), self,
		                    producer_name(by), by->host ? by->host : "?", p->txn_id->name);
	return scratch_text(&gs->scratch, "%s was fenced by %s%s (%s), which got %s with epoch %d", producer_name(p), self,
	                    producer_name(by), by->host ? by->host : "?", p->txn_id->name, epoch);
}

static void tell_taken(struct groups *gs, struct producer *p, const struct claim *c, int16_t error, const char *api,
                       const struct kafka_message *m)
{
	struct group_event e = producer_event(p, GROUP_PRODUCER_FENCED, m);
	const struct claim *got = answered_claim(c, p->txn_id);
	uint64_t evidence[3];
	size_t n = add_frame(evidence, 0, c->frame);

	if (got)
		n = add_frame(evidence, n, got->answer_frame);
	n = add_frame(evidence, n, m->frame);
	e.producer.by_client_id = c->by->client_id;
	e.producer.by_host = c->by->host;
	e.producer.by_epoch = got ? got->epoch : -1;
	e.producer.confidence = got ? 3 : 2;
	e.producer.api = api;
	e.producer.error = error;
	e.producer.text = taken_text(gs, p, c->by, e.producer.by_epoch);
	e.producer.advice = ADVICE_TAKEN;
	e.producer.evidence = evidence;
	e.producer.n_evidence = n;
	emit(gs, &e);
}

static void tell_unknown(struct groups *gs, struct producer *p, int16_t error, const char *api,
                         const struct kafka_message *m)
{
	struct group_event e = producer_event(p, GROUP_PRODUCER_FENCED, m);
	const uint64_t evidence[1] = { m->frame };

	e.producer.confidence = error == ERR_PRODUCER_FENCED ? 2 : 1;
	e.producer.api = api;
	e.producer.error = error;
	e.producer.text = scratch_text(&gs->scratch, "%s was fenced; what raised the epoch of %s was not seen: another "
	                               "producer, or the coordinator that gave up a transaction", producer_name(p),
	                               p->txn_id->name);
	e.producer.advice = ADVICE_UNKNOWN;
	e.producer.evidence = evidence;
	e.producer.n_evidence = 1;
	emit(gs, &e);
}

/* Open for longer than the coordinator waits. */
static bool has_lapsed(const struct producer *p, int64_t now)
{
	return p->open.began != GROUP_UNKNOWN_TIME && p->timeout > 0 && now - p->open.began >= p->timeout;
}

bool fence_told(struct groups *gs, struct producer *p, int16_t error, const char *api, const struct kafka_message *m)
{
	const struct claim *c;

	if (!p->txn_id || (error != ERR_PRODUCER_FENCED && error != ERR_INVALID_PRODUCER_EPOCH))
		return false;
	producer_count_error(p, error, 1);
	if (p->is_fenced || p->lapsed)
		return true;
	c = taken_by(p);
	if (!c && has_lapsed(p, m->ts)) {
		p->lapsed = true;
		p->timed_out++;
		transaction_tell(gs, p, GROUP_TRANSACTION_TIMED_OUT, error, m);
		transaction_is_over(p);
		return true;
	}
	p->is_fenced = true;
	p->fenced++;
	if (c)
		tell_taken(gs, p, c, error, api, m);
	else
		tell_unknown(gs, p, error, api, m);
	transaction_is_over(p);
	return true;
}
