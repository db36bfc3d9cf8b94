/* SPDX-License-Identifier: Apache-2.0 */
#include "member.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/pool.h>

#include "again.h"
#include "client.h"
#include "correlator.h"
#include "epoch.h"
#include "kind.h"
#include "speaker.h"
#include "process.h"

/* An id that its owner did not come back with for this long is of no use any more. */
#define FORGET_UNUSED (60 * NS_PER_S)

struct member *member_find(struct group *g, struct kf_bytes id)
{
	return id.ptr && id.len ? roster_find(g, id) : NULL;
}

static struct member *member_new(struct group *g, struct kf_bytes id)
{
	const char *kept = text_kept(g->owner, id);
	struct member *m = kept ? pool_get(g->owner->members) : NULL;

	if (!m) {
		text_free(kept);
		return NULL;
	}
	*m = (struct member){ .group = g, .id = kept, .refs = 1, .generation = -1, .synced = -1, .sync_asked = -1 };
	m->last_seen = m->told = m->gone_at = m->joined_at = GROUP_UNKNOWN_TIME;
	m->synced_at = m->synced_before = GROUP_UNKNOWN_TIME;
	return m;
}

struct member *member_get(struct group *g, struct kf_bytes id)
{
	struct member *m = member_find(g, id);

	if (m || !id.ptr || !id.len || !(m = member_new(g, id)))
		return m;
	if (!roster_add(g, m)) {
		member_unref(m);
		return NULL;
	}
	g->owner->stats.members++;
	return m;
}

struct member *member_by_instance(struct group *g, struct kf_bytes instance)
{
	struct member *m;

	if (!instance.ptr)
		return NULL;
	for (m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN && text_is(m->instance, instance))
			return m;
	return NULL;
}

struct member *member_ref(struct member *m)
{
	if (m)
		m->refs++;
	return m;
}

void member_unref(struct member *m)
{
	struct pool *from;

	if (!m || --m->refs)
		return;
	from = m->group->owner->members;
	client_unbind(m);
	text_free(m->id);
	text_free(m->instance);
	text_free(m->client_id);
	text_free(m->host);
	text_free(m->software);
	text_free(m->reason);
	kind_member_free(m->kind);
	free(m->committing);
	if (m->seldom)
		free(m->seldom->learned);
	free(m->seldom);
	seat_free(m->seat);
	pool_put(from, m);
}

static struct kf_bytes bytes_of(const char *s)
{
	return (struct kf_bytes){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

/* Up to a zero byte, and as far as there is room. */
static uint32_t append(uint8_t *text, uint32_t at, uint32_t room, struct kf_bytes b)
{
	size_t n = b.len ? strnlen((const char *)b.ptr, b.len < room - at ? b.len : room - at) : 0;

	memcpy(text + at, b.ptr ? b.ptr : text, n);
	return at + (uint32_t)n;
}

static void set_software(struct member *m, const struct kafka_names *n)
{
	enum { LONGEST = 255 };
	uint8_t text[LONGEST + 1];
	uint32_t len;

	if (m->software || !n->software_name.ptr)
		return;
	len = append(text, 0, LONGEST, n->software_name);
	text[len++] = ' ';
	if (len < LONGEST)
		len = append(text, len, LONGEST, n->software_version);
	m->software = text_common(m->group->owner, (struct kf_bytes){ text, len < LONGEST ? len : LONGEST });
}

void member_seen_on(struct member *m, const struct kafka_message *msg)
{
	const char *before = m->client_id;
	char host[NET_ENDPOINT_TEXT];

	m->visible = true;
	m->hung_up = false;
	text_set_common(m->group->owner, &m->client_id, msg->client_id);
	if (m->client_id != before) {
		m->group->roster.misfiled |= before != NULL;
		again_over(m);
	}
	if (!m->host)
		m->host = text_common(m->group->owner, bytes_of(net_host_text(msg->conn->client, host)));
	if (!m->local)
		m->local = process_of(m->group->owner, msg->conn);
	set_software(m, msg->conn->names);
	client_bind(m, msg);
}

void member_enter(struct member *m)
{
	if (m->presence == MEMBER_IN)
		return;
	if (m->presence == MEMBER_GONE)
		roster_returns(m->group, m);
	else
		m->gone_at = GROUP_UNKNOWN_TIME; /* it was given_at */
	m->presence = MEMBER_IN;
	m->group->n_in++;
}

void member_leave_group(struct member *m, enum group_change how, int64_t at)
{
	if (m->presence == MEMBER_IN)
		m->group->n_in--;
	m->gone_at = at;
	roster_goes(m->group, m);
	m->presence = MEMBER_GONE;
	m->gone_how = how;
}

struct seldom *member_seldom(struct member *m)
{
	if (!m->seldom && (m->seldom = malloc(sizeof(*m->seldom))))
		*m->seldom = (struct seldom){ .refused = GROUP_UNKNOWN_TIME };
	return m->seldom;
}

void member_alive(struct member *m, int64_t at, uint64_t frame)
{
	if (at <= m->last_seen)
		return;
	m->last_seen = at;
	m->last_frame = frame;
}

const char *member_identity(const struct member *m)
{
	return m->instance ? m->instance : m->id;
}

const char *member_label(const struct member *m)
{
	return m->client_id ? m->client_id : m->instance ? m->instance : m->id;
}

static bool is_former(const struct member *o, const struct member *m, bool (*is)(const struct member *former))
{
	return o->presence == MEMBER_GONE && o->group == m->group && text_both(o->client_id, m->client_id) &&
	       text_both(o->host, m->host) && is(o);
}

/* Who has its client id and host is among the members of its client, of any group, and among those of the group that are
 * gone. Both are gone through at once: whichever ends first has told all. */
bool member_has_former(const struct member *m, bool (*is)(const struct member *former))
{
	const struct member *gone = m->group->roster.gone, *same = NULL;
	bool filed = m->client_key && !m->group->roster.misfiled;

	if (!m->client_id || !m->host)
		return false;
	for (same = filed ? client_first(m) : NULL; gone && (same || !filed); gone = gone->hh.next) {
		if (is_former(gone, m, is) || (filed && is_former(same, m, is)))
			return true;
		same = filed ? client_member_after(same) : NULL;
	}
	return false;
}

static bool is_any(const struct member *former)
{
	(void)former;
	return true;
}

bool member_is_return(const struct member *m)
{
	return member_has_former(m, is_any);
}

static void forget(struct group *g, struct member *m)
{
	roster_remove(g, m);
	speaker_forget(m);
	g->owner->stats.members--;
	member_unref(m);
}

static void forget_unused(struct group *g, int64_t before)
{
	struct member *m, *next;

	if (g->roster.n - g->roster.n_gone == g->n_in)
		return;
	for (m = g->members; m; m = next) {
		next = m->hh.next;
		if (m->presence == MEMBER_PENDING && m->refs == 1 && m->last_seen < before)
			forget(g, m);
	}
}

void members_forget(struct group *g, int64_t before)
{
	struct member *m, *next;

	forget_unused(g, before);
	for (m = g->roster.gone; m && m->gone_at < before; m = next) {
		next = m->hh.next;
		if (m->refs == 1)
			forget(g, m);
	}
}

void members_tidy(struct group *g)
{
	int64_t now = g->owner->now;

	if (g->roster.n < 4 * g->n_in + 1024 || now - g->tidied_at < FORGET_UNUSED)
		return;
	g->tidied_at = now;
	members_forget(g, now - FORGET_UNUSED);
}

static void free_list(struct member *m)
{
	struct member *next;

	for (; m; m = next) {
		next = m->hh.next;
		speaker_forget(m);
		member_unref(m);
	}
}

void members_free(struct group *g)
{
	roster_free(g);
	free_list(g->members);
	free_list(g->roster.gone);
	g->members = g->roster.gone = NULL;
}
