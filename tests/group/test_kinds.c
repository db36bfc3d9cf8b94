/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups of Connect, Streams and Schema Registry, spoken by scripted members.
 */
#include "special.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define URL_A "http://10.0.0.1:8083/"
#define URL_B "http://10.0.0.2:8083/"

static bool has(const char *text, const char *part)
{
	return text && strstr(text, part);
}

/* ---- Connect ------------------------------------------------------------------------------------------- */

/* Generation 1 at 3 s: a runs the connector and task 0, b task 1; configurations are read up to offset 5. */
static struct special *cluster(void)
{
	struct special *s = special_new("connect", "sessioned");

	connect_says(&s->metadata[0], 2, URL_A, 5, 0, NULL, 0);
	connect_says(&s->metadata[1], 2, URL_B, 5, 0, NULL, 0);
	special_enter(s, 0, 0, "a-1");
	special_enter(s, 1, 10, "b-1");
	special_joined(s, 3000, 1, "ab");
	connect_gives(&s->given[0], 2, 0, 5, "files:-1,0", "", 0);
	connect_gives(&s->given[1], 2, 0, 5, "files:1", "", 0);
	special_synced(s, 3010, "ab");
	connect_says(&s->metadata[0], 2, URL_A, 5, 5, "files:-1,0", 0);
	connect_says(&s->metadata[1], 2, URL_B, 5, 5, "files:1", 0);
	return s;
}

static void beats(struct special *s, int i, int64_t from, int64_t to)
{
	for (int64_t ms = from; ms <= to; ms += 3000)
		beat(&s->member[i], ms, 0);
}

/* b is silent from 9 s on, its session ends at 19 s: generation 2 at 20 s keeps its task for it, for 20 s. */
static void lose_b(struct special *s)
{
	beats(s, 0, 6000, 18000);
	beats(s, 1, 6000, 9000);
	beat(&s->member[0], 20000, 27);
	special_ask(s, 0, 20005, NULL);
	special_joined(s, 20010, 2, "a");
	connect_gives(&s->given[0], 2, 0, 5, "", "", 20000);
	special_synced(s, 20020, "a");
	connect_says(&s->metadata[0], 2, URL_A, 5, 5, "files:-1,0", 20000);
}

static void formation_of_workers(void **state)
{
	struct special *s = cluster();
	const struct group_rebalance *r = special_said(s, 0);

	(void)state;
	assert_int_equal(r->kind, GROUP_KIND_CONNECT);
	assert_true(has(r->cause.text, "worker 10.0.0.1:8083 (a)"));
	assert_non_null(r->connect);
	assert_string_equal(r->connect->protocol, "sessioned");
	assert_int_equal(r->connect->config_offset, 5);
	assert_int_equal(r->connect->connectors, 1);
	assert_int_equal(r->connect->tasks, 2);
	assert_int_equal(r->n_granted, 3);
	assert_string_equal(r->members[1].url, URL_B);
	special_free(s);
}

static void lost_worker_and_the_end_of_its_delay(void **state)
{
	struct special *s = cluster();
	const struct group_rebalance *r;

	(void)state;
	lose_b(s);
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 10);
	assert_true(has(r->cause.text, "its 1 task waits up to 20.0 s"));
	assert_int_equal(r->n_unassigned, 1);
	assert_int_equal(r->connect->delay_ms, 20000);
	assert_int_equal((r->connect->due - PEER_START) / 1000000, 40030);
	assert_int_equal(r->connect->waiting_tasks, 1);
	assert_int_equal(r->members[0].n_topics, 1);

	special_ask(s, 0, 40031, NULL);
	special_joined(s, 40033, 3, "a");
	connect_gives(&s->given[0], 2, 0, 5, "files:1", "", 0);
	special_synced(s, 40035, "a");
	r = special_said(s, 2);
	assert_int_equal(r->cause.id, 20);
	assert_int_equal(r->cause.confidence, 3);
	assert_int_equal(r->followup_of, 2);
	assert_true(r->planned);
	assert_int_equal(r->n_granted, 1);
	assert_int_equal(r->n_moved_since_parent, 1);
	assert_int_equal(r->connect->waiting_tasks, 0);
	assert_int_equal(r->connect->tasks, 2);
	special_free(s);
}

static void worker_back_in_time(void **state)
{
	struct special *s = cluster();
	const struct group_rebalance *r;

	(void)state;
	lose_b(s);
	connect_says(&s->metadata[1], 2, URL_B, 5, 0, NULL, 0);
	special_enter(s, 1, 28000, "b-2");
	beat(&s->member[0], 29000, 27);
	special_ask(s, 0, 29005, NULL);
	special_joined(s, 29010, 3, "ab");
	connect_gives(&s->given[0], 2, 0, 5, "", "", 11000);
	connect_gives(&s->given[1], 2, 0, 5, "", "", 11000);
	special_synced(s, 29020, "ab");
	r = special_said(s, 2);
	assert_int_equal(r->cause.id, 2);
	assert_int_equal(r->n_also, 0);
	assert_int_equal(r->connect->delay_ms, 11000);
	assert_int_equal(r->connect->waiting_tasks, 1);

	connect_says(&s->metadata[0], 2, URL_A, 5, 5, "files:-1,0", 11000);
	connect_says(&s->metadata[1], 2, URL_B, 5, 5, "", 11000);
	special_ask(s, 1, 40030, NULL);
	special_ask(s, 0, 40031, NULL);
	special_joined(s, 40033, 4, "ab");
	connect_gives(&s->given[0], 2, 0, 5, "", "", 0);
	connect_gives(&s->given[1], 2, 0, 5, "files:1", "", 0);
	special_synced(s, 40035, "ab");
	r = special_said(s, 3);
	assert_int_equal(r->cause.id, 20);
	assert_int_equal(r->followup_of, 3);
	assert_int_equal(r->n_granted, 1);
	assert_string_equal(r->granted[0].to, "b-2");
	special_free(s);
}

static void worker_that_leaves(void **state)
{
	struct special *s = cluster();
	const struct group_rebalance *r;

	(void)state;
	leave(&s->member[1], 6000, "the consumer is being closed", 0);
	beat(&s->member[0], 7000, 27);
	special_ask(s, 0, 7005, NULL);
	special_joined(s, 7010, 2, "a");
	connect_gives(&s->given[0], 2, 0, 5, "", "", 300000);
	special_synced(s, 7020, "a");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 7);
	assert_int_equal(r->cause.confidence, 3);
	assert_true(has(r->cause.text, "its 1 task waits up to 300.0 s"));
	special_free(s);
}

static void new_configurations(void **state)
{
	struct special *s = cluster();
	const struct group_rebalance *r;

	(void)state;
	connect_says(&s->metadata[0], 2, URL_A, 7, 5, "files:-1,0", 0);
	connect_says(&s->metadata[1], 2, URL_B, 7, 5, "files:1", 0);
	special_ask(s, 1, 5000, NULL);
	special_ask(s, 0, 5003, NULL);
	special_joined(s, 5005, 2, "ab");
	connect_gives(&s->given[0], 2, 0, 7, "", "", 0);
	connect_gives(&s->given[1], 2, 0, 7, "lines:-1", "", 0);
	special_synced(s, 5010, "ab");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 4);
	assert_int_equal(r->cause.confidence, 3);
	assert_true(has(r->cause.text, "config offset 5 -> 7"));
	assert_true(r->planned);
	assert_int_equal(r->connect->config_before, 5);
	assert_int_equal(r->n_granted, 1);
	assert_int_equal(r->granted[0].partition, -1);
	assert_int_equal(r->n_unassigned + r->n_moved, 0);
	special_free(s);
}

static void handed_over(void **state)
{
	struct special *s = cluster();
	const struct group_rebalance *r;

	(void)state;
	connect_says(&s->metadata[2], 2, "http://10.0.0.3:8083/", 5, 0, NULL, 0);
	special_enter(s, 2, 5000, "c-1");
	beat(&s->member[0], 6000, 27);
	beat(&s->member[1], 6000, 27);
	special_ask(s, 0, 6002, NULL);
	special_ask(s, 1, 6003, NULL);
	special_joined(s, 6005, 2, "abc");
	connect_gives(&s->given[0], 2, 0, 5, "", "files:0", 0);
	connect_gives(&s->given[1], 2, 0, 5, "", "", 0);
	connect_gives(&s->given[2], 2, 0, 5, "", "", 0);
	special_synced(s, 6010, "abc");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 2);
	assert_int_equal(r->n_unassigned, 1);
	assert_int_equal(r->connect->waiting_tasks, 1);

	connect_says(&s->metadata[0], 2, URL_A, 5, 5, "files:-1", 0);
	connect_says(&s->metadata[1], 2, URL_B, 5, 5, "files:1", 0);
	connect_says(&s->metadata[2], 2, "http://10.0.0.3:8083/", 5, 5, "", 0);
	special_ask(s, 0, 6050, NULL);
	beat(&s->member[1], 7000, 27);
	beat(&s->member[2], 7000, 27);
	special_ask(s, 1, 7002, NULL);
	special_ask(s, 2, 7003, NULL);
	special_joined(s, 7005, 3, "abc");
	connect_gives(&s->given[0], 2, 0, 5, "", "", 0);
	connect_gives(&s->given[1], 2, 0, 5, "", "", 0);
	connect_gives(&s->given[2], 2, 0, 5, "files:0", "", 0);
	special_synced(s, 7010, "abc");
	r = special_said(s, 2);
	assert_int_equal(r->cause.id, 20);
	assert_int_equal(r->cause.confidence, 3);
	assert_int_equal(r->followup_of, 2);
	assert_false(r->planned);
	assert_int_equal(r->n_moved_since_parent, 1);
	assert_string_equal(r->moved_since_parent[0].from, "a-1");
	assert_string_equal(r->moved_since_parent[0].to, "c-1");
	special_free(s);
}

/* The capture begins after the cluster did: what the workers say when they join tells what they had. */
static void seen_from_the_middle(void **state)
{
	struct special *s = special_new("connect", "sessioned");
	const struct group_rebalance *r;

	(void)state;
	strcpy(s->member[0].member, "a-1");
	strcpy(s->member[1].member, "b-1");
	s->member[0].generation = s->member[1].generation = 7;
	beats(s, 0, 0, 30000);
	beats(s, 1, 100, 30100);
	connect_says(&s->metadata[0], 2, URL_A, 9, 5, "files:-1,0", 0);
	connect_says(&s->metadata[1], 2, URL_B, 9, 5, "files:1", 0);
	special_ask(s, 0, 31000, NULL);
	special_ask(s, 1, 31001, NULL);
	special_joined(s, 31005, 8, "ab");
	connect_gives(&s->given[0], 2, 0, 9, "lines:-1", "", 0);
	connect_gives(&s->given[1], 2, 0, 9, "", "files:1", 0);
	special_synced(s, 31010, "ab");
	r = special_said(s, 0);
	assert_int_equal(r->cause.id, 4);
	assert_true(has(r->cause.text, "config offset 5 -> 9"));
	assert_true(r->moves_known);
	assert_int_equal(r->n_granted, 1);
	assert_int_equal(r->n_unassigned, 1);
	assert_string_equal(r->unassigned[0].from, "b-1");
	assert_int_equal(r->connect->tasks, 1);
	special_free(s);
}

/* Nothing has changed: why the leader joins again is not known. */
static void rejoin_without_cause(void **state)
{
	struct special *s = cluster();

	(void)state;
	special_ask(s, 0, 5000, NULL);
	beat(&s->member[1], 6000, 27);
	special_ask(s, 1, 6002, NULL);
	special_joined(s, 6005, 2, "ab");
	connect_gives(&s->given[0], 2, 0, 5, "", "", 0);
	connect_gives(&s->given[1], 2, 0, 5, "", "", 0);
	special_synced(s, 6010, "ab");
	assert_true(special_said(s, 1)->cause.confidence < 3);
	assert_false(special_said(s, 1)->planned);
	assert_int_equal(special_said(s, 1)->n_granted + special_said(s, 1)->n_unassigned, 0);
	special_free(s);
}

static void eager_workers(void **state)
{
	struct special *s = special_new("connect", "default");
	const struct group_rebalance *r;

	(void)state;
	connect_says(&s->metadata[0], 0, URL_A, 3, 0, NULL, 0);
	special_enter(s, 0, 0, "a-1");
	special_joined(s, 3000, 1, "a");
	connect_gives(&s->given[0], 0, 0, 3, "files:-1,0;lines:0", "", 0);
	special_synced(s, 3010, "a");
	connect_says(&s->metadata[0], 0, URL_A, 4, 0, NULL, 0);
	special_ask(s, 0, 5000, NULL);
	special_joined(s, 5001, 2, "a");
	connect_gives(&s->given[0], 0, 0, 4, "files:-1,0", "", 0);
	special_synced(s, 5002, "a");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 4);
	assert_int_equal(r->cause.confidence, 3);
	assert_string_equal(r->connect->protocol, "eager");
	assert_int_equal(r->mode, GROUP_EAGER);
	assert_int_equal(r->n_unassigned, 1);
	assert_int_equal(r->connect->tasks, 1);
	special_free(s);
}

/* Twenty connectors are made one after another: expected, however often. */
static void configurations_are_no_storm(void **state)
{
	struct special *s = cluster();

	(void)state;
	for (int i = 0; i < 20; i++) {
		connect_says(&s->metadata[0], 2, URL_A, 6 + i, 5 + i, "files:-1,0", 0);
		connect_says(&s->metadata[1], 2, URL_B, 6 + i, 5 + i, "files:1", 0);
		special_ask(s, 0, 5000 + 500 * i, NULL);
		special_ask(s, 1, 5001 + 500 * i, NULL);
		special_joined(s, 5005 + 500 * i, 2 + i, "ab");
		connect_gives(&s->given[0], 2, 0, 6 + i, "", "", 0);
		connect_gives(&s->given[1], 2, 0, 6 + i, "", "", 0);
		special_synced(s, 5010 + 500 * i, "ab");
	}
	assert_int_equal(special_count(s, GROUP_EVENT_STORM), 0);
	assert_int_equal(special_said(s, 20)->cause.id, 4);
	special_free(s);
}

/* What is no assignment, or cut, is not read: nothing is claimed, nothing crashes. */
static void bytes_that_lie(void **state)
{
	struct special *s = cluster();

	(void)state;
	connect_says(&s->metadata[0], 2, URL_A, 7, 5, "files:-1,0", 0);
	s->metadata[0].len -= 6;
	special_ask(s, 0, 5000, NULL);
	special_ask(s, 1, 5001, NULL);
	special_joined(s, 5005, 2, "ab");
	connect_gives(&s->given[0], 2, 0, 7, "lines:0", "", 0);
	s->given[0].byte[40] = 0x7f;
	s->given[1].len = 9;
	special_synced(s, 5010, "ab");
	peer_finish(&s->peer, 60000);
	assert_true(special_said(s, 1)->connect == NULL || special_said(s, 1)->connect->tasks < 0);
	special_free(s);
}

/* ---- Streams ------------------------------------------------------------------------------------------- */

#define NEXT (PEER_START / 1000000 + 63000)

/* Generation 1 at 3 s: a has both tasks, b warms up a copy of one; the next look is announced for 63 s. */
static struct special *application(void)
{
	struct special *s = special_new("consumer", "stream");

	streams_says(&s->metadata[0], 1);
	streams_says(&s->metadata[1], 2);
	special_enter(s, 0, 0, "a-1");
	special_enter(s, 1, 10, "b-1");
	special_joined(s, 3000, 1, "ab");
	streams_gives(&s->given[0], "0_0,0_1", "", NEXT);
	streams_gives(&s->given[1], "", "0_1", INT64_MAX);
	special_synced(s, 3010, "ab");
	return s;
}

static const struct group_rebalance *look_again(struct special *s, int64_t ms, const char *reason)
{
	special_ask(s, 0, ms, reason);
	beat(&s->member[1], ms + 500, 27);
	special_ask(s, 1, ms + 502, NULL);
	special_joined(s, ms + 505, 2, "ab");
	streams_gives(&s->given[0], "0_0", "0_1", INT64_MAX);
	streams_gives(&s->given[1], "0_1", "0_0", INT64_MAX);
	special_synced(s, ms + 510, "ab");
	return special_said(s, 1);
}

static void probing_is_announced(void **state)
{
	struct special *s = application();
	const struct group_rebalance *r = special_said(s, 0);

	(void)state;
	assert_int_equal(r->kind, GROUP_KIND_STREAMS);
	assert_int_equal(r->streams->processes, 2);
	assert_int_equal(r->streams->active, 2);
	assert_int_equal(r->streams->standby, 1);
	assert_int_equal(r->streams->warmup, 1);
	assert_int_equal(r->streams->next, NEXT * 1000000);
	assert_int_equal(r->members[0].n_active, 2);
	assert_int_equal(r->members[1].n_standby, 1);
	assert_int_equal(r->members[1].standby[0].partition, 1);
	special_free(s);
}

static void probing_with_its_reason(void **state)
{
	struct special *s = application();
	const struct group_rebalance *r;

	(void)state;
	r = look_again(s, 63095, "triggered followup rebalance scheduled for 1700000063000");
	assert_int_equal(r->cause.id, 20);
	assert_true(r->planned);
	assert_true(r->streams->probing);
	assert_int_equal(r->followup_of, 1);
	assert_int_equal(r->streams->warmup, 0);
	assert_true(r->streams->next == GROUP_UNKNOWN_TIME);
	special_free(s);
}

/* Before 3.2 clients gave no reasons. */
static void probing_by_its_time(void **state)
{
	struct special *s = application();
	const struct group_rebalance *r = look_again(s, 63095, NULL);

	(void)state;
	assert_int_equal(r->cause.id, 20);
	assert_true(r->cause.confidence < 3);
	assert_true(r->planned);
	special_free(s);
}

static void too_early_is_not_probing(void **state)
{
	struct special *s = application();
	const struct group_rebalance *r = look_again(s, 30000, NULL);

	(void)state;
	assert_int_not_equal(r->cause.id, 20);
	assert_false(r->planned);
	special_free(s);
}

/* ---- Schema Registry ------------------------------------------------------------------------------------ */

static struct special *registries(void)
{
	struct special *s = special_new("sr", "v0");

	registry_says(&s->metadata[0], "10.0.0.1", 8081);
	registry_says(&s->metadata[1], "10.0.0.2", 8081);
	special_enter(s, 0, 0, "a-1");
	special_enter(s, 1, 10, "b-1");
	special_joined(s, 3000, 1, "ab");
	registry_gives(&s->given[0], 0, "b-1", "10.0.0.2", 8081);
	registry_gives(&s->given[1], 0, "b-1", "10.0.0.2", 8081);
	special_synced(s, 3010, "ab");
	return s;
}

static void master_is_lost(void **state)
{
	struct special *s = registries();
	const struct group_rebalance *r = special_said(s, 0);

	(void)state;
	assert_int_equal(r->kind, GROUP_KIND_REGISTRY);
	assert_string_equal(r->registry->master, "b-1");
	assert_string_equal(r->registry->url, "http://10.0.0.2:8081");
	assert_int_equal(r->registry->eligible, 2);
	assert_null(r->registry->before);

	beats(s, 0, 6000, 18000);
	beats(s, 1, 6000, 9000);
	beat(&s->member[0], 20000, 27);
	special_ask(s, 0, 20005, NULL);
	special_joined(s, 20010, 2, "a");
	registry_gives(&s->given[0], 0, "a-1", "10.0.0.1", 8081);
	special_synced(s, 20020, "a");
	r = special_said(s, 1);
	assert_int_equal(r->cause.id, 10);
	assert_true(has(r->cause.text, "registry 10.0.0.2:8081 (b)"));
	assert_true(has(r->cause.text, "it was the master"));
	assert_string_equal(r->registry->before, "b-1");
	assert_string_equal(r->registry->master, "a-1");
	assert_true(r->complete);
	special_free(s);
}

static void nobody_is_master(void **state)
{
	struct special *s = registries();
	const struct group_rebalance *r;

	(void)state;
	registry_says(&s->metadata[2], "10.0.0.1", 8081);
	special_enter(s, 2, 5000, "c-1");
	beat(&s->member[0], 6000, 27);
	beat(&s->member[1], 6000, 27);
	special_ask(s, 0, 6002, NULL);
	special_ask(s, 1, 6003, NULL);
	special_joined(s, 6005, 2, "abc");
	for (int i = 0; i < 3; i++)
		registry_gives(&s->given[i], 1, NULL, NULL, 0);
	special_synced(s, 6010, "abc");
	r = special_said(s, 1);
	assert_null(r->registry->master);
	assert_int_equal(r->registry->error, 1);
	assert_string_equal(r->registry->twin, "http://10.0.0.1:8081");
	special_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formation_of_workers),
		cmocka_unit_test(lost_worker_and_the_end_of_its_delay),
		cmocka_unit_test(worker_back_in_time),
		cmocka_unit_test(worker_that_leaves),
		cmocka_unit_test(new_configurations),
		cmocka_unit_test(handed_over),
		cmocka_unit_test(seen_from_the_middle),
		cmocka_unit_test(rejoin_without_cause),
		cmocka_unit_test(eager_workers),
		cmocka_unit_test(configurations_are_no_storm),
		cmocka_unit_test(bytes_that_lie),
		cmocka_unit_test(probing_is_announced),
		cmocka_unit_test(probing_with_its_reason),
		cmocka_unit_test(probing_by_its_time),
		cmocka_unit_test(too_early_is_not_probing),
		cmocka_unit_test(master_is_lost),
		cmocka_unit_test(nobody_is_master),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
