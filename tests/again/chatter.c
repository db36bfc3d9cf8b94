/* SPDX-License-Identifier: Apache-2.0 */
#include "chatter.h"

#include <stdio.h>
#include <string.h>

#include "commits.h"
#include "talk.h"

#define MS INT64_C(1000000)

enum { METADATA = 3, COMMIT = 8, JOIN = 11, HEARTBEAT = 12, LEAVE = 13, SYNC = 14, VERSIONS = 18 };

static const char *const members[] = { "a-1", "a-2", "b-1", "b-2", "b-3" };
static const char *const client_ids[] = { "app", "app-2" };

static const int commit_versions[] = { 1, 2, 6, 7, 8, 9, 10 };

static const char *group_of(int member)
{
	return member < 2 ? "alpha" : "beta";
}

unsigned chatter_draw(struct chatter *c, unsigned n)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return (unsigned)(c->state >> 33) % n;
}

bool chatter_one_in(struct chatter *c, unsigned n)
{
	return chatter_draw(c, n) == 0;
}

/* ---- pieces ---- */

static void piece(struct chatter *c, struct line *l, unsigned dir, const uint8_t *data, uint64_t len)
{
	struct net_piece p = {
		.data = data,
		.len = len,
		.ts = c->now,
		.frame = ++c->frame,
		.kind = data ? NET_DATA : NET_HOLE,
		.segment_start = data != NULL,
	};

	if (len)
		c->to.piece(c->to.ctx, &l->net, dir, &p);
}

/* Mostly whole, sometimes in two, sometimes lost in part or altogether. */
static void say(struct chatter *c, struct line *l, unsigned dir, const struct bytes *b)
{
	uint32_t at = b->len;

	if (chatter_one_in(c, 15))
		at = chatter_draw(c, b->len);
	piece(c, l, dir, b->at, at);
	if (at < b->len && chatter_one_in(c, 4))
		piece(c, l, dir, NULL, b->len - at);
	else
		piece(c, l, dir, b->at + at, b->len - at);
}

static void line_open(struct chatter *c, struct line *l)
{
	unsigned at = (unsigned)(l - c->line);

	memset(l, 0, sizeof(*l));
	fake_conn(&l->net, ++c->conns, !chatter_one_in(c, 4));
	l->net.end[0].port = (uint16_t)(40000 + c->conns);
	l->net.end[1].addr[3] = chatter_one_in(c, 5) ? 3 : 2;
	l->net.since = c->now;
	l->member = (int)at % 5;
	l->version = (int)chatter_draw(c, 5);
	l->open = true;
	if (l->version == 2)
		l->version = 0;
	l->commits = commit_versions[chatter_draw(c, 7)];
	l->plan = plan_draw(c);
}

static void line_end(struct chatter *c, struct line *l)
{
	if (chatter_one_in(c, 2)) {
		c->to.end(c->to.ctx, &l->net, 0, NET_FIN, c->now, ++c->frame);
		c->to.end(c->to.ctx, &l->net, 1, NET_FIN, c->now, ++c->frame);
	} else {
		c->to.end(c->to.ctx, &l->net, 0, NET_RST, c->now, ++c->frame);
	}
	l->open = false;
}

/* ---- requests ---- */

static void member_of(struct bytes *b, int version, const char *member)
{
	if (version >= 4)
		put_compact(b, member);
	else
		put_text(b, member);
}

static void put_heartbeat(struct chatter *c, struct bytes *b, const struct line *l, int version)
{
	int member = chatter_one_in(c, 20) ? (int)chatter_draw(c, 5) : l->member;

	member_of(b, version, group_of(member));
	put32(b, chatter_one_in(c, 15) ? (int)chatter_draw(c, 4) - 1 : l->generation);
	member_of(b, version, members[member]);
	if (version >= 3)
		member_of(b, version, chatter_one_in(c, 20) ? "static" : NULL);
	if (version >= 4)
		put8(b, 0);
}

static void put_join(struct bytes *b, const struct line *l, bool fresh)
{
	put_text(b, group_of(l->member));
	put32(b, 10000);
	put32(b, 60000);
	put_text(b, fresh ? "" : members[l->member]);
	put_text(b, "consumer");
	put32(b, 1);
	put_text(b, "range");
	put32(b, 0);
}

static void put_commit(struct chatter *c, struct bytes *b, const struct line *l, const struct asked *a)
{
	int flexible = a->version >= 8 ? 4 : 0; /* as a heartbeat of that version */

	member_of(b, flexible, group_of(l->member));
	put32(b, chatter_one_in(c, 15) ? (int)chatter_draw(c, 4) - 1 : l->generation);
	member_of(b, flexible, members[chatter_one_in(c, 20) ? (int)chatter_draw(c, 5) : l->member]);
	if (a->version >= 7)
		member_of(b, flexible, NULL);
	if (a->version >= 2 && a->version <= 4)
		put64(b, -1);
	put_commit_topics(c, b, &a->plan, a->version);
}

static void put_body(struct chatter *c, struct bytes *b, const struct line *l, const struct asked *a)
{
	switch (a->key) {
	case HEARTBEAT:
		put_heartbeat(c, b, l, a->version);
		break;
	case JOIN:
		put_join(b, l, chatter_one_in(c, 3));
		break;
	case VERSIONS:
		put_compact(b, chatter_one_in(c, 2) ? "apache-kafka-java" : "other");
		put_compact(b, "3.9.0");
		put8(b, 0);
		break;
	case COMMIT:
		put_commit(c, b, l, a);
		break;
	case METADATA:
		put_metadata(b);
		break;
	default: /* SyncGroup and LeaveGroup begin alike */
		put_text(b, group_of(l->member));
		if (a->key != LEAVE)
			put32(b, l->generation);
		put_text(b, members[l->member]);
		if (a->key != LEAVE)
			put32(b, 0);
	}
}

static struct asked wish(struct chatter *c, struct line *l)
{
	static const struct asked others[] = {
		{ .key = JOIN, .version = 2 },  { .key = SYNC, .version = 0 },     { .key = METADATA, .version = 12 },
		{ .key = LEAVE, .version = 0 }, { .key = VERSIONS, .version = 3 },
	};

	if (chatter_one_in(c, 3)) {
		if (chatter_one_in(c, 10))
			l->plan = plan_draw(c);
		else if (chatter_one_in(c, 6))
			l->plan.first = (uint8_t)chatter_draw(c, 4);
		return (struct asked){ .key = COMMIT, .version = l->commits, .plan = l->plan };
	}
	if (!chatter_one_in(c, 6))
		return (struct asked){ .key = HEARTBEAT, .version = l->version };
	return others[chatter_one_in(c, 8) ? chatter_draw(c, 5) : chatter_draw(c, 3)];
}

static bool is_flexible(const struct asked *a)
{
	return a->version >= (a->key == COMMIT ? 8 : a->key == HEARTBEAT ? 4 : 3);
}

static void ask(struct chatter *c, struct line *l)
{
	static struct bytes head, b;
	struct asked a = wish(c, l);
	struct line *echo = &c->line[chatter_draw(c, CHATTER_CONNS)];

	if (l->n_asked == 8)
		return;
	a.id = ++l->id;
	head.len = b.len = 0;
	put_body(c, &b, l, &a);
	put16(&head, a.key);
	put16(&head, a.version);
	put32(&head, a.id);
	put_text(&head, client_ids[chatter_one_in(c, 25) ? !l->client_id : l->client_id]);
	if (is_flexible(&a))
		put8(&head, 0);
	put_raw(&head, b.at, b.len);
	b.len = 0;
	put32(&b, head.len);
	put_raw(&b, head.at, head.len);
	l->asked[l->n_asked++] = a;
	say(c, l, 0, &b);
	if (chatter_one_in(c, 30) && echo->open && echo->n_asked < 8) {
		echo->asked[echo->n_asked++] = a;
		say(c, echo, 0, &b);
	}
}

/* ---- answers ---- */

static int error_of(struct chatter *c)
{
	static const int errors[] = { 27, 25, 22, 16, 15, 14, 82, 1 };

	return chatter_one_in(c, 8) ? errors[chatter_draw(c, 8)] : 0;
}

static void put_joined(struct chatter *c, struct bytes *b, struct line *l)
{
	int error = error_of(c);

	l->generation += !error;
	put32(b, 0);
	put16(b, error);
	put32(b, error ? -1 : l->generation);
	put_text(b, "range");
	put_text(b, members[l->member]);
	put_text(b, members[l->member]);
	put32(b, 1);
	put_text(b, members[l->member]);
	put32(b, 0);
}

static void put_answer(struct chatter *c, struct bytes *b, struct line *l, const struct asked *a)
{
	switch (a->key) {
	case HEARTBEAT:
		if (a->version >= 1)
			put32(b, chatter_one_in(c, 9) ? 100 : 0);
		put16(b, error_of(c));
		if (a->version >= 4)
			put8(b, 0);
		break;
	case JOIN:
		put_joined(c, b, l);
		break;
	case SYNC:
		put16(b, error_of(c));
		put32(b, 0);
		break;
	case COMMIT:
		put_commit_answer(c, b, &a->plan, a->version);
		break;
	case METADATA:
		put_metadata_answer(c, b);
		break;
	default:
		put16(b, error_of(c));
		if (a->key == VERSIONS) {
			put8(b, 1);
			put32(b, 0);
			put8(b, 0);
		}
	}
}

/* Mostly to the oldest request; sometimes that one gets none, or too short a one. */
static void reply(struct chatter *c, struct line *l)
{
	static struct bytes b, body;
	int i = l->n_asked > 1 && chatter_one_in(c, 30);
	struct asked a;

	if (!l->n_asked)
		return;
	a = l->asked[i];
	body.len = b.len = 0;
	put32(&body, chatter_one_in(c, 60) ? -5 : a.id);
	if (is_flexible(&a) && a.key != VERSIONS)
		put8(&body, 0);
	put_answer(c, &body, l, &a);
	if (chatter_one_in(c, 40))
		body.len -= body.len > 6;
	put32(&b, body.len);
	put_raw(&b, body.at, body.len);
	l->n_asked -= i + 1;
	memmove(l->asked, l->asked + i + 1, (size_t)l->n_asked * sizeof(l->asked[0]));
	say(c, l, 1, &b);
}

/* ---- the whole ---- */

void chatter_init(struct chatter *c, struct net_sink to, uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	c->to = to;
	c->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	c->now = INT64_C(1700000000) * 1000 * MS;
	for (int i = 0; i < CHATTER_CONNS; i++)
		line_open(c, &c->line[i]);
}

static void pass_time(struct chatter *c)
{
	static const int64_t steps[] = { 1, 1, 3, 30, 300, 3000 };

	c->now += steps[chatter_draw(c, 6)] * MS;
	if (chatter_one_in(c, 200))
		c->now += 70000 * MS;
	if (chatter_one_in(c, 20))
		c->now -= MS;
}

void chatter_step(struct chatter *c)
{
	struct line *l = &c->line[chatter_draw(c, CHATTER_CONNS)];

	pass_time(c);
	if (!l->open)
		line_open(c, l);
	else if (chatter_one_in(c, 150))
		line_end(c, l);
	else if (l->n_asked > (int)chatter_draw(c, 3))
		reply(c, l);
	else
		ask(c, l);
}

void chatter_end(struct chatter *c)
{
	for (int i = 0; i < CHATTER_CONNS; i++)
		if (c->line[i].open)
			c->to.end(c->to.ctx, &c->line[i].net, 0, NET_STOP, c->now, c->frame);
}
