/* SPDX-License-Identifier: Apache-2.0
 *
 * Internal to src/group.
 */
#ifndef REGROUP_GROUP_PROCESS_H
#define REGROUP_GROUP_PROCESS_H

#include <regroup/group.h>

/* The client's, NULL when it is not on this host or not known. Stays until groups_free. */
const struct group_process *process_of(struct groups *gs, const struct kafka_conn *c);
/* The same of its other end. */
const struct group_process *process_of_server(struct groups *gs, const struct kafka_conn *c);
void processes_forget(struct groups *gs);

#endif
