/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/kafka.h>

#include <stdlib.h>
#include <string.h>

#include <regroup/fetch.h>

#include "conn.h"
#include "hold.h"

#define FRAME_BYTES (4u << 20)
#define MEMORY      (64u << 20)

#define API_API_VERSIONS 18

static const char *const kind_names[] = {
	[KAFKA_UNDECIDED] = "undecided",           [KAFKA_PLAIN] = "kafka",   [KAFKA_TLS] = "tls",
	[KAFKA_SASL_ENCRYPTED] = "sasl-encrypted", [KAFKA_NOT] = "not-kafka",
};

const char *kafka_kind_name(enum kafka_kind kind)
{
	return kind_names[kind];
}

static void ask_api(struct kafka *k, int16_t key, enum kf_direction d)
{
	const struct kf_message *m = kf_message(key, d);
	struct api *a = &k->api[key][d];
	enum kafka_want want;

	if (!m)
		return;
	a->records = kf_has_records(m);
	a->flexible = d == KF_REQUEST || key != API_API_VERSIONS ? m->flexible : KF_NEVER;
	want = k->sink.want ? k->sink.want(k->sink.ctx, key, d) : KAFKA_WANT_BODY;
	a->wanted = want != KAFKA_WANT_NOTHING;
	a->start = want == KAFKA_WANT_START;
}

static size_t largest_struct(void)
{
	size_t n, most = 1;
	const struct kf_message *const *m = kf_messages(&n);

	for (size_t i = 0; i < n; i++)
		if (m[i]->body->size > most)
			most = m[i]->body->size;
	return most;
}

struct kafka *kafka_new(const struct kafka_options *options)
{
	struct kafka *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->sink = options->sink;
	k->frame_bytes = options->frame_bytes ? options->frame_bytes : FRAME_BYTES;
	k->pool.limit = options->memory ? options->memory : MEMORY;
	k->decoded = calloc(1, largest_struct());
	k->flat = malloc(WINDOW_BYTES);
	if (!k->decoded || !k->flat) {
		kafka_free(k);
		return NULL;
	}
	for (int16_t key = 0; key < API_KEYS; key++) {
		ask_api(k, key, KF_REQUEST);
		ask_api(k, key, KF_RESPONSE);
	}
	return k;
}

void kafka_free(struct kafka *k)
{
	if (!k)
		return;
	conn_forget_all(k);
	names_done(&k->names);
	blocks_done(&k->pool);
	free(k->decoded);
	free(k->flat);
	free(k);
}

/* What the slot holds while all that is known of a connection is that this direction has ended. */
static const uint8_t ended_only[2];

static bool is_mark(const void *slot)
{
	return slot == &ended_only[0] || slot == &ended_only[1];
}

static struct conn *conn_of(struct kafka *k, struct net_conn *n)
{
	void **slot = net_conn_user(n), *was = *slot;
	struct conn *c = was;

	if (!was || is_mark(was)) {
		c = conn_new(k, n);
		if (!c)
			return NULL;
		if (was)
			c->side[was == &ended_only[1]].fin = 2;
		*slot = c;
	}
	c->net = n;
	return c;
}

/* An end of a connection that never carried a byte: nobody hears of it. */
static void end_of_nothing(struct net_conn *n, unsigned dir, enum net_end why)
{
	void **slot = net_conn_user(n);

	if (*slot || why != NET_FIN)
		*slot = NULL;
	else
		*slot = (void *)(uintptr_t)&ended_only[dir];
}

/* An end is told once nothing of that direction waits any more; after the second one the connection is over.
 */
static void tell_fins(struct kafka *k, struct conn *c, int64_t ts, uint64_t frame)
{
	for (unsigned i = 0; i < 2; i++) {
		unsigned d = i ? !c->client : c->client;

		if (c->side[d].fin != 1 || (c->stream[d].work && c->stream[d].work->first))
			continue;
		stream_close(k, c, d);
		c->side[d].fin = 2;
		if (d == c->client && !c->pub.responses_seen && c->ring)
			head_drop(k, c, c->ring->n); /* one direction: an end of the other would not be seen */
		conn_event(k, c, KAFKA_CONN_FIN, d, ts, frame);
	}
}

static void on_piece(void *ctx, struct net_conn *n, unsigned dir, const struct net_piece *p)
{
	struct kafka *k = ctx;
	struct conn *c = conn_of(k, n);

	if (!c || (c->pub.speaker && k->sink.again && again_piece(k, c, dir, p)))
		return;
	stream_piece(k, c, dir, p);
	if (c->side[0].fin == 1 || c->side[1].fin == 1)
		tell_fins(k, c, p->ts, p->frame);
	if (c->side[0].fin == 2 && c->side[1].fin == 2)
		conn_end(k, c, dir, p->ts, p->frame);
}

static void on_end(void *ctx, struct net_conn *n, unsigned dir, enum net_end why, int64_t ts, uint64_t frame)
{
	struct kafka *k = ctx;
	struct conn *c = *net_conn_user(n);

	if (!c || is_mark(c)) {
		end_of_nothing(n, dir, why);
		return;
	}
	c->net = n;
	if (why == NET_FIN) {
		c->side[dir].fin = c->side[dir].fin ? c->side[dir].fin : 1;
		stream_settle(k, c);
		tell_fins(k, c, ts, frame);
		if (c->side[0].fin == 2 && c->side[1].fin == 2)
			conn_end(k, c, dir, ts, frame);
		return;
	}
	c->closing = 1;
	stream_settle(k, c);
	tell_fins(k, c, ts, frame);
	if (why == NET_RST)
		conn_event(k, c, KAFKA_CONN_RST, dir, ts, frame);
	conn_end(k, c, dir, ts, frame);
}

/* Step 0 brings the connection, step 1 what it points to, step 2 its names; from step 1 on the sink is asked as well. */
static void on_ahead(void *ctx, const void *user, uint32_t len, unsigned step)
{
	const struct kafka *k = ctx;
	const struct conn *c = user;
	enum kafka_coming what;

	if (is_mark(user))
		return;
	if (step == 0) {
		fetch(c, sizeof(*c));
		return;
	}
	if (step == 1) {
		if (c->ring)
			fetch(c->ring, sizeof(struct ring) + sizeof(struct pending));
		for (unsigned d = 0; d < 2; d++)
			if (c->stream[d].work)
				fetch(c->stream[d].work, sizeof(struct work));
	}
	what = step >= 2 && c->pub.speaker ? again_coming(c, len) : KAFKA_COMING_OTHER;
	if (step == 2 && what == KAFKA_COMING_OTHER)
		fetch(c->pub.names, sizeof(*c->pub.names) + 64);
	if (c->pub.speaker && k->sink.ahead)
		k->sink.ahead(k->sink.ctx, c->pub.speaker, what, step - 1);
}

_Static_assert(NET_AHEAD - 1 >= KAFKA_AHEAD, "enough steps for both layers");

struct net_sink kafka_net_sink(struct kafka *k)
{
	return (struct net_sink){ .ctx = k, .piece = on_piece, .end = on_end, .ahead = on_ahead };
}

void kafka_get_stats(const struct kafka *k, struct kafka_stats *out)
{
	*out = k->stats;
	out->memory = k->pool.used + k->pool.cached + k->names.memory + k->conn_memory;
}

void kafka_conn_traffic(const struct kafka_conn *conn, struct kafka_traffic *out)
{
	const struct conn *c = (const struct conn *)conn;
	int64_t a = c->stream[0].last, b = c->stream[1].last;

	out->since = net_conn_since(c->net);
	out->last = a > b ? a : b;
	out->packets = net_conn_packets(c->net);
	out->bytes[0] = net_conn_bytes(c->net, c->client);
	out->bytes[1] = net_conn_bytes(c->net, !c->client);
	out->hole_bytes = c->hole_bytes;
}
