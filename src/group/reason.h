/* SPDX-License-Identifier: Apache-2.0
 *
 * The reasons that clients give (KIP-800), and what they mean. Internal to src/group.
 */
#ifndef REGROUP_GROUP_REASON_H
#define REGROUP_GROUP_REASON_H

#include <stdint.h>

/* The client only follows: somebody else began it. */
#define REASON_CONSEQUENCE 255

struct reason_row {
	const char *begins; /* the reason begins with this */
	const char *says;   /* what the member did, for a sentence that begins with its name */
	uint8_t cause;      /* 4-20, or REASON_CONSEQUENCE */
};

/* NULL for a reason that is empty, NULL or not one of a client library's own. */
const struct reason_row *reason_of_join(const char *reason);
const struct reason_row *reason_of_leave(const char *reason);

#endif
