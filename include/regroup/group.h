/* SPDX-License-Identifier: Apache-2.0
 *
 * The correlator: Kafka messages and time in, typed events out. It rebuilds each consumer group's
 * membership, generations and rebalances, and says why each happened, with evidence and confidence.
 * The only clock is the capture's: the same capture gives the same events.
 */
#ifndef REGROUP_GROUP_H
#define REGROUP_GROUP_H

#include <regroup/kafka.h>
#include <regroup/producer.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROUP_UNKNOWN_TIME INT64_MIN

enum group_event_type {
	GROUP_EVENT_REBALANCE_STARTED,
	GROUP_EVENT_REBALANCE,
	GROUP_EVENT_MEMBER,
	GROUP_EVENT_COORDINATOR,
	GROUP_EVENT_COMMIT_FAILED,
	GROUP_EVENT_RESUMED,
	GROUP_EVENT_DUPLICATES,
	GROUP_EVENT_DELIVERY,
	GROUP_EVENT_GAP,
	GROUP_EVENT_CONNECTION,
	GROUP_EVENT_STORM,
	GROUP_EVENT_REFUSED,
	GROUP_EVENT_BROKER,
	GROUP_EVENT_ADMIN,
	GROUP_EVENT_PRODUCER,
	GROUP_EVENT_TRANSACTION,
	GROUP_EVENT_METADATA_STORM,
	GROUP_EVENT_SUMMARY,
	GROUP_EVENT_TYPES,
};

/* "rebalance-started", "rebalance", ... as the machine output names them. */
const char *group_event_name(enum group_event_type type);

enum group_mode { GROUP_MODE_UNKNOWN, GROUP_EAGER, GROUP_COOPERATIVE, GROUP_MIXED, GROUP_BROKER };
enum group_outcome { GROUP_STABLE, GROUP_EMPTY, GROUP_ABORTED, GROUP_UNFINISHED };
enum group_change {
	GROUP_STAYED,
	GROUP_JOINED,
	GROUP_RETURNED, /* the same client under a new member id */
	GROUP_LEFT,
	GROUP_EXPIRED,
	GROUP_KICKED,
	GROUP_FENCED,
	GROUP_REMOVED,
	GROUP_REPLACED, /* a static member came back without a rebalance */
};

const char *group_mode_name(enum group_mode m);       /* "eager" ...; NULL when unknown */
const char *group_outcome_name(enum group_outcome o);
const char *group_change_name(enum group_change c);
bool group_change_in(enum group_change c);  /* stayed, joined, returned, replaced: it is a member now */
bool group_change_out(enum group_change c); /* left, expired, kicked, fenced, removed: it was one before */

/* What the members of a group share out, which the group's protocol type and assignor tell. */
enum group_kind {
	GROUP_KIND_UNKNOWN,
	GROUP_KIND_CONSUMER, /* partitions */
	GROUP_KIND_STREAMS,  /* tasks of a Streams application (classic protocol), and the partitions of the active ones */
	GROUP_KIND_CONNECT,  /* connectors and tasks: a group_partitions or group_move names a connector for its topic, and
	                        a task for its partition; -1 is the connector itself */
	GROUP_KIND_REGISTRY, /* nothing: Schema Registry instances elect a master */
	GROUP_KIND_OTHER,    /* a protocol type that is not known here */
};

const char *group_kind_name(enum group_kind k); /* "consumer", "streams", "connect", "schema-registry", "other"; NULL unknown */

/* A reading of why a rebalance began. Strings are borrowed for the callback; NULL is "not known". */
struct group_cause {
	uint8_t id;         /* 0-21: R0 ... R21 */
	uint8_t confidence; /* 0-3: C0 ... C3 */
	const char *name;   /* "member left" */
	const char *member, *client_id, *host;
	const char *reason; /* the client's own words (KIP-800), NULL when it gave none */
	const char *text;   /* one sentence for a person */
	int32_t timer_ms;   /* the member's own that ran out: its session timeout (R10), its max.poll.interval.ms or rebalance
	                       timeout (R9, R11, R12), as it told them; 0 for others and where it was not seen */
	const uint64_t *evidence; /* frame numbers, ascending */
	size_t n_evidence;
	const uint8_t *rivals; /* ids of readings that were not excluded */
	size_t n_rivals;
};

/* "member left" for 7; "unknown" for 0. */
const char *group_cause_name(uint8_t id);
bool group_cause_is_loss(uint8_t id); /* the group lost a member by it: R7 to R12, R14 */

struct group_partitions {
	const char *topic;
	const int32_t *partitions; /* ascending */
	size_t n_partitions;
};

/* A process on the host that captures. */
struct group_process {
	int32_t pid;
	char comm[16];      /* the command's name, cut to 15 bytes */
	char container[65]; /* id, "" for none */
};

struct group_rebalance_member {
	const char *member;   /* member id, NULL when never seen */
	const char *instance; /* group.instance.id or NULL */
	const char *client_id, *host, *software;
	const struct group_process *local; /* NULL when it is not on this host, or not known */
	bool leader;
	enum group_change change;
	int64_t rejoin_lag;   /* ns from being told to rejoin to doing it; -1 unknown */
	int64_t sync_lag;     /* ns from the first SyncGroup answer of the generation to its own; -1 unknown */
	int64_t wait;         /* ns that the others waited longer because of it; -1 when it did not join */
	int64_t downtime;     /* ns from its last Fetch to its SyncGroup answer; -1 unknown or not interrupted */
	bool downtime_at_least; /* its Fetch requests were not seen: it began with its commit or JoinGroup at the latest */
	/* When it did what, on the capture's clock; GROUP_UNKNOWN_TIME where it was not seen. */
	int64_t join_asked, join_answered; /* its JoinGroup, and the answer to it; where the broker assigns both are when it
	                                      confirmed that it gave up what it was asked for */
	int64_t sync_answered;             /* its SyncGroup answer of this generation; where the broker assigns, the answer
	                                      that changed its epoch or assignment last */
	int64_t gone;                      /* it left, or its session ran out */
	const struct group_partitions *topics; /* assigned now; NULL with n_topics 0 for none */
	size_t n_topics;
	bool assignment_known;
	const char *subscription; /* where the broker assigns, in words: "orders, payments", "the pattern x-.*"; NULL not seen */
	const char *url;      /* a Connect worker's or registry's own, a Streams member's application.server; NULL */
	const char *process;  /* Streams: its process id as Kafka prints uuids; NULL */
	const struct group_task *active, *standby; /* Streams: its tasks, as the leader said, ascending */
	size_t n_active, n_standby;
};

/* A task of a Streams application. */
struct group_task {
	int32_t subtopology, partition;
};

/* What a Connect leader told all workers. */
struct group_connect {
	const char *protocol;   /* connect.protocol: "eager", "compatible", "sessioned"; NULL not one of these */
	const char *leader_url;
	int64_t config_offset;  /* in the config topic: the configurations that the assignment is made from; -1 none */
	int64_t config_before;  /* of the assignment before; -1 none or not seen */
	int16_t error;          /* 0; 1: a worker has not read as far as the others */
	int32_t delay_ms;       /* scheduled.rebalance.max.delay.ms or what is left of it: connectors and tasks wait so long
	                           for a lost worker; 0 when none do, -1 not seen */
	int64_t due;            /* when it will be over, and a follow-up expected; GROUP_UNKNOWN_TIME without a delay */
	int32_t connectors, tasks; /* that are assigned now; -1 when not all was seen */
	int32_t waiting_connectors, waiting_tasks; /* were taken from, or lost with, their worker and are nobody's now; -1 not
	                                              known */
};

/* What a Streams leader told all members in user data. */
struct group_streams {
	int32_t version;        /* of the user data; -1 not seen */
	bool version_probing;   /* members speak different versions: a rolling upgrade, they rejoin with the lowest */
	int32_t processes;      /* that the members live in; -1 when not all said theirs */
	int32_t active, standby; /* tasks; -1 when not all was seen */
	int32_t warmup;         /* standby copies beyond those that every task has, while a probing rebalance is due */
	int64_t next;           /* when the leader announced the next (probing) rebalance; GROUP_UNKNOWN_TIME for none */
	bool probing;           /* this one was announced */
	int32_t error;          /* of the assignment, 0 none */
	const char *error_name; /* "INCOMPLETE_SOURCE_TOPIC_METADATA", ...; NULL for 0 */
};

/* What the registries were told by their leader. */
struct group_registry {
	const char *master;     /* member id; NULL when nobody was elected */
	const char *url;        /* its identity */
	const char *before;     /* the master before: member id, NULL when nobody was or that was not seen */
	bool before_known;
	int32_t error;          /* 0; 1: two instances have the same url */
	const char *twin;       /* that url, NULL where it was not seen */
	int32_t eligible;       /* instances that may become master; -1 when not all said */
};

struct group_move {
	const char *topic;
	int32_t partition;
	const char *from, *to; /* member ids (instance ids for static members), NULL for nobody */
	int64_t downtime;      /* ns that nobody read it, from the last Fetch with it to the SyncGroup answer that gives
	                          it to `to`; -1 unknown, or it was nobody's before */
	bool downtime_at_least;
};

struct group_rebalance {
	const char *group_type;    /* "classic", "consumer", "share", "streams" */
	const char *protocol_type; /* "consumer", "connect", "sr" ...; NULL unknown */
	const char *assignor;
	enum group_mode mode;
	const char *coordinator;   /* "10.0.0.1:9092" */
	int32_t coordinator_node;  /* its broker id, -1 unknown */
	int32_t coordinator_partition; /* of __consumer_offsets, which it leads; of 50 where Metadata does not say more */
	int32_t previous;          /* -1 when not seen */
	int32_t generation;        /* -1 when it never got a number */
	enum group_outcome outcome;
	int64_t started, started_uncertainty; /* ns */
	int64_t joined, ended;     /* GROUP_UNKNOWN_TIME when not reached */
	struct group_cause cause;
	const struct group_cause *also;
	size_t n_also;
	int32_t followup_of;       /* -1 when it is not a follow-up */
	uint32_t rounds;
	const struct group_rebalance_member *members; /* by client id (member id where there is none), then member id */
	size_t n_members;
	const struct group_move *moved, *unassigned, *granted, *moved_since_parent;
	size_t n_moved, n_unassigned, n_granted, n_moved_since_parent;
	const struct group_move *twice; /* partitions that two members were given: an assignor's fault. `from`, `to` are both */
	size_t n_twice;
	bool moves_known;          /* false: an assignment before or after was not seen */
	int32_t interval_ms;       /* between heartbeats, as the broker set it (GROUP_BROKER); 0 not seen */
	int32_t topology_epoch;    /* streams groups; -1 */
	const char *const *status; /* streams groups: what the coordinator gave as state on the way */
	size_t n_status;
	bool passed_over;          /* broker: an epoch that no member was told, the next change came before; aborted */
	bool complete;
	const char *const *missing;
	size_t n_missing;
	const char *released_by;   /* what ended the join phase: "checkout-4 joined last", "the initial rebalance delay ended" */
	const char *last_joined;   /* client id of the member whose join did, NULL when it was something else */
	const char *slowest;       /* the same, when it had been a member before and made the others wait */
	int64_t assignor_time;     /* ns: JoinGroup answers to the leader's SyncGroup; -1 unknown */
	int64_t storage_time;      /* ns: from there to the first SyncGroup answer; -1 unknown */
	const char *trouble;       /* the coordinator whose trouble hit this group and others before it began, else NULL; see
	                              struct group_broker_event */
	int32_t trouble_node;      /* its id, -1 unknown */
	int64_t trouble_since;     /* `first` of that event */
	enum group_kind kind;
	bool planned;              /* Connect or Streams do this by themselves: announced, or for new configurations */
	const struct group_connect *connect;   /* of that kind, where its assignment was seen; else NULL */
	const struct group_streams *streams;
	const struct group_registry *registry;
};

struct group_member_event {
	enum group_change event;
	const char *member, *instance, *client_id, *host, *reason;
	const struct group_process *local; /* NULL when it is not on this host, or not known */
	bool rebalance; /* whether it moves the group */
	int16_t error;    /* FENCED: that it was refused with; 0 for the others */
	const char *note; /* what follows from it: "its subscription has changed, ..."; NULL for nothing */
	uint64_t frame;
};

struct group_coordinator_event {
	const char *from, *to; /* endpoints; from NULL when not known */
	const char *what;      /* "moved", "loading", "not coordinator" */
	uint64_t frame;
};

struct group_commit_event {
	const char *member, *client_id, *host;
	int32_t generation;
	int16_t error;
	const char *what; /* "after the member was taken out of the group"; NULL for errors that say enough */
	const char *transactional_id; /* of the transaction that they were part of; NULL when they were not */
	const struct group_partitions *topics; /* refused: who has them next starts behind what was done with them */
	size_t n_topics;
	uint32_t partitions; /* in all topics */
	int64_t latency;     /* of the answer; ns, -1 unknown */
	uint64_t frame;
};

/* What a member of a share group was delivered and how it acknowledged that (KIP-932), in records; told when the member
 * goes and when the capture ends. */
struct group_delivery_event {
	const char *member, *client_id, *host;
	uint64_t acquired, redelivered; /* redelivered: of those, what had been delivered before */
	uint64_t accepted, released, rejected, renewed;
	uint64_t gaps;    /* offsets without a record */
	uint64_t refused; /* partitions whose acknowledgements were refused */
};

/* A partition that a rebalance interrupted, and who reads it now. */
struct group_resumed {
	const char *topic;
	int32_t partition;
	const char *member, *client_id, *host;
	int64_t downtime; /* ns from the last Fetch with it to the first one after the rebalance; -1: not read yet */
	bool at_least;    /* the Fetch before was not seen: it began with a commit, JoinGroup or LeaveGroup at the latest */
};

/* Told when all of them are read again, after 30 s, or when the next rebalance is told. Only of clients whose Fetch
 * requests were captured. */
struct group_resumed_event {
	int32_t generation;
	const struct group_resumed *partitions;
	size_t n_partitions, unread;
	int64_t longest; /* ns */
	const struct group_resumed *worst; /* which that was */
};

/* Records that are read twice: [from, to) of a partition. */
struct group_again {
	const char *topic;
	int32_t partition;
	int64_t from, to; /* where the next owner began, and how far the commit that was refused had come */
};

struct group_duplicates_event {
	const char *client_id, *host;       /* whose commit was refused */
	const char *by_client_id, *by_host; /* who reads them again, NULL when that is not known */
	const struct group_again *partitions;
	size_t n_partitions;
	uint64_t records; /* in all of them; offsets that hold no record (compacted, of transactions) are counted as well */
	uint64_t frame;
};

struct group_gap_event {
	const char *client, *server; /* NULL for drops of the capture itself */
	const char *direction;       /* "request", "response", NULL */
	uint64_t bytes, packets;     /* 0 when unknown */
	int64_t from, to;
	const char *what;            /* "packets dropped by the kernel", "bytes not captured" */
	const struct group_process *client_local, *server_local; /* NULL when not on this host, or not known */
};

struct group_connection_event {
	const char *client, *server;
	const char *kind; /* "tls", "sasl-encrypted", "not-kafka" */
	uint64_t packets, bytes;
	const struct group_process *client_local, *server_local; /* NULL when not on this host, or not known */
};

/* What keeps a group rebalancing. */
enum group_storm_class {
	GROUP_STORM_UNKNOWN,
	GROUP_STORM_ROLLING_RESTART,
	GROUP_STORM_DEPLOY_HERD,
	GROUP_STORM_SLOW_PROCESSING,
	GROUP_STORM_SLOW_JOINER,
	GROUP_STORM_STARVATION,
	GROUP_STORM_GHOST_STALL,
	GROUP_STORM_FLAPPING,
	GROUP_STORM_DUPLICATE_INSTANCE,
	GROUP_STORM_OVERSUBSCRIPTION,
	GROUP_STORM_INCOMPATIBLE,
	GROUP_STORM_METADATA_CHURN,
	GROUP_STORM_OSCILLATION,
	GROUP_STORM_BROKER_ROLL,
	GROUP_STORM_ZOMBIE_LOOP,
	GROUP_STORM_PLANNED, /* by Connect or Streams */
	GROUP_STORM_CLASSES,
};

/* "rolling restart", "deploy herd", ...; NULL for GROUP_STORM_UNKNOWN. */
const char *group_storm_name(enum group_storm_class c);

/* Rebalances that do not end, or a member that asks in a loop. Over when the group was left alone for 5 min. */
struct group_storm_event {
	bool ended;                 /* false: it has just been recognised */
	bool over;                  /* ended only: false when it is only the capture that ended */
	enum group_storm_class class;
	uint32_t rebalances;        /* so far; follow-ups are not counted */
	double unstable_percent;    /* of the time from `since` to the latest rebalance's end */
	int64_t since, latest;      /* start of the first, end of the latest; ns */
	const char *culprit, *host; /* client id and host, NULL when it is not one member */
	const char *advice;         /* what would end it, in words; NULL when not known */
};

/* A client that is not let into the group: at the first answer, and once more when it has stopped asking, if it had asked
 * more than once. */
struct group_refused_event {
	const char *client_id, *host;
	int16_t error;       /* 23, 24, 26, 30 or 81 */
	uint8_t cause;       /* 17 or 18; 0 for the others */
	const char *advice;  /* what it means and what to change */
	uint32_t times;      /* since `first` */
	int64_t first, last;
	bool ended;          /* false: it is the first answer */
	uint64_t frame;      /* of the first answer */
};

#define GROUP_BROKER_NAMED 8

/* Several groups were hit at once by what happened to the broker that coordinates them. */
struct group_broker_event {
	bool ended;          /* false: it has just been recognised */
	const char *broker;  /* where the groups had their coordinator */
	int32_t node;        /* its id, -1 unknown */
	const char *what;    /* "closed connections, then loaded its groups again" */
	uint32_t groups;     /* so many were hit */
	uint32_t moved;      /* of these have another coordinator now */
	uint32_t rebalanced; /* of these had a rebalance since, until the event is told */
	uint32_t connections; /* closed by the broker, while members spoke on them */
	uint32_t refused;    /* answers: not the coordinator, not available */
	uint32_t loading;    /* answers: coordinator load in progress */
	int64_t first, last; /* signs of it */
	uint64_t frame;      /* of the first */
	const char *const *names; /* of the groups, the first GROUP_BROKER_NAMED of them */
	size_t n_names;
	const char *advice;
};

enum group_admin_what {
	GROUP_ADMIN_DESCRIBED,   /* its coordinator said what it is like */
	GROUP_ADMIN_LISTED,      /* the same in short, of all groups */
	GROUP_ADMIN_DELETED,
	GROUP_ADMIN_NOT_DELETED, /* which was refused */
	GROUP_ADMIN_WHATS,
};

const char *group_admin_what_name(enum group_admin_what w); /* "described", "listed", "deleted", "not-deleted" */

/* What an administrator's tool asked of the group and was told; not told again while it stays the same. */
struct group_admin_event {
	enum group_admin_what what;
	const char *api;
	const char *client_id, *host; /* who asked */
	const char *state;         /* "Stable", ... as the coordinator says; NULL when it did not */
	int32_t generation;        /* group epoch where the broker assigns; -1 not said */
	int32_t assignment_epoch;  /* of the target, where the broker assigns; -1 */
	int32_t members;           /* -1 not said */
	int16_t error;             /* NOT_DELETED */
	uint64_t frame;
};

struct group_summary {
	uint64_t packets, bytes, connections, opaque_connections, messages, unknown_messages;
	uint64_t groups, rebalances, lost_packets, gap_bytes, evicted, unanswered;
	uint64_t cut_packets, snaplen; /* packets of which not all was captured, and the most that was; 0 for none */
	uint64_t requests_only; /* connections of which no answer was captured */
	uint64_t one_sided;     /* and of which one direction was, and could not be read */
	uint64_t unnamed_topics; /* told by their ids (KIP-516): no message named them */
	uint64_t forgotten_producers; /* there was no room for: what they did before is not known any more */
	uint64_t forgotten_groups;
	int64_t captured_from, captured_to; /* GROUP_UNKNOWN_TIME without packets */
	uint64_t wire_bytes, copied_bytes; /* live with eBPF: that passed the interface, and left the kernel; else 0 */
};

struct group_event {
	enum group_event_type type;
	int64_t ts;
	const char *group; /* NULL when it concerns none */
	union {
		struct group_rebalance rebalance; /* REBALANCE, REBALANCE_STARTED (what is known by then) */
		struct group_member_event member;
		struct group_coordinator_event coordinator;
		struct group_commit_event commit;
		struct group_duplicates_event duplicates;
		struct group_resumed_event resumed;
		struct group_delivery_event delivery;
		struct group_gap_event gap;
		struct group_connection_event connection;
		struct group_storm_event storm;
		struct group_refused_event refused;
		struct group_broker_event broker;
		struct group_admin_event admin;
		struct group_producer_event producer;
		struct group_transaction_event transaction;
		struct group_metadata_storm_event metadata_storm;
		struct group_summary summary;
	};
};

/* A copy that lasts, in one piece of memory of *bytes (may be NULL) bytes; goes with free(). NULL when memory is out. */
struct group_event *group_event_copy(const struct group_event *e, size_t *bytes);

struct group_options {
	void *ctx;
	/* Every event once, in the order they became certain. Borrowed for the call. */
	void (*event)(void *ctx, const struct group_event *e);
	uint32_t max_groups; /* remembered; the one that was silent for longest goes first. 0: 200,000 */
	/* Called at most once, when something is to be told of a topic whose id (KIP-516) was seen and whose name was not:
	 * who has the whole capture may hand it, ahead of time, to groups_names_sink, so that names that are said only later
	 * are known now. NULL: the id is told. */
	void (*names)(const void *names_ctx, struct groups *g);
	const void *names_ctx;
};

struct group_stats {
	uint64_t groups, members, rebalances, events, commits_failed;
	uint64_t evicted; /* groups forgotten for want of room */
	uint64_t producers, producers_evicted;
	uint64_t unnamed_topics; /* told by their ids: no name was seen */
};

struct groups;

/* Finds the process at `local`, an end of a connection with `remote`; false when there is none here. */
typedef bool group_find_process(void *ctx, const struct net_endpoint *local, const struct net_endpoint *remote,
                                struct group_process *out);

struct groups *groups_new(const struct group_options *options);
void groups_free(struct groups *g);

/* Live: members are given their processes from now on; NULL ends that. */
void groups_set_processes(struct groups *g, void *ctx, group_find_process *find);

/* Asks whoever was set there. */
bool groups_process(const struct groups *g, const struct net_endpoint *local, const struct net_endpoint *remote,
                    struct group_process *out);

/* The sink to give to kafka_new: this module sits on its messages. */
struct kafka_sink groups_kafka_sink(struct groups *g);

/* Takes nothing but names of topic ids out of the messages, for the `names` call of the options. */
struct kafka_sink groups_names_sink(struct groups *g);

/* Capture time has come to `now`: what has timed out is concluded. Also called with every message. */
void groups_advance(struct groups *g, int64_t now);

/* The capture itself lost packets in this time. */
void groups_capture_gap(struct groups *g, uint64_t packets, int64_t from, int64_t to);

/* The capture ended at `ts`: concludes what can be, tells the rest as unfinished. */
void groups_finish(struct groups *g, int64_t ts);

void groups_get_stats(const struct groups *g, struct group_stats *out);

/* ---- a look at the groups as they are now ------------------------------------------------------------- */

struct group_view_partition {
	const char *topic;
	int32_t partition;
	int64_t committed;      /* latest offset that was committed, or told by OffsetFetch; -1 not seen */
	int64_t high_watermark; /* as its owner's latest Fetch answer that listed it said; -1 not seen */
	int64_t lag;            /* between the two; -1 where either was not seen */
	int64_t last_fetch;     /* of its owner's client; GROUP_UNKNOWN_TIME when none was seen */
	bool leaving;           /* the broker told its owner to give it up, which has not confirmed that yet */
};

/* Where a member stands in the rebalance that is under way. */
enum group_stand {
	GROUP_STANDS,               /* there is none, or nothing is due of it or to it */
	GROUP_HAS_TO_REJOIN,        /* its JoinGroup was not seen; since it was told to, where that was seen */
	GROUP_WAITS_FOR_OTHERS,     /* since its JoinGroup; where the broker assigns it is at the target's epoch, and what others
	                               have not given up may still come (Kafka's UNRELEASED_PARTITIONS) */
	GROUP_HAS_TO_SYNC,          /* its JoinGroup was answered, it has not asked for its assignment */
	GROUP_WAITS_FOR_ASSIGNMENT, /* since its SyncGroup */
	GROUP_HAS_TO_GIVE_UP,       /* the broker told it to give partitions up (Kafka's UNREVOKED_PARTITIONS) */
	GROUP_TO_BE_TOLD,           /* its next heartbeat's answer brings the epoch */
};

struct group_view_member {
	const char *member, *instance, *client_id, *host, *software; /* NULL where not known */
	const struct group_process *local; /* NULL when it is not on this host, or not known */
	const char *url;           /* see struct group_rebalance_member */
	bool leader;
	bool assignment_known;
	const struct group_view_partition *partitions; /* by topic, in the order they were seen, and number */
	size_t n_partitions;
	int64_t lag; /* of those where it is known; -1 when it is known of none */
	enum group_stand stand;
	int64_t stand_since; /* GROUP_UNKNOWN_TIME where that is not known */
};

struct group_view {
	const char *name;
	const char *group_type, *protocol_type, *assignor;
	enum group_kind kind;
	const char *state;         /* as Kafka names them: "Stable", "Empty", "PreparingRebalance" ...; NULL unknown */
	int32_t generation;        /* -1 not seen */
	int64_t rebalancing;       /* since when; GROUP_UNKNOWN_TIME when no rebalance is known to be under way */
	uint32_t joining;          /* JoinGroup requests without an answer, of clients that are not in the group yet */
	const char *coordinator;   /* endpoint, NULL not seen */
	int32_t coordinator_node, coordinator_partition; /* see struct group_rebalance */
	const struct group_view_member *members; /* in the order they were first seen */
	size_t n_members;
	int64_t lag;               /* sum over partitions where it is known, -1 when none */
	uint32_t lag_known, partitions; /* of so many partitions, of all that are assigned */
	uint64_t commits, commits_refused;  /* of members, answered */
	int64_t commit_latency, commit_latency_most; /* mean and longest, ns; -1 without commits */
};

/* The same without what costs time to find: for whoever looks several times a second at thousands of groups. */
struct group_brief {
	const char *name;
	const char *group_type, *protocol_type, *state; /* see struct group_view */
	int32_t generation;
	uint32_t members, partitions; /* partitions: assigned ones, as far as the assignment was seen */
	int64_t rebalancing; /* see struct group_view */
};

void groups_each_brief(const struct groups *g, void *ctx, void (*each)(void *ctx, const struct group_brief *b));

/* The view of one group, borrowed for the call. False when there is none of this name. */
bool groups_view_one(const struct groups *g, const char *name, void *ctx,
                     void (*each)(void *ctx, const struct group_view *v));

/* Calls `each` for every group in the order they were first seen; a view is borrowed for the call. May be called
 * from an event. Stops when memory is out. */
void groups_each(const struct groups *g, void *ctx, void (*each)(void *ctx, const struct group_view *v));

#endif
