/* SPDX-License-Identifier: Apache-2.0
 *
 * Storms: groups that keep rebalancing, and members that ask in a loop. What a storm is: within ten minutes two of
 * (a) five rebalances, (b) a quarter of the time not stable, (c) three rebalances running with less than a session
 * timeout of calm between them, three aborted rounds, or one member lost three times; or half of the time not stable.
 * A group's first formation and cooperative follow-ups do not count as rebalances. Internal to src/group.
 */
#ifndef REGROUP_GROUP_STORM_H
#define REGROUP_GROUP_STORM_H

#include "correlator.h"

#define STORM_WINDOW (600 * NS_PER_S)
#define STORM_CALM (STORM_WINDOW / 2) /* after which it is over */
#define STORM_FACTS 64 /* rebalances remembered of a group */
#define STORM_TRIGGERS 4
#define STORM_LOOPS 8

enum {
	STORM_ABORTED = 1 << 0,
	STORM_FOLLOWUP = 1 << 1,
	STORM_CHAINED = 1 << 2,    /* the follow-up of a follow-up */
	STORM_EMPTY = 1 << 3,      /* the last member left */
	STORM_THAWED = 1 << 4,     /* who had expired came back, and had lived all the time */
	STORM_RETURNED = 1 << 5,   /* who began it is a client that had been a member before */
	STORM_GHOST = 1 << 6,      /* the join phase waited for the session of a member that was gone */
	STORM_IDLE = 1 << 7,       /* members were left without partitions */
	STORM_MOVED = 1 << 8,      /* soon after the coordinator moved */
	STORM_PLANNED = 1 << 9,    /* Connect or Streams do this by themselves */
	STORM_COOPERATIVE = 1 << 10,
	STORM_BROKER = 1 << 11,    /* the broker assigns: nobody stops but for what moves */
};

/* Why, and who: digests of client id and host, of the member id and of the host alone. 0 for nobody. */
struct storm_trigger {
	uint8_t cause;
	uint64_t who, id, host;
};

/* What is kept of a rebalance. */
struct storm_fact {
	int64_t started, ended; /* ended: GROUP_UNKNOWN_TIME when it never was */
	int64_t join;           /* ns of the join phase, -1 unknown */
	int64_t lag;            /* ns that the slowest took to rejoin, -1 unknown */
	uint64_t slow;          /* who that was */
	struct storm_trigger trigger[STORM_TRIGGERS]; /* the cause, then the others */
	uint8_t n_triggers;
	uint16_t flags;
	uint16_t idle;          /* members without partitions */
	uint32_t members, partitions;
};

/* Somebody who asks again and again: fenced, refused as unknown, or refused for its protocols. */
struct storm_loop {
	enum group_storm_class class; /* GROUP_STORM_UNKNOWN: free */
	uint64_t who;
	uint32_t n;
	int64_t first, last;
	bool told;
	const char *client_id, *host;  /* once told */
};

struct storm {
	struct storm_fact *fact; /* ring, grows up to STORM_FACTS */
	uint32_t n, cap, next;
	uint32_t seen;           /* rebalances ever, less the first formation and follow-ups */
	bool active;
	enum group_storm_class class;
	uint32_t rebalances;     /* of this storm */
	int64_t since, latest, unstable;
	int64_t moved;           /* the coordinator changed, GROUP_UNKNOWN_TIME if not */
	struct storm_loop *loop; /* STORM_LOOPS; NULL before the first refusal */
};

/* What the ring holds of the last ten minutes, oldest first. */
struct storm_view {
	const struct group *group;
	const struct storm_fact *fact[STORM_FACTS];
	size_t n;
	uint32_t rebalances;     /* less aborted rounds, follow-ups and empties */
};

/* ---- storm.c: the hooks. Reads what it needs from the event before it is told; the other takes it after that. */
void storm_read(const struct group *g, const struct group_rebalance *r, struct storm_fact *out);
void storm_add(struct group *g, const struct storm_fact *f);

struct storm *storm_of(struct group *g);          /* made when needed; NULL when memory is out */
uint32_t storm_rebalances_since(const struct storm *s, int64_t from);

/* ---- storm_loop.c */
void storm_loops_timer(struct group *g);
void storm_loops_finish(struct group *g);
void storm_loops_free(struct storm *s);

/* A request was answered with an error: somebody was fenced, is no member any more, or was turned away. The member may
 * be NULL. */
void storm_refused(struct group *g, const struct member *m, int16_t error, const struct kafka_message *msg);
void storm_coordinator_moved(struct group *g, int64_t ts);

void storm_timer(struct group *g);                /* has it become calm? */
void storm_finish(struct group *g);               /* the capture ended */
void storm_free(struct storm *s);

uint64_t storm_who(const char *client_id, const char *host);

/* ---- storm_class.c */

/* What it is, and who alone is behind it (0: nobody alone). */
enum group_storm_class storm_classify(const struct storm_view *v, uint64_t *culprit);

/* Of how many rebalances this was the first cause, by this one; 0: by whomever. */
uint32_t storm_count(const struct storm_view *v, uint8_t cause, uint64_t whose);

/* ---- storm_advice.c: what would end it, with the arithmetic. In scratch memory. */
const char *storm_advice_of_consumers(const struct storm_view *v, enum group_storm_class c, uint64_t culprit);
const char *storm_loop_advice(struct group *g, const struct storm_loop *l);

/* ---- storm_kinds.c: the same, fit for the kind of the group */
const char *storm_advice(const struct storm_view *v, enum group_storm_class c, uint64_t culprit);
const char *storm_advice_of_broker(const struct storm_view *v, enum group_storm_class c, uint64_t culprit);

/* The host with this digest (storm_who(NULL, host)), NULL if no member there is remembered. */
const char *storm_host(const struct group *g, uint64_t who);

/* A member, also a former one, with this digest; NULL if none is remembered. */
const struct member *storm_member(const struct group *g, uint64_t who);

#endif
