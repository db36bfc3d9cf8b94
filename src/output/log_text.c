/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"
#include "log.h"

#include <string.h>

#include <regroup/text.h>

#define DUPLICATES_SHOWN 4
#define NOTABLE INT64_C(1000000000) /* ns without a reader */
#define NAME_WIDTH 40

void log_head(struct line *l, const struct group_event *e)
{
	line_clock(l, e->ts);
	line_to(l, LOG_TEXT_COLUMN, 2);
	if (e->group == NULL)
		return;
	line_style(l, LINE_BOLD);
	line_value(l, e->group, strlen(e->group), NAME_WIDTH);
	line_style(l, LINE_PLAIN);
	line_text(l, "  ");
}

/* "checkout-1 (10.77.0.100)" as far as it is known. */
static void put_client(struct line *l, const char *client_id, const char *member, const char *host)
{
	line_who(l, client_id ? client_id : member, host);
}

static void print_member(struct line *l, const struct group_member_event *m, bool verbose)
{
	const char *change = group_change_name(m->event), *error = m->error != 0 ? kf_error_name(m->error) : NULL;

	line_text(l, "member ");
	line_text(l, change ? change : "changed");
	line_text(l, ": ");
	put_client(l, m->client_id, m->member, m->host);
	if (m->instance != NULL) {
		line_text(l, " as instance ");
		line_name(l, m->instance, NAME_WIDTH);
	}
	if (error != NULL)
		line_format(l, ": %s (%d)", error, m->error);
	if (m->reason != NULL && (error == NULL || strcmp(error, m->reason) != 0)) {
		line_text(l, ": ");
		line_name(l, m->reason, 0);
	}
	if (!m->rebalance)
		line_text(l, ", without a rebalance");
	if (m->note != NULL) {
		line_text(l, "; ");
		log_wrap(l, 50);
		log_words(l, m->note);
	}
	if (verbose && m->frame != 0)
		line_format(l, "  [frame %llu]", (unsigned long long)m->frame);
}

static void print_coordinator(struct line *l, const struct group_coordinator_event *c, bool verbose)
{
	line_text(l, "coordinator ");
	line_name(l, c->what, 0);
	if (c->from != NULL || c->to != NULL) {
		line_text(l, ": ");
		line_name(l, c->from, 0);
		if (c->to != NULL) {
			line_text(l, " -> ");
			line_name(l, c->to, 0);
		}
	}
	if (verbose && c->frame != 0)
		line_format(l, "  [frame %llu]", (unsigned long long)c->frame);
}

/* The partitions by name where they are few: who has them next begins before what was done. */
static void put_refused(struct line *l, const struct group_commit_event *c)
{
	if (c->n_topics == 0 || c->n_topics > 2) {
		line_count(l, c->partitions, "partition", "partitions");
		return;
	}
	for (size_t i = 0; i < c->n_topics; i++) {
		line_text(l, i > 0 ? "; " : "");
		line_name(l, c->topics[i].topic, 0);
		line_text(l, " ");
		log_partitions(l, c->topics[i].partitions, c->topics[i].n_partitions);
	}
}

static void print_commit(struct line *l, const struct group_commit_event *c, bool verbose)
{
	const char *name = kf_error_name(c->error);

	line_style(l, LINE_YELLOW);
	line_text(l, "commit failed");
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	put_client(l, c->client_id, c->member, c->host);
	line_text(l, ", ");
	put_refused(l, c);
	if (c->generation >= 0)
		line_format(l, ", as of generation %d", c->generation);
	line_format(l, ": %s (%d)", name ? name : "error", c->error);
	if (c->what != NULL)
		line_format(l, ", %s", c->what);
	if (verbose && c->frame != 0)
		line_format(l, "  [frame %llu]", (unsigned long long)c->frame);
}

/* ", 3 released" where there were any. */
static void put_some(struct line *l, uint64_t n, const char *what)
{
	if (n > 0)
		line_format(l, ", %llu %s", (unsigned long long)n, what);
}

bool log_deliveries_seen(const struct group_delivery_event *d)
{
	return d->acquired > 0 || d->accepted + d->released + d->rejected + d->renewed == 0;
}

static void print_delivery(struct line *l, const struct group_delivery_event *d)
{
	line_text(l, "delivered to ");
	put_client(l, d->client_id, d->member, d->host);
	line_text(l, ": ");
	if (log_deliveries_seen(d))
		line_count(l, d->acquired, "record", "records");
	else
		line_text(l, "? records");
	if (d->redelivered > 0)
		line_format(l, " (%llu not for the first time)", (unsigned long long)d->redelivered);
	line_format(l, ", %llu accepted", (unsigned long long)d->accepted);
	put_some(l, d->released, "released");
	put_some(l, d->rejected, "rejected");
	put_some(l, d->renewed, "renewed");
	put_some(l, d->refused, "acknowledgements refused");
}

/* "5 records read twice: orders-3 (29 to 33): pay-2 could not commit them, and pay-1 read them as well" */
static void print_duplicates(struct line *l, const struct group_duplicates_event *d, bool verbose)
{
	size_t shown = verbose || d->n_partitions <= DUPLICATES_SHOWN ? d->n_partitions : DUPLICATES_SHOWN;

	line_style(l, LINE_YELLOW);
	line_count(l, d->records, "record", "records");
	line_text(l, " read twice");
	line_style(l, LINE_PLAIN);
	for (size_t i = 0; i < shown; i++) {
		const struct group_again *a = &d->partitions[i];

		line_text(l, i > 0 ? ", " : ": ");
		line_name(l, a->topic, 0);
		line_format(l, "-%d (%lld", a->partition, (long long)a->from);
		if (a->to - a->from > 1)
			line_format(l, " to %lld", (long long)a->to - 1);
		line_text(l, ")");
	}
	if (shown < d->n_partitions) {
		line_text(l, " and ");
		line_count(l, d->n_partitions - shown, "more partition", "more partitions");
	}
	line_text(l, ": ");
	put_client(l, d->client_id, "a member", d->host);
	line_text(l, " could not commit them, and ");
	put_client(l, d->by_client_id, "the next owner", d->by_host);
	line_text(l, " read them as well");
	if (verbose && d->frame != 0)
		line_format(l, "  [frame %llu]", (unsigned long long)d->frame);
}

/* "127.0.0.1:9092 java[4711]" */
static void put_end(struct line *l, const char *name, const struct group_process *p)
{
	line_name(l, name, 0);
	if (p)
		line_text(l, " ");
	local_text(l, p);
}

static void print_gap(struct line *l, const struct group_gap_event *g)
{
	bool back = g->direction != NULL && strcmp(g->direction, "response") == 0;

	line_style(l, LINE_YELLOW);
	line_text(l, "gap");
	line_style(l, LINE_PLAIN);
	line_text(l, ": ");
	line_name(l, g->what, 0);
	if (g->packets != 0) {
		line_text(l, ", ");
		line_count(l, g->packets, "packet", "packets");
	}
	if (g->bytes != 0) {
		line_text(l, ", ");
		line_bytes(l, g->bytes);
	}
	if (g->client != NULL || g->server != NULL) {
		line_text(l, ", ");
		put_end(l, g->client, g->client_local);
		line_text(l, g->direction == NULL ? " - " : back ? " < " : " > ");
		put_end(l, g->server, g->server_local);
	}
	if (g->from != GROUP_UNKNOWN_TIME && g->to != GROUP_UNKNOWN_TIME && g->to > g->from) {
		line_text(l, ", within ");
		line_duration(l, g->to - g->from);
	}
}

static void print_connection(struct line *l, const struct group_connection_event *c)
{
	line_text(l, "connection cannot be read (");
	line_name(l, c->kind, 0);
	line_text(l, "): ");
	put_end(l, c->client, c->client_local);
	line_text(l, " > ");
	put_end(l, c->server, c->server_local);
	line_text(l, ", ");
	line_count(l, c->packets, "packet", "packets");
	line_text(l, ", ");
	line_bytes(l, c->bytes);
}

static void put_moment(struct line *l, int64_t ts)
{
	line_date(l, ts);
	line_text(l, " ");
	line_clock(l, ts);
}

/* One more thing that was not seen, if there is any of it. */
static void put_lost(struct line *l, bool *first, uint64_t n, const char *one, const char *many)
{
	if (n == 0)
		return;
	line_text(l, *first ? "not seen: " : ", ");
	*first = false;
	line_count(l, n, one, many);
}

static void put_loss(struct line *l, const struct group_summary *s)
{
	bool first = true;

	if (s->lost_packets == 0 && s->gap_bytes == 0 && s->evicted == 0 && s->unanswered == 0)
		return;
	log_row(l, "");
	line_style(l, LINE_YELLOW);
	put_lost(l, &first, s->lost_packets, "lost packet", "lost packets");
	put_lost(l, &first, s->gap_bytes, "byte of the streams", "bytes of the streams");
	put_lost(l, &first, s->evicted, "item given up for memory", "items given up for memory");
	put_lost(l, &first, s->unanswered, "response to a request", "responses to requests");
	line_style(l, LINE_PLAIN);
	line_end(l);
}

/* What the capture was not made to hold. */
static void put_limits(struct line *l, const struct group_summary *s)
{
	line_style(l, LINE_YELLOW);
	if (s->cut_packets > 0) {
		log_row(l, "");
		line_count(l, s->cut_packets, "packet was", "packets were");
		line_format(l, " cut to %llu bytes: capture whole packets (tcpdump -s 0)", (unsigned long long)s->snaplen);
		line_end(l);
	}
	if (s->requests_only > 0) {
		log_row(l, "");
		line_text(l, "of ");
		line_count(l, s->requests_only, "connection", "connections");
		line_text(l, " only the requests were captured");
		line_end(l);
	}
	if (s->one_sided > 0) {
		log_row(l, "");
		line_count(l, s->one_sided, "connection was", "connections were");
		line_text(l, " captured in one direction only, and could not be read");
		line_end(l);
	}
	if (s->unnamed_topics > 0) {
		log_row(l, "");
		line_count(l, s->unnamed_topics, "topic is", "topics are");
		line_text(l, " told by id: no message that was captured says the name");
		line_end(l);
	}
	if (s->forgotten_groups > 0 || s->forgotten_producers > 0) {
		log_row(l, "");
		line_count(l, s->forgotten_groups, "group", "groups");
		line_text(l, " and ");
		line_count(l, s->forgotten_producers, "producer", "producers");
		line_text(l, " were forgotten for want of room");
		line_end(l);
	}
	line_style(l, LINE_PLAIN);
}

static void print_summary(struct line *l, const struct group_summary *s)
{
	log_row(l, "summary");
	line_style(l, LINE_BOLD);
	line_count(l, s->rebalances, "rebalance", "rebalances");
	line_text(l, " of ");
	line_count(l, s->groups, "group", "groups");
	line_style(l, LINE_PLAIN);
	if (s->captured_from != GROUP_UNKNOWN_TIME && s->captured_to != GROUP_UNKNOWN_TIME) {
		line_text(l, " in ");
		line_duration(l, s->captured_to - s->captured_from);
		line_text(l, ", ");
		put_moment(l, s->captured_from);
		line_text(l, " to ");
		put_moment(l, s->captured_to);
		line_text(l, " UTC");
	}
	line_end(l);
	log_row(l, "");
	line_count(l, s->messages, "message", "messages");
	if (s->unknown_messages != 0)
		line_format(l, " (%llu unknown)", (unsigned long long)s->unknown_messages);
	line_text(l, " on ");
	line_count(l, s->connections, "connection", "connections");
	if (s->opaque_connections != 0)
		line_format(l, " (%llu opaque)", (unsigned long long)s->opaque_connections);
	line_text(l, ", ");
	line_count(l, s->packets, "packet", "packets");
	line_text(l, ", ");
	line_bytes(l, s->bytes);
	line_end(l);
	put_loss(l, s);
	put_limits(l, s);
}

static void print_line(struct line *l, const struct group_event *e, bool verbose)
{
	log_head(l, e);
	switch (e->type) {
	case GROUP_EVENT_MEMBER:
		print_member(l, &e->member, verbose);
		break;
	case GROUP_EVENT_COORDINATOR:
		print_coordinator(l, &e->coordinator, verbose);
		break;
	case GROUP_EVENT_COMMIT_FAILED:
		print_commit(l, &e->commit, verbose);
		break;
	case GROUP_EVENT_RESUMED:
		log_text_resumed(l, &e->resumed);
		break;
	case GROUP_EVENT_DUPLICATES:
		print_duplicates(l, &e->duplicates, verbose);
		break;
	case GROUP_EVENT_DELIVERY:
		print_delivery(l, &e->delivery);
		break;
	case GROUP_EVENT_GAP:
		print_gap(l, &e->gap);
		break;
	case GROUP_EVENT_CONNECTION:
		print_connection(l, &e->connection);
		break;
	default:
		break;
	}
	line_end(l);
}

/* Who joined is in the block of the rebalance, that all was read again soon is what everybody expects, and that a producer
 * began is no trouble. */
static bool is_detail(const struct group_event *e)
{
	if (e->type == GROUP_EVENT_RESUMED)
		return e->resumed.longest < NOTABLE && e->resumed.unread == 0;
	if (e->type == GROUP_EVENT_ADMIN)
		return e->admin.what == GROUP_ADMIN_DESCRIBED || e->admin.what == GROUP_ADMIN_LISTED;
	if (e->type == GROUP_EVENT_PRODUCER)
		return e->producer.what == GROUP_PRODUCER_STARTED || e->producer.each_transaction;
	if (e->type == GROUP_EVENT_TRANSACTION)
		return e->transaction.what == GROUP_TRANSACTION_TOTAL && !e->transaction.cut && !e->transaction.timed_out;
	return e->type == GROUP_EVENT_MEMBER && (e->member.event == GROUP_JOINED || e->member.event == GROUP_RETURNED);
}

void log_text_event(struct line *l, const struct group_event *e, bool verbose)
{
	if (!verbose && is_detail(e))
		return;
	switch (e->type) {
	case GROUP_EVENT_REBALANCE_STARTED:
	case GROUP_EVENT_REBALANCE:
		log_text_rebalance(l, e, verbose);
		break;
	case GROUP_EVENT_STORM:
		log_text_storm(l, e, verbose || e->storm.ended);
		break;
	case GROUP_EVENT_REFUSED:
		log_text_refused(l, e);
		break;
	case GROUP_EVENT_BROKER:
		log_text_broker(l, e);
		break;
	case GROUP_EVENT_ADMIN:
		log_text_admin(l, e);
		break;
	case GROUP_EVENT_PRODUCER:
		log_text_producer(l, e, verbose);
		break;
	case GROUP_EVENT_TRANSACTION:
		log_text_transaction(l, e, verbose);
		break;
	case GROUP_EVENT_METADATA_STORM:
		log_text_metadata_storm(l, e);
		break;
	case GROUP_EVENT_SUMMARY:
		print_summary(l, &e->summary);
		break;
	default:
		print_line(l, e, verbose);
	}
}
