/* SPDX-License-Identifier: Apache-2.0
 *
 * Which class a storm is of: each says how many of the rebalances it explains, and the one that explains most wins,
 * if that is two thirds of them (half of them for one member or host that flaps).
 */
#include "storm.h"

#include "member.h"

#define LEAST_DISTINCT 2
#define HERD 3
#define LAG_LEAST (1 * NS_PER_S)

uint32_t storm_count(const struct storm_view *v, uint8_t cause, uint64_t whose)
{
	uint32_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->fact[i]->trigger[0].cause == cause && (!whose || v->fact[i]->trigger[0].who == whose);
	return n;
}

static bool is_leave(const struct storm_trigger *t)
{
	return t->cause == 7 || t->cause == 8;
}

static bool is_join(const struct storm_trigger *t)
{
	return t->cause == 1 || t->cause == 2 || t->cause == 13;
}

static bool is_cause(const struct storm_fact *f, uint8_t cause)
{
	return f->trigger[0].cause == cause;
}

/* How many rebalances have this cause, or are the return of a client that an earlier one with this cause lost. */
static size_t with_returns(const struct storm_view *v, uint8_t cause)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		bool hit = is_cause(v->fact[i], cause);

		for (size_t k = 0; k < i && !hit && is_join(&v->fact[i]->trigger[0]); k++)
			hit = is_cause(v->fact[k], cause) && v->fact[k]->trigger[0].who == v->fact[i]->trigger[0].who;
		n += hit;
	}
	return n;
}

static size_t with_flag(const struct storm_view *v, unsigned bit)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += (v->fact[i]->flags & bit) != 0;
	return n;
}

static size_t rolls(const struct storm_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += is_cause(v->fact[i], 15) || v->fact[i]->flags & STORM_MOVED;
	return n;
}

static size_t planned(const struct storm_view *v)
{
	return with_flag(v, STORM_PLANNED);
}

static size_t churns(const struct storm_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += is_cause(v->fact[i], 5);
	return n >= 2 ? n : 0;
}

static size_t oscillations(const struct storm_view *v)
{
	size_t n = with_flag(v, STORM_CHAINED);

	return n >= 3 ? v->n : 0;
}

static size_t stalls_of_poll(const struct storm_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += is_cause(v->fact[i], 9);
	return n >= 2 ? with_returns(v, 9) : 0;
}

/* Session timeouts of members that lived all the time. */
static size_t starvations(const struct storm_view *v)
{
	return with_flag(v, STORM_THAWED) ? with_returns(v, 10) : 0;
}

static size_t ghosts(const struct storm_view *v)
{
	size_t n = with_flag(v, STORM_GHOST);

	return n >= 2 ? n : 0;
}

static bool is_dominated(const struct storm_fact *f)
{
	return is_cause(f, 11) || (f->slow && f->lag >= LAG_LEAST && f->join > 0 && f->lag >= f->join / 2);
}

static uint64_t slow_of(const struct storm_fact *f)
{
	return is_cause(f, 11) ? f->trigger[0].who : f->slow;
}

static size_t slow_joins(const struct storm_view *v)
{
	size_t best = 0;

	for (size_t i = 0; i < v->n; i++) {
		size_t n = 0;

		for (size_t k = i; k < v->n; k++)
			n += is_dominated(v->fact[i]) && is_dominated(v->fact[k]) && slow_of(v->fact[k]) == slow_of(v->fact[i]);
		best = n > best ? n : best;
	}
	return best >= 2 ? best : 0;
}

/* Did a member of this id join within the storm? */
static bool joined_lately(const struct storm_view *v, uint64_t id, size_t before)
{
	for (size_t i = 0; i < before; i++)
		for (size_t k = 0; k < v->fact[i]->n_triggers; k++)
			if (is_join(&v->fact[i]->trigger[k]) && v->fact[i]->trigger[k].id == id)
				return true;
	return false;
}

/* Members that left and had been there when the storm began: an autoscaler takes away what it has brought, and a member
 * that flaps comes back and leaves again. */
static size_t leavers(const struct storm_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		for (size_t k = 0; k < v->fact[i]->n_triggers; k++)
			n += is_leave(&v->fact[i]->trigger[k]) && !joined_lately(v, v->fact[i]->trigger[k].id, i);
	return n;
}

/* Was this client lost before, without leaving? Its return is no part of a restart. */
static bool was_lost(const struct storm_view *v, uint64_t who, size_t before)
{
	for (size_t i = before; i-- > 0;)
		if (v->fact[i]->trigger[0].who == who)
			return v->fact[i]->trigger[0].cause >= 9 && v->fact[i]->trigger[0].cause <= 12;
	return false;
}

/* Leaves that are open, less those that this rebalance makes good; *pairs counts what it makes good. */
static size_t match(const struct storm_view *v, size_t at, size_t open, size_t *pairs)
{
	const struct storm_fact *f = v->fact[at];

	for (size_t k = 0; k < f->n_triggers; k++) {
		if (is_leave(&f->trigger[k])) {
			open++;
		} else if (open && is_join(&f->trigger[k]) && !was_lost(v, f->trigger[k].who, at)) {
			open--;
			++*pairs;
		}
	}
	return open;
}

/* One after another leaves, and one after another comes. */
static size_t restarts(const struct storm_view *v)
{
	size_t open = 0, pairs = 0, both = 0, followups = with_flag(v, STORM_FOLLOWUP);

	for (size_t i = 0; i < v->n; i++) {
		size_t before = pairs;

		open = match(v, i, open, &pairs);
		both += pairs > before && is_leave(&v->fact[i]->trigger[0]); /* left and came within one rebalance */
	}
	if (leavers(v) < LEAST_DISTINCT || pairs < LEAST_DISTINCT)
		return 0;
	return 2 * pairs - both + followups + (open > 0);
}

static size_t herd(const struct storm_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += is_join(&v->fact[i]->trigger[0]) && !(v->fact[i]->flags & STORM_RETURNED);
	return n >= HERD && leavers(v) == 0 ? n : 0;
}

static size_t of_one(const struct storm_view *v, uint64_t who)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->fact[i]->trigger[0].who == who;
	return who ? n : 0;
}

/* How many begin on this host; 0 where one of its clients does most of them, which says more than its host. */
static size_t of_host(const struct storm_view *v, uint64_t host)
{
	size_t n = 0, most = 0;

	for (size_t i = 0; i < v->n && host; i++) {
		size_t one = v->fact[i]->trigger[0].host == host ? of_one(v, v->fact[i]->trigger[0].who) : 0;

		n += v->fact[i]->trigger[0].host == host;
		most = one > most ? one : most;
	}
	return n > most + most / 2 ? n : 0;
}

/* Are there members anywhere else? Where all live on one host it explains nothing. */
static bool has_other_hosts(const struct storm_view *v, uint64_t host)
{
	for (const struct member *m = v->group->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && m->host && storm_who(NULL, m->host) != host)
			return true;
	return false;
}

/* The client, or the host with several of them, that most rebalances begin with. */
static uint64_t flapper(const struct storm_view *v, size_t *most)
{
	uint64_t best = 0;

	*most = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct storm_trigger *t = &v->fact[i]->trigger[0];
		size_t one = of_one(v, t->who), all = of_host(v, t->host);

		if (one > *most) {
			*most = one;
			best = t->who;
		}
		if (all > *most && has_other_hosts(v, t->host)) {
			*most = all;
			best = t->host;
		}
	}
	return best;
}

static size_t flaps(const struct storm_view *v)
{
	size_t most;

	flapper(v, &most);
	return most >= 3 ? most : 0;
}

static size_t mismatches(const struct storm_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += is_cause(v->fact[i], 17) || is_cause(v->fact[i], 4);
	return n >= 3 ? n : 0;
}

static size_t idlers(const struct storm_view *v)
{
	size_t n = with_flag(v, STORM_IDLE);

	return n >= 3 ? n : 0;
}

struct class_row {
	enum group_storm_class class;
	size_t (*explains)(const struct storm_view *v);
	bool half; /* half of the rebalances are enough */
};

/* Of two that explain as much the first wins: from the special to the general. */
static const struct class_row classes[] = {
	{ GROUP_STORM_OSCILLATION, oscillations, false },
	{ GROUP_STORM_BROKER_ROLL, rolls, false },
	{ GROUP_STORM_PLANNED, planned, false },
	{ GROUP_STORM_METADATA_CHURN, churns, false },
	{ GROUP_STORM_SLOW_PROCESSING, stalls_of_poll, false },
	{ GROUP_STORM_STARVATION, starvations, false },
	{ GROUP_STORM_GHOST_STALL, ghosts, false },
	{ GROUP_STORM_ROLLING_RESTART, restarts, false },
	{ GROUP_STORM_DEPLOY_HERD, herd, false },
	{ GROUP_STORM_SLOW_JOINER, slow_joins, false },
	{ GROUP_STORM_INCOMPATIBLE, mismatches, false },
	{ GROUP_STORM_FLAPPING, flaps, true },
	{ GROUP_STORM_OVERSUBSCRIPTION, idlers, false },
};

/* Whose the losses, the waits or simply the triggers of that class are. */
static uint64_t who_of(const struct storm_fact *f, enum group_storm_class c)
{
	switch (c) {
	case GROUP_STORM_SLOW_PROCESSING:
		return is_cause(f, 9) ? f->trigger[0].who : 0;
	case GROUP_STORM_STARVATION:
		return is_cause(f, 10) ? f->trigger[0].who : 0;
	case GROUP_STORM_SLOW_JOINER:
		return is_dominated(f) ? slow_of(f) : 0;
	case GROUP_STORM_GHOST_STALL:
	case GROUP_STORM_METADATA_CHURN:
		return f->trigger[0].who;
	default:
		return 0;
	}
}

/* The one that most of it is about: more than half. */
static uint64_t culprit_of(const struct storm_view *v, enum group_storm_class c)
{
	uint64_t best = 0;
	size_t most = 0, all = 0;

	if (c == GROUP_STORM_FLAPPING)
		return flapper(v, &most);
	for (size_t i = 0; i < v->n; i++) {
		uint64_t who = who_of(v->fact[i], c);
		size_t n = 0;

		for (size_t k = 0; k < v->n && who; k++)
			n += who_of(v->fact[k], c) == who;
		all += who != 0;
		if (n > most) {
			most = n;
			best = who;
		}
	}
	return most * 2 > all ? best : 0;
}

enum group_storm_class storm_classify(const struct storm_view *v, uint64_t *culprit)
{
	enum group_storm_class best = GROUP_STORM_UNKNOWN;
	size_t most = 0;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t n = classes[i].explains(v);

		if (n > most && (classes[i].half ? n * 2 >= v->n : n * 3 >= v->n * 2)) {
			most = n;
			best = classes[i].class;
		}
	}
	*culprit = culprit_of(v, best);
	return best;
}
