/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP (RFC 9293), as a bystander sees it.
 */
#ifndef REGROUP_NET_TCP_H
#define REGROUP_NET_TCP_H

#include "ip.h"

struct net;
struct net_conn;

/* Takes a whole TCP segment. ip's ports are filled in. `hash`: its flow_hash, 0 when it is not known. */
void tcp_packet(struct net *n, struct ip_packet *ip, uint32_t hash);

/* A connection's place in its idle list is kept to this precision (ns). */
int64_t tcp_touch(const struct net *n);

/* Connections idle for long are given up. */
void tcp_expire(struct net *n);

/* Gives up what still waits and ends an open connection for the layer above. */
void tcp_end(struct net *n, struct net_conn *c, enum net_end why);

#endif
