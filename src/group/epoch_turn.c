/* SPDX-License-Identifier: Apache-2.0
 *
 * From one target assignment to the next: what raised the group epoch, when members were first told, and when the last
 * of them had arrived.
 */
#include "epoch.h"

#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "share_delivery.h"

#define BUMPS_MOST 4096

/* A bump shows in a new target within the coordinator's batch delay (1 s) and a heartbeat or two. */
#define SHOWS_WITHIN(interval) (3 * (interval) + 2 * NS_PER_S)

/* Longer than two heartbeats without one: gone, or stuck. */
#define SILENT(interval) (2 * (interval) + NS_PER_S / 2)

int64_t interval_of(const struct seat *s)
{
	return (s && s->interval_ms > 0 ? s->interval_ms : INTERVAL_DEFAULT_MS) * NS_PER_MS;
}

void bump_clear(struct bump *b)
{
	member_unref(b->member);
	text_free(b->reason);
	text_free(b->now);
	text_free(b->was);
	*b = (struct bump){ .told = -1 };
}

void bumps_drop(struct epochs *e, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		bump_clear(&e->bump[i]);
	if (n)
		memmove(e->bump, e->bump + n, (e->n_bumps - n) * sizeof(*e->bump));
	e->n_bumps -= n;
}

static bool bump_room(struct epochs *e)
{
	uint32_t cap = e->cap_bumps ? e->cap_bumps * 2 : 4;
	struct bump *p;

	if (e->n_bumps < e->cap_bumps)
		return true;
	if (e->n_bumps == BUMPS_MOST) {
		bumps_drop(e, 1);
		return true;
	}
	p = realloc(e->bump, cap * sizeof(*p));
	if (!p)
		return false;
	e->bump = p;
	e->cap_bumps = cap;
	return true;
}

void turn_sign(struct group *g, int64_t at, uint64_t frame)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;

	if (t->open) {
		if (t->epoch < 0 && at < t->sign)
			t->sign = at;
		return;
	}
	*t = (struct turn){ .open = true, .previous = e->highest, .epoch = -1, .sign = at, .sign_frame = frame };
	t->target_at = t->epoch_at = t->released = GROUP_UNKNOWN_TIME;
	t->calm_at = e->calm_at;
	t->previous_at = e->highest_at;
	t->forms = e->empty;
	t->surely = e->empty && e->from_start;
	t->maybe_forms = e->maybe_empty;
	t->converted = e->converted;
	if (e->n_bumps && e->bump[0].at < t->sign)
		t->sign = e->bump[0].at;
	wheel_arm(g->owner, g, g->owner->now + PARKED_AFTER);
}

void turn_bump(struct group *g, struct bump *b)
{
	struct epochs *e = g->epochs;
	uint32_t i;

	if (!bump_room(e)) {
		bump_clear(b);
		return;
	}
	for (i = e->n_bumps++; i > 0 && e->bump[i - 1].at > b->at; i--)
		e->bump[i] = e->bump[i - 1];
	e->bump[i] = *b;
	turn_sign(g, b->at, b->frame);
}

bool turn_done(const struct turn *t, const struct member *m)
{
	const struct seat *s = m->seat;

	if (m->presence != MEMBER_IN || !s || s->away)
		return true;
	return s->epoch >= t->epoch && !s->giving && s->checked >= t->released;
}

static struct member *someone_missing(const struct group *g)
{
	for (struct member *m = g->members; m; m = m->hh.next)
		if (!turn_done(&g->epochs->turn, m))
			return m;
	return NULL;
}

void turn_goes(struct group *g, const struct member *m, int64_t at)
{
	struct turn *t = &g->epochs->turn;

	if (t->open && t->epoch >= 0 && !someone_missing(g))
		turn_close(g);
	else if (t->open && !turn_done(t, m))
		t->released = at; /* the others get now what they waited for */
}

void member_lost(struct group *g, struct member *m, enum bump_kind how, int64_t at, uint64_t frame)
{
	enum group_change change = how == BUMP_EXPELLED ? GROUP_KICKED : GROUP_EXPIRED;
	struct bump b = {
		.kind = how,
		.member = member_ref(m),
		.at = at,
		.heard = m->last_seen,
		.frame = frame,
		.answer_frame = m->last_frame,
		.told = -1,
		.refused = frame != 0,
	};

	turn_goes(g, m, at);
	member_leave_group(m, change, at);
	report_member(g, m, change, NULL, true, at, m->last_frame);
	delivery_report(g, m, at);
	turn_bump(g, &b);
}

/* ---- who is not there any more -------------------------------------------------------------------------- */

static bool is_stuck(const struct member *m, int64_t at)
{
	const struct seat *s = m->seat;

	return s->giving && m->rebalance_ms > 0 && at - s->asked_at >= m->rebalance_ms * NS_PER_MS - NS_PER_S;
}

int64_t silence(const struct member *m, int64_t at)
{
	return m->last_seen == GROUP_UNKNOWN_TIME || at < m->last_seen ? 0 : at - m->last_seen;
}

static bool is_silent(const struct member *m, int64_t at)
{
	const struct seat *s = m->seat;

	if (s->classic && m->session_ms > 0)
		return silence(m, at) >= m->session_ms * NS_PER_MS - NS_PER_S;
	return silence(m, at) > SILENT(interval_of(s));
}

/* What it had is another's, and nothing was heard of it since. */
static bool is_robbed(const struct member *m, int64_t at)
{
	return m->seat->robbed && (m->seat->away || silence(m, at) > interval_of(m->seat));
}

static bool is_hidden(const struct group *g, const struct member *m, int64_t at)
{
	return visibility_hidden(&g->owner->visibility, m->last_seen, at, g->coordinator_known ? &g->coordinator : NULL);
}

/* The member that the coordinator is most likely to have taken out by now, NULL if none. */
static struct member *lost_one(struct group *g, int64_t at)
{
	struct member *worst = NULL;

	for (struct member *m = g->members; m; m = m->hh.next) {
		if (m->presence != MEMBER_IN || !m->seat)
			continue;
		if (is_robbed(m, at) || (!m->seat->away && is_stuck(m, at) && !is_silent(m, at)))
			return m;
		if (is_silent(m, at) && (!worst || m->last_seen < worst->last_seen) && !is_hidden(g, m, at))
			worst = m;
	}
	return worst;
}

bool bump_precedes(const struct bump *b, const struct turn *t)
{
	return t->epoch_at == GROUP_UNKNOWN_TIME || b->at <= t->epoch_at;
}

static uint32_t bumps_before(const struct epochs *e)
{
	uint32_t n = 0;

	while (n < e->n_bumps && bump_precedes(&e->bump[n], &e->turn))
		n++;
	return n;
}

/* What is long past and showed in no target changed nothing. */
static void forget_stale(struct group *g, uint32_t most)
{
	struct epochs *e = g->epochs;
	int64_t at = e->turn.epoch_at;
	uint32_t n = bumps_before(e), stale = 0;

	while (stale < n && n - stale > most &&
	       (e->bump[stale].doubtful ||
	        at - e->bump[stale].at > SHOWS_WITHIN(interval_of(e->bump[stale].member->seat))))
		stale++;
	bumps_drop(e, stale);
}

/* The join whose own answer is the first to show the epoch: whatever else raised it came before. */
static const struct bump *shown_by_join(const struct epochs *e)
{
	for (uint32_t i = 0; i < e->n_bumps; i++) {
		const struct bump *b = &e->bump[i];

		if (b->kind == BUMP_JOIN && b->told == e->turn.epoch && b->answer_frame == e->turn.epoch_frame)
			return b;
	}
	return NULL;
}

/* Its epoch is known, then: what was answered before it asked and is one too many raised an epoch before. */
static void forget_earlier(struct epochs *e, uint32_t need)
{
	const struct bump *join = shown_by_join(e);
	uint32_t before = join ? (uint32_t)(join - e->bump) : 0, n = 0;
	uint64_t frame = join ? join->frame : 0;

	while (before - n >= need && n < before && e->bump[n].answer_frame && e->bump[n].answer_frame < frame)
		n++;
	bumps_drop(e, n);
}

/* The epoch rose by more than what was seen to raise it: members whose time ran out send nothing. */
void turn_account(struct group *g)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;
	uint32_t need = t->previous >= 0 ? (uint32_t)(t->epoch - t->previous) : 0;
	const struct bump *join;
	struct member *m;
	int64_t latest;

	if (!t->open || t->epoch < 0 || t->previous < 0 || t->forms || e->unseen_join)
		return;
	forget_stale(g, need);
	forget_earlier(e, need);
	join = shown_by_join(e);
	latest = join && join->at - 1 < t->epoch_at ? join->at - 1 : t->epoch_at;
	while (bumps_before(e) < need && (m = lost_one(g, g->owner->now))) {
		bool stuck = !m->seat->away && !m->seat->robbed && is_stuck(m, t->epoch_at) && !is_silent(m, t->epoch_at);
		int64_t at = stuck ? m->seat->asked_at + m->rebalance_ms * NS_PER_MS : t->target_at;

		member_lost(g, m, stuck ? BUMP_EXPELLED : BUMP_LOST, at < latest ? at : latest, 0);
	}
}

/* ---- the end -------------------------------------------------------------------------------------------- */

static void end(struct group *g, enum group_outcome outcome, int64_t at)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;
	uint32_t left;

	at = epoch_report(g, outcome, at);
	if (outcome == GROUP_STABLE) {
		g->stable_at = at;
		e->settled = true;
		e->calm_at = at;
	}
	member_unref(t->blocker);
	*t = (struct turn){ .epoch = -1 };
	left = e->n_bumps;
	if (left)
		turn_sign(g, e->bump[0].at, e->bump[0].frame);
}

static bool was_told_one(const struct epochs *e)
{
	for (uint32_t i = 0; i < e->n_bumps; i++)
		if (e->bump[i].told == 0 || e->bump[i].told == 1)
			return true;
	return false;
}

/* It may never have got to a first target. */
static void end_unassigned(struct group *g, enum group_outcome outcome)
{
	struct epochs *e = g->epochs;

	if (e->turn.epoch < 0 && e->highest < 0)
		e->turn.forms = was_told_one(e);
	end(g, outcome, GROUP_UNKNOWN_TIME);
}

void turn_close(struct group *g)
{
	if (someone_missing(g) || g->n_in == 0)
		end(g, GROUP_ABORTED, GROUP_UNKNOWN_TIME);
	else
		end(g, GROUP_STABLE, GROUP_UNKNOWN_TIME);
}

void turn_check(struct group *g)
{
	struct turn *t = &g->epochs->turn;

	if (t->blocker && !turn_done(t, t->blocker) && (is_silent(t->blocker, g->owner->now) || t->blocker->seat->robbed))
		turn_account(g);
	if (!t->open || t->epoch < 0 || (t->blocker && !turn_done(t, t->blocker)))
		return;
	member_unref(t->blocker);
	t->blocker = member_ref(someone_missing(g));
	/* Answers of requests that came before may still be on their way. */
	if (!t->blocker && g->n_in)
		wheel_arm(g->owner, g, g->owner->now + PARKED_AFTER);
}

/* Changes that no target was computed for; where some may not have been seen, or not have been changes, only the last. */
static uint32_t pending(const struct group *g, int64_t at)
{
	const struct epochs *e = g->epochs;
	int64_t from = e->bump[0].at - 2 * interval_of(e->bump[0].member->seat);

	if (visibility_hidden(&g->owner->visibility, from, at, g->coordinator_known ? &g->coordinator : NULL))
		return 1;
	for (uint32_t i = 0; i < e->n_bumps; i++)
		if (e->bump[i].doubtful)
			return 1;
	return e->n_bumps;
}

/* Members send heartbeats: two intervals of a capture without holes show all of them, but not those whose connections
 * were not captured: they show in epochs that nothing explains. */
static bool knows_all(const struct group *g, int64_t at)
{
	const struct epochs *e = g->epochs;

	if (e->strangers)
		return false;
	if (visibility_hidden(&g->owner->visibility, e->since, at, g->coordinator_known ? &g->coordinator : NULL))
		return false;
	return e->from_start || at - e->since > 2 * INTERVAL_DEFAULT_MS * NS_PER_MS;
}

/* Members were led to a target before anything was seen to raise the epoch: somebody is to get what they gave up. */
static bool is_led_unexplained(const struct epochs *e)
{
	const struct turn *t = &e->turn;

	return t->open && t->target_at != GROUP_UNKNOWN_TIME && (!e->n_bumps || e->bump[0].at > t->target_at);
}

/* The last member left: that took an epoch of its own, which nobody is told. */
void turn_empty(struct group *g, int64_t at)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;

	if (t->open && t->epoch >= 0)
		turn_close(g);
	else if (t->open && e->highest < 0 && status_holds_up(e))
		end_unassigned(g, GROUP_ABORTED);
	if (is_led_unexplained(e)) {
		e->strangers = true;
		e->from_start = false;
	}
	if (!knows_all(g, at)) {
		e->maybe_empty = t->maybe_forms = true;
		return;
	}
	if (!t->open || e->highest < 0 || !e->n_bumps) {
		bumps_drop(e, e->n_bumps);
		*t = (struct turn){ .epoch = -1 };
		return;
	}
	t->epoch = e->highest + (int32_t)pending(g, at);
	t->epoch_at = t->target_at = at + 1;
	e->highest = g->generation = t->epoch;
	end(g, GROUP_EMPTY, at);
	e->empty = e->settled = true;
}

/* ---- the target ----------------------------------------------------------------------------------------- */

/* Who joined is alone and was first to be told: by then all that had been there before, as far as they are known, were
 * gone. */
static bool was_emptied(const struct group *g)
{
	const struct epochs *e = g->epochs;
	const struct turn *t = &e->turn;
	uint32_t need = t->previous >= 0 ? (uint32_t)(t->epoch - t->previous) : 0;
	const struct bump *b = need >= 2 && need <= e->n_bumps ? &e->bump[need - 1] : NULL;

	return b && !t->forms && !t->converted && b->kind == BUMP_JOIN && b->given && b->told == t->epoch &&
	       b->answer_frame == t->epoch_frame && g->n_in == 1 && b->member->presence == MEMBER_IN;
}

/* That took an epoch of its own, which nobody was told; the join makes the group anew. */
static void tell_emptied(struct group *g)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;
	const struct turn now = *t;
	int64_t before = e->bump[t->epoch - t->previous - 1].at - 1;

	t->emptied = true;
	t->epoch--;
	t->epoch_at = t->target_at = before;
	t->sign = e->bump[0].at < t->sign ? e->bump[0].at : t->sign;
	e->highest = t->epoch;
	e->empty = true;
	end(g, GROUP_EMPTY, before); /* the next begins with the join */
	t->epoch = e->highest = now.epoch;
	t->epoch_at = now.epoch_at;
	t->epoch_frame = now.epoch_frame;
	t->target_at = now.target_at;
	e->empty = e->settled = false;
}

void turn_target(struct group *g, int32_t epoch, bool sees_epoch, const struct kafka_message *m)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;

	if (t->open && t->epoch >= 0 && (sees_epoch ? epoch > t->epoch : epoch >= t->epoch))
		turn_close(g);
	turn_sign(g, m->ts, m->frame);
	if (t->target_at == GROUP_UNKNOWN_TIME)
		t->target_at = m->ts;
	if (!sees_epoch)
		return;
	t->epoch = epoch;
	t->epoch_at = m->ts;
	t->epoch_frame = m->frame;
	if (t->previous < 0 && !t->converted && (epoch <= 2 || was_told_one(e))) {
		t->forms = true;
		t->surely = e->from_start = was_told_one(e) || (e->n_bumps && e->bump[0].given);
	}
	e->highest = g->generation = epoch;
	e->highest_at = m->ts;
	e->empty = e->maybe_empty = e->converted = false;
	turn_account(g);
	if (!was_emptied(g))
		return;
	if (knows_all(g, m->ts))
		tell_emptied(g);
	else
		t->maybe_forms = true;
}

/* ---- time ---------------------------------------------------------------------------------------------- */

/* Whoever is left is away or silent: the epoch rose, and nobody is told before someone comes. */
static bool nobody_asks(const struct group *g)
{
	const struct turn *t = &g->epochs->turn;

	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && (!m->seat || (!m->seat->away && m->last_seen >= t->sign)))
			return false;
	return g->n_in > 0;
}

void epoch_timer(struct group *g)
{
	struct epochs *e = g->epochs;
	struct turn *t = &e->turn;
	int64_t limit;

	if (!t->open)
		return;
	if (!t->announced)
		epoch_report_started(g);
	if (t->epoch >= 0 && g->n_in && !someone_missing(g)) {
		turn_close(g);
		return;
	}
	limit = t->sign + SHOWS_WITHIN(e->n_bumps ? interval_of(e->bump[0].member->seat) : 5 * NS_PER_S);
	if (t->target_at != GROUP_UNKNOWN_TIME)
		return;
	if (g->owner->now < limit) {
		wheel_arm(g->owner, g, limit);
		return;
	}
	if (nobody_asks(g) || status_holds_up(e))
		return;
	/* Nothing came of it. */
	bumps_drop(e, e->n_bumps);
	member_unref(t->blocker);
	*t = (struct turn){ .epoch = -1 };
}

void epoch_finish(struct group *g)
{
	struct turn *t = &g->epochs->turn;

	if (!t->open)
		return;
	if (t->epoch >= 0 && !someone_missing(g) && g->n_in)
		end(g, GROUP_STABLE, GROUP_UNKNOWN_TIME);
	if (t->open)
		end_unassigned(g, GROUP_UNFINISHED);
}
