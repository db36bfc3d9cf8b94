/* SPDX-License-Identifier: Apache-2.0 */
#include "growth.h"

#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "client.h"
#include "digest.h"

/* A pattern is matched against the list of all topics as soon as it has come. */
#define MATCHED_WITHIN (10 * NS_PER_S)

void growth_counted(struct groups *gs, uint32_t topic, int32_t partitions, uint32_t listing, int64_t at, uint64_t frame)
{
	struct topic *t = topic < gs->n_topics ? gs->topic_by_id[topic] : NULL;

	if (!t)
		return;
	if (partitions > 0 && t->partitions <= 0 && listing > 1 && t->listed == 0) {
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

static struct learned *learned_of(struct member *m)
{
	if (!m->learned)
		m->learned = calloc(1, sizeof(*m->learned));
	return m->learned;
}

static void note(struct member *m, uint32_t topic, int32_t partitions, const struct kafka_message *msg)
{
	const struct group *g = m->group;
	const struct growth *known = m->learned ? &m->learned->growth : NULL;
	int32_t was;

	if (m->presence != MEMBER_IN || !g->current.complete || g->current.generation != g->generation ||
	    g->burst_at == GROUP_UNKNOWN_TIME || g->owner->topic_by_id[topic]->counted_at < g->burst_at)
		return;
	was = assigned_of(&g->current, topic);
	if (!was || was == partitions || (known && known->at >= g->burst_at && known->topic == topic) || !learned_of(m))
		return;
	m->learned->growth = (struct growth){
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

/* The one topic that makes the difference between two subscriptions, NO_TOPIC if it is not one alone. */
static uint32_t topic_of_digest(const struct groups *gs, uint64_t difference)
{
	for (uint32_t i = 0; i < gs->n_topics; i++) {
		const char *name = gs->topic_by_id[i]->name;
		struct kf_bytes b = { (const uint8_t *)name, (uint32_t)strlen(name) };

		if (digest_bytes(DIGEST_START, b) == difference)
			return i;
	}
	return NO_TOPIC;
}

/* Its client asks for all topics, so its subscription is a pattern: what came or went since it joined last? */
static void match(const struct group *g, const struct member *m, struct join *j)
{
	const struct learned *l = m->learned;
	uint32_t came = topic_of_digest(g->owner, j->now.topics - j->before.topics);
	uint32_t went = topic_of_digest(g->owner, j->before.topics - j->now.topics);
	const struct topic *t = came != NO_TOPIC ? g->owner->topic_by_id[came] : NULL;

	if (t && t->came_at > m->joined_at && t->came_at <= l->listed_at)
		j->growth = (struct growth){ .topic = came, .is = t->partitions, .at = l->listed_at, .frame = l->listed_frame };
	t = went != NO_TOPIC ? g->owner->topic_by_id[went] : NULL;
	if (t && t->listed && t->listed < l->listing)
		j->growth = (struct growth){ .topic = went, .was = 1, .at = l->listed_at, .frame = l->listed_frame };
}

void growth_of_join(const struct group *g, const struct member *m, struct join *j)
{
	bool changed = j->before.known && j->now.known && j->before.topics != j->now.topics;

	j->growth.topic = NO_TOPIC;
	if (!m || !m->learned || g->burst_at == GROUP_UNKNOWN_TIME)
		return;
	if (!changed && m->learned->growth.at && m->learned->growth.at >= g->burst_at)
		j->growth = m->learned->growth;
	if (changed && m->learned->listed_at && j->at - m->learned->listed_at <= MATCHED_WITHIN)
		match(g, m, j);
}
