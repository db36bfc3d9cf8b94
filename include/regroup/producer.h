/* SPDX-License-Identifier: Apache-2.0
 *
 * What the correlator says of producers and their transactions (KIP-98, KIP-360, KIP-588, KIP-890), and of clients that
 * ask for metadata in a loop. Part of <regroup/group.h>, which includes it. Strings are borrowed for the callback; NULL
 * is "not known".
 */
#ifndef REGROUP_PRODUCER_H
#define REGROUP_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct groups;
struct group_partitions;

enum group_producer_what {
	GROUP_PRODUCER_STARTED, /* got a producer id */
	GROUP_PRODUCER_BUMPED,  /* its epoch went up: on its own request, or (told once) with every transaction */
	GROUP_PRODUCER_FENCED,
	GROUP_PRODUCER_REFUSED, /* requests of it were answered with one error */
	GROUP_PRODUCER_WHATS,
};

const char *group_producer_what_name(enum group_producer_what w); /* "started", "epoch-bumped", "fenced", "refused" */

struct group_producer_event {
	enum group_producer_what what;
	const char *client_id, *host, *software; /* FENCED: the victim */
	const char *transactional_id; /* NULL when it has none, or it is not known */
	int64_t producer_id;          /* -1 not known */
	int32_t epoch;                /* as far as it is known; -1 */
	const char *by_client_id, *by_host; /* FENCED: who did it; STARTED: whose transactional id it took over */
	int32_t by_epoch;             /* FENCED: what the fencer got, -1 */
	bool each_transaction;        /* BUMPED: by EndTxn (KIP-890), as every transaction does from now on */
	uint8_t confidence;           /* 0-3: C0 ... C3 */
	const char *api;              /* that told the error, or the new epoch */
	int16_t error;                /* 0 none */
	bool over;                    /* REFUSED: there was no more of it for a while; false: goes on */
	uint32_t times;               /* REFUSED: answers with this error, from `first` to `last` */
	uint32_t refreshes;           /* REFUSED: Metadata requests that the client sent because of them */
	int64_t first, last;
	const struct group_partitions *topics; /* REFUSED by Produce: the first of the partitions that were */
	size_t n_topics;
	uint32_t partitions;          /* all of them, each as often as it was refused */
	const char *text;             /* one sentence for a person */
	const char *advice;           /* NULL when there is nothing to do */
	const uint64_t *evidence;     /* frame numbers, ascending */
	size_t n_evidence;
};

enum group_transaction_what {
	GROUP_TRANSACTION_CUT,       /* aborted after the group had refused its offsets */
	GROUP_TRANSACTION_UNCOVERED, /* committed although the group had refused its offsets */
	GROUP_TRANSACTION_TIMED_OUT, /* was open for longer than transaction.timeout.ms: the coordinator gave it up */
	GROUP_TRANSACTION_OVERDUE,   /* is open for longer than that; what the coordinator did was not seen */
	GROUP_TRANSACTION_TOTAL,     /* all of one producer, when the capture ends */
	GROUP_TRANSACTION_WHATS,
};

/* "cut", "committed-without-offsets", "timed-out", "overdue", "total" */
const char *group_transaction_what_name(enum group_transaction_what w);

/* The group of the event is the one whose offsets the transaction carries, NULL for none. */
struct group_transaction_event {
	enum group_transaction_what what;
	const char *client_id, *host;
	const char *transactional_id;
	int64_t producer_id; /* -1 not known */
	int32_t epoch;       /* -1 */
	const char *member;  /* CUT, UNCOVERED: that the offsets were of */
	int32_t generation;  /* and its generation, -1 */
	int16_t error;       /* that refused them, or told of the end; 0 none */
	int64_t began;       /* first sign of it, GROUP_UNKNOWN_TIME */
	int64_t open;        /* ns that it was; TOTAL: the longest; -1 not known */
	int64_t timeout;     /* ns, transaction.timeout.ms as InitProducerId said it; -1 not seen */
	uint64_t committed, aborted, cut, timed_out; /* TOTAL */
	uint8_t confidence;
	const char *text, *advice;
	const uint64_t *evidence;
	size_t n_evidence;
};

/* A client that asks for metadata in a loop: more than twice a second, for 30 requests and more. */
struct group_metadata_storm_event {
	bool ended;          /* false: it has just been recognised */
	bool over;           /* ended only: false when it is only the capture that ended */
	const char *client_id, *host, *software;
	uint64_t requests;   /* so far */
	uint64_t refused;    /* answers that held an error for a topic */
	int16_t error;       /* the first of these; 0 none */
	const char *topic;   /* and its topic */
	int64_t first, last;
	const char *advice;
	uint64_t frame;      /* of the request that made it one */
};

/* ---- a look at the producers as they are now ------------------------------------------------------------- */

struct group_producer_error {
	int16_t error;
	uint64_t times; /* partitions, of Produce; else answers */
};

struct group_producer_view {
	const char *client_id, *host, *software;
	const char *transactional_id; /* NULL: none, or not known */
	int64_t producer_id;          /* -1: not idempotent, or not known */
	int32_t epoch;
	const char *state;            /* "ready", "in transaction", "fenced", "acks=0" ..., static text */
	const char *group;            /* whose offsets its transactions carry; NULL */
	uint64_t requests;            /* Produce */
	uint64_t without_answer;      /* of these, with acks=0 */
	const struct group_producer_error *errors; /* by how often, most first */
	size_t n_errors;
	uint64_t refused;             /* sum of their times */
	uint32_t fenced;              /* times that it was */
	uint32_t bumps;               /* of its epoch, on its own request */
	uint64_t committed, aborted, cut, timed_out; /* transactions */
	int64_t open_since;           /* GROUP_UNKNOWN_TIME outside of a transaction */
	int64_t timeout;              /* of transactions, ns; -1 not seen */
	int64_t first, last;          /* seen */
};

/* Calls `each` for every producer that is remembered, in the order they were first seen; a view is borrowed for the
 * call. May be called from an event. */
void groups_each_producer(const struct groups *g, void *ctx,
                          void (*each)(void *ctx, const struct group_producer_view *v));

#endif
