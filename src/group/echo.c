/* SPDX-License-Identifier: Apache-2.0 */
#include "echo.h"

#include "unheard.h"

#define KEPT (sizeof(((struct member *)0)->asked) / sizeof(struct asked))

static bool is_same(const struct asked *a, const struct request *r, const struct kafka_message *m)
{
	return a->connection && a->connection != m->conn->id && a->correlation_id == m->correlation_id &&
	       a->kind == r->kind && a->generation == r->generation;
}

bool echo_of(struct member *member, const struct request *r, const struct kafka_message *m)
{
	const struct groups *gs = r->group->owner;
	struct asked *free = &member->asked[0];

	if (unheard(gs, m)) /* another connection may have the answers */
		return false;
	for (size_t i = 0; i < KEPT; i++) {
		struct asked *a = &member->asked[i];

		if (is_same(a, r, m) && !connection_closed(gs, a->connection))
			return true;
		if (!a->connection)
			free = a;
	}
	*free = (struct asked){ .connection = m->conn->id, .correlation_id = m->correlation_id,
		                .generation = r->generation, .frame = r->frame, .kind = r->kind };
	return false;
}

void echo_ends(struct member *member, const struct request *r)
{
	for (size_t i = 0; i < KEPT; i++)
		if (member->asked[i].frame == r->frame && member->asked[i].kind == r->kind)
			member->asked[i].connection = 0;
}
