/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- bytes ---- */

void put_raw(struct bytes *b, const void *p, uint32_t n)
{
	if (n > TALK_BYTES - b->len)
		abort();
	if (n)
		memcpy(b->at + b->len, p, n);
	b->len += n;
}

void put8(struct bytes *b, int v)
{
	uint8_t x = (uint8_t)v;

	put_raw(b, &x, 1);
}

void put16(struct bytes *b, int v)
{
	put8(b, v >> 8);
	put8(b, v);
}

void put32(struct bytes *b, int64_t v)
{
	put16(b, (int)(v >> 16 & 0xffff));
	put16(b, (int)(v & 0xffff));
}

void put64(struct bytes *b, int64_t v)
{
	put32(b, v >> 32 & 0xffffffff);
	put32(b, v & 0xffffffff);
}

void put_text(struct bytes *b, const char *s)
{
	put16(b, s ? (int)strlen(s) : -1);
	put_raw(b, s, s ? (uint32_t)strlen(s) : 0);
}

void put_compact(struct bytes *b, const char *s)
{
	put8(b, s ? (int)strlen(s) + 1 : 0);
	put_raw(b, s, s ? (uint32_t)strlen(s) : 0);
}

void put_batch(struct bytes *b, uint32_t payload)
{
	put64(b, 100);                   /* base offset */
	put32(b, (int64_t)payload + 49); /* length from here on */
	put32(b, 0);                     /* leader epoch */
	put8(b, 2);                      /* magic */
	put32(b, 0);                     /* crc */
	put16(b, 0);                     /* attributes */
	put32(b, 0);                     /* last offset delta */
	put64(b, 0);
	put64(b, 0);  /* time stamps */
	put64(b, -1); /* producer */
	put16(b, -1);
	put32(b, -1);
	put32(b, 1); /* records */
	for (uint32_t i = 0; i < payload; i++)
		put8(b, (int)(i * 7));
}

/* ---- frames ---- */

static void note_frame(struct talk *t, unsigned dir, uint32_t at)
{
	if (t->n == 256)
		abort();
	t->frame[t->n].dir = dir;
	t->frame[t->n].at = at;
	t->frame[t->n++].len = t->dir[dir].len - at;
}

static void put_frame(struct talk *t, unsigned dir, const struct bytes *head, const struct bytes *body)
{
	uint32_t at = t->dir[dir].len;

	put32(&t->dir[dir], (int64_t)head->len + (body ? body->len : 0));
	put_raw(&t->dir[dir], head->at, head->len);
	if (body)
		put_raw(&t->dir[dir], body->at, body->len);
	note_frame(t, dir, at);
}

void talk_request(struct talk *t, int key, int version, int id, const char *client, const struct bytes *body,
		  bool flexible)
{
	static struct bytes head;

	head.len = 0;
	put16(&head, key);
	put16(&head, version);
	put32(&head, id);
	put_text(&head, client);
	if (flexible)
		put8(&head, 0);
	put_frame(t, 0, &head, body);
}

void talk_response(struct talk *t, int id, const struct bytes *body, bool flexible)
{
	static struct bytes head;

	head.len = 0;
	put32(&head, id);
	if (flexible)
		put8(&head, 0);
	put_frame(t, 1, &head, body);
}

void talk_token(struct talk *t, unsigned dir, const void *p, uint32_t n)
{
	uint32_t at = t->dir[dir].len;

	put32(&t->dir[dir], n);
	put_raw(&t->dir[dir], p, n);
	note_frame(t, dir, at);
}

void talk_api_versions(struct talk *t, int id, const char *client)
{
	static struct bytes b;

	b.len = 0;
	put_compact(&b, "test-client");
	put_compact(&b, "1.2.3");
	put8(&b, 0);
	talk_request(t, 18, 3, id, client, &b, true);
	b.len = 0;
	put16(&b, 0);
	put8(&b, 2); /* one API */
	put16(&b, 18);
	put16(&b, 0);
	put16(&b, 4);
	put8(&b, 0);
	put32(&b, 0);
	put8(&b, 0);
	talk_response(t, id, &b, false);
}

void talk_heartbeat(struct talk *t, int id, const char *client, int generation)
{
	static struct bytes b;

	b.len = 0;
	put_text(&b, "billing");
	put32(&b, generation);
	put_text(&b, "member-1");
	talk_request(t, 12, 0, id, client, &b, false);
	b.len = 0;
	put16(&b, generation % 3 ? 0 : 27);
	talk_response(t, id, &b, false);
}

void talk_produce(struct talk *t, int id, const char *client, int acks, uint32_t payload)
{
	static struct bytes b;

	b.len = 0;
	put_text(&b, NULL);
	put16(&b, acks);
	put32(&b, 30000);
	put32(&b, 1);
	put_text(&b, "orders");
	put32(&b, 1);
	put32(&b, 4);
	put32(&b, (int64_t)payload + 61);
	put_batch(&b, payload);
	talk_request(t, 0, 3, id, client, &b, false);
	if (!acks)
		return;
	b.len = 0;
	put32(&b, 1);
	put_text(&b, "orders");
	put32(&b, 1);
	put32(&b, 4);
	put16(&b, 0);
	put64(&b, 77);
	put64(&b, -1);
	put32(&b, 0);
	talk_response(t, id, &b, false);
}

void talk_fetch(struct talk *t, int id, const char *client, uint32_t payload)
{
	static struct bytes b;

	b.len = 0;
	put32(&b, -1);
	put32(&b, 500);
	put32(&b, 1);
	put32(&b, 1 << 20);
	put8(&b, 0);
	put32(&b, 1);
	put_text(&b, "orders");
	put32(&b, 1);
	put32(&b, 4);
	put64(&b, 100);
	put32(&b, 1 << 20);
	talk_request(t, 1, 4, id, client, &b, false);
	b.len = 0;
	put32(&b, 0);
	put32(&b, 1);
	put_text(&b, "orders");
	put32(&b, 1);
	put32(&b, 4);
	put16(&b, 0);
	put64(&b, 200);
	put64(&b, 200);
	put32(&b, -1);
	put32(&b, 2 * ((int64_t)payload + 61));
	put_batch(&b, payload);
	put_batch(&b, payload);
	talk_response(t, id, &b, false);
}

void talk_sample(struct talk *t)
{
	talk_api_versions(t, 1, "c1");
	talk_heartbeat(t, 2, "c1", 5);
	talk_produce(t, 3, "c1", 1, 120);
	talk_produce(t, 4, "c1", 0, 40);
	talk_fetch(t, 5, "c1", 150);
	talk_heartbeat(t, -6, "c1", 6);
	talk_heartbeat(t, 7, "c1", 7);
}

/* ---- what comes out ---- */

/* FNV-1a over the decoded form's source: kept bytes for messages without records, else sizes only. */
static uint32_t body_hash(const struct kafka_message *m)
{
	uint32_t h = 2166136261u;

	if (m->schema && kf_has_records(m->schema))
		return 0;
	for (uint32_t i = 0; i < m->body.len; i++)
		h = (h ^ m->body.ptr[i]) * 16777619u;
	return h;
}

static uint64_t body_size(const struct kafka_message *m)
{
	uint64_t n = m->body.len;

	for (uint32_t i = 0; i < m->body.n_skips; i++)
		n += m->body.skips[i].len;
	return n;
}

/* "-" unless the body is there; "ok" when it decodes to its end. */
static const char *decoded(const struct kafka_message *m)
{
	static const char *const names[] = { "ok", "truncated", "malformed", "unknown version",
					     "unknown api" };
	static uint64_t out[4096];

	if (!m->body.ptr)
		return "-";
	if (m->schema->body->size > sizeof(out))
		abort();
	return names[kf_decode(m->schema, m->version, &m->body, out, NULL)];
}

static void check_note(struct heard *h, const struct kafka_message *m)
{
	if (!m->note)
		return;
	if (m->direction == KF_REQUEST) {
		if (*m->note)
			abort();
		*m->note = 1000 + (uint64_t)(uint32_t)m->correlation_id;
	} else if (*m->note != 1000 + (uint64_t)(uint32_t)m->correlation_id) {
		abort();
	}
	h->next_note++;
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct heard *h = ctx;

	check_note(h, m);
	h->conn = m->conn;
	h->n_dir[m->direction]++;
	h->n_status[m->status]++;
	h->latency = m->latency;
	if (h->n < TALK_LINES)
		snprintf(h->line[h->n++], TALK_LINE,
			 "%s %d v%d/%d #%d %.*s size %u status %d body %lu/%08x%s %s",
			 m->direction == KF_REQUEST ? "request" : "response", m->api_key, m->version,
			 m->asked_version, m->correlation_id, m->client_id.ptr ? (int)m->client_id.len : 4,
			 m->client_id.ptr ? (const char *)m->client_id.ptr : "null", m->size, m->status,
			 (unsigned long)body_size(m), body_hash(m), m->body.cut ? " cut" : "", decoded(m));
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	struct heard *h = ctx;

	(void)c;
	(void)api_key;
	if (note < 1000)
		abort();
	h->dropped++;
}

static void on_gap(void *ctx, const struct kafka_gap *g)
{
	struct heard *h = ctx;

	if (g->from > g->to)
		abort();
	h->gaps++;
	h->bulk_gaps += g->bulk_only;
}

static void copy_text(char out[64], const struct kf_bytes *b)
{
	snprintf(out, 64, "%.*s", (int)b->len, b->ptr ? (const char *)b->ptr : "");
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event,
			  enum kf_direction from, int64_t ts, uint64_t frame)
{
	struct heard *h = ctx;

	(void)from;
	(void)ts;
	(void)frame;
	if (h->ended)
		abort();
	h->kinds += event == KAFKA_CONN_KIND;
	h->fins += event == KAFKA_CONN_FIN;
	h->rsts += event == KAFKA_CONN_RST;
	h->ended += event == KAFKA_CONN_ENDED;
	if (event == KAFKA_CONN_ENDED)
		h->conn = NULL;
	h->kind = (enum kafka_kind)c->kind;
	h->client = *c->client;
	h->inter_broker = c->inter_broker;
	copy_text(h->software, &c->names->software_name);
	copy_text(h->mechanism, &c->names->sasl_mechanism);
}

static enum kafka_want on_want(void *ctx, int16_t api_key, enum kf_direction d)
{
	(void)api_key;
	(void)d;
	return ((struct heard *)ctx)->want;
}

/* ---- feeding ---- */

void ear_open_with(struct ear *e, bool from_start, size_t frame_bytes, size_t memory, enum kafka_want want)
{
	struct kafka_options o = {
		.sink = { .ctx = &e->heard,
			  .want = on_want,
			  .message = on_message,
			  .dropped = on_dropped,
			  .gap = on_gap,
			  .connection = on_connection },
		.frame_bytes = frame_bytes,
		.memory = memory,
	};

	memset(e, 0, sizeof(*e));
	e->heard.want = want;
	e->k = kafka_new(&o);
	if (!e->k)
		abort();
	e->in = kafka_net_sink(e->k);
	fake_conn(&e->net, 1, from_start);
}

void ear_open(struct ear *e, bool from_start)
{
	ear_open_with(e, from_start, 0, 0, KAFKA_WANT_BODY);
}

static void feed(struct ear *e, unsigned dir, struct net_piece *p)
{
	p->frame = ++e->frame;
	p->ts = (int64_t)e->frame * 1000000;
	e->net.bytes[dir] += p->len;
	e->net.packets++;
	e->in.piece(e->in.ctx, &e->net, dir, p);
}

void ear_data_at(struct ear *e, unsigned dir, const void *p, uint64_t n, bool segment_start)
{
	/* a copy of its own, so that reading past it is seen */
	uint8_t *copy = malloc(n);

	if (!copy)
		abort();
	memcpy(copy, p, n);
	feed(e, dir,
	     &(struct net_piece){ .data = copy, .len = n, .kind = NET_DATA, .segment_start = segment_start });
	free(copy);
}

void ear_data(struct ear *e, unsigned dir, const void *p, uint64_t n)
{
	ear_data_at(e, dir, p, n, true);
}

void ear_hole(struct ear *e, unsigned dir, uint64_t n)
{
	feed(e, dir, &(struct net_piece){ .len = n, .kind = NET_HOLE });
}

void ear_end(struct ear *e, unsigned dir, enum net_end why)
{
	e->frame++;
	e->in.end(e->in.ctx, &e->net, dir, why, (int64_t)e->frame * 1000000, e->frame);
}

void ear_close(struct ear *e)
{
	if (e->net.user)
		ear_end(e, 0, NET_STOP);
	kafka_free(e->k);
	e->k = NULL;
}

void ear_talk(struct ear *e, const struct talk *t)
{
	for (int i = 0; i < t->n; i++)
		ear_data(e, t->frame[i].dir, t->dir[t->frame[i].dir].at + t->frame[i].at, t->frame[i].len);
}

void ear_both(struct ear *e, const struct talk *t)
{
	for (unsigned d = 0; d < 2; d++)
		if (t->dir[d].len)
			ear_data(e, d, t->dir[d].at, t->dir[d].len);
}

bool heard_has(const struct heard *h, const char *line)
{
	for (int i = 0; i < h->n; i++)
		if (!strcmp(h->line[i], line))
			return true;
	return false;
}

/* The next line of a direction from *i on, NULL at the end. */
static const char *next_of(const struct heard *h, const char *direction, int *i)
{
	while (*i < h->n) {
		const char *line = h->line[(*i)++];

		if (!strncmp(line, direction, strlen(direction)))
			return line;
	}
	return NULL;
}

static bool same_direction(const struct heard *a, const struct heard *b, const char *direction)
{
	int i = 0, j = 0;

	for (;;) {
		const char *x = next_of(a, direction, &i), *y = next_of(b, direction, &j);

		if (!x || !y)
			return x == y;
		if (strcmp(x, y))
			return false;
	}
}

bool heard_same(const struct heard *a, const struct heard *b)
{
	return same_direction(a, b, "request") && same_direction(a, b, "response");
}
