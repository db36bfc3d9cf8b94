/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a group: a list of those that are in it or about to be, in the order they were first seen, a list of
 * those that are gone, in the order they went, and a table of all by id. Made for many small groups; what a rebalance
 * costs does not grow with how many members went before. Internal to src/group.
 */
#ifndef REGROUP_GROUP_ROSTER_H
#define REGROUP_GROUP_ROSTER_H

#include <regroup/dissect.h>

#include <stdbool.h>
#include <stdint.h>

struct member;
struct group;

/* In the member: `for (m = g->members; m; m = m->hh.next)`, and the same from `roster.gone`. */
struct roster_hook {
	struct member *next, *prev; /* of its list; prev of the first is the last */
	uint32_t hash;
	uint32_t keylen; /* of the id */
};

/* In the group, next to the list of its members. */
struct roster {
	struct member **slot; /* open addressing; a power of two, or none */
	struct member *gone;  /* by gone_at */
	uint32_t n_slots, n;
	uint32_t n_gone;
	uint32_t seen; /* members so far */
	bool misfiled; /* the client id of some was not told by their own client, or has changed: see member_is_return */
};

/* NULL when there is none of this id. */
struct member *roster_find(const struct group *g, struct kf_bytes id);
struct member *roster_named(const struct group *g, const char *id);

/* A member that is not there yet, its id set: among those that are about to be in. False when memory is out. */
bool roster_add(struct group *g, struct member *m);
void roster_remove(struct group *g, struct member *m);

/* It goes at its gone_at, or goes at another time than was known; and it comes back. Its presence is that of before. */
void roster_goes(struct group *g, struct member *m);
void roster_returns(struct group *g, struct member *m);

/* All that are remembered, one after another: those of the list, then those that are gone. */
struct member *roster_first(const struct group *g);
struct member *roster_after(const struct member *m);

/* Who is gone, in the order they were first seen: for the last words about a group, nothing goes on after that. */
void roster_sort_gone(struct group *g);

/* Frees the table alone. */
void roster_free(struct group *g);

#endif
