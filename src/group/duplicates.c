/* SPDX-License-Identifier: Apache-2.0 */
#include "duplicates.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "member.h"
#include "offsets.h"
#include "texts.h"

/* Partitions with refused commits that are remembered of a group. */
#define REFUSED_MOST 4096

/* A commit that was refused, and that nobody has caught up with. */
struct refused_commit {
	uint32_t topic;
	int32_t partition;
	int64_t offset;
	const char *client_id, *host; /* shared */
};

void duplicates_init(struct duplicates *d)
{
	memset(d, 0, offsetof(struct duplicates, list));
}

static struct refused_commit *find(const struct group *g, uint32_t topic, int32_t partition)
{
	for (uint32_t i = 0; i < g->n_refused; i++)
		if (g->refused[i].topic == topic && g->refused[i].partition == partition)
			return &g->refused[i];
	return NULL;
}

static void forget(struct group *g, struct refused_commit *c)
{
	text_free(c->client_id);
	text_free(c->host);
	*c = g->refused[--g->n_refused];
}

static struct refused_commit *room(struct group *g)
{
	uint32_t cap = g->cap_refused ? 2 * g->cap_refused : 8;
	struct refused_commit *more;

	if (g->n_refused == g->cap_refused) {
		more = g->n_refused < REFUSED_MOST ? realloc(g->refused, cap * sizeof(*more)) : NULL;
		if (!more)
			return NULL;
		g->refused = more;
		g->cap_refused = cap;
	}
	return &g->refused[g->n_refused++];
}

static void remember(struct group *g, const struct member *m, uint32_t topic, int32_t partition, int64_t offset)
{
	struct refused_commit *c = find(g, topic, partition);

	if (c && c->offset >= offset)
		return;
	if (c)
		forget(g, c);
	c = room(g);
	if (!c)
		return;
	*c = (struct refused_commit){ .topic = topic, .partition = partition, .offset = offset };
	c->client_id = text_share(m->client_id);
	c->host = text_share(m->host);
}

static void add(struct duplicates *d, struct group *g, uint32_t topic, int32_t partition, int64_t from, int64_t to)
{
	const char *name = topic_name(g->owner, topic);

	if (d->n == DUPLICATES_MOST)
		return;
	d->list[d->n++] = (struct group_again){ .topic = name ? name : "?", .partition = partition, .from = from, .to = to };
	d->records += (uint64_t)(to - from);
}

/* Who has it now, as far as the assignment of the generation was seen. */
static const struct member *owner_now(const struct group *g, uint32_t topic, int32_t partition)
{
	const char *id = g->round ? NULL : assignment_owner_of(&g->current, topic, partition);

	for (const struct member *m = g->members; id && m; m = m->hh.next)
		if (m->presence == MEMBER_IN && text_both(member_identity(m), id))
			return m;
	return NULL;
}

void duplicates_refused(struct duplicates *d, const struct request *r, uint32_t topic, int32_t partition, int16_t error)
{
	struct group *g = r->group;
	struct offset *o = topic == NO_TOPIC ? NULL : ptable_find(&g->offsets, topic, partition);
	int64_t offset = o ? o->asked - 1 : -1;
	const struct member *now;

	if (!r->member || !error_takes_away(error) || offset < 0)
		return;
	if (!o->started || o->start_generation <= r->generation) { /* the next owner is yet to come */
		remember(g, r->member, topic, partition, offset);
		return;
	}
	now = owner_now(g, topic, partition);
	if (o->started - 1 >= offset || now == r->member || o->past >= offset + 1)
		return;
	d->client_id = r->member->client_id;
	d->host = r->member->host;
	d->by = now;
	o->past = offset + 1;
	add(d, g, topic, partition, o->started - 1, offset);
}

void duplicates_starts(struct duplicates *d, struct group *g, const struct member *m, uint32_t topic, int32_t partition,
                       int64_t offset)
{
	struct refused_commit *c = g->n_refused ? find(g, topic, partition) : NULL;

	if (!c || offset < 0 || c->offset <= offset)
		return;
	if (d->n && !text_both(d->client_id, c->client_id))
		return; /* of another one: when it asks again, or fetches */
	if (d->n == 0) {
		d->client_id = c->client_id;
		d->host = c->host;
		d->by = m;
		text_share(d->client_id);
		text_share(d->host);
		d->held = true;
	}
	add(d, g, topic, partition, offset, c->offset);
	forget(g, c);
}

void duplicates_passed(struct group *g, uint32_t topic, int32_t partition, int64_t offset)
{
	struct refused_commit *c = g->n_refused ? find(g, topic, partition) : NULL;

	if (c && offset >= c->offset)
		forget(g, c);
}

void duplicates_tell(struct duplicates *d, struct group *g, const struct kafka_message *m)
{
	struct group_event e = { .type = GROUP_EVENT_DUPLICATES, .ts = m->ts, .group = g->name };

	e.duplicates = (struct group_duplicates_event){
		.client_id = d->client_id,
		.host = d->host,
		.by_client_id = d->by ? d->by->client_id : NULL,
		.by_host = d->by ? d->by->host : NULL,
		.partitions = d->list,
		.n_partitions = d->n,
		.records = d->records,
		.frame = m->frame,
	};
	if (d->n)
		emit(g->owner, &e);
	if (d->held) {
		text_free(d->client_id);
		text_free(d->host);
	}
	d->n = 0;
	d->records = 0;
	d->held = false;
}

void duplicates_clear(struct group *g)
{
	while (g->n_refused)
		forget(g, &g->refused[0]);
	free(g->refused);
	g->refused = NULL;
	g->cap_refused = 0;
}
