/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers in trouble, and clients that ask for metadata in a loop.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "log.h"

#define SHOWN 12
#define NAME_WIDTH 40

void why_producers_init(struct why *w)
{
	json_init(&w->producers.rows);
}

void why_producers_free(struct why *w)
{
	for (size_t i = 0; i < w->producers.n_troubles; i++)
		free(w->producers.trouble[i].event);
	json_free(&w->producers.rows);
}

/* ---- taking in ------------------------------------------------------------------------------------------ */

/* What belongs to no group is not told where one is asked for. */
static bool is_asked_for(const struct why *w, const struct group_event *e)
{
	return w->options.group == NULL || (e->group != NULL && log_glob(w->options.group, e->group));
}

static bool is_trouble(const struct group_event *e)
{
	switch (e->type) {
	case GROUP_EVENT_PRODUCER:
		return e->producer.what == GROUP_PRODUCER_FENCED || e->producer.what == GROUP_PRODUCER_REFUSED;
	case GROUP_EVENT_TRANSACTION:
		return e->transaction.what != GROUP_TRANSACTION_TOTAL;
	default:
		return true;
	}
}

static bool is_like(const struct group_event *a, const struct group_event *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == GROUP_EVENT_PRODUCER)
		return a->producer.what == b->producer.what && a->producer.error == b->producer.error &&
		       text_equal(a->producer.client_id, b->producer.client_id) && text_equal(a->producer.host, b->producer.host) &&
		       text_equal(a->producer.transactional_id, b->producer.transactional_id) && text_equal(a->producer.api, b->producer.api);
	if (a->type == GROUP_EVENT_TRANSACTION)
		return a->transaction.what == b->transaction.what && a->transaction.error == b->transaction.error &&
		       text_equal(a->transaction.client_id, b->transaction.client_id) &&
		       text_equal(a->transaction.transactional_id, b->transaction.transactional_id);
	return text_equal(a->metadata_storm.client_id, b->metadata_storm.client_id) &&
	       text_equal(a->metadata_storm.host, b->metadata_storm.host);
}

/* A refusal and a storm may be told more than once, each time with all of it so far. */
static void count(struct why_trouble *t, const struct group_event *e)
{
	bool storm = e->type == GROUP_EVENT_METADATA_STORM;
	int64_t run = storm ? e->metadata_storm.first : e->producer.first;
	uint64_t n = storm ? e->metadata_storm.requests : e->producer.times;

	if (e->type == GROUP_EVENT_TRANSACTION || (!storm && e->producer.what != GROUP_PRODUCER_REFUSED)) {
		t->n++;
		return;
	}
	t->n += t->run == run ? n - t->run_n : n;
	t->run = run;
	t->run_n = n;
}

void why_producers_add(struct why *w, const struct group_event *e)
{
	struct why_producers *p = &w->producers;
	struct why_trouble *t = NULL;

	if (!is_trouble(e) || !is_asked_for(w, e))
		return;
	for (size_t i = 0; i < p->n_troubles && t == NULL; i++)
		if (is_like(p->trouble[i].event, e))
			t = &p->trouble[i];
	if (t == NULL && p->n_troubles < WHY_TROUBLES && (p->trouble[p->n_troubles].event = group_event_copy(e, NULL)) != NULL)
		t = &p->trouble[p->n_troubles++];
	if (t == NULL) {
		p->more_troubles++;
		return;
	}
	count(t, e);
	t->last = e->ts;
}

static void put_errors(struct json *j, const struct group_producer_view *v)
{
	json_key(j, "errors");
	json_array_begin(j);
	for (size_t i = 0; i < v->n_errors; i++) {
		json_object_begin(j);
		json_key(j, "error");
		json_int(j, v->errors[i].error);
		json_put_text(j, "error_name", kf_error_name(v->errors[i].error));
		json_put_uint(j, "times", v->errors[i].times);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_row(struct json *j, const struct group_producer_view *v)
{
	json_object_begin(j);
	json_put_text(j, "client_id", v->client_id);
	json_put_text(j, "host", v->host);
	json_put_text(j, "software", v->software);
	json_put_text(j, "transactional_id", v->transactional_id);
	json_put_number(j, "producer_id", v->producer_id);
	json_put_number(j, "epoch", v->epoch);
	json_put_text(j, "state", v->state);
	json_put_text(j, "group", v->group);
	json_put_uint(j, "produce_requests", v->requests);
	json_put_uint(j, "without_answer", v->without_answer);
	json_put_uint(j, "fenced", v->fenced);
	json_put_uint(j, "epoch_bumps", v->bumps);
	json_put_uint(j, "committed", v->committed);
	json_put_uint(j, "aborted", v->aborted);
	json_put_uint(j, "cut", v->cut);
	json_put_uint(j, "timed_out", v->timed_out);
	json_key(j, "timeout_ms");
	json_ms(j, v->timeout);
	put_errors(j, v);
	json_object_end(j);
}

void why_producer(void *ctx, const struct group_producer_view *v)
{
	struct why *w = ctx;

	if (w->options.group != NULL && (v->group == NULL || !log_glob(w->options.group, v->group)))
		return;
	if (w->producers.n++ >= WHY_PRODUCERS || !w->options.json)
		return;
	if (w->producers.rows.len == 0)
		json_array_begin(&w->producers.rows);
	put_row(&w->producers.rows, v);
}

/* ---- telling -------------------------------------------------------------------------------------------- */

static const char *sentence_of(const struct group_event *e)
{
	return e->type == GROUP_EVENT_PRODUCER ? e->producer.text : e->transaction.text;
}

static const char *advice_of(const struct group_event *e)
{
	return e->type == GROUP_EVENT_PRODUCER ? e->producer.advice :
	       e->type == GROUP_EVENT_TRANSACTION ? e->transaction.advice : e->metadata_storm.advice;
}

/* "checkout-1: Produce was refused 12 times: NOT_LEADER_OR_FOLLOWER (6)" */
static void put_refused(struct line *l, const struct why_trouble *t)
{
	const struct group_producer_event *p = &t->event->producer;
	const char *name = kf_error_name(p->error);

	line_name(l, p->client_id, NAME_WIDTH);
	line_format(l, ": %s was refused ", p->api ? p->api : "a request");
	line_count(l, t->n, "time", "times");
	line_format(l, ", %s (%d)", name ? name : "error", p->error);
}

static void put_storm(struct line *l, const struct why_trouble *t)
{
	const struct group_metadata_storm_event *s = &t->event->metadata_storm;

	line_name(l, s->client_id, NAME_WIDTH);
	line_text(l, " (");
	line_name(l, s->host, NAME_WIDTH);
	line_text(l, ") asked for metadata in a loop");
	if (t->n > 0) {
		line_text(l, ", ");
		line_count(l, t->n, "request", "requests");
	}
	if (s->topic != NULL) {
		line_text(l, ", of ");
		line_name(l, s->topic, NAME_WIDTH);
	}
}

static void put_times(struct line *l, const struct why_trouble *t)
{
	line_text(l, t->n > 1 ? ", first at " : ", at ");
	why_clock(l, t->event->ts);
	if (t->n > 1)
		line_format(l, ", %llu times in all", (unsigned long long)t->n);
}

static void put_trouble(struct line *l, const struct why_trouble *t)
{
	const struct group_event *e = t->event;

	if (e->type == GROUP_EVENT_METADATA_STORM) {
		put_storm(l, t);
		return;
	}
	if (e->type == GROUP_EVENT_PRODUCER && e->producer.what == GROUP_PRODUCER_REFUSED) {
		put_refused(l, t);
		return;
	}
	line_name(l, sentence_of(e), 0);
	put_times(l, t);
	line_format(l, " (C%u)", e->type == GROUP_EVENT_PRODUCER ? e->producer.confidence : e->transaction.confidence);
}

static bool advised_before(const struct why_producers *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (text_equal(advice_of(p->trouble[k].event), advice_of(p->trouble[i].event)))
			return true;
	return false;
}

static void put_one(struct line *l, struct line *part, const struct why_producers *p, size_t i)
{
	const char *advice = advice_of(p->trouble[i].event);

	line_text(part, "  - ");
	put_trouble(part, &p->trouble[i]);
	if (advice != NULL && !advised_before(p, i)) {
		line_text(part, ". What to do: ");
		line_text(part, advice);
	}
	line_text(part, ".");
	why_paragraph(l, part, 4);
	line_reset(part);
}

void why_producers_text(struct line *l, const struct why *w)
{
	const struct why_producers *p = &w->producers;
	size_t shown = p->n_troubles < SHOWN ? p->n_troubles : SHOWN;
	struct line part;

	if (p->n_troubles == 0)
		return;
	line_init(&part, false);
	line_style(l, LINE_BOLD);
	line_text(l, "producers and clients");
	line_style(l, LINE_PLAIN);
	if (p->n > 0) {
		line_text(l, ": ");
		line_count(l, p->n, "producer was", "producers were");
		line_text(l, " seen");
	}
	line_end(l);
	for (size_t i = 0; i < shown; i++)
		put_one(l, &part, p, i);
	if (p->n_troubles > shown || p->more_troubles > 0) {
		line_text(l, "  - and more: log --type producer,transaction,metadata-storm shows all");
		line_end(l);
	}
	line_end(l);
	line_free(&part);
}

static void trouble_json(struct json *j, const struct why_trouble *t)
{
	json_object_begin(j);
	json_put_text(j, "type", group_event_name(t->event->type));
	json_key(j, "first");
	json_time(j, t->event->ts);
	json_key(j, "last");
	json_time(j, t->last);
	json_put_uint(j, "times", t->n);
	json_key(j, "what");
	json_object_begin(j);
	if (t->event->type == GROUP_EVENT_PRODUCER)
		log_json_producer(j, &t->event->producer);
	else if (t->event->type == GROUP_EVENT_TRANSACTION)
		log_json_transaction(j, &t->event->transaction);
	else
		log_json_metadata_storm(j, &t->event->metadata_storm);
	json_object_end(j);
	json_object_end(j);
}

void why_producers_json(struct json *j, const struct why *w)
{
	json_key(j, "producers");
	json_array_begin(j);
	if (w->producers.rows.len > 1)
		json_raw(j, w->producers.rows.buf + 1, w->producers.rows.len - 1);
	json_array_end(j);
	json_key(j, "producer_troubles");
	json_array_begin(j);
	for (size_t i = 0; i < w->producers.n_troubles; i++)
		trouble_json(j, &w->producers.trouble[i]);
	json_array_end(j);
}
