/* SPDX-License-Identifier: Apache-2.0
 *
 * What would end a cause, in words that fit the group's protocol: where a storm says it already, it is not said again.
 */
#include "why.h"

#include <string.h>

#define SURE 2 /* what is only guessed calls for no change */

/* The settings of the brokers that hold a member's session, by the group's type; classic members bring their own. */
struct session_setting {
	const char *type, *of_all, *of_one;
};

static const struct session_setting session_settings[] = {
	{ "consumer", "group.consumer.session.timeout.ms", "consumer.session.timeout.ms" },
	{ "share", "group.share.session.timeout.ms", "share.session.timeout.ms" },
	{ "streams", "group.streams.session.timeout.ms", "streams.session.timeout.ms" },
};

static const struct session_setting *broker_session(const struct why_group *g)
{
	for (size_t i = 0; g->broker && g->type != NULL && i < sizeof session_settings / sizeof session_settings[0]; i++)
		if (strcmp(g->type, session_settings[i].type) == 0)
			return &session_settings[i];
	return NULL;
}

static bool is_share(const struct why_group *g)
{
	return g->type != NULL && strcmp(g->type, "share") == 0;
}

/* "payments-7 (10.0.0.1)", "the 3 members", "the member". */
static void put_whose(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	const struct why_cause *first = why_behind(g, r->id, 0);

	if (r->people > 1) {
		line_format(l, "the %u %s", r->people, why_kind_members(&g->kind, true));
		return;
	}
	if (first == NULL || first->client_id == NULL) {
		line_format(l, "the %s", why_kind_members(&g->kind, false));
		return;
	}
	line_who(l, first->client_id, first->host);
}

/* The longest of the timers that ran out: " (6 s)"; nothing when it is not known. */
static void put_timer(struct line *l, const struct why_group *g, uint8_t id)
{
	int32_t most = 0;

	for (size_t i = 0; i < g->n_causes; i++)
		if (g->cause[i].id == id && g->cause[i].timer_ms > most)
			most = g->cause[i].timer_ms;
	if (most <= 0)
		return;
	line_text(l, " (");
	line_duration(l, most * INT64_C(1000000));
	line_text(l, ")");
}

static void stopped_polling(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	line_text(l, "let ");
	put_whose(l, g, r);
	line_text(l, " poll in time: lower max.poll.records, move slow work off the polling thread with pause() meanwhile, or raise "
	          "max.poll.interval.ms");
	put_timer(l, g, r->id);
}

static void lost_session(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	const struct session_setting *broker = broker_session(g);

	line_text(l, "find out whether ");
	put_whose(l, g, r);
	line_text(l, r->people > 1 ? " were" : " was");
	line_text(l, " killed, frozen (GC, CPU limits) or cut off; ");
	if (broker != NULL) {
		line_format(l, "how long a silence is borne is the brokers' %s, or the group's own %s", broker->of_all, broker->of_one);
		return;
	}
	line_text(l, "a longer session.timeout.ms");
	put_timer(l, g, r->id);
	line_text(l, " bears longer silences, a shorter one finds the dead sooner");
}

static void late(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	line_text(l, g->broker ? "let " : "let not all wait for ");
	put_whose(l, g, r);
	line_text(l, g->broker ? " give partitions up in time: shorten onPartitionsRevoked() and the work between two polls" :
	          ": shorten its rebalance listener and the work between two polls");
	line_text(l, "; its rebalance timeout is max.poll.interval.ms");
	put_timer(l, g, r->id);
}

static void unsynced(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	line_text(l, "look at ");
	put_whose(l, g, r);
	line_text(l, ": it stood still between two answers; if it is the leader, its assignor may take too long");
}

/* Who left came back: restarts. Static members need no rebalance for that; share and streams groups know none. */
static void restarted(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	const struct session_setting *broker = broker_session(g);

	(void)r;
	line_text(l, "for restarts, group.instance.id");
	if (broker != NULL)
		line_format(l, ", and %s above the time that one takes: a static member that is back by then keeps its partitions",
		            broker->of_all);
	else
		line_text(l, " with session.timeout.ms above the time that one takes: then nothing is rebalanced");
}

static void resubscribed(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	(void)g;
	(void)r;
	line_text(l, "subscribe once, before the first poll; applications that read other topics need another group.id");
}

static void new_metadata(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	(void)r;
	line_text(l, "make topics and partitions in one go, and narrow subscription patterns");
	if (!g->broker)
		line_text(l, "; clients 3.5 to 4.3 with client.rack rejoin when a broker restarts: upgrade");
}

static void moved_coordinator(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	(void)g;
	(void)r;
	line_text(l, "restart brokers with controlled shutdown, and wait between two of them until the groups are stable");
}

static void unstored(struct line *l, const struct why_group *g, const struct why_rank *r)
{
	(void)g;
	(void)r;
	line_text(l, "look at the replicas of __consumer_offsets: min.insync.replicas, disks, offline partitions");
}

typedef void advise(struct line *l, const struct why_group *g, const struct why_rank *r);

static advise *const advice[] = {
	[4] = resubscribed, [5] = new_metadata, [7] = restarted,  [9] = stopped_polling,
	[10] = lost_session, [11] = late,       [12] = unsynced, [15] = moved_coordinator, [19] = unstored,
};

/* Clients that came back after they had left: other losses account for theirs first. */
static bool came_back(const struct why_group *g)
{
	uint32_t back = 0, lost = 0;

	for (size_t i = 0; i < g->n_causes; i++) {
		const struct why_cause *c = &g->cause[i];

		back += c->id == 2 ? c->returns : 0;
		lost += c->id >= 8 && c->id <= 12 ? c->n : 0;
	}
	return back > lost;
}

/* What happens once in a while by intent is nothing to change. */
static bool calls_for_change(const struct why_group *g, const struct why_rank *r)
{
	if (r->id >= sizeof advice / sizeof advice[0] || advice[r->id] == NULL || r->most < SURE)
		return false;
	if (r->id == 7)
		return came_back(g) && !is_share(g) && (g->type == NULL || strcmp(g->type, "streams") != 0);
	return (r->id != 4 && r->id != 5) || r->n > 1;
}

bool why_change_text(struct line *part, const struct why_group *g, const struct why_rank *r)
{
	struct line kind;
	bool kinds;

	line_init(&kind, false);
	why_kind_advice(&kind, &g->kind);
	kinds = kind.len > 0; /* Connect, Streams and the registry: their own words fit better */
	line_free(&kind);
	if (kinds || !calls_for_change(g, r))
		return false;
	advice[r->id](part, g, r);
	return true;
}
