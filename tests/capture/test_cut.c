/* SPDX-License-Identifier: Apache-2.0
 *
 * Files cut at every byte, and files with every byte damaged: never a crash, always a prefix.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void make_pcap(struct bytes *b, bool big)
{
	b->big = big;
	pcap_header(b, 0xa1b23c4d, 1);
	for (unsigned int i = 0; i < 5; i++)
		pcap_record(b, 1000 + i, i, 10 * i, 10 * i, i);
}

static void make_pcapng(struct bytes *b, bool big)
{
	b->big = big;
	ng_section(b);
	ng_interface(b, 1, 262144, 9, 0);
	ng_packet(b, 0, 5, 13, 13, 0);
	ng_block(b, 0xbad, "unknown", 7);
	ng_interface(b, 113, 0, 6, 0);
	ng_packet(b, 1, 6, 20, 20, 1);
	ng_section(b);
	ng_interface(b, 276, 0, 6, 1);
	ng_packet(b, 0, 7, 1, 1, 2);
}

static void cut_everywhere(const struct bytes *b)
{
	struct all whole, part;
	size_t most = 0;

	assert_true(read_one(&whole, write_bytes("whole", b)));
	for (size_t n = 0; n < b->n; n++) {
		if (!read_one(&part, write_file("part", b->p, n))) {
			assert_true(n < 28); /* not even a header */
			assert_non_null(strstr(part.error, "part: "));
			continue;
		}
		assert_int_equal(part.end, CAP_END);
		assert_true(part.n < whole.n && part.n >= most);
		most = part.n;
		assert_same_packets(&whole, &part, part.n);
		assert_int_equal(part.stats.cut_files, part.warnings[0] ? 1 : 0);
		all_free(&part);
	}
	assert_int_equal(most, whole.n - 1);
	all_free(&whole);
}

static void prefixes(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct bytes pcap = { .big = false }, pcapng = { .big = false };

		make_pcap(&pcap, big);
		make_pcapng(&pcapng, big);
		cut_everywhere(&pcap);
		cut_everywhere(&pcapng);
		bytes_free(&pcap);
		bytes_free(&pcapng);
	}
}

/* Each byte set to each of some values; whatever it means, reading ends and what comes out is consistent. */
static void damage_everywhere(struct bytes *b)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct all a;

	for (size_t at = 0; at < b->n; at++) {
		uint8_t saved = b->p[at];

		for (size_t v = 0; v < sizeof(values); v++) {
			b->p[at] = values[v];
			if (!read_one(&a, write_bytes("damaged", b))) {
				assert_non_null(strstr(a.error, "damaged: "));
				continue;
			}
			assert_true(a.end == CAP_END || a.error[0]);
			assert_true(a.n <= 5);
			for (size_t i = 0; i < a.n; i++)
				assert_true(a.packets[i].ts >= 0 && a.packets[i].len >= a.packets[i].caplen);
			all_free(&a);
		}
		b->p[at] = saved;
	}
}

static void damaged_bytes(void **state)
{
	struct bytes pcap = { .big = false }, pcapng = { .big = false };

	(void)state;
	make_pcap(&pcap, false);
	make_pcapng(&pcapng, true);
	damage_everywhere(&pcap);
	damage_everywhere(&pcapng);
	bytes_free(&pcap);
	bytes_free(&pcapng);
}

static void words_of_the_warning(void **state)
{
	struct bytes b = { .big = false };
	struct all a;
	char want[200];

	(void)state;
	make_pcap(&b, false);
	assert_true(read_one(&a, write_file("x.pcap", b.p, b.n - 1)));
	snprintf(want, sizeof(want), "%s: cut in the middle of packet 5 at byte 148; read to the packet before\n",
		 in_folder("x.pcap"));
	assert_string_equal(a.warnings, want);
	all_free(&a);
	bytes_free(&b);
}

static void too_long_packet(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	pcap_record(&b, 1, 0, 4, 4, 0);
	bytes_32(&b, 1);
	bytes_32(&b, 0);
	bytes_32(&b, 0x7fffffff);
	bytes_32(&b, 0x7fffffff);
	assert_true(read_one(&a, write_bytes("long.pcap", &b)));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.end, CAP_FAILED);
	assert_non_null(strstr(a.error, "long.pcap: damaged at byte 44: packet of 2147483647 bytes; 1 packets read"));
	all_free(&a);
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes),
		cmocka_unit_test(damaged_bytes),
		cmocka_unit_test(words_of_the_warning),
		cmocka_unit_test(too_long_packet),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
