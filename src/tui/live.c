/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <stdio.h>
#include <string.h>

#include <regroup/text.h>

#include "messages.h"
#include "view.h"

#define UNKNOWN GROUP_UNKNOWN_TIME
#define NAMED 3u /* members that are told by name */

enum { API_JOIN_GROUP = 11, API_HEARTBEAT = 12, API_SYNC_GROUP = 14, REBALANCE_IN_PROGRESS = 27 };

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

static bool is_classic(const struct group_view *v)
{
	return !v->group_type || strcmp(v->group_type, "classic") == 0;
}

/* Its member id; a first JoinGroup has none yet. */
static bool of_lane(const struct model *m, const struct message *x, const struct lane *l)
{
	const char *member = messages_text(m->messages, x->member);

	if (member && *member)
		return text_both(member, l->member);
	return text_both(messages_text(m->messages, x->client_id), l->client_id);
}

/* When a member did what, latest round. */
struct steps {
	int64_t told, asked, joined, synced;
};

/* From the latest message back. */
static void step(struct steps *s, const struct message *x)
{
	bool answer = x->direction == KF_RESPONSE;

	if (x->api == API_HEARTBEAT && x->error == REBALANCE_IN_PROGRESS)
		s->told = x->ts;
	else if (x->error)
		return;
	else if (x->api == API_SYNC_GROUP && answer && s->synced == UNKNOWN)
		s->synced = x->ts;
	else if (x->api == API_JOIN_GROUP && answer && s->joined == UNKNOWN && s->asked == UNKNOWN)
		s->joined = x->ts;
	else if (x->api == API_JOIN_GROUP && !answer && s->asked == UNKNOWN)
		s->asked = x->ts;
}

static void add(struct lane_live *live, int64_t from, enum span_kind kind)
{
	if (from == UNKNOWN || live->n == LIVE_SPANS || (live->n && from < live->span[live->n - 1].from))
		return;
	if (live->n)
		live->span[live->n - 1].to = from;
	live->span[live->n++] = (struct span){ .from = from, .to = INT64_MAX, .kind = kind };
}

void live_lane(struct lanes *lanes, const struct model *m, size_t i)
{
	const struct model_group *g = lanes->group;
	struct lane *l = &lanes->lane[i];
	struct steps s = { UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN };
	const struct message *x;

	if (lanes->live_since == UNKNOWN)
		return;
	l->live.n = 0;
	for (uint64_t n = messages_newest(m->messages, g->id); (x = messages_get(m->messages, n)); n = x->older) {
		if (x->ts < lanes->live_since)
			break;
		if (of_lane(m, x, l))
			step(&s, x);
	}
	if (s.told != UNKNOWN && (s.asked == UNKNOWN || s.told < s.asked))
		add(&l->live, s.told, SPAN_LATE);
	add(&l->live, s.asked, SPAN_WAIT);
	add(&l->live, s.joined, SPAN_SYNC);
	if (s.joined != UNKNOWN)
		add(&l->live, s.synced, SPAN_RUN);
}

/* Whoever asks to join with an id that has no lane yet. */
static void classic_newcomers(struct lanes *l, const struct model *m)
{
	uint64_t newest = messages_newest(m->messages, l->group->id), seen = l->live_seen;
	size_t before = l->n;
	const struct message *x;

	l->live_seen = newest;
	for (uint64_t n = newest; n > seen && (x = messages_get(m->messages, n)); n = x->older) {
		const char *member = messages_text(m->messages, x->member), *client = messages_text(m->messages, x->client);
		const char *colon = client ? strrchr(client, ':') : NULL;
		char host[NET_ENDPOINT_TEXT];

		if (x->ts < l->live_since)
			break;
		if (x->api != API_JOIN_GROUP || x->direction != KF_REQUEST || !member || !*member || !colon ||
		    lanes_find(l, member, NULL) != SIZE_MAX)
			continue;
		client += *client == '[';
		snprintf(host, sizeof(host), "%.*s", (int)(colon - client - (colon[-1] == ']')), client);
		lanes_enter(l, member, messages_text(m->messages, x->client_id), host, NULL);
	}
	for (size_t i = before, k = l->n; i + 1 < k; i++) { /* the first first */
		struct lane swap = l->lane[i];

		l->lane[i] = l->lane[--k];
		l->lane[k] = swap;
	}
}

/* Members go on with what they have: only who gives up, and who has nothing yet, is held up. */
static void broker_lane(struct lanes *l, const struct group_view_member *w)
{
	size_t i = lanes_find(l, w->member, NULL);
	struct lane *lane = i < l->n ? &l->lane[i] : NULL;

	if (!lane && w->stand != GROUP_STANDS)
		lane = lanes_enter(l, w->member, w->client_id, w->host, w->instance);
	if (!lane)
		return;
	if (w->stand == GROUP_HAS_TO_GIVE_UP)
		add(&lane->live, w->stand_since, SPAN_LATE);
	else if (w->stand != GROUP_STANDS && (lane->open == UNKNOWN || !w->n_partitions))
		add(&lane->live, w->stand_since, SPAN_WAIT);
}

void live_lanes(struct lanes *l, const struct model *m, const struct group_view *v)
{
	bool classic = v && v->rebalancing != UNKNOWN && is_classic(v);

	int64_t since = classic ? v->rebalancing : UNKNOWN;
	bool other = l->live_since != since;

	for (size_t i = 0; i < l->n && (!classic || other); i++)
		l->lane[i].live.n = 0;
	if (other)
		l->live_seen = 0;
	l->live_since = since;
	if (classic)
		classic_newcomers(l, m);
	for (size_t i = 0; v && v->rebalancing != UNKNOWN && !classic && i < v->n_members; i++)
		broker_lane(l, &v->members[i]);
}

/* ---- in words ------------------------------------------------------------------------------------------------------ */

struct words {
	char *out;
	size_t n;
	int64_t now;
};

static void put(struct words *w, const char *text)
{
	size_t len = strlen(text);

	if (w->n + len + 1 > LIVE_TEXT)
		return;
	memcpy(w->out + w->n, text, len + 1);
	w->n += len;
}

static void put_number(struct words *w, size_t n, const char *one, const char *many)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu ", n);
	put(w, text);
	put(w, n == 1 ? one : many);
}

static void put_duration(struct words *w, int64_t since)
{
	char text[TEXT_SHORT];

	text_duration(text, sizeof(text), w->now > since ? w->now - since : 0);
	put(w, text);
}

static void put_name(struct words *w, const struct group_view_member *m)
{
	const char *name = m->instance ? m->instance : name_of_member(m->client_id, m->member);

	put(w, name ? name : "?");
}

/* "clicks 0,1; orders 3" */
static void put_leaving(struct words *w, const struct group_view_member *m)
{
	const char *topic = NULL;
	char text[24];

	for (size_t i = 0; i < m->n_partitions; i++) {
		const struct group_view_partition *p = &m->partitions[i];

		if (!p->leaving || !p->topic)
			continue;
		if (!text_both(topic, p->topic)) {
			put(w, topic ? "; " : " ");
			put(w, p->topic);
		}
		snprintf(text, sizeof(text), text_both(topic, p->topic) ? ",%d" : " %d", p->partition);
		put(w, text);
		topic = p->topic;
	}
	if (!topic)
		put(w, " partitions");
}

static size_t count(const struct group_view *v, enum group_stand stand)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_members; i++)
		n += v->members[i].stand == stand;
	return n;
}

/* "vod-3 (told 4.2 s ago), vod-1 (not told yet) and 2 more" */
static void put_members(struct words *w, const struct group_view *v, enum group_stand stand,
                        void (*more)(struct words *w, const struct group_view_member *m))
{
	size_t n = count(v, stand), named = 0;

	for (size_t i = 0; i < v->n_members && named < NAMED; i++) {
		if (v->members[i].stand != stand)
			continue;
		put(w, named ? ", " : "");
		put_name(w, &v->members[i]);
		if (more)
			more(w, &v->members[i]);
		named++;
	}
	if (n <= named)
		return;
	put(w, " and ");
	put_number(w, n - named, "more", "more");
}

static void put_told(struct words *w, const struct group_view_member *m)
{
	if (m->stand_since == UNKNOWN) {
		put(w, " (not told yet)");
		return;
	}
	put(w, " (told ");
	put_duration(w, m->stand_since);
	put(w, " ago)");
}

static void put_giving(struct words *w, const struct group_view_member *m)
{
	put(w, " to give up");
	put_leaving(w, m);
	put(w, " (told ");
	put_duration(w, m->stand_since);
	put(w, " ago)");
}

static size_t count_told(const struct group_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_members; i++)
		n += v->members[i].stand == GROUP_HAS_TO_REJOIN && v->members[i].stand_since != UNKNOWN;
	return n;
}

static void describe_join(struct words *w, const struct group_view *v)
{
	size_t others = count(v, GROUP_WAITS_FOR_OTHERS), missing = count(v, GROUP_HAS_TO_REJOIN);

	put(w, ": ");
	if (missing > 1 && !count_told(v)) {
		put_number(w, missing, "member was", "members were");
		put(w, " not told to rejoin yet");
	} else if (missing) {
		put(w, "waits for ");
		put_members(w, v, GROUP_HAS_TO_REJOIN, put_told);
	} else {
		put(w, "nobody that is known is missing");
	}
	if (others) {
		put(w, "; ");
		put_number(w, others, "has rejoined", "have rejoined");
	}
	if (v->joining) {
		put(w, others ? ", " : "; ");
		put_number(w, v->joining, "is new", "are new");
	}
}

static const struct group_view_member *leader_of(const struct group_view *v)
{
	for (size_t i = 0; i < v->n_members; i++)
		if (v->members[i].leader)
			return &v->members[i];
	return NULL;
}

static void describe_sync(struct words *w, const struct group_view *v)
{
	const struct group_view_member *leader = leader_of(v);

	if (leader && leader->stand == GROUP_HAS_TO_SYNC) {
		put(w, ": waits for the leader, ");
		put_name(w, leader);
		put(w, ", to assign partitions");
	} else if (count(v, GROUP_HAS_TO_SYNC)) {
		put(w, ": ");
		put_members(w, v, GROUP_HAS_TO_SYNC, NULL);
		put(w, count(v, GROUP_HAS_TO_SYNC) == 1 ? " has" : " have");
		put(w, " not asked for the assignment yet");
	} else {
		put(w, ": waits for the broker to answer");
	}
}

static void describe_epoch(struct words *w, const struct group_view *v)
{
	size_t givers = count(v, GROUP_HAS_TO_GIVE_UP), behind = count(v, GROUP_TO_BE_TOLD);

	if (givers) {
		put(w, ": waits for ");
		put_members(w, v, GROUP_HAS_TO_GIVE_UP, put_giving);
		if (count(v, GROUP_WAITS_FOR_OTHERS)) {
			put(w, "; ");
			put_members(w, v, GROUP_WAITS_FOR_OTHERS, NULL);
			put(w, " may get more then");
		}
	} else if (behind) {
		put(w, behind == 1 ? ": waits for the next heartbeat of " : ": waits for the next heartbeats of ");
		put_members(w, v, GROUP_TO_BE_TOLD, NULL);
	} else if (!count(v, GROUP_WAITS_FOR_OTHERS)) {
		put(w, ": nobody was told the new assignment yet");
	}
}

void live_describe(const struct group_view *v, int64_t now, char *out)
{
	struct words w = { .out = out, .now = now };

	out[0] = '\0';
	if (v->rebalancing == UNKNOWN || !v->state || strcmp(v->state, "Stable") == 0 || strcmp(v->state, "Empty") == 0)
		return;
	put(&w, "rebalancing for ");
	put_duration(&w, v->rebalancing);
	if (!is_classic(v))
		describe_epoch(&w, v);
	else if (strcmp(v->state, "PreparingRebalance") == 0)
		describe_join(&w, v);
	else
		describe_sync(&w, v);
}
