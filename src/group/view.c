/* SPDX-License-Identifier: Apache-2.0
 *
 * A look at the groups as they are: members, what they have, and how far behind they are.
 */
#include <string.h>

#include "client.h"
#include "coordinator.h"
#include "correlator.h"
#include "epoch.h"
#include "kind.h"
#include "member.h"
#include "offsets.h"
#include "view_stand.h"

struct viewer {
	const struct groups *gs;
	struct scratch scratch;
	struct group_view view;
};

static const char *state_of(const struct group *g)
{
	switch (g->phase) {
	case PHASE_EMPTY:
		return "Empty";
	case PHASE_STABLE:
		return "Stable";
	case PHASE_PREPARING:
		return "PreparingRebalance";
	case PHASE_COMPLETING:
		return "CompletingRebalance";
	default:
		return NULL;
	}
}

static int64_t lag_of(int64_t committed, int64_t high)
{
	if (committed < 0 || high < 0)
		return -1;
	return high > committed ? high - committed : 0; /* a commit may be newer than the latest answer */
}

static void add_lag(int64_t *sum, int64_t lag)
{
	if (lag >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + lag;
}

static struct group_view_partition view_partition(struct viewer *v, const struct group *g, const struct member *m,
                                                  const struct owned *o, bool leaving)
{
	struct group_view_partition p = {
		.topic = topic_name(v->gs, o->topic),
		.partition = o->partition,
		.committed = offset_committed(g, o->topic, o->partition),
		.high_watermark = client_high(v->gs, m->client, o->topic, o->partition),
		.last_fetch = client_last_fetch_of(v->gs, m->client, o->topic, o->partition, INT64_MAX),
		.leaving = leaving,
	};

	p.lag = lag_of(p.committed, p.high_watermark);
	v->view.partitions++;
	v->view.lag_known += p.lag >= 0;
	add_lag(&v->view.lag, p.lag);
	return p;
}

/* What the member has in the latest assignment that is known as a whole; while it is led to another one, what it was
 * given by now and what it has to let go of. */
static void view_partitions(struct viewer *v, const struct group *g, const struct member *m,
                            struct group_view_member *out)
{
	const struct holding *given = view_given(v->gs, g, m);
	const struct assignment *a = &g->current;
	struct group_view_partition *list;
	size_t n = given ? given->n : 0;
	uint32_t owner = 0;

	while (owner < a->n_owners && strcmp(a->owner[owner].id, member_identity(m)) != 0)
		owner++;
	for (size_t i = 0; i < a->n; i++)
		n += a->entry[i].owner == owner;
	list = n ? scratch_alloc(&v->scratch, n * sizeof(*list)) : NULL;
	for (uint32_t i = 0; list && given && i < given->n; i++) {
		const struct owned o = { .topic = given->of[i].topic, .partition = given->of[i].partition };

		list[out->n_partitions] = view_partition(v, g, m, &o, false);
		add_lag(&out->lag, list[out->n_partitions++].lag);
	}
	for (size_t i = 0; list && i < a->n; i++) {
		const struct owned *o = &a->entry[i];

		if (o->owner != owner || (given && !view_leaving(v->gs, m, o->topic, o->partition)))
			continue;
		list[out->n_partitions] = view_partition(v, g, m, o, given);
		add_lag(&out->lag, list[out->n_partitions++].lag);
	}
	out->partitions = list;
	out->assignment_known = out->assignment_known || given;
}

static struct group_view_member view_member(struct viewer *v, const struct group *g, const struct member *m)
{
	struct group_view_member out = {
		.member = m->id,
		.instance = m->instance,
		.client_id = m->client_id,
		.host = m->host,
		.software = m->software,
		.local = m->local,
		.url = m->kind ? m->kind->url : NULL,
		.leader = g->leader && strcmp(g->leader, m->id) == 0,
		.assignment_known = g->current.complete && g->current.generation == g->generation,
		.lag = -1,
	};

	view_stand(g, m, &out);
	view_partitions(v, g, m, &out);
	return out;
}

static bool view_members(struct viewer *v, const struct group *g)
{
	struct group_view_member *list = scratch_alloc(&v->scratch, ((size_t)g->n_in + 1) * sizeof(*list));

	for (const struct member *m = g->members; list && m; m = m->hh.next)
		if (m->presence == MEMBER_IN && v->view.n_members < g->n_in)
			list[v->view.n_members++] = view_member(v, g, m);
	v->view.members = list;
	return list;
}

static bool view_group(struct viewer *v, const struct group *g)
{
	const struct commits *c = &g->commits;
	char *text = scratch_alloc(&v->scratch, NET_ENDPOINT_TEXT);

	v->view = (struct group_view){
		.name = g->name,
		.group_type = epoch_type(g),
		.protocol_type = g->protocol_type,
		.assignor = g->assignor,
		.kind = kind_of(g),
		.state = g->epochs ? epoch_state(g) : state_of(g),
		.generation = g->generation,
		.rebalancing = view_rebalancing(g),
		.joining = view_joining(g),
		.coordinator = g->coordinator_known && text ? net_endpoint_text(&g->coordinator, text) : NULL,
		.coordinator_node = coordinator_node(g),
		.coordinator_partition = coordinator_partition(g->name, coordinator_partitions(v->gs)),
		.lag = -1,
		.commits = c->answered,
		.commits_refused = c->refused,
		.commit_latency = c->timed ? c->latency_sum / (int64_t)c->timed : -1,
		.commit_latency_most = c->timed ? c->latency_most : -1,
	};
	return view_members(v, g);
}

void groups_each(const struct groups *gs, void *ctx, void (*each)(void *ctx, const struct group_view *v))
{
	struct viewer v = { .gs = gs };

	for (const struct group *g = gs->by_name; g; g = g->hh.next) {
		if (!view_group(&v, g))
			break;
		each(ctx, &v.view);
		scratch_reset(&v.scratch);
	}
	scratch_free(&v.scratch);
}

bool groups_view_one(const struct groups *gs, const char *name, void *ctx,
                     void (*each)(void *ctx, const struct group_view *v))
{
	struct viewer v = { .gs = gs };
	const struct group *g = NULL;

	HASH_FIND_STR(gs->by_name, name, g);
	if (!g)
		return false;
	if (view_group(&v, g))
		each(ctx, &v.view);
	scratch_free(&v.scratch);
	return true;
}

void groups_each_brief(const struct groups *gs, void *ctx, void (*each)(void *ctx, const struct group_brief *b))
{
	for (const struct group *g = gs->by_name; g; g = g->hh.next) {
		const struct group_brief b = {
			.name = g->name,
			.group_type = epoch_type(g),
			.protocol_type = g->protocol_type,
			.state = g->epochs ? epoch_state(g) : state_of(g),
			.generation = g->generation,
			.members = g->n_in,
			.partitions = (uint32_t)g->current.n,
			.rebalancing = view_rebalancing(g),
		};

		each(ctx, &b);
	}
}
