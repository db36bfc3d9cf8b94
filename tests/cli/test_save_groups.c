/* SPDX-License-Identifier: Apache-2.0
 *
 * Which packets --save groups lets through, in which order, and that what waits stays in its bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "save_groups.h"

#define MS INT64_C(1000000)

static uint8_t data[1u << 21];

struct written {
	uint64_t n, last, sum;
	int fail_at; /* 0: never */
};

/* The first bytes of a packet say which it is. */
static int on_write(void *ctx, const struct cap_packet *p)
{
	struct written *w = ctx;
	uint64_t frame;

	memcpy(&frame, p->data, sizeof(frame));
	assert_true(frame == p->frame);
	assert_true(p->frame > w->last);
	assert_int_equal(p->data[p->caplen - 1], (uint8_t)p->frame);
	w->last = p->frame;
	w->sum += p->frame;
	if (w->fail_at && ++w->n == (uint64_t)w->fail_at) {
		errno = ENOSPC;
		return -1;
	}
	w->n += !w->fail_at;
	return 0;
}

static int add(struct save_groups *g, uint64_t frame, uint32_t size, int64_t ts, struct net_seen seen)
{
	struct cap_packet p = { .data = data, .ts = ts, .frame = frame, .caplen = size, .len = size, .link = 1 };

	memcpy(data, &frame, sizeof(frame));
	data[size - 1] = (uint8_t)frame;
	return save_groups_add(g, &p, &seen);
}

static void speak(const struct kafka_sink *sink, uint64_t conn, int16_t api_key)
{
	struct kafka_conn c = { .id = conn };
	const struct kafka_message m = { .conn = &c, .api_key = api_key };

	sink->message(sink->ctx, &m);
}

static struct save_groups *open_one(struct written *w, struct kafka_sink *sink)
{
	struct save_groups *g = save_groups_new(on_write, w);

	assert_non_null(g);
	*sink = save_groups_sink(g, (struct kafka_sink){ .ctx = NULL });
	return g;
}

static void sizes_of_all_kinds_come_in_order(void **state)
{
	static const uint32_t sizes[] = { 4096, 66, 1 << 19, 1500, (1 << 20) + 1, 9, 65536 };

	(void)state;
	for (size_t kind = 0; kind <= sizeof(sizes) / sizeof(sizes[0]); kind++) {
		struct written w = { 0 };
		struct kafka_sink sink;
		struct save_groups *g = open_one(&w, &sink);

		speak(&sink, 1, 12);
		for (uint64_t i = 1; i <= 30000; i++) {
			uint32_t size = kind < 7 ? sizes[kind] : sizes[i * i % 7];

			assert_int_equal(add(g, i, size, (int64_t)i, (struct net_seen){ .conn = 1, .nth = i }), 0);
		}
		assert_true(w.n >= 30000 - 8192);
		assert_int_equal(save_groups_flush(g), 0);
		assert_int_equal(w.n, 30000);
		save_groups_free(g);
	}
}

static void the_beginning_is_saved_too(void **state)
{
	struct written w = { 0 };
	struct kafka_sink sink;
	struct save_groups *g = open_one(&w, &sink);

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		add(g, i, 60, 0, (struct net_seen){ .conn = 1 + i % 2, .nth = (i + 1) / 2 });
	speak(&sink, 2, 11);
	speak(&sink, 1, 1); /* Fetch */
	speak(&sink, 1, 10); /* FindCoordinator */
	save_groups_flush(g);
	assert_int_equal(w.n, 50);
	assert_int_equal(w.last, 99);
	save_groups_free(g);
}

static void bulk_is_not_kept_for_long(void **state)
{
	struct written w = { 0 };
	struct kafka_sink sink;
	struct save_groups *g = open_one(&w, &sink);

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		add(g, i, 1500, 0, (struct net_seen){ .conn = 7, .nth = i });
	speak(&sink, 7, 14);
	add(g, 1001, 1500, 0, (struct net_seen){ .conn = 7, .nth = 1001 });
	save_groups_flush(g);
	assert_int_equal(w.n, 64 + 1);
	save_groups_free(g);
}

static void what_waits_long_is_decided(void **state)
{
	struct written w = { 0 };
	struct kafka_sink sink;
	struct save_groups *g = open_one(&w, &sink);

	(void)state;
	add(g, 1, 60, 0, (struct net_seen){ .conn = 1, .nth = 1 });
	add(g, 2, 60, 0, (struct net_seen){ .conn = 2, .nth = 1 });
	speak(&sink, 2, 11);
	add(g, 3, 60, 1999 * MS, (struct net_seen){ .conn = 2, .nth = 2 });
	assert_int_equal(w.n, 0);
	add(g, 4, 60, 2000 * MS, (struct net_seen){ .conn = 2, .nth = 3 });
	assert_int_equal(w.n, 1);
	speak(&sink, 1, 11); /* too late for its first packet */
	save_groups_flush(g);
	assert_int_equal(w.n, 3);
	save_groups_free(g);
}

static void fragments_are_saved_and_others_not(void **state)
{
	struct written w = { 0 };
	struct kafka_sink sink;
	struct save_groups *g = open_one(&w, &sink);

	(void)state;
	add(g, 1, 60, 0, (struct net_seen){ .fragment = true });
	add(g, 2, 60, 0, (struct net_seen){ .conn = 0 });
	save_groups_flush(g);
	assert_int_equal(w.n, 1);
	assert_int_equal(w.last, 1);
	save_groups_free(g);
}

static void a_write_that_fails_is_told(void **state)
{
	struct written w = { .fail_at = 3 };
	struct kafka_sink sink;
	struct save_groups *g = open_one(&w, &sink);
	int r = 0;

	(void)state;
	speak(&sink, 1, 12);
	for (uint64_t i = 1; i <= 20000 && r == 0; i++)
		r = add(g, i, 60, 0, (struct net_seen){ .conn = 1, .nth = i });
	assert_int_equal(r, -1);
	assert_int_equal(errno, ENOSPC);
	save_groups_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_of_all_kinds_come_in_order),
		cmocka_unit_test(the_beginning_is_saved_too),
		cmocka_unit_test(bulk_is_not_kept_for_long),
		cmocka_unit_test(what_waits_long_is_decided),
		cmocka_unit_test(fragments_are_saved_and_others_not),
		cmocka_unit_test(a_write_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
