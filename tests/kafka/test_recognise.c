/* SPDX-License-Identifier: Apache-2.0
 *
 * What is Kafka, what is not, and which side is the client.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

static struct talk talk;
static struct ear ear;

static void sample(void)
{
	memset(&talk, 0, sizeof(talk));
	talk_sample(&talk);
}

static enum kafka_kind kind_of(bool from_start, const void *client, uint32_t n, const void *server,
			       uint32_t m)
{
	ear_open(&ear, from_start);
	if (n)
		ear_data(&ear, 0, client, n);
	if (m)
		ear_data(&ear, 1, server, m);
	ear_close(&ear);
	return ear.heard.kind;
}

#define KIND(text) kind_of(true, text, sizeof(text) - 1, NULL, 0)

static void others_are_not_kafka(void **state)
{
	(void)state;
	assert_int_equal(KIND("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), KAFKA_NOT);
	assert_int_equal(KIND("POST /topics HTTP/1.1\r\n"), KAFKA_NOT);
	assert_int_equal(KIND("SSH-2.0-OpenSSH_9.2\r\n"), KAFKA_NOT);
	assert_int_equal(KIND("*1\r\n$4\r\nPING\r\n"), KAFKA_NOT);
	assert_int_equal(KIND("EHLO example.org\r\n"), KAFKA_NOT);
	assert_int_equal(KIND("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), KAFKA_NOT);
	assert_int_equal(KIND("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), KAFKA_NOT);
	assert_int_equal(KIND("\0\0\0\x20\0\x12\0\0\0\0\0\x01\0\x02"
			      "c1 and bytes that do not fit"),
			 KAFKA_NOT);
	assert_int_equal(ear.heard.n, 0);
	assert_int_equal(kind_of(false, "HTTP/1.1 200 OK\r\n", 17, NULL, 0), KAFKA_NOT);
}

static void tls(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03";
	static const char server_hello[] = "\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03";
	static const char records[] = "\x17\x03\x03\0\x05"
				      "abcde"
				      "\x17\x03\x03\0\x05"
				      "fghij";

	(void)state;
	assert_int_equal(KIND(hello), KAFKA_TLS);
	assert_int_equal(ear.heard.kinds, 1);
	assert_int_equal(kind_of(true, NULL, 0, server_hello, sizeof(server_hello) - 1), KAFKA_TLS);
	assert_int_equal(kind_of(false, records, sizeof(records) - 1, NULL, 0), KAFKA_TLS);
	assert_int_equal(kind_of(false, records, 10, NULL, 0),
			 KAFKA_UNDECIDED); /* one record is not enough */
	assert_int_equal(kind_of(false, NULL, 0, records, sizeof(records) - 1), KAFKA_TLS);
}

static void proxied(const void *head, uint32_t n)
{
	for (uint32_t cut = 0; cut <= n; cut++) {
		static struct bytes b;

		b.len = 0;
		put_raw(&b, head, n);
		put_raw(&b, talk.dir[0].at, talk.dir[0].len);
		ear_open(&ear, true);
		if (cut)
			ear_data(&ear, 0, b.at, cut);
		ear_data(&ear, 0, b.at + cut, b.len - cut);
		ear_data(&ear, 1, talk.dir[1].at, talk.dir[1].len);
		ear_close(&ear);
		assert_int_equal(ear.heard.kind, KAFKA_PLAIN);
		assert_int_equal(ear.heard.n_status[KAFKA_OK], 13);
	}
}

static void proxy_headers_are_skipped(void **state)
{
	static const char v1[] = "PROXY TCP4 192.168.0.1 192.168.0.11 56324 9092\r\n";
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x0a\0\0\x01\x0a\0\0\x02\x9c\x40\x23\x84";

	(void)state;
	sample();
	proxied(v1, sizeof(v1) - 1);
	proxied(v2, sizeof(v2) - 1);
	assert_int_equal(KIND("PROXY TCP4 192.168.0.1 192.168.0.11 56324 9092\r\nGET / HTTP/1.1\r\n"),
			 KAFKA_NOT);
	assert_int_equal(
		KIND("PROXY of something that never ends its line, or ends it much later than 107 bytes "
		     "from here on, which no proxy does\r\n"),
		KAFKA_NOT);
}

static void random_bytes_are_not_kafka(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		static uint8_t bytes[4000];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			x = x * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(x >> 24);
			if (round % 3 == 0 && x >> 30) /* mostly zeros: small numbers everywhere */
				bytes[i] = round % 2 ? 0 : (uint8_t)(bytes[i] & 3);
		}
		assert_int_not_equal(kind_of(round % 2, bytes, sizeof(bytes), bytes, sizeof(bytes)),
				     KAFKA_PLAIN);
		assert_int_equal(ear.heard.n, 0);
	}
}

static void one_direction(void **state)
{
	(void)state;
	sample();
	for (int from_start = 0; from_start < 2; from_start++) {
		assert_int_equal(kind_of(from_start, talk.dir[0].at, talk.dir[0].len, NULL, 0), KAFKA_PLAIN);
		assert_int_equal(ear.heard.n_dir[0], 7);
		assert_int_equal(ear.heard.n_dir[1], 0);
		assert_int_equal(kind_of(from_start, NULL, 0, talk.dir[1].at, talk.dir[1].len),
				 KAFKA_UNDECIDED);
		assert_int_equal(ear.heard.n, 0);
		assert_int_equal(ear.heard.ended, 1);
	}
}

static void opaque_ones_cost_nothing(void **state)
{
	static uint8_t bulk[1000];
	struct kafka_stats before, after;

	(void)state;
	ear_open(&ear, true);
	ear_data(&ear, 0, "GET / HTTP/1.1\r\n\r\n", 18);
	kafka_get_stats(ear.k, &before);
	for (int i = 0; i < 1000; i++)
		ear_data(&ear, 1, bulk, sizeof(bulk));
	kafka_get_stats(ear.k, &after);
	assert_int_equal(before.memory, after.memory);
	assert_int_equal(after.opaque_connections, 1);
	ear_close(&ear);
}

/* The second FIN is the last that is ever told of a connection, whatever still waits. */
static void undecided_until_both_ends(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 40; n++) {
		for (unsigned first = 0; first < 2; first++) {
			sample();
			ear_open(&ear, first);
			ear_data(&ear, first, talk.dir[first].at, n);
			ear_end(&ear, 0, NET_FIN);
			ear_end(&ear, 1, NET_FIN);
			assert_int_equal(ear.heard.ended, 1);
			ear_close(&ear);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_not_kafka),
		cmocka_unit_test(tls),
		cmocka_unit_test(proxy_headers_are_skipped),
		cmocka_unit_test(random_bytes_are_not_kafka),
		cmocka_unit_test(one_direction),
		cmocka_unit_test(opaque_ones_cost_nothing),
		cmocka_unit_test(undecided_until_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
