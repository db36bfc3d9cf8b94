/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a group: a list in the order they were first seen, and a table by id. Made for many small groups.
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_ROSTER_H
#define REGROUP_GROUP_ROSTER_H

#include <regroup/dissect.h>

#include <stdbool.h>
#include <stdint.h>

struct member;
struct group;

/* In the member: `for (m = g->members; m; m = m->hh.next)`. */
struct roster_hook {
	struct member *next, *prev; /* prev of the first is the last */
	uint32_t hash;
	uint32_t keylen; /* of the id */
};

/* In the group, next to its list. */
struct roster {
	struct member **slot; /* open addressing; a power of two, or none */
	uint32_t n_slots, n;
};

/* NULL when there is none of this id. */
struct member *roster_find(const struct group *g, struct kf_bytes id);
struct member *roster_named(const struct group *g, const char *id);

/* A member that is not there yet, its id set. False when memory is out. */
bool roster_add(struct group *g, struct member *m);
void roster_remove(struct group *g, struct member *m);

/* Frees the table alone. */
void roster_free(struct group *g);

#endif
