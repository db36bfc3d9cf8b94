/* SPDX-License-Identifier: Apache-2.0
 *
 * A heartbeat of a group whose broker assigns, and what its answer does to the member and its group.
 */
#include "epoch.h"

#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "client.h"
#include "downtime.h"
#include "member.h"
#include "refusal.h"
#include "share_delivery.h"
#include "speaker.h"
#include "storm.h"
#include "unheard.h"

struct epochs *epochs_of(struct group *g, enum epoch_kind kind)
{
	struct epochs *e = g->epochs;

	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->kind = kind;
	e->highest = e->topology = -1;
	e->since = g->owner->now;
	e->calm_at = e->highest_at = e->heard_at = e->paused_to = GROUP_UNKNOWN_TIME;
	e->empty = g->phase == PHASE_EMPTY;
	g->epochs = e;
	if (!g->migrated)
		epoch_converted(g);
	g->migrated = true;
	text_free(g->protocol_type);
	text_free(g->assignor);
	g->protocol_type = text_from(epoch_type(g));
	g->assignor = NULL;
	return e;
}

void epochs_free(struct group *g)
{
	struct epochs *e = g->epochs;

	if (!e)
		return;
	bumps_drop(e, e->n_bumps);
	free(e->bump);
	member_unref(e->turn.blocker);
	status_clear(e);
	free(e);
	g->epochs = NULL;
}

struct seat *seat_of(struct member *m)
{
	struct seat *s = m->seat;

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->epoch = -1;
	s->away_at = s->joined_at = s->asked_at = s->gave_at = GROUP_UNKNOWN_TIME;
	s->changed_at = s->granted_at = s->checked = GROUP_UNKNOWN_TIME;
	m->seat = s;
	return s;
}

void seat_free(struct seat *s)
{
	if (!s)
		return;
	holding_clear(&s->given);
	text_free(s->subscription);
	text_free(s->subscribed_before);
	free(s->delivered);
	free(s);
}

/* ---- the request --------------------------------------------------------------------------------------- */

static uint8_t flags_of(const struct beat *q, const struct member *m)
{
	struct seat *s = m ? m->seat : NULL;
	uint8_t flags = 0;

	if (q->epoch == 0)
		flags |= ASKED_JOIN;
	if (q->epoch == -1)
		flags |= ASKED_LEAVE;
	if (q->epoch <= -2)
		flags |= ASKED_AWAY;
	if (q->subscribes)
		flags |= ASKED_TOPICS;
	if (q->subscribes_none)
		flags |= ASKED_NO_TOPICS;
	if (q->pattern)
		flags |= ASKED_PATTERN;
	if (!q->owned)
		return flags;
	flags |= ASKED_OWNED;
	if (s && s->given_known) {
		holding_rename(m->group->owner, &s->given);
		flags |= holding_within(q->owned, &s->given) ? ASKED_WITHIN : 0;
	}
	return flags;
}

struct request *epoch_asked(struct groups *gs, const struct beat *q, const struct kafka_message *m)
{
	struct group *g = speaker_group(gs, m, q->group);
	struct request *r = g ? request_new(gs, g, REQUEST_EPOCH, m) : NULL;

	if (!r)
		return NULL;
	r->generation = q->epoch;
	r->epoch_kind = (uint8_t)q->kind;
	r->topics = q->topics;
	r->rebalance_ms = q->rebalance_ms;
	r->member = member_ref(q->epoch == 0 ? speaker_get(g, m, q->member) : speaker_find(g, m, q->member));
	if (!r->member && q->epoch > 0)
		r->member = member_ref(speaker_get(g, m, q->member));
	r->asked = flags_of(q, r->member);
	if (!r->member)
		return r;
	member_seen_on(r->member, m);
	if (!r->member->instance && q->instance.len)
		r->member->instance = text_copy(q->instance);
	if (unheard(gs, m))
		epoch_unheard(g, q, r->member, m);
	if (q->epoch == 0)
		text_set_common(gs, &g->assignor, q->assignor);
	return r;
}

/* ---- errors -------------------------------------------------------------------------------------------- */

/* It is no member any more: since when, and whose doing that was, is told by what it did before. */
static void expelled(struct group *g, struct request *r, const struct kafka_message *m)
{
	struct member *mem = r->member;
	struct seat *s = mem->seat;
	int64_t limit = mem->rebalance_ms * NS_PER_MS;
	bool slow = s && s->giving && limit > 0 && r->at - s->asked_at >= limit - NS_PER_S;

	if (!slow && s && mem->last_seen != GROUP_UNKNOWN_TIME && r->at - mem->last_seen < 2 * interval_of(s))
		member_leave_group(mem, GROUP_FENCED, m->ts); /* why is not on the wire */
	else
		member_lost(g, mem, slow ? BUMP_EXPELLED : BUMP_LOST, slow ? s->asked_at + limit : m->ts, m->frame);
	if (g->n_in == 0 && g->epochs)
		turn_empty(g, m->ts);
}

static const char *told_reason(struct group *g, const struct beat_answer *a)
{
	const char *name = kf_error_name(a->error);

	uint32_t len = a->error_message.len;

	if (!len)
		return name;
	if (a->error_message.ptr[len - 1] == '.')
		len--;
	return scratch_text(&g->owner->scratch, "%.*s", (int)len, (const char *)a->error_message.ptr);
}

/* The member was turned away for what it is or says: told once until it is let in. */
static void turned_away(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *m)
{
	struct seat *s = seat_of(r->member);

	storm_refused(g, r->member, a->error, m);
	if (!s || s->refused_with == a->error)
		return;
	s->refused_with = a->error;
	report_fenced(g, r->member, a->error, told_reason(g, a), NULL, m);
}

static void refused(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *m)
{
	switch (a->error) {
	case ERR_UNKNOWN_MEMBER_ID:
		if (r->member && r->member->presence == MEMBER_IN && !(r->asked & ASKED_JOIN))
			expelled(g, r, m);
		break;
	case ERR_FENCED_MEMBER_EPOCH:
	case ERR_UNRELEASED_INSTANCE_ID:
	case ERR_UNSUPPORTED_ASSIGNOR:
	case ERR_INVALID_REGULAR_EXPRESSION:
		if (r->member)
			turned_away(g, r, a, m);
		break;
	case ERR_INVALID_REQUEST:
	case ERR_TOPIC_AUTHORIZATION_FAILED:
		if (r->member && (r->asked & ASKED_JOIN))
			turned_away(g, r, a, m);
		break;
	default:
		if (r->member && a->error >= ERR_STREAMS_INVALID_TOPOLOGY && a->error <= ERR_STREAMS_TOPOLOGY_FENCED)
			turned_away(g, r, a, m);
	}
	answer_error(g, r, a->error, m);
}

/* ---- joining and leaving ------------------------------------------------------------------------------- */

/* The static member whose place this one takes, NULL if none. */
static struct member *former_of(struct group *g, const struct member *m)
{
	const struct kf_bytes instance = { (const uint8_t *)m->instance, m->instance ? (uint32_t)strlen(m->instance) : 0 };
	struct member *o = instance.ptr ? member_by_instance(g, instance) : NULL;

	return o != m ? o : NULL;
}

void epoch_take_place(struct group *g, struct member *m, struct member *former, int64_t at, uint64_t frame)
{
	struct seat *s = m->seat, *was = former->seat;

	if (was) {
		s->topics = was->topics;
		s->epoch = was->epoch;
		s->given_known = was->given_known && holding_copy(&s->given, &was->given);
	}
	member_leave_group(former, GROUP_REPLACED, at);
	member_enter(m);
	report_member(g, m, GROUP_REPLACED, NULL, false, at, frame);
}

static void bump_of_join(struct group *g, struct request *r, const struct beat_answer *a, bool returned,
                         const struct kafka_message *msg)
{
	struct bump b = {
		.kind = BUMP_JOIN,
		.member = member_ref(r->member),
		.at = r->at < msg->ts ? r->at : msg->ts, /* packets may be out of order */
		.frame = r->frame,
		.answer_frame = msg->frame,
		.connection = msg->conn->id,
		.told = a->epoch,
		.returned = returned,
		.given = a->given && a->given->n,
	};

	turn_bump(g, &b);
}

/* It is given partitions of a target that was computed before it asked: its place was kept. */
static bool had_its_place(const struct group *g, const struct request *r, const struct beat_answer *a)
{
	const struct epochs *e = g->epochs;

	return a->epoch == e->highest && e->highest_at != GROUP_UNKNOWN_TIME && r->at > e->highest_at && a->given && a->given->n;
}

static void came_in(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *msg)
{
	bool returned = r->member->presence == MEMBER_GONE || member_is_return(r->member);

	member_enter(r->member);
	r->member->joined_at = r->at;
	r->member->seat->topics = r->topics;
	if (had_its_place(g, r, a)) {
		report_member(g, r->member, r->member->instance ? GROUP_REPLACED : GROUP_RETURNED, NULL, false, msg->ts, r->frame);
		return;
	}
	report_member(g, r->member, returned ? GROUP_RETURNED : GROUP_JOINED, NULL, true, msg->ts, r->frame);
	if ((r->asked & ASKED_NO_TOPICS) != 0) {
		r->member->seat->idle = true;
		return;
	}
	bump_of_join(g, r, a, returned, msg);
}

static void changed_topics(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *msg)
{
	struct seat *s = r->member->seat;
	struct bump b = {
		.kind = BUMP_SUBSCRIPTION,
		.member = r->member,
		.at = r->at < msg->ts ? r->at : msg->ts,
		.frame = r->frame,
		.answer_frame = msg->frame,
		.told = a->epoch,
	};

	if (s->topics == r->topics || (r->asked & ASKED_TOPICS) == 0)
		return;
	if (s->idle) {
		s->idle = false;
		s->topics = r->topics;
		bump_of_join(g, r, a, false, msg);
		return;
	}
	if (s->topics != 0) {
		member_ref(b.member);
		b.now = text_share(s->subscription);
		b.was = text_share(s->subscribed_before);
		turn_bump(g, &b);
	}
	s->topics = r->topics;
}

bool epoch_place_given_up(const struct group *g, const struct member *former, int32_t epoch, int64_t at)
{
	const struct epochs *e = g->epochs;
	const struct seat *s = former->seat;

	return s && e->highest >= 0 && epoch - e->highest >= 2 + (int32_t)e->n_bumps &&
	       (s->away || silence(former, at) > 2 * interval_of(s));
}

/* A join at the epoch that the group has, of a member that is in it: it lost track of its epoch, nothing moved. */
static void joined(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *msg)
{
	struct member *m = r->member, *former = m->presence == MEMBER_IN ? NULL : former_of(g, m);
	struct seat *s = m->seat;

	refusal_admitted(g, msg);
	s->away = false;
	s->joined_at = r->at;
	s->refused_with = ERR_NONE;
	s->giving = false;
	if (m->seldom)
		m->seldom->refused = GROUP_UNKNOWN_TIME;
	m->fenced = false;
	if (former && epoch_place_given_up(g, former, a->epoch, r->at))
		member_lost(g, former, BUMP_LOST, r->at - 1, r->frame);
	else if (former)
		epoch_take_place(g, m, former, msg->ts, r->frame);
	if (m->presence == MEMBER_IN)
		changed_topics(g, r, a, msg);
	else
		came_in(g, r, a, msg);
	epoch_led(g, m, a->epoch, a->given, r, true, msg);
}

static void left(struct group *g, struct request *r, const struct kafka_message *msg)
{
	struct member *m = r->member;
	struct bump b = {
		.kind = BUMP_LEAVE,
		.member = m,
		.at = r->at,
		.frame = r->frame,
		.answer_frame = msg->frame,
		.connection = msg->conn->id,
		.told = -1,
		.names_null = (r->asked & ASKED_TOPICS) == 0,
		.owned_null = (r->asked & ASKED_OWNED) == 0,
	};

	if (m->presence != MEMBER_IN)
		return;
	turn_goes(g, m, msg->ts);
	member_leave_group(m, GROUP_LEFT, r->at);
	report_member(g, m, GROUP_LEFT, NULL, true, r->at, r->frame);
	member_ref(m);
	turn_bump(g, &b);
	delivery_report(g, m, msg->ts);
	if (g->n_in == 0)
		turn_empty(g, msg->ts);
}

/* Static, and back soon, or so it says. */
static void went_away(struct group *g, struct request *r, const struct kafka_message *msg)
{
	struct seat *s = r->member->seat;

	if (r->member->presence != MEMBER_IN || s->away)
		return;
	s->away = true;
	s->away_at = r->at;
	report_member(g, r->member, GROUP_LEFT, NULL, false, msg->ts, r->frame);
}

/* ---- on the way to the target -------------------------------------------------------------------------- */

static bool gave_up(struct group *g, struct request *r, const struct kafka_message *msg)
{
	struct seat *s = r->member->seat;

	if (!s->giving || (r->asked & ASKED_WITHIN) == 0)
		return false;
	s->giving = false;
	s->gave_at = r->at;
	if (g->epochs->turn.open)
		g->epochs->turn.released = msg->ts;
	return true;
}

/* Standby and warm-up tasks are copies: nobody waits for them. */
static bool counts(const struct group *g, uint32_t topic)
{
	const char *name = topic_name(g->owner, topic);

	return g->epochs->kind == EPOCH_CONSUMER ||
	       (g->epochs->kind == EPOCH_STREAMS && name && strncmp(name, "active:", 7) == 0);
}

static bool lacks(const struct group *g, const struct holding *was, const struct holding *is)
{
	for (uint32_t i = 0; i < was->n; i++)
		if (counts(g, was->of[i].topic) && !holding_has(is, was->of[i].topic, was->of[i].partition))
			return true;
	return false;
}

/* What it is given now was another's, who has not let go of it. */
static void rob(struct group *g, const struct member *m, const struct holding *given)
{
	for (uint32_t i = 0; i < given->n && g->current.complete; i++) {
		const char *id = assignment_owner_of(&g->current, given->of[i].topic, given->of[i].partition);
		const struct member *was = id && strcmp(id, member_identity(m)) != 0 ? member_of_identity(g, id) : NULL;

		if (was && (was->presence == MEMBER_IN || was->gone_how == GROUP_EXPIRED) && was->seat &&
		    holding_has(&was->seat->given, given->of[i].topic, given->of[i].partition))
			was->seat->robbed = true;
	}
}

static bool shrinks(const struct group *g, const struct seat *s, const struct holding *given)
{
	return s->given_known && lacks(g, &s->given, given);
}

static bool take_given(struct seat *s, const struct holding *given, const struct kafka_message *m)
{
	bool changed = !s->given_known || s->given.n != given->n || !holding_within(given, &s->given);

	if (!s->given_known || !holding_within(given, &s->given))
		s->granted_at = m->ts;
	s->given_known = holding_copy(&s->given, given);
	return changed;
}

/* Partitions are given up at the epoch that the member has: it does not advance before. That it has to means that the
 * target is of a later epoch. */
static void ask_to_give(struct group *g, struct seat *s, int32_t epoch, const struct kafka_message *m)
{
	struct turn *t = &g->epochs->turn;

	if (!t->open || t->epoch <= epoch)
		turn_target(g, epoch, false, m);
	if (!s->giving && (s->asked_at == GROUP_UNKNOWN_TIME || s->asked_at < t->sign)) {
		s->asked_at = m->ts;
		s->asked_frame = m->frame;
	}
	s->giving = true;
}

void epoch_led(struct group *g, struct member *mem, int32_t epoch, const struct holding *given,
               const struct request *r, bool joins, const struct kafka_message *m)
{
	struct epochs *e = g->epochs;
	struct seat *s = mem->seat;
	bool changed = false, advanced = epoch != s->epoch;

	if (epoch <= 1 && e->highest < 0 && (!given || given->n == 0)) {
		s->given_known = true; /* nothing was computed yet */
		s->epoch = epoch;
		return;
	}
	if (joins && given && e->kind != EPOCH_SHARE)
		rob(g, mem, given);
	if (epoch > e->highest)
		turn_target(g, epoch, true, m);
	s->checked = r->at;
	holding_rename(g->owner, &s->given);
	/* The target before ends with what members had until now. */
	if (given && !joins && !advanced && !s->ahead && shrinks(g, s, given))
		ask_to_give(g, s, epoch, m);
	if (given) {
		changed = take_given(s, given, m);
		s->ahead = false;
	}
	if (changed && e->kind != EPOCH_SHARE && given) {
		rob(g, mem, given);
		turn_account(g);
	}
	s->epoch = epoch;
	mem->generation = epoch;
	if (advanced || changed)
		s->changed_at = m->ts;
	else if (!e->turn.open)
		e->calm_at = m->ts;
	turn_check(g);
}

/* All members' heartbeats are late at once. */
static void note_pause(struct epochs *e, const struct seat *s, int64_t at)
{
	if (e->heard_at != GROUP_UNKNOWN_TIME && at - e->heard_at > interval_of(s) * 3 / 2)
		e->paused_to = at;
	if (e->heard_at == GROUP_UNKNOWN_TIME || at > e->heard_at)
		e->heard_at = at;
}

/* Members that were there before the capture are heard of within two intervals of its begin. */
static void came_unseen(struct group *g)
{
	struct epochs *e = g->epochs;

	if (!e->from_start && g->owner->now - e->since <= 2 * INTERVAL_DEFAULT_MS * NS_PER_MS)
		return;
	e->unseen_join = e->strangers = true;
	e->from_start = false;
}

/* In mid-stream the first heartbeat says which epoch the group had. */
static void learn_epoch(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *m)
{
	struct epochs *e = g->epochs;
	struct seat *s = r->member->seat;

	if (r->member->presence == MEMBER_PENDING && e->highest >= 0)
		came_unseen(g);
	if (r->member->presence == MEMBER_PENDING || (r->member->presence == MEMBER_GONE &&
	                                              r->member->gone_how == GROUP_EXPIRED))
		member_enter(r->member);
	if (s->epoch < 0)
		s->epoch = r->generation;
	if (e->highest < 0 && (a->epoch > 1 || a->given))
		e->highest = g->generation = r->generation;
	if (e->highest_at == GROUP_UNKNOWN_TIME && e->highest >= 0)
		e->highest_at = m->ts;
}

static void answered_steady(struct group *g, struct request *r, const struct beat_answer *a,
                            const struct kafka_message *m)
{
	learn_epoch(g, r, a, m);
	changed_topics(g, r, a, m);
	gave_up(g, r, m);
	epoch_led(g, r->member, a->epoch, a->given, r, false, m);
}

static void accepted(struct group *g, struct request *r, const struct beat_answer *a, const struct kafka_message *m)
{
	struct seat *s = seat_of(r->member);

	if (!s || !epochs_of(g, (enum epoch_kind)r->epoch_kind))
		return;
	if (a->interval_ms > 0)
		s->interval_ms = a->interval_ms;
	if (r->asked & ASKED_TOPICS)
		s->pattern = r->asked & ASKED_PATTERN;
	s->robbed = false;
	note_pause(g->epochs, s, r->at);
	if (r->rebalance_ms > 0)
		r->member->rebalance_ms = r->rebalance_ms;
	if (r->asked & ASKED_LEAVE)
		left(g, r, m);
	else if (r->asked & ASKED_AWAY)
		went_away(g, r, m);
	else if (r->asked & ASKED_JOIN)
		joined(g, r, a, m);
	else
		answered_steady(g, r, a, m);
}

void epoch_answered(struct groups *gs, const struct beat_answer *a, const struct kafka_message *m, struct request *r)
{
	struct group *g = r->group;

	(void)gs;
	if (a->error != ERR_NONE) {
		refused(g, r, a, m);
		return;
	}
	if (!r->member && (r->asked & ASKED_JOIN)) /* version 0 lets the coordinator make the id */
		r->member = member_ref(speaker_get(g, m, a->member));
	if (!r->member)
		return;
	member_seen_on(r->member, m);
	coordinator_seen(g, m);
	member_alive(r->member, r->at, r->frame);
	if (g->epochs && !g->epochs->answered) {
		g->epochs->answered = true;
		g->epochs->strangers = g->epochs->strangers || g->epochs->unheard;
	}
	accepted(g, r, a, m);
	if (g->epochs)
		g->epochs->answered = true;
	if (r->member->seat)
		r->member->seat->unheard = false;
}
