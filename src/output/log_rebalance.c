/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <limits.h>
#include <string.h>

#include <regroup/text.h>

/* ns: shorter sync phases are not taken apart for people. */
#define NOTABLE INT64_C(100000000)

#define ROW_COLUMN 4
#define BAR_COLUMNS 20
#define FRAMES_SHOWN 6

void log_row(struct line *l, const char *label)
{
	line_to(l, ROW_COLUMN, 0);
	line_style(l, LINE_DIM);
	line_text(l, label);
	line_style(l, LINE_PLAIN);
	line_to(l, LOG_TEXT_COLUMN, 0);
}

unsigned log_limit(const struct line *l)
{
	return l->wrap ? l->wrap : LOG_COLUMNS;
}

void log_wrap(struct line *l, unsigned columns)
{
	unsigned reach = l->column + columns;

	l->reach = reach > l->reach ? reach : l->reach;
	if (l->column <= LOG_TEXT_COLUMN || reach <= log_limit(l))
		return;
	l->reach = UINT_MAX;
	line_end(l);
	line_to(l, LOG_TEXT_COLUMN, 0);
}

void log_advice(struct line *l, const char *advice)
{
	line_end(l);
	if (advice == NULL)
		return;
	line_to(l, LOG_TEXT_COLUMN, 0);
	log_words(l, advice);
	line_end(l);
}

/* One word; what is not plain is cut to a length that no word has. */
static void put_word(struct line *l, const char *text, size_t len)
{
	char word[512];
	size_t n;

	if (len < sizeof word - 4 && text_is_plain(text, len)) {
		log_wrap(l, (unsigned)len);
		line_put(l, text, len);
		return;
	}
	n = text_safe(word, sizeof word, text, len, 0);
	log_wrap(l, (unsigned)text_width(word, n));
	line_put(l, word, n);
}

void log_words(struct line *l, const char *text)
{
	while (text != NULL && *text != '\0') {
		const char *end = strchrnul(text, ' ');

		put_word(l, text, (size_t)(end - text));
		if (*end == ' ')
			line_text(l, " ");
		text = end + (*end == ' ');
	}
}

static bool known(int64_t ts)
{
	return ts != GROUP_UNKNOWN_TIME;
}

static bool is_broker(const struct group_rebalance *r)
{
	return r->mode == GROUP_BROKER;
}

/* Where the broker assigns, what counts is the group epoch. */
static void put_generation(struct line *l, const struct group_rebalance *r)
{
	line_text(l, is_broker(r) ? "epoch " : "generation ");
	if (r->previous >= 0 && !r->passed_over) {
		line_number(l, r->previous);
		line_text(l, " -> ");
	}
	if (r->generation >= 0)
		line_number(l, r->generation);
	else
		line_text(l, "?");
}

static void put_outcome(struct line *l, const struct group_rebalance *r)
{
	const char *name = group_outcome_name(r->outcome);
	bool bad = r->outcome == GROUP_ABORTED;

	if (r->passed_over)
		name = "passed over";
	else if (bad && is_broker(r))
		name = r->generation < 0 ? "given up" : "superseded"; /* no member was told of any */
	line_style(l, bad ? LINE_RED : LINE_PLAIN);
	line_text(l, name ? name : "?");
	if (known(r->started) && known(r->ended)) {
		line_text(l, r->outcome == GROUP_UNFINISHED ? ", so far " : " after ");
		line_duration(l, r->ended - r->started);
	}
	line_style(l, LINE_PLAIN);
}

static void put_protocol(struct line *l, const struct group_rebalance *r)
{
	const char *mode = group_mode_name(r->mode);

	line_text(l, "  ");
	line_name(l, r->assignor ? r->assignor : r->group_type, 40);
	if (mode != NULL) {
		line_text(l, " (");
		line_text(l, mode);
		line_text(l, ")");
	}
	if (!is_broker(r) && r->protocol_type != NULL && strcmp(r->protocol_type, "consumer") != 0) {
		line_text(l, " of ");
		line_name(l, r->protocol_type, 40);
	}
}

static void print_head(struct line *l, const struct group_event *e)
{
	const struct group_rebalance *r = &e->rebalance;
	size_t members = 0;

	for (size_t i = 0; i < r->n_members; i++)
		members += group_change_in(r->members[i].change);
	log_head(l, e);
	put_generation(l, r);
	line_text(l, "  ");
	put_outcome(l, r);
	if (r->outcome == GROUP_STABLE || members > 0) {
		line_text(l, "  ");
		line_count(l, members, "member", "members");
	}
	put_protocol(l, r);
	line_end(l);
}

static void put_frames(struct line *l, const struct group_cause *c, bool verbose)
{
	size_t shown = verbose || c->n_evidence <= FRAMES_SHOWN ? c->n_evidence : FRAMES_SHOWN;

	if (c->n_evidence == 0)
		return;
	line_text(l, "  ");
	log_wrap(l, (unsigned)(8 + 7 * (shown < FRAMES_SHOWN ? shown : FRAMES_SHOWN)));
	line_style(l, LINE_DIM);
	line_text(l, c->n_evidence == 1 ? "[frame" : "[frames");
	for (size_t i = 0; i < shown; i++) {
		line_text(l, i ? ", " : " ");
		line_number(l, (int64_t)c->evidence[i]);
		if (i + 1 < shown)
			log_wrap(l, 8);
	}
	line_text(l, shown < c->n_evidence ? ", …]" : "]");
	line_style(l, LINE_PLAIN);
}

static void put_rivals(struct line *l, const struct group_cause *c)
{
	for (size_t i = 0; i < c->n_rivals; i++) {
		const char *name = group_cause_name(c->rivals[i]);

		line_text(l, i == 0 ? "; or " : " or ");
		log_wrap(l, 24);
		line_text(l, "R");
		line_number(l, c->rivals[i]);
		line_text(l, " ");
		line_text(l, name ? name : "");
	}
}

static void print_cause(struct line *l, const char *label, const struct group_cause *c, bool verbose)
{
	log_row(l, label);
	line_style(l, LINE_YELLOW);
	line_text(l, "R");
	line_number(l, c->id);
	line_text(l, " ");
	line_text(l, c->name ? c->name : "");
	line_style(l, LINE_PLAIN);
	line_text(l, " (C");
	line_number(l, c->confidence);
	line_text(l, ")");
	if (c->text != NULL) {
		line_text(l, ": ");
		log_words(l, c->text);
	}
	put_rivals(l, c);
	put_frames(l, c, verbose);
	line_end(l);
}

/* "##########----------": how the time divides between the phases. */
static void put_bar(struct line *l, int64_t join, int64_t sync)
{
	double total = (double)join + (double)sync;
	int marks = total > 0 ? (int)((double)join / total * BAR_COLUMNS + 0.5) : 0;
	char bar[BAR_COLUMNS + 1];

	marks = marks < 1 ? 1 : marks > BAR_COLUMNS - 1 ? BAR_COLUMNS - 1 : marks; /* both phases are seen */
	memset(bar, '-', BAR_COLUMNS);
	memset(bar, '#', (size_t)marks);
	bar[BAR_COLUMNS] = '\0';
	line_text(l, "  ");
	line_text(l, bar);
}

/* What the join phase waited for, and how long that one took after it could know. */
static void put_slowest(struct line *l, const struct group_rebalance *r)
{
	if (r->released_by == NULL)
		return;
	line_text(l, "  ");
	log_wrap(l, 24);
	line_text(l, "until ");
	log_words(l, r->released_by);
	for (size_t i = 0; r->last_joined != NULL && i < r->n_members; i++) {
		const struct group_rebalance_member *m = &r->members[i];

		if (m->client_id == NULL || strcmp(m->client_id, r->last_joined) != 0 || m->rejoin_lag < 0)
			continue;
		line_text(l, ", ");
		log_wrap(l, 26);
		line_duration(l, m->rejoin_lag);
		line_text(l, " after it was told");
		return;
	}
}

/* Where the sync phase went: the leader's assignor, and the coordinator's storing of what it made. */
static void put_sync(struct line *l, const struct group_rebalance *r)
{
	if (r->assignor_time < 0 || r->storage_time < 0 || r->assignor_time + r->storage_time < NOTABLE)
		return;
	line_text(l, "  ");
	log_wrap(l, 32);
	line_text(l, "assignor ");
	line_duration(l, r->assignor_time);
	line_text(l, ", storage ");
	line_duration(l, r->storage_time);
}

static void print_phases(struct line *l, const struct group_rebalance *r, bool verbose)
{
	if (!known(r->started))
		return;
	log_row(l, "phases");
	line_text(l, "began ");
	line_clock(l, r->started);
	if (r->started_uncertainty > 0) {
		line_text(l, " (+-");
		line_duration(l, r->started_uncertainty);
		line_text(l, ")");
	}
	if (known(r->joined)) {
		line_text(l, is_broker(r) ? "  target " : "  join ");
		line_duration(l, r->joined - r->started);
	}
	if (known(r->joined) && known(r->ended)) {
		line_text(l, is_broker(r) ? "  reconciled " : "  sync ");
		line_duration(l, r->ended - r->joined);
		put_bar(l, r->joined - r->started, r->ended - r->joined);
	}
	if (r->rounds > 1) {
		line_text(l, "  ");
		line_count(l, r->rounds, is_broker(r) ? "epoch" : "round", is_broker(r) ? "epochs" : "rounds");
	}
	if (verbose && r->interval_ms > 0) {
		line_text(l, "  heartbeats every ");
		line_duration(l, r->interval_ms * INT64_C(1000000));
	}
	put_slowest(l, r);
	put_sync(l, r);
	line_end(l);
}

/* A broker event has a line of its own: this points at it. */
static void print_trouble(struct line *l, const struct group_rebalance *r)
{
	if (r->trouble == NULL)
		return;
	log_row(l, "after");
	line_text(l, "trouble of ");
	line_safe(l, r->trouble, strlen(r->trouble), 0);
	if (r->trouble_node >= 0)
		line_format(l, " (broker %d)", r->trouble_node);
	line_text(l, ", the coordinator, at ");
	line_clock(l, r->trouble_since);
	log_words(l, "; it hit other groups as well");
	line_end(l);
}

static void print_status(struct line *l, const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_status; i++) {
		log_row(l, i == 0 ? "status" : "");
		log_words(l, r->status[i]);
		line_end(l);
	}
}

static void print_notes(struct line *l, const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_missing; i++) {
		log_row(l, i == 0 ? "note" : "");
		log_words(l, r->missing[i]);
		line_end(l);
	}
}

static void print_started(struct line *l, const struct group_event *e, bool verbose)
{
	log_head(l, e);
	line_text(l, "rebalance began");
	if (e->rebalance.previous >= 0)
		line_format(l, " at %s %d", is_broker(&e->rebalance) ? "epoch" : "generation", e->rebalance.previous);
	line_end(l);
	print_cause(l, "why", &e->rebalance.cause, verbose);
}

void log_text_rebalance(struct line *l, const struct group_event *e, bool verbose)
{
	const struct group_rebalance *r = &e->rebalance;
	struct log_names names;

	if (e->type == GROUP_EVENT_REBALANCE_STARTED) {
		print_started(l, e, verbose);
		return;
	}
	print_head(l, e);
	print_cause(l, "why", &r->cause, verbose);
	for (size_t i = 0; i < r->n_also; i++)
		print_cause(l, i == 0 ? "also" : "", &r->also[i], verbose);
	if (r->followup_of >= 0) {
		log_row(l, "follows");
		line_format(l, "generation %d, whose assignment needs it", r->followup_of);
		line_end(l);
	}
	if (r->passed_over) {
		line_end(l);
		return;
	}
	names = log_names(r);
	print_trouble(l, r);
	print_phases(l, r, verbose);
	log_text_members(l, &names, verbose);
	log_text_moves(l, &names, verbose);
	log_text_kind(l, r, verbose);
	print_status(l, r);
	print_notes(l, r);
	line_end(l);
}
