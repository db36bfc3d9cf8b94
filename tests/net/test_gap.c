/* SPDX-License-Identifier: Apache-2.0
 *
 * Gaps: what is waited for, how long, and in which order things come out; random captures of a known conversation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <stdio.h>
#include <stdlib.h>
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

static void empty(unsigned dir, uint32_t off, uint32_t ack)
{
	rig_seg(&rig, dir, A, off, ack, NULL, 0);
}

static void fills(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 6, 0, "ghi");
	data(0, 3, 0, "def");
	log_is(&rig, "");
	data(0, 0, 0, "abc");
	log_is(&rig, "0:3 0:3 0:3 ");
	heard_is(&rig, 0, "abcdefghi");
	assert_int_equal(rig.heard.last_frame, 4); /* of "ghi" */
	assert_int_equal(rig_stats(&rig).out_of_order, 3);
	assert_int_equal(rig.heard.starts[0], 3);
}

static void overlaps_first_wins(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 4, 0, "EF");
	data(0, 8, 0, "IJ");
	data(0, 2, 0, "cdefghijkl");
	data(0, 0, 0, "abcd");
	heard_is(&rig, 0, "abcdEFghIJkl");
	assert_int_equal(rig_stats(&rig).differing_bytes, 4);
	assert_int_equal(rig_stats(&rig).retransmitted_bytes, 6);
	assert_int_equal(rig_stats(&rig).holes, 0);
}

/* An acknowledged gap is a hole once the capture had its chance to bring it late. */
static void acknowledged(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 3, 0, "def");
	empty(1, 0, 6);
	for (uint32_t i = 0; i < 12; i++) {
		log_is(&rig, "");
		empty(1, 0, 6);
	}
	for (uint32_t i = 0; i < 4; i++)
		empty(1, 0, 6);
	log_is(&rig, "0:-3 0:3 ");
	data(0, 0, 0, "abc"); /* too late */
	log_is(&rig, "0:-3 0:3 ");
	data(0, 6, 0, "ghi");
	heard_is(&rig, 0, "#3#defghi");
}

static void acknowledged_then_time_goes_by(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 3, 0, "def");
	empty(1, 0, 6);
	rig_others(&rig, 70); /* packets enough, but no 20 ms */
	log_is(&rig, "");
	rig.ts += 20 * MS;
	rig_others(&rig, 1);
	log_is(&rig, "0:-3 0:3 ");
}

/* Lost on the network, not in the capture: no acknowledgement, it will be sent again. */
static void not_acknowledged(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 3, 0, "def");
	for (unsigned i = 0; i < 40; i++)
		empty(1, 0, 0);
	rig.ts += 10 * SEC;
	rig_others(&rig, 100);
	log_is(&rig, "");
	data(0, 0, 0, "abc");
	log_is(&rig, "0:3 0:3 ");
}

static void never_acknowledged(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 3, 0, "def");
	rig.ts += 31 * SEC;
	rig_others(&rig, 20);
	log_is(&rig, "0:-3 0:3 ");
}

static void one_side_only(void **state)
{
	(void)state;
	data(0, 0, 0, "abc");
	data(0, 6, 0, "ghi");
	rig_others(&rig, 20);
	log_is(&rig, "0:3 ");
	rig.ts += 1 * SEC;
	rig_others(&rig, 2);
	log_is(&rig, "0:3 0:-3 0:3 ");
}

static void end_of_capture(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 3, 0, "def");
	rig_seg(&rig, 0, A | F, 9, 0, NULL, 0);
	net_finish(rig.net, rig.ts);
	log_is(&rig, "0:-3 0:3 0:-3 0:fin stop ");
}

/* An answer waits for its question. */
static void cause_before_effect(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(1, 0, 8, "answer");
	data(0, 8, 6, "next question");
	log_is(&rig, "");
	data(0, 0, 0, "question");
	log_is(&rig, "0:8 1:6 0:13 ");
	assert_int_equal(rig_stats(&rig).holes, 0);
}

static void cause_never_seen(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(1, 0, 8, "answer");
	for (uint32_t i = 0; i < 16; i++)
		empty(0, 8, 6);
	log_is(&rig, "0:-8 1:6 ");
}

/* Each side claims to come after the other: no such thing, but no reason to stop either. */
static void circular_claims(void **state)
{
	(void)state;
	rig_handshake(&rig);
	rig_seg(&rig, 0, A, 0, 50, "abc", 3);
	rig_seg(&rig, 1, A, 0, 50, "def", 3);
	net_finish(rig.net, rig.ts);
	heard_is(&rig, 0, "abc");
	heard_is(&rig, 1, "def");
}

/* An acknowledgement of what was never sent is no hole: the stream goes on where it was. */
static void false_claims(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	empty(1, 0, 500000);
	for (uint32_t i = 0; i < 40; i++)
		data(0, 3 + i * 3, 0, "def");
	rig_seg(&rig, 1, A, 0, 40 << 20, "xyz", 3);
	for (uint32_t i = 40; i < 80; i++)
		data(0, 3 + i * 3, 3, "def");
	net_finish(rig.net, rig.ts);
	assert_int_equal(rig.heard.len[0], 3 + 80 * 3);
	assert_int_equal(rig.heard.len[1], 3);
	assert_int_equal(rig_stats(&rig).holes, 0);
}

/* An acknowledgement one byte ahead may be that of a FIN that was not captured. */
static void unseen_fin_is_no_hole(void **state)
{
	(void)state;
	rig_handshake(&rig);
	data(0, 0, 0, "abc");
	for (unsigned i = 0; i < 40; i++)
		empty(1, 0, 4);
	rig_seg(&rig, 1, A | F, 0, 4, NULL, 0);
	net_finish(rig.net, rig.ts);
	log_is(&rig, "0:3 1:fin stop ");
}

static void flow_segments(void **state)
{
	(void)state;
	rig_close(&rig);
	rig_open(&rig, &(struct net_options){.flow_segments = 4});
	rig_handshake(&rig);
	for (uint32_t i = 1; i <= 4; i++)
		data(0, i * 3, 0, "abc");
	log_is(&rig, "");
	data(0, 15, 0, "abc");
	log_is(&rig, "0:-3 0:3 0:3 0:3 0:3 0:3 ");
}

static void flow_bytes(void **state)
{
	char big[600] = {0};

	(void)state;
	rig_close(&rig);
	rig_open(&rig, &(struct net_options){.flow_bytes = 1000});
	rig_handshake(&rig);
	rig_seg(&rig, 0, A, 10, 0, big, 600);
	log_is(&rig, "");
	rig_seg(&rig, 0, A, 620, 0, big, 600); /* another gap before it */
	log_is(&rig, "0:-10 0:600 ");
	rig_seg(&rig, 0, A, 1500, 0, big, 600);
	log_is(&rig, "0:-10 0:600 0:-10 0:600 ");
}

/* One segment larger than all bounds passes through. */
static void larger_than_the_bounds(void **state)
{
	static char big[60000];

	(void)state;
	rig_close(&rig);
	rig_open(&rig, &(struct net_options){.flow_bytes = 1000, .memory = 16384});
	rig_handshake(&rig);
	rig_seg(&rig, 0, A, 10, 0, big, sizeof(big));
	log_is(&rig, "0:-10 0:60000 ");
}

/* A segment that spans many blocks keeps its bytes and its one start. */
static void long_segment_waits(void **state)
{
	static char big[50001];

	(void)state;
	for (size_t i = 0; i < 50000; i++)
		big[i] = (char)('a' + i * 31 % 26);
	rig_handshake(&rig);
	rig_seg(&rig, 0, A, 3, 0, big + 3, 50000 - 3);
	rig_seg(&rig, 0, A, 0, 0, big, 3);
	heard_is(&rig, 0, big);
	assert_int_equal(rig.heard.starts[0], 2);
}

/* ---- random captures of a known conversation ---------------------------------------------------------- */

static uint64_t seed;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

struct step {
	unsigned dir;
	uint8_t flags;
	uint32_t off, ack, len;
};

#define STEPS 400
#define STREAM 60000

static char stream[2][STREAM];
static struct step steps[STEPS * 2];

/* A conversation as the wire had it; acknowledgements are true. Returns the number of steps. */
static unsigned converse(void)
{
	uint32_t sent[2] = {0, 0};
	unsigned n = 0;

	steps[n++] = (struct step){.dir = 0, .flags = S};
	steps[n++] = (struct step){.dir = 1, .flags = S | A};
	steps[n++] = (struct step){.dir = 0, .flags = A};
	while (n < STEPS - 2) {
		unsigned d = rnd(2);
		uint32_t len = rnd(4) ? rnd(40) : rnd(3000), again;

		if (sent[d] + len >= STREAM)
			break;
		again = rnd(5) ? 0 : rnd(sent[d] < 100 ? sent[d] + 1 : 100); /* sends some of it again */
		steps[n++] = (struct step){d, A, sent[d] - again, sent[!d], len + again};
		sent[d] += len;
	}
	for (unsigned d = 0; d < 2; d++)
		steps[n++] = (struct step){d, A | F, sent[d], sent[!d] + d, 0};
	return n;
}

/* Swaps as a capture does: near ones only, and nothing before the handshake. */
static void shuffle(unsigned n)
{
	for (unsigned i = 3; i + 4 < n; i++)
		if (rnd(8) == 0) {
			unsigned j = i + 1 + rnd(3);
			struct step s = steps[i];

			steps[i] = steps[j];
			steps[j] = s;
		}
}

static void replay(unsigned n, bool twice)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < (twice && rnd(4) == 0 ? 2 : 1); k++)
			rig_seg(&rig, steps[i].dir, steps[i].flags, steps[i].off, steps[i].ack,
			        stream[steps[i].dir] + steps[i].off, steps[i].len);
}

static void random_order(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		uint32_t total[2] = {0, 0};
		unsigned n;

		seed = round;
		for (unsigned d = 0; d < 2; d++)
			for (unsigned i = 0; i < STREAM; i++)
				stream[d][i] = (char)rnd(256);
		n = converse();
		for (unsigned i = 0; i < n; i++)
			if (steps[i].off + steps[i].len > total[steps[i].dir])
				total[steps[i].dir] = steps[i].off + steps[i].len;
		shuffle(n);
		rig_close(&rig);
		rig_open(&rig, &(struct net_options){0});
		rig.isn[0] = rnd(0xffffffff);
		replay(n, true);
		net_finish(rig.net, rig.ts);
		for (unsigned d = 0; d < 2; d++) {
			assert_int_equal(rig.heard.len[d], total[d]);
			assert_memory_equal(rig.heard.data[d], stream[d], total[d]);
		}
		assert_int_equal(rig_stats(&rig).holes, 0);
		assert_int_equal(rig_stats(&rig).differing_bytes, 0);
		assert_int_equal(rig_stats(&rig).connections, 1);
		assert_int_equal(rig.heard.fins, 2);
	}
}

/* With loss: every byte is either right or in a hole, and nothing is told twice. */
static void random_loss(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		uint32_t total[2] = {0, 0};
		unsigned n;

		seed = round + 1000;
		for (unsigned d = 0; d < 2; d++)
			memset(stream[d], 'a' + (int)d, STREAM);
		n = converse();
		for (unsigned i = 0; i < n; i++)
			if (steps[i].off + steps[i].len > total[steps[i].dir])
				total[steps[i].dir] = steps[i].off + steps[i].len;
		shuffle(n);
		for (unsigned i = 2; i + 2 < n; i++)
			if (rnd(10) == 0)
				steps[i].len = 0;
		rig_close(&rig);
		rig_open(&rig, &(struct net_options){0});
		replay(n, false);
		net_finish(rig.net, rig.ts);
		for (unsigned d = 0; d < 2; d++) {
			uint64_t right = 0;

			for (size_t i = 0; i < rig.heard.len[d]; i++)
				right += rig.heard.data[d][i] == 'a' + d;
			assert_int_equal(right + rig.heard.hole_bytes[d], total[d]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)
		T(fills),
		T(overlaps_first_wins),
		T(acknowledged),
		T(acknowledged_then_time_goes_by),
		T(not_acknowledged),
		T(never_acknowledged),
		T(one_side_only),
		T(end_of_capture),
		T(cause_before_effect),
		T(cause_never_seen),
		T(circular_claims),
		T(false_claims),
		T(unseen_fin_is_no_hole),
		T(flow_segments),
		T(flow_bytes),
		T(larger_than_the_bounds),
		T(long_segment_waits),
		T(random_order),
		T(random_loss),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
