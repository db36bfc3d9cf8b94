/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_data.h"

#include <string.h>

#include "peer_wire.h"

static uint32_t count(struct range r)
{
	return r.last < r.first ? 0 : (uint32_t)(r.last - r.first + 1);
}

static void put_count(struct out *o, uint32_t n)
{
	put_uvarint(o, n + 1);
}

void fetcher_init(struct client *f, const struct client *c)
{
	*f = *c;
	f->conn.names = &f->names;
	f->conn.id += 100;
	f->ends[0].port++;
	f->conn.client = &f->ends[0];
	f->conn.server = &f->ends[1];
	f->conn.user = NULL;
}

void conn_ended(struct client *c, int64_t ms)
{
	c->peer->sink.connection(c->peer->sink.ctx, &c->conn, KAFKA_CONN_ENDED, KF_REQUEST, PEER_START + ms * 1000000, 0);
}

static void put_topic(struct out *o, uint8_t id)
{
	uint8_t uuid[16];

	memset(uuid, id, sizeof(uuid));
	if (id)
		put(o, uuid, sizeof(uuid));
	else
		put_text(o, "orders");
}

static void put_fetched(struct out *o, uint8_t id, struct range r)
{
	put_count(o, count(r) ? 1 : 0);
	if (!count(r))
		return;
	put_topic(o, id);
	put_count(o, count(r));
	for (int p = r.first; p <= r.last; p++) {
		put_int(o, p, 4);
		put_int(o, -1, 4);
		put_int(o, 1000, 8);
		put_int(o, -1, 4);
		put_int(o, -1, 8);
		put_int(o, 1048576, 4);
		put_end(o);
	}
	put_end(o);
}

static void put_forgotten(struct out *o, uint8_t id, struct range r)
{
	put_count(o, count(r) ? 1 : 0);
	if (!count(r))
		return;
	put_topic(o, id);
	put_count(o, count(r));
	for (int p = r.first; p <= r.last; p++)
		put_int(o, p, 4);
	put_end(o);
}

void fetch_by_id(struct client *f, int64_t ms, int32_t epoch, uint8_t id, struct range add, struct range forget)
{
	struct out o = { .len = 0 };

	put_int(&o, -1, 4);
	put_int(&o, 500, 4);
	put_int(&o, 1, 4);
	put_int(&o, 52428800, 4);
	put_int(&o, 0, 1);
	put_int(&o, epoch > 0 ? 77 : 0, 4);
	put_int(&o, epoch, 4);
	put_fetched(&o, id, add);
	put_forgotten(&o, id, forget);
	put_text(&o, "");
	put_end(&o);
	say(f, ms, 1, id ? 13 : 12, KF_REQUEST, &o);
}

void fetch(struct client *f, int64_t ms, int32_t epoch, struct range add, struct range forget)
{
	fetch_by_id(f, ms, epoch, 0, add, forget);
}

void fetch_answer(struct client *f, int64_t ms, struct range r, int64_t high_watermark)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_int(&o, 0, 2);
	put_int(&o, 77, 4);
	put_count(&o, 1);
	put_topic(&o, 0);
	put_count(&o, count(r));
	for (int p = r.first; p <= r.last; p++) {
		put_int(&o, p, 4);
		put_int(&o, 0, 2);
		put_int(&o, high_watermark, 8);
		put_int(&o, high_watermark, 8);
		put_int(&o, 0, 8);
		put_uvarint(&o, 0);
		put_int(&o, -1, 4);
		put_uvarint(&o, 0);
		put_end(&o);
	}
	put_end(&o);
	put_end(&o);
	say(f, ms, 1, 12, KF_RESPONSE, &o);
}

static void put_metadata_topic(struct out *o, const char *name, uint8_t id, int partitions)
{
	uint8_t uuid[16];

	memset(uuid, id, sizeof(uuid));
	put_int(o, partitions ? 0 : 3, 2);
	put_text(o, name);
	put(o, uuid, sizeof(uuid));
	put_int(o, 0, 1);
	put_count(o, (uint32_t)partitions);
	for (int p = 0; p < partitions; p++) {
		put_int(o, 0, 2);
		put_int(o, p, 4);
		put_int(o, 7, 4);
		put_int(o, 0, 4);
		put_count(o, 0);
		put_count(o, 0);
		put_count(o, 0);
		put_end(o);
	}
	put_int(o, 0, 4);
	put_end(o);
}

void metadata(struct client *c, int64_t ms, uint8_t id, int offsets)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_int(&o, 7, 4);
	put_text(&o, "10.0.9.9");
	put_int(&o, 9092, 4);
	put_text(&o, NULL);
	put_end(&o);
	put_text(&o, "cluster");
	put_int(&o, 7, 4);
	put_count(&o, offsets ? 2 : 1);
	put_metadata_topic(&o, "orders", id, 6);
	if (offsets)
		put_metadata_topic(&o, "__consumer_offsets", 99, offsets);
	put_end(&o);
	say(c, ms, 3, 12, KF_RESPONSE, &o);
}

static void ask_metadata(struct client *c, int64_t ms, const char *name)
{
	struct out o = { .len = 0 };
	const uint8_t none[16] = { 0 };

	put_uvarint(&o, name ? 2 : 0);
	if (name) {
		put(&o, none, sizeof(none));
		put_text(&o, name);
		put_end(&o);
	}
	put_int(&o, 0, 1);
	put_int(&o, 0, 1);
	put_end(&o);
	say(c, ms, 3, 12, KF_REQUEST, &o);
}

void metadata_told(struct client *c, int64_t ms, bool all, const struct topic_told *topics)
{
	struct out o = { .len = 0 };
	uint32_t n = 0;

	ask_metadata(c, ms, all ? NULL : topics->name);
	while (topics[n].name)
		n++;
	put_int(&o, 0, 4);
	put_count(&o, 0);
	put_text(&o, "cluster");
	put_int(&o, 7, 4);
	put_count(&o, n);
	for (uint32_t i = 0; i < n; i++)
		put_metadata_topic(&o, topics[i].name, (uint8_t)(100 + strlen(topics[i].name)), topics[i].partitions);
	put_end(&o);
	say(c, ms + 1, 3, 12, KF_RESPONSE, &o);
}

static void ask_commit(struct client *c, int64_t ms, struct range r, int64_t offset)
{
	struct out o = { .len = 0 };

	put_text(&o, c->group);
	put_int(&o, c->generation, 4);
	put_text(&o, c->member);
	put_text(&o, c->instance);
	put_count(&o, 1);
	put_text(&o, "orders");
	put_count(&o, count(r));
	for (int p = r.first; p <= r.last; p++) {
		put_int(&o, p, 4);
		put_int(&o, offset, 8);
		put_int(&o, -1, 4);
		put_text(&o, "");
		put_end(&o);
	}
	put_end(&o);
	put_end(&o);
	say(c, ms, 8, 8, KF_REQUEST, &o);
}

void commit(struct client *c, int64_t ms, struct range r, int64_t offset, int16_t error)
{
	struct out o = { .len = 0 };

	ask_commit(c, ms, r, offset);
	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_text(&o, "orders");
	put_count(&o, count(r));
	for (int p = r.first; p <= r.last; p++) {
		put_int(&o, p, 4);
		put_int(&o, error, 2);
		put_end(&o);
	}
	put_end(&o);
	put_end(&o);
	say(c, ms + 1, 8, 8, KF_RESPONSE, &o);
}

void offset_fetch(struct client *c, int64_t ms, struct range r, int64_t offset)
{
	struct out q = { .len = 0 }, o = { .len = 0 };

	put_count(&q, 1);
	put_text(&q, c->group);
	put_uvarint(&q, 0);
	put_end(&q);
	put_int(&q, 0, 1);
	put_end(&q);
	say(c, ms, 9, 8, KF_REQUEST, &q);
	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_text(&o, c->group);
	put_count(&o, 1);
	put_text(&o, "orders");
	put_count(&o, count(r));
	for (int p = r.first; p <= r.last; p++) {
		put_int(&o, p, 4);
		put_int(&o, offset, 8);
		put_int(&o, -1, 4);
		put_text(&o, "");
		put_int(&o, 0, 2);
		put_end(&o);
	}
	put_end(&o);
	put_int(&o, 0, 2);
	put_end(&o);
	put_end(&o);
	say(c, ms + 1, 9, 8, KF_RESPONSE, &o);
}

static void put_given(struct out *o, int first, int last)
{
	struct out a = { .len = 0 };

	put_int(&a, 0, 2);
	put_int(&a, 1, 4);
	put_classic(&a, "orders");
	put_int(&a, last - first + 1, 4);
	for (int p = first; p <= last; p++)
		put_int(&a, p, 4);
	put_int(&a, -1, 4);
	put_bytes(o, a.byte, a.len);
}

void describe(struct client *asker, int64_t ms, const char *state, struct client *const *all, const int (*range)[2],
              size_t n)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_int(&o, 0, 2);
	put_text(&o, asker->group);
	put_text(&o, state);
	put_text(&o, "consumer");
	put_text(&o, "range");
	put_count(&o, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		put_text(&o, all[i]->member);
		put_text(&o, all[i]->instance);
		put_text(&o, all[i]->id);
		put_text(&o, "/10.0.0.5");
		put_bytes(&o, "", 0);
		put_given(&o, range[i][0], range[i][1]);
		put_end(&o);
	}
	put_int(&o, 0, 4);
	put_end(&o);
	put_end(&o);
	say(asker, ms, 15, 5, KF_RESPONSE, &o);
}

void describe_epoch(struct client *asker, int64_t ms, int16_t key, const char *state, int32_t epoch)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_int(&o, 0, 2);
	put_text(&o, NULL);
	put_text(&o, asker->group);
	put_text(&o, state);
	put_int(&o, epoch, 4);
	put_int(&o, epoch, 4);
	put_text(&o, "uniform");
	put_count(&o, 0);
	put_int(&o, 0, 4);
	put_end(&o);
	put_end(&o);
	say(asker, ms, key, 0, KF_RESPONSE, &o);
}

void list_groups(struct client *asker, int64_t ms, const char *state)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_int(&o, 0, 2);
	put_count(&o, 1);
	put_text(&o, asker->group);
	put_text(&o, "consumer");
	put_text(&o, state);
	put_end(&o);
	put_end(&o);
	say(asker, ms, 16, 4, KF_RESPONSE, &o);
}

void delete_group(struct client *asker, int64_t ms, int16_t error)
{
	struct out o = { .len = 0 };

	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_text(&o, asker->group);
	put_int(&o, error, 2);
	put_end(&o);
	put_end(&o);
	say(asker, ms, 42, 2, KF_RESPONSE, &o);
}

void find_coordinator(struct client *asker, int64_t ms, int32_t node)
{
	struct out q = { .len = 0 }, o = { .len = 0 };

	put_int(&q, 0, 1);
	put_count(&q, 1);
	put_text(&q, asker->group);
	put_end(&q);
	say(asker, ms, 10, 4, KF_REQUEST, &q);
	put_int(&o, 0, 4);
	put_count(&o, 1);
	put_text(&o, asker->group);
	put_int(&o, node, 4);
	put_text(&o, "kafka-3.example");
	put_int(&o, 9092, 4);
	put_int(&o, 0, 2);
	put_text(&o, NULL);
	put_end(&o);
	put_end(&o);
	say(asker, ms + 1, 10, 4, KF_RESPONSE, &o);
}
