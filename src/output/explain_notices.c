/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of regroup explain for everything that is told beside rebalances and storms: events by their names in the
 * machine output, and what errors mean where they are told. Names of errors are written as Kafka writes them.
 */
#include "explain.h"

const struct explain_notice explain_notices[EXPLAIN_NOTICES] = {
	{
		.name = "rebalance",
		.other = { "rebalance-started", "generation", "epoch", "group epoch" },
		.text = {
			.means = "The members of a group share its partitions out anew. In the classic protocol all join, one of them (the "
				 "leader) assigns, all get their part: a new generation. Where the broker assigns (KIP-848, share and "
				 "streams groups) each change raises the group epoch, and heartbeats lead the members there.",
			.wire = "Classic: JoinGroup and SyncGroup of all members, a generation one higher. Else heartbeats that are answered "
				"with a higher member epoch.",
			.change = "regroup why names what causes most of them, and what would end that; each cause (R0 to R21) is explained "
				  "here by its id.",
		},
	},
	{
		.name = "member",
		.other = { "stayed", "joined", "returned", "left", "expired", "kicked", "removed" },
		.text = {
			.means = "What became of a member. Joined: new. Returned: the same client and host under a new id. Left: it said so. "
				 "Expired: its session ran out. Kicked: it did not rejoin, or give partitions up, in time. Removed: by an "
				 "administrator. Each may be the cause of a rebalance (R2, R7 to R14).",
			.wire = "JoinGroup, LeaveGroup, heartbeats with epoch 0, -1 and -2, and what follows for the others.",
			.change = "See the cause of the rebalance that it led to.",
		},
	},
	{
		.name = "superseded",
		.other = { "passed over", "passed_over", "superseded epoch", "aborted", "aborted round" },
		.text = {
			.means = "The next change came before all members had arrived. Of a passed over epoch no member was ever told: "
				 "brokers compute targets at most once a second, and changes that come together skip numbers.",
			.wire = "A higher epoch, or another JoinGroup round, before the assignment of this one was known to all.",
			.change = "Nothing for a few: members that start together do this. If one member is named as not having given "
				  "partitions up, it holds the others back: lower max.poll.records or shorten its revocation callback.",
		},
	},
	{
		.name = "reconciling",
		.other = { "gave up", "not given up", "unrevoked", "unreleased", "revocation", "reconciliation" },
		.text = {
			.means = "KIP-848: who is to lose partitions is asked to give them up, and who is to get them waits for that; nobody "
				 "else stops. The rebalance is over when all have what the target gives them.",
			.wire = "An answer with fewer partitions at the same epoch (UNREVOKED); the next request that lists only what is left is "
				"the confirmation. An epoch that advanced without the new partitions (UNRELEASED) waits for somebody else.",
			.alike = "A member that joins within a second of the last target is answered the former epoch and nothing: it waits for "
				 "the next target, not for others.",
			.change = "The slowest member is the one to look at: max.poll.records, onPartitionsRevoked. It is expelled after its "
				  "max.poll.interval.ms (R11). The heartbeat interval is the broker's (group.consumer.heartbeat.interval.ms).",
		},
	},
	{
		.name = "replaced",
		.other = { "static bounce", "bounce", "static member" },
		.text = {
			.means = "A static member came back within its session and got the same partitions: no rebalance.",
			.wire = "JoinGroup with a group.instance.id that the group knows, answered with the same generation; with KIP-848 epoch -2, "
				"and then a join by the same group.instance.id.",
			.change = "This is what static members are for. A changed subscription is acted on at the next rebalance only.",
		},
	},
	{
		.name = "fenced",
		.other = { "member fenced", "FENCED_INSTANCE_ID", "82", "FENCED_MEMBER_EPOCH", "110", "UNRELEASED_INSTANCE_ID", "111",
			   "UNSUPPORTED_ASSIGNOR", "112", "INVALID_REGULAR_EXPRESSION", "128" },
		.text = {
			.means = "The coordinator refused a member. FENCED_INSTANCE_ID (82): another process has its group.instance.id now. "
				 "UNRELEASED_INSTANCE_ID (111): the one before still has it, this one is turned away. FENCED_MEMBER_EPOCH "
				 "(110): its epoch is not the group's, it gives everything up and joins again, which moves nothing. "
				 "UNSUPPORTED_ASSIGNOR (112), INVALID_REGULAR_EXPRESSION (128): what it asked for does not exist.",
			.wire = "These errors, in answers to heartbeats, joins and commits.",
			.alike = "A producer that is fenced is another matter: regroup explain \"producer fenced\".",
			.change = "82 and 111: give each process a group.instance.id of its own, and stop the old one before the new one starts "
				  "(after a crash the id is taken until the session timeout). 112: group.remote.assignor must be one of the "
				  "broker's group.consumer.assignors. 128: the pattern is RE2/J, the broker's, not java.util.regex.",
		},
	},
	{
		.name = "streams topology",
		.other = { "STREAMS_INVALID_TOPOLOGY", "130", "STREAMS_INVALID_TOPOLOGY_EPOCH", "131", "STREAMS_TOPOLOGY_FENCED", "132",
			   "topology epoch" },
		.text = {
			.means = "Streams groups (KIP-1071): members send their topology to the broker, which assigns its tasks. The group runs one "
				 "topology at a time, counted by the topology epoch.",
			.wire = "StreamsGroupHeartbeat answered with one of these errors, or with a status: stale topology, missing source topics, "
				"incorrectly partitioned topics, missing internal topics, shutdown requested, assignment delayed.",
			.change = "Deploy one version of the application to all instances; make source topics before it starts, with the partition "
				  "counts that joins need.",
		},
	},
	{
		.name = "commit failed",
		.other = { "commit-failed", "UNKNOWN_MEMBER_ID", "25", "ILLEGAL_GENERATION", "22", "REBALANCE_IN_PROGRESS", "27",
			   "STALE_MEMBER_EPOCH", "113" },
		.text = {
			.means = "The coordinator refused offsets: the member is none any more (25), its generation is over (22), the group is "
				 "between two generations (27), or its epoch is not the one that it has the partitions in (113).",
			.wire = "OffsetCommit or TxnOffsetCommit with an error for some of its partitions.",
			.alike = "Offsets of a transaction: nothing is lost when it is aborted, see \"transaction cut\".",
			.change = "Who has the partitions next begins before what was done: make processing idempotent. Keep the time between "
				  "polls below max.poll.interval.ms, commit in onPartitionsRevoked. 27 and 113 are worth a retry, 22 and 25 are not.",
		},
	},
	{
		.name = "read twice",
		.other = { "duplicates", "duplicate records", "redelivery", "records read twice" },
		.text = {
			.means = "A commit was refused, and whoever has the partition now begins before it: these records are processed twice.",
			.wire = "The offset of a refused commit is ahead of the next owner's OffsetFetch answer or first Fetch.",
			.change = "Idempotent processing, or transactions (read-process-write). Fewer records a poll make it fewer.",
		},
	},
	{
		.name = "read again",
		.other = { "resumed", "downtime", "is read again", "unread" },
		.text = {
			.means = "Partitions that a rebalance interrupted have a reader again. The time in between is what users of the data felt.",
			.wire = "From the last Fetch with the partition to the first one after the rebalance (fetch sessions are followed). Where the "
				"Fetch before was not captured it is a lower bound.",
			.change = "cooperative-sticky or group.protocol=consumer interrupt only what moves; static members do not move at all.",
		},
	},
	{
		.name = "delivery",
		.other = { "share group", "share", "acquired", "redelivered", "released", "rejected", "acknowledged" },
		.text = {
			.means = "Share groups (KIP-932): members share partitions, each record is acquired by one of them for a time and then "
				 "accepted, released (to be delivered again), rejected (given up) or renewed. Told for each member, in records.",
			.wire = "ShareFetch answers (acquired, with the delivery count) and the acknowledgements in ShareFetch and ShareAcknowledge.",
			.change = "Many redelivered: processing takes longer than group.share.record.lock.duration.ms, or members die in it. "
				  "Rejected records are lost to the group; after group.share.delivery.count.limit deliveries so are released ones.",
		},
	},
	{
		.name = "join refused",
		.other = { "join-refused", "INCONSISTENT_GROUP_PROTOCOL", "23", "GROUP_MAX_SIZE_REACHED", "81", "INVALID_SESSION_TIMEOUT", "26",
			   "GROUP_AUTHORIZATION_FAILED", "30", "INVALID_GROUP_ID", "24" },
		.text = {
			.means = "A client is not let into the group: no assignor in common (23, R17), the group is full (81, R18), a session "
				 "timeout that the broker does not allow (26), no right to the group (30), a group id that is none (24).",
			.wire = "JoinGroup, or a heartbeat that joins, answered with this error; told at the first answer and when the client stops.",
			.change = "Each line says what to change for its error. A client that asks in a loop never gets in by asking.",
		},
	},
	{
		.name = "broker trouble",
		.other = { "broker" },
		.text = {
			.means = "Several groups were hit at once by what happened to the broker that coordinates them.",
			.wire = "It closed the connections of members of three groups, or told two groups that it does not coordinate them or is "
				"loading them.",
			.change = "Controlled shutdown, and time between two brokers. The groups' own rebalances are what follows, not the cause.",
		},
	},
	{
		.name = "coordinator",
		.other = { "NOT_COORDINATOR", "16", "COORDINATOR_NOT_AVAILABLE", "15", "COORDINATOR_LOAD_IN_PROGRESS", "14" },
		.text = {
			.means = "Another broker coordinates the group now: the leader of the partition of __consumer_offsets that the group's name "
				 "hashes to. By itself it moves nothing (see R15 for when it does).",
			.wire = "NOT_COORDINATOR, FindCoordinator, then the same requests to another broker, which may be loading the group (14).",
			.change = "Clients cope. If it comes often, look at why leaders move.",
		},
	},
	{
		.name = "admin",
		.other = { "group deleted", "deleted", "not-deleted", "described", "listed", "DeleteGroups", "NON_EMPTY_GROUP", "68",
			   "DescribeGroups", "ListGroups", "ConsumerGroupDescribe", "ShareGroupDescribe", "StreamsGroupDescribe" },
		.text = {
			.means = "What an administrator's tool asked and was told: described and listed say the group's state, as its coordinator "
				 "knows it (told when it has changed, in text with -v). Deleted: its offsets are gone, and who joins next forms a "
				 "new group at generation 1. A group with members is not deleted (NON_EMPTY_GROUP).",
			.wire = "DescribeGroups, ConsumerGroupDescribe, ShareGroupDescribe, StreamsGroupDescribe, ListGroups, DeleteGroups. A "
				"member that is removed by hand is R14.",
			.change = "After a deletion members of a new group begin where auto.offset.reset says, not where they were.",
		},
	},
	{
		.name = "probing rebalance",
		.other = { "probing", "planned", "warm-up", "standby", "version probing" },
		.text = {
			.means = "Kafka Streams gives a task to the instance that should have it once that one has caught up (KIP-441): until then it "
				 "keeps a warm-up copy, and asks for a rebalance every probing.rebalance.interval.ms to look. Expected. "
				 "Version probing: in a rolling upgrade members find out which version of their data all understand.",
			.wire = "The leader's assignment announces the time; the join comes then (R20), with \"triggered followup rebalance "
				"scheduled for\" as its reason since 3.2.",
			.change = "Nothing. A longer probing.rebalance.interval.ms has fewer; acceptable.recovery.lag says what caught up means.",
		},
	},
	{
		.name = "scheduled delay",
		.other = { "delay", "connect delay", "scheduled.rebalance.max.delay.ms", "lost worker", "Connect", "connector" },
		.text = {
			.means = "Kafka Connect (since 2.3): what a lost worker ran is held back for scheduled.rebalance.max.delay.ms, for it to come "
				 "back to. Nobody runs it meanwhile. When the time is over a follow-up (R20) hands it out.",
			.wire = "A delay in the assignment of all workers; a rejoin when it is over.",
			.change = "A little longer than a worker's restart is right (5 min by default): shorter gives the tasks away sooner.",
		},
	},
	{
		.name = "election",
		.other = { "Schema Registry", "master", "schema-registry", "leader election" },
		.text = {
			.means = "Schema Registry instances elect a master as a group: it takes registrations. Schemas can be read meanwhile.",
			.wire = "Protocol type sr; the assignment names the master, or an error: two instances with one address, or none that may be it.",
			.change = "Unique host.name and listeners; leader.eligibility on at least one; restart the master last.",
		},
	},
	{
		.name = "producer started",
		.other = { "producer", "started", "InitProducerId", "producer id" },
		.text = {
			.means = "A producer got its id and epoch: a transactional one takes its transactional.id over from whoever had it.",
			.wire = "InitProducerId answered with a producer id. CONCURRENT_TRANSACTIONS (51) before that is the wait for an open "
				"transaction to be aborted.",
			.change = "Nothing. If one client starts again and again, it is restarted or creates a producer for each record.",
		},
	},
	{
		.name = "epoch bump",
		.other = { "epoch-bumped", "epoch bumped", "producer epoch", "KIP-890", "KIP-360" },
		.text = {
			.means = "A producer's epoch went up. On its own request (KIP-360) after an error that it recovers from; or with every "
				 "transaction (KIP-890, transaction.version 2), which keeps late requests of the one before out. Neither is fencing.",
			.wire = "InitProducerId with its own id and epoch; or EndTxn version 5 and later, whose answer has the next epoch.",
			.change = "Nothing for KIP-890. For its own bumps look at the errors before: they are told as refused.",
		},
	},
	{
		.name = "producer fenced",
		.other = { "fenced producer", "zombie producer", "PRODUCER_FENCED", "90", "INVALID_PRODUCER_EPOCH", "47" },
		.text = {
			.means = "Another producer took the transactional.id: this one's epoch is old, whatever it sends is refused, and it must be "
				 "closed. Which of the two codes it gets depends on what it sent.",
			.wire = "InitProducerId for the same transactional.id from elsewhere, answered with a higher epoch; then 47 to Produce or 90 to "
				"EndTxn and AddPartitionsToTxn of the old one.",
			.alike = "A transaction that was open for too long gets 47 as well: the coordinator raised the epoch, nobody took the id (C2 or "
				 "C1 then). Epochs that rise with every transaction are no fencing.",
			.change = "One live producer for each transactional.id, the same over restarts; stop the old one before the new one starts. "
				  "Streams with exactly_once_v2 does this by itself when tasks move.",
		},
	},
	{
		.name = "produce refused",
		.other = { "refused", "producer refused", "produce error", "NOT_LEADER_OR_FOLLOWER", "6", "UNKNOWN_TOPIC_OR_PARTITION", "3",
			   "FENCED_LEADER_EPOCH", "74", "UNKNOWN_LEADER_EPOCH", "75", "LEADER_NOT_AVAILABLE", "5", "KAFKA_STORAGE_ERROR", "56" },
		.text = {
			.means = "Produce requests were answered with an error. NOT_LEADER_OR_FOLLOWER (6) and the like: the leader moved, the client "
				 "asks for metadata and goes on; a few of them are what a leader election looks like.",
			.wire = "Produce answers, by error and partition, summed up until there were none for 2 s; Metadata requests within 1 s count as "
				"caused by them. acks=0 is not answered, errors cannot be seen: the broker closes the connection.",
			.change = "6, 74, 75, 5: look at the brokers if it lasts. 3: the topic does not exist or is not ready. "
				  "RECORD_TOO_LARGE, authorization: the client's configuration.",
		},
	},
	{
		.name = "sequence error",
		.other = { "OUT_OF_ORDER_SEQUENCE_NUMBER", "45", "DUPLICATE_SEQUENCE_NUMBER", "46", "UNKNOWN_PRODUCER_ID", "59",
			   "sequence number" },
		.text = {
			.means = "An idempotent producer's batch does not follow the one before: a batch in between was lost (45), or the broker does "
				 "not know the producer's state any more (59). Duplicates (46) are harmless: the batch is there already.",
			.wire = "Produce answered with this error for a partition.",
			.change = "max.in.flight.requests.per.connection of at most 5 and no retries cut short (delivery.timeout.ms). 59 after long "
				  "silence: the broker expired the producer id (producer.id.expiration.ms). The client raises its epoch and goes on, "
				  "or aborts its transaction.",
		},
	},
	{
		.name = "transaction cut",
		.other = { "cut", "TxnOffsetCommit", "transaction aborted", "TRANSACTION_ABORTABLE", "120", "read-process-write" },
		.text = {
			.means = "A read-process-write transaction was aborted because its group had refused the offsets: a rebalance took the "
				 "partitions away. Nothing is lost, who has them now reads the records again.",
			.wire = "TxnOffsetCommit answered 22, 25, 27 or 82, then EndTxn (abort) by the same producer, which goes on.",
			.alike = "Fencing, where the producer cannot go on.",
			.change = "Smaller transactions (max.poll.records), shorter than max.poll.interval.ms; members that keep their partitions "
				  "(cooperative-sticky, static members).",
		},
	},
	{
		.name = "committed without offsets",
		.other = { "committed-without-offsets", "uncovered" },
		.text = {
			.means = "A transaction was committed although the group had refused its offsets: its input is read again and its output "
				 "stays, twice.",
			.wire = "TxnOffsetCommit with an error, then EndTxn (commit).",
			.change = "The application must abort when sendOffsetsToTransaction fails.",
		},
	},
	{
		.name = "transaction timed out",
		.other = { "timed-out", "timed out", "overdue", "transaction overdue", "transaction.timeout.ms" },
		.text = {
			.means = "A transaction was open for longer than transaction.timeout.ms: the coordinator aborts it and raises the epoch. "
				 "Overdue: it is open for longer than that, and what the coordinator did was not seen. Until then readers with "
				 "read_committed wait at it.",
			.wire = "No EndTxn within the timeout that InitProducerId said; afterwards requests with the old epoch are refused.",
			.change = "Commit more often, or raise transaction.timeout.ms (at most the broker's transaction.max.timeout.ms). Look at why "
				  "the producer stood still.",
		},
	},
	{
		.name = "transaction totals",
		.other = { "total", "transaction" },
		.text = {
			.means = "What became of one producer's transactions in the capture: committed, aborted, cut by rebalances, timed out, and the "
				 "longest that one was open.",
			.wire = "EndTxn requests that were answered without an error.",
			.change = "Nothing: many aborted ones are worth a look.",
		},
	},
	{
		.name = "metadata storm",
		.other = { "metadata-storm", "metadata loop", "metadata refresh" },
		.text = {
			.means = "A client asks for metadata in a loop, more than twice a second: it costs brokers a lot and gets it nowhere.",
			.wire = "30 Metadata requests and more of one client at that rate; what a connection asks at its beginning does not count.",
			.change = "Mostly a topic that does not exist or may not be read (the line names it and its error), retry.backoff.ms of 0, or a "
				  "client that is created anew for each request.",
		},
	},
	{
		.name = "gap",
		.other = { "not seen", "missing", "complete", "lost packets", "incomplete" },
		.text = {
			.means = "Packets or bytes are missing from the capture. Nothing is guessed about what they held: what it concerns is said with "
				 "less confidence, and that it is incomplete.",
			.wire = "Holes in the TCP streams, drop counters of the kernel.",
			.change = "Capture at the broker, whole packets (tcpdump -s 0), with a larger buffer (-B) or --ebpf.",
		},
	},
	{
		.name = "connection",
		.other = { "opaque", "tls", "sasl-encrypted", "not-kafka" },
		.text = {
			.means = "A connection that could not be read: TLS, SASL with encryption, or no Kafka at all. Members behind it are not seen.",
			.wire = "The first bytes of the stream.",
			.change = "--tls reads TLS of processes on this host; else capture where it is plain.",
		},
	},
	{
		.name = "storm",
		.other = { "mixed causes", "storms" },
		.text = {
			.means = "A group that keeps rebalancing. It is told once, with its kind where one explains two thirds of it, and what would "
				 "end it.",
			.wire = "Two of these within ten minutes: five rebalances; a quarter of the time not stable; three rebalances running with less "
				"than a session timeout of calm between them, three aborted rounds, or one member lost three times. What is planned "
				"(Connect, Streams) does not count. Over after five minutes of calm.",
			.change = "The kinds of storms are explained by their names.",
		},
	},
	{
		.name = "summary",
		.text = {
			.means = "The last line: how much was captured and read, and what was not.",
			.wire = "Counters of all layers.",
			.change = "Nothing, unless it says that something was not seen.",
		},
	},
	{
		.name = "confidence",
		.other = { "C0", "C1", "C2", "C3" },
		.text = {
			.means = "How sure a cause is. C3: the protocol permits only this reading of messages that were seen. C2: timing, membership and "
				 "errors agree, and no other reading survives. C1: one weak sign, or another reading that is not excluded. C0: the "
				 "effect is told without a cause.",
			.wire = "The frames in brackets are the evidence.",
			.change = "More of it: capture all members at their coordinator, from before the trouble, whole packets, both directions.",
		},
	},
};
