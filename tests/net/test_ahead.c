/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets in batches: the same is told as one by one, and the hints for the layer above come in order and only for
 * connections that it keeps something of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/capture.h>

#define CONNECTIONS 5000u
#define PACKETS     40000u
#define SIZE        64u

struct told {
	uint64_t digest; /* of everything in its order */
	uint64_t pieces, ends;
	uint64_t seen; /* digest of where the packets went */
	uint64_t hints[NET_AHEAD];
	uint64_t early; /* hints of a step that come before one of the step below */
};

static uint8_t bytes[PACKETS][SIZE];
static struct cap_packet packets[PACKETS];
static const char mine[] = "the layer above keeps this";

static void mix(struct told *t, uint64_t v)
{
	t->digest = (t->digest ^ v) * UINT64_C(0x9fb21c651e98df25);
	t->digest ^= t->digest >> 29;
}

static void on_piece(void *ctx, struct net_conn *c, unsigned dir, const struct net_piece *p)
{
	struct told *t = ctx;

	*net_conn_user(c) = (void *)(uintptr_t)mine;
	t->pieces++;
	mix(t, net_conn_id(c));
	mix(t, dir);
	mix(t, p->len);
	mix(t, p->frame);
	mix(t, p->data ? p->data[0] : 256);
}

static void on_end(void *ctx, struct net_conn *c, unsigned dir, enum net_end why, int64_t ts, uint64_t frame)
{
	struct told *t = ctx;

	t->ends++;
	mix(t, net_conn_id(c) + dir + why);
	mix(t, (uint64_t)ts + frame);
	*net_conn_user(c) = NULL;
}

static void on_ahead(void *ctx, const void *user, uint32_t len, unsigned step)
{
	struct told *t = ctx;

	assert_ptr_equal(user, mine);
	assert_int_equal(len, 7);
	assert_in_range(step, 0, NET_AHEAD - 1);
	t->hints[step]++;
	if (step && t->hints[step] > t->hints[step - 1])
		t->early++;
}

/* Each connection in its turn: mostly payload, some acknowledgements, some that end, some lost, and a fragment. */
static void make_packets(void)
{
	static uint32_t seq[CONNECTIONS];
	static struct pkt p;
	uint32_t state = 12345;

	for (uint32_t i = 0; i < PACKETS; i++) {
		uint32_t c = i < CONNECTIONS ? i : (state = state * 1664525 + 1013904223) % CONNECTIONS;
		bool payload = i < CONNECTIONS || state >> 30;
		uint8_t flags = state >> 20 == 77 ? A | F : A;

		if (state >> 22 == 5)
			seq[c] += 10;
		pkt_payload(&p, "payload", payload ? 7 : 0);
		pkt_tcp(&p, (uint16_t)(1024 + c), 9092, seq[c], 1, flags);
		seq[c] += payload ? 7 : 0;
		if (state >> 21 == 9)
			pkt_ip4_fragment(&p, 0x0a000001, 0x0a000002, 6, (uint16_t)i, 0x2000);
		else
			pkt_ip4(&p, 0x0a000001, 0x0a000002, 6);
		assert_true(p.len <= SIZE);
		memcpy(bytes[i], pkt_bytes(&p), p.len);
		packets[i] = (struct cap_packet){ .data = bytes[i], .ts = i * MS, .frame = i + 1, .link = 101,
		                                  .caplen = (uint32_t)p.len, .len = (uint32_t)p.len };
		if (state >> 21 == 3)
			packets[i].caplen -= 12; /* cut */
	}
}

/* In batches of `batch`; one by one for 0. */
static struct told run(size_t batch)
{
	struct told t = { 0 };
	const struct net_options o = { .sink = { &t, on_piece, on_end, on_ahead } };
	struct net *n = net_new(&o);
	static struct net_seen seen[PACKETS];

	assert_non_null(n);
	for (size_t i = 0; i < PACKETS; i += batch ? batch : 1) {
		size_t left = PACKETS - i;

		if (batch)
			net_packets(n, &packets[i], left < batch ? left : batch, seen);
		else
			net_packet(n, &packets[i]);
		for (size_t k = 0; batch && k < batch && k < left; k++)
			t.seen = t.seen * 31 + seen[k].conn * 3 + seen[k].nth * 5 + seen[k].fragment;
	}
	net_finish(n, PACKETS * MS);
	net_free(n);
	return t;
}

static void batches_tell_the_same(void **state)
{
	static const size_t batches[] = { 1, 7, 8, 9, 47, 48, 49, 256, PACKETS };
	struct told alone, t;
	uint64_t seen = 0;

	(void)state;
	make_packets();
	alone = run(0);
	assert_true(alone.pieces > PACKETS / 2);
	assert_true(alone.ends >= CONNECTIONS);
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		t = run(batches[i]);
		assert_int_equal(t.pieces, alone.pieces);
		assert_int_equal(t.ends, alone.ends);
		assert_true(t.digest == alone.digest);
		assert_true(t.seen && (!seen || t.seen == seen));
		seen = t.seen;
	}
}

static void hints_come_in_order(void **state)
{
	struct told t;

	(void)state;
	make_packets();
	t = run(256);
	assert_int_equal(t.early, 0);
	assert_true(t.hints[0] > PACKETS / 3);
	for (unsigned i = 1; i < NET_AHEAD; i++)
		assert_true(t.hints[i] > PACKETS / 3);
	t = run(0);
	assert_int_equal(t.hints[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_tell_the_same),
		cmocka_unit_test(hints_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
