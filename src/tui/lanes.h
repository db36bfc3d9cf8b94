/* SPDX-License-Identifier: Apache-2.0
 *
 * What each member of a group did when: a lane for everybody who was ever in it, made of the group's rebalances. A client
 * that comes back under a new member id keeps its lane.
 */
#ifndef REGROUP_TUI_LANES_H
#define REGROUP_TUI_LANES_H

#include "model.h"

enum span_kind {
	SPAN_RUN,    /* in the group, with what it was given */
	SPAN_LATE,   /* told to rejoin, has not */
	SPAN_WAIT,   /* has asked to join: waits for the others */
	SPAN_SYNC,   /* waits for its assignment */
	SPAN_UNSEEN, /* in the group while it was rebalancing, its messages were not seen */
	SPANS,
};

struct span {
	int64_t from, to;
	enum span_kind kind;
};

#define LIVE_SPANS 4

/* What goes on in a rebalance that is under way: from its first span on it does not simply run. */
struct lane_live {
	struct span span[LIVE_SPANS]; /* in order of time; the last has no end */
	size_t n;
};

struct lane {
	char *member, *client_id, *host, *instance; /* NULL where not known; member: the latest id */
	struct span *span; /* in order of time */
	size_t n, cap;
	int64_t open;      /* it runs since; GROUP_UNKNOWN_TIME: it does not, or is out */
	uint64_t seen;     /* number of the latest event with it */
	bool out;
	int64_t waited;    /* ns that others waited for it, all rebalances */
	int64_t late;      /* ns, the longest that it took to rejoin */
	uint32_t times;    /* rebalances that it was the cause of */
	struct lane_live live; /* see live.h */
};

struct lanes {
	const struct model_group *group;
	struct lane *lane;
	size_t n, cap;
	uint64_t taken; /* number of the latest event that is in */
	int64_t live_since; /* see live.h: of a rebalance of the classic protocol, GROUP_UNKNOWN_TIME for none */
	uint64_t live_seen; /* the latest message that was looked at for newcomers */
};

/* Brings the lanes up to date with the group; starts anew when it is another one. */
void lanes_update(struct lanes *l, const struct model *m, const struct model_group *g);
void lanes_free(struct lanes *l);

/* A lane for who is in a group that has not rebalanced since the capture began. */
void lanes_present(struct lanes *l, const struct model *m, const struct group_view_member *who);

/* A lane for who has just come, and is not in the group yet: that of the same client, if that is out. NULL when there is
 * no room. */
struct lane *lanes_enter(struct lanes *l, const char *member, const char *client_id, const char *host,
                         const char *instance);

/* The lane of a client; SIZE_MAX when there is none. */
size_t lanes_find(const struct lanes *l, const char *member, const char *client_id);

/* What fills most of the time from `from` to `to`; -1 when it was not in the group. */
int lane_kind(const struct lane *l, int64_t from, int64_t to);

/* The lane that others waited for longest, when that is worth a word beside `unstable`, the time (ns) that the group was
 * not stable; SIZE_MAX when it is nobody. */
size_t lanes_slowest(const struct lanes *l, int64_t unstable);

#endif
