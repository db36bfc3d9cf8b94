/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rules remember. Internal to src/check.
 */
#ifndef REGROUP_CHECK_STATE_H
#define REGROUP_CHECK_STATE_H

#include <regroup/check.h>
#include <regroup/messages.h>

#include <uthash.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  (1000 * NS_PER_MS)

/* A client may not have read an answer yet that the capture already has: what it sends within this time after one
 * was possibly sent before. */
#define CROSSING (250 * NS_PER_MS)

enum error_code {
	ERR_NONE = 0,
	ERR_NOT_LEADER = 6,
	ERR_LOADING = 14,
	ERR_NOT_AVAILABLE = 15,
	ERR_NOT_COORDINATOR = 16,
	ERR_ILLEGAL_GENERATION = 22,
	ERR_INCONSISTENT_PROTOCOL = 23,
	ERR_UNKNOWN_MEMBER = 25,
	ERR_SESSION_TIMEOUT = 26,
	ERR_REBALANCING = 27,
	ERR_UNAUTHORIZED = 30,
	ERR_UNSUPPORTED_VERSION = 35,
	ERR_PRODUCER_EPOCH = 47,
	ERR_FENCED_LEADER_EPOCH = 74,
	ERR_MEMBER_ID_REQUIRED = 79,
	ERR_GROUP_FULL = 81,
	ERR_FENCED_INSTANCE = 82,
	ERR_PRODUCER_FENCED = 90,
	ERR_FENCED_EPOCH = 110,
	ERR_STALE_EPOCH = 113,
};

enum api {
	API_PRODUCE = 0,
	API_FETCH = 1,
	API_METADATA = 3,
	API_COMMIT = 8,
	API_OFFSET_FETCH = 9,
	API_FIND_COORDINATOR = 10,
	API_JOIN = 11,
	API_HEARTBEAT = 12,
	API_LEAVE = 13,
	API_SYNC = 14,
	API_VERSIONS = 18,
	API_INIT_PRODUCER = 22,
	API_ADD_PARTITIONS = 24,
	API_END_TXN = 26,
	API_TXN_COMMIT = 28,
	API_GROUP_HEARTBEAT = 68, /* ConsumerGroupHeartbeat */
	APIS = 128,
};

/* A moment that a rule will come back to; `ts` 0 when there is none. */
struct mark {
	int64_t ts;
	uint64_t frame;
};

struct part {
	uint64_t topic; /* digest of its name, or of its id where the name was not seen */
	int32_t partition;
};

/* Partitions, ascending. */
struct parts {
	struct part *part;
	uint32_t n, cap;
};

/* Failures that are kept of one rule, client and group; more of them are only counted. */
#define KEPT 5
#define FRAMES 4

struct finding {
	struct finding *next;
	uint8_t rule;
	bool wide;       /* a message on another connection, that nothing points to, would have changed it */
	bool accepted;   /* in the baseline */
	bool hidden;     /* a gap lies in its time: it may not be true */
	bool unmeant;    /* hidden, too: the rule is off for it, or it is a broker's */
	uint64_t confirm; /* the connection that has to go on after it; 0 when it did */
	struct finding *next_doubtful;
	enum check_severity severity;
	struct client *client; /* NULL for what concerns a group as a whole */
	struct group *group;   /* NULL where none is concerned */
	int64_t since, ts;
	uint64_t frames[FRAMES]; /* 0 for none */
	uint64_t more;   /* failures of the same kind that were not kept */
	char *expected, *seen;
};

/* Per rule, of a client, a group or both together. */
struct tally {
	uint32_t fail, hidden, kept;
	struct finding *latest; /* that was kept */
};

/* Of all rules. Passes are many and stand close together. */
struct tallies {
	uint32_t pass[CHECK_RULES + 1];
	struct tally rule[CHECK_RULES + 1];
};

struct span {
	int64_t from, to;
};

#define SPANS 32

/* Times in which messages were lost: merged where they are too many. */
struct blindness {
	struct span span[SPANS];
	unsigned n;
};

struct host {
	UT_hash_handle hh;
	uint8_t addr[17];
	bool opaque; /* it has connections that could not be read */
	struct blindness blind;
};

/* What a broker said it takes. */
struct server {
	UT_hash_handle hh;
	struct net_endpoint at;
	bool known;
	int64_t closed; /* when it last closed a connection of its own accord */
	int16_t first[APIS], last[APIS]; /* last -1: not there */
};

/* Clients of the same software; "" for all that do not tell theirs. */
struct library {
	UT_hash_handle hh;
	const char *name; /* of one of the clients */
	uint32_t passed[CHECK_RULES + 1]; /* so many of them */
	bool finds; /* one of them was seen to send FindCoordinator */
};

struct topic {
	UT_hash_handle hh;
	uint64_t key;
	char *name;
	int32_t partitions; /* -1 unknown */
	int64_t since;      /* the number is this since */
};

struct topic_id {
	UT_hash_handle hh;
	struct kf_uuid id;
	uint64_t key;
};

/* A batch of an idempotent producer. */
struct batch {
	int32_t sequence, records;
	uint32_t size;
};

#define BATCHES 8

struct sequence {
	UT_hash_handle hh;
	struct {
		int64_t producer;
		uint64_t topic;
		int32_t partition;
		int32_t epoch;
	} key;
	struct batch batch[BATCHES]; /* a ring */
	unsigned n;
	struct mark last;
	uint64_t conn;
};

struct group;
struct member;

/* The same client.id from the same address with the same software. */
struct client {
	UT_hash_handle hh;
	char *key;
	size_t key_len;
	const char *id, *software, *version; /* NULL: not told */
	struct net_endpoint host;            /* without a port */
	struct host *at;
	bool broker;
	bool shared;            /* several members at a time: what it fetches cannot be told apart */
	uint64_t scopes;        /* of the settings that can apply to it */
	int64_t first;
	bool seen_from_start;   /* its first connection began within the capture */
	/* Correlation ids: how many, the range they are in, and whether they count on from connection to connection. */
	uint64_t ids;
	int32_t first_id, last_id;
	bool one_counter;
	int64_t asked; /* latest request */
	struct finding *doubtful; /* findings that a connection's going on would confirm */
	struct member *member;  /* latest */
	struct client *next;    /* in the order they were first seen */
	/* W02 */
	struct mark unsupported;
	int16_t unsupported_version, advertised;
	uint64_t unsupported_conn;
	/* W08 */
	struct mark find, last_find;
	struct group *find_group;
	uint64_t find_conn, find_member, last_find_conn, metadata_conn;
	uint32_t find_missed;
	int16_t find_code;
	/* W15 */
	struct mark refused;
	int16_t refused_code;
	uint64_t refused_conn, refused_member;
	struct group *refused_group;
	/* W16 */
	struct mark fenced;
	uint64_t fenced_instance;
	bool fenced_again;
	/* W17 */
	struct mark rejected;
	int16_t rejected_code;
	uint32_t rejections;
	struct group *rejected_group;
	/* W25, W28, W33, W42: fetching */
	struct mark last_fetch, metadata;
	uint32_t fetches, full_fetches, sessions_refused, busy_polls;
	bool has_sessions; /* its version of Fetch */
	uint64_t busy_frame, full_frame;
	/* W32 */
	int64_t metadata_window;
	uint32_t metadata_count, metadata_total;
	uint64_t metadata_frame;
	/* W33 */
	struct mark not_leader;
	int64_t leader_lost; /* when it was last told that a leader is none */
	struct part not_leader_part;
	uint64_t not_leader_conn;
	int16_t not_leader_api, not_leader_code;
	/* W34 */
	bool producer_ids;
	/* W37 */
	struct mark dead_producer;
	int64_t dead_id;
	int32_t dead_epoch;
	bool dead_again;
	struct tallies tally;
};

/* What a JoinGroup request said of the member. */
struct ask {
	uint64_t topics, instance, id; /* digests; 0 for none */
	int32_t session_ms, rebalance_ms;
	bool consumer;     /* protocol type */
	bool cooperative;  /* all assignors that it lists are */
	bool first_cooperative;
	bool streams;
	bool owned_told, owned_some;
	bool reason;
	char first[32];    /* assignor */
};

struct request {
	struct request *next;
	int16_t api, version;
	int32_t correlation;
	int64_t ts;
	uint64_t frame;
	struct group *group;
	struct member *member;
	int32_t generation;
	uint64_t digest;
	bool answered;
	bool known; /* the whole body was read */
	bool epoch_ends; /* ConsumerGroupHeartbeat: a leave */
	bool idempotent;
	int64_t producer;
	int32_t epoch;
	struct part part; /* the first one it is about */
	bool part_known;
	struct ask ask;
};

/* The same request again: of each API the latest one. */
#define REPEATS 8

struct repeat {
	int16_t api;
	uint32_t count;
	uint64_t digest;
	int64_t window;
	uint64_t frame;
	bool refused; /* the latest one */
};

struct conn {
	UT_hash_handle hh;
	uint64_t id;
	struct client *client;
	struct server *server;
	const struct kafka_names *names;
	struct request *first, *last; /* without an answer, oldest first */
	unsigned in_flight;
	int64_t opened, asked; /* latest request */
	bool from_start, requested, answered, asked_versions, ended_by_client, id_judged;
	uint64_t client_digest;
	/* Whom it spoke of last: most connections speak of one group and one member. */
	struct group *group, *found;
	struct member *member;
	const void *speaker; /* as kafka_conn's */
	/* W09 */
	struct mark loading;
	int64_t loading_asked;
	int16_t loading_api;
	struct group *loading_group;
	int64_t loading_pause; /* the first one */
	uint32_t loading_n;    /* retries */
	/* W10 */
	struct repeat repeat[REPEATS];
	unsigned n_repeats;
	/* W14 */
	struct mark given;
	uint64_t given_id, given_topics;
	struct group *given_group;
	/* W38 */
	struct mark throttled;
	int64_t throttled_until;
	int16_t throttled_api;
};

/* The answer that let a member in. */
struct joined {
	struct mark at;
	int32_t generation;
	uint64_t protocol;
	char protocol_name[32];
	bool leader, skip, cooperative;
	uint64_t *ids; /* of all members, as digests; the leader's answer only */
	uint32_t n_ids;
	uint64_t *topics; /* all that they subscribe to */
	uint32_t n_topics;
	struct parts owned; /* by any of them */
	bool listed;
};

struct member {
	UT_hash_handle hh;
	char *id;
	uint32_t id_len;
	uint64_t digest;
	struct group *group;
	struct client *client;
	uint64_t conn; /* latest that it spoke on */
	struct mark joined_first, beat, left, told, asked, closed, committed, data, data_first;
	uint64_t asked_topics, asked_conn, told_conn;
	int64_t seen; /* latest message */
	int32_t session_ms, rebalance_ms, generation;
	bool is_static, consumer, streams, cooperative, was_in, gone, in_group;
	bool beat_after_leave, leave_judged, admin_removed;
	bool born; /* within the capture: what it had before is known to be nothing */
	struct joined joined;
	struct mark synced, sync_asked;
	struct parts assigned, fresh; /* fresh: granted and not fetched yet */
	struct parts revoked;         /* W25: taken away by the latest answer */
	struct parts offsets;         /* W28: asked for since the assignment */
	struct mark granted;          /* the answer that gave the assignment */
	struct mark started;          /* W28: fetched, its offset not asked for so far */
	struct part started_part;
	bool offsets_all, assigned_known, fresh_beats;
	/* W11 */
	uint32_t beats;
	uint64_t beat_conn;
	struct mark pause, pause_end; /* that another connection ended */
	const struct server *beat_server;
	int64_t beats_sum;
	uint64_t beats_first, beats_last;
	/* W12 */
	bool new_generation_due;
	/* W21: what others of the group were told after it closed */
	struct mark calm, moved;
	/* W24 */
	uint32_t fetched_while_joining;
	bool fetched_before;
	/* W27 */
	struct mark commit_refused;
	uint64_t commit_digest;
	int16_t commit_code;
	/* W31 */
	uint64_t commit_conn;
	int64_t commit_window;
	uint32_t commit_count;
	uint32_t commits;
	/* W39, W40 */
	struct mark epoch_beat, epoch_refused, to_ack;
	int16_t epoch_code;
	int32_t interval_ms, epoch;
	int64_t epoch_since;
};

struct group_seen;
struct expect_result;

#define CLOSED 16

struct group {
	UT_hash_handle hh;
	char *name;
	uint32_t name_len;
	struct member *members;
	uint32_t n_members;
	uint64_t scopes;
	struct member *closed[CLOSED]; /* W21: that closed and have not spoken since */
	unsigned n_closed;
	struct group *next;
	/* W07 */
	struct net_endpoint named;
	bool named_known;
	struct mark found;
	/* W31 */
	struct mark first, join, latest;
	int64_t longest_calm;
	/* W29 */
	uint32_t followups;
	struct mark parent;
	int32_t parent_generation;
	struct group_seen *seen; /* for expectations; NULL when it had no events */
	struct tallies tally;
};

struct found {
	UT_hash_handle hh;
	struct {
		struct client *client;
		struct group *group;
	} key;
	struct mark at;
};

struct hook;

#define LATELY 4096

/* That look at one API. */
#define HOOKS 24

struct check {
	const struct check_settings *settings;
	struct client *clients, *first_client, *last_client;
	struct conn *conns;
	struct group *groups, *first_group, *last_group;
	struct host *hosts;
	struct server *servers;
	struct topic *topics;
	struct topic_id *topic_ids;
	struct sequence *sequences;
	struct library *libraries; /* made at the end */
	struct found *found; /* FindCoordinator answers, per client and group */
	struct request *free_requests;
	struct finding *findings[CHECK_RULES + 1], **last_finding[CHECK_RULES + 1]; /* of each rule */
	struct tallies tally;
	bool used[CHECK_RULES + 1]; /* not off everywhere */
	struct blindness blind; /* of the capture itself */
	uint32_t brokers;       /* in the largest Metadata answer */
	uint64_t members;
	int64_t now;
	bool complete; /* known: no connection of a client escaped the capture */
	bool finished;
	struct {
		const struct hook *hook[HOOKS];
		unsigned n;
	} hooks[APIS];
	struct conn *latest, *lately[LATELY]; /* by the low bits of their ids: they save the look-up */
	struct {
		const void *speaker;
		struct conn *conn;
	} soon[LATELY]; /* whose messages may be told of ahead */
	struct expect_result *results, **last_result;
	uint64_t wish_seen[64];   /* of each scope: bit per API it wishes something of */
	uint64_t wished[2]; /* bit per API that somebody expects something of */
	uint64_t body[128]; /* of the message being judged, decoded */
};

/* One message, with what is known of those it concerns. Rules see the state as it was before it. */
struct talk {
	struct check *check;
	const struct kafka_message *m;
	struct conn *conn;
	struct client *client;
	struct request *q;     /* of this request, or that this answers; NULL when it was not seen */
	struct group *group;   /* NULL where none is named */
	struct member *member; /* NULL where none is known */
	const void *body;      /* decoded; NULL where it was not read whole */
	int16_t error;         /* of an answer: the first code that is not 0 */
};

#endif
