/* SPDX-License-Identifier: Apache-2.0 */
#include "commits.h"

#include <string.h>

enum { TOPICS = 3, TAGS_FROM = 8, UUIDS_FROM = 10 };

static const char *const topics[TOPICS] = { "orders", "payments", "a" };

struct plan plan_draw(struct chatter *c)
{
	return (struct plan){
		.topics = (uint8_t)chatter_draw(c, 3),
		.first_topic = (uint8_t)chatter_draw(c, TOPICS),
		.partitions = (uint8_t)(1 + chatter_draw(c, 4)),
		.first = (uint8_t)chatter_draw(c, 4),
		.metadata = (uint8_t)(chatter_one_in(c, 3) ? 1 + chatter_draw(c, 9) : 0),
	};
}

static void put_count(struct bytes *b, int n, int version)
{
	if (version >= TAGS_FROM)
		put8(b, n + 1);
	else
		put32(b, n);
}

static void put_string(struct bytes *b, const char *text, int version)
{
	if (version >= TAGS_FROM)
		put_compact(b, text);
	else
		put_text(b, text);
}

static void put_tags(struct bytes *b, int version)
{
	if (version >= TAGS_FROM)
		put8(b, 0);
}

static void put_uuid(struct bytes *b, int topic)
{
	put64(b, 77);
	put64(b, topic + 1);
}

static void put_topic(struct bytes *b, int topic, int version)
{
	if (version >= UUIDS_FROM)
		put_uuid(b, topic);
	else
		put_string(b, topics[topic], version);
}

/* Of the same length each time, mostly. */
static void put_note(struct chatter *c, struct bytes *b, const struct plan *p, int version)
{
	char text[12];
	size_t len = p->metadata + (p->metadata && chatter_one_in(c, 20) ? 1u : 0u);

	memset(text, (int)('a' + chatter_draw(c, 3)), sizeof(text));
	text[len] = '\0';
	put_string(b, len == 2 ? NULL : text, version);
}

void put_commit_topics(struct chatter *c, struct bytes *b, const struct plan *p, int version)
{
	put_count(b, p->topics, version);
	for (int t = 0; t < p->topics; t++) {
		put_topic(b, (p->first_topic + t) % TOPICS, version);
		put_count(b, p->partitions, version);
		for (int i = 0; i < p->partitions; i++) {
			put32(b, p->first + i);
			put64(b, chatter_one_in(c, 20) ? -1 : (int64_t)chatter_draw(c, 4) << chatter_draw(c, 34));
			if (version == 1)
				put64(b, chatter_draw(c, 9));
			if (version >= 6)
				put32(b, chatter_draw(c, 3));
			put_note(c, b, p, version);
			put_tags(b, version);
		}
		put_tags(b, version);
	}
	put_tags(b, version);
}

static int error_of(struct chatter *c, int all)
{
	static const int errors[] = { 0, 27, 22, 25, 12 };

	return all && chatter_one_in(c, 2) ? errors[all] : 0;
}

void put_commit_answer(struct chatter *c, struct bytes *b, const struct plan *p, int version)
{
	int wrong = chatter_one_in(c, 12) ? 1 + (int)chatter_draw(c, 4) : 0, turned = chatter_one_in(c, 30);

	if (version >= 3)
		put32(b, 0);
	put_count(b, p->topics, version);
	for (int t = 0; t < p->topics; t++) {
		put_topic(b, (p->first_topic + (turned ? p->topics - 1 - t : t)) % TOPICS, version);
		put_count(b, p->partitions, version);
		for (int i = 0; i < p->partitions; i++) {
			put32(b, p->first + (turned ? p->partitions - 1 - i : i));
			put16(b, error_of(c, wrong));
			put_tags(b, version);
		}
		put_tags(b, version);
	}
	put_tags(b, version);
}

void put_metadata(struct bytes *b)
{
	put8(b, 0); /* all topics */
	put8(b, 0);
	put8(b, 0);
	put8(b, 0);
}

void put_metadata_answer(struct chatter *c, struct bytes *b)
{
	int topic = (int)chatter_draw(c, TOPICS);

	put32(b, 0);
	put8(b, 1); /* no brokers */
	put8(b, 0);
	put32(b, 1);
	put8(b, 2);
	put16(b, 0);
	put_compact(b, topics[topic]);
	put_uuid(b, topic);
	put8(b, 0);
	put8(b, 1); /* no partitions */
	put32(b, 0);
	put8(b, 0);
	put8(b, 0);
}
