/* SPDX-License-Identifier: Apache-2.0
 *
 * Frame heads against a guard page: no byte beyond those given is read, whatever is in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <header.h>

#include "talk.h"

static uint8_t *guard; /* the first byte that may not be touched */

static int set_up(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p = mmap(NULL, 9 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (p == MAP_FAILED || mprotect(p + 8 * page, page, PROT_NONE))
		return -1;
	guard = p + 8 * page;
	return 0;
}

static const uint8_t *at_guard(const uint8_t *p, uint32_t n)
{
	return memcpy(guard - n, p, n);
}

static void every_prefix_asks_for_more(void **state)
{
	static struct talk t;

	(void)state;
	talk_sample(&t);
	for (int i = 0; i < t.n; i++) {
		uint32_t size = t.frame[i].len - 4;
		const uint8_t *p = t.dir[t.frame[i].dir].at + t.frame[i].at + 4;
		struct head whole, h;

		if (t.frame[i].dir)
			continue;
		assert_int_equal(head_request(at_guard(p, size), size, size, &whole), HEAD_OK);
		for (uint32_t have = 0; have < size; have++) {
			enum head_status st = head_request(at_guard(p, have), have, size, &h);

			assert_int_not_equal(st, HEAD_BAD);
			assert_true(st == HEAD_MORE || h.body_at == whole.body_at);
			if (have >= REQUEST_SMALLEST)
				head_request_cut(at_guard(p, have), have, &h);
			assert_true(have >= whole.body_at || st == HEAD_MORE);
		}
	}
}

static void responses_too(void **state)
{
	static const uint8_t tagged[] = { 0, 0, 0, 7, 2, 0, 1, 0x55, 0x80, 1, 2, 0x66, 0x77, 0, 0 };
	struct head h;

	(void)state;
	for (uint32_t have = 0; have < sizeof(tagged); have++) {
		enum head_status st = head_response(at_guard(tagged, have), have, sizeof(tagged), 12, 4, &h);

		assert_int_equal(st, have < 13 ? HEAD_MORE : HEAD_OK);
		if (st == HEAD_OK)
			assert_int_equal(h.body_at, 13);
		st = head_response(at_guard(tagged, have), have, have < 4 ? 4 : have, 12, 4, &h);
		assert_int_equal(st, have < 4 ? HEAD_MORE : have < 13 ? HEAD_BAD : HEAD_OK);
	}
	assert_int_equal(head_response(at_guard(tagged, 6), 6, 6, 12, 0, &h), HEAD_OK);
	assert_int_equal(h.body_at, 4);
}

static void the_fallback_needs_its_error(void **state)
{
	static const uint8_t refused[] = { 0, 0, 0, 7, 0, 35, 0, 0, 0, 0 };
	struct head h;

	(void)state;
	for (uint32_t have = 4; have < 6; have++)
		assert_int_equal(head_response(at_guard(refused, have), have, sizeof(refused), 18, 4, &h),
				 HEAD_MORE);
	assert_int_equal(head_response(at_guard(refused, 6), 6, sizeof(refused), 18, 4, &h), HEAD_OK);
	assert_int_equal(h.version, 0);
	assert_int_equal(h.asked, 4);
	assert_int_equal(head_response(at_guard(refused, 4), 4, 4, 18, 4, &h),
			 HEAD_OK); /* no error to be read */
	assert_int_equal(h.version, 4);
}

static void bad_heads(void **state)
{
	static const uint8_t client[] = { 0, 12, 0, 0, 0, 0, 0, 1, 0xff, 0xfe, 0, 0 }; /* length -2 */
	static const uint8_t beyond[] = {
		0, 12, 0, 0, 0, 0, 0, 1, 0x00, 0x09, 'a', 'b'
	};                                                                              /* past the frame */
	static const uint8_t tags[] = { 0, 12, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0 }; /* 127 of them */
	static const uint8_t varint[] = { 0,    12,   0,    4,    0,    0,    0,    1,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t version[] = { 0, 12, 0x80, 0, 0, 0, 0, 1, 0, 0 };
	static const uint8_t key[] = { 0x01, 0x00, 0, 0, 0, 0, 0, 1, 0, 0 };
	struct head h;

	(void)state;
	assert_int_equal(head_request(at_guard(client, 12), 12, 12, &h), HEAD_BAD);
	assert_int_equal(head_request(at_guard(beyond, 12), 12, 12, &h), HEAD_BAD);
	assert_int_equal(head_request(at_guard(tags, 12), 12, 12, &h), HEAD_BAD);
	assert_int_equal(head_request(at_guard(varint, 16), 16, 16, &h), HEAD_BAD);
	assert_int_equal(head_request(at_guard(version, 10), 10, 10, &h), HEAD_BAD);
	assert_int_equal(head_request(at_guard(key, 10), 10, 10, &h), HEAD_BAD);
	assert_int_equal(head_request(at_guard(key, 7), 7, 7, &h), HEAD_BAD);
	assert_int_equal(head_response(at_guard(key, 3), 3, 3, 12, 0, &h), HEAD_BAD);
}

static void any_bytes(void **state)
{
	uint32_t x = 7;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t b[64];
		uint32_t have, size;
		struct head h;

		for (size_t j = 0; j < sizeof(b); j++) {
			x = x * 1664525 + 1013904223;
			b[j] = x >> 31 ? (uint8_t)(x >> 20) : (uint8_t)(x >> 20 & 15);
		}
		b[0] = 0;
		have = (x >> 8) % 64;
		size = have + (x & 1 ? (x >> 16) % 100 : 0);
		for (int response = 0; response < 2; response++) {
			const uint8_t *p = at_guard(b, have);
			enum head_status st = response
						      ? head_response(p, have, size, b[1] % 95, b[3] % 20, &h)
						      : head_request(p, have, size, &h);

			if (have == size)
				assert_int_not_equal(st, HEAD_MORE);
			if (st == HEAD_OK)
				assert_in_range(h.body_at, 4, have);
		}
		if (have >= REQUEST_SMALLEST)
			head_request_cut(at_guard(b, have), have, &h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_asks_for_more),
		cmocka_unit_test(responses_too),
		cmocka_unit_test(the_fallback_needs_its_error),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
