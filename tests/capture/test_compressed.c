/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed files of each kind, found by content; the same capture in every form gives the same packets.
 */
#include "support.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*add)(struct archive *a);
} kinds[] = {
	{ "gzip", archive_write_add_filter_gzip },
	{ "zstd", archive_write_add_filter_zstd },
	{ "xz", archive_write_add_filter_xz },
	{ "lz4", archive_write_add_filter_lz4 },
	{ "bzip2", archive_write_add_filter_bzip2 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Compresses `b` into `out`. */
static void compress_bytes(size_t kind, const struct bytes *b, struct bytes *out)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	*out = (struct bytes){ .room = b->n + 65536 };
	out->p = malloc(out->room);
	assert_non_null(out->p);
	assert_int_equal(kinds[kind].add(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_per_block(a, 0), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, out->p, out->room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, b->p, b->n), (la_ssize_t)b->n);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(e);
	archive_write_free(a);
	out->n = used;
}

/* A body that does not compress well, so that the compressed file has some length. */
static void add_random(struct bytes *b, unsigned int second, uint32_t caplen, uint32_t *random)
{
	pcap_record(b, second, 0, caplen, caplen, 0);
	for (size_t k = b->n - caplen; k < b->n; k++) {
		*random = *random * 1103515245 + 12345;
		b->p[k] = (uint8_t)(*random >> 24);
	}
}

static void make_capture(struct bytes *b, unsigned int packets)
{
	uint32_t random = 1;

	pcap_header(b, 0xa1b2c3d4, 1);
	for (unsigned int i = 0; i < packets; i++)
		add_random(b, i, i * 13 % 1500, &random);
}

static void same_packets(void **state)
{
	struct bytes b = { .big = false }, packed;
	struct all want, a;

	(void)state;
	make_capture(&b, 2000);
	assert_true(read_one(&want, write_bytes("plain", &b)));
	assert_int_equal(want.n, 2000);
	for (size_t i = 0; i < KINDS; i++) {
		compress_bytes(i, &b, &packed);
		assert_true(read_one(&a, write_bytes("packed.pcap", &packed)));
		assert_int_equal(a.end, CAP_END);
		assert_int_equal(a.n, 2000);
		assert_same_packets(&want, &a, 2000);
		assert_string_equal(a.warnings, "");
		assert_int_equal(a.stats.file_size, packed.n);
		assert_int_equal(a.stats.file_read, packed.n);
		all_free(&a);
		bytes_free(&packed);
	}
	all_free(&want);
	bytes_free(&b);
}

/* Cut anywhere: a prefix, or an error that names the file; and it is said. */
static void cut(void **state)
{
	struct bytes b = { .big = false }, packed;
	struct all want, a;

	(void)state;
	make_capture(&b, 300);
	assert_true(read_one(&want, write_bytes("plain", &b)));
	for (size_t i = 0; i < KINDS; i++) {
		compress_bytes(i, &b, &packed);
		for (size_t n = 1; n < packed.n - 16; n += n < 64 ? 1 : 9973) {
			if (!read_one(&a, write_file("cut.gz", packed.p, n))) {
				assert_non_null(strstr(a.error, "cut.gz: "));
				continue;
			}
			assert_true(a.n < want.n);
			assert_same_packets(&want, &a, a.n);
			assert_int_equal(a.end, CAP_END);
			assert_int_equal(a.stats.cut_files, 1);
			assert_non_null(strstr(a.warnings, "cut"));
			all_free(&a);
		}
		bytes_free(&packed);
	}
	all_free(&want);
	bytes_free(&b);
}

/* libarchive unpacks in blocks of 64 KiB, and so are these packets: nothing of a packet is left when the compressed
 * file is cut, but cut it is. */
static void cut_between_packets(void **state)
{
	struct bytes b = { .big = false }, packed;
	uint32_t random = 1;
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	add_random(&b, 0, 65536 - 24 - 16, &random);
	for (unsigned int i = 1; i < 8; i++)
		add_random(&b, i, 65536 - 16, &random);
	compress_bytes(0, &b, &packed);
	assert_true(read_one(&a, write_file("between.gz", packed.p, packed.n / 2)));
	assert_in_range(a.n, 1, 4);
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.stats.cut_files, 1);
	assert_non_null(strstr(a.warnings, "between.gz: cut"));
	all_free(&a);
	bytes_free(&packed);
	bytes_free(&b);
}

static void damaged(void **state)
{
	struct bytes b = { .big = false }, packed;
	struct all want, a;

	(void)state;
	make_capture(&b, 300);
	assert_true(read_one(&want, write_bytes("plain", &b)));
	for (size_t i = 0; i < KINDS; i++) {
		compress_bytes(i, &b, &packed);
		for (size_t at = 0; at < packed.n; at += at < 40 ? 1 : 7919) {
			packed.p[at] ^= 0x55;
			if (!read_one(&a, write_bytes("damaged.gz", &packed)))
				assert_non_null(strstr(a.error, "damaged.gz: "));
			else
				all_free(&a);
			packed.p[at] ^= 0x55;
		}
		bytes_free(&packed);
	}
	all_free(&want);
	bytes_free(&b);
}

static void not_a_capture_inside(void **state)
{
	struct bytes b = { .big = false }, packed;
	struct all a;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		b.n = 0;
		bytes_add(&b, "GET /index.html HTTP/1.1\r\n\r\n", 28);
		compress_bytes(i, &b, &packed);
		assert_false(read_one(&a, write_bytes("text.gz", &packed)));
		assert_non_null(strstr(a.error, "text.gz: not a capture file"));
		assert_non_null(strstr(a.error, "'GET /ind'"));
		bytes_free(&packed);
	}
	bytes_free(&b);
}

/* libarchive cannot write an empty lz4 file, so that one is here as bytes. */
static void nothing_inside(void **state)
{
	static const uint8_t lz4[] = { 0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0, 0, 0, 0, 0x05, 0x5d, 0xcc, 0x02 };
	struct bytes b = { .big = false }, packed;
	struct all a;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, "lz4") == 0) {
			write_file("nothing", lz4, sizeof(lz4));
		} else {
			compress_bytes(i, &b, &packed);
			write_bytes("nothing", &packed);
			bytes_free(&packed);
		}
		assert_false(read_one(&a, in_folder("nothing")));
		assert_non_null(strstr(a.error, "nothing: empty file (compressed)"));
	}
}

/* Two compressed halves, appended: as `cat a.gz b.gz` gives. */
static void concatenated(void **state)
{
	struct bytes b = { .big = false }, half, one, two;
	struct all want, a;

	(void)state;
	make_capture(&b, 100);
	assert_true(read_one(&want, write_bytes("plain", &b)));
	half = (struct bytes){ .p = b.p, .n = b.n / 2 };
	compress_bytes(0, &half, &one);
	half = (struct bytes){ .p = b.p + b.n / 2, .n = b.n - b.n / 2 };
	compress_bytes(0, &half, &two);
	bytes_add(&one, two.p, two.n);
	assert_true(read_one(&a, write_bytes("twice.gz", &one)));
	assert_int_equal(a.n, 100);
	assert_same_packets(&want, &a, 100);
	all_free(&a);
	all_free(&want);
	bytes_free(&one);
	bytes_free(&two);
	bytes_free(&b);
}

/* Given up while most of it is still packed: nothing hangs, nothing leaks. */
static void left_early(void **state)
{
	struct bytes b = { .big = false }, packed;
	struct cap_packet packets[64];
	const char *files[6];
	char err[512];
	size_t n;

	(void)state;
	make_capture(&b, 8000);
	compress_bytes(1, &b, &packed);
	for (size_t i = 0; i < 6; i++)
		files[i] = write_bytes("packed.zst", &packed);
	for (size_t batches = 0; batches < 40; batches += 13) {
		struct cap_options o = { .files = files, .n_files = batches ? 6 : 1 };
		struct capture *c = cap_open(&o, err, sizeof(err));

		assert_non_null(c);
		for (size_t i = 0; i < batches * 6; i++)
			assert_int_equal(cap_read(c, packets, 64, &n), CAP_PACKETS);
		if (batches == 26)
			cap_stop(c);
		cap_free(c);
	}
	bytes_free(&packed);
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_packets),
		cmocka_unit_test(cut),
		cmocka_unit_test(cut_between_packets),
		cmocka_unit_test(damaged),
		cmocka_unit_test(not_a_capture_inside),
		cmocka_unit_test(nothing_inside),
		cmocka_unit_test(concatenated),
		cmocka_unit_test(left_early),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
