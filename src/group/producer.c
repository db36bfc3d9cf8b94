/* SPDX-License-Identifier: Apache-2.0 */
#include "producer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "digest.h"

#define TOUCH (10 * NS_PER_S)

struct producer_api {
	int16_t api_key;
	void (*request)(struct groups *gs, const struct kafka_message *m);
	void (*response)(struct groups *gs, const struct kafka_message *m, struct ask *a);
};

static const struct producer_api apis[] = {
	{ .api_key = 22, .request = init_producer_request, .response = init_producer_response },
	{ .api_key = 24, .request = add_partitions_request, .response = add_partitions_response },
	{ .api_key = 25, .request = add_offsets_request, .response = add_offsets_response },
	{ .api_key = 26, .request = end_txn_request, .response = end_txn_response },
};

#define API_PRODUCE 0

static const struct producer_api *api_of(int16_t api_key)
{
	for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++)
		if (apis[i].api_key == api_key)
			return &apis[i];
	return NULL;
}

struct producers *producers_of(struct groups *gs)
{
	if (!gs->producers)
		gs->producers = calloc(1, sizeof(*gs->producers));
	return gs->producers;
}

/* ---- who ------------------------------------------------------------------------------------------------ */

uint64_t producer_client(const struct kafka_message *m)
{
	const struct net_endpoint *e = m->conn->client;
	uint64_t h = digest_bytes(DIGEST_START, (struct kf_bytes){ &e->family, sizeof(e->family) });

	h = digest_bytes(h, (struct kf_bytes){ e->addr, sizeof(e->addr) });
	h = digest_bytes(h, m->client_id);
	return h ? h : 1;
}

const char *producer_name(const struct producer *p)
{
	return p->client_id ? p->client_id : "?";
}

static uint64_t key_of(uint64_t client, int64_t id)
{
	return digest_bytes(client, (struct kf_bytes){ (const uint8_t *)&id, sizeof(id) });
}

static void owner_remove(struct producers *ps, struct producer *p)
{
	struct transactional *t = p->txn_id;

	DL_DELETE2(t->owners, p, id_prev, id_next);
	t->n_owners--;
	for (size_t i = 0; i < CLAIMS_KEPT; i++)
		if (t->claim[i].by == p)
			t->claim[i].by = NULL;
	if (t->owners)
		return;
	HASH_DELETE(hh, ps->by_name, t);
	text_free(t->name);
	free(t);
}

static void producer_free(struct groups *gs, struct producer *p)
{
	struct producers *ps = gs->producers;

	trouble_forget(gs, p);
	for (size_t i = 0; i < CONN_SLOTS; i++)
		if (ps->on[i].producer == p)
			ps->on[i].conn = 0;
	DL_DELETE(ps->all, p);
	DL_DELETE2(ps->oldest, p, lru_prev, lru_next);
	if (p->txn_id)
		owner_remove(ps, p);
	else
		HASH_DELETE(hh, ps->by_key, p);
	ps->n--;
	text_free(p->client_id);
	text_free(p->host);
	text_free(p->software);
	text_free(p->group);
	text_free(p->open.group);
	text_free(p->open.member);
	free(p);
}

static void forget(struct groups *gs, struct producer *p)
{
	if (!p || p->refs)
		return;
	producer_free(gs, p);
	gs->stats.producers_evicted++;
	gs->stats.evicted++;
}

static const char *software_of(struct groups *gs, const struct kafka_names *n)
{
	char text[256];

	if (!n->software_name.ptr)
		return NULL;
	snprintf(text, sizeof(text), "%.*s %.*s", (int)n->software_name.len, (const char *)n->software_name.ptr,
	         (int)n->software_version.len, n->software_version.len ? (const char *)n->software_version.ptr : "");
	return text_common(gs, (struct kf_bytes){ (const uint8_t *)text, (uint32_t)strlen(text) });
}

struct producer *producer_new(struct groups *gs, const struct kafka_message *m, struct transactional *t, int64_t id)
{
	struct producers *ps = gs->producers;
	struct producer *p = calloc(1, sizeof(*p));
	char host[NET_ENDPOINT_TEXT];

	if (!p)
		return NULL;
	p->client = producer_client(m);
	p->client_id = text_copy(m->client_id);
	p->host = text_from(net_host_text(m->conn->client, host));
	p->software = software_of(gs, m->conn->names);
	p->producer_id = id;
	p->epoch = -1;
	p->timeout = p->longest = -1;
	p->open.began = GROUP_UNKNOWN_TIME;
	p->open.generation = -1;
	p->first = p->last = p->touched = m->ts;
	DL_APPEND(ps->all, p);
	DL_APPEND2(ps->oldest, p, lru_prev, lru_next);
	p->key = key_of(p->client, id);
	p->txn_id = t;
	if (t) {
		DL_APPEND2(t->owners, p, id_prev, id_next);
		if (++t->n_owners > OWNERS_KEPT)
			forget(gs, t->owners);
	} else {
		HASH_ADD(hh, ps->by_key, key, sizeof(p->key), p);
	}
	gs->stats.producers++;
	if (++ps->n > PRODUCERS_MOST && ps->oldest != p)
		forget(gs, ps->oldest);
	return p;
}

struct transactional *transactional_of(struct groups *gs, struct kf_bytes name)
{
	struct producers *ps = gs->producers;
	struct transactional *t = NULL;

	if (!name.ptr)
		return NULL;
	HASH_FIND(hh, ps->by_name, name.ptr, strnlen((const char *)name.ptr, name.len), t);
	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t || !(t->name = text_copy(name))) {
		free(t);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, ps->by_name, t->name, strlen(t->name), t);
	return t;
}

struct producer *producer_owner(const struct transactional *t, uint64_t client, int32_t epoch)
{
	struct producer *p, *latest = NULL;

	DL_FOREACH2(t->owners, p, id_next) {
		if (p->client != client)
			continue;
		if (epoch >= 0 && p->epoch == epoch)
			return p;
		latest = p;
	}
	return latest;
}

struct producer *producer_speaks(struct groups *gs, const struct kafka_message *m, struct kf_bytes name, int64_t id,
                                 int32_t epoch)
{
	struct producers *ps = producers_of(gs);
	struct transactional *t = ps ? transactional_of(gs, name) : NULL;
	struct producer *p;

	if (!t)
		return NULL;
	p = producer_owner(t, producer_client(m), epoch);
	if (!p && !(p = producer_new(gs, m, t, id)) && !t->owners) {
		HASH_DELETE(hh, ps->by_name, t);
		text_free(t->name);
		free(t);
	}
	if (!p)
		return NULL;
	if (p->producer_id < 0)
		p->producer_id = id;
	if (epoch > p->epoch) /* what raised it was not seen */
		p->epoch = epoch;
	producer_touch(ps, p, m->ts);
	return p;
}

struct producer *producer_find(const struct producers *ps, uint64_t client, int64_t id)
{
	uint64_t key = key_of(client, id);
	struct producer *p = NULL;

	HASH_FIND(hh, ps->by_key, &key, sizeof(key), p);
	return p;
}

void producer_rekey(struct producers *ps, struct producer *p, int64_t id)
{
	HASH_DELETE(hh, ps->by_key, p);
	p->producer_id = id;
	p->key = key_of(p->client, id);
	HASH_ADD(hh, ps->by_key, key, sizeof(p->key), p);
}

void producer_touch(struct producers *ps, struct producer *p, int64_t now)
{
	p->last = now;
	if (now - p->touched < TOUCH)
		return;
	p->touched = now;
	DL_DELETE2(ps->oldest, p, lru_prev, lru_next);
	DL_APPEND2(ps->oldest, p, lru_prev, lru_next);
}

void producer_on(struct producers *ps, const struct kafka_conn *c, struct producer *p)
{
	ps->on[c->id & (CONN_SLOTS - 1)].conn = c->id;
	ps->on[c->id & (CONN_SLOTS - 1)].producer = p;
}

struct producer *producer_on_conn(const struct producers *ps, const struct kafka_conn *c)
{
	return ps->on[c->id & (CONN_SLOTS - 1)].conn == c->id ? ps->on[c->id & (CONN_SLOTS - 1)].producer : NULL;
}

void producer_count_error(struct producer *p, int16_t error, uint32_t times)
{
	for (size_t i = 0; i < PRODUCER_ERRORS; i++) {
		if (p->errors[i].error != 0 && p->errors[i].error != error)
			continue;
		p->errors[i].error = error;
		p->errors[i].times += times;
		return;
	}
	p->other_errors += times;
}

/* ---- requests under way ------------------------------------------------------------------------------------ */

struct ask *ask_new(struct groups *gs, struct producer *p, const struct kafka_message *m)
{
	struct producers *ps = gs->producers;
	struct ask *a = ps->free_asks;

	if (!m->note)
		return NULL;
	if (a)
		ps->free_asks = a->next_free;
	else if (!(a = malloc(sizeof(*a))))
		return NULL;
	*a = (struct ask){ .producer = p, .txn_id = p->txn_id, .asked_id = -1, .at = m->ts, .frame = m->frame };
	p->refs++;
	*m->note = (uint64_t)(uintptr_t)a;
	producer_on(ps, m->conn, p);
	return a;
}

void ask_free(struct producers *ps, struct ask *a)
{
	a->producer->refs--;
	a->next_free = ps->free_asks;
	ps->free_asks = a;
}

void producer_unref(struct producer *p)
{
	if (p)
		p->refs--;
}

/* ---- the door ---------------------------------------------------------------------------------------------- */

enum kafka_want producer_want(int16_t api_key, enum kf_direction direction, bool *known)
{
	*known = api_key == API_PRODUCE || api_of(api_key);
	if (api_key == API_PRODUCE && direction == KF_REQUEST)
		return KAFKA_WANT_START;
	return *known ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
}

static bool readable(const struct kafka_message *m)
{
	return m->status == KAFKA_OK || m->status == KAFKA_TRUNCATED;
}

static void on_answer(struct groups *gs, const struct producer_api *api, const struct kafka_message *m)
{
	struct ask *a = m->note ? (struct ask *)(uintptr_t)*m->note : NULL;

	if (!a)
		return;
	*m->note = 0;
	if (readable(m))
		api->response(gs, m, a);
	ask_free(gs->producers, a);
}

bool producer_message(struct groups *gs, const struct kafka_message *m)
{
	const struct producer_api *api;

	if (m->api_key == API_PRODUCE) {
		if (m->direction == KF_REQUEST)
			produce_request(gs, m);
		else if (readable(m))
			produce_response(gs, m);
		return true;
	}
	api = api_of(m->api_key);
	if (!api)
		return false;
	if (m->direction == KF_RESPONSE)
		on_answer(gs, api, m);
	else if (m->status == KAFKA_OK && !m->conn->inter_broker)
		api->request(gs, m);
	return true;
}

bool producer_dropped(struct groups *gs, int16_t api_key, uint64_t note)
{
	if (!api_of(api_key))
		return false;
	if (note)
		ask_free(gs->producers, (struct ask *)(uintptr_t)note);
	return true;
}

struct group_event producer_event(const struct producer *p, enum group_producer_what what, const struct kafka_message *m)
{
	struct group_event e = { .type = GROUP_EVENT_PRODUCER, .ts = m ? m->ts : 0 };

	e.producer = (struct group_producer_event){
		.what = what,
		.client_id = p->client_id,
		.host = p->host,
		.software = p->software,
		.transactional_id = p->txn_id ? p->txn_id->name : NULL,
		.producer_id = p->producer_id,
		.epoch = p->epoch,
		.by_epoch = -1,
		.confidence = 3,
		.first = e.ts,
		.last = e.ts,
	};
	return e;
}

#define SWEEP (1 * NS_PER_S)

void producers_advance(struct groups *gs)
{
	struct producers *ps = gs->producers;

	if (!ps || gs->now - ps->swept < SWEEP)
		return;
	ps->swept = gs->now;
	troubles_advance(gs, false);
	transactions_sweep(gs);
}

void producers_finish(struct groups *gs, int64_t ts)
{
	if (!gs->producers)
		return;
	troubles_advance(gs, true);
	transactions_finish(gs, ts);
}

void producers_free(struct groups *gs)
{
	struct producers *ps = gs->producers;

	if (!ps)
		return;
	while (ps->all)
		producer_free(gs, ps->all);
	while (ps->free_asks) {
		struct ask *a = ps->free_asks;

		ps->free_asks = a->next_free;
		free(a);
	}
	free(ps);
	gs->producers = NULL;
}
