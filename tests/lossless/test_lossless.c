/* SPDX-License-Identifier: Apache-2.0
 *
 * A capture that was changed without loss gives the same events. Frame numbers and addresses may differ, so the
 * story is told without them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <regroup/group.h>
#include <regroup/kafka.h>
#include <regroup/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rewrite.h"

static const char *const captures[] = { "captures/story.pcap.zst", "captures/cooperative.pcap.zst",
	                                "captures/coordinator-kill.pcap.zst" };

static void tell_moves(FILE *f, const char *what, const struct group_move *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, " %s %s-%" PRId32 " %s>%s", what, m[i].topic, m[i].partition, m[i].from ? m[i].from : "-",
		        m[i].to ? m[i].to : "-");
}

static void tell_rebalance(FILE *f, const struct group_rebalance *r)
{
	fprintf(f, " %" PRId32 ">%" PRId32 " o%d m%d s%" PRId64 " j%" PRId64 " e%" PRId64 " R%d C%d f%" PRId32 " c%d %s",
	        r->previous, r->generation, (int)r->outcome, (int)r->mode, r->started, r->joined, r->ended, r->cause.id,
	        r->cause.confidence, r->followup_of, r->complete, r->cause.member ? r->cause.member : "-");
	for (size_t i = 0; i < r->n_also; i++)
		fprintf(f, " also R%d C%d", r->also[i].id, r->also[i].confidence);
	for (size_t i = 0; i < r->n_members; i++)
		fprintf(f, " [%s %d %" PRId64 "]", r->members[i].member, (int)r->members[i].change, r->members[i].rejoin_lag);
	tell_moves(f, "moved", r->moved, r->n_moved);
	tell_moves(f, "granted", r->granted, r->n_granted);
	tell_moves(f, "unassigned", r->unassigned, r->n_unassigned);
}

static void tell(void *ctx, const struct group_event *e)
{
	FILE *f = ctx;

	fprintf(f, "%s %" PRId64 " %s", group_event_name(e->type), e->ts, e->group ? e->group : "-");
	if (e->type == GROUP_EVENT_REBALANCE || e->type == GROUP_EVENT_REBALANCE_STARTED)
		tell_rebalance(f, &e->rebalance);
	else if (e->type == GROUP_EVENT_MEMBER)
		fprintf(f, " %d %s %s", (int)e->member.event, e->member.member, e->member.reason ? e->member.reason : "-");
	fputc('\n', f);
}

/* The whole chain over packets; the events as text, to be freed. */
static char *story(const struct packets *p)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct groups *g = groups_new(&(struct group_options){ .ctx = f, .event = tell });
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
	fclose(f);
	return text;
}

/* Shows the first line that differs. */
static void assert_same_story(const char *expected, const char *got, const char *capture)
{
	size_t line = 0;

	if (strcmp(expected, got) == 0)
		return;
	for (size_t i = 0; expected[i] == got[i]; i++)
		if (expected[i] == '\n')
			line = i + 1;
	fail_msg("%s: expected\n%.300s\ngot\n%.300s", capture, expected + line, got + line);
}

static void check(void **state)
{
	rewrite_fn rewrite = *(rewrite_fn *)*state;

	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		struct packets in = { NULL, 0, 0 }, out = { NULL, 0, 0 };
		char *before, *after;

		packets_read(&in, captures[i]);
		rewrite(&in, &out);
		before = story(&in);
		after = story(&out);
		assert_true(strlen(before) > 500);
		assert_same_story(before, after, captures[i]);
		free(before);
		free(after);
		packets_free(&in);
		packets_free(&out);
	}
}

#define REWRITTEN(f) { .name = #f, .test_func = check, .initial_state = &(rewrite_fn){ f } }

int main(void)
{
	const struct CMUnitTest tests[] = {
		REWRITTEN(rewrite_vlan),
		REWRITTEN(rewrite_qinq),
		REWRITTEN(rewrite_cooked),
		REWRITTEN(rewrite_cooked2),
		REWRITTEN(rewrite_raw),
		REWRITTEN(rewrite_null),
		REWRITTEN(rewrite_gre),
		REWRITTEN(rewrite_vxlan),
		REWRITTEN(rewrite_ipv6),
		REWRITTEN(rewrite_fragments),
		REWRITTEN(rewrite_reordered),
		REWRITTEN(rewrite_duplicated),
		REWRITTEN(rewrite_bytewise),
		REWRITTEN(rewrite_halved),
		REWRITTEN(rewrite_two_taps),
		REWRITTEN(rewrite_overlapping),
		REWRITTEN(rewrite_two_sides),
		REWRITTEN(rewrite_proxied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
