/* SPDX-License-Identifier: Apache-2.0
 *
 * Link, tunnel and IP layers: the same TCP segment, wrapped in everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CLIENT 0x0a000001u
#define SERVER 0x0a000002u

static struct rig rig;
static struct pkt pkt;

static void segment4(void)
{
	pkt_payload(&pkt, "hello", 5);
	pkt_tcp(&pkt, 40000, 9092, 7, 9, A | P);
	pkt_ip4(&pkt, CLIENT, SERVER, 6);
}

static void segment6(void)
{
	pkt_payload(&pkt, "hello", 5);
	pkt_tcp(&pkt, 40000, 9092, 7, 9, A | P);
	pkt_ip6(&pkt, 1, 2, 6);
}

/* The packet cut after every byte, against a page that may not be touched. */
static void every_cut(unsigned link)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, page * 3, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED && pkt.len <= page * 2);
	assert_int_equal(mprotect(map + page * 2, page, PROT_NONE), 0);
	for (size_t n = 0; n <= pkt.len; n++) {
		struct rig r;

		rig_open(&r, &(struct net_options){0});
		memcpy(map + page * 2 - n, pkt_bytes(&pkt), n);
		rig_packet(&r, link, map + page * 2 - n, n, pkt.len);
		rig_packet(&r, link, map + page * 2 - n, n, n); /* the tool that cut it forgot the length */
		net_finish(r.net, r.ts);
		assert_true(r.heard.len[0] <= 16);
		rig_close(&r);
	}
	munmap(map, page * 3);
}

static void hears_hello(unsigned link)
{
	rig_open(&rig, &(struct net_options){0});
	rig_pkt(&rig, link, &pkt);
	heard_is(&rig, 0, "hello");
	assert_int_equal(rig.heard.side[0].port, 40000);
	assert_int_equal(rig.heard.side[1].port, 9092);
	assert_int_equal(rig_stats(&rig).malformed, 0);
	rig_close(&rig);
	every_cut(link);
}

static void hears_nothing(unsigned link, uint64_t not_tcp, uint64_t malformed)
{
	rig_open(&rig, &(struct net_options){0});
	rig_pkt(&rig, link, &pkt);
	heard_is(&rig, 0, "");
	assert_int_equal(rig_stats(&rig).not_tcp, not_tcp);
	assert_int_equal(rig_stats(&rig).malformed, malformed);
	rig_close(&rig);
	every_cut(link);
}

static void prepend_tag(uint16_t vlan, uint16_t inner)
{
	pkt_prepend(&pkt, (uint8_t[]){(uint8_t)(vlan >> 8), (uint8_t)vlan, (uint8_t)(inner >> 8), (uint8_t)inner}, 4);
}

static void ethernet(void **state)
{
	(void)state;
	segment4();
	pkt_eth(&pkt, 0x0800);
	hears_hello(1);
	segment6();
	pkt_eth(&pkt, 0x86dd);
	hears_hello(1);
	segment4();
	pkt_eth(&pkt, 0x0806);
	hears_nothing(1, 1, 0);
	segment4();
	pkt_eth(&pkt, 0x86dd); /* version 4 under an IPv6 type */
	hears_nothing(1, 0, 1);
}

static void padding_is_not_payload(void **state)
{
	(void)state;
	pkt_payload(&pkt, "hello\0\0\0\0\0\0", 11);
	pkt_tcp(&pkt, 40000, 9092, 7, 9, A | P);
	pkt_ip4(&pkt, CLIENT, SERVER, 6);
	pkt_bytes(&pkt)[3] = 45;
	pkt_eth(&pkt, 0x0800);
	hears_hello(1);
}

static void vlan(void **state)
{
	static const uint16_t outer[] = {0x8100, 0x88a8, 0x9100, 0x9200};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		segment4();
		prepend_tag(100, 0x0800);
		pkt_eth(&pkt, outer[i]);
		hears_hello(1);
		segment6();
		prepend_tag(100, 0x86dd);
		prepend_tag(0xe065, 0x8100);
		pkt_eth(&pkt, outer[i]);
		hears_hello(1);
	}
	segment4();
	prepend_tag(1, 0x0800);
	for (unsigned i = 0; i < 20; i++)
		prepend_tag(1, 0x8100);
	pkt_eth(&pkt, 0x8100);
	hears_nothing(1, 0, 1);
}

static void cooked(void **state)
{
	uint8_t sll[16] = {0, 4, 0x03, 0x04, [14] = 0x08, 0x00}, sll2[20] = {0x86, 0xdd};

	(void)state;
	segment4();
	pkt_prepend(&pkt, sll, 16);
	hears_hello(113);
	segment6();
	pkt_prepend(&pkt, sll2, 20);
	hears_hello(276);
	segment6();
	prepend_tag(5, 0x86dd);
	pkt_prepend(&pkt, (uint8_t[20]){0x81, 0x00}, 20);
	hears_hello(276);
}

static void null_and_loop(void **state)
{
	static const uint8_t v6[] = {10, 23, 24, 28, 30};

	(void)state;
	segment4();
	pkt_prepend(&pkt, (uint8_t[]){2, 0, 0, 0}, 4);
	hears_hello(0);
	segment4();
	pkt_prepend(&pkt, (uint8_t[]){0, 0, 0, 2}, 4);
	hears_hello(108);
	for (unsigned i = 0; i < sizeof(v6); i++) {
		segment6();
		pkt_prepend(&pkt, (uint8_t[]){v6[i], 0, 0, 0}, 4);
		hears_hello(0);
		segment6();
		pkt_prepend(&pkt, (uint8_t[]){0, 0, 0, v6[i]}, 4);
		hears_hello(108);
	}
	segment4();
	pkt_prepend(&pkt, (uint8_t[]){99, 0, 0, 0}, 4);
	hears_nothing(0, 1, 0);
}

static void raw(void **state)
{
	static const uint16_t links[] = {101, 12, 14, 228, 229};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		segment4();
		hears_hello(links[i]);
		segment6();
		hears_hello(links[i]);
		assert_true(net_link_supported(links[i]));
	}
	segment4();
	pkt_bytes(&pkt)[0] = 0x75;
	hears_nothing(101, 1, 0);
	segment4();
	hears_nothing(147, 1, 0);
	assert_false(net_link_supported(147));
}

static void ipv4_options(void **state)
{
	(void)state;
	pkt_payload(&pkt, "hello", 5);
	pkt_tcp(&pkt, 40000, 9092, 7, 9, A);
	pkt_prepend(&pkt, (uint8_t[40]){1, 1, 1, 1}, 40);
	pkt_ip4(&pkt, CLIENT, SERVER, 6);
	pkt_bytes(&pkt)[0] = 0x4f;
	hears_hello(101);
	pkt_bytes(&pkt)[0] = 0x44; /* a header shorter than the least */
	hears_nothing(101, 0, 1);
}

static void tcp_options(void **state)
{
	(void)state;
	pkt_payload(&pkt, "hello", 5);
	pkt_prepend(&pkt, (uint8_t[12]){1, 1, 8, 10}, 12);
	pkt_tcp(&pkt, 40000, 9092, 7, 9, A);
	pkt_bytes(&pkt)[12] = 0x80;
	pkt_ip4(&pkt, CLIENT, SERVER, 6);
	hears_hello(101);
	pkt_bytes(&pkt)[20 + 12] = 0xf0; /* longer than the segment */
	hears_nothing(101, 0, 1);
	pkt_bytes(&pkt)[20 + 12] = 0x40;
	hears_nothing(101, 0, 1);
}

static void offloaded_length(void **state)
{
	(void)state;
	segment4();
	pkt_bytes(&pkt)[2] = pkt_bytes(&pkt)[3] = 0;
	hears_hello(101);
	segment6();
	pkt_bytes(&pkt)[4] = pkt_bytes(&pkt)[5] = 0;
	hears_hello(101);
	segment4();
	pkt_bytes(&pkt)[2] = 0;
	pkt_bytes(&pkt)[3] = 19; /* shorter than its header */
	hears_nothing(101, 0, 1);
}

static void absurd_length_is_no_hole(void **state)
{
	(void)state;
	segment4();
	pkt_bytes(&pkt)[2] = pkt_bytes(&pkt)[3] = 0;
	rig_open(&rig, &(struct net_options){0});
	rig_packet(&rig, 101, pkt_bytes(&pkt), pkt.len, UINT32_MAX);
	heard_is(&rig, 0, "");
	assert_int_equal(rig_stats(&rig).malformed, 1);
	rig_close(&rig);
}

static void ipv6_extensions(void **state)
{
	(void)state;
	pkt_payload(&pkt, "hello", 5);
	pkt_tcp(&pkt, 40000, 9092, 7, 9, A);
	pkt_prepend(&pkt, (uint8_t[24]){6, 4}, 24);                        /* authentication */
	pkt_prepend(&pkt, (uint8_t[8]){51, 0, 0, 0, 1, 2, 3, 4}, 8);       /* atomic fragment */
	pkt_prepend(&pkt, (uint8_t[24]){44, 2}, 24);                       /* routing */
	pkt_prepend(&pkt, (uint8_t[8]){43, 0}, 8);                         /* destination */
	pkt_prepend(&pkt, (uint8_t[16]){60, 1}, 16);                       /* hop by hop */
	pkt_ip6(&pkt, 1, 2, 0);
	hears_hello(229);
	pkt_payload(&pkt, "hello", 5);
	pkt_ip6(&pkt, 1, 2, 59);
	hears_nothing(229, 1, 0);
}

static void gre(void **state)
{
	uint8_t header[16];

	(void)state;
	for (unsigned bits = 0; bits < 8; bits++) { /* checksum, key, sequence */
		size_t len = 4 + 4 * (size_t)__builtin_popcount(bits);
		uint8_t flags = (uint8_t)((bits & 1) << 7 | (bits & 2) << 4 | (bits & 4) << 2);

		memset(header, 0x11, sizeof(header));
		memcpy(header, (uint8_t[]){flags, 0, 0x08, 0x00}, 4);
		segment4();
		pkt_prepend(&pkt, header, len);
		pkt_ip4(&pkt, 1, 2, 47);
		hears_hello(101);
		memcpy(header + 2, "\x65\x58", 2);
		segment6();
		prepend_tag(9, 0x86dd);
		pkt_eth(&pkt, 0x8100);
		pkt_prepend(&pkt, header, len);
		pkt_ip6(&pkt, 1, 2, 47);
		hears_hello(101);
	}
	segment4();
	pkt_prepend(&pkt, (uint8_t[]){0, 1, 0x08, 0}, 4); /* version 1: PPTP */
	pkt_ip4(&pkt, 1, 2, 47);
	hears_nothing(101, 1, 0);
}

static void erspan(void **state)
{
	(void)state;
	segment4();
	pkt_eth(&pkt, 0x0800);
	pkt_prepend(&pkt, (uint8_t[8]){0x10, 0}, 8);
	pkt_prepend(&pkt, (uint8_t[]){0x10, 0, 0x88, 0xbe, 0, 0, 0, 1}, 8);
	pkt_ip4(&pkt, 1, 2, 47);
	hears_hello(101);
	segment4();
	pkt_eth(&pkt, 0x0800);
	pkt_prepend(&pkt, (uint8_t[20]){0x20, [11] = 1}, 20);
	pkt_prepend(&pkt, (uint8_t[]){0x10, 0, 0x22, 0xeb, 0, 0, 0, 1}, 8);
	pkt_ip4(&pkt, 1, 2, 47);
	hears_hello(101);
}

static void vxlan_inner(void)
{
	segment4();
	pkt_eth(&pkt, 0x0800);
	pkt_prepend(&pkt, (uint8_t[]){0x08, 0, 0, 0, 0, 0, 42, 0}, 8);
}

static void vxlan(void **state)
{
	static const uint16_t ports[] = {4789, 8472};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		vxlan_inner();
		pkt_udp(&pkt, 55555, ports[i]);
		pkt_ip4(&pkt, 1, 2, 17);
		pkt_eth(&pkt, 0x0800);
		hears_hello(1);
	}
	vxlan_inner();
	pkt_udp(&pkt, 55555, 4790);
	pkt_ip4(&pkt, 1, 2, 17);
	hears_nothing(101, 1, 0);
	vxlan_inner();
	pkt_bytes(&pkt)[0] = 0;
	pkt_udp(&pkt, 55555, 4789);
	pkt_ip4(&pkt, 1, 2, 17);
	hears_nothing(101, 1, 0);
}

static void geneve(void **state)
{
	(void)state;
	segment6();
	pkt_eth(&pkt, 0x86dd);
	pkt_prepend(&pkt, (uint8_t[12]){0}, 12); /* options */
	pkt_prepend(&pkt, (uint8_t[]){0x03, 0, 0x65, 0x58, 0, 0, 1, 0}, 8);
	pkt_udp(&pkt, 1, 6081);
	pkt_ip6(&pkt, 3, 4, 17);
	hears_hello(101);
	segment4();
	pkt_prepend(&pkt, (uint8_t[]){0, 0, 0x08, 0x00, 0, 0, 1, 0}, 8);
	pkt_udp(&pkt, 1, 6081);
	pkt_ip4(&pkt, 3, 4, 17);
	hears_hello(101);
	segment4();
	pkt_prepend(&pkt, (uint8_t[]){0x3f, 0, 0x08, 0x00, 0, 0, 1, 0}, 8); /* options longer than the packet */
	pkt_udp(&pkt, 1, 6081);
	pkt_ip4(&pkt, 3, 4, 17);
	hears_nothing(101, 0, 1);
}

static void ip_in_ip(void **state)
{
	(void)state;
	segment4();
	pkt_ip4(&pkt, 5, 6, 4);
	hears_hello(101);
	segment6();
	pkt_ip4(&pkt, 5, 6, 41);
	hears_hello(101);
	segment4();
	for (unsigned i = 0; i < 10; i++)
		pkt_ip4(&pkt, 5, 6, 4);
	hears_nothing(101, 0, 1);
}

/* The same conversation inside a VLAN, a tunnel and bare is one connection. */
static void wrapping_is_no_identity(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){0});
	segment4();
	rig_pkt(&rig, 101, &pkt);
	prepend_tag(3, 0x0800);
	pkt_eth(&pkt, 0x8100);
	rig_pkt(&rig, 1, &pkt);
	vxlan_inner();
	pkt_udp(&pkt, 1, 4789);
	pkt_ip4(&pkt, 1, 2, 17);
	rig_pkt(&rig, 101, &pkt);
	heard_is(&rig, 0, "hello");
	assert_int_equal(rig_stats(&rig).connections, 1);
	assert_int_equal(rig_stats(&rig).retransmitted_bytes, 10);
	rig_close(&rig);
}

static void ports(void **state)
{
	static const uint16_t wanted[] = {9093, 9092}, other[] = {9094};

	(void)state;
	segment4();
	rig_open(&rig, &(struct net_options){.ports = wanted, .n_ports = 2});
	rig_pkt(&rig, 101, &pkt);
	heard_is(&rig, 0, "hello");
	rig_close(&rig);
	rig_open(&rig, &(struct net_options){.ports = other, .n_ports = 1});
	rig_pkt(&rig, 101, &pkt);
	heard_is(&rig, 0, "");
	assert_int_equal(rig_stats(&rig).connections, 0);
	rig_close(&rig);
}

static void texts(void **state)
{
	struct net_endpoint e = {.addr = {10, 0, 0, 1}, .port = 9092, .family = 4};
	char out[NET_ENDPOINT_TEXT];

	(void)state;
	assert_string_equal(net_endpoint_text(&e, out), "10.0.0.1:9092");
	assert_string_equal(net_host_text(&e, out), "10.0.0.1");
	e = (struct net_endpoint){.addr = {0xfd, 0x77, [15] = 1}, .port = 65535, .family = 6};
	assert_string_equal(net_endpoint_text(&e, out), "[fd77::1]:65535");
	assert_string_equal(net_host_text(&e, out), "fd77::1");
	assert_true(net_endpoint_equal(&e, &e));
	assert_false(net_endpoint_equal(&e, &(struct net_endpoint){.addr = {0xfd, 0x77, [15] = 1}, .port = 1, .family = 6}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet),
		cmocka_unit_test(padding_is_not_payload),
		cmocka_unit_test(vlan),
		cmocka_unit_test(cooked),
		cmocka_unit_test(null_and_loop),
		cmocka_unit_test(raw),
		cmocka_unit_test(ipv4_options),
		cmocka_unit_test(tcp_options),
		cmocka_unit_test(offloaded_length),
		cmocka_unit_test(absurd_length_is_no_hole),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(gre),
		cmocka_unit_test(erspan),
		cmocka_unit_test(vxlan),
		cmocka_unit_test(geneve),
		cmocka_unit_test(ip_in_ip),
		cmocka_unit_test(wrapping_is_no_identity),
		cmocka_unit_test(ports),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
