/* SPDX-License-Identifier: Apache-2.0
 *
 * Several files at once: order by time, ties, rings, many files, ends at different times.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pcap file with packets at these seconds; each body is one byte, the second. */
static const char *make(const char *name, const uint32_t *seconds, size_t n)
{
	struct bytes b = { .big = false };
	const char *path;

	pcap_header(&b, 0xa1b2c3d4, 1);
	for (size_t i = 0; i < n; i++)
		pcap_record(&b, seconds[i], 0, 1, 1, seconds[i]);
	path = write_bytes(name, &b);
	bytes_free(&b);
	return path;
}

/* "time/source" of each packet in order. */
static void order_of(const struct all *a, char *out, size_t size)
{
	size_t at = 0;

	out[0] = 0;
	for (size_t i = 0; i < a->n && at < size; i++) {
		at += (size_t)snprintf(out + at, size - at, "%s%d/%u", i ? " " : "",
				       (int)(a->packets[i].ts / 1000000000), (unsigned int)a->packets[i].source);
		assert_int_equal(a->packets[i].frame, i + 1);
		assert_int_equal(a->packets[i].data[0], body_byte((unsigned int)(a->packets[i].ts / 1000000000), 0));
	}
}

static void expect_order(const char *const *files, size_t n, const char *want)
{
	static const size_t batches[] = { 1, 2, 64 };
	char got[200];
	struct all a;

	for (size_t i = 0; i < 3; i++) {
		struct cap_options o = { .files = files, .n_files = n };

		assert_true(read_all(&a, &o, batches[i]));
		assert_int_equal(a.end, CAP_END);
		order_of(&a, got, sizeof(got));
		assert_string_equal(got, want);
		all_free(&a);
	}
}

static void by_time(void **state)
{
	const char *files[3];

	(void)state;
	files[0] = make("a", (uint32_t[]){ 1, 4, 7, 8 }, 4);
	files[1] = make("b", (uint32_t[]){ 2, 5 }, 2);
	files[2] = make("c", (uint32_t[]){ 3, 6, 9 }, 3);
	expect_order(files, 3, "1/0 2/1 3/2 4/0 5/1 6/2 7/0 8/0 9/2");
}

static void ties(void **state)
{
	const char *files[3];

	(void)state;
	files[0] = make("a", (uint32_t[]){ 1, 2, 2, 3 }, 4);
	files[1] = make("b", (uint32_t[]){ 1, 2, 3 }, 3);
	files[2] = make("c", (uint32_t[]){ 1, 2, 3 }, 3);
	/* All begin at once: one's next packet goes before another's first. */
	expect_order(files, 3, "1/0 1/1 1/2 2/0 2/0 2/1 2/2 3/0 3/1 3/2");
}

/* A file keeps its order: what steps back comes at once, nothing is sorted. */
static void steps_back(void **state)
{
	const char *files[2];

	(void)state;
	files[0] = make("a", (uint32_t[]){ 5, 1, 6 }, 3);
	files[1] = make("b", (uint32_t[]){ 2, 7 }, 2);
	expect_order(files, 2, "2/1 5/0 1/0 6/0 7/1");
}

static void ring_in_any_order(void **state)
{
	const char *ring[3];

	(void)state;
	ring[0] = make("ring0", (uint32_t[]){ 1, 2, 3, 3 }, 4);
	ring[1] = make("ring1", (uint32_t[]){ 3, 3, 4 }, 3);
	ring[2] = make("ring2", (uint32_t[]){ 4, 5 }, 2);
	expect_order((const char *[]){ ring[0], ring[1], ring[2] }, 3,
		     "1/0 2/0 3/0 3/0 3/1 3/1 4/1 4/2 5/2");
	expect_order((const char *[]){ ring[2], ring[1], ring[0] }, 3,
		     "1/2 2/2 3/2 3/2 3/1 3/1 4/1 4/0 5/0");
	expect_order((const char *[]){ ring[1], ring[2], ring[0] }, 3,
		     "1/2 2/2 3/2 3/2 3/0 3/0 4/0 4/1 5/1");
}

static void empty_and_single(void **state)
{
	const char *files[3];

	(void)state;
	files[0] = make("a", NULL, 0);
	files[1] = make("b", (uint32_t[]){ 2 }, 1);
	files[2] = make("c", NULL, 0);
	expect_order(files, 3, "2/1");
	expect_order((const char *[]){ files[0], files[2] }, 2, "");
}

/* A cut or damaged file ends where it ends; the others go on. */
static void cut_and_damaged(void **state)
{
	struct bytes b = { .big = false };
	const char *files[3];
	char got[200];
	struct all a;

	(void)state;
	files[0] = make("a", (uint32_t[]){ 1, 4, 7 }, 3);
	pcap_header(&b, 0xa1b2c3d4, 1);
	pcap_record(&b, 2, 0, 1, 1, 2);
	pcap_record(&b, 3, 0, 1, 1, 3);
	b.n--;
	files[1] = write_bytes("cut", &b);
	memset(b.p + b.n - 16, 0xff, 16);
	files[2] = write_bytes("damaged", &b);
	assert_true(read_files(&a, files, 3));
	order_of(&a, got, sizeof(got));
	assert_string_equal(got, "1/0 2/1 2/2 4/0 7/0");
	assert_int_equal(a.end, CAP_FAILED);
	assert_int_equal(a.stats.cut_files, 1);
	assert_non_null(strstr(a.error, "damaged: damaged at byte 41: packet of 4294967295 bytes"));
	assert_non_null(strstr(a.warnings, "cut: cut in the middle of packet 2 at byte 41"));
	all_free(&a);
	bytes_free(&b);
}

/* 200 files, dealt out from one, of windows that need refilling: the same packets in the same order. */
static void many_files(void **state)
{
	enum { FILES = 200, PACKETS = 12000 };
	struct bytes whole = { .big = false }, part[FILES] = { { .big = false } };
	static char names[FILES][400];
	const char *files[FILES];
	struct all want, a;
	uint32_t random = 7;

	(void)state;
	pcap_header(&whole, 0xa1b2c3d4, 1);
	for (size_t i = 0; i < FILES; i++)
		pcap_header(&part[i], 0xa1b2c3d4, 1);
	for (unsigned int i = 0; i < PACKETS; i++) {
		random = random * 1103515245 + 12345;
		pcap_record(&whole, i, 0, (random >> 16) % 700, 1500, i);
		pcap_record(&part[random % FILES], i, 0, (random >> 16) % 700, 1500, i);
	}
	for (size_t i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "many%zu", i);
		snprintf(names[i], sizeof(names[i]), "%s", write_bytes(names[i], &part[i]));
		files[i] = names[i];
		bytes_free(&part[i]);
	}
	assert_true(read_one(&want, write_bytes("whole", &whole)));
	assert_true(read_files(&a, files, FILES));
	assert_int_equal(want.n, PACKETS);
	assert_int_equal(a.n, PACKETS);
	assert_same_packets(&want, &a, PACKETS);
	all_free(&want);
	all_free(&a);
	bytes_free(&whole);
}

static void packet_limit(void **state)
{
	const char *files[2];
	char got[200];
	struct all a;

	(void)state;
	files[0] = make("a", (uint32_t[]){ 1, 3, 5 }, 3);
	files[1] = make("b", (uint32_t[]){ 2, 4, 6 }, 3);
	assert_true(read_all(&a, &(struct cap_options){ .files = files, .n_files = 2, .max_packets = 4 }, 3));
	order_of(&a, got, sizeof(got));
	assert_string_equal(got, "1/0 2/1 3/0 4/1");
	assert_int_equal(a.end, CAP_END);
	all_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_time),
		cmocka_unit_test(ties),
		cmocka_unit_test(steps_back),
		cmocka_unit_test(ring_in_any_order),
		cmocka_unit_test(empty_and_single),
		cmocka_unit_test(cut_and_damaged),
		cmocka_unit_test(many_files),
		cmocka_unit_test(packet_limit),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
