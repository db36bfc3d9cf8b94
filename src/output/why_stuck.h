/* SPDX-License-Identifier: Apache-2.0
 *
 * What why says of a group that has not got to its assignment: who does not give partitions up, or what is missing.
 * Internal to src/output.
 */
#ifndef REGROUP_OUTPUT_WHY_STUCK_H
#define REGROUP_OUTPUT_WHY_STUCK_H

#include "line.h"

#include <regroup/group.h>
#include <regroup/json.h>

struct why_stuck {
	int64_t since, until;    /* since: of the first of its rebalances that did not end */
	uint32_t epochs;         /* so many; 0: it is not stuck */
	char *client_id, *host;  /* who did not give partitions up, NULL nobody */
	char *status;            /* what the coordinator says of it, NULL nothing */
};

/* `ts`: of the event. */
void why_stuck_add(struct why_stuck *k, const struct group_rebalance *r, int64_t ts);
void why_stuck_free(struct why_stuck *k);

/* Long enough to be said. */
bool why_stuck_tells(const struct why_stuck *k);

/* Of a member (client_id); what the coordinator says has a row of its own. `refused`: commits of it that failed. */
void why_stuck_text(struct line *part, const struct why_stuck *k, uint32_t refused);
void why_stuck_json(struct json *j, const struct why_stuck *k);

#endif
