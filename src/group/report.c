/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the events: a round with its cause, phases and members becomes what the outputs print.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "account.h"
#include "assignment.h"
#include "cause.h"
#include "coordinator.h"
#include "correlator.h"
#include "kind.h"
#include "member.h"
#include "movement.h"
#include "outage.h"
#include "release.h"
#include "resumed.h"
#include "storm.h"

void emit(struct groups *gs, struct group_event *e)
{
	gs->stats.events++;
	if (gs->options.event)
		gs->options.event(gs->options.ctx, e);
	scratch_reset(&gs->scratch);
}

static struct group_event member_event(struct group *g, const struct member *m, enum group_change how, int64_t ts,
                                       uint64_t frame)
{
	struct group_event e = { .type = GROUP_EVENT_MEMBER, .ts = ts, .group = g->name };

	e.member = (struct group_member_event){
		.event = how,
		.member = m->id,
		.instance = m->instance,
		.client_id = m->client_id,
		.host = m->host,
		.local = m->local,
		.frame = frame,
	};
	return e;
}

void report_member_noted(struct group *g, const struct member *m, enum group_change how, const char *reason,
                         bool rebalance, int64_t ts, uint64_t frame, const char *note)
{
	struct group_event e = member_event(g, m, how, ts, frame);

	e.member.reason = reason;
	e.member.rebalance = rebalance;
	e.member.note = note;
	emit(g->owner, &e);
}

void report_fenced(struct group *g, const struct member *m, int16_t error, const char *reason, const char *note,
                   const struct kafka_message *msg)
{
	struct group_event e = member_event(g, m, GROUP_FENCED, msg->ts, msg->frame);

	e.member.error = error;
	e.member.reason = reason;
	e.member.note = note;
	emit(g->owner, &e);
}

void report_member(struct group *g, const struct member *m, enum group_change how, const char *reason,
                   bool rebalance, int64_t ts, uint64_t frame)
{
	report_member_noted(g, m, how, reason, rebalance, ts, frame, NULL);
}

void report_coordinator(struct group *g, const struct net_endpoint *to, const struct kafka_message *m)
{
	struct group_event e = { .type = GROUP_EVENT_COORDINATOR, .ts = m->ts, .group = g->name };
	char was[NET_ENDPOINT_TEXT], is[NET_ENDPOINT_TEXT];

	e.coordinator = (struct group_coordinator_event){
		.from = net_endpoint_text(&g->coordinator, was),
		.to = net_endpoint_text(to, is),
		.what = "moved",
		.frame = m->frame,
	};
	emit(g->owner, &e);
}

static const char *coordinator_text(struct group *g)
{
	char *text = scratch_alloc(&g->owner->scratch, NET_ENDPOINT_TEXT);

	return g->coordinator_known && text ? net_endpoint_text(&g->coordinator, text) : NULL;
}

static void fill_common(struct group *g, const struct round *r, struct group_rebalance *out)
{
	out->group_type = "classic";
	out->protocol_type = g->protocol_type;
	out->assignor = g->assignor;
	out->coordinator = coordinator_text(g);
	out->coordinator_node = coordinator_node(g);
	out->coordinator_partition = coordinator_partition(g->name, coordinator_partitions(g->owner));
	out->previous = r->previous;
	out->generation = r->generation;
	out->rounds = r->rounds;
	out->joined = r->burst;
	out->ended = GROUP_UNKNOWN_TIME;
	out->followup_of = -1;
	out->topology_epoch = -1;
}

void report_started(struct group *g, const struct round *r)
{
	struct group_event e = { .type = GROUP_EVENT_REBALANCE_STARTED, .ts = r->first_sign, .group = g->name };
	struct candidates causes = causes_find(g, r);

	if (!causes.n)
		return;
	cause_suspect(g, r, &causes.of[0]);
	fill_common(g, r, &e.rebalance);
	e.rebalance.outcome = GROUP_UNFINISHED;
	cause_start(g, r, &causes.of[0], &e.rebalance.started, &e.rebalance.started_uncertainty);
	e.rebalance.cause = cause_tell(g->owner, &causes.of[0]);
	emit(g->owner, &e);
}

static void fill_causes(struct group *g, const struct round *r, const struct candidates *c,
                        struct group_rebalance *out)
{
	struct group_cause *also = scratch_alloc(&g->owner->scratch, c->n * sizeof(*also));

	cause_start(g, r, &c->of[0], &out->started, &out->started_uncertainty);
	out->cause = cause_tell(g->owner, &c->of[0]);
	if (!also)
		return;
	for (size_t i = 1; i < c->n; i++)
		also[i - 1] = cause_tell(g->owner, &c->of[i]);
	out->also = also;
	out->n_also = c->n - 1;
}

/* Members that are not in the new generation and did not leave: told, and taken out of the group. */
static void report_absences(struct group *g, struct round *r)
{
	r->n_gone = absences_find(g, r, &r->gone);
	for (size_t i = 0; i < r->n_gone; i++) {
		const struct absence *a = &r->gone[i];
		enum group_change how = a->kicked ? GROUP_KICKED : GROUP_EXPIRED;
		int64_t at = a->kicked || a->deadline == GROUP_UNKNOWN_TIME ? r->burst : a->deadline;

		member_leave_group(a->member, how, at);
		report_member(g, a->member, how, NULL, true, at, a->member->last_frame);
	}
}

static void missing(struct groups *gs, struct group_rebalance *out, const char *what)
{
	const char **list = (const char **)out->missing;

	if (!list) {
		list = scratch_alloc(&gs->scratch, 8 * sizeof(*list));
		if (!list)
			return;
		out->missing = list;
	}
	if (out->n_missing < 8)
		list[out->n_missing++] = what;
	out->complete = false;
}

static size_t invisible(const struct group *g)
{
	size_t n = 0;

	for (const struct member *m = g->members; m; m = m->hh.next)
		n += m->presence == MEMBER_IN && !m->visible;
	return n;
}

static const char *members_word(size_t n)
{
	return n == 1 ? "member" : "members";
}

static void fill_completeness(struct group *g, const struct round *r, struct group_rebalance *out)
{
	struct groups *gs = g->owner;
	int64_t to = out->ended != GROUP_UNKNOWN_TIME ? out->ended : gs->now;
	size_t unseen = invisible(g);

	out->complete = true;
	if (visibility_hidden(&gs->visibility, out->started - 5 * NS_PER_S, to,
	                      g->coordinator_known ? &g->coordinator : NULL))
		missing(gs, out, "packets are missing from the capture around this rebalance");
	if (r->unheard)
		missing(gs, out, "the coordinator's answers were not captured: what they were is inferred from what members did next");
	if (unseen)
		missing(gs, out, scratch_text(&gs->scratch, "the connections of %zu %s were not captured", unseen,
		                              members_word(unseen)));
	if (r->generation >= 0 && out->outcome == GROUP_STABLE && !r->listed)
		missing(gs, out, "the leader's member list was not captured");
	if (out->outcome == GROUP_STABLE && !r->assignment.complete)
		missing(gs, out, "the leader's assignment was not captured");
	if (account_unseen(r))
		missing(gs, out, scratch_text(&gs->scratch, "the JoinGroup requests of %u %s were not captured",
		                              account_unseen(r), members_word(account_unseen(r))));
	if (r->previous < 0 && r->generation != 1)
		missing(gs, out, "the capture began after the group did");
}

/* Connect and Streams have one way for the whole group: what was chosen says which. */
static enum group_mode mode_of_protocol(const struct group *g)
{
	if (!g->assignor)
		return GROUP_MODE_UNKNOWN;
	return assignor_is_cooperative(g->assignor) ? GROUP_COOPERATIVE : GROUP_EAGER;
}

/* A consumer is cooperative when all assignors that it lists are, whichever was chosen. The proof is what it does: it
 * still owns partitions when it rejoins. */
static enum group_mode mode_of(const struct group *g, const struct round *r)
{
	bool eager = false, cooperative = false;
	const struct join *j;

	if (g->protocol_type && strcmp(g->protocol_type, "consumer") != 0)
		return mode_of_protocol(g);
	DL_FOREACH(r->joins, j) {
		if (j->now.owned_some || (j->now.listed && j->now.cooperative))
			cooperative = true;
		else if (j->now.listed)
			eager = true;
	}
	if (eager && cooperative)
		return GROUP_MIXED;
	return eager ? GROUP_EAGER : cooperative ? GROUP_COOPERATIVE : GROUP_MODE_UNKNOWN;
}

void report_round(struct group *g, struct round *r, enum group_outcome outcome, int64_t ended)
{
	struct group_event e = { .type = GROUP_EVENT_REBALANCE, .group = g->name };
	struct group_rebalance *out = &e.rebalance;
	struct candidates causes;
	struct storm_fact fact;

	resumed_tell(g);
	report_absences(g, r);
	causes = causes_find(g, r);
	if (!causes.n)
		return;
	fill_common(g, r, out);
	out->outcome = outcome;
	out->ended = ended;
	fill_causes(g, r, &causes, out);
	if (out->cause.id == 20)
		out->followup_of = g->parent >= 0 ? g->parent : r->previous;
	out->mode = mode_of(g, r);
	release_fill(g, r, out);
	fill_completeness(g, r, out);
	movement_fill(g, r, out);
	members_fill(g, r, out);
	resumed_await(g, r, out);
	kind_fill(g, r, out);
	outage_fill(g, out);
	g->parent = out->followup_of;
	e.ts = ended != GROUP_UNKNOWN_TIME ? ended : g->owner->now;
	if (outcome == GROUP_STABLE || outcome == GROUP_EMPTY) {
		outage_rebalanced(g, out->started);
		g->owner->stats.rebalances++;
	}
	storm_read(g, out, &fact);
	emit(g->owner, &e);
	storm_add(g, &fact);
	kind_conclude(g, r, out);
}
