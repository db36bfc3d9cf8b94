/* SPDX-License-Identifier: Apache-2.0
 *
 * Online migration (KIP-848): members of the classic protocol in a consumer group, and the group's change from one
 * protocol to the other. Such a member is told to rejoin (REBALANCE_IN_PROGRESS) when there is something new for it;
 * its JoinGroup is answered at once with its own epoch as generation and neither leader nor members, its SyncGroup with
 * what it has at that epoch. By joining again it confirms what it gave up.
 */
#include "epoch.h"

#include <regroup/messages.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "assignment.h"
#include "member.h"

/* The classic members keep what they have; the generation goes on as group epoch. */
static void keep_place(struct group *g, struct member *m)
{
	const struct assignment *a = &g->current;
	struct seat *s = seat_of(m);

	if (!s)
		return;
	s->classic = true;
	s->epoch = m->generation;
	s->checked = m->last_seen;
	s->given_known = a->complete && a->generation == g->generation;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->owner[a->entry[i].owner].id, member_identity(m)) == 0)
			holding_add(&s->given, a->entry[i].topic, a->entry[i].partition);
	holding_seal(&s->given);
}

void epoch_converted(struct group *g)
{
	struct epochs *e = g->epochs;

	round_drop(g);
	if (g->generation < 0 || g->n_in == 0 || e->kind != EPOCH_CONSUMER)
		return; /* into the other kinds only empty groups change: who commits is of theirs */
	e->highest = g->generation;
	e->converted = e->settled = true;
	for (struct member *m = g->members; m; m = m->hh.next)
		if (m->presence == MEMBER_IN)
			keep_place(g, m);
}

static void note_downgrade(struct group *g)
{
	const struct epochs *e = g->epochs;
	const struct bump *b = e->n_bumps ? &e->bump[e->n_bumps - 1] : NULL;
	struct downgrade *d = b && b->kind == BUMP_LEAVE ? calloc(1, sizeof(*d)) : NULL;

	free(g->downgrade);
	g->downgrade = d;
	if (!d)
		return;
	d->at = b->at;
	d->epoch = e->highest;
	d->frame = b->frame;
	d->answer_frame = b->answer_frame;
	snprintf(d->who, sizeof(d->who), "%s", member_label(b->member));
}

/* The last member of the consumer protocol went: what is left is a classic group that has to rebalance. */
void epoch_downgraded(struct group *g)
{
	if (!g->epochs)
		return;
	if (g->epochs->turn.open && g->epochs->turn.epoch >= 0)
		turn_close(g);
	note_downgrade(g);
	epochs_free(g);
	g->migrated = false;
	g->roster_known = false;
	g->phase = PHASE_STABLE;
}

/* A static member is back under a new id. */
static void come_back(struct group *g, const struct join *j, int32_t epoch, const struct kafka_message *msg)
{
	if (!j->former || j->former->presence != MEMBER_IN || j->member->presence == MEMBER_IN)
		return;
	if (epoch_place_given_up(g, j->former, epoch, j->at))
		member_lost(g, j->former, BUMP_LOST, j->at - 1, j->frame);
	else
		epoch_take_place(g, j->member, j->former, msg->ts, j->frame);
}

void epoch_classic_joined(struct group *g, const struct request *r, struct join *j, int32_t epoch,
                          const struct kafka_message *msg)
{
	struct epochs *e = epochs_of(g, EPOCH_CONSUMER);
	struct member *m = j->member;
	struct seat *s = seat_of(m);
	struct bump b = { .kind = BUMP_JOIN, .at = j->at, .frame = j->frame, .answer_frame = msg->frame, .told = epoch };

	if (!e || !s)
		return;
	s->classic = true;
	come_back(g, j, epoch, msg);
	if (m->presence == MEMBER_GONE && m->gone_how == GROUP_EXPIRED) { /* it is known by its id: it never was gone */
		e->strangers = true;
		e->from_start = false;
		member_enter(m);
	} else if (m->presence != MEMBER_IN) {
		b.returned = member_is_return(m);
		b.doubtful = !j->fresh; /* it may have been in already */
		b.member = member_ref(m);
		b.connection = msg->conn->id;
		s->joined_at = j->at;
		member_enter(m);
		report_member(g, m, b.returned ? GROUP_RETURNED : GROUP_JOINED, j->reason, true, msg->ts, j->frame);
		turn_bump(g, &b);
	} else if (e->highest < 0) {
		e->highest = epoch;
	}
	if (s->giving && j->at > s->asked_at) {
		s->giving = false;
		s->gave_at = j->at;
		if (e->turn.open)
			e->turn.released = msg->ts;
	}
	s->ahead = epoch > s->epoch; /* it owns nothing (eager), or had given up all that it was asked to */
	epoch_led(g, m, epoch, NULL, r, j->fresh, msg);
}

void epoch_classic_synced(struct group *g, const struct request *r, struct kf_bytes blob,
                          const struct kafka_message *msg)
{
	struct consumer_protocol_assignment_assigned_partition t;
	struct consumer_protocol_assignment given;
	struct holding *h = g->owner->holding;
	int16_t version;
	int64_t p;

	if (!g->epochs || !r->member->seat || (blob.len && kf_assignment(blob, &given, &version, NULL) != KF_OK))
		return;
	h->n = 0;
	while (blob.len && kf_next(&given.assigned_partitions, &t)) {
		uint32_t topic = topic_id(g->owner, t.topic);

		while (kf_next_int(&t.partitions, &p))
			holding_add(h, topic, (int32_t)p);
	}
	holding_seal(h);
	epoch_led(g, r->member, r->generation, h, r, false, msg);
}

/* Answered without an error: there is nothing new for it. */
void epoch_classic_beat(struct group *g, struct request *r)
{
	struct seat *s = r->member->seat;

	if (!g->epochs || !s || r->generation != s->epoch)
		return;
	s->checked = r->at;
	turn_check(g);
}

/* Several members may leave by one request: it raises the epoch once. */
static bool same_request(struct epochs *e, const struct leave *l)
{
	for (uint32_t i = e->n_bumps; i-- > 0;) {
		struct bump *b = &e->bump[i];

		if (b->kind == BUMP_LEAVE && b->at == l->at && b->frame == l->frame && b->connection == l->connection) {
			b->others++;
			return true;
		}
	}
	return false;
}

void epoch_classic_leave(struct group *g, struct leave *l)
{
	struct member *m = l->member;
	enum group_change how = l->own ? GROUP_LEFT : GROUP_REMOVED;
	struct bump b = {
		.kind = BUMP_LEAVE,
		.at = l->at,
		.frame = l->frame,
		.answer_frame = l->answer_frame,
		.connection = l->connection,
		.told = -1,
		.names_null = true,
		.owned_null = true,
		.removed = !l->own,
	};

	if (!g->epochs || !m)
		return;
	turn_goes(g, m, g->owner->now);
	member_leave_group(m, how, l->at);
	report_member(g, m, how, l->reason, true, l->at, l->frame);
	if (!same_request(g->epochs, l)) {
		b.member = member_ref(m);
		b.reason = text_share(l->reason);
		turn_bump(g, &b);
	}
	if (g->n_in == 0)
		turn_empty(g, g->owner->now);
}
