/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP (RFC 9293), as a bystander sees it.
 */
#ifndef REGROUP_NET_TCP_H
#define REGROUP_NET_TCP_H

#include <regroup/net.h>

#include "head.h"

/* Takes a whole TCP segment. */
void tcp_packet(struct net *n, const struct tcp_head *h);

/* Connections idle for long are given up. */
void tcp_expire(struct net *n);

/* Gives up what still waits and ends an open connection for the layer above. */
void tcp_end(struct net *n, struct net_conn *c, enum net_end why);

#endif
