/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of producers that were refused, by error: told once it is over, or when it goes on for long.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "producer.h"

#define TROUBLES_MOST 1024
#define PLACES 16 /* partitions that are named */
#define FRAMES 4

/* Nothing more of it for this long: over. Longer than this: told that it has begun. */
#define QUIET (2 * NS_PER_S)
#define LONG (10 * NS_PER_S)

/* A client that is told to asks for metadata at once, or after retry.backoff.ms. */
#define REFRESH_WITHIN (1 * NS_PER_S)

struct place {
	uint32_t topic;
	int32_t partition;
};

struct trouble {
	struct trouble *next, *prev;
	struct producer *producer;
	int16_t api_key, error;
	bool told;
	uint32_t times, partitions, refreshes;
	int64_t first, last;
	uint64_t frame[FRAMES]; /* of the first answers */
	uint64_t last_frame;
	size_t n_frames, n_places;
	struct place place[PLACES];
};

struct row {
	int16_t error;
	bool refresh; /* the client should ask for metadata */
	const char *what, *advice;
};

static const struct row rows[] = {
	{ 2, false, "records were damaged on their way", "check the network and the client's compression library" },
	{ 3, true, "the topic or partition was not there", "create the topic before it is written to, or check its name" },
	{ 5, true, "the partition had no leader", "a broker is down or was restarted: it passes when one was elected" },
	{ 6, true, "the leader had moved", NULL },
	{ 7, false, "the replicas did not have it in time", "look at slow or lagging replicas; request.timeout.ms" },
	{ 10, false, "a message was larger than the topic takes",
	  "raise max.message.bytes of the topic, or lower max.request.size and batch.size of the producer" },
	{ 17, false, "the topic's name is not valid", "correct the name" },
	{ 18, false, "a batch was larger than a segment", "lower batch.size, or raise segment.bytes of the topic" },
	{ 19, false, "fewer replicas in sync than min.insync.replicas",
	  "bring the missing brokers back; acks=all is refused until then" },
	{ 20, false, "written, but by fewer replicas than min.insync.replicas",
	  "bring the missing brokers back; retries may have written records twice without enable.idempotence" },
	{ 22, false, "the group had another generation", NULL },
	{ 25, false, "the group did not know the member", NULL },
	{ 29, false, "not authorised for the topic", "grant WRITE on the topic to its principal" },
	{ 31, false, "not authorised for the cluster",
	  "grant IDEMPOTENT_WRITE (before 3.0), or WRITE on a topic, to its principal" },
	{ 32, false, "a timestamp was outside of what the topic takes",
	  "see message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic" },
	{ ERR_OUT_OF_ORDER_SEQUENCE, false, "a batch before it was missing",
	  "a batch was lost or expired (delivery.timeout.ms) while later ones were in flight: with enable.idempotence the "
	  "client raises its epoch and goes on; max.in.flight.requests.per.connection must not be above 5" },
	{ ERR_DUPLICATE_SEQUENCE, false, "the batch was there already", NULL },
	{ ERR_INVALID_PRODUCER_EPOCH, false, "the epoch was an old one", NULL },
	{ ERR_INVALID_TXN_STATE, false, "the transaction was not in a state for it",
	  "a fault of the client, or a transaction that the coordinator had given up: transaction.timeout.ms" },
	{ ERR_INVALID_PRODUCER_ID_MAPPING, false, "the transactional id has another producer id now",
	  "it was idle for longer than transactional.id.expiration.ms (7 days): the producer has to be made anew" },
	{ 50, false, "transaction.timeout.ms is above what the brokers allow",
	  "lower it, or raise transaction.max.timeout.ms on the brokers" },
	{ 53, false, "not authorised for the transactional id", "grant WRITE on the transactional id to its principal" },
	{ 56, true, "a disk of the broker failed", "look at the broker's log directories" },
	{ ERR_UNKNOWN_PRODUCER_ID, false, "the broker had forgotten the producer",
	  "its records are gone from the log by retention, or it was idle for longer than producer.id.expiration.ms" },
	{ 74, true, "the client knew a newer leader than the broker", NULL },
	{ 75, true, "the client knew a leader that the broker did not know yet", NULL },
	{ 87, false, "records failed validation", "compacted topics need keys; see the answer's record errors" },
	{ 89, false, "a quota was exceeded", "raise the client's quota, or slow it down" },
	{ ERR_PRODUCER_FENCED, false, "another producer has its place", NULL },
	{ 100, true, "the topic id was not known", "the topic was deleted or made anew" },
	{ ERR_TRANSACTION_ABORTABLE, false, "the transaction has to be aborted", "abort it and begin anew: KIP-890" },
};

static const struct row *row_of(int16_t error)
{
	static const struct row none = { 0, false, NULL, NULL };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			return &rows[i];
	return &none;
}

/* Coordinators load and move, and finish what was before: clients ask again, nobody needs to know. */
static bool passes(int16_t api_key, int16_t error)
{
	return api_key != 0 && (error == ERR_COORDINATOR_LOADING || error == ERR_COORDINATOR_NOT_AVAILABLE ||
	                        error == ERR_NOT_COORDINATOR || error == ERR_CONCURRENT_TRANSACTIONS);
}

/* ---- telling ------------------------------------------------------------------------------------------------ */

static bool comes_before(const struct groups *gs, const struct place *a, const struct place *b)
{
	int c = a->topic == b->topic ? 0 : strcmp(topic_name(gs, a->topic), topic_name(gs, b->topic));

	return c < 0 || (c == 0 && a->partition < b->partition);
}

static void sort_places(const struct groups *gs, struct trouble *t)
{
	for (size_t i = 1; i < t->n_places; i++)
		for (size_t j = i; j > 0 && comes_before(gs, &t->place[j], &t->place[j - 1]); j--) {
			struct place swap = t->place[j];

			t->place[j] = t->place[j - 1];
			t->place[j - 1] = swap;
		}
}

/* By topic, in scratch memory. */
static void put_places(struct groups *gs, struct trouble *t, struct group_producer_event *e)
{
	struct group_partitions *topics = scratch_alloc(&gs->scratch, PLACES * sizeof(*topics));
	int32_t *partitions = scratch_alloc(&gs->scratch, PLACES * sizeof(*partitions));
	size_t n = 0;

	if (!topics || !partitions)
		return;
	sort_places(gs, t);
	for (size_t i = 0; i < t->n_places; i++) {
		if (i == 0 || t->place[i].topic != t->place[i - 1].topic)
			topics[n++] = (struct group_partitions){ .topic = topic_name(gs, t->place[i].topic),
				                                 .partitions = partitions + i };
		partitions[i] = t->place[i].partition;
		topics[n - 1].n_partitions++;
	}
	e->topics = n ? topics : NULL;
	e->n_topics = n;
}

static const char *words(struct groups *gs, const struct trouble *t)
{
	const char *name = kf_error_name(t->error), *api = kf_api_name(t->api_key);
	const struct row *row = row_of(t->error);

	return scratch_text(&gs->scratch, "%s: %s refused %u time%s: %s%s%s", producer_name(t->producer), api ? api : "?",
	                    t->times, t->times == 1 ? "" : "s", name ? name : "an error", row->what ? ", " : "",
	                    row->what ? row->what : "");
}

static void tell(struct groups *gs, struct trouble *t, bool over, int64_t ts)
{
	struct group_event e = producer_event(t->producer, GROUP_PRODUCER_REFUSED, NULL);

	if (t->n_frames < FRAMES && t->last_frame != t->frame[t->n_frames - 1])
		t->frame[t->n_frames++] = t->last_frame;
	e.ts = ts;
	e.producer.api = kf_api_name(t->api_key);
	e.producer.error = t->error;
	e.producer.over = over;
	e.producer.times = t->times;
	e.producer.refreshes = t->refreshes;
	e.producer.first = t->first;
	e.producer.last = t->last;
	e.producer.partitions = t->partitions;
	e.producer.advice = row_of(t->error)->advice;
	e.producer.evidence = t->frame;
	e.producer.n_evidence = t->n_frames;
	put_places(gs, t, &e.producer);
	e.producer.text = words(gs, t);
	t->told = true;
	emit(gs, &e);
}

/* ---- noting ------------------------------------------------------------------------------------------------- */

static struct trouble *trouble_of(struct producers *ps, struct producer *p, int16_t api_key, int16_t error)
{
	struct trouble *t;

	DL_FOREACH(ps->troubles, t)
		if (t->producer == p && t->api_key == api_key && t->error == error)
			return t;
	t = ps->n_troubles < TROUBLES_MOST ? calloc(1, sizeof(*t)) : NULL;
	if (!t)
		return NULL;
	t->producer = p;
	t->api_key = api_key;
	t->error = error;
	DL_APPEND(ps->troubles, t);
	ps->n_troubles++;
	return t;
}

static void close_one(struct producers *ps, struct trouble *t)
{
	DL_DELETE(ps->troubles, t);
	ps->n_troubles--;
	free(t);
}

static void add_place(struct trouble *t, uint32_t topic, int32_t partition)
{
	if (topic == NO_TOPIC)
		return;
	for (size_t i = 0; i < t->n_places; i++)
		if (t->place[i].topic == topic && t->place[i].partition == partition)
			return;
	if (t->n_places < PLACES)
		t->place[t->n_places++] = (struct place){ topic, partition };
}

void trouble_told(struct groups *gs, struct producer *p, int16_t api_key, int16_t error, uint32_t topic, int32_t partition,
                  const struct kafka_message *m)
{
	struct trouble *t;

	producer_count_error(p, error, 1);
	t = passes(api_key, error) ? NULL : trouble_of(gs->producers, p, api_key, error);
	if (!t)
		return;
	if (t->times == 0)
		t->first = m->ts;
	if (t->times == 0 || t->last_frame != m->frame || t->last != m->ts) {
		t->times++;
		if (t->n_frames < FRAMES - 1)
			t->frame[t->n_frames++] = m->frame;
	}
	t->last = m->ts;
	t->last_frame = m->frame;
	t->partitions += topic != NO_TOPIC;
	add_place(t, topic, partition);
}

/* One request is the answer to one trouble. */
void trouble_metadata(struct groups *gs, uint64_t client, int64_t at)
{
	struct trouble *t;

	if (!gs->producers)
		return;
	DL_FOREACH(gs->producers->troubles, t) {
		if (t->producer->client != client || at - t->last > REFRESH_WITHIN || !row_of(t->error)->refresh)
			continue;
		t->refreshes++;
		return;
	}
}

void troubles_advance(struct groups *gs, bool all)
{
	struct trouble *t, *next;

	DL_FOREACH_SAFE(gs->producers->troubles, t, next) {
		if (all || gs->now - t->last >= QUIET) {
			tell(gs, t, !all || gs->now - t->last >= QUIET, gs->now);
			close_one(gs->producers, t);
		} else if (!t->told && t->last - t->first >= LONG) {
			tell(gs, t, false, gs->now);
		}
	}
}

void trouble_forget(struct groups *gs, struct producer *p)
{
	struct trouble *t, *next;

	DL_FOREACH_SAFE(gs->producers->troubles, t, next)
		if (t->producer == p)
			close_one(gs->producers, t);
}
