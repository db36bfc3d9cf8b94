/* SPDX-License-Identifier: Apache-2.0
 *
 * SASL tokens with and without headers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "talk.h"

static struct talk talk;
static struct ear whole, ear;

static void handshake(int version, int id, const char *mechanism)
{
	static struct bytes b;

	b.len = 0;
	put_text(&b, mechanism);
	talk_request(&talk, 17, version, id, "c1", &b, false);
	b.len = 0;
	put16(&b, 0);
	put32(&b, 1);
	put_text(&b, mechanism);
	talk_response(&talk, id, &b, false);
}

static void token(unsigned d, const char *text)
{
	talk_token(&talk, d, text, (uint32_t)strlen(text));
}

static void authenticate(int id, const char *text)
{
	static struct bytes b;

	b.len = 0;
	put32(&b, (int64_t)strlen(text));
	put_raw(&b, text, (uint32_t)strlen(text));
	talk_request(&talk, 36, 0, id, "c1", &b, false);
	b.len = 0;
	put16(&b, 0);
	put16(&b, -1);
	put32(&b, 0);
	talk_response(&talk, id, &b, false);
}

static void scram(void)
{
	memset(&talk, 0, sizeof(talk));
	handshake(0, 1, "SCRAM-SHA-256");
	token(0, "n,,n=alice,r=abcdefghijkl");
	token(1, "r=abcdefghijklmnop,s=c2FsdA==,i=4096");
	token(0, "c=biws,r=abcdefghijklmnop,p=cHJvb2Y=");
	token(1, "v=c2lnbmF0dXJl");
	talk_api_versions(&talk, 2, "c1");
	talk_heartbeat(&talk, 3, "c1", 1);
}

static void hear(struct ear *e)
{
	ear_open(e, true);
	ear_talk(e, &talk);
	ear_close(e);
}

static void raw_tokens(void **state)
{
	(void)state;
	scram();
	hear(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_RAW_SASL], 4);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 6);
	assert_int_equal(ear.heard.n, 10);
	assert_string_equal(ear.heard.mechanism, "SCRAM-SHA-256");
	assert_int_equal(ear.heard.dropped, 0);
	for (int i = 2; i < 6; i++)
		assert_non_null(strstr(ear.heard.line[i], "body 0/"));
}

static void raw_tokens_in_pieces(void **state)
{
	(void)state;
	scram();
	hear(&whole);
	for (unsigned d = 0; d < 2; d++) {
		for (uint32_t at = 1; at < talk.dir[d].len; at++) {
			ear_open(&ear, true);
			for (unsigned i = 0; i < 2; i++) {
				uint32_t first = i == d ? at : talk.dir[i].len;

				ear_data(&ear, i, talk.dir[i].at, first);
				if (first < talk.dir[i].len)
					ear_data(&ear, i, talk.dir[i].at + first, talk.dir[i].len - first);
			}
			ear_close(&ear);
			assert_true(heard_same(&whole.heard, &ear.heard));
		}
	}
}

static void raw_tokens_out_of_order(void **state)
{
	(void)state;
	scram();
	hear(&whole);
	for (int i = 0; i + 1 < talk.n; i++) {
		if (talk.frame[i].dir == talk.frame[i + 1].dir)
			continue;
		ear_open(&ear, true);
		for (int j = 0; j < talk.n; j++) {
			int f = j == i ? i + 1 : j == i + 1 ? i : j;

			ear_data(&ear, talk.frame[f].dir, talk.dir[talk.frame[f].dir].at + talk.frame[f].at,
				 talk.frame[f].len);
		}
		ear_close(&ear);
		assert_true(heard_same(&whole.heard, &ear.heard));
	}
}

static void empty_token_of_plain(void **state)
{
	static const char plain[] = "\0alice\0secret";

	(void)state;
	memset(&talk, 0, sizeof(talk));
	handshake(0, 1, "PLAIN");
	talk_token(&talk, 0, plain, sizeof(plain) - 1);
	talk_token(&talk, 1, NULL, 0);
	talk_heartbeat(&talk, 2, "c1", 1);
	hear(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_RAW_SASL], 2);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 4);
}

static void framed_tokens(void **state)
{
	(void)state;
	memset(&talk, 0, sizeof(talk));
	talk_api_versions(&talk, 1, "c1");
	handshake(1, 2147483640, "PLAIN");
	authenticate(2147483641, "token");
	talk_heartbeat(&talk, 2, "c1", 1);
	handshake(1, 2147483642, "PLAIN"); /* again, in the middle */
	authenticate(2147483643, "token");
	talk_heartbeat(&talk, 3, "c1", 1);
	hear(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 14);
	assert_int_equal(ear.heard.n, 14);
	assert_string_equal(ear.heard.mechanism, "PLAIN");
}

static const char kerberos[] = "\x60\x20\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\0"
			       "abcdefghijklmnopqrs";

static void gssapi_without_handshake(void **state)
{
	(void)state;
	memset(&talk, 0, sizeof(talk));
	talk_token(&talk, 0, kerberos, sizeof(kerberos) - 1);
	token(1, "answer");
	talk_token(&talk, 0, NULL, 0);
	token(1, "wrap");
	token(0, "wrapped");
	talk_heartbeat(&talk, 2, "c1", 1); /* the last token has no answer */
	hear(&ear);
	assert_int_equal(ear.heard.kind, KAFKA_PLAIN);
	assert_int_equal(ear.heard.n_status[KAFKA_RAW_SASL], 5);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 2);
	assert_string_equal(ear.heard.mechanism, "GSSAPI");
}

static void a_security_layer_is_opaque(void **state)
{
	(void)state;
	memset(&talk, 0, sizeof(talk));
	handshake(0, 1, "GSSAPI");
	for (int i = 0; i < 40; i++) {
		token(0, "\x05\x04 wrapped bytes of something");
		token(1, "\x05\x04 wrapped bytes of something");
	}
	hear(&ear);
	assert_int_equal(ear.heard.kind, KAFKA_SASL_ENCRYPTED);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 2);

	memset(&talk, 0, sizeof(talk));
	handshake(1, 1, "GSSAPI");
	authenticate(2, "token");
	for (int i = 0; i < 40; i++)
		token(0, "\x05\x04 wrapped bytes of something");
	hear(&ear);
	assert_int_equal(ear.heard.kind, KAFKA_SASL_ENCRYPTED);
	assert_int_equal(ear.heard.n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_tokens),
		cmocka_unit_test(raw_tokens_in_pieces),
		cmocka_unit_test(raw_tokens_out_of_order),
		cmocka_unit_test(empty_token_of_plain),
		cmocka_unit_test(framed_tokens),
		cmocka_unit_test(gssapi_without_handshake),
		cmocka_unit_test(a_security_layer_is_opaque),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
