/* SPDX-License-Identifier: Apache-2.0
 *
 * The rebalance that is under way: who does what in it, and who waits for whom.
 */
#ifndef REGROUP_TUI_LIVE_H
#define REGROUP_TUI_LIVE_H

#include "lanes.h"
#include "screen.h"

#define LIVE_TEXT 400

/* A rebalance is under way (NULL: none is): makes lanes for who is new. Where the broker assigns, brings the lanes' spans
 * up to date; else each lane that is drawn is to be brought up to date by itself, for which messages are looked through. */
void live_lanes(struct lanes *l, const struct model *m, const struct group_view *v);
void live_lane(struct lanes *l, const struct model *m, size_t i);

/* "rebalancing for 4.2 s: waits for vod-3 (told 4.1 s ago); 2 have rejoined"; empty when the group is not
 * rebalancing. `out` has room for LIVE_TEXT bytes; names in it are as the wire had them. */
void live_describe(const struct group_view *v, int64_t now, char *out);

#endif
