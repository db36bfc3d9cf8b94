/* SPDX-License-Identifier: Apache-2.0 */
#include "save_groups.h"

#include <stdlib.h>
#include <string.h>

/* Packets of a connection that are kept until it is known what it speaks; bulk is beyond that soon. */
#define EARLY 64u

/* How long packets wait at most: in number, bytes and capture time. */
#define PLACES 8192u
#define BYTES  ((size_t)4 << 20)
#define WAIT   (INT64_C(2) * 1000000000)

/* Connections are told apart by the low bits of their numbers: that many are never open at once. */
#define CONNECTIONS (UINT64_C(1) << 26)

struct place {
	struct cap_packet packet; /* data in `bytes` */
	uint64_t conn; /* 0: to be saved in any case */
	size_t size;   /* of `bytes`, with what was left out at the end */
};

struct save_groups {
	save_groups_write *write;
	void *ctx;
	struct kafka_sink inner;
	uint64_t *speaks; /* a bit per connection */
	uint64_t newest;  /* connection of which a bit was asked for */
	struct place *place;
	uint64_t first, last; /* places are taken from `first` up to `last`, modulo PLACES */
	uint8_t *bytes;
	size_t at, used; /* in `bytes`: the next free one; how many are taken */
};

struct save_groups *save_groups_new(save_groups_write *write, void *ctx)
{
	struct save_groups *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->write = write;
	g->ctx = ctx;
	g->speaks = calloc(CONNECTIONS / 64, sizeof(*g->speaks));
	g->place = malloc(PLACES * sizeof(*g->place));
	g->bytes = malloc(BYTES);
	if (g->speaks && g->place && g->bytes)
		return g;
	save_groups_free(g);
	return NULL;
}

void save_groups_free(struct save_groups *g)
{
	if (!g)
		return;
	free(g->speaks);
	free(g->place);
	free(g->bytes);
	free(g);
}

/* ---- which connections --------------------------------------------------------------------------------- */

static uint64_t *word_of(const struct save_groups *g, uint64_t conn)
{
	return &g->speaks[conn % CONNECTIONS / 64];
}

/* Connections are new in the order of their numbers: what earlier ones left of these bits goes. */
static void meet(struct save_groups *g, uint64_t conn)
{
	while (g->newest < conn) {
		g->newest++;
		*word_of(g, g->newest) &= ~(UINT64_C(1) << g->newest % 64);
	}
}

static bool speaks(struct save_groups *g, uint64_t conn)
{
	meet(g, conn);
	return *word_of(g, conn) >> conn % 64 & 1;
}

static void set_speaks(struct save_groups *g, uint64_t conn)
{
	meet(g, conn);
	*word_of(g, conn) |= UINT64_C(1) << conn % 64;
}

/* FindCoordinator is not among them: clients send it to any broker, on the connection of their Fetch requests, too. */
static bool of_groups(int16_t api_key)
{
	switch (api_key) {
	case 8: /* OffsetCommit */
	case 9: /* OffsetFetch */
	case 11: /* JoinGroup, Heartbeat, LeaveGroup, SyncGroup, DescribeGroups, ListGroups */
	case 12:
	case 13:
	case 14:
	case 15:
	case 16:
	case 28: /* TxnOffsetCommit */
	case 42: /* DeleteGroups */
	case 47: /* OffsetDelete */
	case 68: /* ConsumerGroupHeartbeat, ConsumerGroupDescribe */
	case 69:
	case 76: /* ShareGroupHeartbeat, ShareGroupDescribe */
	case 77:
	case 88: /* StreamsGroupHeartbeat, StreamsGroupDescribe */
	case 89:
		return true;
	default:
		return false;
	}
}

static enum kafka_want on_want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	const struct save_groups *g = ctx;

	return g->inner.want ? g->inner.want(g->inner.ctx, api_key, direction) : KAFKA_WANT_BODY;
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct save_groups *g = ctx;

	if (of_groups(m->api_key))
		set_speaks(g, m->conn->id);
	if (g->inner.message)
		g->inner.message(g->inner.ctx, m);
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	const struct save_groups *g = ctx;

	if (g->inner.dropped)
		g->inner.dropped(g->inner.ctx, c, api_key, note);
}

static void on_gap(void *ctx, const struct kafka_gap *gap)
{
	const struct save_groups *g = ctx;

	if (g->inner.gap)
		g->inner.gap(g->inner.ctx, gap);
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event, enum kf_direction from,
			  int64_t ts, uint64_t frame)
{
	const struct save_groups *g = ctx;

	if (g->inner.connection)
		g->inner.connection(g->inner.ctx, c, event, from, ts, frame);
}

static void on_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step)
{
	const struct save_groups *g = ctx;

	if (g->inner.ahead)
		g->inner.ahead(g->inner.ctx, speaker, what, step);
}

struct kafka_sink save_groups_sink(struct save_groups *g, struct kafka_sink inner)
{
	g->inner = inner;
	return (struct kafka_sink){
		.ctx = g,
		.want = on_want,
		.message = on_message,
		.dropped = on_dropped,
		.gap = on_gap,
		.connection = on_connection,
		.ahead = on_ahead,
	};
}

/* ---- what waits ---------------------------------------------------------------------------------------- */

static int decide_first(struct save_groups *g)
{
	const struct place *p = &g->place[g->first++ % PLACES];

	g->used -= p->size;
	return !p->conn || speaks(g, p->conn) ? g->write(g->ctx, &p->packet) : 0;
}

int save_groups_flush(struct save_groups *g)
{
	while (g->first != g->last)
		if (decide_first(g) != 0)
			return -1;
	return 0;
}

/* What `size` bytes in one piece take: the end of the buffer may be too short for them. */
static size_t taken_by(const struct save_groups *g, size_t size)
{
	return size <= BYTES - g->at ? size : BYTES - g->at + size;
}

static bool has_room(const struct save_groups *g, size_t size, int64_t now)
{
	if (g->first == g->last)
		return true;
	return g->last - g->first < PLACES && g->used + taken_by(g, size) <= BYTES &&
	       now - g->place[g->first % PLACES].packet.ts < WAIT;
}

static void put(struct save_groups *g, const struct cap_packet *p, uint64_t conn)
{
	struct place *q = &g->place[g->last++ % PLACES];

	if (g->used == 0)
		g->at = 0;
	*q = (struct place){ .packet = *p, .conn = conn, .size = taken_by(g, p->caplen) };
	if (p->caplen > BYTES - g->at)
		g->at = 0;
	q->packet.data = memcpy(g->bytes + g->at, p->data, p->caplen);
	g->at += p->caplen;
	g->used += q->size;
}

int save_groups_add(struct save_groups *g, const struct cap_packet *p, const struct net_seen *seen)
{
	if (!seen->fragment && (!seen->conn || (seen->nth > EARLY && !speaks(g, seen->conn))))
		return 0;
	if (p->caplen > BYTES / 4) /* waits for nobody */
		return save_groups_flush(g) == 0 ? g->write(g->ctx, p) : -1;
	while (!has_room(g, p->caplen, p->ts))
		if (decide_first(g) != 0)
			return -1;
	put(g, p, seen->conn);
	return 0;
}
