/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "correlator.h"
#include "digest.h"

/* Partitions remembered over all clients, and for how long once they are in no session. */
#define FETCHED_MOST (UINT32_C(2) << 20)
#define FETCHED_KEPT (600 * NS_PER_S)

/* A digest of host and client id, never 0. */
static uint64_t key_of(const struct kafka_message *msg)
{
	const struct net_endpoint *e = msg->conn->client;
	uint64_t h = digest_bytes(DIGEST_START, (struct kf_bytes){ &e->family, sizeof(e->family) });

	h = digest_bytes(h, (struct kf_bytes){ e->addr, sizeof(e->addr) });
	h = digest_bytes(h, msg->client_id);
	return h ? h : 1;
}

/* ---- members by client: chains of a table, so that those of one client are found before there is a client -------- */

static struct member **chain_of(const struct client_table *t, uint64_t key)
{
	return &t->slot[(key ^ key >> 32) & (t->n_slots - 1)];
}

static struct member *same_client(struct member *m, uint64_t key)
{
	while (m && m->client_key != key)
		m = m->client_next;
	return m;
}

static struct member *first_of(const struct client_table *t, uint64_t key)
{
	return t->n_slots ? same_client(*chain_of(t, key), key) : NULL;
}

struct member *client_first(const struct member *m)
{
	return m->client_key ? first_of(&m->group->owner->clients, m->client_key) : NULL;
}

struct member *client_members(const struct client *c)
{
	return c->members;
}

struct member *client_member_after(const struct member *m)
{
	return same_client(m->client_next, m->client_key);
}

static bool grow(struct client_table *t)
{
	struct client_table more = { .n_slots = t->n_slots ? t->n_slots * 2 : 64, .n = t->n };
	struct member *m;

	if (t->n < t->n_slots)
		return true;
	more.slot = calloc(more.n_slots, sizeof(struct member *));
	if (!more.slot)
		return false;
	for (uint32_t i = 0; i < t->n_slots; i++) {
		while ((m = t->slot[i])) {
			DL_DELETE2(t->slot[i], m, client_prev, client_next);
			DL_APPEND2(*chain_of(&more, m->client_key), m, client_prev, client_next);
		}
	}
	free(t->slot);
	*t = more;
	return true;
}

void client_bind(struct member *m, const struct kafka_message *msg)
{
	struct client_table *t = &m->group->owner->clients;
	struct member *other;
	uint64_t key;

	if (m->client_key || !msg->client_id.ptr || !grow(t))
		return;
	key = key_of(msg);
	other = first_of(t, key);
	m->client_key = key;
	m->client = other ? other->client : NULL;
	DL_APPEND2(*chain_of(t, key), m, client_prev, client_next);
	t->n++;
}

/* ---- clients -------------------------------------------------------------------------------------------- */

static struct client *client_new(struct member *members)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->members = members;
	ptable_init(&c->fetched, sizeof(struct fetched));
	for (struct member *m = members; m; m = client_member_after(m))
		m->client = c;
	return c;
}

static void fetcher_free(struct groups *gs, struct fetcher *f)
{
	gs->n_fetchers--;
	DL_DELETE(f->client->fetchers, f);
	free(f);
}

static void client_free(struct groups *gs, struct client *c, bool conns)
{
	while (c->fetchers) {
		if (conns)
			c->fetchers->conn->user = NULL;
		fetcher_free(gs, c->fetchers);
	}
	gs->n_fetched -= c->fetched.n;
	ptable_free(&c->fetched);
	free(c);
}

void client_unbind(struct member *m)
{
	struct groups *gs = m->group->owner;
	struct client *c = m->client;

	if (!m->client_key)
		return;
	DL_DELETE2(*chain_of(&gs->clients, m->client_key), m, client_prev, client_next);
	gs->clients.n--;
	if (c && !(c->members = first_of(&gs->clients, m->client_key)))
		client_free(gs, c, true);
	m->client = NULL;
	m->client_key = 0;
}

/* Several clients may be in one chain: each is freed with the member that it names first. */
static void chain_free(struct groups *gs, struct member *chain)
{
	struct member *m, *next;

	for (m = chain; m; m = m->client_next)
		if (m->client && m->client->members != m)
			m->client = NULL;
	for (m = chain; m; m = next) {
		next = m->client_next;
		if (m->client)
			client_free(gs, m->client, false);
		m->client = NULL;
		m->client_key = 0;
	}
}

void clients_free(struct groups *gs)
{
	struct client_table *t = &gs->clients;

	for (uint32_t i = 0; i < t->n_slots; i++)
		chain_free(gs, t->slot[i]);
	free(t->slot);
	*t = (struct client_table){ 0 };
}

struct member *client_speaks(struct groups *gs, const struct kafka_message *msg)
{
	return msg->client_id.ptr ? first_of(&gs->clients, key_of(msg)) : NULL;
}

struct fetcher *client_fetcher(struct groups *gs, const struct kafka_message *msg)
{
	struct fetcher *f = msg->conn->user;
	struct member *m;

	if (f || !msg->client_id.ptr || !gs->clients.n)
		return f;
	m = first_of(&gs->clients, key_of(msg));
	if (!m || (!m->client && !client_new(m)) || !(f = calloc(1, sizeof(*f))))
		return NULL;
	f->client = m->client;
	f->conn = msg->conn;
	f->conn->user = f;
	DL_APPEND(m->client->fetchers, f);
	gs->n_fetchers++;
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

	if (!f)
		return;
	conn->user = NULL;
	freeze_all(f, false);
	fetcher_free(gs, f);
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
	if (!m->client)
		return false;
	for (const struct member *o = client_members(m->client); o; o = client_member_after(o))
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
