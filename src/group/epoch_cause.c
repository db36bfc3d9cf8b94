/* SPDX-License-Identifier: Apache-2.0
 *
 * Why the group epoch rose. Each change raises it by one, so that what was seen can be counted against how far it rose:
 * the last change is the cause of the epoch that members were told, those before it had epochs of their own that
 * nobody was told.
 */
#include "epoch.h"

#include <string.h>

#include "assignment.h"
#include "candidate.h"
#include "cause.h"
#include "member.h"
#include "reason.h"

/* Requests on different connections this close may have been handled in either order. */
#define EITHER_ORDER (20 * NS_PER_MS)

/* Bytes behind a hole are held back for some seconds: the missing ones may still come. */
#define HELD_BACK (6 * NS_PER_S)

static const char *who(struct group *g, const struct member *m)
{
	struct scratch *s = &g->owner->scratch;

	return m->host ? scratch_text(s, "%s (%s)", member_label(m), m->host) : member_label(m);
}

/* ---- each kind ------------------------------------------------------------------------------------------ */

/* Was anybody in the group when it asked? Who joined at about the same time may have been first. */
static bool has_company(const struct group *g, const struct bump *b)
{
	for (const struct member *m = roster_first(g); m; m = roster_after(m)) {
		if (m == b->member || !m->seat || m->presence == MEMBER_PENDING)
			continue;
		if ((m->presence == MEMBER_IN || m->gone_at > b->at) &&
		    (m->seat->joined_at == GROUP_UNKNOWN_TIME || m->seat->joined_at <= b->at + NS_PER_S))
			return true;
	}
	return false;
}

static void cause_join(struct group *g, const struct turn *t, const struct bump *b, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const char *name = who(g, b->member);

	c->confidence = 3;
	if (t->converted) {
		c->id = 21;
		if (!g->leader) { /* no classic rebalance was seen: it may have been converted long ago */
			c->confidence = 1;
			candidate_rival(c, 2);
		}
		c->text = scratch_text(s, "%s joined with the consumer protocol: the coordinator converted the classic group, "
		                       "whose generation goes on as epoch", name);
	} else if (t->forms) {
		c->id = 1;
		c->text = scratch_text(s, b->given ? "the group formed: %s joined first" : "the group formed: %s was the first to ask",
		                       name);
	} else {
		c->id = 2;
		c->confidence = t->maybe_forms || !has_company(g, b) ? 1 : 3;
		if (c->confidence == 1)
			candidate_rival(c, 1);
		c->text = scratch_text(s, b->returned ? "%s came back as a member" : "%s joined as a new member", name);
	}
}

static bool is_java(const struct member *m)
{
	return !m->software || strncmp(m->software, "apache-kafka-java", 17) == 0;
}

/* Java's consumer tells an empty subscription when it is closed or unsubscribes, and none when its poll timer ran out;
 * other clients, and Streams, tell nothing either way. */
static void cause_leave(struct group *g, const struct bump *b, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	bool closed = connection_closed(g->owner, b->connection);
	const char *name = who(g, b->member);

	c->id = 7;
	if (!b->names_null) {
		c->confidence = closed ? 3 : 2;
		c->text = scratch_text(s, closed ? "%s left: it told an empty subscription and closed its connection"
		                                  : "%s left: it told an empty subscription", name);
		if (!closed)
			candidate_rival(c, 8);
	} else if (!b->owned_null && is_java(b->member)) {
		c->id = 9;
		c->confidence = b->member->software ? 3 : 2;
		c->text = scratch_text(s, "%s stopped polling: it left and kept its subscription, as when "
		                       "max.poll.interval.ms is exceeded", name);
	} else {
		c->confidence = closed ? 2 : 1;
		c->text = scratch_text(s, closed ? "%s left the group and closed its connection"
		                                  : "%s left the group; it did not say why", name);
		candidate_rival(c, 9);
		candidate_rival(c, 8);
	}
}

static void cause_removal(struct group *g, const struct bump *b, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const char *name = who(g, b->member);

	if (b->others)
		name = scratch_text(s, "%s and %u other%s", name, b->others, b->others > 1 ? "s" : "");
	c->reason = b->reason;
	c->id = 14;
	c->confidence = b->member->visible ? 3 : 2;
	c->text = scratch_text(s, "%s %s removed by an administrator%s%s", name, b->others ? "were" : "was",
	                       b->reason ? ": " : "", b->reason ? b->reason : "");
}

static void cause_classic_leave(struct group *g, const struct bump *b, struct candidate *c)
{
	const struct reason_row *row = reason_of_leave(b->reason);

	c->reason = b->reason;
	c->id = row ? row->cause : 7;
	c->confidence = row ? 3 : 2;
	c->text = scratch_text(&g->owner->scratch, "%s %s: %s", who(g, b->member), row ? row->says : "left", b->reason);
}

static void cause_lost(struct group *g, const struct turn *t, const struct bump *b, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const struct member *m = b->member;
	/* Partitions of a member that did not let go of them are handed on only when the coordinator took it out. */
	int64_t shown = t->target_at != GROUP_UNKNOWN_TIME ? t->target_at : b->at;
	int64_t quiet = b->heard == GROUP_UNKNOWN_TIME || shown < b->heard ? 0 : shown - b->heard;
	/* A leave that was lost with all that followed on its connection would show within two intervals and the batch delay;
	 * what comes behind a lost segment is only heard when that is given up. */
	bool long_ago = quiet > 2 * interval_of(m->seat) + NS_PER_S + HELD_BACK;
	/* What another has now it may have given up while nothing was captured. */
	bool paused = g->epochs->paused_to != GROUP_UNKNOWN_TIME && g->epochs->paused_to >= b->heard;
	bool proven = b->refused || member_refused(m) != GROUP_UNKNOWN_TIME || (m->seat->robbed && !paused);
	bool either = m->seat->giving && m->rebalance_ms > 0 &&
	              b->at - m->seat->asked_at >= m->rebalance_ms * NS_PER_MS - NS_PER_S; /* which of its times ended first? */

	c->id = 10;
	/* Whoever came back in its place need not have been captured. */
	c->confidence = proven && long_ago && !either && !m->seat->away ? 3 : 2;
	if (either)
		candidate_rival(c, 11);
	if (m->seat->away)
		c->text = scratch_text(s, "the static member %s had left for a while (epoch -2) and did not come back before its "
		                       "session ended", who(g, m));
	else
		c->text = scratch_text(s, "%s sent no heartbeat for %.1f s%s: its session ended", who(g, m), (double)quiet / (double)NS_PER_S,
		                       proven ? " and was taken out of the group" : "");
}

static void cause_expelled(struct group *g, const struct bump *b, struct candidate *c)
{
	const struct member *m = b->member;

	c->id = 11;
	c->confidence = 3;
	c->text = scratch_text(&g->owner->scratch, "%s was asked to give partitions up and did not within its rebalance "
	                       "timeout of %.1f s, though it sent heartbeats: the coordinator took it out", who(g, m),
	                       m->rebalance_ms / 1000.0);
	candidate_evidence(c, m->seat->asked_frame);
}

void epoch_cause_of(struct group *g, const struct turn *t, const struct bump *b, struct candidate *c)
{
	*c = (struct candidate){ .at = b->at, .trigger = true, .member = b->member };
	switch (b->kind) {
	case BUMP_JOIN:
		cause_join(g, t, b, c);
		break;
	case BUMP_LEAVE:
		if (b->removed)
			cause_removal(g, b, c);
		else if (b->reason)
			cause_classic_leave(g, b, c);
		else
			cause_leave(g, b, c);
		break;
	case BUMP_SUBSCRIPTION:
		c->id = 4;
		c->confidence = 3;
		c->text = b->now && b->was ?
			scratch_text(&g->owner->scratch, "%s changed its subscription from %s to %s", who(g, b->member), b->was, b->now) :
			scratch_text(&g->owner->scratch, "%s changed its subscription", who(g, b->member));
		break;
	case BUMP_LOST:
		cause_lost(g, t, b, c);
		break;
	case BUMP_EXPELLED:
		cause_expelled(g, b, c);
		break;
	}
	candidate_evidence(c, b->frame);
	candidate_evidence(c, b->answer_frame);
	if (c->n_evidence == 0)
		candidate_evidence(c, t->epoch_frame);
}

bool epochs_closed(const struct epochs *e)
{
	return e->from_start && !e->strangers && !e->unseen_join;
}

/* ---- counting ------------------------------------------------------------------------------------------- */

/* Requests come to the coordinator in about the order in which they were captured. Who was given partitions at once was
 * there first. */
void epoch_put_founder_first(struct epochs *e)
{
	struct bump b;
	uint32_t i = 0;

	while (i < e->n_bumps && !(e->bump[i].kind == BUMP_JOIN && e->bump[i].given))
		i++;
	if (i == 0 || i == e->n_bumps)
		return;
	b = e->bump[i];
	memmove(e->bump + 1, e->bump, i * sizeof(b));
	e->bump[0] = b;
}

static uint32_t seen_by(const struct epochs *e, const struct turn *t)
{
	uint32_t n = 0;

	while (n < e->n_bumps && bump_precedes(&e->bump[n], t))
		n++;
	return n;
}

/* Who joins a group before anything was computed is part of its formation. */
static uint32_t forming(const struct epochs *e, uint32_t n)
{
	uint32_t first = 0;

	while (first < n && e->bump[first].told <= 1)
		first++;
	return first ? first : n ? 1 : 0;
}

/* Two that may have come in the other order, and mean something else. */
static bool may_swap(const struct bump *a, const struct bump *b)
{
	if (a->member == b->member)
		return false;
	if (a->kind == BUMP_LOST || b->kind == BUMP_LOST)
		return true;
	return b->at - a->at < EITHER_ORDER && a->answer_frame > b->frame;
}

static bool order_is_sure(const struct epochs *e, const struct turn *t, uint32_t last, uint32_t seen)
{
	const struct bump *b = &e->bump[last];

	if (b->kind == BUMP_JOIN && b->told == t->epoch && b->answer_frame == t->epoch_frame)
		return true;
	if (last > 0 && may_swap(&e->bump[last - 1], b))
		return false;
	return last + 1 >= seen || !may_swap(b, &e->bump[last + 1]);
}

/* Since when the member that lost its session was silent; it may be back by now. */
static int64_t silent_since(const struct epochs *e, const struct candidate *c)
{
	for (uint32_t i = 0; i < e->n_bumps; i++)
		if (e->bump[i].kind == BUMP_LOST && e->bump[i].member == c->member)
			return e->bump[i].heard;
	return INT64_MAX;
}

bool epoch_is_blind(const struct group *g, const struct turn *t, const struct candidate *c)
{
	int64_t interval = 2 * INTERVAL_DEFAULT_MS * NS_PER_MS;
	int64_t calm = t->calm_at != GROUP_UNKNOWN_TIME && t->calm_at < t->sign ? t->calm_at : t->sign - interval;
	int64_t silent = c->id == 10 ? silent_since(g->epochs, c) : INT64_MAX;
	int64_t from = silent < calm ? silent : calm; /* it may have left */
	int64_t to = t->epoch_at != GROUP_UNKNOWN_TIME ? t->epoch_at : g->owner->now;

	return visibility_hidden(&g->owner->visibility, from, to, g->coordinator_known ? &g->coordinator : NULL);
}

/* The first join that is seen, at an epoch that may as well be that of a second member: the first one's heartbeats would
 * have been seen by now only if the capture had begun an interval ago. */
static bool may_have_had_members(const struct group *g, const struct turn *t)
{
	const struct bump *b = g->epochs->n_bumps ? g->epochs->bump : NULL;

	return t->previous < 0 && b && !b->given && b->told == 2 &&
	       t->sign - g->owner->started_at < INTERVAL_DEFAULT_MS * NS_PER_MS;
}

/* Members that were not captured have shown. A static one that comes may be back in its place, and of what others did
 * the epoch may be due to a change just before it; a join whose own answer shows the epoch leaves no room for that. */
static bool may_be_strangers(const struct group *g, const struct turn *t, const struct candidate *c)
{
	const struct epochs *e = g->epochs;

	for (uint32_t i = 0; i < e->n_bumps; i++) {
		const struct bump *b = &e->bump[i];

		if (b->kind == BUMP_JOIN && b->member == c->member && b->told == t->epoch && b->answer_frame == t->epoch_frame)
			return b->member->instance != NULL;
	}
	return true;
}

static void temper(const struct group *g, const struct turn *t, const struct epoch_causes *all, bool sure,
                   struct candidate *c)
{
	bool late = t->previous < 0 && !t->forms && !t->converted;

	if (c->confidence && epoch_is_blind(g, t, c))
		c->confidence--;
	if (c->confidence > 2 && (t->forms ? !t->surely || may_have_had_members(g, t) : !sure))
		c->confidence = 2;
	if (c->confidence > 1 && (late || !all->counted || all->doubtful || g->epochs->unseen_join))
		c->confidence = 1;
	if (late && c->id == 2)
		candidate_rival(c, 1);
	if (c->confidence > 2 && !t->forms && !t->converted && g->epochs->unexplained && may_be_strangers(g, t, c))
		c->confidence = 2;
}

static void unexplained(struct group *g, const struct turn *t, struct candidate *c)
{
	*c = (struct candidate){ .at = t->target_at != GROUP_UNKNOWN_TIME ? t->target_at : t->sign };
	c->text = "no member asked for it, and nothing that was captured explains it";
	candidate_evidence(c, t->sign_frame);
	if (g->epochs->kind == EPOCH_SHARE && !g->epochs->settled)
		candidate_rival(c, 1);
	candidate_rival(c, 5);
}

static void how_many(const struct group *g, const struct turn *t, uint32_t seen, struct epoch_causes *all)
{
	const struct epochs *e = g->epochs;
	uint32_t need;

	all->counted = true;
	if (t->epoch < 0 || (t->previous < 0 && !t->forms && !t->converted)) {
		all->used = seen;
	} else if (t->forms) {
		all->used = t->previous < 0 && t->epoch > 2 ? seen : forming(e, seen);
	} else {
		need = t->previous >= 0 ? (uint32_t)(t->epoch - t->previous) : 1;
		all->used = seen < need ? seen : need;
		all->counted = seen >= need;
		all->passed = all->counted && need > 1 ? need - 1 : 0;
	}
}

/* Where a member's session ended nothing shows before the next target: it was between the answer before and that. */
static void start(const struct turn *t, const struct bump *b, struct epoch_causes *all)
{
	all->started = b ? b->at : t->sign;
	all->uncertainty = 0;
	if (b && b->kind != BUMP_LOST)
		return;
	if (t->target_at != GROUP_UNKNOWN_TIME)
		all->started = t->target_at;
	if (t->calm_at != GROUP_UNKNOWN_TIME && t->calm_at < all->started)
		all->uncertainty = all->started - t->calm_at;
}

/* One whose join is left for a later epoch has a part in this one: the count lags behind, some change was not seen. */
static bool lags(const struct epochs *e, const struct turn *t, uint32_t used)
{
	for (uint32_t i = used; i < e->n_bumps && t->epoch >= 0 && e->kind != EPOCH_SHARE; i++) {
		const struct seat *s = e->bump[i].member->seat;

		if (e->bump[i].kind == BUMP_JOIN && s && s->given_known && s->given.n && s->epoch <= t->epoch)
			return true;
	}
	return false;
}

struct epoch_causes epoch_causes_find(struct group *g, const struct turn *t)
{
	const struct epochs *e = g->epochs;
	struct epoch_causes all = { 0 };
	uint32_t seen = seen_by(e, t), first;
	bool sure;

	how_many(g, t, seen, &all);
	all.doubtful = lags(e, t, all.used);
	for (uint32_t i = 0; i < all.used; i++)
		all.doubtful = all.doubtful || e->bump[i].doubtful;
	all.of = scratch_alloc(&g->owner->scratch, (all.used + 2) * sizeof(*all.of));
	if (!all.of)
		return all;
	if (all.used == 0) {
		unexplained(g, t, &all.of[0]);
		all.n = 1;
		start(t, NULL, &all);
		return all;
	}
	first = t->forms ? 0 : all.used - 1;
	sure = order_is_sure(e, t, all.used - 1, seen);
	epoch_cause_of(g, t, &e->bump[first], &all.of[all.n++]);
	for (uint32_t i = 0; !t->forms && !t->converted && !all.passed && i + 1 < all.used; i++)
		epoch_cause_of(g, t, &e->bump[i], &all.of[all.n++]);
	for (size_t i = 0; i < all.n; i++)
		temper(g, t, &all, sure, &all.of[i]);
	start(t, &e->bump[first], &all);
	return all;
}
