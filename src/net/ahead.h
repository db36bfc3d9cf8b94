/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the headers of the next packets of a batch, and fetches into the cache what they will need. Changes nothing else.
 */
#ifndef REGROUP_NET_AHEAD_H
#define REGROUP_NET_AHEAD_H

#include <regroup/net.h>

#include "head.h"

#define AHEAD_BLOCK 8u /* packets */
#define AHEAD_STATIONS (3u + NET_AHEAD)

struct ahead {
	struct ahead_block {
		unsigned count, n_refs;
		uint32_t ref[AHEAD_BLOCK]; /* connections that get payload, one behind the other but once */
		uint32_t len[AHEAD_BLOCK]; /* and how many bytes of it, in the first such packet */
		struct tcp_head head[AHEAD_BLOCK];
	} block[AHEAD_STATIONS];
};

/* How many packets ahead it pays to look; 0 while there are so few connections that all they need is in the cache. A
 * multiple of AHEAD_BLOCK. */
size_t ahead_lead(const struct net *n);

/* For at = 0, AHEAD_BLOCK, 2 * AHEAD_BLOCK ... in a batch of `count` packets: moves the line on by a block. The block
 * that begins at packet at - lead has then passed all of it: its heads, borrowed until the next call. */
const struct tcp_head *ahead_step(struct net *n, struct ahead *a, const struct cap_packet *p, size_t count, size_t at,
                                  size_t lead);

#endif
