/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics by name and by id, as Metadata answers tell them.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST 200000

struct topic *ck_topic_find(const struct check *c, uint64_t key)
{
	struct topic *t;

	HASH_FIND(hh, c->topics, &key, sizeof(key), t);
	return t;
}

static struct topic *topic_get(struct check *c, struct kf_bytes name)
{
	uint64_t key = digest_of(name);
	struct topic *t = ck_topic_find(c, key);

	if (t || HASH_COUNT(c->topics) >= MOST)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t || !(t->name = strndup((const char *)name.ptr, name.len))) {
		free(t);
		return NULL;
	}
	t->key = key;
	t->partitions = -1;
	HASH_ADD(hh, c->topics, key, sizeof(t->key), t);
	return t;
}

static void learn_id(struct check *c, const struct kf_uuid *id, uint64_t key)
{
	static const struct kf_uuid none;
	struct topic_id *t;

	if (memcmp(id, &none, sizeof(none)) == 0)
		return;
	HASH_FIND(hh, c->topic_ids, id, sizeof(*id), t);
	if (!t && HASH_COUNT(c->topic_ids) < MOST && (t = calloc(1, sizeof(*t)))) {
		t->id = *id;
		HASH_ADD(hh, c->topic_ids, id, sizeof(t->id), t);
	}
	if (t)
		t->key = key;
}

/* Names are kept so that they can be printed. `known` is false for an id that no Metadata answer has told. */
uint64_t ck_topic_key(struct check *c, struct kf_bytes name, const struct kf_uuid *id, bool *known)
{
	struct topic_id *t = NULL;

	if (name.len) {
		topic_get(c, name);
		return digest_of(name);
	}
	HASH_FIND(hh, c->topic_ids, id, sizeof(*id), t);
	if (t)
		return t->key;
	if (known)
		*known = false;
	return digest_more(1, id, sizeof(*id));
}

static int32_t count_partitions(struct kf_array partitions)
{
	struct metadata_response_partition p;
	int32_t n = 0;

	while (kf_next(&partitions, &p))
		n++;
	return n;
}

void ck_topics_learn(struct check *c, const struct metadata_response *a, int64_t ts)
{
	struct kf_array topics = a->topics, brokers = a->brokers;
	struct metadata_response_topic t;

	if (brokers.count > 0 && (uint32_t)brokers.count > c->brokers)
		c->brokers = (uint32_t)brokers.count;
	while (kf_next(&topics, &t)) {
		struct topic *known = t.name.len ? topic_get(c, t.name) : NULL;
		int32_t n = count_partitions(t.partitions);

		if (!known)
			continue;
		learn_id(c, &t.topic_id, known->key);
		if (t.error_code != ERR_NONE || n == known->partitions)
			continue;
		known->partitions = n;
		known->since = ts;
	}
}

const char *part_text(const struct check *c, struct part p, char out[96])
{
	const struct topic *t = ck_topic_find(c, p.topic);

	snprintf(out, 96, "%.80s-%d", t ? t->name : "(topic id not known)", p.partition);
	return out;
}

void ck_topics_free(struct check *c)
{
	struct topic *t, *next;
	struct topic_id *i, *after;

	HASH_ITER(hh, c->topics, t, next) {
		HASH_DEL(c->topics, t);
		free(t->name);
		free(t);
	}
	HASH_ITER(hh, c->topic_ids, i, after) {
		HASH_DEL(c->topic_ids, i);
		free(i);
	}
}
