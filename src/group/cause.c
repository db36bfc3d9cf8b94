/* SPDX-License-Identifier: Apache-2.0 */
#include "cause.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "account.h"
#include "candidate.h"
#include "epoch.h"
#include "kind.h"
#include "member.h"
#include "outage.h"
#include "reason.h"

/* Clocks of broker and capture agree to within this; a broker's timer fires this much late at most. */
#define TIMER_SLACK (60 * NS_PER_MS)

/* A broker that answers within this has acted at once. */
#define SLOW_BROKER (20 * NS_PER_MS)

/* Members learn of a rebalance at their next heartbeat: Kafka's default interval, with room. */
#define TOLD_WITHIN (5 * NS_PER_S)

static int64_t session_end(const struct member *m)
{
	if (m->session_ms <= 0 || m->last_seen == GROUP_UNKNOWN_TIME)
		return GROUP_UNKNOWN_TIME;
	return m->last_seen + m->session_ms * NS_PER_MS;
}

size_t absences_find(struct group *g, const struct round *r, struct absence **out)
{
	struct absence *a;
	size_t n = 0;

	*out = NULL;
	if (!r->lapsed && (!r->listed || r->burst == GROUP_UNKNOWN_TIME || g->n_in <= r->n_listed))
		return 0;
	*out = a = calloc(g->n_in, sizeof(*a));
	if (!a)
		return 0;
	for (struct member *m = g->members; m; m = m->hh.next) {
		if (m->presence != MEMBER_IN || (m->generation == r->generation && !r->lapsed))
			continue;
		a[n].member = m;
		a[n].hung_up = m->hung_up ? m->gone_at : GROUP_UNKNOWN_TIME;
		a[n].deadline = session_end(m);
		a[n].kicked = !r->lapsed && a[n].deadline != GROUP_UNKNOWN_TIME && a[n].deadline > r->burst + TIMER_SLACK;
		n++;
	}
	return n;
}

const char *candidate_who(struct scratch *s, const struct member *m)
{
	const char *special = kind_who(s, m);

	if (!m)
		return "a member";
	if (special)
		return special;
	return m->host ? scratch_text(s, "%s (%s)", member_label(m), m->host) : member_label(m);
}

void candidate_evidence(struct candidate *c, uint64_t frame)
{
	size_t i = c->n_evidence;

	if (!frame || i == sizeof(c->evidence) / sizeof(c->evidence[0]))
		return;
	for (; i && c->evidence[i - 1] > frame; i--)
		c->evidence[i] = c->evidence[i - 1];
	c->evidence[i] = frame;
	c->n_evidence++;
}

void candidate_rival(struct candidate *c, uint8_t id)
{
	if (c->n_rivals < sizeof(c->rival) / sizeof(c->rival[0]))
		c->rival[c->n_rivals++] = id;
}

/* A member that asked with what the group cannot accept keeps its place, and has no use for it: it goes soon after. */
static void blame_refusal(struct group *g, struct candidate *c)
{
	const struct member *m = c->member;
	const struct seldom *s = m ? m->seldom : NULL;
	const char *name = s && s->turned_away_frame && c->id >= 7 && c->id <= 10 ? kf_error_name(s->turned_away) : NULL;

	if (!name)
		return;
	candidate_evidence(c, s->turned_away_frame);
	c->text = scratch_text(&g->owner->scratch, "%s; its JoinGroup had been refused before: %s", c->text, name);
}

/* A client that is closed ends its connection at once; one whose poll limit ran out keeps it, and its limit
 * (max.poll.interval.ms, sent as the rebalance timeout) cannot run out sooner than that after it joined. */
static bool may_have_stopped_polling(const struct group *g, const struct leave *l)
{
	int64_t limit = l->member->rebalance_ms * NS_PER_MS;

	return g->owner->now - l->at >= NS_PER_S && limit > 0 && l->member->joined_at != GROUP_UNKNOWN_TIME &&
	       l->at - l->member->joined_at >= limit - limit / 50;
}

/* No reason given. */
static void unsaid_leave(struct group *g, const struct leave *l, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	bool closed = connection_closed(g->owner, l->connection);
	bool stuck = !closed && may_have_stopped_polling(g, l);

	c->id = stuck ? 9 : 7;
	c->confidence = closed ? 2 : 1;
	c->text = scratch_text(s, closed ? "%s left the group and closed its connection" :
	                       stuck ? "%s left the group and kept its connection: it seems to have stopped polling" :
	                       "%s left the group; it did not say why", candidate_who(s, l->member));
	candidate_rival(c, stuck ? 7 : 9);
	candidate_rival(c, 8);
}

static void from_leave(struct group *g, const struct leave *l, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const struct reason_row *row = reason_of_leave(l->reason);

	*c = (struct candidate){ .at = l->at, .latency = l->latency, .trigger = true, .member = l->member };
	c->reason = l->reason;
	candidate_evidence(c, l->frame);
	candidate_evidence(c, l->answer_frame);
	if (!l->own) {
		c->id = 14;
		c->confidence = l->member->visible ? 3 : 2;
		c->text = scratch_text(s, "%s was removed by an administrator%s%s", candidate_who(s, l->member),
		                       l->reason ? ": " : "", l->reason ? l->reason : "");
		return;
	}
	if (!row) {
		unsaid_leave(g, l, c);
		return;
	}
	c->id = row->cause;
	c->confidence = 3;
	c->text = scratch_text(s, "%s %s: %s", candidate_who(s, l->member), row->says, l->reason);
}

static void from_static(struct group *g, const struct join *j, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;

	*c = (struct candidate){ .at = j->at, .trigger = true, .member = j->member, .reason = j->reason };
	c->id = 13;
	c->confidence = 3;
	if (member_refused(j->former) != GROUP_UNKNOWN_TIME && member_refused(j->former) < j->at) { /* it had been taken out before */
		c->confidence = 1;
		candidate_rival(c, 14);
	}
	c->text = scratch_text(s, "%s came back as %s, and the group could not stay as it was", candidate_who(s, j->member),
	                       j->instance);
	candidate_evidence(c, j->frame);
	candidate_evidence(c, j->answer_frame);
}

static const char *newcomer_text(struct group *g, const struct join *j, bool formation)
{
	struct scratch *s = &g->owner->scratch;

	if (formation)
		return scratch_text(s, "the group formed: %s joined first", candidate_who(s, j->member));
	if (j->member && member_is_return(j->member))
		return scratch_text(s, "%s came back as a new member", candidate_who(s, j->member));
	return scratch_text(s, "%s joined as a new member", candidate_who(s, j->member));
}

static void from_newcomer(const struct round *r, const struct join *j, struct candidate *c)
{
	bool formation = r->from_empty || r->generation == 1;

	*c = (struct candidate){ .at = j->at, .latency = j->latency, .trigger = true, .member = j->member };
	c->reason = j->reason;
	c->id = formation ? 1 : 2;
	c->confidence = 3;
	c->newcomer = j;
	if (r->previous < 0 && !formation) {
		c->confidence = 1; /* mid-stream: the group may have been empty */
		candidate_rival(c, 1);
	}
	candidate_evidence(c, j->frame);
	candidate_evidence(c, j->answer_frame);
}

/* The sync phase of the round before ended without the assignment of one member having been asked for. */
static void from_silence(struct group *g, const struct round *r, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const struct member *m = g->silent;
	int64_t waited = r->first_told - g->silent_since;

	*c = (struct candidate){ .at = r->first_told, .trigger = true, .member = m, .id = 12 };
	c->confidence = m->rebalance_ms > 0 && llabs(waited - m->rebalance_ms * NS_PER_MS) < NS_PER_S ? 2 : 1;
	c->text = scratch_text(s, "%s was told generation %d and did not ask for its assignment within %.1f s", candidate_who(s, m),
	                       r->previous, (double)waited / (double)NS_PER_S);
	candidate_rival(c, 10);
	candidate_evidence(c, r->first_told_frame);
}

static void from_downgrade(struct group *g, const struct round *r, struct candidate *c)
{
	const struct downgrade *d = g->downgrade;

	*c = (struct candidate){ .at = d ? d->at : r->first_sign, .trigger = true, .id = 21, .confidence = 1 };
	if (!d || r->generation != d->epoch + 1) /* another rebalance since then was not seen */
		candidate_rival(c, 2);
	else
		c->confidence = 3;
	if (!d) {
		c->text = "the last member of the consumer protocol went: the group is a classic one again";
		candidate_evidence(c, r->burst_frame);
		return;
	}
	c->text = scratch_text(&g->owner->scratch, "%s left, the last member of the consumer protocol: the group is a classic "
	                       "one again", d->who);
	candidate_evidence(c, d->frame);
	candidate_evidence(c, d->answer_frame);
}

static void from_move(struct group *g, const struct round *r, struct candidate *c)
{
	*c = (struct candidate){ .at = r->first_sign, .trigger = true, .id = 15, .confidence = r->cut_proven ? 3 : 1 };
	c->text = "the coordinator moved while the group was rebalancing";
	candidate_evidence(c, g->last_refusal_frame);
}

/* Everybody in the generation before was answered that its assignment could not be stored. */
static void from_unstored(const struct round *r, struct candidate *c)
{
	const struct unstored *u = &r->unstored;

	*c = (struct candidate){ .at = u->at, .trigger = true, .id = 19 };
	c->confidence = r->burst == GROUP_UNKNOWN_TIME || !r->at_home || r->moved_at > u->at ? 1 : u->n >= u->of && u->of ? 3 : 2;
	c->text = "the coordinator could not store the assignment: its members begin anew";
	if (c->confidence < 3)
		candidate_rival(c, 15);
	candidate_evidence(c, u->frame);
}

/* The group was too large for the limit of the coordinator that loaded it. */
static void from_overfull(struct group *g, const struct round *r, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	bool loaded = g->last_refusal != GROUP_UNKNOWN_TIME && r->first_sign - g->last_refusal < TOLD_WITHIN;

	*c = (struct candidate){ .at = r->first_sign, .trigger = true, .id = 18, .member = r->overfull.member };
	c->confidence = loaded ? 3 : 2;
	c->text = scratch_text(s, "the group had more members than group.max.size: %s was turned away when it rejoined",
	                       candidate_who(s, r->overfull.member));
	candidate_evidence(c, r->overfull.frame);
}

static void from_absence(struct group *g, const struct round *r, const struct absence *a, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const struct member *m = a->member;

	*c = (struct candidate){ .at = a->deadline, .member = m, .id = 10 };
	c->trigger = !a->kicked && a->deadline != GROUP_UNKNOWN_TIME;
	if (!c->trigger)
		return;
	c->confidence = m->visible ? 2 : 1;
	c->text = scratch_text(s, "%s was not heard of for %.1f s: session.timeout.ms exceeded%s", candidate_who(s, m),
	                       (double)m->session_ms / 1000.0,
	                       m->instance ? "; a static member that is stopped looks the same" : "");
	candidate_evidence(c, m->last_frame);
	if (r->first_told >= a->deadline)
		candidate_evidence(c, r->first_told_frame);
}

static int by_time(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->trigger != y->trigger)
		return x->trigger ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void from_join(struct group *g, const struct round *r, const struct join *j, struct candidates *all)
{
	if (j->former)
		from_static(g, j, &all->of[all->n++]);
	else if (j->fresh)
		from_newcomer(r, j, &all->of[all->n++]);
	else if (j->was_in && j->told == GROUP_UNKNOWN_TIME)
		cause_rejoin(g, j, &all->of[all->n++]);
}

static void from_unanswered(struct group *g, const struct round *r, struct candidates *all)
{
	const struct join *j;

	DL_FOREACH(r->lost, j)
		from_join(g, r, j, all);
	DL_FOREACH(g->parked, j)
		if (!j->unheard)
			from_join(g, r, j, all);
}

static struct candidates collect(struct group *g, const struct round *r)
{
	struct candidates all = { NULL, 0 };
	const struct leave *l;
	const struct join *j;
	size_t n_leaves, n_joins, n_parked, n_lost;

	DL_COUNT(r->leaves, l, n_leaves);
	DL_COUNT(r->joins, j, n_joins);
	DL_COUNT(g->parked, j, n_parked);
	DL_COUNT(r->lost, j, n_lost);
	all.of = scratch_alloc(&g->owner->scratch, (n_leaves + n_joins + n_parked + n_lost + r->n_gone + 7) * sizeof(*all.of));
	if (!all.of)
		return all;
	all.n = 1; /* room for R0 in front */
	if (r->downgraded)
		from_downgrade(g, r, &all.of[all.n++]);
	if (r->after_cut)
		from_move(g, r, &all.of[all.n++]);
	if (g->silent && r->first_told != GROUP_UNKNOWN_TIME)
		from_silence(g, r, &all.of[all.n++]);
	if (r->unstored.n)
		from_unstored(r, &all.of[all.n++]);
	if (r->overfull.member)
		from_overfull(g, r, &all.of[all.n++]);
	DL_FOREACH(r->leaves, l)
		from_leave(g, l, &all.of[all.n++]);
	DL_FOREACH(r->joins, j)
		from_join(g, r, j, &all);
	if (r->burst == GROUP_UNKNOWN_TIME && !r->lapsed)
		from_unanswered(g, r, &all);
	for (size_t i = 0; i < r->n_gone; i++)
		from_absence(g, r, &r->gone[i], &all.of[all.n++]);
	for (size_t i = 1; i < all.n; i++)
		blame_refusal(g, &all.of[i]);
	if (all.n > 2)
		qsort(all.of + 1, all.n - 1, sizeof(*all.of), by_time);
	return all;
}

/* INT64_MAX when its connection did not end. */
static int64_t hung_up_at(const struct round *r, const struct member *m)
{
	for (size_t i = 0; i < r->n_gone; i++)
		if (r->gone[i].member == m && r->gone[i].hung_up != GROUP_UNKNOWN_TIME)
			return r->gone[i].hung_up;
	return INT64_MAX;
}

/* The member's connection ended without a LeaveGroup, the group was stable after that until its session ran out, and members were told
 * soon after: nothing else that was seen can have moved the broker in between. Or the coordinator said itself that it is
 * out. A static member may have stopped polling, and a coordinator in trouble starts sessions anew. */
static bool is_proven(const struct group *g, const struct round *r, const struct candidate *c)
{
	const struct member *m = c->member;
	bool refused = m && member_refused(m) != GROUP_UNKNOWN_TIME && member_refused(m) >= c->at;
	int64_t told = r->first_told;

	if (c->id != 10 || !m || !m->visible || m->instance || outage_hits(g) || g->last_refusal >= m->last_seen)
		return false;
	if (told == GROUP_UNKNOWN_TIME || told + TIMER_SLACK < c->at || told - c->at > TOLD_WITHIN)
		return false;
	return refused || (hung_up_at(r, m) < r->calm_until && r->calm_until <= c->at + TIMER_SLACK &&
	                   told - r->calm_until <= TOLD_WITHIN);
}

/* Is somebody in the group whose connection is not in the capture? */
static bool has_unseen(const struct group *g)
{
	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && !m->visible)
			return true;
	return false;
}

/* Could anything that the capture did not show have come before? */
static bool blind(const struct group *g, const struct round *r, const struct candidate *c, bool unseen)
{
	int64_t silent = c->id == 10 ? c->member->last_seen : c->at;
	int64_t from = c->id == 13 ? g->stable_at : /* who held the instance is old knowledge */
	               silent < c->at - TOLD_WITHIN ? silent : c->at - TOLD_WITHIN;
	int64_t to = (r->burst > c->at ? r->burst : c->at) + PARKED_AFTER; /* a burst in between may be unseen */

	if (visibility_hidden(&g->owner->visibility, from, to, g->coordinator_known ? &g->coordinator : NULL))
		return true;
	return unseen && !r->from_empty && r->generation != 1;
}

/* Somebody who did not sync is to blame only where nothing else cut the round, and a member that asks again (its
 * connection broke) is no second trigger. */
static bool is_echo(const struct candidates *all, size_t kept, const struct candidate *c)
{
	if (c->id == 12)
		return true;
	for (size_t i = 1; i < kept; i++)
		if (c->member && all->of[i].member == c->member && all->of[i].id == c->id)
			return true;
	return false;
}

static size_t drop_echoes(struct candidates *all, size_t n)
{
	size_t kept = 2;

	for (size_t i = 2; i < n; i++)
		if (!is_echo(all, kept, &all->of[i]))
			all->of[kept++] = all->of[i];
	return kept;
}

/* The first generation is made of an empty group: what else was seen belongs to one before, which was deleted. */
static void keep_formation(struct candidates *all)
{
	size_t n = 1;

	for (size_t i = 1; i < all->n; i++)
		if (all->of[i].id == 1)
			all->of[n++] = all->of[i];
	all->n = n;
}

/* Nobody was answered, and what was before is not known: newcomers are its substance as well. */
static bool may_be_formation(const struct round *r, const struct candidate *c)
{
	return c->id == 2 && r->generation < 0 && r->previous < 0;
}

/* Keeps the triggers only; drops the further ones of a formation or a change of protocol, which are its substance. */
static void keep_triggers(const struct round *r, struct candidates *all)
{
	size_t n = 1;

	if (r->generation == 1 && !r->after_cut)
		keep_formation(all);
	while (n < all->n && all->of[n].trigger)
		n++;
	if (n > 1 && (all->of[1].id == 1 || all->of[1].id == 21 || may_be_formation(r, &all->of[1])))
		n = 2;
	all->n = n > 2 ? drop_echoes(all, n) : n;
}

static void unexplained(struct group *g, const struct round *r, struct candidate *c)
{
	*c = (struct candidate){ .at = r->first_told != GROUP_UNKNOWN_TIME ? r->first_told : r->first_sign };
	candidate_evidence(c, r->first_told_frame);
	c->text = scratch_text(&g->owner->scratch, "nothing that was captured explains it");
}

/* A round in between was not seen, or a move of the coordinator: this one may have begun after it. */
static bool skips_something(const struct round *r)
{
	if (r->previous >= 0 && r->generation >= 0 && r->generation <= r->previous && r->generation != 1 && !r->after_cut)
		return true; /* it was deleted and formed anew */
	return (r->previous >= 0 && r->generation > r->previous + 1) || (r->joins && !r->at_home);
}

/* A member that joins again by itself moves a group that is stable; what it does to one that rebalances is not seen. */
static void temper_rejoins(struct candidates *all)
{
	for (size_t i = 1; i < all->n; i++) {
		struct candidate *c = &all->of[i];
		bool rejoin = (c->id >= 3 && c->id <= 6) || c->id == 20;

		if (rejoin && c->id != all->of[0].id && c->confidence > 2)
			c->confidence = 2;
	}
}

/* What cannot be sure: evidence may be hidden, or what came first is not understood. */
static void temper(struct group *g, const struct round *r, struct candidate *c, bool unseen, bool unexplained_first)
{
	if (c->confidence && blind(g, r, c, unseen))
		c->confidence--;
	/* A leader where there was none is proof of a change of protocol. */
	if (c->confidence == 3 && c->id != 21 && r->generation != 1 && !account_closed(g, r, c->at))
		c->confidence = 2;
	if ((r->unheard || r->lapsed || r->after_lapse) && c->confidence > 2) /* that it was empty is inferred */
		c->confidence = 2;
	if ((unexplained_first || skips_something(r)) && c->confidence > 1)
		c->confidence = 1;
}

struct candidates causes_find(struct group *g, const struct round *r)
{
	struct candidates all = collect(g, r);
	bool unseen = has_unseen(g);
	struct candidate *first;

	if (!all.of)
		return all;
	keep_triggers(r, &all);
	first = &all.of[1];
	if (all.n < 2 || (r->first_told != GROUP_UNKNOWN_TIME && r->first_told + TIMER_SLACK < first->at)) {
		unexplained(g, r, &all.of[0]);
	} else {
		all.of++;
		all.n--;
	}
	if (all.of[0].confidence == 2 && is_proven(g, r, &all.of[0]))
		all.of[0].confidence = 3;
	for (size_t i = 0; i < all.n; i++)
		temper(g, r, &all.of[i], unseen, all.of[0].id == 0);
	temper_rejoins(&all);
	for (size_t i = 0; i < all.n; i++)
		if (all.of[i].newcomer)
			all.of[i].text = newcomer_text(g, all.of[i].newcomer, all.of[i].id == 1);
	return all;
}

/* While a rebalance is under way nobody is missing from a list yet: whose session has run out by now? A guess. */
void cause_suspect(struct group *g, const struct round *r, struct candidate *c)
{
	const struct member *suspect = NULL;

	if (c->id != 0 || r->first_told == GROUP_UNKNOWN_TIME)
		return;
	for (const struct member *m = g->members; m; m = m->hh.next) {
		int64_t end = m->presence == MEMBER_IN ? session_end(m) : GROUP_UNKNOWN_TIME;

		if (end == GROUP_UNKNOWN_TIME || end > r->first_told + TIMER_SLACK || r->first_told - end > TOLD_WITHIN)
			continue;
		if (!suspect || end < session_end(suspect))
			suspect = m;
	}
	if (!suspect)
		return;
	c->id = 10;
	c->confidence = 1;
	c->member = suspect;
	c->n_evidence = 0;
	c->text = scratch_text(&g->owner->scratch, "%s has not been heard of for %.1f s: its session may have run out",
	                       candidate_who(&g->owner->scratch, suspect), (double)suspect->session_ms / 1000.0);
	candidate_evidence(c, suspect->last_frame);
	candidate_evidence(c, r->first_told_frame);
	candidate_rival(c, 15);
}

void cause_start(const struct group *g, const struct round *r, const struct candidate *c,
                 int64_t *started, int64_t *uncertainty)
{
	int64_t since = g->stable_at != GROUP_UNKNOWN_TIME ? g->stable_at : g->owner->started_at;

	*started = c->at;
	*uncertainty = 0;
	if (c->id == 10)
		*uncertainty = TIMER_SLACK;
	else if (c->latency > SLOW_BROKER)
		*uncertainty = c->latency; /* a request is acted on at any time up to its answer */
	if (c->trigger && c->id)
		return;
	*started = r->first_sign < c->at ? r->first_sign : c->at;
	*uncertainty = *started - since < TOLD_WITHIN ? *started - since : TOLD_WITHIN;
	if (*uncertainty < 0)
		*uncertainty = 0;
}

static int32_t timer_of(const struct candidate *c)
{
	if (c->member && (c->id == 9 || c->id == 11 || c->id == 12))
		return c->member->rebalance_ms;
	return c->member && c->id == 10 ? c->member->session_ms : 0;
}

struct group_cause cause_tell(struct groups *gs, const struct candidate *c)
{
	struct group_cause out = {
		.id = c->id,
		.confidence = c->confidence,
		.name = group_cause_name(c->id),
		.reason = c->reason,
		.text = c->text,
		.timer_ms = timer_of(c),
		.evidence = c->evidence,
		.n_evidence = c->n_evidence,
		.rivals = c->rival,
		.n_rivals = c->n_rivals,
	};

	(void)gs;
	if (c->member) {
		out.member = c->member->id;
		out.client_id = c->member->client_id;
		out.host = c->member->host;
	}
	return out;
}
