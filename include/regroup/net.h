/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets in, byte streams out. Strips link, tunnel and IP layers, puts fragments and TCP segments in
 * order, and tells each direction of each connection as DATA(bytes) and HOLE(n bytes). Loss, a short
 * snaplen and what a capture left in the kernel are all the same HOLE: nothing later needs to know which.
 */
#ifndef REGROUP_NET_H
#define REGROUP_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cap_packet;

struct net_endpoint {
	uint8_t addr[16]; /* the first 4 for IPv4, rest zero */
	uint16_t port;    /* host order */
	uint8_t family;   /* 4 or 6 */
};

/* Longest text: "[ffff:...:255.255.255.255]:65535" and its NUL. */
#define NET_ENDPOINT_TEXT 64

/* "10.0.0.1:9092" or "[fd77::1]:9092"; net_host leaves the port and the brackets out. Return `out`. */
char *net_endpoint_text(const struct net_endpoint *e, char out[NET_ENDPOINT_TEXT]);
char *net_host_text(const struct net_endpoint *e, char out[NET_ENDPOINT_TEXT]);
bool net_endpoint_equal(const struct net_endpoint *a, const struct net_endpoint *b);

enum net_piece_kind { NET_DATA, NET_HOLE };

/* A run of one direction's stream, in order and without overlap. */
struct net_piece {
	const uint8_t *data; /* NET_DATA: borrowed for the call; NULL for a hole */
	uint64_t len;        /* bytes, never 0 */
	int64_t ts;          /* when these bytes first arrived; of a hole: when it was given up */
	uint64_t frame;      /* the packet that brought them; of a hole: the packet that showed it */
	enum net_piece_kind kind;
	bool segment_start;  /* NET_DATA: begins at the first payload byte of a TCP segment */
};

enum net_end {
	NET_FIN,   /* one direction has ended, in order */
	NET_RST,   /* reset by the sender of that direction: both have ended */
	NET_REUSE, /* the same addresses begin a new connection */
	NET_LOST,  /* evicted to stay within memory, or idle for long */
	NET_STOP,  /* the capture ended */
};

/* One TCP connection (one tenure of its addresses). */
struct net_conn;

/* Direction 0 goes from endpoint 0 to endpoint 1. Endpoint 0 sent the SYN (or was sent the SYN-ACK) where that was
 * seen before any payload, else the first packet. */
const struct net_endpoint *net_conn_endpoint(const struct net_conn *c, unsigned which);
uint64_t net_conn_id(const struct net_conn *c);    /* 1, 2, 3 ... in order of first packet */
bool net_conn_from_start(const struct net_conn *c); /* the SYN or SYN-ACK was seen */
int64_t net_conn_since(const struct net_conn *c);   /* time of its first packet */
void **net_conn_user(struct net_conn *c);           /* a slot for the layer above, NULL at first */
/* Wire bytes (payload) of a direction delivered so far, holes and the piece that is being told included. */
uint64_t net_conn_bytes(const struct net_conn *c, unsigned dir);
uint64_t net_conn_packets(const struct net_conn *c);

/* What net tells the layer above. Any may be NULL. `dir` is 0 or 1.
 *
 * Pieces keep the order of cause and effect over both directions: bytes that acknowledge others are told after those,
 * also when the capture has them before. What waited comes with the time and frame of its arrival, so that `ts` may go
 * back a little from one piece to the next.
 *
 * A connection is over for the layer above with its second NET_FIN (after which net may keep the addresses for late
 * packets, silently) or with the first call of any other kind: it frees what it keeps in the user slot then. There is
 * exactly one of these for every connection, net_finish being the last occasion. */
struct net_sink {
	void *ctx;
	void (*piece)(void *ctx, struct net_conn *c, unsigned dir, const struct net_piece *p);
	/* NET_FIN per direction; the others once (`dir` says whose RST, and is 0 for the rest). */
	void (*end)(void *ctx, struct net_conn *c, unsigned dir, enum net_end why, int64_t ts, uint64_t frame);
	/* A hint: a packet of a connection comes in a few packets, with `len` bytes of payload. `user` is what its slot
	 * holds, never NULL. Called with
	 * step 0, 1, 2 ... NET_AHEAD - 1, some packets between them: each may prefetch what those before it have brought
	 * into the cache. May only read. */
	void (*ahead)(void *ctx, const void *user, uint32_t len, unsigned step);
};

#define NET_AHEAD 4

struct net_options {
	struct net_sink sink;
	size_t memory;           /* budget in bytes for segments waiting for others, all flows together; 0: 16 MiB */
	uint32_t flow_segments;  /* per direction: waiting segments before the gap is given up; 0: 256 */
	uint32_t flow_bytes;     /* per direction: waiting bytes before the gap is given up; 0: 1 MiB */
	/* 0: 1,000,000. The longest idle goes first (NET_LOST), to a precision of a second (of ten while an eighth of the
	 * room is free, of a minute while a quarter is); before it those that have ended already, and those of which one
	 * side and no payload was seen. Idle for an hour (these: two minutes), or a minute longer: NET_LOST too. */
	uint32_t max_connections;
	const uint16_t *ports;   /* --port: only connections with one of these on either side; NULL for all */
	size_t n_ports;
};

struct net_stats {
	uint64_t packets, bytes;      /* seen; captured bytes */
	uint64_t cut_packets;         /* of which the capture did not keep all bytes */
	uint32_t snaplen;             /* the most that it kept of one of those */
	uint64_t not_tcp;             /* other protocols, unknown link or network types */
	uint64_t malformed;           /* headers that contradict themselves or are cut */
	uint64_t strays;              /* segments dropped because their numbers belong to no open connection */
	uint64_t segments;            /* TCP segments with payload */
	uint64_t retransmitted_bytes; /* seen again, first copy kept */
	uint64_t differing_bytes;     /* of those, bytes that differ from the first copy where it was still held */
	uint64_t out_of_order;        /* segments that had to wait */
	uint64_t holes, hole_bytes;
	uint64_t fragments, fragments_lost;
	uint64_t connections, open_connections;
	uint64_t evicted;             /* connections given up for memory */
	uint64_t memory;              /* bytes held now for flows and waiting segments */
};

struct net;

/* NULL when memory is out. Options are copied (ports too). */
struct net *net_new(const struct net_options *options);
void net_free(struct net *n);

/* Takes one packet. Calls the sink before it returns; the sink may not call back into `n`. */
void net_packet(struct net *n, const struct cap_packet *p);

/* Where a packet went. */
struct net_seen {
	uint64_t conn; /* net_conn_id, 0 for none */
	uint64_t nth;  /* packet of that connection, from 1; packets after its end may not be counted */
	bool fragment; /* of a datagram that is not whole yet: its connection is not known */
};

/* The same for `count` packets in their order; with many connections faster than one by one, as the memory that a packet
 * needs is fetched while those before it are worked on. `seen` has `count` places, or is NULL. */
void net_packets(struct net *n, const struct cap_packet *p, size_t count, struct net_seen *seen);

/* Gives up on everything still waiting and ends all connections (NET_STOP), in order of their ids. */
void net_finish(struct net *n, int64_t ts);

/* True when a packet of this link type can be read at all (for the error message up front). */
bool net_link_supported(unsigned link);

void net_get_stats(const struct net *n, struct net_stats *out);

#endif
