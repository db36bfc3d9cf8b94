/* SPDX-License-Identifier: Apache-2.0 */
#include "rungs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "view.h"

#define UNKNOWN GROUP_UNKNOWN_TIME
#define MOST 200000u
#define FOLD_FROM 3u /* requests */
#define MOST_POLES 4096u
#define MOST_BROKERS 64u

void rungs_free(struct rungs *r)
{
	free(r->rung);
	free(r->pole);
	free(r->broker);
	free(r->number);
	*r = (struct rungs){ .n = 0 };
}

const char *rungs_api(const struct message *x, char out[24])
{
	const char *name = kf_api_name(x->api);

	if (name)
		return name;
	snprintf(out, 24, "API %d", x->api);
	return out;
}

static bool is_heartbeat(int16_t api)
{
	return api == 12 || api == 68 || api == 76 || api == 88;
}

static bool is_commit(int16_t api)
{
	return api == 8 || api == 9 || api == 28;
}

/* The messages' numbers in their order; those before `from` end the way back, as times go almost in order. */
static size_t numbers(struct rungs *r, const struct model *m, const struct rungs_wanted *w)
{
	const struct message *x;
	size_t n = 0;
	uint64_t at;

	r->cut = false;
	for (at = messages_newest(m->messages, w->group->id); (x = messages_get(m->messages, at)) && n < MOST; at = x->older) {
		if (w->from != UNKNOWN && x->ts < w->from)
			break;
		if (w->to != UNKNOWN && x->ts > w->to)
			continue;
		if (n == r->cap_numbers) {
			size_t cap = r->cap_numbers ? r->cap_numbers * 2 : 256;
			uint64_t *list = realloc(r->number, cap * sizeof(*list));

			if (!list)
				break;
			r->number = list;
			r->cap_numbers = cap;
		}
		r->number[n++] = at;
	}
	r->cut = at && !messages_get(m->messages, at);
	for (size_t i = 0; i < n / 2; i++) {
		uint64_t swap = r->number[i];

		r->number[i] = r->number[n - 1 - i];
		r->number[n - 1 - i] = swap;
	}
	return n;
}

static struct rung *add(struct rungs *r)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 256;
		struct rung *list = realloc(r->rung, cap * sizeof(*list));

		if (!list)
			return NULL;
		r->rung = list;
		r->cap = cap;
	}
	r->rung[r->n] = (struct rung){ .number = 0 };
	return &r->rung[r->n++];
}

static void host_of(const char *endpoint, char out[NET_ENDPOINT_TEXT])
{
	const char *colon = endpoint ? strrchr(endpoint, ':') : NULL;

	snprintf(out, NET_ENDPOINT_TEXT, "%.*s", colon ? (int)(colon - endpoint) : 0, endpoint ? endpoint : "");
}

static uint32_t pole_of(struct rungs *r, const struct model *m, const struct message *x)
{
	const char *name = messages_text(m->messages, x->client_id);
	char host[NET_ENDPOINT_TEXT];

	host_of(messages_text(m->messages, x->client), host);
	for (size_t i = 0; i < r->n_poles; i++)
		if (r->pole[i].client_id == x->client_id && strcmp(r->pole[i].host, host) == 0)
			return (uint32_t)i;
	if (r->n_poles == r->cap_poles) {
		size_t cap = r->cap_poles ? r->cap_poles * 2 : 16;
		struct pole *list = r->n_poles < MOST_POLES ? realloc(r->pole, cap * sizeof(*list)) : NULL;

		if (!list)
			return 0;
		r->pole = list;
		r->cap_poles = cap;
	}
	struct pole *p = &r->pole[r->n_poles];

	*p = (struct pole){ .client_id = x->client_id, .generation = -1 };
	name = name && *name ? name : host;
	text_safe(p->name, sizeof(p->name), name, strlen(name), sizeof(p->name) / 4);
	memcpy(p->host, host, sizeof(host));
	return (uint32_t)r->n_poles++;
}

static uint32_t broker_of(struct rungs *r, const struct message *x)
{
	for (size_t i = 0; i < r->n_brokers; i++)
		if (r->broker[i] == x->server)
			return (uint32_t)i;
	if (r->n_brokers == r->cap_brokers) {
		size_t cap = r->cap_brokers ? r->cap_brokers * 2 : 4;
		uint32_t *list = r->n_brokers < MOST_BROKERS ? realloc(r->broker, cap * sizeof(*list)) : NULL;

		if (!list)
			return 0;
		r->broker = list;
		r->cap_brokers = cap;
	}
	r->broker[r->n_brokers] = x->server;
	return (uint32_t)r->n_brokers++;
}

/* Nothing in it to look at, as long as it goes on like that. */
static bool is_quiet(const struct message *x, int32_t generation)
{
	if (x->error || (x->status != KAFKA_OK && x->status != KAFKA_NO_REQUEST))
		return false;
	if (!is_heartbeat(x->api) && !is_commit(x->api))
		return false;
	if (is_heartbeat(x->api) && x->news)
		return false;
	return x->generation < 0 || generation < 0 || x->generation == generation;
}

/* Ends a run: a short one is told in full. */
static void end_run(struct rungs *r, size_t first, uint32_t requests)
{
	struct rung *run = first < r->n ? &r->rung[first] : NULL;

	if (!run || requests < FOLD_FROM)
		return;
	for (size_t i = first; i < r->n; i++) {
		run->heartbeats += i > first ? r->rung[i].heartbeats : 0;
		run->commits += i > first ? r->rung[i].commits : 0;
		run->to = r->rung[i].to > run->to ? r->rung[i].to : run->to;
	}
	r->n = first + 1;
}

/* While a run is open, each of its rungs counts itself. */
static void clear_counts(struct rungs *r, size_t first)
{
	for (size_t i = first; i < r->n; i++)
		r->rung[i].heartbeats = r->rung[i].commits = 0;
}

struct walk {
	size_t run;        /* first rung of the run; SIZE_MAX: none */
	uint32_t requests;
	size_t event;      /* next event of the group */
};

static void close_run(struct rungs *r, struct walk *k)
{
	if (k->run == SIZE_MAX)
		return;
	if (k->requests >= FOLD_FROM)
		end_run(r, k->run, k->requests);
	else
		clear_counts(r, k->run);
	k->run = SIZE_MAX;
	k->requests = 0;
}

/* Rebalances that began before this message. */
static void add_begins(struct rungs *r, const struct rungs_wanted *w, struct walk *k, int64_t ts)
{
	const struct model_group *g = w->group;

	for (; k->event < g->n; k->event++) {
		const struct kept *e = g->kept[g->first + k->event];
		const struct group_rebalance *b = &e->event->rebalance;
		struct rung *rung;

		if (e->event->type != GROUP_EVENT_REBALANCE || b->started == UNKNOWN || (w->from != UNKNOWN && b->started < w->from))
			continue;
		if (b->started > ts || (w->to != UNKNOWN && b->started > w->to))
			return;
		if (w->filter && w->filter[0])
			continue;
		close_run(r, k);
		rung = add(r);
		if (rung)
			*rung = (struct rung){ .begins = e, .from = b->started, .to = b->started };
	}
}

static void add_message(struct rungs *r, const struct model *m, const struct rungs_wanted *w, struct walk *k,
                        const struct message *x)
{
	uint32_t lane = pole_of(r, m, x);
	bool quiet = w->fold && is_quiet(x, r->n_poles ? r->pole[lane].generation : -1);
	struct rung *rung;

	if (r->n_poles && x->generation >= 0)
		r->pole[lane].generation = x->generation;
	if (!quiet)
		close_run(r, k);
	rung = add(r);
	if (!rung)
		return;
	*rung = (struct rung){ .number = x->number, .from = x->ts, .to = x->ts, .lane = lane, .broker = broker_of(r, x) };
	if (w->filter && w->filter[0] && !rungs_has(r, m, r->n - 1, w->filter)) {
		r->n--;
		return;
	}
	if (!quiet)
		return;
	rung->heartbeats = x->direction == KF_REQUEST && is_heartbeat(x->api);
	rung->commits = x->direction == KF_REQUEST && is_commit(x->api);
	if (k->run == SIZE_MAX)
		k->run = r->n - 1;
	k->requests += x->direction == KF_REQUEST;
}

void rungs_collect(struct rungs *r, const struct model *m, const struct rungs_wanted *w)
{
	struct walk k = { .run = SIZE_MAX };
	size_t n = numbers(r, m, w);

	r->n = r->n_poles = r->n_brokers = 0;
	for (size_t i = 0; i < n; i++) {
		const struct message *x = messages_get(m->messages, r->number[i]);

		if (!x)
			continue;
		add_begins(r, w, &k, x->ts);
		add_message(r, m, w, &k, x);
	}
	close_run(r, &k);
}

bool rungs_has(const struct rungs *r, const struct model *m, size_t i, const char *text)
{
	const struct message *x = messages_get(m->messages, r->rung[i].number);
	char name[24];

	if (!x)
		return r->rung[i].begins && text_has(r->rung[i].begins->event->rebalance.cause.name, text);
	return text_has(rungs_api(x, name), text) || text_has(messages_text(m->messages, x->client_id), text) ||
	       text_has(messages_text(m->messages, x->member), text) || text_has(messages_text(m->messages, x->client), text) ||
	       (x->error && text_has(kf_error_name(x->error), text));
}
