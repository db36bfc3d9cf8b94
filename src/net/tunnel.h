/* SPDX-License-Identifier: Apache-2.0
 *
 * Tunnels: GRE (RFC 2784, 2890; with Ethernet and ERSPAN inside), VXLAN (RFC 7348), Geneve (RFC 8926), IP in IP.
 */
#ifndef REGROUP_NET_TUNNEL_H
#define REGROUP_NET_TUNNEL_H

#include "span.h"

/* Strips a tunnel header that follows IP. What is inside: NET_TYPE_IPV4, _IPV6, _NONE (no tunnel) or _BAD. */
unsigned tunnel_strip(uint8_t proto, struct span *s);

#endif
