/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_net.h"

#include <string.h>

void fake_conn(struct net_conn *c, uint64_t id, bool from_start)
{
	memset(c, 0, sizeof(*c));
	c->id = id;
	c->from_start = from_start;
	c->end[0] = (struct net_endpoint){ .addr = { 10, 0, 0, 1 }, .port = 40000, .family = 4 };
	c->end[1] = (struct net_endpoint){ .addr = { 10, 0, 0, 2 }, .port = 9092, .family = 4 };
}

const struct net_endpoint *net_conn_endpoint(const struct net_conn *c, unsigned which)
{
	return &c->end[which];
}

uint64_t net_conn_id(const struct net_conn *c)
{
	return c->id;
}

bool net_conn_from_start(const struct net_conn *c)
{
	return c->from_start;
}

int64_t net_conn_since(const struct net_conn *c)
{
	return c->since;
}

void **net_conn_user(struct net_conn *c)
{
	return &c->user;
}

uint64_t net_conn_bytes(const struct net_conn *c, unsigned dir)
{
	return c->bytes[dir];
}

uint64_t net_conn_packets(const struct net_conn *c)
{
	return c->packets;
}
