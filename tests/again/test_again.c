/* SPDX-License-Identifier: Apache-2.0
 *
 * A heartbeat that was sent before goes a short way, and so does a commit that differs in its offsets alone. Nothing that is
 * told may show it: who listens without that way hears the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/output.h>

#include "chatter.h"

#define OFFSET_COMMIT 8

/* What is heard, and by which way. */
struct listener {
	struct groups *groups;
	struct kafka_sink inner;
	struct kafka *kafka;
	struct log *log;
	FILE *out;
	char *text;
	size_t len;
	uint64_t short_requests[2], short_answers[2]; /* heartbeats, commits */
};

static enum kafka_want want(void *ctx, int16_t key, enum kf_direction d)
{
	const struct listener *l = ctx;

	return l->inner.want(l->inner.ctx, key, d);
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	const struct listener *l = ctx;

	l->inner.message(l->inner.ctx, m);
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t key, uint64_t note)
{
	const struct listener *l = ctx;

	l->inner.dropped(l->inner.ctx, c, key, note);
}

static void on_gap(void *ctx, const struct kafka_gap *g)
{
	const struct listener *l = ctx;

	l->inner.gap(l->inner.ctx, g);
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event e, enum kf_direction from, int64_t ts,
			  uint64_t frame)
{
	const struct listener *l = ctx;

	l->inner.connection(l->inner.ctx, c, e, from, ts, frame);
}

static bool on_again(void *ctx, struct kafka_again *a)
{
	struct listener *l = ctx;
	bool taken = l->inner.again(l->inner.ctx, a);

	l->short_requests[a->api_key == OFFSET_COMMIT] += taken;
	return taken;
}

static bool on_answered(void *ctx, const struct kafka_again *a)
{
	struct listener *l = ctx;
	bool taken = l->inner.answered(l->inner.ctx, a);

	l->short_answers[a->api_key == OFFSET_COMMIT] += taken;
	return taken;
}

static void listener_init(struct listener *l, bool short_way)
{
	struct kafka_options o = { .sink = { .ctx = l, .want = want, .message = on_message, .dropped = on_dropped,
					     .gap = on_gap, .connection = on_connection } };

	memset(l, 0, sizeof(*l));
	if (short_way) {
		o.sink.again = on_again;
		o.sink.answered = on_answered;
	}
	l->out = open_memstream(&l->text, &l->len);
	assert_non_null(l->out);
	l->log = log_new(&(struct log_options){ .out = l->out, .json = true });
	l->groups = groups_new(&(struct group_options){ .ctx = l->log, .event = log_event });
	l->inner = groups_kafka_sink(l->groups);
	l->kafka = kafka_new(&o);
}

static void show_partitions(FILE *out, const struct group_view_member *m)
{
	for (size_t i = 0; i < m->n_partitions; i++)
		fprintf(out, "    %s-%d %lld\n", m->partitions[i].topic, m->partitions[i].partition,
			(long long)m->partitions[i].committed);
}

/* What the groups look like at the end. */
static void show(void *ctx, const struct group_view *v)
{
	FILE *out = ctx;

	fprintf(out, "%s %s %d %s\n", v->name, v->state ? v->state : "-", v->generation, v->coordinator ? v->coordinator : "-");
	fprintf(out, "%lu %lu %lld %lld\n", (unsigned long)v->commits, (unsigned long)v->commits_refused,
		(long long)v->commit_latency, (long long)v->commit_latency_most);
	for (size_t i = 0; i < v->n_members; i++) {
		fprintf(out, "  %s %s %s %s %s\n", v->members[i].member, v->members[i].instance ? v->members[i].instance : "-",
			v->members[i].client_id ? v->members[i].client_id : "-",
			v->members[i].host ? v->members[i].host : "-",
			v->members[i].software ? v->members[i].software : "-");
		show_partitions(out, &v->members[i]);
	}
}

static void show_counts(const struct listener *l)
{
	struct kafka_stats k;
	struct group_stats g;

	kafka_get_stats(l->kafka, &k);
	groups_get_stats(l->groups, &g);
	fprintf(l->out, "%lu %lu %lu %lu %lu %lu %lu\n", (unsigned long)k.messages, (unsigned long)k.requests,
		(unsigned long)k.responses, (unsigned long)k.unanswered, (unsigned long)k.no_request, (unsigned long)g.members,
		(unsigned long)g.events);
}

static void listener_done(struct listener *l, int64_t now)
{
	groups_each(l->groups, l->out, show);
	groups_finish(l->groups, now);
	show_counts(l);
	log_flush(l->log);
	kafka_free(l->kafka);
	groups_free(l->groups);
	log_free(l->log);
	fclose(l->out);
}

static void hear(struct listener *l, uint64_t seed, int steps)
{
	struct chatter c;

	chatter_init(&c, kafka_net_sink(l->kafka), seed);
	for (int i = 0; i < steps; i++)
		chatter_step(&c);
	groups_each(l->groups, l->out, show);
	chatter_end(&c);
	listener_done(l, c.now);
}

static void both_ways_tell_the_same(void **state)
{
	uint64_t requests[2] = { 0, 0 }, answers[2] = { 0, 0 };

	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct listener with, without;

		listener_init(&with, true);
		listener_init(&without, false);
		hear(&with, seed, 1500);
		hear(&without, seed, 1500);
		if (strcmp(with.text, without.text) != 0)
			print_error("seed %lu\n", (unsigned long)seed);
		assert_string_equal(with.text, without.text);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(without.short_requests[i], 0);
			requests[i] += with.short_requests[i];
			answers[i] += with.short_answers[i];
		}
		free(with.text);
		free(without.text);
	}
	assert_true(requests[0] > 10000 && requests[1] > 5000);
	assert_true(answers[0] > 5000 && answers[1] > 2500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_tell_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
