/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers, their transactions, and clients that ask for metadata in a loop.
 */
#include "log.h"

#define NAME_WIDTH 40

/* ---- for people ----------------------------------------------------------------------------------------- */

static void put_frames(struct line *l, const uint64_t *frame, size_t n)
{
	if (n == 0)
		return;
	line_text(l, n == 1 ? "  [frame " : "  [frames ");
	for (size_t i = 0; i < n; i++)
		line_format(l, "%s%llu", i > 0 ? ", " : "", (unsigned long long)frame[i]);
	line_text(l, "]");
}

static void put_error(struct line *l, const char *api, int16_t error)
{
	const char *name = kf_error_name(error);

	if (error == 0)
		return;
	line_text(l, "; ");
	log_wrap(l, 40);
	if (api != NULL)
		line_format(l, "%s was answered ", api);
	line_format(l, "%s (%d)", name ? name : "error", error);
}

static const char *label_of(const struct group_producer_event *p)
{
	switch (p->what) {
	case GROUP_PRODUCER_STARTED:
		return "producer started";
	case GROUP_PRODUCER_BUMPED:
		return "producer epoch raised";
	case GROUP_PRODUCER_FENCED:
		return "producer fenced";
	default:
		return "refused";
	}
}

/* "orders 0,2; carts 1; 5 times, within 1.2 s; 2 Metadata requests followed" */
static void put_refused(struct line *l, const struct group_producer_event *p)
{
	for (size_t i = 0; i < p->n_topics && i < 3; i++) {
		line_text(l, i == 0 ? ": " : "; ");
		log_wrap(l, 30);
		line_name(l, p->topics[i].topic, NAME_WIDTH);
		line_text(l, " ");
		log_partitions(l, p->topics[i].partitions, p->topics[i].n_partitions);
	}
	if (p->n_topics > 3)
		line_text(l, "; …");
	if (p->times > 1) {
		line_text(l, ", within ");
		line_duration(l, p->last - p->first);
	}
	if (p->refreshes > 0) {
		line_text(l, "; ");
		log_wrap(l, 32);
		line_count(l, p->refreshes, "Metadata request", "Metadata requests");
		line_text(l, " followed");
	}
	if (!p->over)
		line_text(l, "; it goes on");
}

void log_text_producer(struct line *l, const struct group_event *e, bool verbose)
{
	const struct group_producer_event *p = &e->producer;

	log_head(l, e);
	line_style(l, p->what == GROUP_PRODUCER_FENCED ? LINE_RED : p->what == GROUP_PRODUCER_REFUSED ? LINE_YELLOW : LINE_PLAIN);
	line_text(l, label_of(p));
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	log_words(l, p->text ? p->text : "?");
	if (p->what == GROUP_PRODUCER_FENCED) {
		put_error(l, p->api, p->error);
		line_format(l, " (C%u)", p->confidence);
	} else if (p->what == GROUP_PRODUCER_REFUSED) {
		line_format(l, " (%d)", p->error);
		put_refused(l, p);
	}
	if (verbose)
		put_frames(l, p->evidence, p->n_evidence);
	log_advice(l, p->advice);
}

/* "12 committed, 1 aborted (1 cut by its group), the longest 5.1 s" */
static void put_total(struct line *l, const struct group_transaction_event *t)
{
	line_format(l, ": %llu committed, %llu aborted", (unsigned long long)t->committed, (unsigned long long)t->aborted);
	if (t->cut > 0)
		line_format(l, " (%llu cut by the group)", (unsigned long long)t->cut);
	if (t->timed_out > 0)
		line_format(l, ", %llu timed out", (unsigned long long)t->timed_out);
	if (t->open >= 0) {
		line_text(l, ", the longest ");
		line_duration(l, t->open);
	}
}

static void put_age(struct line *l, const struct group_transaction_event *t)
{
	if (t->open < 0)
		return;
	line_text(l, ", open for ");
	line_duration(l, t->open);
	if (t->timeout < 0 || t->what == GROUP_TRANSACTION_CUT || t->what == GROUP_TRANSACTION_UNCOVERED)
		return;
	line_text(l, " of ");
	line_duration(l, t->timeout);
}

void log_text_transaction(struct line *l, const struct group_event *e, bool verbose)
{
	const struct group_transaction_event *t = &e->transaction;

	log_head(l, e);
	if (t->what != GROUP_TRANSACTION_TOTAL) {
		line_style(l, LINE_YELLOW);
		line_format(l, "transaction %s", group_transaction_what_name(t->what));
		line_style(l, LINE_PLAIN);
		line_text(l, ": ");
	}
	log_words(l, t->text ? t->text : "?");
	if (t->what == GROUP_TRANSACTION_TOTAL) {
		put_total(l, t);
		line_end(l);
		return;
	}
	if (t->error != 0)
		line_format(l, " (%d)", t->error);
	put_age(l, t);
	line_format(l, " (C%u)", t->confidence);
	if (verbose)
		put_frames(l, t->evidence, t->n_evidence);
	log_advice(l, t->advice);
}

void log_text_metadata_storm(struct line *l, const struct group_event *e)
{
	const struct group_metadata_storm_event *s = &e->metadata_storm;
	const char *name = kf_error_name(s->error);

	log_head(l, e);
	line_style(l, LINE_RED);
	line_text(l, s->over ? "metadata storm over" : s->ended ? "metadata storm goes on" : "metadata storm");
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	line_name(l, s->client_id, NAME_WIDTH);
	line_text(l, " (");
	line_name(l, s->host, NAME_WIDTH);
	line_text(l, ") sent ");
	line_count(l, s->requests, "Metadata request", "Metadata requests");
	line_text(l, " in ");
	line_duration(l, s->last - s->first);
	if (s->refused > 0) {
		line_text(l, "; ");
		log_wrap(l, 40);
		line_format(l, "%s (%d)", name ? name : "error", s->error);
		if (s->topic != NULL) {
			line_text(l, " for ");
			line_name(l, s->topic, NAME_WIDTH);
		}
	}
	log_advice(l, s->ended ? NULL : s->advice);
}

/* ---- for machines --------------------------------------------------------------------------------------- */

static void put_code(struct json *j, int16_t error)
{
	json_key(j, "error");
	if (error == 0)
		json_null(j);
	else
		json_int(j, error);
	json_put_text(j, "error_name", error == 0 ? NULL : kf_error_name(error));
}

static void put_someone(struct json *j, const char *key, const char *client_id, const char *host)
{
	json_key(j, key);
	if (client_id == NULL && host == NULL) {
		json_null(j);
		return;
	}
	json_object_begin(j);
	json_put_text(j, "client_id", client_id);
	json_put_text(j, "host", host);
	json_object_end(j);
}

static void put_words(struct json *j, uint8_t confidence, const char *text, const char *advice, const uint64_t *frame,
                      size_t n)
{
	static const char *const levels[] = { "C0", "C1", "C2", "C3" };

	json_put_text(j, "confidence", levels[confidence & 3]);
	json_key(j, "evidence");
	json_array_begin(j);
	for (size_t i = 0; i < n; i++)
		json_uint(j, frame[i]);
	json_array_end(j);
	json_put_text(j, "text", text);
	json_put_text(j, "advice", advice);
}

static void print_refused(struct json *j, const struct group_producer_event *p)
{
	json_put_uint(j, "times", p->times);
	json_put_uint(j, "partitions", p->partitions);
	json_key(j, "topics");
	if (p->n_topics > 0)
		log_json_partitions(j, p->topics, p->n_topics);
	else
		json_null(j);
	json_put_uint(j, "metadata_refreshes", p->refreshes);
	json_put_time(j, "first", p->first);
	json_put_time(j, "last", p->last);
	json_put_bool(j, "over", p->over);
}

void log_json_producer(struct json *j, const struct group_producer_event *p)
{
	json_put_text(j, "event", group_producer_what_name(p->what));
	json_put_text(j, "transactional_id", p->transactional_id);
	json_put_number(j, "producer_id", p->producer_id);
	json_put_number(j, "epoch", p->epoch);
	json_put_text(j, "client_id", p->client_id);
	json_put_text(j, "host", p->host);
	json_put_text(j, "software", p->software);
	put_someone(j, "by", p->what == GROUP_PRODUCER_FENCED ? p->by_client_id : NULL,
	            p->what == GROUP_PRODUCER_FENCED ? p->by_host : NULL);
	json_put_text(j, "api", p->api);
	put_code(j, p->error);
	if (p->what == GROUP_PRODUCER_FENCED)
		json_put_number(j, "by_epoch", p->by_epoch);
	else if (p->what == GROUP_PRODUCER_STARTED)
		put_someone(j, "took_over_from", p->by_client_id, p->by_host);
	else if (p->what == GROUP_PRODUCER_BUMPED)
		json_put_bool(j, "each_transaction", p->each_transaction);
	else
		print_refused(j, p);
	put_words(j, p->confidence, p->text, p->advice, p->evidence, p->n_evidence);
}

void log_json_transaction(struct json *j, const struct group_transaction_event *t)
{
	json_put_text(j, "event", group_transaction_what_name(t->what));
	json_put_text(j, "transactional_id", t->transactional_id);
	json_put_number(j, "producer_id", t->producer_id);
	json_put_number(j, "epoch", t->epoch);
	json_put_text(j, "client_id", t->client_id);
	json_put_text(j, "host", t->host);
	json_put_text(j, "member", t->member);
	json_put_number(j, "generation", t->generation);
	put_code(j, t->error);
	json_put_time(j, "began", t->began);
	json_key(j, t->what == GROUP_TRANSACTION_TOTAL ? "longest_ms" : "open_ms");
	json_ms(j, t->open);
	json_key(j, "timeout_ms");
	json_ms(j, t->timeout);
	if (t->what == GROUP_TRANSACTION_TOTAL) {
		json_put_uint(j, "committed", t->committed);
		json_put_uint(j, "aborted", t->aborted);
		json_put_uint(j, "cut", t->cut);
		json_put_uint(j, "timed_out", t->timed_out);
	}
	put_words(j, t->confidence, t->text, t->advice, t->evidence, t->n_evidence);
}

void log_json_metadata_storm(struct json *j, const struct group_metadata_storm_event *s)
{
	json_put_text(j, "event", s->ended ? "ended" : "started");
	json_put_bool(j, "over", s->over);
	json_put_text(j, "client_id", s->client_id);
	json_put_text(j, "host", s->host);
	json_put_text(j, "software", s->software);
	json_put_uint(j, "requests", s->requests);
	json_put_uint(j, "refused", s->refused);
	put_code(j, s->error);
	json_put_text(j, "topic", s->topic);
	json_put_time(j, "first", s->first);
	json_put_time(j, "last", s->last);
	json_put_uint(j, "frame", s->frame);
	json_put_text(j, "advice", s->advice);
}
