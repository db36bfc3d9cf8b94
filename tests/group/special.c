/* SPDX-License-Identifier: Apache-2.0 */
#include "special.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hear(void *ctx, const struct group_event *e)
{
	struct special *s = ctx;

	assert_true(s->n < PEER_EVENTS);
	s->event[s->n] = group_event_copy(e, NULL);
	assert_non_null(s->event[s->n++]);
}

struct special *special_new(const char *type, const char *protocol)
{
	struct special *s = calloc(1, sizeof(*s));
	static const char *const names[SPECIALS] = { "a", "b", "c" };

	assert_non_null(s);
	s->type = type;
	s->protocol = protocol;
	s->peer.groups = groups_new(&(struct group_options){ .ctx = s, .event = hear });
	assert_non_null(s->peer.groups);
	s->peer.sink = groups_kafka_sink(s->peer.groups);
	for (int i = 0; i < SPECIALS; i++)
		client_init(&s->member[i], &s->peer, names[i], (uint8_t)(i + 1));
	return s;
}

void special_free(struct special *s)
{
	groups_free(s->peer.groups);
	for (size_t i = 0; i < s->n; i++)
		free(s->event[i]);
	free(s);
}

void special_ask(struct special *s, int i, int64_t ms, const char *reason)
{
	struct client *c = &s->member[i];
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_int(&o, c->session_ms, 4);
	put_int(&o, c->rebalance_ms, 4);
	put_text(&o, c->member);
	put_text(&o, c->instance);
	put_text(&o, s->type);
	put_uvarint(&o, 2);
	put_text(&o, s->protocol);
	put_bytes(&o, s->metadata[i].byte, s->metadata[i].len);
	put_end(&o);
	put_text(&o, reason);
	put_end(&o);
	say(c, ms, 11, 9, KF_REQUEST, &o);
}

void special_enter(struct special *s, int i, int64_t ms, const char *id)
{
	s->member[i].member[0] = '\0';
	special_ask(s, i, ms, NULL);
	told_id(&s->member[i], ms + 1, id);
	special_ask(s, i, ms + 2, NULL);
}

static void answer_join(struct special *s, int i, int64_t ms, int32_t generation, const char *with)
{
	struct client *c = &s->member[i];
	struct out o = { .len = 0 };

	c->generation = generation;
	put_int(&o, 0, 4);
	put_int(&o, 0, 2);
	put_int(&o, generation, 4);
	put_text(&o, s->type);
	put_text(&o, s->protocol);
	put_text(&o, s->member[with[0] - 'a'].member);
	put_int(&o, 0, 1);
	put_text(&o, c->member);
	put_uvarint(&o, i == with[0] - 'a' ? (uint32_t)strlen(with) + 1 : 1);
	for (const char *w = with; *w && i == with[0] - 'a'; w++) {
		put_text(&o, s->member[*w - 'a'].member);
		put_text(&o, s->member[*w - 'a'].instance);
		put_bytes(&o, s->metadata[*w - 'a'].byte, s->metadata[*w - 'a'].len);
		put_end(&o);
	}
	put_end(&o);
	say(c, ms, 11, 9, KF_RESPONSE, &o);
}

void special_joined(struct special *s, int64_t ms, int32_t generation, const char *with)
{
	for (const char *w = with; *w; w++)
		answer_join(s, *w - 'a', ms, generation, with);
}

static void ask_to_sync(struct special *s, int i, int64_t ms, const char *with)
{
	struct client *c = &s->member[i];
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_int(&o, c->generation, 4);
	put_text(&o, c->member);
	put_text(&o, c->instance);
	put_text(&o, s->type);
	put_text(&o, s->protocol);
	put_uvarint(&o, (uint32_t)strlen(with) + 1);
	for (const char *w = with; *w; w++) {
		put_text(&o, s->member[*w - 'a'].member);
		put_bytes(&o, s->given[*w - 'a'].byte, s->given[*w - 'a'].len);
		put_end(&o);
	}
	put_end(&o);
	say(c, ms, 14, 5, KF_REQUEST, &o);
}

static void answer_sync(struct special *s, int i, int64_t ms)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_int(&o, 0, 2);
	put_text(&o, s->type);
	put_text(&o, s->protocol);
	put_bytes(&o, s->given[i].byte, s->given[i].len);
	put_end(&o);
	say(&s->member[i], ms, 14, 5, KF_RESPONSE, &o);
}

void special_synced(struct special *s, int64_t ms, const char *with)
{
	for (const char *w = with; *w; w++)
		ask_to_sync(s, *w - 'a', ms, w == with ? with : "");
	for (const char *w = with; *w; w++)
		answer_sync(s, *w - 'a', ms + 10);
}

const struct group_rebalance *special_said(const struct special *s, size_t n)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->event[i]->type == GROUP_EVENT_REBALANCE && n-- == 0)
			return &s->event[i]->rebalance;
	fail_msg("no such rebalance");
	return NULL;
}

size_t special_count(const struct special *s, enum group_event_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->event[i]->type == type;
	return n;
}

/* ---- Connect ------------------------------------------------------------------------------------------- */

static int count(const char *list, char separator)
{
	int n = *list != '\0';

	for (; *list; list++)
		n += *list == separator;
	return n;
}

static void put_shares(struct out *o, const char *shares)
{
	put_int(o, count(shares, ';'), 4);
	while (*shares) {
		size_t name = strcspn(shares, ":"), len = strcspn(shares, ";");
		char tasks[64];
		char *p = tasks;

		put_int(o, (int64_t)name, 2);
		put(o, shares, name);
		snprintf(tasks, sizeof(tasks), "%.*s", (int)(len - name - 1), shares + name + 1);
		put_int(o, count(tasks, ','), 4);
		while (*p) {
			put_int(o, strtol(p, &p, 10), 4);
			p += *p == ',';
		}
		shares += len + (shares[len] == ';');
	}
}

void connect_gives(struct out *o, int version, int16_t error, int64_t offset, const char *assigned, const char *revoked,
                   int32_t delay_ms)
{
	o->len = 0;
	put_int(o, version, 2);
	put_int(o, error, 2);
	put_classic(o, "leader");
	put_classic(o, "http://10.0.0.1:8083/");
	put_int(o, offset, 8);
	put_shares(o, assigned);
	if (version == 0)
		return;
	put_shares(o, revoked);
	put_int(o, delay_ms, 4);
}

void connect_says(struct out *o, int version, const char *url, int64_t offset, int64_t offset_given, const char *runs,
                  int32_t delay_ms)
{
	struct out a = { .len = 0 };

	o->len = 0;
	put_int(o, version, 2);
	put_classic(o, url);
	put_int(o, offset, 8);
	if (version == 0)
		return;
	if (!runs) {
		put_int(o, -1, 4);
		return;
	}
	connect_gives(&a, version, 0, offset_given, runs, "", delay_ms);
	put_int(o, a.len, 4);
	put(o, a.byte, a.len);
}

/* ---- Streams ------------------------------------------------------------------------------------------- */

static void put_user_data(struct out *o, const struct out *data)
{
	put_int(o, data->len, 4);
	put(o, data->byte, data->len);
}

void streams_says_as(struct out *o, uint8_t process, int version, int error)
{
	struct out d = { .len = 0 };

	put_int(&d, version, 4);
	put_int(&d, 11, 4);
	for (int i = 0; i < 16; i++)
		put_int(&d, process, 1);
	put_int(&d, 0, 4); /* no endpoint */
	put_int(&d, 0, 4); /* no offset sums */
	put_int(&d, 0, 1);
	put_int(&d, error, 4);
	if (version >= 11)
		put_int(&d, 0, 4); /* no tags */
	o->len = 0;
	put_int(o, 0, 2);
	put_int(o, 1, 4);
	put_classic(o, "orders");
	put_user_data(o, &d);
}

void streams_says(struct out *o, uint8_t process)
{
	streams_says_as(o, process, 11, 0);
}

static void put_task(struct out *o, const char **p)
{
	char *end;

	put_int(o, strtol(*p, &end, 10), 4);
	put_int(o, strtol(end + 1, &end, 10), 4);
	put_int(o, 0, 4); /* no named topology */
	*p = end + (*end == ',');
}

static void gives(struct out *o, const char *active, const char *standby, int64_t next_ms, int error)
{
	struct out d = { .len = 0 };

	put_int(&d, 11, 4);
	put_int(&d, 11, 4);
	put_int(&d, count(active, ','), 4);
	for (const char *p = active; *p;)
		put_task(&d, &p);
	put_int(&d, count(standby, ','), 4);
	for (const char *p = standby; *p;) {
		put_task(&d, &p);
		put_int(&d, 0, 4);
	}
	for (int i = 0; i < 3; i++)
		put_int(&d, 0, 4);
	put_int(&d, error, 4);
	put_int(&d, next_ms, 8);
	o->len = 0;
	put_int(o, 0, 2);
	put_int(o, 0, 4);
	put_user_data(o, &d);
}

void streams_gives(struct out *o, const char *active, const char *standby, int64_t next_ms)
{
	gives(o, active, standby, next_ms, 0);
}

void streams_gives_error(struct out *o, int error)
{
	gives(o, "", "", INT64_MAX, error);
}

/* ---- Schema Registry ------------------------------------------------------------------------------------ */

static int identity(char *text, size_t size, const char *host, int port)
{
	return snprintf(text, size, "{\"version\":1,\"host\":\"%s\",\"port\":%d,\"master_eligibility\":true,"
	                "\"scheme\":\"http\"}", host, port);
}

void registry_says(struct out *o, const char *host, int port)
{
	char text[256];

	o->len = 0;
	put(o, text, (size_t)identity(text, sizeof(text), host, port));
}

void registry_gives(struct out *o, int error, const char *master, const char *host, int port)
{
	char text[512], who[256] = "null";
	int n;

	if (master)
		identity(who, sizeof(who), host, port);
	n = master ? snprintf(text, sizeof(text), "{\"version\":1,\"error\":%d,\"master\":\"%s\",\"master_identity\":%s}",
	                      error, master, who) :
	             snprintf(text, sizeof(text), "{\"version\":1,\"error\":%d,\"master\":null,\"master_identity\":null}", error);
	o->len = 0;
	put(o, text, (size_t)n);
}
