/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a round accounted for? A cause is conclusive only when nothing unseen can have come before it: every member of the
 * generation before and of this one is known, and what each did in between was seen. Internal to src/group.
 */
#ifndef REGROUP_GROUP_ACCOUNT_H
#define REGROUP_GROUP_ACCOUNT_H

#include "correlator.h"

/* Does what was seen explain the membership of the generation that the round led to, and was every member that is
 * missing from it still a member at `at`, when the trigger came? Never before the round has its member list. */
bool account_closed(const struct group *g, const struct round *r, int64_t at);

/* Members of the new generation whose JoinGroup was not seen; 0 while the list is not known. */
uint32_t account_unseen(const struct round *r);

/* The longest rebalance timeout of its members, ms; 0 unknown. */
int32_t account_rebalance_ms(const struct round *r);

#endif
