/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * The smart snaplen, as a filter on a packet socket: says of each packet how many of its bytes are worth keeping. In ring
 * mode the parts that are go to a ring buffer, and nothing to the socket.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "packet.h"
#include "record.h"
#include "track.h"

#define LOOPBACK 1 /* its index in every network namespace */
#define OUTGOING 4 /* PACKET_OUTGOING */
#define RANGES 32
#define WAKE_AT (256 << 10) /* bytes in the ring that are worth a wake-up */

const volatile uint32_t link_header = 14; /* bytes; without one the socket tells the protocol */
const volatile uint32_t snaplen = 262144;
const volatile bool ring_mode = false;
const volatile bool keep_loopback = false; /* for tests: packets have no direction there */

struct range {
	uint32_t from, to, tail;
};

struct scratch {
	struct packet p;
	struct range r[RANGES];
	struct record record;
	uint8_t data[RECORD_DATA + 1];
};

struct question {
	struct flow_key key; /* of the request */
	int32_t correlation_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct track);
} flows SEC(".maps");

/* Requests whose answers are bulk. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct question);
	__type(value, uint32_t);
} questions SEC(".maps");

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

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

/* ---- what the headers ask for ------------------------------------------------------------------------- */

struct walk {
	struct track_walk w; /* first: the hooks are given this */
	struct __sk_buff *skb;
	struct track *track;
	struct scratch *scratch;
	uint32_t payload, n_ranges;
	uint32_t kept; /* end of what is wanted */
	uint32_t at, from; /* emitting: the range, and how far */
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

static __always_inline void ask(struct question *q, const struct flow_key *key, bool answer, int32_t correlation_id)
{
	__builtin_memcpy(q->key.src, answer ? key->dst : key->src, 16);
	__builtin_memcpy(q->key.dst, answer ? key->src : key->dst, 16);
	__builtin_memcpy(q->key.sport, answer ? key->dport : key->sport, 2);
	__builtin_memcpy(q->key.dport, answer ? key->sport : key->dport, 2);
	q->key.ifindex = 0;
	q->correlation_id = correlation_id;
}

static __always_inline void track_asked(struct track_walk *w, int32_t correlation_id, bool bulk)
{
	struct walk *k = (struct walk *)w;
	struct question q;
	uint32_t one = 1;

	ask(&q, &k->scratch->p.key, false, correlation_id);
	if (bulk)
		bpf_map_update_elem(&questions, &q, &one, BPF_ANY);
	else if (bpf_map_lookup_elem(&questions, &q))
		bpf_map_delete_elem(&questions, &q);
}

static __always_inline bool track_answers(struct track_walk *w, int32_t correlation_id)
{
	struct walk *k = (struct walk *)w;
	struct question q;

	ask(&q, &k->scratch->p.key, true, correlation_id);
	return bpf_map_lookup_elem(&questions, &q);
}

/* Ranges that touch are one. Beyond what there is room for, the last one reaches to the end of the segment. */
static __always_inline void track_want(struct track_walk *w, uint32_t from, uint32_t to, uint32_t tail)
{
	struct walk *k = (struct walk *)w;
	uint32_t last = k->n_ranges - 1;
	struct range *r;

	k->kept = to;
	if (!ring_mode)
		return;
	if (last < RANGES) {
		r = &k->scratch->r[last];
		if ((r->to == from && r->tail == 0) || last == RANGES - 1) {
			r->to = last == RANGES - 1 ? w->end : to;
			r->tail = tail;
			return;
		}
	}
	if (k->n_ranges < RANGES) {
		k->scratch->r[k->n_ranges] = (struct range){ from, to, tail };
		k->n_ranges++;
	}
}

/* ---- the ring ----------------------------------------------------------------------------------------- */

static __always_inline void count(uint32_t bytes, bool lost)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct filter_counters *c = bpf_map_lookup_elem(&counters, &cpu);

	if (!c)
		return;
	c->kept_packets += !lost;
	c->kept_bytes += lost ? 0 : bytes;
	c->lost += lost;
}

/* `n` bytes of the packet at `at` (0 to RECORD_DATA of them) as a record. */
static __always_inline void emit(struct __sk_buff *skb, struct scratch *s, uint32_t at, uint32_t n)
{
	uint64_t flags = BPF_RB_NO_WAKEUP;
	uint32_t size;

	if (n > RECORD_DATA)
		n = RECORD_DATA;
	if (n > 0) {
		n -= 1;
		asm volatile("%0 &= 0xffff" : "+r"(n)); /* the compiler would leave out what the verifier needs */
		n += 1;
		if (bpf_skb_load_bytes(skb, at, s->data, n))
			n = 0;
	}
	s->record.n = n;
	size = sizeof(s->record) + n;
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > WAKE_AT)
		flags = BPF_RB_FORCE_WAKEUP;
	count(size, bpf_ringbuf_output(&ring, &s->record, size, flags) != 0);
}

static __always_inline void begin_record(struct scratch *s, uint8_t kind)
{
	s->record.ts = bpf_ktime_get_ns();
	s->record.key = s->p.key;
	s->record.kind = kind;
	s->record.flags = s->p.flags;
	s->record.family = s->p.family;
	s->record.seq = s->p.seq;
	s->record.ack = s->p.ack;
	s->record.tail = 0;
}

static long emit_step(uint32_t i, void *ctx)
{
	struct walk *k = ctx;
	struct scratch *s = k->scratch;
	uint32_t at = k->at, n;
	struct range *r;

	if (at >= k->n_ranges || at >= RANGES)
		return 1;
	r = &s->r[at];
	n = r->to - k->from;
	s->record.seq = k->from;
	if (n > RECORD_DATA)
		n = RECORD_DATA;
	s->record.tail = k->from + n == r->to ? r->tail : 0;
	emit(k->skb, s, k->payload + (k->from - k->w.seq), n);
	k->from += n;
	if (k->from == r->to && at + 1 < RANGES) {
		k->at = at + 1;
		k->from = s->r[at + 1].from;
	} else if (k->from == r->to) {
		return 1;
	}
	return 0;
}

/* The flags that take a place in the stream go by themselves, at that place. */
static __always_inline void emit_flags(struct walk *k, uint32_t seq, uint8_t flags)
{
	struct scratch *s = k->scratch;

	begin_record(s, RECORD_TCP);
	s->record.seq = seq;
	s->record.flags = flags;
	emit(k->skb, s, 0, 0);
}

static __always_inline void emit_ranges(struct walk *k)
{
	struct scratch *s = k->scratch;
	uint8_t flags = s->p.flags;

	if (flags & PACKET_SYN)
		emit_flags(k, k->w.seq, PACKET_SYN | (flags & PACKET_ACK));
	begin_record(s, RECORD_TCP);
	s->record.flags = flags & PACKET_ACK;
	k->at = 0;
	k->from = s->r[0].from;
	bpf_loop(RANGES + 16, emit_step, k, 0);
	if (flags & (PACKET_FIN | PACKET_RST))
		emit_flags(k, k->w.end, flags & (PACKET_FIN | PACKET_RST | PACKET_ACK));
}

static __always_inline void emit_raw(struct __sk_buff *skb, struct scratch *s)
{
	begin_record(s, RECORD_RAW);
	emit(skb, s, s->p.net, skb->len - s->p.net);
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
	struct question q;

	ask(&q, key, true, 0);
	q.key.ifindex = key->ifindex;
	return bpf_map_lookup_elem(&flows, &q.key);
}

static long frame_step(uint32_t i, void *ctx)
{
	struct walk *k = ctx;

	return !track_step(k->track, &k->w);
}

/* The whole segment; what the last frame in it holds beyond its end is still not told. */
static __always_inline void one_range(struct walk *k)
{
	struct range *r = k->scratch->r;
	uint32_t last = k->n_ranges - 1, beyond = k->w.end;

	if (last < RANGES)
		beyond = r[last].to + r[last].tail;
	r[0].from = k->w.seq;
	r[0].to = k->w.end;
	r[0].tail = track_ahead(beyond, k->w.end) > 0 ? beyond - k->w.end : 0;
	k->n_ranges = 1;
}

/* How many bytes of the payload to keep; in ring mode the ranges are collected. */
static __always_inline uint32_t follow(struct walk *k, struct track *t)
{
	if (__sync_val_compare_and_swap(&t->busy, 0, 1) != 0)
		k->w.whole = 1; /* out of step with the other processor's segment: it is found again */
	else {
		track_begin(t, &k->w);
		bpf_loop(TRACK_FRAMES + 1, frame_step, k, 0);
		t->busy = 0;
	}
	if (!k->w.whole)
		return k->kept - k->w.seq;
	if (ring_mode)
		one_range(k);
	return k->w.end - k->w.seq;
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

static __always_inline uint32_t take_tcp(struct __sk_buff *skb, struct scratch *s)
{
	struct packet *p = &s->p;
	struct track *t = find(&p->key);
	struct walk k = { 0 };
	uint32_t kept;

	if (t && p->flags & PACKET_SYN)
		track_syn(t, p->seq, p->flags & PACKET_ACK ? TRACK_ANSWERS : TRACK_REQUESTS);
	if (p->flags & PACKET_SYN)
		p->seq++;
	if (p->end <= p->payload) {
		if (ring_mode && worth_telling(p)) {
			begin_record(s, RECORD_TCP);
			emit(skb, s, 0, 0);
		}
		return p->payload;
	}
	k.w.seq = k.kept = p->seq;
	k.w.end = p->seq + (p->end - p->payload);
	k.skb = skb;
	k.scratch = s;
	k.payload = p->payload;
	k.track = t;
	if (!t)
		return skb->len;
	kept = follow(&k, t);
	if (ring_mode && (k.n_ranges > 0 || p->flags & (PACKET_SYN | PACKET_FIN | PACKET_RST)))
		emit_ranges(&k);
	return k.w.whole ? skb->len : p->payload + kept;
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
	return keep;
}

char _license[] SEC("license") = "GPL";
