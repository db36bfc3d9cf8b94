/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of regroup explain for storms.
 */
#include "explain.h"

const struct explanation explain_storms[GROUP_STORM_CLASSES] = {
	[GROUP_STORM_ROLLING_RESTART] = {
		.means = "Members are restarted one after another, and each costs a rebalance when it leaves and one when it comes: "
			 "2 for each of N members, about 3 with cooperative-sticky, 0 with static members.",
		.wire = "Leaves (R7) of different members, each followed by a join (R2).",
		.alike = "A flapping member, where it is always the same one.",
		.change = "group.instance.id, fixed for each instance, and session.timeout.ms above the time that a restart takes. "
			  "cooperative-sticky keeps the partitions that do not move going.",
	},
	[GROUP_STORM_DEPLOY_HERD] = {
		.means = "Many members start, but not together: each one that comes after the first assignment costs a rebalance.",
		.wire = "Joins of new members (R2) in a row, nobody leaves.",
		.alike = "The second half of a rolling restart, when the capture began late.",
		.change = "Start them within one group.initial.rebalance.delay.ms of each other, or raise it (it only acts on an "
			  "empty group).",
	},
	[GROUP_STORM_SLOW_PROCESSING] = {
		.means = "A member keeps stopping to poll for longer than max.poll.interval.ms, leaves, and comes back.",
		.wire = "R9 by the same member again and again, each followed by its return.",
		.change = "Lower max.poll.records, raise max.poll.interval.ms, or move the work off the polling thread.",
	},
	[GROUP_STORM_SLOW_JOINER] = {
		.means = "In rebalance after rebalance all wait for the same member to rejoin.",
		.wire = "Most of each join phase is one member's time between its first REBALANCE_IN_PROGRESS and its JoinGroup; or "
			"R11.",
		.alike = "The wait of up to one heartbeat interval until a member hears of the rebalance is not its fault, and is not "
			 "counted.",
		.change = "Less work between two polls (max.poll.records), and shorter callbacks in the rebalance listener.",
	},
	[GROUP_STORM_STARVATION] = {
		.means = "A member lives, but its heartbeats do not come: it is expelled and returns at once.",
		.wire = "R10, then the same client under a new id, after it used its old id once more.",
		.alike = "A process that is killed and started again does not know its old id: that is a flapping member.",
		.change = "Look for GC pauses, CPU limits, a frozen or swapping host. session.timeout.ms=45000, heartbeat.interval.ms "
			  "of at most a third.",
	},
	[GROUP_STORM_GHOST_STALL] = {
		.means = "A process was restarted without leaving. Its former member id is still in the group, and everybody waits "
			 "in the join phase until that session has run out.",
		.wire = "A join phase as long as the rest of the session of a member whose client has joined under a new id.",
		.alike = "R11, where the absent member sends heartbeats.",
		.change = "Close consumers gracefully, or make them static. Streams does not leave by default: "
			  "internal.leave.group.on.close=true up to 4.1, CloseOptions later. A shorter session.timeout.ms "
			  "shortens the wait.",
	},
	[GROUP_STORM_FLAPPING] = {
		.means = "One member, or one host, is behind at least two thirds of the rebalances: it comes and goes.",
		.wire = "The same client id and host in cause after cause.",
		.change = "Look at that process: crash loops, failing health checks, memory, network.",
	},
	[GROUP_STORM_DUPLICATE_INSTANCE] = {
		.means = "Two processes have the same group.instance.id and take the member's place from each other. Both hold its "
			 "partitions for up to a heartbeat interval each time.",
		.wire = "FENCED_INSTANCE_ID again and again for one instance, while the generation does not change. With KIP-848 the "
			"newcomer is refused with UNRELEASED_INSTANCE_ID instead.",
		.change = "Make the id unique, for example from the pod's name in a stateful set.",
	},
	[GROUP_STORM_OVERSUBSCRIPTION] = {
		.means = "There are more members than partitions. Those without work still cost a rebalance when they come and go.",
		.wire = "Empty assignments in rebalance after rebalance.",
		.change = "Fewer members or more partitions; an upper bound for the autoscaler.",
	},
	[GROUP_STORM_INCOMPATIBLE] = {
		.means = "Clients that do not fit together use one group.id: they have no assignor in common, or keep changing what "
			 "the group subscribes to.",
		.wire = "JoinGroup answered INCONSISTENT_GROUP_PROTOCOL in a loop, or R4 again and again.",
		.change = "Change partition.assignment.strategy in two steps: list both everywhere, then drop the old one. Different "
			  "applications need different group ids.",
	},
	[GROUP_STORM_METADATA_CHURN] = {
		.means = "Topics that the group subscribes to keep changing.",
		.wire = "R5 again and again; with patterns also R4 with growing lists.",
		.alike = "Clients 3.5 to 4.3 with client.rack while brokers restart.",
		.change = "Narrow the pattern, raise metadata.max.age.ms, make topics in one go, upgrade such clients.",
	},
	[GROUP_STORM_OSCILLATION] = {
		.means = "Each cooperative assignment asks for another one.",
		.wire = "A follow-up (R20) after a follow-up, three times or more.",
		.change = "Use a built-in assignor, in the same version in all members.",
	},
	[GROUP_STORM_BROKER_ROLL] = {
		.means = "Brokers are restarted, and groups go with their coordinators: away, and back.",
		.wire = "Rebalances within a minute of a coordinator's move (R15), in many groups at once.",
		.change = "Controlled shutdown, and a pause until groups are stable before the next broker. A session.timeout.ms "
			  "longer than it takes to load the group's state.",
	},
	[GROUP_STORM_ZOMBIE_LOOP] = {
		.means = "A client was told that it is no member any more and does not care.",
		.wire = "UNKNOWN_MEMBER_ID or ILLEGAL_GENERATION to the same id ten times and more, over at least 20 s.",
		.change = "Fix or replace the client: it must join again. Its commits are lost until then.",
	},
	[GROUP_STORM_PLANNED] = {
		.means = "Kafka Connect and Kafka Streams rebalance by themselves: Connect when its configuration changes and after it "
			 "waited for a lost worker, Streams when tasks have caught up elsewhere.",
		.wire = "Protocol type connect and a config offset that has grown or a delay that is over, or a Streams assignment that "
			"announced when the next rebalance is due. They count for a storm only by the time that they take: when it is "
			"half of it.",
		.change = "Connect: make and change connectors several at once; connect.protocol=sessioned stops only what moves. "
			  "Streams: raise probing.rebalance.interval.ms.",
	},
};
