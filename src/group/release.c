/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#include <stdlib.h>
#include <utlist.h>

#include "account.h"
#include "member.h"

/* A broker's timer fires this close to its time. */
#define TIMER_NEAR (400 * NS_PER_MS)

/* Nobody is called slow for less. */
#define SLOW (250 * NS_PER_MS)

static const struct join *last_join(const struct round *r)
{
	const struct join *j, *last = NULL;

	DL_FOREACH(r->joins, j)
		if (!last || j->at > last->at)
			last = j;
	return last;
}

int64_t release_wait(const struct round *r, const struct join *j, int64_t started)
{
	const struct join *o;
	int64_t before = started;

	DL_FOREACH(r->joins, o)
		if (o != j && o->at <= j->at && o->at > before)
			before = o->at;
	return j->at > before ? j->at - before : 0;
}

static const struct leave *last_leave(const struct round *r)
{
	const struct leave *l, *last = NULL;

	DL_FOREACH(r->leaves, l)
		if (l->at <= r->burst && (!last || l->at > last->at))
			last = l;
	return last;
}

/* A member whose session ran out, or that was thrown out, just when the join phase ended. */
static const struct absence *last_absence(const struct round *r, bool kicked)
{
	for (size_t i = 0; i < r->n_gone; i++) {
		const struct absence *a = &r->gone[i];

		if (a->kicked == kicked && (kicked || (a->deadline != GROUP_UNKNOWN_TIME &&
		                                       llabs(r->burst - a->deadline) < TIMER_NEAR)))
			return a;
	}
	return NULL;
}

/* Somebody was given a member id and did not come back with it: the join phase waits for its session timeout. */
static const struct member *pending_member(const struct group *g, const struct round *r)
{
	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_PENDING && m->given_at != GROUP_UNKNOWN_TIME && m->session_ms > 0 &&
		    llabs(m->given_at + m->session_ms * NS_PER_MS - r->burst) < TIMER_NEAR)
			return m;
	return NULL;
}

/* No member's doing: which of the broker's timers. */
static const char *timer_text(struct group *g, const struct round *r, const struct group_rebalance *out)
{
	struct scratch *s = &g->owner->scratch;
	const struct absence *kicked = last_absence(r, true), *expired = last_absence(r, false);
	const struct member *pending = pending_member(g, r);

	if (expired)
		return scratch_text(s, "the session of %s ran out", member_label(expired->member));
	if (kicked)
		return scratch_text(s, "the rebalance timeout of %.1f s ended it: %s had not rejoined",
		                    (double)account_rebalance_ms(r) / 1000.0, member_label(kicked->member));
	if (pending)
		return scratch_text(s, "the session timeout of %s, which was given a member id and never used it",
		                    member_label(pending));
	return out->cause.id == 1 ? "the initial rebalance delay ended" : "a timer of the broker ended it";
}

/* Whatever came last before the burst let the join phase end. */
static void fill_last(struct group *g, const struct round *r, struct group_rebalance *out)
{
	struct scratch *s = &g->owner->scratch;
	const struct join *j = last_join(r);
	const struct leave *l = last_leave(r);
	bool joined = j && r->burst - j->at <= PARKED_AFTER;

	if (l && r->burst - l->at <= PARKED_AFTER && (!joined || l->at > j->at)) {
		out->released_by = scratch_text(s, "%s left", member_label(l->member));
		return;
	}
	if (!joined || (out->cause.id == 1 && r->burst - out->started > NS_PER_S)) {
		out->released_by = timer_text(g, r, out);
		return;
	}
	out->last_joined = member_label(j->member);
	out->released_by = scratch_text(s, "%s joined last", out->last_joined);
	if (!j->fresh && release_wait(r, j, out->started) >= SLOW)
		out->slowest = out->last_joined;
}

void release_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	out->assignor_time = out->storage_time = -1;
	if (r->burst == GROUP_UNKNOWN_TIME)
		return;
	fill_last(g, r, out);
	if (r->handed_in == GROUP_UNKNOWN_TIME)
		return;
	out->assignor_time = r->handed_in - r->burst;
	if (r->first_sync != GROUP_UNKNOWN_TIME && r->first_sync >= r->handed_in)
		out->storage_time = r->first_sync - r->handed_in;
}
