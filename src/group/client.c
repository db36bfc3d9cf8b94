/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "correlator.h"

/* Bytes of a client id that tell clients apart. */
#define ID_KEPT 128
#define KEY_MOST (1 + 16 + ID_KEPT)

/* Partitions remembered over all clients, and for how long once they are in no session. */
#define FETCHED_MOST (UINT32_C(2) << 20)
#define FETCHED_KEPT (600 * NS_PER_S)

static size_t key_of(const struct kafka_message *msg, uint8_t *out)
{
	const struct net_endpoint *e = &msg->conn->client;
	size_t len = msg->client_id.len < ID_KEPT ? msg->client_id.len : ID_KEPT;

	out[0] = e->family;
	memcpy(out + 1, e->addr, 16);
	memcpy(out + 17, msg->client_id.ptr, len);
	return 17 + len;
}

static struct client *client_find(struct groups *gs, const uint8_t *key, size_t len)
{
	struct client *c = NULL;

	HASH_FIND(hh, gs->clients, key, len, c);
	return c;
}

static struct client *client_new(struct groups *gs, const uint8_t *key, size_t len)
{
	struct client *c = calloc(1, sizeof(*c) + len);

	if (!c)
		return NULL;
	memcpy(c->key, key, len);
	ptable_init(&c->fetched, sizeof(struct fetched));
	HASH_ADD_KEYPTR(hh, gs->clients, c->key, len, c);
	return c;
}

void client_bind(struct member *m, const struct kafka_message *msg)
{
	struct groups *gs = m->group->owner;
	uint8_t key[KEY_MOST];
	struct client *c;
	size_t len;

	if (m->client || !msg->client_id.ptr)
		return;
	len = key_of(msg, key);
	c = client_find(gs, key, len);
	if (!c && !(c = client_new(gs, key, len)))
		return;
	m->client = c;
	DL_APPEND2(c->members, m, client_prev, client_next);
}

static void fetcher_free(struct fetcher *f)
{
	DL_DELETE(f->client->fetchers, f);
	free(f);
}

static void client_free(struct groups *gs, struct client *c, bool conns)
{
	HASH_DELETE(hh, gs->clients, c);
	while (c->fetchers) {
		if (conns)
			c->fetchers->conn->user = NULL;
		fetcher_free(c->fetchers);
	}
	gs->n_fetched -= c->fetched.n;
	ptable_free(&c->fetched);
	free(c);
}

void client_unbind(struct member *m)
{
	struct client *c = m->client;

	if (!c)
		return;
	DL_DELETE2(c->members, m, client_prev, client_next);
	m->client = NULL;
	if (!c->members)
		client_free(m->group->owner, c, true);
}

void clients_free(struct groups *gs)
{
	struct client *c, *next;

	HASH_ITER(hh, gs->clients, c, next) {
		struct member *m;

		DL_FOREACH2(c->members, m, client_next)
			m->client = NULL;
		client_free(gs, c, false);
	}
}

struct fetcher *client_fetcher(struct groups *gs, const struct kafka_message *msg)
{
	struct fetcher *f = msg->conn->user;
	uint8_t key[KEY_MOST];
	struct client *c;

	if (f || !msg->client_id.ptr || !gs->clients)
		return f;
	c = client_find(gs, key, key_of(msg, key));
	f = c ? calloc(1, sizeof(*f)) : NULL;
	if (!f)
		return NULL;
	f->client = c;
	f->conn = msg->conn;
	f->conn->user = f;
	DL_APPEND(c->fetchers, f);
	return f;
}

/* The session has lost it: its latest Fetch is the time that counts from now on. */
static void freeze(struct fetched *e)
{
	const struct fetcher *f = e->in;

	if (f->before >= e->last)
		e->before = f->before;
	if (f->last > e->last)
		e->last = f->last;
	e->in = NULL;
}

static void freeze_all(struct fetcher *f, bool unstamped_only)
{
	struct ptable *t = &f->client->fetched;

	for (uint32_t i = 0; i < t->n; i++) {
		struct fetched *e = ptable_at(t, i);

		if (e->in == f && (!unstamped_only || e->stamp != f->stamp))
			freeze(e);
	}
}

void client_conn_ended(struct groups *gs, struct kafka_conn *conn)
{
	struct fetcher *f = conn->user;

	(void)gs;
	if (!f)
		return;
	conn->user = NULL;
	freeze_all(f, false);
	fetcher_free(f);
}

void client_mark(struct client *c, int64_t at)
{
	if (c && at > c->marked_at)
		c->marked_at = at;
}

void fetcher_begin(struct fetcher *f, bool full)
{
	f->stamp += full;
}

static bool is_stale(const void *entry, const void *ctx)
{
	const struct fetched *e = entry;
	const int64_t *now = ctx;

	return !e->in && e->last < *now - FETCHED_KEPT;
}

static struct fetched *entry_get(struct groups *gs, struct client *c, uint32_t topic, int32_t partition)
{
	uint32_t n = c->fetched.n;
	struct fetched *e = ptable_find(&c->fetched, topic, partition);

	if (e || topic == NO_TOPIC)
		return e;
	if (n == c->fetched.cap)
		ptable_sift(&c->fetched, is_stale, &gs->now);
	e = ptable_get(&c->fetched, topic, partition, gs->n_fetched < FETCHED_MOST ? UINT32_MAX : 0);
	gs->n_fetched += c->fetched.n;
	gs->n_fetched -= n;
	return e;
}

void fetcher_carries(struct groups *gs, struct fetcher *f, uint32_t topic, int32_t partition, int64_t at)
{
	struct fetched *e = entry_get(gs, f->client, topic, partition);

	if (!e)
		return;
	e->stamp = f->stamp;
	if (e->in == f)
		return;
	if (e->in)
		freeze(e);
	if (e->last)
		e->before = e->last;
	e->in = f;
	e->last = at;
}

/* The same partition under the topic's uuid, from before its name was known; NULL when there is none. */
static struct fetched *entry_twin(const struct groups *gs, const struct client *c, uint32_t topic, int32_t partition)
{
	uint32_t twin = topic < gs->n_topics ? gs->topic_by_id[topic]->twin : NO_TOPIC;

	return twin == NO_TOPIC ? NULL : ptable_find(&c->fetched, twin, partition);
}

void fetcher_forgets(struct groups *gs, struct fetcher *f, uint32_t topic, int32_t partition)
{
	struct fetched *e = ptable_find(&f->client->fetched, topic, partition);
	struct fetched *twin = entry_twin(gs, f->client, topic, partition);

	if (e && e->in == f)
		freeze(e);
	if (twin && twin->in == f)
		freeze(twin);
}

void fetcher_end(struct groups *gs, struct fetcher *f, bool full, int64_t at)
{
	(void)gs;
	if (full)
		freeze_all(f, true);
	if (f->last && f->last < f->client->marked_at)
		f->before = f->last;
	f->last = at;
}

void fetcher_high(struct groups *gs, struct fetcher *f, uint32_t topic, int32_t partition, int64_t high)
{
	struct fetched *e = ptable_find(&f->client->fetched, topic, partition);

	if (!e)
		e = entry_twin(gs, f->client, topic, partition);
	if (e && high >= 0 && high < INT64_MAX)
		e->high = high + 1;
}

bool client_is_alone(const struct member *m)
{
	const struct member *o;

	if (!m->client)
		return false;
	DL_FOREACH2(m->client->members, o, client_next)
		if (o != m && o->presence == MEMBER_IN)
			return false;
	return true;
}

/* The latest of several times not after `until`; 0 is none. */
static void consider(int64_t at, int64_t until, int64_t *best)
{
	if (at && at <= until && (*best == GROUP_UNKNOWN_TIME || at > *best))
		*best = at;
}

int64_t client_last_fetch(const struct client *c, int64_t until)
{
	int64_t best = GROUP_UNKNOWN_TIME;
	const struct fetcher *f;

	if (!c)
		return best;
	DL_FOREACH(c->fetchers, f) {
		consider(f->last, until, &best);
		consider(f->before, until, &best);
	}
	for (uint32_t i = 0; best == GROUP_UNKNOWN_TIME && i < c->fetched.n; i++) {
		const struct fetched *e = ptable_at(&c->fetched, i);

		consider(e->last, until, &best);
	}
	return best;
}

static void consider_entry(const struct fetched *e, int64_t until, int64_t *best)
{
	if (!e)
		return;
	consider(e->last, until, best);
	consider(e->before, until, best);
	if (e->in && e->in->last >= e->last)
		consider(e->in->last, until, best);
	if (e->in && e->in->before >= e->last)
		consider(e->in->before, until, best);
}

int64_t client_last_fetch_of(const struct groups *gs, const struct client *c, uint32_t topic, int32_t partition,
                             int64_t until)
{
	int64_t best = GROUP_UNKNOWN_TIME;

	if (!c)
		return best;
	consider_entry(ptable_find(&c->fetched, topic, partition), until, &best);
	consider_entry(entry_twin(gs, c, topic, partition), until, &best);
	return best;
}

int64_t client_high(const struct groups *gs, const struct client *c, uint32_t topic, int32_t partition)
{
	const struct fetched *e = c ? ptable_find(&c->fetched, topic, partition) : NULL;
	const struct fetched *twin = c ? entry_twin(gs, c, topic, partition) : NULL;
	int64_t high = e ? e->high : 0;

	if (twin && twin->high > high)
		high = twin->high;
	return high - 1;
}
