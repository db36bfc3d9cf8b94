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

/* The partitions of all moves like `first`, as many as are shown; returns how many there are. */
static size_t put_partitions(struct line *l, enum group_kind kind, const struct group_move *moves, size_t n,
                             const struct group_move *first)
{
	int32_t partitions[PARTITIONS_SHOWN];
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!same_way(&moves[i], first))
			continue;
		if (count < PARTITIONS_SHOWN)
			partitions[count] = moves[i].partition;
		count++;
	}
	log_shares(l, kind, partitions, count < PARTITIONS_SHOWN ? count : PARTITIONS_SHOWN);
	if (count > PARTITIONS_SHOWN)
		line_text(l, ",…");
	return count;
}

/* "carts 0-2 checkout-1 -> checkout-2" of all moves like `first`; returns how many those are. */
static size_t put_group(struct line *l, const struct group_rebalance *r, const struct group_move *moves, size_t n,
                        const struct group_move *first)
{
	size_t count, from, to;

	line_name(l, first->topic, 0);
	line_text(l, " ");
	count = put_partitions(l, r->kind, moves, n, first);
	line_text(l, " ");
	from = l->len;
	if (first->from != NULL) {
		log_member_name(l, r, first->from);
		line_text(l, " ");
	}
	line_text(l, "-> ");
	to = l->len;
	log_member_name(l, r, first->to);
	/* "a -> a" is one client under two member ids. */
	if (first->from != NULL && first->to != NULL && to - from == l->len - to + 4 && !l->failed &&
	    memcmp(l->buf + from, l->buf + to, l->len - to) == 0)
		line_text(l, " under its new id");
	return count;
}

static bool is_new(const struct group_move *const *seen, size_t n, const struct group_move *m)
{
	for (size_t i = 0; i < n; i++) {
		if (same_way(seen[i], m))
			return false;
	}
	return true;
}

static void print_moves(struct line *l, const char *label, const struct group_rebalance *r,
                        const struct group_move *moves, size_t n, bool verbose)
{
	const struct group_move *seen[GROUPS_MOST];
	size_t most = verbose ? GROUPS_MOST : GROUPS_SHOWN, groups = 0, told = 0;
	struct line part;

	if (n == 0)
		return;
	line_init(&part, false);
	log_row(l, label);
	for (size_t i = 0; i < n && groups < most; i++) {
		if (!is_new(seen, groups, &moves[i]))
			continue;
		if (groups > 0)
			line_text(l, "; ");
		seen[groups++] = &moves[i];
		line_reset(&part);
		told += put_group(&part, r, moves, n, &moves[i]);
		log_wrap(l, part.column);
		line_append(l, &part);
	}
	line_free(&part);
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

void log_text_moves(struct line *l, const struct group_rebalance *r, bool verbose)
{
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
	print_moves(l, "moved", r, r->moved, r->n_moved, verbose);
	print_moves(l, "taken", r, r->unassigned, r->n_unassigned, verbose);
	if (verbose || had_members(r))
		print_moves(l, "granted", r, r->granted, r->n_granted, verbose);
	print_moves(l, "twice", r, r->twice, r->n_twice, verbose);
	if (r->followup_of >= 0)
		print_moves(l, "in all", r, r->moved_since_parent, r->n_moved_since_parent, verbose);
}
