/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "settings.h"

#define MOST 50000

struct seen_conn {
	UT_hash_handle hh;
	uint64_t id;
	unsigned n; /* requests of the handshake so far */
	bool from_start, told, meant;
	const struct kafka_names *names; /* by which it was decided whether it is meant */
	char words[WORDS_BYTES];
	int64_t fetch, metadata;
	struct seen_member *beating; /* whose heartbeat is under way */
};

struct seen_member {
	UT_hash_handle hh;
	uint64_t digest;
	int64_t beat, told, joined, commit;
};

const char *const timing_names[TIMINGS] = {
	[TIMING_HEARTBEAT] = "between heartbeats",
	[TIMING_REJOIN] = "REBALANCE_IN_PROGRESS to JoinGroup",
	[TIMING_JOIN] = "JoinGroup to its answer",
	[TIMING_SYNC] = "JoinGroup answer to SyncGroup",
	[TIMING_COMMIT] = "between commits",
	[TIMING_FETCH] = "between fetches",
	[TIMING_METADATA] = "between metadata requests",
};

/* ---- spreads --------------------------------------------------------------------------------------------------- */

void spread_add(struct spread *s, int64_t ns)
{
	double steps = ns > 1000 ? log2((double)ns / 1000) * 4 : 0;
	size_t i = steps < BUCKETS - 1 ? (size_t)steps : BUCKETS - 1;

	if (ns < 0)
		return;
	s->bucket[i]++;
	s->n++;
}

int64_t spread_quantile(const struct spread *s, unsigned percent)
{
	uint64_t want = (s->n * percent + 99) / 100, n = 0;

	for (size_t i = 0; s->n && i < BUCKETS; i++) {
		n += s->bucket[i];
		if (n >= want)
			return (int64_t)(1000 * exp2(((double)i + 0.5) / 4));
	}
	return -1;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static void word_add(struct word **words, const char *text)
{
	struct word *w;

	HASH_FIND_STR(*words, text, w);
	if (!w) {
		if (HASH_COUNT(*words) >= 1000 || !(w = calloc(1, sizeof(*w))))
			return;
		snprintf(w->text, sizeof(w->text), "%s", text);
		HASH_ADD_STR(*words, text, w);
	}
	w->count++;
}

static void words_free(struct word **words)
{
	struct word *w, *next;

	HASH_ITER(hh, *words, w, next) {
		HASH_DEL(*words, w);
		free(w);
	}
}

/* ---- connections and members ------------------------------------------------------------------------------------ */

static struct seen_conn *conn_of(struct profile *p, const struct kafka_conn *k)
{
	struct seen_conn *c;

	HASH_FIND(hh, p->conns, &k->id, sizeof(k->id), c);
	if (c || HASH_COUNT(p->conns) >= MOST || !(c = calloc(1, sizeof(*c))))
		return c;
	c->id = k->id;
	c->from_start = k->from_start;
	HASH_ADD(hh, p->conns, id, sizeof(c->id), c);
	p->connections++;
	return c;
}

/* ---- who is meant ------------------------------------------------------------------------------------------------- */

#define NAME_BYTES 256

bool profile_means(const char *pattern, const char *id, const char *software, const char *version)
{
	char both[2 * NAME_BYTES];

	if (!pattern || (id && glob_match(pattern, id)) || (software && glob_match(pattern, software)))
		return true;
	if (!software)
		return false;
	snprintf(both, sizeof(both), "%s %s", software, version ? version : "");
	return glob_match(pattern, both);
}

static const char *text_of(struct kf_bytes b, char out[NAME_BYTES])
{
	if (!b.ptr)
		return NULL;
	snprintf(out, NAME_BYTES, "%.*s", (int)(b.len < NAME_BYTES ? b.len : NAME_BYTES - 1), (const char *)b.ptr);
	return out;
}

/* Decided anew when the connection tells its software. */
static bool is_meant(const struct profile *p, struct seen_conn *c, const struct kafka_message *m)
{
	char id[NAME_BYTES], software[NAME_BYTES], version[NAME_BYTES];
	const struct kafka_names *n = m->conn->names;

	if (!p->client || c->names == n)
		return !p->client || c->meant;
	c->names = n;
	c->meant = profile_means(p->client, text_of(n->client_id, id), text_of(n->software_name, software),
	                         text_of(n->software_version, version));
	return c->meant;
}

/* A group of another name, or without a member that is meant. */
static bool is_group_meant(const struct profile *p, const struct group_event *e)
{
	const struct group_rebalance *r = &e->rebalance;

	if (p->group && !(e->group && glob_match(p->group, e->group)))
		return false;
	if (!p->client)
		return true;
	if (e->type != GROUP_EVENT_REBALANCE)
		return profile_means(p->client, e->commit.client_id, NULL, NULL);
	for (size_t i = 0; i < r->n_members; i++)
		if (profile_means(p->client, r->members[i].client_id, r->members[i].software, NULL))
			return true;
	return false;
}

/* Member ids are unique over groups. */
static struct seen_member *member_of(struct profile *p, struct kf_bytes id)
{
	uint64_t digest = digest_of(id);
	struct seen_member *m;

	if (!id.len)
		return NULL;
	HASH_FIND(hh, p->members, &digest, sizeof(digest), m);
	if (m || HASH_COUNT(p->members) >= MOST || !(m = calloc(1, sizeof(*m))))
		return m;
	m->digest = digest;
	HASH_ADD(hh, p->members, digest, sizeof(m->digest), m);
	return m;
}

/* ---- messages ----------------------------------------------------------------------------------------------------- */

static void handshake_end(struct profile *p, struct seen_conn *c)
{
	if (c->n && c->from_start && !c->told)
		word_add(&p->handshakes, c->words);
	c->told = true;
}

static void handshake(struct profile *p, struct seen_conn *c, const struct kafka_message *m)
{
	size_t len = strlen(c->words);

	if (c->told)
		return;
	snprintf(c->words + len, sizeof(c->words) - len, "%s%s v%d", len ? ", " : "", m->schema ? m->schema->name : "?",
	         m->asked_version);
	if (++c->n == HANDSHAKE)
		handshake_end(p, c);
}

static void software(struct profile *p, const struct kafka_names *n)
{
	char text[WORDS_BYTES];

	snprintf(text, sizeof(text), "%.*s %.*s", (int)(n->software_name.len < 80 ? n->software_name.len : 80),
	         n->software_name.ptr ? (const char *)n->software_name.ptr : "?",
	         (int)(n->software_version.len < 80 ? n->software_version.len : 80),
	         n->software_version.ptr ? (const char *)n->software_version.ptr : "?");
	word_add(&p->software, n->software_name.ptr ? text : "not told");
}

static void interval(struct spread *s, int64_t *before, int64_t now)
{
	if (*before)
		spread_add(s, now - *before);
	*before = now;
}

union asked {
	struct heartbeat_request heartbeat;
	struct join_group_request join;
	struct sync_group_request sync;
	struct offset_commit_request commit;
	struct consumer_group_heartbeat_request epoch;
};

static bool decoded(const struct kafka_message *m, void *out, size_t size)
{
	return m->status == KAFKA_OK && m->schema && m->body.ptr && m->schema->body->size <= size &&
	       kf_decode(m->schema, m->version, &m->body, out, NULL) == KF_OK;
}

static void group_request(struct profile *p, struct seen_conn *c, const struct kafka_message *m)
{
	struct seen_member *s;
	union asked q;

	if (!decoded(m, &q, sizeof(q)))
		return;
	if (m->api_key == API_HEARTBEAT) {
		if ((s = member_of(p, q.heartbeat.member_id)))
			interval(&p->timing[TIMING_HEARTBEAT], &s->beat, m->ts);
		c->beating = s;
	} else if (m->api_key == API_GROUP_HEARTBEAT) {
		if ((s = member_of(p, q.epoch.member_id)))
			interval(&p->timing[TIMING_HEARTBEAT], &s->beat, m->ts);
	} else if (m->api_key == API_COMMIT) {
		if ((s = member_of(p, q.commit.member_id)))
			interval(&p->timing[TIMING_COMMIT], &s->commit, m->ts);
	} else if (m->api_key == API_JOIN) {
		s = member_of(p, q.join.member_id);
		if (s && s->told)
			spread_add(&p->timing[TIMING_REJOIN], m->ts - s->told);
		if (s)
			s->told = s->beat = 0;
	} else if (m->api_key == API_SYNC) {
		s = member_of(p, q.sync.member_id);
		if (s && s->joined)
			spread_add(&p->timing[TIMING_SYNC], m->ts - s->joined);
		if (s)
			s->joined = 0;
	}
}

static void request(struct profile *p, const struct kafka_message *m)
{
	struct seen_conn *c = conn_of(p, m->conn);

	if (m->api_key < 0 || m->api_key >= APIS || !c || !is_meant(p, c, m))
		return;
	p->api[m->api_key].requests++;
	if (m->asked_version >= 0 && m->asked_version < 64)
		p->api[m->api_key].versions |= UINT64_C(1) << m->asked_version;
	handshake(p, c, m);
	if (m->api_key == API_VERSIONS)
		software(p, m->conn->names);
	else if (m->api_key == API_FETCH)
		interval(&p->timing[TIMING_FETCH], &c->fetch, m->ts);
	else if (m->api_key == API_METADATA)
		interval(&p->timing[TIMING_METADATA], &c->metadata, m->ts);
	else if (api_is_group(m->api_key))
		group_request(p, c, m);
}

/* A heartbeat answer names nobody: who beat last on this connection is meant. */
static void response(struct profile *p, const struct kafka_message *m)
{
	struct seen_conn *c = conn_of(p, m->conn);
	struct join_group_response join;
	struct heartbeat_response beat;
	struct seen_member *s;

	if (!c || !is_meant(p, c, m))
		return;
	if (m->api_key == API_HEARTBEAT && decoded(m, &beat, sizeof(beat))) {
		p->api[m->api_key].errors += beat.error_code != ERR_NONE;
		if (beat.error_code == ERR_REBALANCING && c && c->beating && !c->beating->told)
			c->beating->told = m->ts;
	} else if (m->api_key == API_JOIN && decoded(m, &join, sizeof(join))) {
		p->api[m->api_key].errors += join.error_code != ERR_NONE;
		if (join.error_code == ERR_NONE && m->latency >= 0)
			spread_add(&p->timing[TIMING_JOIN], m->latency);
		s = join.error_code == ERR_NONE ? member_of(p, join.member_id) : NULL;
		if (s)
			s->joined = m->ts;
	}
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	if (m->conn->inter_broker || m->status == KAFKA_RAW_SASL)
		return;
	if (m->direction == KF_REQUEST)
		request(ctx, m);
	else
		response(ctx, m);
}

static enum kafka_want want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	(void)ctx;
	(void)direction;
	return api_is_group(api_key) ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
}

static void on_connection(void *ctx, struct kafka_conn *k, enum kafka_conn_event event, enum kf_direction from, int64_t ts,
                          uint64_t frame)
{
	struct profile *p = ctx;
	struct seen_conn *c;

	(void)from;
	(void)ts;
	(void)frame;
	if (event != KAFKA_CONN_ENDED)
		return;
	HASH_FIND(hh, p->conns, &k->id, sizeof(k->id), c);
	if (!c)
		return;
	handshake_end(p, c);
	HASH_DEL(p->conns, c);
	free(c);
}

struct kafka_sink profile_kafka_sink(struct profile *p)
{
	return (struct kafka_sink){ .ctx = p, .want = want, .message = on_message, .connection = on_connection };
}

/* ---- events ---------------------------------------------------------------------------------------------------------- */

static void see_group(struct profile *p, const char *name, const struct group_rebalance *r)
{
	size_t len = strlen(name);
	struct seen_group *g;

	HASH_FIND(hh, p->groups, name, len, g);
	if (!g) {
		if (HASH_COUNT(p->groups) >= MOST || !(g = calloc(1, sizeof(*g) + len + 1)))
			return;
		memcpy(g->name, name, len + 1);
		HASH_ADD_KEYPTR(hh, p->groups, g->name, len, g);
	}
	if (r->followup_of >= 0)
		g->followups++;
	else
		g->rebalances++;
	if (r->assignor)
		snprintf(g->assignor, sizeof(g->assignor), "%.60s", r->assignor);
}

void profile_event(void *ctx, const struct group_event *e)
{
	struct profile *p = ctx;
	const struct group_rebalance *r = &e->rebalance;

	if ((e->type != GROUP_EVENT_COMMIT_FAILED && e->type != GROUP_EVENT_REBALANCE) || !is_group_meant(p, e))
		return;
	if (e->type == GROUP_EVENT_REBALANCE && e->group)
		see_group(p, e->group, r);
	if (e->type == GROUP_EVENT_COMMIT_FAILED)
		p->commits_failed++;
	if (e->type != GROUP_EVENT_REBALANCE)
		return;
	if (r->followup_of >= 0)
		p->followups++;
	else
		p->rebalances++;
	p->moved += (uint32_t)r->n_moved;
	if (r->cause.id < 22)
		p->cause[r->cause.id]++;
	if (r->assignor)
		word_add(&p->assignors, r->assignor);
	if (group_mode_name(r->mode))
		word_add(&p->modes, group_mode_name(r->mode));
	if (r->ended != GROUP_UNKNOWN_TIME)
		spread_add(&p->duration, r->ended - r->started);
	for (size_t i = 0; i < r->n_members; i++)
		spread_add(&p->downtime, r->members[i].downtime);
}

void profile_only(struct profile *p, const char *client, const char *group)
{
	p->client = client;
	p->group = group;
}

struct profile *profile_new(void)
{
	return calloc(1, sizeof(struct profile));
}

void profile_free(struct profile *p)
{
	struct seen_conn *c, *next_conn;
	struct seen_member *m, *next_member;
	struct seen_group *g, *next_group;

	if (!p)
		return;
	HASH_ITER(hh, p->groups, g, next_group) {
		HASH_DEL(p->groups, g);
		free(g);
	}
	words_free(&p->software);
	words_free(&p->handshakes);
	words_free(&p->assignors);
	words_free(&p->modes);
	HASH_ITER(hh, p->conns, c, next_conn) {
		HASH_DEL(p->conns, c);
		free(c);
	}
	HASH_ITER(hh, p->members, m, next_member) {
		HASH_DEL(p->members, m);
		free(m);
	}
	free(p);
}
