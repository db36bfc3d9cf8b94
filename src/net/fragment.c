/* SPDX-License-Identifier: Apache-2.0 */
#include "fragment.h"

#include <stdlib.h>
#include <string.h>

#define DATAGRAMS 64
#define BYTES_MAX 65536u
#define BLOCK 8u /* fragment offsets count in these */
#define WORDS (BYTES_MAX / BLOCK / 64)
#define TIMEOUT (INT64_C(30) * 1000000000)

enum state { FREE, GATHERING, HANDED_OUT };

/* A place for one datagram. Seen: the wire had these blocks; held: they were captured whole. */
struct datagram {
	struct net_endpoint src, dst;
	int64_t since;
	uint64_t order; /* which came first */
	uint64_t seen[WORDS], held[WORDS];
	uint32_t id;
	uint32_t total;   /* bytes, 0 until the last fragment is seen */
	uint32_t furthest; /* end of the furthest fragment */
	uint32_t n_seen;  /* blocks */
	enum state state;
	uint8_t proto;
	uint8_t bytes[BYTES_MAX];
};

struct fragments {
	struct datagram *datagram[DATAGRAMS]; /* allocated when first needed */
	uint64_t next_order;
	unsigned handed_out;
};

struct fragments *fragments_new(void)
{
	return calloc(1, sizeof(struct fragments));
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < DATAGRAMS; i++)
		free(f->datagram[i]);
	free(f);
}

void fragments_begin(struct fragments *f)
{
	if (!f->handed_out)
		return;
	for (unsigned i = 0; i < DATAGRAMS; i++)
		if (f->datagram[i] && f->datagram[i]->state == HANDED_OUT)
			f->datagram[i]->state = FREE;
	f->handed_out = 0;
}

size_t fragments_memory(const struct fragments *f)
{
	size_t sum = sizeof(*f);

	for (unsigned i = 0; i < DATAGRAMS; i++)
		if (f->datagram[i])
			sum += sizeof(*f->datagram[i]);
	return sum;
}

static bool same(const struct datagram *d, const struct ip_packet *p)
{
	return d->id == p->id && d->proto == p->proto && net_endpoint_equal(&d->src, &p->src) &&
	       net_endpoint_equal(&d->dst, &p->dst);
}

static void begin(struct datagram *d, const struct ip_packet *p, int64_t now, uint64_t order)
{
	memset(d, 0, offsetof(struct datagram, bytes));
	d->src = p->src;
	d->dst = p->dst;
	d->id = p->id;
	d->proto = p->proto;
	d->since = now;
	d->order = order;
	d->state = GATHERING;
}

/* The place of p's datagram, else a free one, else a new one, else the oldest that is still gathering. */
static struct datagram *find(struct fragments *f, const struct ip_packet *p, int64_t now, uint64_t *lost)
{
	struct datagram *oldest = NULL, *vacant = NULL;
	struct datagram **fresh = NULL;

	for (unsigned i = 0; i < DATAGRAMS; i++) {
		struct datagram *d = f->datagram[i];

		if (!d) {
			fresh = fresh ? fresh : &f->datagram[i];
			continue;
		}
		if (d->state == GATHERING && now - d->since > TIMEOUT) {
			d->state = FREE;
			++*lost;
		}
		if (d->state == GATHERING && same(d, p))
			return d;
		if (d->state == FREE && !vacant)
			vacant = d;
		if (d->state == GATHERING && (!oldest || d->order < oldest->order))
			oldest = d;
	}
	if (!vacant && fresh)
		vacant = *fresh = malloc(sizeof(*vacant));
	if (!vacant && oldest) {
		vacant = oldest;
		++*lost;
	}
	if (vacant)
		begin(vacant, p, now, f->next_order++);
	return vacant;
}

static bool get_bit(const uint64_t *set, uint32_t i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *set, uint32_t i)
{
	set[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Takes over the blocks nobody has brought yet. */
static void fill(struct datagram *d, const struct ip_packet *p)
{
	for (uint32_t at = 0; at < p->payload.len; at += BLOCK) {
		uint32_t block = (p->offset + at) / BLOCK;
		uint32_t have = at < p->payload.cap ? p->payload.cap - at : 0;
		uint32_t want = p->payload.len - at < BLOCK ? p->payload.len - at : BLOCK;

		if (get_bit(d->seen, block))
			continue;
		set_bit(d->seen, block);
		d->n_seen++;
		if (have < want)
			continue;
		memcpy(d->bytes + block * BLOCK, p->payload.p + at, want);
		set_bit(d->held, block);
	}
}

/* How many bytes from the start were captured. */
static uint32_t held_bytes(const struct datagram *d)
{
	uint32_t block = 0;

	while (block * BLOCK < d->total && get_bit(d->held, block))
		block++;
	return block * BLOCK < d->total ? block * BLOCK : d->total;
}

/* False when the fragment cannot be part of a datagram, or of this one. */
static bool fits(const struct datagram *d, const struct ip_packet *p)
{
	uint32_t end = p->offset + p->payload.len;

	if (p->payload.len == 0 || p->payload.len > BYTES_MAX || end > BYTES_MAX)
		return false;
	if (p->more)
		return p->payload.len % BLOCK == 0 && (!d->total || end <= d->total);
	return !d->total ? end >= d->furthest : end == d->total;
}

bool fragments_add(struct fragments *f, struct ip_packet *p, int64_t now, uint64_t *lost)
{
	struct datagram *d = find(f, p, now, lost);
	uint32_t end = p->offset + p->payload.len;

	if (!d)
		return false;
	if (!fits(d, p)) {
		d->state = FREE;
		++*lost;
		return false;
	}
	if (!p->more)
		d->total = end;
	if (end > d->furthest)
		d->furthest = end;
	fill(d, p);
	if (!d->total || d->n_seen * BLOCK < d->total)
		return false;
	d->state = HANDED_OUT;
	f->handed_out++;
	p->payload = (struct span){.p = d->bytes, .cap = held_bytes(d), .len = d->total};
	p->fragment = false;
	return true;
}
