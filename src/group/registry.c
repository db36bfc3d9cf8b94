/* SPDX-License-Identifier: Apache-2.0
 *
 * Schema Registry: instances elect the one that writes. Their JoinGroup says who they are, the leader's SyncGroup who is
 * the master; both are JSON.
 */
#include <regroup/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "member.h"

/* A string member of an object, without quotes and as it is written there; NULL for null and what is none. */
static const char *text_of(struct kf_bytes object, const char *name)
{
	const char *value;
	size_t n;

	if (!json_member(object.ptr, object.len, name, &value, &n) || n < 2 || value[0] != '"')
		return NULL;
	return text_copy((struct kf_bytes){ (const uint8_t *)value + 1, (uint32_t)(n - 2) });
}

static bool is_true(struct kf_bytes object, const char *name)
{
	const char *value;
	size_t n;

	return json_member(object.ptr, object.len, name, &value, &n) && n == 4 && memcmp(value, "true", 4) == 0;
}

/* "http://10.0.0.1:8081" */
static const char *url_of(struct kf_bytes identity)
{
	const char *scheme = text_of(identity, "scheme"), *host = text_of(identity, "host"), *url = NULL;
	char *text;
	int64_t port;

	if (host && json_member_int(identity.ptr, identity.len, "port", &port) &&
	    asprintf(&text, "%s://%s:%lld", scheme ? scheme : "http", host, (long long)port) >= 0) {
		url = text_from(text);
		free(text);
	}
	text_free(scheme);
	text_free(host);
	return url;
}

struct kind_member *registry_member(struct kf_bytes metadata)
{
	struct kind_member *m;

	if (!metadata.len || !json_check(metadata.ptr, metadata.len) || !(m = kind_member_new()))
		return NULL;
	m->url = url_of(metadata);
	m->eligible = is_true(metadata, "master_eligibility") || is_true(metadata, "leader_eligibility");
	return m;
}

/* Newer versions may say leader for master. */
static const char *either(struct kf_bytes object, const char *a, const char *b)
{
	const char *text = text_of(object, a);

	return text ? text : text_of(object, b);
}

static const char *identity_of(struct kf_bytes object)
{
	const char *value;
	size_t n;

	if (!json_member(object.ptr, object.len, "master_identity", &value, &n) &&
	    !json_member(object.ptr, object.len, "leader_identity", &value, &n))
		return NULL;
	return n && value[0] == '{' ? url_of((struct kf_bytes){ (const uint8_t *)value, (uint32_t)n }) : NULL;
}

int registry_add(struct kind_told **told, struct kf_bytes blob, int64_t ts)
{
	struct kind_told *t;
	int64_t error = 0;

	if (!blob.len || !json_check(blob.ptr, blob.len) || !(t = kind_told_get(told, ts)))
		return -1;
	json_member_int(blob.ptr, blob.len, "error", &error);
	t->error = error < 0 || error > INT16_MAX ? INT16_MAX : (int16_t)error;
	if (!t->master)
		t->master = either(blob, "master", "leader");
	if (!t->master_url)
		t->master_url = identity_of(blob);
	return 0;
}

/* ---- the event ------------------------------------------------------------------------------------------ */

/* A url that two instances have: each believes that the other is itself. */
static const char *twin_of(const struct group *g, int32_t generation)
{
	for (const struct member *a = g->members; a; a = a->hh.next)
		for (const struct member *b = a->hh.next; b; b = b->hh.next)
			if (a->presence == MEMBER_IN && b->presence == MEMBER_IN && a->generation == generation &&
			    b->generation == generation && a->kind && b->kind && text_both(a->kind->url, b->kind->url))
				return a->kind->url;
	return NULL;
}

/* What the loss of the master means is said with the loss. */
static void tell_master(struct group *g, struct group_cause *c)
{
	const struct kind_told *before = kind_before(g);

	if (!before || !text_both(before->master, c->member) || !((c->id >= 7 && c->id <= 12) || c->id == 14))
		return;
	c->text = scratch_text(&g->owner->scratch, "%s; it was the master", c->text);
}

/* -1 when one did not say. */
static int32_t eligible(const struct group *g, int32_t generation)
{
	int32_t n = 0;

	for (const struct member *m = g->members; m; m = m->hh.next) {
		if (m->presence != MEMBER_IN || m->generation != generation)
			continue;
		if (!m->kind)
			return -1;
		n += m->kind->eligible;
	}
	return n;
}

void registry_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	struct group_registry *s = r->told ? scratch_alloc(&g->owner->scratch, sizeof(*s)) : NULL;
	const struct kind_told *before = kind_before(g);

	tell_master(g, &out->cause);
	if (!s || out->outcome != GROUP_STABLE)
		return;
	s->master = r->told->master;
	s->url = r->told->master_url;
	s->before = before ? before->master : NULL;
	s->before_known = before || r->from_empty || r->generation == 1;
	s->error = r->told->error;
	s->twin = s->error == 1 ? twin_of(g, r->generation) : NULL;
	s->eligible = r->listed ? eligible(g, r->generation) : -1;
	out->registry = s;
}
