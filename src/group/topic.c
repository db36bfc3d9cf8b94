/* SPDX-License-Identifier: Apache-2.0 */
#include "topic.h"

#include <stdlib.h>
#include <string.h>

#include "correlator.h"

/* Topics that are remembered, by either key. */
#define MAX_TOPICS 1000000

static bool topics_grow(struct groups *gs)
{
	uint32_t cap = gs->cap_topics ? gs->cap_topics * 2 : 64;
	struct topic **p = realloc(gs->topic_by_id, cap * sizeof(*p));

	if (!p)
		return false;
	gs->topic_by_id = p;
	gs->cap_topics = cap;
	return true;
}

static struct topic *topic_new(struct groups *gs, const char *name, size_t len)
{
	struct topic *t;

	if (gs->n_topics == MAX_TOPICS || (gs->n_topics == gs->cap_topics && !topics_grow(gs)))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t || !(t->name = malloc(len + 1))) {
		free(t);
		return NULL;
	}
	memcpy(t->name, name, len);
	t->name[len] = '\0';
	t->id = t->stands = gs->n_topics++;
	t->twin = NO_TOPIC;
	gs->topic_by_id[t->id] = t;
	return t;
}

bool topic_seen(const struct groups *gs, struct kf_bytes name)
{
	struct topic *t = NULL;

	HASH_FIND(hh, gs->topics, name.ptr, name.len, t);
	return t;
}

uint32_t topic_id(struct groups *gs, struct kf_bytes name)
{
	struct topic *t = gs->latest_topic;

	if (!name.ptr)
		return NO_TOPIC;
	if (t && t->hh.keylen == name.len && !memcmp(t->name, name.ptr, name.len))
		return t->id;
	HASH_FIND(hh, gs->topics, name.ptr, name.len, t);
	if (t) {
		gs->latest_topic = t;
		return t->id;
	}
	t = topic_new(gs, (const char *)name.ptr, name.len);
	if (!t)
		return NO_TOPIC;
	HASH_ADD_KEYPTR(hh, gs->topics, t->name, name.len, t);
	return t->id;
}

/* Base64 for URLs without padding: 22 characters. */
static void uuid_text(const struct kf_uuid *u, char *out)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t n = 0;

	for (unsigned i = 0; i < 16; i += 3) {
		uint32_t v = (uint32_t)u->byte[i] << 16 | (i + 1 < 16 ? (uint32_t)u->byte[i + 1] << 8 : 0) |
		             (i + 2 < 16 ? u->byte[i + 2] : 0u);

		for (unsigned d = 0; d < 4 && n < 22; d++)
			out[n++] = digit[v >> (18 - 6 * d) & 63];
	}
}

static struct topic_uuid *uuid_find(struct groups *gs, const struct kf_uuid *uuid)
{
	struct topic_uuid *u = NULL;

	HASH_FIND(hh, gs->uuids, uuid, sizeof(*uuid), u);
	return u;
}

static struct topic_uuid *uuid_add(struct groups *gs, const struct kf_uuid *uuid, uint32_t topic)
{
	struct topic_uuid *u;

	if (topic == NO_TOPIC || HASH_COUNT(gs->uuids) >= MAX_TOPICS || !(u = calloc(1, sizeof(*u))))
		return NULL;
	u->uuid = *uuid;
	u->topic = topic;
	HASH_ADD(hh, gs->uuids, uuid, sizeof(u->uuid), u);
	return u;
}

static bool is_zero(const struct kf_uuid *uuid)
{
	static const struct kf_uuid zero;

	return memcmp(uuid, &zero, sizeof(zero)) == 0;
}

static struct topic_later *later_find(struct groups *gs, const struct kf_uuid *uuid)
{
	struct topic_later *l = NULL;

	HASH_FIND(hh, gs->later, uuid, sizeof(*uuid), l);
	return l;
}

/* A uuid without a name: the name, where it was found ahead, or a topic that is called after its uuid. */
static uint32_t uuid_new(struct groups *gs, const struct kf_uuid *uuid)
{
	struct topic_later *l = later_find(gs, uuid);
	struct topic *t;
	char text[22];

	if (l) {
		topic_learn(gs, (struct kf_bytes){ .ptr = l->name, .len = l->len }, uuid);
		return uuid_find(gs, uuid) ? uuid_find(gs, uuid)->topic : NO_TOPIC;
	}
	uuid_text(uuid, text);
	t = topic_new(gs, text, sizeof(text));
	if (!t)
		return NO_TOPIC;
	t->unnamed = true;
	uuid_add(gs, uuid, t->id);
	return t->id;
}

uint32_t topic_by_uuid(struct groups *gs, const struct kf_uuid *uuid)
{
	struct topic_uuid *u;

	if (is_zero(uuid))
		return NO_TOPIC;
	u = uuid_find(gs, uuid);
	return u ? u->topic : uuid_new(gs, uuid);
}

/* Once: whoever can read the capture again looks for all names that are in it. */
static void ask_for_names(struct groups *gs)
{
	if (gs->names_asked || !gs->options.names)
		return;
	gs->names_asked = true;
	gs->options.names(gs->options.names_ctx, gs);
}

uint32_t topic_told_by_uuid(struct groups *gs, const struct kf_uuid *uuid)
{
	struct topic_uuid *u = uuid_find(gs, uuid);
	struct topic_later *l;
	struct topic *t;
	uint32_t id;

	if (is_zero(uuid))
		return NO_TOPIC;
	if (u && !gs->topic_by_id[u->topic]->unnamed)
		return u->topic;
	ask_for_names(gs);
	l = later_find(gs, uuid);
	if (l)
		topic_learn(gs, (struct kf_bytes){ .ptr = l->name, .len = l->len }, uuid);
	id = topic_by_uuid(gs, uuid);
	t = id != NO_TOPIC ? gs->topic_by_id[id] : NULL;
	if (t && t->unnamed && !t->missed) {
		t->missed = true;
		gs->stats.unnamed_topics++;
	}
	return id;
}

void topic_foretell(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid)
{
	struct topic_later *l;

	if (is_zero(uuid) || !name.ptr || later_find(gs, uuid) || HASH_COUNT(gs->later) >= MAX_TOPICS)
		return;
	l = malloc(sizeof(*l) + name.len);
	if (!l)
		return;
	l->uuid = *uuid;
	l->len = (uint32_t)name.len;
	memcpy(l->name, name.ptr, name.len);
	HASH_ADD(hh, gs->later, uuid, sizeof(l->uuid), l);
}

uint32_t topic_of(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid)
{
	return name.ptr ? topic_id(gs, name) : topic_by_uuid(gs, uuid);
}

uint32_t topic_told(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid)
{
	return name.ptr ? topic_id(gs, name) : topic_told_by_uuid(gs, uuid);
}

void topic_learn(struct groups *gs, struct kf_bytes name, const struct kf_uuid *uuid)
{
	struct topic_uuid *u;
	uint32_t id;

	if (is_zero(uuid) || !name.ptr)
		return;
	id = topic_id(gs, name);
	u = uuid_find(gs, uuid);
	if (!u) {
		uuid_add(gs, uuid, id);
		return;
	}
	if (id == NO_TOPIC || u->topic == id)
		return;
	if (gs->topic_by_id[u->topic]->missed) {
		gs->topic_by_id[u->topic]->missed = false;
		gs->stats.unnamed_topics--;
	}
	gs->topic_by_id[u->topic]->stands = id;
	gs->topic_by_id[id]->twin = u->topic;
	u->topic = id;
	gs->renamed++;
}

const char *topic_name(const struct groups *gs, uint32_t id)
{
	return id < gs->n_topics ? gs->topic_by_id[gs->topic_by_id[id]->stands]->name : NULL;
}

void topics_free(struct groups *gs)
{
	struct topic_later *l, *after;
	struct topic_uuid *u, *next;

	HASH_ITER(hh, gs->later, l, after) {
		HASH_DELETE(hh, gs->later, l);
		free(l);
	}
	HASH_ITER(hh, gs->uuids, u, next) {
		HASH_DELETE(hh, gs->uuids, u);
		free(u);
	}
	HASH_CLEAR(hh, gs->topics);
	for (uint32_t i = 0; i < gs->n_topics; i++) {
		free(gs->topic_by_id[i]->name);
		free(gs->topic_by_id[i]);
	}
	free(gs->topic_by_id);
}
