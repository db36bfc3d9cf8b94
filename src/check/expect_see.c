/* SPDX-License-Identifier: Apache-2.0
 *
 * What the correlator tells of groups, as far as expectations are about it.
 */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

static struct group_seen *seen_of(struct check *c, const struct group_event *e)
{
	const struct kf_bytes name = { (const uint8_t *)e->group, (uint32_t)strlen(e->group) };
	struct group *g = ck_group_get(c, name);

	if (!g)
		return NULL;
	if (!g->seen)
		g->seen = calloc(1, sizeof(*g->seen));
	return g->seen;
}

static void see_cause(struct group_seen *s, const struct group_cause *cause, int64_t ts)
{
	if (cause->id >= 22)
		return;
	s->cause[cause->id].count++;
	if (s->cause[cause->id].ts && cause->confidence <= s->cause[cause->id].confidence)
		return;
	s->cause[cause->id].confidence = cause->confidence;
	s->cause[cause->id].ts = ts;
	for (size_t i = 0; i < FRAMES; i++)
		s->cause[cause->id].frames[i] = i < cause->n_evidence ? cause->evidence[i] : 0;
}

static void see_possible(struct group_seen *s, const struct group_cause *cause)
{
	s->unexplained = s->unexplained || !cause->id;
	for (size_t i = 0; cause->confidence < 2 && i < cause->n_rivals; i++)
		if (cause->rivals[i] < 22)
			s->possible |= UINT32_C(1) << cause->rivals[i];
}

static void see_causes(struct group_seen *s, const struct group_rebalance *r)
{
	see_cause(s, &r->cause, r->started);
	if (r->followup_of < 0)
		see_possible(s, &r->cause);
	for (size_t i = 0; i < r->n_also; i++) {
		see_cause(s, &r->also[i], r->started);
		see_possible(s, &r->also[i]);
	}
}

static void see_downtime(struct group_seen *s, const struct group_rebalance *r, struct mark at)
{
	for (size_t i = 0; i < r->n_members; i++) {
		if (r->members[i].downtime < 0)
			continue;
		s->downtime[s->n_downtimes++ % DOWNTIMES] = r->members[i].downtime;
		s->at_least = s->at_least || r->members[i].downtime_at_least;
		if (r->members[i].downtime <= s->longest_downtime)
			continue;
		s->longest_downtime = r->members[i].downtime;
		s->longest = at;
	}
}

static void see_assignor(struct group_seen *s, const struct group_rebalance *r, struct mark at)
{
	if (!r->assignor)
		return;
	if (s->assignor[0] && strcmp(s->assignor, r->assignor) != 0)
		snprintf(s->other_assignor, sizeof(s->other_assignor), "%.60s", s->assignor);
	snprintf(s->assignor, sizeof(s->assignor), "%.60s", r->assignor);
	s->assignor_at = at;
}

static void see_rebalance(struct group_seen *s, const struct group_rebalance *r)
{
	struct mark at = { .ts = r->started, .frame = r->cause.n_evidence ? r->cause.evidence[0] : 0 };

	if (r->followup_of < 0 && s->rebalances++ < SEEN)
		s->rebalance[s->rebalances - 1] = at;
	if (r->generation >= 0 && s->generations++ < SEEN)
		s->generation[s->generations - 1] = at;
	see_causes(s, r);
	see_downtime(s, r, at);
	see_assignor(s, r, at);
}

void expect_event(struct check *c, const struct group_event *e)
{
	struct group_seen *s = e->group ? seen_of(c, e) : NULL;

	if (!s)
		return;
	s->latest = e->ts;
	if (e->type == GROUP_EVENT_REBALANCE) {
		see_rebalance(s, &e->rebalance);
	} else if (e->type == GROUP_EVENT_COMMIT_FAILED) {
		s->commits_failed++;
		s->failed_ts = e->ts;
		s->failed_frame = e->commit.frame;
	}
}
