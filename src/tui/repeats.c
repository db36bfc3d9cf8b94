/* SPDX-License-Identifier: Apache-2.0 */
#include "repeats.h"

#include <string.h>

#define MOST_PERIOD 4u
#define WORTH 3u /* times */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool repeats_alike(const struct group_rebalance *a, const struct group_rebalance *b)
{
	if (a->cause.id != b->cause.id || a->n_also != b->n_also || a->outcome != b->outcome ||
	    !same(a->cause.client_id, b->cause.client_id) || !same(a->cause.host, b->cause.host))
		return false;
	for (size_t i = 0; i < a->n_also; i++)
		if (a->also[i].id != b->also[i].id || !same(a->also[i].client_id, b->also[i].client_id))
			return false;
	return true;
}

/* The rebalance before event `i`, or SIZE_MAX. */
static size_t before(const struct model_group *g, size_t i)
{
	while (i-- > 0)
		if (model_at(g, i)->type == GROUP_EVENT_REBALANCE)
			return i;
	return SIZE_MAX;
}

/* For how many rebalances from the end on each is like the one `period` before it. */
static uint32_t run_of(const struct model_group *g, uint32_t period)
{
	size_t late = before(g, g->n), early = late;
	uint32_t n = 0;

	for (uint32_t i = 0; i < period && early != SIZE_MAX; i++)
		early = before(g, early);
	while (early != SIZE_MAX && repeats_alike(&model_at(g, late)->rebalance, &model_at(g, early)->rebalance)) {
		n++;
		late = before(g, late);
		early = before(g, early);
	}
	return n + period;
}

void repeats_find(const struct model_group *g, struct repeats *out)
{
	size_t at = g->n;

	*out = (struct repeats){ .period = 0 };
	for (uint32_t period = 1; period <= MOST_PERIOD; period++) {
		uint32_t times = run_of(g, period) / period;

		if (times < WORTH || times * period <= out->times * out->period)
			continue;
		out->period = period;
		out->times = times;
	}
	for (uint32_t i = out->period; i > 0; i--) {
		at = before(g, at);
		out->cycle[i - 1] = at == SIZE_MAX ? NULL : g->kept[g->first + at];
	}
}

void repeats_draw(struct pen *p, const struct repeats *r)
{
	if (!r->period)
		return;
	pen_count(p, r->times);
	pen_text(p, " times over: ");
	for (uint32_t i = 0; i < r->period && r->cycle[i]; i++) {
		const struct group_cause *c = &r->cycle[i]->event->rebalance.cause;

		pen_format(p, "%sR%u ", i ? ", " : "", c->id);
		pen_wire(p, c->client_id ? c->client_id : c->name, 24);
	}
}
