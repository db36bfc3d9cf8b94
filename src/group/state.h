/* SPDX-License-Identifier: Apache-2.0
 *
 * What the correlator remembers of a group. Internal to src/group.
 */
#ifndef REGROUP_GROUP_STATE_H
#define REGROUP_GROUP_STATE_H

#include <regroup/group.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ptable.h"
#include "roster.h"
#include "table.h"
#include "topic.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* A request that is answered later than this was parked by the broker. */
#define PARKED_AFTER (250 * NS_PER_MS)

/* Kafka error codes that the group protocol speaks. */
enum {
	ERR_UNKNOWN_SERVER_ERROR = -1,
	ERR_NONE = 0,
	ERR_COORDINATOR_LOADING = 14,
	ERR_COORDINATOR_NOT_AVAILABLE = 15,
	ERR_NOT_COORDINATOR = 16,
	ERR_ILLEGAL_GENERATION = 22,
	ERR_INCONSISTENT_GROUP_PROTOCOL = 23,
	ERR_INVALID_GROUP_ID = 24,
	ERR_UNKNOWN_MEMBER_ID = 25,
	ERR_INVALID_SESSION_TIMEOUT = 26,
	ERR_REBALANCE_IN_PROGRESS = 27,
	ERR_GROUP_AUTHORIZATION_FAILED = 30,
	ERR_GROUP_ID_NOT_FOUND = 69,
	ERR_MEMBER_ID_REQUIRED = 79,
	ERR_GROUP_MAX_SIZE_REACHED = 81,
	ERR_FENCED_INSTANCE_ID = 82,
};

/* To an OffsetCommit or TxnOffsetCommit: may another member have the partitions? */
static inline bool error_takes_away(int16_t error)
{
	return error == ERR_ILLEGAL_GENERATION || error == ERR_UNKNOWN_MEMBER_ID || error == ERR_REBALANCE_IN_PROGRESS ||
	       error == ERR_FENCED_INSTANCE_ID;
}

enum phase { PHASE_UNKNOWN, PHASE_EMPTY, PHASE_STABLE, PHASE_PREPARING, PHASE_COMPLETING };

enum presence {
	MEMBER_PENDING, /* has an id (MEMBER_ID_REQUIRED), is not in the group yet */
	MEMBER_IN,
	MEMBER_GONE,
};

enum request_kind { REQUEST_JOIN, REQUEST_SYNC, REQUEST_HEARTBEAT, REQUEST_LEAVE, REQUEST_COMMIT,
                    REQUEST_OFFSETS, REQUEST_FIND, REQUEST_EPOCH, REQUEST_SHARE };

struct client;
struct committing;
struct epochs;
struct pool;
struct producer;
struct spares;
struct group;
struct groups;
struct refusals;
struct request;
struct kind_member;
struct kind_told;
struct seat;
struct storm;

/* What a member said of itself in a JoinGroup. */
struct subscription {
	uint64_t topics;    /* order-free digest of the topic names and the rack */
	uint64_t protocols; /* digest of the assignor names, in order */
	bool known;         /* the topics could be parsed */
	bool owned_told;    /* the version carries OwnedPartitions */
	bool owned_some;    /* and there were some */
	bool listed;        /* all assignors that it lists were read */
	bool cooperative;   /* every one of them is a cooperative one */
};

/* A topic that is not what it was: more partitions, new (was 0), or gone (is 0). */
struct growth {
	uint32_t topic; /* NO_TOPIC for none */
	int32_t was, is;
	uint32_t came, went; /* topics of a pattern, this one counted; 0 and 0 where it is this one alone */
	int64_t at;     /* of the Metadata answer that said so, 0 never */
	uint64_t frame;
};

/* What a member's client was told of topics. */
struct learned {
	struct growth growth; /* the first since the member's generation began */
	int64_t listed_at;    /* latest Metadata answer with all topics, 0 none: it subscribes to a pattern */
	uint64_t listed_frame;
	uint32_t listing;     /* and its number */
};

/* What is to be told of few members. */
struct seldom {
	struct learned *learned; /* NULL for nothing that matters; see growth.h */
	int64_t refused;     /* first UNKNOWN_MEMBER_ID to this id, GROUP_UNKNOWN_TIME none */
	int64_t sync_asked_at; /* see unheard.h; 0 never */
	uint64_t turned_away_frame; /* it asked with what the group cannot accept, since it joined; 0 for none */
	int16_t turned_away; /* and the error */
};

/* Five cache lines, as there may be a million of them. Most heartbeats, which are those before them again, need the first
 * one alone; the others of these need the second. */
struct member {
	struct kafka_speaker speaker; /* first: the connection points to it, see speaker.h */
	uint16_t beat_at; /* where the heartbeat that is known again has its generation, see again.h */
	uint64_t beat;    /* and its digest */
	struct group *group;
	struct request *asked; /* its requests that are under way, the latest first: see echo.h */
	int64_t last_seen;  /* latest sign that restarts its session timer */
	uint64_t last_frame;
	uint32_t refs; /* the group's and one per request under way or record that names it */
	int32_t generation; /* of its latest JoinGroup answer or request, -1 unknown */
	enum presence presence : 8;
	enum group_change gone_how : 8;
	bool visible : 1;   /* a request of its own was seen */
	bool hung_up : 1;   /* and the end of the connection that it spoke on last, by its client */
	bool at_home : 1;   /* that connection leads to the coordinator of its group */
	bool fenced : 1;    /* was told that another took its instance */
	bool given_id : 1;  /* the coordinator was seen to make its id */
	bool assigned_some : 1; /* its latest assignment was not empty */
	bool lost_some : 1; /* its latest assignment lacks partitions that it owned: a follow-up is due */
	int32_t session_ms; /* 0: not seen */
	/* -- */
	struct roster_hook hh; /* by id, in its group */
	const char *id;
	const char *client_id; /* NULL when it was never seen */
	const char *host;
	const char *software;
	const char *instance; /* group.instance.id or NULL */
	/* -- */
	const struct group_process *local; /* its process, when that is on this host */
	struct client *client; /* the process that fetches for it, NULL while that was not seen to */
	uint64_t client_key; /* digest of its host and client id, 0 while they are not known */
	struct kafka_conn *speaks_on; /* see speaker.h */
	const char *reason;   /* of its first join attempt since it was stable */
	int64_t told;         /* first REBALANCE_IN_PROGRESS since it last joined */
	uint64_t told_frame;
	int64_t joined_at;    /* latest JoinGroup that was answered with a generation */
	/* -- */
	struct member *client_next, *client_prev; /* see client.c */
	int32_t sync_asked;   /* generation of its latest SyncGroup request, -1 none */
	int32_t synced;       /* and of its latest answer */
	int32_t rebalance_ms; /* 0: not seen */
	uint32_t offset_at;   /* where its group's offsets have the first partition of its latest commit, see offsets.h */
	int64_t synced_at, synced_before; /* its latest answered SyncGroups */
	struct committing *committing; /* NULL before its first OffsetCommit, see commit_again.h */
	uint32_t seen;        /* its number in its group, in the order first seen */
	/* -- */
	struct subscription subscription;
	union {
		int64_t gone_at;  /* when it left; before that, when it hung up */
		int64_t given_at; /* of one that is pending: when its id was made (MEMBER_ID_REQUIRED), if it was */
	};
	struct kind_member *kind; /* what Connect, Streams or Schema Registry say besides, NULL for none; see kind.h */
	struct join *join; /* its part in the round under way, NULL for none: see round_join_of */
	struct seat *seat; /* where the broker assigns, see epoch.h; NULL elsewhere */
	struct seldom *seldom; /* NULL for nothing of that; see member.h */
};

_Static_assert(sizeof(struct member) == 5 * 64, "whole cache lines");
_Static_assert(offsetof(struct member, hh) == 64, "the first one");

/* A JoinGroup request: parked until its answer, then part of a round. */
struct join {
	struct join *next, *prev;
	struct pool *from;       /* see spare.h */
	struct request *request; /* while it is parked */
	uint64_t connection;
	struct member *member; /* NULL while the id is not known */
	struct member *former; /* the static member whose place it took, NULL if none */
	int64_t at;
	uint64_t frame;
	int64_t answered;
	uint64_t answer_frame;
	int64_t told;      /* when the member had been told to rejoin, GROUP_UNKNOWN_TIME if it was not */
	uint64_t told_frame;
	const char *reason; /* of the first attempt since the member was stable */
	const char *instance;
	int32_t session_ms, rebalance_ms;
	struct subscription before, now;
	struct growth growth; /* what it had learned of its topics since it joined before */
	int64_t latency;   /* of the answer that gave it its id; ns, -1 unknown */
	bool fresh;        /* a new member */
	bool from_id;      /* the request named a member id */
	bool was_leader;
	bool was_assigned; /* had partitions before */
	bool lost_some;    /* a cooperative follow-up was due */
	bool was_in;       /* was a member of the generation before */
	bool unheard;      /* that it was answered is inferred; whether the member had been told is not known */
	uint64_t given;    /* digest of the assignment that the leader gave it */
	int32_t n_given;   /* and its partitions, -1 while they are not known: see member_given */
	struct kind_member *kind; /* goes to the member when it is answered */
	int64_t kind_next_ms; /* Streams: when the member had been told to join again, see struct kind_member */
};

struct leave {
	struct leave *next, *prev;
	struct pool *from;
	struct member *member;
	int64_t at;
	uint64_t frame, answer_frame;
	int64_t latency;   /* of the answer; ns, -1 unknown */
	const char *reason;
	uint64_t connection;
	bool own;          /* the member's own client sent it */
};

/* One partition and who has it: an index into the owners of its table. */
struct owned {
	uint32_t topic;
	int32_t partition;
	uint32_t owner;
};

struct owner {
	const char *id; /* the instance for static members, else the member id */
	const char *client_id;
};

/* Who had what in one generation. */
struct assignment {
	int32_t generation; /* -1: not known */
	bool complete;      /* the leader's SyncGroup was seen */
	struct owned *entry;
	size_t n, cap;
	struct owner *owner;
	size_t n_owners, cap_owners;
};

/* A member of the generation before that is not in this one and did not leave. */
struct absence {
	struct member *member;
	int64_t deadline; /* when its session ran out, GROUP_UNKNOWN_TIME when that is not known */
	int64_t hung_up;  /* when its connection had ended, GROUP_UNKNOWN_TIME if it had not */
	bool kicked;      /* its session had not run out when the join phase ended */
};

/* The coordinator could not store an assignment: its members were answered so. */
struct unstored {
	int64_t at;  /* of the first answer, 0 never */
	uint64_t frame;
	uint32_t n;  /* members */
	uint32_t of; /* members of the generation */
};

/* A member that the coordinator turned away when it rejoined: the group had grown too large. */
struct overfull {
	struct member *member;
	int64_t at;
	uint64_t frame;
};

/* A rebalance on its way: from the first sign to the last SyncGroup answer. */
struct round {
	struct spares *from;
	int32_t generation; /* -1 until the burst of JoinGroup answers */
	int32_t previous;
	int64_t first_sign; /* earliest message that shows it */
	int64_t calm_until; /* the group was seen to be stable at this time, GROUP_UNKNOWN_TIME if never */
	int64_t first_told; /* earliest REBALANCE_IN_PROGRESS */
	uint64_t first_told_frame;
	int64_t burst;
	uint64_t burst_frame;
	int64_t handed_in;  /* the leader's SyncGroup request */
	int64_t first_sync, last_sync;
	int64_t moved_at;   /* the coordinator changed while it ran */
	uint64_t moved_frame;
	struct join *joins;
	struct join *lost; /* parked, then given up without an answer */
	struct leave *leaves;
	struct absence *gone; /* who of the generation before is missing, once the round ends */
	size_t n_gone;
	struct unstored unstored; /* of the generation before */
	struct overfull overfull; /* the first of them */
	bool at_home;       /* the coordinator that is known answered some of the joins */
	bool listed;        /* the leader's list was seen */
	bool from_empty;    /* the group was known to be empty */
	bool emptied;       /* its last member has left */
	bool lapsed;        /* emptied: the sessions of all members ended, which nobody was left to be told */
	bool after_lapse;   /* the one before was that */
	bool knew_roster;   /* the members of the generation before were all known */
	bool downgraded;    /* the group has just gone back to the classic protocol */
	bool after_cut;     /* a coordinator's move cut the one before */
	bool cut_proven;    /* and that one was under way beyond doubt */
	bool announced;     /* rebalance-started was told */
	bool unheard;       /* the coordinator's answers were not captured: what they were is inferred */
	uint32_t rounds;
	uint32_t n_listed, n_joined, n_synced;
	uint32_t n_formers; /* joins that took the place of a former member */
	struct assignment assignment;
	struct kind_told *told; /* by the leader, see kind.h; NULL for plain consumers */
};

/* OffsetCommit requests of members, for the life of the group. */
struct commits {
	uint64_t answered, refused, timed; /* those whose latency is known */
	int64_t latency_sum, latency_most; /* ns, of the answered ones */
};

/* Ordered as struct member. */
struct group {
	struct groups *owner;
	struct round *round;
	struct epochs *epochs; /* of a group whose broker assigns, see epoch.h; NULL for others */
	int64_t touched;     /* latest message, to a precision of some seconds */
	int64_t calm_at;     /* latest request of its generation that was answered as in a stable group, GROUP_UNKNOWN_TIME if none */
	int32_t generation;  /* last known, -1 */
	uint32_t requests;   /* under way: they point here */
	char *name;
	enum phase phase;
	bool migrated;       /* members of the consumer protocol are in it: the broker assigns (KIP-848) */
	bool coordinator_known;
	bool cut;            /* the coordinator moved while a rebalance was running */
	bool cut_proven;     /* which is more than a JoinGroup without an answer */
	/* -- */
	_Alignas(64) UT_hash_handle hh; /* by name */
	struct net_endpoint coordinator;
	/* -- */
	const char *protocol_type;
	const char *assignor;
	const char *leader;  /* member id of the leader of the current generation */
	int64_t coordinator_since;
	bool unheard;        /* members speak on connections whose answers are not captured */
	bool downgraded;     /* and now they are not any more */
	struct downgrade *downgrade; /* how that came, where it was seen; see epoch.h */
	bool roster_known;   /* the members of the current generation are all known */
	bool reported;       /* the current generation was reported */
	int64_t since;       /* first seen */
	int64_t id_latency;  /* of the latest answer that gave a member id; ns, -1 unknown */
	int64_t burst_at;    /* when the current generation was reached */
	int64_t stable_at;   /* end of the last rebalance */
	int64_t last_refusal; /* latest coordinator error (14, 15, 16) */
	uint64_t last_refusal_frame;
	int16_t last_refusal_code;
	struct member *members; /* pending and in; who is gone is in the roster */
	struct roster roster;
	uint32_t n_in;
	struct join *parked; /* JoinGroup requests without an answer */
	struct assignment current; /* of the current generation */
	struct assignment base;    /* before the latest rebalance that is not a follow-up */
	uint32_t told_state, told_rest; /* digests of what administrators were told, 0 nothing: see inquiry.h */
	uint32_t aborted;    /* rounds since it was stable that came to nothing */
	int32_t parent;      /* generation of that rebalance, -1 */
	uint32_t outage;     /* number of the latest that hit it, 0 none; see outage.h */
	bool outage_moved, outage_rebalanced; /* counted there */
	struct refusals *refusals; /* NULL before the first; see refusal.h */
	struct unstored unstored; /* of the round under way or the one before */
	struct storm *storm;   /* NULL before the group's first rebalance */
	struct member *silent; /* did not sync in the round that was aborted last, NULL if all did */
	int64_t silent_since;  /* the end of that round's join phase */
	struct group *timer_next, *timer_prev; /* in a slot of the wheel */
	int64_t timer_at;    /* 0: not armed */
	int64_t tidied_at;   /* see members_tidy */
	struct group *lru_next, *lru_prev; /* by `touched`, oldest first */
	struct ptable offsets; /* struct offset */
	struct commits commits;
	struct resumed *resumed; /* see resumed.h */
	struct refused_commit *refused; /* see duplicates.h */
	uint32_t n_refused, cap_refused;
	struct kind_told *told; /* by the leader in the latest generation that was reached */
	int32_t coordinator_node; /* as FindCoordinator said, -1 */
};

/* What a heartbeat of a group whose broker assigns said (REQUEST_EPOCH). */
enum {
	ASKED_JOIN = 1 << 0,
	ASKED_LEAVE = 1 << 1,
	ASKED_AWAY = 1 << 2,      /* a static member leaves and will be back */
	ASKED_TOPICS = 1 << 3,    /* told its subscription */
	ASKED_NO_TOPICS = 1 << 4, /* which is empty */
	ASKED_OWNED = 1 << 5,     /* told what it has */
	ASKED_WITHIN = 1 << 6,    /* which is within its assignment */
	ASKED_PATTERN = 1 << 7,   /* its subscription is a pattern */
};

/* A group request between its message and its answer. */
struct request {
	struct request *next_free;
	enum request_kind kind;
	struct group *group;
	struct member *member; /* NULL when it named none that is known */
	struct join *join;     /* REQUEST_JOIN */
	struct leave *leaves;  /* REQUEST_LEAVE */
	int32_t generation;    /* -1 when it has none */
	int32_t correlation_id;
	uint64_t connection;
	struct request *asked_before; /* of the same member: see echo.h */
	int64_t at;
	uint64_t frame;
	uint64_t topics;       /* REQUEST_EPOCH: digest of the subscription */
	int32_t rebalance_ms;
	uint8_t asked, epoch_kind;
	struct producer *producer; /* TxnOffsetCommit: who sent it, held; NULL else */
};

#endif
