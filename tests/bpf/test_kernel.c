/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's program over the scripts, by BPF_PROG_TEST_RUN: it says of each packet what the model in user space says,
 * and in ring mode hands over all that is needed. Needs the right to load it, and says so where it is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "bpf/model.h"
#include "bpf/script.h"
#include "smart.h"

#define SKIPPED 77

/* NULL, told, where the kernel refuses. */
static struct smart *load(bool ring)
{
	const struct smart_options o = {
		.fd = -1, .link = SMART_RING_LINK, .ring = ring, .tested = true, .snaplen = 1 << 20,
	};
	char why[200];
	struct smart *s = smart_new(&o, why, sizeof(why));

	if (!s)
		print_message("SKIPPED: eBPF cannot be loaded here: %s\n", why);
	return s;
}

/* What the program returns. The test harness takes a link header off: 14 bytes that are not looked at. */
static uint32_t run_packet(const struct smart *s, const struct script_packet *p)
{
	static uint8_t data[14 + 70000];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = 14 + p->len, .repeat = 1);

	memset(data, 0, 14);
	data[12] = p->data[0] >> 4 == 6 ? 0x86 : 0x08;
	data[13] = p->data[0] >> 4 == 6 ? 0xdd : 0x00;
	memcpy(data + 14, p->data, p->len);
	assert_int_equal(bpf_prog_test_run_opts(smart_program(s), &opts), 0);
	return opts.retval;
}

/* The harness gives a packet no more room than a page: super-packets need real interfaces (tests/live). */
static bool fits(const struct script *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->packets[i].len > 3500)
			return false;
	return true;
}

static void same_as_the_model(void **state)
{
	(void)state;
	for (int kind = 0; kind < SCRIPT_KINDS; kind++) {
		struct script *s = script_new((enum script_kind)kind, 3);
		struct smart *kernel = load(false);
		struct model *m = model_new();
		size_t n = fits(s) ? s->n : 0;

		assert_non_null(kernel);
		for (size_t i = 0; i < n; i++) {
			const struct script_packet *p = &s->packets[i];
			uint32_t want = model_filter(m, p->data, p->len), got = run_packet(kernel, p);

			if (got != want)
				fail_msg("%s: packet %zu: the kernel keeps %u, the model %u", script_name((enum script_kind)kind),
					 i, got, want);
		}
		model_free(m);
		smart_free(kernel);
		script_free(s);
	}
}

/* Which of a stream's bytes the ring has brought: 1 the byte, 2 that it will not come. */
struct coverage {
	uint8_t *seen[2];
};

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void take(const struct script *s, struct coverage *c, const struct cap_packet *p)
{
	uint32_t net = p->data[0] >> 4 == 6 ? 40 : 20, have = p->caplen - net - 20, n = p->len - net - 20;
	unsigned dir = p->data[net] == 0x23;
	uint32_t at = u32(p->data + net + 4) - s->stream[dir].isn - 1;

	if (p->data[net + 13] & 2)
		return;
	assert_true(n >= have);
	for (uint32_t i = 0; i < n && at + i < s->stream[dir].n; i++) {
		if (i < have)
			assert_int_equal(p->data[net + 20 + i], s->stream[dir].bytes[at + i]);
		if (c->seen[dir][at + i] != 1)
			c->seen[dir][at + i] = i < have ? 1 : 2;
	}
}

static void drain(const struct script *s, struct smart *kernel, struct coverage *c)
{
	struct cap_packet out[64];
	size_t n;

	while (smart_read(kernel, out, 64, &n, 0, -1) == CAP_PACKETS)
		for (size_t i = 0; i < n; i++)
			take(s, c, &out[i]);
}

static void ring_run(enum script_kind kind)
{
	struct script *s = script_new(kind, 5);
	struct smart *kernel = load(true);
	struct coverage c = { { calloc(1, s->stream[0].n), calloc(1, s->stream[1].n) } };
	struct filter_counters counters;
	size_t n = fits(s) ? s->n : 0;

	assert_non_null(kernel);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(run_packet(kernel, &s->packets[i]), 0);
		if (i % 64 == 63)
			drain(s, kernel, &c);
	}
	drain(s, kernel, &c);
	smart_counters(kernel, &counters);
	assert_int_equal(counters.lost, 0);
	for (unsigned dir = 0; n > 0 && dir < 2; dir++)
		for (uint32_t i = s->no_syn ? 60 : 0; i < s->stream[dir].n; i++)
			if (c.seen[dir][i] != 1 && (s->stream[dir].needed[i] || c.seen[dir][i] == 0))
				fail_msg("%s: byte %u of direction %u: %u", script_name(kind), i, dir, c.seen[dir][i]);
	free(c.seen[0]);
	free(c.seen[1]);
	smart_free(kernel);
	script_free(s);
}

static void ring_brings_what_is_needed(void **state)
{
	(void)state;
	for (int kind = 0; kind < SCRIPT_KINDS; kind++)
		ring_run((enum script_kind)kind);
}

/* More than there is room for is lost, and counted. */
static void a_full_ring_is_counted(void **state)
{
	const struct smart_options o = {
		.fd = -1, .link = SMART_RING_LINK, .ring = true, .tested = true, .snaplen = 1 << 20, .buffer_kib = 64,
	};
	struct script *s = script_new(SCRIPT_RANDOM, 1);
	char why[200];
	struct smart *kernel = smart_new(&o, why, sizeof(why));
	struct filter_counters c;

	(void)state;
	assert_non_null(kernel);
	for (size_t i = 0; i < s->n; i++)
		run_packet(kernel, &s->packets[i]);
	smart_counters(kernel, &c);
	assert_true(c.lost > 0);
	assert_true(c.kept_packets > 0);
	smart_free(kernel);
	script_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_the_model),
		cmocka_unit_test(ring_brings_what_is_needed),
		cmocka_unit_test(a_full_ring_is_counted),
	};
	struct smart *s = load(true);

	smart_free(s);
	return s ? cmocka_run_group_tests(tests, NULL, NULL) : SKIPPED;
}
