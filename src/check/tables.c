/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections, clients, groups and members, and how they are told apart.
 */
#include "engine.h"

#include <stdlib.h>

/* Beyond these nothing new is judged: memory stays bounded. */
#define MOST_CLIENTS 50000
#define MOST_GROUPS  50000
#define MOST_MEMBERS 100000
#define MOST_SERVERS 4096
#define KEY_BYTES    1024

/* Clients that are looked at for one that told its software elsewhere. */
#define MOST_NAMESAKES 1000

/* ---- hosts and servers -------------------------------------------------------------------------------- */

struct host *ck_host_get(struct check *c, const struct net_endpoint *at)
{
	uint8_t key[17];
	struct host *h;

	memcpy(key, at->addr, 16);
	key[16] = at->family;
	HASH_FIND(hh, c->hosts, key, sizeof(key), h);
	if (h || HASH_COUNT(c->hosts) >= MOST_CLIENTS || !(h = calloc(1, sizeof(*h))))
		return h;
	memcpy(h->addr, key, sizeof(key));
	HASH_ADD(hh, c->hosts, addr, sizeof(h->addr), h);
	return h;
}

struct server *ck_server_get(struct check *c, const struct net_endpoint *at)
{
	struct net_endpoint key;
	struct server *s;

	memset(&key, 0, sizeof(key));
	memcpy(key.addr, at->addr, sizeof(key.addr));
	key.port = at->port;
	key.family = at->family;
	HASH_FIND(hh, c->servers, &key, sizeof(key), s);
	if (s || HASH_COUNT(c->servers) >= MOST_SERVERS || !(s = calloc(1, sizeof(*s))))
		return s;
	s->at = key;
	HASH_ADD(hh, c->servers, at, sizeof(s->at), s);
	return s;
}

/* ---- connections -------------------------------------------------------------------------------------- */

struct conn *ck_conn_get(struct check *c, const struct kafka_conn *k)
{
	struct conn *n = c->latest;
	struct kafka_traffic traffic;
	struct host *h;

	if (n && n->id == k->id)
		return n;
	n = c->lately[k->id % LATELY];
	if (n && n->id == k->id) {
		c->latest = n;
		return n;
	}
	HASH_FIND(hh, c->conns, &k->id, sizeof(k->id), n);
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return NULL;
		kafka_conn_traffic(k, &traffic);
		n->id = k->id;
		n->opened = traffic.since;
		n->from_start = k->from_start;
		n->server = ck_server_get(c, k->server);
		HASH_ADD(hh, c->conns, id, sizeof(n->id), n);
		/* What was lost before it was known for Kafka is told nowhere else. */
		if (traffic.hole_bytes && (h = ck_host_get(c, k->client)))
			blind_add(&h->blind, traffic.since, c->now);
	}
	c->latest = c->lately[n->id % LATELY] = n;
	return n;
}

bool ck_conn_open(const struct check *c, uint64_t id)
{
	struct conn *n;

	HASH_FIND(hh, c->conns, &id, sizeof(id), n);
	return n && !n->ended_by_client;
}

void ck_conn_free(struct check *c, struct conn *n)
{
	if (c->latest == n)
		c->latest = NULL;
	if (c->lately[n->id % LATELY] == n)
		c->lately[n->id % LATELY] = NULL;
	ck_requests_drop(c, n);
	ck_hangs_up(c, n);
	HASH_DEL(c->conns, n);
	free(n);
}

/* ---- clients -------------------------------------------------------------------------------------------- */

struct key {
	uint8_t bytes[KEY_BYTES];
	size_t len;
};

static void key_put(struct key *k, const void *bytes, size_t len)
{
	size_t room = sizeof(k->bytes) - k->len;

	if (len > room)
		len = room;
	if (len)
		memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

static void key_text(struct key *k, struct kf_bytes b)
{
	static const uint8_t end;

	key_put(k, b.ptr, b.len < 300 ? b.len : 300);
	key_put(k, &end, 1);
}

static const char *kept_text(struct kf_bytes b)
{
	return b.ptr ? strndup((const char *)b.ptr, b.len < 300 ? b.len : 300) : NULL;
}

static struct client *client_new(struct check *c, struct conn *n, const struct kafka_message *m, const struct key *key)
{
	struct client *k = calloc(1, sizeof(*k));

	if (!k || !(k->key = malloc(key->len))) {
		free(k);
		return NULL;
	}
	memcpy(k->key, key->bytes, key->len);
	k->key_len = key->len;
	k->id = kept_text(m->client_id);
	k->software = kept_text(m->conn->names->software_name);
	k->version = kept_text(m->conn->names->software_version);
	k->host = *m->conn->client;
	k->host.port = 0;
	k->at = ck_host_get(c, m->conn->client);
	k->first = m->ts;
	k->seen_from_start = n->from_start;
	k->scopes = settings_client_scopes(c->settings, k->id, &k->host);
	HASH_ADD_KEYPTR(hh, c->clients, k->key, k->key_len, k);
	if (c->last_client)
		c->last_client->next = k;
	else
		c->first_client = k;
	c->last_client = k;
	return k;
}

/* A connection that does not say its software belongs to a client that said it elsewhere. */
static struct client *namesake(struct check *c, const struct kafka_message *m)
{
	struct client *best = NULL;
	unsigned looked_at = 0;

	for (struct client *k = c->first_client; k && looked_at < MOST_NAMESAKES; k = k->next, looked_at++)
		if (k->software && k->id && k->host.family == m->conn->client->family && kf_bytes_are(m->client_id, k->id) &&
		    memcmp(k->host.addr, m->conn->client->addr, sizeof(k->host.addr)) == 0)
			best = k;
	return best;
}

static struct client *client_find(struct check *c, struct conn *n, const struct kafka_message *m)
{
	struct key key = { .len = 0 };
	struct client *k;

	key_put(&key, m->conn->client->addr, sizeof(m->conn->client->addr));
	key_put(&key, &m->conn->client->family, 1);
	key_text(&key, m->client_id);
	key_text(&key, m->conn->names->software_name);
	key_text(&key, m->conn->names->software_version);
	HASH_FIND(hh, c->clients, key.bytes, key.len, k);
	if (!k && !m->conn->names->software_name.ptr && !n->from_start)
		k = namesake(c, m);
	if (!k && HASH_COUNT(c->clients) < MOST_CLIENTS)
		k = client_new(c, n, m, &key);
	return k;
}

/* Of a request. The names change when more is told of them, and only then is it looked up again. */
struct client *ck_client_of(struct check *c, struct conn *n, const struct kafka_message *m)
{
	if (!n->client || n->names != m->conn->names) {
		n->client = client_find(c, n, m);
		n->names = m->conn->names;
	}
	if (n->client && m->conn->inter_broker)
		n->client->broker = true;
	/* It was there before the capture: what it does not do may have been done. */
	if (n->client && !n->from_start)
		n->client->seen_from_start = false;
	return n->client;
}

/* ---- groups and members ------------------------------------------------------------------------------- */

struct group *ck_group_get(struct check *c, struct kf_bytes name)
{
	struct group *g = NULL;

	if (!name.len)
		return NULL;
	HASH_FIND(hh, c->groups, name.ptr, name.len, g);
	if (g || HASH_COUNT(c->groups) >= MOST_GROUPS || !(g = calloc(1, sizeof(*g))))
		return g;
	g->name = strndup((const char *)name.ptr, name.len);
	if (!g->name || strlen(g->name) != name.len) { /* a group with a NUL in its name is none */
		free(g->name);
		free(g);
		return NULL;
	}
	g->name_len = name.len;
	g->parent_generation = -1;
	g->scopes = settings_group_scopes(c->settings, g->name);
	HASH_ADD_KEYPTR(hh, c->groups, g->name, name.len, g);
	if (c->last_group)
		c->last_group->next = g;
	else
		c->first_group = g;
	c->last_group = g;
	return g;
}

struct member *ck_member_find(const struct group *g, struct kf_bytes id)
{
	struct member *m = NULL;

	if (g && id.len)
		HASH_FIND(hh, g->members, id.ptr, id.len, m);
	return m;
}

struct member *ck_member_get(struct check *c, struct group *g, struct kf_bytes id)
{
	struct member *m = ck_member_find(g, id);

	if (m || !g || !id.len || c->members >= MOST_MEMBERS || !(m = calloc(1, sizeof(*m))))
		return m;
	m->id = strndup((const char *)id.ptr, id.len);
	if (!m->id || strlen(m->id) != id.len) {
		free(m->id);
		free(m);
		return NULL;
	}
	m->id_len = id.len;
	m->digest = digest_of(id);
	m->group = g;
	m->generation = m->session_ms = m->rebalance_ms = m->epoch = -1;
	HASH_ADD_KEYPTR(hh, g->members, m->id, id.len, m);
	c->members++;
	g->n_members++;
	return m;
}

static void member_free(struct member *m)
{
	parts_free(&m->assigned);
	parts_free(&m->fresh);
	parts_free(&m->revoked);
	parts_free(&m->offsets);
	parts_free(&m->joined.owned);
	free(m->joined.ids);
	free(m->joined.topics);
	free(m->id);
	free(m);
}

static void group_free(struct group *g)
{
	struct member *m, *next;

	HASH_ITER(hh, g->members, m, next) {
		HASH_DEL(g->members, m);
		member_free(m);
	}
	free(g->name);
	free(g);
}

static void client_free(struct client *k)
{
	free((void *)(uintptr_t)k->id);
	free((void *)(uintptr_t)k->software);
	free((void *)(uintptr_t)k->version);
	free(k->key);
	free(k);
}

void ck_tables_free(struct check *c)
{
	struct conn *n, *next_conn;
	struct client *k, *next_client;
	struct group *g, *next_group;
	struct host *h, *next_host;
	struct server *s, *next_server;
	struct found *f, *next_found;
	struct sequence *q, *next_sequence;

	HASH_ITER(hh, c->conns, n, next_conn)
		ck_conn_free(c, n);
	HASH_ITER(hh, c->clients, k, next_client) {
		HASH_DEL(c->clients, k);
		client_free(k);
	}
	HASH_ITER(hh, c->groups, g, next_group) {
		HASH_DEL(c->groups, g);
		group_free(g);
	}
	HASH_ITER(hh, c->hosts, h, next_host) {
		HASH_DEL(c->hosts, h);
		free(h);
	}
	HASH_ITER(hh, c->servers, s, next_server) {
		HASH_DEL(c->servers, s);
		free(s);
	}
	HASH_ITER(hh, c->found, f, next_found) {
		HASH_DEL(c->found, f);
		free(f);
	}
	HASH_ITER(hh, c->sequences, q, next_sequence) {
		HASH_DEL(c->sequences, q);
		free(q);
	}
	while (c->free_requests) {
		struct request *r = c->free_requests;

		c->free_requests = r->next;
		free(r);
	}
}
