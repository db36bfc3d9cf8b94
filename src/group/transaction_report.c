/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said of transactions: those that a rebalance cut, that were open for too long, and all of a producer in the end.
 */
#include <utlist.h>

#include "producer.h"

#define SWEEP_PRODUCERS (10 * NS_PER_S)

/* After its time the coordinator aborts a transaction at its next look, every 10 s as it is set at first. */
#define LOOKS_EVERY (10 * NS_PER_S)

#define ADVICE_CUT "nothing is lost: the transaction was aborted, and who has the partitions now reads the records again. To " \
	"be cut less often, hand less work to one transaction (max.poll.records), keep it shorter than max.poll.interval.ms, " \
	"and let instances keep their partitions (cooperative-sticky, group.instance.id)"
#define ADVICE_UNCOVERED "what the transaction wrote stays, and its input is read again by who has the partitions now: abort a " \
	"transaction whose offsets were refused"
#define ADVICE_LATE "make transactions shorter, or raise transaction.timeout.ms (up to transaction.max.timeout.ms of the " \
	"brokers). It should be longer than one round of work may last, which max.poll.interval.ms bounds in read-process-write; " \
	"until it ends, read_committed consumers wait at its first record"

static struct group_event base(const struct producer *p, enum group_transaction_what what, int64_t ts)
{
	struct group_event e = { .type = GROUP_EVENT_TRANSACTION, .ts = ts };

	e.group = p->open.group ? p->open.group : what == GROUP_TRANSACTION_TOTAL ? p->group : NULL;
	e.transaction = (struct group_transaction_event){
		.what = what,
		.client_id = p->client_id,
		.host = p->host,
		.transactional_id = p->txn_id ? p->txn_id->name : NULL,
		.producer_id = p->producer_id,
		.epoch = p->epoch,
		.member = p->open.member,
		.generation = p->open.generation,
		.began = p->open.began,
		.open = p->open.began == GROUP_UNKNOWN_TIME ? -1 : ts - p->open.began,
		.timeout = p->timeout,
		.confidence = 3,
	};
	return e;
}

static const char *words(struct groups *gs, const struct producer *p, const struct group_transaction_event *t)
{
	const char *name = kf_error_name(t->error), *who = producer_name(p);
	const char *id = t->transactional_id ? t->transactional_id : "?";

	switch (t->what) {
	case GROUP_TRANSACTION_CUT:
		return scratch_text(&gs->scratch, "%s aborted a transaction of %s: its group refused the offsets, %s", who, id,
		                    name ? name : "an error");
	case GROUP_TRANSACTION_UNCOVERED:
		return scratch_text(&gs->scratch, "%s committed a transaction of %s without its offsets: the group had refused "
		                    "them, %s", who, id, name ? name : "an error");
	case GROUP_TRANSACTION_TIMED_OUT:
		return scratch_text(&gs->scratch, "%s left a transaction of %s open for longer than transaction.timeout.ms: the "
		                    "coordinator gave it up", who, id);
	case GROUP_TRANSACTION_OVERDUE:
		return scratch_text(&gs->scratch, "%s has had a transaction of %s open for longer than transaction.timeout.ms", who,
		                    id);
	default:
		return scratch_text(&gs->scratch, "transactions of %s as %s", who, id);
	}
}

static const char *advice_of(enum group_transaction_what what)
{
	switch (what) {
	case GROUP_TRANSACTION_CUT:
		return ADVICE_CUT;
	case GROUP_TRANSACTION_UNCOVERED:
		return ADVICE_UNCOVERED;
	case GROUP_TRANSACTION_TIMED_OUT:
	case GROUP_TRANSACTION_OVERDUE:
		return ADVICE_LATE;
	default:
		return NULL;
	}
}

/* That the coordinator gave it up follows from its age and the refusal; the rest is on the wire. */
static uint8_t confidence_of(const struct producer *p, enum group_transaction_what what)
{
	if (what == GROUP_TRANSACTION_TIMED_OUT)
		return 2;
	if (what == GROUP_TRANSACTION_OVERDUE)
		return 3;
	return p->open.began != GROUP_UNKNOWN_TIME ? 3 : 2;
}

void transaction_tell(struct groups *gs, struct producer *p, enum group_transaction_what what, int16_t error,
                      const struct kafka_message *m)
{
	struct group_event e = base(p, what, m ? m->ts : gs->now);
	uint64_t evidence[3];
	size_t n = 0;

	if (p->open.began != GROUP_UNKNOWN_TIME)
		evidence[n++] = p->open.frame;
	if (p->open.refused != ERR_NONE && p->open.refused_frame)
		evidence[n++] = p->open.refused_frame;
	if (m)
		evidence[n++] = m->frame;
	e.transaction.error = error;
	e.transaction.confidence = confidence_of(p, what);
	e.transaction.text = words(gs, p, &e.transaction);
	e.transaction.advice = advice_of(what);
	e.transaction.evidence = evidence;
	e.transaction.n_evidence = n;
	emit(gs, &e);
}

static void look_at(struct groups *gs, struct producer *p)
{
	if (p->open.began == GROUP_UNKNOWN_TIME || p->timeout <= 0 || p->open.overdue || p->is_fenced)
		return;
	if (gs->now - p->open.began < p->timeout + LOOKS_EVERY)
		return;
	p->open.overdue = true;
	transaction_tell(gs, p, GROUP_TRANSACTION_OVERDUE, ERR_NONE, NULL);
}

void transactions_sweep(struct groups *gs)
{
	struct producer *p;

	if (gs->now - gs->producers->looked < SWEEP_PRODUCERS)
		return;
	gs->producers->looked = gs->now;
	DL_FOREACH(gs->producers->all, p)
		look_at(gs, p);
}

static void total(struct groups *gs, struct producer *p, int64_t ts)
{
	struct group_event e = base(p, GROUP_TRANSACTION_TOTAL, ts);

	e.transaction.open = p->longest;
	e.transaction.began = p->open.began;
	e.transaction.committed = p->committed;
	e.transaction.aborted = p->aborted;
	e.transaction.cut = p->cut;
	e.transaction.timed_out = p->timed_out;
	e.transaction.text = words(gs, p, &e.transaction);
	emit(gs, &e);
}

void transactions_finish(struct groups *gs, int64_t ts)
{
	struct producer *p;

	DL_FOREACH(gs->producers->all, p) {
		look_at(gs, p);
		if (p->committed + p->aborted + p->timed_out > 0)
			total(gs, p, ts);
	}
}
