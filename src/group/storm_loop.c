/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that ask in a loop: fenced by each other, told that they are none any more, or turned away.
 */
#include "storm.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "epoch.h"
#include "member.h"

/* A member that is out needs some time to notice: what it still has to say is no loop yet. */
#define ZOMBIE_AFTER (20 * NS_PER_S)

/* How often somebody must ask in vain. A client that came too late does so once or twice. */
static const uint32_t loop_enough[GROUP_STORM_CLASSES] = {
	[GROUP_STORM_DUPLICATE_INSTANCE] = 3,
	[GROUP_STORM_ZOMBIE_LOOP] = 10,
	[GROUP_STORM_INCOMPATIBLE] = 6,
};

static void loop_clear(struct storm_loop *l)
{
	text_free(l->client_id);
	text_free(l->host);
	*l = (struct storm_loop){ 0 };
}

void storm_loops_free(struct storm *s)
{
	for (size_t i = 0; s->loop && i < STORM_LOOPS; i++)
		loop_clear(&s->loop[i]);
	free(s->loop);
}

static void tell_loop(struct group *g, struct storm_loop *l, bool ended, bool over, int64_t ts)
{
	struct group_event e = { .type = GROUP_EVENT_STORM, .ts = ts, .group = g->name };

	e.storm = (struct group_storm_event){
		.ended = ended,
		.over = over,
		.class = l->class,
		.rebalances = storm_rebalances_since(g->storm, l->first),
		.since = l->first,
		.latest = l->last,
		.culprit = l->client_id,
		.host = l->host,
		.advice = storm_loop_advice(g, l),
	};
	l->told = !ended;
	emit(g->owner, &e);
}

static enum group_storm_class loop_class(int16_t error)
{
	switch (error) {
	case ERR_FENCED_INSTANCE_ID:
	case ERR_UNRELEASED_INSTANCE_ID:
		return GROUP_STORM_DUPLICATE_INSTANCE;
	case ERR_UNKNOWN_MEMBER_ID:
	case ERR_ILLEGAL_GENERATION:
		return GROUP_STORM_ZOMBIE_LOOP;
	case ERR_INCONSISTENT_GROUP_PROTOCOL:
		return GROUP_STORM_INCOMPATIBLE;
	default:
		return GROUP_STORM_UNKNOWN;
	}
}

/* The loop of this kind and member, else a free place or that of the one heard of longest ago; a loop that was told
 * keeps its place until it is over. NULL when all are (or memory is out). */
static struct storm_loop *loop_of(struct storm *s, enum group_storm_class class, uint64_t who)
{
	struct storm_loop *oldest = NULL;

	if (!s->loop && !(s->loop = calloc(STORM_LOOPS, sizeof(*s->loop))))
		return NULL;
	for (size_t i = 0; i < STORM_LOOPS; i++) {
		struct storm_loop *l = &s->loop[i];

		if (l->class == class && l->who == who)
			return l;
		if (!l->told && (!oldest || l->class == GROUP_STORM_UNKNOWN || l->last < oldest->last))
			oldest = l;
	}
	if (oldest)
		*oldest = (struct storm_loop){ .class = class, .who = who };
	return oldest;
}

/* Who it is that loops: an instance whose holders change, a member under its former id, or a client without one. */
static uint64_t loop_who(const struct member *m, enum group_storm_class class, const struct kafka_message *msg)
{
	if (class == GROUP_STORM_DUPLICATE_INSTANCE && m && m->instance)
		return storm_who(m->instance, NULL);
	if (class == GROUP_STORM_ZOMBIE_LOOP && m)
		return storm_who(m->id, NULL);
	return class == GROUP_STORM_INCOMPATIBLE ? digest_bytes(DIGEST_START, msg->client_id) : 0;
}

static void name_loop(struct storm_loop *l, const struct kafka_message *msg)
{
	char host[NET_ENDPOINT_TEXT];

	l->client_id = text_copy(msg->client_id);
	l->host = text_from(net_host_text(msg->conn->client, host));
}

static bool is_loop(const struct storm_loop *l)
{
	return l->n >= loop_enough[l->class] &&
	       (l->class != GROUP_STORM_ZOMBIE_LOOP || l->last - l->first >= ZOMBIE_AFTER);
}

void storm_refused(struct group *g, const struct member *m, int16_t error, const struct kafka_message *msg)
{
	enum group_storm_class class = loop_class(error);
	uint64_t who = class ? loop_who(m, class, msg) : 0;
	struct storm *s = who ? storm_of(g) : NULL;
	struct storm_loop *l = s ? loop_of(s, class, who) : NULL;

	if (!l)
		return;
	if (!l->told && l->n && msg->ts - l->first > STORM_WINDOW)
		l->n = 0;
	if (!l->n++)
		l->first = msg->ts;
	l->last = msg->ts;
	if (!l->told && is_loop(l)) {
		name_loop(l, msg);
		tell_loop(g, l, false, false, msg->ts);
	}
	if (l->told)
		wheel_arm(g->owner, g, msg->ts + STORM_CALM);
}

void storm_loops_timer(struct group *g)
{
	int64_t now = g->owner->now;

	for (size_t i = 0; g->storm->loop && i < STORM_LOOPS; i++) {
		struct storm_loop *l = &g->storm->loop[i];

		if (!l->told)
			continue;
		if (now - l->last >= STORM_CALM) {
			tell_loop(g, l, true, true, l->last + STORM_CALM);
			loop_clear(l);
		} else {
			wheel_arm(g->owner, g, l->last + STORM_CALM);
		}
	}
}

void storm_loops_finish(struct group *g)
{
	for (size_t i = 0; g->storm->loop && i < STORM_LOOPS; i++)
		if (g->storm->loop[i].told)
			tell_loop(g, &g->storm->loop[i], true, false, g->owner->now);
}
