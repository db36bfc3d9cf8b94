/* SPDX-License-Identifier: Apache-2.0
 *
 * What why remembers of a capture, group by group. Internal to src/output.
 */
#ifndef REGROUP_OUTPUT_WHY_H
#define REGROUP_OUTPUT_WHY_H

#include "line.h"
#include "why_kinds.h"
#include "why_lag.h"
#include "why_stuck.h"

#include <regroup/json.h>
#include <regroup/output.h>

#include <uthash.h>

/* What is kept of one group; what goes beyond is counted, not named. */
#define WHY_CAUSES 64
#define WHY_PEOPLE 128
#define WHY_ERRORS 8
#define WHY_NOTES 8
#define WHY_STORMS 8
#define WHY_REFUSED 8
#define WHY_BROKERS 8
#define WHY_STATICS 4
#define WHY_HITS 4
#define WHY_GROUPS 100000

/* A cause and who was behind it. */
struct why_cause {
	uint8_t id;
	uint8_t least, most;     /* confidence */
	char *client_id, *host;  /* NULL when it was nobody */
	uint32_t n, first;       /* times; first: when it was what came first */
	int32_t timer_ms;        /* the longest of the timers that ran out, 0 unknown */
	uint32_t returns;        /* of these the returns of clients that had been members before */
	int64_t cost;            /* ns that the group was not stable */
};

/* A client: what the others waited for, and what it suffered itself. */
struct why_person {
	char *client_id, *host;
	uint32_t last;           /* times that its join ended the join phase, after the others had waited for it */
	int64_t wait;            /* ns that it made the others wait */
	int64_t lag;             /* ns, the longest that it took to rejoin once it was told */
	int64_t down, longest_down; /* ns without partitions, as far as it is known */
	uint32_t downs;
	bool down_at_least, longest_at_least; /* lower bounds: the Fetch before was not seen */
	uint32_t refused;        /* commits that failed */
	struct group_process local; /* on this host; pid 0 when it is not, or not known */
};

struct why_error {
	int16_t code;
	uint32_t requests, partitions;
};

struct why_note {
	char *text;
	uint32_t n;
};

struct why_storm {
	struct group_storm_event event; /* the latest of its class; texts are the storm's own */
	char *culprit, *host, *advice;
};

/* A client that was not let in; see struct group_refused_event. */
struct why_refused {
	char *client_id, *host, *advice;
	int16_t error;
	uint8_t cause;
	bool ended;
	uint32_t times;
	int64_t first, last;
};

/* A static member that came back without a rebalance, or was fenced, and what follows from it. */
struct why_static {
	enum group_change event; /* GROUP_REPLACED or GROUP_FENCED */
	char *client_id, *host, *instance, *note;
	uint32_t n;
	int64_t at;              /* the latest */
};

/* What a broker did to several groups; texts are its own. */
struct why_broker {
	struct group_broker_event event;
	char *broker, *what, *advice;
};

/* A broker's trouble, and so many of the group's rebalances began after it. */
struct why_hit {
	char *broker;
	int32_t node;
	int64_t since;
	uint32_t n;
};

#define WHY_FENCED 4
#define WHY_STATUS 6

/* A client that heartbeats of groups whose broker assigns were refused. */
struct why_fenced {
	char *client_id, *host, *instance;
	int16_t error;
	uint32_t n;
};

/* See why_epochs.c. */
struct why_epochs {
	struct why_fenced fenced[WHY_FENCED];
	size_t n_fenced;
	uint32_t other_fenced;
	char *status[WHY_STATUS];
	size_t n_status;
	char *before;            /* the type of group that it was, NULL when it never changed */
	int64_t changed_at;
	int32_t changed_to;      /* generation */
	uint32_t changes;
	uint64_t acquired, redelivered, accepted, released, rejected, refused; /* share groups */
};

struct why_group {
	UT_hash_handle hh;
	char *name, *type, *protocol_type;
	bool broker; /* assigns: KIP-848 and the like, as of the latest rebalance */
	uint32_t rebalances;     /* without formation, follow-ups and aborted rounds */
	uint32_t formations, followups, empties, aborted;
	bool unheard;            /* the coordinator's answers were not captured */
	uint32_t comings, goings; /* members that asked to */
	bool unfinished;         /* one was under way when the capture ended */
	uint32_t incomplete;     /* something about them was not seen */
	uint32_t members;        /* at the end */
	uint32_t bounces, fenced, coordinator_moves, deletions;
	uint64_t moved;          /* partitions */
	int64_t outage;          /* ns, the longest that a partition was without a reader; 0 unknown */
	bool outage_at_least;
	int32_t outage_partition, outage_generation;
	char *outage_topic;
	uint64_t twice;          /* records that are read twice, as far as both sides were seen */
	uint32_t twice_partitions;
	int64_t first, last;     /* start of the first and end of the last rebalance without the formation */
	int64_t unstable;        /* ns */
	int64_t done;            /* up to where `unstable` is counted */
	int64_t open;            /* an aborted round began: it goes on until the next */
	int64_t longest, longest_at;
	int32_t longest_generation;
	uint8_t longest_cause;
	struct why_cause *cause;
	size_t n_causes, cap_causes;
	uint32_t other_causes;
	struct why_person *person;
	size_t n_people, cap_people;
	struct why_error error[WHY_ERRORS];
	size_t n_errors;
	struct why_note note[WHY_NOTES];
	size_t n_notes;
	struct why_storm *storm;
	size_t n_storms, cap_storms;
	struct why_refused refused[WHY_REFUSED];
	size_t n_refused;
	struct why_static statics[WHY_STATICS];
	size_t n_statics;
	uint32_t other_statics;
	struct why_hit hit[WHY_HITS];
	size_t n_hits;
	struct why_lag lag;      /* when the capture ended */
	struct why_kind kind;
	struct why_epochs epochs;
	struct why_stuck stuck;  /* when the capture ended */
};

/* A group that was seen and did nothing. */
struct why_quiet {
	char *name;
	const char *state;       /* static text; NULL when it is not known */
	int32_t generation;      /* -1 unknown */
	size_t members;
};

struct why_opaque {
	const char *kind;
	uint64_t n;
};

#define WHY_TROUBLES 128
#define WHY_PRODUCERS 10000

/* What befell a producer, or a client that asks for metadata in a loop: the first event of its kind, and how many came. */
struct why_trouble {
	struct group_event *event;
	uint64_t n;
	int64_t last;
	int64_t run;    /* of what is told more than once: when it began, and how much of it is counted */
	uint64_t run_n;
};

struct why_producers {
	struct why_trouble trouble[WHY_TROUBLES];
	size_t n_troubles;
	uint64_t more_troubles;
	uint64_t n;           /* producers */
	struct json rows;     /* a JSON object for each, while there are not too many */
};

struct why {
	struct why_options options;
	struct why_group *groups;
	struct why_quiet *quiet;
	size_t n_quiet, cap_quiet;
	uint64_t forgotten;      /* groups beyond WHY_GROUPS */
	uint64_t gaps, gap_bytes, gap_packets;
	struct why_opaque opaque[4];
	struct why_broker broker[WHY_BROKERS];
	size_t n_brokers;
	struct why_producers producers;
	struct line line;
	struct json json;
};

/* One cause with all who were behind it, best known first. */
struct why_rank {
	uint8_t id, least, most;
	uint32_t n, first, returns, people;
	int64_t cost;
};

/* Ranks the causes of a group, the heaviest first; returns how many. `ranks` has room for 32. */
size_t why_rank(const struct why_group *g, struct why_rank ranks[32]);

/* The n-th of who was behind a cause, most times first; NULL when there are fewer. */
const struct why_cause *why_behind(const struct why_group *g, uint8_t id, size_t n);

/* What would end that cause; false where nothing is to be changed, or words of the group's kind say it. */
bool why_change_text(struct line *part, const struct why_group *g, const struct why_rank *r);

/* The n-th of the slowest, by the time that they made others wait, NULL when there are no more worth a word. */
const struct why_person *why_slowest(const struct why_group *g, size_t n);

/* The one that was longest without its partitions, NULL when that is not known of anybody. */
const struct why_person *why_downest(const struct why_group *g);

/* Clients that were not let in, and brokers: see why_notices.c. The texts say one of them; false when there is none. */
void why_refused_add(struct why_group *g, const struct group_refused_event *e);
void why_refused_free(struct why_group *g);
bool why_refused_text(struct line *part, const struct why_group *g, size_t i);
const char *why_refused_advice(const struct why_group *g, size_t i); /* NULL where a storm's says it */
void why_refused_json(struct json *j, const struct why_group *g);

/* Static members: see why_static.c. The texts say one of them, and what would end the fencing; false when there is none. */
void why_static_add(struct why_group *g, const struct group_member_event *e, int64_t ts);
void why_static_free(struct why_group *g);
bool why_static_text(struct line *part, const struct why_group *g, size_t i);
bool why_static_advice(struct line *part, const struct why_group *g); /* false as well where a storm's says it */
void why_static_json(struct json *j, const struct why_group *g);

/* Groups whose broker assigns: see why_epochs.c. The texts are rows, some of them empty; false when there are no more. */
void why_fenced_add(struct why_group *g, const struct group_member_event *e);
void why_epochs_add(struct why_group *g, const struct group_rebalance *r);
void why_delivery_add(struct why_group *g, const struct group_delivery_event *d);
void why_epochs_free(struct why_group *g);
bool why_epochs_text(struct line *part, const struct why_group *g, size_t i, const char **label);
void why_epochs_json(struct json *j, const struct why_group *g); /* only what there is */

void why_hit_add(struct why_group *g, const struct group_rebalance *r);
void why_hit_free(struct why_group *g);
bool why_hit_text(struct line *part, const struct why_group *g, size_t i);
void why_hit_json(struct json *j, const struct why_group *g);
void why_broker_add(struct why *w, const struct group_broker_event *e);
void why_brokers_free(struct why *w);
bool why_broker_text(struct line *part, const struct why *w, size_t i);
void why_brokers_json(struct json *j, const struct why *w);

void why_text_group(struct line *l, const struct why_group *g, const struct group_summary *s);
void why_quiet_add(struct why *w, const struct group_view *v);
void why_quiet_free(struct why *w);

/* ---- why_producers.c */
void why_producers_init(struct why *w);
void why_producers_free(struct why *w);
void why_producers_add(struct why *w, const struct group_event *e);
void why_producers_text(struct line *l, const struct why *w);
void why_producers_json(struct json *j, const struct why *w); /* "producers":[...],"producer_troubles":[...] */

void why_quiet_json(struct json *j, const struct why *w); /* "quiet_groups":[...] */
void why_text_capture(struct line *l, const struct why *w, const struct group_summary *s);
/* ---- why_text.c, for why_capture.c: words broken into lines, the first of them where `l` is; a clock to the second */
void why_paragraph(struct line *l, const struct line *part, unsigned indent);
void why_clock(struct line *l, int64_t ts);

void why_sentence(struct line *l, const struct why_group *g);
void why_json_group(struct json *j, const struct why_group *g, const struct group_summary *s);
void why_json_capture(struct json *j, const struct why *w, const struct group_summary *s);

/* Share of the captured time, in percent; negative when that is not known. */
double why_percent(const struct why_group *g, const struct group_summary *s);

#endif
