/* SPDX-License-Identifier: Apache-2.0 */
#include "outage.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator.h"
#include "member.h"
#include "speaker.h"

/* Outages at the same time. */
#define KEPT 16

/* Signs further apart belong to two; it is over when there was none for this long. */
#define QUIET (60 * NS_PER_S)

/* Errors of several groups are enough; connections may be closed for many reasons. */
#define ENOUGH 2
#define ENOUGH_CLOSED 3

struct outage {
	uint32_t number; /* 0: free */
	struct net_endpoint at;
	int32_t node;
	bool told;
	int64_t first, last;
	uint64_t frame;
	uint32_t groups, moved, rebalanced, connections, refused, loading;
	const char *name[GROUP_BROKER_NAMED];
	size_t n_names;
};

struct outages {
	uint32_t count; /* ever */
	uint32_t open;
	struct outage of[KEPT];
};

static const char *what_text(struct scratch *s, const struct outage *o)
{
	const char *closed = "", *refused = "", *loading = "";

	if (o->connections)
		closed = scratch_text(s, "it closed %u connection%s", o->connections, o->connections == 1 ? "" : "s");
	if (o->refused)
		refused = scratch_text(s, "%s%u answer%s that it does not coordinate the group", o->connections ? ", " : "",
		                       o->refused, o->refused == 1 ? "" : "s");
	if (o->loading)
		loading = scratch_text(s, "%s%u answer%s that groups were being loaded", o->connections || o->refused ? ", " : "",
		                       o->loading, o->loading == 1 ? "" : "s");
	return scratch_text(s, "%s%s%s", closed, refused, loading);
}

static const char *advice_text(struct scratch *s, const struct outage *o)
{
	double span = (double)(o->last - o->first) / (double)NS_PER_S;

	if (!o->rebalanced)
		return "no group had to rebalance for it: sessions outlasted it";
	return scratch_text(s, "its groups were without it for up to %.1f s: stop brokers by controlled shutdown, one at a time, "
	                    "and wait until their groups are stable again; members whose session.timeout.ms is well above that "
	                    "keep their places", span);
}

static void tell(struct groups *gs, const struct outage *o, bool ended, int64_t ts)
{
	struct group_event e = { .type = GROUP_EVENT_BROKER, .ts = ts };
	char at[NET_ENDPOINT_TEXT];

	e.broker = (struct group_broker_event){
		.ended = ended,
		.broker = net_endpoint_text(&o->at, at),
		.node = o->node,
		.what = what_text(&gs->scratch, o),
		.groups = o->groups,
		.moved = o->moved,
		.rebalanced = o->rebalanced,
		.connections = o->connections,
		.refused = o->refused,
		.loading = o->loading,
		.first = o->first,
		.last = o->last,
		.frame = o->frame,
		.names = o->name,
		.n_names = o->n_names,
		.advice = ended ? advice_text(&gs->scratch, o) : NULL,
	};
	emit(gs, &e);
}

static void close_one(struct groups *gs, struct outage *o, int64_t ts)
{
	if (o->told)
		tell(gs, o, true, ts);
	for (size_t i = 0; i < o->n_names; i++)
		text_free(o->name[i]);
	*o = (struct outage){ 0 };
	gs->outages->open--;
}

static struct outage *outage_new(struct groups *gs, const struct group *g, int64_t ts, uint64_t frame)
{
	struct outage *o = gs->outages->of;

	for (size_t i = 0; i < KEPT && o->number; i++)
		if (!gs->outages->of[i].number || gs->outages->of[i].last < o->last)
			o = &gs->outages->of[i];
	if (o->number)
		close_one(gs, o, ts);
	*o = (struct outage){ .number = ++gs->outages->count, .at = g->coordinator, .first = ts, .last = ts, .frame = frame };
	o->node = coordinator_node(g);
	gs->outages->open++;
	return o;
}

static struct outage *find(const struct groups *gs, const struct net_endpoint *at)
{
	for (size_t i = 0; gs->outages && i < KEPT; i++)
		if (gs->outages->of[i].number && net_endpoint_equal(&gs->outages->of[i].at, at))
			return &gs->outages->of[i];
	return NULL;
}

/* The group's coordinator shows a sign of trouble. */
static struct outage *hit(struct group *g, int64_t ts, uint64_t frame)
{
	struct groups *gs = g->owner;
	struct outage *o;

	if (!gs->outages && !(gs->outages = calloc(1, sizeof(*gs->outages))))
		return NULL;
	o = find(gs, &g->coordinator);
	if (!o)
		o = outage_new(gs, g, ts, frame);
	o->last = ts;
	if (g->outage == o->number)
		return o;
	g->outage = o->number;
	g->outage_moved = g->outage_rebalanced = false;
	o->groups++;
	if (o->n_names < GROUP_BROKER_NAMED && (o->name[o->n_names] = text_from(g->name)))
		o->n_names++;
	return o;
}

static void announce(struct groups *gs, struct outage *o, int64_t ts)
{
	uint32_t enough = o->refused || o->loading || o->moved ? ENOUGH : ENOUGH_CLOSED;

	if (o->told || o->groups < enough)
		return;
	o->told = true;
	tell(gs, o, false, ts);
}

void outage_refused(struct group *g, int16_t error, const struct kafka_message *m)
{
	bool loading = error == ERR_COORDINATOR_LOADING;
	struct outage *o;

	/* A new cluster refuses at first, too: it counts from a coordinator that had worked. */
	if (!g->coordinator_known || (!loading && !net_endpoint_equal(&g->coordinator, m->conn->server)))
		return;
	o = hit(g, m->ts, m->frame);
	if (!o)
		return;
	o->loading += loading;
	o->refused += !loading;
	announce(g->owner, o, m->ts);
}

void outage_moved(struct group *g, const struct kafka_message *m)
{
	struct outage *o = hit(g, m->ts, m->frame);

	if (!o)
		return;
	o->moved += !g->outage_moved;
	g->outage_moved = true;
	announce(g->owner, o, m->ts);
}

void outage_closed(struct groups *gs, const struct kafka_conn *c, int64_t ts, uint64_t frame)
{
	const struct member *m = speaker_of(c);
	struct group *g = m ? m->group : NULL;
	struct outage *o;

	if (!g || m->presence != MEMBER_IN || m->hung_up || !g->coordinator_known || !net_endpoint_equal(&g->coordinator, c->server))
		return;
	o = hit(g, ts, frame);
	if (!o)
		return;
	o->connections++;
	announce(gs, o, ts);
}

static struct outage *of_group(const struct group *g)
{
	const struct outages *all = g->owner->outages;

	for (size_t i = 0; all && g->outage && i < KEPT; i++)
		if (all->of[i].number == g->outage)
			return (struct outage *)&all->of[i];
	return NULL;
}

void outage_rebalanced(struct group *g, int64_t started)
{
	struct outage *o = of_group(g);

	if (!o || g->outage_rebalanced || started < o->first)
		return;
	g->outage_rebalanced = true;
	o->rebalanced++;
}

void outage_fill(const struct group *g, struct group_rebalance *out)
{
	const struct outage *o = of_group(g);
	char at[NET_ENDPOINT_TEXT];

	if (!o || !o->told || out->started < o->first)
		return;
	out->trouble = scratch_text(&g->owner->scratch, "%s", net_endpoint_text(&o->at, at));
	out->trouble_node = o->node;
	out->trouble_since = o->first;
}

bool outage_hits(const struct group *g)
{
	return of_group(g);
}

void outages_advance(struct groups *gs)
{
	for (size_t i = 0; gs->outages && gs->outages->open && i < KEPT; i++) {
		struct outage *o = &gs->outages->of[i];

		if (o->number && gs->now - o->last >= QUIET)
			close_one(gs, o, gs->now);
	}
}

void outages_finish(struct groups *gs)
{
	for (size_t i = 0; gs->outages && i < KEPT; i++)
		if (gs->outages->of[i].number)
			close_one(gs, &gs->outages->of[i], gs->now);
}

void outages_free(struct groups *gs)
{
	for (size_t i = 0; gs->outages && i < KEPT; i++)
		for (size_t k = 0; k < gs->outages->of[i].n_names; k++)
			text_free(gs->outages->of[i].name[k]);
	free(gs->outages);
}
