/* SPDX-License-Identifier: Apache-2.0
 *
 * Each kind of event as a line of JSON: all members, in their order, null where nothing is known.
 */
#include "support.h"

#include "events.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct log_options json = { .json = true };

static void check(const struct group_event *e, const char *expected)
{
	char *text = log_print(&json, e);

	assert_string_equal(text, expected);
	free(text);
}

#define M1 "checkout-1-11345678-1234-1234-1234-123456789012"
#define M2 "checkout-2-22345678-1234-1234-1234-123456789012"
#define M6 "checkout-6-66345678-1234-1234-1234-123456789012"
#define CAUSE "{\"id\":\"R7\",\"name\":\"member left\",\"confidence\":\"C3\",\"member\":\"" M1 "\",\"client_id\":\"checkout-1\"," \
	"\"host\":\"10.77.0.101\",\"reason\":\"the consumer is being closed\",\"evidence\":[412,418],\"rivals\":[\"R9\",\"R10\"]," \
	"\"text\":\"checkout-1 (10.77.0.101) left: the consumer is being closed\"}"

static void test_rebalance(void **state)
{
	struct group_event e = full_rebalance();

	(void)state;
	check(&e, "{\"type\":\"rebalance\",\"ts\":\"2026-11-21T10:56:09.236000000Z\",\"group\":\"checkout\","
	      "\"group_type\":\"classic\",\"protocol_type\":\"consumer\",\"assignor\":\"range\",\"mode\":\"eager\","
	      "\"coordinator\":\"10.77.0.11:9092\",\"coordinator_node\":1,\"coordinator_partition\":12,\"previous\":2,\"generation\":3,\"outcome\":\"stable\","
	      "\"started\":\"2026-11-21T10:56:07.036000000Z\",\"started_uncertainty_ms\":0.0,"
	      "\"joined\":\"2026-11-21T10:56:09.036000000Z\",\"ended\":\"2026-11-21T10:56:09.236000000Z\","
	      "\"join_ms\":2000.0,\"sync_ms\":200.0,\"total_ms\":2200.0,\"cause\":" CAUSE ",\"also\":[" CAUSE "],"
	      "\"followup_of\":null,\"rounds\":1,\"slowest\":\"checkout-2\",\"released_by\":\"checkout-2 rejoined last\",\"assignor_ms\":150.0,\"storage_ms\":50.0,"
	      "\"members\":["
	      "{\"member\":\"" M1 "\",\"instance\":null,\"client_id\":\"checkout-1\",\"host\":\"10.77.0.101\",\"software\":null,"
	      "\"leader\":false,\"change\":\"left\",\"rejoin_lag_ms\":null,\"wait_ms\":null,\"sync_lag_ms\":null,\"downtime_ms\":null,\"downtime_at_least\":null,\"partitions\":null},"
	      "{\"member\":\"" M2 "\",\"instance\":\"i2\",\"client_id\":\"checkout-2\",\"host\":\"10.77.0.2\","
	      "\"software\":\"apache-kafka-java 4.3.1\",\"leader\":true,\"change\":\"stayed\",\"rejoin_lag_ms\":1850.0,\"wait_ms\":1800.0,\"sync_lag_ms\":1500.0,"
	      "\"downtime_ms\":2000.0,\"downtime_at_least\":false,\"partitions\":{\"carts\":[0,1,2,5]}},"
	      "{\"member\":\"" M6 "\",\"instance\":null,\"client_id\":\"checkout-6\",\"host\":\"10.77.0.6\",\"software\":null,"
	      "\"leader\":false,\"change\":\"joined\",\"rejoin_lag_ms\":null,\"wait_ms\":null,\"sync_lag_ms\":null,\"downtime_ms\":null,\"downtime_at_least\":null,"
	      "\"partitions\":{\"carts\":[3,4]}}],"
	      "\"moved\":[{\"topic\":\"carts\",\"partition\":0,\"from\":\"" M1 "\",\"to\":\"i2\","
	      "\"downtime_ms\":1700.0,\"downtime_at_least\":false},"
	      "{\"topic\":\"carts\",\"partition\":1,\"from\":\"" M1 "\",\"to\":\"i2\","
	      "\"downtime_ms\":1700.0,\"downtime_at_least\":true},"
	      "{\"topic\":\"carts\",\"partition\":3,\"from\":\"" M1 "\",\"to\":\"" M6 "\","
	      "\"downtime_ms\":null,\"downtime_at_least\":null}],"
	      "\"unassigned\":[{\"topic\":\"old\",\"partition\":0,\"from\":\"" M1 "\",\"to\":null}],"
	      "\"granted\":[{\"topic\":\"carts\",\"partition\":5,\"from\":null,\"to\":\"i2\","
	      "\"downtime_ms\":null,\"downtime_at_least\":null}],\"assigned_twice\":[],"
	      "\"complete\":false,\"missing\":[\"the connection of checkout-3 was not seen\"]}\n");
}

static void test_unknown(void **state)
{
	struct group_event e = bare_rebalance();

	(void)state;
	check(&e, "{\"type\":\"rebalance\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"group\":\"g\","
	      "\"group_type\":\"classic\",\"protocol_type\":null,\"assignor\":null,\"mode\":null,\"coordinator\":null,"
	      "\"coordinator_node\":null,\"coordinator_partition\":null,"
	      "\"previous\":null,\"generation\":null,\"outcome\":\"aborted\",\"started\":null,"
	      "\"started_uncertainty_ms\":null,\"joined\":null,\"ended\":null,\"join_ms\":null,\"sync_ms\":null,"
	      "\"total_ms\":null,\"cause\":{\"id\":\"R0\",\"name\":\"unknown\",\"confidence\":\"C0\",\"member\":null,"
	      "\"client_id\":null,\"host\":null,\"reason\":null,\"evidence\":[],\"rivals\":[],\"text\":null},\"also\":[],"
	      "\"followup_of\":null,\"rounds\":0,\"slowest\":null,\"released_by\":null,\"assignor_ms\":null,\"storage_ms\":null,\"members\":[{\"member\":null,"
	      "\"instance\":null,\"client_id\":null,\"host\":null,\"software\":null,\"leader\":false,"
	      "\"change\":\"stayed\",\"rejoin_lag_ms\":null,\"wait_ms\":null,\"sync_lag_ms\":null,\"downtime_ms\":null,\"downtime_at_least\":null,\"partitions\":null}],"
	      "\"moved\":null,\"unassigned\":null,\"granted\":null,\"assigned_twice\":null,\"complete\":false,\"missing\":[]}\n");
}

/* That nothing moved is knowledge; a follow-up also says what moved since its parent. */
static void test_followup(void **state)
{
	struct group_event e = bare_rebalance();
	char *text;

	(void)state;
	e.rebalance.moves_known = true;
	e.rebalance.followup_of = 4;
	e.rebalance.moved_since_parent = moved;
	e.rebalance.n_moved_since_parent = 1;
	text = log_print(&json, &e);
	assert_non_null(strstr(text, "\"followup_of\":4,"));
	assert_non_null(strstr(text, "\"moved\":[],\"unassigned\":[],\"granted\":[],\"assigned_twice\":[],\"moved_since_parent\":[{\"topic\":\"carts\","
	                             "\"partition\":0,\"from\":\"" M1 "\",\"to\":\"i2\",\"downtime_ms\":1700.0,\"downtime_at_least\":false}],"
	                             "\"complete\":"));
	free(text);
}

static void test_started(void **state)
{
	struct group_event e = full_rebalance();

	(void)state;
	e.type = GROUP_EVENT_REBALANCE_STARTED;
	e.rebalance.n_also = 0;
	e.rebalance.cause.n_rivals = 0;
	check(&e, "{\"type\":\"rebalance-started\",\"ts\":\"2026-11-21T10:56:09.236000000Z\",\"group\":\"checkout\","
	      "\"group_type\":\"classic\",\"protocol_type\":\"consumer\",\"assignor\":\"range\",\"mode\":\"eager\","
	      "\"coordinator\":\"10.77.0.11:9092\",\"coordinator_node\":1,\"coordinator_partition\":12,\"previous\":2,\"generation\":3,"
	      "\"started\":\"2026-11-21T10:56:07.036000000Z\",\"started_uncertainty_ms\":0.0,\"cause\":{\"id\":\"R7\","
	      "\"name\":\"member left\",\"confidence\":\"C3\",\"member\":\"" M1 "\",\"client_id\":\"checkout-1\","
	      "\"host\":\"10.77.0.101\",\"reason\":\"the consumer is being closed\",\"evidence\":[412,418],\"rivals\":[],"
	      "\"text\":\"checkout-1 (10.77.0.101) left: the consumer is being closed\"},\"also\":[],"
	      "\"followup_of\":null}\n");
}

static void test_member(void **state)
{
	struct group_event e = { .type = GROUP_EVENT_MEMBER, .ts = T0, .group = "a\"\x1b\xff" };

	(void)state;
	e.member = (struct group_member_event){ .event = GROUP_REPLACED, .member = "m", .instance = "i", .frame = 9 };
	check(&e, "{\"type\":\"member\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"group\":\"a\\\"\\u001b\xef\xbf\xbd\","
	      "\"event\":\"replaced\",\"member\":\"m\",\"instance\":\"i\",\"client_id\":null,\"host\":null,"
	      "\"reason\":null,\"rebalance\":false,\"frame\":9}\n");
}

static void test_others(void **state)
{
	static const int32_t three[] = { 0, 1, 2 };
	static const struct group_partitions refused[] = { { "carts", three, 3 } };
	struct group_event e = { .type = GROUP_EVENT_COORDINATOR, .ts = T0, .group = "g" };
	char *text;

	(void)state;
	e.coordinator = (struct group_coordinator_event){ .to = "10.0.0.2:9092", .what = "moved" };
	check(&e, "{\"type\":\"coordinator\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"group\":\"g\",\"event\":\"moved\","
	      "\"from\":null,\"to\":\"10.0.0.2:9092\",\"frame\":null}\n");
	e.type = GROUP_EVENT_COMMIT_FAILED;
	e.commit = (struct group_commit_event){ .member = "m", .generation = 4, .error = 22, .partitions = 2, .latency = 2000000, .frame = 7 };
	check(&e, "{\"type\":\"commit-failed\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"group\":\"g\",\"member\":\"m\","
	      "\"client_id\":null,\"host\":null,\"generation\":4,\"error\":22,\"error_name\":\"ILLEGAL_GENERATION\","
	      "\"partitions\":2,\"topics\":null,\"what\":null,\"latency_ms\":2.0,\"frame\":7}\n");
	e.commit.topics = refused;
	e.commit.n_topics = 1;
	e.commit.what = "w";
	text = log_print(&json, &e);
	assert_non_null(strstr(text, "\"partitions\":2,\"topics\":{\"carts\":[0,1,2]},\"what\":\"w\","));
	free(text);
	e = (struct group_event){ .type = GROUP_EVENT_GAP, .ts = T0 };
	e.gap = (struct group_gap_event){ .packets = 12, .from = T0, .to = T0 + MS, .what = "packets dropped by the kernel" };
	check(&e, "{\"type\":\"gap\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"what\":\"packets dropped by the kernel\","
	      "\"client\":null,\"server\":null,\"direction\":null,\"bytes\":null,\"packets\":12,"
	      "\"from\":\"2026-11-21T10:56:07.036000000Z\",\"to\":\"2026-11-21T10:56:07.037000000Z\"}\n");
	e = (struct group_event){ .type = GROUP_EVENT_CONNECTION, .ts = T0 };
	e.connection = (struct group_connection_event){ .client = "10.0.0.1:1", .server = "[fd77::1]:9093",
	                                                .kind = "tls", .packets = 3, .bytes = 400 };
	check(&e, "{\"type\":\"connection\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"client\":\"10.0.0.1:1\","
	      "\"server\":\"[fd77::1]:9093\",\"kind\":\"tls\",\"packets\":3,\"bytes\":400}\n");
}

/* Both ends of a connection may be on this host. */
static void test_processes(void **state)
{
	static const struct group_process python = { .pid = 12, .comm = "python3" };
	static const struct group_process java = { .pid = 4711, .comm = "java", .container = "c0ffee" };
	struct group_event e = { .type = GROUP_EVENT_CONNECTION, .ts = T0 };

	(void)state;
	e.connection = (struct group_connection_event){ .client = "a", .server = "b", .kind = "tls", .client_local = &python,
	                                                .server_local = &java };
	check(&e, "{\"type\":\"connection\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"client\":\"a\",\"server\":\"b\","
	      "\"kind\":\"tls\",\"packets\":0,\"bytes\":0,\"process\":{\"pid\":12,\"comm\":\"python3\",\"container\":null},"
	      "\"server_process\":{\"pid\":4711,\"comm\":\"java\",\"container\":\"c0ffee\"}}\n");
	e = (struct group_event){ .type = GROUP_EVENT_GAP, .ts = T0 };
	e.gap = (struct group_gap_event){ .client = "a", .server = "b", .from = T0, .to = T0, .what = "w", .server_local = &java };
	check(&e, "{\"type\":\"gap\",\"ts\":\"2026-11-21T10:56:07.036000000Z\",\"what\":\"w\",\"client\":\"a\",\"server\":\"b\","
	      "\"direction\":null,\"bytes\":null,\"packets\":null,\"from\":\"2026-11-21T10:56:07.036000000Z\","
	      "\"to\":\"2026-11-21T10:56:07.036000000Z\",\"server_process\":{\"pid\":4711,\"comm\":\"java\","
	      "\"container\":\"c0ffee\"}}\n");
}

static void test_summary(void **state)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = GROUP_UNKNOWN_TIME };

	(void)state;
	e.summary = (struct group_summary){ .packets = 1, .captured_from = GROUP_UNKNOWN_TIME, .captured_to = T0 };
	check(&e, "{\"type\":\"summary\",\"ts\":null,\"packets\":1,\"bytes\":0,\"captured_from\":null,"
	      "\"captured_to\":\"2026-11-21T10:56:07.036000000Z\",\"connections\":0,\"opaque_connections\":0,\"messages\":0,"
	      "\"unknown_messages\":0,\"groups\":0,\"rebalances\":0,\"lost_packets\":0,\"gap_bytes\":0,\"evicted\":0,"
	      "\"unanswered\":0,\"cut_packets\":0,\"snaplen\":null,\"requests_only\":0,\"one_sided\":0}\n");
}

static bool shown(struct log_options o, const char *group, enum group_event_type type)
{
	struct group_event e = full_rebalance();
	char *text;
	bool any;

	e.type = type;
	e.group = group;
	text = log_print(&o, &e);
	any = text[0] != '\0';
	free(text);
	return any;
}

static void test_filters(void **state)
{
	const enum group_event_type r = GROUP_EVENT_REBALANCE, started = GROUP_EVENT_REBALANCE_STARTED;

	(void)state;
	assert_true(shown((struct log_options){ .json = true, .group = "check*" }, "checkout", r));
	assert_true(shown((struct log_options){ .json = true, .group = "*" }, "", r));
	assert_true(shown((struct log_options){ .json = true, .group = "*k?u*t" }, "checkout", r));
	assert_false(shown((struct log_options){ .json = true, .group = "check" }, "checkout", r));
	assert_false(shown((struct log_options){ .json = true, .group = "" }, "checkout", r));
	assert_false(shown((struct log_options){ .json = true, .group = "*k?t" }, "checkout", r));
	assert_true(shown((struct log_options){ .json = true, .group = "x" }, NULL, GROUP_EVENT_SUMMARY));
	assert_true(shown((struct log_options){ .json = true, .types = 1U << r }, "g", r));
	assert_false(shown((struct log_options){ .json = true, .types = 1U << GROUP_EVENT_GAP }, "g", r));
	assert_true(shown((struct log_options){ .json = true }, "g", started));
	assert_false(shown((struct log_options){ .json = false }, "g", started));
	assert_true(shown((struct log_options){ .live = true }, "g", started));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rebalance),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_followup),
		cmocka_unit_test(test_started),
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
