/* SPDX-License-Identifier: Apache-2.0
 *
 * What this module keeps of a connection, and the steps a piece of its streams goes through:
 *
 *   kafka.c    the door: pieces and ends from net
 *   stream.c   the mode of a direction; hold.c keeps what has to wait
 *   recognise.c, resync.c  find frames; judge.c weighs bytes
 *   frame.c    cuts frames; head.c registers and pairs; body.c keeps or counts; sasl.c knows bare tokens
 *   again.c    the short way past these of a request that was sent before
 *   message.c  hands out; conn.c life and names
 */
#ifndef REGROUP_KAFKA_CONN_H
#define REGROUP_KAFKA_CONN_H

#include "again.h"
#include "buffer.h"
#include "header.h"
#include "names.h"
#include "pair.h"

#include <regroup/kafka.h>

enum stream_mode {
	MODE_START,  /* not known what this is */
	MODE_SYNC,   /* at or inside a frame */
	MODE_RESYNC, /* looking for the next frame */
	MODE_DEAF,   /* opaque or of no interest */
};

/* What is left of a piece on its way. */
struct run {
	const uint8_t *ptr; /* NULL in a hole */
	uint64_t len;
	int64_t ts;
	uint64_t frame;
	bool start; /* ptr is the first payload byte of a TCP segment */
};

struct held; /* hold.c */

enum stage { STAGE_NONE, STAGE_LENGTH, STAGE_HEAD, STAGE_BODY };
enum keep { KEEP_NOT, KEEP_START, KEEP_ALL, KEEP_SCAN };

/* Of one direction, while a frame spans pieces or pieces have to wait. */
struct work {
	/* what waits, oldest first */
	struct held *first, *last;
	uint32_t n_held, held_bytes;
	uint64_t own_frame,
		other_frame; /* latest packets of this direction and of the other while something waits */
	int64_t own_ts;

	/* the frame in progress */
	uint8_t stage; /* enum stage; STAGE_NONE: none */
	uint8_t keep;  /* enum keep */
	uint8_t n_prefix;
	uint8_t prefix[4];
	bool cut;    /* bytes that were wanted are lost */
	bool known;  /* `head` is set */
	bool token;  /* a SASL token without header */
	bool paired; /* responses: `request` is set */
	uint32_t size, got;
	int64_t ts_first;
	uint64_t frame_first;
	uint64_t serial;                 /* requests: in the ring, 0 when not there */
	const struct kafka_names *names; /* requests: a reference */
	struct pending request;          /* responses: taken out of the ring, with its reference */
	struct head head;
	struct buffer bytes; /* of the head until it is complete, then of the body */
	struct buffer skips; /* struct kf_skip */
	uint64_t skip_left;
	struct kf_scan scan;
};

struct stream {
	struct work *work;
	int64_t last; /* time of the last piece */
};

/* The flags of one direction. */
struct side {
	uint8_t mode : 2;  /* enum stream_mode */
	uint8_t fin : 2;   /* 1: told by net, 2: told to the sink */
	uint8_t raw : 1;   /* SASL tokens without header */
	uint8_t fresh : 1; /* nothing is missing since the connection began */
	uint8_t tokens;    /* that many were seen, up to 255 */
};

struct conn {
	struct kafka_conn pub; /* first: handed out; its `names` is a reference unless it is names_none */
	struct net_conn *net;
	struct ring *ring;
	uint64_t hole_bytes;
	struct stream stream[2];
	struct side side[2];
	uint8_t client : 1;  /* which direction the requests take */
	uint8_t closing : 1; /* nothing more will come: waiting is in vain */
	uint8_t auth : 1;    /* the last request was SaslAuthenticate */
	uint8_t sick : 1;    /* memory ran out: what should wait goes on as it is */
};

struct api {
	bool wanted, records;
	bool start; /* no more than that of it */
	uint8_t flexible; /* first version whose header has tagged fields */
};

struct conn_chunk;

struct kafka {
	struct kafka_sink sink;
	size_t frame_bytes;
	struct blocks pool;
	struct names_table names;
	struct conn_chunk *chunks;
	struct conn *free_conns;
	struct api api[API_KEYS][2];
	void *decoded; /* room for any decoded message */
	uint8_t *flat; /* WINDOW_BYTES */
	size_t conn_memory;
	struct kafka_stats stats;
};

static inline enum kf_direction direction_of(const struct conn *c, unsigned d)
{
	return d == c->client ? KF_REQUEST : KF_RESPONSE;
}

static inline void run_skip(struct run *r, uint64_t n)
{
	if (r->ptr) {
		r->ptr += n;
		r->start = r->start && !n;
	}
	r->len -= n;
}

static inline bool size_sane(enum kf_direction d, uint32_t size)
{
	return d == KF_REQUEST ? size >= REQUEST_SMALLEST && size <= REQUEST_LARGEST
			       : size >= RESPONSE_SMALLEST && size <= RESPONSE_LARGEST;
}

/* ---- conn.c */
struct conn *conn_new(struct kafka *k, struct net_conn *net);
void conn_end(struct kafka *k, struct conn *c, unsigned d, int64_t ts,
	      uint64_t frame);         /* last words, then frees */
void conn_forget_all(struct kafka *k); /* without a word */
void conn_decide(struct kafka *k, struct conn *c, enum kafka_kind kind, unsigned client,
		 const struct run *at);
void conn_event(struct kafka *k, struct conn *c, enum kafka_conn_event e, unsigned d, int64_t ts,
		uint64_t frame);
/* Replaces the names that are not NULL. */
void conn_tell(struct kafka *k, struct conn *c, const struct kf_bytes *client_id,
	       const struct kf_bytes *software, const struct kf_bytes *software_version,
	       const struct kf_bytes *mechanism);
struct work *work_get(struct kafka *k, struct conn *c, unsigned d); /* NULL when memory ran out */
void work_put(struct kafka *k, struct conn *c, unsigned d);         /* when there is no use for it */
void work_drop_frame(struct kafka *k, struct work *w); /* the frame in progress, without a word */

/* ---- stream.c */
void stream_piece(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p);
/* Goes on with what waits, both directions, as far as that goes. */
void stream_settle(struct kafka *k, struct conn *c);
/* Frames are lost from here on: `bytes` of a hole, 0 when the bytes make no sense. */
void stream_lost(struct kafka *k, struct conn *c, unsigned d, const struct run *r, uint64_t bytes);
/* The direction has ended; what is in progress is given up. */
void stream_close(struct kafka *k, struct conn *c, unsigned d);

/* ---- frame.c */
enum took {
	TOOK_ALL,
	TOOK_WAIT, /* the rest has to wait for the other direction */
	TOOK_LOST, /* the mode has changed: the rest is for another reader */
};

enum took frame_take(struct kafka *k, struct conn *c, unsigned d, struct run *r);
/* Ends the frame in progress as cut, where its header is known. */
void frame_abandon(struct kafka *k, struct conn *c, unsigned d);

/* ---- head.c */
enum paired { PAIRED, PAIRED_NOT, PAIRED_WAIT };

/* `names` gets a reference; NULL for none. */
void head_register(struct kafka *k, struct conn *c, const struct head *h, const struct kafka_names **names,
		   uint64_t *serial);
/* Whose names are borrowed takes a reference; gives back what is not borrowed. */
void pending_own(struct pending *e);
void pending_release(struct kafka *k, const struct pending *e);
/* `out` may have borrowed its names. */
enum paired head_pair(struct kafka *k, struct conn *c, const struct run *r, int32_t correlation_id,
		      struct pending *out);
/* A request taken out of the ring that gets no answer; its names reference is given back. */
void head_give_up(struct kafka *k, struct conn *c, struct pending *e);
/* Gives up the oldest `n` requests in flight. */
void head_drop(struct kafka *k, struct conn *c, uint32_t n);
/* True when a response may wait for its request. */
bool head_may_wait(const struct conn *c, const struct run *r);

/* ---- body.c */
void body_begin(struct kafka *k, struct work *w, enum kf_direction d);
void body_data(struct kafka *k, struct work *w, const uint8_t *p, uint32_t len);
void body_hole(struct kafka *k, struct work *w, uint32_t len);
/* True when the body of this message is needed here, whatever the sink says. */
bool body_needed(const struct head *h, enum kf_direction d);

/* ---- message.c */
struct parcel {
	const struct head *head;
	struct kf_body body;
	struct kf_bytes client_id;
	struct pending *request; /* responses: NULL when unknown */
	struct pending *entry;   /* requests: in the ring, NULL when not there */
	uint32_t size;
	int64_t ts_first, ts_last;
	uint64_t frame_first, frame_last;
	bool cut;
	const uint8_t *whole; /* requests: see kafka_message */
};

void message_request(struct kafka *k, struct conn *c, struct parcel *p);
void message_response(struct kafka *k, struct conn *c, struct parcel *p);
void message_token(struct kafka *k, struct conn *c, unsigned d, struct parcel *p);
void message_gap(struct kafka *k, struct conn *c, unsigned d, const struct kafka_gap *g);

/* ---- sasl.c */
enum token { TOKEN_YES, TOKEN_NO, TOKEN_MORE, TOKEN_WAIT };

enum token sasl_classify(struct kafka *k, struct conn *c, unsigned d, const uint8_t *p, uint32_t have,
			 uint32_t size, const struct run *r);
/* The same where a hole follows: has to decide. */
bool sasl_cut_token(const struct conn *c, unsigned d, const uint8_t *p, uint32_t have, uint32_t size);
/* A message went out: bare tokens may follow. */
void sasl_after(struct conn *c, const struct head *h, enum kf_direction d);
/* A token went by; true when these are no tokens any more but an encrypted session. */
bool sasl_token_seen(struct conn *c, unsigned d);
/* A request that makes no sense came: true when a SASL security layer explains it. */
bool sasl_explains(const struct conn *c);
/* The token that opens a GSSAPI exchange without SaslHandshake (before 0.10): MORE, YES, NO. */
enum token sasl_gssapi_token(const uint8_t *p, uint32_t have, uint32_t size);

/* ---- judge.c */
enum evidence {
	EVIDENCE_NONE,   /* the bytes contradict the schema */
	EVIDENCE_HEADER, /* nothing but the header can be said */
	EVIDENCE_PREFIX, /* as far as the bytes go */
	EVIDENCE_EXACT,  /* the body ends where the frame does */
};

bool judge_plausible(const struct head *h, bool strict);
/* The same for a head of which only `have` bytes are seen (at least 8). */
bool judge_cut_head(const struct head *h, const uint8_t *p, uint32_t have, bool strict);
enum evidence judge_body(struct kafka *k, const struct head *h, const uint8_t *body, uint32_t have,
			 bool whole);

/* ---- recognise.c, resync.c: true when there is more to do with what waits */
bool recognise(struct kafka *k, struct conn *c, unsigned d);
bool resync(struct kafka *k, struct conn *c, unsigned d);

#endif
