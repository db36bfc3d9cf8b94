/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "messages.h"

/* Groups that are shown. */
#define MOST_GROUPS 100000u

struct model *model_new(size_t most, size_t messages_most)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->most = most;
	m->since = m->now = m->reached = GROUP_UNKNOWN_TIME;
	m->messages = messages_new(messages_most);
	m->conns = conns_new();
	if (m->messages && m->conns)
		return m;
	model_free(m);
	return NULL;
}

static void kept_free(struct kept *k)
{
	free(k->event);
	free(k);
}

void model_free(struct model *m)
{
	struct model_group *g, *next;
	struct kept *k;

	if (!m)
		return;
	while ((k = m->oldest)) {
		m->oldest = k->newer;
		kept_free(k);
	}
	while ((k = m->waiting)) {
		m->waiting = k->newer;
		kept_free(k);
	}
	HASH_ITER(hh, m->groups, g, next) {
		HASH_DELETE(hh, m->groups, g);
		free(g->kept);
		free(g->name);
		free(g);
	}
	free(m->list);
	messages_free(m->messages);
	conns_free(m->conns);
	free(m);
}

/* ---- groups ------------------------------------------------------------------------------------------------ */

static bool list_room(struct model *m)
{
	size_t cap = m->cap_groups ? m->cap_groups * 2 : 32;
	struct model_group **list;

	if (m->n_groups < m->cap_groups)
		return true;
	list = realloc(m->list, cap * sizeof(struct model_group *));
	if (!list)
		return false;
	m->list = list;
	m->cap_groups = cap;
	return true;
}

static struct model_group *group_add(struct model *m, const void *name, size_t len)
{
	struct model_group *g = m->n_groups < MOST_GROUPS && list_room(m) ? calloc(1, sizeof(*g)) : NULL;

	if (!g || !(g->name = strndup(name, len))) {
		free(g);
		m->groups_left_out++;
		return NULL;
	}
	g->generation = -1;
	g->busy = g->done = g->open = GROUP_UNKNOWN_TIME;
	g->id = (uint32_t)m->n_groups;
	m->list[m->n_groups++] = g;
	if (!m->held)
		m->n_shown = m->n_groups;
	HASH_ADD_KEYPTR(hh, m->groups, g->name, strlen(g->name), g);
	return g;
}

struct model_group *model_get(struct model *m, const void *name, size_t len)
{
	struct model_group *g = NULL;

	len = strnlen(name, len);
	HASH_FIND(hh, m->groups, name, len, g);
	return g ? g : group_add(m, name, len);
}

static void word(char out[MODEL_WORD], const char *text)
{
	size_t n = text ? strnlen(text, MODEL_WORD - 1) : 0;

	if (n)
		memcpy(out, text, n);
	out[n] = '\0';
}

static bool is_calm(const struct model_group *g)
{
	return !g->state[0] || strcmp(g->state, "Stable") == 0 || strcmp(g->state, "Empty") == 0;
}

bool model_is_moving(const struct model_group *g)
{
	return g->busy != GROUP_UNKNOWN_TIME || !is_calm(g);
}

void model_brief(void *ctx, const struct group_brief *b)
{
	struct model *m = ctx;
	struct model_group *g = m->next_brief < m->n_groups ? m->list[m->next_brief] : NULL;

	if (m->held)
		return;
	if (!g || strcmp(g->name, b->name) != 0)
		g = model_get(m, b->name, strlen(b->name));
	if (!g)
		return;
	m->next_brief = g->id + 1 < m->n_groups ? g->id + 1 : 0;
	word(g->type, b->group_type);
	word(g->protocol_type, b->protocol_type);
	word(g->state, b->state);
	g->generation = b->generation;
	g->members = b->members;
	g->partitions = b->partitions;
	if (b->rebalancing == GROUP_UNKNOWN_TIME && is_calm(g)) /* nothing came of what had begun */
		g->busy = GROUP_UNKNOWN_TIME;
}

/* ---- events ------------------------------------------------------------------------------------------------ */

static bool kept_room(struct model_group *g)
{
	size_t cap = g->cap ? g->cap * 2 : 4;
	struct kept **list;

	if (g->first + g->n < g->cap)
		return true;
	if (g->first > g->cap / 2) {
		memmove(g->kept, g->kept + g->first, g->n * sizeof(struct kept *));
		g->first = 0;
		return true;
	}
	list = realloc(g->kept, cap * sizeof(struct kept *));
	if (!list)
		return false;
	g->kept = list;
	g->cap = cap;
	return true;
}

/* The oldest of all goes: it is the oldest of its group, too. */
static void forget_oldest(struct model *m)
{
	struct kept *k = m->oldest;
	struct model_group *g = k->group;

	m->oldest = k->newer;
	if (!m->oldest)
		m->newest = NULL;
	m->bytes -= k->bytes;
	m->forgotten++;
	g->first++;
	g->n--;
	g->forgotten++;
	if (g->latest == k)
		g->latest = NULL;
	if (g->storm == k)
		g->storm = NULL;
	kept_free(k);
}

/* The same arithmetic as in the verdict: see model_unstable. */
static void add_time(struct model_group *g, const struct group_rebalance *r)
{
	int64_t from = g->open != GROUP_UNKNOWN_TIME ? g->open : r->started;

	if (r->started == GROUP_UNKNOWN_TIME)
		return;
	if (r->ended == GROUP_UNKNOWN_TIME || r->outcome == GROUP_ABORTED || r->outcome == GROUP_UNFINISHED) {
		g->open = from;
		return;
	}
	g->open = GROUP_UNKNOWN_TIME;
	if (g->done != GROUP_UNKNOWN_TIME && from < g->done)
		from = g->done;
	if (r->ended > from)
		g->unstable += r->ended - from;
	g->done = r->ended;
}

static void note_rebalance(struct model *m, struct model_group *g, const struct kept *k)
{
	const struct group_rebalance *r = &k->event->rebalance;
	bool over = r->outcome == GROUP_STABLE || r->outcome == GROUP_EMPTY;

	g->latest = k;
	g->rebalances += over;
	m->rebalances += over;
	g->aborted += r->outcome == GROUP_ABORTED;
	g->busy = over ? GROUP_UNKNOWN_TIME : r->started;
	add_time(g, r);
	if (r->started != GROUP_UNKNOWN_TIME)
		trend_add(&g->trend, m->since, r->started);
	if (!g->type[0])
		word(g->type, r->group_type);
}

static void note(struct model *m, struct model_group *g, const struct kept *k)
{
	switch (k->event->type) {
	case GROUP_EVENT_REBALANCE:
		note_rebalance(m, g, k);
		break;
	case GROUP_EVENT_REBALANCE_STARTED:
		g->latest = k;
		g->busy = k->event->rebalance.started;
		break;
	case GROUP_EVENT_STORM:
		g->storm = k;
		g->in_storm = !k->event->storm.ended || !k->event->storm.over;
		break;
	default:
		break;
	}
}

static void take_in(struct model *m, struct kept *k)
{
	struct model_group *g = model_get(m, k->event->group, strlen(k->event->group));

	if (!g || !kept_room(g)) {
		kept_free(k);
		m->forgotten++;
		return;
	}
	k->group = g;
	k->number = ++m->number;
	k->newer = NULL;
	if (m->newest)
		m->newest->newer = k;
	else
		m->oldest = k;
	m->newest = k;
	m->bytes += k->bytes;
	g->kept[g->first + g->n++] = k;
	note(m, g, k);
	while (m->bytes > m->most && m->oldest != k)
		forget_oldest(m);
	m->version++;
}

static void let_wait(struct model *m, struct kept *k)
{
	k->newer = NULL;
	if (m->waiting_last)
		m->waiting_last->newer = k;
	else
		m->waiting = k;
	m->waiting_last = k;
	m->n_waiting++;
	m->waiting_bytes += k->bytes;
	while (m->waiting_bytes > m->most / 2 && m->waiting != k) {
		struct kept *old = m->waiting;

		m->waiting = old->newer;
		m->waiting_bytes -= old->bytes;
		m->forgotten++;
		kept_free(old);
	}
	m->version++;
}

static void count(struct model *m, const struct group_event *e)
{
	if (e->type == GROUP_EVENT_GAP) {
		m->gaps++;
		m->gap_packets += e->gap.packets;
		m->gap_bytes += e->gap.bytes;
	}
	m->opaque_ended += e->type == GROUP_EVENT_CONNECTION;
}

void model_event(void *ctx, const struct group_event *e)
{
	struct model *m = ctx;
	struct kept *k;

	if (!e->group || e->type == GROUP_EVENT_SUMMARY) {
		count(m, e);
		return;
	}
	k = calloc(1, sizeof(*k));
	if (k)
		k->event = group_event_copy(e, &k->bytes);
	if (!k || !k->event) {
		free(k);
		m->forgotten++;
		return;
	}
	k->bytes += sizeof(*k);
	if (m->held)
		let_wait(m, k);
	else
		take_in(m, k);
}

void model_hold(struct model *m, bool held)
{
	struct kept *k;

	m->held = held;
	messages_hold(m->messages, held);
	conns_hold(m->conns, held);
	while (!held && (k = m->waiting)) {
		m->waiting = k->newer;
		take_in(m, k);
	}
	if (!held) {
		m->now = m->reached;
		m->n_shown = m->n_groups;
		m->counters = m->coming;
		m->waiting_last = NULL;
		m->waiting_bytes = 0;
		m->n_waiting = 0;
	}
	m->version++;
}

void model_count(struct model *m, const struct model_counters *c)
{
	m->coming = *c;
	m->coming.gaps = m->gaps;
	if (!m->held)
		m->counters = m->coming;
}

void model_advance(struct model *m, int64_t now)
{
	if (m->since == GROUP_UNKNOWN_TIME)
		m->since = now;
	if (m->reached == GROUP_UNKNOWN_TIME || now > m->reached)
		m->reached = now;
	if (!m->held)
		m->now = m->reached;
}

int64_t model_unstable(const struct model *m, const struct model_group *g)
{
	int64_t open = g->open != GROUP_UNKNOWN_TIME ? g->open : g->busy;

	if (open == GROUP_UNKNOWN_TIME || m->now == GROUP_UNKNOWN_TIME)
		return g->unstable;
	if (g->done != GROUP_UNKNOWN_TIME && open < g->done)
		open = g->done;
	return g->unstable + (m->now > open ? m->now - open : 0);
}

double model_unstable_percent(const struct model *m, const struct model_group *g)
{
	int64_t span = m->since == GROUP_UNKNOWN_TIME ? 0 : m->now - m->since, unstable = model_unstable(m, g);

	if (span <= 0)
		return -1;
	return unstable >= span ? 100 : (double)unstable * 100 / (double)span;
}
