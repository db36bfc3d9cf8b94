/* SPDX-License-Identifier: Apache-2.0 */
#include "refusal.h"

#include <stdlib.h>

#include "digest.h"
#include "member.h"

/* Clients that are turned away at the same time and remembered; the one heard of longest ago gives its place. */
#define KEPT 8

/* Who does not ask for this long has stopped. */
#define STOPPED (60 * NS_PER_S)

struct refusal {
	uint64_t who; /* 0: free */
	int16_t error;
	bool broker;
	uint32_t n;
	int64_t first, last;
	uint64_t frame;
	const char *client_id, *host;
};

struct refusals {
	struct refusal of[KEPT];
};

struct row {
	int16_t error;
	uint8_t cause;
	bool broker; /* of groups whose broker assigns */
	const char *advice;
};

static const struct row rows[] = {
	{ ERR_INCONSISTENT_GROUP_PROTOCOL, 17, false,
	  "it has no assignor, or another protocol type, in common with the group: list old and new assignors in "
	  "partition.assignment.strategy everywhere, then drop the old one; another application needs its own group.id" },
	{ ERR_GROUP_MAX_SIZE_REACHED, 18, false,
	  "the group is full: run fewer members, or raise group.max.size on the brokers" },
	{ ERR_INVALID_SESSION_TIMEOUT, 0, false,
	  "its session.timeout.ms is outside of what the brokers allow: see group.min.session.timeout.ms and "
	  "group.max.session.timeout.ms" },
	{ ERR_INVALID_GROUP_ID, 0, false, "its group.id is empty or not valid: set one" },
	{ ERR_GROUP_AUTHORIZATION_FAILED, 0, false, "it may not use this group: grant READ on the group to its principal" },
	{ ERR_GROUP_MAX_SIZE_REACHED, 18, true,
	  "the group is full: run fewer members, or raise group.consumer.max.size (share groups: group.share.max.size, streams "
	  "groups: group.streams.max.size) on the brokers" },
	{ ERR_INVALID_GROUP_ID, 0, true, "its group.id is empty or not valid: set one" },
	{ ERR_GROUP_AUTHORIZATION_FAILED, 0, true, "it may not use this group: grant READ on the group to its principal" },
	{ ERR_GROUP_ID_NOT_FOUND, 0, true, "a group of another type has this name: the application needs its own group.id" },
};

static const struct row *row_of(int16_t error, bool broker)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error && rows[i].broker == broker)
			return &rows[i];
	return NULL;
}

static uint64_t who_asks(const struct kafka_message *m)
{
	const struct net_endpoint *e = m->conn->client;
	uint64_t h = digest_bytes(DIGEST_START, (struct kf_bytes){ e->addr, sizeof(e->addr) });

	h = digest_bytes(h, m->client_id);
	return h ? h : 1;
}

static void tell(struct group *g, const struct refusal *f, bool ended, int64_t ts)
{
	struct group_event e = { .type = GROUP_EVENT_REFUSED, .ts = ts, .group = g->name };
	const struct row *row = row_of(f->error, f->broker);

	e.refused = (struct group_refused_event){
		.client_id = f->client_id,
		.host = f->host,
		.error = f->error,
		.cause = row->cause,
		.advice = row->advice,
		.times = f->n,
		.first = f->first,
		.last = f->last,
		.ended = ended,
		.frame = f->frame,
	};
	emit(g->owner, &e);
}

static void clear(struct refusal *f)
{
	text_free(f->client_id);
	text_free(f->host);
	*f = (struct refusal){ 0 };
}

/* Once is told already. */
static void close_one(struct group *g, struct refusal *f, int64_t ts)
{
	if (f->n > 1)
		tell(g, f, true, ts);
	clear(f);
}

static void begin(struct group *g, struct refusal *f, uint64_t who, int16_t error, bool broker,
                  const struct kafka_message *m)
{
	char host[NET_ENDPOINT_TEXT];

	if (f->who)
		close_one(g, f, m->ts);
	*f = (struct refusal){
		.who = who, .error = error, .broker = broker, .n = 1, .first = m->ts, .last = m->ts, .frame = m->frame
	};
	f->client_id = text_copy(m->client_id);
	f->host = text_from(net_host_text(m->conn->client, host));
	tell(g, f, false, m->ts);
}

static void count(struct group *g, uint64_t who, int16_t error, bool broker, const struct kafka_message *m)
{
	struct refusal *place = &g->refusals->of[0];

	for (size_t i = 0; i < KEPT; i++) {
		struct refusal *f = &g->refusals->of[i];

		if (f->who == who && f->error == error) {
			f->n++;
			f->last = m->ts;
			return;
		}
		if (place->who && (!f->who || f->last < place->last))
			place = f;
	}
	begin(g, place, who, error, broker, m);
}

void refusal_told(struct group *g, const struct request *r, int16_t error, const struct kafka_message *m)
{
	bool heartbeat = r->kind == REQUEST_EPOCH && (r->asked & ASKED_JOIN);
	bool broker = heartbeat || (g->epochs && row_of(error, true));
	struct seldom *seldom;

	if (!row_of(error, broker) || (r->kind != REQUEST_JOIN && r->kind != REQUEST_SYNC && !heartbeat))
		return;
	if (r->member && r->member->presence == MEMBER_IN && (seldom = member_seldom(r->member))) {
		seldom->turned_away = error;
		seldom->turned_away_frame = m->frame;
	}
	if (!g->refusals && !(g->refusals = calloc(1, sizeof(*g->refusals))))
		return;
	count(g, who_asks(m), error, broker, m);
	wheel_arm(g->owner, g, m->ts + STOPPED);
}

void refusal_admitted(struct group *g, const struct kafka_message *m)
{
	uint64_t who = g->refusals ? who_asks(m) : 0;

	for (size_t i = 0; who && i < KEPT; i++)
		if (g->refusals->of[i].who == who)
			close_one(g, &g->refusals->of[i], m->ts);
}

void refusals_timer(struct group *g)
{
	for (size_t i = 0; g->refusals && i < KEPT; i++) {
		struct refusal *f = &g->refusals->of[i];

		if (!f->who)
			continue;
		if (g->owner->now - f->last >= STOPPED)
			close_one(g, f, g->owner->now);
		else
			wheel_arm(g->owner, g, f->last + STOPPED);
	}
}

void refusals_finish(struct group *g)
{
	for (size_t i = 0; g->refusals && i < KEPT; i++)
		if (g->refusals->of[i].who)
			close_one(g, &g->refusals->of[i], g->owner->now);
}

void refusals_free(struct group *g)
{
	for (size_t i = 0; g->refusals && i < KEPT; i++)
		clear(&g->refusals->of[i]);
	free(g->refusals);
	g->refusals = NULL;
}
