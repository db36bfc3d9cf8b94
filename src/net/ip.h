/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 and IPv6 headers.
 */
#ifndef REGROUP_NET_IP_H
#define REGROUP_NET_IP_H

#include <regroup/net.h>

#include "span.h"

enum {
	IP_PROTO_IPIP = 4,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
	IP_PROTO_IPV6 = 41,
	IP_PROTO_GRE = 47,
	IP_PROTO_NONE = 59,
};

struct ip_packet {
	struct net_endpoint src, dst; /* ports are 0 */
	struct span payload;          /* after the headers; of a fragment: its part */
	uint32_t id;                  /* fragments only */
	uint32_t offset;              /* bytes */
	uint8_t proto;
	bool fragment;
	bool more; /* more fragments follow */
};

/* Reads one header of NET_TYPE_IPV4 or NET_TYPE_IPV6 and what belongs to it. False when it is cut or contradicts
 * itself. Checksums are not looked at: a sending host's captures have them unfinished. */
bool ip_parse(unsigned type, struct span s, struct ip_packet *out);

/* Steps over the IPv6 extension headers at the payload, up to a fragment header; ip_parse has done so, a reassembled
 * datagram needs it again. False when one is cut. */
bool ip_skip_extensions(struct ip_packet *p);

#endif
