/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of a group whose broker assigns, in the words of Kafka's group coordinator.
 */
#include "epoch.h"

#include "member.h"

const char *epoch_type(const struct group *g)
{
	static const char *const names[] = {
		[EPOCH_CONSUMER] = "consumer",
		[EPOCH_SHARE] = "share",
		[EPOCH_STREAMS] = "streams",
	};

	return g->epochs && g->migrated ? names[g->epochs->kind] : "classic";
}

const char *epoch_state(const struct group *g)
{
	const struct epochs *e = g->epochs;
	const struct turn *t = &e->turn;

	if (e->unheard && !e->answered)
		return NULL;
	if (g->n_in == 0)
		return e->empty ? "Empty" : NULL;
	if (e->kind == EPOCH_SHARE)
		return "Stable"; /* it has no other */
	if (t->open && t->target_at == GROUP_UNKNOWN_TIME)
		return "Assigning";
	if (t->open)
		return "Reconciling";
	return e->highest >= 0 ? "Stable" : e->kind == EPOCH_STREAMS ? "NotReady" : "Assigning";
}
