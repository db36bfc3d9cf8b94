/* SPDX-License-Identifier: Apache-2.0
 *
 * The producers as they are now.
 */
#include <utlist.h>

#include "producer.h"

static const char *const what_names[] = {
	[GROUP_PRODUCER_STARTED] = "started",
	[GROUP_PRODUCER_BUMPED] = "epoch-bumped",
	[GROUP_PRODUCER_FENCED] = "fenced",
	[GROUP_PRODUCER_REFUSED] = "refused",
};

static const char *const transaction_names[] = {
	[GROUP_TRANSACTION_CUT] = "cut",
	[GROUP_TRANSACTION_UNCOVERED] = "committed-without-offsets",
	[GROUP_TRANSACTION_TIMED_OUT] = "timed-out",
	[GROUP_TRANSACTION_OVERDUE] = "overdue",
	[GROUP_TRANSACTION_TOTAL] = "total",
};

const char *group_producer_what_name(enum group_producer_what w)
{
	return (unsigned)w < GROUP_PRODUCER_WHATS ? what_names[w] : NULL;
}

const char *group_transaction_what_name(enum group_transaction_what w)
{
	return (unsigned)w < GROUP_TRANSACTION_WHATS ? transaction_names[w] : NULL;
}

static const char *state_of(const struct producer *p)
{
	if (p->is_fenced)
		return "fenced";
	if (p->lapsed)
		return "timed out";
	if (p->open.began != GROUP_UNKNOWN_TIME)
		return "in transaction";
	if (p->requests && p->without_answer == p->requests)
		return "acks=0";
	if (p->producer_id < 0)
		return p->txn_id ? "starting" : p->plain ? "not idempotent" : "not known";
	return "ready";
}

static size_t errors_of(const struct producer *p, struct group_producer_error *out, uint64_t *sum)
{
	size_t n = 0;

	*sum = p->other_errors;
	for (; n < PRODUCER_ERRORS && p->errors[n].error != 0; n++) {
		const struct group_producer_error e = { p->errors[n].error, p->errors[n].times };
		size_t at = n;

		for (; at > 0 && out[at - 1].times < e.times; at--)
			out[at] = out[at - 1];
		out[at] = e;
		*sum += e.times;
	}
	return n;
}

void groups_each_producer(const struct groups *g, void *ctx, void (*each)(void *ctx, const struct group_producer_view *v))
{
	const struct producer *p;

	if (!g->producers)
		return;
	DL_FOREACH(g->producers->all, p) {
		struct group_producer_error errors[PRODUCER_ERRORS];
		struct group_producer_view v = {
			.client_id = p->client_id,
			.host = p->host,
			.software = p->software,
			.transactional_id = p->txn_id ? p->txn_id->name : NULL,
			.producer_id = p->producer_id,
			.epoch = p->epoch,
			.state = state_of(p),
			.group = p->group,
			.requests = p->requests,
			.without_answer = p->without_answer,
			.errors = errors,
			.fenced = p->fenced,
			.bumps = p->bumps,
			.committed = p->committed,
			.aborted = p->aborted,
			.cut = p->cut,
			.timed_out = p->timed_out,
			.open_since = p->open.began,
			.timeout = p->timeout,
			.first = p->first,
			.last = p->last,
		};

		v.n_errors = errors_of(p, errors, &v.refused);
		each(ctx, &v);
	}
}
