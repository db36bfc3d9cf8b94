/* SPDX-License-Identifier: Apache-2.0
 *
 * The classic format: byte orders, resolutions, lengths, pipes, batches.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_body(const struct cap_packet *p, unsigned int seed)
{
	for (size_t i = 0; i < p->caplen; i++)
		assert_int_equal(p->data[i], body_byte(seed, i));
}

static void try_kind(uint32_t magic, bool big, int64_t frac_ns)
{
	struct bytes b = { .big = big };
	struct all a;

	pcap_header(&b, magic, 1);
	pcap_record(&b, 1700000000, 123456, 60, 1514, 1);
	pcap_record(&b, 1700000001, 999999, 0, 0, 2);
	pcap_record(&b, 4294967295u, 1, 7, 3, 3); /* a length less than what was captured */
	assert_true(read_one(&a, write_bytes("kind.pcap", &b)));
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.n, 3);
	assert_int_equal(a.packets[0].ts, INT64_C(1700000000000000000) + 123456 * frac_ns);
	assert_int_equal(a.packets[1].ts, INT64_C(1700000001000000000) + 999999 * frac_ns);
	assert_int_equal(a.packets[2].ts, INT64_C(4294967295000000000) + frac_ns);
	assert_int_equal(a.packets[0].caplen, 60);
	assert_int_equal(a.packets[0].len, 1514);
	assert_int_equal(a.packets[1].caplen, 0);
	assert_int_equal(a.packets[2].len, 7);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(a.packets[i].frame, i + 1);
		assert_int_equal(a.packets[i].link, 1);
		check_body(&a.packets[i], i + 1);
	}
	assert_int_equal(a.stats.packets, 3);
	assert_int_equal(a.stats.bytes, 67);
	assert_int_equal(a.stats.file_size, b.n);
	assert_int_equal(a.stats.file_read, b.n);
	assert_string_equal(a.warnings, "");
	all_free(&a);
	bytes_free(&b);
}

static void byte_orders_and_resolutions(void **state)
{
	(void)state;
	try_kind(0xa1b2c3d4, false, 1000);
	try_kind(0xa1b2c3d4, true, 1000);
	try_kind(0xa1b23c4d, false, 1);
	try_kind(0xa1b23c4d, true, 1);
}

static void modified_records(void **state)
{
	struct bytes b = { .big = true };
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2cd34, 1);
	for (unsigned int i = 0; i < 2; i++) {
		bytes_32(&b, 100 + i);
		bytes_32(&b, 5);
		bytes_32(&b, 10);
		bytes_32(&b, 20);
		bytes_add(&b, "\0\0\0\1\0\10\2\0", 8);
		bytes_add(&b, "0123456789", 10);
	}
	assert_true(read_one(&a, write_bytes("modified.pcap", &b)));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.packets[1].ts, INT64_C(101000005000));
	assert_memory_equal(a.packets[1].data, "0123456789", 10);
	all_free(&a);
	bytes_free(&b);
}

static void lengths_of_old_versions(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	b.p[6] = 2; /* version 2.2: length before captured length */
	bytes_32(&b, 1);
	bytes_32(&b, 0);
	bytes_32(&b, 100);
	bytes_32(&b, 4);
	bytes_add(&b, "abcd", 4);
	assert_true(read_one(&a, write_bytes("old.pcap", &b)));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.packets[0].caplen, 4);
	assert_int_equal(a.packets[0].len, 100);
	all_free(&a);
	bytes_free(&b);
}

static void link_types(void **state)
{
	static const struct {
		uint32_t field;
		uint16_t link;
	} cases[] = {
		{ 1, 1 }, { 0x14000001, 1 }, { 0xf0000071, 113 },
		{ 276, 276 }, { 101, 101 }, { 12, 101 }, { 14, 101 },
	};
	struct all a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .big = false };

		pcap_header(&b, 0xa1b2c3d4, cases[i].field);
		pcap_record(&b, 1, 1, 4, 4, 0);
		assert_true(read_one(&a, write_bytes("link.pcap", &b)));
		assert_int_equal(a.packets[0].link, cases[i].link);
		assert_int_equal(a.n_links, 1);
		assert_int_equal(a.links[0], cases[i].link);
		all_free(&a);
		bytes_free(&b);
	}
}

/* 3000 packets of all sizes, one of them larger than the window: any batch size gives the same. */
static void batches_and_windows(void **state)
{
	static const size_t batches[] = { 1, 3, 64, 5000 };
	struct bytes b = { .big = false };
	struct all a[4];
	const char *path;

	(void)state;
	pcap_header(&b, 0xa1b23c4d, 1);
	for (unsigned int i = 0; i < 3000; i++)
		pcap_record(&b, i, i, i == 1500 ? 1234567 : i * 7 % 1515, 1514, i);
	path = write_bytes("large.pcap", &b);
	for (size_t i = 0; i < 4; i++) {
		struct cap_options o = { .files = &path, .n_files = 1 };

		assert_true(read_all(&a[i], &o, batches[i]));
		assert_int_equal(a[i].n, 3000);
		assert_int_equal(a[i].end, CAP_END);
		assert_same_packets(&a[0], &a[i], 3000);
	}
	for (unsigned int i = 0; i < 3000; i++)
		check_body(&a[0].packets[i], i);
	for (size_t i = 0; i < 4; i++)
		all_free(&a[i]);
	bytes_free(&b);
}

static void time_steps_back(void **state)
{
	struct bytes b = { .big = false };
	struct all a;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	pcap_record(&b, 100, 0, 1, 1, 0);
	pcap_record(&b, 50, 0, 1, 1, 1);
	assert_true(read_one(&a, write_bytes("back.pcap", &b)));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.packets[0].ts, INT64_C(100000000000));
	assert_int_equal(a.packets[1].ts, INT64_C(50000000000));
	all_free(&a);
	bytes_free(&b);
}

/* Gives `b` to standard input in pieces of `step` bytes, from a child, and reads it. */
static void read_piped(struct all *a, const struct bytes *b, size_t step)
{
	static const char *const dash = "-";
	struct cap_options o = { .files = &dash, .n_files = 1, .wait_ms = 5 };
	int ends[2], saved = dup(0);
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		for (size_t at = 0; at < b->n; at += step) {
			if (write(ends[1], b->p + at, b->n - at < step ? b->n - at : step) < 0)
				_exit(1);
			usleep(at % 7 == 0 ? 500 : 0);
		}
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(dup2(ends[0], 0), 0);
	close(ends[0]);
	assert_true(read_all(a, &o, 64));
	assert_int_equal(dup2(saved, 0), 0);
	close(saved);
}

static void standard_input(void **state)
{
	struct bytes b = { .big = false };
	struct all a, want;

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	for (unsigned int i = 0; i < 50; i++)
		pcap_record(&b, i, 0, i * 3, i * 3, i);
	assert_true(read_one(&want, write_bytes("piped.pcap", &b)));
	read_piped(&a, &b, 11);
	assert_int_equal(a.n, 50);
	assert_same_packets(&want, &a, 50);
	assert_int_equal(a.stats.file_size, 0);
	all_free(&a);
	read_piped(&a, &(struct bytes){ .p = b.p, .n = b.n - 1 }, 1000);
	assert_int_equal(a.n, 49);
	assert_non_null(strstr(a.warnings, "standard input: cut in the middle of packet 50"));
	all_free(&a);
	all_free(&want);
	bytes_free(&b);
}

/* A pipe that is open but silent: no blocking, and cap_stop ends it. */
static void silent_pipe(void **state)
{
	struct bytes b = { .big = false };
	struct cap_packet out[4];
	struct capture *c;
	char path[64], err[200];
	const char *file = path;
	struct cap_options o = { .files = &file, .n_files = 1, .wait_ms = 5 };
	int ends[2];
	size_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	pcap_header(&b, 0xa1b2c3d4, 1);
	assert_int_equal(write(ends[1], b.p, b.n), (ssize_t)b.n);
	c = cap_open(&o, err, sizeof(err));
	assert_non_null(c);
	assert_int_equal(cap_read(c, out, 4, &n), CAP_IDLE);
	assert_int_equal(n, 0);
	b.n = 0;
	pcap_record(&b, 1, 0, 4, 4, 0);
	assert_int_equal(write(ends[1], b.p, b.n), (ssize_t)b.n);
	assert_int_equal(cap_read(c, out, 4, &n), CAP_PACKETS);
	assert_int_equal(n, 1);
	cap_stop(c);
	assert_int_equal(cap_read(c, out, 4, &n), CAP_END);
	cap_free(c);
	close(ends[0]);
	close(ends[1]);
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_orders_and_resolutions),
		cmocka_unit_test(modified_records),
		cmocka_unit_test(lengths_of_old_versions),
		cmocka_unit_test(link_types),
		cmocka_unit_test(batches_and_windows),
		cmocka_unit_test(time_steps_back),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(silent_pipe),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
