/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of clients that take turns: what is known of the next one is fetched into the cache while others are judged.
 * The speaker that the correlator gave to a connection is only a name here.
 */
#include "engine.h"

#include <stddef.h>

#include <regroup/fetch.h>

static unsigned slot_of(const void *speaker)
{
	return (unsigned)((uint64_t)(uintptr_t)speaker * UINT64_C(0x9e3779b97f4a7c15) >> 32) % LATELY;
}

void ck_speaks(struct check *c, struct conn *n, const void *speaker)
{
	if (n->speaker == speaker)
		return;
	ck_hangs_up(c, n);
	n->speaker = speaker;
	if (!speaker)
		return;
	c->soon[slot_of(speaker)].speaker = speaker;
	c->soon[slot_of(speaker)].conn = n;
}

void ck_hangs_up(struct check *c, struct conn *n)
{
	unsigned slot = slot_of(n->speaker);

	if (n->speaker && c->soon[slot].conn == n)
		c->soon[slot].conn = NULL;
	n->speaker = NULL;
}

void ck_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step)
{
	const struct check *c = ctx;
	unsigned slot = slot_of(speaker);
	const struct conn *n;

	(void)what;
	if (step == 0) {
		__builtin_prefetch(&c->soon[slot]);
		return;
	}
	n = c->soon[slot].speaker == speaker ? c->soon[slot].conn : NULL;
	if (!n)
		return;
	if (step == 1)
		fetch(n, sizeof(*n));
	else
		ck_fetch(n);
}

void ck_fetch(const struct conn *n)
{
	fetch(n->client, offsetof(struct client, tally) + sizeof(n->client->tally.pass));
	fetch(n->member, sizeof(*n->member));
	fetch(n->group, 192);
	fetch(n->first, 64);
}
