/* SPDX-License-Identifier: Apache-2.0
 *
 * The correlator's front: which messages it wants, to which step each goes, and the tables of groups and topics.
 */
#include <regroup/group.h>

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include <regroup/pages.h>
#include <regroup/pool.h>

#include "again.h"
#include "assignment.h"
#include "client.h"
#include "correlator.h"
#include "echo.h"
#include "epoch.h"
#include "kind.h"
#include "member.h"
#include "offsets.h"
#include "outage.h"
#include "passing.h"
#include "producer.h"
#include "resumed.h"
#include "refusal.h"
#include "share_delivery.h"
#include "speaker.h"
#include "storm.h"
#include "process.h"
#include "unheard.h"

/* Groups that are remembered, when the caller sets no other bound. */
#define MAX_GROUPS 200000

/* Slabs of large pages: with many groups every message finds its state out of the cache. */
#define PER_SLAB(type) ((PAGES_LARGE - 64) / sizeof(type))

/* To this precision it is known which of them is silent for longest: a move costs a few cache misses. */
#define TOUCH (10 * NS_PER_S)

/* Of an API that speaks for one group: the request is remembered until its answer. */
struct handler {
	struct request *(*request)(struct groups *g, const struct kafka_message *m);
	void (*response)(struct groups *g, const struct kafka_message *m, struct request *r);
};

/* Of any other API that tells something of groups. */
struct passing {
	void (*request)(struct groups *gs, const struct kafka_message *m); /* NULL: not read */
	void (*response)(struct groups *gs, const struct kafka_message *m);
};

/* Both by API key. */
static const struct handler handlers[] = {
	[8] = { .request = commit_request, .response = commit_response },
	[9] = { .request = offset_fetch_request, .response = offset_fetch_response },
	[10] = { .request = find_coordinator_request, .response = find_coordinator_response },
	[11] = { .request = join_request, .response = join_response },
	[12] = { .request = heartbeat_request, .response = heartbeat_response },
	[13] = { .request = leave_request, .response = leave_response },
	[14] = { .request = sync_request, .response = sync_response },
	[28] = { .request = txn_commit_request, .response = txn_commit_response },
	[68] = { .request = consumer_heartbeat_request, .response = consumer_heartbeat_response },
	[76] = { .request = share_heartbeat_request, .response = share_heartbeat_response },
	[78] = { .request = share_fetch_request, .response = share_fetch_response },
	[79] = { .request = share_acknowledge_request, .response = share_acknowledge_response },
	[88] = { .request = streams_heartbeat_request, .response = streams_heartbeat_response },
};

static const struct passing passing[] = {
	[1] = { .request = fetch_request, .response = fetch_response },
	[3] = { .request = metadata_request, .response = metadata_response },
	[15] = { .response = describe_groups_response },
	[16] = { .response = list_groups_response },
	[19] = { .request = create_topics_request, .response = create_topics_response },
	[20] = { .response = delete_topics_response },
	[37] = { .request = create_partitions_request, .response = create_partitions_response },
	[42] = { .response = delete_groups_response },
	[69] = { .response = consumer_group_describe_response },
	[77] = { .response = share_group_describe_response },
	[89] = { .response = streams_group_describe_response },
};

static const struct passing *passing_of(int16_t api_key)
{
	size_t i = (uint16_t)api_key;

	return i < sizeof(passing) / sizeof(passing[0]) && passing[i].response ? &passing[i] : NULL;
}

static const struct handler *handler_of(int16_t api_key)
{
	size_t i = (uint16_t)api_key;

	return i < sizeof(handlers) / sizeof(handlers[0]) && handlers[i].request ? &handlers[i] : NULL;
}

struct groups *groups_new(const struct group_options *options)
{
	struct groups *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->members = pool_new(sizeof(struct member), PER_SLAB(struct member));
	g->places = pool_new(sizeof(struct group), PER_SLAB(struct group));
	if (!spares_init(&g->spares) || !g->members || !g->places) {
		groups_free(g);
		return NULL;
	}
	g->options = *options;
	if (!g->options.max_groups)
		g->options.max_groups = MAX_GROUPS;
	g->started_at = GROUP_UNKNOWN_TIME;
	visibility_init(&g->visibility);
	g->knows_again = keyed_init(&g->keyed);
	g->holding = calloc(1, sizeof(*g->holding));
	if (!g->holding) {
		groups_free(g);
		return NULL;
	}
	return g;
}

static void parked_free(struct group *g)
{
	while (g->parked) {
		struct join *j = g->parked;

		g->parked = j->next;
		join_free(j);
	}
}

static void group_free(struct group *g)
{
	parked_free(g);
	round_free(g->round);
	member_unref(g->silent);
	epochs_free(g);
	free(g->downgrade);
	members_free(g);
	offsets_clear(g);
	resumed_free(g);
	storm_free(g->storm);
	refusals_free(g);
	assignment_clear(&g->current);
	assignment_clear(&g->base);
	text_free(g->leader);
	text_free(g->protocol_type);
	text_free(g->assignor);
	kind_told_free(g->told);
	free(g->name);
	pool_put(g->owner->places, g);
}

static struct group *group_new(struct groups *gs, struct kf_bytes name)
{
	struct group *g = pool_get(gs->places);
	char *own = g ? strndup((const char *)name.ptr, name.len) : NULL;

	if (!own) {
		pool_put(gs->places, g);
		return NULL;
	}
	*g = (struct group){ .owner = gs, .name = own };
	g->generation = g->parent = g->coordinator_node = -1;
	g->id_latency = -1;
	ptable_init(&g->offsets, sizeof(struct offset));
	g->since = g->touched = gs->now;
	g->burst_at = g->calm_at = g->stable_at = g->last_refusal = GROUP_UNKNOWN_TIME;
	assignment_init(&g->current);
	assignment_init(&g->base);
	HASH_ADD_KEYPTR(hh, gs->by_name, g->name, strlen(g->name), g);
	DL_APPEND2(gs->oldest, g, lru_prev, lru_next);
	gs->stats.groups++;
	return g;
}

static void group_drop(struct groups *gs, struct group *g)
{
	wheel_disarm(gs, g);
	HASH_DELETE(hh, gs->by_name, g);
	DL_DELETE2(gs->oldest, g, lru_prev, lru_next);
	group_free(g);
}

/* More groups than there is room for: the one that was silent for longest is forgotten. */
static void evict(struct groups *gs)
{
	struct group *g = gs->oldest;

	if (HASH_COUNT(gs->by_name) <= gs->options.max_groups || !g || g->requests)
		return;
	group_drop(gs, g);
	gs->stats.evicted++;
}

struct group *group_touch(struct groups *gs, struct group *g)
{
	if (gs->now - g->touched >= TOUCH && gs->oldest->lru_prev != g) {
		DL_DELETE2(gs->oldest, g, lru_prev, lru_next);
		DL_APPEND2(gs->oldest, g, lru_prev, lru_next);
		g->touched = gs->now;
	}
	return g;
}

void groups_free(struct groups *gs)
{
	struct group *g, *next;

	if (!gs)
		return;
	gs->closing = true;
	clients_free(gs);
	HASH_ITER(hh, gs->by_name, g, next)
		group_drop(gs, g);
	while (gs->free_requests) {
		struct request *r = gs->free_requests;

		gs->free_requests = r->next_free;
		free(r);
	}
	topics_free(gs);
	outages_free(gs);
	producers_free(gs);
	askers_free(gs);
	texts_free(&gs->texts);
	processes_forget(gs);
	pool_free(gs->members);
	pool_free(gs->places);
	if (gs->holding)
		holding_clear(gs->holding);
	free(gs->holding);
	spares_free(&gs->spares);
	scratch_free(&gs->scratch);
	free(gs);
}

struct group *group_find(struct groups *gs, struct kf_bytes name)
{
	struct group *g = NULL;

	if (name.ptr)
		HASH_FIND(hh, gs->by_name, name.ptr, strnlen((const char *)name.ptr, name.len), g);
	return g;
}

struct group *group_get(struct groups *gs, struct kf_bytes name)
{
	struct group *g = group_find(gs, name);

	if (!name.ptr)
		return NULL;
	if (g)
		return group_touch(gs, g);
	g = group_new(gs, name);
	evict(gs);
	return g;
}

static struct request *request_take(struct groups *gs, struct group *g)
{
	struct request *r = gs->free_requests;

	if (r)
		gs->free_requests = r->next_free;
	else if (!(r = malloc(sizeof(*r))))
		return NULL;
	g->requests++;
	return r;
}

struct request *request_new(struct groups *gs, struct group *g, enum request_kind kind, const struct kafka_message *m)
{
	struct request *r = request_take(gs, g);

	if (r)
		*r = (struct request){ .kind = kind, .group = g, .generation = -1, .at = m->ts, .frame = m->frame,
			               .correlation_id = m->correlation_id, .connection = m->conn->id };
	return r;
}

struct request *request_again(struct member *m, enum request_kind kind, int32_t generation, const struct kafka_again *a)
{
	struct groups *gs = m->group->owner;
	struct group *g = group_touch(gs, m->group);
	struct request *r = request_take(gs, g);

	if (r)
		*r = (struct request){ .kind = kind, .group = g, .member = member_ref(m), .generation = generation,
			               .at = a->ts, .frame = a->frame, .correlation_id = a->correlation_id,
			               .connection = a->conn->id };
	return r;
}

void request_free(struct groups *gs, struct request *r)
{
	if (!r)
		return;
	r->group->requests--;
	if (r->member)
		echo_ends(r->member, r);
	member_unref(r->member);
	while (r->leaves) {
		struct leave *l = r->leaves;

		r->leaves = l->next;
		leave_free(l);
	}
	if (r->join) {
		DL_DELETE(r->group->parked, r->join);
		round_lost(r->group, r->join);
	}
	producer_unref(r->producer);
	r->next_free = gs->free_requests;
	gs->free_requests = r;
}

bool request_is_echo(struct groups *gs, struct request *r, const struct kafka_message *m)
{
	if (!r->member || unheard(gs, m) || !echo_of(r->member, r)) /* unheard: another connection may have the answers */
		return false;
	request_free(gs, r);
	return true;
}

static enum kafka_want want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	const struct passing *p = passing_of(api_key);
	bool produces;
	enum kafka_want of_producer = producer_want(api_key, direction, &produces);

	(void)ctx;
	if (produces)
		return of_producer;
	if (p)
		return direction == KF_RESPONSE || p->request ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
	return handler_of(api_key) ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
}

static void on_request(struct groups *gs, const struct kafka_message *m)
{
	const struct handler *h = handler_of(m->api_key);
	struct request *r;

	if (!h || m->status == KAFKA_UNKNOWN_VERSION || !(r = h->request(gs, m)))
		return;
	if (m->note)
		*m->note = (uint64_t)(uintptr_t)r;
	else
		request_free(gs, r);
}

static void on_response(struct groups *gs, const struct kafka_message *m)
{
	const struct handler *h = handler_of(m->api_key);
	struct request *r = m->note ? (struct request *)(uintptr_t)*m->note : NULL;

	if (!h || !r)
		return;
	*m->note = 0;
	if (m->status == KAFKA_OK || m->status == KAFKA_TRUNCATED) {
		h->response(gs, m, r);
	}
	request_free(gs, r);
}

static void on_passing(struct groups *gs, const struct passing *p, const struct kafka_message *m)
{
	void (*step)(struct groups *, const struct kafka_message *) = m->direction == KF_REQUEST ? p->request : p->response;

	if (step && (m->status == KAFKA_OK || m->status == KAFKA_TRUNCATED))
		step(gs, m);
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct groups *gs = ctx;
	const struct passing *p = passing_of(m->api_key);

	groups_advance(gs, m->ts);
	if (p)
		on_passing(gs, p, m);
	else if (producer_message(gs, m))
		return;
	else if (m->direction == KF_REQUEST)
		on_request(gs, m);
	else
		on_response(gs, m);
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	(void)c;
	if (producer_dropped(ctx, api_key, note))
		return;
	if (note && handler_of(api_key))
		request_free(ctx, (struct request *)(uintptr_t)note);
}

static void on_gap(void *ctx, const struct kafka_gap *gap)
{
	struct groups *gs = ctx;
	char client[NET_ENDPOINT_TEXT], server[NET_ENDPOINT_TEXT];
	struct group_event e = { .type = GROUP_EVENT_GAP, .ts = gap->to };

	if (gap->bulk_only && handler_of(gap->api_key) == NULL)
		return;
	visibility_gap(&gs->visibility, gap->from, gap->to, gap->conn->server);
	e.gap = (struct group_gap_event){
		.client = net_endpoint_text(gap->conn->client, client),
		.server = net_endpoint_text(gap->conn->server, server),
		.direction = gap->direction == KF_REQUEST ? "request" : "response",
		.bytes = gap->bytes,
		.from = gap->from,
		.to = gap->to,
		.what = "bytes not captured",
		.client_local = process_of(gs, gap->conn),
		.server_local = process_of_server(gs, gap->conn),
	};
	emit(gs, &e);
}

/* A client that closes its connection after it left is gone; one that keeps it may come back. */
static void closed_note(struct groups *gs, const struct kafka_conn *c, enum kf_direction from, int64_t ts)
{
	struct member *m = from == KF_REQUEST ? speaker_of(c) : NULL;

	if (m && m->presence == MEMBER_IN && !m->hung_up) {
		m->hung_up = true;
		m->gone_at = ts;
	}
	if (from == KF_REQUEST && c->kind == KAFKA_PLAIN)
		gs->closed[gs->n_closed++ % CLOSED_KEPT] = c->id;
}

bool connection_closed(const struct groups *gs, uint64_t id)
{
	for (size_t i = 0; i < CLOSED_KEPT; i++)
		if (gs->closed[i] == id)
			return true;
	return false;
}

static bool is_opaque(unsigned kind)
{
	return kind == KAFKA_TLS || kind == KAFKA_SASL_ENCRYPTED || kind == KAFKA_NOT;
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event, enum kf_direction from,
                          int64_t ts, uint64_t frame)
{
	char client[NET_ENDPOINT_TEXT], server[NET_ENDPOINT_TEXT];
	struct group_event e = { .type = GROUP_EVENT_CONNECTION, .ts = ts };
	struct kafka_traffic traffic;

	if (event == KAFKA_CONN_FIN || event == KAFKA_CONN_RST)
		closed_note(ctx, c, from, ts);
	if ((event == KAFKA_CONN_FIN || event == KAFKA_CONN_RST) && from == KF_RESPONSE)
		outage_closed(ctx, c, ts, frame);
	if (event == KAFKA_CONN_ENDED)
		client_conn_ended(ctx, c);
	if (event == KAFKA_CONN_ENDED)
		speaker_hang_up(c);
	if (event != KAFKA_CONN_ENDED || !is_opaque(c->kind))
		return;
	kafka_conn_traffic(c, &traffic);
	e.connection = (struct group_connection_event){
		.client = net_endpoint_text(c->client, client),
		.server = net_endpoint_text(c->server, server),
		.kind = kafka_kind_name((enum kafka_kind)c->kind),
		.packets = traffic.packets,
		.bytes = traffic.bytes[0] + traffic.bytes[1],
		.client_local = process_of(ctx, c),
		.server_local = process_of_server(ctx, c),
	};
	emit(ctx, &e);
}

struct kafka_sink groups_kafka_sink(struct groups *g)
{
	return (struct kafka_sink){
		.ctx = g,
		.want = want,
		.message = on_message,
		.dropped = on_dropped,
		.gap = on_gap,
		.connection = on_connection,
		.again = again_request,
		.answered = again_answer,
		.ahead = speaker_ahead,
	};
}

void groups_advance(struct groups *g, int64_t now)
{
	if (g->started_at == GROUP_UNKNOWN_TIME)
		g->started_at = now;
	if (now <= g->now)
		return;
	g->now = now;
	if (now >= g->wheel.due)
		wheel_advance(g, now);
	if (g->outages)
		outages_advance(g);
	if (g->producers)
		producers_advance(g);
	if (g->askers)
		askers_advance(g, false);
}

void groups_capture_gap(struct groups *g, uint64_t packets, int64_t from, int64_t to)
{
	struct group_event e = { .type = GROUP_EVENT_GAP, .ts = to };

	visibility_gap(&g->visibility, from, to, NULL);
	e.gap = (struct group_gap_event){
		.packets = packets, .from = from, .to = to, .what = "packets dropped by the kernel"
	};
	emit(g, &e);
}

void groups_finish(struct groups *gs, int64_t ts)
{
	groups_advance(gs, ts);
	for (struct group *g = gs->by_name; g; g = g->hh.next) {
		round_finish(g, ts);
		if (g->epochs)
			epoch_finish(g);
		deliveries_finish(g, ts);
		storm_finish(g);
		refusals_finish(g);
	}
	outages_finish(gs);
	producers_finish(gs, ts);
	askers_advance(gs, true);
}

void groups_get_stats(const struct groups *g, struct group_stats *out)
{
	*out = g->stats;
}
