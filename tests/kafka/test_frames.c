/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames cut at any place, headers, pairing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "talk.h"

static struct talk talk;
static struct ear whole, ear;

static void start(void)
{
	memset(&talk, 0, sizeof(talk));
}

static void hear_sample(struct ear *e, enum kafka_want want)
{
	start();
	talk_sample(&talk);
	ear_open_with(e, true, 0, 0, want);
	ear_talk(e, &talk);
	ear_close(e);
}

static void sample_is_right(void **state)
{
	(void)state;
	hear_sample(&whole, KAFKA_WANT_BODY);
	assert_int_equal(whole.heard.n_dir[0], 7);
	assert_int_equal(whole.heard.n_dir[1], 6);
	assert_int_equal(whole.heard.n_status[KAFKA_OK], 13);
	assert_int_equal(whole.heard.kind, KAFKA_PLAIN);
	assert_int_equal(whole.heard.dropped, 0);
	assert_int_equal(whole.heard.gaps, 0);
	assert_int_equal(whole.heard.ended, 1);
	assert_string_equal(whole.heard.software, "test-client");
	for (int i = 0; i < whole.heard.n; i++)
		assert_non_null(strstr(whole.heard.line[i], " ok"));
}

/* Also from outside of the callbacks, as long as the connection is. */
static void traffic_is_told_at_any_time(void **state)
{
	struct kafka_traffic t;
	uint64_t sent = 0;

	(void)state;
	start();
	talk_sample(&talk);
	ear_open(&ear, true);
	for (int i = 0; i < talk.n; i++) {
		ear_data(&ear, talk.frame[i].dir, talk.dir[talk.frame[i].dir].at + talk.frame[i].at, talk.frame[i].len);
		sent += talk.frame[i].dir ? 0 : talk.frame[i].len;
		if (!ear.heard.conn)
			continue;
		kafka_conn_traffic(ear.heard.conn, &t);
		assert_int_equal(t.packets, i + 1);
		assert_int_equal(t.bytes[0], sent);
		assert_int_equal(t.last, (int64_t)ear.frame * 1000000);
	}
	assert_non_null(ear.heard.conn);
	ear_end(&ear, 0, NET_FIN);
	kafka_conn_traffic(ear.heard.conn, &t);
	assert_int_equal(t.bytes[0], talk.dir[0].len);
	ear_end(&ear, 1, NET_FIN);
	assert_null(ear.heard.conn);
	ear_close(&ear);
}

static void unwanted_bodies_stay_out(void **state)
{
	(void)state;
	hear_sample(&ear, KAFKA_WANT_NOTHING);
	assert_int_equal(ear.heard.n, 13);
	assert_string_equal(ear.heard.software, "test-client"); /* learned all the same */
	for (int i = 0; i < ear.heard.n; i++)
		assert_non_null(strstr(ear.heard.line[i], "body 0/"));
}

/* Direction `d` in two pieces, the other one whole. */
static void split_at(unsigned d, uint32_t at)
{
	ear_open(&ear, true);
	for (unsigned i = 0; i < 2; i++) {
		const struct bytes *b = &talk.dir[i];

		if (i != d) {
			ear_data(&ear, i, b->at, b->len);
			continue;
		}
		ear_data(&ear, i, b->at, at);
		ear_data(&ear, i, b->at + at, b->len - at);
	}
	ear_close(&ear);
	assert_true(heard_same(&whole.heard, &ear.heard));
}

static void any_split_is_the_same(void **state)
{
	(void)state;
	hear_sample(&whole, KAFKA_WANT_BODY);
	for (unsigned d = 0; d < 2; d++)
		for (uint32_t at = 1; at < talk.dir[d].len; at++)
			split_at(d, at);
}

static void pieces_of_any_size_are_the_same(void **state)
{
	(void)state;
	hear_sample(&whole, KAFKA_WANT_BODY);
	for (uint32_t size = 1; size < 80; size++) {
		ear_open(&ear, true);
		for (unsigned d = 0; d < 2; d++) {
			for (uint32_t at = 0; at < talk.dir[d].len; at += size) {
				uint32_t left = talk.dir[d].len - at;

				ear_data(&ear, d, talk.dir[d].at + at, left < size ? left : size);
			}
		}
		ear_close(&ear);
		assert_true(heard_same(&whole.heard, &ear.heard));
		assert_int_equal(ear.heard.gaps, 0);
	}
}

static void pipelined(void **state)
{
	(void)state;
	start();
	for (int i = 0; i < 100; i++)
		talk_heartbeat(&talk, i, "c1", i);
	ear_open(&ear, true);
	ear_both(&ear, &talk);
	ear_close(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 200);
	assert_int_equal(ear.heard.dropped, 0);
}

static void no_answer_is_expected_with_acks_0(void **state)
{
	struct kafka_stats s;

	(void)state;
	start();
	for (int i = 0; i < 20; i++)
		talk_produce(&talk, i, "p", 0, 10);
	talk_produce(&talk, 20, "p", -1, 10);
	ear_open(&ear, true);
	ear_both(&ear, &talk);
	kafka_get_stats(ear.k, &s);
	assert_int_equal(s.unanswered, 0);
	ear_close(&ear);
	assert_int_equal(ear.heard.n_dir[0], 21);
	assert_int_equal(ear.heard.n_dir[1], 1);
	assert_int_equal(ear.heard.dropped, 0);
}

static void api_versions_fallback(void **state)
{
	static struct bytes b;

	(void)state;
	start();
	b.len = 0;
	put_raw(&b, "anything", 8);
	talk_request(&talk, 18, 99, 1, "c1", &b, true);
	b.len = 0;
	put16(&b, 35);
	put32(&b, 0);
	talk_response(&talk, 1, &b, false);
	ear_open(&ear, true);
	ear_talk(&ear, &talk);
	ear_close(&ear);
	assert_int_equal(ear.heard.n, 2);
	assert_int_equal(ear.heard.n_status[KAFKA_UNKNOWN_VERSION], 1);
	assert_non_null(strstr(ear.heard.line[1], "response 18 v0/99 #1 c1"));
	assert_non_null(strstr(ear.heard.line[1], " ok"));
}

static void unknown_ones_are_paired(void **state)
{
	static struct bytes b;

	(void)state;
	start();
	talk_api_versions(&talk, 1, "c1");
	b.len = 0;
	put_raw(&b, "something", 9);
	talk_request(&talk, 110, 3, 2, "c1", &b, false);
	talk_response(&talk, 2, &b, false);
	talk_request(&talk, 12, 40, 3, "c1", &b, true);
	talk_response(&talk, 3, &b, true);
	talk_heartbeat(&talk, 4, "c1", 1);
	ear_open(&ear, true);
	ear_talk(&ear, &talk);
	ear_close(&ear);
	assert_int_equal(ear.heard.n, 8);
	assert_int_equal(ear.heard.n_status[KAFKA_UNKNOWN_API], 2);
	assert_int_equal(ear.heard.n_status[KAFKA_UNKNOWN_VERSION], 2);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 4);
}

static void controlled_shutdown_0_has_no_client_id(void **state)
{
	static const uint8_t request[] = { 0, 0, 0, 12, 0, 7, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1 };
	static struct bytes b;

	(void)state;
	start();
	talk_api_versions(&talk, 1, "b");
	talk_token(&talk, 0, request + 4, sizeof(request) - 4);
	b.len = 0;
	put16(&b, 0);
	put32(&b, 0);
	talk_response(&talk, 2, &b, false);
	ear_open(&ear, true);
	ear_talk(&ear, &talk);
	ear_close(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 4);
	assert_non_null(strstr(ear.heard.line[2], "request 7 v0/0 #2 null"));
	assert_true(ear.heard.inter_broker);
}

static void followers_are_brokers(void **state)
{
	(void)state;
	start();
	talk_fetch(&talk, 1, "broker-2-fetcher-0", 10);
	ear_open(&ear, true);
	ear_talk(&ear, &talk);
	ear_close(&ear);
	assert_true(ear.heard.inter_broker);
	start();
	talk_fetch(&talk, 1, "broker-of-bananas", 10);
	ear_open(&ear, true);
	ear_talk(&ear, &talk);
	ear_close(&ear);
	assert_false(ear.heard.inter_broker);
	memset(talk.dir[0].at + 4 + 8 + 2 + 17, 0, 4); /* replica id 0 */
	ear_open(&ear, true);
	ear_talk(&ear, &talk);
	ear_close(&ear);
	assert_true(ear.heard.inter_broker);
}

static void lost_answers_are_given_up(void **state)
{
	static struct talk answers;
	struct kafka_stats s;

	(void)state;
	start();
	memset(&answers, 0, sizeof(answers));
	for (int i = 0; i < 5; i++)
		talk_heartbeat(&talk, i, "c1", 1);
	talk_heartbeat(&answers, 3, "c1", 1); /* the ones of 0, 1, 2 never come, nor that of 4 */
	ear_open(&ear, true);
	ear_data(&ear, 0, talk.dir[0].at, talk.dir[0].len);
	ear_data(&ear, 1, answers.dir[1].at, answers.dir[1].len);
	ear_end(&ear, 0, NET_RST);
	kafka_get_stats(ear.k, &s);
	assert_int_equal(s.unanswered, 4);
	assert_int_equal(ear.heard.dropped, 4);
	assert_int_equal(ear.heard.rsts, 1);
	assert_int_equal(ear.heard.ended, 1);
	ear_close(&ear);
}

static void latency_is_last_byte_to_first(void **state)
{
	(void)state;
	start();
	talk_heartbeat(&talk, 1, "c1", 1);
	ear_open(&ear, true);
	ear_data(&ear, 0, talk.dir[0].at, 20);
	ear_data(&ear, 0, talk.dir[0].at + 20, talk.dir[0].len - 20); /* 2 ms */
	ear.frame += 3;
	ear_data(&ear, 1, talk.dir[1].at, 5); /* 6 ms */
	ear_data(&ear, 1, talk.dir[1].at + 5, talk.dir[1].len - 5);
	ear_close(&ear);
	assert_int_equal(ear.heard.latency, 4000000);
}

static void ends_are_told(void **state)
{
	(void)state;
	start();
	talk_heartbeat(&talk, 1, "c1", 1);
	ear_open(&ear, true);
	ear_both(&ear, &talk);
	ear_end(&ear, 0, NET_FIN);
	assert_int_equal(ear.heard.fins, 1);
	assert_int_equal(ear.heard.ended, 0);
	ear_end(&ear, 1, NET_FIN);
	assert_int_equal(ear.heard.fins, 2);
	assert_int_equal(ear.heard.ended, 1);
	assert_null(ear.net.user);
	ear_close(&ear);
	assert_int_equal(ear.heard.ended, 1);
}

/* A side that ends without a word, before the other has said its first. */
static void an_early_end_counts(void **state)
{
	(void)state;
	start();
	talk_heartbeat(&talk, 1, "c1", 1);
	ear_open(&ear, true);
	ear_end(&ear, 1, NET_FIN);
	ear_data(&ear, 0, talk.dir[0].at, talk.dir[0].len);
	assert_int_equal(ear.heard.n_dir[0], 1);
	ear_end(&ear, 0, NET_FIN);
	assert_int_equal(ear.heard.ended, 1);
	assert_null(ear.net.user);
	ear_end(&ear, 0, NET_FIN); /* and one that never says anything */
	ear_end(&ear, 1, NET_FIN);
	assert_null(ear.net.user);
	assert_int_equal(ear.heard.ended, 1);
	ear_close(&ear);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_is_right),
		cmocka_unit_test(traffic_is_told_at_any_time),
		cmocka_unit_test(unwanted_bodies_stay_out),
		cmocka_unit_test(any_split_is_the_same),
		cmocka_unit_test(pieces_of_any_size_are_the_same),
		cmocka_unit_test(pipelined),
		cmocka_unit_test(no_answer_is_expected_with_acks_0),
		cmocka_unit_test(api_versions_fallback),
		cmocka_unit_test(unknown_ones_are_paired),
		cmocka_unit_test(controlled_shutdown_0_has_no_client_id),
		cmocka_unit_test(followers_are_brokers),
		cmocka_unit_test(lost_answers_are_given_up),
		cmocka_unit_test(latency_is_last_byte_to_first),
		cmocka_unit_test(ends_are_told),
		cmocka_unit_test(an_early_end_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
