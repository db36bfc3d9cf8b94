/* SPDX-License-Identifier: Apache-2.0 */
#include "offsets.h"

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

void offset_asked(struct group *g, uint32_t topic, int32_t partition, int64_t offset)
{
	struct offset *o = offset_get(g, topic, partition);

	if (o)
		o->asked = is_offset(offset) ? offset + 1 : 0;
}

void offset_accepted(struct group *g, uint32_t topic, int32_t partition)
{
	struct offset *o = topic == NO_TOPIC ? NULL : ptable_find(&g->offsets, topic, partition);

	if (!o || !o->asked)
		return;
	o->committed = o->asked;
	duplicates_passed(g, topic, partition, o->asked - 1);
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
