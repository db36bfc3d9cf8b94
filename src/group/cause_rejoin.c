/* SPDX-License-Identifier: Apache-2.0
 *
 * A member joins again by itself: why, by its reason where it gives one, else by what it sent before and had learned.
 */
#include "candidate.h"

#include "growth.h"
#include "kind.h"
#include "member.h"
#include "reason.h"

/* A client acts on new metadata at its next poll; one that looks at it by a timer of its own is no sure sign. */
#define ACTS_WITHIN (10 * NS_PER_S)

/* A client asks anew after metadata.max.age.ms, five minutes unless it was told otherwise: what was changed longer ago than
 * that is not what it has just learned. */
#define METADATA_AGE (330 * NS_PER_S)

static bool changed(const struct join *j)
{
	return j->before.known && j->now.known && j->before.topics != j->now.topics;
}

static bool other_assignors(const struct join *j)
{
	return j->before.listed && j->now.listed && j->before.protocols != j->now.protocols;
}

/* Several topics came or went at once. */
static const char *several_text(struct scratch *s, const char *name, const struct growth *w)
{
	if (w->went == 0)
		return scratch_text(s, "topic %s and %u more are new and match its pattern", name, w->came - 1);
	if (w->came == 0)
		return scratch_text(s, "topic %s and %u more are gone", name, w->went - 1);
	return scratch_text(s, "%u topic%s new and match%s its pattern (%s%s), and %u %s gone", w->came,
	                    w->came == 1 ? " is" : "s are", w->came == 1 ? "es" : "", name, w->came > 1 ? ", ..." : "",
	                    w->went, w->went == 1 ? "is" : "are");
}

/* "orders has 8 partitions, not 6"; NULL when nothing was seen. */
static const char *growth_text(struct groups *gs, const struct growth *w)
{
	const char *name = topic_name(gs, w->topic);

	if (w->topic == NO_TOPIC || !name)
		return NULL;
	if (w->came + w->went > 1)
		return several_text(&gs->scratch, name, w);
	if (w->is == 0)
		return scratch_text(&gs->scratch, "topic %s is gone", name);
	if (w->was == 0)
		return scratch_text(&gs->scratch, "topic %s is new and matches its pattern", name);
	return scratch_text(&gs->scratch, "%s has %d partitions, not %d", name, w->is, w->was);
}

/* The request that changed the topic, where it was seen passing by: NULL where it was not. */
static const struct topic_change *behind(const struct groups *gs, const struct growth *w)
{
	enum topic_change_kind kind = w->is == 0 ? TOPIC_DELETED : w->was == 0 ? TOPIC_CREATED : TOPIC_GROWN;

	return topic_change_find(gs, w->topic, kind, w->at - METADATA_AGE, w->at);
}

/* ": orders has 8 partitions, not 6 (an administrator's request for it was seen 3.1 s before)"; "" when nothing was seen.
 * Frames go to the evidence. */
static const char *tell_growth(struct group *g, const struct join *j, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const char *grown = growth_text(g->owner, &j->growth);
	const struct topic_change *change = grown ? behind(g->owner, &j->growth) : NULL;

	if (!grown)
		return NULL;
	candidate_evidence(c, j->growth.frame);
	if (!change)
		return grown;
	candidate_evidence(c, change->frame);
	return scratch_text(s, "%s (the request that did it was seen %.1f s before)", grown,
	                    (double)(j->at - change->at) / (double)NS_PER_S);
}

static void from_reason(struct group *g, const struct join *j, const struct reason_row *row, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	const char *grown = row->cause == 4 || row->cause == 5 ? tell_growth(g, j, c) : NULL;

	c->id = row->cause;
	c->confidence = 3;
	c->text = scratch_text(s, "%s %s: %s%s%s", candidate_who(s, j->member), row->says, j->reason, grown ? ": " : "",
	                       grown ? grown : "");
}

static void from_growth(struct group *g, const struct join *j, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;

	c->id = 5;
	c->confidence = j->at - j->growth.at <= ACTS_WITHIN ? 2 : 1;
	c->text = scratch_text(s, "%s joined again after it had learned that %s", candidate_who(s, j->member),
	                       tell_growth(g, j, c));
	candidate_rival(c, changed(j) ? 4 : 6);
}

static void from_nothing(struct group *g, const struct join *j, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;

	c->id = j->was_leader ? 3 : 4;
	c->confidence = j->was_leader ? 2 : 1;
	c->text = scratch_text(s, j->was_leader ? "the leader %s joined again; why is not on the wire" :
	                       "%s joined again without being told to: what it subscribes with must have changed",
	                       candidate_who(s, j->member));
	if (j->was_leader) {
		candidate_rival(c, 4);
		candidate_rival(c, 5);
	}
	candidate_rival(c, 6);
}

/* No client library's own reason. */
static void from_behaviour(struct group *g, const struct join *j, struct candidate *c)
{
	struct scratch *s = &g->owner->scratch;
	bool grown = growth_text(g->owner, &j->growth) != NULL;

	if (j->lost_some) {
		c->id = 20;
		c->confidence = 3;
		c->text = scratch_text(s, "%s rejoined to hand over the partitions it was to give up",
		                       candidate_who(s, j->member));
	} else if (grown && !j->reason) {
		from_growth(g, j, c);
	} else if (changed(j)) {
		c->id = 4;
		c->confidence = 3;
		c->text = scratch_text(s, "%s changed its subscription", candidate_who(s, j->member));
	} else if (other_assignors(j)) {
		c->id = 4;
		c->confidence = 3;
		c->text = scratch_text(s, "%s lists other assignors than before", candidate_who(s, j->member));
	} else if (j->reason) {
		c->id = 6; /* the application's own words (KIP-800): only enforceRebalance takes them */
		c->confidence = 2;
		c->text = scratch_text(s, "%s asked for a rebalance: %s", candidate_who(s, j->member), j->reason);
	} else {
		from_nothing(g, j, c);
	}
}

void cause_rejoin(struct group *g, const struct join *j, struct candidate *c)
{
	const struct reason_row *row = reason_of_join(j->reason);

	*c = (struct candidate){ .at = j->at, .trigger = true, .member = j->member, .reason = j->reason };
	candidate_evidence(c, j->frame);
	candidate_evidence(c, j->answer_frame);
	if ((row && row->cause == REASON_CONSEQUENCE) || (j->unheard && !row && !j->lost_some && !changed(j)))
		c->trigger = false;
	else if (kind_rejoin(g, j, c))
		return;
	else if (row)
		from_reason(g, j, row, c);
	else
		from_behaviour(g, j, c);
}
