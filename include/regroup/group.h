/* SPDX-License-Identifier: Apache-2.0
 *
 * The correlator: Kafka messages and time in, typed events out. It rebuilds each consumer group's
 * membership, generations and rebalances, and says why each happened, with evidence and confidence.
 * The only clock is the capture's: the same capture gives the same events.
 */
#ifndef REGROUP_GROUP_H
#define REGROUP_GROUP_H

#include <regroup/kafka.h>

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
	GROUP_EVENT_GAP,
	GROUP_EVENT_CONNECTION,
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

/* A reading of why a rebalance began. Strings are borrowed for the callback; NULL is "not known". */
struct group_cause {
	uint8_t id;         /* 0-21: R0 ... R21 */
	uint8_t confidence; /* 0-3: C0 ... C3 */
	const char *name;   /* "member left" */
	const char *member, *client_id, *host;
	const char *reason; /* the client's own words (KIP-800), NULL when it gave none */
	const char *text;   /* one sentence for a person */
	const uint64_t *evidence; /* frame numbers, ascending */
	size_t n_evidence;
	const uint8_t *rivals; /* ids of readings that were not excluded */
	size_t n_rivals;
};

/* "member left" for 7; "unknown" for 0. */
const char *group_cause_name(uint8_t id);

struct group_partitions {
	const char *topic;
	const int32_t *partitions; /* ascending */
	size_t n_partitions;
};

struct group_rebalance_member {
	const char *member;   /* member id, NULL when never seen */
	const char *instance; /* group.instance.id or NULL */
	const char *client_id, *host, *software;
	bool leader;
	enum group_change change;
	int64_t rejoin_lag;   /* ns from being told to rejoin to doing it; -1 unknown */
	int64_t wait;         /* ns that the others waited longer because of it; -1 when it did not join */
	int64_t downtime;     /* ns; -1 unknown or not interrupted */
	const struct group_partitions *topics; /* assigned now; NULL with n_topics 0 for none */
	size_t n_topics;
	bool assignment_known;
};

struct group_move {
	const char *topic;
	int32_t partition;
	const char *from, *to; /* member ids (instance ids for static members), NULL for nobody */
};

struct group_rebalance {
	const char *group_type;    /* "classic", "consumer", "share", "streams" */
	const char *protocol_type; /* "consumer", "connect", "sr" ...; NULL unknown */
	const char *assignor;
	enum group_mode mode;
	const char *coordinator;   /* "10.0.0.1:9092" */
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
	const struct group_rebalance_member *members;
	size_t n_members;
	const struct group_move *moved, *unassigned, *granted, *moved_since_parent;
	size_t n_moved, n_unassigned, n_granted, n_moved_since_parent;
	bool moves_known;          /* false: an assignment before or after was not seen */
	bool complete;
	const char *const *missing;
	size_t n_missing;
	const char *released_by;   /* what ended the join phase: "checkout-4 joined last", "the initial rebalance delay ended" */
	const char *last_joined;   /* client id of the member whose join did, NULL when it was something else */
	const char *slowest;       /* the same, when it had been a member before and made the others wait */
	int64_t assignor_time;     /* ns: JoinGroup answers to the leader's SyncGroup; -1 unknown */
	int64_t storage_time;      /* ns: from there to the first SyncGroup answer; -1 unknown */
};

struct group_member_event {
	enum group_change event;
	const char *member, *instance, *client_id, *host, *reason;
	bool rebalance; /* whether it moves the group */
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
	uint32_t partitions;
	uint64_t frame;
};

struct group_gap_event {
	const char *client, *server; /* NULL for drops of the capture itself */
	const char *direction;       /* "request", "response", NULL */
	uint64_t bytes, packets;     /* 0 when unknown */
	int64_t from, to;
	const char *what;            /* "packets dropped by the kernel", "bytes not captured" */
};

struct group_connection_event {
	const char *client, *server;
	const char *kind; /* "tls", "sasl-encrypted", "not-kafka" */
	uint64_t packets, bytes;
};

struct group_summary {
	uint64_t packets, bytes, connections, opaque_connections, messages, unknown_messages;
	uint64_t groups, rebalances, lost_packets, gap_bytes, evicted, unanswered;
	int64_t captured_from, captured_to; /* GROUP_UNKNOWN_TIME without packets */
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
		struct group_gap_event gap;
		struct group_connection_event connection;
		struct group_summary summary;
	};
};

struct group_options {
	void *ctx;
	/* Every event once, in the order they became certain. Borrowed for the call. */
	void (*event)(void *ctx, const struct group_event *e);
	uint32_t max_groups; /* remembered; the one that was silent for longest goes first. 0: 200,000 */
};

struct group_stats {
	uint64_t groups, members, rebalances, events, commits_failed;
	uint64_t evicted; /* groups forgotten for want of room */
};

struct groups;

struct groups *groups_new(const struct group_options *options);
void groups_free(struct groups *g);

/* The sink to give to kafka_new: this module sits on its messages. */
struct kafka_sink groups_kafka_sink(struct groups *g);

/* Capture time has come to `now`: what has timed out is concluded. Also called with every message. */
void groups_advance(struct groups *g, int64_t now);

/* The capture itself lost packets in this time. */
void groups_capture_gap(struct groups *g, uint64_t packets, int64_t from, int64_t to);

/* The capture ended at `ts`: concludes what can be, tells the rest as unfinished. */
void groups_finish(struct groups *g, int64_t ts);

void groups_get_stats(const struct groups *g, struct group_stats *out);

#endif
