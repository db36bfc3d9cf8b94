/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetches into the cache what the next packets of a batch will need. Changes nothing else.
 */
#ifndef REGROUP_NET_AHEAD_H
#define REGROUP_NET_AHEAD_H

#include <regroup/net.h>

#define AHEAD_BLOCK 16u /* packets */
#define AHEAD_STATIONS (2u + NET_AHEAD)
#define AHEAD_LEAD ((AHEAD_STATIONS - 1) * AHEAD_BLOCK)

struct ahead {
	struct ahead_block {
		unsigned count, n_refs;
		uint32_t hash[AHEAD_BLOCK]; /* 0: not known */
		uint32_t ref[AHEAD_BLOCK];  /* connections that get payload */
		uint8_t payload[AHEAD_BLOCK];
	} block[AHEAD_STATIONS];
};

/* Whether there are so many connections that it pays. */
bool ahead_useful(const struct net *n);

/* For at = 0, AHEAD_BLOCK, 2 * AHEAD_BLOCK ... in a batch of `count` packets: moves the line on by a block. The block
 * that begins at packet at - AHEAD_LEAD has then passed all of it: its flow hashes, borrowed until the next call. */
const uint32_t *ahead_step(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count, size_t at);

#endif
