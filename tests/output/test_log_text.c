/* SPDX-License-Identifier: Apache-2.0
 *
 * The log for people: the block of a rebalance, lines for the rest, and nothing that a terminal would obey.
 */
#include "support.h"

#include "events.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct log_options plain = { .json = false };

static void check(const struct group_event *e, const char *expected)
{
	char *text = log_print(&plain, e);

	assert_string_equal(text, expected);
	free(text);
}

static void test_rebalance(void **state)
{
	struct group_event e = full_rebalance();

	(void)state;
	check(&e, "10:56:09.236  checkout  generation 2 -> 3  stable after 2.2 s  2 members  range (eager)\n"
	          "    why       R7 member left (C3): checkout-1 (10.77.0.101) left: the consumer is being closed; or\n"
	          "              R9 max.poll.interval.ms exceeded or R10 session timeout  [frames 412, 418]\n"
	          "    also      R7 member left (C3): checkout-1 (10.77.0.101) left: the consumer is being closed; or\n"
	          "              R9 max.poll.interval.ms exceeded or R10 session timeout  [frames 412, 418]\n"
	          "    phases    began 10:56:07.036  join 2 s  sync 200 ms  ##################--\n"
	          "              until checkout-2 rejoined last, 1.85 s after it was told\n"
	          "              assignor 150 ms, storage 50 ms\n"
	          "    members - checkout-1  10.77.0.101          left\n"
	          "              checkout-2  10.77.0.2    leader  stayed    carts 0-2,5  lag 1.85 s  synced late 1.5 s  down 2 s\n"
	          "            + checkout-6  10.77.0.6            joined    carts 3,4\n"
	          "    moved     carts 0,1 checkout-1 -> checkout-2; carts 3 checkout-1 -> checkout-6\n"
	          "    taken     old 0 checkout-1 -> nobody\n"
	          "    granted   carts 5 -> checkout-2\n"
	          "    note      the connection of checkout-3 was not seen\n"
	          "\n");
}

static void test_unknown(void **state)
{
	struct group_event e = bare_rebalance();

	(void)state;
	check(&e, "10:56:07.036  g  generation ?  aborted  1 member  classic\n"
	          "    why       R0 unknown (C0)\n"
	          "    members   ?  ?          stayed\n"
	          "\n");
}

/* Nothing of the wire may move the cursor, change colours or turn the writing direction. */
static void test_hostile(void **state)
{
	static const char evil[] = "e\x1b[2J\r\n\x9b\xe2\x80\xae\xff\t";
	struct group_rebalance_member m = members[1];
	struct group_partitions topic = carts_first;
	struct group_event e = full_rebalance();
	char *text;

	(void)state;
	m.member = m.instance = m.client_id = m.host = m.software = evil;
	topic.topic = evil;
	m.topics = &topic;
	e.group = evil;
	e.rebalance.assignor = e.rebalance.protocol_type = evil;
	e.rebalance.cause.text = e.rebalance.cause.reason = evil;
	e.rebalance.released_by = e.rebalance.slowest = evil;
	e.rebalance.members = &m;
	e.rebalance.n_members = 1;
	text = log_print(&(struct log_options){ .verbose = 1 }, &e);
	for (const char *p = text; *p != '\0'; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strstr(text, "\xff"));
	assert_null(strchr(text, '\x9b'));
	assert_non_null(strstr(text, "  e\\x1b[2J\\r\\n\\x9b\\u202e\\xff\\t  generation 2 -> 3"));
	free(text);
}

/* A hundred members: those that matter are among the twenty shown. */
static void test_many(void **state)
{
	static struct group_rebalance_member many[100];
	struct group_event e = full_rebalance();
	char *text;
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		many[i] = members[1];
	for (size_t i = 0; i < 99; i++)
		many[i].leader = false;
	many[98].change = GROUP_JOINED;
	e.rebalance.members = many;
	e.rebalance.n_members = 100;
	text = log_print(&plain, &e);
	assert_non_null(strstr(text, "              … and 80 more\n"));
	assert_non_null(strstr(text, "            + i2"));
	assert_non_null(strstr(text, "leader"));
	free(text);
	text = log_print(&(struct log_options){ .verbose = 1 }, &e);
	for (const char *p = text; (p = strstr(p, "10.77.0.2")) != NULL; p++)
		lines++;
	assert_int_equal(lines, 100);
	assert_null(strstr(text, "more\n"));
	free(text);
}

/* Many moves are summed up; one client under two member ids is said to be that. */
static void test_moves(void **state)
{
	static struct group_move many[300];
	struct group_event e = full_rebalance();
	char *text;

	(void)state;
	for (int32_t i = 0; i < 300; i++)
		many[i] = (struct group_move){ i < 290 ? "carts" : "other", i, "checkout-2-" UUID("9"), "i2", -1, false };
	for (int32_t i = 0; i < 10; i++)
		many[290 + i].from = (const char *const[]){ "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" }[i];
	e.rebalance.moved = many;
	e.rebalance.n_moved = 300;
	text = log_print(&plain, &e);
	assert_non_null(strstr(text, "    moved     carts 0-199,… checkout-2 -> checkout-2 under its new id;"));
	assert_non_null(strstr(text, "… and 3 partitions more\n"));
	free(text);
}

static void test_lines(void **state)
{
	static const struct group_process java = { .pid = 4711, .comm = "java" };
	static const int32_t three[] = { 0, 1, 2 }, one[] = { 7 };
	static const struct group_partitions refused[] = { { "carts", three, 3 }, { "old", one, 1 } };
	struct group_event e = { .type = GROUP_EVENT_MEMBER, .ts = T0, .group = "g" };

	(void)state;
	e.member = (struct group_member_event){ .event = GROUP_LEFT, .client_id = "c1", .host = "10.0.0.1",
	                                        .reason = "the consumer is being closed", .rebalance = true };
	check(&e, "10:56:07.036  g  member left: c1 (10.0.0.1): the consumer is being closed\n");
	e.member = (struct group_member_event){ .event = GROUP_REPLACED, .member = "m", .instance = "i" };
	check(&e, "10:56:07.036  g  member replaced: m as instance i, without a rebalance\n");
	e.type = GROUP_EVENT_COORDINATOR;
	e.coordinator = (struct group_coordinator_event){ .from = "10.0.0.1:9092", .to = "10.0.0.2:9092", .what = "moved" };
	check(&e, "10:56:07.036  g  coordinator moved: 10.0.0.1:9092 -> 10.0.0.2:9092\n");
	e.type = GROUP_EVENT_COMMIT_FAILED;
	e.commit = (struct group_commit_event){ .client_id = "c1", .generation = 4, .error = 22, .partitions = 1 };
	check(&e, "10:56:07.036  g  commit failed: c1, 1 partition, as of generation 4: ILLEGAL_GENERATION (22)\n");
	e.commit.topics = refused;
	e.commit.n_topics = 2;
	e.commit.what = "with the generation of a former rebalance";
	check(&e, "10:56:07.036  g  commit failed: c1, carts 0-2; old 7, as of generation 4: ILLEGAL_GENERATION (22), "
	          "with the generation of a former rebalance\n");
	e = (struct group_event){ .type = GROUP_EVENT_GAP, .ts = T0 };
	e.gap = (struct group_gap_event){ .client = "10.0.0.1:1", .server = "10.0.0.2:2", .direction = "response",
	                                  .bytes = 12, .from = T0 - 300 * MS, .to = T0, .what = "bytes not captured" };
	check(&e, "10:56:07.036  gap: bytes not captured, 12 B, 10.0.0.1:1 < 10.0.0.2:2, within 300 ms\n");
	e = (struct group_event){ .type = GROUP_EVENT_CONNECTION, .ts = T0 };
	e.connection = (struct group_connection_event){ .client = "10.0.0.1:1", .server = "[fd77::1]:9093",
	                                                .kind = "tls", .packets = 3, .bytes = 400 };
	check(&e, "10:56:07.036  connection cannot be read (tls): 10.0.0.1:1 > [fd77::1]:9093, 3 packets, 400 B\n");
	e.connection.server_local = &java;
	check(&e, "10:56:07.036  connection cannot be read (tls): 10.0.0.1:1 > [fd77::1]:9093 java[4711], 3 packets, 400 B\n");
}

/* Gaps in a row are one line with their sums, and so are connections that cannot be read. */
static void test_runs(void **state)
{
	struct group_event gap = { .type = GROUP_EVENT_GAP, .ts = T0 };
	struct group_event opaque = { .type = GROUP_EVENT_CONNECTION, .ts = T0 + 5 * MS };
	char *text = NULL;
	size_t size;
	struct log_options o = { .out = open_memstream(&text, &size) };
	struct log *l = log_new(&o);

	(void)state;
	gap.gap = (struct group_gap_event){ .bytes = 10, .from = T0 - 300 * MS, .to = T0, .what = "bytes not captured" };
	log_event(l, &gap);
	gap.ts = gap.gap.to = T0 + 2 * MS;
	log_event(l, &gap);
	opaque.connection = (struct group_connection_event){ .client = "10.0.0.1:1", .server = "10.0.0.2:9093",
	                                                .kind = "tls", .packets = 3, .bytes = 400 };
	log_event(l, &opaque);
	opaque.connection.kind = "not-kafka";
	log_event(l, &opaque);
	opaque.connection.kind = "tls";
	log_event(l, &opaque);
	log_flush(l);
	fflush(o.out);
	assert_string_equal(text, "10:56:07.038  2 gaps: bytes not captured, 20 B, within 302 ms\n"
	                          "10:56:07.041  3 connections cannot be read: 2 tls, 1 not-kafka, 9 packets, 1.17 KiB\n");
	log_free(l);
	fclose(o.out);
	free(text);
}

static void test_summary(void **state)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = T0 };

	(void)state;
	e.summary = (struct group_summary){ .packets = 1200, .bytes = 2048, .connections = 3, .messages = 1, .groups = 1,
	                                    .rebalances = 2, .captured_from = T0, .captured_to = T0 + 3000 * MS };
	check(&e, "    summary   2 rebalances of 1 group in 3 s, 2026-11-21 10:56:07.036 to 2026-11-21 10:56:10.036 UTC\n"
	          "              1 message on 3 connections, 1,200 packets, 2 KiB\n");
	e.summary = (struct group_summary){ .lost_packets = 5, .captured_from = GROUP_UNKNOWN_TIME,
	                                    .captured_to = GROUP_UNKNOWN_TIME, .unknown_messages = 1, .opaque_connections = 2 };
	check(&e, "    summary   0 rebalances of 0 groups\n"
	          "              0 messages (1 unknown) on 0 connections (2 opaque), 0 packets, 0 B\n"
	          "              not seen: 5 lost packets\n");
}

static void test_color(void **state)
{
	struct group_event e = bare_rebalance();
	char *text = log_print(&(struct log_options){ .color = true }, &e);

	(void)state;
	assert_non_null(strstr(text, "\033[1mg\033[0m"));
	assert_non_null(strstr(text, "\033[31maborted\033[0m"));
	assert_non_null(strstr(text, "\033[33mR0 unknown\033[0m"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rebalance),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
