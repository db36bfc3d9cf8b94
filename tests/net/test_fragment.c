/* SPDX-License-Identifier: Apache-2.0
 *
 * Fragments of IPv4 and IPv6 datagrams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <stdio.h>
#include <string.h>

#define N 400 /* payload bytes */

static struct rig rig;
static uint8_t datagram[20 + N];
static char text[N + 1];

/* A TCP segment, to be cut up. */
static void make_datagram(uint32_t seq)
{
	static struct pkt p;

	for (unsigned i = 0; i < N; i++)
		text[i] = (char)('a' + (i * 7 + i / 26 + seq) % 26);
	pkt_payload(&p, text, N);
	pkt_tcp(&p, 40000, 9092, seq, 0, A);
	memcpy(datagram, pkt_bytes(&p), sizeof(datagram));
}

static void send4(uint16_t id, size_t from, size_t to, const uint8_t *bytes)
{
	static struct pkt p;
	uint16_t more = to < sizeof(datagram) ? 0x2000 : 0;

	pkt_payload(&p, bytes + from, to - from);
	pkt_ip4_fragment(&p, 1, 2, 6, id, (uint16_t)(more | from / 8));
	rig_pkt(&rig, 101, &p);
}

static void send6(uint8_t next, size_t from, size_t to)
{
	static struct pkt p;
	uint8_t h[8] = {next, 0, (uint8_t)(from >> 8), (uint8_t)((from & 0xf8) | (to < sizeof(datagram))), 0, 0, 0, 9};

	pkt_payload(&p, datagram + from, to - from);
	pkt_prepend(&p, h, sizeof(h));
	pkt_ip6(&p, 1, 2, 44);
	rig_pkt(&rig, 101, &p);
}

static int open_rig(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){0});
	make_datagram(1);
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

static void in_order(void **state)
{
	(void)state;
	send4(7, 0, 200, datagram);
	send4(7, 200, 400, datagram);
	heard_is(&rig, 0, "");
	send4(7, 400, sizeof(datagram), datagram);
	heard_is(&rig, 0, text);
	assert_int_equal(rig_stats(&rig).fragments, 3);
	assert_int_equal(rig_stats(&rig).fragments_lost, 0);
	assert_int_equal(rig.heard.last_frame, 3);
}

static void reversed(void **state)
{
	(void)state;
	for (size_t at = 416; at > 0; at -= 16)
		send4(7, at, at + 16 > sizeof(datagram) ? sizeof(datagram) : at + 16, datagram);
	heard_is(&rig, 0, "");
	send4(7, 0, 16, datagram);
	heard_is(&rig, 0, text);
}

static void ipv6(void **state)
{
	(void)state;
	send6(6, 208, sizeof(datagram));
	send6(6, 0, 104);
	send6(6, 104, 208);
	heard_is(&rig, 0, text);
}

static void ipv6_extension_inside(void **state)
{
	(void)state;
	memmove(datagram + 8, datagram, sizeof(datagram) - 8);
	memcpy(datagram, (uint8_t[8]){6, 0}, 8);
	send6(60, 208, sizeof(datagram));
	send6(60, 0, 208);
	text[N - 8] = '\0';
	heard_is(&rig, 0, text);
}

static void interleaved(void **state)
{
	(void)state;
	send4(1, 0, 200, datagram);
	make_datagram(1 + N);
	send4(2, 0, 200, datagram);
	make_datagram(1);
	send4(1, 200, sizeof(datagram), datagram);
	heard_is(&rig, 0, text);
	make_datagram(1 + N);
	send4(2, 200, sizeof(datagram), datagram);
	assert_int_equal(rig.heard.len[0], 2 * N);
	assert_memory_equal(rig.heard.data[0] + N, text, N);
}

static void overlap_first_wins(void **state)
{
	uint8_t lie[sizeof(datagram)];

	(void)state;
	memset(lie, '!', sizeof(lie));
	send4(7, 0, 200, datagram);
	send4(7, 160, 240, datagram); /* 200 to 240 are new */
	send4(7, 0, 400, lie);        /* 240 to 400 are new */
	send4(7, 384, sizeof(datagram), datagram);
	memset(text + 240 - 20, '!', 160);
	heard_is(&rig, 0, text);
}

static void missing(void **state)
{
	(void)state;
	send4(7, 0, 200, datagram);
	send4(7, 208, sizeof(datagram), datagram);
	rig.ts += 31 * SEC;
	send4(8, 0, 200, datagram);
	assert_int_equal(rig_stats(&rig).fragments_lost, 1);
	send4(7, 200, 208, datagram); /* too late */
	heard_is(&rig, 0, "");
}

static void contradictions(void **state)
{
	(void)state;
	send4(7, 0, 200, datagram);
	send4(7, 200, 201, datagram); /* more follow, but no multiple of 8 */
	assert_int_equal(rig_stats(&rig).fragments_lost, 1);
	send4(8, 400, sizeof(datagram), datagram);
	send4(8, 416, sizeof(datagram), datagram);
	send4(8, 0, 400, datagram);
	heard_is(&rig, 0, text);
	assert_int_equal(rig_stats(&rig).fragments_lost, 1);
}

/* Longer than any datagram: offset and length together. */
static void ping_of_death(void **state)
{
	static struct pkt p;

	(void)state;
	pkt_payload(&p, datagram, sizeof(datagram));
	pkt_ip4_fragment(&p, 1, 2, 6, 7, 0x1fff);
	rig_pkt(&rig, 101, &p);
	assert_int_equal(rig_stats(&rig).fragments_lost, 1);
}

static void snaplen(void **state)
{
	static struct pkt p;
	char expected[N];

	(void)state;
	pkt_payload(&p, datagram, 200);
	pkt_ip4_fragment(&p, 1, 2, 6, 7, 0x2000);
	rig_packet(&rig, 101, pkt_bytes(&p), 20 + 96, p.len);
	send4(7, 200, sizeof(datagram), datagram);
	snprintf(expected, sizeof(expected), "%.*s#%d#", 96 - 20, text, N - (96 - 20));
	heard_is(&rig, 0, expected);
}

static void flood(void **state)
{
	uint64_t memory;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		send4((uint16_t)i, 0, 200, datagram);
	memory = rig_stats(&rig).memory;
	for (unsigned i = 1000; i < 60000; i++)
		send4((uint16_t)i, 0, 200, datagram);
	assert_int_equal(rig_stats(&rig).memory, memory);
	assert_true(memory < 8 << 20);
	send4(59999, 200, sizeof(datagram), datagram);
	heard_is(&rig, 0, text);
}

/* A fragmented tunnel with a fragmented datagram inside: the inner one must not be written over the outer. */
static void nested(void **state)
{
	static struct pkt p;
	uint8_t outer[2][600];
	size_t len[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		size_t from = i ? 200 : 0, to = i ? sizeof(datagram) : 200;

		pkt_payload(&p, datagram + from, to - from);
		pkt_ip4_fragment(&p, 1, 2, 6, 5, (uint16_t)((i ? 0 : 0x2000) | from / 8));
		len[i] = p.len;
		memcpy(outer[i], pkt_bytes(&p), p.len);
	}
	for (unsigned i = 2; i-- > 0;) {
		pkt_payload(&p, outer[i], 104);
		pkt_ip4_fragment(&p, 3, 4, 4, (uint16_t)(20 + i), 0x2000);
		rig_pkt(&rig, 101, &p);
		pkt_payload(&p, outer[i] + 104, len[i] - 104);
		pkt_ip4_fragment(&p, 3, 4, 4, (uint16_t)(20 + i), 104 / 8);
		rig_pkt(&rig, 101, &p);
	}
	heard_is(&rig, 0, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_order, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(reversed, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(ipv6, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(ipv6_extension_inside, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(interleaved, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(overlap_first_wins, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(missing, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(contradictions, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(ping_of_death, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(snaplen, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(flood, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(nested, open_rig, close_rig),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
