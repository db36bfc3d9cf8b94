/* SPDX-License-Identifier: Apache-2.0 */
#include "conn.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/pages.h>

#include "hold.h"

/* A connection that carried less is not worth a word. */
#define ONE_SIDED_BYTES 64

/* Connections in a chunk: few in the first, as many as fill a large page in the others. */
#define FIRST_CHUNK 64u
#define CHUNK       ((uint32_t)((PAGES_LARGE - sizeof(struct conn_chunk)) / sizeof(struct conn)))

struct conn_chunk {
	struct conn_chunk *next;
	uint32_t n, used; /* used: ever taken */
	_Alignas(64) struct conn conn[];
};

_Static_assert(sizeof(struct conn) <= 128, "two cache lines");

static bool add_chunk(struct kafka *k)
{
	uint32_t n = k->chunks ? CHUNK : FIRST_CHUNK;
	size_t size = sizeof(struct conn_chunk) + n * sizeof(struct conn);
	struct conn_chunk *chunk = k->chunks ? pages_get(size) : aligned_alloc(64, size);

	if (!chunk)
		return false;
	*chunk = (struct conn_chunk){ .next = k->chunks, .n = n };
	k->chunks = chunk;
	return true;
}

static struct conn *take(struct kafka *k)
{
	struct conn *c = k->free_conns;

	if (c) {
		k->free_conns = c->pub.user;
		return c;
	}
	if ((!k->chunks || k->chunks->used == k->chunks->n) && !add_chunk(k))
		return NULL;
	k->conn_memory += sizeof(*c);
	return &k->chunks->conn[k->chunks->used++];
}

struct conn *conn_new(struct kafka *k, struct net_conn *net)
{
	struct conn *c = take(k);

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->net = net;
	c->pub.id = net_conn_id(net);
	c->pub.client = net_conn_endpoint(net, 0);
	c->pub.server = net_conn_endpoint(net, 1);
	c->pub.from_start = net_conn_from_start(net);
	c->pub.names = &names_none;
	c->side[0].fresh = c->side[1].fresh = c->pub.from_start;
	c->stream[0].last = c->stream[1].last = net_conn_since(net);
	k->stats.connections++;
	return c;
}

/* Gives back all it holds; says nothing. */
static void conn_empty(struct kafka *k, struct conn *c)
{
	struct pending e;

	for (unsigned d = 0; d < 2; d++) {
		if (!c->stream[d].work)
			continue;
		hold_clear(k, c->stream[d].work);
		work_drop_frame(k, c->stream[d].work);
		work_put(k, c, d);
	}
	while (pair_take(&k->pool, &c->ring, &e))
		pending_release(k, &e);
	names_release(&k->names, c->pub.names);
	c->pub.names = &names_none;
}

/* What a capture of one direction leaves behind. */
static void count_one_sided(struct kafka *k, const struct conn *c)
{
	uint64_t there = net_conn_bytes(c->net, c->client), back = net_conn_bytes(c->net, !c->client);

	if (c->pub.kind == KAFKA_PLAIN && c->pub.messages > 1 && !back)
		k->stats.requests_only++;
	else if (c->pub.kind == KAFKA_UNDECIDED && there + back >= ONE_SIDED_BYTES && (!there || !back))
		k->stats.one_sided++;
}

void conn_end(struct kafka *k, struct conn *c, unsigned d, int64_t ts, uint64_t frame)
{
	c->closing = 1;
	stream_settle(k, c);
	stream_close(k, c, c->client);
	stream_close(k, c, !c->client);
	head_drop(k, c, PAIR_MOST);
	count_one_sided(k, c);
	conn_event(k, c, KAFKA_CONN_ENDED, d, ts, frame);
	*net_conn_user(c->net) = NULL;
	conn_empty(k, c);
	c->net = NULL;
	c->pub.user = k->free_conns;
	k->free_conns = c;
}

void conn_forget_all(struct kafka *k)
{
	while (k->chunks) {
		struct conn_chunk *chunk = k->chunks;

		for (uint32_t i = 0; i < chunk->used; i++)
			if (chunk->conn[i].net)
				conn_empty(k, &chunk->conn[i]);
		k->chunks = chunk->next;
		free(chunk);
	}
	k->free_conns = NULL;
}

void conn_event(struct kafka *k, struct conn *c, enum kafka_conn_event e, unsigned d, int64_t ts,
		uint64_t frame)
{
	if (k->sink.connection)
		k->sink.connection(k->sink.ctx, &c->pub, e, direction_of(c, d), ts, frame);
}

static void turn_round(struct conn *c)
{
	bool seen = c->pub.requests_seen;
	const struct net_endpoint *client = c->pub.client;

	c->client = !c->client;
	c->pub.client = c->pub.server;
	c->pub.server = client;
	c->pub.requests_seen = c->pub.responses_seen;
	c->pub.responses_seen = seen;
}

void conn_decide(struct kafka *k, struct conn *c, enum kafka_kind kind, unsigned client, const struct run *at)
{
	unsigned server = !client;

	if (client != c->client)
		turn_round(c);
	c->pub.kind = (uint8_t)kind;
	if (kind == KAFKA_PLAIN) {
		c->side[client].mode = MODE_SYNC;
		c->side[server].mode = c->side[server].fresh ? MODE_SYNC : MODE_RESYNC;
	} else {
		c->side[0].mode = c->side[1].mode = MODE_DEAF;
		k->stats.opaque_connections++;
		head_drop(k, c, PAIR_MOST);
	}
	conn_event(k, c, KAFKA_CONN_KIND, client, at->ts, at->frame);
}

static void take_over(struct kf_bytes *mine, const struct kf_bytes *told, bool *changed)
{
	if (!told || names_equal(mine, told))
		return;
	*mine = *told;
	*changed = true;
}

void conn_tell(struct kafka *k, struct conn *c, const struct kf_bytes *client_id,
	       const struct kf_bytes *software, const struct kf_bytes *software_version,
	       const struct kf_bytes *mechanism)
{
	struct kafka_names want = *c->pub.names;
	bool changed = false;
	const struct kafka_names *n;

	take_over(&want.client_id, client_id, &changed);
	take_over(&want.software_name, software, &changed);
	take_over(&want.software_version, software_version, &changed);
	take_over(&want.sasl_mechanism, mechanism, &changed);
	if (!changed)
		return;
	n = names_get(&k->names, &want);
	for (uint32_t i = 0; c->ring && i < c->ring->n; i++)
		pending_own(pair_at(c->ring, i));
	names_release(&k->names, c->pub.names);
	c->pub.names = n;
	if (c->pub.speaker)
		*c->pub.speaker = (struct kafka_speaker){ .known = { 0 } };
}

struct work *work_get(struct kafka *k, struct conn *c, unsigned d)
{
	struct work *w = c->stream[d].work;

	if (w)
		return w;
	w = blocks_get(&k->pool, sizeof(*w), NULL);
	if (w)
		*w = (struct work){ .names = &names_none, .request = { .names = &names_none } };
	c->stream[d].work = w;
	return w;
}

void work_put(struct kafka *k, struct conn *c, unsigned d)
{
	struct work *w = c->stream[d].work;

	if (!w || w->first || w->stage != STAGE_NONE)
		return;
	blocks_put(&k->pool, w, sizeof(*w));
	c->stream[d].work = NULL;
}

void work_drop_frame(struct kafka *k, struct work *w)
{
	buffer_done(&k->pool, &w->bytes);
	buffer_done(&k->pool, &w->skips);
	names_release(&k->names, w->names);
	if (w->paired)
		names_release(&k->names, w->request.names);
	w->names = &names_none;
	w->stage = STAGE_NONE;
	w->n_prefix = 0;
	w->cut = w->known = w->token = w->paired = false;
	w->size = w->got = 0;
	w->serial = 0;
	w->skip_left = 0;
}
