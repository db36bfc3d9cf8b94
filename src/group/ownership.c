/* SPDX-License-Identifier: Apache-2.0 */
#include "ownership.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "client.h"
#include "kind.h"
#include "member.h"

/* A Fetch is good for this long: who fetched before that may have lost the partition since. */
#define FETCH_COUNTS (60 * NS_PER_S)

/* Is there an assignment that commits could still add to? Commits are accepted until the join phase ends. */
static bool wants(const struct group *g, int32_t generation)
{
	const struct assignment *a = &g->current;

	return (!g->round || g->round->burst == GROUP_UNKNOWN_TIME) && generation >= 0 && generation == g->generation && !a->complete &&
	       (a->generation < 0 || a->generation == generation);
}

void ownership_learn(struct group *g, struct member *m, int32_t generation, uint32_t topic, int32_t partition)
{
	struct assignment *a = &g->current;
	struct owned *o;
	uint32_t owner;

	learn_generation(g, m, generation);
	if (!wants(g, generation) || topic == NO_TOPIC)
		return;
	o = assignment_find(a, topic, partition);
	if (o && strcmp(a->owner[o->owner].id, member_identity(m)) == 0)
		return;
	owner = assignment_owner(a, member_identity(m), m->client_id);
	if (owner == UINT32_MAX)
		return;
	a->generation = generation;
	if (o)
		o->owner = owner;
	else
		assignment_insert(a, topic, partition, owner);
}

void ownership_told(struct group *g, struct assignment *a)
{
	if (g->round || g->generation < 0) {
		assignment_clear(a);
		return;
	}
	a->generation = g->generation;
	a->complete = true;
	assignment_sort(a);
	assignment_take(&g->current, a);
}

/* For one partition of the new assignment: who fetched it last before the rebalance. */
struct guess {
	struct member *member;
	int64_t at;
};

/* Of two at the same time it is the one first seen. */
static bool is_better(const struct guess *best, const struct member *m, int64_t at)
{
	return at != best->at ? at > best->at : m->seen < best->member->seen;
}

/* What this member's client fetched until it stopped, against what others did. */
static void guess_by(struct group *g, const struct round *r, struct member *m, struct guess *guesses)
{
	const struct ptable *t = &m->client->fetched;
	const struct assignment *after = &r->assignment;
	const struct join *j = round_join_of(r, m);
	int64_t until = j ? j->at : r->burst;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct pkey *k = ptable_at(t, i);
		uint32_t topic = g->owner->topic_by_id[k->topic]->stands;
		const struct owned *o = assignment_find(after, topic, k->partition);
		int64_t at = client_last_fetch_of(g->owner, m->client, topic, k->partition, until);
		struct guess *best = o ? &guesses[o - after->entry] : NULL;

		if (!best || at == GROUP_UNKNOWN_TIME || at < r->first_sign - FETCH_COUNTS ||
		    (best->member && !is_better(best, m, at)))
			continue;
		*best = (struct guess){ .member = m, .at = at };
	}
}

static struct guess *guess_all(struct group *g, const struct round *r)
{
	struct guess *guesses = scratch_alloc(&g->owner->scratch, (r->assignment.n + 1) * sizeof(*guesses));

	for (struct member *m = roster_first(g); guesses && m; m = roster_after(m)) {
		const struct join *j = round_join_of(r, m);

		if (m->presence != MEMBER_PENDING && !(j && j->fresh) && client_is_alone(m))
			guess_by(g, r, m, guesses);
	}
	return guesses;
}

/* Among the first `n` entries, which are sorted. */
static bool owned_before(const struct assignment *a, size_t n, const struct owned *o)
{
	const struct assignment sorted = { .entry = a->entry, .n = n };

	return assignment_find(&sorted, o->topic, o->partition);
}

void ownership_complete(struct group *g, const struct round *r)
{
	struct assignment *a = &g->current;
	const struct assignment *after = &r->assignment;
	struct guess *guesses;
	size_t known = a->n;

	if (a->complete || r->previous < 0 || r->from_empty || (a->generation >= 0 && a->generation != r->previous))
		return;
	if (kind_of(g) == GROUP_KIND_CONNECT) {
		connect_before(g, r);
		return;
	}
	guesses = guess_all(g, r);
	for (size_t i = 0; guesses && i < after->n; i++) {
		const struct owned *o = &after->entry[i];
		struct member *m = guesses[i].member;
		uint32_t owner;

		if (!m || owned_before(a, known, o))
			continue;
		owner = assignment_owner(a, member_identity(m), m->client_id);
		if (owner != UINT32_MAX && assignment_add(a, o->topic, o->partition, owner))
			a->generation = r->previous;
	}
	if (a->n > known)
		assignment_sort(a);
}
