/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * The smart snaplen, as a filter on a packet socket: says of each packet how many of its bytes are worth keeping. In ring
 * mode the parts that are go to a ring buffer, and nothing to the socket.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "emit.h"
#include "packet.h"

#define LOOPBACK 1 /* its index in every network namespace */
#define OUTGOING 4 /* PACKET_OUTGOING */
#define PATIENCE (1 << 17) /* looks at whether the other processor is done, a few ns each: a virtual one may be stopped meanwhile */
#define HOLE_PATIENCE (1 << 14) /* and at whether it is about to come: that may be in vain */
#define SEGMENT_MAX (1 << 19) /* of segmentation offload, BIG TCP included */

const volatile uint32_t link_header = 14; /* bytes; without one the socket tells the protocol */
const volatile uint32_t snaplen = 262144;
const volatile bool ring_mode = false;
const volatile bool keep_loopback = false; /* for tests: packets have no direction there */

struct scratch {
	struct packet p;
	uint32_t bulk; /* copied of this packet because what is wanted lies behind it */
	struct emit_box box;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct track);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY); /* one for each processor: values are too large for a per-CPU map */
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The same, mapped into user space: reading them takes no right and no system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct filter_counters);
} counters SEC(".maps");

/* ---- what the headers ask for ------------------------------------------------------------------------- */

struct walk {
	struct emit e; /* first: the hooks are given this */
	struct __sk_buff *skb;
	uint32_t payload;
	uint32_t kept; /* end of what is wanted */
	uint32_t bulk; /* bytes before it that are not */
};

static __always_inline int packet_load(void *ctx, uint32_t at, void *to, uint32_t n)
{
	return bpf_skb_load_bytes(ctx, at, to, n) ? -1 : 0;
}

static __always_inline int track_load(struct track_walk *w, uint32_t at, void *to, uint32_t n)
{
	struct walk *k = (struct walk *)w;

	return bpf_skb_load_bytes(k->skb, k->payload + at, to, n) ? -1 : 0;
}

static __always_inline int emit_load(struct emit *e, uint32_t at, void *to, uint32_t n)
{
	return track_load(&e->w, at, to, n);
}

static __always_inline void track_want(struct track_walk *w, uint32_t from, uint32_t to, uint32_t tail)
{
	struct walk *k = (struct walk *)w;

	if (ring_mode) {
		emit_want(&k->e, from, to, tail);
		return;
	}
	if (track_ahead(from, k->kept) > 0)
		k->bulk += from - k->kept;
	k->kept = to;
}

/* ---- the ring ----------------------------------------------------------------------------------------- */

static __always_inline void emit_count(uint32_t bytes, bool lost)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct filter_counters *c = bpf_map_lookup_elem(&counters, &cpu);

	if (!c)
		return;
	c->kept_packets += !lost;
	c->kept_bytes += lost ? 0 : bytes;
	c->lost += lost;
}

static __always_inline void emit_flags(struct scratch *s, uint32_t seq, uint8_t flags)
{
	emit_begin(&s->box, &s->p.key, s->p.family, flags);
	s->box.record.seq = seq;
	s->box.record.ack = s->p.ack;
	emit_put(&s->box, 0);
}

static __always_inline void emit_segment(struct walk *k, struct scratch *s)
{
	uint8_t flags = s->p.flags;

	if (flags & PACKET_SYN)
		emit_flags(s, k->e.w.seq, PACKET_SYN | (flags & PACKET_ACK));
	emit_begin(&s->box, &s->p.key, s->p.family, flags & PACKET_ACK);
	s->box.record.ack = s->p.ack;
	emit_ranges(&k->e, SEGMENT_MAX);
	if (flags & (PACKET_FIN | PACKET_RST))
		emit_flags(s, k->e.w.end, flags & (PACKET_FIN | PACKET_RST | PACKET_ACK));
}

static __always_inline void emit_raw(struct __sk_buff *skb, struct scratch *s)
{
	uint32_t n = skb->len - s->p.net;

	if (s->p.net >= snaplen || n == 0)
		return;
	if (n > snaplen - s->p.net)
		n = snaplen - s->p.net;
	if (n > 65536)
		n = 65536;
	n -= 1;
	asm volatile("%0 &= 0xffff" : "+r"(n)); /* the compiler would leave out what the verifier needs */
	n += 1;
	if (bpf_skb_load_bytes(skb, s->p.net, s->box.data, n))
		return;
	emit_begin(&s->box, &s->p.key, s->p.family, 0);
	s->box.record.kind = RECORD_RAW;
	s->box.record.seq = skb->len - s->p.net;
	emit_put(&s->box, n);
}

/* ---- a packet ----------------------------------------------------------------------------------------- */

static struct track *find(const struct flow_key *key)
{
	struct track *t = bpf_map_lookup_elem(&flows, key);
	struct track fresh = { 0 };

	if (t)
		return t;
	bpf_map_update_elem(&flows, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&flows, key);
}

static __always_inline struct track *other_side(const struct flow_key *key)
{
	struct flow_key other;

	emit_turn(&other, key);
	other.ifindex = key->ifindex;
	return bpf_map_lookup_elem(&flows, &other);
}

/* ---- other processors --------------------------------------------------------------------------------- */

/* Loopback's segments come on two processors at once: its sender's, and the one that takes the acknowledgements. What one of
 * them does with a segment takes it a microsecond, and nothing interrupts it: the other one waits. */
static long try_enter(uint32_t i, void *ctx)
{
	struct track **t = ctx;

	return __sync_val_compare_and_swap(&(*t)->busy, 0, 1) == 0;
}

static __always_inline bool enter(struct track *t)
{
	return __sync_val_compare_and_swap(&t->busy, 0, 1) == 0 || bpf_loop(PATIENCE, try_enter, &t, 0) < PATIENCE;
}

static __always_inline void leave(struct track *t)
{
	__sync_val_compare_and_swap(&t->busy, 1, 0);
}

struct await {
	struct track *track;
	uint32_t seq;
};

static long has_come(uint32_t i, void *ctx)
{
	struct await *a = ctx;

	barrier(); /* the other one writes it */
	return !track_hole(a->track, a->seq);
}

static __always_inline bool on_several(struct track *t)
{
	uint32_t cpu = bpf_get_smp_processor_id() + 1;

	if (t->cpu == 0)
		t->cpu = cpu;
	else if (t->cpu != cpu)
		t->cpu = UINT32_MAX;
	return t->cpu == UINT32_MAX;
}

/* A segment overtakes one that is about to be taken on the other processor: it waits for that, once for each hole. */
static __always_inline bool enter_in_order(struct track *t, uint32_t seq)
{
	struct await a = { t, seq };

	if (!enter(t))
		return false;
	if (!on_several(t) || !track_hole(t, seq) || t->waited == t->next)
		return true;
	t->waited = t->next;
	leave(t);
	bpf_loop(HOLE_PATIENCE, has_come, &a, 0);
	return enter(t);
}

/* How many bytes of the payload to keep; in ring mode the ranges are collected. */
static __always_inline uint32_t follow(struct walk *k, struct track *t, bool entered)
{
	struct track_walk *w = &k->e.w;

	if (entered) {
		track_begin(t, w);
		bpf_loop(TRACK_FRAMES + 1, emit_frame, k, 0);
	} else {
		w->whole = 1; /* the position is lost with it, and found again */
	}
	if (!w->whole)
		return k->kept - w->seq;
	if (ring_mode)
		emit_want_all(&k->e);
	return w->end - w->seq;
}

/* A segment without payload is of interest for its flags, or for what it acknowledges. */
static __always_inline bool worth_telling(const struct packet *p)
{
	struct track *t;

	if (p->flags & (PACKET_SYN | PACKET_FIN | PACKET_RST))
		return true;
	t = other_side(&p->key);
	return !t || !track_ack_in_bulk(t, p->ack);
}

static __always_inline uint32_t take_payload(struct walk *k, struct scratch *s)
{
	struct packet *p = &s->p;
	bool entered = enter_in_order(k->e.track, k->e.w.seq);
	uint32_t kept = follow(k, k->e.track, entered);

	if (ring_mode && (k->e.n_ranges > 0 || p->flags & (PACKET_SYN | PACKET_FIN | PACKET_RST)))
		emit_segment(k, s); /* in order, too */
	if (entered)
		leave(k->e.track);
	if (k->e.w.whole)
		return p->len;
	s->bulk = k->bulk;
	return p->payload + kept;
}

static __always_inline uint32_t take_tcp(struct __sk_buff *skb, struct scratch *s)
{
	struct packet *p = &s->p;
	struct track *t = find(&p->key);
	struct walk k = { 0 };

	if (t && p->flags & PACKET_SYN)
		track_syn(t, p->seq, p->flags & PACKET_ACK ? TRACK_ANSWERS : TRACK_REQUESTS);
	if (p->flags & PACKET_SYN)
		p->seq++;
	if (p->end <= p->payload) {
		if (ring_mode && worth_telling(p))
			emit_flags(s, p->seq, p->flags);
		return p->payload;
	}
	k.e.w.seq = k.kept = p->seq;
	k.e.w.end = p->seq + (p->end - p->payload);
	k.e.track = t;
	k.e.box = &s->box;
	k.e.key = &p->key;
	k.e.limit = snaplen > p->payload ? snaplen - p->payload : 0;
	k.skb = skb;
	k.payload = p->payload;
	if (!t)
		return skb->len;
	return take_payload(&k, s);
}

SEC("socket")
int regroup_filter(struct __sk_buff *skb)
{
	uint32_t cpu = bpf_get_smp_processor_id(), keep = skb->len;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &cpu);
	struct filter_counters *c = bpf_map_lookup_elem(&counters, &cpu);
	uint8_t type[2];

	if (skb->ifindex == LOOPBACK && skb->pkt_type == OUTGOING && !keep_loopback)
		return 0;
	if (!s || !c)
		return ring_mode ? 0 : snaplen;
	c->packets++;
	c->bytes += skb->len;
	__builtin_memset(&s->p, 0, sizeof(s->p));
	s->p.len = skb->len;
	s->p.key.ifindex = skb->ifindex;
	s->bulk = 0;
	if (link_header == 0)
		packet_parse(skb, &s->p, 0, bpf_ntohs((uint16_t)skb->protocol));
	else if (bpf_skb_load_bytes(skb, link_header - 2, type, 2) == 0)
		packet_parse(skb, &s->p, link_header, packet_u16(type));
	if (s->p.kind == PACKET_TCP)
		keep = take_tcp(skb, s);
	else if (ring_mode && s->p.kind == PACKET_CARRIER)
		emit_raw(skb, s);
	if (ring_mode)
		return 0;
	if (keep > snaplen)
		keep = snaplen;
	c->kept_packets++;
	c->kept_bytes += keep;
	c->bulk += s->bulk;
	return keep;
}

char _license[] SEC("license") = "GPL";
