/* SPDX-License-Identifier: Apache-2.0
 *
 * Saving: what is written reads back the same; files by size and by time; errors.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1768435200) * SECOND) /* 2026-01-15 00:00:00 UTC */

static struct cap_packet packet_at(int64_t ts, uint32_t caplen, uint16_t link)
{
	static uint8_t body[400000];

	assert_true(caplen <= sizeof(body));
	for (size_t i = 0; i < caplen; i++)
		body[i] = body_byte((unsigned int)(ts % 251), i);
	return (struct cap_packet){ .data = body, .ts = ts, .caplen = caplen, .len = caplen + 1, .link = link };
}

static struct cap_writer *open_writer(const struct cap_writer_options *o)
{
	char err[512] = "";
	struct cap_writer *w = cap_writer_new(o, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(w);
	return w;
}

static void round_trip(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 4, 60, 1514, 65535, 262145, 400000 };
	static const uint16_t links[] = { 1, 276, 1, 101 };
	const char *path = in_folder("round.pcapng");
	struct cap_stats stats = { .kernel_dropped = 17, .interface_dropped = 4 };
	struct cap_writer *w = open_writer(&(struct cap_writer_options){ .file = path, .comment = "a comment" });
	struct all a;

	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		struct cap_packet p = packet_at(START + i, sizes[i % 10], links[i % 4]);

		assert_int_equal(cap_writer_add(w, &p), 0);
	}
	assert_int_equal(cap_writer_close(w, &stats), 0);
	assert_true(read_one(&a, path));
	assert_int_equal(a.end, CAP_END);
	assert_int_equal(a.n, 40);
	for (unsigned int i = 0; i < 40; i++) {
		struct cap_packet p = packet_at(START + i, sizes[i % 10], links[i % 4]);

		assert_int_equal(a.packets[i].ts, p.ts);
		assert_int_equal(a.packets[i].caplen, p.caplen);
		assert_int_equal(a.packets[i].len, p.len);
		assert_int_equal(a.packets[i].link, p.link);
		assert_memory_equal(a.packets[i].data, p.data, p.caplen);
	}
	assert_int_equal(a.n_links, 3);
	assert_int_equal(a.stats.kernel_dropped, 17);
	assert_int_equal(a.stats.interface_dropped, 4);
	all_free(&a);
}

/* Another program's reading of it, where there is one. */
static void tshark_reads_it(void **state)
{
	const char *path = in_folder("tshark.pcapng");
	struct cap_writer *w = open_writer(&(struct cap_writer_options){ .file = path, .comment = "hello" });
	char command[900], line[200] = "";
	FILE *f;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct cap_packet p = packet_at(START + 123456789, 61 + i, i == 1 ? 276 : 1);

		assert_int_equal(cap_writer_add(w, &p), 0);
	}
	assert_int_equal(cap_writer_close(w, &(struct cap_stats){ .packets = 3 }), 0);
	if (system("command -v tshark >/dev/null 2>&1") != 0) {
		print_message("tshark is not here: nothing to compare with\n");
		return;
	}
	snprintf(command, sizeof(command), "tshark -r '%s' -T fields -e frame.time_epoch -e frame.cap_len "
		 "-e frame.interface_id 2>&1 | grep -v -i 'running as' | tr '\\t\\n' ', '", path);
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	pclose(f);
	assert_string_equal(line, "1768435200.123456789,61,0 1768435200.123456789,62,1 1768435200.123456789,63,0 ");
}

static size_t packets_in(const char *name)
{
	struct all a;
	size_t n;

	if (!read_one(&a, in_folder(name)))
		return 9999;
	assert_int_equal(a.end, CAP_END);
	assert_string_equal(a.warnings, "");
	n = a.n;
	all_free(&a);
	return n;
}

static void write_packets(const struct cap_writer_options *o, unsigned int n, int64_t step)
{
	struct cap_writer *w = open_writer(o);

	for (unsigned int i = 0; i < n; i++) {
		struct cap_packet p = packet_at(START + (int64_t)i * step, 1000, 1);

		assert_int_equal(cap_writer_add(w, &p), 0);
	}
	assert_int_equal(cap_writer_close(w, NULL), 0);
}

/* Packets of 1032 bytes: a file that is larger than 2000 bytes after two of them is left. */
static void files_by_size(void **state)
{
	(void)state;
	write_packets(&(struct cap_writer_options){
				.file = in_folder("size"), .max_bytes = 2000 }, 7, 1);
	assert_int_equal(packets_in("size"), 2);
	assert_int_equal(packets_in("size1"), 2);
	assert_int_equal(packets_in("size2"), 2);
	assert_int_equal(packets_in("size3"), 1);
	assert_false(file_exists(in_folder("size4")));
	assert_false(file_exists(in_folder("size0")));
}

static void ring_by_size(void **state)
{
	(void)state;
	write_packets(&(struct cap_writer_options){
				.file = in_folder("ring"), .max_bytes = 2000, .max_files = 3 }, 9, 1);
	assert_int_equal(packets_in("ring0"), 2);
	assert_int_equal(packets_in("ring1"), 1);
	assert_int_equal(packets_in("ring2"), 2);
	assert_false(file_exists(in_folder("ring3")));
	assert_false(file_exists(in_folder("ring")));
	write_packets(&(struct cap_writer_options){
				.file = in_folder("wide"), .max_bytes = 2000, .max_files = 11 }, 1, 1);
	assert_int_equal(packets_in("wide00"), 1);
}

static void files_by_time(void **state)
{
	(void)state;
	write_packets(&(struct cap_writer_options){
				.file = in_folder("t-%H%M%S"), .max_seconds = 60 }, 5, 25 * SECOND);
	assert_int_equal(packets_in("t-000000"), 3);
	assert_int_equal(packets_in("t-000115"), 2);
	write_packets(&(struct cap_writer_options){
				.file = in_folder("r-%S"), .max_seconds = 10, .max_files = 2 }, 4,
		      15 * SECOND);
	assert_false(file_exists(in_folder("r-00")));
	assert_false(file_exists(in_folder("r-15")));
	assert_int_equal(packets_in("r-30"), 1);
	assert_int_equal(packets_in("r-45"), 1);
}

static void files_by_time_and_size(void **state)
{
	(void)state;
	write_packets(&(struct cap_writer_options){
				.file = in_folder("b-%S."), .max_seconds = 20, .max_bytes = 2000 }, 7,
		      5 * SECOND);
	assert_int_equal(packets_in("b-00."), 2);
	assert_int_equal(packets_in("b-00.1"), 2);
	assert_int_equal(packets_in("b-20."), 2);
	assert_int_equal(packets_in("b-20.1"), 1);
}

/* The ring that was written is read back whole, whatever the order of the names. */
static void ring_reads_back(void **state)
{
	char paths[3][400];
	const char *files[3] = { paths[0], paths[1], paths[2] };
	struct all a;

	(void)state;
	write_packets(&(struct cap_writer_options){
				.file = in_folder("back"), .max_bytes = 2000, .max_files = 3 }, 9, 1);
	for (int i = 0; i < 3; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s%d", in_folder("back"), i);
	assert_true(read_files(&a, files, 3));
	assert_int_equal(a.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(a.packets[i].ts, START + 4 + (int64_t)i);
	all_free(&a);
}

static void nothing_written(void **state)
{
	(void)state;
	assert_int_equal(cap_writer_close(open_writer(&(struct cap_writer_options){ .file = in_folder("none") }),
					  &(struct cap_stats){ .packets = 0 }), 0);
	assert_int_equal(packets_in("none"), 0);
	assert_int_equal(cap_writer_close(NULL, NULL), 0);
}

static void flushed_at_once(void **state)
{
	struct cap_writer *w = open_writer(&(struct cap_writer_options){ .file = in_folder("flush"), .flush = true });
	struct cap_packet p = packet_at(START, 100, 1);

	(void)state;
	assert_int_equal(cap_writer_add(w, &p), 0);
	assert_int_equal(packets_in("flush"), 1);
	assert_int_equal(cap_writer_close(w, NULL), 0);
}

static void errors(void **state)
{
	struct cap_packet p = packet_at(START, 300000, 1);
	struct cap_writer *w;
	char err[512], want[512];

	(void)state;
	assert_null(cap_writer_new(&(struct cap_writer_options){ .file = "/nowhere/x" }, err, sizeof(err)));
	assert_string_equal(err, "/nowhere/x: cannot write: No such file or directory");
	assert_null(cap_writer_new(&(struct cap_writer_options){ .file = "/nowhere/%H", .max_seconds = 1 }, err,
				   sizeof(err)));
	assert_string_equal(err, "/nowhere/%H: cannot write: No such file or directory");
	snprintf(want, sizeof(want), "%s: cannot write: Is a directory", in_folder(""));
	assert_null(cap_writer_new(&(struct cap_writer_options){ .file = in_folder("") }, err, sizeof(err)));
	assert_string_equal(err, want);
	w = open_writer(&(struct cap_writer_options){ .file = "/dev/full" });
	assert_int_equal(cap_writer_add(w, &p), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(cap_writer_close(w, NULL), -1);
	assert_int_equal(errno, ENOSPC);
}

static void owner(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct stat st;

	(void)state;
	if (geteuid() != 0 || !nobody) {
		print_message("not root: the owner of a file cannot be tried\n");
		return;
	}
	write_packets(&(struct cap_writer_options){
				.file = in_folder("owned"), .user = "nobody" }, 1, 1);
	assert_int_equal(stat(in_folder("owned"), &st), 0);
	assert_int_equal(st.st_uid, nobody->pw_uid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(tshark_reads_it),
		cmocka_unit_test(files_by_size),
		cmocka_unit_test(ring_by_size),
		cmocka_unit_test(files_by_time),
		cmocka_unit_test(files_by_time_and_size),
		cmocka_unit_test(ring_reads_back),
		cmocka_unit_test(nothing_written),
		cmocka_unit_test(flushed_at_once),
		cmocka_unit_test(errors),
		cmocka_unit_test(owner),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
