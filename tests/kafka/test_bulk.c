/* SPDX-License-Identifier: Apache-2.0
 *
 * A Fetch response of 100 MB: what is kept of it, and what a loss inside its records costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/messages.h>

#include "talk.h"

enum {
	PARTITIONS = 100,
	RECORDS = 1 << 20, /* of each partition, in two batches */
	BATCH = RECORDS / 2,
	HEAD = 4 + 2 + 8 + 8 + 4, /* of a partition, with its aborted transactions: none */
	SEGMENT = 1448,
	KEPT = 20 << 10,
};

/* What came out of the last response. */
struct seen {
	int responses;
	enum kafka_status status;
	enum kf_status decoded;
	uint32_t kept, size;
	int partitions, batches;
	uint64_t records; /* bytes */
	int bulk_gaps;
};

struct feeder {
	struct kafka *k;
	struct net_sink in;
	struct net_conn net;
	struct seen seen;
	uint64_t frame, most_memory;
	uint8_t part[SEGMENT];
	uint32_t len;              /* bytes in `part` */
	uint64_t at, hole, hole_len; /* of the response, with its length prefix */
};

static void read_partition(struct seen *s, const struct fetch_response_partition *p)
{
	struct kf_records r = p->records;
	struct kf_batch b;

	assert_int_equal(p->partition_index, s->partitions);
	s->partitions++;
	s->records += r.size;
	while (kf_next_batch(&r, &b)) {
		assert_int_equal(b.size, BATCH);
		assert_int_equal(b.records, 7);
		s->batches++;
	}
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct seen *s = &((struct feeder *)ctx)->seen;
	struct fetch_response_partition p;
	struct fetch_response_response topic;
	struct fetch_response r;

	if (m->direction == KF_REQUEST)
		return;
	s->responses++;
	s->status = m->status;
	s->size = m->size;
	s->kept = m->body.len + m->body.n_skips * (uint32_t)sizeof(struct kf_skip);
	s->decoded = kf_decode(m->schema, m->version, &m->body, &r, NULL);
	kf_next(&r.responses, &topic); /* also when it is cut: then its first partitions are there */
	while (kf_next(&topic.partitions, &p))
		read_partition(s, &p);
}

static void on_gap(void *ctx, const struct kafka_gap *g)
{
	((struct feeder *)ctx)->seen.bulk_gaps += g->bulk_only;
}

static void deliver(struct feeder *f, unsigned dir, const void *data, uint64_t len)
{
	struct net_piece p = { .data = data, .len = len, .kind = data ? NET_DATA : NET_HOLE, .segment_start = true };
	struct kafka_stats stats;

	p.frame = ++f->frame;
	p.ts = (int64_t)f->frame * 1000;
	f->in.piece(f->in.ctx, &f->net, dir, &p);
	if (f->frame % 1000)
		return;
	kafka_get_stats(f->k, &stats);
	if (stats.memory > f->most_memory)
		f->most_memory = stats.memory;
}

/* One segment of the response, or the part of it that is not lost. */
static void send_part(struct feeder *f)
{
	uint64_t from = f->at, to = f->at + f->len, lost_from = f->hole, lost_to = f->hole + f->hole_len;

	f->at = to;
	if (to <= lost_from || from >= lost_to || f->hole_len == 0) {
		deliver(f, 1, f->part, f->len);
	} else {
		if (from < lost_from)
			deliver(f, 1, f->part, lost_from - from);
		if (from <= lost_from)
			deliver(f, 1, NULL, f->hole_len);
		if (to > lost_to)
			deliver(f, 1, f->part + (lost_to - from), to - lost_to);
	}
	f->len = 0;
}

static void put(struct feeder *f, unsigned bytes, int64_t value)
{
	while (bytes--) {
		f->part[f->len++] = (uint8_t)((uint64_t)value >> 8 * bytes);
		if (f->len == SEGMENT)
			send_part(f);
	}
}

static void put_batch_of(struct feeder *f, int64_t offset)
{
	put(f, 8, offset);
	put(f, 4, BATCH - 12);
	put(f, 4, 0);
	put(f, 1, 2);
	for (int i = 0; i < 5; i++)
		put(f, 8, 0);
	put(f, 4, 7); /* records: the last of the header's 61 bytes */
	for (int i = 61; i < BATCH; i++)
		put(f, 1, i * 31 + (i >> 8));
}

/* Fetch v4: one topic, PARTITIONS of it. */
static void send_response(struct feeder *f)
{
	const int64_t body = 4 + 4 + 2 + 1 + 4 + (int64_t)PARTITIONS * (HEAD + 4 + RECORDS);

	f->at = 0;
	put(f, 4, 4 + body);
	put(f, 4, 1); /* correlation */
	put(f, 4, 0);
	put(f, 4, 1);
	put(f, 2, 1);
	put(f, 1, 't');
	put(f, 4, PARTITIONS);
	for (int i = 0; i < PARTITIONS; i++) {
		put(f, 4, i);
		put(f, 2, 0);
		put(f, 8, 5);
		put(f, 8, 5);
		put(f, 4, 0);
		put(f, 4, RECORDS);
		put_batch_of(f, 0);
		put_batch_of(f, 7);
	}
	if (f->len)
		send_part(f);
}

/* Where the records of a partition begin in the frame, its length prefix counted. */
static uint64_t records_of(unsigned partition)
{
	return 4 + 4 + 4 + 4 + 2 + 1 + 4 + (uint64_t)partition * (HEAD + 4 + RECORDS) + HEAD + 4;
}

static struct seen fetch(uint64_t hole, uint64_t hole_len)
{
	static const uint8_t request[] = {
		0, 0, 0, 8 + 4 + 21, 0, 1, 0, 4, 0, 0, 0, 1, 0, 2, 'c', '1',      /* Fetch v4 */
		255, 255, 255, 255, 0, 0, 1, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0, /* replica -1, ..., no topics */
	};
	struct feeder f = { .hole = hole, .hole_len = hole_len };
	struct kafka_options o = { .sink = { .ctx = &f, .message = on_message, .gap = on_gap } };

	f.k = kafka_new(&o);
	assert_non_null(f.k);
	f.in = kafka_net_sink(f.k);
	fake_conn(&f.net, 1, true);
	deliver(&f, 0, request, sizeof(request));
	send_response(&f);
	f.in.end(f.in.ctx, &f.net, 0, NET_STOP, 0, 0);
	kafka_free(f.k);
	print_message("%u bytes, %u kept, %llu of memory, %d batches\n", f.seen.size, f.seen.kept,
		      (unsigned long long)f.most_memory, f.seen.batches);
	assert_int_equal(f.seen.responses, 1);
	assert_in_range(f.most_memory, 1, 128 << 10);
	return f.seen;
}

/* Every partition is there, with all its bytes. */
static void whole(const struct seen *s)
{
	assert_int_equal(s->status, KAFKA_OK);
	assert_int_equal(s->decoded, KF_OK);
	assert_true(s->size > 100u << 20);
	assert_in_range(s->kept, 1, KEPT);
	assert_int_equal(s->partitions, PARTITIONS);
	assert_int_equal(s->records, (uint64_t)PARTITIONS * RECORDS);
}

static void a_large_response_is_not_kept(void **state)
{
	struct seen s = fetch(0, 0);

	(void)state;
	whole(&s);
	assert_int_equal(s.batches, 2 * PARTITIONS);
	assert_int_equal(s.bulk_gaps, 0);
}

static void a_loss_inside_a_batch_costs_nothing(void **state)
{
	struct seen s = fetch(records_of(30) + 5000, 100000);

	(void)state;
	whole(&s);
	assert_int_equal(s.batches, 2 * PARTITIONS);
	assert_int_equal(s.bulk_gaps, 1);
}

static void a_loss_over_a_batchs_end_costs_the_next_batch(void **state)
{
	struct seen s = fetch(records_of(30) + BATCH - 1000, 3000);

	(void)state;
	whole(&s);
	assert_int_equal(s.batches, 2 * PARTITIONS - 1);
	assert_int_equal(s.bulk_gaps, 1);
}

static void a_loss_in_a_batchs_header_costs_its_partitions_batches(void **state)
{
	struct seen s = fetch(records_of(30) + 20, 1448);

	(void)state;
	whole(&s);
	assert_int_equal(s.batches, 2 * PARTITIONS - 2);
}

/* What comes between two partitions is no record: the ones before it are there. */
static void a_loss_over_a_partitions_head_cuts(void **state)
{
	struct seen s = fetch(records_of(30) - 10, 1448);

	(void)state;
	assert_int_equal(s.status, KAFKA_TRUNCATED);
	assert_int_equal(s.decoded, KF_TRUNCATED);
	assert_in_range(s.partitions, 30, 31);
	assert_int_equal(s.batches, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_response_is_not_kept),
		cmocka_unit_test(a_loss_inside_a_batch_costs_nothing),
		cmocka_unit_test(a_loss_over_a_batchs_end_costs_the_next_batch),
		cmocka_unit_test(a_loss_in_a_batchs_header_costs_its_partitions_batches),
		cmocka_unit_test(a_loss_over_a_partitions_head_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
