/* SPDX-License-Identifier: Apache-2.0
 *
 * The decoders never touch a byte behind the window: it ends at a page that cannot be read.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

static uint8_t *pages;
static size_t page;

static int map_pages(void **state)
{
	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return pages != MAP_FAILED && mprotect(pages + page, page, PROT_NONE) == 0 ? 0 : -1;
}

static int unmap_pages(void **state)
{
	(void)state;
	return munmap(pages, 2 * page);
}

/* Decodes the first n bytes, right before the guard page; returns the packets. */
static size_t decode_prefix(const struct bytes *b, size_t n)
{
	struct cap_file f = { .name = "guarded" };
	struct cap_packet out[8];
	enum file_state state;
	size_t got = 0;

	memcpy(pages + page - n, b->p, n);
	f.src.buf = pages + page - n;
	f.src.size = f.src.end = n;
	f.src.fd = -1;
	if ((pcap_file_begin(&f) || pcapng_file_begin(&f)) && !f.problem) {
		got = f.decode(&f, out, 8, &state);
		assert_true(state == FILE_MORE || state == FILE_OK || state == FILE_BAD);
		for (size_t i = 0; i < got; i++)
			assert_true(out[i].data + out[i].caplen <= pages + page);
	}
	free(f.interfaces);
	free(f.problem);
	return got;
}

static void every_prefix(const struct bytes *b, size_t want)
{
	for (size_t n = 0; n <= b->n; n++)
		assert_true(decode_prefix(b, n) <= want);
	assert_int_equal(decode_prefix(b, b->n), want);
}

static void pcap(void **state)
{
	struct bytes b = { .big = true };

	(void)state;
	pcap_header(&b, 0xa1b2c3d4, 1);
	pcap_record(&b, 1, 2, 17, 17, 0);
	pcap_record(&b, 2, 2, 0, 17, 0);
	every_prefix(&b, 2);
	bytes_free(&b);
}

static void add_small_block(struct bytes *b, uint32_t type, uint32_t len)
{
	bytes_32(b, type);
	bytes_32(b, len);
	for (uint32_t i = 8; i < len - 4; i++)
		bytes_add(b, i % 4 == 3 ? "\1" : "\0", 1);
	bytes_32(b, len);
}

/* Blocks of each type in each length from the least on, last in the window. */
static void short_blocks(void **state)
{
	static const uint32_t types[] = { 1, 2, 3, 5, 6, 0x0a0d0d0a };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (uint32_t len = 12; len < 60; len++) {
			struct bytes b = { .big = true };

			ng_section(&b);
			ng_interface(&b, 1, 0, 9, 0);
			add_small_block(&b, types[i], len);
			assert_true(decode_prefix(&b, b.n) <= 1);
			bytes_free(&b);
		}
	}
}

/* Options whose length reaches behind the block. */
static void long_options(void **state)
{
	(void)state;
	for (unsigned int len = 0; len < 40; len++) {
		struct bytes b = { .big = true }, body = { .big = true };

		bytes_16(&body, 1);
		bytes_16(&body, 0);
		bytes_32(&body, 0);
		bytes_16(&body, 9);
		bytes_16(&body, (uint16_t)len);
		bytes_32(&body, 0x06000000);
		ng_section(&b);
		ng_block(&b, 1, body.p, body.n);
		every_prefix(&b, 0);
		bytes_free(&b);
		bytes_free(&body);
	}
}

static void pcapng(void **state)
{
	struct bytes b = { .big = false };

	(void)state;
	ng_section(&b);
	ng_interface(&b, 1, 262144, 9, 5);
	ng_packet(&b, 0, 5, 13, 13, 0);
	ng_block(&b, 0xbad, "unknown", 7);
	ng_packet(&b, 0, 6, 0, 13, 0);
	every_prefix(&b, 2);
	bytes_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap),
		cmocka_unit_test(pcapng),
		cmocka_unit_test(short_blocks),
		cmocka_unit_test(long_options),
	};

	return cmocka_run_group_tests(tests, map_pages, unmap_pages);
}
