/* SPDX-License-Identifier: Apache-2.0 */
#include "kind.h"

#include <stdlib.h>
#include <string.h>

#include "member.h"

const char *group_kind_name(enum group_kind k)
{
	static const char *const names[] = {
		[GROUP_KIND_CONSUMER] = "consumer",
		[GROUP_KIND_STREAMS] = "streams",
		[GROUP_KIND_CONNECT] = "connect",
		[GROUP_KIND_REGISTRY] = "schema-registry",
		[GROUP_KIND_OTHER] = "other",
	};

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : NULL;
}

enum group_kind kind_of(const struct group *g)
{
	const char *type = g->protocol_type;

	if (g->epochs)
		return GROUP_KIND_CONSUMER;
	if (!type || !*type)
		return GROUP_KIND_UNKNOWN;
	if (strcmp(type, "connect") == 0)
		return GROUP_KIND_CONNECT;
	if (strcmp(type, "sr") == 0)
		return GROUP_KIND_REGISTRY;
	if (strcmp(type, "consumer") != 0)
		return GROUP_KIND_OTHER;
	return text_both(g->assignor, "stream") ? GROUP_KIND_STREAMS : GROUP_KIND_CONSUMER;
}

/* ---- shares -------------------------------------------------------------------------------------------- */

bool shares_add(struct shares *s, uint32_t what, int32_t number)
{
	size_t cap = s->cap ? s->cap * 2 : 8;
	struct share *p = s->of;

	if (s->n == s->cap) {
		p = realloc(s->of, cap * sizeof(*p));
		if (!p)
			return false;
		s->of = p;
		s->cap = cap;
	}
	p[s->n++] = (struct share){ .what = what, .number = number };
	return true;
}

static int by_share(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void shares_sort(struct shares *s)
{
	size_t kept = 0;

	if (s->n > 1)
		qsort(s->of, s->n, sizeof(*s->of), by_share);
	for (size_t i = 0; i < s->n; i++)
		if (i == 0 || by_share(&s->of[i - 1], &s->of[i]) != 0)
			s->of[kept++] = s->of[i];
	s->n = kept;
}

bool shares_have(const struct shares *s, struct share one)
{
	return s->n && bsearch(&one, s->of, s->n, sizeof(*s->of), by_share);
}

void shares_clear(struct shares *s)
{
	free(s->of);
	*s = (struct shares){ NULL, 0, 0 };
}

/* ---- members ------------------------------------------------------------------------------------------- */

struct kind_member *kind_member_new(void)
{
	struct kind_member *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->offset = m->offset_given = NO_OFFSET;
	m->next_ms = INT64_MAX;
	m->version = m->given = m->joined = -1;
	return m;
}

void kind_member_free(struct kind_member *m)
{
	if (!m)
		return;
	shares_clear(&m->runs);
	shares_clear(&m->active);
	shares_clear(&m->standby);
	text_free(m->url);
	free(m);
}

static struct kind_member *read_streams(struct kf_bytes metadata)
{
	struct consumer_protocol_subscription s;
	int16_t version;

	if (kf_subscription(metadata, &s, &version, NULL) != KF_OK || !s.user_data.len)
		return NULL;
	return streams_member(s.user_data);
}

static struct kind_member *read_metadata(struct groups *gs, struct kf_bytes type, struct kf_bytes name,
                                         struct kf_bytes metadata)
{
	if (kf_bytes_are(type, "connect"))
		return connect_member(gs, metadata);
	if (kf_bytes_are(type, "sr"))
		return registry_member(metadata);
	return kf_bytes_are(type, "consumer") && kf_bytes_are(name, "stream") ? read_streams(metadata) : NULL;
}

/* The first protocol is the one that the member likes best; in Connect it says most. */
struct kind_member *kind_read_member(struct groups *gs, struct kf_bytes type, struct kf_array protocols)
{
	struct join_group_request_protocol p;
	struct kind_member *m = NULL;

	while (!m && kf_next(&protocols, &p))
		m = read_metadata(gs, type, p.name, p.metadata);
	return m;
}

void kind_read_listed(struct group *g, struct member *m, int32_t generation, struct kf_bytes metadata)
{
	enum group_kind kind = kind_of(g);
	struct kind_member *k = NULL;

	if (kind == GROUP_KIND_CONNECT)
		k = connect_member(g->owner, metadata);
	else if (kind == GROUP_KIND_REGISTRY)
		k = registry_member(metadata);
	else if (kind == GROUP_KIND_STREAMS)
		k = read_streams(metadata);
	if (!k)
		return;
	kind_member_free(m->kind);
	m->kind = k;
	k->joined = generation;
}

const char *kind_who(struct scratch *s, const struct member *m)
{
	enum group_kind kind = m ? kind_of(m->group) : GROUP_KIND_UNKNOWN;
	const char *from, *name = kind == GROUP_KIND_CONNECT ? "worker" : "registry";
	size_t len;

	if (!m || !m->kind || !m->kind->url || (kind != GROUP_KIND_CONNECT && kind != GROUP_KIND_REGISTRY))
		return NULL;
	from = strstr(m->kind->url, "://");
	from = from ? from + 3 : m->kind->url;
	len = strcspn(from, "/");
	return scratch_text(s, "%s %.*s (%s)", name, (int)(len < 256 ? len : 256), from, member_label(m));
}

/* ---- what the leader told ------------------------------------------------------------------------------- */

void kind_told_free(struct kind_told *t)
{
	if (!t)
		return;
	shares_clear(&t->waiting);
	text_free(t->leader_url);
	text_free(t->master);
	text_free(t->master_url);
	free(t);
}

struct kind_told *kind_told_get(struct kind_told **told, int64_t ts)
{
	if (*told)
		return *told;
	*told = calloc(1, sizeof(**told));
	if (!*told)
		return NULL;
	(*told)->offset = NO_OFFSET;
	(*told)->generation = (*told)->version = -1;
	(*told)->next_ms = INT64_MAX;
	(*told)->told_at = ts;
	return *told;
}

const struct kind_told *kind_before(const struct group *g)
{
	int32_t before = g->round ? g->round->previous : g->generation;

	return g->told && (g->told->generation < 0 || g->told->generation == before) ? g->told : NULL;
}

int kind_add(struct group *g, struct kind_told **told, struct assignment *a, struct member *m, int32_t generation,
             struct kf_bytes blob)
{
	switch (kind_of(g)) {
	case GROUP_KIND_CONNECT:
		return connect_add(g, told, a, m, generation, blob);
	case GROUP_KIND_REGISTRY:
		return registry_add(told, blob, g->owner->now);
	default:
		return -1;
	}
}

void kind_add_user_data(struct group *g, struct kind_told **told, struct member *m, int32_t generation,
                        struct kf_bytes data)
{
	if (kind_of(g) == GROUP_KIND_STREAMS)
		streams_add(told, m, generation, data, g->owner->now);
}

/* ---- rebalances ---------------------------------------------------------------------------------------- */

bool kind_rejoin(struct group *g, const struct join *j, struct candidate *c)
{
	switch (kind_of(g)) {
	case GROUP_KIND_CONNECT:
		return connect_rejoin(g, j, c);
	case GROUP_KIND_STREAMS:
		return streams_rejoin(g, j, c);
	default:
		return false;
	}
}

static void fill_urls(struct group *g, struct group_rebalance *out)
{
	for (size_t i = 0; i < out->n_members; i++) {
		/* The event's own memory, which is not told yet. */
		struct group_rebalance_member *m = (struct group_rebalance_member *)(uintptr_t)&out->members[i];
		const struct member *known = roster_named(g, m->member);

		m->url = known && known->kind ? known->kind->url : NULL;
	}
}

void kind_fill(struct group *g, const struct round *r, struct group_rebalance *out)
{
	out->kind = kind_of(g);
	if (out->kind == GROUP_KIND_UNKNOWN || out->kind == GROUP_KIND_CONSUMER)
		return;
	fill_urls(g, out);
	if (out->kind == GROUP_KIND_CONNECT)
		connect_fill(g, r, out);
	else if (out->kind == GROUP_KIND_STREAMS)
		streams_fill(g, r, out);
	else if (out->kind == GROUP_KIND_REGISTRY)
		registry_fill(g, r, out);
}

void kind_conclude(struct group *g, struct round *r, const struct group_rebalance *out)
{
	if (out->outcome != GROUP_STABLE && out->outcome != GROUP_EMPTY)
		return;
	kind_told_free(g->told);
	g->told = r->told;
	r->told = NULL;
	if (g->told)
		g->told->generation = r->generation;
}
