/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

int scene_setup(void **state)
{
	static struct scene s;

	s.peer = peer_new();
	client_init(&s.a, s.peer, "c-a", 1);
	client_init(&s.b, s.peer, "c-b", 2);
	client_init(&s.admin, s.peer, "admin", 3);
	fetcher_init(&s.fa, &s.a);
	fetcher_init(&s.fb, &s.b);
	s.both[0] = &s.a;
	s.both[1] = &s.b;
	s.one[0] = &s.a;
	*state = &s;
	return 0;
}

int scene_teardown(void **state)
{
	struct scene *s = *state;

	peer_free(s->peer);
	return 0;
}

void enter(struct client *c, int64_t ms, const char *member)
{
	ask_join(c, ms, "");
	told_id(c, ms + 1, member);
	ask_join(c, ms + 2, "need to re-join with the given member-id: x");
}

void form(struct scene *s)
{
	enter(&s->a, 0, "m-a");
	enter(&s->b, 100, "m-b");
	joined(&s->a, 3000, 1, "m-a", s->both, 2);
	joined(&s->b, 3001, 1, "m-a", s->both, 2);
	ask_sync(&s->b, 3005, NULL, NULL, 0);
	ask_sync(&s->a, 3010, s->both, halves, 2);
	synced(&s->a, 3019, 0, 2);
	synced(&s->b, 3020, 3, 5);
}

const struct said *b_leaves(struct scene *s)
{
	leave(&s->b, 9000, "the consumer is being closed", 0);
	beat(&s->a, 10000, 27);
	ask_join(&s->a, 10005, "group is already rebalancing");
	joined(&s->a, 10006, 2, "m-a", s->one, 1);
	ask_sync(&s->a, 10010, s->one, whole, 1);
	synced(&s->a, 10020, 0, 5);
	return peer_said(s->peer, GROUP_EVENT_REBALANCE, 1);
}
