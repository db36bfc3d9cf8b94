/* SPDX-License-Identifier: Apache-2.0
 *
 * With many connections every packet finds its state out of the cache, at several places of which each is known only by
 * the one before. So the packets of a batch pass a line of stations, in blocks: each fetches what the next will read.
 */
#include "ahead.h"

#include <regroup/capture.h>

#include "stream.h"

/* Fewer connections than these have all of their state in the cache anyway. */
#define CONNECTIONS 2048

/* ---- the stations: each works on a block, one packet behind the other, before the next does on another ---- */

static void read_heads(const struct net *n, struct ahead_block *b, const struct cap_packet *p)
{
	for (unsigned i = 0; i < b->count; i++)
		head_read(&n->flows.seed, &p[i], &b->head[i]);
}

static void fetch_slots(const struct net *n, const struct ahead_block *b)
{
	for (unsigned i = 0; i < b->count; i++)
		__builtin_prefetch(flow_slot(&n->flows, b->head[i].hash));
}

/* From here on only packets with payload count: the layer above has no use for others. */
static void fetch_connections(const struct net *n, struct ahead_block *b)
{
	uint32_t last = 0;

	b->n_refs = 0;
	for (unsigned i = 0; i < b->count; i++) {
		struct tcp_head *h = &b->head[i];

		if (!h->family)
			continue;
		h->ref = flow_ref(&n->flows, h->hash);
		if (!h->ref)
			continue;
		__builtin_prefetch(flow_at(&n->flows, h->ref), 1);
		b->ref[b->n_refs] = h->ref;
		b->len[b->n_refs] = h->segment.len;
		b->n_refs += h->segment.len && h->ref != last;
		last = h->segment.len ? h->ref : last;
	}
}

static const char *second_line(const struct net *n, uint32_t ref)
{
	return (const char *)flow_at(&n->flows, ref) + 64;
}

/* The second line and then the neighbours in the idle list are of use to a connection that is about to be moved in it. */
static void fetch_line(const struct net *n, const struct ahead_block *b)
{
	for (unsigned i = 0; i < b->n_refs; i++)
		if (n->now - flow_at(&n->flows, b->ref[i])->last >= flow_precision(&n->flows))
			__builtin_prefetch(second_line(n, b->ref[i]), 1);
}

static void fetch_neighbours(const struct net *n, const struct ahead_block *b)
{
	for (unsigned i = 0; i < b->n_refs; i++) {
		const struct net_conn *c = flow_at(&n->flows, b->ref[i]);

		if (n->now - c->last < flow_precision(&n->flows))
			continue;
		if (c->lru_prev)
			__builtin_prefetch(second_line(n, c->lru_prev), 1);
		if (c->lru_next)
			__builtin_prefetch(second_line(n, c->lru_next), 1);
	}
}

static void tell_sink(const struct net *n, const struct ahead_block *b, unsigned step)
{
	for (unsigned i = 0; n->sink.ahead && i < b->n_refs; i++) {
		const struct net_conn *c = flow_at(&n->flows, b->ref[i]);

		if (c->list != LIST_NONE && !c->waits && c->user)
			n->sink.ahead(n->sink.ctx, c->user, b->len[i], step);
	}
}

static void station(const struct net *n, struct ahead_block *b, unsigned at)
{
	if (at == 1)
		fetch_connections(n, b);
	else if (at == 2)
		fetch_line(n, b);
	else if (at == 3)
		fetch_neighbours(n, b);
	if (at >= 2 && at < 2 + NET_AHEAD)
		tell_sink(n, b, at - 2);
}

size_t ahead_lead(const struct net *n)
{
	return n->flows.count < CONNECTIONS ? 0 : (size_t)(AHEAD_STATIONS - 1) * AHEAD_BLOCK;
}

const struct tcp_head *ahead_step(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count, size_t at,
                                  size_t lead)
{
	struct ahead_block *b = &a->block[at / AHEAD_BLOCK % AHEAD_STATIONS];

	b->count = at >= count ? 0 : count - at < AHEAD_BLOCK ? (unsigned)(count - at) : AHEAD_BLOCK;
	if (b->count)
		read_heads(n, b, p + at);
	if (!lead)
		return b->head;
	fetch_slots(n, b);
	for (unsigned s = 1; s < AHEAD_STATIONS && at >= s * AHEAD_BLOCK; s++)
		station(n, &a->block[(at / AHEAD_BLOCK - s) % AHEAD_STATIONS], s);
	return a->block[(at / AHEAD_BLOCK + 1) % AHEAD_STATIONS].head;
}
