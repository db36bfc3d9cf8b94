/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"
#include "why.h"

#include <stdio.h>
#include <string.h>

#include <regroup/text.h>

#define COLUMNS 80
#define TEXT_COLUMN 14
#define PEOPLE_SHOWN 3
#define PROCESSES_SHOWN 8
#define SLOW_SHOWN 3
#define NAME_WIDTH 40
#define CHANGES_SHOWN 2

/* What a member did, for one and for several: "payments-7 stopped polling 6 times", "3 members left". */
struct deed {
	const char *did;
	bool nobody; /* not a member's doing: the words say it all */
};

static const struct deed deeds[] = {
	[0] = { "of reasons that were not captured", true },
	[1] = { "formed it", false },
	[2] = { "joined", false },
	[3] = { "rejoined as leader", false },
	[4] = { "changed its subscription", false },
	[5] = { "saw topics change", false },
	[6] = { "asked for it", false },
	[7] = { "left", false },
	[8] = { "unsubscribed", false },
	[9] = { "stopped polling", false },
	[10] = { "was silent for its session timeout", false },
	[11] = { "did not rejoin in time", false },
	[12] = { "did not ask for its assignment", false },
	[13] = { "came back as a static member", false },
	[14] = { "was removed by an administrator", false },
	[15] = { "the coordinator moved", true },
	[16] = { "went on under an old member id", false },
	[17] = { "had no assignor in common with the group", false },
	[18] = { "the group was too large", true },
	[19] = { "the assignment could not be stored", true },
	[20] = { "handed over partitions", false },
	[21] = { "its protocol changed", true },
};

/* ---- paragraphs of COLUMNS ------------------------------------------------------------------------------ */

/* Up to the next space at which a line may end: not between a number and its unit. */
static size_t word_length(const char *p, size_t left)
{
	const char *space = memchr(p, ' ', left);
	size_t len = space != NULL ? (size_t)(space - p) : left, unit = 0;

	if (space == NULL || len == 0 || p[len - 1] < '0' || p[len - 1] > '9')
		return len;
	while (len + 1 + unit < left && p[len + 1 + unit] >= 'A' && p[len + 1 + unit] <= 'z')
		unit++;
	return unit > 0 && unit <= 3 ? len + 1 + word_length(p + len + 1, left - len - 1) : len;
}

/* A paragraph is put together as one line first, then broken at its spaces; `indent` is for the lines after the first. */
void why_paragraph(struct line *l, const struct line *part, unsigned indent)
{
	const char *p = part->buf, *end = part->buf + part->len;

	while (p != NULL && p < end) {
		size_t len = word_length(p, (size_t)(end - p));
		unsigned width = (unsigned)text_width(p, len);

		if (l->column + width > COLUMNS && l->column > indent) {
			line_end(l);
			line_to(l, indent, 0);
		}
		line_append(l, &(struct line){ .buf = (char *)(uintptr_t)p, .len = len, .column = width });
		p += len;
		if (p < end) {
			line_text(l, " ");
			p++;
		}
	}
	line_end(l);
}

static void print_row(struct line *l, const char *label, struct line *part)
{
	line_text(l, "  ");
	line_style(l, LINE_DIM);
	line_text(l, label);
	line_style(l, LINE_PLAIN);
	line_to(l, TEXT_COLUMN, 1);
	why_paragraph(l, part, TEXT_COLUMN);
	line_reset(part);
}

static void put_times(struct line *l, uint64_t n)
{
	if (n == 1)
		line_text(l, "once");
	else if (n == 2)
		line_text(l, "twice");
	else
		line_count(l, n, "time", "times");
}

void why_clock(struct line *l, int64_t ts)
{
	char text[TEXT_SHORT];

	text_clock(text, sizeof text, ts);
	text[8] = '\0'; /* to the second */
	line_text(l, text);
}

/* ---- the sentence -------------------------------------------------------------------------------------- */

static void put_reason(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	const struct why_cause *first = why_behind(g, r->id, 0);
	const struct deed *d = &deeds[r->id < sizeof deeds / sizeof deeds[0] ? r->id : 0];
	const char *special = why_kind_deed(&g->kind, r->id), *did = special != NULL ? special : d->did;

	line_text(l, " because ");
	if (d->nobody || first == NULL || first->client_id == NULL) {
		if (!d->nobody)
			line_format(l, "a %s ", why_kind_members(&g->kind, false));
		line_text(l, did);
	} else if (r->people == 1 || first->n * 2 > r->n) {
		line_who(l, first->client_id, first->host);
		line_format(l, " %s", did);
		if (first->n > 1) {
			line_text(l, " ");
			put_times(l, first->n);
		}
	} else {
		line_count(l, r->people, why_kind_members(&g->kind, false), why_kind_members(&g->kind, true));
		line_format(l, " %s", strcmp(did, "was silent for its session timeout") == 0 ?
		            "were silent for their session timeouts" : did);
	}
}

static uint32_t returns(const struct why_rank *ranks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ranks[i].id == 2)
			return ranks[i].returns;
	return 0;
}

static void put_rebalanced(struct line *l, const struct why_group *g)
{
	struct why_rank ranks[32];
	size_t n = why_rank(g, ranks);

	line_text(l, " rebalanced ");
	put_times(l, g->rebalances);
	if (g->rebalances > 1 && g->last > g->first) {
		line_text(l, " in ");
		line_duration(l, g->last - g->first);
	}
	if (n == 0 || ranks[0].id == 1 || ranks[0].id == 20)
		return;
	line_text(l, g->rebalances > ranks[0].n && ranks[0].n * 2 < g->rebalances ? ", mostly" : ",");
	put_reason(l, g, &ranks[0]);
	if (group_cause_is_loss(ranks[0].id) && returns(ranks, n) > 0)
		line_text(l, returns(ranks, n) >= ranks[0].n ? ", and came back" : ", and came back in part");
}

static void put_quiet(struct line *l, const struct why_group *g)
{
	if (g->unheard) {
		line_format(l, ": %u joined and %u left, as they asked; whether and when it rebalanced is not known, as the "
		            "coordinator's answers were not captured", g->comings, g->goings);
		return;
	}
	if (g->formations > 0 && g->empties == 0)
		line_text(l, " formed, and did not rebalance after that");
	else if (g->formations > 0)
		line_text(l, g->formations > 1 ? " formed and ended several times" : " formed, and its members left");
	else if (g->empties > 0)
		line_text(l, " ended: its last member left");
	else if (g->unfinished)
		line_text(l, " was rebalancing when the capture ended");
	else
		line_text(l, " did not rebalance");
}

void why_sentence(struct line *l, const struct why_group *g)
{
	const char *storm = g->n_storms > 0 ? group_storm_name(g->storm[0].event.class) : NULL;

	line_name(l, g->name, 60);
	if (g->rebalances > 0)
		put_rebalanced(l, g);
	else
		put_quiet(l, g);
	if (g->bounces > 0) {
		line_text(l, "; static members came back ");
		put_times(l, g->bounces);
		line_text(l, " without a rebalance");
	}
	if (g->fenced > 0 && g->n_statics > 0) {
		line_text(l, "; ");
		line_count(l, g->fenced, "member was", "members were");
		line_text(l, " fenced");
	}
	if (storm != NULL)
		line_format(l, ": %s", storm);
	line_text(l, ".");
}

/* ---- the rows ------------------------------------------------------------------------------------------ */

static void row_time(struct line *l, struct line *part, const struct why_group *g, const struct group_summary *s)
{
	double percent = why_percent(g, s);

	if (g->unstable == 0)
		return;
	line_duration(part, g->unstable);
	if (percent >= 0) {
		line_text(part, " of ");
		line_duration(part, s->captured_to - s->captured_from);
		line_format(part, " (%.0f%%)", percent);
	}
	line_text(part, "; longest ");
	line_duration(part, g->longest);
	line_text(part, " at ");
	why_clock(part, g->longest_at);
	if (g->longest_generation >= 0)
		line_format(part, ", %s %d (R%u)", g->broker ? "epoch" : "generation", g->longest_generation, g->longest_cause);
	print_row(l, g->broker ? "reconciling" : "not stable", part);
}

static void put_more(struct line *part, uint32_t n, const char *one, const char *many)
{
	if (n == 0)
		return;
	line_text(part, part->len > 0 ? ", " : "");
	line_count(part, n, one, many);
}

static void row_counts(struct line *l, struct line *part, const struct why_group *g)
{
	put_more(part, g->followups, "cooperative follow-up", "cooperative follow-ups");
	put_more(part, g->empties, "time empty", "times empty");
	if (g->broker)
		put_more(part, g->aborted, "superseded epoch", "superseded epochs");
	else
		put_more(part, g->aborted, "aborted round", "aborted rounds");
	put_more(part, g->coordinator_moves, "move of the coordinator", "moves of the coordinator");
	put_more(part, g->fenced, "member fenced", "members fenced");
	put_more(part, g->deletions, "time deleted by an administrator", "times deleted by an administrator");
	if (g->unfinished)
		line_text(part, part->len > 0 ? ", one under way at the end" : "one under way at the end");
	if (part->len > 0)
		print_row(l, "besides", part);
}

static bool same_host(const struct why_group *g, const struct why_rank *r)
{
	const struct why_cause *first = why_behind(g, r->id, 0), *c;

	for (size_t i = 1; i < PEOPLE_SHOWN && i < r->people; i++) {
		c = why_behind(g, r->id, i);
		if (c == NULL || c->host == NULL || first->host == NULL || strcmp(c->host, first->host) != 0)
			return false;
	}
	return r->people > 1;
}

static void put_people(struct line *part, const struct why_group *g, const struct why_rank *r)
{
	bool one_host = same_host(g, r);
	const struct why_cause *c;

	for (size_t i = 0; i < PEOPLE_SHOWN && i < r->people; i++) {
		c = why_behind(g, r->id, i);
		if (c == NULL || c->client_id == NULL)
			return;
		line_text(part, i == 0 ? ": " : ", ");
		line_who(part, c->client_id, one_host ? NULL : c->host);
		if (r->people > 1 && c->n > 1)
			line_format(part, " x%u", c->n);
	}
	if (r->people > PEOPLE_SHOWN)
		line_format(part, " and %u more", r->people - PEOPLE_SHOWN);
	c = one_host && r->people <= PEOPLE_SHOWN ? why_behind(g, r->id, 0) : NULL;
	if (c == NULL)
		return;
	line_text(part, ", all of ");
	line_name(part, c->host, NAME_WIDTH);
}

static void row_causes(struct line *l, struct line *part, const struct why_group *g)
{
	struct why_rank ranks[32];
	size_t n = why_rank(g, ranks);

	for (size_t i = 0; i < n; i++) {
		const struct why_rank *r = &ranks[i];

		line_format(part, "%u x R%u %s", r->n, r->id, group_cause_name(r->id));
		line_format(part, r->least == r->most ? " (C%u" : " (C%u-C%u", r->least, r->most);
		if (r->cost > 0) {
			line_text(part, "; ");
			line_duration(part, r->cost);
		}
		line_text(part, ")");
		put_people(part, g, r);
		if (r->returns > 0 && r->id == 2) {
			line_text(part, r->returns == r->n ? "; all" : "; ");
			if (r->returns != r->n)
				line_format(part, "%u", r->returns);
			line_text(part, " had been members before");
		}
		print_row(l, i == 0 ? "causes" : "", part);
	}
	if (g->other_causes > 0) {
		line_format(part, "%u more, of members not listed here", g->other_causes);
		print_row(l, "", part);
	}
}

static void row_broker(struct line *l, struct line *part, const struct why_group *g)
{
	for (size_t i = 0; why_hit_text(part, g, i); i++)
		print_row(l, i == 0 ? "broker" : "", part);
}

static void row_slow(struct line *l, struct line *part, const struct why_group *g)
{
	const struct why_person *p;

	for (size_t i = 0; i < SLOW_SHOWN && (p = why_slowest(g, i)) != NULL; i++) {
		line_who(part, p->client_id, p->host);
		line_text(part, g->broker ? " took longest to give partitions up " : " joined last ");
		put_times(part, p->last);
		line_text(part, ", the others waited ");
		line_duration(part, p->wait);
		if (p->lag >= 0) {
			line_text(part, "; it took up to ");
			line_duration(part, p->lag);
			line_text(part, " once it was told");
		}
		print_row(l, i == 0 ? "slowest" : "", part);
	}
}

static void row_down(struct line *l, struct line *part, const struct why_group *g)
{
	const struct why_person *p = why_downest(g);

	if (p != NULL) {
		line_text(part, "at worst ");
		line_who(part, p->client_id, p->host);
		line_text(part, p->longest_at_least ? ": at least " : ": ");
		line_duration(part, p->longest_down);
		line_text(part, " without partitions");
	}
	if (p != NULL && p->downs > 1) {
		line_text(part, p->down_at_least ? ", at least " : ", ");
		line_duration(part, p->down);
		line_format(part, " in %u rebalances", p->downs);
	}
	if (g->outage > 0) {
		line_text(part, p != NULL ? "; " : "");
		line_text(part, "nobody read ");
		line_safe(part, g->outage_topic, strlen(g->outage_topic), NAME_WIDTH);
		line_format(part, "-%d for ", g->outage_partition);
		line_text(part, g->outage_at_least ? "at least " : "");
		line_duration(part, g->outage);
		line_format(part, " (generation %d)", g->outage_generation);
	}
	if (part->len > 0)
		print_row(l, "downtime", part);
}

static void row_storms(struct line *l, struct line *part, const struct why_group *g)
{
	for (size_t i = 0; i < g->n_storms; i++) {
		const struct group_storm_event *e = &g->storm[i].event;
		const char *name = group_storm_name(e->class);

		line_text(part, name ? name : "mixed causes");
		if (e->culprit != NULL) {
			line_text(part, ", ");
			line_who(part, e->culprit, e->host);
		} else if (e->host != NULL) {
			line_text(part, ", host ");
			line_name(part, e->host, NAME_WIDTH);
		}
		line_text(part, ", ");
		why_clock(part, e->since);
		line_text(part, " to ");
		why_clock(part, e->latest);
		if (!e->over)
			line_text(part, ", not over when the capture ended");
		print_row(l, "storm", part);
		if (e->advice == NULL)
			continue;
		line_text(part, e->advice);
		print_row(l, "change", part);
	}
}

/* The heaviest causes that call for something, where no storm has said what. */
static void row_changes(struct line *l, struct line *part, const struct why_group *g)
{
	struct why_rank ranks[32];
	size_t n = why_rank(g, ranks), shown = 0;

	for (size_t i = 0; i < g->n_storms; i++)
		if (g->storm[i].event.advice != NULL)
			return;
	for (size_t i = 0; i < n && shown < CHANGES_SHOWN; i++)
		if (why_change_text(part, g, &ranks[i])) {
			print_row(l, shown == 0 ? "change" : "", part);
			shown++;
		}
}

static void row_refused(struct line *l, struct line *part, const struct why_group *g)
{
	for (size_t i = 0; why_refused_text(part, g, i); i++) {
		const char *advice = why_refused_advice(g, i);

		print_row(l, i == 0 ? "refused" : "", part);
		if (advice == NULL)
			continue;
		line_text(part, advice);
		print_row(l, "change", part);
	}
}

static void row_statics(struct line *l, struct line *part, const struct why_group *g)
{
	for (size_t i = 0; why_static_text(part, g, i); i++)
		print_row(l, i == 0 ? "static" : "", part);
	if (why_static_advice(part, g))
		print_row(l, "change", part);
}

static void row_commits(struct line *l, struct line *part, const struct why_group *g)
{
	const struct why_person *worst = NULL;

	for (size_t i = 0; i < g->n_errors; i++) {
		const struct why_error *e = &g->error[i];
		const char *name = kf_error_name(e->code);

		line_format(part, "%s%u x %s, ", i > 0 ? "; " : "", e->requests, name ? name : "error");
		line_count(part, e->partitions, "partition", "partitions");
	}
	if (g->n_errors == 0)
		return;
	for (size_t i = 0; i < g->n_people; i++)
		if (g->person[i].refused > 0 && (worst == NULL || g->person[i].refused > worst->refused))
			worst = &g->person[i];
	if (worst != NULL) {
		line_text(part, "; most by ");
		line_who(part, worst->client_id, worst->host);
	}
	if (g->twice > 0) {
		line_text(part, ". At least ");
		line_count(part, g->twice, "record", "records");
		line_text(part, " of ");
		line_count(part, g->twice_partitions, "partition", "partitions");
		line_text(part, g->twice == 1 ? " was read twice" : " were read twice");
	} else {
		line_text(part, ". What was not committed may be processed again");
	}
	print_row(l, "commits", part);
}

static void row_lag(struct line *l, struct line *part, const struct why_group *g)
{
	why_lag_text(part, &g->lag);
	if (part->len > 0)
		print_row(l, "lag", part);
	why_commits_text(part, &g->lag);
	if (part->len > 0)
		print_row(l, g->n_errors > 0 ? "" : "commits", part);
}

/* Members on this host, for whoever is about to look at them there. */
static void row_processes(struct line *l, struct line *part, const struct why_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_people; i++) {
		const struct why_person *p = &g->person[i];

		if (p->local.pid == 0)
			continue;
		if (++n > PROCESSES_SHOWN)
			break;
		line_text(part, n > 1 ? ", " : "");
		line_name(part, p->client_id, NAME_WIDTH);
		line_text(part, " is ");
		local_text(part, &p->local);
	}
	if (n > PROCESSES_SHOWN)
		line_text(part, " and more");
	if (n > 0)
		print_row(l, "processes", part);
}

static void row_notes(struct line *l, struct line *part, const struct why_group *g)
{
	for (size_t i = 0; i < g->n_notes; i++) {
		line_safe(part, g->note[i].text, strlen(g->note[i].text), 0);
		if (g->note[i].n > 1)
			line_format(part, " (%u rebalances)", g->note[i].n);
		print_row(l, i == 0 ? "not seen" : "", part);
	}
}

static void rows_epochs(struct line *l, struct line *part, const struct why_group *g)
{
	const char *label;

	for (size_t i = 0; why_epochs_text(part, g, i, &label); i++)
		if (part->len > 0)
			print_row(l, label, part);
}

static void row_stuck(struct line *l, struct line *part, const struct why_group *g)
{
	uint32_t refused = 0;

	if (!why_stuck_tells(&g->stuck) || g->stuck.client_id == NULL)
		return;
	for (size_t i = 0; i < g->n_people; i++)
		if (g->person[i].client_id != NULL && strcmp(g->person[i].client_id, g->stuck.client_id) == 0)
			refused += g->person[i].refused;
	why_stuck_text(part, &g->stuck, refused);
	print_row(l, "stuck", part);
}

/* What a rebalance of such a group means, and what would change it. */
static void row_kind(struct line *l, struct line *part, const struct why_group *g)
{
	why_kind_means(part, &g->kind);
	if (part->len > 0)
		print_row(l, "means", part);
	why_kind_advice(part, &g->kind);
	if (part->len > 0)
		print_row(l, "change", part);
}

void why_text_group(struct line *l, const struct why_group *g, const struct group_summary *s)
{
	struct line part;

	line_init(&part, false);
	line_style(l, LINE_BOLD);
	why_sentence(&part, g);
	why_paragraph(l, &part, 0);
	line_reset(&part);
	line_style(l, LINE_PLAIN);
	row_time(l, &part, g, s);
	row_counts(l, &part, g);
	row_causes(l, &part, g);
	row_broker(l, &part, g);
	row_stuck(l, &part, g);
	row_slow(l, &part, g);
	row_down(l, &part, g);
	row_storms(l, &part, g);
	row_changes(l, &part, g);
	rows_epochs(l, &part, g);
	row_refused(l, &part, g);
	row_statics(l, &part, g);
	row_commits(l, &part, g);
	row_lag(l, &part, g);
	row_kind(l, &part, g);
	row_processes(l, &part, g);
	row_notes(l, &part, g);
	line_end(l);
	line_free(&part);
}
