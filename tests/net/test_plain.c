/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way of reading a packet's headers says what the long way says.
 */
#include "plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "link.h"

enum { SIZE = 80 };

static const uint8_t good[SIZE] = {
	[12] = 0x08, [14] = 0x45, [17] = 60, [20] = 0x40, [22] = 64, [23] = 6, [26] = 10, [29] = 1, [30] = 10, [33] = 2,
	[34] = 0x9c, [36] = 0x23, [37] = 0x84, [46] = 0x50, [47] = 0x18,
};

static bool long_way(const struct cap_packet *p, struct ip_packet *ip)
{
	struct span s = { .p = p->data, .cap = p->caplen, .len = p->len };

	return link_strip(p->link, &s) == NET_TYPE_IPV4 && ip_parse(NET_TYPE_IPV4, s, ip) && !ip->fragment;
}

static bool expect_same(const struct cap_packet *p)
{
	struct ip_packet a, b;

	if (!plain_parse(p, &a))
		return false;
	assert_true(long_way(p, &b));
	assert_true(net_endpoint_equal(&a.src, &b.src));
	assert_true(net_endpoint_equal(&a.dst, &b.dst));
	assert_ptr_equal(a.payload.p, b.payload.p);
	assert_int_equal(a.payload.cap, b.payload.cap);
	assert_int_equal(a.payload.len, b.payload.len);
	assert_int_equal(a.proto, b.proto);
	assert_int_equal(a.fragment, b.fragment);
	return true;
}

static void test_every_byte_and_length(void **state)
{
	(void)state;
	assert_true(expect_same(&(struct cap_packet){ .data = good, .caplen = SIZE, .len = SIZE, .link = 1 }));
	assert_false(expect_same(&(struct cap_packet){ .data = good, .caplen = SIZE, .len = SIZE, .link = 101 }));
	for (unsigned n = 0; n <= SIZE; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that reading beyond is seen */
		struct cap_packet p = { .data = exact, .caplen = n, .len = SIZE, .link = 1 };

		assert_non_null(exact);
		memcpy(exact, good, n);
		assert_int_equal(expect_same(&p), n >= 54);
		free(exact);
	}
	for (unsigned at = 0; at < 54; at++) {
		for (unsigned v = 0; v < 256; v++) {
			uint8_t bytes[SIZE];
			struct cap_packet p = { .data = bytes, .caplen = SIZE, .len = SIZE, .link = 1 };

			memcpy(bytes, good, SIZE);
			bytes[at] = (uint8_t)v;
			expect_same(&p);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_byte_and_length) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
