/* SPDX-License-Identifier: Apache-2.0
 *
 * What would end a storm, with numbers that a person can check against the log.
 */
#include "storm.h"

#include "member.h"

static const char *who(struct scratch *s, const struct group *g, uint64_t digest)
{
	const struct member *m = storm_member(g, digest);

	if (!m)
		return "a member";
	return m->host ? scratch_text(s, "%s (%s)", member_label(m), m->host) : member_label(m);
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static int32_t session_ms(const struct group *g, uint64_t whose)
{
	int32_t ms = 0;

	for (const struct member *m = roster_first(g); m; m = roster_after(m))
		if (m->session_ms > ms && (!whose || storm_who(m->client_id, m->host) == whose))
			ms = m->session_ms;
	return ms;
}

static int32_t rebalance_ms(const struct group *g)
{
	int32_t ms = 0;

	for (const struct member *m = roster_first(g); m; m = roster_after(m))
		if (m->rebalance_ms > ms)
			ms = m->rebalance_ms;
	return ms;
}

/* Members that left and came back, and the longest that one was away. */
struct restarts {
	uint32_t left, came, rebalances, followups;
	int64_t away; /* ns; 0 when no return of the same client was seen */
	bool cooperative;
};

static bool is_leave(const struct storm_trigger *t)
{
	return t->cause == 7 || t->cause == 8;
}

static void note_return(const struct storm_view *v, size_t at, uint64_t client, struct restarts *r)
{
	for (size_t i = at; i-- > 0;)
		for (size_t k = 0; k < v->fact[i]->n_triggers; k++)
			if (is_leave(&v->fact[i]->trigger[k]) && v->fact[i]->trigger[k].who == client) {
				int64_t away = v->fact[at]->started - v->fact[i]->started;

				r->away = away > r->away ? away : r->away;
				return;
			}
}

static void count_restarts(const struct storm_view *v, struct restarts *r)
{
	*r = (struct restarts){ .rebalances = v->rebalances };
	for (size_t i = 0; i < v->n; i++) {
		const struct storm_fact *f = v->fact[i];

		r->followups += (f->flags & STORM_FOLLOWUP) != 0;
		r->cooperative |= (f->flags & STORM_COOPERATIVE) != 0;
		for (size_t k = 0; k < f->n_triggers; k++) {
			r->left += is_leave(&f->trigger[k]);
			if (f->trigger[k].cause != 1 && f->trigger[k].cause != 2)
				continue;
			r->came++;
			note_return(v, i, f->trigger[k].who, r);
		}
	}
}

static const char *restart_arithmetic(struct scratch *s, const struct restarts *r)
{
	const char *followups = r->followups ? scratch_text(s, " and %u follow-up%s", r->followups, r->followups == 1 ? "" : "s") : "";

	if (r->left == r->came && r->left * 2 == r->rebalances)
		return scratch_text(s, "%u members x 2 = %u rebalances%s", r->left, r->rebalances, followups);
	return scratch_text(s, "%u left and %u came: %u rebalances%s", r->left, r->came, r->rebalances, followups);
}

static const char *rolling_restart(const struct storm_view *v, struct scratch *s)
{
	int32_t session = session_ms(v->group, 0);
	struct restarts r;
	const char *above = "";

	count_restarts(v, &r);
	if (r.away && session)
		above = scratch_text(s, " (the longest took %.1f s, the session timeout is %.1f s)", seconds(r.away),
		                     session / 1000.0);
	return scratch_text(s, "%s; 0 with group.instance.id and session.timeout.ms above the restart time%s%s",
	                    restart_arithmetic(s, &r), above,
	                    r.cooperative ? "" : "; cooperative-sticky would keep the partitions that do not move");
}

static const char *deploy_herd(const struct storm_view *v, struct scratch *s)
{
	int64_t pause = 0;
	uint32_t came = 0;

	for (size_t i = 0; i < v->n; i++) {
		came += v->fact[i]->trigger[0].cause == 2;
		if (i && v->fact[i]->started - v->fact[i - 1]->started > pause)
			pause = v->fact[i]->started - v->fact[i - 1]->started;
	}
	return scratch_text(s, "%u members came one by one: %u rebalances; 1 if they came together, or with "
	                    "group.initial.rebalance.delay.ms above the longest pause between two of them (%.1f s), if "
	                    "the group is empty before", came, v->rebalances, seconds(pause));
}

static const char *slow_processing(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	uint32_t n = storm_count(v, 9, culprit);
	int32_t limit = rebalance_ms(v->group);

	return scratch_text(s, "%s stopped polling for longer than max.poll.interval.ms%s %u times: each costs a leave and a "
	                    "return, %u x 2 = %u rebalances; lower max.poll.records, raise max.poll.interval.ms, or "
	                    "move the work off the polling thread", culprit ? who(s, v->group, culprit) : "members",
	                    limit ? scratch_text(s, " (%.1f s)", limit / 1000.0) : "", n, n, n * 2);
}

static const char *slow_joiner(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	int64_t longest = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->fact[i]->slow == culprit && v->fact[i]->lag > longest)
			longest = v->fact[i]->lag;
	return scratch_text(s, "all wait for %s, which took up to %.1f s to rejoin after it was told: it is busy between two "
	                    "polls; lower max.poll.records, shorten the rebalance listener's callbacks",
	                    who(s, v->group, culprit), seconds(longest));
}

static const char *starvation(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	uint32_t n = storm_count(v, 10, culprit);
	int32_t session = session_ms(v->group, culprit);

	return scratch_text(s, "%s sent no heartbeat for its session timeout (%.1f s) %u times, and lived: with each "
	                    "return %u x 2 = %u rebalances; look for GC pauses, CPU limits or a frozen host, and set "
	                    "session.timeout.ms=45000 with heartbeat.interval.ms at a third of it or less",
	                    culprit ? who(s, v->group, culprit) : "members", session / 1000.0, n, n, n * 2);
}

static const char *ghost_stall(const struct storm_view *v, struct scratch *s)
{
	int64_t waited = 0;
	int32_t session = session_ms(v->group, 0);
	uint32_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->fact[i]->flags & STORM_GHOST) {
			waited += v->fact[i]->join;
			n++;
		}
	return scratch_text(s, "%u rebalances waited %.1f s in all for sessions of processes that had been restarted without "
	                    "leaving; close consumers gracefully, or use group.instance.id, or a shorter session.timeout.ms%s; Streams: "
	                    "internal.leave.group.on.close=true (up to 4.1), CloseOptions later", n, seconds(waited),
	                    session ? scratch_text(s, " (it is %.1f s)", session / 1000.0) : "");
}

/* Several clients of one host, and none of them alone. */
static const char *flapping_host(const struct storm_view *v, const char *host, uint64_t culprit, struct scratch *s)
{
	uint32_t n = 0, clients = 0;

	for (size_t i = 0; i < v->n; i++) {
		bool first = v->fact[i]->trigger[0].host == culprit;

		n += first;
		for (size_t k = 0; k < i && first; k++)
			first = v->fact[k]->trigger[0].who != v->fact[i]->trigger[0].who;
		clients += first;
	}
	return scratch_text(s, "%u of %zu rebalances begin with members on host %s (%u clients), though the group has members "
	                    "elsewhere: look at that host (memory, CPU limits, disk, network), not at one process",
	                    n, v->n, host, clients);
}

static const char *flapping(const struct storm_view *v, uint64_t culprit, struct scratch *s)
{
	const struct member *m = storm_member(v->group, culprit);
	const char *host = storm_host(v->group, culprit);
	uint32_t n = 0;

	if (host)
		return flapping_host(v, host, culprit, s);
	for (size_t i = 0; i < v->n; i++)
		n += v->fact[i]->trigger[0].who == culprit;
	return scratch_text(s, "%u of %zu rebalances begin with %s: look at that process and its host (restarts, memory, "
	                    "network); %s than session.timeout.ms", n, v->n, who(s, v->group, culprit),
	                    m && m->instance ? "it has a group.instance.id: what shows here are absences longer"
	                                     : "group.instance.id hides restarts shorter");
}

static const char *oversubscription(const struct storm_view *v, struct scratch *s)
{
	const struct storm_fact *f = v->fact[v->n - 1];

	return scratch_text(s, "%u members for %u partitions: %u have nothing to do, and every one of them that comes or goes "
	                    "costs a rebalance; run fewer members or add partitions", f->members, f->partitions, f->idle);
}

static const char *broker_roll(const struct storm_view *v, struct scratch *s)
{
	return scratch_text(s, "%zu rebalances followed a move of the coordinator; use controlled shutdown, and wait between "
	                    "two brokers until the groups are stable again", v->n);
}

static const char *churn(const struct storm_view *v, struct scratch *s)
{
	return scratch_text(s, "%u of %zu rebalances come from changed topic metadata; narrow the subscription pattern, raise "
	                    "metadata.max.age.ms, create topics in batches; clients 3.5 to 4.3 with client.rack also do "
	                    "it when a broker restarts: upgrade", storm_count(v, 5, 0), v->n);
}

static const char *incompatible(const struct storm_view *v, struct scratch *s)
{
	return scratch_text(s, "%u of %zu rebalances begin with members that change what they subscribe to: if they are "
	                    "different applications, give each its own group.id; to change partition.assignment.strategy, first "
	                    "list both everywhere, then drop the old one", storm_count(v, 4, 0) + storm_count(v, 17, 0), v->n);
}

static const char *oscillation(const struct storm_view *v, struct scratch *s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += (v->fact[i]->flags & STORM_CHAINED) != 0;
	return scratch_text(s, "each assignment asks for another one: %u follow-ups of follow-ups in %zu rebalances, where one "
	                    "follow-up is enough; use one of the built-in assignors, in the same version in all members", n, v->n);
}

/* Expected ones are a storm only when they leave the group no time to work. */
static const char *planned(const struct storm_view *v, struct scratch *s)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += (v->fact[i]->flags & STORM_PLANNED) != 0;
	return scratch_text(s, "%zu of %zu rebalances are ones that Connect or Streams do by themselves, but they take most of "
	                    "the time; Connect: change connector configurations less often and several at once, and use "
	                    "connect.protocol=sessioned, which stops only what moves; Streams: raise "
	                    "probing.rebalance.interval.ms", n, v->n);
}

const char *storm_advice_of_consumers(const struct storm_view *v, enum group_storm_class c, uint64_t culprit)
{
	struct scratch *s = &v->group->owner->scratch;

	switch (c) {
	case GROUP_STORM_ROLLING_RESTART:
		return rolling_restart(v, s);
	case GROUP_STORM_DEPLOY_HERD:
		return deploy_herd(v, s);
	case GROUP_STORM_SLOW_PROCESSING:
		return slow_processing(v, culprit, s);
	case GROUP_STORM_SLOW_JOINER:
		return slow_joiner(v, culprit, s);
	case GROUP_STORM_STARVATION:
		return starvation(v, culprit, s);
	case GROUP_STORM_GHOST_STALL:
		return ghost_stall(v, s);
	case GROUP_STORM_FLAPPING:
		return flapping(v, culprit, s);
	case GROUP_STORM_OVERSUBSCRIPTION:
		return oversubscription(v, s);
	case GROUP_STORM_BROKER_ROLL:
		return broker_roll(v, s);
	case GROUP_STORM_METADATA_CHURN:
		return churn(v, s);
	case GROUP_STORM_INCOMPATIBLE:
		return incompatible(v, s);
	case GROUP_STORM_OSCILLATION:
		return oscillation(v, s);
	case GROUP_STORM_PLANNED:
		return planned(v, s);
	default:
		return NULL;
	}
}

const char *storm_loop_advice(struct group *g, const struct storm_loop *l)
{
	struct scratch *s = &g->owner->scratch;
	double within = seconds(l->last - l->first);
	const char *name = scratch_text(s, "%s (%s)", l->client_id ? l->client_id : "a client", l->host ? l->host : "?");

	switch (l->class) {
	case GROUP_STORM_DUPLICATE_INSTANCE:
		if (g->epochs)
			return scratch_text(s, "%s asked %u times in %.1f s for a group.instance.id that another process has: that one "
			                    "stays; give each process its own, for example from its pod's name", name, l->n, within);
		return scratch_text(s, "members with the same group.instance.id fenced each other %u times in %.1f s: give each "
		                    "process its own, for example from its pod's name", l->n, within);
	case GROUP_STORM_ZOMBIE_LOOP:
		return scratch_text(s, "%s was told %u times in %.1f s that it is no member any more, and goes on under its old id: "
		                    "fix or restart that client", name, l->n, within);
	case GROUP_STORM_INCOMPATIBLE:
		return scratch_text(s, "%s was refused %u times in %.1f s: it has no assignor in common with the group; list both "
		                    "assignors in partition.assignment.strategy everywhere, then drop the old one, or give it "
		                    "its own group.id", name, l->n, within);
	default:
		return NULL;
	}
}
