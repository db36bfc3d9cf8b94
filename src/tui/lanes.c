/* SPDX-License-Identifier: Apache-2.0 */
#include "lanes.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#define UNKNOWN GROUP_UNKNOWN_TIME

/* Spans of one lane; the oldest half goes when there are more. */
#define MOST_SPANS 65536u
#define MOST_LANES 20000u

/* Others wait at least so long for whoever is called slow (ns). */
#define WORTH INT64_C(250000000)

static void lane_free(struct lane *l)
{
	free(l->member);
	free(l->client_id);
	free(l->host);
	free(l->instance);
	free(l->span);
}

void lanes_free(struct lanes *l)
{
	for (size_t i = 0; i < l->n; i++)
		lane_free(&l->lane[i]);
	free(l->lane);
	*l = (struct lanes){ .live_since = UNKNOWN };
}

static void add_span(struct lane *l, int64_t from, int64_t to, enum span_kind kind)
{
	if (from == UNKNOWN || to == UNKNOWN || to <= from)
		return;
	if (l->n == MOST_SPANS) {
		l->n /= 2;
		memmove(l->span, l->span + l->n, l->n * sizeof(*l->span));
	}
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		struct span *span = realloc(l->span, cap * sizeof(*span));

		if (!span)
			return;
		l->span = span;
		l->cap = cap;
	}
	l->span[l->n++] = (struct span){ .from = from, .to = to, .kind = kind };
}

static struct lane *new_lane(struct lanes *l, const char *client_id, const char *host, const char *instance)
{
	struct lane *lane;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;

		lane = l->n < MOST_LANES ? realloc(l->lane, cap * sizeof(*lane)) : NULL;
		if (!lane)
			return NULL;
		l->lane = lane;
		l->cap = cap;
	}
	lane = &l->lane[l->n++];
	*lane = (struct lane){ .open = UNKNOWN, .late = -1 };
	lane->client_id = text_dup(client_id);
	lane->host = text_dup(host);
	lane->instance = text_dup(instance);
	return lane;
}

static bool is_among(const struct group_rebalance *r, const char *member)
{
	for (size_t i = 0; member && i < r->n_members; i++)
		if (text_equal(r->members[i].member, member))
			return true;
	return false;
}

/* The lane of the same id; or else one of the same client whose id is not in use any more. */
static struct lane *lane_of(struct lanes *l, const struct kept *k, const struct group_rebalance_member *m)
{
	struct lane *lane = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (m->member && text_equal(l->lane[i].member, m->member))
			return &l->lane[i];
	for (size_t i = 0; i < l->n; i++) {
		lane = &l->lane[i];
		if (lane->seen != k->number && text_equal(lane->client_id, m->client_id) && text_equal(lane->host, m->host) &&
		    text_equal(lane->instance, m->instance) && !is_among(&k->event->rebalance, lane->member))
			break;
		lane = NULL;
	}
	if (!lane)
		lane = new_lane(l, m->client_id, m->host, m->instance);
	if (lane) {
		free(lane->member);
		lane->member = text_dup(m->member);
	}
	return lane;
}

static int64_t first_known(int64_t a, int64_t b)
{
	return a != UNKNOWN ? a : b;
}

/* Ends what it ran, if it did: a member of the first rebalance that is seen ran since the capture began. */
static void stop_running(struct lane *l, const struct model *m, const struct group_rebalance_member *w, int64_t at)
{
	bool before = w->change == GROUP_STAYED || group_change_out(w->change);

	if (l->open == UNKNOWN && !l->n && before)
		l->open = m->since;
	if (l->open != UNKNOWN)
		add_span(l, l->open, at, SPAN_RUN);
	l->open = UNKNOWN;
}

static void take_out(struct lane *l, const struct model *m, const struct group_rebalance *r,
                     const struct group_rebalance_member *w)
{
	stop_running(l, m, w, first_known(w->gone, r->started));
	l->out = true;
}

static void rejoin(struct lane *l, const struct model *m, const struct group_rebalance *r,
                   const struct group_rebalance_member *w)
{
	int64_t told = w->join_asked != UNKNOWN && w->rejoin_lag >= 0 ? w->join_asked - w->rejoin_lag : w->join_asked;
	int64_t answered = w->join_answered, synced = w->sync_answered, end = first_known(r->ended, r->joined);

	l->out = false;
	if (w->join_asked == UNKNOWN) { /* not seen, or the broker moves partitions without a JoinGroup */
		bool classic = strcmp(r->group_type, "classic") == 0;

		if (classic || synced != UNKNOWN) {
			stop_running(l, m, w, r->started);
			add_span(l, r->started, classic ? end : synced, classic ? SPAN_UNSEEN : SPAN_SYNC);
		}
		if (l->open == UNKNOWN)
			l->open = first_known(classic ? end : synced, r->started);
		return;
	}
	stop_running(l, m, w, told);
	add_span(l, told, w->join_asked, SPAN_LATE);
	add_span(l, w->join_asked, first_known(answered, end), SPAN_WAIT);
	if (answered != UNKNOWN)
		add_span(l, answered, first_known(synced, end), SPAN_SYNC);
	l->open = synced != UNKNOWN ? synced : r->outcome == GROUP_STABLE ? end : UNKNOWN;
}

static void add_member(struct lanes *l, const struct model *m, const struct kept *k, size_t i)
{
	const struct group_rebalance *r = &k->event->rebalance;
	const struct group_rebalance_member *w = &r->members[i];
	struct lane *lane = lane_of(l, k, w);

	if (!lane)
		return;
	lane->seen = k->number;
	if (group_change_out(w->change))
		take_out(lane, m, r, w);
	else
		rejoin(lane, m, r, w);
	if (w->wait > 0 && w->rejoin_lag > 0)
		lane->waited += w->wait < w->rejoin_lag ? w->wait : w->rejoin_lag;
	if (w->rejoin_lag > lane->late)
		lane->late = w->rejoin_lag;
	lane->times += r->cause.client_id && text_equal(r->cause.client_id, w->client_id) && r->cause.id != 1;
}

static void add_rebalance(struct lanes *l, const struct model *m, const struct kept *k)
{
	const struct group_rebalance *r = &k->event->rebalance;

	for (size_t i = 0; i < r->n_members; i++)
		add_member(l, m, k, i);
	for (size_t i = 0; i < l->n; i++) { /* nobody says what became of them */
		struct lane *lane = &l->lane[i];

		if (lane->seen == k->number || lane->open == UNKNOWN || r->outcome == GROUP_ABORTED ||
		    r->outcome == GROUP_UNFINISHED)
			continue;
		add_span(lane, lane->open, r->started, SPAN_RUN);
		lane->open = UNKNOWN;
		lane->out = true;
	}
}

/* A member's end is told at once, the rebalance that follows comes later. */
static void note_gone(struct lanes *l, const struct model *m, const struct group_event *e)
{
	size_t i = group_change_out(e->member.event) ? lanes_find(l, e->member.member, NULL) : SIZE_MAX;
	struct lane *lane = i < l->n ? &l->lane[i] : NULL;

	(void)m;
	if (!lane || lane->open == UNKNOWN)
		return;
	add_span(lane, lane->open, e->ts, SPAN_RUN);
	lane->open = UNKNOWN;
	lane->out = true;
}

void lanes_update(struct lanes *l, const struct model *m, const struct model_group *g)
{
	if (l->group != g) {
		lanes_free(l);
		l->group = g;
	}
	for (size_t i = 0; i < g->n; i++) {
		const struct kept *k = g->kept[g->first + i];

		if (k->number <= l->taken)
			continue;
		if (k->event->type == GROUP_EVENT_REBALANCE)
			add_rebalance(l, m, k);
		else if (k->event->type == GROUP_EVENT_MEMBER)
			note_gone(l, m, k->event);
		l->taken = k->number;
	}
}

void lanes_present(struct lanes *l, const struct model *m, const struct group_view_member *who)
{
	struct lane *lane;

	if (lanes_find(l, who->member, NULL) != SIZE_MAX)
		return;
	lane = new_lane(l, who->client_id, who->host, who->instance);
	if (!lane)
		return;
	lane->member = text_dup(who->member);
	lane->open = m->since;
}

struct lane *lanes_enter(struct lanes *l, const char *member, const char *client_id, const char *host,
                         const char *instance)
{
	struct lane *lane = NULL;

	for (size_t i = 0; i < l->n && !lane; i++)
		if (l->lane[i].out && text_equal(l->lane[i].client_id, client_id) && text_equal(l->lane[i].host, host))
			lane = &l->lane[i];
	if (!lane)
		lane = new_lane(l, client_id, host, instance);
	if (!lane)
		return NULL;
	free(lane->member);
	lane->member = text_dup(member);
	lane->out = false;
	return lane;
}

size_t lanes_find(const struct lanes *l, const char *member, const char *client_id)
{
	for (size_t i = 0; member && i < l->n; i++)
		if (text_equal(l->lane[i].member, member))
			return i;
	for (size_t i = 0; client_id && i < l->n; i++)
		if (text_equal(l->lane[i].client_id, client_id))
			return i;
	return SIZE_MAX;
}

size_t lanes_slowest(const struct lanes *l, int64_t unstable)
{
	size_t slowest = SIZE_MAX;

	for (size_t i = 0; i < l->n; i++)
		if (l->lane[i].waited >= WORTH && l->lane[i].waited >= unstable / 10 && (slowest == SIZE_MAX || l->lane[i].waited > l->lane[slowest].waited))
			slowest = i;
	return slowest;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------ */

static int64_t overlap(int64_t a, int64_t b, int64_t from, int64_t to)
{
	a = a > from ? a : from;
	b = b < to ? b : to;
	return b > a ? b - a : 0;
}

/* The first span that ends after `at`. */
static size_t first_after(const struct lane *l, int64_t at)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->span[mid].to <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* What is no running is shown when it takes a fiftieth of the time: it is what people look for. */
int lane_kind(const struct lane *l, int64_t from, int64_t to)
{
	const struct lane_live *live = &l->live;
	int64_t of[SPANS] = { 0 }, most = 0, stopped = 0;
	int kind = -1;

	for (size_t i = first_after(l, from); i < l->n && l->span[i].from < to; i++)
		of[l->span[i].kind] += overlap(l->span[i].from, l->span[i].to, from, to);
	if (l->open != UNKNOWN)
		of[SPAN_RUN] += overlap(l->open, live->n ? live->span[0].from : INT64_MAX, from, to);
	for (size_t i = 0; i < live->n; i++)
		of[live->span[i].kind] += overlap(live->span[i].from, live->span[i].to, from, to);
	for (int k = SPAN_LATE; k < SPANS; k++) {
		stopped += of[k];
		if (of[k] > most) {
			most = of[k];
			kind = k;
		}
	}
	if (stopped >= (to - from) / 50 && stopped > 0)
		return kind;
	return of[SPAN_RUN] > 0 ? SPAN_RUN : kind;
}
