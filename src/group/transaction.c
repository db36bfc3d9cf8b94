/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions (KIP-98): when they begin and end, and whose offsets they carry. Since KIP-890 partitions are not added by
 * themselves any more and every end raises the epoch.
 */
#include <regroup/messages.h>

#include <string.h>

#include "producer.h"

void transaction_begins(struct producer *p, const struct kafka_message *m)
{
	if (p->open.began != GROUP_UNKNOWN_TIME)
		return;
	p->open.began = m->ts;
	p->open.frame = m->frame;
}

void transaction_is_over(struct producer *p)
{
	text_free(p->open.group);
	text_free(p->open.member);
	p->open = (struct open_txn){ .began = GROUP_UNKNOWN_TIME, .generation = -1 };
}

/* A request of a transaction; NULL when it is one that nothing can be learned from. */
static struct ask *asked(struct groups *gs, const struct kafka_message *m, struct kf_bytes name, int64_t id, int32_t epoch)
{
	struct producer *p = name.len ? producer_speaks(gs, m, name, id, epoch) : NULL;

	return p ? ask_new(gs, p, m) : NULL;
}

static void refused(struct groups *gs, struct producer *p, int16_t error, const char *api, const struct kafka_message *m)
{
	if (!fence_told(gs, p, error, api, m))
		trouble_told(gs, p, m->api_key, error, NO_TOPIC, -1, m);
}

/* ---- AddPartitionsToTxn: from version 4 on it is brokers that verify ------------------------------------------ */

void add_partitions_request(struct groups *gs, const struct kafka_message *m)
{
	struct add_partitions_to_txn_request q;
	struct ask *a;

	if (m->version > 3 || kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK)
		return;
	a = asked(gs, m, q.v3_and_below_transactional_id, q.v3_and_below_producer_id, q.v3_and_below_producer_epoch);
	if (a && !a->producer->is_fenced)
		transaction_begins(a->producer, m);
}

void add_partitions_response(struct groups *gs, const struct kafka_message *m, struct ask *ask)
{
	struct add_partitions_to_txn_response_partition_result r;
	struct add_partitions_to_txn_response_topic_result t;
	struct add_partitions_to_txn_response a;
	int16_t error = ERR_NONE;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.results_by_topic_v3_and_below, &t))
		while (kf_next(&t.results_by_partition, &r))
			if (error == ERR_NONE)
				error = r.partition_error_code;
	if (error != ERR_NONE)
		refused(gs, ask->producer, error, "AddPartitionsToTxn", m);
}

/* ---- AddOffsetsToTxn ------------------------------------------------------------------------------------------ */

static void carries(struct producer *p, struct kf_bytes group)
{
	text_set(&p->group, group);
	text_set(&p->open.group, group);
}

void add_offsets_request(struct groups *gs, const struct kafka_message *m)
{
	struct add_offsets_to_txn_request q;
	struct ask *a;

	if (kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK)
		return;
	a = asked(gs, m, q.transactional_id, q.producer_id, q.producer_epoch);
	if (!a || a->producer->is_fenced)
		return;
	transaction_begins(a->producer, m);
	carries(a->producer, q.group_id);
}

void add_offsets_response(struct groups *gs, const struct kafka_message *m, struct ask *ask)
{
	struct add_offsets_to_txn_response a;

	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) == KF_OK && a.error_code != ERR_NONE)
		refused(gs, ask->producer, a.error_code, "AddOffsetsToTxn", m);
}

/* ---- TxnOffsetCommit, which commit.c reads -------------------------------------------------------------------- */

struct producer *transaction_commits(struct groups *gs, const struct kafka_message *m, struct kf_bytes name, int64_t id,
                                     int32_t epoch)
{
	struct producer *p = name.len && !m->conn->inter_broker ? producer_speaks(gs, m, name, id, epoch) : NULL;

	if (!p)
		return NULL;
	p->refs++;
	if (!p->is_fenced)
		transaction_begins(p, m);
	return p;
}

void transaction_committed(struct groups *gs, struct request *r, int16_t error, const struct kafka_message *m)
{
	struct producer *p = r->producer;
	const char *group = r->group->name;

	if (!p)
		return;
	if (p->open.began != GROUP_UNKNOWN_TIME && group)
		carries(p, (struct kf_bytes){ (const uint8_t *)group, (uint32_t)strlen(group) });
	if (error == ERR_NONE) {
		p->open.refused = ERR_NONE;
		return;
	}
	if (fence_told(gs, p, error, "TxnOffsetCommit", m))
		return;
	if (!error_takes_away(error)) {
		producer_count_error(p, error, 1);
		return;
	}
	producer_count_error(p, error, 1);
	if (p->open.began == GROUP_UNKNOWN_TIME)
		return;
	p->open.refused = error;
	p->open.refused_frame = m->frame;
	p->open.generation = r->generation;
	text_free(p->open.member);
	p->open.member = r->member ? text_share(r->member->id) : NULL;
}

/* ---- EndTxn --------------------------------------------------------------------------------------------------- */

void end_txn_request(struct groups *gs, const struct kafka_message *m)
{
	struct end_txn_request q;
	struct ask *a;

	if (kf_decode(m->schema, m->version, &m->body, &q, NULL) != KF_OK)
		return;
	a = asked(gs, m, q.transactional_id, q.producer_id, q.producer_epoch);
	if (a)
		a->commit = q.committed;
}

/* KIP-890: a new epoch, and with the last one a new producer id. Told once: it says nothing about fencing. */
static void raised(struct groups *gs, struct producer *p, const struct end_txn_response *a, const struct kafka_message *m)
{
	const uint64_t evidence[1] = { m->frame };
	bool first = !p->bumped_by_end;
	struct group_event e;

	if (a->producer_epoch < 0 || a->producer_id < 0)
		return;
	if (a->producer_id == p->producer_id && a->producer_epoch <= p->epoch)
		return;
	p->producer_id = a->producer_id;
	p->epoch = a->producer_epoch;
	p->bumped_by_end = true;
	if (!first)
		return;
	e = producer_event(p, GROUP_PRODUCER_BUMPED, m);
	e.producer.each_transaction = true;
	e.producer.api = "EndTxn";
	e.producer.text = scratch_text(&gs->scratch, "%s has its epoch raised with every transaction (KIP-890): that is no "
	                               "fencing", producer_name(p));
	e.producer.evidence = evidence;
	e.producer.n_evidence = 1;
	emit(gs, &e);
}

static void count_end(struct producer *p, bool commit, int64_t at)
{
	int64_t open = p->open.began == GROUP_UNKNOWN_TIME ? -1 : at - p->open.began;

	p->longest = open > p->longest ? open : p->longest;
	p->committed += commit;
	p->aborted += !commit;
}

void end_txn_response(struct groups *gs, const struct kafka_message *m, struct ask *ask)
{
	struct producer *p = ask->producer;
	struct end_txn_response a;

	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	if (a.error_code != ERR_NONE) {
		refused(gs, p, a.error_code, "EndTxn", m);
		return;
	}
	raised(gs, p, &a, m);
	count_end(p, ask->commit, ask->at);
	if (p->open.refused != ERR_NONE) {
		p->cut += !ask->commit;
		transaction_tell(gs, p, ask->commit ? GROUP_TRANSACTION_UNCOVERED : GROUP_TRANSACTION_CUT, p->open.refused, m);
	}
	transaction_is_over(p);
}
