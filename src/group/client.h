/* SPDX-License-Identifier: Apache-2.0
 *
 * Client processes and what they fetch. A member's Fetch requests take other connections than the coordinator's:
 * what links them is the client id and the host. Only clients that have members are followed, and nothing is kept of
 * them before their first Fetch: most members are seen at their coordinator alone. Internal to src/group.
 */
#ifndef REGROUP_GROUP_CLIENT_H
#define REGROUP_GROUP_CLIENT_H

#include "state.h"

/* A connection with its fetch session (KIP-227). Hangs on kafka_conn.user. */
struct fetcher {
	struct fetcher *next, *prev; /* of the client */
	struct client *client;
	struct kafka_conn *conn;
	int64_t last;   /* latest Fetch request, 0 none */
	int64_t before; /* the latest before the client's latest JoinGroup */
	uint32_t stamp; /* of the latest full Fetch request */
};

/* One partition that a client fetches, or did. Times are 0 for never. */
struct fetched {
	struct pkey key;
	struct fetcher *in; /* the session that has it, NULL when none does: unlisted is not unfetched */
	int64_t last;       /* in a session: when it came in; else the latest Fetch that carried it */
	int64_t before;     /* the latest before that */
	int64_t high;       /* high watermark as answered last, + 1; 0 unknown */
	uint32_t stamp;
};

struct client {
	struct member *members; /* the first of them: see client_members */
	struct fetcher *fetchers;
	struct ptable fetched; /* struct fetched */
	int64_t marked_at;     /* latest JoinGroup since the first Fetch */
};

/* Says which client the member belongs to, from a message of its own. Does nothing when that is known already. */
void client_bind(struct member *m, const struct kafka_message *msg);
void client_unbind(struct member *m);

/* The first of the members that are of the same client, of any group; NULL while its client is not known. */
struct member *client_first(const struct member *m);

/* All members of the client that are remembered, of any group: the first, and the next, NULL after the last. */
struct member *client_members(const struct client *c);
struct member *client_member_after(const struct member *m);

/* The first member of the client that speaks, to go on from as above; NULL when it has none. */
struct member *client_speaks(struct groups *gs, const struct kafka_message *msg);

/* The fetch state of this connection; NULL when its client has no members. */
struct fetcher *client_fetcher(struct groups *gs, const struct kafka_message *msg);
void client_conn_ended(struct groups *gs, struct kafka_conn *c);

/* A member of the client stops fetching to join: what was fetched until now is kept apart from what comes. */
void client_mark(struct client *c, int64_t at);

/* A full request lists all that is fetched, an incremental one what is new or has changed. */
void fetcher_begin(struct fetcher *f, bool full);
void fetcher_carries(struct groups *gs, struct fetcher *f, uint32_t topic, int32_t partition, int64_t at);
void fetcher_forgets(struct groups *gs, struct fetcher *f, uint32_t topic, int32_t partition);
void fetcher_end(struct groups *gs, struct fetcher *f, bool full, int64_t at);

/* The high watermark that this connection was told. */
void fetcher_high(struct groups *gs, struct fetcher *f, uint32_t topic, int32_t partition, int64_t high);

/* Is this member the only one of its client that is in a group? */
bool client_is_alone(const struct member *m);

/* The latest Fetch of the client, or that carried the partition, not after `until`; GROUP_UNKNOWN_TIME when none
 * was seen. NULL is a client that was never seen to fetch. */
int64_t client_last_fetch(const struct client *c, int64_t until);
int64_t client_last_fetch_of(const struct groups *gs, const struct client *c, uint32_t topic, int32_t partition,
                             int64_t until);

/* -1 when no answer told it. */
int64_t client_high(const struct groups *gs, const struct client *c, uint32_t topic, int32_t partition);

/* Without telling connections: they are gone before the correlator is. */
void clients_free(struct groups *gs);

#endif
