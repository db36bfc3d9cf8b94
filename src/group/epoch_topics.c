/* SPDX-License-Identifier: Apache-2.0
 *
 * New targets that no member asked for: topics came, went or got more partitions, which the coordinator watches itself.
 */
#include "epoch.h"

#include <string.h>

#include "assignment.h"
#include "candidate.h"

/* Topics are looked at again (metadata.max.age, a pattern's refresh) within this time of their change. */
#define TOPIC_CHANGE_SHOWS (600 * NS_PER_S)

/* From the controller's answer to what the coordinator knows; then the next heartbeat raises the epoch. */
#define TOLD_COORDINATOR (2 * NS_PER_S)

static bool is_in_time(const struct topic_change *c, const struct turn *t)
{
	return c->at <= t->target_at && c->at >= t->target_at - TOPIC_CHANGE_SHOWS;
}

/* What brings partitions, or takes them away. */
static bool brings(const struct topic_change *c)
{
	return c->kind != TOPIC_DELETED;
}

static const struct topic_change *change_of(const struct group *g, const struct turn *t, const char *name, bool come)
{
	const struct groups *gs = g->owner;
	const struct topic_change *best = NULL;

	for (size_t i = 0; i < TOPIC_CHANGES && i < gs->n_topic_changes; i++) {
		const struct topic_change *c = &gs->topic_change[i];

		if (is_in_time(c, t) && brings(c) == come && text_both(topic_name(gs, c->topic), name) &&
		    (!best || c->at > best->at))
			best = c;
	}
	return best;
}

/* Standby and warm-up tasks of streams groups. */
static bool is_copy(const struct group *g, uint32_t topic)
{
	const char *name = topic_name(g->owner, topic);

	return g->epochs->kind == EPOCH_STREAMS && name && strncmp(name, "active:", 7) != 0;
}

/* The first partition that nobody had before (or, the other way round, nobody has now). */
static const struct owned *only_in(const struct group *g, const struct assignment *a, const struct assignment *other,
                                   bool copies)
{
	for (size_t i = 0; i < a->n; i++)
		if (is_copy(g, a->entry[i].topic) == copies && !assignment_find(other, a->entry[i].topic, a->entry[i].partition))
			return &a->entry[i];
	return NULL;
}

static bool is_assigned(const struct group *g, const char *name)
{
	for (size_t i = 0; i < g->current.n; i++)
		if (text_both(topic_name(g->owner, g->current.entry[i].topic), name))
			return true;
	return false;
}

/* A topic that the group reads was changed since it was told its last epoch: the epoch rises for that. */
static const struct topic_change *change_since(const struct group *g, const struct turn *t)
{
	const struct groups *gs = g->owner;

	for (size_t i = 0; i < TOPIC_CHANGES && i < gs->n_topic_changes; i++) {
		const struct topic_change *c = &gs->topic_change[i];

		if (is_in_time(c, t) && t->previous_at != GROUP_UNKNOWN_TIME && c->at > t->previous_at &&
		    (t->calm_at == GROUP_UNKNOWN_TIME || c->at > t->calm_at - TOLD_COORDINATOR) && c->kind != TOPIC_CREATED && is_assigned(g, topic_name(gs, c->topic)))
			return c;
	}
	return NULL;
}

static const struct topic_change *latest_change(const struct group *g, const struct turn *t)
{
	const struct groups *gs = g->owner;
	const struct topic_change *best = NULL;

	for (size_t i = 0; i < TOPIC_CHANGES && i < gs->n_topic_changes; i++)
		if (is_in_time(&gs->topic_change[i], t) && (!best || gs->topic_change[i].at > best->at))
			best = &gs->topic_change[i];
	return best;
}

static bool has_pattern(const struct group *g)
{
	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && m->seat && m->seat->pattern)
			return true;
	return false;
}

static void is_topics(struct candidate *c, uint8_t confidence, const struct topic_change *change, const char *text)
{
	c->id = 5;
	c->confidence = confidence;
	c->n_rivals = 0;
	c->text = text;
	if (change)
		candidate_evidence(c, change->frame);
}

/* The change was made since the last epoch was told, and that rose by one, which the change does to it. */
static bool is_the_rise(const struct epochs *e, const struct turn *t, const struct topic_change *change)
{
	return !e->unexplained && change->kind != TOPIC_CREATED && t->previous_at != GROUP_UNKNOWN_TIME &&
	       change->at > t->previous_at && t->epoch == t->previous + 1 &&
	       (t->calm_at == GROUP_UNKNOWN_TIME || change->at > t->calm_at - TOLD_COORDINATOR);
}

static void by_partitions(struct group *g, const struct turn *t, const struct owned *fresh, const struct owned *gone,
                          struct candidate *c)
{
	const char *topic = topic_name(g->owner, fresh ? fresh->topic : gone->topic);
	const struct topic_change *change = topic ? change_of(g, t, topic, fresh != NULL) : NULL;
	uint8_t closed = epochs_closed(g->epochs);
	struct scratch *s = &g->owner->scratch;

	if (!topic || (!fresh && !change))
		return;
	/* A topic that was there before and has not grown: its partitions were another member's, who is not seen. */
	if (change && change->kind == TOPIC_CREATED && is_assigned(g, topic) && change->at < t->previous_at)
		change = NULL;
	if (change)
		is_topics(c, (closed || is_the_rise(g->epochs, t, change)) && !epoch_is_blind(g, t, c) ? 3 : 2, change,
		          scratch_text(s, "the topic %s %s: the coordinator computed a new target by itself", topic, change->what));
	else if (g->epochs->kind == EPOCH_STREAMS)
		is_topics(c, closed ? 2 : 1, NULL, scratch_text(s, "there are new tasks of subtopology %s, as when its topics get more "
		                                   "partitions: the coordinator computed a new target by itself", strchr(topic, ':') + 1));
	else
		is_topics(c, closed ? 2 : 1, NULL, scratch_text(s, "there are new partitions of %s: the coordinator computed a new target by "
		                                   "itself", topic));
}

/* Partitions have not come or gone, or not yet. */
static void by_change(struct group *g, const struct turn *t, struct candidate *c)
{
	const struct epochs *e = g->epochs;
	const struct topic_change *change = e->kind != EPOCH_STREAMS ? change_since(g, t) : NULL;
	bool sure = epochs_closed(e) && t->epoch == t->previous + 1;
	struct scratch *s = &g->owner->scratch;

	if (change) {
		is_topics(c, sure && !epoch_is_blind(g, t, c) ? 3 : 2, change,
		          scratch_text(s, "the topic %s %s: the coordinator computed a new target by itself",
		                       topic_name(g->owner, change->topic), change->what));
		return;
	}
	change = has_pattern(g) ? latest_change(g, t) : NULL;
	if (change)
		is_topics(c, 1, change,
		          scratch_text(s, "the coordinator matched the members' pattern anew: the topic %s %s %.1f s before",
		                       topic_name(g->owner, change->topic), change->what,
		                       (double)(t->target_at - change->at) / (double)NS_PER_S));
}

/* Nothing asked for the target. It has partitions that nobody had before, or lacks some that were there (while members
 * are still giving theirs up, this tells only of topics that were seen to go); or a topic of the group was changed. */
void epoch_cause_topics(struct group *g, const struct turn *t, const struct assignment *after, bool ended,
                        struct candidate *c)
{
	const struct owned *fresh, *gone;

	if (c->id != 0 || !g->current.complete || t->target_at == GROUP_UNKNOWN_TIME)
		return;
	fresh = only_in(g, after, &g->current, false);
	gone = ended ? only_in(g, &g->current, after, false) : NULL;
	if (fresh || gone)
		by_partitions(g, t, fresh, gone, c);
	if (c->id == 0)
		by_change(g, t, c);
	if (c->id == 0 && ended && !fresh && !gone && (only_in(g, after, &g->current, true) || only_in(g, &g->current, after, true))) {
		c->text = "no member asked for it, and only standby and warm-up tasks changed, as when the group's configuration does";
		c->n_rivals = 0;
	}
}
