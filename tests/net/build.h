/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets built layer by layer, inside out, and a sink that writes down what net tells.
 */
#ifndef REGROUP_TESTS_NET_BUILD_H
#define REGROUP_TESTS_NET_BUILD_H

#include <regroup/net.h>

#include <stddef.h>

#define MS INT64_C(1000000)
#define SEC (1000 * MS)

enum { F = 0x01, S = 0x02, R = 0x04, P = 0x08, A = 0x10 };

/* A packet under construction; headers are put before what is there. */
struct pkt {
	uint8_t room[70000];
	size_t start; /* of the packet in room */
	size_t len;
};

void pkt_payload(struct pkt *p, const void *data, size_t len);
void pkt_prepend(struct pkt *p, const void *header, size_t len);
uint8_t *pkt_bytes(struct pkt *p);

void pkt_tcp(struct pkt *p, uint16_t sport, uint16_t dport, uint32_t seq, uint32_t ack, uint8_t flags);
void pkt_udp(struct pkt *p, uint16_t sport, uint16_t dport);
void pkt_ip4(struct pkt *p, uint32_t src, uint32_t dst, uint8_t proto);
/* frag: flags and offset as on the wire (0x2000: more). */
void pkt_ip4_fragment(struct pkt *p, uint32_t src, uint32_t dst, uint8_t proto, uint16_t id, uint16_t frag);
void pkt_ip6(struct pkt *p, uint8_t src, uint8_t dst, uint8_t next); /* fd00::src > fd00::dst */
void pkt_eth(struct pkt *p, uint16_t type);

/* What net told, as text: pieces appended per direction, with "#n#" for a hole of n bytes. */
struct heard {
	uint8_t *data[2];
	size_t len[2], room[2];
	char log[65536];  /* "0:5 1:-3 0:fin end:rst ..." */
	size_t log_len;
	uint64_t hole_bytes[2];
	uint64_t starts[2]; /* pieces with segment_start */
	unsigned ends, fins;
	uint64_t last_id;
	int64_t last_ts;
	uint64_t last_frame;
	bool from_start;
	struct net_endpoint side[2];
};

struct rig {
	struct net *net;
	struct heard heard;
	int64_t ts;
	uint64_t frame;
	uint32_t isn[2]; /* sequence number of the first payload byte */
	uint16_t client_port;
	uint16_t link;
};

/* A net with a listening sink; zero fields of `o` mean the defaults. */
void rig_open(struct rig *r, const struct net_options *o);
void rig_close(struct rig *r);

/* Raw bytes. Each packet comes 1 us after the one before. */
void rig_packet(struct rig *r, unsigned link, const void *data, size_t caplen, size_t len);
void rig_pkt(struct rig *r, unsigned link, struct pkt *p);

/* A segment of the connection 10.0.0.1:client_port > 10.0.0.2:9092; off counts payload bytes from its start. */
void rig_seg(struct rig *r, unsigned dir, uint8_t flags, uint32_t off, uint32_t ack, const void *data, size_t len);
/* The same, with only `cap` payload bytes captured. */
void rig_seg_cut(struct rig *r, unsigned dir, uint8_t flags, uint32_t off, uint32_t ack, const void *data, size_t len,
                 size_t cap);
void rig_handshake(struct rig *r);
/* n packets of another connection, 1 us apart: capture time and packets go by. */
void rig_others(struct rig *r, unsigned n);

void heard_is(const struct rig *r, unsigned dir, const char *text);
void log_is(const struct rig *r, const char *text);
struct net_stats rig_stats(const struct rig *r);

#endif
