/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <stdlib.h>

#define ETH 14

/* A small generator of its own, so that the same seed damages the same way everywhere. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void keep(struct packets *out, const struct cap_packet *k)
{
	packets_add(out, k, k->link, NULL, 0, k->data, k->caplen);
}

void damage_drop(const struct packets *in, struct packets *out, uint32_t seed)
{
	uint32_t state = seed, percent = 1 + seed % 12;

	for (size_t i = 0; i < in->n; i++)
		if (next_random(&state) % 100 >= percent)
			keep(out, &in->packet[i]);
}

void damage_stretches(const struct packets *in, struct packets *out, uint32_t seed)
{
	uint32_t state = seed, skip = 0;

	for (size_t i = 0; i < in->n; i++) {
		if (skip == 0 && next_random(&state) % 200 < 1 + seed % 3)
			skip = 2 + next_random(&state) % 40;
		if (skip)
			skip--;
		else
			keep(out, &in->packet[i]);
	}
}

void damage_beginning(const struct packets *in, struct packets *out, uint32_t seed)
{
	for (size_t i = in->n * seed / 16; i < in->n; i++)
		keep(out, &in->packet[i]);
}

static void set32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void lie(uint8_t *p, size_t n, uint32_t *state, const struct cap_packet *other)
{
	static const uint32_t extreme[] = { 0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 0x7fff, 100u << 20 };
	size_t at = next_random(state) % n;
	size_t from = other->caplen - packet_payload(other);

	switch (next_random(state) % 3) {
	case 0:
		p[at] ^= (uint8_t)(1u << next_random(state) % 8);
		break;
	case 1:
		if (n - at >= 4)
			set32(p + at, extreme[next_random(state) % 7]);
		break;
	default:
		for (size_t i = from; i < other->caplen && at < n; i++)
			p[at++] = other->data[i];
		break;
	}
}

void damage_bytes(const struct packets *in, struct packets *out, uint32_t seed)
{
	uint32_t state = seed;

	for (size_t i = 0; i < in->n; i++) {
		size_t n = packet_payload(&in->packet[i]);
		struct cap_packet *k;

		keep(out, &in->packet[i]);
		k = &out->packet[out->n - 1];
		if (n && k->caplen >= n && next_random(&state) % 4 == 0)
			lie((uint8_t *)(uintptr_t)k->data + k->caplen - n, n, &state, &in->packet[next_random(&state) % in->n]);
	}
}

/* By the higher port: the client's packets. */
static bool from_client(const struct cap_packet *k)
{
	size_t at = ETH + (size_t)(k->data[ETH] & 15) * 4;

	return (uint16_t)(k->data[at] << 8 | k->data[at + 1]) == packet_client_port(k);
}

static void one_direction(const struct packets *in, struct packets *out, uint32_t seed, bool client)
{
	uint32_t state = seed, percent = seed == 1 ? 0 : seed % 6;

	for (size_t i = in->n * (seed % 4 == 3 ? seed : 0) / 48; i < in->n; i++)
		if (from_client(&in->packet[i]) == client && next_random(&state) % 100 >= percent)
			keep(out, &in->packet[i]);
}

void damage_requests_only(const struct packets *in, struct packets *out, uint32_t seed)
{
	one_direction(in, out, seed, true);
}

void damage_responses_only(const struct packets *in, struct packets *out, uint32_t seed)
{
	one_direction(in, out, seed, false);
}

void damage_connections(const struct packets *in, struct packets *out, uint32_t seed)
{
	for (size_t i = 0; i < in->n; i++) {
		uint32_t state = packet_client_port(&in->packet[i]) * 2654435761u + seed;

		if (next_random(&state) % 100 >= 5 + 3 * seed)
			keep(out, &in->packet[i]);
	}
}

void damage_half_heard(const struct packets *in, struct packets *out, uint32_t seed)
{
	for (size_t i = 0; i < in->n; i++) {
		uint32_t state = packet_client_port(&in->packet[i]) * 2654435761u + seed;

		if (next_random(&state) % 2 || from_client(&in->packet[i]))
			keep(out, &in->packet[i]);
	}
}

void damage_snaplen(const struct packets *in, struct packets *out, uint32_t seed)
{
	static const uint32_t lengths[] = { 54, 68, 96, 128, 192, 256, 512, 1024 };
	uint32_t most = lengths[seed % 8];

	for (size_t i = 0; i < in->n; i++) {
		keep(out, &in->packet[i]);
		if (out->packet[i].caplen > most)
			out->packet[i].caplen = most;
	}
}
