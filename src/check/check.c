/* SPDX-License-Identifier: Apache-2.0
 *
 * The front: every Kafka message goes to the rules that look at its API, then into what is remembered.
 */
#include "engine.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(sizeof(((struct check *)NULL)->body) >= sizeof(struct fetch_request), "room for a decoded body");

/* Also read, though no rule has a hook for it: what it says is remembered. */
static const int16_t remembered[] = { API_METADATA, API_FIND_COORDINATOR, API_VERSIONS };

static bool is_read(const struct check *c, int16_t api)
{
	if (api < 0 || api >= APIS)
		return false;
	for (size_t i = 0; i < sizeof(remembered) / sizeof(remembered[0]); i++)
		if (remembered[i] == api)
			return true;
	return c->hooks[api].n > 0 || api_is_group(api);
}

static void add_hooks(struct check *c, const struct hook *list)
{
	for (const struct hook *h = list; h->rule; h++) {
		unsigned *n = &c->hooks[h->api].n;

		assert(*n < HOOKS);
		c->hooks[h->api].hook[(*n)++] = h;
	}
}

struct check *check_new(const struct check_settings *settings)
{
	static const struct hook *const lists[] = { hooks_connection, hooks_coordinator, hooks_heartbeat, hooks_join,
		                                    hooks_sync,       hooks_leave,       hooks_commit,    hooks_owned,
		                                    hooks_fetch,      hooks_metadata,    hooks_produce,   hooks_consumer };
	struct check *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->settings = settings;
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		c->used[i] = settings_rule_used(settings, i);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		add_hooks(c, lists[i]);
	expect_begin(c);
	return c;
}

void check_free(struct check *c)
{
	if (!c)
		return;
	expect_free(c);
	verdicts_free(c);
	ck_tables_free(c);
	ck_topics_free(c);
	free(c);
}

/* ---- messages --------------------------------------------------------------------------------------------- */

static enum kafka_want want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	(void)direction;
	return is_read(ctx, api_key) ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
}

static const void *decode(struct check *c, const struct kafka_message *m)
{
	if (m->status != KAFKA_OK || !m->schema || !m->body.ptr || !is_read(c, m->api_key) ||
	    m->schema->body->size > sizeof(c->body))
		return NULL;
	return kf_decode(m->schema, m->version, &m->body, c->body, NULL) == KF_OK ? c->body : NULL;
}

/* An answer whose request the capture does not have; and a message that was held back, which may have been missed in
 * judging what came later. */
static void note_lost(struct check *c, const struct kafka_message *m)
{
	bool data = m->api_key == API_FETCH && m->direction == KF_RESPONSE; /* large, and waited for */
	bool late = !data && m->ts_last + NS_PER_MS < c->now;
	struct host *h = late || m->status == KAFKA_NO_REQUEST ? ck_host_get(c, m->conn->client) : NULL;

	if (h)
		blind_add(&h->blind, m->ts_first, late ? c->now : m->ts_last);
}

/* Nobody was seen to ask for it: that was after what was last asked. */
static void note_unasked(const struct conn *n, const struct kafka_message *m)
{
	if (m->status == KAFKA_NO_REQUEST)
		blind_host(n, n->asked ? n->asked : n->opened, m->ts_last);
}

/* All that went the other way is missing. */
static void note_one_way(struct check *c, const struct kafka_conn *k, const struct conn *n, int64_t ts)
{
	struct host *h = !k->responses_seen || !k->requests_seen ? ck_host_get(c, k->client) : NULL;

	if (h)
		blind_add(&h->blind, n->opened, ts);
}

static void count_ids(struct client *k, const struct conn *n, int32_t id)
{
	if (!n->requested && n->from_start && id > 1)
		k->one_counter = true;
	if (!k->ids++)
		k->first_id = k->last_id = id;
	if (id < k->first_id)
		k->first_id = id;
	if (id > k->last_id)
		k->last_id = id;
}

static void on_request(struct check *c, struct talk *t)
{
	const struct kafka_message *m = t->m;

	t->client = ck_client_of(c, t->conn, m);
	if (!t->client)
		return;
	count_ids(t->client, t->conn, m->correlation_id);
	if (t->client->doubtful)
		ck_confirm(t->client, t->conn->id);
	t->q = ck_request_add(c, t->conn, m);
	t->body = decode(c, m);
	if (!t->q)
		return;
	t->q->known = t->body != NULL;
	state_resolve(t);
	any_asked(t);
	for (unsigned i = 0; t->body && m->api_key < APIS && i < c->hooks[m->api_key].n; i++)
		if (c->hooks[m->api_key].hook[i]->asked)
			c->hooks[m->api_key].hook[i]->asked(t);
	expect_message(c, t);
	state_asked(t);
	if (!m->note) /* Produce with acks=0 */
		ck_request_forget(c, t->conn, t->q);
}

static void on_response(struct check *c, struct talk *t)
{
	const struct kafka_message *m = t->m;

	t->client = t->conn->client;
	t->q = ck_request_take(c, t->conn, m);
	if (!t->client || !t->q)
		return;
	t->body = decode(c, m);
	state_resolve(t);
	any_answered(t);
	for (unsigned i = 0; t->body && m->api_key < APIS && i < c->hooks[m->api_key].n; i++)
		if (c->hooks[m->api_key].hook[i]->answered)
			c->hooks[m->api_key].hook[i]->answered(t);
	expect_message(c, t);
	state_answered(t);
	ck_request_free(c, t->q);
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct check *c = ctx;
	struct talk t = { .check = c, .m = m };

	if (m->ts > c->now)
		c->now = m->ts;
	if (m->status == KAFKA_RAW_SASL || m->api_key < 0)
		return;
	note_lost(c, m);
	t.conn = ck_conn_get(c, m->conn);
	if (!t.conn)
		return;
	ck_fetch(t.conn);
	ck_speaks(c, t.conn, m->conn->speaker);
	note_unasked(t.conn, m);
	if (m->direction == KF_REQUEST)
		on_request(c, &t);
	else
		on_response(c, &t);
	t.conn->answered = t.conn->answered || m->direction == KF_RESPONSE;
}

/* ---- what else happens ------------------------------------------------------------------------------------ */

static void on_gap(void *ctx, const struct kafka_gap *gap)
{
	struct check *c = ctx;
	struct host *h;

	/* No rule looks at the records that come. */
	if (gap->bulk_only && gap->api_key == API_FETCH && gap->direction == KF_RESPONSE)
		return;
	h = ck_host_get(c, gap->conn->client);
	if (h)
		blind_add(&h->blind, gap->from, gap->to);
}

/* Encrypted, or of a kind that was not recognised with a broker's port. */
static bool is_opaque(const struct check *c, const struct kafka_conn *k)
{
	struct net_endpoint key;
	struct server *s;

	if (k->kind == KAFKA_TLS || k->kind == KAFKA_SASL_ENCRYPTED)
		return true;
	if (k->kind == KAFKA_PLAIN)
		return !k->requests_seen;
	memset(&key, 0, sizeof(key));
	memcpy(key.addr, k->server->addr, sizeof(key.addr));
	key.port = k->server->port;
	key.family = k->server->family;
	HASH_FIND(hh, c->servers, &key, sizeof(key), s);
	return s && (k->requests_seen || k->responses_seen);
}

/* Whoever is late after that may have waited for the broker. */
static void server_closed(struct conn *n, int64_t ts)
{
	if (n->server)
		n->server->closed = ts;
}

static void on_connection(void *ctx, struct kafka_conn *k, enum kafka_conn_event event, enum kf_direction from,
                          int64_t ts, uint64_t frame)
{
	struct check *c = ctx;
	struct conn *n = NULL;
	struct host *h;

	if (event == KAFKA_CONN_ENDED && is_opaque(c, k) && (h = ck_host_get(c, k->client)))
		h->opaque = true;
	HASH_FIND(hh, c->conns, &k->id, sizeof(k->id), n);
	if (!n)
		return;
	if ((event == KAFKA_CONN_FIN || event == KAFKA_CONN_RST) && from == KF_RESPONSE && !n->ended_by_client)
		server_closed(n, ts);
	if ((event == KAFKA_CONN_FIN || event == KAFKA_CONN_RST) && from == KF_REQUEST && !n->ended_by_client) {
		n->ended_by_client = true;
		leave_conn_closed(c, n, ts, frame);
	}
	if (event == KAFKA_CONN_ENDED) {
		note_one_way(c, k, n, ts);
		ck_conn_free(c, n);
	}
}

struct kafka_sink check_kafka_sink(struct check *c)
{
	return (struct kafka_sink){
		.ctx = c, .want = want, .message = on_message, .gap = on_gap, .connection = on_connection,
		.ahead = ck_ahead
	};
}

void check_event(void *ctx, const struct group_event *e)
{
	struct check *c = ctx;

	steady_event(c, e);
	expect_event(c, e);
}

void check_complete(struct check *c)
{
	c->complete = true;
}

void check_capture_gap(struct check *c, int64_t from, int64_t to)
{
	blind_add(&c->blind, from, to);
}

void check_finish(struct check *c, int64_t ts)
{
	struct member *m, *next;

	if (ts > c->now)
		c->now = ts;
	for (struct group *g = c->first_group; g; g = g->next) {
		HASH_ITER(hh, g->members, m, next)
			ck_member_finish(c, m);
		ck_group_finish(c, g);
	}
	for (struct client *k = c->first_client; k; k = k->next) {
		ck_client_finish(c, k);
		fetch_finish(c, k);
		produce_finish(c, k);
	}
	verdicts_settle(c);
	expect_finish(c);
	c->finished = true;
}
