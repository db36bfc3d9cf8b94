/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the TCP segment in a packet: Ethernet with VLAN tags or a bare network header, IPv4 or IPv6. What is anything
 * else (fragments, tunnels, extension headers, other protocols) is told from it, for those who may want it.
 *
 * Shared with the kernel's programs. The includer defines before it:
 *
 *   int packet_load(void *ctx, uint32_t at, void *to, uint32_t n)
 *       `n` bytes (2, 20 or 40) at offset `at` of the packet; 0 when they are there.
 */
#ifndef CAPTURE_BPF_PACKET_H
#define CAPTURE_BPF_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "key.h"

enum packet_kind {
	PACKET_OTHER,   /* nothing that could carry TCP */
	PACKET_CARRIER, /* could: a fragment, a tunnel, UDP */
	PACKET_TCP,
};

struct packet {
	struct flow_key key;
	uint32_t len;     /* of the packet, from where its data begins */
	uint32_t net;     /* offset of the network header */
	uint32_t payload; /* offset of what TCP carries */
	uint32_t end;     /* offset behind it */
	uint32_t seq, ack;
	uint8_t kind, flags, family;
};

static int packet_load(void *ctx, uint32_t at, void *to, uint32_t n);

#define PACKET_FN static inline __attribute__((always_inline))

PACKET_FN uint32_t packet_u16(const uint8_t *b)
{
	return (uint32_t)b[0] << 8 | b[1];
}

PACKET_FN uint32_t packet_u32(const uint8_t *b)
{
	return packet_u16(b) << 16 | packet_u16(b + 2);
}

PACKET_FN bool packet_carrier(uint8_t proto)
{
	return proto == 4 || proto == 17 || proto == 41 || proto == 47 || proto == 51 || proto == 60 || proto == 0 ||
	       proto == 43 || proto == 44;
}

/* Behind the network header, which ends at `at`. */
PACKET_FN void packet_tcp(void *ctx, struct packet *p, uint32_t at, uint8_t proto, uint32_t end)
{
	uint8_t b[20];
	uint32_t header;

	p->kind = packet_carrier(proto) ? PACKET_CARRIER : PACKET_OTHER;
	if (proto != 6 || packet_load(ctx, at, b, 20) != 0)
		return;
	header = (uint32_t)(b[12] >> 4) * 4;
	if (header < 20 || at + header > end)
		return;
	__builtin_memcpy(p->key.sport, b, 2);
	__builtin_memcpy(p->key.dport, b + 2, 2);
	p->seq = packet_u32(b + 4);
	p->ack = packet_u32(b + 8);
	p->flags = b[13];
	p->payload = at + header;
	p->end = end;
	p->kind = PACKET_TCP;
}

/* `type` is the Ethernet type of what begins at p->net. */
PACKET_FN void packet_network(void *ctx, struct packet *p, uint32_t type)
{
	uint8_t b[40];
	uint32_t total, header;

	p->kind = PACKET_OTHER;
	if (type == 0x0800 && packet_load(ctx, p->net, b, 20) == 0) {
		header = (uint32_t)(b[0] & 15) * 4;
		total = packet_u16(b + 2);
		if (total == 0 || p->net + total > p->len) /* offload: the real length did not fit */
			total = p->len - p->net;
		p->key.src[10] = p->key.src[11] = p->key.dst[10] = p->key.dst[11] = 0xff;
		__builtin_memcpy(p->key.src + 12, b + 12, 4);
		__builtin_memcpy(p->key.dst + 12, b + 16, 4);
		p->family = 4;
		if (packet_u16(b + 6) & 0x3fff)
			p->kind = PACKET_CARRIER;
		else if (header >= 20 && header <= total)
			packet_tcp(ctx, p, p->net + header, b[9], p->net + total);
	} else if (type == 0x86dd && packet_load(ctx, p->net, b, 40) == 0) {
		total = packet_u16(b + 4) + 40;
		if (total == 40 || p->net + total > p->len)
			total = p->len - p->net;
		__builtin_memcpy(p->key.src, b + 8, 16);
		__builtin_memcpy(p->key.dst, b + 24, 16);
		p->family = 6;
		packet_tcp(ctx, p, p->net + 40, b[6], p->net + total);
	}
}

PACKET_FN bool packet_is_tag(uint32_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* `type`: what the link layer says, when the link header is `link` bytes long and may hold tags behind it. */
PACKET_FN void packet_parse(void *ctx, struct packet *p, uint32_t link, uint32_t type)
{
	uint8_t b[2] = { 0 };

	p->net = link;
	for (int i = 0; i < 2 && packet_is_tag(type); i++) {
		if (packet_load(ctx, p->net + 2, b, 2) != 0)
			break;
		type = packet_u16(b);
		p->net += 4;
	}
	if (packet_is_tag(type)) /* three tags: whoever reads it may know */
		p->kind = PACKET_CARRIER;
	else
		packet_network(ctx, p, type);
}

#endif
