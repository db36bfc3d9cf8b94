/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker.h"

#include <stddef.h>
#include <string.h>

#include <regroup/fetch.h>

#include "again.h"
#include "commit_again.h"
#include "correlator.h"
#include "member.h"
#include "offsets.h"

static bool is_same(const char *text, size_t len, struct kf_bytes b)
{
	return len == b.len && memcmp(text, b.ptr, len) == 0;
}

struct group *speaker_group(struct groups *gs, const struct kafka_message *m, struct kf_bytes name)
{
	const struct member *last = speaker_of(m->conn);

	if (last && name.ptr && is_same(last->group->name, last->group->hh.keylen, name))
		return group_touch(gs, last->group);
	return group_get(gs, name);
}

static struct member *note(struct kafka_conn *c, struct member *m)
{
	if (!m)
		return NULL;
	speaker_hang_up(c);
	speaker_forget(m);
	c->speaker = &m->speaker;
	m->speaks_on = c;
	return m;
}

static struct member *last_speaker(const struct group *g, const struct kafka_message *m, struct kf_bytes id)
{
	struct member *last = speaker_of(m->conn);

	return last && last->group == g && id.ptr && is_same(last->id, last->hh.keylen, id) ? last : NULL;
}

struct member *speaker_find(struct group *g, const struct kafka_message *m, struct kf_bytes id)
{
	struct member *last = last_speaker(g, m, id);

	return last ? last : note(m->conn, member_find(g, id));
}

struct member *speaker_get(struct group *g, const struct kafka_message *m, struct kf_bytes id)
{
	struct member *last = last_speaker(g, m, id);

	return last ? last : note(m->conn, member_get(g, id));
}

/* Nothing holds any more that was found out of the member's connection. */
static void silence(struct member *m)
{
	m->speaks_on = NULL;
	m->speaker = (struct kafka_speaker){ .known = { 0 } };
	m->at_home = false;
}

void speaker_forget(struct member *m)
{
	if (m->speaks_on && !m->group->owner->closing)
		m->speaks_on->speaker = NULL;
	silence(m);
}

void speaker_hang_up(struct kafka_conn *c)
{
	struct member *m = speaker_of(c);

	if (m)
		silence(m);
	c->speaker = NULL;
}

/* A heartbeat that is known again needs no more than the first lines of its member and its group. */
static void fetch_beat(const struct member *m, unsigned step)
{
	if (step == 1)
		fetch(m->group, 64);
}

static void fetch_commit(const struct member *m, unsigned step)
{
	if (step == 1) {
		fetch(m->group, 64);
		fetch(&m->client_next, 64);
		offsets_fetch(m->group);
	} else {
		committing_fetch(m);
		offsets_fetch_of(m);
	}
}

static void fetch_all(const struct member *m, unsigned step)
{
	if (step == 1) {
		fetch(m->group, offsetof(struct group, coordinator));
		fetch(&m->hh, sizeof(*m) - offsetof(struct member, hh));
		offsets_fetch(m->group);
	} else {
		fetch(m->id, m->hh.keylen);
		fetch(m->group->name, m->group->hh.keylen);
		fetch(m->client_id, 1);
		committing_fetch(m);
		offsets_fetch_of(m);
	}
}

/* An answer comes soon after its request: what it needs is there. */
void speaker_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step)
{
	const struct member *m = speaker;

	(void)ctx;
	if (step == 0)
		fetch(m, 64);
	else if (what == KAFKA_COMING_KNOWN + KNOWN_BEAT)
		fetch_beat(m, step);
	else if (what == KAFKA_COMING_KNOWN + KNOWN_COMMIT)
		fetch_commit(m, step);
	else if (what == KAFKA_COMING_OTHER)
		fetch_all(m, step);
}
