/* SPDX-License-Identifier: Apache-2.0
 *
 * With many connections every packet finds its state out of the cache, at several places of which each is known only by
 * the one before. So the packets of a batch pass a line of stations: each fetches what the next will read.
 */
#include "ahead.h"

#include <string.h>

#include <regroup/capture.h>

#include "ip.h"
#include "link.h"
#include "stream.h"
#include "tcp.h"

/* Fewer connections than these have all of their state in the cache anyway. */
#define CONNECTIONS 256

/* The hash of an ordinary packet's flow; 0 for all others, which go without help. */
static uint32_t hash_of(const struct cap_packet *p, bool *payload)
{
	struct span s = {.p = p->data, .cap = p->caplen, .len = p->len < p->caplen ? p->caplen : p->len};
	unsigned type = link_strip(p->link, &s);
	struct ip_packet ip;

	if ((type != NET_TYPE_IPV4 && type != NET_TYPE_IPV6) || !ip_parse(type, s, &ip) || ip.fragment ||
	    ip.proto != IP_PROTO_TCP || ip.payload.cap < 20)
		return 0;
	*payload = ip.payload.len > (ip.payload.p[12] >> 4) * 4u;
	ip.src.port = be16(ip.payload.p);
	ip.dst.port = be16(ip.payload.p + 2);
	return flow_hash(&ip.src, &ip.dst);
}

static void fetch_conn(const struct net_conn *c)
{
	__builtin_prefetch(c, 1);
	__builtin_prefetch((const char *)c + 64, 1);
}

/* The neighbours in the idle list, when the connection is about to be moved in it. */
static void fetch_neighbours(const struct net *n, const struct net_conn *c)
{
	if (n->now - c->last < tcp_touch(n))
		return;
	if (c->lru_prev)
		__builtin_prefetch((const char *)flow_at(&n->flows, c->lru_prev - 1) + 64, 1);
	if (c->lru_next)
		__builtin_prefetch((const char *)flow_at(&n->flows, c->lru_next - 1) + 64, 1);
}

/* The layer above has no use for a packet without payload. */
static void fetch_above(const struct net *n, const struct net_conn *c, unsigned step, bool payload)
{
	if (!step)
		fetch_neighbours(n, c);
	if (payload && c->id && c->user && n->sink.ahead)
		n->sink.ahead(n->sink.ctx, c->user, step);
}

/* Station `at` works on packet i; the first has the packet that is farthest ahead. */
static inline void station(struct net *n, struct ahead *a, const struct cap_packet *p, size_t i, unsigned at)
{
	struct ahead_packet *x = &a->packet[i % AHEAD_PACKETS];

	if (at == 0) {
		x->ref = 0;
		x->hash = hash_of(&p[i], &x->payload);
		if (x->hash)
			__builtin_prefetch(flow_slot(&n->flows, x->hash));
	} else if (at == 1) {
		x->ref = x->hash ? flow_ref(&n->flows, x->hash) : 0;
		if (x->ref)
			fetch_conn(flow_at(&n->flows, x->ref - 1));
	} else if (x->ref && (x->payload || at == 2)) {
		fetch_above(n, flow_at(&n->flows, x->ref - 1), at - 2, x->payload);
	}
}

bool ahead_useful(const struct net *n)
{
	return n->flows.count >= CONNECTIONS;
}

void ahead_begin(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count)
{
	for (unsigned at = 0; at < AHEAD_STATIONS; at++) {
		size_t to = (size_t)(AHEAD_STATIONS - at) * AHEAD_STEP;

		for (size_t i = 0; i < to && i < count; i++)
			station(n, a, p, i, at);
	}
}

void ahead_step(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count, size_t i)
{
#pragma GCC unroll 8
	for (unsigned at = 0; at < AHEAD_STATIONS; at++) {
		size_t j = i + (size_t)(AHEAD_STATIONS - at) * AHEAD_STEP;

		if (j < count)
			station(n, a, p, j, at);
	}
}
