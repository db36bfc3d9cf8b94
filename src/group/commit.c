/* SPDX-License-Identifier: Apache-2.0
 *
 * OffsetCommit, TxnOffsetCommit and OffsetFetch: how far a group has come, which commits were refused, and, in
 * mid-stream, whose a partition is.
 */
#include <stddef.h>
#include <string.h>

#include <regroup/messages.h>

#include "commit.h"
#include "commit_again.h"
#include "correlator.h"
#include "duplicates.h"
#include "epoch.h"
#include "member.h"
#include "offsets.h"
#include "ownership.h"
#include "producer.h"
#include "speaker.h"
#include "unheard.h"

static struct request *commit_new(struct groups *gs, struct kf_bytes group, struct kf_bytes member, int32_t generation,
                                  const struct kafka_message *m)
{
	struct request *r;
	struct group *g;

	if (member.len == 0)
		return NULL; /* not a member's: an admin's or a simple consumer's */
	g = speaker_group(gs, m, group);
	r = g ? request_new(gs, g, REQUEST_COMMIT, m) : NULL;
	if (!r)
		return NULL;
	r->generation = generation;
	r->member = member_ref(speaker_find(g, m, member));
	if (request_is_echo(gs, r, m))
		return NULL;
	if (r->member && unheard(gs, m))
		unheard_goes_on(g, r->member, generation, m);
	return r;
}

static void ask(struct groups *gs, struct request *r, struct kf_array topics, struct commit_shape *shape)
{
	struct offset_commit_request_topic t;
	struct offset_commit_request_partition p;
	struct offset_walk w = offset_walk_of(r);

	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_of(gs, t.name, &t.topic_id);
		const uint8_t *at = t.partitions.ptr;

		commit_shape_topic(shape, topic);
		for (; kf_next(&t.partitions, &p); at = t.partitions.ptr) {
			offset_asked(&w, topic, p.partition_index, p.committed_offset);
			commit_shape_partition(shape, at, p.committed_metadata);
		}
	}
}

struct request *commit_request(struct groups *gs, const struct kafka_message *m)
{
	enum kf_status status;
	struct offset_commit_request q;
	struct commit_shape shape;
	struct request *r;

	status = kf_decode(m->schema, m->version, &m->body, &q, NULL);
	r = commit_new(gs, q.group_id, q.member_id, q.generation_id_or_member_epoch, m);
	if (!r)
		return NULL;
	commit_shape_request(&shape, status == KF_OK ? r->member : NULL, q.group_id, q.member_id, m);
	ask(gs, r, q.topics, &shape);
	if (r->member)
		commit_known(r->member, &shape, m);
	return r;
}

struct request *txn_commit_request(struct groups *gs, const struct kafka_message *m)
{
	struct txn_offset_commit_request_topic t;
	struct txn_offset_commit_request_partition p;
	struct txn_offset_commit_request q;
	struct offset_walk w;
	struct request *r;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	r = commit_new(gs, q.group_id, q.member_id, q.generation_id_or_member_epoch, m);
	if (!r)
		return NULL;
	r->producer = transaction_commits(gs, m, q.transactional_id, q.producer_id, q.producer_epoch);
	w = offset_walk_of(r);
	while (kf_next(&q.topics, &t)) {
		uint32_t topic = topic_of(gs, t.name, &t.topic_id);

		while (kf_next(&t.partitions, &p))
			offset_asked(&w, topic, p.partition_index, p.committed_offset);
	}
	return r;
}

/* The partitions that were refused. */
struct refused {
	struct group_partitions *topics; /* scratch memory */
	int32_t *partitions;
	size_t n_topics, n, cap;
	uint32_t topic; /* of the latest */
	int16_t error;  /* the first */
	struct offset_walk walk;
	struct duplicates again; /* last: see there */
};

static void refused_init(struct refused *f, const struct request *r)
{
	memset(f, 0, offsetof(struct refused, again));
	f->error = ERR_NONE;
	f->walk = offset_walk_of(r);
	duplicates_init(&f->again);
}

void commit_took(struct request *r, struct offset_walk *w, uint32_t topic, int32_t partition)
{
	offset_accepted(w, topic, partition);
	if (r->member)
		ownership_learn(r->group, r->member, r->generation, topic, partition);
}

/* One partition of an answer: looked at once for what was accepted and how many were not. */
static void first_look(struct request *r, struct refused *f, uint32_t topic, int32_t partition, int16_t error)
{
	if (error != ERR_NONE)
		f->cap++;
	else
		commit_took(r, &f->walk, topic, partition);
}

static bool refused_room(struct groups *gs, struct refused *f)
{
	f->topics = scratch_alloc(&gs->scratch, (f->cap + 1) * sizeof(*f->topics));
	f->partitions = scratch_alloc(&gs->scratch, (f->cap + 1) * sizeof(*f->partitions));
	f->topic = NO_TOPIC;
	return f->topics && f->partitions;
}

/* And a second time, where some were refused, for which. */
static void second_look(struct groups *gs, const struct request *r, struct refused *f, uint32_t topic, int32_t partition, int16_t error)
{
	if (error == ERR_NONE || f->n == f->cap)
		return;
	if (f->error == ERR_NONE)
		f->error = error;
	if (f->n_topics == 0 || f->topic != topic) {
		const char *name = topic_name(gs, topic);

		f->topics[f->n_topics++] = (struct group_partitions){
			.topic = name ? name : "?", .partitions = f->partitions + f->n
		};
		f->topic = topic;
	}
	if (r) /* a transaction that is aborted undoes what was done with the records */
		duplicates_refused(&f->again, r, topic, partition, error);
	f->partitions[f->n++] = partition;
	f->topics[f->n_topics - 1].n_partitions++;
}

static const char *meaning(const struct group *g, int16_t error)
{
	switch (error) {
	case ERR_REBALANCE_IN_PROGRESS:
		return g->phase == PHASE_COMPLETING ? "between the join and sync phases of a rebalance"
		                                    : "while the group was rebalancing";
	case ERR_ILLEGAL_GENERATION:
		return "with the generation of a former rebalance";
	case ERR_STALE_MEMBER_EPOCH:
		return "with another member epoch than the coordinator's";
	case ERR_UNKNOWN_MEMBER_ID:
		return "after the member was taken out of the group";
	case ERR_FENCED_INSTANCE_ID:
		return "after another process took its group.instance.id";
	case ERR_COORDINATOR_LOADING:
	case ERR_COORDINATOR_NOT_AVAILABLE:
	case ERR_NOT_COORDINATOR:
		return "while the coordinator moved";
	default:
		return NULL;
	}
}

/* Of one that is no member, or of none that is known: who sent it. */
static const char *client_text(struct groups *gs, const struct kafka_message *m)
{
	return m->client_id.ptr ? scratch_text(&gs->scratch, "%.*s", (int)m->client_id.len, (const char *)m->client_id.ptr)
	                        : NULL;
}

static const char *host_text(struct groups *gs, const struct kafka_message *m)
{
	char text[NET_ENDPOINT_TEXT];

	return scratch_text(&gs->scratch, "%s", net_host_text(m->conn->client, text));
}

static void report_commit(struct group *g, const struct request *r, const struct refused *f,
                          const struct kafka_message *m)
{
	struct group_event e = { .type = GROUP_EVENT_COMMIT_FAILED, .ts = m->ts, .group = g->name };

	e.commit = (struct group_commit_event){
		.generation = r->generation,
		.error = f->error,
		.what = meaning(g, f->error),
		.topics = f->topics,
		.n_topics = f->n_topics,
		.partitions = (uint32_t)f->n,
		.latency = m->latency,
		.frame = m->frame,
		.transactional_id = r->producer && r->producer->txn_id ? r->producer->txn_id->name : NULL,
	};
	if (r->member) {
		e.commit.member = r->member->id;
		e.commit.client_id = r->member->client_id;
		e.commit.host = r->member->host;
	} else {
		e.commit.client_id = client_text(g->owner, m);
		e.commit.host = host_text(g->owner, m);
	}
	g->owner->stats.commits_failed++;
	emit(g->owner, &e);
}

static void count_commit(struct group *g, bool refused, int64_t latency)
{
	struct commits *c = &g->commits;

	c->answered++;
	c->refused += refused;
	if (latency < 0)
		return;
	c->timed++;
	c->latency_sum += latency;
	if (latency > c->latency_most)
		c->latency_most = latency;
}

void commit_all_took(struct request *r, int64_t latency)
{
	struct committing *c;

	count_commit(r->group, false, latency);
	if (!r->member)
		return;
	c = committing_of(r->member);
	if (c)
		c->at = r->at;
	answered_alive(r->group, r);
}

/* All partitions of an answer were read. */
static void answered(struct request *r, struct refused *f, const struct kafka_message *m)
{
	struct group *g = r->group;
	int16_t error = f->error;

	if (error == ERR_NONE) {
		commit_all_took(r, m->latency);
		return;
	}
	count_commit(g, true, m->latency);
	report_commit(g, r, f, m);
	duplicates_tell(&f->again, g, m);
	answer_error(g, r, error, m);
}

static void accept(struct groups *gs, struct request *r, struct refused *f, struct kf_array topics, struct commit_shape *shape)
{
	static const struct kf_bytes none;
	struct offset_commit_response_topic t;
	struct offset_commit_response_partition p;

	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_of(gs, t.name, &t.topic_id);
		const uint8_t *at = t.partitions.ptr;

		commit_shape_topic(shape, topic);
		for (; kf_next(&t.partitions, &p); at = t.partitions.ptr) {
			first_look(r, f, topic, p.partition_index, p.error_code);
			commit_shape_partition(shape, at, none);
		}
	}
}

static void refuse(struct groups *gs, struct request *r, struct refused *f, struct kf_array topics)
{
	struct offset_commit_response_topic t;
	struct offset_commit_response_partition p;

	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_told(gs, t.name, &t.topic_id);

		while (kf_next(&t.partitions, &p))
			second_look(gs, r, f, topic, p.partition_index, p.error_code);
	}
}

void commit_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct offset_commit_response a;
	struct commit_shape shape;
	struct refused f;

	refused_init(&f, r);
	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	commit_shape_response(&shape, m);
	accept(gs, r, &f, a.topics, &shape);
	if (f.cap && refused_room(gs, &f))
		refuse(gs, r, &f, a.topics);
	if (!f.cap && r->member)
		commit_answer_known(r->member, &shape, m);
	answered(r, &f, m);
}

static void txn_walk(struct groups *gs, struct request *r, struct refused *f, struct kf_array topics, bool again)
{
	struct txn_offset_commit_response_topic t;
	struct txn_offset_commit_response_partition p;

	while (kf_next(&topics, &t)) {
		uint32_t topic = again ? topic_told(gs, t.name, &t.topic_id) : topic_of(gs, t.name, &t.topic_id);

		while (kf_next(&t.partitions, &p)) {
			if (again)
				second_look(gs, NULL, f, topic, p.partition_index, p.error_code);
			else
				first_look(r, f, topic, p.partition_index, p.error_code);
		}
	}
}

void txn_commit_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct txn_offset_commit_response a;
	struct refused f;

	refused_init(&f, r);
	if (kf_decode(m->schema, m->version, &m->body, &a, NULL) != KF_OK)
		return;
	txn_walk(gs, r, &f, a.topics, false);
	if (f.cap && refused_room(gs, &f))
		txn_walk(gs, r, &f, a.topics, true);
	answered(r, &f, m);
	transaction_committed(gs, r, f.error, m);
}

/* A member asks on the connection that it speaks to its coordinator on. */
static struct member *asking(const struct group *g, const struct kafka_message *m)
{
	struct member *last = speaker_of(m->conn);

	return last && last->group == g && last->presence == MEMBER_IN ? last : NULL;
}

/* Several groups may be asked for at once (KIP-709): the first one known stands for the request. */
struct request *offset_fetch_request(struct groups *gs, const struct kafka_message *m)
{
	struct offset_fetch_request_group item;
	struct offset_fetch_request q;
	struct request *r;
	struct group *g;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	g = group_find(gs, q.group_id);
	while (!g && kf_next(&q.groups, &item))
		g = group_find(gs, item.group_id);
	r = g ? request_new(gs, g, REQUEST_OFFSETS, m) : NULL;
	if (r)
		r->member = member_ref(asking(g, m));
	return r;
}

/* Where a partition stands: told to a member, it begins to read there. */
static void stands(struct group *g, const struct request *r, struct duplicates *d, uint32_t topic, int32_t partition,
                   int64_t offset)
{
	offset_told(g, topic, partition, offset);
	if (!r->member || r->group != g)
		return;
	offset_started(g, topic, partition, offset, r->member->generation);
	duplicates_starts(d, g, r->member, topic, partition, offset);
}

static void read_one_group(struct group *g, const struct request *r, struct duplicates *d, struct kf_array topics)
{
	struct offset_fetch_response_topic t;
	struct offset_fetch_response_topic_partition p;

	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_id(g->owner, t.name);

		while (kf_next(&t.partitions, &p))
			if (p.error_code == ERR_NONE)
				stands(g, r, d, topic, p.partition_index, p.committed_offset);
	}
}

static void read_group(struct group *g, const struct request *r, struct duplicates *d, struct kf_array topics)
{
	struct offset_fetch_response_group_topic t;
	struct offset_fetch_response_group_topic_partition p;

	while (kf_next(&topics, &t)) {
		uint32_t topic = topic_of(g->owner, t.name, &t.topic_id);

		while (kf_next(&t.partitions, &p))
			if (p.error_code == ERR_NONE)
				stands(g, r, d, topic, p.partition_index, p.committed_offset);
	}
}

void offset_fetch_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct offset_fetch_response_group item;
	struct offset_fetch_response a;
	struct duplicates d;

	duplicates_init(&d);
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	if (m->version < 8)
		read_one_group(r->group, r, &d, a.topics);
	while (kf_next(&a.groups, &item)) {
		struct group *g = group_find(gs, item.group_id);

		if (g && item.error_code == ERR_NONE)
			read_group(g, r, &d, item.topics);
	}
	duplicates_tell(&d, r->group, m);
}
