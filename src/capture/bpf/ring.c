/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"
#include "smart.h"

#define ARENA_SIZE (1u << 20)
#define HEADERS 60          /* IPv6 and TCP; IPv4 takes 40 */
#define HOLE_MAX (512u << 10) /* one packet's; longer ones take several */
#define NAP_MS 20           /* the kernel wakes nobody for a few records */
#define SECOND INT64_C(1000000000)

struct ring {
	struct ring_buffer *buffer;
	uint8_t *arena;
	struct cap_packet *out; /* of the read that is under way */
	size_t max, n, used;
	int64_t to_utc;         /* from the kernel's clock */
	struct record record;   /* that is being told */
	const uint8_t *data;    /* its parts, or `kept` where there was no room for them */
	uint8_t *kept;
	size_t at;              /* how far its parts are told */
	struct part hole;       /* whose tail has yet to be told */
	int fd;
};

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* The network header of a segment with `n` bytes of payload; a length that does not fit is 0, as offload leaves it. */
static size_t put_network(uint8_t *p, const struct record *r, uint32_t n)
{
	uint32_t total = n + 20 + (r->family == 4 ? 20 : 0);

	if (total > 65535)
		total = 0;
	if (r->family != 4) {
		p[0] = 0x60;
		put16(p + 4, total);
		p[6] = 6;
		p[7] = 64;
		memcpy(p + 8, r->key.src, 16);
		memcpy(p + 24, r->key.dst, 16);
		return 40;
	}
	p[0] = 0x45;
	put16(p + 2, total);
	p[8] = 64;
	p[9] = 6;
	memcpy(p + 12, r->key.src + 12, 4);
	memcpy(p + 16, r->key.dst + 12, 4);
	put16(p + 10, checksum(p, 20));
	return 20;
}

/* A packet with headers, `n` bytes on the wire and `have` of them at `data`. */
static void add_segment(struct ring *r, const struct record *e, uint32_t seq, uint8_t flags, const void *data,
			uint32_t have, uint32_t n)
{
	uint8_t *p = r->arena + r->used;
	size_t at;

	memset(p, 0, HEADERS);
	at = put_network(p, e, n);
	memcpy(p + at, e->key.sport, 2);
	memcpy(p + at + 2, e->key.dport, 2);
	put32(p + at + 4, seq);
	put32(p + at + 8, e->ack);
	p[at + 12] = 5 << 4;
	p[at + 13] = flags;
	put16(p + at + 14, 65535);
	at += 20;
	if (have)
		memcpy(p + at, data, have);
	r->out[r->n++] = (struct cap_packet){
		.data = p,
		.ts = (int64_t)e->ts + r->to_utc,
		.caplen = (uint32_t)at + have,
		.len = (uint32_t)at + n,
		.link = SMART_RING_LINK,
	};
	r->used += at + have;
}

static bool room(const struct ring *r)
{
	return r->n < r->max && ARENA_SIZE - r->used >= HEADERS + RECORD_ROOM;
}

/* What will not come, as segments of which only the length is known. */
static void tell_hole(struct ring *r)
{
	struct part *h = &r->hole;

	while (h->tail && room(r)) {
		uint32_t n = h->tail < HOLE_MAX ? h->tail : HOLE_MAX;

		add_segment(r, &r->record, h->seq, PACKET_ACK, NULL, 0, n);
		h->seq += n;
		h->tail -= n;
	}
}

static void add_raw(struct ring *r, const struct record *e, const uint8_t *data)
{
	uint8_t *p = r->arena + r->used;

	memcpy(p, data, e->n);
	r->out[r->n++] = (struct cap_packet){
		.data = p, .ts = (int64_t)e->ts + r->to_utc, .caplen = e->n, .len = e->seq > e->n ? e->seq : e->n,
		.link = SMART_RING_LINK,
	};
	r->used += e->n;
}

/* One part, as a packet that is cut behind its bytes. */
static void tell_part(struct ring *r)
{
	const struct record *e = &r->record;
	struct part p;
	uint32_t tail;

	memcpy(&p, r->data + r->at, sizeof(p));
	r->at += sizeof(p);
	if (p.n > RECORD_PART || p.n > e->n - r->at) {
		r->at = e->n;
		return;
	}
	tail = p.tail < HOLE_MAX ? p.tail : HOLE_MAX;
	add_segment(r, e, p.seq, e->flags, r->data + r->at, p.n, p.n + tail);
	r->hole = (struct part){ .seq = p.seq + p.n + tail, .tail = p.tail - tail };
	r->at += (p.n + 3) & ~3u;
}

/* As much of the record as there is room for. True when that was all. */
static bool tell(struct ring *r)
{
	tell_hole(r);
	while (r->at + sizeof(struct part) <= r->record.n && room(r)) {
		tell_part(r);
		tell_hole(r);
	}
	return r->at + sizeof(struct part) > r->record.n && !r->hole.tail;
}

/* -EAGAIN when there is no room for another one. */
static int on_record(void *ctx, void *data, size_t size)
{
	struct ring *r = ctx;
	struct record *e = &r->record;

	if (size < sizeof(*e))
		return 0;
	memcpy(e, data, sizeof(*e));
	if (e->n > size - sizeof(*e) || e->n > RECORD_ROOM)
		return 0;
	r->data = (const uint8_t *)data + sizeof(*e);
	r->at = e->kind == RECORD_TCP ? 0 : e->n;
	if (e->kind != RECORD_TCP)
		add_raw(r, e, r->data);
	else if (!e->n) /* a SYN's number is one before the payload's */
		add_segment(r, e, e->seq - (e->flags & PACKET_SYN ? 1 : 0), e->flags, NULL, 0, 0);
	else if (!tell(r))
		r->data = memcpy(r->kept, r->data, e->n);
	return room(r) && r->data != r->kept ? 0 : -EAGAIN;
}

struct ring *ring_new(int map)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->fd = map;
	r->arena = malloc(ARENA_SIZE);
	r->kept = malloc(RECORD_ROOM);
	r->buffer = ring_buffer__new(map, on_record, r, NULL);
	if (r->arena && r->kept && r->buffer)
		return r;
	ring_free(r);
	return NULL;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	ring_buffer__free(r->buffer);
	free(r->arena);
	free(r->kept);
	free(r);
}

/* Both clocks, as close to each other as can be. */
static int64_t clock_difference(void)
{
	struct timespec utc, mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &utc);
	return (int64_t)(utc.tv_sec - mono.tv_sec) * SECOND + utc.tv_nsec - mono.tv_nsec;
}

enum cap_status ring_read(struct ring *r, struct cap_packet *out, size_t max, size_t *n, int wait_ms, int wake_fd)
{
	struct pollfd p[] = { { .fd = r->fd, .events = POLLIN }, { .fd = wake_fd, .events = POLLIN } };

	r->out = out;
	r->max = max;
	r->n = r->used = 0;
	r->to_utc = clock_difference();
	if (r->data == r->kept && tell(r))
		r->data = NULL;
	for (int waited = 0; !r->n; waited += NAP_MS) {
		ring_buffer__consume(r->buffer);
		if (r->n || waited >= wait_ms)
			break;
		(void)poll(p, 2, NAP_MS);
		if (p[1].revents) {
			ring_buffer__consume(r->buffer);
			break;
		}
	}
	*n = r->n;
	return r->n ? CAP_PACKETS : CAP_IDLE;
}
