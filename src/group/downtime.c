/* SPDX-License-Identifier: Apache-2.0 */
#include "downtime.h"

#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "client.h"
#include "commit_again.h"
#include "correlator.h"
#include "member.h"

static const struct downtime unknown = { .length = -1 };

/* Of two at the same time it is the one first seen. */
static bool went_after(const struct member *m, const struct member *other)
{
	int64_t at = m->presence == MEMBER_GONE ? m->gone_at : GROUP_UNKNOWN_TIME;
	int64_t then = other->presence == MEMBER_GONE ? other->gone_at : GROUP_UNKNOWN_TIME;

	return at != then ? at > then : m->seen < other->seen;
}

const struct member *member_of_identity(const struct group *g, const char *identity)
{
	const struct member *gone = NULL;
	const struct member *m = roster_named(g, identity);

	if (m)
		return m;
	for (m = roster_first(g); m; m = roster_after(m)) {
		if (!text_both(m->instance, identity))
			continue;
		if (m->presence == MEMBER_IN)
			return m;
		if (!gone || went_after(m, gone))
			gone = m;
	}
	return gone;
}

struct loser downtime_loser(const struct group *g, const struct round *r, const char *identity)
{
	struct loser l = { .member = member_of_identity(g, identity), .stopped = r->burst, .sure = true };
	const struct leave *leave;
	const struct join *j;

	l.join = l.member ? round_join_of(r, l.member) : NULL;
	DL_FOREACH(r->n_formers ? r->joins : NULL, j)
		if (j->member == l.member || (j->former && j->former == l.member))
			l.join = j;
	if (l.join) {
		l.stopped = l.join->at;
		return l;
	}
	DL_FOREACH(r->leaves, leave)
		if (leave->member == l.member) {
			l.stopped = leave->at;
			return l;
		}
	l.sure = false;
	return l;
}

/* A client that serves several groups may fetch the same partition for each of them. */
static bool serves_one_group(const struct client *c)
{
	if (!c)
		return false;
	for (const struct member *m = client_members(c); m; m = client_member_after(m))
		if (m->group != client_members(c)->group)
			return false;
	return true;
}

/* The commit between the news of the rebalance and the JoinGroup, as clients make that give up their partitions. */
static int64_t commit_before_join(const struct member *m, const struct join *j)
{
	int64_t at = committed_at(m);

	if (!j || j->told == GROUP_UNKNOWN_TIME || at == GROUP_UNKNOWN_TIME)
		return GROUP_UNKNOWN_TIME;
	return at >= j->told && at <= j->at ? at : GROUP_UNKNOWN_TIME;
}

/* Was that the last Fetch, or may packets that are missing have held a later one? */
static int64_t seen_to_the_end(const struct groups *gs, int64_t fetched, int64_t stopped)
{
	if (fetched == GROUP_UNKNOWN_TIME || visibility_hidden(&gs->visibility, fetched, stopped, NULL))
		return GROUP_UNKNOWN_TIME;
	return fetched;
}

static int64_t given_at(const struct round *r, const struct member *m)
{
	return m && m->synced == r->generation ? m->synced_at : GROUP_UNKNOWN_TIME;
}

static struct downtime span(int64_t fetched, int64_t commit, int64_t stopped, int64_t end)
{
	struct downtime d = { .at_least = fetched == GROUP_UNKNOWN_TIME };
	int64_t start = !d.at_least ? fetched : commit != GROUP_UNKNOWN_TIME ? commit : stopped;

	if (start == GROUP_UNKNOWN_TIME || end == GROUP_UNKNOWN_TIME || end < start)
		return unknown;
	d.length = end - start;
	return d;
}

struct downtime downtime_of_partition(const struct groups *gs, const struct round *r, const struct loser *from,
                                      const struct member *to, uint32_t topic, int32_t partition)
{
	int64_t fetched = GROUP_UNKNOWN_TIME, stopped = from->stopped;

	if (!from->member)
		return unknown;
	if (serves_one_group(from->member->client))
		fetched = client_last_fetch_of(gs, from->member->client, topic, partition, stopped);
	fetched = seen_to_the_end(gs, fetched, stopped);
	if (!from->sure) /* gone since its session ran out at the latest */
		stopped = r->first_sign;
	return span(fetched, commit_before_join(from->member, from->join), stopped, given_at(r, to));
}

struct downtime downtime_handed(const struct groups *gs, const struct member *from, uint32_t topic, int32_t partition,
                                int64_t stopped, int64_t given)
{
	int64_t fetched = GROUP_UNKNOWN_TIME;

	if (stopped == GROUP_UNKNOWN_TIME)
		return unknown;
	if (serves_one_group(from->client))
		fetched = client_last_fetch_of(gs, from->client, topic, partition, stopped);
	return span(seen_to_the_end(gs, fetched, stopped), GROUP_UNKNOWN_TIME, stopped, given);
}

/* The latest Fetch that carried one of the member's partitions; unknown when any of them was never seen fetched: it
 * may be read where the capture does not look. */
static int64_t last_of_its_own(const struct groups *gs, const struct member *m, const struct assignment *before,
                               uint32_t owner, int64_t until)
{
	int64_t best = GROUP_UNKNOWN_TIME;

	for (size_t i = 0; i < before->n; i++) {
		const struct owned *o = &before->entry[i];
		int64_t at;

		if (o->owner != owner)
			continue;
		at = client_last_fetch_of(gs, m->client, o->topic, o->partition, until);
		if (at == GROUP_UNKNOWN_TIME)
			return at;
		if (at > best)
			best = at;
	}
	return best;
}

static int64_t last_of_member(const struct groups *gs, const struct member *m, const struct assignment *before,
                              int64_t until)
{
	uint32_t owner;

	if (!serves_one_group(m->client))
		return GROUP_UNKNOWN_TIME;
	owner = assignment_find_owner(before, member_identity(m));
	if (owner < before->n_owners)
		return last_of_its_own(gs, m, before, owner, until);
	return client_is_alone(m) ? client_last_fetch(m->client, until) : GROUP_UNKNOWN_TIME;
}

struct downtime downtime_of_member(const struct groups *gs, const struct round *r, const struct member *m,
                                   const struct join *j, const struct assignment *before)
{
	int64_t fetched;

	if (!j || (j->fresh && !j->former) || j->now.owned_some)
		return unknown;
	fetched = last_of_member(gs, m, before, j->at);
	if (!j->was_assigned && !j->former && fetched == GROUP_UNKNOWN_TIME)
		return unknown;
	return span(seen_to_the_end(gs, fetched, j->at), commit_before_join(m, j), j->at, given_at(r, m));
}
