/* SPDX-License-Identifier: Apache-2.0
 *
 * Heartbeats whose answers are not captured: members ask to come in and say that they go, and that is told. Epochs and
 * targets are what the coordinator answers: without that no rebalance is told, and that is said once.
 */
#include "epoch.h"

#include "member.h"
#include "unheard.h"

#define NOTE "as it asked: the coordinator's answers to it are not in the capture"

static void say_so(struct group *g, const struct kafka_message *m)
{
	char client[NET_ENDPOINT_TEXT], server[NET_ENDPOINT_TEXT];
	struct group_event e = { .type = GROUP_EVENT_GAP, .ts = m->ts, .group = g->name };

	e.gap = (struct group_gap_event){
		.client = net_endpoint_text(m->conn->client, client),
		.server = net_endpoint_text(m->conn->server, server),
		.direction = "response",
		.from = m->ts,
		.to = m->ts,
		.what = "the coordinator's answers are not captured: epochs, assignments and rebalances are not known",
	};
	g->epochs->unheard = true;
	emit(g->owner, &e);
}

static void comes(struct group *g, struct member *mem, const struct kafka_message *m)
{
	bool returned = mem->presence == MEMBER_GONE || member_is_return(mem);

	if (mem->presence == MEMBER_IN)
		return;
	member_enter(mem);
	report_member_noted(g, mem, returned ? GROUP_RETURNED : GROUP_JOINED, NULL, true, m->ts, m->frame, NOTE);
}

static void goes(struct group *g, struct member *mem, bool for_good, const struct kafka_message *m)
{
	if (mem->presence == MEMBER_GONE)
		return;
	member_leave_group(mem, GROUP_LEFT, m->ts);
	report_member_noted(g, mem, GROUP_LEFT, NULL, for_good, m->ts, m->frame, NOTE);
}

void epoch_unheard(struct group *g, const struct beat *q, struct member *mem, const struct kafka_message *m)
{
	struct epochs *e = epochs_of(g, q->kind);

	if (!e || !seat_of(mem))
		return;
	mem->seat->unheard = true;
	member_alive(mem, m->ts, m->frame);
	if (e->answered) { /* there is one more than those whose answers are read, and its changes raise the epoch as well */
		e->strangers = true;
		e->from_start = false;
		return;
	}
	if (!e->unheard)
		say_so(g, m);
	if (q->epoch == 0)
		comes(g, mem, m);
	else if (q->epoch < 0)
		goes(g, mem, q->epoch == -1, m);
	else
		member_enter(mem);
}
