/* SPDX-License-Identifier: Apache-2.0
 *
 * Lost bytes, lost order, and starts in the middle: what is handed out as whole must be true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

static struct talk talk;
static struct ear whole, ear;

static void listen(void)
{
	memset(&talk, 0, sizeof(talk));
	talk_sample(&talk);
	for (int i = 8; i < 14; i++)
		talk_heartbeat(&talk, i, "c1", i);
	ear_open(&whole, true);
	ear_talk(&whole, &talk);
	ear_close(&whole);
}

/* The whole conversation has said this too; a client id that lay in a hole is null on the answer. */
static bool is_true(const char *line)
{
	char named[TALK_LINE];
	const char *null = strstr(line, " null ");

	if (!null)
		return heard_has(&whole.heard, line);
	snprintf(named, sizeof(named), "%.*s c1 %s", (int)(null - line), line, null + strlen(" null "));
	return heard_has(&whole.heard, named);
}

/* What is handed out as whole is true. */
static void all_true(void)
{
	for (int i = 0; i < ear.heard.n; i++)
		if (strstr(ear.heard.line[i], "status 0"))
			assert_true(is_true(ear.heard.line[i]));
}

/* Frame `i` of the talk, as far as [from, to) of its direction does not cover it. */
static void say(int i, unsigned d, uint32_t from, uint32_t to)
{
	uint32_t at = talk.frame[i].at, end = at + talk.frame[i].len;
	const uint8_t *p = talk.dir[talk.frame[i].dir].at;

	if (talk.frame[i].dir != d || to <= at || from >= end) {
		ear_data(&ear, talk.frame[i].dir, p + at, end - at);
		return;
	}
	if (from > at)
		ear_data(&ear, d, p + at, from - at);
	if (from >= at)
		ear_hole(&ear, d, to - from);
	if (to < end)
		ear_data_at(&ear, d, p + to, end - to, false);
}

static void say_all(unsigned d, uint32_t from, uint32_t to)
{
	for (int i = 0; i < talk.n; i++)
		say(i, d, from, to);
}

static void a_hole_anywhere(void **state)
{
	static const uint32_t lens[] = { 1, 3, 30, 100, 400 };

	(void)state;
	listen();
	for (unsigned d = 0; d < 2; d++) {
		for (size_t l = 0; l < sizeof(lens) / sizeof(*lens); l++) {
			for (uint32_t at = 0; at + lens[l] < talk.dir[d].len; at++) {
				ear_open(&ear, true);
				say_all(d, at, at + lens[l]);
				ear_close(&ear);
				all_true();
				assert_int_equal(ear.heard.kind, KAFKA_PLAIN);
				if (d == 0 || at > 0)
					assert_true(ear.heard.gaps > 0);
				if (at + lens[l] + 100 <
				    talk.dir[d].len) { /* found again: the last ones are there */
					assert_true(
						heard_has(&ear.heard, whole.heard.line[whole.heard.n - 2]));
					assert_true(
						heard_has(&ear.heard, whole.heard.line[whole.heard.n - 1]));
				}
			}
		}
	}
}

static void a_lost_packet(void **state)
{
	(void)state;
	listen();
	for (int lost = 1; lost < talk.n - 2; lost++) {
		ear_open(&ear, true);
		say_all(talk.frame[lost].dir, talk.frame[lost].at,
			talk.frame[lost].at + talk.frame[lost].len);
		ear_close(&ear);
		all_true();
		assert_in_range(ear.heard.n_status[KAFKA_OK], whole.heard.n - 2, whole.heard.n - 1);
	}
}

/* Any packet up to six packets late. */
static void packets_out_of_order(void **state)
{
	(void)state;
	listen();
	for (int i = 0; i < talk.n; i++) {
		for (int by = 1; by <= 6 && i + by < talk.n; by++) {
			/* packet i comes late; those of its own direction wait for it in net */
			ear_open(&ear, true);
			for (int j = 0; j < talk.n; j++)
				if (j < i || (j <= i + by && talk.frame[j].dir != talk.frame[i].dir))
					say(j, 0, UINT32_MAX, UINT32_MAX);
			for (int j = i; j < talk.n; j++)
				if (j > i + by || talk.frame[j].dir == talk.frame[i].dir)
					say(j, 0, UINT32_MAX, UINT32_MAX);
			ear_close(&ear);
			assert_true(heard_same(&whole.heard, &ear.heard));
			assert_int_equal(ear.heard.dropped, 0);
		}
	}
}

/* An answer whose request is in a hole: the ones behind it do not wait for long. */
static void an_answer_without_request(void **state)
{
	static struct talk one;

	(void)state;
	listen();
	memset(&one, 0, sizeof(one));
	talk_api_versions(&one, 1, "c1");
	ear_open(&ear, true);
	ear_talk(&ear, &one);
	memset(&one, 0, sizeof(one));
	talk_heartbeat(&one, 2, "c1", 1);
	ear_data(&ear, 1, one.dir[1].at, one.dir[1].len); /* its request was lost */
	assert_int_equal(ear.heard.n, 2);
	ear_hole(&ear, 0, one.dir[0].len);
	memset(&one, 0, sizeof(one));
	talk_heartbeat(&one, 3, "c1", 1);
	ear_talk(&ear, &one);
	assert_int_equal(ear.heard.n_status[KAFKA_NO_REQUEST], 1);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 4);
	ear_close(&ear);
}

/* Only the first `snap` bytes of each segment are seen. */
static void short_snaplen(void **state)
{
	(void)state;
	listen();
	for (uint32_t snap = 16; snap < 120; snap += 3) {
		ear_open(&ear, true);
		for (int i = 0; i < talk.n; i++) {
			uint32_t at = talk.frame[i].at, len = talk.frame[i].len;

			say(i, talk.frame[i].dir, len > snap ? at + snap : UINT32_MAX, at + len);
		}
		ear_close(&ear);
		all_true();
		assert_int_equal(ear.heard.n, whole.heard.n);
		assert_int_equal(ear.heard.n_status[KAFKA_OK] + ear.heard.n_status[KAFKA_TRUNCATED],
				 whole.heard.n);
		assert_int_equal(ear.heard.gaps, ear.heard.bulk_gaps);
	}
}

/* The capture begins at any byte of the requests, on either side as "endpoint 0". */
static void a_start_in_the_middle(void **state)
{
	(void)state;
	listen();
	for (unsigned swap = 0; swap < 2; swap++) {
		for (uint32_t from = 0; from + 100 < talk.dir[0].len; from++) {
			ear_open(&ear, false);
			for (int i = 0; i < talk.n; i++) {
				unsigned d = talk.frame[i].dir;
				uint32_t at = talk.frame[i].at, end = at + talk.frame[i].len;

				if (d == 0 && from > at)
					at = from;
				if (at < end && (d == 0 || ear.frame))
					ear_data_at(&ear, d ^ swap, talk.dir[d].at + at, end - at,
						    at == talk.frame[i].at);
			}
			ear_close(&ear);
			all_true();
			assert_int_equal(ear.heard.kind, KAFKA_PLAIN);
			assert_int_equal(ear.heard.client.port, swap ? 9092 : 40000);
			assert_true(heard_has(&ear.heard, whole.heard.line[whole.heard.n - 2]));
			assert_true(heard_has(&ear.heard, whole.heard.line[whole.heard.n - 1]));
		}
	}
}

/* A hole inside record payload costs nothing, inside anything else the tail of that message. */
static void holes_in_payload(void **state)
{
	uint32_t n;
	int ok = 0;

	(void)state;
	memset(&talk, 0, sizeof(talk));
	talk_fetch(&talk, 1, "c1", 5000);
	ear_open(&whole, true);
	ear_talk(&whole, &talk);
	ear_close(&whole);
	n = talk.dir[1].len;
	for (uint32_t at = 20; at + 400 < n; at += 100) {
		ear_open(&ear, true);
		ear_data(&ear, 0, talk.dir[0].at, talk.dir[0].len);
		ear_data(&ear, 1, talk.dir[1].at, at);
		ear_hole(&ear, 1, 300);
		ear_data(&ear, 1, talk.dir[1].at + at + 300, n - at - 300);
		ear_close(&ear);
		all_true();
		assert_int_equal(ear.heard.n, 2);
		assert_int_equal(ear.heard.bulk_gaps, 1);
		ok += ear.heard.n_status[KAFKA_OK] == 2;
	}
	assert_true(ok > 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_anywhere),      cmocka_unit_test(a_lost_packet),
		cmocka_unit_test(packets_out_of_order), cmocka_unit_test(an_answer_without_request),
		cmocka_unit_test(short_snaplen),        cmocka_unit_test(a_start_in_the_middle),
		cmocka_unit_test(holes_in_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
