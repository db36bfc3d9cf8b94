/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#define FRAMES 300
#define HEADERS(s) ((s)->v6 ? 60u : 40u)

enum { SYN = 2, ACK = 16 };

const char *script_name(enum script_kind kind)
{
	static const char *const names[SCRIPT_KINDS] = {
		[SCRIPT_SEGMENTS] = "segments", [SCRIPT_BYTES] = "byte by byte", [SCRIPT_RANDOM] = "random sizes",
		[SCRIPT_SUPER] = "offload super-packets", [SCRIPT_LOSS] = "loss", [SCRIPT_REORDER] = "reordering",
		[SCRIPT_DUPLICATE] = "duplicates", [SCRIPT_MIDSTREAM] = "midstream", [SCRIPT_WRAP] = "wrapping numbers",
		[SCRIPT_SIX] = "IPv6", [SCRIPT_PRODUCE] = "Produce only",
	};

	return names[kind];
}

static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint8_t *grow(struct stream *t, uint32_t n)
{
	while (t->n + n > t->room) {
		t->room = t->room ? t->room * 2 : 1 << 16;
		t->bytes = realloc(t->bytes, t->room);
		t->needed = realloc(t->needed, t->room);
		if (!t->bytes || !t->needed)
			abort();
	}
	t->n += n;
	return t->bytes + t->n - n;
}

/* `size` bytes behind the size field; the body is text that no header looks like. */
static uint8_t *frame(struct stream *t, uint32_t size, bool bulk)
{
	uint32_t at = t->n;
	uint8_t *p = grow(t, size + 4);

	memset(p, 'x', size + 4);
	put32(p, size);
	memset(t->needed + at, 1, size + 4);
	if (bulk && size + 4 > 1024)
		memset(t->needed + at + 128, 0, size + 4 - 128);
	return p;
}

void script_request(struct script *s, int16_t key, int16_t version, int32_t correlation_id, uint32_t size)
{
	uint8_t *p = frame(&s->stream[0], size, key == 0);

	put32(p + 4, (uint32_t)key << 16 | (uint16_t)version);
	put32(p + 8, (uint32_t)correlation_id);
	if (size >= 24)
		memcpy(p + 12, "\0\6client", 8);
}

void script_answer(struct script *s, int32_t correlation_id, uint32_t size, bool bulk)
{
	put32(frame(&s->stream[1], size, bulk) + 4, (uint32_t)correlation_id);
}

static void put_headers(const struct script *s, uint8_t *p, unsigned dir, uint32_t at, uint32_t n, uint8_t flags)
{
	uint32_t total = HEADERS(s) + n, seq = s->stream[dir].isn + (flags & SYN ? 0 : 1 + at);
	uint8_t *tcp = p + HEADERS(s) - 20;

	memset(p, 0, HEADERS(s));
	if (s->v6) {
		p[0] = 0x60;
		p[4] = (uint8_t)((n + 20) >> 8);
		p[5] = (uint8_t)(n + 20);
		p[6] = 6;
		p[8] = p[24] = 0xfd;
		p[23] = dir ? 2 : 1;
		p[39] = dir ? 1 : 2;
	} else {
		p[0] = 0x45;
		p[2] = (uint8_t)(total >> 8);
		p[3] = (uint8_t)total;
		p[8] = 64;
		p[9] = 6;
		p[12] = p[16] = 10;
		p[15] = dir ? 2 : 1;
		p[19] = dir ? 1 : 2;
	}
	tcp[0] = dir ? 0x23 : 0xc3; /* 9092 and 50000 */
	tcp[1] = dir ? 0x84 : 0x50;
	tcp[2] = dir ? 0xc3 : 0x23;
	tcp[3] = dir ? 0x50 : 0x84;
	put32(tcp + 4, seq);
	put32(tcp + 8, s->stream[!dir].isn + 1);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
}

void script_packet(struct script *s, unsigned dir, uint32_t at, uint32_t n, uint8_t flags)
{
	struct script_packet *p;

	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 256;
		s->packets = realloc(s->packets, s->room * sizeof(*s->packets));
		if (!s->packets)
			abort();
	}
	p = &s->packets[s->n++];
	*p = (struct script_packet){ .dir = (uint8_t)dir, .at = at, .payload = n, .len = HEADERS(s) + n };
	p->data = malloc(p->len);
	if (!p->data)
		abort();
	put_headers(s, p->data, dir, at, n, flags);
	if (n)
		memcpy(p->data + HEADERS(s), s->stream[dir].bytes + at, n);
}

static uint32_t size_of(enum script_kind kind, uint32_t *x)
{
	switch (kind) {
	case SCRIPT_BYTES:
		return 1;
	case SCRIPT_RANDOM:
		return 1 + next_random(x) % 200;
	case SCRIPT_SUPER:
		return 1 + next_random(x) % 65000;
	default:
		return 1460;
	}
}

/* Requests first, then what they are answered: all of it in the air at once. */
static void fill(struct script *s, uint32_t first, uint32_t frames, bool big, uint32_t *x)
{
	static const int16_t keys[] = { 0, 11, 1, 14, 12, 1, 0, 8, 3 };
	static const uint32_t sizes[] = { 30, 2000, 70, 5000, 200, 60, 40000, 90, 24 };

	for (uint32_t i = 0; i < frames; i++) {
		uint32_t k = next_random(x) % 9, size = sizes[k] + next_random(x) % 50;
		uint32_t answer = 30 + next_random(x) % (keys[k] == 1 ? 30000 : 900);

		if (!big && size > 3000)
			size = 3000;
		if (!big && answer > 3000)
			answer = 3000;
		script_request(s, keys[k], 9, (int32_t)(first + i), size);
		script_answer(s, (int32_t)(first + i), answer, keys[k] == 1);
	}
}

/* Of many versions and of many client ids, some of them null, some too long, some with a transactional id. */
static void fill_produce(struct script *s, uint32_t first, uint32_t frames, uint32_t *x)
{
	for (uint32_t i = first; i < first + frames; i++) {
		uint32_t size = 1100 + next_random(x) % 2500, id = next_random(x) % 130, at = s->stream[0].n;
		int16_t version = (int16_t)(next_random(x) % 14);
		bool null = next_random(x) % 8 == 0, transactional = version >= 3 && next_random(x) % 8 == 0;
		uint8_t *p;

		script_request(s, 0, version, (int32_t)i, size);
		p = s->stream[0].bytes + at + 12;
		p[0] = null ? 0xff : 0;
		p[1] = null ? 0xff : (uint8_t)id;
		id = null ? 0 : id;
		memset(p + 2, 'c', id);
		memset(p + 2 + id, version < 9 ? 0xff : 0, version < 3 ? 0 : 2);
		if (transactional)
			p[2 + id + (version >= 9)] = 7;
		if (i >= 64 && !transactional && id + 24 < 128)
			memset(s->stream[0].needed + at + 24 + id, 0, 128 - 24 - id);
	}
}

/* The bytes [at[dir], stream's end) of both directions, requests first. */
static void cut(struct script *s, enum script_kind kind, uint32_t at[2], uint32_t *x)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		while (at[dir] < s->stream[dir].n) {
			uint32_t n = size_of(kind, x), left = s->stream[dir].n - at[dir];

			n = n < left ? n : left;
			script_packet(s, dir, at[dir], n, ACK);
			at[dir] += n;
		}
	}
}

static void swap(struct script_packet *a, struct script_packet *b)
{
	struct script_packet c = *a;

	*a = *b;
	*b = c;
}

/* What the network does to them. */
static void disturb(struct script *s, enum script_kind kind, uint32_t *x)
{
	for (size_t i = 4; i + 4 < s->n; i++) {
		if (kind == SCRIPT_LOSS && i % 25 == 0) /* sent again a little later */
			for (size_t k = i; k < i + 3; k++)
				swap(&s->packets[k], &s->packets[k + 1]);
		if (kind == SCRIPT_REORDER && next_random(x) % 8 == 0)
			swap(&s->packets[i], &s->packets[i + 1]);
		if (kind == SCRIPT_DUPLICATE && next_random(x) % 8 == 0 && s->packets[i].payload) {
			const struct script_packet p = s->packets[i];

			script_packet(s, p.dir, p.at, p.payload, ACK);
			for (size_t k = s->n - 1; k > i + 1; k--)
				swap(&s->packets[k], &s->packets[k - 1]);
			i++;
		}
	}
}

struct script *script_new(enum script_kind kind, uint32_t seed)
{
	struct script *s = calloc(1, sizeof(*s));
	uint32_t x = seed * 2654435761u + 1, at[2] = { 0, 0 };

	if (!s)
		abort();
	s->v6 = kind == SCRIPT_SIX;
	s->no_syn = kind == SCRIPT_MIDSTREAM;
	s->stream[0].isn = kind == SCRIPT_WRAP ? UINT32_MAX - 30000 : 1000;
	s->stream[1].isn = kind == SCRIPT_WRAP ? UINT32_MAX - 90000 : 500000;
	if (!s->no_syn) {
		script_packet(s, 0, 0, 0, SYN);
		script_packet(s, 1, 0, 0, SYN | ACK);
	}
	for (uint32_t i = 0; i < FRAMES; i += 10) {
		if (kind == SCRIPT_PRODUCE)
			fill_produce(s, i, 10, &x);
		else
			fill(s, i, 10, kind != SCRIPT_BYTES, &x);
		if (s->no_syn && i == 0) {
			at[0] = 37;
			at[1] = 51;
		}
		cut(s, kind, at, &x);
	}
	disturb(s, kind, &x);
	return s;
}

void script_free(struct script *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->packets[i].data);
	for (int i = 0; i < 2; i++) {
		free(s->stream[i].bytes);
		free(s->stream[i].needed);
	}
	free(s->packets);
	free(s);
}
