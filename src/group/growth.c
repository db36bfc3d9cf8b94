/* SPDX-License-Identifier: Apache-2.0 */
#include "growth.h"

#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "client.h"
#include "digest.h"
#include "member.h"

/* So many topics may come and go at once for a pattern to be told by them. */
#define MATCHED 12

/* A pattern is matched against the list of all topics as soon as it has come. */
#define MATCHED_WITHIN (10 * NS_PER_S)

void growth_counted(struct groups *gs, uint32_t topic, int32_t partitions, uint32_t listing, int64_t at, uint64_t frame)
{
	struct topic *t = topic < gs->n_topics ? gs->topic_by_id[topic] : NULL;

	if (!t)
		return;
	if (partitions > 0 && listing > 1 && t->listed == 0) {
		t->came_at = at; /* the listing before did not have it */
		t->came_frame = frame;
	}
	if (partitions != t->partitions) {
		t->partitions = partitions;
		t->counted_at = at;
	}
	if (listing && partitions > 0)
		t->listed = listing;
}

/* How many partitions of the topic the group has assigned, if these are its first ones without a gap; else 0. */
static int32_t assigned_of(const struct assignment *a, uint32_t topic)
{
	const struct owned *first = assignment_find(a, topic, 0), *end = a->entry + a->n;
	int32_t n = 0;

	for (const struct owned *o = first; o && o < end && o->topic == topic; o++, n++)
		if (o->partition != n)
			return 0;
	return n;
}

static const struct learned *known_of(const struct member *m)
{
	return m->seldom ? m->seldom->learned : NULL;
}

static struct learned *learned_of(struct member *m)
{
	struct seldom *s = member_seldom(m);

	if (s && !s->learned)
		s->learned = calloc(1, sizeof(*s->learned));
	return s ? s->learned : NULL;
}

static void note(struct member *m, uint32_t topic, int32_t partitions, const struct kafka_message *msg)
{
	const struct group *g = m->group;
	const struct learned *known = known_of(m);
	struct learned *l;
	int32_t was;

	if (m->presence != MEMBER_IN || !g->current.complete || g->current.generation != g->generation ||
	    g->burst_at == GROUP_UNKNOWN_TIME || g->owner->topic_by_id[topic]->counted_at < g->burst_at)
		return;
	was = assigned_of(&g->current, topic);
	if (!was || was == partitions || (known && known->growth.at >= g->burst_at && known->growth.topic == topic))
		return;
	if ((l = learned_of(m)))
		l->growth = (struct growth){
			.topic = topic, .was = was, .is = partitions, .at = msg->ts, .frame = msg->frame
		};
}

void growth_told(struct groups *gs, const struct kafka_message *m, uint32_t topic, int32_t partitions)
{
	if (topic >= gs->n_topics)
		return;
	for (struct member *member = client_speaks(gs, m); member; member = client_member_after(member))
		note(member, topic, partitions, m);
}

void growth_listed(struct groups *gs, const struct kafka_message *m)
{
	for (struct member *member = client_speaks(gs, m); member; member = client_member_after(member)) {
		struct learned *l = learned_of(member);

		if (!l)
			return;
		l->listed_at = m->ts;
		l->listed_frame = m->frame;
		l->listing = gs->listings;
	}
}

/* Topics that came or went since the member joined last, as far as its client was told. */
struct matching {
	const struct groups *gs;
	const struct member *member;
	const struct learned *learned;
	uint32_t topic[MATCHED]; /* those that came, then those that went */
	uint64_t digest[MATCHED];
	size_t came, n;
	bool too_many;
};

static uint64_t topic_digest(const struct topic *t)
{
	return digest_bytes(DIGEST_START, (struct kf_bytes){ (const uint8_t *)t->name, (uint32_t)strlen(t->name) });
}

static bool has_come(const struct matching *x, const struct topic *t)
{
	return t->came_at > x->member->joined_at && t->came_at <= x->learned->listed_at;
}

static bool has_gone(const struct matching *x, const struct topic *t)
{
	return t->listed && t->listed < x->learned->listing;
}

/* In a subscription's digest topics add up: what came counts up, what went down. */
static void list_changed(struct matching *x, bool (*is)(const struct matching *, const struct topic *), bool gone)
{
	for (uint32_t i = 0; i < x->gs->n_topics && !x->too_many; i++) {
		const struct topic *t = x->gs->topic_by_id[i];

		if (!is(x, t))
			continue;
		x->too_many = x->n == MATCHED;
		if (x->too_many)
			return;
		x->topic[x->n] = i;
		x->digest[x->n++] = gone ? 0 - topic_digest(t) : topic_digest(t);
	}
}

/* Which of those from `i` on make the difference? Few are listed: every choice is tried. */
static bool choose(const struct matching *x, size_t i, uint64_t difference, uint32_t *chosen)
{
	if (i == x->n)
		return difference == 0;
	if (choose(x, i + 1, difference - x->digest[i], chosen)) {
		*chosen |= UINT32_C(1) << i;
		return true;
	}
	return choose(x, i + 1, difference, chosen);
}

/* Its client asks for all topics, so its subscription is a pattern: what came or went since it joined last? */
static void match(const struct group *g, const struct member *m, struct join *j)
{
	struct matching x = { .gs = g->owner, .member = m, .learned = known_of(m) };
	uint32_t chosen = 0, first = NO_TOPIC;

	list_changed(&x, has_come, false);
	x.came = x.n;
	list_changed(&x, has_gone, true);
	if (x.too_many || !choose(&x, 0, j->now.topics - j->before.topics, &chosen))
		return;
	for (size_t i = 0; i < x.n; i++) {
		if (!(chosen >> i & 1))
			continue;
		first = first == NO_TOPIC ? x.topic[i] : first;
		*(i < x.came ? &j->growth.came : &j->growth.went) += 1;
	}
	if (first == NO_TOPIC)
		return;
	j->growth.topic = first;
	j->growth.was = j->growth.came ? 0 : 1;
	j->growth.is = j->growth.came ? x.gs->topic_by_id[first]->partitions : 0;
	j->growth.at = x.learned->listed_at;
	j->growth.frame = x.learned->listed_frame;
}

void growth_of_join(const struct group *g, const struct member *m, struct join *j)
{
	bool changed = j->before.known && j->now.known && j->before.topics != j->now.topics;
	const struct learned *l = m ? known_of(m) : NULL;

	j->growth.topic = NO_TOPIC;
	if (!l || g->burst_at == GROUP_UNKNOWN_TIME)
		return;
	if (!changed && l->growth.at && l->growth.at >= g->burst_at)
		j->growth = l->growth;
	if (changed && l->listed_at && j->at - l->listed_at <= MATCHED_WITHIN)
		match(g, m, j);
}
