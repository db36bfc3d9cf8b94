/* SPDX-License-Identifier: Apache-2.0
 *
 * What the capture could not show: a failure in whose time messages were lost is none that could be proved.
 */
#include "engine.h"

static bool touch(const struct span *s, int64_t from, int64_t to)
{
	return s->from <= to && from <= s->to;
}

/* The two neighbours with the least time between them become one. */
static void merge_nearest(struct blindness *b)
{
	unsigned best = 1;

	for (unsigned i = 2; i < b->n; i++)
		if (b->span[i].from - b->span[i - 1].to < b->span[best].from - b->span[best - 1].to)
			best = i;
	if (b->span[best].to > b->span[best - 1].to)
		b->span[best - 1].to = b->span[best].to;
	memmove(&b->span[best], &b->span[best + 1], (b->n - best - 1) * sizeof(b->span[0]));
	b->n--;
}

void blind_add(struct blindness *b, int64_t from, int64_t to)
{
	unsigned at = 0;

	if (to < from)
		to = from;
	while (at < b->n && b->span[at].to < from)
		at++;
	if (at < b->n && touch(&b->span[at], from, to)) {
		if (from < b->span[at].from)
			b->span[at].from = from;
		if (to > b->span[at].to)
			b->span[at].to = to;
		return;
	}
	if (b->n == SPANS) {
		merge_nearest(b);
		blind_add(b, from, to);
		return;
	}
	memmove(&b->span[at + 1], &b->span[at], (b->n - at) * sizeof(b->span[0]));
	b->span[at] = (struct span){ .from = from, .to = to };
	b->n++;
}

bool blind_in(const struct blindness *b, int64_t from, int64_t to)
{
	for (unsigned i = 0; i < b->n; i++)
		if (touch(&b->span[i], from, to))
			return true;
	return false;
}

void blind_host(const struct conn *n, int64_t from, int64_t to)
{
	if (n->client && n->client->at)
		blind_add(&n->client->at->blind, from, to);
}

/* Clients that number their requests over all connections show by it what the capture does not have. */
static bool some_escaped(const struct client *k)
{
	if (!k->one_counter)
		return false;
	return (k->seen_from_start && k->first_id > 1) || (uint64_t)((int64_t)k->last_id - k->first_id + 1) > k->ids;
}

/* A broker that Metadata names and nobody was seen to speak to may have been spoken to elsewhere. */
bool everything_seen(const struct check *c, const struct client *k)
{
	return c->brokers && HASH_COUNT(c->servers) >= c->brokers && !(k && (some_escaped(k) || (k->at && k->at->opaque)));
}
