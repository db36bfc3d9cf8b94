/* SPDX-License-Identifier: Apache-2.0
 *
 * What people and programs see: every message (decode) or every event (log), as text or as JSON Lines.
 * Nothing here reads a clock: the same input gives the same bytes.
 */
#ifndef REGROUP_OUTPUT_H
#define REGROUP_OUTPUT_H

#include <regroup/group.h>
#include <regroup/kafka.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- decode: one line per message ---------------------------------------------------------------- */

/* Everything is borrowed for the life of the decoder. */
struct decode_options {
	FILE *out;       /* the messages */
	FILE *err;       /* the summary; NULL for none */
	bool json;
	bool color;      /* text only */
	int verbose;     /* 1: text shows whole bodies, the summary lists unanswered requests */
	/* Filters; a message is shown when all of them agree. */
	uint64_t apis[2];      /* bit per API key 0-127; all zero for all */
	const char *group;     /* names this group, or answers a request that does; NULL for all */
	const char *client_id; /* NULL for all */
	bool errors_only;      /* responses that hold an error code other than 0 */
	uint64_t connection;   /* kafka_conn.id; 0 for all */
};

struct decode;

/* NULL when memory is out. */
struct decode *decode_new(const struct decode_options *options);
void decode_free(struct decode *d);

/* The sink to give to kafka_new. */
struct kafka_sink decode_kafka_sink(struct decode *d);

/* Hands what is buffered to `out`; for whenever somebody may be waiting. */
void decode_flush(struct decode *d);

/* The end: hands the rest to `out`, and writes the summary to `err`. */
void decode_finish(struct decode *d);

/* ---- log: one line (JSON) or block (text) per event ------------------------------------------------ */

struct log_options {
	FILE *out;
	bool json;
	bool color;
	bool live;         /* text also tells that a rebalance has begun */
	int verbose;       /* 1: text shows all members, moves and frames, and that a rebalance began */
	const char *group; /* glob ('*' and '?') over group names; NULL for all. Events of no group always pass */
	uint32_t types;    /* bit 1 << enum group_event_type; 0 for all */
};

struct log;

/* NULL when memory is out. */
struct log *log_new(const struct log_options *options);

/* What is still buffered is lost. NULL is fine. */
void log_free(struct log *l);

/* The event callback of groups_new; `ctx` is the struct log. */
void log_event(void *ctx, const struct group_event *e);

/* Hands what is buffered to `out`; for whenever somebody may be waiting, and at the end. */
void log_flush(struct log *l);

#endif
