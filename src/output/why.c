/* SPDX-License-Identifier: Apache-2.0 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "log.h"

#define MOST_PAGES 10

struct why *why_new(const struct why_options *options)
{
	struct why *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->options = *options;
	if (w->options.most == 0)
		w->options.most = MOST_PAGES;
	line_init(&w->line, options->color);
	json_init(&w->json);
	why_producers_init(w);
	return w;
}

static void group_free(struct why_group *g)
{
	for (size_t i = 0; i < g->n_causes; i++) {
		free(g->cause[i].client_id);
		free(g->cause[i].host);
	}
	for (size_t i = 0; i < g->n_people; i++) {
		free(g->person[i].client_id);
		free(g->person[i].host);
	}
	for (size_t i = 0; i < g->n_notes; i++)
		free(g->note[i].text);
	for (size_t i = 0; i < g->n_storms; i++) {
		free(g->storm[i].culprit);
		free(g->storm[i].host);
		free(g->storm[i].advice);
	}
	free(g->cause);
	free(g->person);
	free(g->storm);
	free(g->name);
	free(g->type);
	free(g->protocol_type);
	free(g->outage_topic);
	why_lag_free(&g->lag);
	why_refused_free(g);
	why_static_free(g);
	why_hit_free(g);
	why_epochs_free(g);
	why_kind_free(&g->kind);
	why_stuck_free(&g->stuck);
	free(g);
}

void why_free(struct why *w)
{
	struct why_group *g, *next;

	if (w == NULL)
		return;
	HASH_ITER(hh, w->groups, g, next) {
		HASH_DELETE(hh, w->groups, g);
		group_free(g);
	}
	why_quiet_free(w);
	why_producers_free(w);
	why_brokers_free(w);
	line_free(&w->line);
	json_free(&w->json);
	free(w);
}

/* The list of `n` things of `size`, with room for one more, up to `most`; NULL when there is none. */
static void *roomy(void *list, size_t n, size_t *cap, size_t most, size_t size)
{
	size_t more = *cap ? *cap * 2 : 2;

	if (n < *cap)
		return list;
	list = n < most ? realloc(list, more * size) : NULL;
	if (list != NULL)
		*cap = more;
	return list;
}

static struct why_group *group_of(struct why *w, const char *name)
{
	struct why_group *g = NULL;

	HASH_FIND_STR(w->groups, name, g);
	if (g != NULL)
		return g;
	if (HASH_COUNT(w->groups) >= WHY_GROUPS || (g = calloc(1, sizeof *g)) == NULL || (g->name = strdup(name)) == NULL) {
		free(g);
		w->forgotten++;
		return NULL;
	}
	g->first = g->last = g->done = g->open = GROUP_UNKNOWN_TIME;
	g->longest_generation = -1;
	why_kind_init(&g->kind);
	HASH_ADD_KEYPTR(hh, w->groups, g->name, strlen(g->name), g);
	return g;
}

/* ---- a rebalance --------------------------------------------------------------------------------------- */

static bool is_return(const struct group_rebalance *r, const struct group_cause *c)
{
	for (size_t i = 0; i < r->n_members; i++)
		if (c->member != NULL && text_equal(r->members[i].member, c->member))
			return r->members[i].change == GROUP_RETURNED;
	return false;
}

static struct why_cause *cause_of(struct why_group *g, const struct group_cause *c)
{
	struct why_cause *w;

	for (size_t i = 0; i < g->n_causes; i++)
		if (g->cause[i].id == c->id && text_equal(g->cause[i].client_id, c->client_id) && text_equal(g->cause[i].host, c->host))
			return &g->cause[i];
	w = roomy(g->cause, g->n_causes, &g->cap_causes, WHY_CAUSES, sizeof *w);
	if (w == NULL)
		return NULL;
	g->cause = w;
	w = &g->cause[g->n_causes++];
	*w = (struct why_cause){ .id = c->id, .least = c->confidence, .most = c->confidence };
	w->client_id = text_dup(c->client_id);
	w->host = text_dup(c->host);
	return w;
}

/* `cost` is below zero for what came besides. */
static void add_cause(struct why_group *g, const struct group_rebalance *r, const struct group_cause *c, int64_t cost)
{
	struct why_cause *w = cause_of(g, c);

	if (w == NULL) {
		g->other_causes++;
		return;
	}
	w->n++;
	w->first += cost >= 0;
	w->cost += cost > 0 ? cost : 0;
	w->returns += (c->id == 1 || c->id == 2) && is_return(r, c);
	w->timer_ms = c->timer_ms > w->timer_ms ? c->timer_ms : w->timer_ms;
	w->least = c->confidence < w->least ? c->confidence : w->least;
	w->most = c->confidence > w->most ? c->confidence : w->most;
}

/* The end of a group is no rebalance that anybody waited for. */
static void add_causes(struct why_group *g, const struct group_rebalance *r, int64_t cost)
{
	if (r->outcome == GROUP_EMPTY)
		return;
	add_cause(g, r, &r->cause, cost);
	for (size_t i = 0; i < r->n_also; i++)
		add_cause(g, r, &r->also[i], -1);
}

static struct why_person *person_of(struct why_group *g, const char *client_id, const char *host)
{
	struct why_person *p;

	for (size_t i = 0; i < g->n_people; i++)
		if (text_equal(g->person[i].client_id, client_id) && text_equal(g->person[i].host, host))
			return &g->person[i];
	p = client_id ? roomy(g->person, g->n_people, &g->cap_people, WHY_PEOPLE, sizeof *p) : NULL;
	if (p == NULL)
		return NULL;
	g->person = p;
	p = &g->person[g->n_people++];
	*p = (struct why_person){ .client_id = text_dup(client_id), .host = text_dup(host), .lag = -1 };
	return p;
}

static void add_member(struct why_group *g, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	struct why_person *p = person_of(g, m->client_id, m->host);

	if (p == NULL)
		return;
	if (m->local != NULL)
		p->local = *m->local;
	if (m->rejoin_lag > p->lag)
		p->lag = m->rejoin_lag;
	/* Until a member was told, nobody waits for it but for its heartbeat interval. */
	if (m->wait > 0 && m->rejoin_lag > 0)
		p->wait += m->wait < m->rejoin_lag ? m->wait : m->rejoin_lag;
	p->last += r->slowest != NULL && text_equal(r->slowest, m->client_id);
	if (m->downtime <= 0)
		return;
	p->downs++;
	p->down += m->downtime;
	p->down_at_least = p->down_at_least || m->downtime_at_least;
	if (m->downtime > p->longest_down) {
		p->longest_down = m->downtime;
		p->longest_at_least = m->downtime_at_least;
	}
}

static void add_note(struct why_group *g, const char *text)
{
	size_t i = 0;

	while (i < g->n_notes && !text_equal(g->note[i].text, text))
		i++;
	if (i == WHY_NOTES)
		return;
	if (i == g->n_notes)
		g->note[g->n_notes++] = (struct why_note){ .text = text_dup(text) };
	g->note[i].n++;
}

/* What comes to nothing goes on in the next; two that overlap count once. Returns what this one cost. */
static int64_t add_time(struct why_group *g, const struct group_rebalance *r)
{
	int64_t from = g->open != GROUP_UNKNOWN_TIME ? g->open : r->started;
	int64_t whole;

	if (r->started == GROUP_UNKNOWN_TIME)
		return 0;
	if (r->ended == GROUP_UNKNOWN_TIME || r->outcome == GROUP_ABORTED || r->outcome == GROUP_UNFINISHED) {
		g->open = from;
		return 0;
	}
	g->open = GROUP_UNKNOWN_TIME;
	if (g->done != GROUP_UNKNOWN_TIME && from < g->done)
		from = g->done;
	whole = r->ended > from ? r->ended - from : 0;
	g->unstable += whole;
	g->done = r->ended;
	if (whole > g->longest) {
		g->longest = whole;
		g->longest_at = from;
		g->longest_generation = r->generation;
		g->longest_cause = r->cause.id;
	}
	return whole;
}

static void count_outcome(struct why_group *g, const struct group_rebalance *r)
{
	bool formation = r->cause.id == 1;

	if (r->passed_over)
		return;
	if (r->outcome == GROUP_ABORTED)
		g->aborted++;
	else if (r->outcome == GROUP_UNFINISHED)
		g->unfinished = true;
	else if (r->followup_of >= 0)
		g->followups++;
	else if (r->outcome == GROUP_EMPTY)
		g->empties++;
	else if (formation)
		g->formations++;
	else
		g->rebalances++;
	if (formation || r->started == GROUP_UNKNOWN_TIME)
		return;
	if (g->first == GROUP_UNKNOWN_TIME)
		g->first = r->started;
	g->last = r->ended != GROUP_UNKNOWN_TIME ? r->ended : r->started;
}

static void add_rebalance(struct why_group *g, const struct group_rebalance *r)
{
	int64_t cost = add_time(g, r);

	if (g->type == NULL)
		g->type = text_dup(r->group_type);
	if (r->protocol_type != NULL && !text_equal(g->protocol_type, r->protocol_type))
		text_replace(&g->protocol_type, r->protocol_type);
	count_outcome(g, r);
	add_causes(g, r, cost);
	g->broker = r->mode == GROUP_BROKER;
	if (!r->passed_over)
		g->members = 0;
	for (size_t i = 0; i < r->n_members; i++) {
		add_member(g, r, &r->members[i]);
		g->members += group_change_in(r->members[i].change);
	}
	g->moved += r->n_moved;
	why_kind_add(&g->kind, r);
	why_hit_add(g, r);
	why_epochs_add(g, r);
	g->incomplete += !r->complete;
	for (size_t i = 0; i < r->n_missing; i++)
		add_note(g, r->missing[i]);
}

/* ---- the other events ---------------------------------------------------------------------------------- */

static void add_commit(struct why_group *g, const struct group_commit_event *c)
{
	struct why_person *p = person_of(g, c->client_id, c->host);
	size_t i = 0;

	if (p != NULL)
		p->refused++;
	while (i < g->n_errors && g->error[i].code != c->error)
		i++;
	if (i == WHY_ERRORS)
		return;
	if (i == g->n_errors)
		g->error[g->n_errors++] = (struct why_error){ .code = c->error };
	g->error[i].requests++;
	g->error[i].partitions += c->partitions;
}

/* The latest word on a storm replaces what was said when it began. */
static void add_storm(struct why_group *g, const struct group_storm_event *e)
{
	struct why_storm *s = NULL;

	for (size_t i = 0; i < g->n_storms && s == NULL; i++)
		if (g->storm[i].event.since == e->since && !g->storm[i].event.ended)
			s = &g->storm[i];
	if (s == NULL) {
		s = roomy(g->storm, g->n_storms, &g->cap_storms, WHY_STORMS, sizeof *s);
		if (s == NULL)
			return;
		g->storm = s;
		s = &g->storm[g->n_storms++];
		*s = (struct why_storm){ .culprit = NULL };
	}
	s->event = *e;
	text_replace(&s->culprit, e->culprit);
	text_replace(&s->host, e->host);
	text_replace(&s->advice, e->advice);
	s->event.culprit = s->culprit;
	s->event.host = s->host;
	s->event.advice = s->advice;
}

static void add_outage(struct why_group *g, const struct group_resumed_event *r)
{
	if (r->worst == NULL || r->longest <= g->outage)
		return;
	free(g->outage_topic);
	g->outage_topic = text_dup(r->worst->topic);
	g->outage = r->longest;
	g->outage_at_least = r->worst->at_least;
	g->outage_partition = r->worst->partition;
	g->outage_generation = r->generation;
}

static void add_to_group(struct why_group *g, const struct group_event *e)
{
	switch (e->type) {
	case GROUP_EVENT_REBALANCE:
		add_rebalance(g, &e->rebalance);
		why_stuck_add(&g->stuck, &e->rebalance, e->ts);
		break;
	case GROUP_EVENT_MEMBER:
		g->comings += e->member.event == GROUP_JOINED || e->member.event == GROUP_RETURNED;
		g->goings += e->member.event == GROUP_LEFT;
		g->bounces += e->member.event == GROUP_REPLACED && !e->member.rebalance;
		g->fenced += e->member.event == GROUP_FENCED;
		why_static_add(g, &e->member, e->ts);
		why_fenced_add(g, &e->member);
		break;
	case GROUP_EVENT_COORDINATOR:
		g->coordinator_moves++;
		break;
	case GROUP_EVENT_COMMIT_FAILED:
		add_commit(g, &e->commit);
		break;
	case GROUP_EVENT_RESUMED:
		add_outage(g, &e->resumed);
		break;
	case GROUP_EVENT_DUPLICATES:
		g->twice += e->duplicates.records;
		g->twice_partitions += (uint32_t)e->duplicates.n_partitions;
		break;
	case GROUP_EVENT_STORM:
		add_storm(g, &e->storm);
		break;
	case GROUP_EVENT_DELIVERY:
		why_delivery_add(g, &e->delivery);
		break;
	case GROUP_EVENT_GAP:
		g->unheard = true;
		break;
	case GROUP_EVENT_ADMIN:
		g->deletions += e->admin.what == GROUP_ADMIN_DELETED;
		break;
	case GROUP_EVENT_REFUSED:
		why_refused_add(g, &e->refused);
		break;
	default:
		break;
	}
}

static void add_connection(struct why *w, const struct group_connection_event *c)
{
	for (size_t i = 0; i < sizeof w->opaque / sizeof w->opaque[0]; i++) {
		if (w->opaque[i].n > 0 && !text_equal(w->opaque[i].kind, c->kind))
			continue;
		w->opaque[i].kind = c->kind; /* a name of the correlator's, not of the wire */
		w->opaque[i].n++;
		return;
	}
}

static void add_gap(struct why *w, const struct group_gap_event *g)
{
	w->gaps++;
	w->gap_bytes += g->bytes;
	w->gap_packets += g->packets;
}

/* ---- the verdict --------------------------------------------------------------------------------------- */

double why_percent(const struct why_group *g, const struct group_summary *s)
{
	int64_t span = s->captured_to - s->captured_from;

	if (s->captured_from == GROUP_UNKNOWN_TIME || s->captured_to == GROUP_UNKNOWN_TIME || span <= 0)
		return -1;
	return (double)(g->unstable > span ? 1000 : g->unstable * 1000 / span) / 10.0;
}

static int heaviest_first(const void *a, const void *b)
{
	const struct why_group *x = *(struct why_group *const *)a, *y = *(struct why_group *const *)b;

	if (x->rebalances != y->rebalances && (x->rebalances == 0 || y->rebalances == 0))
		return x->rebalances == 0 ? 1 : -1;
	if (x->unstable != y->unstable)
		return x->unstable < y->unstable ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* A round that never came to an end: the group was not stable until the last packet. */
static void close_open(struct why_group *g, const struct group_summary *s)
{
	int64_t from = g->done != GROUP_UNKNOWN_TIME && g->done > g->open ? g->done : g->open;

	if (g->open == GROUP_UNKNOWN_TIME || s->captured_to == GROUP_UNKNOWN_TIME || s->captured_to <= from)
		return;
	g->unstable += s->captured_to - from;
	if (s->captured_to - from > g->longest) {
		g->longest = s->captured_to - from;
		g->longest_at = from;
		g->longest_generation = -1;
	}
}

static void write_out(struct why *w)
{
	if (!w->json.failed && w->json.len > 0)
		fwrite(w->json.buf, 1, w->json.len, w->options.out);
	json_reset(&w->json);
	line_write(&w->line, w->options.out);
}

static void print_groups(struct why *w, struct why_group *const *list, size_t n, const struct group_summary *s)
{
	for (size_t i = 0; i < n; i++) {
		if (w->options.json)
			why_json_group(&w->json, list[i], s);
		else if (i < w->options.most || (w->options.group != NULL && strpbrk(w->options.group, "*?") == NULL))
			why_text_group(&w->line, list[i], s);
		write_out(w);
	}
	if (w->options.json || n <= w->options.most)
		return;
	line_format(&w->line, "… and %zu more groups: --group NAME shows one, --format json all\n\n", n - w->options.most);
	w->line.column = 0;
}

static void finish(struct why *w, const struct group_summary *s)
{
	size_t n = 0, count = HASH_COUNT(w->groups);
	struct why_group **list = calloc(count + 1, sizeof(struct why_group *));

	for (struct why_group *g = w->groups; g != NULL && list != NULL; g = g->hh.next) {
		close_open(g, s);
		why_kind_end(&g->kind, s->captured_to);
		list[n++] = g;
	}
	if (n > 1)
		qsort(list, n, sizeof(struct why_group *), heaviest_first);
	if (list != NULL)
		print_groups(w, list, n, s);
	if (w->options.json)
		why_json_capture(&w->json, w, s);
	else
		why_text_capture(&w->line, w, s);
	write_out(w);
	free(list);
}

void why_event(void *ctx, const struct group_event *e)
{
	struct why *w = ctx;
	struct why_group *g;

	if (e->type == GROUP_EVENT_SUMMARY) {
		finish(w, &e->summary);
	} else if (e->type == GROUP_EVENT_GAP && e->group == NULL) {
		add_gap(w, &e->gap);
	} else if (e->type == GROUP_EVENT_PRODUCER || e->type == GROUP_EVENT_TRANSACTION ||
	           e->type == GROUP_EVENT_METADATA_STORM) {
		why_producers_add(w, e);
	} else if (e->type == GROUP_EVENT_CONNECTION) {
		add_connection(w, &e->connection);
	} else if (e->type == GROUP_EVENT_BROKER) {
		why_broker_add(w, &e->broker);
	} else if (e->group != NULL && (w->options.group == NULL || log_glob(w->options.group, e->group))) {
		g = group_of(w, e->group);
		if (g != NULL)
			add_to_group(g, e);
	}
}

void why_view(void *ctx, const struct group_view *v)
{
	struct why *w = ctx;
	struct why_group *g = NULL;

	HASH_FIND_STR(w->groups, v->name, g);
	if (g != NULL)
		why_lag_take(&g->lag, v);
	else if (w->options.group == NULL || log_glob(w->options.group, v->name))
		why_quiet_add(w, v);
}
