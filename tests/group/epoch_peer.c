/* SPDX-License-Identifier: Apache-2.0 */
#include "epoch_peer.h"
#include "peer_wire.h"

#include <stddef.h>

#define CONSUMER 68
#define SHARE 76
#define STREAMS 88
#define INTERVAL_MS 1000

/* As metadata() names it with id 7. */
static const uint8_t topic_uuid[16] = { 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7 };

static void put_numbers(struct out *o, struct range r)
{
	put_uvarint(o, r.last >= r.first ? (uint32_t)(r.last - r.first) + 2 : 1);
	for (int p = r.first; p <= r.last; p++)
		put_int(o, p, 4);
}

static void put_partitions(struct out *o, struct range r)
{
	if (r.last < r.first) {
		put_uvarint(o, 1);
		return;
	}
	put_uvarint(o, 2);
	put(o, topic_uuid, sizeof(topic_uuid));
	put_numbers(o, r);
	put_end(o);
}

static void put_names(struct out *o, const char *topics)
{
	put_uvarint(o, !topics ? 0 : *topics ? 2 : 1);
	if (topics && *topics)
		put_text(o, topics);
}

void ask_beat(struct client *c, int64_t ms, int32_t epoch, const char *topics, struct range owned)
{
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_text(&o, c->member);
	put_int(&o, epoch, 4);
	put_text(&o, c->instance);
	put_text(&o, NULL);
	put_int(&o, epoch == 0 ? c->rebalance_ms : -1, 4);
	put_names(&o, topics);
	put_text(&o, NULL);
	put_text(&o, NULL);
	if (owned.last == UNTOLD.last)
		put_uvarint(&o, 0);
	else
		put_partitions(&o, owned);
	put_end(&o);
	say(c, ms, CONSUMER, 1, KF_REQUEST, &o);
}

static void put_answer(struct out *o, const struct client *c, int16_t error, int32_t epoch)
{
	put_int(o, 0, 4);
	put_int(o, error, 2);
	put_text(o, NULL);
	put_text(o, error ? NULL : c->member);
	put_int(o, error ? 0 : epoch, 4);
	put_int(o, INTERVAL_MS, 4);
}

static void put_given(struct out *o, struct range given)
{
	if (given.last == UNTOLD.last) {
		put_int(o, -1, 1);
	} else {
		put_int(o, 1, 1);
		put_partitions(o, given);
		put_end(o);
	}
	put_end(o);
}

void told_beat(struct client *c, int64_t ms, int32_t epoch, struct range given)
{
	struct out o = { .len = 0 };

	put_answer(&o, c, 0, epoch);
	put_given(&o, given);
	say(c, ms, CONSUMER, 1, KF_RESPONSE, &o);
}

void beat_refused(struct client *c, int64_t ms, int16_t error)
{
	struct out o = { .len = 0 };

	put_answer(&o, c, error, 0);
	put_given(&o, UNTOLD);
	say(c, ms, CONSUMER, 1, KF_RESPONSE, &o);
}

void enters(struct client *c, int64_t ms, int32_t epoch, struct range given)
{
	ask_beat(c, ms, 0, "orders", NOTHING);
	told_beat(c, ms + 2, epoch, given);
}

void goes_on(struct client *c, int64_t ms, int32_t epoch, int32_t told, struct range given)
{
	ask_beat(c, ms, epoch, NULL, UNTOLD);
	told_beat(c, ms + 2, told, given);
}

void gives_up(struct client *c, int64_t ms, int32_t epoch, struct range owned, int32_t told)
{
	ask_beat(c, ms, epoch, NULL, owned);
	told_beat(c, ms + 2, told, UNTOLD);
}

void leaves(struct client *c, int64_t ms, int32_t epoch, const char *topics, struct range owned)
{
	ask_beat(c, ms, epoch, topics, owned);
	told_beat(c, ms + 2, epoch, UNTOLD);
}

void share_beat(struct client *c, int64_t ms, int32_t epoch, int32_t told, struct range given)
{
	struct out q = { .len = 0 }, a = { .len = 0 };

	put_text(&q, c->group);
	put_text(&q, c->member);
	put_int(&q, epoch, 4);
	put_text(&q, NULL);
	put_names(&q, epoch == 0 ? "orders" : epoch < 0 ? "" : NULL);
	put_end(&q);
	say(c, ms, SHARE, 1, KF_REQUEST, &q);
	put_answer(&a, c, 0, told);
	put_given(&a, given);
	say(c, ms + 2, SHARE, 1, KF_RESPONSE, &a);
}

static void put_tasks(struct out *o, struct range r)
{
	if (r.last == UNTOLD.last) {
		put_uvarint(o, 0);
		return;
	}
	put_uvarint(o, r.last < r.first ? 1 : 2);
	if (r.last < r.first)
		return;
	put_text(o, "0");
	put_numbers(o, r);
	put_end(o);
}

static void ask_streams(struct client *c, int64_t ms, int32_t epoch, struct range active)
{
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_text(&o, c->member);
	put_int(&o, epoch, 4);
	put_int(&o, 0, 4);
	put_text(&o, NULL);
	put_text(&o, NULL);
	put_int(&o, epoch == 0 ? c->rebalance_ms : -1, 4);
	put_int(&o, -1, 1); /* topology */
	put_tasks(&o, active);
	put_tasks(&o, active.last == UNTOLD.last ? UNTOLD : NOTHING);
	put_tasks(&o, active.last == UNTOLD.last ? UNTOLD : NOTHING);
	put_text(&o, NULL);
	put_int(&o, -1, 1);
	for (int i = 0; i < 3; i++)
		put_uvarint(&o, 0);
	put_int(&o, 0, 1);
	put_end(&o);
	say(c, ms, STREAMS, 0, KF_REQUEST, &o);
}

void streams_beat(struct client *c, int64_t ms, int32_t epoch, int32_t told, struct range active, struct range standby)
{
	struct out a = { .len = 0 };

	ask_streams(c, ms, epoch, epoch == 0 ? NOTHING : UNTOLD);
	put_answer(&a, c, 0, told);
	put_int(&a, 0, 4);
	put_int(&a, 0, 4);
	put_uvarint(&a, 1);
	put_tasks(&a, active);
	put_tasks(&a, standby);
	put_tasks(&a, active.last == UNTOLD.last ? UNTOLD : NOTHING);
	put_int(&a, 0, 4);
	put_uvarint(&a, 0);
	put_end(&a);
	say(c, ms + 2, STREAMS, 0, KF_RESPONSE, &a);
}

void ask_more_partitions(struct client *admin, int64_t ms, bool validate_only)
{
	struct out o = { .len = 0 };

	put_uvarint(&o, 2);
	put_text(&o, "orders");
	put_int(&o, 9, 4);
	put_uvarint(&o, 0);
	put_end(&o);
	put_int(&o, 30000, 4);
	put_int(&o, validate_only, 1);
	put_end(&o);
	say(admin, ms, 37, 3, KF_REQUEST, &o);
}

void more_partitions(struct client *admin, int64_t ms)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_uvarint(&o, 2);
	put_text(&o, "orders");
	put_int(&o, 0, 2);
	put_text(&o, NULL);
	put_end(&o);
	put_end(&o);
	say(admin, ms, 37, 3, KF_RESPONSE, &o);
}
