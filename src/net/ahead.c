/* SPDX-License-Identifier: Apache-2.0
 *
 * With many connections every packet finds its state out of the cache, at several places of which each is known only by
 * the one before. So the packets of a batch pass a line of stations, in blocks: each fetches what the next will read.
 */
#include "ahead.h"

#include <string.h>

#include <regroup/capture.h>

#include "ip.h"
#include "link.h"
#include "plain.h"
#include "stream.h"
#include "tcp.h"

/* Fewer connections than these have all of their state in the cache anyway. */
#define CONNECTIONS 2048

static bool parse(const struct cap_packet *p, struct ip_packet *ip)
{
	struct span s = {.p = p->data, .cap = p->caplen, .len = p->len < p->caplen ? p->caplen : p->len};
	unsigned type = link_strip(p->link, &s);

	return (type == NET_TYPE_IPV4 || type == NET_TYPE_IPV6) && ip_parse(type, s, ip) && !ip->fragment &&
	       ip->proto == IP_PROTO_TCP && ip->payload.cap >= 20;
}

/* The hash of an ordinary packet's flow; 0 for all others, which go without help. */
static uint32_t hash_of(const struct cap_packet *p, uint8_t *payload)
{
	struct ip_packet ip;

	*payload = 0;
	if (!plain_parse(p, &ip) && !parse(p, &ip))
		return 0;
	*payload = ip.payload.len > (ip.payload.p[12] >> 4) * 4u;
	ip.src.port = be16(ip.payload.p);
	ip.dst.port = be16(ip.payload.p + 2);
	return flow_hash(&ip.src, &ip.dst);
}

/* The neighbours in the idle list, when the connection is about to be moved in it. */
static void fetch_neighbours(const struct net *n, const struct net_conn *c)
{
	if (c->lru_prev)
		__builtin_prefetch((const char *)flow_at(&n->flows, c->lru_prev - 1) + 64, 1);
	if (c->lru_next)
		__builtin_prefetch((const char *)flow_at(&n->flows, c->lru_next - 1) + 64, 1);
}

/* ---- the stations: each works on a block, one packet behind the other, before the next does on another ---- */

static void hash_block(const struct net *n, struct ahead_block *b, const struct cap_packet *p)
{
	for (unsigned i = 0; i < b->count; i++) {
		b->hash[i] = hash_of(&p[i], &b->payload[i]);
		__builtin_prefetch(flow_slot(&n->flows, b->hash[i]));
	}
}

/* From here on only packets with payload count: the layer above has no use for others. */
static void find_block(const struct net *n, struct ahead_block *b)
{
	b->n_refs = 0;
	for (unsigned i = 0; i < b->count; i++) {
		uint32_t ref = b->hash[i] ? flow_ref(&n->flows, b->hash[i]) : 0;
		const struct net_conn *c;

		if (!ref)
			continue;
		c = flow_at(&n->flows, ref - 1);
		__builtin_prefetch(c, 1);
		__builtin_prefetch((const char *)c + 64, 1);
		b->ref[b->n_refs] = ref;
		b->n_refs += b->payload[i];
	}
}

static void sink_block(const struct net *n, const struct ahead_block *b, unsigned step)
{
	for (unsigned i = 0; i < b->n_refs; i++) {
		const struct net_conn *c = flow_at(&n->flows, b->ref[i] - 1);

		if (!step && n->now - c->last >= tcp_touch(n))
			fetch_neighbours(n, c);
		if (c->id && c->user)
			n->sink.ahead(n->sink.ctx, c->user, step);
	}
}

static void station(struct net *n, struct ahead_block *b, const struct cap_packet *p, unsigned at)
{
	if (at == 0)
		hash_block(n, b, p);
	else if (at == 1)
		find_block(n, b);
	else if (n->sink.ahead)
		sink_block(n, b, at - 2);
}

bool ahead_useful(const struct net *n)
{
	return n->flows.count >= CONNECTIONS;
}

const uint32_t *ahead_step(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count, size_t at)
{
	for (unsigned s = 0; s < AHEAD_STATIONS && at >= s * AHEAD_BLOCK; s++) {
		size_t first = at - s * AHEAD_BLOCK;
		struct ahead_block *b = &a->block[first / AHEAD_BLOCK % AHEAD_STATIONS];

		if (first >= count)
			continue;
		if (s == 0)
			b->count = count - first < AHEAD_BLOCK ? (unsigned)(count - first) : AHEAD_BLOCK;
		station(n, b, p + first, s);
	}
	return a->block[(at / AHEAD_BLOCK + 1) % AHEAD_STATIONS].hash;
}
