/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that ask for metadata in a loop. A client asks when it starts, when a leader moves, and every
 * metadata.max.age.ms; with retry.backoff.max.ms it retries about once a second. More than twice a second, for 30 requests
 * and more, is none of these. Processes of one client id that come and go ask once each: what a connection asks first does
 * not count. What is remembered has a fixed size; of four clients whose digests meet the one that was silent for longest gives its place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "producer.h"

#define SETS 1024 /* a power of two */
#define WAYS 4

/* A bucket that leaks 2 requests a second, and what it holds. */
#define LEVEL (15 * NS_PER_S)
#define PER_REQUEST (NS_PER_S / 2)

#define OVER_AFTER (10 * NS_PER_S)

/* Messages of a connection after which a client is not starting any more. */
#define STARTED 16

struct asker {
	uint64_t client; /* 0: free */
	int64_t level, last, since;
	uint64_t requests, refused; /* since the bucket was empty */
	uint64_t frame;
	int16_t error;
	bool storms;
	const char *client_id, *host, *software, *topic; /* of one that storms */
};

struct askers {
	struct asker of[SETS][WAYS];
	uint32_t n_storms;
	int64_t swept;
};

static const char *advice_of(const struct asker *a)
{
	switch (a->error) {
	case 3:
		return "it asks for a topic that does not exist: create it, or correct its name; a consumer asks until it is there, a "
		       "producer for max.block.ms with every record";
	case 5:
		return "a partition has no leader: bring the broker back; raise retry.backoff.ms, and retry.backoff.max.ms so that it "
		       "asks less and less often";
	case 29:
		return "it may not see the topic: grant DESCRIBE to its principal, or correct the topic's name";
	default:
		return "raise retry.backoff.ms and retry.backoff.max.ms; look in its log for what it retries, and for a fault of the "
		       "client that asks before every request";
	}
}

static void tell(struct groups *gs, const struct asker *a, bool ended, bool over, int64_t ts)
{
	struct group_event e = { .type = GROUP_EVENT_METADATA_STORM, .ts = ts };

	e.metadata_storm = (struct group_metadata_storm_event){
		.ended = ended,
		.over = over,
		.client_id = a->client_id,
		.host = a->host,
		.software = a->software,
		.requests = a->requests,
		.refused = a->refused,
		.error = a->error,
		.topic = a->topic,
		.first = a->since,
		.last = a->last,
		.advice = advice_of(a),
		.frame = a->frame,
	};
	emit(gs, &e);
}

static void clear(struct asker *a)
{
	text_free(a->client_id);
	text_free(a->host);
	text_free(a->software);
	text_free(a->topic);
	*a = (struct asker){ .client = 0 };
}

static void storm_ends(struct groups *gs, struct asker *a, bool over, int64_t ts)
{
	tell(gs, a, true, over, ts);
	gs->askers->n_storms--;
	clear(a);
}

static struct asker *find(struct askers *all, uint64_t client)
{
	struct asker *set = all->of[(client ^ client >> 32) & (SETS - 1)];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].client == client)
			return &set[i];
	return NULL;
}

/* Its place; one that storms keeps its own. NULL when all do. */
static struct asker *place(struct askers *all, uint64_t client)
{
	struct asker *set = all->of[(client ^ client >> 32) & (SETS - 1)], *best = find(all, client);

	for (size_t i = 0; !best && i < WAYS; i++)
		if (!set[i].client)
			best = &set[i];
	if (best)
		return best;
	for (size_t i = 0; i < WAYS; i++)
		if (!set[i].storms && (!best || set[i].last < best->last))
			best = &set[i];
	if (best)
		clear(best);
	return best;
}

static void begins(struct groups *gs, struct asker *a, const struct kafka_message *m)
{
	char host[NET_ENDPOINT_TEXT], text[256];
	const struct kafka_names *n = m->conn->names;

	a->storms = true;
	a->frame = m->frame;
	a->client_id = text_copy(m->client_id);
	a->host = text_from(net_host_text(m->conn->client, host));
	if (n->software_name.ptr) {
		snprintf(text, sizeof(text), "%.*s %.*s", (int)n->software_name.len, (const char *)n->software_name.ptr,
		         (int)n->software_version.len, n->software_version.len ? (const char *)n->software_version.ptr : "");
		a->software = text_from(text);
	}
	gs->askers->n_storms++;
	tell(gs, a, false, false, m->ts);
}

static void count(struct groups *gs, struct asker *a, const struct kafka_message *m)
{
	int64_t leaked = a->client ? m->ts - a->last : 0;

	if (!a->client || (!a->storms && leaked >= a->level)) {
		clear(a);
		a->client = producer_client(m);
		a->since = m->ts;
	} else {
		a->level -= leaked < a->level ? leaked : a->level;
	}
	a->level += PER_REQUEST;
	if (a->level > LEVEL + PER_REQUEST)
		a->level = LEVEL + PER_REQUEST;
	a->last = m->ts;
	a->requests++;
	if (!a->storms && a->level > LEVEL)
		begins(gs, a, m);
}

void metadata_asked(struct groups *gs, const struct kafka_message *m)
{
	uint64_t client = m->conn->inter_broker ? 0 : producer_client(m);
	struct asker *a;

	if (!client)
		return;
	trouble_metadata(gs, client, m->ts);
	if (m->conn->messages < STARTED)
		return;
	if (!gs->askers && !(gs->askers = calloc(1, sizeof(*gs->askers))))
		return;
	a = place(gs->askers, client);
	if (a)
		count(gs, a, m);
}

void metadata_refused(struct groups *gs, const struct kafka_message *m, int16_t error, struct kf_bytes topic)
{
	struct asker *a = gs->askers ? find(gs->askers, producer_client(m)) : NULL;

	if (!a)
		return;
	a->refused++;
	if (a->error == ERR_NONE || (a->storms && !a->topic)) {
		a->error = error;
		text_set(&a->topic, topic);
	}
}

void askers_advance(struct groups *gs, bool all)
{
	struct askers *as = gs->askers;

	if (!as || !as->n_storms || (!all && gs->now - as->swept < NS_PER_S))
		return;
	as->swept = gs->now;
	for (size_t i = 0; i < SETS; i++)
		for (size_t w = 0; w < WAYS; w++) {
			struct asker *a = &as->of[i][w];
			bool over = gs->now - a->last >= OVER_AFTER || a->level <= PER_REQUEST;

			if (a->storms && (all || over))
				storm_ends(gs, a, over, gs->now);
		}
}

void askers_free(struct groups *gs)
{
	if (!gs->askers)
		return;
	for (size_t i = 0; i < SETS; i++)
		for (size_t w = 0; w < WAYS; w++)
			clear(&gs->askers->of[i][w]);
	free(gs->askers);
	gs->askers = NULL;
}
