/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte streams in, Kafka messages out: finds which connections speak Kafka (by content, on any port), cuts
 * frames, reads headers, pairs responses with requests, and finds its way back after a hole. A request is
 * registered from its header before any body is decoded, so a hole in a body never costs the pairing.
 */
#ifndef REGROUP_KAFKA_H
#define REGROUP_KAFKA_H

#include <regroup/dissect.h>
#include <regroup/net.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kafka_kind {
	KAFKA_UNDECIDED, /* not enough seen yet */
	KAFKA_PLAIN,     /* Kafka, readable */
	KAFKA_TLS,
	KAFKA_SASL_ENCRYPTED, /* Kafka up to a SASL security layer, opaque since */
	KAFKA_NOT,            /* something else */
};

/* "kafka", "tls", "sasl-encrypted", "not-kafka", "undecided". */
const char *kafka_kind_name(enum kafka_kind kind);

/* What a connection told about its client. Shared by all connections that told the same; a ptr is NULL where
 * nothing was told. */
struct kafka_names {
	struct kf_bytes client_id;     /* of the latest request */
	struct kf_bytes software_name; /* ApiVersions v3+ */
	struct kf_bytes software_version;
	struct kf_bytes sasl_mechanism; /* NULL when no SASL was seen */
};

/* How many of his requests the consumer may know again. */
#define KAFKA_KNOWN 2

/* Who speaks on a connection: the first thing in what the consumer keeps of him. */
struct kafka_speaker {
	/* Of the frames of requests that it may know again, 0 for none: it is asked by `again` about those that are as long.
	 * All become 0 when the connection gets other names. */
	uint16_t known[KAFKA_KNOWN];
};

/* What a packet that comes soon looks like, by its length. */
enum kafka_coming {
	KAFKA_COMING_KNOWN,                          /* the request of that place in `known` is coming, for `again` */
	KAFKA_COMING_ANSWER = KAFKA_KNOWN,           /* the answer to one that was known, for `answered` */
	KAFKA_COMING_OTHER,
};

/* One connection, as the layers above see it. Borrowed; the pointer stays the same until its `ended` call
 * returns. A million of them may be open: what is seldom asked is behind kafka_conn_traffic. */
struct kafka_conn {
	uint64_t id;                        /* net_conn_id */
	const struct net_endpoint *client, *server; /* decided by content; by who connected before that */
	uint32_t unanswered;                /* requests that were given up without an answer */
	uint8_t kind;                       /* enum kafka_kind */
	bool from_start : 1;                /* the capture has it from its SYN */
	bool requests_seen : 1, responses_seen : 1; /* which directions carried bytes */
	bool inter_broker : 1; /* the client is a broker: by its client id, its APIs, or a replica id */
	uint64_t messages;
	const struct kafka_names *names; /* never NULL; changes as more is told */
	void *user;                      /* for the consumer */
	struct kafka_speaker *speaker;   /* for the consumer, too: what its `ahead` is called with */
};

struct kafka_traffic {
	int64_t since; /* first packet */
	int64_t last;  /* last piece */
	uint64_t packets;
	uint64_t bytes[2];   /* payload: [0] client to server, [1] back */
	uint64_t hole_bytes; /* both directions */
};

/* At any time as long as `c` is, which is until its `ended` call returns; not after net_free. */
void kafka_conn_traffic(const struct kafka_conn *c, struct kafka_traffic *out);

enum kafka_status {
	KAFKA_OK,              /* the body is there for decoding */
	KAFKA_UNKNOWN_VERSION, /* header only */
	KAFKA_UNKNOWN_API,     /* header only */
	KAFKA_TRUNCATED,       /* the body was cut by a hole: leading bytes are there */
	KAFKA_NO_REQUEST,      /* a response nobody asked for in this capture */
	KAFKA_RAW_SASL,        /* a bare token after SaslHandshake v0: size only; api_key, version -1 */
};

/* One message. Borrowed, dead after the callback. */
struct kafka_message {
	struct kafka_conn *conn;
	const struct kf_message *schema; /* NULL unless the API is known */
	struct kf_body body;             /* after the header; len 0 and ptr NULL when it was not kept */
	enum kf_direction direction;
	enum kafka_status status;
	int16_t api_key;       /* of the request, also on responses */
	int16_t version;       /* version to decode as (0 for the ApiVersions fallback) */
	int16_t asked_version; /* as the request said */
	int32_t correlation_id;
	uint32_t size;      /* frame length without its own four bytes */
	uint64_t frame;     /* packet of the first byte */
	uint64_t frame_end; /* packet of the last byte */
	int64_t ts;         /* requests: arrival of the last byte; responses: of the first byte */
	int64_t ts_first, ts_last;
	int64_t latency; /* responses with a known request: ns, first byte minus the request's last byte; else
			    -1 */
	uint64_t request_frame;    /* responses: frame of the request, 0 unknown */
	struct kf_bytes client_id; /* of the request, also on its response; ptr NULL for null */
	bool body_wanted;          /* false: the consumer's `want` said that the body is not needed */
	/* A word of the consumer's own, kept from the request to its response or its `dropped` call. */
	uint64_t *note; /* NULL where nothing can be kept (acks=0 Produce, responses without a request) */
	/* Requests: all of the frame from the API key on, `size` bytes, where requests like this one may be known again. NULL
	 * where they cannot be: without an `again`, or where the request did not lie in one piece. */
	const uint8_t *whole;
};

/* A request as long as one that the speaker sent before, or the answer to one that was known again. */
struct kafka_again {
	struct kafka_conn *conn; /* its speaker is not NULL on requests */
	const uint8_t *whole; /* requests: the frame from the API key on */
	uint32_t size;        /* of that */
	int32_t correlation_id;
	int16_t api_key, version;
	int64_t ts;
	uint64_t frame;
	int64_t latency; /* answers: as kafka_message has it */
	uint64_t note;   /* of the request; set by `again` */
	struct kf_body body; /* answers: all of it */
};

/* A stretch that could have held messages and was not seen. */
struct kafka_gap {
	struct kafka_conn *conn;
	enum kf_direction direction;
	uint64_t bytes;   /* 0 when unknown */
	int64_t from, to; /* the messages lost lie in this time */
	uint64_t frame;
	bool bulk_only;  /* the hole lay inside the body of one known frame: no other message is lost */
	int16_t api_key; /* of that frame, -1 otherwise */
};

enum kafka_conn_event {
	KAFKA_CONN_KIND, /* `kind` was decided or has changed */
	KAFKA_CONN_FIN,  /* by the side `from` */
	KAFKA_CONN_RST,
	KAFKA_CONN_ENDED, /* last call: reuse, eviction, both sides closed, or end of the capture */
};

enum kafka_want {
	KAFKA_WANT_NOTHING, /* header, timing and size only */
	KAFKA_WANT_START,   /* at least the first KAFKA_START bytes of the body, cut where it is longer */
	KAFKA_WANT_BODY,    /* everything but record payloads */
};

#define KAFKA_START 256

/* Messages of one direction come in the order of its bytes. A response whose request the capture has later (packets
 * out of order) waits for it, within 32 packets of the other direction, 256 of its own and 5 s. */
struct kafka_sink {
	void *ctx;
	/* Which bodies to keep; asked once per API and direction by kafka_new. NULL: all. */
	enum kafka_want (*want)(void *ctx, int16_t api_key, enum kf_direction direction);
	void (*message)(void *ctx, const struct kafka_message *m);
	/* The request whose note this is will get no answer any more. */
	void (*dropped)(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note);
	void (*gap)(void *ctx, const struct kafka_gap *g);
	/* `from` is KF_REQUEST when the client did it, KF_RESPONSE when the server did. */
	void (*connection)(void *ctx, struct kafka_conn *c, enum kafka_conn_event event,
			   enum kf_direction from, int64_t ts, uint64_t frame);
	/* Instead of `message`, NULL for never: is this a request that differs from one that was read before, on a connection
	 * with the same names, in nothing but what the consumer finds out here? Its header, above all, must be the same but
	 * for the correlation id. And is this the answer that such a request mostly gets? With false nothing has happened,
	 * and `message` is called. */
	bool (*again)(void *ctx, struct kafka_again *a);
	bool (*answered)(void *ctx, const struct kafka_again *a);
	/* A hint, as net_sink's: a packet of the connection whose `speaker` this is (not NULL) comes soon. `step`
	 * counts from 0 to KAFKA_AHEAD - 1. */
	void (*ahead)(void *ctx, const void *speaker, enum kafka_coming what, unsigned step);
};

#define KAFKA_AHEAD 3

struct kafka_options {
	struct kafka_sink sink;
	size_t frame_bytes; /* the most that is kept of one message's body; 0: 4 MiB */
	size_t memory;      /* budget for bodies being collected, all connections; 0: 64 MiB */
};

struct kafka_stats {
	uint64_t messages, requests, responses;
	uint64_t unknown; /* API or version not in the tables */
	uint64_t truncated, no_request, unanswered;
	uint64_t resyncs;                         /* times a direction had to be found again */
	uint64_t connections, opaque_connections; /* TLS, SASL-encrypted and not Kafka are opaque */
	uint64_t requests_only; /* connections that ended by now, of which no answer was captured */
	uint64_t one_sided;     /* and those that carried bytes in one direction only and were not understood */
	uint64_t gap_bytes;
	uint64_t bulk_gap_bytes; /* of them, in bodies of Produce requests and Fetch responses that are known by their heads */
	uint64_t evicted; /* bodies given up for memory */
	uint64_t memory;  /* bytes held now */
};

struct kafka;

struct kafka *kafka_new(const struct kafka_options *options);
void kafka_free(struct kafka *k);

/* The sink to give to net_new: this module sits on the streams of `net`. */
struct net_sink kafka_net_sink(struct kafka *k);

void kafka_get_stats(const struct kafka *k, struct kafka_stats *out);

#endif
