/* SPDX-License-Identifier: Apache-2.0 */
#include "view_stand.h"

#include <string.h>
#include <utlist.h>

#include "member.h"

#define UNKNOWN GROUP_UNKNOWN_TIME

static void set(struct group_view_member *out, enum group_stand stand, int64_t since)
{
	out->stand = stand;
	out->stand_since = since;
}

/* Its request of this kind that has no answer yet. */
static const struct request *asked(const struct member *m, enum request_kind kind)
{
	const struct request *r = m->asked;

	while (r && r->kind != kind)
		r = r->asked_before;
	return r;
}

/* That of a static member may come without an id. */
static const struct join *parked_of(const struct group *g, const struct member *m)
{
	const struct request *r = asked(m, REQUEST_JOIN);
	const struct join *j;

	if (r && r->join)
		return r->join;
	if (!m->instance)
		return NULL;
	DL_FOREACH(g->parked, j)
		if (!j->member && j->instance && strcmp(j->instance, m->instance) == 0)
			return j;
	return NULL;
}

static void stand_joining(const struct group *g, const struct member *m, struct group_view_member *out)
{
	const struct join *j = parked_of(g, m);

	if (j)
		set(out, GROUP_WAITS_FOR_OTHERS, j->at);
	else
		set(out, GROUP_HAS_TO_REJOIN, m->told);
}

static void stand_syncing(const struct group *g, const struct member *m, struct group_view_member *out)
{
	const struct request *r = asked(m, REQUEST_SYNC);

	if (m->generation != g->generation || m->synced == g->generation)
		return;
	if (m->sync_asked == g->generation)
		set(out, GROUP_WAITS_FOR_ASSIGNMENT, r ? r->at : UNKNOWN);
	else
		set(out, GROUP_HAS_TO_SYNC, g->round ? g->round->burst : UNKNOWN);
}

/* It asks once more before it is known to have all: what was let go of last may be for it. */
static bool is_behind(const struct turn *t, const struct seat *s)
{
	return t->epoch < 0 || s->epoch < t->epoch || s->checked < t->released;
}

/* What others have not given up may still come to whoever is there already. */
static void stand_epoch(const struct group *g, const struct member *m, struct group_view_member *out)
{
	const struct turn *t = &g->epochs->turn;
	const struct seat *s = m->seat;
	int64_t since;

	if (!s || s->away || !t->open || t->target_at == UNKNOWN)
		return;
	since = s->changed_at != UNKNOWN && s->changed_at >= t->sign ? s->changed_at : t->target_at;
	if (s->giving)
		set(out, GROUP_HAS_TO_GIVE_UP, s->asked_at);
	else
		set(out, is_behind(t, s) ? GROUP_TO_BE_TOLD : GROUP_WAITS_FOR_OTHERS, since);
}

void view_stand(const struct group *g, const struct member *m, struct group_view_member *out)
{
	set(out, GROUP_STANDS, UNKNOWN);
	if (g->epochs)
		stand_epoch(g, m, out);
	else if (g->phase == PHASE_PREPARING)
		stand_joining(g, m, out);
	else if (g->phase == PHASE_COMPLETING)
		stand_syncing(g, m, out);
}

int64_t view_rebalancing(const struct group *g)
{
	if (g->epochs)
		return g->epochs->turn.open ? g->epochs->turn.sign : UNKNOWN;
	return g->round ? g->round->first_sign : UNKNOWN;
}

uint32_t view_joining(const struct group *g)
{
	const struct join *j;
	uint32_t n = 0;

	DL_FOREACH(g->parked, j)
		n += (!j->member || j->member->presence != MEMBER_IN) && !j->instance;
	return n;
}

const struct holding *view_given(const struct groups *gs, const struct group *g, const struct member *m)
{
	struct seat *s = m->seat;

	if (!g->epochs || !g->epochs->turn.open || !s || !s->given_known)
		return NULL;
	holding_rename(gs, &s->given);
	return &s->given;
}

bool view_leaving(const struct groups *gs, const struct member *m, uint32_t topic, int32_t partition)
{
	const struct seat *s = m->seat;

	if (!s || !s->giving || !s->given_known)
		return false;
	return !holding_has(&s->given, gs->topic_by_id[topic]->stands, partition);
}
