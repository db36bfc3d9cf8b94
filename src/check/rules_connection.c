/* SPDX-License-Identifier: Apache-2.0
 *
 * W01 to W06, W10 and W38: what holds on every connection, whatever is asked.
 */
#include "engine.h"

#include <ctype.h>
#include <stdio.h>

#include <regroup/hash.h>

/* Bodies are compared by so many bytes. */
#define DIGEST_BYTES 4096

static const char *api_name(int16_t api)
{
	const char *name = kf_api_name(api);

	return name ? name : "unknown API";
}

/* ---- W01: ApiVersions first ------------------------------------------------------------------------------- */

static void w01_first_request(const struct talk *t)
{
	if (t->conn->requested || !t->conn->from_start)
		return;
	if (t->m->api_key == API_VERSIONS) {
		rule_pass(t, 1);
		return;
	}
	/* The broker has answered something already: the first request was not captured. */
	if (t->m->conn->responses_seen)
		return;
	rule_fail(t, &(struct blame){ .rule = 1, .since = t->conn->opened, .frames = { t->m->frame },
	                              .expected = "ApiVersions as the first request of the connection" },
	          "%s v%d was the first request", api_name(t->m->api_key), t->m->asked_version);
}

/* ---- W02: after UNSUPPORTED_VERSION ------------------------------------------------------------------------ */

static int16_t advertised_versions(const struct api_versions_response *a)
{
	struct api_versions_response_api_key k;
	struct kf_array keys = a->api_keys;

	while (kf_next(&keys, &k))
		if (k.api_key == API_VERSIONS)
			return k.max_version;
	return 0;
}

static void w02_answered(const struct talk *t)
{
	struct client *k = t->client;

	if (t->error != ERR_UNSUPPORTED_VERSION)
		return;
	k->unsupported = mark_of(t);
	k->unsupported_version = t->q->version;
	k->unsupported_conn = t->conn->id;
	k->advertised = advertised_versions(t->body);
}

static void w02_asked(const struct talk *t)
{
	struct client *k = t->client;
	int16_t version = t->m->asked_version;
	bool again;

	if (!k->unsupported.ts)
		return;
	again = version >= k->unsupported_version || (version > 0 && version > k->advertised);
	/* Another connection that was opened meanwhile knows nothing of it. */
	if (k->unsupported_conn != t->conn->id && again && t->conn->opened <= k->unsupported.ts)
		return;
	if (!again)
		rule_pass(t, 2);
	else
		rule_fail(t, &(struct blame){ .rule = 2, .wide = k->unsupported_conn != t->conn->id, .since = k->unsupported.ts,
		                              .frames = { k->unsupported.frame, t->m->frame },
		                              .expected = "ApiVersions v0, or a version that the broker advertised" },
		          "ApiVersions v%d again after UNSUPPORTED_VERSION for v%d (advertised: up to v%d)", version,
		          k->unsupported_version, k->advertised);
	k->unsupported.ts = 0;
}

/* ---- W03, W04: versions -------------------------------------------------------------------------------------- */

static void w03_version(const struct talk *t)
{
	const struct server *s = t->conn->server;
	int16_t api = t->m->api_key, version = t->m->asked_version;

	if (!s || !s->known || !t->conn->asked_versions || api == API_VERSIONS || api >= APIS)
		return;
	if (s->last[api] >= 0 && version >= s->first[api] && version <= s->last[api]) {
		rule_pass(t, 3);
		return;
	}
	rule_fail(t, &(struct blame){ .rule = 3, .frames = { t->m->frame },
	                              .expected = "a version that the broker's ApiVersions answer lists" },
	          s->last[api] < 0 ? "%s v%d, an API that the broker does not advertise"
	                           : "%s v%d; the broker advertised v%d to v%d",
	          api_name(api), version, s->first[api], s->last[api]);
}

/* The first version that Kafka 4.0 still takes; 0 where nothing was removed. */
static int16_t first_left(int16_t api)
{
	static const uint8_t first[] = {
		[0] = 3,  [1] = 4,  [2] = 1,  [8] = 2,  [9] = 1,  [19] = 2, [20] = 1, [23] = 2, [27] = 1, [29] = 1,
		[30] = 1, [31] = 1, [32] = 1, [34] = 1, [35] = 1, [38] = 1, [39] = 1, [40] = 1, [41] = 1,
	};

	return api >= 0 && api < (int16_t)sizeof(first) ? first[api] : 0;
}

static void w04_removed(const struct talk *t)
{
	int16_t first = first_left(t->m->api_key);

	if (!first)
		return;
	if (t->m->asked_version >= first) {
		rule_pass(t, 4);
		return;
	}
	rule_fail(t, &(struct blame){ .rule = 4, .frames = { t->m->frame },
	                              .expected = "a version that Kafka 4.0 still takes (KIP-896)" },
	          "%s v%d; Kafka 4.0 takes v%d and later", api_name(t->m->api_key), t->m->asked_version, first);
}

/* ---- W05: names ------------------------------------------------------------------------------------------------ */

/* KIP-511: [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])? */
static bool valid_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || !isalnum((unsigned char)s[0]) || !isalnum((unsigned char)s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '.')
			return false;
	return true;
}

static void w05_names(const struct talk *t)
{
	static const char expected[] = "one client.id, not empty, for the whole connection; a software name of "
				       "letters, digits, - and .";
	uint64_t digest = digest_of(t->m->client_id);
	struct conn *n = t->conn;
	struct blame b = { .rule = 5, .frames = { t->m->frame }, .expected = expected };

	if (n->id_judged && digest == n->client_digest)
		return;
	if (!t->m->client_id.len)
		rule_fail(t, &b, "%s without a client.id", api_name(t->m->api_key));
	else if (n->id_judged)
		rule_fail(t, &b, "client.id changed to '%.*s' within the connection", (int)t->m->client_id.len % 256,
		          (const char *)t->m->client_id.ptr);
	else if (t->client->software && (!valid_name(t->client->software) ||
	                                 (t->client->version && !valid_name(t->client->version))))
		rule_fail(t, &b, "software name '%s', version '%s'", t->client->software,
		          t->client->version ? t->client->version : "");
	else
		rule_pass(t, 5);
	n->id_judged = true;
	n->client_digest = digest;
}

/* ---- W06: correlation ids ---------------------------------------------------------------------------------------- */

static void w06_unique(const struct talk *t)
{
	struct request *older = NULL;

	if (!t->conn->requested || !t->conn->answered)
		return;
	for (struct request *q = t->conn->first; q && !older; q = q->next)
		if (q != t->q && q->correlation == t->m->correlation_id)
			older = q;
	if (!older) {
		rule_pass(t, 6);
		return;
	}
	rule_fail(t, &(struct blame){ .rule = 6, .since = older->ts, .frames = { older->frame, t->m->frame },
	                              .expected = "a correlation id that no request under way has" },
	          "%s with correlation id %d, which %s still has", api_name(t->m->api_key), t->m->correlation_id,
	          api_name(older->api));
}

/* ---- W10: the same request again ---------------------------------------------------------------------------------- */

static struct repeat *repeat_of(struct conn *n, int16_t api)
{
	unsigned i = 0;

	while (i < n->n_repeats && n->repeat[i].api != api)
		i++;
	if (i == n->n_repeats) {
		if (i == REPEATS)
			return NULL;
		n->n_repeats++;
		n->repeat[i] = (struct repeat){ .api = api };
	}
	return &n->repeat[i];
}

static uint64_t digest_body(const struct kafka_message *m)
{
	return hash_bytes(m->size, m->body.ptr, m->body.len < DIGEST_BYTES ? m->body.len : DIGEST_BYTES);
}

static void w10_repeated(const struct talk *t)
{
	int16_t api = t->m->api_key;
	int64_t most = param_of(t->check, 10, 0, t->client, t->group) * 5 / 4; /* backoff has a jitter of 20 % */
	struct repeat *r;
	uint64_t digest;

	/* Without a body they are all alike, and data is not asked for again but on. */
	if (!t->body || !t->m->body.len || api == API_PRODUCE || api == API_FETCH || !(r = repeat_of(t->conn, api)))
		return;
	digest = digest_body(t->m);
	if (digest != r->digest) {
		*r = (struct repeat){ .api = api, .digest = digest, .count = 1, .window = t->m->ts, .frame = t->m->frame };
		return;
	}
	/* A retry is what comes after a refusal; what is answered well may be asked again. */
	if (!r->refused) {
		r->count = 1;
		r->window = t->m->ts;
		r->frame = t->m->frame;
		return;
	}
	r->refused = false;
	if (t->m->ts - r->window >= NS_PER_S) {
		r->window = t->m->ts;
		r->frame = t->m->frame;
		r->count = 0;
	}
	if (++r->count <= most) {
		rule_pass(t, 10);
		return;
	}
	if (r->count == most + 1)
		rule_fail(t, &(struct blame){ .rule = 10, .since = t->m->ts, .frames = { r->frame, t->m->frame },
		                              .expected = "retries with a pause between them (retry.backoff.ms)" },
		          "the same %s more than %lld times within %.2f s", api_name(api), (long long)most,
		          (double)(t->m->ts - r->window) / 1e9);
}

static void w10_answered(const struct talk *t)
{
	struct repeat *r = t->error != ERR_NONE ? repeat_of(t->conn, t->m->api_key) : NULL;

	if (r)
		r->refused = true;
}

/* ---- W38: throttling ------------------------------------------------------------------------------------------------ */

/* From which version on the broker answers at once and leaves the waiting to the client (KIP-219). */
static int16_t client_waits_from(int16_t api)
{
	switch (api) {
	case API_PRODUCE:
		return 6;
	case API_FETCH:
		return 8;
	case API_METADATA:
		return 6;
	case API_COMMIT:
	case API_OFFSET_FETCH:
		return 4;
	case API_JOIN:
		return 3;
	case API_HEARTBEAT:
	case API_LEAVE:
	case API_SYNC:
	case API_FIND_COORDINATOR:
		return 2;
	case API_INIT_PRODUCER:
	case API_ADD_PARTITIONS:
	case API_END_TXN:
		return 1;
	case API_GROUP_HEARTBEAT:
		return 0;
	default:
		return INT16_MAX;
	}
}

/* A broker throttles for as long as its quota windows last, by default 11 s. */
#define LONGEST_THROTTLE (5 * 60 * 1000)

static int32_t throttle_of(const struct talk *t)
{
	uint32_t n = 0;

	if (t->m->api_key == API_PRODUCE)
		return ((const struct produce_response *)t->body)->throttle_time_ms;
	if (t->m->body.len < 4)
		return 0;
	for (int i = 0; i < 4; i++)
		n = n << 8 | t->m->body.ptr[i];
	return n <= LONGEST_THROTTLE ? (int32_t)n : 0;
}

static void w38_answered(const struct talk *t)
{
	struct conn *n = t->conn;
	int32_t ms;

	if (!t->body || t->q->version < client_waits_from(t->m->api_key) || (ms = throttle_of(t)) <= 0)
		return;
	if (n->throttled.ts && t->m->ts + ms * NS_PER_MS < n->throttled_until)
		return;
	n->throttled = mark_of(t);
	n->throttled_until = t->m->ts + ms * NS_PER_MS;
	n->throttled_api = t->m->api_key;
}

static void w38_asked(const struct talk *t)
{
	struct conn *n = t->conn;
	int64_t tolerance = param_of(t->check, 38, 0, t->client, t->group), after;

	if (!n->throttled.ts)
		return;
	after = t->m->ts - n->throttled.ts;
	if (t->m->ts + tolerance >= n->throttled_until) {
		rule_pass(t, 38);
	} else if (after <= CROSSING) {
		return; /* perhaps sent before it was told */
	} else {
		rule_fail(t, &(struct blame){ .rule = 38, .since = n->throttled.ts,
		                              .frames = { n->throttled.frame, t->m->frame },
		                              .expected = "nothing on this connection for throttle_time_ms" },
		          "%s %lld ms after %s was answered with throttle_time_ms %lld", api_name(t->m->api_key),
		          (long long)(after / NS_PER_MS), api_name(n->throttled_api),
		          (long long)((n->throttled_until - n->throttled.ts) / NS_PER_MS));
	}
	n->throttled.ts = 0;
}

/* ---- all of them ------------------------------------------------------------------------------------------------------ */

void any_asked(const struct talk *t)
{
	w01_first_request(t);
	w03_version(t);
	w04_removed(t);
	w05_names(t);
	w06_unique(t);
	w10_repeated(t);
	w38_asked(t);
}

void any_answered(const struct talk *t)
{
	w10_answered(t);
	w38_answered(t);
}

const struct hook hooks_connection[] = {
	{ .rule = 2, .api = API_VERSIONS, .asked = w02_asked, .answered = w02_answered },
	{ .rule = 0 },
};
