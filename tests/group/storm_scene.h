/* SPDX-License-Identifier: Apache-2.0
 *
 * A group whose rebalances are made by hand, and what is said of its storms. Times are seconds after START.
 */
#ifndef REGROUP_TESTS_STORM_SCENE_H
#define REGROUP_TESTS_STORM_SCENE_H

#include "member.h"
#include "storm.h"

#define START (INT64_C(1700000000) * NS_PER_S)
#define KEPT 8

struct told {
	bool ended, over;
	enum group_storm_class class;
	uint32_t rebalances;
	double percent;
	int64_t since, latest; /* s after START */
	char culprit[32];
	char advice[600];
};

struct scene {
	struct groups *groups;
	struct group *group;
	struct told told[KEPT];
	size_t n;
	int32_t generation;
	int ids; /* member ids made so far */
};

int setup(void **state);
int teardown(void **state);
struct kf_bytes bytes(const char *text);

/* A member of this client, under a new id. */
struct member *member(struct scene *s, const char *client);

/* A rebalance from `at` to `until` with this cause by this member; and telling it. */
struct group_rebalance rebalance(struct scene *s, double at, double until, uint8_t cause, const struct member *m);
void tell(struct scene *s, const struct group_rebalance *r);
void happens(struct scene *s, double at, double until, uint8_t cause, const struct member *m);

void forms(struct scene *s, struct member *first);
void leaves(struct scene *s, double at, struct member *m);
struct member *comes(struct scene *s, double at, const char *client);
void finish(struct scene *s, double at);

/* The latest that was said; and that its advice holds these words. */
const struct told *last(const struct scene *s);
void says(const struct scene *s, const char *words);

#define STORM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
