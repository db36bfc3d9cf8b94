/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups whose broker assigns: consumer groups of KIP-848, share groups of KIP-932, streams groups of KIP-1071. Every
 * change of membership, subscription or topics raises the group epoch; the broker computes a target assignment for it,
 * and each member is led there by its heartbeats: it gives up what is not in the target (and says so), advances to the
 * epoch, and gets the rest as others let go of it. Internal to src/group.
 *
 * On the wire there is no leader and no list of members: what is known of the target is what members are answered.
 */
#ifndef REGROUP_GROUP_EPOCH_H
#define REGROUP_GROUP_EPOCH_H

#include "correlator.h"
#include "ptable.h"

/* The heartbeat interval where the broker was not seen to set one (group.consumer.heartbeat.interval.ms). */
#define INTERVAL_DEFAULT_MS 5000

enum {
	ERR_TOPIC_AUTHORIZATION_FAILED = 29,
	ERR_INVALID_REQUEST = 42, /* "Topology updates are not supported yet." */
	ERR_FENCED_MEMBER_EPOCH = 110,
	ERR_UNRELEASED_INSTANCE_ID = 111,
	ERR_UNSUPPORTED_ASSIGNOR = 112,
	ERR_STALE_MEMBER_EPOCH = 113,
	ERR_INVALID_REGULAR_EXPRESSION = 128,
	ERR_STREAMS_INVALID_TOPOLOGY = 130,
	ERR_STREAMS_TOPOLOGY_FENCED = 132,
};

/* Status codes of streams groups (KIP-1071), and one place for those to come. */
#define STATUS_KINDS 7

struct streams_group_heartbeat_response;

enum epoch_kind { EPOCH_CONSUMER, EPOCH_SHARE, EPOCH_STREAMS };

/* Partitions of topics, or tasks of subtopologies ("active:0"), ascending. */
struct holding {
	struct pkey *of;
	uint32_t n, cap;
};

/* What is kept of a member beside struct member. */
struct seat {
	int32_t epoch;         /* as it was answered last, -1 unknown */
	int32_t interval_ms;   /* between heartbeats, as the broker set it; 0 not seen */
	uint64_t topics;       /* digest of what it subscribed to */
	const char *subscription, *subscribed_before; /* as text, NULL not told */
	struct holding given;  /* its assignment as answered last */
	bool given_known;
	bool giving;           /* was asked to give partitions up and has not confirmed that yet */
	bool away;             /* a static member that left with epoch -2: its place is kept */
	bool robbed;           /* something that it did not let go of was given to another: it was taken out by then */
	bool idle;             /* joined without naming topics: nothing happens before it does */
	bool unheard;          /* what it is answered is not captured */
	bool classic;          /* speaks the classic protocol to a consumer group */
	bool pattern;          /* subscribes with one */
	bool ahead;            /* classic: its JoinGroup led it to its epoch, what it has there is told by the SyncGroup */
	int64_t away_at;
	int64_t joined_at;     /* its latest join that was accepted */
	int64_t asked_at;      /* to give partitions up, latest */
	uint64_t asked_frame;
	int64_t gave_at;       /* when it confirmed that */
	int64_t changed_at;    /* latest answer that changed its epoch or assignment */
	int64_t granted_at;    /* latest answer that gave it something */
	int64_t checked;       /* its latest heartbeat that was answered */
	int16_t refused_with;  /* error that its joins are answered with, told once */
	struct delivered *delivered; /* share groups, NULL for nothing yet; see share_delivery.h */
};

enum bump_kind { BUMP_JOIN, BUMP_LEAVE, BUMP_SUBSCRIPTION, BUMP_LOST, BUMP_EXPELLED };

/* Something that raised the group epoch by one. */
struct bump {
	enum bump_kind kind;
	struct member *member;
	int64_t at;            /* of the request; BUMP_LOST: when it was noticed */
	int64_t heard;         /* BUMP_LOST: when the member had been heard of last; it may be back when that is told */
	uint64_t frame, answer_frame;
	uint64_t connection;
	const char *reason;    /* classic members' own words, NULL */
	const char *now, *was; /* BUMP_SUBSCRIPTION: as text, NULL not known */
	int32_t told;          /* epoch that it was answered with */
	bool names_null;       /* BUMP_LEAVE: which fields the request left out */
	bool owned_null;
	bool returned;
	bool given;            /* BUMP_JOIN: it was given something at once */
	bool doubtful;         /* an epoch before was not explained: it may have been the cause of that */
	bool refused;          /* BUMP_LOST: the coordinator said that it is none any more, or that the group is empty */
	bool removed;          /* BUMP_LEAVE: by an administrator */
	uint32_t others;       /* BUMP_LEAVE: so many more left by the same request, which raises the epoch once */
};

/* The last member of the consumer protocol left, and the coordinator made a classic group of what remained. */
struct downgrade {
	int64_t at;
	int32_t epoch;         /* highest that was told before */
	uint64_t frame, answer_frame;
	char who[96];
};

/* On the way to a target assignment. */
struct turn {
	bool open;
	bool forms;            /* the group was empty or new */
	bool converted;        /* it was of the classic protocol */
	bool announced;
	bool emptied;          /* all that were in it were gone before the next came, who was given all there is */
	bool maybe_forms;      /* the group may have been empty */
	bool surely;           /* forms: nobody can have been in it who was not seen */
	int32_t previous;      /* epoch before, -1 not seen */
	int64_t previous_at;   /* when it was first told */
	int32_t epoch;         /* of the target, -1 while no member was told */
	int64_t sign;          /* earliest that shows it */
	uint64_t sign_frame;
	int64_t target_at;     /* earliest answer that shows its target */
	int64_t epoch_at;      /* earliest answer with its epoch */
	uint64_t epoch_frame;
	int64_t released;      /* when partitions were let go of last */
	int64_t calm_at;       /* the latest answer before, by which nothing had changed */
	struct member *blocker; /* is not there yet; the next is only looked for when it is */
};

struct epochs {
	enum epoch_kind kind;
	int32_t highest;       /* epoch that any member was told, -1 none */
	int64_t highest_at;    /* when that was first seen */
	bool settled;          /* the assignment of `highest` is known of all members */
	bool empty;            /* the last member went */
	bool maybe_empty;      /* the last that is known went; there may be others */
	bool from_start;       /* the group was seen to form, and all that raised its epoch since */
	bool unexplained;      /* nothing that was captured explains one of its epochs */
	bool strangers;        /* something raised its epoch that was not seen: there may be members that are not */
	bool answered;         /* a heartbeat was */
	bool unheard;          /* none was, and it was said that answers are not captured */
	bool converted;        /* was of the classic protocol until the next turn */
	int64_t since;         /* first heartbeat of the group that was seen */
	int64_t calm_at;       /* latest answer that changed nothing */
	int64_t heard_at;      /* latest heartbeat of any member */
	int64_t paused_to;     /* end of the latest time in which all of them were silent: the capture may have a hole there */
	bool unseen_join;      /* a member showed that it is one already: an epoch is due to its join */
	struct turn turn;
	struct bump *bump;     /* not yet accounted for, by time */
	uint32_t n_bumps, cap_bumps;
	int32_t topology;      /* streams: its epoch, -1 */
	const char *status[STATUS_KINDS]; /* streams: details by code, since the latest turn; NULL not told */
};

/* One heartbeat as any of the three protocols carries it. */
struct beat {
	enum epoch_kind kind;
	struct kf_bytes group, member, instance, assignor;
	int32_t epoch;         /* 0 joins, -1 leaves, -2 leaves for a while */
	int32_t rebalance_ms;  /* below 1: not told */
	bool subscribes;       /* names or pattern were told */
	bool subscribes_none;  /* and there were none */
	bool pattern;          /* a pattern was told */
	uint64_t topics;       /* their digest */
	const struct holding *owned; /* NULL: not told */
};

struct beat_answer {
	int16_t error;
	struct kf_bytes error_message, member;
	int32_t epoch, interval_ms;
	const struct holding *given; /* NULL: as before */
};

/* ---- epoch.c: a heartbeat and its answer */
struct request *epoch_asked(struct groups *gs, const struct beat *q, const struct kafka_message *m);
void epoch_answered(struct groups *gs, const struct beat_answer *a, const struct kafka_message *m, struct request *r);

/* The group's, made when it has none; NULL when memory is out. */
struct epochs *epochs_of(struct group *g, enum epoch_kind kind);
void epochs_free(struct group *g);
struct seat *seat_of(struct member *m); /* made when it has none */
void seat_free(struct seat *s);

/* What a member was answered to `r` (of whichever protocol) leads it to this epoch and assignment. `given` may be
 * NULL. */
void epoch_led(struct group *g, struct member *mem, int32_t epoch, const struct holding *given,
               const struct request *r, bool joins, const struct kafka_message *m);

/* A static member takes the place of its former process, and has what that had: the group stays as it was. */
void epoch_take_place(struct group *g, struct member *m, struct member *former, int64_t at, uint64_t frame);

/* The epoch that a join was told rose by one more than by what was seen and the join: before, the former one's place had
 * been given up. */
bool epoch_place_given_up(const struct group *g, const struct member *former, int32_t epoch, int64_t at);

void epoch_timer(struct group *g);
void epoch_finish(struct group *g);

/* ---- epoch_unheard.c: of a request whose answer will not be seen */
void epoch_unheard(struct group *g, const struct beat *q, struct member *mem, const struct kafka_message *m);

/* ---- epoch_classic.c: members of the classic protocol in a consumer group (KIP-848, online migration) */
void epoch_classic_joined(struct group *g, const struct request *r, struct join *j, int32_t epoch,
                          const struct kafka_message *m);
void epoch_classic_synced(struct group *g, const struct request *r, struct kf_bytes blob, const struct kafka_message *m);
void epoch_classic_beat(struct group *g, struct request *r);
void epoch_classic_leave(struct group *g, struct leave *l);
void epoch_converted(struct group *g);   /* a classic group becomes a consumer group */
void epoch_downgraded(struct group *g);  /* and back */

/* ---- epoch_turn.c */
void turn_bump(struct group *g, struct bump *b); /* takes what *b holds */
void turn_sign(struct group *g, int64_t at, uint64_t frame);
void turn_target(struct group *g, int32_t epoch, bool sees_epoch, const struct kafka_message *m);
void turn_account(struct group *g);         /* who has been taken out, where the epoch rose by more than was seen? */
void turn_check(struct group *g);           /* has everybody arrived? */
void turn_close(struct group *g);
bool turn_done(const struct turn *t, const struct member *m);
void turn_goes(struct group *g, const struct member *m, int64_t at); /* it is about to be none any more */
int64_t interval_of(const struct seat *s); /* ns between heartbeats */
int64_t silence(const struct member *m, int64_t at); /* ns since it was heard of; 0 when it never was */
void turn_empty(struct group *g, int64_t at);
bool bump_precedes(const struct bump *b, const struct turn *t); /* it may be behind the turn's epoch */
void bump_clear(struct bump *b);
void bumps_drop(struct epochs *e, uint32_t n);
/* `frame`: of the answer that said so, 0 when nothing did. */
void member_lost(struct group *g, struct member *m, enum bump_kind how, int64_t at, uint64_t frame);

/* ---- epoch_cause.c */
struct epoch_causes {
	struct candidate *of;  /* the cause first; scratch memory */
	size_t n;
	uint32_t passed;       /* bumps before the last: epochs of their own that nobody was told */
	uint32_t used;         /* bumps accounted for, with that last one */
	bool doubtful;         /* some may have been the cause of an epoch before */
	bool counted;          /* there are as many as the epoch rose by */
	int64_t started, uncertainty;
};

void epoch_put_founder_first(struct epochs *e); /* of a group that forms */
struct epoch_causes epoch_causes_find(struct group *g, const struct turn *t);
void epoch_cause_of(struct group *g, const struct turn *t, const struct bump *b, struct candidate *c);
/* No member can have come or gone unseen: all that raised the epoch since the group formed is accounted for. */
bool epochs_closed(const struct epochs *e);

/* Could anything that the capture did not show have come before? */
bool epoch_is_blind(const struct group *g, const struct turn *t, const struct candidate *c);

/* ---- epoch_topics.c */
void epoch_cause_topics(struct group *g, const struct turn *t, const struct assignment *after, bool ended,
                        struct candidate *c);

/* ---- epoch_report.c */
void epoch_report_started(struct group *g);

/* Tells the turn; returns when it ended (GROUP_STABLE: when the last member had arrived, `ended` is not read then). */
int64_t epoch_report(struct group *g, enum group_outcome outcome, int64_t ended);

/* ---- epoch_holding.c */
void holding_clear(struct holding *h);
struct holding *holding_fresh(struct groups *gs); /* emptied, for the message that is read now */
bool holding_add(struct holding *h, uint32_t topic, int32_t partition); /* false: memory is out */
void holding_seal(struct holding *h);       /* after adding: in order, once each */
bool holding_has(const struct holding *h, uint32_t topic, int32_t partition);
bool holding_within(const struct holding *part, const struct holding *whole);
bool holding_copy(struct holding *to, const struct holding *from);
void holding_rename(const struct groups *gs, struct holding *h); /* names of topic ids have become known */

/* ---- epoch_status.c */
void status_heard(struct group *g, const struct streams_group_heartbeat_response *a);
void status_fill(struct group *g, struct group_rebalance *out);
void status_clear(struct epochs *e);
bool status_holds_up(const struct epochs *e); /* topics are missing or do not fit: nothing is assigned before that ends */

/* What members have is known by now: of all, when nothing is moving. */
void epoch_learned(struct group *g);

/* ---- epoch_view.c */
const char *epoch_state(const struct group *g); /* as Kafka names it, NULL unknown */
const char *epoch_type(const struct group *g);  /* "consumer", "share", "streams" */

#endif
