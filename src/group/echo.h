/* SPDX-License-Identifier: Apache-2.0
 *
 * The same conversation on two connections: a capture that holds both sides of an address translation or of a proxy has
 * every message twice, under other addresses. A request that a member has under way already, with the same correlation
 * id, on another connection that is still open, is that one: nothing is asked twice. Internal to src/group.
 */
#ifndef REGROUP_GROUP_ECHO_H
#define REGROUP_GROUP_ECHO_H

#include "correlator.h"

/* Is this request, which names the member, one that is under way already? Else it is from now on. */
bool echo_of(struct member *member, struct request *r);

/* The request was answered, or gets no answer any more. */
void echo_ends(struct member *member, const struct request *r);

#endif
