/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of regroup explain for causes. Names of errors are written as Kafka writes them.
 */
#include "explain.h"

const struct explanation explain_causes[EXPLAIN_CAUSES] = {
	[0] = {
		.means = "The group rebalanced, and nothing that was captured explains it. The effect is reported, no cause is "
			 "guessed.",
		.wire = "Members are answered REBALANCE_IN_PROGRESS, or a new generation appears, without a join, a leave or "
			"a session that ran out before it.",
		.alike = "Anything, when the connection of the member that began it was not captured, or packets are missing.",
		.change = "Capture where all members are seen: at the coordinator, from before the trouble, with a larger "
			  "buffer (-B) if the kernel dropped packets. The notes of each rebalance say what was missing.",
	},
	[1] = {
		.means = "An empty group got its first members. The coordinator collects joins for "
			 "group.initial.rebalance.delay.ms (3 s) and begins again with each newcomer.",
		.wire = "JoinGroup into a group that is known to be empty, answered with generation 1 or after 3, 6, 9 ... s; or "
			"generation 1.",
		.alike = "A capture that begins in the middle of a join phase: without generation 1 it is told with C1.",
		.change = "Nothing, once. If it takes long, members come one by one: start them together. If it happens again and "
			  "again, the last member keeps leaving: look at why.",
	},
	[2] = {
		.means = "A client joined that was not a member: a new instance, or one that had been a member and lost its id.",
		.wire = "JoinGroup with an empty member id, answered MEMBER_ID_REQUIRED and asked again with the id given (since "
			"2.2), then not answered until all have joined.",
		.alike = "Scaling out, a restart and a return after R9, R10 or R11 are the same message. The same client id and "
			 "host under a new id is called a return.",
		.change = "For restarts: group.instance.id with a session.timeout.ms longer than the restart. For scaling: add "
			  "several at once. cooperative-sticky keeps all other partitions going.",
	},
	[3] = {
		.means = "The leader joined again. The coordinator always rebalances for that, since only the leader assigns "
			 "partitions. Why it did so is not said on the wire.",
		.wire = "JoinGroup by the current leader while the group is stable, without a reason and with nothing changed.",
		.alike = "R5 and R6 look like this in clients that give no reason (before Java 3.2, librdkafka, sarama). "
			 "kafka-python does it once after it becomes leader.",
		.change = "Look into the leader's log at that second: topic changes and enforceRebalance() are written there.",
	},
	[4] = {
		.means = "A member joined again with other topics, another rack or other assignors than before. In Kafka Connect: a "
			 "worker read new configurations of connectors or tasks.",
		.wire = "JoinGroup by a member of the stable group whose parsed subscription differs; the bytes alone say "
			"nothing, as they hold the generation. Java since 3.2 says \"subscription has changed\". Connect gives no "
			"reason: the config offset in the worker's JoinGroup has grown.",
		.alike = "R5, when a pattern begins to match a new topic: then the list of topics grows.",
		.change = "Subscribe once, before the first poll. Change assignors in two steps: list both everywhere, then drop the "
			  "old one.",
	},
	[5] = {
		.means = "A topic of the subscription got partitions, appeared or vanished; the leader noticed it and asked for a "
			 "new assignment.",
		.wire = "JoinGroup by the leader with \"cached metadata has changed\", or after a Metadata answer to it with other "
			"partition counts.",
		.alike = "Clients 3.5 to 4.3 with client.rack see a change when a broker restarts, since racks of replicas vanish.",
		.change = "Make topics in one go, narrow subscription patterns, raise metadata.max.age.ms. Upgrade clients that "
			  "rejoin when only racks changed.",
	},
	[6] = {
		.means = "The application asked for a rebalance.",
		.wire = "JoinGroup by a member with nothing changed and words of its own as reason, or \"rebalance enforced by "
			"user\".",
		.alike = "R3, where the client cannot give a reason. Kafka Streams asks for its own follow-ups and probing rebalances "
			 "in the same way (\"triggered followup rebalance scheduled for ...\"): those are R20.",
		.change = "Look for enforceRebalance() in the application.",
	},
	[7] = {
		.means = "A member was closed and said so. Its partitions go to the others.",
		.wire = "LeaveGroup on the member's own connection, and the connection is closed soon after. Java since 3.2 says "
			"\"the consumer is being closed\".",
		.alike = "R8 and R9 send the same message but keep the connection. An administrator's LeaveGroup (R14) comes from "
			 "another connection.",
		.change = "A shutdown, a restart or scaling in. If restarts are frequent: group.instance.id, with which close() does "
			  "not leave, and session.timeout.ms above the time that a restart takes.",
	},
	[8] = {
		.means = "A member gave up its subscription and lives on.",
		.wire = "LeaveGroup, the connection is kept, no more heartbeats. Java since 3.2: \"the consumer unsubscribed from "
			"all topics\".",
		.alike = "R9 without a reason: there no Fetch was sent for as long as max.poll.interval.ms before.",
		.change = "Pause partitions with pause() instead of unsubscribing if it is meant to come back.",
	},
	[9] = {
		.means = "The application did not call poll() for max.poll.interval.ms (5 min by default). The client itself leaves "
			 "the group, because it can do no work.",
		.wire = "LeaveGroup with the connection kept, no Fetch for about that long before, and an empty member id when it "
			"comes back. Java since 3.2 says \"consumer poll timeout has expired.\" A static member says nothing "
			"and only stops its heartbeats. Refused with UNKNOWN_MEMBER_ID it was too late: then it is R11.",
		.alike = "R8, R7 without a reason. A process that died closes its connection or is silent on TCP; a stuck one still "
			 "acknowledges. segmentio/kafka-go and franz-go have no such limit.",
		.change = "Less work between two polls: lower max.poll.records, or hand records to other threads and pause(). Raise "
			  "max.poll.interval.ms if the work just takes that long. Look for one slow call: a database, a lock.",
	},
	[10] = {
		.means = "The coordinator heard nothing from a member for its session timeout and took it out. Nobody sends a "
			 "message for that.",
		.wire = "The last heartbeat, commit or join of the member is one session timeout (from its JoinGroup) before the "
			"others are told to rejoin, and it is missing from the next list. C3 once it is answered "
			"UNKNOWN_MEMBER_ID without having left.",
		.alike = "R11, where the member did send heartbeats. A killed process and a frozen one look the same until it comes "
			 "back: a frozen one still uses its old id. kafkajs also does this when eachMessage is slow.",
		.change = "Killed: shut down gracefully. Frozen: GC pauses, CPU limits, swapping, a paused machine. Use "
			  "session.timeout.ms=45000 and heartbeat.interval.ms of at most a third of it.",
	},
	[11] = {
		.means = "A member did not rejoin within the rebalance timeout (its max.poll.interval.ms), and the group went on "
			 "without it. All others had waited that long.",
		.wire = "The join phase ends by itself, as long after its start as the largest rebalance timeout; the absent member "
			"had sent heartbeats all the time and is answered UNKNOWN_MEMBER_ID later.",
		.alike = "R9: the client's own timer fires first when the stall began before the rebalance. Blocked in "
			 "onPartitionsRevoked, the coordinator's does.",
		.change = "Shorten the rebalance listener's callbacks and the work between two polls; lower max.poll.interval.ms only "
			  "if all the others must not wait so long.",
	},
	[12] = {
		.means = "A member was told the new generation and never asked for its assignment; or the leader never handed one "
			 "in.",
		.wire = "Brokers since 2.8.1: one rebalance timeout after the JoinGroup answers the waiting SyncGroups are answered "
			"REBALANCE_IN_PROGRESS together, and one member has sent none.",
		.alike = "R10 within the sync phase, when the session is shorter than the rebalance timeout.",
		.change = "Look at that member: it froze between two answers. If it is the leader, its assignor may take too long.",
	},
	[13] = {
		.means = "A process with the group.instance.id of a member joined. Usually nothing happens: it takes over the member's "
			 "place. The group rebalances only if its assignor would change or a rebalance was just under way.",
		.wire = "JoinGroup with an empty member id and a known instance id, answered at once; the former id is answered "
			"FENCED_INSTANCE_ID.",
		.alike = "Two processes with one id fence each other in turns: see regroup explain \"duplicate instance id\".",
		.change = "Nothing for a restart. Give every process its own group.instance.id.",
	},
	[14] = {
		.means = "Somebody removed members with an administration tool.",
		.wire = "LeaveGroup v3 or later from a connection that is not the member's, often from a client named adminclient-*, "
			"with several members or instance ids.",
		.alike = "Kafka Streams removes its own static members this way.",
		.change = "Ask who ran kafka-consumer-groups, or what operator did.",
	},
	[15] = {
		.means = "The group moved to another coordinator. A stable group survives that; this one was rebalancing, or its "
			 "members lost their sessions meanwhile.",
		.wire = "NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE or COORDINATOR_LOAD_IN_PROGRESS, FindCoordinator naming another "
			"broker, and members going there. Many groups at once are one broker.",
		.alike = "A fresh cluster answers the same while __consumer_offsets is created: the broker named does not change.",
		.change = "Restart brokers with controlled shutdown, one after another, waiting until groups are stable.",
	},
	[16] = {
		.means = "A member that is out of the group already goes on under its old id.",
		.wire = "Heartbeat, SyncGroup or OffsetCommit answered ILLEGAL_GENERATION or UNKNOWN_MEMBER_ID, then a JoinGroup with "
			"an empty id.",
		.alike = "It is what remains of R10, R11 or R12, which is the cause.",
		.change = "Look at why it was expelled. A client that ignores these errors must be fixed.",
	},
	[17] = {
		.means = "A client has no assignor, or another protocol type, in common with the group and was turned away.",
		.wire = "JoinGroup answered INCONSISTENT_GROUP_PROTOCOL. The group itself does not rebalance.",
		.change = "List old and new assignors in partition.assignment.strategy everywhere, then drop the old one. If it is "
			  "another application: another group.id.",
	},
	[18] = {
		.means = "The group is as large as group.max.size permits.",
		.wire = "JoinGroup answered GROUP_MAX_SIZE_REACHED; or a rebalance right after a coordinator loaded the group with a "
			"lower limit.",
		.change = "Fewer members or a larger group.max.size.",
	},
	[19] = {
		.means = "The coordinator could not store the assignment in __consumer_offsets, and the members begin anew.",
		.wire = "All SyncGroups answered with a coordinator error after the leader's came.",
		.alike = "R15, when the partition was just moving.",
		.change = "Look at the replicas of __consumer_offsets: min.insync.replicas, disks, offline partitions.",
	},
	[20] = {
		.means = "The second half of a cooperative rebalance: members gave up partitions in the first, and now others get "
			 "them. Connect also hands out so what had waited for a lost worker (scheduled.rebalance.max.delay.ms); Streams "
			 "also looks so whether copies of tasks have caught up (probing.rebalance.interval.ms).",
		.wire = "Right after SyncGroup the members whose assignment lacks partitions they own rejoin; Java says \"need to "
			"revoke partitions and re-join\". Connect: the assignment before took something away, or its delay is over. "
			"Streams: \"triggered followup rebalance scheduled for ...\", or the time that the assignment announced.",
		.alike = "It inherits the cause of the rebalance before. It lasts about one heartbeat interval, in which nobody is "
			 "slow: the others only learn of it then.",
		.change = "Nothing: one for each change of the membership is how it works. More: see regroup explain \"assignor "
			  "oscillation\".",
	},
	[21] = {
		.means = "The group changes between the classic protocol and that of KIP-848.",
		.wire = "Classic members get JoinGroup answers with an empty leader at once; generation and group epoch are one count.",
		.alike = "A 22-character member id in a classic group means that it was changed back.",
		.change = "Nothing; finish the upgrade so that not both are in use.",
	},
};
