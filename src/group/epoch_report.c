/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells how a group got from one target assignment to the next.
 */
#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "cause.h"
#include "coordinator.h"
#include "downtime.h"
#include "epoch.h"
#include "epoch_moves.h"
#include "member.h"
#include "movement.h"
#include "storm.h"

#define NOTES_MOST 5

/* Nobody is called slow for less. */
#define SLOW NS_PER_S

static void fill_head(struct group *g, const struct turn *t, struct group_rebalance *out)
{
	char *text = scratch_alloc(&g->owner->scratch, NET_ENDPOINT_TEXT);

	*out = (struct group_rebalance){
		.group_type = epoch_type(g),
		.protocol_type = g->protocol_type,
		.assignor = g->assignor,
		.mode = GROUP_BROKER,
		.coordinator = g->coordinator_known && text ? net_endpoint_text(&g->coordinator, text) : NULL,
		.coordinator_node = coordinator_node(g),
		.coordinator_partition = coordinator_partition(g->name, coordinator_partitions(g->owner)),
		.previous = t->previous,
		.generation = t->epoch,
		.rounds = 1,
		.joined = t->target_at,
		.ended = GROUP_UNKNOWN_TIME,
		.followup_of = -1,
		.assignor_time = -1,
		.storage_time = -1,
		.topology_epoch = -1,
	};
}

/* Members that are not heard to be answered raise the epoch as well, nobody knows when. */
static bool has_unheard(const struct group *g)
{
	for (const struct member *m = roster_first(g); m; m = roster_after(m))
		if (m->seat && m->seat->unheard)
			return true;
	return false;
}

static void doubt(const struct group *g, struct epoch_causes *c)
{
	bool unheard = has_unheard(g);

	for (size_t i = 0; unheard && i < c->n; i++)
		if (c->of[i].confidence > 2)
			c->of[i].confidence = 2;
}

static void fill_causes(struct group *g, const struct epoch_causes *c, struct group_rebalance *out)
{
	struct group_cause *also = scratch_alloc(&g->owner->scratch, c->n * sizeof(*also));

	out->started = c->started;
	out->started_uncertainty = c->uncertainty;
	out->cause = cause_tell(g->owner, &c->of[0]);
	for (size_t i = 1; also && i < c->n; i++)
		also[out->n_also++] = cause_tell(g->owner, &c->of[i]);
	out->also = also;
}

void epoch_report_started(struct group *g)
{
	struct turn *t = &g->epochs->turn;
	struct group_event e = { .type = GROUP_EVENT_REBALANCE_STARTED, .ts = t->sign, .group = g->name };
	struct epoch_causes causes = epoch_causes_find(g, t);

	t->announced = true;
	if (!causes.n)
		return;
	fill_head(g, t, &e.rebalance);
	e.rebalance.generation = -1;
	e.rebalance.joined = GROUP_UNKNOWN_TIME;
	e.rebalance.outcome = GROUP_UNFINISHED;
	doubt(g, &causes);
	fill_causes(g, &causes, &e.rebalance);
	emit(g->owner, &e);
}

/* ---- members -------------------------------------------------------------------------------------------- */

/* Its join came in time for this target, or not before the next. */
static const struct bump *join_of(const struct epochs *e, const struct member *m, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		if (e->bump[i].kind == BUMP_JOIN && e->bump[i].member == m)
			return &e->bump[i];
	return NULL;
}

static bool belongs(const struct group *g, const struct member *m, uint32_t used)
{
	const struct epochs *e = g->epochs;

	if (!m->seat)
		return false;
	if (m->presence == MEMBER_GONE)
		return m->gone_how != GROUP_REPLACED && m->gone_at >= e->turn.sign &&
		       !join_of(e, m, used, e->n_bumps);
	return m->presence == MEMBER_IN && (join_of(e, m, 0, used) || !join_of(e, m, used, e->n_bumps));
}

static int64_t giving_time(const struct group *g, const struct seat *s)
{
	if (s->asked_at == GROUP_UNKNOWN_TIME || s->asked_at < g->epochs->turn.sign)
		return -1;
	if (s->giving)
		return g->owner->now - s->asked_at;
	return s->gave_at >= s->asked_at ? s->gave_at - s->asked_at : -1;
}

static void fill_topics(struct groups *gs, struct holding *h, struct group_rebalance_member *out)
{
	struct group_partitions *topics;
	int32_t *partition;

	holding_rename(gs, h);
	topics = scratch_alloc(&gs->scratch, (h->n + 1) * sizeof(*topics));
	partition = scratch_alloc(&gs->scratch, (h->n + 1) * sizeof(*partition));
	if (!topics || !partition)
		return;
	for (uint32_t i = 0; i < h->n; i++) {
		if (i == 0 || h->of[i].topic != h->of[i - 1].topic)
			topics[out->n_topics++] = (struct group_partitions){
				.topic = topic_name(gs, h->of[i].topic), .partitions = partition + i
			};
		partition[i] = h->of[i].partition;
		topics[out->n_topics - 1].n_partitions++;
	}
	out->topics = topics;
}

static enum group_change change_of(const struct group *g, const struct member *m, uint32_t used)
{
	const struct bump *b = join_of(g->epochs, m, 0, used);

	if (m->presence == MEMBER_GONE)
		return m->gone_how;
	if (b)
		return b->returned ? GROUP_RETURNED : GROUP_JOINED;
	return GROUP_STAYED;
}

static void fill_times(const struct group *g, const struct member *m, struct group_rebalance_member *out)
{
	const struct seat *s = m->seat;
	int64_t sign = g->epochs->turn.sign;

	out->join_asked = out->join_answered = out->sync_answered = out->gone = GROUP_UNKNOWN_TIME;
	if (out->rejoin_lag >= 0 && !s->giving)
		out->join_asked = out->join_answered = s->gave_at;
	if (m->presence == MEMBER_IN && s && s->changed_at != GROUP_UNKNOWN_TIME && s->changed_at >= sign)
		out->sync_answered = s->changed_at;
	if (m->presence == MEMBER_GONE)
		out->gone = m->gone_at;
}

static void fill_member(struct group *g, const struct member *m, uint32_t used, enum group_outcome outcome,
                        struct group_rebalance_member *out)
{
	*out = member_named(m);
	out->subscription = m->seat->subscription;
	out->change = change_of(g, m, used);
	out->rejoin_lag = giving_time(g, m->seat);
	out->assignment_known = m->presence == MEMBER_IN && m->seat->given_known && outcome == GROUP_STABLE;
	fill_times(g, m, out);
	if (outcome == GROUP_STABLE && out->rejoin_lag >= SLOW)
		out->wait = out->rejoin_lag;
	if (out->assignment_known)
		fill_topics(g->owner, &m->seat->given, out);
}

static void fill_members(struct group *g, uint32_t used, struct group_rebalance *out)
{
	const struct member **all = scratch_room(&g->owner->scratch, (g->roster.n + 1) * sizeof(*all));
	struct group_rebalance_member *list;
	size_t n = 0;

	for (const struct member *m = roster_first(g); all && m; m = roster_after(m))
		if (belongs(g, m, used))
			all[n++] = m;
	list = scratch_alloc(&g->owner->scratch, (n + 1) * sizeof(*list));
	if (!all || !list)
		return;
	members_sort(all, n);
	for (size_t i = 0; i < n; i++) {
		fill_member(g, all[i], used, out->outcome, &list[i]);
		if (all[i]->seat->interval_ms > out->interval_ms)
			out->interval_ms = all[i]->seat->interval_ms;
	}
	out->members = list;
	out->n_members = n;
}

/* ---- who was waited for --------------------------------------------------------------------------------- */

/* Who took longest to give partitions up: the others could not go on before. */
static const struct member *slowest(const struct group *g)
{
	const struct member *worst = NULL;

	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && m->seat && giving_time(g, m->seat) >= 0 &&
		    (!worst || giving_time(g, m->seat) > giving_time(g, worst->seat)))
			worst = m;
	return worst;
}

static const struct member *last_told(const struct group *g, uint32_t used)
{
	const struct member *last = NULL;

	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && belongs(g, m, used) && (!last || m->seat->changed_at > last->seat->changed_at))
			last = m;
	return last;
}

/* Still had to give partitions up, or was taken out because it did not. */
static const struct member *still_giving(const struct group *g)
{
	const struct turn *t = &g->epochs->turn;
	const struct member *first = NULL;

	for (const struct member *m = roster_first(g); m; m = roster_after(m))
		if (m->presence != MEMBER_PENDING && m->seat && m->seat->giving && (!first || m->seen < first->seen) &&
		    !(m->presence == MEMBER_IN ? turn_done(t, m) : m->gone_at < t->sign))
			first = m;
	return first;
}

static const struct member *not_there(const struct group *g)
{
	const struct turn *t = &g->epochs->turn;
	const struct member *any = NULL;

	for (const struct member *m = g->members; m; m = m->hh.next) {
		if (!turn_done(t, m) && m->seat->epoch < t->epoch)
			return m;
		if (!any && !turn_done(t, m))
			any = m;
	}
	return any;
}

static void fill_aborted(struct group *g, struct group_rebalance *out)
{
	struct scratch *s = &g->owner->scratch;
	const struct member *giving = still_giving(g), *m = giving ? giving : not_there(g);

	if (out->outcome == GROUP_ABORTED)
		out->released_by = scratch_text(s, "the next epoch superseded it%s%s%s", m ? ": " : "", m ? member_label(m) : "",
		                                giving ? " had not given its partitions up" : m ? " was not there yet" : "");
	else if (m)
		out->released_by = scratch_text(s, giving ? "%s gives its partitions up" : "%s gets there", member_label(m));
	out->slowest = giving ? member_label(giving) : NULL;
}

static void fill_waits(struct group *g, uint32_t used, struct group_rebalance *out)
{
	struct scratch *s = &g->owner->scratch;
	const struct member *slow = slowest(g), *last = last_told(g, used);

	if (out->outcome != GROUP_STABLE) {
		if (out->outcome != GROUP_EMPTY)
			fill_aborted(g, out);
		return;
	}
	if (slow)
		out->slowest = member_label(slow);
	if (slow && last)
		out->released_by = scratch_text(s, "%s had given its partitions up and %s had asked again", out->slowest,
		                                last == slow ? "it" : member_label(last));
	else if (last && last->seat->changed_at > g->epochs->turn.epoch_at)
		out->released_by = scratch_text(s, "the next heartbeat of %s", member_label(last));
}

/* ---- what could not be seen ----------------------------------------------------------------------------- */

static void fill_notes(struct group *g, const struct turn *t, const struct epoch_causes *causes,
                       struct group_rebalance *out)
{
	const char **list = scratch_alloc(&g->owner->scratch, NOTES_MOST * sizeof(*list));
	int64_t to = out->ended != GROUP_UNKNOWN_TIME ? out->ended : g->owner->now;

	if (!list)
		return;
	if (visibility_hidden(&g->owner->visibility, out->started - 5 * NS_PER_S, to,
	                      g->coordinator_known ? &g->coordinator : NULL))
		list[out->n_missing++] = "packets are missing from the capture around this rebalance";
	if (has_unheard(g))
		list[out->n_missing++] = "the coordinator's answers to some members were not captured";
	if (t->previous < 0 && !t->forms)
		list[out->n_missing++] = "the capture began after the group did";
	if (!causes->counted && (out->cause.id == 0 || causes->used))
		list[out->n_missing++] = scratch_text(&g->owner->scratch, "the epoch rose by %d, what raised it was seen of %u",
		                                      t->epoch - t->previous, causes->used);
	out->missing = list;
	out->complete = out->n_missing == 0;
}

/* ---- the events ----------------------------------------------------------------------------------------- */

/* An epoch of its own that no member was told: the next change came before a target was computed. */
static void report_passed(struct group *g, uint32_t i)
{
	struct group_event e = { .type = GROUP_EVENT_REBALANCE, .group = g->name };
	const struct turn *t = &g->epochs->turn;
	const struct bump *b = &g->epochs->bump[i];
	struct epoch_causes causes = { .of = scratch_alloc(&g->owner->scratch, sizeof(*causes.of)), .n = 1, .counted = true };

	if (!causes.of)
		return;
	epoch_cause_of(g, t, b, &causes.of[0]);
	if (causes.of[0].confidence > 2)
		causes.of[0].confidence = 2; /* that it had this number is counted, not told */
	causes.started = b->at;
	fill_head(g, t, &e.rebalance);
	e.rebalance.previous = t->previous + (int32_t)i;
	e.rebalance.generation = t->previous + (int32_t)i + 1;
	e.rebalance.outcome = GROUP_ABORTED;
	e.rebalance.joined = GROUP_UNKNOWN_TIME;
	e.rebalance.passed_over = e.rebalance.complete = true;
	fill_causes(g, &causes, &e.rebalance);
	e.ts = b->at;
	emit(g->owner, &e);
}

/* Nothing had been assigned yet, and no member did anything: the coordinator has got the partitions ready. */
static void shares_ready(const struct group *g, const struct assignment *after, struct candidate *c)
{
	if (g->epochs->kind != EPOCH_SHARE || c->id != 0 || g->current.n || !after->n)
		return;
	c->id = 1;
	c->confidence = 2;
	c->text = "the coordinator had initialised the partitions that are shared: the members were given theirs";
	c->rival[0] = 5;
	c->n_rivals = 1;
}

/* Before anything is shared, that the partitions have been got ready raises the epoch once more. */
static bool is_getting_ready(const struct group *g, const struct epoch_causes *causes)
{
	const struct turn *t = &g->epochs->turn;

	return g->epochs->kind == EPOCH_SHARE && !g->current.n && t->previous >= 0 &&
	       t->epoch - t->previous <= (int64_t)causes->used + 1;
}

/* All that raised the epoch was seen, and surely did. */
static bool is_accounted(const struct group *g, const struct epoch_causes *causes)
{
	const struct epochs *e = g->epochs;
	const struct turn *t = &e->turn;

	for (uint32_t i = 0; i < causes->used; i++) {
		const struct bump *b = &e->bump[i];

		if (b->doubtful || (b->kind == BUMP_LOST && !b->refused && !t->emptied && member_refused(b->member) == GROUP_UNKNOWN_TIME &&
		                    !b->member->seat->robbed))
			return false;
	}
	if (is_getting_ready(g, causes))
		return true;
	if (t->forms) /* the first join makes the group, at epoch 1, and raises that */
		return (int64_t)causes->used >= t->epoch - (t->previous > 1 ? t->previous : 1);
	if (!causes->used) /* topics that were seen to change */
		return causes->of[0].id == 5 && causes->of[0].confidence > 2;
	return causes->counted;
}

/* What was not seen may have been the doing of a member that is not seen either. */
static void look_for_strangers(struct group *g, const struct epoch_causes *causes)
{
	struct epochs *e = g->epochs;

	if (is_accounted(g, causes))
		return;
	e->unexplained = e->unexplained || causes->of[0].id == 0;
	e->from_start = false;
	e->strangers = e->strangers || !e->turn.forms || e->turn.previous >= 0;
}

static void keep(struct group *g, struct assignment *after, const struct group_rebalance *r)
{
	if (r->outcome == GROUP_EMPTY)
		assignment_clear(&g->current);
	else if (r->outcome == GROUP_STABLE)
		assignment_take(&g->current, after);
	assignment_clear(after);
}

/* When the last of them was told its last. */
static int64_t arrived_at(const struct group *g, uint32_t used)
{
	int64_t at = g->epochs->turn.epoch_at;

	for (const struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && belongs(g, m, used) && m->seat->changed_at > at)
			at = m->seat->changed_at;
	return at;
}

int64_t epoch_report(struct group *g, enum group_outcome outcome, int64_t ended)
{
	struct group_event e = { .type = GROUP_EVENT_REBALANCE, .group = g->name };
	struct group_rebalance *out = &e.rebalance;
	struct turn *t = &g->epochs->turn;
	struct epoch_causes causes;
	struct assignment after;
	struct storm_fact fact;
	uint32_t passed;

	if (t->forms)
		epoch_put_founder_first(g->epochs);
	passed = epoch_causes_find(g, t).passed;
	for (uint32_t i = 0; i < passed; i++)
		report_passed(g, i);
	causes = epoch_causes_find(g, t);
	if (!causes.n)
		return ended;
	if (outcome == GROUP_STABLE)
		ended = arrived_at(g, causes.used);
	assignment_init(&after);
	epoch_assignment(g, &after);
	fill_head(g, t, out);
	out->outcome = outcome;
	out->ended = ended;
	epoch_moves(g, &after, out);
	shares_ready(g, &after, &causes.of[0]);
	epoch_cause_topics(g, t, &after, outcome == GROUP_STABLE, &causes.of[0]);
	doubt(g, &causes);
	fill_causes(g, &causes, out);
	out->rounds = passed + 1;
	fill_members(g, causes.used, out);
	fill_waits(g, causes.used, out);
	fill_notes(g, t, &causes, out);
	status_fill(g, out);
	look_for_strangers(g, &causes);
	e.ts = ended != GROUP_UNKNOWN_TIME ? ended : g->owner->now;
	if (outcome == GROUP_STABLE || outcome == GROUP_EMPTY)
		g->owner->stats.rebalances++;
	storm_read(g, out, &fact);
	emit(g->owner, &e);
	keep(g, &after, out);
	status_clear(g->epochs);
	g->epochs->unseen_join = false;
	bumps_drop(g->epochs, causes.used);
	for (uint32_t i = 0; (!causes.counted || causes.doubtful) && i < g->epochs->n_bumps; i++)
		g->epochs->bump[i].doubtful = true;
	storm_add(g, &fact);
	return ended;
}
