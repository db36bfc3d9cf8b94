/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of log share.
 */
#ifndef REGROUP_OUTPUT_LOG_H
#define REGROUP_OUTPUT_LOG_H

#include "line.h"

#include <regroup/json.h>
#include <regroup/output.h>

#define LOG_RUN_KINDS 4

/* Lines of one kind in a row, see log_collapse. */
struct log_run {
	enum group_event_type type;
	uint64_t n; /* 0: none */
	uint64_t packets, bytes;
	int64_t from, to;
	char what[48];  /* of gaps */
	struct {
		uint64_t n;
		char name[24];
	} kind[LOG_RUN_KINDS]; /* of connections, in the order met */
};

struct log {
	struct log_options options;
	struct json json;
	struct line line;
	struct line first; /* the first line of the run, for when it stays alone */
	struct log_run run;
	struct log_commits *commits; /* that are refused again and again; made when needed */
	struct log_loops *loops; /* what groups repeat; made when needed */
	int64_t since, until;    /* 0: no end */
};

/* Takes the event into the run it belongs to; false when it is to be printed. */
bool log_collapse(struct log *l, const struct group_event *e);
void log_collapse_end(struct log *l);

/* '*' is any run, '?' any one byte. */
bool log_glob(const char *pattern, const char *text);

/* Takes the event into the loop that its group is in; false when it is to be printed. */
bool log_loops(struct log *l, const struct group_event *e);
void log_loops_end(struct log *l);
void log_loops_free(struct log_loops *loops);

/* Takes a refused commit that is like one that was printed; false when it is to be printed. */
bool log_commits(struct log *l, const struct group_event *e);
void log_commits_end(struct log *l);
void log_commits_free(struct log_commits *commits);

void log_json_event(struct json *j, const struct group_event *e);
/* {"orders":[0,1]} */
void log_json_partitions(struct json *j, const struct group_partitions *topics, size_t n);
void log_json_started(struct json *j, const struct group_rebalance *r);
void log_json_resumed(struct json *j, const struct group_resumed_event *r);
void log_json_storm(struct json *j, const struct group_storm_event *s);
void log_json_refused(struct json *j, const struct group_refused_event *r);
/* False: something was acknowledged, and the answers that delivered it are not in the capture. */
bool log_deliveries_seen(const struct group_delivery_event *d);

void log_json_admin(struct json *j, const struct group_admin_event *a);
void log_json_broker(struct json *j, const struct group_broker_event *b);
void log_json_rebalance(struct json *j, const struct group_rebalance *r);

void log_text_event(struct line *l, const struct group_event *e, bool verbose);

/* Producers, their transactions, and clients that ask for metadata in a loop. */
void log_json_producer(struct json *j, const struct group_producer_event *p);
void log_json_transaction(struct json *j, const struct group_transaction_event *t);
void log_json_metadata_storm(struct json *j, const struct group_metadata_storm_event *s);
void log_text_producer(struct line *l, const struct group_event *e, bool verbose);
void log_text_transaction(struct line *l, const struct group_event *e, bool verbose);
void log_text_metadata_storm(struct line *l, const struct group_event *e);

void log_text_refused(struct line *l, const struct group_event *e);
void log_text_admin(struct line *l, const struct group_event *e);
void log_text_broker(struct line *l, const struct group_event *e);

/* What would end it is told when it is over, and at once to whoever watches it come. */
void log_text_resumed(struct line *l, const struct group_resumed_event *r);
void log_text_storm(struct line *l, const struct group_event *e, bool advice);

/* How the members of a rebalance are called: by their client ids, made unique where two have the same. */
struct log_names {
	const struct group_rebalance *of;
	bool alike; /* some have the same */
};

/* The block of a rebalance: a line that says what, and labelled rows that say why, how long, who and where to. */
void log_text_rebalance(struct line *l, const struct group_event *e, bool verbose);
void log_text_members(struct line *l, const struct log_names *names, bool verbose);
void log_text_moves(struct line *l, const struct log_names *names, bool verbose);

/* What the partitions of a group of this kind are: numbers, or "connector, tasks 0-2". */
void log_shares(struct line *l, enum group_kind kind, const int32_t *p, size_t n);

/* Rows that only groups of one kind have: Connect, Streams, Schema Registry. */
void log_text_kind(struct line *l, const struct group_rebalance *r, bool verbose);
void log_json_kind(struct json *j, const struct group_rebalance *r);
void log_json_kind_member(struct json *j, const struct group_rebalance *r, const struct group_rebalance_member *m);

/* Columns: where the text of every line and row starts, and where it should end. */
#define LOG_TEXT_COLUMN 14
#define LOG_COLUMNS 100

/* "10:56:07.036  checkout  ": the time, and the group in bold if there is one. */
void log_head(struct line *l, const struct group_event *e);

/* Begins a row of a block. */
void log_row(struct line *l, const char *label);

/* The words of a text, going on under the row's text when the line is full. */
void log_words(struct line *l, const char *text);

/* Ends the line; what would help is another, NULL for nothing. */
void log_advice(struct line *l, const char *advice);

/* A new line under the row's text when `columns` more do not fit; the column that lines end at. */
void log_wrap(struct line *l, unsigned columns);
unsigned log_limit(const struct line *l);

/* "0-2,5" of ascending numbers. */
void log_partitions(struct line *l, const int32_t *p, size_t n);

/* See struct log_names. */
struct log_names log_names(const struct group_rebalance *r);

/* Of the member with this member or instance id. */
void log_member_name(struct line *l, const struct log_names *names, const char *id);

#endif
