/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/net.h>

#include <stdlib.h>
#include <string.h>

#include <regroup/capture.h>

#include "ahead.h"
#include "fragment.h"
#include "head.h"
#include "ip.h"
#include "link.h"
#include "stream.h"
#include "tcp.h"
#include "tunnel.h"

#define MAX_NESTING 4      /* tunnels in tunnels */
#define EXPIRE_EVERY 64    /* packets */
#define TS_MAX (INT64_MAX / 4)
#define CLOCK_STEP (INT64_C(60) * 1000000000)

#define DEFAULT_MEMORY (16u << 20)
#define DEFAULT_FLOW_SEGMENTS 256
#define DEFAULT_FLOW_BYTES (1u << 20)
#define DEFAULT_CONNECTIONS 1000000

static bool set_ports(struct net *n, const struct net_options *o)
{
	if (!o->ports)
		return true;
	n->ports = calloc(65536 / 64, sizeof(*n->ports));
	for (size_t i = 0; n->ports && i < o->n_ports; i++)
		n->ports[o->ports[i] / 64] |= UINT64_C(1) << (o->ports[i] % 64);
	return n->ports;
}

struct net *net_new(const struct net_options *o)
{
	struct net *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->sink = o->sink;
	n->flow_segments = o->flow_segments ? o->flow_segments : DEFAULT_FLOW_SEGMENTS;
	n->flow_bytes = o->flow_bytes ? o->flow_bytes : DEFAULT_FLOW_BYTES;
	pool_init(&n->pool, o->memory ? o->memory : DEFAULT_MEMORY);
	n->fragments = fragments_new();
	if (flow_init(&n->flows, o->max_connections ? o->max_connections : DEFAULT_CONNECTIONS) && n->fragments &&
	    set_ports(n, o))
		return n;
	net_free(n);
	return NULL;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	flow_fini(&n->flows);
	pool_fini(&n->pool);
	fragments_free(n->fragments);
	free(n->ports);
	free(n);
}

/* A packet that is a little late does not turn time back; a clock that was set does. */
static void set_time(struct net *n, int64_t ts)
{
	ts = ts < 0 ? 0 : ts < TS_MAX ? ts : TS_MAX;
	n->ts = ts;
	if (ts > n->now || n->now - ts > CLOCK_STEP)
		n->now = ts;
}

static bool may_carry_tcp(uint8_t proto)
{
	switch (proto) {
	case IP_PROTO_IPIP:
	case IP_PROTO_TCP:
	case IP_PROTO_UDP:
	case IP_PROTO_IPV6:
	case IP_PROTO_GRE:
	case 51: /* extension headers inside fragments */
	case 60:
		return true;
	default:
		return false;
	}
}

/* True when `ip` is a whole datagram now. */
static bool whole(struct net *n, struct ip_packet *ip)
{
	if (!ip->fragment)
		return true;
	n->stats.fragments++;
	if (n->seen)
		n->seen->fragment = true;
	return may_carry_tcp(ip->proto) &&
	       fragments_add(n->fragments, ip, n->now, &n->stats.fragments_lost) && ip_skip_extensions(ip);
}

/* A packet that is no plain TCP segment: fragments, tunnels, all else. */
static __attribute__((noinline)) void network(struct net *n, const struct cap_packet *p)
{
	struct span s = {.p = p->data, .cap = p->caplen, .len = p->len < p->caplen ? p->caplen : p->len};
	unsigned type = link_strip(p->link, &s);
	struct ip_packet ip;
	struct tcp_head h;

	fragments_begin(n->fragments);

	for (unsigned depth = 0; type == NET_TYPE_IPV4 || type == NET_TYPE_IPV6; depth++) {
		if (depth > MAX_NESTING || !ip_parse(type, s, &ip)) {
			n->stats.malformed++;
			return;
		}
		if (!whole(n, &ip))
			return;
		if (ip.proto == IP_PROTO_TCP) {
			if (head_read_ip(&n->flows.seed, &ip, &h))
				tcp_packet(n, &h);
			else
				n->stats.malformed++;
			return;
		}
		s = ip.payload;
		type = tunnel_strip(ip.proto, &s);
	}
	if (type == NET_TYPE_BAD)
		n->stats.malformed++;
	else
		n->stats.not_tcp++;
}

static void note_cut(struct net *n, const struct cap_packet *p)
{
	n->stats.cut_packets++;
	if (p->caplen > n->stats.snaplen)
		n->stats.snaplen = p->caplen;
}

static void take_packet(struct net *n, const struct cap_packet *p, const struct tcp_head *h)
{
	n->stats.packets++;
	n->stats.bytes += p->caplen;
	if (p->caplen < p->len)
		note_cut(n, p);
	n->frame = p->frame;
	set_time(n, p->ts);
	if (n->n_waiting)
		wait_poll(n);
	if (h->family)
		tcp_packet(n, h);
	else
		network(n, p);
	if (n->stats.packets % EXPIRE_EVERY == 0)
		tcp_expire(n);
}

void net_packet(struct net *n, const struct cap_packet *p)
{
	struct tcp_head h;

	n->seen = NULL;
	head_read(&n->flows.seed, p, &h);
	take_packet(n, p, &h);
}

void net_packets(struct net *n, const struct cap_packet *p, size_t count, struct net_seen *seen)
{
	size_t lead = ahead_lead(n);
	struct ahead a;

	for (size_t at = 0; at < count + lead; at += AHEAD_BLOCK) {
		const struct tcp_head *h = ahead_step(n, &a, p, count, at, lead);
		size_t from = at - lead;

		for (size_t i = 0; at >= lead && i < AHEAD_BLOCK && from + i < count; i++) {
			n->seen = seen ? &seen[from + i] : NULL;
			if (seen)
				seen[from + i] = (struct net_seen){ 0 };
			take_packet(n, &p[from + i], &h[i]);
		}
	}
}

/* ---- the end --------------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct net_conn *const *x = a, *const *y = b;

	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

static bool in_order_of_id(const struct flow_table *t)
{
	uint64_t last = 0;

	for (uint32_t i = 1; i < t->used; i++) {
		const struct net_conn *c = flow_at(t, i);

		if (c->id && c->id < last)
			return false;
		last = c->id ? c->id : last;
	}
	return true;
}

static void end_as_they_lie(struct net *n)
{
	for (uint32_t i = 1; i < n->flows.used; i++)
		if (flow_at(&n->flows, i)->id)
			tcp_end(n, flow_at(&n->flows, i), NET_STOP);
}

/* Places that were taken again have to be sorted; without the memory for that they are ended as they lie, too. */
static void end_in_order(struct net *n)
{
	struct net_conn **all = malloc((n->flows.count + 1) * sizeof(struct net_conn *));
	uint32_t count = 0;

	if (!all) {
		end_as_they_lie(n);
		return;
	}
	for (uint32_t i = 1; i < n->flows.used; i++)
		if (flow_at(&n->flows, i)->id)
			all[count++] = flow_at(&n->flows, i);
	qsort(all, count, sizeof(struct net_conn *), by_id);
	for (uint32_t i = 0; i < count; i++)
		tcp_end(n, all[i], NET_STOP);
	free(all);
}

void net_finish(struct net *n, int64_t ts)
{
	set_time(n, ts);
	if (in_order_of_id(&n->flows))
		end_as_they_lie(n);
	else
		end_in_order(n);
	flow_clear(&n->flows);
}

void net_get_stats(const struct net *n, struct net_stats *out)
{
	*out = n->stats;
	out->memory = flow_memory(&n->flows) + n->pool.allocated + fragments_memory(n->fragments);
}

/* ---- a connection, as the layer above sees it ------------------------------------------------------ */

const struct net_endpoint *net_conn_endpoint(const struct net_conn *c, unsigned which)
{
	return &c->endpoint[which];
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
	return c->waits ? &c->wait->user : &c->user;
}

uint64_t net_conn_bytes(const struct net_conn *c, unsigned dir)
{
	return c->bytes[dir];
}

uint64_t net_conn_packets(const struct net_conn *c)
{
	return c->packets;
}
