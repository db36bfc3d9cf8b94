/* SPDX-License-Identifier: Apache-2.0
 *
 * Which class a storm is of, and what is said of it.
 */
#include "storm_scene.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void a_rolling_restart(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct scene *s = *state;
	struct member *m[5];

	for (int i = 0; i < 5; i++)
		m[i] = member(s, names[i]);
	forms(s, m[0]);
	for (int i = 0; i < 5; i++) {
		leaves(s, 20 + 10 * i, m[i]);
		comes(s, 24 + 10 * i, names[i]);
	}
	assert_int_equal(s->n, 1);
	assert_false(s->told[0].ended);
	assert_int_equal(s->told[0].class, GROUP_STORM_ROLLING_RESTART);
	assert_int_equal(s->told[0].rebalances, 5);
	assert_int_equal(s->told[0].since, 20);
	finish(s, 80);
	assert_int_equal(s->n, 2);
	assert_true(last(s)->ended);
	assert_false(last(s)->over);
	assert_int_equal(last(s)->class, GROUP_STORM_ROLLING_RESTART);
	assert_int_equal(last(s)->rebalances, 10);
	assert_string_equal(last(s)->culprit, "");
	assert_true(last(s)->percent > 20 && last(s)->percent < 23); /* 10 of 45 s */
	says(s, "5 members x 2 = 10 rebalances; 0 with group.instance.id");
	says(s, "(the longest took 4.0 s, the session timeout is 45.0 s)");
	says(s, "cooperative-sticky");
}

/* Clients of one name on one host are told apart by having been there before. */
static void a_rolling_restart_of_namesakes(void **state)
{
	struct scene *s = *state;
	struct member *m[4];

	for (int i = 0; i < 4; i++)
		m[i] = member(s, "rdkafka");
	forms(s, m[0]);
	for (int i = 0; i < 4; i++) {
		leaves(s, 20 + 10 * i, m[i]);
		comes(s, 24 + 10 * i, "rdkafka");
	}
	assert_int_equal(last(s)->class, GROUP_STORM_ROLLING_RESTART);
}

/* The same storm in groups of other kinds: the advice is one that they can follow. */
static void restart_all(struct scene *s, const char *type, const char *assignor)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct member *m[4];

	text_set(&s->group->protocol_type, bytes(type));
	text_set(&s->group->assignor, bytes(assignor));
	for (int i = 0; i < 4; i++)
		m[i] = member(s, names[i]);
	forms(s, m[0]);
	for (int i = 0; i < 4; i++) {
		leaves(s, 20 + 10 * i, m[i]);
		comes(s, 24 + 10 * i, names[i]);
	}
	finish(s, 80);
	assert_int_equal(last(s)->class, GROUP_STORM_ROLLING_RESTART);
}

static void workers_restarted(void **state)
{
	struct scene *s = *state;

	restart_all(s, "connect", "default");
	says(s, "4 workers");
	says(s, "scheduled.rebalance.max.delay.ms");
	says(s, "connect.protocol=sessioned");
}

static void registries_restarted(void **state)
{
	restart_all(*state, "sr", "v0");
	says(*state, "restart the master last");
}

static void streams_restarted(void **state)
{
	restart_all(*state, "consumer", "stream");
	says(*state, "group.instance.id");
	says(*state, "num.standby.replicas");
}

static void with_follow_ups(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	struct scene *s = *state;
	struct group_rebalance r;
	struct member *m[3];

	for (int i = 0; i < 3; i++)
		m[i] = member(s, names[i]);
	forms(s, m[0]);
	for (int i = 0; i < 3; i++) {
		leaves(s, 20 + 10 * i, m[i]);
		m[i] = comes(s, 24 + 10 * i, names[i]);
		r = rebalance(s, 25 + 10 * i, 28 + 10 * i, 20, m[i]);
		r.followup_of = s->generation;
		r.mode = GROUP_COOPERATIVE;
		tell(s, &r);
	}
	finish(s, 60);
	assert_int_equal(last(s)->class, GROUP_STORM_ROLLING_RESTART);
	assert_int_equal(last(s)->rebalances, 6);
	says(s, "3 members x 2 = 6 rebalances and 3 follow-ups");
	assert_null(strstr(last(s)->advice, "cooperative-sticky"));
}

static void a_herd(void **state)
{
	struct scene *s = *state;
	char name[8];

	forms(s, member(s, "first"));
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "n%d", i);
		comes(s, 5 + 4 * i, name);
	}
	assert_int_equal(last(s)->class, GROUP_STORM_DEPLOY_HERD);
	finish(s, 40);
	says(s, "6 members came one by one: 6 rebalances");
	says(s, "(4.0 s)");
}

static void slow_processing(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "slow");

	member(s, "other");
	forms(s, m);
	for (int i = 0; i < 3; i++) {
		member_leave_group(m, GROUP_LEFT, START + (20 + 20 * i) * NS_PER_S);
		happens(s, 20 + 20 * i, 21 + 20 * i, 9, m);
		m = comes(s, 30 + 20 * i, "slow");
	}
	assert_int_equal(last(s)->class, GROUP_STORM_SLOW_PROCESSING);
	finish(s, 90);
	assert_string_equal(last(s)->culprit, "slow");
	says(s, "slow (10.0.0.9) stopped polling for longer than max.poll.interval.ms (300.0 s) 3 times");
	says(s, "3 x 2 = 6 rebalances");
}

/* Lost by session timeout; `alive` says that its former id was still used afterwards. */
static void loses(struct scene *s, bool alive)
{
	struct member *m = member(s, "x");

	member(s, "y");
	forms(s, m);
	for (int i = 0; i < 3; i++) {
		m->session_ms = 6000;
		member_leave_group(m, GROUP_EXPIRED, START + (20 + 20 * i) * NS_PER_S);
		happens(s, 20 + 20 * i, 21 + 20 * i, 10, m);
		if (alive)
			member_seldom(m)->refused = START + (24 + 20 * i) * NS_PER_S;
		m = comes(s, 25 + 20 * i, "x");
	}
	finish(s, 90);
	assert_string_equal(last(s)->culprit, "x");
}

static void starvation(void **state)
{
	struct scene *s = *state;

	loses(s, true);
	assert_int_equal(last(s)->class, GROUP_STORM_STARVATION);
	says(s, "3 x 2 = 6 rebalances");
}

static void a_crash_loop_flaps(void **state)
{
	struct scene *s = *state;

	loses(s, false);
	assert_int_equal(last(s)->class, GROUP_STORM_FLAPPING);
	says(s, "6 of 6 rebalances begin with x (10.0.0.9)");
}

/* Half of the rebalances are one member's: that is enough. */
static void half_of_them_are_one_members(void **state)
{
	static const uint8_t others[] = { 4, 14, 6 };
	struct scene *s = *state;
	struct member *x = member(s, "x");

	forms(s, x);
	for (int i = 0; i < 6; i++)
		happens(s, 20 + 10 * i, 24 + 10 * i, i % 2 ? 10 : others[i / 2], i % 2 ? x : member(s, i < 2 ? "u" : i < 4 ? "v" : "w"));
	finish(s, 80);
	assert_int_equal(last(s)->class, GROUP_STORM_FLAPPING);
	says(s, "begin with x");
}

/* Ten rebalances begin with clients of 10.0.0.9, none of which does it often; the group has a member elsewhere. */
static void on_one_host(struct scene *s, const char *elsewhere)
{
	struct member *other = member(s, "other");
	char name[8];

	text_free(other->host);
	other->host = text_from(elsewhere);
	forms(s, other);
	for (int i = 0; i < 10; i++) {
		struct member *m;

		snprintf(name, sizeof name, "n%d", i / 2);
		m = member(s, name);
		member_leave_group(m, GROUP_EXPIRED, START);
		happens(s, 20 + 10 * i, 22 + 10 * i, i % 2 ? 12 : 10, m);
	}
	finish(s, 130);
}

static void a_host_that_flaps(void **state)
{
	struct scene *s = *state;

	on_one_host(s, "10.0.0.8");
	assert_int_equal(last(s)->class, GROUP_STORM_FLAPPING);
	assert_string_equal(last(s)->culprit, "");
	says(s, "10 of 10 rebalances begin with members on host 10.0.0.9 (5 clients)");
}

static void the_only_host_is_no_culprit(void **state)
{
	struct scene *s = *state;

	on_one_host(s, "10.0.0.9");
	assert_int_equal(last(s)->class, GROUP_STORM_UNKNOWN);
}

static void a_slow_joiner(void **state)
{
	struct group_rebalance_member slow = { .client_id = "s", .host = "10.0.0.9", .rejoin_lag = 4 * NS_PER_S };
	struct scene *s = *state;
	char name[8];

	forms(s, member(s, "s"));
	for (int i = 0; i < 5; i++) {
		struct group_rebalance r;

		snprintf(name, sizeof name, "n%d", i);
		r = rebalance(s, 20 + 15 * i, 25 + 15 * i, i % 2 ? 4 : 14, member(s, name));
		r.members = &slow;
		r.n_members = 1;
		tell(s, &r);
	}
	assert_int_equal(last(s)->class, GROUP_STORM_SLOW_JOINER);
	assert_string_equal(last(s)->culprit, "s");
	finish(s, 100);
	says(s, "all wait for s (10.0.0.9), which took up to 4.0 s");
}

static void ghosts(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "x");

	forms(s, m);
	for (int i = 0; i < 3; i++) {
		struct member *ghost = m;
		struct group_rebalance_member gone = { .member = ghost->id, .change = GROUP_EXPIRED, .rejoin_lag = -1 };
		struct group_rebalance r;

		m = member(s, "x");
		member_leave_group(ghost, GROUP_EXPIRED, START);
		r = rebalance(s, 20 + 60 * i, 60 + 60 * i, 2, m);
		r.members = &gone;
		r.n_members = 1;
		tell(s, &r);
	}
	assert_int_equal(last(s)->class, GROUP_STORM_GHOST_STALL);
	says(s, "a shorter session.timeout.ms (it is ");
	finish(s, 190);
	says(s, "3 rebalances waited 120.0 s");
}

/* A scaler that takes away what it has brought is no restart. */
static void oversubscribed(void **state)
{
	struct group_rebalance_member idle = { .client_id = "i", .change = GROUP_STAYED, .rejoin_lag = -1,
		                               .assignment_known = true };
	struct scene *s = *state;
	char name[8];

	forms(s, member(s, "base"));
	for (int i = 0; i < 4; i++) {
		struct member *m;
		struct group_rebalance r;

		snprintf(name, sizeof name, "n%d", i);
		m = member(s, name);
		r = rebalance(s, 20 + 20 * i, 21 + 20 * i, 2, m);
		r.members = &idle;
		r.n_members = 1;
		tell(s, &r);
		r = rebalance(s, 30 + 20 * i, 31 + 20 * i, 7, m);
		r.members = &idle;
		r.n_members = 1;
		tell(s, &r);
	}
	assert_int_equal(last(s)->class, GROUP_STORM_OVERSUBSCRIPTION);
}

static void of_one_cause(void **state, uint8_t cause, enum group_storm_class class)
{
	struct scene *s = *state;
	char name[8];

	forms(s, member(s, "a"));
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "n%d", i);
		happens(s, 20 + 10 * i, 21 + 10 * i, cause, member(s, name));
	}
	assert_int_equal(last(s)->class, class);
}

static void metadata_churn(void **state)
{
	of_one_cause(state, 5, GROUP_STORM_METADATA_CHURN);
}

static void changing_subscriptions(void **state)
{
	of_one_cause(state, 4, GROUP_STORM_INCOMPATIBLE);
	says(*state, " rebalances begin with members that change what they subscribe to");
}

static void broker_roll(void **state)
{
	of_one_cause(state, 15, GROUP_STORM_BROKER_ROLL);
}

/* Many rebalances of which no class explains two thirds: a storm all the same, and no guess. */
static void of_no_class(void **state)
{
	static const uint8_t causes[] = { 2, 14, 6, 5, 12 };
	struct scene *s = *state;
	char name[8];

	forms(s, member(s, "a"));
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "n%d", i);
		happens(s, 20 + 10 * i, 21 + 10 * i, causes[i], member(s, name));
	}
	assert_int_equal(last(s)->class, GROUP_STORM_UNKNOWN);
	assert_string_equal(last(s)->advice, "");
}

static void oscillation(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "a");

	forms(s, m);
	comes(s, 20, "b");
	for (int i = 0; i < 4; i++) {
		struct group_rebalance r = rebalance(s, 22 + 3 * i, 23 + 3 * i, 20, m);

		r.followup_of = s->generation;
		tell(s, &r);
	}
	assert_int_equal(last(s)->class, GROUP_STORM_OSCILLATION);
	says(s, "follow-ups of follow-ups in ");
}

/* New configurations, one after another: each rebalance takes so long. */
static void planned(struct scene *s, int n, double every, double takes)
{
	struct member *m = member(s, "worker");

	forms(s, m);
	for (int i = 0; i < n; i++) {
		struct group_rebalance r = rebalance(s, 20 + every * i, 20 + every * i + takes, 4, m);

		r.protocol_type = "connect";
		r.kind = GROUP_KIND_CONNECT;
		r.planned = true;
		tell(s, &r);
	}
}

static void planned_is_no_storm(void **state)
{
	planned(*state, 20, 5, 1);
	assert_int_equal(((struct scene *)*state)->n, 0);
}

static void planned_but_most_of_the_time(void **state)
{
	planned(*state, 20, 20, 18);
	assert_int_equal(last(*state)->class, GROUP_STORM_PLANNED);
	assert_int_equal(last(*state)->rebalances, 0);
	says(*state, "connect.protocol");
}

static void rounds_that_come_to_nothing(void **state)
{
	struct scene *s = *state;
	struct member *m = member(s, "a");

	forms(s, m);
	for (int i = 0; i < 3; i++) {
		struct group_rebalance r = rebalance(s, 100 + 20 * i, 0, 7, m);

		r.outcome = GROUP_ABORTED;
		r.ended = r.joined = GROUP_UNKNOWN_TIME;
		tell(s, &r);
	}
	assert_int_equal(s->n, 1); /* aborted rounds, and most of the last minutes not stable */
	assert_int_equal(last(s)->rebalances, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORM(a_rolling_restart),
		STORM(a_rolling_restart_of_namesakes),
		STORM(workers_restarted),
		STORM(registries_restarted),
		STORM(streams_restarted),
		STORM(with_follow_ups),
		STORM(a_herd),
		STORM(slow_processing),
		STORM(starvation),
		STORM(a_crash_loop_flaps),
		STORM(half_of_them_are_one_members),
		STORM(a_host_that_flaps),
		STORM(the_only_host_is_no_culprit),
		STORM(a_slow_joiner),
		STORM(ghosts),
		STORM(oversubscribed),
		STORM(metadata_churn),
		STORM(changing_subscriptions),
		STORM(broker_roll),
		STORM(of_no_class),
		STORM(oscillation),
		STORM(planned_is_no_storm),
		STORM(planned_but_most_of_the_time),
		STORM(rounds_that_come_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
