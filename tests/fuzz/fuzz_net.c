/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer target of src/net. The input is a list of packets; a byte says how each is given:
 *   0xxxxxxx  raw: link type, length (2), bytes
 *   1xxxxxxx  a TCP segment of one of four connections: deltas of numbers, flags, payload length (2), so that the
 *             fuzzer reaches the reassembly without having to find checks and addresses
 * Checked: pieces are not empty, ends are told once, memory stays in bounds.
 */
#include <regroup/net.h>

#include <stdlib.h>
#include <string.h>

#include <regroup/capture.h>

struct input {
	const uint8_t *p;
	size_t len;
};

struct state {
	struct net *net;
	uint32_t next[4][2];
	int64_t ts;
	uint64_t frame;
	uint64_t told, ended;
};

static uint32_t take(struct input *in, unsigned bytes)
{
	uint32_t v = 0;

	while (bytes-- && in->len) {
		v = v << 8 | *in->p++;
		in->len--;
	}
	return v;
}

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void on_piece(void *ctx, struct net_conn *c, unsigned dir, const struct net_piece *p)
{
	struct state *s = ctx;
	volatile uint8_t sink = 0;

	require(p->len > 0 && dir < 2 && (p->kind == NET_DATA) == (p->data != NULL));
	require(net_conn_bytes(c, dir) >= p->len);
	require(*net_conn_user(c) != s->net); /* told after its end */
	if (p->kind == NET_DATA)
		for (uint64_t i = 0; i < p->len; i++)
			sink = (uint8_t)(sink ^ p->data[i]);
	*net_conn_user(c) = s;
	s->told++;
}

static void on_end(void *ctx, struct net_conn *c, unsigned dir, enum net_end why, int64_t ts, uint64_t frame)
{
	struct state *s = ctx;

	(void)dir;
	(void)ts;
	(void)frame;
	require(*net_conn_user(c) != s->net);
	if (why == NET_FIN)
		return;
	*net_conn_user(c) = s->net;
	s->ended++;
}

static void give(struct state *s, const uint8_t *data, uint32_t caplen, uint32_t len, uint32_t link)
{
	/* of its own size, so that AddressSanitizer sees a read past the end */
	uint8_t *copy = malloc(caplen ? caplen : 1);
	struct cap_packet p = {
		.data = copy,
		.ts = s->ts,
		.frame = ++s->frame,
		.caplen = caplen,
		.len = len < caplen ? caplen : len,
		.link = (uint16_t)link,
	};

	require(copy != NULL);
	memcpy(copy, data, caplen);
	net_packet(s->net, &p);
	free(copy);
}

static void raw_packet(struct state *s, struct input *in)
{
	static const uint16_t links[] = {1, 113, 276, 101, 0, 108, 12, 229};
	uint32_t link = links[take(in, 1) % 8], len = take(in, 2), extra = len >> 12;

	len &= 0xfff;
	if (len > in->len)
		len = (uint32_t)in->len;
	give(s, in->p, len, len + extra * 100, link);
	in->p += len;
	in->len -= len;
}

static int32_t delta(struct input *in)
{
	uint32_t v = take(in, 1);

	switch (v >> 6) {
	case 0:
		return (int32_t)v;
	case 1:
		return -(int32_t)(v & 63);
	case 2:
		return (int32_t)((v & 63) << 9);
	default:
		return (int32_t)((v & 63) << 25);
	}
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void segment(struct state *s, struct input *in, uint32_t head)
{
	static const uint8_t flags[] = {0x10, 0x18, 0x02, 0x12, 0x11, 0x04, 0x14, 0x10};
	uint8_t b[40 + 8192] = {0x45, [8] = 64, 6, [12] = 10, [16] = 10, [32] = 0x50};
	unsigned conn = head & 3, dir = head >> 2 & 1;
	uint8_t f = flags[head >> 3 & 7];
	uint32_t seq = s->next[conn][dir] + (uint32_t)delta(in), ack = s->next[conn][!dir] + (uint32_t)delta(in);
	uint32_t len = take(in, 2) & 8191, cap = len, total;

	if (head & 0x40)
		cap = len / 2;
	b[dir ? 16 + 3 : 12 + 3] = (uint8_t)conn;
	b[dir ? 12 + 3 : 16 + 3] = 99;
	b[dir ? 23 : 21] = 7;
	total = 40 + len;
	b[2] = (uint8_t)(total >> 8);
	b[3] = (uint8_t)total;
	put32(b + 24, seq);
	put32(b + 28, ack);
	b[33] = f;
	memset(b + 40, (int)(seq & 0xff), len);
	s->next[conn][dir] = seq + len;
	give(s, b, 40 + cap, total, 101);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct state s = {.ts = 1000};
	struct net_options o = {
		.sink = {.ctx = &s, .piece = on_piece, .end = on_end},
		.max_connections = 6,
		.memory = 64 << 10,
		.flow_segments = 8,
		.flow_bytes = 20000,
	};
	struct net_stats stats;

	s.net = net_new(&o);
	require(s.net != NULL);
	while (in.len) {
		uint32_t head = take(&in, 1);

		s.ts += 1000 + (int64_t)(take(&in, 1) & 15) * (head % 5 == 0 ? 500000000 : 5000000);
		if (head & 0x80)
			segment(&s, &in, head & 0x7f);
		else
			raw_packet(&s, &in);
	}
	net_finish(s.net, s.ts);
	net_get_stats(s.net, &stats);
	require(stats.open_connections == 0);
	require(s.ended <= stats.connections);
	require(stats.memory < 8 << 20);
	net_free(s.net);
	return 0;
}
