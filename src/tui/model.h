/* SPDX-License-Identifier: Apache-2.0
 *
 * What the screens show: groups with their events, copied and bounded in bytes, and the messages and connections
 * they came from. It only takes in; views only read it.
 */
#ifndef REGROUP_TUI_MODEL_H
#define REGROUP_TUI_MODEL_H

#include "trend.h"

#include <regroup/group.h>

#include <uthash.h>

#define MODEL_WORD 28

struct conns;
struct messages;

/* An event that is kept. */
struct kept {
	struct kept *newer; /* of all groups */
	struct model_group *group;
	struct group_event *event;
	uint64_t number; /* 1, 2, 3 ... over all groups */
	size_t bytes;
};

struct model_group {
	UT_hash_handle hh;
	char *name;
	uint32_t id;
	/* As it is now, short texts of its own. */
	char type[MODEL_WORD], protocol_type[MODEL_WORD], state[MODEL_WORD];
	int32_t generation;
	uint32_t members, partitions;
	/* What happened. */
	struct kept **kept; /* `n` of them from `first` on, oldest first */
	size_t first, n, cap;
	uint64_t forgotten;     /* events given up for memory */
	uint32_t rebalances;    /* that ended with an assignment or an empty group */
	uint32_t aborted;
	const struct kept *latest; /* rebalance, ended or under way; NULL when it was given up */
	int64_t busy;           /* start of the one under way, GROUP_UNKNOWN_TIME when there is none */
	int64_t unstable, done, open; /* ns; see model_unstable */
	const struct kept *storm;  /* latest word on one; NULL for none */
	bool in_storm;
	struct trend trend;     /* of rebalances */
};

struct model_counters {
	uint64_t packets, bytes, messages, connections, opaque, unknown_messages, kernel_dropped, gaps, hole_bytes;
	uint64_t unanswered, evicted, memory, file_size, file_read;
};

struct model {
	struct model_group *groups; /* by name */
	struct model_group **list;  /* in the order met */
	size_t n_groups, cap_groups;
	size_t n_shown;             /* of them; less than all only while the screen is held */
	uint64_t groups_left_out;   /* more than are kept */
	uint64_t rebalances;        /* of all groups */
	size_t next_brief;          /* the group that is probably told of next: they come in the same order each time */
	struct kept *oldest, *newest;
	uint64_t number;            /* of the newest event */
	size_t bytes, most;         /* of events */
	uint64_t forgotten;
	int64_t since, now;         /* first packet, and what time is shown; GROUP_UNKNOWN_TIME before that */
	int64_t reached;            /* how far the capture has come */
	uint64_t version;           /* changes with everything that may change a screen */
	struct model_counters counters, coming; /* as shown, and as they are */
	uint64_t gaps, gap_packets, gap_bytes, opaque_ended;
	struct messages *messages;
	struct conns *conns;
	/* While the screen is held: what waits to be taken in. */
	bool held;
	struct kept *waiting, *waiting_last;
	uint64_t n_waiting;
	size_t waiting_bytes;
};

/* NULL when memory is out. `most`: bytes for events. */
struct model *model_new(size_t most, size_t messages_most);
void model_free(struct model *m);

/* The event callback of groups_new. */
void model_event(void *ctx, const struct group_event *e);

/* For groups_each_brief: states as they are. */
void model_brief(void *ctx, const struct group_brief *b);

/* Capture time has come to `now`. */
void model_advance(struct model *m, int64_t now);

/* What is counted elsewhere, all but `gaps`. */
void model_count(struct model *m, const struct model_counters *c);

/* Holds what is shown as it is, and lets it go on. Nothing is lost in between but for want of memory. */
void model_hold(struct model *m, bool held);

struct model_group *model_get(struct model *m, const void *name, size_t len); /* NULL when there is no room */

/* Whether it rebalances, or is not known not to. */
bool model_is_moving(const struct model_group *g);

/* The i-th event of a group; i below g->n. */
static inline const struct group_event *model_at(const struct model_group *g, size_t i)
{
	return g->kept[g->first + i]->event;
}

/* How long the group was not stable, and for how many percent of the time (-1 when there was no time yet). Two
 * rebalances that overlap count once; one that came to nothing goes on in the next. */
int64_t model_unstable(const struct model *m, const struct model_group *g);
double model_unstable_percent(const struct model *m, const struct model_group *g);

#endif
