/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include <utlist.h>

/* A broker's timer fires this late at most. */
#define TIMER_SLACK (500 * NS_PER_MS)

int32_t account_rebalance_ms(const struct round *r)
{
	const struct join *j;
	int32_t ms = 0;

	DL_FOREACH(r->joins, j)
		if (j->rebalance_ms > ms)
			ms = j->rebalance_ms;
	for (size_t i = 0; i < r->n_gone; i++)
		if (r->gone[i].member->rebalance_ms > ms)
			ms = r->gone[i].member->rebalance_ms;
	return ms;
}

uint32_t account_unseen(const struct round *r)
{
	return r->listed && r->n_listed > r->n_joined ? r->n_listed - r->n_joined : 0;
}

/* Who joined was a member before, or is known to be new. */
static bool joins_known(const struct round *r)
{
	const struct join *j;

	DL_FOREACH(r->joins, j)
		if (!j->was_in && !j->fresh && !j->former)
			return false;
	return true;
}

/* Thrown out before its session ran out, which the join phase has to last for. */
static bool was_kicked(const struct round *r, const struct absence *a)
{
	int64_t limit = account_rebalance_ms(r) * NS_PER_MS;

	return a->kicked && limit > 0 && r->burst - r->first_sign >= limit - TIMER_SLACK;
}

static bool absences_known(const struct round *r, int64_t at)
{
	for (size_t i = 0; i < r->n_gone; i++) {
		const struct absence *a = &r->gone[i];

		if (a->deadline == at)
			continue; /* it is the trigger itself */
		if (a->deadline == GROUP_UNKNOWN_TIME || a->member->last_seen < at || (a->kicked && !was_kicked(r, a)))
			return false;
	}
	return true;
}

bool account_closed(const struct group *g, const struct round *r, int64_t at)
{
	(void)g;
	if (!r->knew_roster)
		return false;
	if (r->burst == GROUP_UNKNOWN_TIME)
		return r->emptied;
	if (!r->listed || r->n_joined != r->n_listed)
		return false;
	if (r->previous < 0 || r->generation != r->previous + 1)
		return false;
	return joins_known(r) && absences_known(r, at);
}
