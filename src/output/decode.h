/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of decode share.
 */
#ifndef REGROUP_OUTPUT_DECODE_H
#define REGROUP_OUTPUT_DECODE_H

#include "body.h"
#include "json_body.h"
#include "line.h"
#include "protocols.h"

#include <regroup/json.h>
#include <regroup/output.h>
#include <regroup/pool.h>

/* What a connection is called in the output, made once. In kafka_conn.user. */
struct decode_conn {
	char client[NET_ENDPOINT_TEXT], server[NET_ENDPOINT_TEXT];
	uint8_t client_len, server_len;
};

struct decode_counts {
	uint64_t messages, unknown, truncated, malformed, no_request, unanswered, raw_sasl;
	uint64_t connections, opaque;
};

/* What a response needs of its request: its note points here. */
struct decode_request {
	uint64_t frame;
	uint64_t group; /* protocols_key */
	struct blob_protocol protocol;
	bool matched; /* the group filter let it through */
	uint16_t facts_len;
	char facts[]; /* with errors_only: of the text line, DECODE_FACTS bytes at most */
};

#define DECODE_FACTS 400

struct decode {
	struct decode_options options;
	struct plans *plans;
	struct protocols *protocols;
	struct body body;
	struct json json;
	struct json_body json_body;
	struct line line;       /* text output */
	struct line facts;      /* of a request, being remembered */
	struct line unanswered; /* what -v lists at the end */
	struct pool *requests;
	struct decode_counts counts;
	struct decode_conn nameless; /* when there is no memory for a connection's own */
	unsigned endpoint_width[2];  /* text columns: widest client and server so far */
};

/* A message after decoding. */
struct decode_view {
	const struct kafka_message *m;
	const struct decode_conn *conn;
	const struct decode_request *request; /* that a response answers; NULL when it is not known */
	const struct plan *plan; /* NULL: the body is opaque */
	bool body;               /* level[0] has it, or its leading fields */
	const char *status;      /* as the machine output names it */
	struct kf_error error;   /* when malformed */
};

/* Keeps what the response to the request in `v` will need, of which `facts` were found. */
void decode_remember(struct decode *d, const struct decode_view *v, const struct body_facts *facts);

/* The request with this note, NULL when there is none; and the end of it. */
struct decode_request *decode_recall(uint64_t note);
void decode_forget(struct decode *d, uint64_t *note);

void decode_json_line(struct decode *d, const struct decode_view *v);
void decode_text_line(struct decode *d, const struct decode_view *v);

/* The facts of the message in level[0] that matter for its API; `whole` when it was decoded to its end. */
void decode_text_facts(struct line *l, struct body *b, const struct plan *p, const struct kafka_message *m,
                       bool whole);

/* The whole message in level[0], indented. */
void decode_text_tree(struct line *l, struct body *b, const struct plan *p);

#endif
