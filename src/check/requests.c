/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests under way on each connection, oldest first: brokers answer in order.
 */
#include "engine.h"

#include <stdlib.h>

/* Of one connection; more than that no client has. */
#define MOST 1024

static struct request *request_new(struct check *c)
{
	struct request *q = c->free_requests;

	if (q)
		c->free_requests = q->next;
	else if (!(q = malloc(sizeof(*q))))
		return NULL;
	memset(q, 0, sizeof(*q));
	return q;
}

void ck_request_free(struct check *c, struct request *q)
{
	if (!q)
		return;
	q->next = c->free_requests;
	c->free_requests = q;
}

static struct request *take_first(struct conn *n)
{
	struct request *q = n->first;

	n->first = q->next;
	if (!n->first)
		n->last = NULL;
	n->in_flight--;
	return q;
}

/* The oldest one: its answer was not seen. */
static void give_up(struct check *c, struct conn *n, int64_t ts)
{
	struct request *q = take_first(n);

	blind_host(n, q->ts, ts);
	ck_request_free(c, q);
}

struct request *ck_request_add(struct check *c, struct conn *n, const struct kafka_message *m)
{
	struct request *q = request_new(c);

	if (!q)
		return NULL;
	if (n->in_flight == MOST)
		give_up(c, n, m->ts);
	q->api = m->api_key;
	q->version = m->asked_version;
	q->correlation = m->correlation_id;
	q->ts = m->ts;
	q->frame = m->frame;
	q->generation = -1;
	q->producer = -1;
	if (n->last)
		n->last->next = q;
	else
		n->first = q;
	n->last = q;
	n->in_flight++;
	return q;
}

/* The latest one, which will get no answer. */
void ck_request_forget(struct check *c, struct conn *n, struct request *q)
{
	struct request *before = n->first;

	if (n->last != q)
		return;
	while (before != q && before->next != q)
		before = before->next;
	n->first = before == q ? NULL : n->first;
	n->last = before == q ? NULL : before;
	if (n->last)
		n->last->next = NULL;
	n->in_flight--;
	ck_request_free(c, q);
}

/* Older ones are given up. */
struct request *ck_request_take(struct check *c, struct conn *n, const struct kafka_message *m)
{
	bool there = false;

	for (const struct request *q = n->first; q && !there; q = q->next)
		there = q->correlation == m->correlation_id && q->api == m->api_key;
	if (!there)
		return NULL;
	while (n->first->correlation != m->correlation_id || n->first->api != m->api_key)
		give_up(c, n, m->ts);
	return take_first(n);
}

void ck_requests_drop(struct check *c, struct conn *n)
{
	while (n->first)
		ck_request_free(c, take_first(n));
}
