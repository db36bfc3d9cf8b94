/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapng: blocks, sections, interfaces, resolutions, statistics, damage.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void several_interfaces(bool big)
{
	struct bytes b = { .big = big };
	struct all a;

	ng_section(&b);
	ng_interface(&b, 1, 262144, -1, 0); /* microseconds */
	ng_interface(&b, 276, 0, 9, 0);
	ng_interface(&b, 101, 96, 0x80 | 10, -3600);
	ng_block(&b, 0x0bad, "unknown", 7);
	ng_packet(&b, 0, 1700000000123456u, 61, 100, 1);
	ng_packet(&b, 1, 1700000000123456789u, 62, 62, 2);
	ng_packet(&b, 2, (UINT64_C(1700003600) << 10) + 512, 3, 2, 3);
	assert_true(read_one(&a, write_bytes("several.pcapng", &b)));
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.n, 3);
	assert_int_equal(a.packets[0].ts, INT64_C(1700000000123456000));
	assert_int_equal(a.packets[1].ts, INT64_C(1700000000123456789));
	assert_int_equal(a.packets[2].ts, INT64_C(1700000000500000000));
	assert_int_equal(a.packets[0].link, 1);
	assert_int_equal(a.packets[1].link, 276);
	assert_int_equal(a.packets[2].link, 101);
	assert_int_equal(a.packets[0].len, 100);
	assert_int_equal(a.packets[2].len, 3);
	assert_int_equal(a.packets[0].data[60], body_byte(1, 60));
	assert_int_equal(a.n_links, 3);
	assert_string_equal(a.warnings, "");
	all_free(&a);
	bytes_free(&b);
}

static void both_byte_orders(void **state)
{
	(void)state;
	several_interfaces(false);
	several_interfaces(true);
}

/* Each section has its own byte order and its own interfaces. */
static void several_sections(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 0, 9, 0);
	ng_packet(&b, 0, 5, 4, 4, 0);
	b.big = true;
	ng_section(&b);
	ng_interface(&b, 113, 0, 6, 0);
	ng_packet(&b, 0, 6, 4, 4, 0);
	ng_section(&b);
	ng_packet(&b, 0, 7, 4, 4, 0); /* the interfaces are gone */
	assert_true(read_one(&a, write_bytes("sections.pcapng", &b)));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.packets[0].ts, 5);
	assert_int_equal(a.packets[1].ts, 6000);
	assert_int_equal(a.packets[1].link, 113);
	assert_int_equal(a.end, CAP_FAILED);
	assert_non_null(strstr(a.error, "packet of an unknown interface 0"));
	all_free(&a);
	bytes_free(&b);
}

static void resolutions(void **state)
{
	static const struct {
		int resolution;
		int64_t offset;
		uint64_t ticks;
		int64_t ns;
	} cases[] = {
		{ 0, 0, 1700000000, INT64_C(1700000000000000000) },
		{ 3, 0, 1700000000123u, INT64_C(1700000000123000000) },
		{ 9, 1, 5, INT64_C(1000000005) },
		{ 9, 2, 0, INT64_C(2000000000) },
		{ 12, 0, 1700000000123456u, INT64_C(1700000000123) },
		{ 19, 0, UINT64_MAX, INT64_C(1844674407) },
		{ 0x80, 0, 7, INT64_C(7000000000) },
		{ 0x80 | 32, 0, (UINT64_C(1700000000) << 32) + 0x80000000u, INT64_C(1700000000500000000) },
		{ 0x80 | 63, 0, UINT64_MAX, INT64_C(1999999999) },
		{ 0, 0, UINT64_MAX, INT64_MAX },
		{ 9, 0, UINT64_MAX, INT64_MAX },
		{ 9, 0, INT64_MAX, INT64_MAX },
		{ 9, INT64_MIN, 1, 0 },
		{ 9, INT64_MAX, 1, INT64_MAX },
		{ 6, -10, 3000000, 0 },
	};
	struct all a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .big = i % 2 == 0 };

		ng_section(&b);
		ng_interface(&b, 1, 0, cases[i].resolution, cases[i].offset);
		ng_packet(&b, 0, cases[i].ticks, 4, 4, 0);
		assert_true(read_one(&a, write_bytes("resolution.pcapng", &b)));
		assert_int_equal(a.n, 1);
		assert_int_equal(a.packets[0].ts, cases[i].ns);
		all_free(&a);
		bytes_free(&b);
	}
}

static void resolution_out_of_range(void **state)
{
	static const int bad[] = { 20, 0x7f, 0x80 | 64, 0xff };
	struct all a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes b = { .big = false };

		ng_section(&b);
		ng_interface(&b, 1, 0, bad[i], 0);
		assert_false(read_one(&a, write_bytes("resolution.pcapng", &b)));
		assert_non_null(strstr(a.error, "time resolution"));
		bytes_free(&b);
	}
}

static void old_and_simple_packets(void **state)
{
	struct bytes b = { .big = true }, body = { .big = true };
	struct all a;

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 6, 9, 0);
	bytes_16(&body, 0); /* interface */
	bytes_16(&body, 3); /* drops */
	bytes_32(&body, 0);
	bytes_32(&body, 77);
	bytes_32(&body, 5);
	bytes_32(&body, 50);
	bytes_add(&body, "hello", 5);
	ng_block(&b, 2, body.p, body.n);
	bytes_free(&body);
	body.big = true;
	bytes_32(&body, 80); /* length on the wire; the snaplen of 6 says how much is there */
	bytes_add(&body, "simple", 6);
	ng_block(&b, 3, body.p, body.n);
	bytes_free(&body);
	assert_true(read_one(&a, write_bytes("old.pcapng", &b)));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.packets[0].ts, 77);
	assert_int_equal(a.packets[0].caplen, 5);
	assert_int_equal(a.packets[0].len, 50);
	assert_memory_equal(a.packets[0].data, "hello", 5);
	assert_int_equal(a.packets[1].ts, 77);
	assert_int_equal(a.packets[1].caplen, 6);
	assert_int_equal(a.packets[1].len, 80);
	assert_memory_equal(a.packets[1].data, "simple", 6);
	all_free(&a);
	bytes_free(&b);
}

static void add_statistics(struct bytes *b, uint32_t id, uint64_t if_drop, uint64_t os_drop)
{
	struct bytes body = { .big = b->big };

	bytes_32(&body, id);
	bytes_64(&body, 0);
	bytes_16(&body, 5);
	bytes_16(&body, 8);
	bytes_64(&body, if_drop);
	bytes_16(&body, 7);
	bytes_16(&body, 8);
	bytes_64(&body, os_drop);
	bytes_32(&body, 0);
	ng_block(b, 5, body.p, body.n);
	bytes_free(&body);
}

/* Several blocks of one interface tell the sum so far; interfaces add up. */
static void drop_counters(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 0, 9, 0);
	ng_interface(&b, 1, 0, 9, 0);
	add_statistics(&b, 0, 3, 1);
	ng_packet(&b, 0, 5, 4, 4, 0);
	add_statistics(&b, 0, 5, 1);
	add_statistics(&b, 1, 100, 10);
	add_statistics(&b, 1, 90, 0); /* a counter does not go back */
	add_statistics(&b, 9, 1000, 1000);
	assert_true(read_one(&a, write_bytes("drops.pcapng", &b)));
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.stats.interface_dropped, 105);
	assert_int_equal(a.stats.kernel_dropped, 11);
	all_free(&a);
	bytes_free(&b);
}

/* A block to be skipped that is larger than the window, and one whose length is a lie. */
static void large_unknown_blocks(void **state)
{
	static uint8_t zeros[3000000];
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	ng_section(&b);
	ng_block(&b, 0x40000bad, zeros, sizeof(zeros));
	ng_interface(&b, 1, 0, 9, 0);
	ng_packet(&b, 0, 5, 4, 4, 0);
	ng_block(&b, 0xbad, zeros, sizeof(zeros));
	ng_packet(&b, 0, 6, 4, 4, 0);
	assert_true(read_one(&a, write_bytes("unknown.pcapng", &b)));
	assert_int_equal(a.n, 2);
	assert_string_equal(a.warnings, "");
	all_free(&a);
	bytes_32(&b, 0xbad);
	bytes_32(&b, 0xfffffff0);
	bytes_add(&b, zeros, 100);
	assert_true(read_one(&a, write_bytes("unknown.pcapng", &b)));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.stats.cut_files, 1);
	assert_non_null(strstr(a.warnings, "cut in the middle of a block"));
	all_free(&a);
	bytes_free(&b);
}

/* Writes one 32-bit number over byte `at` of the third block (a packet) and tells what comes out. */
static void damage(size_t at, uint32_t v, const char *expect)
{
	struct bytes b = { .big = false }, number = { .big = false };
	char place[64];
	size_t packet;
	struct all a;

	ng_section(&b);
	ng_interface(&b, 1, 0, 9, 0);
	ng_packet(&b, 0, 5, 4, 4, 0);
	packet = b.n;
	ng_packet(&b, 0, 6, 40, 40, 0);
	ng_packet(&b, 0, 7, 4, 4, 0);
	bytes_32(&number, v);
	memcpy(b.p + packet + at, number.p, 4);
	assert_true(read_one(&a, write_bytes("damaged.pcapng", &b)));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.end, CAP_FAILED);
	snprintf(place, sizeof(place), "damaged.pcapng: damaged at byte %zu: ", packet);
	assert_non_null(strstr(a.error, place));
	assert_non_null(strstr(a.error, expect));
	all_free(&a);
	bytes_free(&b);
	bytes_free(&number);
}

static void damaged_blocks(void **state)
{
	(void)state;
	damage(4, 8, "block of 8 bytes");
	damage(4, 20u << 20, "block of 20971520 bytes");
	damage(4, 68, "block of 68 bytes that says ");
	damage(68, 73, "block of 72 bytes that says 73 at its end");
	damage(8, 1, "packet of an unknown interface 1");
	damage(20, 41, "packet longer than its block: 41");
	damage(20, 0xffffffff, "packet longer than its block: 4294967295");
}

static void bad_sections(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	ng_section(&b);
	b.p[12] = 2;
	assert_false(read_one(&a, write_bytes("version.pcapng", &b)));
	assert_non_null(strstr(a.error, "pcapng version 2.0; only 1.x is known"));
	b.p[12] = 1;
	b.p[8] = 0;
	assert_false(read_one(&a, write_bytes("order.pcapng", &b)));
	assert_non_null(strstr(a.error, "not a capture file"));
	bytes_free(&b);
}

/* Interface blocks without end do not eat the memory. */
static void too_many_interfaces(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	ng_section(&b);
	for (unsigned int i = 0; i < 65537; i++)
		ng_interface(&b, (uint16_t)i, 0, -1, 0);
	assert_false(read_one(&a, write_bytes("interfaces.pcapng", &b)));
	assert_non_null(strstr(a.error, "more than 65536 interfaces"));
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders),
		cmocka_unit_test(several_sections),
		cmocka_unit_test(resolutions),
		cmocka_unit_test(resolution_out_of_range),
		cmocka_unit_test(old_and_simple_packets),
		cmocka_unit_test(drop_counters),
		cmocka_unit_test(large_unknown_blocks),
		cmocka_unit_test(damaged_blocks),
		cmocka_unit_test(bad_sections),
		cmocka_unit_test(too_many_interfaces),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
