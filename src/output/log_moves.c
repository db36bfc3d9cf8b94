/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <string.h>

#include <regroup/text.h>

#define GROUPS_SHOWN 8
#define GROUPS_MOST 64       /* with -v */
#define PARTITIONS_SHOWN 200 /* of one topic between two members */

static bool same_way(const struct group_move *a, const struct group_move *b)
{
	return text_equal(a->topic, b->topic) && text_equal(a->from, b->from) && text_equal(a->to, b->to);
}

/* The length and the end of a text: cheap, and what differs between ids is at their end. */
static uint64_t key_of_text(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;
	uint64_t last = 0;

	if (len > 0)
		memcpy(&last, len < sizeof last ? text : text + len - sizeof last, len < sizeof last ? len : sizeof last);
	return (last ^ len) * UINT64_C(0x9fb21c651e98df25);
}

static uint64_t key_of(const struct group_move *m)
{
	return key_of_text(m->topic) ^ key_of_text(m->from) * 3 ^ key_of_text(m->to) * 5;
}

/* All moves of a topic from one member to another. */
struct way {
	const struct group_move *first;
	uint64_t key;
	size_t count;
	int32_t partition[PARTITIONS_SHOWN]; /* as many of them as are shown */
};

/* Most moves go the way of the one before. NULL when none of the ways is that of `m`. */
static struct way *find_way(struct way *ways, size_t n, struct way *latest, const struct group_move *m, uint64_t *key)
{
	if (latest != NULL && latest->first->topic == m->topic && latest->first->from == m->from &&
	    latest->first->to == m->to)
		return latest;
	*key = key_of(m);
	for (size_t i = 0; i < n; i++)
		if (ways[i].key == *key && same_way(ways[i].first, m))
			return &ways[i];
	return NULL;
}

/* The ways in the order they are met, `most` of them; the moves of the others are not told. */
static size_t sort_ways(struct way *ways, size_t most, const struct group_move *moves, size_t n_moves)
{
	struct way *latest = NULL;
	size_t n = 0;

	for (size_t i = 0; i < n_moves; i++) {
		uint64_t key = 0;
		struct way *w = find_way(ways, n, latest, &moves[i], &key);

		if (w == NULL && n == most)
			continue;
		if (w == NULL) {
			w = &ways[n++];
			w->first = &moves[i];
			w->key = key;
			w->count = 0;
		}
		if (w->count < PARTITIONS_SHOWN)
			w->partition[w->count] = moves[i].partition;
		w->count++;
		latest = w;
	}
	return n;
}

/* "carts 0-2 checkout-1 -> checkout-2" */
static void put_way(struct line *l, const struct log_names *names, const struct way *w)
{
	const struct group_move *m = w->first;
	size_t from, to;

	line_name(l, m->topic, 0);
	line_text(l, " ");
	log_shares(l, names->of->kind, w->partition, w->count < PARTITIONS_SHOWN ? w->count : PARTITIONS_SHOWN);
	if (w->count > PARTITIONS_SHOWN)
		line_text(l, ",…");
	line_text(l, " ");
	from = l->len;
	if (m->from != NULL) {
		log_member_name(l, names, m->from);
		line_text(l, " ");
	}
	line_text(l, "-> ");
	to = l->len;
	log_member_name(l, names, m->to);
	/* "a -> a" is one client under two member ids. */
	if (m->from != NULL && m->to != NULL && to - from == l->len - to + 4 && !l->failed &&
	    memcmp(l->buf + from, l->buf + to, l->len - to) == 0)
		line_text(l, " under its new id");
}

static void print_moves(struct line *l, const char *label, const struct log_names *names,
                        const struct group_move *moves, size_t n, bool verbose)
{
	struct way ways[GROUPS_MOST];
	size_t n_ways, told = 0;
	struct line *part = n > 0 ? line_part(l) : NULL;

	if (part == NULL)
		return;
	n_ways = sort_ways(ways, verbose ? GROUPS_MOST : GROUPS_SHOWN, moves, n);
	log_row(l, label);
	for (size_t i = 0; i < n_ways; i++) {
		if (i > 0)
			line_text(l, "; ");
		line_reset(part);
		put_way(part, names, &ways[i]);
		told += ways[i].count;
		log_wrap(l, part->column);
		line_append(l, part);
	}
	if (told < n) {
		line_text(l, "; ");
		log_wrap(l, 24);
		line_text(l, "… and ");
		line_count(l, n - told, "partition more", "partitions more");
	}
	line_end(l);
}

/* Whether somebody had an assignment before: else what was granted is just what the members have. */
static bool had_members(const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_members; i++) {
		if (r->members[i].change != GROUP_JOINED)
			return true;
	}
	return false;
}

/* Its partitions have several members each: nothing moves. */
static bool is_share(const struct group_rebalance *r)
{
	return text_equal(r->group_type, "share");
}

void log_text_moves(struct line *l, const struct log_names *names, bool verbose)
{
	const struct group_rebalance *r = names->of;

	if (r->kind == GROUP_KIND_REGISTRY || r->kind == GROUP_KIND_OTHER)
		return; /* what they share, if anything, are no partitions */
	if (!r->moves_known && r->n_moved + r->n_unassigned + r->n_granted == 0) {
		if (r->outcome == GROUP_STABLE) {
			log_row(l, "moved");
			line_text(l, "not known: an assignment before or after was not seen");
			line_end(l);
		}
		return;
	}
	if (r->n_moved + r->n_unassigned + r->n_granted == 0 && r->outcome == GROUP_STABLE && !is_share(r)) {
		log_row(l, "moved");
		line_text(l, "nothing");
		line_end(l);
	}
	print_moves(l, "moved", names, r->moved, r->n_moved, verbose);
	print_moves(l, "taken", names, r->unassigned, r->n_unassigned, verbose);
	if (verbose || had_members(r))
		print_moves(l, "granted", names, r->granted, r->n_granted, verbose);
	print_moves(l, "twice", names, r->twice, r->n_twice, verbose);
	if (r->followup_of >= 0)
		print_moves(l, "in all", names, r->moved_since_parent, r->n_moved_since_parent, verbose);
}
