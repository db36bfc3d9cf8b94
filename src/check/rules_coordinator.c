/* SPDX-License-Identifier: Apache-2.0
 *
 * W07 to W09: who the coordinator is, and what to do when it is not, or not yet.
 */
#include "engine.h"

#include <stdlib.h>

/* NULL: neither found nor judged. */
static struct found *found_of(const struct talk *t)
{
	struct found key = { .key = { .client = t->client, .group = t->group } }, *f;

	HASH_FIND(hh, t->check->found, &key.key, sizeof(key.key), f);
	return f;
}

static bool was_found(const struct talk *t)
{
	const struct found *f = found_of(t);

	return f && f->at.ts;
}

/* Judged once: what comes after is a consequence. */
static void as_if_found(const struct talk *t)
{
	struct found *f = calloc(1, sizeof(*f));

	if (!f)
		return;
	f->key.client = t->client;
	f->key.group = t->group;
	HASH_ADD(hh, t->check->found, key, sizeof(f->key), f);
}

/* What a client asks that is new to its group; one that was there before the capture goes on with heartbeats. */
static bool begins(const struct talk *t)
{
	if (t->m->api_key == API_GROUP_HEARTBEAT)
		return t->q->generation == 0;
	return t->m->api_key == API_JOIN && !t->q->ask.id;
}

/* The connection that a request would have gone on, unless it is the one at hand: nothing is missing of that one. */
static uint64_t elsewhere(const struct talk *t, uint64_t conn)
{
	return conn == t->conn->id ? 0 : conn;
}

/* ---- W07: FindCoordinator first ----------------------------------------------------------------------------- */

static void w07_asked(const struct talk *t)
{
	char server[NET_ENDPOINT_TEXT];

	if (!t->group)
		return;
	if (t->conn->found == t->group || was_found(t)) {
		t->conn->found = t->group;
		rule_pass(t, 7);
		return;
	}
	if (found_of(t))
		return;
	as_if_found(t);
	if (!t->client->seen_from_start || !t->client->metadata.ts || !begins(t))
		return;
	rule_fail(t, &(struct blame){ .rule = 7, .wide = true, .since = t->client->first, .frames = { t->m->frame },
	                              .confirm = elsewhere(t, t->client->metadata_conn),
	                              .expected = "a FindCoordinator answer for the group before" },
	          "%s to %s without one", kf_api_name(t->m->api_key), net_endpoint_text(t->m->conn->server, server));
}

static void w07_answered(const struct talk *t)
{
	char server[NET_ENDPOINT_TEXT], named[NET_ENDPOINT_TEXT];
	const struct group *g = t->group;
	const struct server *there = NULL;

	if (t->error != ERR_NOT_COORDINATOR || !g || !g->named_known || g->found.ts >= t->q->ts ||
	    net_endpoint_equal(&g->named, t->m->conn->server))
		return;
	/* The name it was given leads to another broker that the capture knows as one. */
	HASH_FIND(hh, t->check->servers, &g->named, sizeof(g->named), there);
	if (!there || t->q->ts - g->found.ts < CROSSING)
		return;
	rule_fail(t, &(struct blame){ .rule = 7, .since = g->found.ts, .frames = { g->found.frame, t->q->frame, t->m->frame },
	                              .expected = "group requests to the node that FindCoordinator named" },
	          "%s to %s, which is not the coordinator; FindCoordinator had named %s", kf_api_name(t->m->api_key),
	          net_endpoint_text(t->m->conn->server, server), net_endpoint_text(&g->named, named));
}

/* ---- W08: after NOT_COORDINATOR ------------------------------------------------------------------------------- */

static void w08_answered(const struct talk *t)
{
	struct client *k = t->client;

	if ((t->error != ERR_NOT_COORDINATOR && t->error != ERR_NOT_AVAILABLE) || k->find.ts || !t->group)
		return;
	/* It was on the way when the client had already asked who is. */
	if (k->last_find.ts > t->q->ts)
		return;
	k->find = mark_of(t);
	k->find_code = t->error;
	k->find_group = t->group;
	k->find_conn = t->conn->id;
	k->find_member = t->member ? t->member->digest : 0;
	k->find_missed = 0;
}

/* Threads may share a client.id: what another of them does is not meant. */
static bool is_it(const struct talk *t, uint64_t conn, uint64_t member)
{
	return conn == t->conn->id || (member && t->member && t->member->digest == member);
}

static void w08_asked(const struct talk *t)
{
	struct client *k = t->client;

	/* One that was never seen to ask does it where the capture does not see it. */
	if (!k->find.ts || !was_found(t) || k->find_group != t->group || !is_it(t, k->find_conn, k->find_member))
		return;
	if (k->last_find.ts >= k->find.ts) {
		rule_pass(t, 8);
		k->find.ts = 0;
		return;
	}
	/* One that comes soon may have been sent before the answer came; three in a row were not. */
	if (t->m->ts - k->find.ts <= CROSSING && ++k->find_missed < 3)
		return;
	rule_fail(t, &(struct blame){ .rule = 8, .wide = true, .since = k->find.ts - NS_PER_S,
	                              .confirm = elsewhere(t, k->last_find_conn),
	                              .frames = { k->find.frame, t->m->frame },
	                              .expected = "FindCoordinator before the next request about the group" },
	          "%s %lld ms after %s, and no FindCoordinator", kf_api_name(t->m->api_key),
	          (long long)((t->m->ts - k->find.ts) / NS_PER_MS), kf_error_name(k->find_code));
	k->find.ts = 0;
}

static void w08_find(const struct talk *t)
{
	struct client *k = t->client;

	if (!k->find.ts || k->find_group != t->group)
		return;
	rule_pass(t, 8);
	k->find.ts = 0;
}

/* ---- W09: while the coordinator loads -------------------------------------------------------------------------- */

static void w09_answered(const struct talk *t)
{
	struct conn *n = t->conn;

	if (t->error != ERR_LOADING) {
		n->loading_n = 0;
		return;
	}
	if (n->loading_api != t->m->api_key || n->loading_group != t->group)
		n->loading_n = 0;
	n->loading = mark_of(t);
	n->loading_asked = t->q->ts;
	n->loading_api = t->m->api_key;
	n->loading_group = t->group;
}

/* Of the `growing` threshold: retry.backoff.max.ms ends the growth, and the jitter is 20 %. */
#define GROWN_AFTER 4

static bool has_grown(const struct conn *n, int64_t pause)
{
	return n->loading_n < GROWN_AFTER || pause >= n->loading_pause / 2 * 3 || pause >= NS_PER_S * 4 / 5;
}

static void w09_asked(const struct talk *t)
{
	struct conn *n = t->conn;
	int64_t least = param_of(t->check, 9, 0, t->client, t->group), after = t->m->ts - n->loading_asked,
		pause = t->m->ts - n->loading.ts;
	bool growing = param_of(t->check, 9, 1, t->client, t->group) != 0;
	struct blame b = { .rule = 9, .since = n->loading.ts, .frames = { n->loading.frame, t->m->frame },
		           .expected = "the same request again after retry.backoff.ms" };

	if (!n->loading.ts || n->loading_api != t->m->api_key || n->loading_group != t->group)
		return;
	if (!n->loading_n++)
		n->loading_pause = pause;
	if (after < least)
		rule_fail(t, &b, "%s again %.1f ms after the one that COORDINATOR_LOAD_IN_PROGRESS was said to",
		          kf_api_name(t->m->api_key), (double)after / 1e6);
	else if (growing && !has_grown(n, pause)) {
		b.expected = "pauses that grow from retry to retry (retry.backoff.max.ms)";
		rule_fail(t, &b, "retry %u of %s after %.1f ms, the first one after %.1f ms", n->loading_n,
		          kf_api_name(t->m->api_key), (double)pause / 1e6, (double)n->loading_pause / 1e6);
	} else {
		rule_pass(t, 9);
	}
	n->loading.ts = 0;
}

const struct hook hooks_coordinator[] = {
	{ .rule = 7, .api = API_JOIN, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 7, .api = API_HEARTBEAT, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 7, .api = API_SYNC, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 7, .api = API_LEAVE, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 7, .api = API_COMMIT, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 7, .api = API_OFFSET_FETCH, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 7, .api = API_GROUP_HEARTBEAT, .asked = w07_asked, .answered = w07_answered },
	{ .rule = 8, .api = API_JOIN, .asked = w08_asked, .answered = w08_answered },
	{ .rule = 8, .api = API_HEARTBEAT, .asked = w08_asked, .answered = w08_answered },
	{ .rule = 8, .api = API_SYNC, .asked = w08_asked, .answered = w08_answered },
	{ .rule = 8, .api = API_COMMIT, .asked = w08_asked, .answered = w08_answered },
	{ .rule = 8, .api = API_OFFSET_FETCH, .asked = w08_asked, .answered = w08_answered },
	{ .rule = 8, .api = API_GROUP_HEARTBEAT, .asked = w08_asked, .answered = w08_answered },
	{ .rule = 8, .api = API_FIND_COORDINATOR, .asked = w08_find },
	/* These are asked one after the other: the next one cannot have been sent before the answer came. Heartbeats of
	 * the consumer group protocol are left out: Kafka's own client sends the next one within milliseconds. */
	{ .rule = 9, .api = API_JOIN, .asked = w09_asked, .answered = w09_answered },
	{ .rule = 9, .api = API_SYNC, .asked = w09_asked, .answered = w09_answered },
	{ .rule = 9, .api = API_OFFSET_FETCH, .asked = w09_asked, .answered = w09_answered },
	{ .rule = 0 },
};
