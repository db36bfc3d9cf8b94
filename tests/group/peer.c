/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"
#include "peer_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put(struct out *o, const void *p, size_t n)
{
	assert_true(o->len + n <= sizeof(o->byte));
	memcpy(o->byte + o->len, p, n);
	o->len += (uint32_t)n;
}

void put_int(struct out *o, int64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		put(o, &(uint8_t){ (uint8_t)((uint64_t)v >> (8 * i)) }, 1);
}

void put_uvarint(struct out *o, uint32_t v)
{
	for (; v > 127; v >>= 7)
		put(o, &(uint8_t){ (uint8_t)(v | 128) }, 1);
	put(o, &(uint8_t){ (uint8_t)v }, 1);
}

void put_bytes(struct out *o, const void *p, size_t n)
{
	put_uvarint(o, (uint32_t)n + 1);
	put(o, p, n);
}

void put_text(struct out *o, const char *s)
{
	if (s)
		put_bytes(o, s, strlen(s));
	else
		put_uvarint(o, 0);
}

void put_classic(struct out *o, const char *s)
{
	put_int(o, (int64_t)strlen(s), 2);
	put(o, s, strlen(s));
}

void put_end(struct out *o)
{
	put_uvarint(o, 0); /* tagged fields */
}

static int64_t ms_of(int64_t ns)
{
	return ns < 0 ? -1 : ns / 1000000;
}

static void note_downtime(struct said *s, const struct group_rebalance *r)
{
	const struct group_move *list = r->n_moved ? r->moved : r->granted;
	size_t n = r->n_moved ? r->n_moved : r->n_granted;

	for (size_t i = 0; i < r->n_members && i < 4; i++) {
		s->down[i] = ms_of(r->members[i].downtime);
		s->down_at_least[i] = r->members[i].downtime_at_least;
	}
	for (size_t i = 0; i < n && i < 6; i++) {
		s->moved_down[i] = ms_of(list[i].downtime);
		s->moved_at_least[i] = list[i].downtime_at_least;
	}
	s->node = r->coordinator_node;
	s->offsets_partition = r->coordinator_partition;
}

static void note_rebalance(struct said *s, const struct group_rebalance *r)
{
	s->previous = r->previous;
	s->generation = r->generation;
	s->followup_of = r->followup_of;
	s->outcome = r->outcome;
	s->mode = r->mode;
	s->cause = r->cause.id;
	s->confidence = r->cause.confidence;
	s->n_also = r->n_also < 4 ? r->n_also : 4;
	for (size_t i = 0; i < s->n_also; i++)
		s->also[i] = r->also[i].id;
	s->n_members = r->n_members;
	s->n_moved = r->n_moved;
	s->n_unassigned = r->n_unassigned;
	s->n_granted = r->n_granted;
	s->n_missing = r->n_missing;
	s->n_twice = r->n_twice;
	s->complete = r->complete;
	s->started = (r->started - PEER_START) / 1000000;
	s->ended = r->ended == GROUP_UNKNOWN_TIME ? -1 : (r->ended - PEER_START) / 1000000;
	snprintf(s->text, sizeof(s->text), "%s", r->cause.text ? r->cause.text : "");
	note_downtime(s, r);
}

static void note_commit(struct said *s, const struct group_commit_event *c)
{
	size_t n = 0;

	s->error = c->error;
	snprintf(s->what, sizeof(s->what), "%s", c->what ? c->what : "");
	snprintf(s->member, sizeof(s->member), "%s", c->member ? c->member : "");
	for (size_t i = 0; i < c->n_topics; i++) {
		n += (size_t)snprintf(s->refused + n, sizeof(s->refused) - n, "%s", c->topics[i].topic);
		for (size_t p = 0; p < c->topics[i].n_partitions; p++)
			n += (size_t)snprintf(s->refused + n, sizeof(s->refused) - n, " %d", c->topics[i].partitions[p]);
	}
}

static void note_storm(struct said *s, const struct group_storm_event *e)
{
	const char *name = group_storm_name(e->class);

	s->times = e->rebalances;
	s->over = e->ended;
	snprintf(s->member, sizeof(s->member), "%s", e->culprit ? e->culprit : "");
	snprintf(s->what, sizeof(s->what), "%s", name ? name : "");
	snprintf(s->text, sizeof(s->text), "%s", e->advice ? e->advice : "");
}

static void note_resumed(struct said *s, const struct group_resumed_event *r)
{
	s->generation = r->generation;
	s->longest = ms_of(r->longest);
	s->unread = r->unread;
	for (size_t i = 0; i < r->n_partitions && i < 6; i++) {
		s->moved_down[i] = ms_of(r->partitions[i].downtime);
		s->moved_at_least[i] = r->partitions[i].at_least;
	}
}

static void note_duplicates(struct said *s, const struct group_duplicates_event *d)
{
	size_t n = (size_t)snprintf(s->refused, sizeof(s->refused), "%s", d->n_partitions ? d->partitions[0].topic : "");

	for (size_t i = 0; i < d->n_partitions; i++)
		n += (size_t)snprintf(s->refused + n, sizeof(s->refused) - n, " %d", d->partitions[i].partition);
	s->records = d->records;
	snprintf(s->member, sizeof(s->member), "%s", d->client_id ? d->client_id : "");
	snprintf(s->what, sizeof(s->what), "%s", d->by_client_id ? d->by_client_id : "");
}

static void note_member(struct said *s, const struct group_member_event *m)
{
	s->change = m->event;
	s->moves_group = m->rebalance;
	snprintf(s->text, sizeof(s->text), "%s", m->note ? m->note : "");
	snprintf(s->member, sizeof(s->member), "%s", m->member ? m->member : "");
}

static void note_refused(struct said *s, const struct group_refused_event *r)
{
	s->error = r->error;
	s->cause = r->cause;
	s->times = r->times;
	s->over = r->ended;
	snprintf(s->member, sizeof(s->member), "%s", r->client_id);
}

static void note_broker(struct said *s, const struct group_broker_event *b)
{
	s->times = b->groups;
	s->over = b->ended;
	s->n_moved = b->moved;
	s->rebalanced = b->rebalanced;
}

static void note_admin(struct said *s, const struct group_admin_event *a)
{
	s->error = a->error;
	s->generation = a->generation;
	s->n_members = (size_t)(a->members < 0 ? 0 : a->members);
	snprintf(s->member, sizeof(s->member), "%s", a->client_id ? a->client_id : "");
	snprintf(s->what, sizeof(s->what), "%s %s", group_admin_what_name(a->what), a->state ? a->state : "-");
}

static void hear(void *ctx, const struct group_event *e)
{
	struct peer *p = ctx;
	struct said *s = &p->said[p->n++];

	assert_true(p->n <= PEER_EVENTS);
	*s = (struct said){ .type = e->type };
	if (e->type == GROUP_EVENT_REBALANCE || e->type == GROUP_EVENT_REBALANCE_STARTED)
		note_rebalance(s, &e->rebalance);
	else if (e->type == GROUP_EVENT_MEMBER)
		note_member(s, &e->member);
	else if (e->type == GROUP_EVENT_COMMIT_FAILED)
		note_commit(s, &e->commit);
	else if (e->type == GROUP_EVENT_REFUSED)
		note_refused(s, &e->refused);
	else if (e->type == GROUP_EVENT_BROKER)
		note_broker(s, &e->broker);
	else if (e->type == GROUP_EVENT_ADMIN)
		note_admin(s, &e->admin);
	else if (e->type == GROUP_EVENT_STORM)
		note_storm(s, &e->storm);
	else if (e->type == GROUP_EVENT_RESUMED)
		note_resumed(s, &e->resumed);
	else if (e->type == GROUP_EVENT_DUPLICATES)
		note_duplicates(s, &e->duplicates);
}

struct peer *peer_new(void)
{
	struct peer *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->groups = groups_new(&(struct group_options){ .ctx = p, .event = hear });
	assert_non_null(p->groups);
	p->sink = groups_kafka_sink(p->groups);
	return p;
}

void peer_free(struct peer *p)
{
	groups_free(p->groups);
	free(p);
}

static int64_t at(int64_t ms)
{
	return PEER_START + ms * 1000000;
}

void peer_finish(struct peer *p, int64_t ms)
{
	groups_finish(p->groups, at(ms));
}

void peer_gap(struct peer *p, struct client *c, int64_t from_ms, int64_t to_ms)
{
	const struct kafka_gap gap = {
		.conn = &c->conn, .bytes = 100, .from = at(from_ms), .to = at(to_ms), .frame = ++p->frame, .api_key = -1
	};

	p->sink.gap(p->sink.ctx, &gap);
}

void client_init(struct client *c, struct peer *p, const char *id, uint8_t host)
{
	*c = (struct client){ .peer = p, .id = id, .group = "billing", .topics = { "orders", NULL } };
	c->session_ms = 10000;
	c->rebalance_ms = 60000;
	c->generation = -1;
	c->conn = (struct kafka_conn){ .id = host, .kind = KAFKA_PLAIN, .from_start = true };
	c->ends[0] = (struct net_endpoint){ .addr = { 10, 0, 0, host }, .port = 40000, .family = 4 };
	c->ends[1] = (struct net_endpoint){ .addr = { 10, 0, 9, 9 }, .port = 9092, .family = 4 };
	c->conn.client = &c->ends[0];
	c->conn.server = &c->ends[1];
	c->conn.names = &c->names;
}

void say(struct client *c, int64_t ms, int16_t key, int16_t version, enum kf_direction d, const struct out *o)
{
	struct kafka_message m = {
		.conn = &c->conn,
		.schema = kf_message(key, d),
		.body = { .ptr = o->byte, .len = o->len },
		.direction = d,
		.status = KAFKA_OK,
		.api_key = key,
		.version = version,
		.asked_version = version,
		.size = o->len,
		.frame = ++c->peer->frame,
		.ts = at(ms),
		.ts_first = at(ms),
		.ts_last = at(ms),
		.latency = d == KF_REQUEST ? -1 : at(ms) - c->asked,
		.client_id = { (const uint8_t *)c->id, (uint32_t)strlen(c->id) },
		.body_wanted = true,
		.note = &c->note,
	};

	if (d == KF_REQUEST) {
		c->note = 0;
		c->asked = at(ms);
	}
	c->peer->sink.message(c->peer->sink.ctx, &m);
}

static void put_subscription(struct out *o, const struct client *c)
{
	struct out s = { .len = 0 };
	uint16_t n = 0;

	while (c->topics[n])
		n++;
	put_int(&s, c->cooperative ? 1 : 0, 2);
	put_int(&s, n, 4);
	for (uint16_t i = 0; i < n; i++)
		put_classic(&s, c->topics[i]);
	put_int(&s, -1, 4);
	if (c->cooperative) {
		put_int(&s, c->owned ? 1 : 0, 4);
		if (c->owned) {
			put_classic(&s, c->owned);
			put_int(&s, 1, 4);
			put_int(&s, 0, 4);
		}
	}
	put_bytes(o, s.byte, s.len);
}

void ask_join(struct client *c, int64_t ms, const char *reason)
{
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_int(&o, c->session_ms, 4);
	put_int(&o, c->rebalance_ms, 4);
	put_text(&o, c->member);
	put_text(&o, c->instance);
	put_text(&o, "consumer");
	put_uvarint(&o, c->fallback ? 3 : 2);
	put_text(&o, c->cooperative ? "cooperative-sticky" : "range");
	put_subscription(&o, c);
	put_end(&o);
	if (c->fallback) {
		put_text(&o, c->fallback);
		put_subscription(&o, c);
		put_end(&o);
	}
	put_text(&o, reason);
	put_end(&o);
	say(c, ms, 11, 9, KF_REQUEST, &o);
}

static void answer_join(struct client *c, int64_t ms, int16_t error, int32_t generation, const char *leader,
                        struct client *const *all, size_t n)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_int(&o, error, 2);
	put_int(&o, generation, 4);
	put_text(&o, "consumer");
	put_text(&o, c->cooperative ? "cooperative-sticky" : "range");
	put_text(&o, leader);
	put_int(&o, 0, 1);
	put_text(&o, c->member);
	put_uvarint(&o, (uint32_t)n + 1);
	for (size_t i = 0; i < n; i++) {
		put_text(&o, all[i]->member);
		put_text(&o, all[i]->instance);
		put_bytes(&o, "", 0);
		put_end(&o);
	}
	put_end(&o);
	say(c, ms, 11, 9, KF_RESPONSE, &o);
}

void told_id(struct client *c, int64_t ms, const char *member_id)
{
	snprintf(c->member, sizeof(c->member), "%s", member_id);
	answer_join(c, ms, 79, -1, "", NULL, 0);
}

void joined(struct client *c, int64_t ms, int32_t generation, const char *leader, struct client *const *all, size_t n)
{
	c->generation = generation;
	answer_join(c, ms, 0, generation, leader, strcmp(leader, c->member) == 0 ? all : NULL,
	            strcmp(leader, c->member) == 0 ? n : 0);
}

void join_refused(struct client *c, int64_t ms, int16_t error)
{
	answer_join(c, ms, error, -1, "", NULL, 0);
}

static void put_assignment(struct out *o, int first, int last)
{
	struct out a = { .len = 0 };

	put_int(&a, 0, 2);
	put_int(&a, last >= first ? 1 : 0, 4);
	if (last >= first) {
		put_classic(&a, "orders");
		put_int(&a, last - first + 1, 4);
		for (int p = first; p <= last; p++)
			put_int(&a, p, 4);
	}
	put_int(&a, -1, 4);
	put_bytes(o, a.byte, a.len);
}

void ask_sync(struct client *c, int64_t ms, struct client *const *all, const int (*range)[2], size_t n)
{
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_int(&o, c->generation, 4);
	put_text(&o, c->member);
	put_text(&o, c->instance);
	put_text(&o, "consumer");
	put_text(&o, c->cooperative ? "cooperative-sticky" : "range");
	put_uvarint(&o, (uint32_t)n + 1);
	for (size_t i = 0; i < n; i++) {
		put_text(&o, all[i]->member);
		put_assignment(&o, range[i][0], range[i][1]);
		put_end(&o);
	}
	put_end(&o);
	say(c, ms, 14, 5, KF_REQUEST, &o);
}

static void answer_sync(struct client *c, int64_t ms, int16_t error, int first, int last)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_int(&o, error, 2);
	put_text(&o, "consumer");
	put_text(&o, c->cooperative ? "cooperative-sticky" : "range");
	put_assignment(&o, first, last);
	put_end(&o);
	say(c, ms, 14, 5, KF_RESPONSE, &o);
}

void synced(struct client *c, int64_t ms, int first, int last)
{
	answer_sync(c, ms, 0, first, last);
}

void sync_refused(struct client *c, int64_t ms, int16_t error)
{
	answer_sync(c, ms, error, 0, -1);
}

void beat(struct client *c, int64_t ms, int16_t error)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, c->group);
	put_int(&q, c->generation, 4);
	put_text(&q, c->member);
	put_text(&q, c->instance);
	put_end(&q);
	say(c, ms, 12, 4, KF_REQUEST, &q);
	put_int(&a, 0, 4);
	put_int(&a, error, 2);
	put_end(&a);
	say(c, ms + 1, 12, 4, KF_RESPONSE, &a);
}

void leave(struct client *c, int64_t ms, const char *reason, int16_t member_error)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, c->group);
	put_uvarint(&q, 2);
	put_text(&q, c->member);
	put_text(&q, c->instance);
	put_text(&q, reason);
	put_end(&q);
	put_end(&q);
	say(c, ms, 13, 5, KF_REQUEST, &q);
	put_int(&a, 0, 4);
	put_int(&a, 0, 2);
	put_uvarint(&a, 2);
	put_text(&a, c->member);
	put_text(&a, c->instance);
	put_int(&a, member_error, 2);
	put_end(&a);
	put_end(&a);
	say(c, ms + 1, 13, 5, KF_RESPONSE, &a);
}

size_t peer_count(const struct peer *p, enum group_event_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->said[i].type == type;
	return n;
}

const struct said *peer_said(const struct peer *p, enum group_event_type type, size_t n)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->said[i].type == type && n-- == 0)
			return &p->said[i];
	fail_msg("no such event");
	return NULL;
}

size_t peer_members(const struct peer *p, enum group_change change)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->said[i].type == GROUP_EVENT_MEMBER && p->said[i].change == change;
	return n;
}

const struct said *peer_member(const struct peer *p, enum group_change change)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->said[i].type == GROUP_EVENT_MEMBER && p->said[i].change == change)
			return &p->said[i];
	fail_msg("no such member event");
	return NULL;
}
