/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of events say the same as the events did, after everything that those borrowed from is gone: for all captures
 * that are named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <regroup/capture.h>
#include <regroup/group.h>
#include <regroup/net.h>
#include <regroup/output.h>

#define BATCH 64

struct copies {
	struct group_event **copy;
	size_t n, cap;
	struct log *log[2]; /* text and JSON of the events themselves */
};

static struct log *open_log(FILE *out, bool json)
{
	const struct log_options o = { .out = out, .json = json, .verbose = 1, .uncollapsed = true };
	struct log *l = log_new(&o);

	assert_non_null(l);
	return l;
}

static void on_event(void *ctx, const struct group_event *e)
{
	struct copies *c = ctx;
	size_t bytes = 0;

	log_event(c->log[0], e);
	log_event(c->log[1], e);
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 64;
		c->copy = realloc(c->copy, c->cap * sizeof(struct group_event *));
		assert_non_null(c->copy);
	}
	c->copy[c->n] = group_event_copy(e, &bytes);
	assert_non_null(c->copy[c->n++]);
	assert_true(bytes >= sizeof(*e));
}

static void run(const char *file, struct copies *c)
{
	const struct cap_options o = { .files = &file, .n_files = 1 };
	const struct group_options g = { .ctx = c, .event = on_event };
	struct kafka_options k = { .memory = 0 };
	struct net_options n = { .memory = 0 };
	struct cap_packet packets[BATCH];
	int64_t now = 0;
	size_t got;
	char err[256];
	struct capture *capture = cap_open(&o, err, sizeof(err));
	struct groups *groups = groups_new(&g);
	struct kafka *kafka;
	struct net *net;

	assert_non_null(capture);
	k.sink = groups_kafka_sink(groups);
	kafka = kafka_new(&k);
	n.sink = kafka_net_sink(kafka);
	net = net_new(&n);
	while (cap_read(capture, packets, BATCH, &got) == CAP_PACKETS) {
		now = packets[got - 1].ts > now ? packets[got - 1].ts : now;
		net_packets(net, packets, got, NULL);
		groups_advance(groups, now);
	}
	net_finish(net, now);
	groups_finish(groups, now);
	net_free(net);
	kafka_free(kafka);
	groups_free(groups);
	cap_free(capture);
}

static void test_copies(void **state)
{
	const char *file = *state;
	struct copies c = { .n = 0 };
	char *text[4];
	size_t size[4];
	FILE *out[4];
	struct log *again[2];

	for (int i = 0; i < 4; i++)
		out[i] = open_memstream(&text[i], &size[i]);
	for (int i = 0; i < 2; i++) {
		c.log[i] = open_log(out[i], i);
		again[i] = open_log(out[i + 2], i);
	}
	run(file, &c);
	for (size_t i = 0; i < c.n; i++) {
		log_event(again[0], c.copy[i]);
		log_event(again[1], c.copy[i]);
		free(c.copy[i]);
	}
	for (int i = 0; i < 2; i++) {
		log_flush(c.log[i]);
		log_flush(again[i]);
		log_free(c.log[i]);
		log_free(again[i]);
	}
	for (int i = 0; i < 4; i++)
		fclose(out[i]);
	assert_string_equal(text[2], text[0]);
	assert_string_equal(text[3], text[1]);
	for (int i = 0; i < 4; i++)
		free(text[i]);
	free(c.copy);
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		const struct CMUnitTest test[] = { { argv[i], test_copies, NULL, NULL, argv[i] } };

		failed += cmocka_run_group_tests(test, NULL, NULL);
	}
	return failed || argc < 2;
}
