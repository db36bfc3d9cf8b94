/* SPDX-License-Identifier: Apache-2.0
 *
 * Link layers: from the first captured byte to the network header.
 */
#ifndef REGROUP_NET_LINK_H
#define REGROUP_NET_LINK_H

#include "span.h"

enum {
	NET_TYPE_NONE = 0, /* not IP */
	NET_TYPE_BAD = 1,  /* cut or contradictory */
	NET_TYPE_IPV4 = 0x0800,
	NET_TYPE_IPV6 = 0x86dd,
	NET_TYPE_TEB = 0x6558, /* an Ethernet frame inside a tunnel */
};

/* Strip the headers of a LINKTYPE_, or those of an Ethernet frame, VLAN tags too. One of NET_TYPE_NONE, _BAD, _IPV4,
 * _IPV6. */
unsigned link_strip(unsigned link, struct span *s);
unsigned ethernet_strip(struct span *s);

/* What follows a protocol number from the EtherType registry: looks through VLAN tags. */
unsigned ethertype_strip(unsigned type, struct span *s);

#endif
