/* SPDX-License-Identifier: Apache-2.0
 *
 * The shape that nearly all packets have: Ethernet, IPv4 without options and in one piece, TCP.
 */
#ifndef REGROUP_NET_PLAIN_H
#define REGROUP_NET_PLAIN_H

#include <string.h>

#include <regroup/capture.h>

#include "ip.h"

/* As link_strip and ip_parse would read it. False for every other shape, which is theirs. */
static inline bool plain_parse(const struct cap_packet *p, struct ip_packet *out)
{
	enum { ETHERNET = 1, MAC = 14, IP = 20, TCP = 20 };
	const uint8_t *d = p->data, *ip;
	uint32_t total, held;

	if (p->link != ETHERNET || p->caplen < MAC + IP + TCP || d[12] != 0x08 || d[13] != 0 || d[MAC] != 0x45)
		return false;
	ip = d + MAC;
	held = p->caplen - MAC;
	total = be16(ip + 2);
	if (total < IP + TCP || be16(ip + 6) & 0x3fff || ip[9] != IP_PROTO_TCP)
		return false;
	*out = (struct ip_packet){ .src = { .family = 4 }, .dst = { .family = 4 }, .proto = IP_PROTO_TCP };
	memcpy(out->src.addr, ip + 12, 4);
	memcpy(out->dst.addr, ip + 16, 4);
	out->payload = (struct span){ .p = ip + IP, .cap = (held < total ? held : total) - IP, .len = total - IP };
	return true;
}

#endif
