/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include <stdlib.h>
#include <string.h>

#include "intern.h"

/* A message and its usual body take about this much together. */
#define TYPICAL 256u
#define FIRST_PLACES 1024u
#define PAIRS 16384u /* a power of two; requests under way at the same time */
#define TEXT_BYTES ((size_t)8 << 20)

/* A request that waits for its answer. */
struct pair {
	uint64_t conn, number;
	int32_t correlation;
};

struct messages {
	struct message *place; /* number n is in place n % cap */
	uint64_t newest;
	size_t cap, most_places;
	uint8_t *bytes;        /* bodies; offset o of all ever kept is at o % room */
	size_t room;
	uint64_t end;          /* offset behind the newest body */
	uint64_t *of_group;    /* newest of each group */
	size_t n_groups;
	struct pair *pair;
	struct intern *texts;
	uint64_t held_at;      /* 0: not held */
};

struct messages *messages_new(size_t most)
{
	struct messages *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->room = most / 2;
	m->most_places = most / 2 / sizeof(struct message);
	if (m->most_places < FIRST_PLACES)
		m->most_places = FIRST_PLACES;
	m->bytes = malloc(m->room); /* touched, and taken from the system, only as it fills */
	m->pair = calloc(PAIRS, sizeof(*m->pair));
	m->texts = intern_new(TEXT_BYTES);
	if (m->bytes && m->pair && m->texts)
		return m;
	messages_free(m);
	return NULL;
}

void messages_free(struct messages *m)
{
	if (!m)
		return;
	free(m->place);
	free(m->bytes);
	free(m->of_group);
	free(m->pair);
	intern_free(m->texts);
	free(m);
}

/* ---- finding ------------------------------------------------------------------------------------------------- */

const struct message *messages_get(const struct messages *ms, uint64_t number)
{
	if (!number || number > ms->newest || ms->newest - number >= ms->cap)
		return NULL;
	if (ms->held_at && number > ms->held_at)
		return NULL;
	return &ms->place[number % ms->cap];
}

uint64_t messages_newest(const struct messages *ms, uint32_t group)
{
	uint64_t n = group < ms->n_groups ? ms->of_group[group] : 0;

	while (ms->held_at && n > ms->held_at && ms->newest - n < ms->cap)
		n = ms->place[n % ms->cap].older;
	return n;
}

const uint8_t *messages_body(const struct messages *ms, const struct message *m)
{
	if (!m->body_len || ms->end - m->body_at > ms->room)
		return NULL;
	return ms->bytes + m->body_at % ms->room;
}

const char *messages_text(const struct messages *ms, uint32_t id)
{
	return intern_text(ms->texts, id);
}

static struct pair *pair_of(const struct messages *ms, const struct kafka_message *m)
{
	uint64_t h = (m->conn->id * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint32_t)m->correlation_id;

	return &ms->pair[(h ^ h >> 32) & (PAIRS - 1)];
}

const struct message *messages_request(const struct messages *ms, const struct kafka_message *m)
{
	const struct pair *p = pair_of(ms, m);

	if (!p->number || p->conn != m->conn->id || p->correlation != m->correlation_id || ms->newest < p->number ||
	    ms->newest - p->number >= ms->cap)
		return NULL;
	return &ms->place[p->number % ms->cap];
}

/* ---- taking in ----------------------------------------------------------------------------------------------- */

/* Twice as many places; what is there moves to where its number puts it now. */
static bool grow(struct messages *ms)
{
	size_t cap = ms->cap ? ms->cap * 2 : FIRST_PLACES;
	struct message *place;

	if (ms->newest + 1 < ms->cap || (ms->cap && cap > ms->most_places))
		return ms->cap;
	place = calloc(cap, sizeof(*place));
	if (!place)
		return ms->cap;
	for (uint64_t n = ms->newest > ms->cap ? ms->newest - ms->cap + 1 : 1; n <= ms->newest; n++)
		place[n % cap] = ms->place[n % ms->cap];
	free(ms->place);
	ms->place = place;
	ms->cap = cap;
	return true;
}

static bool group_room(struct messages *ms, uint32_t group)
{
	size_t n = ms->n_groups ? ms->n_groups : 64;
	uint64_t *list;

	if (group < ms->n_groups)
		return true;
	while (n <= group)
		n *= 2;
	list = realloc(ms->of_group, n * sizeof(*list));
	if (!list)
		return false;
	memset(list + ms->n_groups, 0, (n - ms->n_groups) * sizeof(*list));
	ms->of_group = list;
	ms->n_groups = n;
	return true;
}

static void put_body(struct messages *ms, const struct kf_body *b, struct message *out)
{
	size_t at = ms->end % ms->room;

	if (!b->ptr || !b->len || b->n_skips || b->len > ms->room / 4)
		return;
	if (b->len > ms->room - at) { /* not in two pieces */
		ms->end += ms->room - at;
		at = 0;
	}
	memcpy(ms->bytes + at, b->ptr, b->len);
	out->body_at = ms->end;
	out->body_len = b->len;
	out->cut = b->cut;
	ms->end += b->len;
}

static uint32_t endpoint(struct messages *ms, const struct net_endpoint *e)
{
	char text[NET_ENDPOINT_TEXT];

	net_endpoint_text(e, text);
	return intern_id(ms->texts, text, strlen(text));
}

static void describe(struct messages *ms, const struct kafka_message *m, const struct digest *d, struct message *out)
{
	out->frame = m->frame;
	out->frame_end = m->frame_end;
	out->conn = m->conn->id;
	out->ts = m->ts;
	out->latency = m->latency;
	out->size = m->size;
	out->correlation = m->correlation_id;
	out->api = m->api_key;
	out->version = m->version;
	out->direction = (uint8_t)m->direction;
	out->status = (uint8_t)m->status;
	out->generation = d->generation;
	out->error = d->error;
	out->news = d->news;
	out->client_id = intern_id(ms->texts, m->client_id.ptr, m->client_id.len);
	out->member = intern_id(ms->texts, d->member.ptr, d->member.len);
	out->client = endpoint(ms, m->conn->client);
	out->server = endpoint(ms, m->conn->server);
}

/* A response and its request know each other; what only the request said holds for both. */
static void join_pair(struct messages *ms, const struct kafka_message *m, struct message *out)
{
	struct pair *p = pair_of(ms, m);
	struct message *request;

	if (m->direction == KF_REQUEST) {
		*p = (struct pair){ .conn = m->conn->id, .number = out->number, .correlation = m->correlation_id };
		return;
	}
	request = (struct message *)messages_request(ms, m);
	if (!request)
		return;
	out->partner = request->number;
	request->partner = out->number;
	if (!out->member)
		out->member = request->member;
	*p = (struct pair){ .number = 0 };
}

void messages_add(struct messages *ms, const struct kafka_message *m, const struct digest *d, uint32_t group)
{
	struct message *out;

	if (!grow(ms) || (group != MESSAGE_NO_GROUP && !group_room(ms, group)))
		return;
	out = &ms->place[++ms->newest % ms->cap];
	*out = (struct message){ .number = ms->newest, .group = group };
	describe(ms, m, d, out);
	put_body(ms, &m->body, out);
	join_pair(ms, m, out);
	if (group == MESSAGE_NO_GROUP)
		return;
	out->older = ms->of_group[group];
	ms->of_group[group] = out->number;
}

void messages_hold(struct messages *ms, bool held)
{
	ms->held_at = held ? ms->newest : 0;
}

size_t messages_bytes(const struct messages *ms)
{
	return ms->cap * sizeof(struct message) + (ms->end < ms->room ? (size_t)ms->end : ms->room);
}

size_t messages_most(const struct messages *ms)
{
	return ms->room + ms->most_places * sizeof(struct message);
}

uint64_t messages_count(const struct messages *ms)
{
	uint64_t newest = ms->held_at ? ms->held_at : ms->newest;

	return newest < ms->cap ? newest : ms->cap;
}
