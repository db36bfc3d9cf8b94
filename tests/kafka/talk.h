/* SPDX-License-Identifier: Apache-2.0
 *
 * A conversation between a client and a broker as bytes, a way to feed it in pieces, and a record of what
 * came out.
 */
#ifndef TESTS_KAFKA_TALK_H
#define TESTS_KAFKA_TALK_H

#include <regroup/kafka.h>

#include "fake_net.h"

#define TALK_BYTES (64u << 10)
#define TALK_LINES 512
#define TALK_LINE  200

/* Bytes being put together. */
struct bytes {
	uint8_t at[TALK_BYTES];
	uint32_t len;
};

void put8(struct bytes *b, int v);
void put16(struct bytes *b, int v);
void put32(struct bytes *b, int64_t v);
void put64(struct bytes *b, int64_t v);
void put_text(struct bytes *b, const char *s);    /* int16 length; NULL: null */
void put_compact(struct bytes *b, const char *s); /* uvarint length + 1, below 127 */
void put_raw(struct bytes *b, const void *p, uint32_t n);
/* One record batch of magic 2 with `payload` bytes behind its header. */
void put_batch(struct bytes *b, uint32_t payload);

/* Both directions, and their frames in the order in which they were said. */
struct talk {
	struct bytes dir[2];
	struct {
		unsigned dir;
		uint32_t at, len; /* with the length prefix */
	} frame[256];
	int n;
};

/* A frame with header 1 (2 for `flexible`). */
void talk_request(struct talk *t, int key, int version, int id, const char *client, const struct bytes *body,
		  bool flexible);
void talk_response(struct talk *t, int id, const struct bytes *body, bool flexible);
void talk_token(struct talk *t, unsigned dir, const void *p, uint32_t n);

/* Exchanges of real layouts, request and answer. */
void talk_api_versions(struct talk *t, int id, const char *client);                        /* v3 both ways */
void talk_heartbeat(struct talk *t, int id, const char *client, int generation);           /* v0 */
void talk_produce(struct talk *t, int id, const char *client, int acks, uint32_t payload); /* v3 */
void talk_fetch(struct talk *t, int id, const char *client, uint32_t payload);             /* v4 */
void talk_sample(struct talk *t); /* some of everything */

/* What came out, one line a message, in order of the callbacks. */
struct heard {
	char line[TALK_LINES][TALK_LINE];
	int n;
	int n_dir[2];
	int n_status[8];
	int dropped, gaps, bulk_gaps, kinds, fins, rsts, ended;
	enum kafka_kind kind;
	struct net_endpoint client;
	bool inter_broker;
	char software[64], mechanism[64];
	int64_t latency;
	enum kafka_want want;
	uint64_t next_note;
	const struct kafka_conn *conn; /* of the latest message, until it ends */
};

struct ear {
	struct kafka *k;
	struct net_sink in;
	struct net_conn net;
	struct heard heard;
	uint64_t frame;
};

void ear_open(struct ear *e, bool from_start);
void ear_open_with(struct ear *e, bool from_start, size_t frame_bytes, size_t memory, enum kafka_want want);
/* One piece; each is a packet of its own, 1 ms after the one before. */
void ear_data(struct ear *e, unsigned dir, const void *p, uint64_t n);
void ear_data_at(struct ear *e, unsigned dir, const void *p, uint64_t n, bool segment_start);
void ear_hole(struct ear *e, unsigned dir, uint64_t n);
void ear_end(struct ear *e, unsigned dir, enum net_end why);
/* Ends with NET_STOP unless it has ended, and frees. */
void ear_close(struct ear *e);

/* The talk in whole frames, in order. */
void ear_talk(struct ear *e, const struct talk *t);
/* Each direction whole, the client's first. */
void ear_both(struct ear *e, const struct talk *t);

/* True when both heard the same messages, those of each direction in the same order. */
bool heard_same(const struct heard *a, const struct heard *b);
/* True when `line` is in `h`. */
bool heard_has(const struct heard *h, const char *line);

#endif
