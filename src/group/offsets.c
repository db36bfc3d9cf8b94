/* SPDX-License-Identifier: Apache-2.0 */
#include "offsets.h"

#include <regroup/fetch.h>

#include "correlator.h"
#include "duplicates.h"

/* Partitions remembered over all groups. */
#define OFFSETS_MOST (UINT32_C(4) << 20)

static struct offset *offset_get(struct group *g, uint32_t topic, int32_t partition)
{
	uint32_t n = g->offsets.n;
	struct offset *o;

	if (topic == NO_TOPIC)
		return NULL;
	o = ptable_get(&g->offsets, topic, partition, g->owner->n_offsets < OFFSETS_MOST ? UINT32_MAX : 0);
	g->owner->n_offsets += g->offsets.n - n;
	return o;
}

static bool is_offset(int64_t offset)
{
	return offset >= 0 && offset < INT64_MAX;
}

struct offset_walk offset_walk_of(const struct request *r)
{
	return (struct offset_walk){ .group = r->group, .member = r->member, .at = r->member ? r->member->offset_at : 0 };
}

static struct offset *walk_to(struct offset_walk *w, uint32_t topic, int32_t partition)
{
	return topic == NO_TOPIC ? NULL : ptable_find_at(&w->group->offsets, topic, partition, &w->at);
}

void offset_asked(struct offset_walk *w, uint32_t topic, int32_t partition, int64_t offset)
{
	struct offset *o = walk_to(w, topic, partition);

	if (!o && offset_get(w->group, topic, partition))
		o = walk_to(w, topic, partition);
	if (!o)
		return;
	o->asked = is_offset(offset) ? offset + 1 : 0;
	if (w->member && !w->begun)
		w->member->offset_at = w->at - 1;
	w->begun = true;
}

void offset_accepted(struct offset_walk *w, uint32_t topic, int32_t partition)
{
	struct offset *o = walk_to(w, topic, partition);

	if (!o || !o->asked)
		return;
	o->committed = o->asked;
	duplicates_passed(w->group, topic, partition, o->asked - 1);
}

void offsets_fetch(const struct group *g)
{
	fetch(&g->offsets, offsetof(struct group, cap_refused) - offsetof(struct group, offsets));
}

void offsets_fetch_of(const struct member *m)
{
	const struct ptable *t = &m->group->offsets;

	if (m->offset_at < t->n)
		fetch(ptable_at(t, m->offset_at), 2 * sizeof(struct offset));
}

void offset_started(struct group *g, uint32_t topic, int32_t partition, int64_t offset, int32_t generation)
{
	struct offset *o = offset_get(g, topic, partition);

	if (!o || o->start_generation == generation)
		return;
	o->started = is_offset(offset) ? offset + 1 : 0;
	o->start_generation = generation;
	o->past = 0;
}

void offset_told(struct group *g, uint32_t topic, int32_t partition, int64_t offset)
{
	struct offset *o = is_offset(offset) ? offset_get(g, topic, partition) : NULL;

	if (o)
		o->committed = offset + 1;
}

int64_t offset_committed(const struct group *g, uint32_t topic, int32_t partition)
{
	const struct offset *o = ptable_find(&g->offsets, topic, partition);
	uint32_t twin = topic < g->owner->n_topics ? g->owner->topic_by_id[topic]->twin : NO_TOPIC;

	if ((!o || !o->committed) && twin != NO_TOPIC)
		o = ptable_find(&g->offsets, twin, partition);
	return o ? o->committed - 1 : -1;
}

void offsets_clear(struct group *g)
{
	g->owner->n_offsets -= g->offsets.n;
	ptable_free(&g->offsets);
	duplicates_clear(g);
}
