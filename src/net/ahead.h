/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetches into the cache what the next packets of a batch will need. Changes nothing else.
 */
#ifndef REGROUP_NET_AHEAD_H
#define REGROUP_NET_AHEAD_H

#include <regroup/net.h>

#define AHEAD_STATIONS (2 + NET_AHEAD)
#define AHEAD_STEP 3 /* packets between two stations */
#define AHEAD_PACKETS 32 /* at least the length of the line and one more */

_Static_assert(AHEAD_STATIONS * AHEAD_STEP < AHEAD_PACKETS, "a place for every packet in the line");

struct ahead {
	struct ahead_packet {
		uint32_t hash; /* 0: not known */
		uint32_t ref;  /* of its connection, 0: not known */
		bool payload;
	} packet[AHEAD_PACKETS];
};

/* Whether there are so many connections that it pays. */
bool ahead_useful(const struct net *n);

/* The line is filled from a batch of `count` packets, then moved on after packet i was taken. */
void ahead_begin(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count);
void ahead_step(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count, size_t i);

#endif
