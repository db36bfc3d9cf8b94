/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers. One with a transactional id is known by that and by who speaks for it; a process that takes the id over is
 * another producer, and so is one that begins anew under the same client id. One without is known by client and producer
 * id. The file that a step is in:
 *
 *   producer.c       the table; producer_init.c  InitProducerId; producer_fence.c  who was fenced by whom
 *   produce.c        Produce; produce_head.c  the first bytes of its requests; producer_errors.c  what was refused
 *   transaction.c    AddPartitionsToTxn, AddOffsetsToTxn, EndTxn and TxnOffsetCommit
 *   transaction_report.c  what is said of them; metadata_storm.c  Metadata; producer_view.c  a look at all
 *
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_PRODUCER_H
#define REGROUP_GROUP_PRODUCER_H

#include "correlator.h"

#define PRODUCER_ERRORS 8 /* error codes that are counted one by one */

enum {
	ERR_OUT_OF_ORDER_SEQUENCE = 45,
	ERR_DUPLICATE_SEQUENCE = 46,
	ERR_INVALID_PRODUCER_EPOCH = 47,
	ERR_INVALID_TXN_STATE = 48,
	ERR_INVALID_PRODUCER_ID_MAPPING = 49,
	ERR_CONCURRENT_TRANSACTIONS = 51,
	ERR_UNKNOWN_PRODUCER_ID = 59,
	ERR_PRODUCER_FENCED = 90,
	ERR_TRANSACTION_ABORTABLE = 120,
};

struct claim;
struct transactional;

/* The transaction that is open, as far as it was seen. */
struct open_txn {
	int64_t began; /* GROUP_UNKNOWN_TIME: none */
	uint64_t frame;
	bool overdue;  /* was told so */
	int16_t refused; /* by the group, since it last took offsets of this transaction */
	uint64_t refused_frame;
	int32_t generation;
	const char *group, *member; /* whose offsets it carries */
};

struct producer {
	UT_hash_handle hh;    /* by key; those without a transactional id */
	uint64_t key;
	struct producer *next, *prev;         /* in the order first seen */
	struct producer *lru_next, *lru_prev; /* by `touched`, oldest first */
	struct transactional *txn_id;         /* NULL: none, or not known */
	struct producer *id_next, *id_prev;   /* of the same */
	uint64_t client;      /* digest of host and client id */
	const char *client_id, *host, *software;
	int64_t producer_id;  /* -1 */
	int32_t epoch;        /* -1 */
	uint32_t refs;        /* requests under way */
	int64_t first, last, touched;
	int64_t settled;      /* latest InitProducerId that was answered without an error, 0 none seen */
	int64_t timeout;      /* of transactions, ns, -1 */
	struct open_txn open;
	const char *group;    /* of the latest transaction with offsets; a text of its own */
	uint64_t requests, without_answer, committed, aborted, cut, timed_out;
	int64_t longest;      /* transaction, ns, -1 */
	uint32_t fenced, bumps;
	bool is_fenced;       /* and has not got a new epoch since */
	bool lapsed;          /* its transaction timed out, the same */
	bool bumped_by_end;   /* KIP-890: every transaction has an epoch of its own */
	bool plain;           /* its batches carry no producer id */
	struct {
		int16_t error;
		uint64_t times;
	} errors[PRODUCER_ERRORS];
	uint64_t other_errors;
};

/* InitProducerId for a transactional id. */
struct claim {
	struct producer *by; /* NULL: forgotten */
	uint64_t connection;
	int32_t correlation_id;
	bool answered;       /* without an error */
	int64_t asked_at;
	uint64_t frame, answer_frame;
	int32_t epoch;       /* as answered */
};

#define CLAIMS_KEPT 8
#define OWNERS_KEPT 32

struct transactional {
	UT_hash_handle hh; /* by name */
	const char *name;
	struct producer *owners; /* oldest first */
	uint32_t n_owners;
	struct claim claim[CLAIMS_KEPT]; /* latest */
	uint32_t n_claims;               /* ever */
};

/* A request of a producer between its message and its answer. */
struct ask {
	struct ask *next_free;
	struct producer *producer;
	struct transactional *txn_id;
	uint32_t claim;     /* InitProducerId: its number there, counted from 1; 0 none */
	int64_t asked_id;   /* InitProducerId: the producer id that it has, -1 */
	int64_t at;
	uint64_t frame;
	bool fresh, commit;
};

#define CONN_SLOTS 1024 /* a power of two */
#define PRODUCERS_MOST 65536

struct askers;
struct trouble;

struct producers {
	struct transactional *by_name;
	struct producer *by_key;
	struct producer *all, *oldest;
	struct ask *free_asks;
	struct {
		uint64_t conn; /* kafka_conn.id, 0 none */
		struct producer *producer;
	} on[CONN_SLOTS]; /* who produces on a connection, as far as it was seen */
	struct trouble *troubles; /* errors that go on */
	uint32_t n, n_troubles;
	int64_t swept, looked;
};

/* ---- producer.c */
struct producers *producers_of(struct groups *gs); /* NULL when memory is out */
void producers_free(struct groups *gs);

/* Which messages it wants, and whether it has taken one. */
enum kafka_want producer_want(int16_t api_key, enum kf_direction direction, bool *known);
bool producer_message(struct groups *gs, const struct kafka_message *m);
bool producer_dropped(struct groups *gs, int16_t api_key, uint64_t note);
void producers_advance(struct groups *gs);
void producers_finish(struct groups *gs, int64_t ts);

uint64_t producer_client(const struct kafka_message *m); /* digest of host and client id, never 0 */
const char *producer_name(const struct producer *p);     /* client id or "?" */

/* A new one that speaks here; of this transactional id, or with this producer id (-1: none). NULL when memory is out. */
struct producer *producer_new(struct groups *gs, const struct kafka_message *m, struct transactional *t, int64_t id);
struct transactional *transactional_of(struct groups *gs, struct kf_bytes name);

/* Who sends this for a transactional id, by client and epoch (-1 unknown); NULL when it was not met yet. */
struct producer *producer_owner(const struct transactional *t, uint64_t client, int32_t epoch);
/* The same, made when it was not met. */
struct producer *producer_speaks(struct groups *gs, const struct kafka_message *m, struct kf_bytes name, int64_t id,
                                 int32_t epoch);
/* Without a transactional id; NULL when it was not met. */
struct producer *producer_find(const struct producers *ps, uint64_t client, int64_t id);
void producer_rekey(struct producers *ps, struct producer *p, int64_t id);

void producer_touch(struct producers *ps, struct producer *p, int64_t now);
void producer_on(struct producers *ps, const struct kafka_conn *c, struct producer *p);
struct producer *producer_on_conn(const struct producers *ps, const struct kafka_conn *c);
void producer_count_error(struct producer *p, int16_t error, uint32_t times);

struct ask *ask_new(struct groups *gs, struct producer *p, const struct kafka_message *m);
void ask_free(struct producers *ps, struct ask *a);

/* An event of this producer, as far as it is the same for all. */
struct group_event producer_event(const struct producer *p, enum group_producer_what what, const struct kafka_message *m);

/* ---- producer_init.c */
void init_producer_request(struct groups *gs, const struct kafka_message *m);
void init_producer_response(struct groups *gs, const struct kafka_message *m, struct ask *a);

/* ---- producer_fence.c: is it an error that only a producer of former days gets? Then it was told. */
bool fence_told(struct groups *gs, struct producer *p, int16_t error, const char *api, const struct kafka_message *m);

/* ---- produce.c, produce_head.c */
struct produce_head {
	bool transactional_known; /* version 3 and later */
	struct kf_bytes transactional_id;
	int16_t acks;
	bool batch; /* the header of the first batch was there */
	int64_t producer_id;
	int32_t epoch, sequence;
};

/* False when not even the first fields are there. */
bool produce_head(const struct kafka_message *m, struct produce_head *out);
bool produce_taken(const struct kafka_message *m); /* an answer without an error, for certain */
void produce_request(struct groups *gs, const struct kafka_message *m);
void produce_response(struct groups *gs, const struct kafka_message *m);

/* ---- producer_errors.c */
/* An answer to a request of this API: `times` partitions, one of them that of `topic` (NO_TOPIC: of none). */
void trouble_told(struct groups *gs, struct producer *p, int16_t api_key, int16_t error, uint32_t topic, int32_t partition,
                  const struct kafka_message *m);
void trouble_metadata(struct groups *gs, uint64_t client, int64_t at); /* the client asks for metadata */
void troubles_advance(struct groups *gs, bool all);
void trouble_forget(struct groups *gs, struct producer *p); /* without a word */

/* ---- transaction.c */
void add_partitions_request(struct groups *gs, const struct kafka_message *m);
void add_partitions_response(struct groups *gs, const struct kafka_message *m, struct ask *a);
void add_offsets_request(struct groups *gs, const struct kafka_message *m);
void add_offsets_response(struct groups *gs, const struct kafka_message *m, struct ask *a);
void end_txn_request(struct groups *gs, const struct kafka_message *m);
void end_txn_response(struct groups *gs, const struct kafka_message *m, struct ask *a);

/* TxnOffsetCommit, for the group's side of it: the producer, held until the answer (error 0: taken). */
struct producer *transaction_commits(struct groups *gs, const struct kafka_message *m, struct kf_bytes name, int64_t id,
                                     int32_t epoch);
void transaction_committed(struct groups *gs, struct request *r, int16_t error, const struct kafka_message *m);
void producer_unref(struct producer *p);

void transaction_begins(struct producer *p, const struct kafka_message *m);
void transaction_is_over(struct producer *p);

/* ---- transaction_report.c */
void transaction_tell(struct groups *gs, struct producer *p, enum group_transaction_what what, int16_t error,
                      const struct kafka_message *m);
void transactions_sweep(struct groups *gs);
void transactions_finish(struct groups *gs, int64_t ts);

/* ---- metadata_storm.c */
void metadata_asked(struct groups *gs, const struct kafka_message *m);
void metadata_refused(struct groups *gs, const struct kafka_message *m, int16_t error, struct kf_bytes topic);
void askers_advance(struct groups *gs, bool all);
void askers_free(struct groups *gs);

#endif
