/* SPDX-License-Identifier: Apache-2.0
 *
 * The connections of a capture, open and lately closed, as a list for people. Bounded.
 */
#ifndef REGROUP_TUI_CONNS_H
#define REGROUP_TUI_CONNS_H

#include <regroup/group.h>
#include <regroup/kafka.h>

#include <uthash.h>

#define CONN_WORD 40

struct conn_row {
	UT_hash_handle hh; /* by id */
	uint64_t id;
	const struct kafka_conn *open; /* NULL once it has ended */
	char client[NET_ENDPOINT_TEXT], server[NET_ENDPOINT_TEXT];
	char client_id[CONN_WORD], software[CONN_WORD], mechanism[CONN_WORD];
	struct kafka_traffic traffic; /* as it was when it ended */
	struct group_process local[2]; /* at the client's end and at the server's; pid 0: not on this host, or not known */
	uint64_t messages;
	uint8_t kind; /* enum kafka_kind */
	bool inter_broker, from_start;
};

struct conns;

struct conns *conns_new(void);
void conns_free(struct conns *c);

/* A sign of life from the connection; ended: the last one. */
void conns_note(struct conns *c, const struct kafka_conn *k, bool ended);

/* Whom to ask for processes. */
void conns_watch(struct conns *c, const struct groups *g);

/* Brings what is open up to date, unless it is held; for when somebody looks. May not be called from a callback of kafka's. */
void conns_refresh(struct conns *c);

/* What is listed stays as it is, and goes on. */
void conns_hold(struct conns *c, bool held);

/* Another number than before: rows may be gone since. */
uint64_t conns_turns(const struct conns *c);

/* The i-th in the order met; NULL behind the last. */
const struct conn_row *conns_at(const struct conns *c, size_t i);
size_t conns_count(const struct conns *c);
uint64_t conns_left_out(const struct conns *c);

#endif
