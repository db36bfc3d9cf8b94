/* SPDX-License-Identifier: Apache-2.0
 *
 * Events made by hand for the tests of the log.
 */
#ifndef TESTS_OUTPUT_EVENTS_H
#define TESTS_OUTPUT_EVENTS_H

#include <regroup/group.h>

#define T0 INT64_C(1795258567036000000) /* 2026-11-21T10:56:07.036Z */
#define MS INT64_C(1000000)

static const uint64_t frames[] = { 412, 418 };
static const uint8_t rivals[] = { 9, 10 };
static const int32_t first_half[] = { 0, 1, 2, 5 }, second_half[] = { 3, 4 };
static const struct group_partitions carts_first = { "carts", first_half, 4 }, carts_second = { "carts", second_half, 2 };
static const char *const missing[] = { "the connection of checkout-3 was not seen" };

#define UUID(digit) digit digit "345678-1234-1234-1234-123456789012"

/* What every field set looks like: a member left, another took over. */
static const struct group_rebalance_member members[] = {
	{
		.member = "checkout-1-" UUID("1"),
		.client_id = "checkout-1",
		.host = "10.77.0.101",
		.change = GROUP_LEFT,
		.rejoin_lag = -1,
		.wait = -1,
		.sync_lag = -1,
		.downtime = -1,
	},
	{
		.member = "checkout-2-" UUID("2"),
		.instance = "i2",
		.client_id = "checkout-2",
		.host = "10.77.0.2",
		.software = "apache-kafka-java 4.3.1",
		.leader = true,
		.change = GROUP_STAYED,
		.rejoin_lag = 1850 * MS,
		.wait = 1800 * MS,
		.sync_lag = 1500 * MS,
		.downtime = 2000 * MS,
		.topics = &carts_first,
		.n_topics = 1,
		.assignment_known = true,
	},
	{
		.member = "checkout-6-" UUID("6"),
		.client_id = "checkout-6",
		.host = "10.77.0.6",
		.change = GROUP_JOINED,
		.rejoin_lag = -1,
		.wait = -1,
		.sync_lag = -1,
		.downtime = -1,
		.topics = &carts_second,
		.n_topics = 1,
		.assignment_known = true,
	},
};

static const struct group_move moved[] = {
	{ "carts", 0, "checkout-1-" UUID("1"), "i2", 1700000000, false },
	{ "carts", 1, "checkout-1-" UUID("1"), "i2", 1700000000, true },
	{ "carts", 3, "checkout-1-" UUID("1"), "checkout-6-" UUID("6"), -1, false },
};
static const struct group_move taken[] = { { "old", 0, "checkout-1-" UUID("1"), NULL, -1, false } };
static const struct group_move granted[] = { { "carts", 5, NULL, "i2", -1, false } };

static const struct group_cause left = {
	.id = 7,
	.confidence = 3,
	.name = "member left",
	.member = "checkout-1-" UUID("1"),
	.client_id = "checkout-1",
	.host = "10.77.0.101",
	.reason = "the consumer is being closed",
	.text = "checkout-1 (10.77.0.101) left: the consumer is being closed",
	.evidence = frames,
	.n_evidence = 2,
	.rivals = rivals,
	.n_rivals = 2,
};

static inline struct group_event full_rebalance(void)
{
	return (struct group_event){
		.type = GROUP_EVENT_REBALANCE,
		.ts = T0 + 2200 * MS,
		.group = "checkout",
		.rebalance = {
			.group_type = "classic",
			.protocol_type = "consumer",
			.assignor = "range",
			.mode = GROUP_EAGER,
			.coordinator = "10.77.0.11:9092",
		.coordinator_node = 1,
		.coordinator_partition = 12,
			.previous = 2,
			.generation = 3,
			.outcome = GROUP_STABLE,
			.started = T0,
			.started_uncertainty = 0,
			.joined = T0 + 2000 * MS,
			.ended = T0 + 2200 * MS,
			.cause = left,
			.also = &left,
			.n_also = 1,
			.followup_of = -1,
			.rounds = 1,
			.members = members,
			.n_members = 3,
			.moved = moved,
			.n_moved = 3,
			.unassigned = taken,
			.n_unassigned = 1,
			.granted = granted,
			.n_granted = 1,
			.moves_known = true,
			.complete = false,
			.missing = missing,
			.n_missing = 1,
			.slowest = "checkout-2",
			.last_joined = "checkout-2",
			.assignor_time = 150 * MS,
			.storage_time = 50 * MS,
			.released_by = "checkout-2 rejoined last",
		},
	};
}

/* What no field known looks like. */
static inline struct group_event bare_rebalance(void)
{
	static const struct group_rebalance_member unknown = { .rejoin_lag = -1, .wait = -1,
		.sync_lag = -1, .downtime = -1 };

	return (struct group_event){
		.type = GROUP_EVENT_REBALANCE,
		.ts = T0,
		.group = "g",
		.rebalance = {
			.group_type = "classic",
			.previous = -1,
			.generation = -1,
			.outcome = GROUP_ABORTED,
			.started = GROUP_UNKNOWN_TIME,
			.started_uncertainty = -1,
			.joined = GROUP_UNKNOWN_TIME,
			.ended = GROUP_UNKNOWN_TIME,
			.cause = { .name = "unknown" },
			.followup_of = -1,
			.coordinator_node = -1,
			.coordinator_partition = -1,
			.assignor_time = -1,
			.storage_time = -1,
			.members = &unknown,
			.n_members = 1,
		},
	};
}

#endif
