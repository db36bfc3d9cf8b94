/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracker in user space: no byte of a head or of a group message is ever cut, bulk is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/model.h"
#include "bpf/script.h"

static uint32_t kept_payload(const struct script_packet *p, uint32_t keep)
{
	uint32_t headers = p->len - p->payload;

	assert_true(keep >= headers || !p->payload);
	return keep < headers ? 0 : (keep < p->len ? keep : p->len) - headers;
}

/* Runs a script; returns the share of bulk that was kept, in percent. */
static unsigned run(enum script_kind kind, uint32_t seed)
{
	struct script *s = script_new(kind, seed);
	struct model *m = model_new();
	uint64_t bulk = 0, kept_bulk = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct script_packet *p = &s->packets[i];
		uint32_t kept = kept_payload(p, model_filter(m, p->data, p->len));
		const uint8_t *needed = s->stream[p->dir].needed + p->at;

		for (uint32_t k = 0; k < p->payload; k++) {
			if (needed[k] && k >= kept)
				fail_msg("%s, seed %u: packet %zu: byte %u of %u is needed, %u are kept",
					 script_name(kind), seed, i, k, p->payload, kept);
			bulk += !needed[k];
			kept_bulk += !needed[k] && k < kept;
		}
	}
	script_free(s);
	model_free(m);
	return (unsigned)(kept_bulk * 100 / bulk);
}

/* How much of the bulk may be kept where a segment's needed bytes come behind it, or the position was lost. */
static const unsigned most[SCRIPT_KINDS] = {
	[SCRIPT_SEGMENTS] = 10, [SCRIPT_BYTES] = 0, [SCRIPT_RANDOM] = 2, [SCRIPT_SUPER] = 100, [SCRIPT_LOSS] = 40,
	[SCRIPT_REORDER] = 60, [SCRIPT_DUPLICATE] = 12, [SCRIPT_MIDSTREAM] = 100, [SCRIPT_WRAP] = 10, [SCRIPT_SIX] = 10,
	[SCRIPT_PRODUCE] = 50,
};

static void nothing_needed_is_cut(void **state)
{
	(void)state;
	for (int kind = 0; kind < SCRIPT_KINDS; kind++) {
		for (uint32_t seed = 1; seed <= (kind == SCRIPT_BYTES ? 2 : 20); seed++) {
			unsigned share = run((enum script_kind)kind, seed);

			if (share > most[kind])
				fail_msg("%s, seed %u: %u %% of the bulk is kept", script_name((enum script_kind)kind),
					 seed, share);
		}
	}
}

/* Parts are ascending, inside the segment, and with their tails cover all that is needed: what ring mode hands over. */
static void parts_cover_what_is_needed(void **state)
{
	static uint32_t parts[4096][3];
	struct script *s = script_new(SCRIPT_SUPER, 7);
	struct model *m = model_new();

	(void)state;
	for (size_t i = 0; i < s->n; i++) {
		const struct script_packet *p = &s->packets[i];
		uint32_t seq, end, reached = 0;
		bool whole;

		model_filter(m, p->data, p->len);
		if (!model_payload(m, &seq, &end, &whole) || whole)
			continue;
		size_t n = model_parts(m, parts, 4096);
		for (size_t k = 0; k < n; k++) {
			uint32_t from = parts[k][0] - seq, to = parts[k][1] - seq;

			assert_true(from >= reached && to >= from && to <= p->payload);
			for (uint32_t b = reached; b < from; b++)
				assert_int_equal(s->stream[p->dir].needed[p->at + b], 0);
			reached = to;
		}
		for (uint32_t b = reached; b < p->payload; b++)
			assert_int_equal(s->stream[p->dir].needed[p->at + b], 0);
	}
	script_free(s);
	model_free(m);
}

static struct script *empty(void)
{
	struct script *s = script_new(SCRIPT_SEGMENTS, 1);

	s->stream[0].n = s->stream[1].n = 0;
	for (size_t i = 0; i < s->n; i++)
		free(s->packets[i].data);
	s->n = 0;
	script_packet(s, 0, 0, 0, 2);
	script_packet(s, 1, 0, 0, 18);
	return s;
}

static uint32_t filter(struct model *m, const struct script *s, size_t i)
{
	return model_filter(m, s->packets[i].data, s->packets[i].len);
}

static void an_answer_before_its_request(void **state)
{
	struct script *s = empty();
	struct model *m = model_new();

	(void)state;
	script_request(s, 1, 12, 5, 60);
	script_answer(s, 5, 5000, true);
	script_packet(s, 1, 0, 5004, 16);
	script_packet(s, 0, 0, 64, 16);
	for (size_t i = 0; i < 2; i++)
		filter(m, s, i);
	assert_int_equal(filter(m, s, 2), 40 + 5004); /* nobody asked: whole */
	assert_int_equal(filter(m, s, 3), 40 + 64);
	assert_int_equal(filter(m, s, 2), 40 + 5004); /* a retransmission of what was whole may be cut, need not */
	script_free(s);
	model_free(m);
}

static void a_correlation_id_that_comes_again(void **state)
{
	struct script *s = empty();
	struct model *m = model_new();

	(void)state;
	script_request(s, 1, 12, 5, 60);
	script_answer(s, 5, 5000, true);
	script_request(s, 14, 5, 5, 60);
	script_answer(s, 5, 5000, false);
	script_packet(s, 0, 0, 64, 16);
	script_packet(s, 1, 0, 5004, 16);
	script_packet(s, 0, 64, 64, 16);
	script_packet(s, 1, 5004, 5004, 16);
	for (size_t i = 0; i < 3; i++)
		filter(m, s, i);
	assert_int_equal(filter(m, s, 3), 40 + 128);
	filter(m, s, 4);
	assert_int_equal(filter(m, s, 5), 40 + 5004); /* SyncGroup's answer is no bulk, whatever its number was once */
	script_free(s);
	model_free(m);
}

/* A SYN again, and one of another connection on the same addresses. */
static void syns(void **state)
{
	struct script *s = empty();
	struct model *m = model_new();

	(void)state;
	script_request(s, 0, 9, 1, 5000);
	script_packet(s, 0, 0, 2000, 16);
	script_packet(s, 0, 0, 0, 2);
	script_packet(s, 0, 2000, 3004, 16);
	filter(m, s, 0);
	assert_int_equal(filter(m, s, 2), 40 + 128);
	filter(m, s, 3);
	assert_int_equal(filter(m, s, 4), 40); /* still in the body */
	s->stream[0].isn += 100000;
	script_packet(s, 0, 0, 0, 2);
	script_packet(s, 0, 0, 2000, 16);
	filter(m, s, 5);
	assert_int_equal(filter(m, s, 6), 40 + 128);
	script_free(s);
	model_free(m);
}

#define BUSY_FRAMES 400

/* A direction that is never idle, of frames that are shorter than its segments: one segment is lost for good. Returns how many
 * of those behind it are kept whole. */
static unsigned whole_after_a_loss(unsigned dir)
{
	struct script *s = empty();
	struct model *m = model_new();
	unsigned n = 0;
	uint32_t lost;

	for (int32_t id = 1; id <= BUSY_FRAMES; id++)
		script_request(s, dir ? 1 : 0, dir ? 12 : 9, id, dir ? 60 : 9000);
	for (int32_t id = 1; dir && id <= BUSY_FRAMES; id++)
		script_answer(s, id, 9000, true);
	for (uint32_t at = 0; dir && at < s->stream[0].n; at += 1000)
		script_packet(s, 0, at, s->stream[0].n - at < 1000 ? s->stream[0].n - at : 1000, 16);
	lost = (uint32_t)s->n + 3;
	for (uint32_t at = 0; at + 60000 <= s->stream[dir].n; at += 60000)
		script_packet(s, dir, at, 60000, 16);
	assert_true(s->n > lost + 20);
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t seq, end;
		bool whole;

		if (i == lost)
			continue;
		filter(m, s, i);
		n += i > lost && model_payload(m, &seq, &end, &whole) && whole;
	}
	script_free(s);
	model_free(m);
	return n;
}

static void the_position_is_found_again(void **state)
{
	(void)state;
	assert_true(whole_after_a_loss(0) <= 1);
	assert_true(whole_after_a_loss(1) <= 1);
}

/* Loopback has two processors send: a segment of bulk is overtaken by the one with the next frame's head. Neither is kept whole,
 * and of a head that was overtaken itself nothing is cut. */
static void bulk_that_is_overtaken(void **state)
{
	static const uint32_t order[] = { 0, 2, 1, 3, 4, 6, 5, 7 };
	struct script *s = empty();
	struct model *m = model_new();

	(void)state;
	for (int32_t id = 1; id <= 4; id++)
		script_request(s, 0, 9, id, 100000 - 4);
	for (size_t i = 0; i < 8; i++) /* heads are in the segments 0, 2, 4 and 6 */
		script_packet(s, 0, order[i] * 50000, 50000, 16);
	filter(m, s, 0);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(filter(m, s, i + 2), 40 + (order[i] % 2 ? 0 : 128));
	script_packet(s, 0, 250000, 51000, 16); /* sent again, cut elsewhere: its end is a head */
	script_packet(s, 0, 150000, 50000, 16); /* of a frame that was two ago */
	assert_int_equal(filter(m, s, 10), 40 + 51000);
	assert_int_equal(filter(m, s, 11), 40 + 50000);
	script_free(s);
	model_free(m);
}

/* A head's end comes late, and bulk behind it later still, when it was told that bulk is missing only from a later segment on. */
static void a_head_whose_end_is_overtaken(void **state)
{
	struct script *s = empty();
	struct model *m = model_new();

	(void)state;
	script_request(s, 0, 9, 1, 9000 - 4);
	script_request(s, 0, 9, 2, 9000 - 4);
	script_packet(s, 0, 0, 100, 16);
	script_packet(s, 0, 3000, 3000, 16);
	script_packet(s, 0, 100, 900, 16);
	script_packet(s, 0, 1000, 2000, 16);
	filter(m, s, 0);
	assert_int_equal(filter(m, s, 2), 40 + 100);
	assert_int_equal(filter(m, s, 3), 40);
	assert_int_equal(filter(m, s, 4), 40 + 900);
	assert_int_equal(filter(m, s, 5), 40 + 2000);
	script_free(s);
	model_free(m);
}

/* One segment each, as a client that waits for its answers sends them. */
static uint32_t kept_of_request(unsigned nth, int16_t version, uint32_t size, const char *behind_id)
{
	struct script *s = empty();
	struct model *m = model_new();
	uint32_t kept = 0;

	filter(m, s, 0);
	for (unsigned i = 0; i < nth; i++) {
		uint32_t at = s->stream[0].n;

		script_request(s, 0, version, (int32_t)i, size);
		memcpy(s->stream[0].bytes + at + 20, behind_id, 2);
		script_packet(s, 0, at, size + 4, 16);
		kept = filter(m, s, s->n - 1) - 40;
	}
	script_free(s);
	model_free(m);
	return kept;
}

static void heads_of_produce_become_short(void **state)
{
	(void)state;
	assert_int_equal(kept_of_request(64, 9, 16000, "\0\0"), 128);
	assert_int_equal(kept_of_request(65, 9, 16000, "\0\0"), 30); /* the client id has 6 bytes */
	assert_int_equal(kept_of_request(65, 7, 16000, "\xff\xff"), 30);
	assert_int_equal(kept_of_request(65, 2, 16000, "\0\1"), 30);
	assert_int_equal(kept_of_request(65, 9, 16000, "\0\5"), 128); /* a transactional id */
	assert_int_equal(kept_of_request(65, 7, 16000, "\0\4"), 128);
	assert_int_equal(kept_of_request(65, 9, 16000, "\1\0"), 128); /* tags */
	assert_int_equal(kept_of_request(65, 9, 40000, "\0\0"), 128);
	assert_int_equal(kept_of_request(65, 9, 1020, "\0\0"), 1024);
}

static void tls_is_cut_behind_its_beginning(void **state)
{
	static uint8_t packet[40 + 60000];
	struct script *s = empty();
	struct model *m = model_new();

	(void)state;
	script_request(s, 0, 9, 1, 50000);
	memcpy(s->stream[0].bytes, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9);
	script_packet(s, 0, 0, 20000, 16);
	script_packet(s, 0, 20000, 20000, 16);
	script_packet(s, 0, 100, 200, 16);
	filter(m, s, 0);
	assert_int_equal(filter(m, s, 2), 40 + 16384);
	assert_int_equal(filter(m, s, 3), 40);
	assert_true(filter(m, s, 4) <= sizeof(packet));
	script_free(s);
	model_free(m);
}

/* Random bytes, from any position: no reading outside (sanitizers), no endless loop. */
static void noise(void **state)
{
	struct model *m = model_new();
	uint8_t packet[2048];
	uint32_t x = 12345;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t len = 20 + x % 2000;

		for (uint32_t k = 0; k < len; k++) {
			x = x * 1664525 + 1013904223;
			packet[k] = x >> 24 < 100 ? 0 : (uint8_t)(x >> 20);
		}
		packet[0] = i % 3 ? 0x45 : 0x60;
		packet[9] = packet[6] = 6;
		if (i % 3)
			packet[6] = packet[7] = 0;
		assert_true(model_filter(m, packet, len) <= len);
	}
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_needed_is_cut),
		cmocka_unit_test(parts_cover_what_is_needed),
		cmocka_unit_test(an_answer_before_its_request),
		cmocka_unit_test(a_correlation_id_that_comes_again),
		cmocka_unit_test(syns),
		cmocka_unit_test(the_position_is_found_again),
		cmocka_unit_test(bulk_that_is_overtaken),
		cmocka_unit_test(a_head_whose_end_is_overtaken),
		cmocka_unit_test(heads_of_produce_become_short),
		cmocka_unit_test(tls_is_cut_behind_its_beginning),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
