/* SPDX-License-Identifier: Apache-2.0
 *
 * What the headers of a TCP segment say, read once: whose it is, its numbers, its payload.
 */
#ifndef REGROUP_NET_HEAD_H
#define REGROUP_NET_HEAD_H

#include <stdbool.h>
#include <stdint.h>

struct cap_packet;
struct ip_packet;
struct net_endpoint;

/* A TCP segment; seq is that of the first payload byte, also with a SYN. */
struct segment {
	const uint8_t *data;
	uint32_t seq, ack;
	uint32_t len; /* payload bytes on the wire */
	uint32_t cap; /* of them at data */
	uint8_t flags;
	bool start;   /* nothing was trimmed off its front */
};

/* Both ends of a segment, as one sees them from its sender. Of IPv6, `addrs` is a digest of the addresses. */
struct flow_key {
	uint64_t addrs; /* source in the upper half */
	uint32_t ports; /* likewise */
};

struct tcp_head {
	const uint8_t *src, *dst; /* addresses; in the packet, or where it was put together */
	struct flow_key key;
	uint32_t hash;            /* of the flow: the same for both directions */
	uint32_t ref;             /* of the connection a look ahead found; a hint, 0 for none */
	struct segment segment;
	uint8_t family;           /* 4 or 6; 0: this is no TCP segment, or not known to be one */
};

/* What makes hashes differ from one run to the next, so that no capture can be made to be slow. Where things lie in a
 * table shows nowhere. */
struct flow_seed {
	uint64_t a, b;
};

struct flow_seed flow_seed_get(void);

static inline struct flow_key flow_key_turned(struct flow_key k)
{
	return (struct flow_key){ .addrs = k.addrs << 32 | k.addrs >> 32, .ports = k.ports << 16 | k.ports >> 16 };
}

uint32_t flow_hash(const struct flow_seed *seed, struct flow_key k);

/* Reads the headers of a packet that is a whole TCP segment, not in a tunnel; of all others it says family 0. */
void head_read(const struct flow_seed *seed, const struct cap_packet *p, struct tcp_head *h);

/* The same for a datagram that is known to be TCP, which `h` borrows from then on. False when its header is cut or
 * contradicts itself. */
bool head_read_ip(const struct flow_seed *seed, const struct ip_packet *ip, struct tcp_head *h);

void head_endpoints(const struct tcp_head *h, struct net_endpoint *src, struct net_endpoint *dst);

#endif
