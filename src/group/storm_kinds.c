/* SPDX-License-Identifier: Apache-2.0
 *
 * What would end storms of Connect, Streams and Schema Registry, where it is not what would end them for consumers.
 */
#include "storm.h"

#include "kind.h"

static uint32_t leaves(const struct storm_view *v)
{
	uint32_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		for (size_t k = 0; k < v->fact[i]->n_triggers; k++)
			n += v->fact[i]->trigger[k].cause == 7 || v->fact[i]->trigger[k].cause == 8;
	return n;
}

static bool is_eager(const struct group *g)
{
	return g->assignor && !assignor_is_cooperative(g->assignor);
}

static const char *connect_restart(const struct storm_view *v, struct scratch *s)
{
	return scratch_text(s, "%u workers were restarted one after another: %u rebalances. Workers have no group.instance.id: "
	                    "restart each within scheduled.rebalance.max.delay.ms, so that its tasks wait for it and do not "
	                    "move twice, and begin with the next when the follow-up is over%s", leaves(v), v->rebalances,
	                    is_eager(v->group) ? "; connect.protocol=sessioned on all workers stops only what moves" : "");
}

static const char *connect_advice(const struct storm_view *v, enum group_storm_class c, struct scratch *s)
{
	switch (c) {
	case GROUP_STORM_ROLLING_RESTART:
		return connect_restart(v, s);
	case GROUP_STORM_FLAPPING:
		return "one worker comes and goes: look at that process and its host (memory, connector plugins that block or exit "
		       "the JVM, network); as long as it returns within scheduled.rebalance.max.delay.ms its tasks are not moved, but "
		       "they stand still";
	case GROUP_STORM_OVERSUBSCRIPTION:
		return scratch_text(s, "%u of %u workers have nothing to run: raise tasks.max of the connectors, or run fewer workers",
		                    v->fact[v->n - 1]->idle, v->fact[v->n - 1]->members);
	default:
		return NULL;
	}
}

static const char *registry_advice(enum group_storm_class c)
{
	switch (c) {
	case GROUP_STORM_ROLLING_RESTART:
	case GROUP_STORM_FLAPPING:
	case GROUP_STORM_DEPLOY_HERD:
		return "every instance that comes or goes costs an election, during which no schema can be registered; reads go on. "
		       "In a rolling restart, restart the master last, so that it changes once";
	default:
		return NULL;
	}
}

static const char *streams_advice(const struct storm_view *v, enum group_storm_class c, uint64_t culprit, struct scratch *s)
{
	if (c != GROUP_STORM_ROLLING_RESTART && c != GROUP_STORM_FLAPPING && c != GROUP_STORM_GHOST_STALL)
		return NULL;
	return scratch_text(s, "%s; num.standby.replicas=1 lets tasks go on elsewhere without restoring their state",
	                    storm_advice_of_consumers(v, c, culprit));
}

const char *storm_advice(const struct storm_view *v, enum group_storm_class c, uint64_t culprit)
{
	struct scratch *s = &v->group->owner->scratch;
	enum group_kind kind = kind_of(v->group);
	const char *text = NULL;

	if (v->group->epochs)
		text = storm_advice_of_broker(v, c, culprit);
	else if (kind == GROUP_KIND_CONNECT)
		text = connect_advice(v, c, s);
	else if (kind == GROUP_KIND_STREAMS)
		text = streams_advice(v, c, culprit, s);
	else if (kind == GROUP_KIND_REGISTRY)
		text = registry_advice(c);
	return text ? text : storm_advice_of_consumers(v, c, culprit);
}
