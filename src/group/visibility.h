/* SPDX-License-Identifier: Apache-2.0
 *
 * What the capture could not show: gaps that may have held evidence. Internal to src/group.
 */
#ifndef REGROUP_GROUP_VISIBILITY_H
#define REGROUP_GROUP_VISIBILITY_H

#include <regroup/net.h>

#include <stdbool.h>
#include <stdint.h>

#define VISIBILITY_GAPS 128

struct hidden {
	int64_t from, to;
	struct net_endpoint server; /* family 0: anywhere */
};

/* The latest gaps, oldest overwritten first. */
struct visibility {
	struct hidden gap[VISIBILITY_GAPS];
	uint32_t n; /* ever noted */
	int64_t forgotten; /* end of the latest gap that was overwritten, INT64_MIN when none was */
};

void visibility_init(struct visibility *v);
void visibility_gap(struct visibility *v, int64_t from, int64_t to, const struct net_endpoint *server);

/* Could messages to or from this server have been lost in [from, to]? `server` NULL: any. */
bool visibility_hidden(const struct visibility *v, int64_t from, int64_t to, const struct net_endpoint *server);

#endif
