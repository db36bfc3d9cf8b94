/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a streams group does not assign (all) tasks: status codes of StreamsGroupHeartbeat (KIP-1071).
 */
#include "epoch.h"

#include <regroup/messages.h>

#include "member.h"

static const char *const names[] = {
	[0] = "STALE_TOPOLOGY",
	[1] = "MISSING_SOURCE_TOPICS",
	[2] = "INCORRECTLY_PARTITIONED_TOPICS",
	[3] = "MISSING_INTERNAL_TOPICS",
	[4] = "SHUTDOWN_APPLICATION",
	[5] = "ASSIGNMENT_DELAYED",
};

void status_heard(struct group *g, const struct streams_group_heartbeat_response *a)
{
	struct streams_group_heartbeat_response_status s;
	struct kf_array status = a->status;
	struct epochs *e = g->epochs;

	while (e && kf_next(&status, &s)) {
		bool named = s.status_code >= 0 && (size_t)s.status_code < sizeof(names) / sizeof(names[0]);
		size_t at = named ? (size_t)s.status_code : STATUS_KINDS - 1;

		if (!e->status[at])
			e->status[at] = text_copy(s.status_detail);
	}
}

bool status_holds_up(const struct epochs *e)
{
	return e->kind == EPOCH_STREAMS && (e->status[1] || e->status[2] || e->status[3]);
}

void status_fill(struct group *g, struct group_rebalance *out)
{
	struct scratch *s = &g->owner->scratch;
	const char **list = scratch_alloc(s, STATUS_KINDS * sizeof(*list));
	struct epochs *e = g->epochs;

	out->topology_epoch = e->kind == EPOCH_STREAMS ? e->topology : -1;
	for (size_t i = 0; list && i < STATUS_KINDS; i++) {
		if (!e->status[i])
			continue;
		if (i < sizeof(names) / sizeof(names[0]))
			list[out->n_status++] = scratch_text(s, "%s: %s", names[i], e->status[i]);
		else
			list[out->n_status++] = scratch_text(s, "%s", e->status[i]);
	}
	out->status = list;
}

void status_clear(struct epochs *e)
{
	for (size_t i = 0; i < STATUS_KINDS; i++) {
		text_free(e->status[i]);
		e->status[i] = NULL;
	}
}
