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

/* ---- apis: the message tables ---------------------------------------------------------------------- */

#define APIS_KEYS 128 /* no API has a higher key */

/* One line per API: key, name, versions, headers. */
void apis_list(FILE *out, bool json, bool color);

/* The fields of the API `key`, which is known, in both directions; of one version, or of all (-1). */
void apis_describe(FILE *out, int16_t key, int version, bool json, bool color);

/* ---- log: one line (JSON) or block (text) per event ------------------------------------------------ */

struct log_options {
	FILE *out;
	bool json;
	bool color;
	bool live;         /* text also tells that a rebalance has begun */
	int verbose;       /* 1: text shows all members, moves and frames, and that a rebalance began */
	const char *group; /* glob ('*' and '?') over group names; NULL for all. Events of no group always pass */
	uint32_t types;    /* bit 1 << enum group_event_type; 0 for all */
	/* Text: tells every line. Otherwise gaps and unreadable connections in a row are one line, and so is what a group
	 * repeats for the third time and more: the same causes by the same members in the same order. */
	bool uncollapsed;
	unsigned columns; /* text: that its lines should keep to; 0: 100 */
};

struct log;

/* NULL when memory is out. */
struct log *log_new(const struct log_options *options);

/* Shows only what lies in this time, both ends included; what was under way at either end does. 0 for no end.
 * The summary is always shown. */
void log_window(struct log *l, int64_t since, int64_t until);

/* What is still buffered is lost. NULL is fine. */
void log_free(struct log *l);

/* The event callback of groups_new; `ctx` is the struct log. The summary is the last event: what is being summed up is
 * told before it. */
void log_event(void *ctx, const struct group_event *e);

/* Hands what is buffered to `out`; for whenever somebody may be waiting, and at the end. */
void log_flush(struct log *l);

/* ---- why: the verdict on each group --------------------------------------------------------------- */

struct why_options {
	FILE *out;
	bool json;         /* one object a line for each group, then one for the capture */
	bool color;
	const char *group; /* glob over group names; NULL for all */
	uint32_t most;     /* text: groups that get a page of their own; 0 for 10 */
};

struct why;

/* NULL when memory is out. */
struct why *why_new(const struct why_options *options);
void why_free(struct why *w); /* NULL is fine */

/* The callback for groups_each before the summary: how far the group is behind. */
void why_view(void *ctx, const struct group_view *v);

/* The same for groups_each_producer. */
void why_producer(void *ctx, const struct group_producer_view *v);

/* The event callback of groups_new; `ctx` is the struct why. The summary is the last event: it makes the verdicts be
 * printed, the groups that were not stable for longest first. */
void why_event(void *ctx, const struct group_event *e);

/* ---- explain: what causes, storms, other events and errors mean ---------------------------------------- */

/* Causes come first, by id, then the classes of storms, then all else that is told. */
size_t explain_count(void);
const char *explain_name(size_t i);
const char *explain_other_name(size_t i, size_t k); /* the k-th, NULL when there are fewer */

/* By id ("R9", "r9"), name ("session timeout", "rolling-restart"), the name of an event ("commit-failed"), or of an error
 * or its code ("FENCED_MEMBER_EPOCH", "110"); false when nothing is called that. */
bool explain_find(const char *what, size_t *out);

void explain_print(FILE *out, size_t i, bool json, bool color);
void explain_list(FILE *out, bool json, bool color);

#endif
