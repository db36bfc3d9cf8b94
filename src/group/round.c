/* SPDX-License-Identifier: Apache-2.0
 *
 * A rebalance from its first sign to its end: Stable -> PreparingRebalance -> CompletingRebalance -> Stable,
 * as far as the broker's state machine shows on the wire (shared terms with Kafka's GroupCoordinator).
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include <regroup/pool.h>

#include "assignment.h"
#include "correlator.h"
#include "epoch.h"
#include "kind.h"
#include "member.h"
#include "resumed.h"
#include "refusal.h"
#include "storm.h"

/* After the last answer, how long a rebalance stays open for members that have not synced yet. */
#define STRAGGLERS_ALL_SEEN (3 * NS_PER_S)
#define STRAGGLERS_SOME_MISSING (30 * NS_PER_S)

/* Members that are gone are remembered this long: their late requests and answers are told apart from a stranger's. */
#define REMEMBER_GONE (600 * NS_PER_S)

static struct round *round_new(struct group *g, int64_t sign)
{
	struct round *r = spare_round(&g->owner->spares);

	if (!r)
		return NULL;
	r->generation = -1;
	r->previous = g->generation;
	r->first_sign = sign;
	r->first_told = r->burst = r->handed_in = r->first_sync = r->last_sync = r->moved_at = GROUP_UNKNOWN_TIME;
	r->calm_until = g->calm_at;
	g->calm_at = GROUP_UNKNOWN_TIME;
	r->from_empty = g->phase == PHASE_EMPTY;
	r->knew_roster = g->roster_known || r->from_empty;
	r->after_cut = g->cut;
	r->cut_proven = g->cut_proven;
	r->unheard = g->unheard;
	r->rounds = g->aborted + 1;
	r->unstored = g->unstored;
	g->unstored = (struct unstored){ 0 };
	g->cut = false;
	spare_table(r->from, &r->assignment);
	g->round = r;
	g->phase = PHASE_PREPARING;
	return r;
}

const struct join *round_join_of(const struct round *r, const struct member *m)
{
	return r->joins ? m->join : NULL; /* no two rounds of a group have joins */
}

void round_free(struct round *r)
{
	if (!r)
		return;
	while (r->joins) {
		struct join *j = r->joins;

		r->joins = j->next;
		join_free(j);
	}
	while (r->lost) {
		struct join *j = r->lost;

		r->lost = j->next;
		join_free(j);
	}
	while (r->leaves) {
		struct leave *l = r->leaves;

		r->leaves = l->next;
		leave_free(l);
	}
	member_unref(r->overfull.member);
	spare_table_return(r->from, &r->assignment);
	kind_told_free(r->told);
	free(r->gone);
	pool_put(r->from->rounds, r);
}

/* Tells the round and puts the group into the state that follows. */
static void conclude(struct group *g, enum group_outcome outcome, int64_t ended)
{
	struct round *r = g->round;

	report_round(g, r, outcome, ended);
	g->round = NULL;
	if (outcome == GROUP_STABLE || outcome == GROUP_EMPTY) {
		member_unref(g->silent);
		g->silent = NULL;
		g->roster_known = outcome == GROUP_EMPTY || r->listed;
		g->phase = outcome == GROUP_EMPTY ? PHASE_EMPTY : PHASE_STABLE;
		g->stable_at = ended;
		g->reported = true;
		g->aborted = 0;
	} else {
		g->aborted++;
	}
	round_free(r);
	wheel_arm(g->owner, g, g->owner->now + NS_PER_S); /* to forget members, see round_timer */
}

/* Who of the generation never asked for its assignment: the sync phase may have waited for it. */
static void note_silent(struct group *g, const struct round *r)
{
	member_unref(g->silent);
	g->silent = NULL;
	g->silent_since = r->burst;
	for (struct member *m = g->members; m && !g->silent; m = m->hh.next)
		if (m->presence == MEMBER_IN && m->generation == r->generation && m->sync_asked != r->generation)
			g->silent = member_ref(m);
}

/* The earliest that can have ended the round: a JoinGroup that came after its burst and was parked, or the sign. */
static int64_t cut_at(const struct group *g, int64_t sign)
{
	const struct join *j;

	DL_FOREACH(g->parked, j)
		if (j->at > g->round->burst && j->at < sign)
			sign = j->at;
	return sign;
}

/* Ends the round that has had its burst: something new has begun. When the coordinator had the assignment by then,
 * the generation was reached, even if no member lived to be told. */
static void supersede(struct group *g, int64_t sign)
{
	struct round *r = g->round;
	bool had = !g->unstored.n && r->handed_in != GROUP_UNKNOWN_TIME && r->handed_in < cut_at(g, sign);

	if (r->first_sync != GROUP_UNKNOWN_TIME) {
		conclude(g, GROUP_STABLE, r->last_sync);
		return;
	}
	note_silent(g, r);
	if (had)
		conclude(g, GROUP_STABLE, r->handed_in);
	else if (r->unheard)
		conclude(g, GROUP_UNFINISHED, GROUP_UNKNOWN_TIME); /* how it ended is not known */
	else
		conclude(g, GROUP_ABORTED, GROUP_UNKNOWN_TIME);
}

struct round *round_prepare(struct group *g, int64_t sign)
{
	struct round *r = g->round;

	if (r && r->burst == GROUP_UNKNOWN_TIME) {
		if (sign < r->first_sign)
			r->first_sign = sign;
		return r;
	}
	if (r)
		supersede(g, sign);
	return round_new(g, sign);
}

static void announce(struct group *g)
{
	if (!g->round || g->round->announced)
		return;
	g->round->announced = true;
	report_started(g, g->round);
}

/* In a stable group the coordinator goes by the name alone: what its member subscribes with now is kept for later. */
static const char *ignored(const struct join *j)
{
	const struct subscription *was = &j->former->subscription;

	if (!was->known || !j->now.known || was->topics == j->now.topics)
		return NULL;
	return "its subscription has changed, which the group acts on at its next rebalance only";
}

/* A static member came back under a new id: it is the former one still. */
static void replace_static(struct group *g, struct join *j, bool rebalance, const struct kafka_message *msg)
{
	if (!j->former || j->former->presence != MEMBER_IN)
		return;
	member_leave_group(j->former, GROUP_REPLACED, msg->ts);
	j->member->assigned_some = j->former->assigned_some;
	report_member_noted(g, j->member, GROUP_REPLACED, j->reason, rebalance, msg->ts, j->frame,
	                    rebalance ? NULL : ignored(j));
}

/* JoinGroup was answered at once with the generation that is: no rebalance. */
static void answered_again(struct group *g, struct join *j, int32_t generation, const struct kafka_message *msg)
{
	replace_static(g, j, false, msg);
	j->member->generation = generation;
	member_enter(j->member);
	learn_generation(g, j->member, generation);
	join_free(j);
}

/* Is this answer part of the generation that is known, rather than the first of a new one? */
static bool is_current(const struct group *g, const struct join *j, int32_t generation)
{
	const struct round *r = g->round;

	if (!r)
		return generation == g->generation && g->phase != PHASE_EMPTY;
	if (r->burst == GROUP_UNKNOWN_TIME)
		return generation == g->generation && !r->from_empty && r->moved_at == GROUP_UNKNOWN_TIME;
	if (generation != r->generation)
		return false;
	return r->first_sync != GROUP_UNKNOWN_TIME || r->moved_at < r->burst || j->at < r->moved_at;
}

/* What waited behind a hole of its connection arrives late: the group is long past that generation. */
static bool is_stale(const struct group *g, const struct join *j, int32_t generation, const struct kafka_message *msg)
{
	return generation < g->generation && (j->unheard ? j->at : msg->ts) <= g->burst_at;
}

/* When the last of the members' sessions had ended; GROUP_UNKNOWN_TIME where one had not by `at`. */
static int64_t lapsed_by(const struct group *g, int64_t at)
{
	int64_t last = GROUP_UNKNOWN_TIME;

	for (const struct member *m = g->members; m; m = m->hh.next) {
		int64_t end = m->last_seen + m->session_ms * NS_PER_MS;

		if (m->presence != MEMBER_IN)
			continue;
		if (m->session_ms <= 0 || m->last_seen == GROUP_UNKNOWN_TIME || end > at)
			return GROUP_UNKNOWN_TIME;
		last = last == GROUP_UNKNOWN_TIME || end > last ? end : last;
	}
	return last;
}

/* Sessions ended until nobody was left: that takes a generation, of which no message speaks. It shows in the next one's
 * number, when all of its members are new. GROUP_UNKNOWN_TIME when it was not so. */
static int64_t lapse_before(const struct group *g, const struct join *j, int32_t generation)
{
	const struct round *r = g->round;
	int64_t sign = r && r->first_sign < j->at ? r->first_sign : j->at;

	if (g->generation < 0 || generation != g->generation + 2 || !g->roster_known || g->cut || g->unheard)
		return GROUP_UNKNOWN_TIME;
	if (!j->fresh && !j->former)
		return GROUP_UNKNOWN_TIME;
	if (r && (r->burst != GROUP_UNKNOWN_TIME || r->first_told != GROUP_UNKNOWN_TIME || r->leaves || r->lost || r->after_cut))
		return GROUP_UNKNOWN_TIME;
	return lapsed_by(g, sign);
}

/* The round of the joins, if there is one already, begins when the group was empty. */
static void tell_lapse(struct group *g, int64_t at)
{
	struct round *next = g->round, *r;

	g->round = NULL;
	r = round_new(g, at);
	if (!r) {
		g->round = next;
		return;
	}
	r->lapsed = true;
	round_empty(g, at);
	g->round = next;
	if (!next)
		return;
	next->previous = g->generation;
	next->from_empty = next->knew_roster = next->after_lapse = true;
	g->phase = PHASE_PREPARING;
}

static void add_to_burst(struct group *g, struct join *j, int32_t generation, const struct kafka_message *msg)
{
	struct round *r = g->round;

	if (round_join_of(r, j->member)) {
		join_free(j);
		return;
	}
	if (j->at < r->first_sign)
		r->first_sign = j->at;
	if (r->after_lapse && j->former) { /* whose place had been given up */
		member_unref(j->former);
		j->former = NULL;
		j->fresh = true;
	}
	replace_static(g, j, true, msg);
	j->member->generation = generation;
	member_enter(j->member);
	if (j->fresh && !j->former)
		report_member(g, j->member, member_is_return(j->member) ? GROUP_RETURNED : GROUP_JOINED, j->reason, true,
		              msg->ts, j->frame);
	r->at_home = r->at_home || net_endpoint_equal(&g->coordinator, msg->conn->server);
	r->n_joined++;
	r->n_formers += j->former != NULL;
	DL_APPEND(r->joins, j);
	j->member->join = j;
}

static void begin_burst(struct group *g, struct join *j, int32_t generation, const struct kafka_message *msg)
{
	int64_t lapse = lapse_before(g, j, generation);
	struct round *r;

	if (lapse != GROUP_UNKNOWN_TIME)
		tell_lapse(g, lapse);
	r = round_prepare(g, j->at);
	if (!r) {
		join_free(j);
		return;
	}
	r->after_lapse = lapse != GROUP_UNKNOWN_TIME;
	r->generation = generation;
	r->burst = msg->ts;
	r->burst_frame = msg->frame;
	g->generation = generation;
	g->burst_at = msg->ts;
	r->downgraded = g->downgraded;
	g->downgraded = false;
	g->phase = PHASE_COMPLETING;
	g->reported = g->roster_known = false;
	add_to_burst(g, j, generation, msg);
	announce(g);
}

void round_joined(struct group *g, struct join *j, int32_t generation, const struct kafka_message *msg)
{
	struct round *r = g->round;

	if (is_stale(g, j, generation, msg))
		join_free(j);
	else if (!is_current(g, j, generation))
		begin_burst(g, j, generation, msg);
	else if (r && r->burst != GROUP_UNKNOWN_TIME && j->at <= r->burst)
		add_to_burst(g, j, generation, msg);
	else
		answered_again(g, j, generation, msg);
}

/* A member was told of the rebalance before any leave that was seen: somebody else began it. */
static bool strangers(const struct round *r)
{
	const struct leave *l;

	DL_FOREACH(r->leaves, l)
		if (r->first_told == GROUP_UNKNOWN_TIME || l->at <= r->first_told)
			return false;
	return true;
}

static bool nobody_left(const struct group *g)
{
	if (g->n_in > 0 || !g->roster_known || g->parked || strangers(g->round))
		return false;
	return !g->unheard || !visibility_hidden(&g->owner->visibility, g->burst_at, g->owner->now, NULL);
}

/* The leave released the join phase: its answer comes after the burst that it caused. */
static bool belongs_to_burst(const struct round *r, const struct leave *l)
{
	return r && r->burst != GROUP_UNKNOWN_TIME && l->at <= r->burst && !round_join_of(r, l->member);
}

void round_leave(struct group *g, struct leave *l)
{
	enum group_change how = l->own ? GROUP_LEFT : GROUP_REMOVED;
	struct round *r;

	if (g->migrated) {
		epoch_classic_leave(g, l);
		leave_free(l);
		return;
	}
	r = belongs_to_burst(g->round, l) ? g->round : round_prepare(g, l->at);

	if (!r) {
		leave_free(l);
		return;
	}
	DL_APPEND(r->leaves, l);
	member_leave_group(l->member, how, l->at);
	report_member(g, l->member, how, l->reason, true, l->at, l->frame);
	if (nobody_left(g))
		round_empty(g, g->owner->now);
	else
		announce(g);
}

void round_empty(struct group *g, int64_t at)
{
	struct round *r = g->round;

	r->generation = g->generation < 0 ? -1 : ++g->generation;
	r->emptied = true;
	conclude(g, GROUP_EMPTY, at);
}

void round_told(struct group *g, struct member *m, enum request_kind kind, int32_t generation,
                const struct kafka_message *msg)
{
	struct round *r = g->round;

	if (m->told == GROUP_UNKNOWN_TIME) {
		m->told = msg->ts;
		m->told_frame = msg->frame;
	}
	if (g->migrated)
		return; /* concerns this member alone */
	/* While members sync, commits and (on brokers up to 2.5) heartbeats are refused as well. */
	if (g->phase == PHASE_COMPLETING && kind != REQUEST_SYNC)
		return;
	if (g->generation >= 0 && generation != g->generation)
		return;
	r = round_prepare(g, msg->ts);
	if (r && r->first_told == GROUP_UNKNOWN_TIME) {
		r->first_told = msg->ts;
		r->first_told_frame = msg->frame;
	}
	announce(g);
}

void round_synced(struct group *g, struct member *m, int32_t generation, const struct kafka_message *msg)
{
	struct round *r = g->round;
	bool again = m->synced == generation;

	m->synced = generation;
	if (!r || r->generation != generation || again)
		return;
	if (r->first_sync == GROUP_UNKNOWN_TIME)
		r->first_sync = msg->ts;
	g->unstored = (struct unstored){ 0 };
	r->last_sync = msg->ts;
	r->n_synced++;
	g->phase = PHASE_STABLE;
	if (r->listed && r->n_synced >= r->n_listed)
		conclude(g, GROUP_STABLE, r->last_sync);
	else
		wheel_arm(g->owner, g, g->owner->now + STRAGGLERS_ALL_SEEN);
}

void round_drop(struct group *g)
{
	round_free(g->round);
	g->round = NULL;
	g->phase = PHASE_UNKNOWN;
}

void round_lost(struct group *g, struct join *j)
{
	struct round *r = g->round;

	if (!r || r->burst != GROUP_UNKNOWN_TIME || j->unheard) {
		join_free(j);
		return;
	}
	DL_APPEND(r->lost, j);
}

void round_moved(struct group *g)
{
	struct round *r = g->round;

	if (!r || r->first_sync != GROUP_UNKNOWN_TIME)
		return;
	g->cut_proven = r->first_told != GROUP_UNKNOWN_TIME || r->burst != GROUP_UNKNOWN_TIME || r->leaves;
	conclude(g, GROUP_UNFINISHED, GROUP_UNKNOWN_TIME);
	g->phase = PHASE_UNKNOWN;
	g->cut = true;
	for (struct member *m = roster_first(g); m; m = roster_after(m))
		m->told = GROUP_UNKNOWN_TIME; /* by the former coordinator */
}

/* A JoinGroup that stays unanswered has been parked: the broker prepares a rebalance. */
static void parked_is_a_sign(struct group *g, int64_t now)
{
	struct join *j;

	if (g->migrated || (g->round && g->round->burst == GROUP_UNKNOWN_TIME))
		return;
	DL_FOREACH(g->parked, j) {
		if (j->unheard || (g->round && j->at < g->round->burst))
			continue;
		if (now - j->at < PARKED_AFTER) {
			wheel_arm(g->owner, g, j->at + PARKED_AFTER);
			continue;
		}
		round_prepare(g, j->at);
		announce(g);
		return;
	}
}

static void conclude_late(struct group *g, int64_t now)
{
	struct round *r = g->round;
	int64_t wait;

	if (!r || r->first_sync == GROUP_UNKNOWN_TIME)
		return;
	wait = r->n_synced >= r->n_joined ? STRAGGLERS_ALL_SEEN : STRAGGLERS_SOME_MISSING;
	if (now - r->last_sync >= wait)
		conclude(g, GROUP_STABLE, r->last_sync);
	else
		wheel_arm(g->owner, g, r->last_sync + wait);
}

void round_timer(struct group *g)
{
	int64_t now = g->owner->now;

	/* Here nobody is in the middle of a message and holds a member. */
	members_forget(g, now - REMEMBER_GONE);
	members_tidy(g);
	conclude_late(g, now);
	parked_is_a_sign(g, now);
	if (g->epochs)
		epoch_timer(g);
	storm_timer(g);
	refusals_timer(g);
	resumed_timer(g);
}

void round_finish(struct group *g, int64_t ts)
{
	struct round *r = g->round;

	(void)ts;
	resumed_tell(g);
	if (!r)
		return;
	if (r->first_sync != GROUP_UNKNOWN_TIME)
		conclude(g, GROUP_STABLE, r->last_sync);
	else
		conclude(g, GROUP_UNFINISHED, GROUP_UNKNOWN_TIME);
}
