/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients and coordinators that talk at random: the same seed says the same to everybody who listens. Mostly heartbeats and
 * commits that are answered, and all that can come between two of them.
 */
#ifndef TESTS_AGAIN_CHATTER_H
#define TESTS_AGAIN_CHATTER_H

#include <regroup/kafka.h>

#include "fake_net.h"

#define CHATTER_CONNS 6

/* See commits.h: which partitions of which topics. */
struct plan {
	uint8_t topics, first_topic, partitions, first, metadata;
};

struct asked {
	int key, version, id;
	struct plan plan;
};

struct line {
	struct net_conn net;
	bool open;
	int member, client_id, version, generation; /* what it mostly says of itself */
	int commits; /* in this version */
	struct plan plan;
	int id;                                     /* the latest correlation id */
	struct asked asked[8];
	int n_asked;
};

struct chatter {
	struct net_sink to;
	struct line line[CHATTER_CONNS];
	uint64_t state, frame, conns;
	int64_t now;
};

/* Below n; true once in n times. */
unsigned chatter_draw(struct chatter *c, unsigned n);
bool chatter_one_in(struct chatter *c, unsigned n);

void chatter_init(struct chatter *c, struct net_sink to, uint64_t seed);
void chatter_step(struct chatter *c);
void chatter_end(struct chatter *c);

#endif
