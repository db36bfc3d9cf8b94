/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers and their transactions, spoken by scripted clients: who is fenced by whom, and what is no fencing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer_wire.h"

#define HEARD 32
#define FENCED 90
#define OLD_EPOCH 47

struct heard {
	enum group_event_type type;
	struct group_producer_event p;
	struct group_transaction_event t;
	struct group_metadata_storm_event s;
	char by[40], who[40], group[40];
	int32_t refused[4]; /* partitions */
	size_t n_refused;
};

struct world {
	struct peer peer;
	struct client a, b;
	struct heard heard[HEARD];
	size_t n;
};

static void hear(void *ctx, const struct group_event *e)
{
	struct world *w = ctx;
	struct heard *h = &w->heard[w->n];

	if (e->type != GROUP_EVENT_PRODUCER && e->type != GROUP_EVENT_TRANSACTION && e->type != GROUP_EVENT_METADATA_STORM)
		return;
	assert_true(w->n++ < HEARD);
	*h = (struct heard){ .type = e->type };
	snprintf(h->group, sizeof(h->group), "%s", e->group ? e->group : "");
	if (e->type == GROUP_EVENT_PRODUCER) {
		h->p = e->producer;
		snprintf(h->by, sizeof(h->by), "%s", e->producer.by_client_id ? e->producer.by_client_id : "");
		snprintf(h->who, sizeof(h->who), "%s", e->producer.client_id);
		for (size_t i = 0; e->producer.n_topics && i < e->producer.topics[0].n_partitions && i < 4; i++)
			h->refused[h->n_refused++] = e->producer.topics[0].partitions[i];
	} else if (e->type == GROUP_EVENT_TRANSACTION) {
		h->t = e->transaction;
	} else {
		h->s = e->metadata_storm;
	}
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->peer.groups = groups_new(&(struct group_options){ .ctx = w, .event = hear });
	w->peer.sink = groups_kafka_sink(w->peer.groups);
	client_init(&w->a, &w->peer, "p-a", 1);
	client_init(&w->b, &w->peer, "p-b", 2);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	groups_free(w->peer.groups);
	free(w);
	return 0;
}

static const struct heard *said(const struct world *w, enum group_producer_what what, size_t n)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->heard[i].type == GROUP_EVENT_PRODUCER && w->heard[i].p.what == what && n-- == 0)
			return &w->heard[i];
	return NULL;
}

static const struct heard *told(const struct world *w, enum group_event_type type, size_t n)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->heard[i].type == type && n-- == 0)
			return &w->heard[i];
	return NULL;
}

/* ---- what they say; answers come 2 ms later ---------------------------------------------------------------- */

static void init(struct client *c, int64_t ms, const char *id, int64_t has, int16_t epoch, int16_t error, int16_t got)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, id);
	put_int(&q, 60000, 4);
	put_int(&q, has, 8);
	put_int(&q, epoch, 2);
	put_end(&q);
	say(c, ms, 22, 4, KF_REQUEST, &q);
	put_int(&a, 0, 4);
	put_int(&a, error, 2);
	put_int(&a, error ? -1 : 7, 8);
	put_int(&a, got, 2);
	put_end(&a);
	say(c, ms + 2, 22, 4, KF_RESPONSE, &a);
}

static void produce(struct client *c, int64_t ms, const char *id, int64_t producer, int16_t epoch, int32_t partition,
                    int16_t error)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, id);
	put_int(&q, -1, 2);
	put_int(&q, 30000, 4);
	put_uvarint(&q, 2);
	put_text(&q, "orders");
	put_uvarint(&q, 2);
	put_int(&q, partition, 4);
	put_uvarint(&q, 62);
	put_int(&q, 0, 8);
	put_int(&q, 49, 4);
	put_int(&q, 0, 4);
	put_int(&q, 2, 1);
	for (int i = 0; i < 26; i++)
		put_int(&q, 0, 1);
	put_int(&q, producer, 8);
	put_int(&q, epoch, 2);
	put_int(&q, 0, 4);
	put_int(&q, 1, 4);
	for (int i = 0; i < 3; i++)
		put_end(&q);
	say(c, ms, 0, 9, KF_REQUEST, &q);
	put_uvarint(&a, 2);
	put_text(&a, "orders");
	put_uvarint(&a, 2);
	put_int(&a, partition, 4);
	put_int(&a, error, 2);
	for (int i = 0; i < 3; i++)
		put_int(&a, 0, 8);
	put_uvarint(&a, 1);
	put_text(&a, NULL);
	put_end(&a);
	put_end(&a);
	put_int(&a, 0, 4);
	put_end(&a);
	say(c, ms + 2, 0, 9, KF_RESPONSE, &a);
}

/* EndTxn: v5 answers with the next epoch (KIP-890), v3 without. */
static void end(struct client *c, int64_t ms, const char *id, int16_t epoch, bool commit, int16_t error, bool raises)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, id);
	put_int(&q, 7, 8);
	put_int(&q, epoch, 2);
	put_int(&q, commit, 1);
	put_end(&q);
	say(c, ms, 26, raises ? 5 : 3, KF_REQUEST, &q);
	put_int(&a, 0, 4);
	put_int(&a, error, 2);
	if (raises) {
		put_int(&a, error ? -1 : 7, 8);
		put_int(&a, error ? -1 : epoch + 1, 2);
	}
	put_end(&a);
	say(c, ms + 2, 26, raises ? 5 : 3, KF_RESPONSE, &a);
}

static void commit_offsets(struct client *c, int64_t ms, const char *id, int16_t epoch, int32_t generation, int16_t error)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, id);
	put_text(&q, "copier");
	put_int(&q, 7, 8);
	put_int(&q, epoch, 2);
	put_int(&q, generation, 4);
	put_text(&q, "member-1");
	put_text(&q, NULL);
	put_uvarint(&q, 2);
	put_text(&q, "in");
	put_uvarint(&q, 2);
	put_int(&q, 0, 4);
	put_int(&q, 100, 8);
	put_int(&q, -1, 4);
	put_text(&q, NULL);
	for (int i = 0; i < 3; i++)
		put_end(&q);
	say(c, ms, 28, 4, KF_REQUEST, &q);
	put_int(&a, 0, 4);
	put_uvarint(&a, 2);
	put_text(&a, "in");
	put_uvarint(&a, 2);
	put_int(&a, 0, 4);
	put_int(&a, error, 2);
	for (int i = 0; i < 3; i++)
		put_end(&a);
	say(c, ms + 2, 28, 4, KF_RESPONSE, &a);
}

static void metadata(struct client *c, int64_t ms, int16_t error)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_uvarint(&q, 1);
	put_int(&q, 1, 1);
	put_int(&q, 0, 1);
	put_end(&q);
	say(c, ms, 3, 12, KF_REQUEST, &q);
	put_int(&a, 0, 4);
	put_uvarint(&a, 1);
	put_text(&a, NULL);
	put_int(&a, 1, 4);
	put_uvarint(&a, 2);
	put_int(&a, error, 2);
	put_text(&a, "nowhere");
	for (int i = 0; i < 16; i++)
		put_int(&a, 0, 1);
	put_int(&a, 0, 1);
	put_uvarint(&a, 1);
	put_int(&a, 0, 4);
	put_end(&a);
	put_end(&a);
	say(c, ms + 2, 3, 12, KF_RESPONSE, &a);
}

/* ---- fencing ------------------------------------------------------------------------------------------------ */

static void fenced_by_another_on_produce(void **state)
{
	struct world *w = *state;
	const struct heard *h;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	produce(&w->a, 100, "tx", 7, 0, 3, 0);
	init(&w->b, 200, "tx", -1, -1, 51, -1);
	init(&w->b, 300, "tx", -1, -1, 0, 2);
	assert_null(said(w, GROUP_PRODUCER_FENCED, 0)); /* nobody was told yet */
	produce(&w->a, 400, "tx", 7, 0, 3, OLD_EPOCH);
	h = said(w, GROUP_PRODUCER_FENCED, 0);
	assert_non_null(h);
	assert_string_equal(h->who, "p-a");
	assert_string_equal(h->by, "p-b");
	assert_int_equal(h->p.confidence, 3);
	assert_int_equal(h->p.error, OLD_EPOCH);
	assert_int_equal(h->p.by_epoch, 2);
	assert_int_equal(h->p.n_evidence, 3);
	produce(&w->a, 500, "tx", 7, 0, 3, OLD_EPOCH); /* told once */
	assert_null(said(w, GROUP_PRODUCER_FENCED, 1));
	assert_string_equal(said(w, GROUP_PRODUCER_STARTED, 1)->by, "p-a"); /* whose id it took over */
}

static void fenced_on_end_by_a_later_self(void **state)
{
	struct world *w = *state;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	produce(&w->a, 100, "tx", 7, 0, 0, 0);
	w->b = w->a; /* the same client id and host, on another connection */
	w->b.conn.id = 9;
	init(&w->b, 2200, "tx", -1, -1, 0, 1);
	end(&w->a, 2300, "tx", 0, true, FENCED, false);
	assert_non_null(said(w, GROUP_PRODUCER_FENCED, 0));
	assert_string_equal(said(w, GROUP_PRODUCER_FENCED, 0)->by, "p-a");
	assert_int_equal(said(w, GROUP_PRODUCER_FENCED, 0)->p.by_epoch, 1);
}

static void an_epoch_for_every_transaction_is_no_fencing(void **state)
{
	struct world *w = *state;
	const struct heard *h;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	for (int16_t i = 0; i < 3; i++) {
		produce(&w->a, 100 + i * 100, "tx", 7, i, 0, 0);
		end(&w->a, 150 + i * 100, "tx", i, i < 2, 0, true);
	}
	h = said(w, GROUP_PRODUCER_BUMPED, 0);
	assert_non_null(h);
	assert_true(h->p.each_transaction);
	assert_null(said(w, GROUP_PRODUCER_BUMPED, 1));
	assert_null(said(w, GROUP_PRODUCER_FENCED, 0));
	peer_finish(&w->peer, 1000);
	h = told(w, GROUP_EVENT_TRANSACTION, 0);
	assert_int_equal(h->t.what, GROUP_TRANSACTION_TOTAL);
	assert_int_equal(h->t.committed, 2);
	assert_int_equal(h->t.aborted, 1);
	assert_int_equal(h->t.epoch, 3);
}

static void an_epoch_raised_on_its_own_request_is_no_fencing(void **state)
{
	struct world *w = *state;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	init(&w->a, 100, "tx", 7, 0, 0, 1);
	assert_non_null(said(w, GROUP_PRODUCER_BUMPED, 0));
	assert_false(said(w, GROUP_PRODUCER_BUMPED, 0)->p.each_transaction);
	assert_null(said(w, GROUP_PRODUCER_STARTED, 1));
	assert_null(said(w, GROUP_PRODUCER_FENCED, 0));
}

static void an_unseen_fencer_is_not_named(void **state)
{
	struct world *w = *state;

	produce(&w->a, 0, "tx", 7, 4, 0, 0); /* the capture began later than the producer */
	produce(&w->a, 100, "tx", 7, 4, 0, OLD_EPOCH);
	assert_non_null(said(w, GROUP_PRODUCER_FENCED, 0));
	assert_string_equal(said(w, GROUP_PRODUCER_FENCED, 0)->by, "");
	assert_int_equal(said(w, GROUP_PRODUCER_FENCED, 0)->p.confidence, 1);
	assert_int_equal(said(w, GROUP_PRODUCER_FENCED, 0)->p.epoch, 4);
}

static void an_old_epoch_without_transactions_is_an_error_only(void **state)
{
	struct world *w = *state;

	init(&w->a, 0, NULL, -1, -1, 0, 0);
	produce(&w->a, 100, NULL, 7, 0, 0, OLD_EPOCH);
	peer_finish(&w->peer, 5000);
	assert_null(said(w, GROUP_PRODUCER_FENCED, 0));
	assert_int_equal(said(w, GROUP_PRODUCER_REFUSED, 0)->p.error, OLD_EPOCH);
}

/* ---- transactions ------------------------------------------------------------------------------------------- */

static void a_transaction_open_too_long_was_given_up(void **state)
{
	struct world *w = *state;
	const struct heard *h;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	produce(&w->a, 100, "tx", 7, 0, 0, 0);
	end(&w->a, 65000, "tx", 0, true, FENCED, false);
	assert_null(said(w, GROUP_PRODUCER_FENCED, 0));
	h = told(w, GROUP_EVENT_TRANSACTION, 0);
	assert_non_null(h);
	assert_int_equal(h->t.what, GROUP_TRANSACTION_TIMED_OUT);
	assert_int_equal(h->t.confidence, 2);
	assert_int_equal(h->t.timeout, INT64_C(60000000000));
}

static void a_transaction_is_cut_by_its_group(void **state)
{
	struct world *w = *state;
	const struct heard *h;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	produce(&w->a, 100, "tx", 7, 0, 0, 0);
	commit_offsets(&w->a, 5000, "tx", 0, 3, 25);
	end(&w->a, 5100, "tx", 0, false, 0, false);
	h = told(w, GROUP_EVENT_TRANSACTION, 0);
	assert_non_null(h);
	assert_int_equal(h->t.what, GROUP_TRANSACTION_CUT);
	assert_string_equal(h->group, "copier");
	assert_int_equal(h->t.error, 25);
	assert_int_equal(h->t.generation, 3);
	assert_int_equal(h->t.confidence, 3);
	assert_int_equal(h->t.n_evidence, 3);
	commit_offsets(&w->a, 6000, "tx", 0, 4, 0);
	end(&w->a, 6100, "tx", 0, true, 0, false);
	assert_null(told(w, GROUP_EVENT_TRANSACTION, 1));
}

static void a_commit_without_its_offsets_is_told(void **state)
{
	struct world *w = *state;

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	commit_offsets(&w->a, 1000, "tx", 0, 3, 22);
	end(&w->a, 1100, "tx", 0, true, 0, false);
	assert_int_equal(told(w, GROUP_EVENT_TRANSACTION, 0)->t.what, GROUP_TRANSACTION_UNCOVERED);
}

/* ---- errors and metadata ------------------------------------------------------------------------------------ */

static void refused_partitions_and_the_refresh_they_cause(void **state)
{
	struct world *w = *state;
	const struct heard *h;

	init(&w->a, 0, NULL, -1, -1, 0, 0);
	produce(&w->a, 100, NULL, 7, 0, 5, 6);
	produce(&w->a, 110, NULL, 7, 0, 2, 6);
	metadata(&w->a, 120, 0);
	produce(&w->a, 200, NULL, 7, 0, 2, 0);
	metadata(&w->a, 5000, 0);
	h = said(w, GROUP_PRODUCER_REFUSED, 0);
	assert_non_null(h);
	assert_int_equal(h->p.error, 6);
	assert_int_equal(h->p.times, 2);
	assert_int_equal(h->p.refreshes, 1);
	assert_int_equal(h->n_refused, 2);
	assert_int_equal(h->refused[0], 2);
	assert_int_equal(h->refused[1], 5);
	assert_true(h->p.over);
}

static void a_sequence_error_is_told_in_mid_stream(void **state)
{
	struct world *w = *state;

	produce(&w->a, 0, NULL, 55, 3, 0, 45);
	peer_finish(&w->peer, 100);
	assert_int_equal(said(w, GROUP_PRODUCER_REFUSED, 0)->p.error, 45);
	assert_int_equal(said(w, GROUP_PRODUCER_REFUSED, 0)->p.producer_id, 55);
	assert_int_equal(said(w, GROUP_PRODUCER_REFUSED, 0)->p.epoch, 3);
	assert_non_null(said(w, GROUP_PRODUCER_REFUSED, 0)->p.advice);
}

static void asking_in_a_loop_is_a_storm(void **state)
{
	struct world *w = *state;
	const struct heard *h;

	w->a.conn.messages = 100;
	for (int i = 0; i < 60; i++)
		metadata(&w->a, 1000 + i * 100, 3);
	h = told(w, GROUP_EVENT_METADATA_STORM, 0);
	assert_non_null(h);
	assert_false(h->s.ended);
	metadata(&w->b, 30000, 0);
	h = told(w, GROUP_EVENT_METADATA_STORM, 1);
	assert_non_null(h);
	assert_true(h->s.over);
	assert_int_equal(h->s.requests, 60);
	assert_int_equal(h->s.error, 3);
}

static void starting_and_refreshing_is_none(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 60; i++) /* processes that come and go: connections that have said little */
		metadata(&w->a, i * 50, 0);
	w->b.conn.messages = 100;
	for (int i = 0; i < 60; i++) /* backing off */
		metadata(&w->b, 10000 + i * 900, 0);
	peer_finish(&w->peer, 200000);
	assert_null(told(w, GROUP_EVENT_METADATA_STORM, 0));
}

/* ---- the view, and bytes that lie --------------------------------------------------------------------------- */

struct seen {
	size_t n;
	uint64_t requests, refused;
	char state[2][24];
	int64_t id[2];
};

static void look(void *ctx, const struct group_producer_view *v)
{
	struct seen *s = ctx;

	if (s->n < 2) {
		snprintf(s->state[s->n], sizeof(s->state[0]), "%s", v->state);
		s->id[s->n] = v->producer_id;
	}
	s->n++;
	s->requests += v->requests;
	s->refused += v->refused;
}

static void a_look_at_all(void **state)
{
	struct world *w = *state;
	struct seen s = { .n = 0 };

	init(&w->a, 0, "tx", -1, -1, 0, 0);
	produce(&w->a, 100, "tx", 7, 0, 0, 0);
	produce(&w->b, 200, NULL, -1, -1, 0, 7);
	produce(&w->b, 300, NULL, -1, -1, 0, 0);
	groups_each_producer(w->peer.groups, &s, look);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.state[0], "in transaction");
	assert_int_equal(s.id[0], 7);
	assert_string_equal(s.state[1], "not idempotent");
	assert_int_equal(s.requests, 3);
	assert_int_equal(s.refused, 1);
}

static void bytes_that_lie_are_read_to_their_end_at_most(void **state)
{
	struct world *w = *state;
	static const int16_t keys[] = { 0, 22, 24, 25, 26, 28 };
	static const int16_t versions[] = { 9, 4, 3, 3, 3, 4 };
	uint32_t chance = 1;

	for (int i = 0; i < 6000; i++) {
		struct out o = { .len = 0 };

		for (int n = 0; n < i % 90; n++) {
			chance = chance * 1664525u + 1013904223u;
			put_int(&o, chance >> 29 ? (int64_t)(chance >> 24 & 7) : (int64_t)(chance >> 16), 1);
		}
		say(&w->a, i, keys[i / 2 % 6], versions[i / 2 % 6], i & 1 ? KF_RESPONSE : KF_REQUEST, &o);
		w->n = 0;
	}
	if (w->a.note)
		w->peer.sink.dropped(w->peer.sink.ctx, &w->a.conn, 22, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fenced_by_another_on_produce),
		TEST(fenced_on_end_by_a_later_self),
		TEST(an_epoch_for_every_transaction_is_no_fencing),
		TEST(an_epoch_raised_on_its_own_request_is_no_fencing),
		TEST(an_unseen_fencer_is_not_named),
		TEST(an_old_epoch_without_transactions_is_an_error_only),
		TEST(a_transaction_open_too_long_was_given_up),
		TEST(a_transaction_is_cut_by_its_group),
		TEST(a_commit_without_its_offsets_is_told),
		TEST(refused_partitions_and_the_refresh_they_cause),
		TEST(a_sequence_error_is_told_in_mid_stream),
		TEST(asking_in_a_loop_is_a_storm),
		TEST(starting_and_refreshing_is_none),
		TEST(a_look_at_all),
		TEST(bytes_that_lie_are_read_to_their_end_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
