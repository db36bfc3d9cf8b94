/* SPDX-License-Identifier: Apache-2.0
 *
 * What the makers of candidates share. Internal to src/group.
 */
#ifndef REGROUP_GROUP_CANDIDATE_H
#define REGROUP_GROUP_CANDIDATE_H

#include "cause.h"

/* "checkout-4 (10.0.3.9)"; "a member" for NULL. In scratch memory. */
const char *candidate_who(struct scratch *s, const struct member *m);

/* A frame that shows it; 0 is none. What there is no room for is left out. */
void candidate_evidence(struct candidate *c, uint64_t frame);

/* Another reading that was not excluded. */
void candidate_rival(struct candidate *c, uint8_t id);

/* A member of the group joined again without having been told to: the broker moved because of it. */
void cause_rejoin(struct group *g, const struct join *j, struct candidate *c);

#endif
