/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnel.h"

#include "ip.h"
#include "link.h"

enum {
	PORT_VXLAN = 4789,
	PORT_VXLAN_LINUX = 8472, /* what the kernel used before the number was assigned, and still its default */
	PORT_GENEVE = 6081,
};

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_VERSION = 0x0007,
	GRE_ERSPAN2 = 0x88be, /* type I when there is no sequence number: no header of its own then */
	GRE_ERSPAN3 = 0x22eb,
};

static unsigned inner(unsigned type, struct span *s)
{
	return type == NET_TYPE_TEB ? ethernet_strip(s) : ethertype_strip(type, s);
}

static unsigned erspan3_strip(struct span *s)
{
	uint32_t header = 12;

	if (s->cap < header)
		return NET_TYPE_BAD;
	if (s->p[11] & 1) /* a platform specific subheader follows */
		header += 8;
	return span_skip(s, header) ? ethernet_strip(s) : NET_TYPE_BAD;
}

static unsigned gre_strip(struct span *s)
{
	unsigned flags, type;
	uint32_t header = 4;

	if (s->cap < header)
		return NET_TYPE_BAD;
	flags = be16(s->p);
	type = be16(s->p + 2);
	if (flags & (GRE_VERSION | GRE_ROUTING))
		return NET_TYPE_NONE;
	header += (flags & GRE_CHECKSUM ? 4u : 0) + (flags & GRE_KEY ? 4u : 0) + (flags & GRE_SEQUENCE ? 4u : 0);
	if (!span_skip(s, header))
		return NET_TYPE_BAD;
	switch (type) {
	case GRE_ERSPAN2:
		return span_skip(s, flags & GRE_SEQUENCE ? 8 : 0) ? ethernet_strip(s) : NET_TYPE_BAD;
	case GRE_ERSPAN3:
		return erspan3_strip(s);
	default:
		return inner(type, s);
	}
}

static unsigned vxlan_strip(struct span *s)
{
	if (s->cap < 8)
		return NET_TYPE_BAD;
	if (!(s->p[0] & 0x08)) /* the flag that says: there is a network identifier */
		return NET_TYPE_NONE;
	span_skip(s, 8);
	return ethernet_strip(s);
}

static unsigned geneve_strip(struct span *s)
{
	unsigned type;

	if (s->cap < 8)
		return NET_TYPE_BAD;
	if (s->p[0] >> 6) /* version */
		return NET_TYPE_NONE;
	type = be16(s->p + 2);
	if (!span_skip(s, 8 + (s->p[0] & 63u) * 4))
		return NET_TYPE_BAD;
	return inner(type, s);
}

static unsigned udp_strip(struct span *s)
{
	unsigned port;

	if (s->cap < 8)
		return NET_TYPE_BAD;
	port = be16(s->p + 2);
	span_skip(s, 8);
	switch (port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return vxlan_strip(s);
	case PORT_GENEVE:
		return geneve_strip(s);
	default:
		return NET_TYPE_NONE;
	}
}

unsigned tunnel_strip(uint8_t proto, struct span *s)
{
	switch (proto) {
	case IP_PROTO_IPIP:
		return NET_TYPE_IPV4;
	case IP_PROTO_IPV6:
		return NET_TYPE_IPV6;
	case IP_PROTO_GRE:
		return gre_strip(s);
	case IP_PROTO_UDP:
		return udp_strip(s);
	default:
		return NET_TYPE_NONE;
	}
}
