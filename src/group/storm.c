/* SPDX-License-Identifier: Apache-2.0 */
#include "storm.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "epoch.h"
#include "member.h"

#define ENOUGH_REBALANCES 5
#define ENOUGH_RUNNING 3

/* Shares are of the time that was watched, but at least of this much: two rebalances in ten seconds are no storm. */
#define LEAST_WATCHED (60 * NS_PER_S)

/* Until the session timeout is seen: the shortest that clients have as their default. */
#define SESSION_DEFAULT (10 * NS_PER_S)

#define MOVED_LATELY (60 * NS_PER_S)
#define GHOST_LEAST (2 * NS_PER_S)

uint64_t storm_who(const char *client_id, const char *host)
{
	const char *c = client_id ? client_id : "", *h = host ? host : "";
	uint64_t d = digest_bytes(DIGEST_START, (struct kf_bytes){ (const uint8_t *)c, (uint32_t)strlen(c) });

	if (!client_id && !host)
		return 0;
	return digest_bytes(d, (struct kf_bytes){ (const uint8_t *)h, (uint32_t)strlen(h) });
}

const struct member *storm_member(const struct group *g, uint64_t who)
{
	const struct member *in = NULL, *first = NULL;

	for (const struct member *m = roster_first(g); m && who; m = roster_after(m)) {
		if (storm_who(m->client_id, m->host) != who)
			continue;
		in = m->presence == MEMBER_IN ? m : in;
		first = !first || m->seen < first->seen ? m : first;
	}
	return in ? in : first;
}

const char *storm_host(const struct group *g, uint64_t who)
{
	for (const struct member *m = roster_first(g); m && who; m = roster_after(m))
		if (storm_who(NULL, m->host) == who)
			return m->host;
	return NULL;
}

/* ---- reading a rebalance ------------------------------------------------------------------------------ */

static void add_trigger(struct storm_fact *f, const struct group_cause *c)
{
	struct storm_trigger *t = &f->trigger[f->n_triggers];

	if (f->n_triggers == STORM_TRIGGERS)
		return;
	*t = (struct storm_trigger){ .cause = c->id, .who = storm_who(c->client_id, c->host) };
	t->host = storm_who(NULL, c->host);
	if (c->member)
		t->id = storm_who(c->member, NULL);
	f->n_triggers++;
}

static void read_member(const struct group_rebalance_member *m, struct storm_fact *f)
{
	if (m->rejoin_lag > f->lag) {
		f->lag = m->rejoin_lag;
		f->slow = storm_who(m->client_id, m->host);
	}
	if (!group_change_in(m->change))
		return;
	f->members++;
	for (size_t i = 0; i < m->n_topics; i++)
		f->partitions += (uint32_t)m->topics[i].n_partitions;
	if (m->assignment_known && m->n_topics == 0 && m->n_standby == 0 && f->idle < UINT16_MAX)
		f->idle++;
}

static const struct member *find(const struct group *g, const char *id)
{
	return id ? roster_named(g, id) : NULL;
}

/* The client of a new member had expired under another id, and was heard of under that id afterwards: it had only
 * been silent. A process that was started anew does not know its former id. */
static bool was_heard_of(const struct member *former)
{
	return former->gone_how == GROUP_EXPIRED && member_refused(former) != GROUP_UNKNOWN_TIME;
}

/* Everybody waited for the session of a member whose process was gone already. */
static bool is_ghost(const struct group *g, const struct group_rebalance *r, const struct storm_fact *f)
{
	if (r->cause.id == 10 || f->join < GHOST_LEAST)
		return false;
	for (size_t i = 0; i < r->n_members; i++) {
		const struct member *m = r->members[i].change == GROUP_EXPIRED ? find(g, r->members[i].member) : NULL;

		if (m && m->session_ms > 0 && f->join >= m->session_ms * NS_PER_MS / 2)
			return true;
	}
	return false;
}

/* Under the id that it had: members of the consumer protocol keep theirs. */
static bool is_back(const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		if (r->members[i].change == GROUP_RETURNED && text_both(r->members[i].member, r->cause.member))
			return true;
	return false;
}

static uint16_t flag(bool when, unsigned bit)
{
	return when ? (uint16_t)bit : 0;
}

static uint16_t flags_of(const struct group *g, const struct group_rebalance *r, const struct storm_fact *f)
{
	const struct member *m = r->cause.id == 1 || r->cause.id == 2 ? find(g, r->cause.member) : NULL;
	int64_t moved = g->storm ? g->storm->moved : GROUP_UNKNOWN_TIME;
	unsigned flags = 0;

	flags |= flag(r->outcome == GROUP_ABORTED || r->outcome == GROUP_UNFINISHED, STORM_ABORTED);
	flags |= flag(r->outcome == GROUP_EMPTY, STORM_EMPTY);
	flags |= flag(r->followup_of >= 0, STORM_FOLLOWUP);
	flags |= flag(m && member_has_former(m, was_heard_of), STORM_THAWED);
	flags |= flag(m && (member_is_return(m) || is_back(r)), STORM_RETURNED);
	flags |= flag(is_ghost(g, r, f), STORM_GHOST);
	flags |= flag(f->idle > 0, STORM_IDLE);
	flags |= flag(moved != GROUP_UNKNOWN_TIME && r->started >= moved && r->started - moved < MOVED_LATELY,
	              STORM_MOVED);
	flags |= flag(r->planned, STORM_PLANNED);
	flags |= flag(r->mode == GROUP_COOPERATIVE, STORM_COOPERATIVE);
	flags |= flag(r->mode == GROUP_BROKER, STORM_BROKER);
	return (uint16_t)flags;
}

void storm_read(const struct group *g, const struct group_rebalance *r, struct storm_fact *out)
{
	*out = (struct storm_fact){ .started = r->started, .ended = r->ended, .join = -1, .lag = -1 };
	if (r->joined != GROUP_UNKNOWN_TIME && r->joined >= r->started)
		out->join = r->joined - r->started;
	for (size_t i = 0; i < r->n_members; i++)
		read_member(&r->members[i], out);
	add_trigger(out, &r->cause);
	for (size_t i = 0; i < r->n_also; i++)
		add_trigger(out, &r->also[i]);
	if (r->kind == GROUP_KIND_REGISTRY || text_both(r->group_type, "share"))
		out->idle = 0; /* there is nothing to have, or several have the same */
	out->flags = flags_of(g, r, out);
}

/* ---- the ring ----------------------------------------------------------------------------------------- */

struct storm *storm_of(struct group *g)
{
	if (g->storm)
		return g->storm;
	g->storm = calloc(1, sizeof(*g->storm));
	if (g->storm)
		g->storm->moved = GROUP_UNKNOWN_TIME;
	return g->storm;
}

void storm_free(struct storm *s)
{
	if (!s)
		return;
	storm_loops_free(s);
	free(s->fact);
	free(s);
}

static const struct storm_fact *nth(const struct storm *s, uint32_t i) /* 0: the oldest */
{
	return &s->fact[s->n < s->cap ? i : (s->next + i) % s->cap];
}

static struct storm_fact *latest(struct storm *s)
{
	return s->n ? &s->fact[(s->next + s->cap - 1) % s->cap] : NULL;
}

static bool ring_grow(struct storm *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : 4;
	struct storm_fact *p;

	if (s->n < s->cap || s->cap == STORM_FACTS)
		return true;
	p = realloc(s->fact, cap * sizeof(*p));
	if (!p)
		return s->cap > 0;
	s->fact = p;
	s->next = s->n; /* a ring that was full and never turned round lies in order */
	s->cap = cap;
	return true;
}

static void ring_add(struct storm *s, const struct storm_fact *f)
{
	if (!ring_grow(s))
		return;
	s->fact[s->next] = *f;
	s->next = (s->next + 1) % s->cap;
	if (s->n < s->cap)
		s->n++;
}

static bool counts(const struct storm_fact *f)
{
	return !(f->flags & (STORM_ABORTED | STORM_FOLLOWUP | STORM_EMPTY | STORM_PLANNED));
}

/* When it was over; a rebalance that came to nothing goes on in the next. */
static int64_t end_of(const struct storm_fact *f, const struct storm_fact *next)
{
	if (f->ended != GROUP_UNKNOWN_TIME)
		return f->ended;
	return next ? next->started : f->started;
}

static void view(const struct group *g, int64_t now, struct storm_view *v)
{
	const struct storm *s = g->storm;

	*v = (struct storm_view){ .group = g };
	for (uint32_t i = 0; i < s->n; i++) {
		const struct storm_fact *f = nth(s, i), *next = i + 1 < s->n ? nth(s, i + 1) : NULL;

		if (end_of(f, next) < now - STORM_WINDOW)
			continue;
		v->fact[v->n++] = f;
		v->rebalances += counts(f);
	}
}

/* ---- is it a storm? ----------------------------------------------------------------------------------- */

/* `of_all`: where the broker assigns nobody stops but for what moves; that is for people, and makes no storm. */
static int64_t unstable(const struct storm_view *v, int64_t from, bool of_all)
{
	int64_t sum = 0, done = from;

	for (size_t i = 0; i < v->n; i++) {
		int64_t start = v->fact[i]->started > done ? v->fact[i]->started : done;
		int64_t end = end_of(v->fact[i], i + 1 < v->n ? v->fact[i + 1] : NULL);

		if (end > start && (of_all || !(v->fact[i]->flags & STORM_BROKER)))
			sum += end - start;
		done = end > done ? end : done;
	}
	return sum;
}

static int64_t session_of(const struct group *g)
{
	int32_t ms = 0;

	for (const struct member *m = roster_first(g); m; m = roster_after(m))
		if (m->session_ms > ms)
			ms = m->session_ms;
	return ms ? ms * NS_PER_MS : SESSION_DEFAULT;
}

static bool is_running(const struct storm_view *v)
{
	int64_t calm = session_of(v->group), done = GROUP_UNKNOWN_TIME;
	uint32_t running = 0, aborted = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct storm_fact *f = v->fact[i];

		if (done != GROUP_UNKNOWN_TIME && f->started - done > calm)
			running = 0;
		running += counts(f);
		aborted += (f->flags & STORM_ABORTED) != 0;
		if (running >= ENOUGH_RUNNING || aborted >= ENOUGH_RUNNING)
			return true;
		done = end_of(f, i + 1 < v->n ? v->fact[i + 1] : NULL);
	}
	return false;
}

/* A member that the group lost, without its having left. */
static bool is_loss(uint8_t cause)
{
	return cause >= 9 && cause <= 12;
}

static bool is_losing(const struct storm_view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct storm_trigger *t = &v->fact[i]->trigger[0];
		uint32_t n = 0;

		if (!v->fact[i]->n_triggers || !is_loss(t->cause) || !t->who)
			continue;
		for (size_t k = i; k < v->n; k++)
			n += is_loss(v->fact[k]->trigger[0].cause) && v->fact[k]->trigger[0].who == t->who;
		if (n >= ENOUGH_RUNNING)
			return true;
	}
	return false;
}

static uint32_t chained(const struct storm_view *v)
{
	uint32_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += (v->fact[i]->flags & STORM_CHAINED) != 0;
	return n;
}

static bool is_storm(const struct storm_view *v, int64_t now)
{
	int64_t from = now - STORM_WINDOW > v->group->since ? now - STORM_WINDOW : v->group->since;
	int64_t watched = now - from > LEAST_WATCHED ? now - from : LEAST_WATCHED;
	int64_t wild = unstable(v, from, false);
	bool many = v->rebalances >= ENOUGH_REBALANCES;
	bool often = wild >= watched / 4;

	if (chained(v) >= ENOUGH_RUNNING)
		return true;
	if (wild >= watched / 2 && (v->rebalances >= 2 || wild >= STORM_WINDOW / 2))
		return true;
	return many && often ? true : many || often ? is_running(v) || is_losing(v) : false;
}

/* ---- telling it --------------------------------------------------------------------------------------- */

static double percent(int64_t part, int64_t whole)
{
	if (whole <= 0)
		return 0;
	return (double)(part > whole ? 1000 : part * 1000 / whole) / 10.0;
}

static void tell_storm(struct group *g, bool ended, bool over, int64_t ts)
{
	struct storm *s = g->storm;
	struct group_event e = { .type = GROUP_EVENT_STORM, .ts = ts, .group = g->name };
	const struct member *m;
	struct storm_view v;
	uint64_t culprit = 0;

	view(g, s->latest, &v);
	s->class = storm_classify(&v, &culprit);
	m = storm_member(g, culprit);
	e.storm = (struct group_storm_event){
		.ended = ended,
		.over = over,
		.class = s->class,
		.rebalances = s->rebalances,
		.unstable_percent = percent(s->unstable, s->latest - s->since),
		.since = s->since,
		.latest = s->latest,
		.culprit = m ? member_label(m) : NULL,
		.host = m ? m->host : storm_host(g, culprit),
		.advice = storm_advice(&v, s->class, culprit),
	};
	emit(g->owner, &e);
}

static void begin(struct group *g, const struct storm_view *v, int64_t now)
{
	struct storm *s = g->storm;

	s->active = true;
	s->since = v->fact[0]->started;
	s->latest = now;
	s->rebalances = v->rebalances;
	s->unstable = unstable(v, s->since, true);
	tell_storm(g, false, false, now);
}

static void go_on(struct storm *s, const struct storm_fact *f)
{
	int64_t from = f->started > s->latest ? f->started : s->latest;

	s->rebalances += counts(f);
	if (f->ended == GROUP_UNKNOWN_TIME)
		return;
	if (f->ended > from)
		s->unstable += f->ended - from;
	if (f->ended > s->latest)
		s->latest = f->ended;
}

/* The end of a rebalance, for storms: of one that came to nothing it is the moment that shows it. */
static int64_t concluded(const struct group *g, const struct storm_fact *f)
{
	return f->ended != GROUP_UNKNOWN_TIME ? f->ended : g->owner->now;
}

/* Nobody stops in a share group: there it is only of interest who keeps coming and going. */
static bool is_worth_telling(const struct group *g, const struct storm_view *v)
{
	uint64_t culprit;

	return !g->epochs || g->epochs->kind != EPOCH_SHARE || storm_classify(v, &culprit) != GROUP_STORM_UNKNOWN;
}

void storm_add(struct group *g, const struct storm_fact *f)
{
	bool first = !g->storm || !g->storm->seen;
	struct storm *s = storm_of(g);
	struct storm_fact fact = *f;
	struct storm_view v;

	if (!s)
		return;
	s->seen++;
	if (f->flags & STORM_BROKER && f->trigger[0].cause == 1 && !f->trigger[0].who)
		return; /* share groups form in two epochs: the second has the partitions */
	if (first && f->trigger[0].cause == 1 && !(f->flags & STORM_ABORTED))
		return; /* a group has to form once */
	if (f->flags & STORM_FOLLOWUP && !(f->flags & STORM_PLANNED) && s->n && latest(s)->flags & STORM_FOLLOWUP)
		fact.flags |= STORM_CHAINED;
	ring_add(s, &fact);
	if (s->active) {
		go_on(s, &fact);
	} else {
		view(g, concluded(g, f), &v);
		if (v.n && is_storm(&v, concluded(g, f)) && is_worth_telling(g, &v))
			begin(g, &v, concluded(g, f));
	}
	if (s->active)
		wheel_arm(g->owner, g, s->latest + STORM_CALM);
}

uint32_t storm_rebalances_since(const struct storm *s, int64_t from)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		n += nth(s, i)->started >= from && counts(nth(s, i));
	return n;
}

/* ---- the end ------------------------------------------------------------------------------------------ */

void storm_coordinator_moved(struct group *g, int64_t ts)
{
	struct storm *s = storm_of(g);

	if (s)
		s->moved = ts;
}

void storm_timer(struct group *g)
{
	struct storm *s = g->storm;
	int64_t now = g->owner->now;

	if (!s)
		return;
	storm_loops_timer(g);
	if (!s->active)
		return;
	if (now - s->latest < STORM_CALM || g->round) {
		wheel_arm(g->owner, g, s->latest + STORM_CALM);
		return;
	}
	s->active = false;
	tell_storm(g, true, true, s->latest + STORM_CALM);
	s->n = s->next = 0; /* it is over: what comes is another */
}

void storm_finish(struct group *g)
{
	struct storm *s = g->storm;

	if (!s)
		return;
	storm_loops_finish(g);
	if (s->active)
		tell_storm(g, true, false, g->owner->now);
	s->active = false;
}
