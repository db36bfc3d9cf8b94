/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * What the kernel's programs have in common: which answers will be bulk, and the ring buffer that wanted parts go to.
 *
 * The includer defines:
 *
 *   int emit_load(struct emit *k, uint32_t at, void *to, uint32_t n)
 *       `n` bytes (1 to RECORD_PART) at offset `at` of the segment's payload; 0 when they are there.
 *   void emit_count(uint32_t bytes, bool lost)
 *       A record of so many bytes was handed over, or could not be.
 */
#ifndef CAPTURE_BPF_EMIT_H
#define CAPTURE_BPF_EMIT_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "record.h"
#include "track.h"

#define EMIT_RANGES 32
#define EMIT_WAKE_AT (256 << 10) /* bytes in the ring that are worth a wake-up */

struct emit_range {
	uint32_t from, to, tail;
};

/* One at a time uses it: too large for the stack. */
struct emit_box {
	struct emit_range r[EMIT_RANGES];
	struct record record;
	uint8_t data[RECORD_ROOM];
};

struct emit {
	struct track_walk w; /* first: the tracker's hooks are given this */
	struct track *track;
	struct emit_box *box;
	const struct flow_key *key;
	uint32_t n_ranges;
	uint32_t at, from, used; /* the range, how far in it, and how much of data */
	uint32_t limit;          /* bytes of the payload that may be told */
};

struct question {
	struct flow_key key; /* of the request */
	int32_t correlation_id;
};

/* Requests whose answers are bulk. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct question);
	__type(value, uint32_t);
} questions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static __always_inline int emit_load(struct emit *k, uint32_t at, void *to, uint32_t n);
static __always_inline void emit_count(uint32_t bytes, bool lost);

/* The other direction's key, on any interface. */
static __always_inline void emit_turn(struct flow_key *to, const struct flow_key *key)
{
	__builtin_memcpy(to->src, key->dst, 16);
	__builtin_memcpy(to->dst, key->src, 16);
	__builtin_memcpy(to->sport, key->dport, 2);
	__builtin_memcpy(to->dport, key->sport, 2);
	to->ifindex = 0;
}

static __always_inline void track_asked(struct track_walk *w, int32_t correlation_id, bool bulk)
{
	struct emit *k = (struct emit *)w;
	struct question q = { .key = *k->key, .correlation_id = correlation_id };
	uint32_t one = 1;

	q.key.ifindex = 0;
	if (bulk)
		bpf_map_update_elem(&questions, &q, &one, BPF_ANY);
	else if (bpf_map_lookup_elem(&questions, &q))
		bpf_map_delete_elem(&questions, &q);
}

static __always_inline bool track_answers(struct track_walk *w, int32_t correlation_id)
{
	struct emit *k = (struct emit *)w;
	struct question q = { .correlation_id = correlation_id };

	emit_turn(&q.key, k->key);
	return bpf_map_lookup_elem(&questions, &q);
}

/* Looks for a frame in the first bytes of a segment; the box is free until something is told. */
struct emit_search {
	const struct track *track;
	struct track_walk *w;
	const uint8_t *bytes;
	uint32_t at;
};

static long emit_look(uint32_t i, void *ctx)
{
	struct emit_search *s = ctx;
	const uint8_t *p;

	asm volatile("%0 &= 0x7fff" : "+r"(i));
	p = s->bytes + i;
	if (p[0] > TRACK_FRAME_MAX >> 24 || !track_goes_on(s->track, p))
		return 0;
	if (s->track->role == TRACK_ANSWERS && !track_answers(s->w, (int32_t)track_u32(p + 4)))
		return 0;
	s->at = i;
	return 1;
}

/* In at most RECORD_PART bytes from `from` on. */
static __always_inline uint32_t emit_search(struct emit *k, struct track *t, uint32_t from)
{
	struct emit_search s = { .track = t, .w = &k->w, .bytes = k->box->data, .at = UINT32_MAX };
	uint32_t n = k->w.end - k->w.seq - from;

	if (n > RECORD_PART)
		n = RECORD_PART;
	if (n <= TRACK_LOOK)
		return UINT32_MAX;
	n -= 1;
	asm volatile("%0 &= 0x7fff" : "+r"(n)); /* the compiler would leave out what the verifier needs */
	n += 1;
	if (emit_load(k, from, k->box->data, n))
		return UINT32_MAX;
	bpf_loop(n - TRACK_LOOK, emit_look, &s, 0);
	return s.at == UINT32_MAX ? s.at : from + s.at;
}

/* A function of its own: the verifier looks at it once. */
static __attribute__((noinline)) uint32_t track_search(struct track *t, struct track_walk *w)
{
	struct emit *k = (struct emit *)w;
	uint32_t at = emit_search(k, t, 0);

	if (at == UINT32_MAX && w->end - w->seq > RECORD_PART)
		at = emit_search(k, t, RECORD_PART - TRACK_LOOK);
	return at;
}

/* Ranges that touch are one. Beyond what there is room for, the last one reaches to the end of the segment. */
static __always_inline void emit_want(struct emit *k, uint32_t from, uint32_t to, uint32_t tail)
{
	uint32_t last = k->n_ranges - 1;
	struct emit_range *r;

	if (last < EMIT_RANGES) {
		r = &k->box->r[last];
		if ((r->to == from && r->tail == 0) || last == EMIT_RANGES - 1) {
			r->to = last == EMIT_RANGES - 1 ? k->w.end : to;
			r->tail = tail;
			return;
		}
	}
	if (k->n_ranges < EMIT_RANGES) {
		k->box->r[k->n_ranges] = (struct emit_range){ from, to, tail };
		k->n_ranges++;
	}
}

/* The whole segment; what the last frame in it holds beyond its end is still not told. */
static __always_inline void emit_want_all(struct emit *k)
{
	struct emit_range *r = k->box->r;
	uint32_t last = k->n_ranges - 1, beyond = k->w.end;

	if (last < EMIT_RANGES)
		beyond = r[last].to + r[last].tail;
	r[0].from = k->w.seq;
	r[0].to = k->w.end;
	r[0].tail = track_ahead(beyond, k->w.end) > 0 ? beyond - k->w.end : 0;
	k->n_ranges = 1;
}

/* The record with `used` bytes behind it. */
static __always_inline void emit_put(struct emit_box *b, uint32_t used)
{
	uint64_t flags = BPF_RB_NO_WAKEUP;
	uint32_t size = sizeof(b->record) + used;

	if (used > sizeof(b->data))
		return;
	b->record.n = used;
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > EMIT_WAKE_AT)
		flags = BPF_RB_FORCE_WAKEUP;
	emit_count(size, bpf_ringbuf_output(&ring, &b->record, size, flags) != 0);
}

static __always_inline void emit_begin(struct emit_box *b, const struct flow_key *key, uint8_t family, uint8_t flags)
{
	b->record.ts = bpf_ktime_get_ns();
	b->record.key = *key;
	b->record.kind = RECORD_TCP;
	b->record.flags = flags;
	b->record.family = family;
}

/* A part of the range at hand, `n` bytes long, of which only those before the limit are told. */
static __always_inline void emit_part(struct emit *k, const struct emit_range *r, uint32_t n)
{
	uint32_t used = k->used, at = k->from - k->w.seq, have = n;
	struct part *p;

	if (at >= k->limit)
		have = 0;
	else if (k->limit - at < n)
		have = k->limit - at;
	asm volatile("%0 &= 0x7ffc" : "+r"(used)); /* the compiler would leave out what the verifier needs */
	p = (struct part *)(void *)(k->box->data + used);
	p->seq = k->from;
	if (have > 0) {
		have -= 1;
		asm volatile("%0 &= 0x7fff" : "+r"(have));
		have += 1;
		if (emit_load(k, at, k->box->data + used + sizeof(*p), have))
			have = 0;
	}
	p->n = have;
	p->tail = n - have;
	if (k->from + n == r->to)
		p->tail += r->tail;
	k->used = used + sizeof(*p) + ((have + 3) & ~3u);
}

static long emit_step(uint32_t i, void *ctx)
{
	struct emit *k = ctx;
	uint32_t at = k->at, n;
	struct emit_range *r;

	if (k->used >= RECORD_PART || at >= k->n_ranges || at >= EMIT_RANGES) {
		if (k->used)
			emit_put(k->box, k->used);
		k->used = 0;
		return at >= k->n_ranges;
	}
	r = &k->box->r[at];
	n = r->to - k->from;
	if (n > RECORD_PART)
		n = RECORD_PART;
	emit_part(k, r, n);
	k->from += n;
	if (k->from == r->to) {
		k->at = ++at;
		if (at < EMIT_RANGES)
			k->from = k->box->r[at].from;
	}
	return 0;
}

/* All ranges, in as few records as they fit into; `most` bytes of payload are possible. emit_begin went before. */
static __always_inline void emit_ranges(struct emit *k, uint32_t most)
{
	k->at = k->used = 0;
	k->from = k->box->r[0].from;
	bpf_loop(2 * EMIT_RANGES + 2 * (most / RECORD_PART), emit_step, k, 0);
}

static long emit_frame(uint32_t i, void *ctx)
{
	struct emit *k = ctx;

	return !track_step(k->track, &k->w);
}

#endif
