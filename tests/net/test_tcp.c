/* SPDX-License-Identifier: Apache-2.0
 *
 * Beginnings, ends, and everything that may happen between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <string.h>

static struct rig rig;

static int open_rig(void **state)
{
	(void)state;
	rig_open(&rig, &(struct net_options){0});
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

static void data(unsigned dir, uint32_t off, uint32_t ack, const char *text)
{
	rig_seg(&rig, dir, A | P, off, ack, text, strlen(text));
}

static void empty(unsigned dir, uint8_t flags, uint32_t off, uint32_t ack)
{
	rig_seg(&rig, dir, flags, off, ack, NULL, 0);
}

static void finish(void)
{
	net_finish(rig.net, rig.ts);
	assert_int_equal(rig_stats(&rig).open_connections, 0);
}

/* ---- ordinary --------------------------------------------------------------------------------------- */

static void whole_life(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "question");
	data(1, 0, 8, "a longer answer that wraps the sequence number");
	empty(0, A | F, 8, 46);
	empty(1, A | F, 46, 9);
	empty(0, A, 9, 47);
	log_is(&rig, "0:8 1:46 0:fin 1:fin ");
	heard_is(&rig, 0, "question");
	assert_int_equal(rig.heard.side[0].port, 40000);
	assert_true(rig.heard.from_start);
	assert_int_equal(rig_stats(&rig).open_connections, 0);
	assert_int_equal(rig_stats(&rig).connections, 1);
	finish();
	log_is(&rig, "0:8 1:46 0:fin 1:fin "); /* and nothing more */
}

static void capture_stops(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "x");
	finish();
	log_is(&rig, "0:1 stop ");
}

static void answer_first(void **state)
{
	(void)state;
	empty(1, S | A, 0, 0); /* the SYN was not captured: the one who is answered began */
	data(0, 0, 0, "q");
	data(1, 0, 1, "a");
	log_is(&rig, "0:1 1:1 ");
	assert_true(rig.heard.from_start);
	assert_int_equal(rig.heard.side[0].port, 40000);
}

static void ack_before_syn(void **state)
{
	(void)state;
	empty(1, A, 0, 0);
	empty(0, S, 0, 0);
	data(0, 0, 0, "q");
	assert_true(rig.heard.from_start);
	assert_int_equal(rig.heard.side[0].port, 40000);
	log_is(&rig, "0:1 ");
}

static void repeated_handshake(void **state)
{
	(void)state;
	empty(0, S, 0, 0);
	empty(0, S, 0, 0);
	empty(1, S | A, 0, 0);
	empty(1, S | A, 0, 0);
	empty(0, A, 0, 0);
	data(0, 0, 0, "q");
	empty(0, S, 0, 0);
	empty(1, S | A, 0, 0);
	data(0, 1, 0, "r");
	log_is(&rig, "0:1 0:1 ");
	assert_int_equal(rig_stats(&rig).connections, 1);
}

static void data_with_syn(void **state)
{
	(void)state;
	rig_seg(&rig, 0, S, 0, 0, "early", 5);
	empty(1, S | A, 0, 0); /* the server does not take it: it comes again */
	data(0, 0, 0, "early data");
	heard_is(&rig, 0, "early data");
	assert_int_equal(rig_stats(&rig).retransmitted_bytes, 5);
}

static void simultaneous_open(void **state)
{
	(void)state;
	empty(0, S, 0, 0);
	empty(1, S, 0, 0);
	empty(0, S | A, 0, 0);
	empty(1, S | A, 0, 0);
	data(0, 0, 0, "q");
	data(1, 0, 1, "a");
	log_is(&rig, "0:1 1:1 ");
	assert_int_equal(rig_stats(&rig).connections, 1);
}

static void segment_starts(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	data(0, 0, 0, "abcdef");
	assert_int_equal(rig.heard.starts[0], 1);
	data(0, 6, 0, "g");
	assert_int_equal(rig.heard.starts[0], 2);
	heard_is(&rig, 0, "abcdefg");
}

/* ---- disturbances that change nothing --------------------------------------------------------------- */

static void keepalive(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	empty(1, A, 0, 3);
	empty(0, A, 2, 0);
	rig_seg(&rig, 0, A, 2, 0, "\0", 1);
	empty(1, A, 0, 3);
	data(0, 3, 0, "def");
	heard_is(&rig, 0, "abcdef");
	assert_int_equal(rig_stats(&rig).holes, 0);
}

static void keepalive_is_the_first_seen(void **state)
{
	(void)state;
	empty(0, A, 99, 50);
	empty(1, A, 50, 100);
	rig_seg(&rig, 0, A, 99, 50, "\0", 1);
	data(0, 100, 50, "abc");
	data(1, 50, 103, "def");
	log_is(&rig, "0:3 1:3 ");
	heard_is(&rig, 0, "abc");
}

static void zero_window_probe(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	data(0, 3, 0, "d"); /* one byte into the closed window, refused, sent again with more */
	data(0, 3, 0, "defg");
	heard_is(&rig, 0, "abcdefg");
}

static void everything_twice(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++)
		empty(0, S, 0, 0);
	for (unsigned i = 0; i < 2; i++)
		empty(1, S | A, 0, 0);
	for (unsigned i = 0; i < 2; i++)
		data(0, 0, 0, "question");
	for (unsigned i = 0; i < 2; i++)
		data(1, 0, 8, "answer");
	for (unsigned i = 0; i < 2; i++)
		empty(0, A | F, 8, 6);
	for (unsigned i = 0; i < 2; i++)
		empty(1, A | F, 6, 9);
	for (unsigned i = 0; i < 2; i++)
		empty(0, A, 9, 7);
	log_is(&rig, "0:8 1:6 0:fin 1:fin ");
	assert_int_equal(rig_stats(&rig).retransmitted_bytes, 14);
	assert_int_equal(rig_stats(&rig).connections, 1);
}

static void fin_with_data_out_of_order(void **state)
{
	(void)state;
	rig_handshake(&rig);
	rig_seg(&rig, 0, A | F, 3, 0, "def", 3);
	log_is(&rig, "");
	data(0, 0, 0, "abc");
	log_is(&rig, "0:3 0:3 0:fin ");
	data(0, 6, 0, "behind the end");
	data(1, 0, 7, "still there");
	empty(1, A | F, 11, 7);
	log_is(&rig, "0:3 0:3 0:fin 1:11 1:fin ");
}

/* ---- RST --------------------------------------------------------------------------------------------- */

static void rst(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	empty(1, R | A, 0, 3);
	rig_others(&rig, 8);
	log_is(&rig, "0:3 rst1 ");
	assert_int_equal(rig.heard.last_frame, 5);
	finish();
}

static void rst_before_the_last_data(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	empty(0, R, 6, 0);
	data(0, 3, 0, "def");
	data(1, 0, 3, "late");
	rig_others(&rig, 8);
	log_is(&rig, "0:3 0:3 1:4 rst0 ");
}

static void rst_far_away_is_ignored(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	empty(1, R, 0x40000000, 0);
	empty(1, R, 0x80000000, 0);
	rig_others(&rig, 20);
	data(0, 3, 0, "def");
	finish();
	log_is(&rig, "0:3 0:3 stop stop ");
	assert_int_equal(rig_stats(&rig).strays, 2);
}

static void refused(void **state)
{
	(void)state;
	empty(0, S, 0, 0);
	rig.isn[1] = 0;
	empty(1, R | A, 0, 0);
	rig_others(&rig, 8);
	log_is(&rig, "rst1 ");
}

static void after_the_end(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	empty(0, R | A, 3, 0);
	rig_others(&rig, 8);
	data(1, 0, 3, "straggler");
	log_is(&rig, "0:3 rst0 ");
	rig.ts += 5 * SEC; /* it lives on: the RST was not believed */
	data(1, 9, 3, "alive");
	data(0, 3, 14, "yes");
	log_is(&rig, "0:3 rst0 0:5 1:3 ");
	assert_false(rig.heard.from_start);
}

/* ---- reuse of addresses ------------------------------------------------------------------------------ */

static void reuse(bool closed, bool syn)
{
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	data(1, 0, 3, "def");
	if (closed) {
		empty(0, A | F, 3, 3);
		empty(1, A | F, 3, 4);
	}
	rig.isn[0] += 0x30000000;
	rig.isn[1] += 0x70000000;
	if (syn)
		empty(0, S, 0, 0);
	empty(1, S | A, 0, 0);
	empty(0, A, 0, 0);
	data(0, 0, 0, "new");
	data(1, 0, 3, "old");
	assert_int_equal(rig_stats(&rig).connections, 2);
	assert_int_equal(rig.heard.last_id, 2);
	assert_true(rig.heard.from_start);
	assert_int_equal(rig.heard.side[0].port, 40000);
	heard_is(&rig, 0, "abcnew");
	heard_is(&rig, 1, "defold");
}

static void reuse_after_fin(void **state)
{
	(void)state;
	reuse(true, true);
	log_is(&rig, "0:3 1:3 0:fin 1:fin 0:3 1:3 ");
}

static void reuse_without_fin(void **state)
{
	(void)state;
	reuse(false, true);
	log_is(&rig, "0:3 1:3 reuse 0:3 1:3 ");
}

static void reuse_with_the_answer_only(void **state)
{
	(void)state;
	reuse(false, false);
	log_is(&rig, "0:3 1:3 reuse 0:3 1:3 ");
}

/* Late packets of the old connection do not reach the new one. */
static void reuse_and_stragglers(void **state)
{
	uint32_t old[2];

	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	memcpy(old, rig.isn, sizeof(old));
	rig.isn[0] += 0x30000000;
	rig.isn[1] += 0x70000000;
	empty(0, S, 0, 0);
	memcpy(rig.isn, old, sizeof(old));
	data(0, 3, 0, "late");
	empty(0, A | F, 7, 0);
	empty(0, R, 7, 0);
	empty(1, S | A, 0, 0);
	rig.isn[0] += 0x30000000;
	rig.isn[1] += 0x70000000;
	empty(1, S | A, 0, 0);
	data(0, 0, 0, "new");
	rig_others(&rig, 10);
	data(1, 0, 3, "ans");
	log_is(&rig, "0:3 reuse 0:3 1:3 ");
}

static void reuse_without_syn(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	rig.isn[0] += 0x30000000;
	data(0, 0, 0, "one stray");
	rig.isn[0] -= 0x30000000;
	data(0, 3, 0, "def"); /* changes nothing */
	rig.isn[0] += 0x30000000;
	data(0, 9, 0, "ghi");
	data(0, 12, 0, "jkl");
	log_is(&rig, "0:3 0:3 ");
	data(0, 15, 0, "mno");
	data(0, 18, 0, "pqr");
	log_is(&rig, "0:3 0:3 reuse 0:3 0:3 ");
	heard_is(&rig, 0, "abcdefmnopqr");
	assert_false(rig.heard.from_start);
}

/* ---- mid-stream, one side ---------------------------------------------------------------------------- */

static void mid_stream(void **state)
{
	(void)state;
	data(0, 5000, 77, "abc");
	data(1, 77, 5003, "def");
	data(0, 5003, 80, "ghi");
	log_is(&rig, "0:3 1:3 0:3 ");
	assert_false(rig.heard.from_start);
}

/* The first packet's acknowledgement told where the other side is: what it misses is known. */
static void mid_stream_other_side_has_a_gap(void **state)
{
	(void)state;
	empty(0, A, 5000, 77);
	data(1, 80, 5000, "def");
	log_is(&rig, "");
	data(1, 77, 5000, "abc");
	log_is(&rig, "1:3 1:3 ");
}

static void one_side_only(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		data(1, i * 3, i * 10, "abc");
	finish();
	assert_int_equal(rig.heard.len[0], 150); /* who is seen first is endpoint 0 */
	assert_int_equal(rig.heard.side[0].port, 9092);
	assert_int_equal(rig_stats(&rig).holes, 0);
	assert_int_equal(rig_stats(&rig).out_of_order, 0);
}

static void one_side_with_handshake(void **state)
{
	(void)state;
	empty(0, S, 0, 0);
	empty(0, A, 0, 0);
	for (uint32_t i = 0; i < 50; i++)
		data(0, i * 3, i * 100, "abc");
	assert_int_equal(rig.heard.len[0], 150);
	finish();
	assert_int_equal(rig_stats(&rig).holes, 0);
	assert_int_equal(rig_stats(&rig).out_of_order, 0);
}

/* ---- snaplen ----------------------------------------------------------------------------------------- */

static void snaplen(void **state)
{
	(void)state;
	rig_handshake(&rig);
	rig_seg_cut(&rig, 0, A, 0, 0, "0123456789", 10, 4);
	rig_seg_cut(&rig, 0, A, 10, 0, "0123456789", 10, 0);
	rig_seg_cut(&rig, 0, A, 25, 0, "56789", 5, 2); /* waits */
	rig_seg_cut(&rig, 0, A, 20, 0, "01234", 5, 5);
	heard_is(&rig, 0, "0123#6##10#0123456#3#");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)
		T(whole_life),
		T(capture_stops),
		T(answer_first),
		T(ack_before_syn),
		T(repeated_handshake),
		T(data_with_syn),
		T(simultaneous_open),
		T(segment_starts),
		T(keepalive),
		T(keepalive_is_the_first_seen),
		T(zero_window_probe),
		T(everything_twice),
		T(fin_with_data_out_of_order),
		T(rst),
		T(rst_before_the_last_data),
		T(rst_far_away_is_ignored),
		T(refused),
		T(after_the_end),
		T(reuse_after_fin),
		T(reuse_without_fin),
		T(reuse_with_the_answer_only),
		T(reuse_and_stragglers),
		T(reuse_without_syn),
		T(mid_stream),
		T(mid_stream_other_side_has_a_gap),
		T(one_side_only),
		T(one_side_with_handshake),
		T(snaplen),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
