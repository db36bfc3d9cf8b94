/* SPDX-License-Identifier: Apache-2.0
 *
 * A scripted group of Connect, Streams or Schema Registry: what its members tell each other in bytes, and the events
 * as they are, kept whole.
 */
#ifndef REGROUP_TESTS_SPECIAL_H
#define REGROUP_TESTS_SPECIAL_H

#include "peer_wire.h"

#define SPECIALS 3

struct special {
	struct peer peer; /* its events go to `event` */
	struct group_event *event[PEER_EVENTS];
	size_t n;
	const char *type, *protocol;
	struct client member[SPECIALS];
	struct out metadata[SPECIALS], given[SPECIALS];
};

struct special *special_new(const char *type, const char *protocol);
void special_free(struct special *s);

/* Member `i` asks to join with its metadata, is told an id, or the generation (`with`: all members, 'a' leads). */
void special_ask(struct special *s, int i, int64_t ms, const char *reason);
void special_enter(struct special *s, int i, int64_t ms, const char *id);
void special_joined(struct special *s, int64_t ms, int32_t generation, const char *with);

/* The leader hands in what is in `given`, and all are answered 10 ms later. */
void special_synced(struct special *s, int64_t ms, const char *with);

/* The n-th rebalance that came to an end. */
const struct group_rebalance *special_said(const struct special *s, size_t n);
size_t special_count(const struct special *s, enum group_event_type type);

/* ---- what they say. Shares are like "files:-1,0,1;lines:0" */
void connect_says(struct out *o, int version, const char *url, int64_t offset, int64_t offset_given, const char *runs,
                  int32_t delay_ms);
void connect_gives(struct out *o, int version, int16_t error, int64_t offset, const char *assigned, const char *revoked,
                   int32_t delay_ms);

/* Version 11; tasks are like "0_1,0_2". */
void streams_says(struct out *o, uint8_t process);
void streams_says_as(struct out *o, uint8_t process, int version, int error); /* 9 to 11 */
void streams_gives_error(struct out *o, int error); /* and no tasks */
void streams_gives(struct out *o, const char *active, const char *standby, int64_t next_ms);

void registry_says(struct out *o, const char *host, int port);
void registry_gives(struct out *o, int error, const char *master, const char *host, int port);

#endif
