/* SPDX-License-Identifier: Apache-2.0
 *
 * Hostile lengths, bounded memory, and what an idle connection costs.
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

static void hostile_lengths(void **state)
{
	static const uint32_t lens[] = { 0,
					 1,
					 3,
					 4,
					 7,
					 8,
					 0x7f,
					 0x7fff,
					 0xffff,
					 100u << 20,
					 (100u << 20) + 1,
					 1u << 30,
					 (1u << 30) + 1,
					 0x7fffffff,
					 0x80000000,
					 0xffffffff };

	(void)state;
	sample();
	for (unsigned d = 0; d < 2; d++) {
		for (uint32_t at = 0; at + 4 <= talk.dir[d].len; at++) {
			for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
				static struct talk lie;

				lie = talk;
				for (int j = 0; j < 4; j++)
					lie.dir[d].at[at + (uint32_t)j] = (uint8_t)(lens[i] >> (24 - 8 * j));
				ear_open(&ear, true);
				ear_talk(&ear, &lie);
				ear_close(&ear);
			}
		}
	}
}

static void any_byte_may_be_wrong(void **state)
{
	(void)state;
	sample();
	for (unsigned d = 0; d < 2; d++) {
		for (uint32_t at = 0; at < talk.dir[d].len; at++) {
			talk.dir[d].at[at] ^= (uint8_t)(1 + at % 255);
			ear_open(&ear, true);
			ear_both(&ear, &talk);
			ear_close(&ear);
			talk.dir[d].at[at] ^= (uint8_t)(1 + at % 255);
		}
	}
}

/* A frame said to have 99 MiB, of which a lot comes, must not be kept. */
static void a_body_is_bounded(void **state)
{
	static const uint8_t head[] = {
		0x06, 0x30, 0, 0, 0, 12, 0, 0, 0, 0, 0, 9, 0, 2, 'c', '1', 0x7f, 0xff
	};
	static uint8_t bulk[60000];
	struct kafka_stats s;

	(void)state;
	memset(&talk, 0, sizeof(talk));
	talk_heartbeat(&talk, 1, "c1", 1);
	ear_open_with(&ear, true, 100000, 0, KAFKA_WANT_BODY);
	ear_both(&ear, &talk);
	ear_data(&ear, 0, head, sizeof(head));
	for (int i = 0; i < 100; i++) {
		ear_data(&ear, 0, bulk, sizeof(bulk));
		kafka_get_stats(ear.k, &s);
		assert_in_range(s.memory, 0, 600000);
	}
	assert_int_equal(s.evicted, 1);
	ear_end(&ear, 0, NET_RST);
	assert_int_equal(ear.heard.n_status[KAFKA_TRUNCATED], 1);
	assert_non_null(strstr(ear.heard.line[2], " cut"));
	ear_close(&ear);
}

/* The budget holds over connections, and what does not fit any more is given up, not the connection. */
static void the_budget_is_kept(void **state)
{
	enum { N = 200, BUDGET = 1 << 20 };
	static struct net_conn conns[N];
	static uint8_t part[20000];
	struct kafka_stats s;

	(void)state;
	memset(&talk, 0, sizeof(talk));
	talk_heartbeat(&talk, 1, "c1", 1);
	ear_open_with(&ear, true, 0, BUDGET, KAFKA_WANT_BODY);
	for (int i = 0; i < N; i++) {
		static const uint8_t head[] = { 0, 1, 0, 0, 0, 12,  0,   0,    0,
						0, 0, 9, 0, 2, 'c', '1', 0x7f, 0xff };
		struct net_piece p = { .data = talk.dir[0].at,
				       .len = talk.dir[0].len,
				       .kind = NET_DATA,
				       .segment_start = true };

		fake_conn(&conns[i], (uint64_t)i + 2, true);
		ear.in.piece(ear.in.ctx, &conns[i], 0, &p);
		p.data = head;
		p.len = sizeof(head);
		ear.in.piece(ear.in.ctx, &conns[i], 0, &p);
		p.data = part;
		p.len = sizeof(part);
		ear.in.piece(ear.in.ctx, &conns[i], 0, &p);
		kafka_get_stats(ear.k, &s);
		assert_in_range(s.memory, 0, 2 * BUDGET);
	}
	assert_true(s.evicted > 0);
	for (int i = 0; i < N; i++) {
		ear.heard.ended = 0; /* one ear for all */
		ear.in.end(ear.in.ctx, &conns[i], 0, NET_RST, 0, 0);
	}
	assert_int_equal(ear.heard.n_status[KAFKA_OK], N);
	ear_close(&ear);
}

static void requests_in_flight_are_bounded(void **state)
{
	struct kafka_stats s;

	(void)state;
	ear_open(&ear, true);
	for (int i = 0; i < 20000; i++) {
		memset(&talk, 0, sizeof(talk));
		talk_heartbeat(&talk, i, "c1", 1);
		ear_data(&ear, 0, talk.dir[0].at, talk.dir[0].len);
		if (i == 0) /* answers are seen, then no more of them */
			ear_data(&ear, 1, talk.dir[1].at, talk.dir[1].len);
	}
	kafka_get_stats(ear.k, &s);
	assert_in_range(s.memory, 0, 1 << 20);
	assert_int_equal(s.unanswered, 19999 - 4096);
	assert_int_equal(ear.heard.dropped, 19999 - 4096);
	ear_close(&ear);
	assert_int_equal(ear.heard.dropped, 19999);
}

/* Answers of which no request ever comes do not pile up. */
static void waiting_answers_are_bounded(void **state)
{
	struct kafka_stats s;

	(void)state;
	memset(&talk, 0, sizeof(talk));
	talk_heartbeat(&talk, 1, "c1", 1);
	ear_open(&ear, true);
	ear_both(&ear, &talk);
	for (int i = 2; i < 2000; i++) {
		memset(&talk, 0, sizeof(talk));
		talk_fetch(&talk, i, "c1", 1000);
		ear_data(&ear, 1, talk.dir[1].at, talk.dir[1].len);
		kafka_get_stats(ear.k, &s);
		assert_in_range(s.memory, 0, 2 << 20);
	}
	ear_close(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_NO_REQUEST], 1998);
}

static void an_idle_connection_is_small(void **state)
{
	enum { N = 20000 };
	struct net_conn *conns = calloc(N, sizeof(*conns));
	struct kafka_stats before, after;

	(void)state;
	assert_non_null(conns);
	sample();
	ear_open(&ear, true);
	kafka_get_stats(ear.k, &before);
	for (int i = 0; i < N; i++) {
		struct net_piece p = { .data = talk.dir[0].at,
				       .len = talk.dir[0].len,
				       .kind = NET_DATA,
				       .segment_start = true };

		fake_conn(&conns[i], (uint64_t)i + 1, true);
		ear.in.piece(ear.in.ctx, &conns[i], 0, &p);
		p.data = talk.dir[1].at;
		p.len = talk.dir[1].len;
		ear.in.piece(ear.in.ctx, &conns[i], 1, &p);
	}
	kafka_get_stats(ear.k, &after);
	print_message("%.1f bytes a connection\n", (double)(after.memory - before.memory) / N);
	assert_in_range(after.memory - before.memory, 0, 165 * N);
	ear_close(&ear);
	free(conns);
}

static void no_new_memory_in_steady_state(void **state)
{
	struct kafka_stats before = { 0 }, after;

	(void)state;
	ear_open(&ear, true);
	for (int i = 0; i < 3000; i++) {
		memset(&talk, 0, sizeof(talk));
		talk_sample(&talk);
		for (unsigned d = 0; d < 2; d++)
			for (uint32_t at = 0; at < talk.dir[d].len; at += 100)
				ear_data(&ear, d, talk.dir[d].at + at,
					 talk.dir[d].len - at < 100 ? talk.dir[d].len - at : 100);
		if (i == 2)
			kafka_get_stats(ear.k, &before);
	}
	kafka_get_stats(ear.k, &after);
	assert_int_equal(before.memory, after.memory);
	ear_close(&ear);
	assert_int_equal(ear.heard.n_status[KAFKA_OK], 39000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_lengths),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(a_body_is_bounded),
		cmocka_unit_test(the_budget_is_kept),
		cmocka_unit_test(requests_in_flight_are_bounded),
		cmocka_unit_test(waiting_answers_are_bounded),
		cmocka_unit_test(an_idle_connection_is_small),
		cmocka_unit_test(no_new_memory_in_steady_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
