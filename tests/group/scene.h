/* SPDX-License-Identifier: Apache-2.0
 *
 * Two clients of one group, each with a connection to fetch on, and how their group begins and goes on.
 */
#ifndef REGROUP_TESTS_SCENE_H
#define REGROUP_TESTS_SCENE_H

#include "peer_data.h"

static const int halves[2][2] = { { 0, 2 }, { 3, 5 } };
static const int whole[1][2] = { { 0, 5 } };
static const struct range none = { 0, -1 };

struct scene {
	struct peer *peer;
	struct client a, b;   /* with the coordinator */
	struct client fa, fb; /* fetching */
	struct client admin;
	struct client *both[2];
	struct client *one[1];
};

int scene_setup(void **state);
int scene_teardown(void **state);

/* JoinGroup in two steps. */
void enter(struct client *c, int64_t ms, const char *member);

/* Generation 1 at 3 s, stable at 3.02 s: a has 0-2, b 3-5. */
void form(struct scene *s);

/* b leaves at 9 s, a is told at 10 s, joins at 10.005 s and has everything at 10.02 s. The rebalance. */
const struct said *b_leaves(struct scene *s);

#endif
