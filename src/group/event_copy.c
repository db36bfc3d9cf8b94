/* SPDX-License-Identifier: Apache-2.0
 *
 * Events that last: everything an event borrows is copied behind it, in one piece of memory. It is gone over twice: to
 * count the bytes, then to copy them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/group.h>

#define ALIGN 8u

struct piece {
	char *memory; /* NULL: counting */
	size_t used;
};

/* A place for a copy of `n` bytes, copied when there is one. NULL stays NULL, and what is empty stays empty. */
static void *take(struct piece *p, const void *from, size_t n)
{
	char *at = p->memory ? p->memory + p->used : NULL;

	if (!from)
		return NULL;
	if (at && n)
		memcpy(at, from, n);
	p->used += (n + ALIGN - 1) / ALIGN * ALIGN;
	return at;
}

static void text(struct piece *p, const char **slot)
{
	if (*slot)
		*slot = take(p, *slot, strlen(*slot) + 1);
}

static void partitions(struct piece *p, const struct group_partitions **list, size_t n)
{
	struct group_partitions *copy = take(p, *list, n * sizeof(**list));

	for (size_t i = 0; i < n; i++) {
		struct group_partitions t = (*list)[i];

		text(p, &t.topic);
		t.partitions = take(p, t.partitions, t.n_partitions * sizeof(*t.partitions));
		if (copy)
			copy[i] = t;
	}
	*list = copy;
}

static void cause(struct piece *p, struct group_cause *c)
{
	text(p, &c->name);
	text(p, &c->member);
	text(p, &c->client_id);
	text(p, &c->host);
	text(p, &c->reason);
	text(p, &c->text);
	c->evidence = take(p, c->evidence, c->n_evidence * sizeof(*c->evidence));
	c->rivals = take(p, c->rivals, c->n_rivals * sizeof(*c->rivals));
}

static void causes(struct piece *p, const struct group_cause **list, size_t n)
{
	struct group_cause *copy = take(p, *list, n * sizeof(**list));

	for (size_t i = 0; i < n; i++) {
		struct group_cause c = (*list)[i];

		cause(p, &c);
		if (copy)
			copy[i] = c;
	}
	*list = copy;
}

static void members(struct piece *p, const struct group_rebalance_member **list, size_t n)
{
	struct group_rebalance_member *copy = take(p, *list, n * sizeof(**list));

	for (size_t i = 0; i < n; i++) {
		struct group_rebalance_member m = (*list)[i];

		text(p, &m.member);
		text(p, &m.instance);
		text(p, &m.client_id);
		text(p, &m.host);
		text(p, &m.software);
		text(p, &m.subscription);
		m.local = take(p, m.local, sizeof(*m.local));
		partitions(p, &m.topics, m.n_topics);
		text(p, &m.url);
		text(p, &m.process);
		m.active = take(p, m.active, m.n_active * sizeof(*m.active));
		m.standby = take(p, m.standby, m.n_standby * sizeof(*m.standby));
		if (copy)
			copy[i] = m;
	}
	*list = copy;
}

static void moves(struct piece *p, const struct group_move **list, size_t n)
{
	struct group_move *copy = take(p, *list, n * sizeof(**list));

	for (size_t i = 0; i < n; i++) {
		struct group_move m = (*list)[i];

		text(p, &m.topic);
		text(p, &m.from);
		text(p, &m.to);
		if (copy)
			copy[i] = m;
	}
	*list = copy;
}

static void texts(struct piece *p, const char *const **list, size_t n)
{
	const char **copy = take(p, *list, n * sizeof(**list));

	for (size_t i = 0; i < n; i++) {
		const char *t = (*list)[i];

		text(p, &t);
		if (copy)
			copy[i] = t;
	}
	*list = copy;
}

static void connect(struct piece *p, const struct group_connect **slot)
{
	struct group_connect c, *copy = take(p, *slot, sizeof(**slot));

	if (!*slot)
		return;
	c = **slot;
	text(p, &c.protocol);
	text(p, &c.leader_url);
	if (copy)
		*copy = c;
	*slot = copy;
}

static void streams(struct piece *p, const struct group_streams **slot)
{
	struct group_streams s, *copy = take(p, *slot, sizeof(**slot));

	if (!*slot)
		return;
	s = **slot;
	text(p, &s.error_name);
	if (copy)
		*copy = s;
	*slot = copy;
}

static void registry(struct piece *p, const struct group_registry **slot)
{
	struct group_registry s, *copy = take(p, *slot, sizeof(**slot));

	if (!*slot)
		return;
	s = **slot;
	text(p, &s.master);
	text(p, &s.url);
	text(p, &s.before);
	text(p, &s.twin);
	if (copy)
		*copy = s;
	*slot = copy;
}

static void rebalance(struct piece *p, struct group_rebalance *r)
{
	text(p, &r->group_type);
	text(p, &r->protocol_type);
	text(p, &r->assignor);
	text(p, &r->coordinator);
	cause(p, &r->cause);
	causes(p, &r->also, r->n_also);
	members(p, &r->members, r->n_members);
	moves(p, &r->moved, r->n_moved);
	moves(p, &r->unassigned, r->n_unassigned);
	moves(p, &r->granted, r->n_granted);
	moves(p, &r->moved_since_parent, r->n_moved_since_parent);
	moves(p, &r->twice, r->n_twice);
	texts(p, &r->missing, r->n_missing);
	texts(p, &r->status, r->n_status);
	text(p, &r->released_by);
	text(p, &r->trouble);
	text(p, &r->last_joined);
	text(p, &r->slowest);
	connect(p, &r->connect);
	streams(p, &r->streams);
	registry(p, &r->registry);
}

static void member(struct piece *p, struct group_member_event *m)
{
	text(p, &m->member);
	text(p, &m->instance);
	text(p, &m->client_id);
	text(p, &m->host);
	text(p, &m->reason);
	text(p, &m->note);
	m->local = take(p, m->local, sizeof(*m->local));
}

static void commit(struct piece *p, struct group_commit_event *c)
{
	text(p, &c->member);
	text(p, &c->client_id);
	text(p, &c->host);
	text(p, &c->what);
	text(p, &c->transactional_id);
	partitions(p, &c->topics, c->n_topics);
}

static void storm(struct piece *p, struct group_storm_event *s)
{
	text(p, &s->culprit);
	text(p, &s->host);
	text(p, &s->advice);
}

static void duplicates(struct piece *p, struct group_duplicates_event *d)
{
	struct group_again *copy = take(p, d->partitions, d->n_partitions * sizeof(*d->partitions));

	text(p, &d->client_id);
	text(p, &d->host);
	text(p, &d->by_client_id);
	text(p, &d->by_host);
	for (size_t i = 0; i < d->n_partitions; i++) {
		struct group_again a = d->partitions[i];

		text(p, &a.topic);
		if (copy)
			copy[i] = a;
	}
	d->partitions = copy;
}

static void resumed(struct piece *p, struct group_resumed_event *r)
{
	size_t worst = r->worst ? (size_t)(r->worst - r->partitions) : 0;
	struct group_resumed *copy = take(p, r->partitions, r->n_partitions * sizeof(*r->partitions));

	for (size_t i = 0; i < r->n_partitions; i++) {
		struct group_resumed one = r->partitions[i];

		text(p, &one.topic);
		text(p, &one.member);
		text(p, &one.client_id);
		text(p, &one.host);
		if (copy)
			copy[i] = one;
	}
	r->worst = r->worst && copy ? copy + worst : NULL;
	r->partitions = copy;
}

static void producer(struct piece *p, struct group_producer_event *e)
{
	text(p, &e->client_id);
	text(p, &e->host);
	text(p, &e->software);
	text(p, &e->transactional_id);
	text(p, &e->by_client_id);
	text(p, &e->by_host);
	text(p, &e->api);
	partitions(p, &e->topics, e->n_topics);
	text(p, &e->text);
	text(p, &e->advice);
	e->evidence = take(p, e->evidence, e->n_evidence * sizeof(*e->evidence));
}

static void transaction(struct piece *p, struct group_transaction_event *e)
{
	text(p, &e->client_id);
	text(p, &e->host);
	text(p, &e->transactional_id);
	text(p, &e->member);
	text(p, &e->text);
	text(p, &e->advice);
	e->evidence = take(p, e->evidence, e->n_evidence * sizeof(*e->evidence));
}

/* No default: the compiler says when a new type of event is not copied yet. */
static void parts(struct piece *p, struct group_event *e)
{
	text(p, &e->group);
	switch (e->type) {
	case GROUP_EVENT_REBALANCE_STARTED:
	case GROUP_EVENT_REBALANCE:
		rebalance(p, &e->rebalance);
		break;
	case GROUP_EVENT_MEMBER:
		member(p, &e->member);
		break;
	case GROUP_EVENT_COORDINATOR:
		text(p, &e->coordinator.from);
		text(p, &e->coordinator.to);
		text(p, &e->coordinator.what);
		break;
	case GROUP_EVENT_COMMIT_FAILED:
		commit(p, &e->commit);
		break;
	case GROUP_EVENT_RESUMED:
		resumed(p, &e->resumed);
		break;
	case GROUP_EVENT_DUPLICATES:
		duplicates(p, &e->duplicates);
		break;
	case GROUP_EVENT_DELIVERY:
		text(p, &e->delivery.member);
		text(p, &e->delivery.client_id);
		text(p, &e->delivery.host);
		break;
	case GROUP_EVENT_GAP:
		text(p, &e->gap.client);
		text(p, &e->gap.server);
		text(p, &e->gap.direction);
		text(p, &e->gap.what);
		e->gap.client_local = take(p, e->gap.client_local, sizeof(*e->gap.client_local));
		e->gap.server_local = take(p, e->gap.server_local, sizeof(*e->gap.server_local));
		break;
	case GROUP_EVENT_CONNECTION:
		text(p, &e->connection.client);
		text(p, &e->connection.server);
		text(p, &e->connection.kind);
		e->connection.client_local = take(p, e->connection.client_local, sizeof(*e->connection.client_local));
		e->connection.server_local = take(p, e->connection.server_local, sizeof(*e->connection.server_local));
		break;
	case GROUP_EVENT_STORM:
		storm(p, &e->storm);
		break;
	case GROUP_EVENT_REFUSED:
		text(p, &e->refused.client_id);
		text(p, &e->refused.host);
		text(p, &e->refused.advice);
		break;
	case GROUP_EVENT_BROKER:
		text(p, &e->broker.broker);
		text(p, &e->broker.what);
		text(p, &e->broker.advice);
		texts(p, &e->broker.names, e->broker.n_names);
		break;
	case GROUP_EVENT_ADMIN:
		text(p, &e->admin.api);
		text(p, &e->admin.client_id);
		text(p, &e->admin.host);
		text(p, &e->admin.state);
		break;
	case GROUP_EVENT_PRODUCER:
		producer(p, &e->producer);
		break;
	case GROUP_EVENT_TRANSACTION:
		transaction(p, &e->transaction);
		break;
	case GROUP_EVENT_METADATA_STORM:
		text(p, &e->metadata_storm.client_id);
		text(p, &e->metadata_storm.host);
		text(p, &e->metadata_storm.software);
		text(p, &e->metadata_storm.topic);
		text(p, &e->metadata_storm.advice);
		break;
	case GROUP_EVENT_SUMMARY:
	case GROUP_EVENT_TYPES:
		break;
	}
}

struct group_event *group_event_copy(const struct group_event *e, size_t *bytes)
{
	struct piece p = { .used = (sizeof(*e) + ALIGN - 1) / ALIGN * ALIGN };
	size_t first = p.used;
	struct group_event copy = *e, *out;

	parts(&p, &copy);
	if (bytes)
		*bytes = p.used;
	p.memory = malloc(p.used);
	if (!p.memory)
		return NULL;
	p.used = first;
	copy = *e;
	parts(&p, &copy);
	out = (struct group_event *)(void *)p.memory;
	*out = copy;
	return out;
}
