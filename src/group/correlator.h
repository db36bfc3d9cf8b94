/* SPDX-License-Identifier: Apache-2.0
 *
 * The correlator's own state and the steps its files share. Internal to src/group.
 */
#ifndef REGROUP_GROUP_CORRELATOR_H
#define REGROUP_GROUP_CORRELATOR_H

#include <regroup/keyed.h>

#include "scratch.h"
#include "spare.h"
#include "state.h"
#include "texts.h"
#include "visibility.h"

#define CLOSED_KEPT 512
#define WHEEL_SLOTS 512
#define WHEEL_STEP (100 * NS_PER_MS)

struct holding;

struct wheel {
	struct group *slot[WHEEL_SLOTS];
	int64_t at;  /* number of the step to fire next, 0 before the first message */
	int64_t due; /* when that ends: nothing fires before */
};

#define BROKERS_KEPT 256

/* Where a broker listens, as it says itself: a name, or an address as text. */
struct broker {
	int32_t node;
	uint16_t port;
	char host[58];
};

/* Members by their client's host and client id, in chains. */
struct client_table {
	struct member **slot;
	uint32_t n_slots, n; /* n_slots is a power of two, or 0 */
};

#define TOPIC_CHANGES 64

enum topic_change_kind { TOPIC_CREATED, TOPIC_GROWN, TOPIC_DELETED };

/* An administrator changed a topic. */
struct topic_change {
	uint32_t topic;
	enum topic_change_kind kind;
	const char *what; /* "was created" */
	int64_t at;
	uint64_t frame;
};

struct askers;
struct outages;
struct producers;

struct groups {
	struct group_options options;
	struct group_stats stats;
	struct group *by_name;
	struct group *oldest; /* all groups, by their latest message */
	struct topic *topics; /* by name */
	struct topic *latest_topic; /* that was looked up: a message tends to be of few topics */
	struct topic_uuid *uuids;
	struct topic_later *later; /* names that come later in the capture */
	bool names_asked;
	uint32_t renamed; /* how often a uuid turned out to be a topic with a name */
	struct broker brokers[BROKERS_KEPT];
	size_t n_brokers;
	struct client_table clients;
	uint32_t n_fetchers; /* connections of clients that fetch */
	uint64_t n_fetched; /* partitions in the tables of all clients */
	uint64_t n_offsets; /* and of all groups */
	uint32_t n_resuming; /* groups with partitions that are not read again yet */
	struct topic **topic_by_id;
	uint32_t n_topics, cap_topics;
	struct outages *outages; /* NULL before the first */
	struct producers *producers; /* the same; see producer.h */
	struct askers *askers;
	uint32_t listings; /* Metadata answers with all topics so far */
	struct request *free_requests;
	struct pool *members, *places; /* struct member, struct group */
	struct spares spares;
	struct wheel wheel;
	struct visibility visibility;
	uint64_t closed[CLOSED_KEPT]; /* connections that their clients closed, latest CLOSED_KEPT; ids begin at 1 */
	size_t n_closed;
	struct texts texts;
	struct process *processes; /* by what they are */
	group_find_process *find_process; /* NULL: nobody knows */
	void *find_process_ctx;
	struct topic_change topic_change[TOPIC_CHANGES]; /* latest */
	size_t n_topic_changes; /* ever */
	struct holding *holding; /* of the heartbeat that is being read, see epoch.h */
	struct scratch scratch; /* of the event being built */
	int64_t now;
	int64_t started_at; /* first message */
	bool closing;       /* the connections are gone */
	bool knows_again;   /* `keyed` can be used */
	struct keyed keyed; /* see again.h */
};

/* ---- groups.c */
struct group *group_get(struct groups *g, struct kf_bytes name);
struct group *group_touch(struct groups *gs, struct group *g); /* a message of it has come; returns it */
struct group *group_find(struct groups *gs, struct kf_bytes name); /* NULL when it was not seen */
struct request *request_new(struct groups *gs, struct group *g, enum request_kind kind,
                            const struct kafka_message *m);
/* The same of one that was known again, sent by a member in this generation. */
struct request *request_again(struct member *m, enum request_kind kind, int32_t generation, const struct kafka_again *a);
void request_free(struct groups *g, struct request *r);

/* Is the request, whose member is known by now, seen on another connection as well? It is freed then. */
bool request_is_echo(struct groups *g, struct request *r, const struct kafka_message *m);

/* The latest change of this kind that was seen to be made to the topic, NULL for none: see topic_change.c. */
const struct topic_change *topic_change_find(const struct groups *gs, uint32_t topic, enum topic_change_kind kind,
                                             int64_t from, int64_t to);

bool connection_closed(const struct groups *gs, uint64_t id); /* by its client, lately */

/* ---- one file per API: the request makes a struct request, the answer is read with it */
struct request *join_request(struct groups *g, const struct kafka_message *m);
void join_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *sync_request(struct groups *g, const struct kafka_message *m);
void sync_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *heartbeat_request(struct groups *g, const struct kafka_message *m);
void heartbeat_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *leave_request(struct groups *g, const struct kafka_message *m);
void leave_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *commit_request(struct groups *g, const struct kafka_message *m);
void commit_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *txn_commit_request(struct groups *g, const struct kafka_message *m);
void txn_commit_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *offset_fetch_request(struct groups *g, const struct kafka_message *m);
void offset_fetch_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *find_coordinator_request(struct groups *g, const struct kafka_message *m);
void find_coordinator_response(struct groups *g, const struct kafka_message *m, struct request *r);

/* What an answer to a JoinGroup means; also where it is inferred. The first is MEMBER_ID_REQUIRED: the member has to ask
 * again. The other is a generation; consumes the join, which is parked no more. */
void join_given_id(struct group *g, const struct join *j, struct kf_bytes id, const struct kafka_message *msg);
void join_taken(struct group *g, struct join *j, struct member *m, int32_t generation, const struct kafka_message *msg);
/* Groups whose broker assigns: consumer (KIP-848), share (KIP-932) and streams groups (KIP-1071). */
struct request *consumer_heartbeat_request(struct groups *g, const struct kafka_message *m);
void consumer_heartbeat_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *share_heartbeat_request(struct groups *g, const struct kafka_message *m);
void share_heartbeat_response(struct groups *g, const struct kafka_message *m, struct request *r);
struct request *streams_heartbeat_request(struct groups *g, const struct kafka_message *m);
void streams_heartbeat_response(struct groups *g, const struct kafka_message *m, struct request *r);

/* Does this assignor take partitions away only to hand them on (KIP-429, KIP-415)? */
bool assignor_is_cooperative(const char *name);

/* What any answer of the group protocol tells of its member and group, by error code. */
void answer_error(struct group *g, struct request *r, int16_t error, const struct kafka_message *m);

/* The coordinator knew the member: its session began anew, and in mid-stream the generation is learned. */
void answered_alive(struct group *g, struct request *r);

/* A request that carries a generation of a member tells a group seen for the first time in mid-stream. */
void learn_generation(struct group *g, struct member *m, int32_t generation);

/* A coordinator answered without an error: another one than before has taken the group over, if the former had
 * refused it. */
void coordinator_seen(struct group *g, const struct kafka_message *m);

/* ---- round.c: a rebalance from its first sign to its end */

/* The round under way; begins one (which first ends the one before) when none is being prepared. */
struct round *round_prepare(struct group *g, int64_t sign);

/* A JoinGroup was answered with a generation. Consumes the join. */
void round_joined(struct group *g, struct join *j, int32_t generation, const struct kafka_message *m);

void round_leave(struct group *g, struct leave *l);
/* A member was answered REBALANCE_IN_PROGRESS to a request of this kind and generation. */
void round_told(struct group *g, struct member *m, enum request_kind kind, int32_t generation,
                const struct kafka_message *msg);
void round_synced(struct group *g, struct member *m, int32_t generation, const struct kafka_message *msg);
void round_drop(struct group *g); /* what was under way is not a classic round after all */
void round_finish(struct group *g, int64_t ts); /* the capture ended */

/* A JoinGroup that was parked gets no answer any more. Consumes the join. */
void round_lost(struct group *g, struct join *j);

/* The coordinator changed: a join phase that was running on the former one is cut. */
void round_moved(struct group *g);

/* All members are gone: the group is Empty and a generation was consumed. */
void round_empty(struct group *g, int64_t at);

/* The member's own JoinGroup of the round, NULL if none. */
const struct join *round_join_of(const struct round *r, const struct member *m);

void round_free(struct round *r);
void join_free(struct join *j);
void leave_free(struct leave *l);

/* What has timed out in this group by g->owner->now; called by the wheel. */
void round_timer(struct group *g);

/* ---- wheel.c */
void wheel_arm(struct groups *gs, struct group *g, int64_t at); /* keeps the earlier of two times */
void wheel_disarm(struct groups *gs, struct group *g);
void wheel_advance(struct groups *gs, int64_t now);

/* ---- report.c */
void report_started(struct group *g, const struct round *r);
void report_round(struct group *g, struct round *r, enum group_outcome outcome, int64_t ended);
/* The same with what follows from it. */
void report_member_noted(struct group *g, const struct member *m, enum group_change how, const char *reason,
                         bool rebalance, int64_t ts, uint64_t frame, const char *note);
/* It was refused with this error. */
void report_fenced(struct group *g, const struct member *m, int16_t error, const char *reason, const char *note,
                   const struct kafka_message *msg);
void report_member(struct group *g, const struct member *m, enum group_change how, const char *reason,
                   bool rebalance, int64_t ts, uint64_t frame);
void report_coordinator(struct group *g, const struct net_endpoint *to, const struct kafka_message *m);
void emit(struct groups *gs, struct group_event *e);

#endif
