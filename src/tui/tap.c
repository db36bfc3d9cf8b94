/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include <stdlib.h>

#include "conns.h"
#include "digest.h"

struct tap {
	struct model *model;
	struct digester *digester;
	struct kafka_sink inner;
	uint64_t *speaks; /* a bit per connection, by the low bits of its number */
};

/* That many connections are never open at once. */
#define CONNECTIONS (UINT64_C(1) << 24)

struct tap *tap_new(struct model *m)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->model = m;
	t->digester = digester_new();
	t->speaks = calloc(CONNECTIONS / 64, sizeof(*t->speaks)); /* touched only where it is used */
	if (t->digester && t->speaks)
		return t;
	tap_free(t);
	return NULL;
}

void tap_free(struct tap *t)
{
	if (!t)
		return;
	digester_free(t->digester);
	free(t->speaks);
	free(t);
}

bool tap_speaks(const struct tap *t, uint64_t conn)
{
	return t->speaks[conn % CONNECTIONS / 64] >> conn % 64 & 1;
}

static enum kafka_want on_want(void *ctx, int16_t api, enum kf_direction direction)
{
	const struct tap *t = ctx;

	if (digester_wants(t->digester, api))
		return KAFKA_WANT_BODY;
	return t->inner.want ? t->inner.want(t->inner.ctx, api, direction) : KAFKA_WANT_BODY;
}

/* What a response does not say itself, its request did. */
static uint32_t group_of(struct tap *t, const struct kafka_message *m, const struct digest *d)
{
	const struct message *request;
	struct model_group *g;

	if (d->group.ptr) {
		g = model_get(t->model, d->group.ptr, d->group.len);
		return g ? g->id : MESSAGE_NO_GROUP;
	}
	request = m->direction == KF_RESPONSE ? messages_request(t->model->messages, m) : NULL;
	return request ? request->group : MESSAGE_NO_GROUP;
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct tap *t = ctx;
	struct digest d;
	uint32_t group;

	conns_note(t->model->conns, m->conn, false);
	if (digester_wants(t->digester, m->api_key)) {
		digest_message(t->digester, m, &d);
		group = group_of(t, m, &d);
		if (group != MESSAGE_NO_GROUP) {
			messages_add(t->model->messages, m, &d, group);
			t->speaks[m->conn->id % CONNECTIONS / 64] |= UINT64_C(1) << m->conn->id % 64;
		}
		t->model->version++;
	}
	if (t->inner.message)
		t->inner.message(t->inner.ctx, m);
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api, uint64_t note)
{
	const struct tap *t = ctx;

	if (t->inner.dropped)
		t->inner.dropped(t->inner.ctx, c, api, note);
}

static void on_gap(void *ctx, const struct kafka_gap *g)
{
	const struct tap *t = ctx;

	if (t->inner.gap)
		t->inner.gap(t->inner.ctx, g);
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event, enum kf_direction from,
                          int64_t ts, uint64_t frame)
{
	const struct tap *t = ctx;

	conns_note(t->model->conns, c, event == KAFKA_CONN_ENDED);
	if (t->inner.connection)
		t->inner.connection(t->inner.ctx, c, event, from, ts, frame);
}

static void on_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step)
{
	const struct tap *t = ctx;

	if (t->inner.ahead)
		t->inner.ahead(t->inner.ctx, speaker, what, step);
}

struct kafka_sink tap_sink(struct tap *t, struct kafka_sink inner)
{
	t->inner = inner;
	return (struct kafka_sink){
		.ctx = t,
		.want = on_want,
		.message = on_message,
		.dropped = on_dropped,
		.gap = on_gap,
		.connection = on_connection,
		.ahead = on_ahead,
	};
}
