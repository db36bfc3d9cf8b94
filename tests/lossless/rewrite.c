/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ETH 14

void packets_add(struct packets *p, const struct cap_packet *like, uint16_t link, const uint8_t *head, size_t n_head,
                 const uint8_t *body, size_t n_body)
{
	struct cap_packet *k;
	uint8_t *data = malloc(n_head + n_body + 1);

	assert_non_null(data);
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 1024;
		p->packet = realloc(p->packet, p->cap * sizeof(*p->packet));
		assert_non_null(p->packet);
	}
	if (n_head)
		memcpy(data, head, n_head);
	memcpy(data + n_head, body, n_body);
	k = &p->packet[p->n++];
	*k = *like;
	k->data = data;
	k->caplen = k->len = (uint32_t)(n_head + n_body);
	k->link = link;
	k->frame = p->n;
}

void packets_read(struct packets *p, const char *file)
{
	const struct cap_options options = { .files = &file, .n_files = 1 };
	struct cap_packet batch[64];
	char err[256];
	struct capture *c = cap_open(&options, err, sizeof(err));
	size_t n;

	assert_non_null(c);
	while (cap_read(c, batch, 64, &n) == CAP_PACKETS)
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(batch[i].link, 1);
			assert_int_equal(batch[i].caplen, batch[i].len);
			packets_add(p, &batch[i], 1, NULL, 0, batch[i].data, batch[i].caplen);
		}
	cap_free(c);
}

void packets_free(struct packets *p)
{
	for (size_t i = 0; i < p->n; i++)
		free((void *)(uintptr_t)p->packet[i].data);
	free(p->packet);
	*p = (struct packets){ NULL, 0, 0 };
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static bool is_ipv4(const struct cap_packet *k)
{
	return k->caplen >= ETH + 20 && be16(k->data + 12) == 0x0800;
}

static bool is_tcp(const struct cap_packet *k)
{
	return is_ipv4(k) && k->data[ETH + 9] == 6;
}

static size_t ip_head(const struct cap_packet *k)
{
	return (size_t)(k->data[ETH] & 15) * 4;
}

/* The length that the IP header says: Ethernet pads short frames. */
static size_t ip_len(const struct cap_packet *k)
{
	return be16(k->data + ETH + 2);
}

/* Puts `head` in front of the IP packet of every IPv4 frame. */
static void in_front(const struct packets *in, struct packets *out, uint16_t link, const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < in->n; i++)
		if (is_ipv4(&in->packet[i]))
			packets_add(out, &in->packet[i], link, head, n, in->packet[i].data + ETH, ip_len(&in->packet[i]));
}

void rewrite_vlan(const struct packets *in, struct packets *out)
{
	static const uint8_t head[18] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x20, 7, 8, 0 };

	in_front(in, out, 1, head, sizeof(head));
}

void rewrite_qinq(const struct packets *in, struct packets *out)
{
	static const uint8_t head[22] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xa8, 0, 9, 0x81, 0, 0, 7, 8, 0 };

	in_front(in, out, 1, head, sizeof(head));
}

void rewrite_cooked(const struct packets *in, struct packets *out)
{
	static const uint8_t head[16] = { 0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 2, 0, 0, 8, 0 };

	in_front(in, out, 113, head, sizeof(head));
}

void rewrite_cooked2(const struct packets *in, struct packets *out)
{
	static const uint8_t head[20] = { 8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 2, 0, 0 };

	in_front(in, out, 276, head, sizeof(head));
}

void rewrite_raw(const struct packets *in, struct packets *out)
{
	in_front(in, out, 101, NULL, 0);
}

void rewrite_null(const struct packets *in, struct packets *out)
{
	static const uint8_t head[4] = { 2, 0, 0, 0 };

	in_front(in, out, 0, head, sizeof(head));
}

void rewrite_gre(const struct packets *in, struct packets *out)
{
	uint8_t head[ETH + 20 + 4] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };

	head[ETH + 8] = 64;
	head[ETH + 9] = 47;
	head[ETH + 12] = head[ETH + 16] = 192;
	head[ETH + 22] = 8;
	for (size_t i = 0; i < in->n; i++) {
		if (!is_ipv4(&in->packet[i]))
			continue;
		put16(head + ETH + 2, 24 + ip_len(&in->packet[i]));
		packets_add(out, &in->packet[i], 1, head, sizeof(head), in->packet[i].data + ETH, ip_len(&in->packet[i]));
	}
}

void rewrite_vxlan(const struct packets *in, struct packets *out)
{
	uint8_t head[ETH + 20 + 8 + 8] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };

	head[ETH + 8] = 64;
	head[ETH + 9] = 17;
	head[ETH + 12] = head[ETH + 16] = 192;
	put16(head + ETH + 20, 50000);
	put16(head + ETH + 22, 4789);
	head[ETH + 28] = 8;
	head[ETH + 34] = 5;
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];

		put16(head + ETH + 2, 36 + k->caplen);
		put16(head + ETH + 24, 16 + k->caplen);
		packets_add(out, k, 1, head, sizeof(head), k->data, k->caplen);
	}
}

/* 10.1.2.3 becomes fd00::a01:203. */
void rewrite_ipv6(const struct packets *in, struct packets *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];
		uint8_t head[ETH + 40] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60 };

		if (!is_ipv4(k))
			continue;
		put16(head + ETH + 4, ip_len(k) - ip_head(k));
		head[ETH + 6] = k->data[ETH + 9];
		head[ETH + 7] = 64;
		head[ETH + 8] = head[ETH + 24] = 0xfd;
		memcpy(head + ETH + 20, k->data + ETH + 12, 4);
		memcpy(head + ETH + 36, k->data + ETH + 16, 4);
		packets_add(out, k, 1, head, sizeof(head), k->data + ETH + ip_head(k), ip_len(k) - ip_head(k));
	}
}

static void add_fragment(struct packets *out, const struct cap_packet *k, size_t from, size_t to, uint16_t id)
{
	uint8_t head[ETH + 60];
	size_t n = ip_head(k);
	size_t end = ip_len(k) - n;

	memcpy(head, k->data, ETH + n);
	put16(head + ETH + 2, n + to - from);
	put16(head + ETH + 4, id);
	put16(head + ETH + 6, from / 8 | (to < end ? 0x2000u : 0));
	packets_add(out, k, 1, head, ETH + n, k->data + ETH + n + from, to - from);
}

/* Every third packet with room in three pieces, the last one first. */
void rewrite_fragments(const struct packets *in, struct packets *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];
		size_t end = is_ipv4(k) ? ip_len(k) - ip_head(k) : 0;

		if (end < 64 || i % 3 != 0) {
			packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
			continue;
		}
		add_fragment(out, k, 48, end, (uint16_t)i);
		add_fragment(out, k, 0, 24, (uint16_t)i);
		add_fragment(out, k, 24, 48, (uint16_t)i);
	}
}

/* Neighbours of one connection change places, each keeping its time. */
void rewrite_reordered(const struct packets *in, struct packets *out)
{
	size_t i = 0;

	for (; i + 1 < in->n; i++) {
		const struct cap_packet *a = &in->packet[i], *b = &in->packet[i + 1];
		bool flip = is_tcp(a) && is_tcp(b) && i % 5 == 0 && memcmp(a->data + ETH + 12, b->data + ETH + 12, 12) == 0;

		packets_add(out, flip ? b : a, 1, NULL, 0, flip ? b->data : a->data, flip ? b->caplen : a->caplen);
		if (!flip)
			continue;
		packets_add(out, a, 1, NULL, 0, a->data, a->caplen);
		i++;
	}
	if (i < in->n)
		packets_add(out, &in->packet[i], 1, NULL, 0, in->packet[i].data, in->packet[i].caplen);
}

void rewrite_duplicated(const struct packets *in, struct packets *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];
		const struct cap_packet *old = &in->packet[i >= 2 ? i - 2 : 0];

		packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
		if (i % 4 == 0)
			packets_add(out, old, old->link, NULL, 0, old->data, old->caplen);
	}
}

/* The segment's payload [from, to) as a segment of its own; flags that end a connection go with the last one. */
static void add_segment(struct packets *out, const struct cap_packet *k, size_t from, size_t to, bool last)
{
	uint8_t head[ETH + 120];
	size_t ip = ip_head(k);
	size_t tcp = (size_t)(k->data[ETH + ip + 12] >> 4) * 4;

	memcpy(head, k->data, ETH + ip + tcp);
	put16(head + ETH + 2, ip + tcp + to - from);
	put32(head + ETH + ip + 4, be32(head + ETH + ip + 4) + (uint32_t)from);
	if (!last)
		head[ETH + ip + 13] &= (uint8_t)~0x0d; /* FIN, RST, PSH */
	packets_add(out, k, 1, head, ETH + ip + tcp, k->data + ETH + ip + tcp + from, to - from);
}

size_t packet_payload(const struct cap_packet *k)
{
	size_t heads = is_tcp(k) ? ip_head(k) + (size_t)(k->data[ETH + ip_head(k) + 12] >> 4) * 4 : 0;

	return heads && ip_len(k) > heads ? ip_len(k) - heads : 0;
}

static void split(const struct cap_packet *k, size_t step, struct packets *out)
{
	size_t n = packet_payload(k);

	for (size_t from = 0; from < n; from += step) {
		size_t to = n - from < step ? n : from + step;

		add_segment(out, k, from, to, to == n);
	}
}

uint16_t packet_client_port(const struct cap_packet *k)
{
	uint16_t a = be16(k->data + ETH + ip_head(k)), b = be16(k->data + ETH + ip_head(k) + 2);

	return a > b ? a : b;
}

/* The port that carried the first JoinGroup (key 11) is as good as any: one that the story needs. */
static uint16_t story_port(const struct packets *in)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];
		size_t n = packet_payload(k);

		if (n > 14 && be16(k->data + k->caplen - n + 4) == 11)
			return packet_client_port(k);
	}
	fail_msg("no JoinGroup in the capture");
	return 0;
}

void rewrite_bytewise(const struct packets *in, struct packets *out)
{
	uint16_t port = story_port(in);

	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];

		if (packet_payload(k) && packet_client_port(k) == port)
			split(k, 1, out);
		else
			packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
	}
}

void rewrite_halved(const struct packets *in, struct packets *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];

		if (packet_payload(k) > 1)
			split(k, (packet_payload(k) + 1) / 2, out);
		else
			packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
	}
}
