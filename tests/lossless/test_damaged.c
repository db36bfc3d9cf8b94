/* SPDX-License-Identifier: Apache-2.0
 *
 * Damaged captures. Packets that are missing may cost knowledge, but nothing is invented: every generation that is told
 * is one of the whole capture's, told once, and what is said at C3 is what the whole capture says. Bytes that lie
 * (flipped, spliced, extreme lengths) may lead to anything but harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <regroup/group.h>
#include <regroup/kafka.h>
#include <regroup/net.h>
#include <stdlib.h>
#include <string.h>

#include "rewrite.h"

#define MAX_TOLD 256
#define SEEDS 24

static const char *const captures[] = { "captures/rolling-restart.pcap.zst", "captures/cooperative.pcap.zst",
	                                "captures/coordinator-kill.pcap.zst", "captures/static-bounce.pcap.zst",
	                                "captures/old-clients.pcap.zst", "captures/sasl-raw.pcap.zst" };

/* A rebalance that reached a generation. */
struct told {
	char group[32];
	int32_t generation;
	uint8_t cause, confidence;
	uint8_t also[8];
	size_t n_also;
	bool complete;
};

struct story {
	struct told told[MAX_TOLD];
	size_t n;
};

static void hear(void *ctx, const struct group_event *e)
{
	const struct group_rebalance *r = &e->rebalance;
	struct story *s = ctx;
	struct told *t;

	if (e->type != GROUP_EVENT_REBALANCE || (r->outcome != GROUP_STABLE && r->outcome != GROUP_EMPTY))
		return;
	assert_true(s->n < MAX_TOLD);
	t = &s->told[s->n++];
	strncpy(t->group, e->group, sizeof(t->group) - 1);
	t->generation = r->generation;
	t->cause = r->cause.id;
	t->confidence = r->cause.confidence;
	t->complete = r->complete;
	for (size_t i = 0; i < r->n_also && i < 8; i++)
		t->also[t->n_also++] = r->also[i].id;
}

static void run(const struct packets *p, struct story *s)
{
	struct groups *g = groups_new(&(struct group_options){ .ctx = s, .event = hear });
	struct kafka *k = kafka_new(&(struct kafka_options){ .sink = groups_kafka_sink(g) });
	struct net *n = net_new(&(struct net_options){ .sink = kafka_net_sink(k) });
	int64_t last = 0;

	for (size_t i = 0; i < p->n; i++) {
		net_packet(n, &p->packet[i]);
		last = p->packet[i].ts > last ? p->packet[i].ts : last;
	}
	net_finish(n, last);
	groups_finish(g, last);
	net_free(n);
	kafka_free(k);
	groups_free(g);
}

static const struct told *find(const struct story *s, const struct told *t)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->told[i].generation == t->generation && strcmp(s->told[i].group, t->group) == 0)
			return &s->told[i];
	return NULL;
}

static bool accepts(const struct told *whole, uint8_t cause)
{
	for (size_t i = 0; i < whole->n_also; i++)
		if (whole->also[i] == cause)
			return true;
	return whole->cause == cause;
}

static void assert_nothing_invented(const struct story *whole, const struct story *damaged, const char *capture)
{
	for (size_t i = 0; i < damaged->n; i++) {
		const struct told *t = &damaged->told[i];
		const struct told *truth = find(whole, t);

		if (!truth)
			fail_msg("%s: %s generation %d was never reached", capture, t->group, t->generation);
		if (find(damaged, t) != t)
			fail_msg("%s: %s generation %d is told twice", capture, t->group, t->generation);
		if (t->confidence == 3 && !accepts(truth, t->cause))
			fail_msg("%s: %s generation %d: R%d is called sure, it was R%d", capture, t->group, t->generation,
			         t->cause, truth->cause);
	}
}

static void with_damage(void (*damage)(const struct packets *, struct packets *, uint32_t), bool lies)
{
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		struct packets in = { NULL, 0, 0 };
		struct story *whole = calloc(1, sizeof(*whole));

		assert_non_null(whole);
		packets_read(&in, captures[i]);
		run(&in, whole);
		assert_true(whole->n > 0);
		for (uint32_t seed = 1; seed <= SEEDS; seed++) {
			struct packets out = { NULL, 0, 0 };
			struct story *got = calloc(1, sizeof(*got));

			assert_non_null(got);
			damage(&in, &out, seed);
			run(&out, got);
			if (!lies)
				assert_nothing_invented(whole, got, captures[i]);
			free(got);
			packets_free(&out);
		}
		free(whole);
		packets_free(&in);
	}
}

static void single_packets_missing(void **state)
{
	(void)state;
	with_damage(damage_drop, false);
}

static void stretches_missing(void **state)
{
	(void)state;
	with_damage(damage_stretches, false);
}

static void the_beginning_missing(void **state)
{
	(void)state;
	with_damage(damage_beginning, false);
}

static void connections_missing(void **state)
{
	(void)state;
	with_damage(damage_connections, false);
}

static void answers_of_some_missing(void **state)
{
	(void)state;
	with_damage(damage_half_heard, false);
}

static void answers_missing(void **state)
{
	(void)state;
	with_damage(damage_requests_only, false);
}

static void requests_missing(void **state)
{
	(void)state;
	with_damage(damage_responses_only, false);
}

static void packets_cut_short(void **state)
{
	(void)state;
	with_damage(damage_snaplen, false);
}

static void bytes_that_lie(void **state)
{
	(void)state;
	with_damage(damage_bytes, true);
}

/* What the requests alone say: every generation that was reached, and nothing of it for sure. */
static void requests_alone_tell_it_all(void **state)
{
	size_t right = 0, all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		struct packets in = { NULL, 0, 0 }, out = { NULL, 0, 0 };
		struct story *whole = calloc(1, sizeof(*whole)), *got = calloc(1, sizeof(*got));

		assert_true(whole && got);
		packets_read(&in, captures[i]);
		run(&in, whole);
		damage_requests_only(&in, &out, 1);
		run(&out, got);
		assert_int_equal(got->n, whole->n);
		for (size_t k = 0; k < got->n; k++) {
			const struct told *truth = find(whole, &got->told[k]);

			assert_non_null(truth);
			assert_true(got->told[k].confidence < 3);
			assert_false(got->told[k].complete);
			right += accepts(truth, got->told[k].cause);
		}
		all += got->n;
		free(whole);
		free(got);
		packets_free(&in);
		packets_free(&out);
	}
	assert_true(right * 100 >= all * 90); /* clients that give no reasons do not say that they were told to rejoin */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_packets_missing),
		cmocka_unit_test(stretches_missing),
		cmocka_unit_test(the_beginning_missing),
		cmocka_unit_test(connections_missing),
		cmocka_unit_test(answers_of_some_missing),
		cmocka_unit_test(answers_missing),
		cmocka_unit_test(requests_missing),
		cmocka_unit_test(packets_cut_short),
		cmocka_unit_test(requests_alone_tell_it_all),
		cmocka_unit_test(bytes_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
