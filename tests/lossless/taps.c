/* SPDX-License-Identifier: Apache-2.0
 *
 * Every packet a second time, as another place of the network sees it.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

#define ETH 14
#define NS_PER_MS INT64_C(1000000)

enum { TAP, NAT, PROXY };

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Another source address and port for the client; behind a proxy also other sequence numbers. */
static void translate(uint8_t *d, bool client, int how)
{
	uint8_t *ip = d + ETH, *tcp = ip + (size_t)(ip[0] & 15) * 4;
	uint8_t *addr = ip + (client ? 12 : 16), *port = tcp + (client ? 0 : 2);

	addr[0] = 172;
	addr[1] = 31;
	port[0] ^= 0x05;
	if (how != PROXY)
		return;
	put32(tcp + 4, get32(tcp + 4) + (client ? 0x12345678u : 0x87654321u));
	put32(tcp + 8, get32(tcp + 8) + (client ? 0x87654321u : 0x12345678u));
}

/* A packet that comes `late` ns after `k`. */
static void again(struct packets *out, const struct cap_packet *k, int64_t late, int how)
{
	static const uint8_t vlan[] = { 0x81, 0, 0, 42 };
	uint8_t *d = malloc(k->caplen + sizeof(vlan));
	size_t ip = ETH + (size_t)(k->data[ETH] & 15) * 4;
	bool client = (uint16_t)(k->data[ip] << 8 | k->data[ip + 1]) == packet_client_port(k);
	struct cap_packet copy = *k;

	copy.ts += late;
	memcpy(d, k->data, k->caplen);
	d[0] ^= 0x11; /* the next hop's addresses */
	d[6] ^= 0x22;
	d[ETH + 8]--;
	if (how != TAP) {
		translate(d, client, how);
		packets_add(out, &copy, k->link, NULL, 0, d, k->caplen);
	} else {
		memmove(d + 16, d + 12, k->caplen - 12);
		memcpy(d + 12, vlan, sizeof(vlan));
		packets_add(out, &copy, k->link, NULL, 0, d, k->caplen + sizeof(vlan));
	}
	free(d);
}

static int by_time(const void *a, const void *b)
{
	const struct cap_packet *x = a, *y = b;

	return x->ts != y->ts ? (x->ts < y->ts ? -1 : 1) : (x->frame > y->frame) - (x->frame < y->frame);
}

static void sort(struct packets *p)
{
	qsort(p->packet, p->n, sizeof(*p->packet), by_time);
	for (size_t i = 0; i < p->n; i++)
		p->packet[i].frame = i + 1;
}

static void twice(const struct packets *in, struct packets *out, int64_t late, int how)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];

		packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
		again(out, k, late + (int64_t)(i % 7) * 1000, how);
	}
	sort(out);
}

void rewrite_two_taps(const struct packets *in, struct packets *out)
{
	twice(in, out, 40000, TAP);
}

void rewrite_two_sides(const struct packets *in, struct packets *out)
{
	twice(in, out, 60000, NAT);
}

void rewrite_proxied(const struct packets *in, struct packets *out)
{
	twice(in, out, 250000, PROXY);
}

/* The second file begins in the middle of the first, and has what the first has until that ends. */
void rewrite_overlapping(const struct packets *in, struct packets *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct cap_packet *k = &in->packet[i];

		packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
		if (i > in->n / 3 && i < in->n * 2 / 3)
			packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
	}
}
