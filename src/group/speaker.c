/* SPDX-License-Identifier: Apache-2.0 */
#include "speaker.h"

#include <stddef.h>
#include <string.h>

#include <regroup/fetch.h>

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

void speaker_ahead(void *ctx, const void *speaker, bool again, unsigned step)
{
	const struct member *m = speaker;

	(void)ctx;
	switch (step) {
	case 0:
		fetch(m, 64);
		break;
	case 1:
		fetch(m->group, again ? 64 : offsetof(struct group, coordinator));
		if (!again) {
			fetch(&m->hh, sizeof(*m) - offsetof(struct member, hh));
			offsets_fetch(m->group);
		}
		break;
	default:
		if (again)
			break;
		fetch(m->id, m->hh.keylen);
		fetch(m->group->name, m->group->hh.keylen);
		fetch(m->client_id, 1);
		committing_fetch(m);
		offsets_fetch_of(m);
	}
}
