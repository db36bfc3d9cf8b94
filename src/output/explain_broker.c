/* SPDX-License-Identifier: Apache-2.0
 *
 * What is different where the broker assigns: consumer groups of KIP-848, share groups of KIP-932 and streams groups of
 * KIP-1071. NULL for causes that do not occur there, or are the same.
 */
#include "explain.h"

const char *const explain_broker[EXPLAIN_CAUSES] = {
	[0] = "The group epoch rises by one for every change. If it rose by more than what was seen, the rest is not known; a "
	      "broker upgrade or a changed group configuration also raises it without a message.",
	[1] = "Heartbeat with epoch 0 into a group that has nobody. The first epoch is 1 or 2, at once; share groups are given "
	      "partitions one epoch later, streams groups after group.streams.initial.rebalance.delay.ms (3 s).",
	[2] = "Heartbeat with epoch 0. Joins within a second share one target assignment: each raises the epoch, members are told "
	      "the last. Others give up what the newcomer is to get, one heartbeat interval (5 s, the broker's setting) or two "
	      "after that it has it. Nobody else stops.",
	[4] = "Heartbeat with other topics or another pattern than before; null means unchanged. Streams: another topology epoch.",
	[5] = "Nobody sends a message: the broker watches the topics and resolves patterns itself. A new target appears at the "
	      "next heartbeat, with partitions that nobody had before. C3 where an administrator's request was seen.",
	[7] = "Heartbeat with epoch -1; Java's consumer tells an empty subscription on close. Change: static members leave with "
	      "epoch -2 and keep their partitions for the session timeout, which the broker sets "
	      "(group.consumer.session.timeout.ms).",
	[8] = "The same message as R7, with the connection kept.",
	[9] = "Java's consumer sends epoch -1 without a subscription (null instead of empty) when its poll timer runs out. "
	      "librdkafka only falls silent, and leaves and joins within milliseconds when it is polled again.",
	[10] = "Its partitions are given to others though it did not let go of them. The session timeout is the broker's or the "
	       "group's (consumer.session.timeout.ms by kafka-configs --entity-type groups), not the client's.",
	[11] = "The member was asked to give partitions up and did not confirm it within its rebalance timeout "
	       "(max.poll.interval.ms), though it sent heartbeats: it is expelled, and answered UNKNOWN_MEMBER_ID. Until then "
	       "those who are to get these partitions wait, nobody else.",
	[13] = "A process under a group.instance.id in use is refused (UNRELEASED_INSTANCE_ID): the incumbent wins, the opposite "
	       "of the classic protocol. After epoch -2 the place is free: the next process gets the same partitions, no rebalance.",
	[16] = "FENCED_MEMBER_EPOCH or UNKNOWN_MEMBER_ID: the member gives up everything and joins with epoch 0 under the same id.",
	[21] = "Up: the first heartbeat of the new protocol converts the group; classic members stay in it and are led by "
	       "REBALANCE_IN_PROGRESS, each alone. Down: when the last member of the new protocol goes.",
};
