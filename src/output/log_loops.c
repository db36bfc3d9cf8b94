/* SPDX-License-Identifier: Apache-2.0
 *
 * What a group repeats: the same causes by the same members in the same order, over and over. The first two times are
 * shown; of the rest a person wants to know how often, how fast and until when, in one line. What comes to less than
 * a whole repetition is shown as it is, so nothing is hidden for nothing.
 */
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define LONGEST 20                   /* rebalances in one repetition */
#define KEPT (2 * LONGEST + 1)
#define MOST_GROUPS 4096             /* of more than these nothing is summed up */
#define PENDING_BYTES ((size_t)256 * 1024)
#define CAUSES_SHOWN 4
#define SAID_EVERY (60 * INT64_C(1000000000)) /* ns; while somebody watches a loop, how far it is is said this often */
#define WHO_BYTES 48

/* A rebalance, as far as it matters for telling that it is the same again. */
struct step {
	uint64_t key;
	uint8_t cause;
	char who[WHO_BYTES];
};

struct loop {
	UT_hash_handle hh;
	char *group;
	struct step *step;      /* a ring of the latest KEPT; there is room for so many */
	size_t room;
	uint64_t n;             /* rebalances so far */
	size_t period;          /* in a loop of so many; 0 when it is not */
	uint64_t hidden;        /* rebalances of the loop that were not shown */
	uint64_t failed;        /* commits, the same */
	uint64_t pending_failed;
	int64_t first, last;    /* start of the first and end of the last whole repetition that was not shown */
	int64_t last_start;     /* start of the last */
	int32_t from, to;       /* generations */
	struct line pending;    /* the part of a repetition that has come so far */
	struct line once;       /* the only whole repetition that was not shown: a line about it would say less */
	int64_t start;          /* of that part */
	int32_t start_generation;
};

struct log_loops {
	struct loop *by_group;
};

static uint64_t mix(uint64_t h, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

static struct step step_of(const struct group_rebalance *r)
{
	struct step s = { .cause = r->cause.id };
	const char *who = r->cause.client_id ? r->cause.client_id : "";
	uint64_t h = UINT64_C(14695981039346656037);

	h = (h ^ r->cause.id) * UINT64_C(1099511628211);
	h = (h ^ (uint64_t)r->outcome) * UINT64_C(1099511628211);
	s.key = mix(mix(h, who), r->cause.host);
	memcpy(s.who, who, strnlen(who, sizeof s.who - 1)); /* the rest is 0 */
	return s;
}

static struct step *back(struct loop *l, size_t n) /* 1: the latest */
{
	return &l->step[(l->n - n) % KEPT];
}

/* The step comes right after what is kept. Do the last 2 p and this make a loop of p, for the third time now? */
static bool is_third(struct loop *l, const struct step *s, size_t p)
{
	if (l->n < 2 * p || back(l, p)->key != s->key)
		return false;
	for (size_t i = 1; i <= p; i++)
		if (back(l, i)->key != back(l, i + p)->key)
			return false;
	return true;
}

static size_t find_period(struct loop *l, const struct step *s)
{
	for (size_t p = 1; p <= LONGEST; p++)
		if (is_third(l, s, p))
			return p;
	return 0;
}

/* Most groups rebalance a few times only: the ring grows until it turns round. False when memory is out. */
static bool make_room(struct loop *l)
{
	size_t room = l->room * 4 + 1 < KEPT ? l->room * 4 + 1 : KEPT;
	struct step *p;

	if (l->n < l->room || l->room == KEPT)
		return true;
	p = realloc(l->step, room * sizeof *p);
	if (p == NULL)
		return false;
	l->step = p;
	l->room = room;
	return true;
}

static void keep(struct loop *l, const struct step *s)
{
	l->step[l->n % KEPT] = *s;
	l->n++;
}

static void put_causes(struct line *out, struct loop *l)
{
	size_t part = l->hidden % l->period; /* of the next one */

	for (size_t i = 0; i < l->period && i < CAUSES_SHOWN; i++) {
		const struct step *s = back(l, part + l->period - i);
		const char *name = group_cause_name(s->cause);

		line_text(out, i == 0 ? ": " : ", then ");
		log_wrap(out, 36);
		line_format(out, "R%u %s", s->cause, name ? name : "");
		if (s->who[0] != '\0') {
			line_text(out, " (");
			line_name(out, s->who, 40);
			line_text(out, ")");
		}
	}
	if (l->period > CAUSES_SHOWN)
		line_format(out, ", then %zu more", l->period - CAUSES_SHOWN);
}

/* With dates, if it goes over midnight. */
static void put_span(struct line *out, int64_t first, int64_t last)
{
	const int64_t day = INT64_C(86400) * 1000000000;
	const int64_t ends[] = { first, last };

	for (size_t i = 0; i < 2; i++) {
		line_text(out, i == 0 ? " from " : " to ");
		if (first / day != last / day) {
			line_date(out, ends[i]);
			line_text(out, " ");
		}
		line_clock(out, ends[i]);
	}
}

static void print_loop(struct line *out, struct loop *l)
{
	uint64_t times = l->hidden / l->period;
	const struct group_event at = { .ts = l->last, .group = l->group };

	log_head(out, &at);
	line_style(out, LINE_YELLOW);
	line_count(out, times, "time more", "times more");
	line_style(out, LINE_PLAIN);
	line_text(out, ", every ");
	line_duration(out, (l->last_start - l->first) / (int64_t)(times - 1));
	put_span(out, l->first, l->last);
	if (l->from >= 0 && l->to >= 0)
		line_format(out, ", generations %d to %d", l->from, l->to);
	put_causes(out, l);
	if (l->failed > 0) {
		line_text(out, "; ");
		log_wrap(out, 20);
		line_count(out, l->failed, "commit failed", "commits failed");
	}
	line_end(out);
	line_end(out);
}

static void lines_init(struct loop *l, struct log *log)
{
	line_init(&l->pending, log->options.color);
	line_init(&l->once, log->options.color);
	l->pending.lender = l->once.lender = &log->line;
}

static void lines_free(struct loop *l)
{
	line_free(&l->pending);
	line_free(&l->once);
}

static void begin_loop(struct loop *l, size_t period)
{
	l->period = period;
	l->hidden = l->failed = l->pending_failed = 0;
	l->from = l->to = -1;
}

/* A live log does not wait for the end of a loop, which may be hours away. */
static void say_so_far(struct log *log, struct loop *l)
{
	uint64_t seen = l->hidden / l->period;

	if (!log->options.live || seen < 2 || l->last - l->first < SAID_EVERY)
		return;
	log_collapse_end(log);
	print_loop(&log->line, l);
	line_reset(&l->once);
	log->line.column = 0;
	begin_loop(l, l->period);
}

static void end_loop(struct log *log, struct loop *l)
{
	if (l->period == 0)
		return;
	log_collapse_end(log);
	if (l->hidden >= 2 * l->period)
		print_loop(&log->line, l);
	line_append(&log->line, &l->once);
	line_append(&log->line, &l->pending);
	log->line.column = 0;
	lines_free(l);
	lines_init(l, log);
	l->period = 0;
}

/* One more rebalance of the loop: whole repetitions are counted, a part of one waits for the rest. */
static void take_in(struct log *log, struct loop *l, const struct group_event *e)
{
	const struct group_rebalance *r = &e->rebalance;

	if (l->hidden % l->period == 0) {
		l->start = r->started != GROUP_UNKNOWN_TIME ? r->started : e->ts;
		l->start_generation = r->generation;
	}
	l->hidden++;
	if (l->hidden % l->period != 0) {
		log_text_event(&l->pending, e, log->options.verbose > 0);
		return;
	}
	line_reset(&l->once);
	if (l->hidden == l->period) {
		l->first = l->start;
		l->from = l->start_generation;
		line_append(&l->once, &l->pending);
		log_text_event(&l->once, e, log->options.verbose > 0);
	}
	l->last = e->ts;
	l->last_start = l->start;
	l->to = r->generation;
	l->failed += l->pending_failed;
	l->pending_failed = 0;
	line_reset(&l->pending);
	say_so_far(log, l);
}

static bool take_rebalance(struct log *log, struct loop *l, const struct group_event *e)
{
	struct step s = step_of(&e->rebalance);

	if (!make_room(l)) {
		end_loop(log, l);
		return false;
	}
	if (l->period > 0 && (back(l, l->period)->key != s.key || l->pending.len > PENDING_BYTES))
		end_loop(log, l);
	if (l->period == 0) {
		size_t period = find_period(l, &s);

		if (period > 0)
			begin_loop(l, period);
	}
	keep(l, &s);
	if (l->period == 0)
		return false;
	take_in(log, l, e);
	return true;
}

/* What belongs to the rebalances of a loop comes before them. */
static bool take_other(struct log *log, struct loop *l, const struct group_event *e)
{
	bool belongs = e->type == GROUP_EVENT_MEMBER || e->type == GROUP_EVENT_COMMIT_FAILED ||
	               e->type == GROUP_EVENT_RESUMED || e->type == GROUP_EVENT_DUPLICATES ||
	               e->type == GROUP_EVENT_REBALANCE_STARTED;

	if (l->period == 0 || !belongs)
		return false;
	if (l->pending.len > PENDING_BYTES) {
		end_loop(log, l);
		return false;
	}
	l->pending_failed += e->type == GROUP_EVENT_COMMIT_FAILED;
	log_text_event(&l->pending, e, log->options.verbose > 0);
	return true;
}

static struct loop *loop_of(struct log *log, const char *group, bool make)
{
	struct log_loops *all = log->loops;
	struct loop *l = NULL;

	if (all == NULL && make)
		all = log->loops = calloc(1, sizeof *all);
	if (all == NULL)
		return NULL;
	HASH_FIND_STR(all->by_group, group, l);
	if (l != NULL || !make || HASH_COUNT(all->by_group) >= MOST_GROUPS)
		return l;
	l = calloc(1, sizeof *l);
	if (l == NULL || (l->group = strdup(group)) == NULL) {
		free(l);
		return NULL;
	}
	lines_init(l, log);
	HASH_ADD_KEYPTR(hh, all->by_group, l->group, strlen(l->group), l);
	return l;
}

bool log_loops(struct log *log, const struct group_event *e)
{
	bool rebalance = e->type == GROUP_EVENT_REBALANCE;
	struct loop *l = e->group != NULL ? loop_of(log, e->group, rebalance) : NULL;

	if (l == NULL)
		return false;
	if (e->type == GROUP_EVENT_STORM && e->storm.ended)
		end_loop(log, l);
	return rebalance ? take_rebalance(log, l, e) : take_other(log, l, e);
}

void log_loops_end(struct log *log)
{
	for (struct loop *l = log->loops ? log->loops->by_group : NULL; l != NULL; l = l->hh.next)
		end_loop(log, l);
}

void log_loops_free(struct log_loops *loops)
{
	struct loop *l, *next;

	if (loops == NULL)
		return;
	HASH_ITER(hh, loops->by_group, l, next) {
		HASH_DELETE(hh, loops->by_group, l);
		lines_free(l);
		free(l->step);
		free(l->group);
		free(l);
	}
	free(loops);
}
