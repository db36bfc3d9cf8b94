/* SPDX-License-Identifier: Apache-2.0
 *
 * Capture filters on files: frame numbers count what was refused, link types have programs of their own.
 */
#include "support.h"

#include <string.h>

/* A pcapng packet with this body. */
static void add_packet(struct bytes *b, uint32_t interface, uint64_t ticks, const uint8_t *body, uint32_t n)
{
	size_t at;

	ng_packet(b, interface, ticks, n, n, 0);
	at = b->n - 4 - (n + 3u) / 4 * 4;
	memcpy(b->p + at, body, n);
}

/* Ports 9092, 53, 9092, 53 ... on Ethernet; with `raw` also on an interface of raw IP. */
static void make(struct bytes *b, bool raw, unsigned int packets)
{
	uint8_t frame[60];

	ng_section(b);
	ng_interface(b, 1, 0, 9, 0);
	if (raw)
		ng_interface(b, 101, 0, 9, 0);
	for (unsigned int i = 0; i < packets; i++) {
		udp_frame(frame, i % 2 ? 53 : 9092);
		if (raw && i % 3 == 0)
			add_packet(b, 1, i, frame + 14, 46);
		else
			add_packet(b, 0, i, frame, 60);
	}
}

static bool read_filtered(struct all *a, const char *path, const char *filter, uint64_t max)
{
	struct cap_options o = { .files = &path, .n_files = 1, .filter = filter, .max_packets = max };

	return read_all(a, &o, 16);
}

static void check_every_second(const struct all *a, size_t n)
{
	assert_int_equal(a->end, CAP_END);
	assert_int_equal(a->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a->packets[i].frame, 2 * i + 1);
		assert_int_equal(a->packets[i].ts, 2 * i);
	}
}

static void frames_count_all(void **state)
{
	struct bytes b = { .big = false };
	const char *path;
	struct all a;

	(void)state;
	make(&b, false, 200);
	path = write_bytes("filter.pcapng", &b);
	assert_true(read_filtered(&a, path, "udp port 9092", 0));
	check_every_second(&a, 100);
	assert_int_equal(a.stats.packets, 100);
	assert_int_equal(a.stats.bytes, 6000);
	assert_int_equal(a.stats.filtered, 100);
	all_free(&a);
	assert_true(read_filtered(&a, path, "udp port 9092", 7)); /* the limit counts what passed */
	check_every_second(&a, 7);
	all_free(&a);
	assert_true(read_filtered(&a, path, "", 0));
	assert_int_equal(a.n, 200);
	all_free(&a);
	assert_true(read_filtered(&a, path, "tcp", 0));
	assert_int_equal(a.n, 0);
	assert_int_equal(a.stats.filtered, 200);
	all_free(&a);
	bytes_free(&b);
}

static void several_link_types(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	make(&b, true, 200);
	assert_true(read_filtered(&a, write_bytes("links.pcapng", &b), "udp port 9092", 0));
	check_every_second(&a, 100);
	assert_string_equal(a.warnings, "");
	all_free(&a);
	bytes_free(&b);
}

static void bad_filter(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	make(&b, false, 4);
	assert_false(read_filtered(&a, write_bytes("bad.pcapng", &b), "tcp port nowhere-at-all", 0));
	assert_non_null(strstr(a.error, "filter 'tcp port nowhere-at-all': "));
	assert_non_null(strstr(a.error, "link type 1"));
	assert_false(read_filtered(&a, in_folder("bad.pcapng"), "((", 0));
	assert_non_null(strstr(a.error, "syntax error"));
	bytes_free(&b);
}

/* A filter that one link type has no use for: told once, and its packets are refused. */
static void filter_for_some_links(void **state)
{
	struct bytes b = { .big = false };
	uint8_t frame[60];
	struct all a;

	(void)state;
	make(&b, false, 3);
	ng_interface(&b, 101, 0, 9, 0);
	udp_frame(frame, 9092);
	add_packet(&b, 1, 10, frame + 14, 46);
	add_packet(&b, 1, 11, frame + 14, 46);
	add_packet(&b, 0, 12, frame, 60);
	assert_true(read_filtered(&a, write_bytes("some.pcapng", &b), "ether host 02:00:00:00:00:01", 0));
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.n, 4);
	assert_int_equal(a.packets[3].frame, 6);
	assert_int_equal(a.stats.filtered, 2);
	assert_non_null(strstr(a.warnings, "link type 101"));
	assert_ptr_equal(strchr(a.warnings, '\n'), strrchr(a.warnings, '\n'));
	all_free(&a);
	bytes_free(&b);
}

/* Packets shorter than the headers a filter looks at. */
static void short_packets(void **state)
{
	struct bytes b = { .big = false };
	uint8_t frame[60];
	struct all a;

	(void)state;
	udp_frame(frame, 9092);
	ng_section(&b);
	ng_interface(&b, 1, 0, 9, 0);
	for (uint32_t n = 0; n <= 60; n++)
		add_packet(&b, 0, n, frame, n);
	assert_true(read_filtered(&a, write_bytes("short.pcapng", &b), "udp dst port 9092", 0));
	assert_int_equal(a.n, 60 - 38 + 1);
	assert_int_equal(a.packets[0].caplen, 38);
	all_free(&a);
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_count_all),
		cmocka_unit_test(several_link_types),
		cmocka_unit_test(bad_filter),
		cmocka_unit_test(filter_for_some_links),
		cmocka_unit_test(short_packets),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
