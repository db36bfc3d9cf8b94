/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said about files that are no captures: one line, the file's name first.
 */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The error is "PATH: text", in one line. */
static void expect(const char *path, const char *text)
{
	struct all a;
	char want[512];

	assert_false(read_one(&a, path));
	snprintf(want, sizeof(want), "%s: %s", path, text);
	assert_string_equal(a.error, want);
	assert_null(strchr(a.error, '\n'));
}

static void not_readable(void **state)
{
	(void)state;
	expect(in_folder("missing.pcap"), "No such file or directory");
	expect("/tmp", "this is a directory; name the capture files in it");
	expect("/dev/null", "empty file");
	expect(write_file("empty.pcap", "", 0), "empty file");
}

static void other_content(void **state)
{
	static const uint8_t elf[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 0 };
	static const uint8_t binary[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	(void)state;
	expect(write_file("x.log", "GET / HTTP/1.1\r\n", 16),
	       "not a capture file (pcap or pcapng expected; starts with 'GET / HT')");
	expect(write_file("x", "ab", 2), "not a capture file (pcap or pcapng expected; starts with 'ab')");
	expect(write_file("x.bin", binary, sizeof(binary)),
	       "not a capture file (pcap or pcapng expected; starts with 00 01 02 03 04 05 06 07)");
	expect(write_file("x.elf", elf, sizeof(elf)),
	       "not a capture file (pcap or pcapng expected): a program or library");
	expect(write_file("x.zip", "PK\3\4....", 8),
	       "not a capture file (pcap or pcapng expected): a zip archive; unpack it first");
	expect(write_file("x.snoop", "snoop\0\0\0\0\0\0\2", 12),
	       "not a capture file (pcap or pcapng expected): a snoop capture; convert it with "
	       "`editcap -F pcapng IN OUT`");
	expect(write_file("x.gz", "\x1f\x8b garbage that is no gzip", 27), "damaged gzip data: the beginning is not whole");
}

static void short_headers(void **state)
{
	struct bytes b = { .big = false };

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	b.n = 10;
	expect(write_bytes("short.pcap", &b), "cut in the middle of the file header (10 bytes long)");
	b.n = 24;
	b.p[4] = 7;
	expect(write_bytes("version.pcap", &b), "pcap version 7.4; only 2.x is known");
	b.n = 0;
	ng_section(&b);
	b.n = 11;
	expect(write_bytes("short.pcapng", &b), "cut in the middle of the file header (11 bytes long)");
	bytes_free(&b);
}

static void no_packets_is_no_error(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 276);
	assert_true(read_one(&a, write_bytes("none.pcap", &b)));
	assert_int_equal(a.n, 0);
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.links[0], 276);
	bytes_free(&b);
	ng_section(&b);
	assert_true(read_one(&a, write_bytes("none.pcapng", &b)));
	assert_int_equal(a.n, 0);
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.n_links, 0);
	assert_string_equal(a.warnings, "");
	bytes_free(&b);
}

static void wrong_calls(void **state)
{
	static const char *const twice[] = { "-", "-" };
	struct cap_options o = { .files = NULL };
	struct all a;

	(void)state;
	assert_false(read_all(&a, &o, 1));
	assert_string_equal(a.error, "no capture file and no interface given");
	assert_false(read_files(&a, twice, 2));
	assert_string_equal(a.error, "standard input: named twice");
}

/* One bad file among good ones is told before anything is read. */
static void bad_file_among_good_ones(void **state)
{
	struct bytes b = { .big = false };
	const char *files[3];
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	pcap_record(&b, 1, 0, 4, 4, 0);
	files[0] = write_bytes("good1.pcap", &b);
	files[1] = write_file("bad.txt", "hello, world", 12);
	files[2] = write_bytes("good2.pcap", &b);
	assert_false(read_files(&a, files, 3));
	assert_non_null(strstr(a.error, "bad.txt: not a capture file"));
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_readable),
		cmocka_unit_test(other_content),
		cmocka_unit_test(short_headers),
		cmocka_unit_test(no_packets_is_no_error),
		cmocka_unit_test(wrong_calls),
		cmocka_unit_test(bad_file_among_good_ones),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
