/* SPDX-License-Identifier: Apache-2.0
 *
 * A timer per group, coarse and lazy: a slot of a hashed wheel fires when capture time passes it. Arming
 * costs O(1), and a group that is armed for later than the wheel reaches is looked at again on the way.
 */
#include "correlator.h"

static size_t slot_of(int64_t at)
{
	return (size_t)((at / WHEEL_STEP) % WHEEL_SLOTS);
}

static void unlink_timer(struct wheel *w, struct group *g)
{
	struct group **head = &w->slot[slot_of(g->timer_at)];

	if (g->timer_prev)
		g->timer_prev->timer_next = g->timer_next;
	else
		*head = g->timer_next;
	if (g->timer_next)
		g->timer_next->timer_prev = g->timer_prev;
	g->timer_next = g->timer_prev = NULL;
	g->timer_at = 0;
}

void wheel_disarm(struct groups *gs, struct group *g)
{
	if (g->timer_at)
		unlink_timer(&gs->wheel, g);
}

void wheel_arm(struct groups *gs, struct group *g, int64_t at)
{
	struct wheel *w = &gs->wheel;
	int64_t limit = gs->now + (WHEEL_SLOTS - 1) * WHEEL_STEP;

	at = at > limit ? limit : at < gs->now + WHEEL_STEP ? gs->now + WHEEL_STEP : at;
	if (at <= 0 || (g->timer_at && g->timer_at <= at))
		return;
	if (g->timer_at)
		unlink_timer(w, g);
	g->timer_at = at;
	g->timer_next = w->slot[slot_of(at)];
	if (g->timer_next)
		g->timer_next->timer_prev = g;
	w->slot[slot_of(at)] = g;
}

/* Takes the groups that are due out of the slot first: their timers may arm again into it. */
static void fire(struct groups *gs, size_t slot, int64_t now)
{
	struct wheel *w = &gs->wheel;
	struct group *due = NULL;

	for (struct group *g = w->slot[slot], *next; g; g = next) {
		next = g->timer_next;
		if (g->timer_at > now)
			continue;
		unlink_timer(w, g);
		g->timer_next = due;
		due = g;
	}
	while (due) {
		struct group *g = due;

		due = g->timer_next;
		g->timer_next = NULL;
		round_timer(g);
	}
}

void wheel_advance(struct groups *gs, int64_t now)
{
	struct wheel *w = &gs->wheel;
	int64_t step, from;

	if (now < w->due)
		return;
	step = now / WHEEL_STEP;
	from = w->at ? w->at : step;
	if (step - from >= WHEEL_SLOTS)
		from = step - WHEEL_SLOTS + 1;
	for (int64_t s = from; s < step; s++)
		fire(gs, (size_t)(s % WHEEL_SLOTS), now);
	w->at = step;
	w->due = (step + 1) * WHEEL_STEP;
}
