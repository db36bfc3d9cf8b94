/* SPDX-License-Identifier: Apache-2.0 */
#include "resumed.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "member.h"
#include "strings.h"

/* Partitions that are followed of a rebalance, and for how long. */
#define FOLLOWED_MOST 10000
#define FOLLOWED_FOR (30 * NS_PER_S)

struct stopped {
	uint32_t topic_id;
	int32_t partition;
	struct member *to; /* a reference */
	int64_t since, assigned, until; /* until: GROUP_UNKNOWN_TIME while nobody reads it */
	bool at_least;
};

struct resumed {
	struct stopped *of;
	size_t n, cap, left;
	int32_t generation;
	int64_t deadline;
};

static void empty(struct group *g)
{
	struct resumed *w = g->resumed;

	for (size_t i = 0; i < w->n; i++)
		member_unref(w->of[i].to);
	if (w->n)
		g->owner->n_resuming--;
	w->n = w->left = 0;
}

void resumed_free(struct group *g)
{
	if (!g->resumed)
		return;
	empty(g);
	free(g->resumed->of);
	free(g->resumed);
	g->resumed = NULL;
}

static struct member *find(const struct group *g, const char *identity)
{
	struct member *m = roster_named(g, identity);

	if (m && m->presence == MEMBER_IN)
		return m;
	for (m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && (text_both(m->id, identity) || text_both(m->instance, identity)))
			return m;
	return NULL;
}

static bool room(struct resumed *w)
{
	size_t cap = w->cap ? 2 * w->cap : 16;
	struct stopped *more;

	if (w->n < w->cap)
		return true;
	more = w->n < FOLLOWED_MOST ? realloc(w->of, cap * sizeof(*more)) : NULL;
	if (!more)
		return false;
	w->of = more;
	w->cap = cap;
	return true;
}

/* A partition that `to` has now, and that nobody read for `downtime` up to its SyncGroup answer. */
static void await(struct group *g, struct member *to, const char *topic, int32_t partition, int64_t downtime, bool at_least)
{
	struct resumed *w = g->resumed;
	struct kf_bytes name = { (const uint8_t *)topic, (uint32_t)strlen(topic) };

	if (downtime < 0 || !to || !to->client || !to->client->fetchers || !room(w))
		return;
	w->of[w->n++] = (struct stopped){
		.topic_id = topic_id(g->owner, name),
		.partition = partition,
		.to = member_ref(to),
		.since = to->synced_at - downtime,
		.assigned = to->synced_at,
		.until = GROUP_UNKNOWN_TIME,
		.at_least = at_least,
	};
}

static void await_moves(struct group *g, const struct group_move *list, size_t n)
{
	const struct member *last = NULL;
	const char *name = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!list[i].to || list[i].downtime < 0)
			continue;
		if (!name || strcmp(name, list[i].to) != 0)
			last = find(g, list[i].to);
		name = list[i].to;
		await(g, (struct member *)(uintptr_t)last, list[i].topic, list[i].partition, list[i].downtime,
		      list[i].downtime_at_least);
	}
}

static bool has(const struct resumed *w, size_t n, uint32_t topic, int32_t partition)
{
	for (size_t i = 0; i < n; i++)
		if (w->of[i].topic_id == topic && w->of[i].partition == partition)
			return true;
	return false;
}

/* What an eager member kept it did not read while it rejoined. */
static void await_kept(struct group *g, const struct group_rebalance_member *m, size_t moved)
{
	struct member *to = m->downtime >= 0 ? find(g, m->member) : NULL;

	for (size_t i = 0; to && i < m->n_topics; i++) {
		const struct group_partitions *t = &m->topics[i];
		struct kf_bytes name = { (const uint8_t *)t->topic, (uint32_t)strlen(t->topic) };
		uint32_t topic = topic_id(g->owner, name);

		for (size_t k = 0; k < t->n_partitions; k++)
			if (!has(g->resumed, moved, topic, t->partitions[k]))
				await(g, to, t->topic, t->partitions[k], m->downtime, m->downtime_at_least);
	}
}

void resumed_await(struct group *g, const struct round *r, const struct group_rebalance *out)
{
	size_t moved;

	if (out->outcome != GROUP_STABLE || !g->owner->n_fetchers || (!g->resumed && !(g->resumed = calloc(1, sizeof(*g->resumed)))))
		return;
	g->resumed->generation = r->generation;
	await_moves(g, out->moved, out->n_moved);
	await_moves(g, out->granted, out->n_granted);
	moved = g->resumed->n;
	for (size_t i = 0; i < out->n_members; i++)
		await_kept(g, &out->members[i], moved);
	g->resumed->left = g->resumed->n;
	if (!g->resumed->n)
		return;
	g->owner->n_resuming++;
	g->resumed->deadline = g->owner->now + FOLLOWED_FOR;
	wheel_arm(g->owner, g, g->resumed->deadline);
}

/* All that this client has and had not read yet, and that its latest Fetch carries. */
static void look(struct groups *gs, struct group *g, const struct client *c)
{
	struct resumed *w = g->resumed;

	for (size_t i = 0; i < w->n; i++) {
		struct stopped *s = &w->of[i];
		int64_t at;

		if (s->until != GROUP_UNKNOWN_TIME || s->to->client != c)
			continue;
		at = client_last_fetch_of(gs, c, s->topic_id, s->partition, INT64_MAX);
		if (at == GROUP_UNKNOWN_TIME || at < s->assigned)
			continue;
		s->until = at;
		w->left--;
	}
	if (w->n && !w->left)
		resumed_tell(g);
}

void resumed_fetch(struct groups *gs, const struct fetcher *f, const struct kafka_message *m)
{
	struct member *o, *next;
	struct group *last = NULL;

	(void)m;
	if (!gs->n_resuming)
		return;
	for (o = client_members(f->client); o; o = next) {
		next = client_member_after(o);
		if (o->presence != MEMBER_IN || o->group == last || !o->group->resumed || !o->group->resumed->n)
			continue;
		last = o->group;
		look(gs, last, f->client);
	}
}

void resumed_timer(struct group *g)
{
	if (!g->resumed || !g->resumed->n)
		return;
	if (g->owner->now >= g->resumed->deadline)
		resumed_tell(g);
	else
		wheel_arm(g->owner, g, g->resumed->deadline);
}

static void tell_one(struct group *g, const struct stopped *s, struct group_resumed_event *e, struct group_resumed *out)
{
	const char *topic = topic_name(g->owner, s->topic_id);
	bool read = s->until != GROUP_UNKNOWN_TIME;

	*out = (struct group_resumed){ .topic = topic ? topic : "?", .partition = s->partition, .member = s->to->id };
	out->client_id = s->to->client_id;
	out->host = s->to->host;
	out->downtime = read ? s->until - s->since : -1;
	out->at_least = s->at_least;
	e->unread += !read;
	if (out->downtime > e->longest) {
		e->longest = out->downtime;
		e->worst = out;
	}
}

void resumed_tell(struct group *g)
{
	struct group_event e = { .type = GROUP_EVENT_RESUMED, .ts = g->owner->now, .group = g->name };
	struct resumed *w = g->resumed;
	struct group_resumed *list;

	if (!w || !w->n)
		return;
	list = scratch_alloc(&g->owner->scratch, w->n * sizeof(*list));
	e.resumed = (struct group_resumed_event){ .generation = w->generation, .longest = -1 };
	for (size_t i = 0; list && i < w->n; i++)
		tell_one(g, &w->of[i], &e.resumed, &list[e.resumed.n_partitions++]);
	e.resumed.partitions = list;
	if (list && e.resumed.unread < w->n)
		emit(g->owner, &e);
	empty(g);
}
