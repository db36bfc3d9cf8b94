/* SPDX-License-Identifier: Apache-2.0 */
#include "conns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 20000u

struct conns {
	struct conn_row *rows;  /* by id */
	struct conn_row **list; /* in the order met */
	size_t n, cap;
	struct conn_row *last;  /* whom the latest sign was of */
	uint64_t left_out, turns;
	const struct groups *groups;
	/* While the screen is held. */
	struct conn_row *still; /* copies, in the order met; NULL when it is not */
	size_t n_still;
	uint64_t still_left_out;
};

struct conns *conns_new(void)
{
	return calloc(1, sizeof(struct conns));
}

void conns_free(struct conns *c)
{
	if (!c)
		return;
	HASH_CLEAR(hh, c->rows);
	for (size_t i = 0; i < c->n; i++)
		free(c->list[i]);
	free(c->list);
	free(c->still);
	free(c);
}

void conns_watch(struct conns *c, const struct groups *g)
{
	c->groups = g;
}

void conns_hold(struct conns *c, bool held)
{
	c->turns++;
	if (held)
		conns_refresh(c);
	free(c->still);
	c->still = held ? malloc((c->n + 1) * sizeof(*c->still)) : NULL;
	if (!c->still)
		return;
	for (size_t i = 0; i < c->n; i++)
		c->still[i] = *c->list[i];
	c->n_still = c->n;
	c->still_left_out = c->left_out;
}

uint64_t conns_turns(const struct conns *c)
{
	return c->turns;
}

/* The longest ended quarter of the rows goes. */
static void make_room(struct conns *c)
{
	size_t kept = 0, gone = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct conn_row *r = c->list[i];

		if (r->open || gone >= MOST_ROWS / 4) {
			c->list[kept++] = r;
			continue;
		}
		HASH_DELETE(hh, c->rows, r);
		if (c->last == r)
			c->last = NULL;
		free(r);
		gone++;
	}
	c->n = kept;
	c->turns++;
	c->left_out += gone;
}

static bool list_room(struct conns *c)
{
	size_t cap = c->cap ? c->cap * 2 : 64;
	struct conn_row **list;

	if (c->n >= MOST_ROWS)
		make_room(c);
	if (c->n >= MOST_ROWS)
		return false;
	if (c->n < c->cap)
		return true;
	list = realloc(c->list, cap * sizeof(struct conn_row *));
	if (!list)
		return false;
	c->list = list;
	c->cap = cap;
	return true;
}

static struct conn_row *row_of(struct conns *c, uint64_t id)
{
	struct conn_row *r = c->last;

	if (r && r->id == id)
		return r;
	HASH_FIND(hh, c->rows, &id, sizeof(id), r);
	if (!r) {
		if (!list_room(c) || !(r = calloc(1, sizeof(*r)))) {
			c->left_out++;
			return NULL;
		}
		r->id = id;
		c->list[c->n++] = r;
		HASH_ADD(hh, c->rows, id, sizeof(r->id), r);
	}
	c->last = r;
	return r;
}

static void word(char out[CONN_WORD], struct kf_bytes text)
{
	size_t n = text.ptr ? text.len : 0;

	if (n >= CONN_WORD)
		n = CONN_WORD - 1;
	if (n)
		memcpy(out, text.ptr, n);
	out[n] = '\0';
}

static void software(char out[CONN_WORD], const struct kafka_names *names)
{
	size_t n;

	word(out, names->software_name);
	n = strlen(out);
	if (!n || n + 2 >= CONN_WORD || !names->software_version.ptr)
		return;
	snprintf(out + n, CONN_WORD - n, " %.*s", (int)names->software_version.len,
	         (const char *)names->software_version.ptr);
}

static void ask(const struct conns *c, const struct net_endpoint *local, const struct net_endpoint *remote,
                struct group_process *is)
{
	struct group_process found;

	if (c->groups && groups_process(c->groups, local, remote, &found))
		*is = found;
}

static void refresh(const struct conns *c, struct conn_row *r, const struct kafka_conn *k)
{
	net_endpoint_text(k->client, r->client);
	net_endpoint_text(k->server, r->server);
	word(r->client_id, k->names->client_id);
	software(r->software, k->names);
	word(r->mechanism, k->names->sasl_mechanism);
	kafka_conn_traffic(k, &r->traffic);
	r->messages = k->messages;
	r->kind = k->kind;
	r->inter_broker = k->inter_broker;
	r->from_start = k->from_start;
	ask(c, k->client, k->server, &r->local[0]);
	ask(c, k->server, k->client, &r->local[1]);
}

void conns_note(struct conns *c, const struct kafka_conn *k, bool ended)
{
	struct conn_row *r = c->last && c->last->id == k->id && c->last->open && !ended ? NULL : row_of(c, k->id);

	if (!r)
		return;
	r->open = k;
	if (!ended)
		return;
	refresh(c, r, k);
	r->open = NULL;
}

void conns_refresh(struct conns *c)
{
	for (size_t i = 0; i < c->n && !c->still; i++)
		if (c->list[i]->open)
			refresh(c, c->list[i], c->list[i]->open);
}

const struct conn_row *conns_at(const struct conns *c, size_t i)
{
	if (c->still)
		return i < c->n_still ? &c->still[i] : NULL;
	return i < c->n ? c->list[i] : NULL;
}

size_t conns_count(const struct conns *c)
{
	return c->still ? c->n_still : c->n;
}

uint64_t conns_left_out(const struct conns *c)
{
	return c->still ? c->still_left_out : c->left_out;
}
