/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way of reading a packet's headers says what the long way says, and the flow table tells connections apart.
 */
#include "head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <regroup/capture.h>

#include "flow.h"
#include "ip.h"
#include "link.h"

enum { SIZE = 90 };

static const struct flow_seed seed = { 12345, 67890 };

static const uint8_t plain[SIZE] = {
	[12] = 0x08, [14] = 0x45, [17] = 60, [20] = 0x40, [22] = 64, [23] = 6, [26] = 10, [29] = 1, [30] = 10, [33] = 2,
	[34] = 0x9c, [36] = 0x23, [37] = 0x84, [46] = 0x50, [47] = 0x18,
};
static const uint8_t vlan6[SIZE] = {
	[12] = 0x81, [15] = 7, [16] = 0x86, [17] = 0xdd, [18] = 0x60, [23] = 30, [24] = 6, [26] = 0xfd, [41] = 1,
	[42] = 0xfd, [57] = 2, [58] = 0x9c, [60] = 0x23, [61] = 0x84, [70] = 0x50, [71] = 0x18,
};

static bool long_way(const struct cap_packet *p, struct ip_packet *ip, struct tcp_head *h)
{
	struct span s = { .p = p->data, .cap = p->caplen, .len = p->len };
	unsigned type = link_strip(p->link, &s);

	return (type == NET_TYPE_IPV4 || type == NET_TYPE_IPV6) && ip_parse(type, s, ip) && !ip->fragment &&
	       ip->proto == IP_PROTO_TCP && head_read_ip(&seed, ip, h);
}

static bool expect_same(const struct cap_packet *p)
{
	struct net_endpoint src, dst;
	struct tcp_head a, b;
	struct ip_packet ip;
	bool known = long_way(p, &ip, &b);

	head_read(&seed, p, &a);
	assert_int_equal(a.family != 0, known);
	assert_int_equal(a.ref, 0);
	if (!known)
		return false;
	assert_int_equal(a.family, b.family);
	assert_true(a.key.addrs == b.key.addrs);
	assert_int_equal(a.key.ports, b.key.ports);
	assert_int_equal(a.hash, b.hash);
	assert_int_equal(a.hash, flow_hash(&seed, flow_key_turned(a.key)));
	assert_ptr_equal(a.segment.data, b.segment.data);
	assert_int_equal(a.segment.len, b.segment.len);
	assert_int_equal(a.segment.cap, b.segment.cap);
	assert_int_equal(a.segment.seq, b.segment.seq);
	assert_int_equal(a.segment.ack, b.segment.ack);
	assert_int_equal(a.segment.flags, b.segment.flags);
	assert_true(a.segment.start);
	head_endpoints(&a, &src, &dst);
	ip.src.port = (uint16_t)(a.key.ports >> 16);
	ip.dst.port = (uint16_t)a.key.ports;
	assert_true(net_endpoint_equal(&src, &ip.src));
	assert_true(net_endpoint_equal(&dst, &ip.dst));
	return true;
}

/* `head`: bytes up to the end of TCP's header. */
static void every_byte_and_length(const uint8_t *good, unsigned head)
{
	assert_true(expect_same(&(struct cap_packet){ .data = good, .caplen = SIZE, .len = SIZE, .link = 1 }));
	assert_false(expect_same(&(struct cap_packet){ .data = good, .caplen = SIZE, .len = SIZE, .link = 101 }));
	for (unsigned n = 0; n <= SIZE; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that reading beyond is seen */
		struct cap_packet p = { .data = exact, .caplen = n, .len = SIZE, .link = 1 };

		assert_non_null(exact);
		memcpy(exact, good, n);
		assert_int_equal(expect_same(&p), n >= head);
		free(exact);
	}
	for (unsigned at = 0; at < head; at++) {
		for (unsigned v = 0; v < 256; v++) {
			uint8_t bytes[SIZE];
			struct cap_packet p = { .data = bytes, .caplen = SIZE, .len = SIZE, .link = 1 };

			memcpy(bytes, good, SIZE);
			bytes[at] = (uint8_t)v;
			expect_same(&p);
		}
	}
}

static void both_ways_say_the_same(void **state)
{
	(void)state;
	every_byte_and_length(plain, 54);
	every_byte_and_length(vlan6, 78);
}

static struct tcp_head head_of(const uint8_t *src, const uint8_t *dst, uint8_t family, uint32_t hash)
{
	return (struct tcp_head){ .src = src, .dst = dst, .key = { .addrs = 1, .ports = 0x10001 }, .hash = hash, .family = family };
}

/* Digests of addresses that are the same, by chance or on purpose, and a hint that is wrong. */
static void equal_digests_are_told_apart(void **state)
{
	static const uint8_t a[16] = { 1 }, b[16] = { 2 }, c[16] = { 3 };
	struct tcp_head ab = head_of(a, b, 6, 9), ac = head_of(a, c, 6, 9), ba = head_of(b, a, 6, 9), v4 = head_of(a, b, 4, 9);
	struct net_conn *first, *second;
	struct flow_table t;
	unsigned dir = 7;

	(void)state;
	assert_true(flow_init(&t, 100));
	assert_null(flow_find(&t, &ab, &dir));
	first = flow_add(&t, &ab, false, 0);
	assert_null(flow_find(&t, &ac, &dir));
	assert_null(flow_find(&t, &v4, &dir));
	second = flow_add(&t, &ac, true, 0);
	assert_ptr_not_equal(first, second);
	assert_ptr_equal(flow_find(&t, &ab, &dir), first);
	assert_int_equal(dir, 0);
	ac.ref = flow_number(first);
	assert_ptr_equal(flow_find(&t, &ac, &dir), second);
	assert_int_equal(dir, 1);
	assert_int_equal(flow_number(second), 2);
	assert_ptr_equal(flow_at(&t, 2), second);
	ba.key = flow_key_turned(ba.key);
	assert_ptr_equal(flow_find(&t, &ba, &dir), first);
	assert_int_equal(dir, 1);
	flow_fini(&t);
}

static void hints_of_what_is_gone_are_nothing(void **state)
{
	static const uint8_t a[16] = { 1 }, b[16] = { 2 };
	struct tcp_head h = head_of(a, b, 4, 0), other = head_of(b, a, 4, 0);
	struct net_conn *c;
	struct flow_table t;
	unsigned dir;

	(void)state;
	assert_true(flow_init(&t, 100));
	h.hash = flow_hash(&t.seed, h.key);
	other.key.addrs = 5;
	other.hash = flow_hash(&t.seed, other.key);
	c = flow_add(&t, &h, false, 0);
	h.ref = other.ref = flow_number(c);
	assert_ptr_equal(flow_find(&t, &h, &dir), c);
	flow_remove(&t, c);
	assert_null(flow_find(&t, &h, &dir));
	assert_ptr_equal(flow_add(&t, &other, false, 0), c);
	assert_null(flow_find(&t, &h, &dir));
	assert_ptr_equal(flow_find(&t, &other, &dir), c);
	flow_fini(&t);
}

static void every_chunk_has_a_place_of_its_own(void **state)
{
	enum { MANY = 70000 };
	static const uint8_t a[16] = { 1 }, b[16] = { 2 };
	struct flow_table t;
	unsigned dir;

	(void)state;
	assert_true(flow_init(&t, MANY));
	for (uint32_t i = 1; i <= MANY; i++) {
		struct tcp_head h = head_of(a, b, 4, 0);
		struct net_conn *c;

		h.key.ports = i;
		h.hash = flow_hash(&t.seed, h.key);
		c = flow_add(&t, &h, false, 0);
		assert_non_null(c);
		assert_ptr_equal(flow_at(&t, flow_number(c)), c);
		assert_ptr_equal(flow_find(&t, &h, &dir), c);
	}
	assert_true(flow_full(&t));
	for (uint32_t i = 1, id = 0; i < t.used; i++) {
		const struct net_conn *c = flow_at(&t, i);

		assert_true(!c->id || c->id == ++id);
	}
	flow_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_say_the_same),
		cmocka_unit_test(equal_digests_are_told_apart),
		cmocka_unit_test(hints_of_what_is_gone_are_nothing),
		cmocka_unit_test(every_chunk_has_a_place_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
