/* SPDX-License-Identifier: Apache-2.0
 *
 * The rebalance that is under way: who does what in it, and who waits for whom.
 */
#ifndef REGROUP_TUI_LIVE_H
#define REGROUP_TUI_LIVE_H

#include "lanes.h"
#include "screen.h"

#define LIVE_TEXT 400

/* Brings the lanes' spans of a rebalance under way up to date, and makes lanes for who is new; clears them when there is
 * none. */
void live_lanes(struct lanes *l, const struct model *m, const struct group_view *v);

/* "rebalancing for 4.2 s: waits for vod-3 (told 4.1 s ago); 2 have rejoined"; empty when the group is not
 * rebalancing. `out` has room for LIVE_TEXT bytes; names in it are as the wire had them. */
void live_describe(const struct group_view *v, int64_t now, char *out);

#endif
