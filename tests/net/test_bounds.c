/* SPDX-License-Identifier: Apache-2.0
 *
 * Many connections, many gaps, strange clocks: memory stays in its bounds and the right ones go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <string.h>

static struct rig rig;

static void packet(uint32_t client, uint32_t seq, uint8_t flags, const char *text)
{
	static struct pkt p;

	pkt_payload(&p, text, strlen(text));
	pkt_tcp(&p, (uint16_t)(client >> 24), 9092, seq, 0, flags);
	pkt_ip4(&p, client & 0xffffff, 0x0a000002, 6);
	rig_packet(&rig, 101, pkt_bytes(&p), p.len, p.len);
}

static void longest_idle_goes_first(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){.max_connections = 3});
	for (uint32_t i = 1; i <= 3; i++) {
		packet(i, 10, A, "x");
		rig.ts += 2 * SEC;
	}
	packet(1, 11, A, "y"); /* 2 is the longest idle now */
	packet(4, 10, A, "x");
	log_is(&rig, "0:1 0:1 0:1 0:1 lost 0:1 ");
	packet(2, 11, A, "z"); /* comes back: a new connection; 3 goes */
	assert_int_equal(rig.heard.last_id, 5);
	net_finish(rig.net, rig.ts);
	log_is(&rig, "0:1 0:1 0:1 0:1 lost 0:1 lost 0:1 stop stop stop ");
	assert_int_equal(rig_stats(&rig).evicted, 2);
	rig_close(&rig);
}

/* A flood of SYNs does not push out those that talk. */
static void syn_flood(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){.max_connections = 1000});
	packet(1, 10, A, "talk");
	for (uint32_t i = 0; i < 300000; i++)
		packet(0x01000000 + i, i, S, "");
	packet(1, 14, A, "talk");
	heard_is(&rig, 0, "talktalk");
	assert_int_equal(rig_stats(&rig).open_connections, 1000);
	assert_true(rig_stats(&rig).memory < 1 << 20);
	rig_close(&rig);
}

static void idle_ends(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){0});
	packet(1, 10, A, "x");
	packet(2, 10, S, "");
	rig.ts += 121 * SEC;
	rig_others(&rig, 64);
	log_is(&rig, "0:1 lost ");
	rig.ts += 3600 * SEC;
	rig_others(&rig, 64);
	assert_string_equal(rig.heard.log, "0:1 lost lost ");
	rig_close(&rig);
}

/* Gaps nobody fills, on ever more connections. */
static void gaps_forever(void **state)
{
	const size_t budget = 1 << 20;

	(void)state;
	rig_open(&rig, &(struct net_options){.memory = budget});
	for (uint32_t i = 0; i < 50000; i++) {
		packet(i, 10, A, "x");
		packet(i, 100, A, "waits for ever");
	}
	/* two pools round up to pages of 64 KiB each; the rest is the flow table */
	assert_true(rig_stats(&rig).memory < budget + 50000 * 200 + (1 << 18));
	net_finish(rig.net, rig.ts);
	assert_int_equal(rig_stats(&rig).holes, 50000);
	assert_int_equal(rig_stats(&rig).hole_bytes, 50000 * 89);
	assert_int_equal(rig.heard.hole_bytes[0], 50000 * 89);
	rig_close(&rig);
}

/* Acknowledgements of what was never sent cost memory too. */
static void claims_forever(void **state)
{
	static struct pkt p;

	(void)state;
	rig_open(&rig, &(struct net_options){.memory = 1 << 18});
	for (uint32_t i = 0; i < 20000; i++) {
		packet(i, 10, A, "x");
		pkt_payload(&p, "y", 1);
		pkt_tcp(&p, 9092, (uint16_t)(i >> 24), 5, 1000, A);
		pkt_ip4(&p, 0x0a000002, i, 6);
		rig_packet(&rig, 101, pkt_bytes(&p), p.len, p.len);
	}
	assert_true(rig_stats(&rig).memory < (1 << 18) + 20000 * 200 + (1 << 18));
	rig_close(&rig);
}

/* What is in use is found again through growth and removal, for many sets of addresses. */
static void table(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){0});
	for (uint32_t i = 0; i < 20000; i++)
		packet(i * 2654435761u, 10, A, "x");
	for (uint32_t i = 0; i < 20000; i += 2)
		packet(i * 2654435761u, 11, F | A, "");
	for (uint32_t i = 0; i < 20000; i++)
		packet(i * 2654435761u, 11, A, i % 2 ? "y" : "");
	assert_int_equal(rig_stats(&rig).connections, 20000);
	assert_int_equal(rig.heard.len[0], 30000);
	net_finish(rig.net, rig.ts);
	assert_int_equal(rig.heard.last_id, 20000); /* in the order of ids */
	assert_int_equal(rig.heard.ends, 20000);
	rig_close(&rig);
}

/* Connections come and go in a rather full table; those that stay must be found every time. */
static void churn(void **state)
{
	const uint32_t stay = 700, flood = 40000;

	(void)state;
	rig_open(&rig, &(struct net_options){.max_connections = 760});
	for (uint32_t i = 0; i < 760; i++) /* in the way of those that come next, and gone after them */
		packet(i * 2246822519u + 77, 10, S, "");
	for (uint32_t i = 0; i < stay; i++)
		packet(i * 2654435761u, 10, A, "x");
	for (uint32_t i = 0; i < flood; i++) {
		packet((i + stay) * 2654435761u, 10, S, "");
		packet(i % stay * 2654435761u, 11 + i / stay, A, "y");
	}
	assert_int_equal(rig_stats(&rig).connections, 760 + stay + flood);
	assert_int_equal(rig.heard.len[0], stay + flood);
	assert_int_equal(rig_stats(&rig).holes, 0);
	rig_close(&rig);
}

static void clock_steps(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){0});
	packet(1, 10, A, "a");
	rig.ts -= 3 * SEC;
	packet(1, 11, A, "b");
	assert_true(rig.heard.last_ts == rig.ts);
	rig.ts = -5;
	packet(1, 12, A, "c");
	rig.ts = INT64_MAX - 5000;
	packet(1, 13, A, "d");
	rig.ts = 1;
	packet(1, 14, A, "e");
	heard_is(&rig, 0, "abcde");
	rig_close(&rig);
}

/* Closed connections make room before any open one is touched. */
static void closed_make_room(void **state)
{
	static struct pkt p;

	(void)state;
	rig_open(&rig, &(struct net_options){.max_connections = 4});
	packet(1, 10, A, "talk");
	for (uint32_t i = 2; i < 100; i++) {
		packet(i, 10, F | A, "x");
		pkt_payload(&p, "", 0);
		pkt_tcp(&p, 9092, (uint16_t)(i >> 24), 5, 12, F | A);
		pkt_ip4(&p, 0x0a000002, i, 6);
		rig_packet(&rig, 101, pkt_bytes(&p), p.len, p.len);
	}
	packet(1, 14, A, "talk");
	assert_int_equal(rig_stats(&rig).evicted, 0);
	assert_int_equal(rig_stats(&rig).open_connections, 1);
	assert_int_equal(rig.heard.fins, 98 * 2);
	rig_close(&rig);
}

/* Reaches its end whatever a peer claims; says the same twice. */
static void random_segments(void **state)
{
	uint64_t seed = 7;

	(void)state;
	rig_open(&rig, &(struct net_options){.memory = 1 << 18, .max_connections = 50});
	for (unsigned i = 0; i < 200000; i++) {
		uint32_t r;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		r = (uint32_t)(seed >> 32);
		rig.client_port = (uint16_t)(40000 + r % 100);
		rig_seg(&rig, r >> 8 & 1, (uint8_t)(r >> 9 & 0x1f), (r >> 12) & 0xffff, (r >> 16) & 0xffff,
		        "0123456789012345678901234567890", r >> 27);
	}
	net_finish(rig.net, rig.ts);
	assert_int_equal(rig_stats(&rig).open_connections, 0);
	assert_true(rig_stats(&rig).memory < 1 << 20);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_idle_goes_first),
		cmocka_unit_test(syn_flood),
		cmocka_unit_test(idle_ends),
		cmocka_unit_test(gaps_forever),
		cmocka_unit_test(claims_forever),
		cmocka_unit_test(table),
		cmocka_unit_test(churn),
		cmocka_unit_test(clock_steps),
		cmocka_unit_test(closed_make_room),
		cmocka_unit_test(random_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
