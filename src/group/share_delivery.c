/* SPDX-License-Identifier: Apache-2.0 */
#include "share_delivery.h"

#include <regroup/messages.h>

#include <stdlib.h>

#include "epoch.h"
#include "member.h"

static struct request *request_of(struct groups *gs, struct kf_bytes group, struct kf_bytes id,
                                  const struct kafka_message *m)
{
	struct group *g = group_find(gs, group);
	struct member *mem = g ? member_find(g, id) : NULL;
	struct request *r = mem ? request_new(gs, g, REQUEST_SHARE, m) : NULL;

	if (r)
		r->member = member_ref(mem);
	return r;
}

/* NULL when memory is out. */
static struct delivered *delivered_of(struct member *m)
{
	struct seat *s = seat_of(m);

	if (s && !s->delivered)
		s->delivered = calloc(1, sizeof(*s->delivered));
	return s ? s->delivered : NULL;
}

static uint64_t records(int64_t first, int64_t last)
{
	return last >= first && first >= 0 ? (uint64_t)(last - first) + 1 : 0;
}

/* One type for all records of the batch, or one for each. */
static void acknowledge(struct delivered *d, int64_t first, int64_t last, struct kf_array types)
{
	uint64_t n = types.count == 1 ? records(first, last) : 1;
	int64_t type;

	while (d && kf_next_int(&types, &type))
		if (type >= 0 && type < ACK_KINDS)
			d->acked[type] += n;
}

struct request *share_fetch_request(struct groups *gs, const struct kafka_message *m)
{
	struct share_fetch_request_acknowledgement_batch b;
	struct share_fetch_request_partition p;
	struct share_fetch_request_topic t;
	struct share_fetch_request q;
	struct request *r;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	r = request_of(gs, q.group_id, q.member_id, m);
	while (r && kf_next(&q.topics, &t))
		while (kf_next(&t.partitions, &p))
			while (kf_next(&p.acknowledgement_batches, &b))
				acknowledge(delivered_of(r->member), b.first_offset, b.last_offset, b.acknowledge_types);
	return r;
}

static void acquire(struct delivered *d, struct kf_array acquired)
{
	struct share_fetch_response_acquired_record a;

	while (d && kf_next(&acquired, &a)) {
		d->acquired += records(a.first_offset, a.last_offset);
		if (a.delivery_count > 1)
			d->again += records(a.first_offset, a.last_offset);
	}
}

void share_fetch_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct share_fetch_response_partition p;
	struct share_fetch_response_response t;
	struct share_fetch_response a;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t))
		while (kf_next(&t.partitions, &p)) {
			if (p.acquired_records.count > 0)
				acquire(delivered_of(r->member), p.acquired_records);
			if (p.acknowledge_error_code != ERR_NONE && delivered_of(r->member))
				r->member->seat->delivered->refused++;
		}
}

struct request *share_acknowledge_request(struct groups *gs, const struct kafka_message *m)
{
	struct share_acknowledge_request_acknowledgement_batch b;
	struct share_acknowledge_request_partition p;
	struct share_acknowledge_request_topic t;
	struct share_acknowledge_request q;
	struct request *r;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	r = request_of(gs, q.group_id, q.member_id, m);
	while (r && kf_next(&q.topics, &t))
		while (kf_next(&t.partitions, &p))
			while (kf_next(&p.acknowledgement_batches, &b))
				acknowledge(delivered_of(r->member), b.first_offset, b.last_offset, b.acknowledge_types);
	return r;
}

void share_acknowledge_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct share_acknowledge_response_partition p;
	struct share_acknowledge_response_response t;
	struct share_acknowledge_response a;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	while (kf_next(&a.responses, &t))
		while (kf_next(&t.partitions, &p))
			if (p.error_code != ERR_NONE && delivered_of(r->member))
				r->member->seat->delivered->refused++;
}

void delivery_report(struct group *g, struct member *m, int64_t ts)
{
	struct group_event e = { .type = GROUP_EVENT_DELIVERY, .ts = ts, .group = g->name };
	struct delivered *d = m->seat ? m->seat->delivered : NULL;

	if (!d)
		return;
	e.delivery = (struct group_delivery_event){
		.member = m->id,
		.client_id = m->client_id,
		.host = m->host,
		.acquired = d->acquired,
		.redelivered = d->again,
		.accepted = d->acked[1],
		.released = d->acked[2],
		.rejected = d->acked[3],
		.renewed = d->acked[4],
		.gaps = d->acked[0],
		.refused = d->refused,
	};
	emit(g->owner, &e);
	m->seat->delivered = NULL;
	free(d);
}

void deliveries_finish(struct group *g, int64_t ts)
{
	struct member *m = g->members, *gone;

	roster_sort_gone(g);
	for (gone = g->roster.gone; m || gone;) {
		struct member **first = !gone || (m && m->seen < gone->seen) ? &m : &gone;

		delivery_report(g, *first, ts);
		*first = (*first)->hh.next;
	}
}
