/* SPDX-License-Identifier: Apache-2.0 */
#include "echo.h"

/* Of the requests of a member that are under way, that many are remembered: consumers have one or two. */
#define KEPT 4

static bool is_same(const struct request *a, const struct request *b)
{
	return a->connection != b->connection && a->correlation_id == b->correlation_id && a->kind == b->kind &&
	       a->generation == b->generation;
}

bool echo_of(struct member *member, struct request *r)
{
	const struct groups *gs = r->group->owner;
	const struct request *a = member->asked;
	int n = 0;

	for (; a; a = a->asked_before, n++)
		if (is_same(a, r) && !connection_closed(gs, a->connection))
			return true;
	if (n == KEPT)
		return false;
	r->asked_before = member->asked;
	member->asked = r;
	return false;
}

void echo_ends(struct member *member, const struct request *r)
{
	struct request **at = &member->asked;

	while (*at && *at != r)
		at = &(*at)->asked_before;
	if (*at)
		*at = r->asked_before;
}
