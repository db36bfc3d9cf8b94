/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <regroup/net.h>

/* https://www.tcpdump.org/linktypes.html */
enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

#define MAX_TAGS 8

static bool is_tag(unsigned type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

unsigned ethertype_strip(unsigned type, struct span *s)
{
	for (unsigned i = 0; is_tag(type); i++) {
		if (s->cap < 4 || i == MAX_TAGS)
			return NET_TYPE_BAD;
		type = be16(s->p + 2);
		span_skip(s, 4);
	}
	return type == NET_TYPE_IPV4 || type == NET_TYPE_IPV6 ? type : NET_TYPE_NONE;
}

unsigned ethernet_strip(struct span *s)
{
	unsigned type;

	if (s->cap < 14)
		return NET_TYPE_BAD;
	type = be16(s->p + 12);
	span_skip(s, 14);
	return ethertype_strip(type, s);
}

static unsigned cooked_strip(struct span *s, uint32_t header, uint32_t type_at)
{
	unsigned type;

	if (s->cap < header)
		return NET_TYPE_BAD;
	type = be16(s->p + type_at);
	span_skip(s, header);
	return ethertype_strip(type, s);
}

static unsigned raw_strip(const struct span *s)
{
	if (s->cap < 1)
		return NET_TYPE_BAD;
	switch (s->p[0] >> 4) {
	case 4:
		return NET_TYPE_IPV4;
	case 6:
		return NET_TYPE_IPV6;
	default:
		return NET_TYPE_NONE;
	}
}

/* An address family in the byte order of whoever captured; each system has its own number for IPv6. */
static unsigned null_strip(struct span *s)
{
	uint32_t family;

	if (s->cap < 4)
		return NET_TYPE_BAD;
	family = be32(s->p);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	span_skip(s, 4);
	switch (family) {
	case 2:
		return NET_TYPE_IPV4;
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return NET_TYPE_IPV6;
	default:
		return NET_TYPE_NONE;
	}
}

unsigned link_strip(unsigned link, struct span *s)
{
	switch (link) {
	case LINK_ETHERNET:
		return ethernet_strip(s);
	case LINK_SLL:
		return cooked_strip(s, 16, 14);
	case LINK_SLL2:
		return cooked_strip(s, 20, 0);
	case LINK_NULL:
	case LINK_LOOP:
		return null_strip(s);
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_IPV4:
	case LINK_IPV6:
		return raw_strip(s);
	default:
		return NET_TYPE_NONE;
	}
}

bool net_link_supported(unsigned link)
{
	switch (link) {
	case LINK_ETHERNET:
	case LINK_SLL:
	case LINK_SLL2:
	case LINK_NULL:
	case LINK_LOOP:
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_IPV4:
	case LINK_IPV6:
		return true;
	default:
		return false;
	}
}
